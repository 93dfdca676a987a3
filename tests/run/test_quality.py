"""One look at a workspace: a real clean year, and a city with one station that stands apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from yangban.base.errors import UsageError
from yangban.base.periods import parse
from yangban.readings.intake import ingest
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace
from yangban.run.quality import Look, look
from yangban.standards import load_book


@pytest.fixture(scope="module")
def jiangxi(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace.open(tmp_path_factory.mktemp("jiangxi") / "w", create=True)
    ingest(workspace, [shared_data / "air" / "jiangxi_city_hourly_2022.csv.gz"])
    return workspace


@pytest.mark.shared
def test_jiangxi_2022_is_a_clean_year(jiangxi: Workspace) -> None:
    found = look(jiangxi, load_book(), region="360000", period=parse("2022"))
    assert len(found.subjects) == 11
    # No copied block, no constant run, no day or week without variance, no piling up; contrast does not apply to cities.
    assert Counter(each.rule for each in found.signals) == {"pm25_above_pm10": 33, "spike": 6}
    assert found.notes == ("没有点位数据：未作“与同城其他点位反差”",)
    assert not found.synthetic
    counted = sum(each.count for each in found.flags if each.flag == "pm25_above_pm10" and each.pollutant == "pm25")
    assert counted == 1_415, "1,416 hours of the file less the one of 2022-01-01 00:00, which is of 2021"


def file(workspace: Workspace, folder: Path, means: dict[str, Sequence[int]], first: date = date(2016, 2, 20)) -> None:
    """Hours of stations as a tidy file: each day swings around its mean, and no day repeats another."""
    lines = ["subject,time,pm25,pm10"]
    for name, days in means.items():
        for k, mean in enumerate(days):
            for h in range(1, 25):
                label = datetime(first.year, first.month, first.day) + timedelta(days=k, hours=h)
                value = mean + (1 if h % 2 else -1) * (3 + (h + 5 * k) % 11)
                lines.append(f"{name},{label:%Y-%m-%d %H:%M},{value},{value + 20}")
    path = folder / "stations.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ingest(workspace, [path])


@pytest.fixture
def xian(tmp_path: Path) -> Workspace:
    """A city of four stations; on 24 and 26 February 2016 one has 28 and 25 where the others have 140 and 138, as published."""
    workspace = Workspace.open(tmp_path / "w", create=True)
    others = [100, 110, 120, 130, 140, 130, 138, 120]
    means = {f"146{k}A": [value + 2 * k for value in others] for k in range(1, 4)}
    file(workspace, tmp_path, {"1460A": [100, 110, 120, 130, 28, 130, 25, 120], **means})
    rows = tuple(Station(f"station:146{k}A", city="610100") for k in range(4))
    with workspace.writing():
        Registry(rows).save(workspace)
    return workspace


def days(found: Look) -> list[tuple[str, str, date]]:
    return [(each.subject, each.pollutant, each.start.date()) for each in found.signals if each.rule == "contrast"]


def test_the_station_that_stands_apart_is_found(xian: Workspace) -> None:
    expected = [("station:1460A", item, date(2016, 2, day)) for item in ("pm10", "pm25") for day in (24, 26)]
    by_region = look(xian, load_book(), region="610000", period=parse("2016"))
    assert days(by_region) == expected
    assert days(look(xian, load_book(), subjects=["station:1460A"], period=parse("2016"))) == expected
    assert days(look(xian, load_book(), subjects=["station:1461A"], period=parse("2016"))) == []
    assert days(look(xian, load_book(), region="610100", period=parse("2016-02-25"))) == []
    assert by_region.notes == ()


def test_stations_out_of_the_registry_are_told(xian: Workspace) -> None:
    with xian.writing():
        Registry((Station("station:1461A", city="610100"),)).save(xian)
    found = look(xian, load_book())
    assert found.period.label == "2016"
    assert found.notes == ("3 个点位不在名册的评价点位中，未作邻站对比：station:1460A、station:1462A、station:1463A",)
    assert look(xian, load_book(), region="610100").subjects == ("station:1461A",)


def test_nothing_to_look_at_is_an_error_that_says_so(xian: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="360000"):
        look(xian, load_book(), region="360000")
    with pytest.raises(UsageError, match="2020"):
        look(xian, load_book(), period=parse("2020"))
    with pytest.raises(UsageError, match="没有实况读数"):
        look(Workspace.open(tmp_path / "empty", create=True), load_book())


def test_bunching_reads_the_aqi_of_each_year(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w", create=True)
    # PM2.5 of 73 has an AQI of 98 under HJ 633-2012: twenty days of it and none above.
    file(workspace, tmp_path, {"1460A": [73] * 20}, date(2015, 12, 1))
    head, *lines = (tmp_path / "stations.csv").read_text(encoding="utf-8").splitlines()
    whole = [f"{head},so2,no2,co,o3", *(f"{line},9,9,0.5,9" for line in lines)]
    (tmp_path / "all.csv").write_text("\n".join(whole) + "\n", encoding="utf-8")
    ingest(workspace, [tmp_path / "all.csv"])
    (signal,) = [each for each in look(workspace, load_book()).signals if each.rule == "bunching"]
    assert (signal.evidence["below"], signal.evidence["above"]) == (20, 0)
    assert (signal.start, signal.end) == (datetime(2015, 12, 1, 1), datetime(2015, 12, 21))
