"""南昌 2022 walked back with pencil and paper: the printed hours and break-points give the printed result, and the lines hold them."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yangban.cli.main import app
from yangban.readings.intake import ingest
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air

FILE = "air/jiangxi_city_hourly_2022.csv.gz"
DAY = "2022-09-08"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """Jiangxi's hours of 2022, read in and assessed."""
    made = Workspace.open(tmp_path_factory.mktemp("nanchang") / "w", create=True)
    ingest(made, [shared_data / FILE])
    assess_air(made, [2022])
    return made.path


@pytest.fixture(scope="module")
def told(workspace: Path) -> list[str]:
    """The explanation of 南昌's ratio of good days in 2022, with one ozone day in full, as its lines."""
    return _explain(workspace, "-i", "air.good_day_ratio", "-s", "南昌", "-p", "2022", "--day", DAY).splitlines()


def _explain(workspace: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["explain", "-w", str(workspace), *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def _section(lines: Sequence[str], start: str, end: str = "") -> list[str]:
    first = next(i for i, line in enumerate(lines) if line.strip().startswith(start))
    last = next((i for i in range(first + 1, len(lines)) if end and lines[i].strip().startswith(end)), len(lines))
    return list(lines[first:last])


def _cells(lines: Sequence[str], pattern: str) -> list[list[str]]:
    """The rows of a printed table: cells stand at least two spaces apart; an asterisk marks a row."""
    rows = [re.split(r"\s{2,}", line.strip().removeprefix("* ")) for line in lines]
    return [row for row in rows if re.fullmatch(pattern, row[0])]


def _hours(told: Sequence[str], item: str) -> Mapping[int, tuple[Fraction, int, str]]:
    """Hour -> value, line and text of the file."""
    rows = _cells(_section(told, f"{item} 小时值", "17 个" if item == "O3" else "Σ"), r"\d\d")
    return {int(row[0]): (Fraction(row[2]), int(row[3]), row[4]) for row in rows}


def _half_even(value: Fraction, step: str) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(step), rounding=ROUND_HALF_EVEN)


def _index(line: str, concentration: Fraction) -> int:
    """HJ 633 by hand, from the printed break-points ``分段：浓度 160—215，IAQI 100—150``."""
    found = re.search(r"浓度 ([\d.]+)—([\d.]+)，IAQI (\d+)—(\d+)", line)
    assert found
    low, high, first, last = map(Fraction, found.groups())
    assert low <= concentration <= high
    return ceil((last - first) / (high - low) * (concentration - low) + first)


def test_the_ozone_day_by_hand(told: Sequence[str]) -> None:
    hours = _hours(told, "O3")
    assert list(hours) == list(range(1, 25))
    ozone = _section(told, "O3 小时值", "· ")
    windows = {end: sum(hours[h][0] for h in range(end - 7, end + 1)) / 8 for end in range(8, 25)}
    printed = {int(row[0][-2:]): Fraction(row[3]) for row in _cells(ozone, r"\d\d—\d\d")}
    assert printed == windows
    best = max(windows.values())
    last = next(end for end, mean in windows.items() if mean == best)
    assert any(f"最大的 8 小时平均：{last - 7:02d}—{last:02d} 时" in line for line in ozone)
    rounded = Fraction(_half_even(best, "1"))
    index = _index(next(line for line in ozone if "分段" in line), rounded)
    assert any(line.endswith(f"向上取整 → {index}") for line in ozone)
    indices = [int(row[6]) for row in _cells(_section(told, "六项的日值与分指数", "AQI"), r"PM2\.5|PM10|SO2|NO2|CO|O3-8h")]
    assert len(indices) == 6
    assert max(indices) == index == 131


@pytest.mark.parametrize(("item", "step"), [("PM2.5", "1"), ("PM10", "1"), ("SO2", "1"), ("NO2", "1"), ("CO", "0.1")])
def test_the_daily_means_by_hand(told: Sequence[str], item: str, step: str) -> None:
    hours = _hours(told, item)
    mean = sum(value for value, _, _ in hours.values()) / len(hours)
    lines = _section(told, f"{item} 小时值", "· ")
    rounded = _half_even(mean, step)
    assert any(f"→ {rounded}（" in line for line in lines if line.strip().startswith("修约"))
    index = _index(next(line for line in lines if "分段" in line), Fraction(rounded))
    assert any(line.endswith(f"向上取整 → {index}") for line in lines)
    table = {row[0]: row for row in _cells(_section(told, "六项的日值与分指数", "AQI"), r"\S+")}
    assert (Fraction(table[item][4]), int(table[item][6])) == (Fraction(rounded), index)


def test_every_printed_line_holds_the_printed_value(told: Sequence[str], shared_data: Path) -> None:
    with gzip.open(shared_data / FILE, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    column = rows[0].index("南昌")
    checked = 0
    for item in ("PM2.5", "PM10", "SO2", "NO2", "CO", "O3"):
        for hour, (value, line, text) in _hours(told, item).items():
            row = rows[line - 1]
            day, label = (DAY.replace("-", ""), hour) if hour < 24 else ("20220909", 0)
            assert (row[0], int(row[1]), row[2], row[column]) == (day, label, item, text)
            assert Fraction(text) == value
            checked += 1
    assert checked == 6 * 24


def test_the_days_add_up_to_the_ratio(told: Sequence[str]) -> None:
    bad = _cells(_section(told, "有效但不满足条件的", "二、"), r"2022-\d\d-\d\d")
    assert all(int(row[1]) > 100 for row in bad)
    assert any(row[0] == DAY and row[1] == "131" for row in bad)
    invalid = _cells(_section(told, "未计入的", "有效但不满足"), r"2022-\d\d-\d\d")
    assert [row[0] for row in invalid] == ["2022-06-13", "2022-08-30"]
    valid = 365 - len(invalid)
    good = valid - len(bad)
    assert (good, valid) == (312, 363)
    ratio = Fraction(good * 100, valid)
    assert told[0] == f"南昌市 2022 优良天数比例：{_half_even(ratio, '0.1')}%"
    assert any(f"{good} ÷ {valid} × 100 = {ratio.numerator}/{ratio.denominator}" in line for line in told)


def test_the_months_add_up_to_the_days(told: Sequence[str]) -> None:
    months = _cells(_section(told, "逐月的有效天数", "未计入"), r"2022-\d\d")
    assert len(months) == 12
    assert (sum(int(row[2]) for row in months), sum(int(row[4]) for row in months)) == (363, 312)


def test_the_way_back_ends_at_the_printed_value(told: Sequence[str]) -> None:
    back = _section(told, "回程", "所依的条文")
    assert any("12—19 时之和 1553 ÷ 8 = 194.125 → 修约 194 → IAQI 131" in line for line in back)
    assert any(line.strip().endswith("→ 印出 86.0%") for line in back)


def test_the_province_is_the_mean_of_its_printed_cities(workspace: Path) -> None:
    told = _explain(workspace, "-i", "air.good_day_ratio", "-s", "江西", "-p", "2022", "--depth", "2").splitlines()
    fractions = [re.search(r"(\d+)×100÷(\d+)", line) for line in told]
    shares = [Fraction(int(f[1]) * 100, int(f[2])) for f in fractions if f]
    assert len(shares) == 11
    assert told[0] == f"江西省 2022 优良天数比例：{_half_even(sum(shares) / 11, '0.1')}%"


def test_a_percentile_from_its_days(workspace: Path) -> None:
    (made,) = json.loads(_explain(workspace, "-i", "air.o3_8h.p90", "-s", "南昌", "-p", "2022", "--json"))
    days = sorted(Fraction(row["value"]["fraction"]) for row in made["days"] if row["valid"])
    k = 1 + Fraction((len(days) - 1) * 90, 100)
    s = int(k)
    value = days[s - 1] + (days[s] - days[s - 1]) * (k - s)
    assert (made["how"]["step"], made["how"]["s"], made["how"]["k"]["value"]) == ("DaysPercentile", 326, "326.8")
    assert Fraction(made["how"]["value"]["fraction"]) == value
    assert made["figure"]["value"] == "155.725"
    assert made["how"]["low"][0] == made["example"]["day"] == "2022-06-08"


def test_the_composite_index_from_its_printed_terms(workspace: Path) -> None:
    (made,) = json.loads(_explain(workspace, "-i", "air.composite_index", "-s", "南昌", "-p", "2022", "--json", "--depth", "1"))
    total = Decimal(0)
    for term in made["how"]["terms"]:
        entering = _half_even(Fraction(term["value"]["fraction"]), "0.1" if term["item"] == "co" else "1")
        assert Decimal(term["entering"]["after"]) == entering
        single = _half_even(Fraction(entering) / Fraction(term["limit"]), "0.01")
        assert Decimal(term["single"]["after"]) == single
        total += single
    assert made["figure"]["display"] == f"{total}" == "3.65"


def test_a_change_is_that_of_the_printed_values(workspace: Path) -> None:
    words = ("-i", "air.pm25.mean.change", "-s", "江西", "-p", "2022-06", "--base", "period:2022-05", "--depth", "1")
    told = _explain(workspace, *words)
    assert "(15 − 26) ÷ 26 × 100 = -550/13 ≈ -42.307692" in told
    assert told.startswith("江西省 2022-06 PM2.5平均浓度变化：-42.3%")
