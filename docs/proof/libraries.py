# ruff: noqa: E501  (a sentence of a page stands on one line)
"""Run the published conformance cases through other libraries at named versions, and write ``libraries.csv`` and ``libraries.md``.

    python docs/proof/libraries.py

The command makes a throw-away environment, installs the three libraries there with ``pip install --no-deps``, and runs this same file in
it. Nothing is added to the environment that it is started from. Each library has one small adapter below, and is asked only what its own
documentation or its public functions claim.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import re
import subprocess
import sys
import tempfile
import venv
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
CASES: Final = HERE.parents[1] / "tests" / "official" / "conformance"
REQUIREMENTS: Final = ("aqi-hub==0.3.3", "python-aqi==0.6.1", "aqipy-atmotech==0.1.5")
COLUMNS: Final = (
    "library", "version", "edition", "what", "item", "averaging", "cases", "wrong", "off_by_one", "wrong_level", "worst", "worst_at", "worst_expected",
    "worst_got", "input_rounding", "input_rounding_wrong", "beyond_scale", "beyond_scale_differs",
)  # fmt: skip

Row = Mapping[str, str]


# ---------------------------------------------------------------- one adapter a library


class AqiHub:
    """aqi-hub: states that from 0.3.0 it follows GB 3095-2026 and HJ 633-2026; functions for IAQI, AQI, level and primary pollutants.

    Its functions take int and float. Rounding a concentration before the index (HJ 633-2026, 4.2.2) is not mentioned in its documentation.
    """

    name, edition = "aqi-hub", "hj633-2026"

    def __init__(self) -> None:
        self._aqi = importlib.import_module("aqi_hub.aqi_cn.aqi")

    def iaqi(self, item: str, averaging: str, concentration: str) -> int | None:
        """IAQI of one concentration."""
        word = "O3_8H" if averaging == "day_max_8h" else f"{item.upper()}_{'1H' if averaging == 'hour' else '24H'}"
        found: int | None = self._aqi.cal_iaqi_cn(word, _number(concentration))
        return found

    def index(self, row: Row, *, hourly: bool) -> tuple[int | None, dict[str, Any]]:
        """AQI, level and primary pollutants of a day or an hour."""
        given = {item: _number(row[item]) if row[item] else None for item in ("pm25", "pm10", "so2", "no2", "co")}
        ozone = row["o3"] if hourly else row["o3_8h"]
        aqi, parts = self._aqi.cal_aqi_cn(**given, o3=_number(ozone) if ozone else None, data_type="hourly" if hourly else "daily")
        names = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3" if hourly else "o3_8h"}
        primary = {names[each] for each in self._aqi.cal_primary_pollutant(parts)}
        return aqi, {"level": self._aqi.get_aqi_level(aqi), "primary": primary}


class PythonAqi:
    """python-aqi: the algorithm of the Chinese Ministry of Environmental Protection (``ALGO_MEP``); the edition is not named.

    Its table is that of HJ 633-2012, which is what it is held against. It takes text and gives IAQI and AQI; levels and primary
    pollutants are not offered.
    """

    name, edition = "python-aqi", "hj633-2012"

    def __init__(self) -> None:
        self._aqi = importlib.import_module("aqi")

    def _word(self, item: str, averaging: str) -> str:
        if item in {"pm10", "pm25"}:
            return item
        return {"day": f"{item}_24h", "hour": f"{item}_1h", "day_max_8h": "o3_8h"}[averaging]

    def iaqi(self, item: str, averaging: str, concentration: str) -> int | None:
        """IAQI of one concentration."""
        found = self._aqi.to_iaqi(self._word(item, averaging), concentration, algo=self._aqi.ALGO_MEP)
        return None if found is None else int(found)

    def index(self, row: Row, *, hourly: bool) -> tuple[int | None, dict[str, Any]]:
        """AQI of a day or an hour."""
        if hourly:
            given = [(self._word(i, "hour"), row[i]) for i in ("so2", "no2", "co", "o3") if row[i]]
            given += [
                (word, row[column]) for word, column in (("o3_8h", "o3_8h"), ("pm10", "pm10_24h"), ("pm25", "pm25_24h")) if row[column]
            ]
        else:
            given = [(self._word(i, "day_max_8h" if i == "o3_8h" else "day"), row[i]) for i in DAY_ITEMS if row[i]]
        return int(self._aqi.to_aqi(given, algo=self._aqi.ALGO_MEP)), {}


class AqipyAtmotech:
    """aqipy-atmotech: "AQI (Mainland China)", daily; the edition is not named, the table of PM is that of HJ 633-2012.

    Gases are taken in ppm, while the documents state µg/m³ and mg/m³ and two reference temperatures have been in force; the conversion is
    the caller's, so only PM2.5 and PM10 are counted.
    """

    name, edition = "aqipy-atmotech", "hj633-2012"
    items: Final = ("pm25", "pm10")

    def __init__(self) -> None:
        self._aqi = importlib.import_module("aqipy.aqi_cn")

    def iaqi(self, item: str, averaging: str, concentration: str) -> int | None:
        """IAQI of one concentration; ``averaging`` is always the day."""
        del averaging
        found: int = getattr(self._aqi, f"get_aqi_{item}_24h")(_number(concentration))[0]
        return found


DAY_ITEMS: Final = ("so2", "no2", "pm10", "pm25", "co", "o3_8h")
HOUR_ITEMS: Final = ("so2", "no2", "co", "o3", "pm10", "pm25")
HOUR_ITEMS_2012: Final = ("so2", "no2", "co", "o3", "o3_8h", "pm10_24h", "pm25_24h")
HOUR_COLUMNS: Final = (*HOUR_ITEMS, "o3_8h", "pm10_24h", "pm25_24h")


def _number(text: str) -> int | float:
    """What a user would pass: an int where there is no fraction, else a float."""
    return int(text) if text.isdecimal() else float(text)


# ---------------------------------------------------------------- counting


@dataclass
class Count:
    """What became of the cases of one table row."""

    cases: int = 0
    wrong: int = 0
    off_by_one: int = 0
    wrong_level: int = 0
    worst: int = 0
    worst_at: str = ""
    worst_expected: str = ""
    worst_got: str = ""
    input_rounding: int = 0
    input_rounding_wrong: int = 0
    beyond_scale: int = 0
    beyond_scale_differs: int = 0

    def take(self, expected: int | None, got: int | str | None, at: str, *, wrong: bool, wrong_level: bool) -> None:
        """Count one case inside the scale; ``got`` is text where the library raised an error."""
        self.cases += 1
        if not wrong:
            return
        self.wrong += 1
        self.wrong_level += wrong_level
        gap = abs(got - expected) if isinstance(got, int) and expected is not None else 0
        self.off_by_one += gap == 1
        if gap > self.worst:
            self.worst, self.worst_at, self.worst_expected, self.worst_got = gap, at, str(expected), str(got)


def level(aqi: int | None) -> int | None:
    """The level 1 to 6 of an index, HJ 633."""
    return None if aqi is None else 1 + sum(aqi > high for high in (50, 100, 150, 200, 300))


def _asked(call: Callable[[], Any]) -> Any:
    """What a library answers, or the name of the error that it raises: every error is an answer here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call()
        except Exception as problem:
            return type(problem).__name__


