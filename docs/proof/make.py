# ruff: noqa: E501  (a sentence of a page stands on one line)
"""Recompute 2022 for every prefecture-level city of the nation under the old and the new standard, and write the pages of this folder.

    python docs/proof/make.py --data ../shared/data/air/national_city_hourly_2022.csv.gz

The readings go into a throw-away workspace, are assessed by the installed package, and leave ``nation-2022.csv``. Everything else (pages,
charts, the table in the two README files) is written from that CSV alone; without ``--data`` only this second half is done.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import charts

if TYPE_CHECKING:
    from yangban.assess.figure import Figure

HERE: Final = Path(__file__).resolve().parent
CSV: Final = "nation-2022.csv"
YEAR: Final = 2022
TAGS: Final = {"gb3095-2012": "2012", "gb3095-2026-transitional": "2026t"}
"""Editions and the endings of their columns."""

COLUMNS: Final = (
    "code", "name", "level", "province", "period",
    "valid_days_2012", "valid_days_2026t", "good_days_2012", "good_days_2026t", "lost_good_days",
    "good_day_ratio_2012", "good_day_ratio_2026t", "good_day_ratio_change", "days_status",
    "pm25", "pm10", "o3_8h_p90", "co_p95", "so2", "no2", "pm25_p95", "pm10_p95", "pm25_unrounded", "pm10_unrounded",
    "pm25_led_days_2012", "pm25_led_days_2026t", "pm10_led_days_2012", "pm10_led_days_2026t", "pm25_status",
    "composite_2012", "composite_2026t",
    "pm25_mean_meets_2012", "pm25_mean_meets_2026t", "six_items_meet_2012", "six_items_meet_2026t", "attains_2012", "attains_2026t",
    "failing_2012", "failing_2026t", "attains_status", "reason",
)  # fmt: skip

SHOWN: Final = {
    "pm25": "air.pm25.mean", "pm10": "air.pm10.mean", "o3_8h_p90": "air.o3_8h.p90", "co_p95": "air.co.p95", "so2": "air.so2.mean",
    "no2": "air.no2.mean", "pm25_p95": "air.pm25.p95", "pm10_p95": "air.pm10.p95",
}  # fmt: skip
"""Columns that are the same under both editions, as printed."""

SIX: Final = ("so2.mean", "no2.mean", "pm10.mean", "pm25.mean", "co.p95", "o3_8h.p90")
"""The six statistics of the composite index: annual means, CO 95th and O3 90th percentile."""

PUBLISHED: Final = {"good_day_ratio_2012": "86.5", "pm25": "29", "pm10": "51", "o3_8h_p90": "145", "co_p95": "1.1", "so2": "9", "no2": "21"}
"""Ministry of Ecology and Environment, notice of 2023-01-28 on January to December 2022, 339 cities; PM with dust days left out."""

MINISTRY_2025: Final = {"cities": (271, 205), "ratio": ("88.1", "83.6")}
"""The ministry on its own recomputation of 2025 (press conference of 2026-02-27, from one press report)."""

Row = Mapping[str, str]


# ---------------------------------------------------------------- from readings to the CSV


def compute(data: Path) -> str:
    """The CSV from hourly readings: one row a city, province and the nation for the year, and the nation for each month."""
    from yangban.base import regions
    from yangban.base.periods import parse
    from yangban.readings.intake import ingest
    from yangban.readings.workspace import Workspace
    from yangban.run.local import assess_air, open_results

    with tempfile.TemporaryDirectory() as scratch:
        workspace = Workspace.open(Path(scratch) / "workspace", create=True)
        receipt = ingest(workspace, [data])
        if receipt.rejections_total:
            raise SystemExit(f"{data}: {receipt.rejections_total} values were refused; expected a clean archive file")
        editions = ",".join(TAGS).replace("gb3095-", "")
        assess_air(workspace, [YEAR], editions=editions)
        results = open_results(workspace)
        having = set(results.subjects(level="city"))
        cities = [place.code for place in regions.prefecture_places("100000") if place.code in having]
        provinces = sorted({f"{code[:2]}0000" for code in cities} - set(cities))
        rows = _rows(results.figures(subjects=["100000", *provinces, *sorted(cities)], periods=[parse(str(YEAR))], edition=editions))
        months = [parse(f"{YEAR}-{month:02d}") for month in range(1, 13)]
        words = ["air.good_day_ratio", "air.good_days", "air.valid_days"]
        rows += _rows(results.figures(subjects=["100000"], periods=months, indicators=words, edition=editions))
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _rows(figures: Iterable[Figure]) -> list[dict[str, str]]:
    """Figures to rows of the CSV, in the order in which the subjects come."""
    grouped: dict[tuple[str, str], dict[tuple[str, str], Figure]] = {}
    for figure in figures:
        grouped.setdefault((figure.period, figure.subject), {})[figure.indicator, TAGS[figure.edition]] = figure
    return [_row(subject, period, found) for (period, subject), found in grouped.items()]


def _row(subject: str, period: str, found: Mapping[tuple[str, str], Figure]) -> dict[str, str]:
    from yangban.base import regions

    def shown(word: str, tag: str) -> str:
        figure = found.get((f"air.{word}", tag))
        return "" if figure is None or figure.display is None else f"{figure.display:f}"

    def status(word: str) -> str:
        known = [figure.status for tag in TAGS.values() if (figure := found.get((f"air.{word}", tag))) is not None]
        return "" if not known else "ok" if set(known) == {"ok"} else "insufficient"

    place = regions.place(subject)
    level = "nation" if subject == "100000" else "province" if place.level == "province" and subject[:2] not in _MUNICIPAL else "city"
    row = {
        "code": subject,
        "name": "全国" if level == "nation" else place.name,
        "level": level,
        "province": "" if level == "nation" else regions.place(f"{subject[:2]}0000").short,
        "period": period,
        "days_status": status("good_day_ratio"),
        "pm25_status": status("pm25.mean"),
        "attains_status": status("attains") if level == "city" else "",
    }
    for tag in TAGS.values():
        for column, word in (
            ("valid_days", "valid_days"), ("good_days", "good_days"), ("good_day_ratio", "good_day_ratio"),
            ("pm25_led_days", "pm25.primary_days"), ("pm10_led_days", "pm10.primary_days"), ("composite", "composite_index"),
        ):  # fmt: skip
            row[f"{column}_{tag}"] = shown(word, tag)
        if level == "city":
            over = {key: _is_over(found.get((f"air.{key}_multiple", tag))) for key in SIX}
            row[f"pm25_mean_meets_{tag}"] = _yes(over["pm25.mean"] is False, known=over["pm25.mean"] is not None)
            row[f"six_items_meet_{tag}"] = _yes(not any(over.values()), known=None not in over.values() or any(over.values()))
            row[f"attains_{tag}"] = {"1": "yes", "0": "no"}.get(shown("attains", tag), "")
            judged = found.get(("air.attains", tag))
            row[f"failing_{tag}"] = ";".join(judged.detail.get("failing", ())) if judged is not None else ""
    row["lost_good_days"] = _minus(row["good_days_2012"], row["good_days_2026t"])
    row["good_day_ratio_change"] = _minus(row["good_day_ratio_2026t"], row["good_day_ratio_2012"])
    for column, word in SHOWN.items():
        row[column] = shown(word.removeprefix("air."), "2012")
    for item in ("pm25", "pm10"):
        figure = found.get((f"air.{item}.mean", "2012"))
        row[f"{item}_unrounded"] = "" if figure is None else str(figure.value or "")
    judged = found.get(("air.attains", "2012"))
    row["reason"] = judged.reason if judged is not None and level == "city" else ""
    return row


_MUNICIPAL: Final = ("11", "12", "31", "50")


def _is_over(figure: Figure | None) -> bool | None:
    """Whether an exceedance multiple is above zero; None when there is none."""
    if figure is None or figure.exact is None:
        return None
    return bool(figure.exact)


def _yes(met: bool, *, known: bool) -> str:
    return ("yes" if met else "no") if known else ""


def _minus(a: str, b: str) -> str:
    return f"{Decimal(a) - Decimal(b):f}" if a and b else ""


# ---------------------------------------------------------------- what the CSV says


class Nation:
    """The rows of the CSV, and the counts that the pages speak of."""

    def __init__(self, text: str) -> None:
        rows = list(csv.DictReader(io.StringIO(text)))
        self.cities: list[Row] = [r for r in rows if r["level"] == "city"]
        (self.nation,) = [r for r in rows if r["level"] == "nation" and r["period"] == str(YEAR)]
        self.months: list[Row] = [r for r in rows if r["level"] == "nation" and r["period"] != str(YEAR)]
        municipal = [r for r in self.cities if r["code"].endswith("0000")]
        self.provinces: list[Row] = sorted([r for r in rows if r["level"] == "province"] + municipal, key=lambda r: r["code"])

    def count(self, column: str, *, sure: str = "", province: str = "") -> int:
        """How many cities say yes in a column; ``sure`` names the status column that must be ok."""
        return sum(
            r[column] == "yes" and (not sure or r[sure] == "ok") and (not province or r["province"] == province) for r in self.cities
        )

    def enough(self, status: str) -> int:
        """How many cities have enough data for a result."""
        return sum(r[status] == "ok" for r in self.cities)

    @property
    def lost(self) -> list[int]:
        """Good days that each city loses."""
        return [int(r["lost_good_days"]) for r in self.cities]

    def over(self, item: str, tag: str) -> int:
        """How many cities a statistic keeps from attaining."""
        return sum(item in r[f"failing_{tag}"].split(";") for r in self.cities)

    def meets_at_one_decimal(self, limit: int) -> int:
        """How many cities would meet an annual PM2.5 limit were the mean rounded to one decimal instead of an integer."""
        tenth = Decimal("0.1")
        return sum(Decimal(r["pm25_unrounded"]).quantize(tenth, ROUND_HALF_EVEN) <= limit for r in self.cities if r["pm25_unrounded"])


LABELS: Final = {
    "pm25.mean": ("PM2.5 annual mean", "PM2.5 年均值", "35 → 30 µg/m³"),
    "pm25.p95": ("PM2.5 daily, 95th percentile", "PM2.5 日均值第95百分位", "75 → 60 µg/m³"),
    "pm10.mean": ("PM10 annual mean", "PM10 年均值", "70 → 60 µg/m³"),
    "pm10.p95": ("PM10 daily, 95th percentile", "PM10 日均值第95百分位", "150 → 120 µg/m³"),
    "o3_8h.p90": ("O3 daily max 8 h, 90th percentile", "O3 日最大8小时第90百分位", "160 µg/m³"),
    "no2.mean": ("NO2 annual mean", "NO2 年均值", "40 µg/m³"),
    "no2.p98": ("NO2 daily, 98th percentile", "NO2 日均值第98百分位", "80 µg/m³"),
    "so2.mean": ("SO2 annual mean", "SO2 年均值", "60 µg/m³"),
    "so2.p98": ("SO2 daily, 98th percentile", "SO2 日均值第98百分位", "150 µg/m³"),
    "co.p95": ("CO daily, 95th percentile", "CO 日均值第95百分位", "4 mg/m³"),
}


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, left: int = 1) -> Iterator[str]:
    """A Markdown table, numbers to the right."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "".join(" --- |" if n < left else " ---: |" for n in range(len(head)))
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("-", "−") if n >= left else str(cell) for n, cell in enumerate(row)) + " |"


