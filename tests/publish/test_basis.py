"""Audited against real-time: counted day by day, against a few days that can be checked by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from yangban.base.errors import UsageError
from yangban.base.periods import parse
from yangban.publish.basis import Difference, difference
from yangban.readings.intake import ingest
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air, open_results, workspace_book

HEAD = "城市,日期,PM2.5,PM10,SO2,NO2,CO,O3_8h\n"
REALTIME = HEAD + (
    "南昌,2022-01-01,35.5,60,8,30,0.8,90\n"
    "南昌,2022-01-02,75.4,90,8,30,0.84,90\n"
    "南昌,2022-01-03,40,90,8,30,0.8,90\n"
    "九江,2022-01-01,10,20,8,30,0.8,90\n"
)
AUDITED = HEAD + (
    "南昌,2022-01-01,35.8,60,8,30,0.8,90\n"
    "南昌,2022-01-02,75.6,90,8,30,0.86,90\n"
    "南昌,2022-01-04,41,90,8,30,0.8,90\n"
    "九江,2022-01-01,10,20,8,,0.8,90\n"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    opened = Workspace.open(tmp_path / "w", create=True)
    for basis, text in (("realtime", REALTIME), ("audited", AUDITED)):
        path = tmp_path / f"{basis}.csv"
        path.write_text(text, encoding="utf-8")
        ingest(opened, [path], basis=basis)
    assess_air(opened, [2022])
    return opened


def report(workspace: Workspace, region: str = "360000", period: str = "2022-01", **options: int) -> Difference:
    return difference(open_results(workspace), workspace_book(workspace), region=region, period=parse(period), **options)


def test_counts_by_place_and_pollutant(workspace: Workspace) -> None:
    items = {(each.subject, each.pollutant): each for each in report(workspace).items}
    # The other nine cities have no day in either reading and no row.
    assert {code for code, _ in items} == {"360100", "360400"}
    pm25 = items["360100", "pm25"]
    assert (pm25.realtime, pm25.audited, pm25.both) == (3, 3, 2)
    # 35.5 and 35.8 are both reported as 36; 75.4 and 75.6 as 75 and 76.
    assert (pm25.differ, pm25.mean) == (1, Fraction(1, 4))
    assert (items["360100", "co"].differ, items["360100", "co"].mean) == (1, Fraction(1, 100))
    no2 = items["360400", "no2"]
    assert (no2.realtime, no2.audited, no2.both, no2.differ, no2.mean) == (1, 0, 0, 0, None)


def test_the_largest_and_the_levels(workspace: Workspace) -> None:
    found = report(workspace)
    told = [(each.pollutant, each.day.day, str(each.realtime), str(each.audited), each.difference) for each in found.largest]
    assert told == [
        ("pm25", 1, "36", "36", Fraction(3, 10)),
        ("pm25", 2, "75", "76", Fraction(1, 5)),
        ("co", 2, "0.8", "0.9", Fraction(1, 50)),
    ]
    assert [each.difference for each in report(workspace, top=1).largest] == [Fraction(3, 10), Fraction(1, 50)]
    # 九江 lacks NO2 in the audited reading and is far below 100, so its day does not count.
    assert found.days_with_level == 2
    (level,) = found.levels
    assert (level.name, level.day, level.edition) == ("南昌市", date(2022, 1, 2), "hj633-2012")
    assert (level.aqi_realtime, level.level_realtime, level.aqi_audited, level.level_audited) == (100, "良", 102, "轻度污染")


def test_the_edition_in_force_on_the_day_judges(tmp_path: Path) -> None:
    opened = Workspace.open(tmp_path / "w", create=True)
    for basis, pm25 in (("realtime", 60), ("audited", 61)):
        path = tmp_path / f"{basis}.csv"
        path.write_text(HEAD + "".join(f"南昌,{day},{pm25},60,8,30,0.8,90\n" for day in ("2026-02-28", "2026-03-01")), encoding="utf-8")
        ingest(opened, [path], basis=basis)
    assess_air(opened, [2026])
    found = report(opened, period="2026")
    # PM2.5 60 is the limit of the transitional edition, in force since 1 March.
    assert found.days_with_level == 2
    assert [(each.day, each.level_realtime, each.level_audited) for each in found.levels] == [(date(2026, 3, 1), "良", "轻度污染")]


def test_a_city_stands_for_itself(workspace: Workspace) -> None:
    found = report(workspace, region="360100")
    assert {each.subject for each in found.items} == {"360100"}
    assert found.to_dict()["items"][0] == {
        "subject": "360100", "subject_name": "南昌市", "pollutant": "pm25", "unit": "µg/m³", "days_realtime": 3, "days_audited": 3,
        "days_both": 2, "days_differ": 1, "mean_difference": "0.25", "synthetic": False,
    }  # fmt: skip


def test_a_reading_that_is_not_there_is_said(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="没有审核的日值"):
        report(workspace, period="2022-01-03")
    with pytest.raises(UsageError, match="没有实况的日值"):
        report(workspace, period="2022-01-04")