def _cases(name: str) -> Iterator[Row]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def single(adapter: Any) -> Iterator[dict[str, Any]]:
    """Every reportable concentration of every item that the library knows."""
    counts: dict[tuple[str, str], Count] = {}
    for row in _cases(f"iaqi_{adapter.edition}.csv"):
        item, averaging = row["item"], row["averaging"]
        if item not in getattr(adapter, "items", (item,)):
            continue
        count = counts.setdefault((item, averaging), Count())
        got = _asked(lambda row=row, item=item, averaging=averaging: adapter.iaqi(item, averaging, row["concentration"]))
        expected = int(row["iaqi"]) if row["iaqi"] else None
        if row["note"] in {"cap", "none"}:
            # Neither document gives a formula here: shown, not counted.
            count.beyond_scale += 1
            count.beyond_scale_differs += got != expected
            continue
        misplaced = not isinstance(got, int) or level(got) != level(expected)
        count.take(expected, got, row["concentration"], wrong=got != expected, wrong_level=misplaced)
    for (item, averaging), count in counts.items():
        yield _line(adapter, "IAQI", item, averaging, count)


def whole_index(adapter: Any, *, hourly: bool) -> Iterator[dict[str, Any]]:
    """AQI of days or hours, with level and primary pollutants where the library offers them."""
    count = Count()
    items = HOUR_COLUMNS if hourly else DAY_ITEMS
    indexed = (HOUR_ITEMS if adapter.edition == "hj633-2026" else HOUR_ITEMS_2012) if hourly else DAY_ITEMS
    for row in _cases("hour_index.csv" if hourly else "day_index.csv"):
        if row["edition"] != adapter.edition or not row["aqi"]:
            continue
        got = _asked(lambda row=row: adapter.index(row, hourly=hourly))
        aqi, more = (got, {}) if isinstance(got, str) else got
        expected = int(row["aqi"])
        wrong = aqi != expected
        wrong |= "level" in more and more["level"] != int(row["level"])
        wrong |= "primary" in more and more["primary"] != set(filter(None, row["primary"].split(";")))
        present = [item for item in items if row[item]]
        if expected == 500 or row["flags"] or any(not row[f"iaqi_{item}"] for item in present if item in indexed):
            count.beyond_scale += 1
            count.beyond_scale_differs += wrong
        elif any(Decimal(row[item]) != _reportable(item, row[item]) for item in present):
            count.input_rounding += 1
            count.input_rounding_wrong += wrong
        else:
            misplaced = not isinstance(aqi, int) or level(aqi) != int(row["level"])
            count.take(expected, aqi, row["case"], wrong=wrong, wrong_level=misplaced)
    yield _line(adapter, "AQI", "all", "hour" if hourly else "day", count)


