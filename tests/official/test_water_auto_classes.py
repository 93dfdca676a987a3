"""National automatic stations, Jiangxi 2022 (国家地表水水质自动监测实时数据发布): the released class beside the class by GB 3838-2002.

One reading is one section and time; where several snapshots show it, the latest holds. The class rests on pH, DO, CODMn, NH3-N and TP,
unrounded, TN left out. The lake limits of TP hold at the points of lakes.

What stays different, and why (numbers below):

- *limit*: a value is printed exactly on a limit and the released class is the next worse one. The station judges the value before it is
  cut to the printed digits (TP 0.1004 is printed 0.100 and is class III).
- *previous*: the released class is that of the section's reading four hours before. In some snapshots the class column runs one reading
  behind the values.
- *gap*: neither, and the reading four hours before is not in the file, so that the same cause can be neither shown nor ruled out.
- *unexplained*: neither, although the reading four hours before is there.
- *reservoir*: at 坝上, which lies in the reservoir 柘林湖, the released class follows the lake limits. The list of lakes that this project
  was first given lacks it; with 坝上 among them this kind is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from oracle import water
from oracle.water_readers import Reading, newest, read_raw_snapshot, read_snapshots, resolve_year

pytestmark = pytest.mark.shared

FIRST_LIST = ("南矶山", "康山", "湖心岛", "仙女湖湖心岛", "蛤蟆石", "都昌")
LAKES = (*FIRST_LIST, "坝上")

UNEXPLAINED = """
湖心岛 01-19 16 3 4
大余城郊 01-19 16 3 2
乌江江口 01-19 16 2 3
旗山 02-13 12 3 2
南矶山 03-09 16 5 4
焦石坝 03-11 20 3 2
桐车湾 04-03 12 2 3
吴城赣江 04-29 04 3 2
钟岭水厂 04-29 12 2 3
南矶山 05-29 08 4 3
禾水河口 06-04 08 2 3
禾水河口 06-05 08 2 3
康山 11-05 08 4 3
"""

Readings = Mapping[tuple[str, datetime], Reading]


@pytest.fixture(scope="module")
def lines(shared_data: Path) -> list[Reading]:
    return read_snapshots(shared_data / "water" / "jiangxi_water_auto_2022_snapshots.csv.gz")


@pytest.fixture(scope="module")
def readings(lines: list[Reading]) -> Readings:
    return newest(lines)


def _class(reading: Reading, lakes: Collection[str], items: Collection[str] = water.AUTO_ITEMS) -> int | None:
    return water.section(reading.values, "lake" if reading.section in lakes else "river", items=items).klass


def _same(readings: Readings, lakes: Collection[str], items: Collection[str] = water.AUTO_ITEMS) -> tuple[int, int]:
    classed = [reading for reading in readings.values() if reading.klass is not None]
    return sum(_class(reading, lakes, items) == reading.klass for reading in classed), len(classed)


def _on_a_limit(reading: Reading, lakes: Collection[str]) -> str | None:
    """The item that is printed on a limit and explains the released class when it lies 10⁻⁶ beyond."""
    kind = "lake" if reading.section in lakes else "river"
    beyond = Fraction(1, 10**6)
    for item in water.AUTO_ITEMS:
        value = reading.values[item]
        if value is None:
            continue
        if item == "ph":
            tries = [value - beyond] if value == 6 else [value + beyond] if value == 9 else []
        else:
            on = value in {water.limit(item, klass, kind) for klass in range(1, 6)}
            tries = [value - beyond if item == "do" else value + beyond] if on else []
        for moved in tries:
            if _class(reading._replace(values={**reading.values, item: moved}), lakes) == reading.klass:
                return item
    return None


def _cause(reading: Reading, readings: Readings, lakes: Collection[str]) -> str:
    assert reading.time is not None
    item = _on_a_limit(reading, lakes)
    if item is not None:
        return f"limit {item}"
    if reading.section not in lakes and reading.section in LAKES and _class(reading, LAKES) == reading.klass:
        return "reservoir"
    before = readings.get((reading.section, reading.time - timedelta(hours=4)))
    if before is None:
        return "gap"
    return "previous" if reading.klass in (_class(before, lakes), before.klass) else "unexplained"


def _causes(readings: Readings, lakes: Collection[str]) -> dict[str, int]:
    return dict(
        Counter(_cause(r, readings, lakes) for r in readings.values() if r.klass is not None and _class(r, lakes) != r.klass).most_common()
    )


def test_the_file(lines: list[Reading], readings: Readings) -> None:
    assert (len(lines), sum(line.time is None for line in lines), len(readings)) == (70_771, 1_644, 64_289)
    assert len({section for section, _ in readings}) == 80
    assert {time.year for _, time in readings} == {2022}
    seen: dict[tuple[str, datetime | None], set[object]] = {}
    for line in lines:
        seen.setdefault((line.section, line.time), set()).add(line.content)
    assert sum(len(contents) > 1 for (_, time), contents in seen.items() if time is not None) == 881  # corrected later


def test_the_year_of_a_reading() -> None:
    seen = datetime(2022, 1, 1, 0, 40)
    assert resolve_year(seen, "12-31 20:00") == datetime(2021, 12, 31, 20)
    assert resolve_year(seen, "01-01 00:00") == datetime(2022, 1, 1)
    # 龙山口, 2 November: the station's clock is three minutes ahead of the snapshot.
    assert resolve_year(datetime(2022, 11, 2, 15, 57), "11-02 16:00") == datetime(2022, 11, 2, 16)
    assert resolve_year(datetime(2022, 12, 31, 23, 59), "01-01 00:00") == datetime(2023, 1, 1)
    assert resolve_year(seen, "\xa0") is None


def test_the_same_class_with_the_lakes_first_given(readings: Readings) -> None:
    """99.03 %; the 98.7 % of the project's notes leave pH out."""
    same, classed = _same(readings, FIRST_LIST)
    assert (same, classed) == (59_956, 60_546)
    assert Fraction(same, classed) >= Fraction("0.987")
    without_ph = [item for item in water.AUTO_ITEMS if item != "ph"]
    assert _same(readings, FIRST_LIST, without_ph) == (59_765, 60_546)


