"""Jiangxi's water in 2022 from the released automatic readings, by the oracle alone, beside what the province published.

The department's briefing of 29 July 2022 gave 96.2 % of the state assessment sections at class I–III for June. The file gives 94.6 % (70 of
74). The two do not measure the same: the file shows 74 of the sections, on 23 of 30 days, real-time values that nobody has reviewed, and
five items of 21; and with 74 sections one section is 1.4 points. The four sections over class III are named below.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import pytest

from oracle import water
from oracle.water_readers import newest, read_months, read_snapshots

pytestmark = pytest.mark.shared

LAKES = ("南矶山", "康山", "湖心岛", "蛤蟆石", "都昌", "坝上")

Months = dict[tuple[int, str], water.Section]


@pytest.fixture(scope="module")
def means(shared_data: Path) -> dict[tuple[int, str], dict[str, Fraction]]:
    """(month, section) → unrounded monthly means of the readings whose station is not under maintenance, pH by hydrogen ion."""
    samples: dict[tuple[int, str], list[water.Values]] = defaultdict(list)
    lines = read_snapshots(shared_data / "water" / "jiangxi_water_auto_2022_snapshots.csv.gz")
    for (section, time), reading in newest(lines).items():
        if reading.condition == "正常":
            samples[time.month, section].append({item: reading.values[item] for item in water.AUTO_ITEMS})
    return {key: water.mean_of(rows) for key, rows in samples.items()}


@pytest.fixture(scope="module")
def months(means: dict[tuple[int, str], dict[str, Fraction]]) -> Months:
    return {key: water.section(water.rounded(values), "lake" if key[1] in LAKES else "river") for key, values in means.items()}


@pytest.mark.parametrize(
    ("month", "sections", "good", "class12", "inferior"),
    [
        (1, 78, "91.0", "74.4", "2.6"), (2, 79, "96.2", "83.5", "0"), (3, 80, "95.0", "75.0", "0"), (4, 76, "94.7", "78.9", "0"),
        (5, 76, "97.4", "81.6", "0"), (6, 74, "94.6", "56.8", "0"), (7, 78, "93.6", "73.1", "0"), (11, 76, "90.8", "81.6", "1.3"),
        (12, 78, "93.6", "82.1", "0"),
    ],
)  # fmt: skip
def test_shares_by_month(months: Months, month: int, sections: int, good: str, class12: str, inferior: str) -> None:
    found = water.shares(section.klass for (m, _), section in months.items() if m == month)
    assert found is not None
    shown = tuple(water.half_even(share, 1) for share in (found.good, found.class12, found.inferior))
    assert (found.sections, shown) == (sections, (Fraction(good), Fraction(class12), Fraction(inferior)))
    assert water.share_state(found.good, found.inferior) == "优"


def test_there_is_nothing_from_august_to_october(months: Months) -> None:
    assert {month for month, _ in months} == {1, 2, 3, 4, 5, 6, 7, 11, 12}


def test_june_beside_the_published_ratio(months: Months) -> None:
    over = {section: found.deciding for (month, section), found in months.items() if month == 6 and (found.klass or 0) > 3}
    assert over == {"新联": ("do",), "邓家洲": ("do",), "湖心岛": ("tp",), "康山": ("tp",)}
    published = Fraction("96.2")
    assert water.half_even(Fraction(70 * 100, 74), 1) - published == Fraction("-1.6")


def test_the_year_has_nine_months_and_so_no_class(means: dict[tuple[int, str], dict[str, Fraction]]) -> None:
    """Twelve monthly values make a year. Eight would do where ice or the like impedes, which nobody claims for Jiangxi."""
    by_section: dict[str, list[water.Values]] = defaultdict(list)
    for (_, section), values in means.items():
        by_section[section].append(values)
    assert all(water.period_values(rows, "year").values == {} for rows in by_section.values())
    enough = [name for name, rows in by_section.items() if len(water.period_values(rows, "year", impeded=True).values) == 5]
    assert (len(enough), len(by_section)) == (73, 80)


def test_the_monthly_table_of_2021(shared_data: Path) -> None:
    """82 sections, 77 of 984 rows without values; three names differ from the automatic network."""
    rows = read_months(shared_data / "water" / "jiangxi_section_monthly_2021.csv.gz")
    assert (len(rows), len({row.section for row in rows}), len({row.city for row in rows})) == (984, 82, 11)
    assert sum(not any(value is not None for value in row.values.values()) for row in rows) == 77
    lakes = {row.section: row.river for row in rows if row.river in ("鄱阳湖", "柘林湖", "仙女湖")}
    assert lakes == {
        "九江都昌": "鄱阳湖", "上饶康山": "鄱阳湖", "南矶山": "鄱阳湖", "蛤蟆石": "鄱阳湖", "坝上": "柘林湖", "湖心岛": "仙女湖",
    }  # fmt: skip