def _reportable(item: str, text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.1") if item == "co" else Decimal(1))


def _line(adapter: Any, what: str, item: str, averaging: str, count: Count) -> dict[str, Any]:
    return {"library": adapter.name, "edition": adapter.edition, "what": what, "item": item, "averaging": averaging} | {
        name: getattr(count, name) for name in COLUMNS[6:]
    }


def notes(adapters: Sequence[Any]) -> dict[str, int]:
    """Counts that the page's explanations rest on."""
    found: dict[str, int] = {}
    by_name = {adapter.name: adapter for adapter in adapters}
    hub, mep, atmo = by_name["aqi-hub"], by_name["python-aqi"], by_name["aqipy-atmotech"]
    day = [row for row in _cases("iaqi_hj633-2026.csv") if row["item"] == "so2" and row["averaging"] == "day" and not row["note"]]
    found["hub_so2_same_as_hour"] = sum(
        hub.iaqi("so2", "day", r["concentration"]) == hub.iaqi("so2", "hour", r["concentration"])
        for r in day
        if int(r["concentration"]) <= 800
    )
    found["hub_so2_upto_800"] = sum(int(r["concentration"]) <= 800 for r in day)
    old = [row for row in _cases("iaqi_hj633-2012.csv") if not row["note"]]
    co = [row for row in old if row["item"] == "co"]
    found["mep_co_fraction_ignored"] = sum(
        mep.iaqi("co", r["averaging"], r["concentration"]) == mep.iaqi("co", r["averaging"], r["concentration"].partition(".")[0])
        for r in co
    )
    found["mep_co_cases"] = len(co)
    other = {"pm25": "pm10", "pm10": "pm25"}
    for item in atmo.items:
        rows = [row for row in old if row["item"] == item and row["averaging"] == "day"]
        answers = [(int(r["iaqi"]), atmo.iaqi(other[item], "day", r["concentration"])) for r in rows]
        found[f"atmo_{item}_exchanged_wrong"] = sum(a != b for a, b in answers)
        found[f"atmo_{item}_exchanged_wrong_to_300"] = sum(a != b for a, b in answers if a <= 300)
        found[f"atmo_{item}_exchanged_worst_to_300"] = max(abs(a - b) for a, b in answers if a <= 300)
        found[f"atmo_{item}_cases_to_300"] = sum(a <= 300 for a, _ in answers)
    return found


def work() -> None:
    """Inside the throw-away environment: print all counts as JSON."""
    from importlib.metadata import version

    adapters = [AqiHub(), PythonAqi(), AqipyAtmotech()]
    lines = [line for adapter in adapters for line in single(adapter)]
    for adapter in adapters[:2]:
        lines += [*whole_index(adapter, hourly=False), *whole_index(adapter, hourly=True)]
    for line in lines:
        line["version"] = version(line["library"])
    print(json.dumps({"lines": lines, "notes": notes(adapters)}))


# ---------------------------------------------------------------- the page


def run() -> dict[str, Any]:
    """Make the environment, install the libraries, run the cases."""
    with tempfile.TemporaryDirectory() as scratch:
        venv.create(scratch, with_pip=True)
        python = Path(scratch) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        subprocess.run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps", *REQUIREMENTS], check=True)
        done = subprocess.run([python, Path(__file__), "--work"], check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


NAMES: Final = {"so2": "SO2", "no2": "NO2", "pm10": "PM10", "pm25": "PM2.5", "co": "CO", "o3": "O3", "o3_8h": "O3", "all": "AQI, all items"}
AVERAGES: Final = {"day": "24 h", "hour": "1 h", "day_max_8h": "8 h"}


def _table(lines: Iterable[Row]) -> Iterator[str]:
    yield "| | average | cases | wrong | of these off by one | wrong level | worst | at | should be | is | beyond the scale: cases / differ |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |"
    for x in lines:
        average = (
            "daily report"
            if x["item"] == "all" and x["averaging"] == "day"
            else "hourly report"
            if x["item"] == "all"
            else AVERAGES[x["averaging"]]
        )
        yield (
            f"| {NAMES[x['item']]} | {average} | {x['cases']} | {x['wrong']} | {x['off_by_one']} | {x['wrong_level']} | {x['worst'] or ''} | {x['worst_at']} "
            f"| {x['worst_expected']} | {x['worst_got']} | {x['beyond_scale']} / {x['beyond_scale_differs']} |"
        )


def page(lines: Sequence[Row], found: Mapping[str, int]) -> str:
    """``libraries.md``."""

    def of(library: str) -> list[str]:
        return list(_table(x for x in lines if x["library"] == library))

    def cell(library: str, column: str, item: str, averaging: str) -> str:
        return next(x[column] for x in lines if (x["library"], x["item"], x["averaging"]) == (library, item, averaging))

    hub_co = int(cell("aqi-hub", "wrong", "co", "day")) + int(cell("aqi-hub", "wrong", "co", "hour"))
    rounded = {a: (cell("aqi-hub", "input_rounding", "all", a), cell("aqi-hub", "input_rounding_wrong", "all", a)) for a in ("day", "hour")}
    mep = {
        a: (cell("python-aqi", "input_rounding", "all", a), cell("python-aqi", "input_rounding_wrong", "all", a)) for a in ("day", "hour")
    }
    return "\n".join(
        [
            "<!-- Written by docs/proof/libraries.py from a run; the counts are also in libraries.csv. -->",
            "",
            "# Other libraries on the conformance cases",
            "",
            "What the [published cases](../../tests/official/conformance/README.md) find in three other Python libraries, at the versions named. A version changes;",
            "the command runs again:",
            "",
            "```sh",
            "python docs/proof/libraries.py    # makes a throw-away environment, installs the three libraries, writes this page and libraries.csv",
            "```",
            "",
            "How it is counted",
            "",
            "- The cases come from a slow implementation in exact fractions; the Yangban library passes all of them (a test runs them through the counting below too).",
            "- Each library is held against the edition that it states or whose table it carries, and asked only for what it offers.",
            "- A case is a concentration that can be reported: integers, CO with one decimal. *Wrong* is any other IAQI. *Off by one* is mostly rounding: the",
            "  documents round an IAQI up. *Wrong level* also counts an error raised inside the scale.",
            "- Above the last break-point the documents give no formula. Those cases are shown in the last column and not counted as wrong.",
            "- Days and hours whose concentrations still have to be rounded first are counted apart, below each table: only HJ 633-2026 says it in so many words.",
            "",
            "## aqi-hub 0.3.3",
            "",
            "States: GB 3095-2026 and HJ 633-2026 since 0.3.0 (2012 before). Licence MIT. One edition a version.",
            "",
            *of("aqi-hub"),
            "",
            f"- SO2 24 h: the table holds the 1-hour limits up to 800 µg/m³ (150, 500, 650 in place of 50, 150, 475): {found['hub_so2_same_as_hour']} of",
            f"  {found['hub_so2_upto_800']} answers up to 800 are those of the 1-hour table. Replacing these three numbers makes every one of the SO2 cases right.",
            f"- CO: {hub_co} cases (24 h and 1 h) come out one too high, since binary floating point puts an exact integer a hair above itself before it is rounded up",
            "  (CO 2.2 mg/m³ is exactly 55). Exact fractions, or rounding to nine decimals before rounding up, cure it.",
            f"- Concentrations that must be rounded first (HJ 633-2026, 4.2.2): {rounded['day'][1]} of {rounded['day'][0]} days and {rounded['hour'][1]} of",
            f"  {rounded['hour'][0]} hours differ. A caller who rounds half to even before calling gets them right.",
            "- All other columns agree on every case. With the three numbers and the rounding in place, all of its cases are right.",
            "",
            "## python-aqi 0.6.1",
            "",
            "States: the algorithm of the Chinese Ministry of Environmental Protection; the table is that of HJ 633-2012. Licence BSD-3-Clause. No levels or primary",
            "pollutants.",
            "",
            *of("python-aqi"),
            "",
            "- Segments run from 51 to 100, 101 to 150 and so on instead of from 50 and 100, and an IAQI is rounded half to even instead of up: most differences are by one.",
            f"- CO is cut to whole mg/m³ before the index: in {found['mep_co_fraction_ignored']} of {found['mep_co_cases']} cases the decimal changes nothing. This is rounding of the input by",
            "  the library itself, so it is counted.",
            "- Above the last break-point it raises an error.",
            f"- Concentrations that must be rounded first: {mep['day'][1]} of {mep['day'][0]} days and {mep['hour'][1]} of {mep['hour'][0]} hours differ.",
            "",
            "## aqipy-atmotech 0.1.5",
            "",
            "States: AQI (Mainland China), after a paper that its source names. Licence Apache-2.0. Gases are taken in ppm, the documents state mass concentrations, and the conversion",
            "(273 or 298 K) is the caller's: only PM2.5 and PM10 are counted.",
            "",
            *of("aqipy-atmotech"),
            "",
            "- The two tables are exchanged: PM2.5 is looked up in that of PM10 and the other way round.",
            *(
                f"- With the tables exchanged back, {found[f'atmo_{i}_exchanged_wrong_to_300']} of {found[f'atmo_{i}_cases_to_300']} cases up to IAQI 300 of {NAMES[i]} would still differ, by at most "
                f"{found[f'atmo_{i}_exchanged_worst_to_300']}: rounding to the nearest, and the last segment that ends in 299."
                for i in ("pm25", "pm10")
            ),
            "- Its scale ends at 300; above that every answer is 300.",
            "",
            "## For maintainers",
            "",
            "The cases are CSV files in the public domain (CC0): copy them into your tests. If a case contradicts an official document, please open an issue with the",
            "clause. A corrected version belongs on this page: tell us and the run is repeated.",
            "",
        ]
    )  # fmt: skip


SUMMARY: Final = {
    "README.md": ("library", "held against", "concentrations", "other IAQI", "other level", "mostly"),
    "README.zh-CN.md": ("程序库", "对照版本", "浓度个数", "IAQI 不同", "级别不同", "主要原因"),
}
CAUSES: Final = {
    "aqi-hub": ("SO2 24 h on the 1-hour table", "SO2 日均值用了 1 小时的分段表"),
    "python-aqi": ("segments from 51, 101 …; CO cut to whole mg/m³", "分段从 51、101 等起算；CO 截成整数"),
    "aqipy-atmotech": ("tables of PM2.5 and PM10 exchanged; ends at 300", "PM2.5 与 PM10 的分段表互换；最高到 300"),
}
BLOCK: Final = re.compile(r"(<!-- libraries: begin -->\n).*?(<!-- libraries: end -->)", re.DOTALL)


def summary(lines: Sequence[Row], readme: str) -> str:
    """One row a library: the single indices of all items together."""
    rows = ["| " + " | ".join(SUMMARY[readme]) + " |", "| --- | --- | ---: | ---: | ---: | --- |"]
    for library, causes in CAUSES.items():
        own = [x for x in lines if x["library"] == library and x["what"] == "IAQI"]
        sums = (str(sum(int(x[column]) for x in own)) for column in ("cases", "wrong", "wrong_level"))
        edition = own[0]["edition"].upper().replace("HJ", "HJ ")
        rows.append(f"| {library} {own[0]['version']} | {edition} | {' | '.join(sums)} | {causes[readme != 'README.md']} |")
    return "\n".join(rows) + "\n"


def readmes(lines: Sequence[Row], folder: Path = HERE) -> dict[str, str]:
    """The two README files with their table of libraries written anew."""
    found = {}
    for name in SUMMARY:
        whole = (folder / name).read_text(encoding="utf-8")
        if not BLOCK.search(whole):
            raise SystemExit(f"{name} has lost the marks <!-- libraries: begin --> and <!-- libraries: end -->")
        found[name] = BLOCK.sub(lambda match, name=name: match[1] + summary(lines, name) + match[2], whole)
    return found


def main() -> None:
    """Run everything, or with ``--work`` the part inside the environment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    if parser.parse_args().work:
        work()
        return
    found = run()
    lines = [{name: str(line[name]) for name in COLUMNS} for line in found["lines"]]
    with (HERE / "libraries.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    (HERE / "libraries.md").write_text(page(lines, found["notes"]), encoding="utf-8", newline="\n")
    for name, content in readmes(lines).items():
        (HERE / name).write_text(content, encoding="utf-8", newline="\n")
    print("docs/proof/libraries.csv\ndocs/proof/libraries.md")


if __name__ == "__main__":
    main()