def signed(text: str | int) -> str:
    """A number with its sign."""
    value = Decimal(text)
    return f"+{value:f}" if value > 0 else f"{value:f}"


def summary(n: Nation, *, chinese: bool) -> Iterator[str]:
    """The counts and national means under both editions, with published values beside."""
    head = ("", "GB 3095-2012", "2026 过渡限值", "变化") if chinese else ("", "GB 3095-2012", "2026 transitional", "change")
    whole = len(n.cities)
    names = (
        (
            f"PM2.5 年均值达标的城市（{whole} 个有读数）", f"六项均达标，按年均值和 CO、O3 百分位（{whole} 个）",
            f"HJ 663 全部达标，含日均值百分位（{whole} 个）", f"同上，只计数据充足的（{n.enough('attains_status')} 个）",
            "优良天数比例，全国平均（%）", "综合指数，全国平均", "优良天数，全国城市合计（天·城市）",
        )
        if chinese
        else (
            f"cities meeting the annual PM2.5 limit (of {whole} with readings)", f"all six items: annual means, CO and O3 percentiles (of {whole})",
            f"all of HJ 663: daily percentiles too (of {whole})", f"the same, only cities with enough data (of {n.enough('attains_status')})",
            "good-day ratio, national mean (%)", "composite index, national mean", "good days of all cities together (city-days)",
        )
    )  # fmt: skip
    pairs: list[tuple[str, str]] = [
        (str(n.count("pm25_mean_meets_2012")), str(n.count("pm25_mean_meets_2026t"))),
        (str(n.count("six_items_meet_2012")), str(n.count("six_items_meet_2026t"))),
        (str(n.count("attains_2012")), str(n.count("attains_2026t"))),
        (str(n.count("attains_2012", sure="attains_status")), str(n.count("attains_2026t", sure="attains_status"))),
        (n.nation["good_day_ratio_2012"], n.nation["good_day_ratio_2026t"]),
        (n.nation["composite_2012"], n.nation["composite_2026t"]),
        (str(sum(int(r["good_days_2012"]) for r in n.cities)), str(sum(int(r["good_days_2026t"]) for r in n.cities))),
    ]
    yield from table(head, ((name, a, b, signed(_minus(b, a))) for name, (a, b) in zip(names, pairs, strict=True)))


