"""Growth, trend and counts. The porpoise: surveys of 2017 and 2022 as published (indicators-and-governance.md 8.4)."""

from __future__ import annotations

import math
from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from yangban.assess.biodiversity.counts import Record, density, peak, region_total, richness, share
from yangban.assess.biodiversity.trend import growth, log_linear, season_year
from yangban.standards import load_book

EDITION = load_book().medium("ecology", "eqi")
WINTER = tuple(EDITION.rule("season.winter").value)
DAY = date(2022, 1, 15)


def seen(site: str, event: str, taxon: str, n: int | None, **more: object) -> Record:
    return Record(site, event, DAY, DAY, taxon, True, n, **more)  # type: ignore[arg-type]


def test_the_porpoise_of_the_yangtze() -> None:
    """1,249 = main stem 595 (194 + 279 + 122) + Poyang 492 + Dongting 162; 1,012 in 2017: +23.4 %, 4.3 % a year.

    The survey of 2022-09-19 to 10-13 as announced on 2023-02-28, and that of 2017 (indicators-and-governance.md 8.4).
    """
    parts = {"宜昌—湖口": 194, "湖口—马鞍山": 279, "南京—吴淞口": 122, "鄱阳湖": 492, "洞庭湖": 162}
    records = [seen(site, "2022", "finless_porpoise", n) for site, n in parts.items()]
    total, peaks = region_total(records, "finless_porpoise")
    assert total == 1249
    assert sum(peaks[site].individuals or 0 for site in list(parts)[:3]) == 595
    found = growth(1012, 1249, 5)
    assert found is not None
    assert (f"{float(found.percent):.1f}", f"{float(found.yearly):.1f}") == ("23.4", "4.3")
    assert growth(0, 5, 1) is None


def test_a_series_of_exact_growth_gives_that_rate_and_no_width() -> None:
    found = log_linear({2015 + n: 1000 * Fraction(11, 10) ** n for n in range(6)}, EDITION)
    assert found.rate is not None
    assert float(found.rate) == pytest.approx(10, abs=1e-9)
    assert (found.direction, found.n, found.first, found.last) == ("rising", 6, 2015, 2020)
    assert float(found.low or 0) == pytest.approx(10, abs=1e-9)


def test_the_interval_is_that_of_least_squares() -> None:
    """Against numpy's line and covariance, with Student's 2.776 for four degrees of freedom."""
    series = {2012: 410, 2013: 380, 2014: 512, 2016: 470, 2018: 640, 2021: 610}
    x, y = np.array(list(series), dtype=float), np.log(np.array(list(series.values()), dtype=float))
    (slope, _), cov = np.polyfit(x - x.mean(), y, 1, cov=True)
    error = math.sqrt(cov[0, 0])
    found = log_linear({year: Fraction(n) for year, n in series.items()}, EDITION)
    expected = [100 * (math.exp(slope + k * error) - 1) for k in (0, -2.776, 2.776)]
    assert [float(each or 0) for each in (found.rate, found.low, found.high)] == pytest.approx(expected, rel=1e-6)
    assert found.direction == "rising"


def test_too_few_seasons_and_none_at_all_are_said() -> None:
    two = log_linear({2017: Fraction(1012), 2022: Fraction(1249)}, EDITION)
    assert (two.rate, two.reason) == (None, "只有 2 个年份，趋势至少需要 3 个")
    assert log_linear({2019: Fraction(0), 2020: Fraction(0), 2021: Fraction(0)}, EDITION).rate is None


def test_a_zero_adds_one_to_all_and_says_so() -> None:
    found = log_linear({2019: Fraction(0), 2020: Fraction(3), 2021: Fraction(9)}, EDITION)
    slope = np.polyfit([0, 1, 2], np.log([1, 4, 10]), 1)[0]
    assert (found.added, float(found.rate or 0)) == (1, pytest.approx(100 * (math.exp(slope) - 1)))


@pytest.mark.parametrize(
    ("first", "last", "year"),
    [("2011-10-01", "2011-10-01", 2011), ("2012-03-31", "2012-03-31", 2011), ("2011-12-30", "2012-01-02", 2011),
     ("2012-04-01", "2012-04-01", None), ("2012-03-30", "2012-10-02", None)],
)  # fmt: skip
def test_a_winter_runs_over_the_new_year(first: str, last: str, year: int | None) -> None:
    assert season_year(date.fromisoformat(first), date.fromisoformat(last), WINTER) == year


def test_counts_of_one_survey_are_added_and_of_several_the_largest_counts() -> None:
    records = [
        seen("甲", "e1", "a", 5),
        seen("甲", "e1", "a", 4),
        seen("甲", "e2", "a", 8),
        seen("乙", "e1", "a", 2),
        seen("乙", "e3", "b", None),
    ]
    assert peak(records[:3], "a").individuals == 9
    total, peaks = region_total(records, "a")
    assert (total, {site: each.individuals for site, each in peaks.items()}) == (11, {"甲": 9, "乙": 2})
    assert region_total(records, "b")[0] is None


def test_richness_leaves_out_what_is_no_species_and_what_was_not_found() -> None:
    records = [seen("甲", "e", "a", 5), seen("甲", "e", "b", None), seen("甲", "e", "c", 0), Record("甲", "e", DAY, DAY, "Anser", False, 9)]
    assert richness(records) == 2


def test_effort_counts_surveys_without_the_species_too() -> None:
    ten = {"effort": Fraction(10), "effort_unit": "km"}
    records = [seen("甲", "e1", "a", 30, **ten), seen("甲", "e1", "b", 1, **ten), seen("甲", "e2", "b", 4, **ten)]
    assert density(records, "a") == (Fraction(3, 2), "km", "")
    mixed = [*records, seen("甲", "e3", "a", 1, effort=Fraction(2), effort_unit="h")]
    assert "单位不一" in density(mixed, "a")[2]
    assert "没有努力量" in density([*records, seen("甲", "e3", "a", 1)], "a")[2]


def test_the_share_of_the_flyway_is_taken_as_given() -> None:
    records = [
        seen("甲", "e1", "a", 5, share=Fraction(2)),
        seen("甲", "e2", "a", 9, share=Fraction(3)),
        seen("乙", "e1", "a", 1, share=Fraction(1)),
    ]
    assert share(records, "a") == 4
    assert share(records, "b") is None
