"""Figures of sections and regions from readings: counts, status and reasons, on one small year worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

from yangban.assess.figure import Figure
from yangban.assess.water.averages import Means
from yangban.assess.water.figures import SectionPeriod, Subject, lake_figures, region_figures
from yangban.assess.water.frame import frame_classes, frame_figures
from yangban.assess.water.indicators import INDICATORS, indicator
from yangban.base.errors import UnknownIndicator, UsageError
from yangban.base.periods import Period, parse
from yangban.standards import Rule, load_book

BOOK = load_book()
WATER = BOOK.water()


def decimals(item: str, period: Period) -> Rule:
    return BOOK.display_decimals(item, period.end, medium="water")


def readings() -> pl.DataFrame:
    """外洲 nine months (January to September) of CODMn 2, 4, 6 in turn and pH 7; 滁槎 January alone, CODMn 20."""
    rows = [("外洲", date(2022, month, 9), 7.0, float(2 * (1 + month % 3))) for month in range(1, 10)]
    return pl.DataFrame([*rows, ("滁槎", date(2022, 1, 9), 8.0, 20.0)], schema=["section", "time", "ph", "codmn"], orient="row")


def figures(**options: object) -> dict[tuple[str, str, str], Figure]:
    found = frame_figures(readings(), WATER, decimals, kind="river", **options)  # type: ignore[arg-type]
    return {(f.subject, f.period, f.indicator): f for f in found}


def test_a_section_in_months_quarters_and_the_year() -> None:
    found = figures()
    january = found["section:外洲", "2022-01", "water.class"]
    assert (january.exact, january.display, january.detail["class"]) == (2, Decimal(2), "Ⅱ")
    assert (january.status, january.n_valid, january.n_expected) == ("ok", 1, 1)
    year = found["section:外洲", "2022", "water.class"]
    # Nine months of 4, 6, 2 …: mean 4, class Ⅱ; twelve are needed.
    assert (year.detail["class"], year.detail["deciding"], year.n_valid, year.n_expected) == ("Ⅱ", ["codmn"], 9, 12)
    assert (year.status, year.reason) == ("insufficient", "9 个月有数据，至少 12 个月")
    assert "assess-2011:average.year.full" in year.unverified
    mean = found["section:外洲", "2022", "water.codmn.mean"]
    assert (mean.exact, mean.display, mean.unit) == (4, Decimal("4.0"), "mg/L")
    assert ("section:外洲", "2022-Q4", "water.class") not in found
    assert found["section:外洲", "2022-Q1", "water.class"].status == "ok"


def test_what_falls_short_says_so() -> None:
    found = figures()
    year = found["section:滁槎", "2022", "water.class"]
    assert (year.detail["class"], year.status) == ("劣Ⅴ", "insufficient")
    assert year.reason == "1 个月有数据，至少 12 个月"
    assert found["section:滁槎", "2022-H1", "water.class"].unverified[-1] == "yangban:completeness.half"
    # (20 - 6) / 6 = 2.33
    assert year.detail["exceeding"] == [{"item": "codmn", "multiple": "2.3"}]


def test_a_region_of_few_sections_and_what_it_lacks() -> None:
    found = figures(regions={"360000": ["外洲", "滁槎", "未测"]}, periods=[parse("2022-01"), parse("2022")])
    january = found["360000", "2022-01", "water.good_ratio"]
    assert (january.exact, january.display, january.status) == (50, Decimal("50.0"), "insufficient")
    assert january.reason == "3 个断面中 2 个数据充足；不足：未测"
    assert (january.n_valid, january.n_expected) == (2, 3)
    assert found["360000", "2022-01", "water.inferior_ratio"].exact == 50
    assert found["360000", "2022-01", "water.sections"].exact == 2
    # The average of 4 and 20 is 12: class Ⅴ.
    assert found["360000", "2022-01", "water.class"].detail["class"] == "Ⅴ"
    assert found["360000", "2022-01", "water.state"].detail == {"state": "中度污染", "method": "average", "main": []}
    # CODMn 12 / 6 = 2, and pH: -lg((1e-7 + 1e-8) / 2) = 7.2596…, (pH - 7) / 2 = 0.1298….
    index = found["360000", "2022-01", "water.cwqi"]
    assert index.display == Decimal("2.1298")
    assert "cwqi-2017:cwqi.city_merge" in index.unverified
    assert found["360000", "2022", "water.good_ratio"].reason.endswith("不足：外洲、滁槎、未测")


def test_five_sections_go_by_shares() -> None:
    parts = [
        SectionPeriod(name=str(n), kind="river", means=Means({"codmn": Fraction(value)}), n_months=1, n_samples=1)
        for n, value in enumerate((2, 2, 4, 6, 16))
    ]
    who = Subject(code="river:赣江", name="赣江", level="river")
    found = {f.indicator: f for f in region_figures(parts, who, parse("2022-06"), WATER, decimals)}
    assert (found["water.good_ratio"].display, found["water.class12_ratio"].display) == (Decimal("80.0"), Decimal("60.0"))
    assert found["water.state"].detail["state"] == "良好"
    assert found["water.state"].detail["main"] == [{"item": "codmn", "over": 1, "of": 5, "rate": "20.0"}]
    assert "water.class" not in found
    assert found["water.good_ratio"].detail["words"] == "Ⅰ类 2 个、Ⅱ类 1 个、Ⅲ类 1 个、劣Ⅴ类 1 个"
    assert found["water.good_ratio"].status == "ok"


def test_a_lake() -> None:
    one = {"chla": Fraction(1), "tp": Fraction(1), "tn": Fraction(1), "sd": Fraction(1), "codmn": Fraction(1)}
    points = [SectionPeriod(name=name, kind="lake", means=Means(one), n_months=1, n_samples=1) for name in "ab"]
    who = Subject(code="lake:鄱阳湖", name="鄱阳湖", level="lake")
    found = {f.indicator: f for f in lake_figures(points, who, parse("2022-06"), WATER, decimals)}
    # 164.255191 / 3.7558 = 43.73: see test_indices.
    assert (found["water.tli"].display, found["water.tli"].detail["grade"]) == (Decimal("43.7"), "中营养")
    assert found["water.class"].detail["reference"] == {"tn": "Ⅲ"}
    bare = [SectionPeriod(name="a", kind="lake", means=Means({"tp": Fraction(1)}), n_months=1, n_samples=1)]
    tli = {f.indicator: f for f in lake_figures(bare, who, parse("2022-06"), WATER, decimals)}["water.tli"]
    assert (tli.exact, tli.status) == (None, "insufficient")
    assert "缺 叶绿素a" in tli.reason


def test_long_frames_and_units_are_as_wide_ones() -> None:
    wide = frame_figures(readings(), WATER, decimals, kind="river")
    long = readings().unpivot(index=["section", "time"], variable_name="item", value_name="value")
    assert frame_figures(long, WATER, decimals, kind={"外洲": "river"}) == wide
    micro = readings().with_columns(pl.col("codmn") * 1000)
    assert frame_figures(micro, WATER, decimals, kind="river", scales={"codmn": Fraction(1, 1000)}) == wide


def test_classes_beside_a_frame() -> None:
    samples = pl.DataFrame({"name": ["a", "b", "c"], "type": ["river", "lake", "lake"], "tp": [0.05, 0.05, None], "do": [7.5, 7.5, None]})
    found = frame_classes(samples, WATER)
    assert found.columns[:4] == samples.columns
    assert found["class"].to_list() == ["Ⅱ", "Ⅲ", None]
    assert found["state"].to_list() == ["优", "良好", None]
    assert found["deciding"].to_list() == ["tp", "tp", ""]
    assert found["status"].to_list() == ["ok", "ok", "insufficient"]
    with pytest.raises(UsageError, match="river or lake"):
        frame_classes(samples.drop("type"), WATER)
    with pytest.raises(UsageError, match="never negative"):
        frame_classes(pl.DataFrame({"tp": [-0.1]}), WATER, kind="river")
    with pytest.raises(UsageError, match="expected numbers"):
        frame_classes(pl.DataFrame({"tp": ["<0.01"]}), WATER, kind="river")


def test_indicators_are_known_by_name() -> None:
    assert indicator("water.good_ratio.change").unit == "%"
    for spec in INDICATORS.values():
        if ".mean" not in spec.id:
            assert BOOK.display_decimals(spec.decimals, date(2022, 1, 1), medium="water").value is not None
        assert all(WATER.rule(key) for key in spec.rules)
    with pytest.raises(UnknownIndicator, match=r"water\.good_ratio"):
        indicator("water.goodratio")