def published(n: Nation, *, chinese: bool) -> Iterator[str]:
    """National means beside what the ministry published for 2022."""
    head = ("全国平均，2022 年", "本次计算", "公布值") if chinese else ("national mean, 2022", "computed here", "published")
    names = {
        "good_day_ratio_2012": ("good-day ratio (%), as monitored", "优良天数比例（%），未扣沙尘"),
        "o3_8h_p90": ("O3, 90th percentile (µg/m³)", "O3 第90百分位（微克/立方米）"),
        "so2": ("SO2 (µg/m³)", "SO2（微克/立方米）"),
        "no2": ("NO2 (µg/m³)", "NO2（微克/立方米）"),
        "co_p95": ("CO, 95th percentile (mg/m³)", "CO 第95百分位（毫克/立方米）"),
        "pm25": ("PM2.5 (µg/m³); published with dust days left out", "PM2.5（微克/立方米）；公布值扣除沙尘"),
        "pm10": ("PM10 (µg/m³); published with dust days left out", "PM10（微克/立方米）；公布值扣除沙尘"),
    }
    yield from table(head, ((names[c][chinese], n.nation[c], PUBLISHED[c]) for c in names))


def ministry(n: Nation, *, chinese: bool) -> Iterator[str]:
    """The ministry's recomputation of 2025 beside ours of 2022: only direction and size can be compared."""
    head = ("", "旧", "新", "变化") if chinese else ("", "old", "new", "change")
    cities, ratio = MINISTRY_2025["cities"], MINISTRY_2025["ratio"]
    ours = (n.count("pm25_mean_meets_2012"), n.count("pm25_mean_meets_2026t"))
    mine = (n.nation["good_day_ratio_2012"], n.nation["good_day_ratio_2026t"])
    names = (
        ("生态环境部，2025 年：PM2.5 达标城市", "本次，2022 年：PM2.5 达标城市", "生态环境部，2025 年：优良天数比例（%）", "本次，2022 年：优良天数比例（%）")
        if chinese
        else ("ministry, 2025: cities attaining PM2.5", "here, 2022: cities attaining PM2.5", "ministry, 2025: good-day ratio (%)", "here, 2022: good-day ratio (%)")
    )  # fmt: skip
    rows = zip(names, (cities, ours, ratio, mine), strict=True)
    yield from table(head, ((name, a, b, signed(_minus(str(b), str(a)))) for name, (a, b) in rows))