def test_the_same_class_with_bashang_as_a_lake(readings: Readings) -> None:
    """99.08 %."""
    assert _same(readings, LAKES) == (59_990, 60_546)


def test_river_limits_alone_are_not_enough(readings: Readings) -> None:
    """94.45 %: the lakes must be known."""
    assert _same(readings, ()) == (57_189, 60_546)


def test_rounding_first_is_worse(readings: Readings) -> None:
    """98.07 %: a released reading is classed unrounded."""
    rounded = {key: reading._replace(values=water.rounded(reading.values)) for key, reading in readings.items()}
    assert _same(rounded, FIRST_LIST)[0] == 59_380


def test_every_mismatch_has_its_cause(readings: Readings) -> None:
    """590 with the lakes first given, 556 with 坝上."""
    first = {
        "limit tp": 241, "limit do": 16, "limit codmn": 9, "limit nh3n": 5, "limit ph": 3,
        "previous": 188, "gap": 76, "reservoir": 35, "unexplained": 17,
    }  # fmt: skip
    assert _causes(readings, FIRST_LIST) == first
    assert sum(first.values()) == 590
    all_lakes = {
        "limit tp": 251, "limit do": 16, "limit codmn": 9, "limit nh3n": 5, "limit ph": 3,
        "previous": 185, "gap": 74, "unexplained": 13,
    }  # fmt: skip
    assert _causes(readings, LAKES) == all_lakes
    assert sum(all_lakes.values()) == 556


def test_the_unexplained_ones_by_name(readings: Readings) -> None:
    """Section, time, released class, class of its values."""
    left = [
        f"{r.section} {r.time:%m-%d %H} {r.klass} {_class(r, LAKES)}"
        for r in readings.values()
        if r.klass is not None and _class(r, LAKES) != r.klass and _cause(r, readings, LAKES) == "unexplained"
    ]
    assert sorted(left) == sorted(UNEXPLAINED.strip().splitlines())


def test_the_class_column_runs_behind(readings: Readings) -> None:
    """Where both neighbours are there and no value lies on a limit, the reading before explains far more than the one after."""
    four, found = timedelta(hours=4), Counter[str]()
    for reading in readings.values():
        if reading.klass is None or _class(reading, LAKES) == reading.klass or _on_a_limit(reading, LAKES):
            continue
        assert reading.time is not None
        before, after = (readings.get((reading.section, reading.time + step)) for step in (-four, four))
        if before is not None and after is not None:
            explains = [name for name, r in (("before", before), ("after", after)) if _class(r, LAKES) == reading.klass]
            found[" and ".join(explains) or "neither"] += 1
    assert found == {"before": 117, "before and after": 48, "after": 5, "neither": 8}


def test_one_national_snapshot_as_released(shared_data: Path) -> None:
    lines = read_raw_snapshot(shared_data / "water" / "raw_snapshots_2022" / "2022_06_05_16h31m.csv.gz")
    ours = [line for line in lines if line.province == "江西省" and line.klass is not None]
    assert (len(lines), len(ours), sum(_class(line, LAKES) == line.klass for line in ours)) == (1669, 58, 58)