def by_province(n: Nation, *, chinese: bool) -> Iterator[str]:
    """One row a province, largest loss of good days first."""
    head = (
        ("省份", "城市数", "优良天数比例 旧（%）", "新（%）", "变化（百分点）", "PM2.5（微克/立方米）", "综合指数 旧", "新", "PM2.5 年均达标 旧", "新", "全部达标 旧", "新")
        if chinese
        else ("province", "cities", "good days % 2012", "2026t", "change, points", "PM2.5 µg/m³", "composite 2012", "2026t", "PM2.5 mean meets 2012", "2026t", "attains all 2012", "2026t")
    )  # fmt: skip
    yield from table(
        head,
        (
            (
                r["province"] + ("" if r["days_status"] == "ok" else " \\*"),
                sum(c["province"] == r["province"] for c in n.cities),
                r["good_day_ratio_2012"],
                r["good_day_ratio_2026t"],
                r["good_day_ratio_change"],
                r["pm25"],
                r["composite_2012"],
                r["composite_2026t"],
                *(n.count(f"{column}_{tag}", province=r["province"]) for column in ("pm25_mean_meets", "attains") for tag in TAGS.values()),
            )
            for r in charts.by_loss(n.provinces)
        ),
    )


def what_fails(n: Nation, *, chinese: bool) -> Iterator[str]:
    """How many cities each statistic keeps from attaining, under both."""
    head = (
        ("评价项目", "二级限值", "超标城市 旧", "新", "变化")
        if chinese
        else ("statistic", "level-2 limit", "cities above, 2012", "2026t", "change")
    )
    counts = ((key, n.over(key, "2012"), n.over(key, "2026t")) for key in LABELS)
    yield from table(head, ((LABELS[k][chinese], LABELS[k][2], a, b, signed(b - a)) for k, a, b in counts), left=2)


def spread(n: Nation, *, chinese: bool) -> Iterator[str]:
    """How the lost good days spread over the cities."""
    head = ("一年减少的优良天数", "城市数") if chinese else ("good days lost in the year", "cities")
    steps = [(0, 0), *((low, low + 9) for low in range(1, max(n.lost) + 1, 10))]
    yield from table(head, ((f"{a}" if a == b else f"{a}–{b}", sum(a <= x <= b for x in n.lost)) for a, b in steps))


def by_month(n: Nation, *, chinese: bool) -> Iterator[str]:
    """The national good-day ratio by month."""
    head = ("月份", "旧（%）", "新（%）", "变化（百分点）") if chinese else ("month", "2012 (%)", "2026t (%)", "change, points")
    yield from table(
        head, ((r["period"], r["good_day_ratio_2012"], r["good_day_ratio_2026t"], r["good_day_ratio_change"]) for r in n.months)
    )


# ---------------------------------------------------------------- pages

NOTICE: Final = "<!-- Written by docs/proof/make.py from nation-2022.csv; run it again after a change. -->"


def nation_page(n: Nation) -> str:
    """``nation-2022.md``."""
    lines = [
        NOTICE,
        "",
        "# The nation in 2022 under the old and the new standard",
        "",
        "[中文短页](nation-2022.zh-CN.md) · [the CSV](nation-2022.csv)",
        "",
    ]
    lines += [
        f"The same hourly readings of {len(n.cities)} prefecture-level cities, judged once under GB 3095-2012 with HJ 633-2012 and once under the",
        "transitional limits of GB 3095-2026 with HJ 633-2026 (in force from 2026-03-01 to 2030-12-31). What changes is PM: the daily and annual",
        "level-2 limits of PM2.5 and PM10, and with them the break-points at IAQI 100. SO2, NO2, CO and O3 keep theirs.",
        "",
        *summary(n, chinese=False),
        "",
        "`−` is fewer, `+` more. Three ways of counting stand side by side because publications differ in which they use.",
        "",
        "![Cities by annual PM2.5](pm25-cities.svg)",
        "",
        "![Good-day ratio by province](good-days-by-province.svg)",
        "",
        "## Beside what was published",
        "",
        *published(n, chinese=False),
        "",
        "Published: Ministry of Ecology and Environment, notice of 2023-01-28 on January to December 2022, over 339 cities. PM2.5 and PM10 are",
        "published with dust days left out, and the list of dust days is not public, so PM lies higher here; the other five can be compared",
        "directly. [Why real-time readings differ from audited ones](../concepts/realtime-and-audited.md).",
        "",
        *ministry(n, chinese=False),
        "",
        "The ministry's pair is about 2025 (press conference of 2026-02-27; we have it from one press report). Another year and other data: only",
        "direction and size can be compared.",
        "",
        "## Which statistic stands in the way",
        "",
        *what_fails(n, chinese=False),
        "",
        "Concentrations are judged rounded as they were published in 2022, PM2.5 to an integer, so 30.4 meets 30. One source has HJ 663-2026 judge with one decimal:",
        f"{n.meets_at_one_decimal(35)} cities would then meet 35 and {n.meets_at_one_decimal(30)} would meet 30.",
        "",
        "## Lost good days",
        "",
        *spread(n, chinese=False),
        "",
        *by_month(n, chinese=False),
        "",
        "PM2.5 led "
        f"{n.nation['pm25_led_days_2012']} days above AQI 100 in the average city under the old standard and {n.nation['pm25_led_days_2026t']} under the new; "
        f"PM10 {n.nation['pm10_led_days_2012']} and {n.nation['pm10_led_days_2026t']}.",
        "",
        "## Provinces",
        "",
        *by_province(n, chinese=False),
        "",
        "A province is the plain mean of its prefecture-level cities. \\* a city of the province has too few valid days, so the mean is not official.",
        "",
        "## Cities",
        "",
        "PM2.5, PM10, SO2, NO2: annual mean; O3: 90th percentile of the daily maximum 8 h; CO: 95th percentile. Meets: all of HJ 663, old / new.",
        "",
        *table(
            ("code", "city", "valid days", "good days old", "new", "lost", "ratio % old", "new", "PM2.5", "PM10", "O3", "CO", "SO2", "NO2", "composite old", "new", "meets", "status"),
            (
                (
                    r["code"], r["name"], r["valid_days_2012"], r["good_days_2012"], r["good_days_2026t"], r["lost_good_days"], r["good_day_ratio_2012"],
                    r["good_day_ratio_2026t"], r["pm25"], r["pm10"], r["o3_8h_p90"], r["co_p95"], r["so2"], r["no2"], r["composite_2012"], r["composite_2026t"],
                    f"{r['attains_2012']} / {r['attains_2026t']}", r["attains_status"],
                )
                for r in n.cities
            ),
            left=2,
        ),
        "",
        "## Caveats",
        "",
        "- Real-time (实况) city values as released hour by hour, not audited; 43 hours of the year are missing for every city.",
        "- As monitored: no dust day is left out.",
        "- 337 prefecture-level places are known to us, one (三沙市) has no readings. The 339 of the ministry are a different list.",
        "- `insufficient` (not for official use) means that a year or a month has too few valid days; `reason` in the CSV says which.",
        "- The text of HJ 663-2026 was not at hand: the percentile and its completeness, the rounding of the composite index and the use of the new limits in it are",
        "  marked unverified in [the book](../reference/book.md).",
        "",
        "## Columns of the CSV",
        "",
        "Endings: `_2012` and `_2026t` (transitional). `level` is nation, province or city; `period` is 2022, for the nation also its months.",
        "`pm25 … no2` as printed, `…_unrounded` before rounding, `…_p95` percentiles of daily means (µg/m³; CO mg/m³). `…_led_days`: days above AQI 100 with that primary",
        "pollutant. `pm25_mean_meets`: annual PM2.5 alone; `six_items_meet`: annual means, CO and O3 percentiles; `attains`: all of HJ 663; `failing`: which",
        "statistics are above. `…_status`: ok or insufficient, for the days, for PM2.5 and for attainment.",
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def chinese_page(n: Nation) -> str:
    """``nation-2022.zh-CN.md``: for officials."""
    a, b = n.nation["good_day_ratio_2012"], n.nation["good_day_ratio_2026t"]
    step = n.nation["good_day_ratio_change"].lstrip("-")
    fallen = [r for r in n.cities if r["pm25_mean_meets_2012"] == "yes" and r["pm25_mean_meets_2026t"] == "no"]
    named: dict[str, list[str]] = {}
    for row in fallen:
        named.setdefault(row["province"], []).append(row["name"].removesuffix("市"))
    ordered = sorted(n.cities, key=lambda r: (-int(r["lost_good_days"]), r["code"]))
    most = [r for r in ordered if int(r["lost_good_days"]) >= int(ordered[19]["lost_good_days"])]
    zero = sum(x == 0 for x in n.lost)
    worst = charts.by_loss(n.provinces)[:5]
    same = [r["province"] for r in n.provinces if Decimal(r["good_day_ratio_change"]) == 0]
    months = sorted(n.months, key=lambda r: Decimal(r["good_day_ratio_change"]))[:3]
    lines = [
        NOTICE,
        "",
        "# 新旧标准下 2022 年各市结果变化",
        "",
        "同一份读数，按两套标准各算一遍：旧标准为 GB 3095-2012、HJ 633-2012；新标准为 GB 3095-2026 过渡阶段限值、HJ 633-2026（2026 年 3 月 1 日至 2030 年 12 月 31 日）。",
        "空气没有变，变的是限值。",
        "",
        "## 变了什么",
        "",
        *table(
            ("项目", "旧", "新（过渡阶段）"),
            (("PM2.5 年均值（微克/立方米）", 35, 30), ("PM2.5 日均值（微克/立方米）", 75, 60), ("PM10 年均值（微克/立方米）", 70, 60), ("PM10 日均值（微克/立方米）", 150, 120)),
        ),
        "",
        "以上为二级限值。AQI 为 100 时对应的 PM2.5、PM10 日均值也随之改变。SO2、NO2、CO、O3 的二级限值和日报分级不变。",
        "",
        "## 结果怎样变",
        "",
        f"- 全国平均优良天数比例由 {a}% 变为 {b}%，少 {step} 个百分点。{len(n.cities)} 个城市合计少 {sum(n.lost)} 个优良天；{zero} 个城市一天不少，最多的{most[0]['name']}少 {most[0]['lost_good_days']} 天。",
        f"- PM2.5 年均值达标的城市由 {n.count('pm25_mean_meets_2012')} 个变为 {n.count('pm25_mean_meets_2026t')} 个，少 {len(fallen)} 个。",
        f"- 全部评价项目（含日均值百分位数）都达标的城市由 {n.count('attains_2012')} 个变为 {n.count('attains_2026t')} 个。",
        f"- 优良天数比例减少最多的省份：{'、'.join(f'''{r['province']}（{r['good_day_ratio_change'].lstrip('-')} 个百分点）''' for r in worst)}；{'、'.join(same)}没有变化。",
        f"- 减少集中在冷季：{'、'.join(str(int(r['period'][5:])) + ' 月少 ' + r['good_day_ratio_change'].lstrip('-') + ' 个百分点' for r in months)}。",
        f"- 综合指数全国平均由 {n.nation['composite_2012']} 变为 {n.nation['composite_2026t']}：浓度相同，除数（年均限值）变小。",
        "- 重度及以上污染天数不变：AQI 大于 200 对应的浓度没有改。",
        "",
        "![各城市 PM2.5 年均值](pm25-cities.svg)",
        "",
        "![各省优良天数比例](good-days-by-province.svg)",
        "",
        "## 为什么",
        "",
        f"减少的优良天都来自颗粒物：日均 PM2.5 在 61 至 75、或 PM10 在 121 至 150 微克/立方米之间的日子，旧标准为良，新标准为轻度污染。以 PM2.5 为首要污染物的超标天，平均每城由 {n.nation['pm25_led_days_2012']} 天增至 {n.nation['pm25_led_days_2026t']} 天；PM10 由 {n.nation['pm10_led_days_2012']} 天增至 {n.nation['pm10_led_days_2026t']} 天。",
        "",
        *what_fails(n, chinese=True),
        "",
        "## 与公布值对照",
        "",
        *published(n, chinese=True),
        "",
        "公布值：生态环境部 2023 年 1 月 28 日通报，339 个地级及以上城市。",
        "",
        *ministry(n, chinese=True),
        "",
        "生态环境部的数字是对 2025 年的测算（2026 年 2 月 27 日例行新闻发布会，据一家媒体报道）。年份和数据都不同，只能比方向和大小。",
        "",
        "## 各省",
        "",
        *by_province(n, chinese=True),
        "",
        "全省为所辖地级及以上城市的算术平均。\\* 省内有城市有效天数不足，全省平均不作正式使用。“全部达标”含日均值百分位数。",
        "",
        f"## PM2.5 年均值由达标变为不达标的 {len(fallen)} 个城市",
        "",
        *(f"- {province}：{'、'.join(names)}" for province, names in named.items()),
        "",
        f"## 优良天数减少最多的 {len(most)} 个城市（前 20 名，并列的都列出）",
        "",
        *table(
            ("城市", "优良天数 旧（天）", "新（天）", "减少（天）", "有效天数（天）", "PM2.5（微克/立方米）", "PM10（微克/立方米）"),
            ((r["name"], r["good_days_2012"], r["good_days_2026t"], r["lost_good_days"], r["valid_days_2012"], r["pm25"], r["pm10"]) for r in most),
        ),
        "",
        "其余城市见[逐市表](nation-2022.md#cities)和[数据文件](nation-2022.csv)。",
        "",
        "## 使用时请注意",
        "",
        "- 依据的是逐小时发布的**实况**数据，不是审核数据，全年有 43 个小时各城市都缺；与公布值略有差别，不替代公布值。",
        "- **未扣除沙尘**。西北城市减少的天数中有一部分是沙尘天；公布的 PM2.5、PM10 和综合指数扣除沙尘，优良天数比例不扣。",
        f"- {len(n.cities)} 个有读数的地级及以上城市；其中 {n.enough('attains_status')} 个数据充足，其余标为数据不足，不作正式使用。",
        f"- 判断达标用修约到整数的年均值（30.4 按 30 计）。有一处资料称 HJ 663-2026 按一位小数判断，那样旧、新标准下 PM2.5 达标城市为 {n.meets_at_one_decimal(35)} 个和 {n.meets_at_one_decimal(30)} 个。",
        "- 未能取得 HJ 663-2026 正式文本，百分位数的有效性要求、综合指数的修约和新限值在综合指数中的使用，在[标准之书](../reference/book.md)中标为待核对。",
        "- 2031 年 1 月 1 日起执行的限值更严，本页未算。",
        "",
    ]  # fmt: skip
    return "\n".join(lines)


BLOCK: Final = re.compile(r"(<!-- numbers: begin -->\n).*?(<!-- numbers: end -->)", re.DOTALL)


def pages(text: str, folder: Path = HERE) -> dict[str, str]:
    """Every file that follows from the CSV: name to content."""
    n = Nation(text)
    found = {
        "nation-2022.md": nation_page(n),
        "nation-2022.zh-CN.md": chinese_page(n),
        "pm25-cities.svg": charts.pm25_cities(n.cities),
        "good-days-by-province.svg": charts.good_days(n.provinces, n.nation),
    }
    for name, chinese in (("README.md", False), ("README.zh-CN.md", True)):
        block = "\n".join(summary(n, chinese=chinese)) + "\n\n" + "\n".join(published(n, chinese=chinese)) + "\n"
        whole = (folder / name).read_text(encoding="utf-8")
        if not BLOCK.search(whole):
            raise SystemExit(f"{name} has lost the marks <!-- numbers: begin --> and <!-- numbers: end -->")
        found[name] = BLOCK.sub(lambda match, block=block: match[1] + block + match[2], whole)
    return found


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, help="national_city_hourly_2022.csv.gz; without it the pages are written from the CSV as it is"
    )
    data = parser.parse_args().data
    if data is not None:
        (HERE / CSV).write_text(compute(data), encoding="utf-8", newline="\n")
    for name, content in pages((HERE / CSV).read_text(encoding="utf-8")).items():
        (HERE / name).write_text(content, encoding="utf-8", newline="\n")
        print(f"docs/proof/{name}")


if __name__ == "__main__":
    main()
