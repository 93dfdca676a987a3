"""Hours of a day: running means against the archive's own, made rows for gaps, and means by month and hour."""

from __future__ import annotations

import csv
import gzip
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from yangban.base import regions
from yangban.base.pollutants import HOURLY_SIX
from yangban.readings.events import Event, append
from yangban.readings.intake import ingest
from yangban.readings.station_lists import import_file
from yangban.readings.workspace import Workspace
from yangban.run.hours import edition_on, hourly_means, hours_of

CITIES = [p.code for p in regions.prefecture_places("360000")]


def _write(folder: Path, hours: dict[str, dict[str, float]]) -> Path:
    """A tidy file of one city: ``hours`` maps a time to its values."""
    file = folder / "hours.csv"
    lines = [",".join(["city", "time", *HOURLY_SIX])]
    lines += [",".join(["南昌市", time, *(str(values.get(p, "")) for p in HOURLY_SIX)]) for time, values in hours.items()]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _workspace(folder: Path, hours: dict[str, dict[str, float]]) -> Workspace:
    workspace = Workspace.open(folder / "w", create=True)
    ingest(workspace, [_write(folder, hours)])
    return workspace


def test_an_hour_keeps_its_end_and_a_running_mean_looks_into_the_day_before(tmp_path: Path) -> None:
    hours = {f"2022-03-01 {h:02d}:00": {"pm25": 10.0, "o3": 80.0} for h in range(5, 24)}
    hours["2022-03-02 00:00"] = {"pm25": 10.0, "o3": 80.0}
    hours["2022-03-02 01:00"] = {"pm25": 35.0, "o3": 160.0}
    workspace = _workspace(tmp_path, hours)
    found = hours_of(workspace, start=date(2022, 3, 2), end=date(2022, 3, 2), subjects=["360100"], edition=edition_on(workspace, "2012"))
    (hour,) = found
    assert (hour.hour, hour.ends, hour.values["pm25"]) == (1, datetime(2022, 3, 2, 1), Fraction(35))
    assert hour.index.concentrations["pm25_24h"] == 11, "21 hours: (20 x 10 + 35) / 21 = 11.19"
    assert hour.index.concentrations["o3_8h"] == 90, "(7 x 80 + 160) / 8"
    assert (hour.index.aqi, hour.index.status) == (50, "insufficient"), (
        "ozone 160 in one hour is 50; sulphur dioxide and others are missing"
    )


def test_too_few_hours_give_no_running_mean(tmp_path: Path) -> None:
    hours = {f"2022-03-01 {h:02d}:00": {"pm25": 10.0, "o3": 80.0} for h in range(6, 11)}
    workspace = _workspace(tmp_path, hours)
    found = hours_of(workspace, start=date(2022, 3, 1), end=date(2022, 3, 1), subjects=["360100"], edition=edition_on(workspace, "2012"))
    assert [h.hour for h in found] == [6, 7, 8, 9, 10]
    assert all("pm25_24h" not in h.index.concentrations and "o3_8h" not in h.index.concentrations for h in found)


def test_the_new_edition_indexes_the_hour_itself(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, {"2026-04-01 08:00": {"pm25": 61.0}})
    (hour,) = hours_of(workspace, start=date(2026, 4, 1), end=date(2026, 4, 1), subjects=["360100"], edition=edition_on(workspace))
    assert hour.index.edition == "hj633-2026"
    assert hour.index.iaqi["pm25"] is not None


def test_means_by_month_and_hour_count_what_there_is(tmp_path: Path) -> None:
    hours = {f"2022-03-{day:02d} 08:00": {"pm25": float(day)} for day in (1, 2, 4)}
    hours["2022-04-01 08:00"] = {"pm25": 9.0}
    workspace = _workspace(tmp_path, hours)
    means, synthetic = hourly_means(workspace, "360100", start=date(2022, 3, 1), end=date(2022, 4, 30), edition=edition_on(workspace))
    assert not synthetic
    assert {key: (m.mean, m.n) for key, m in means.items()} == {
        ("pm25", "2022-03", 8): (Fraction(7, 3), 3),
        ("pm25", "2022-04", 8): (Fraction(9), 1),
    }


@pytest.mark.shared
def test_running_means_are_those_of_the_release(shared_data: Path, tmp_path: Path) -> None:
    """The national release gives PM2.5_24h beside the hours; a city's is the mean of its stations', so it may differ by little."""
    workspace = Workspace.open(tmp_path / "w", create=True)
    ingest(workspace, [shared_data / "air" / "jiangxi_city_hourly_2022.csv.gz"])
    with gzip.open(shared_data / "air" / "raw_city_days_2022" / "china_cities_20220308.csv.gz", "rt", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    released = {
        (code, int(row["hour"])): int(text)
        for row in rows
        if row["type"] == "PM2.5_24h"
        for code in CITIES
        if (text := row[regions.place(code).short])
    }
    day = date(2022, 3, 8)
    ours = {
        (h.subject, h.hour): h.index.concentrations["pm25_24h"]
        for h in hours_of(workspace, start=day, end=day, subjects=CITIES, edition=edition_on(workspace, "2012"))
        if h.hour < 24
    }
    steps = [abs(ours[key] - released[key]) for key in ours.keys() & released.keys()]
    assert len(steps) == 253
    assert sum(step == 0 for step in steps) >= 200
    assert max(steps) <= 3


def test_no_reading_is_an_empty_list(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, {"2022-03-01 08:00": {"pm25": 1.0}})
    day = date(2022, 5, 1)
    assert hours_of(workspace, start=day, end=day, subjects=["360100"], edition=edition_on(workspace)) == []
    means, _ = hourly_means(workspace, "360200", start=day, end=day, edition=edition_on(workspace))
    assert means == {}


def test_a_place_without_hours_of_its_own_has_those_of_its_stations(tmp_path: Path) -> None:
    """Four stations, of which three report in one hour and two in the next: 75 % is enough, 50 % is not."""
    stations = ["1290A", "1291A", "1292A", "1293A"]
    registry = tmp_path / "stations.csv"
    registry.write_text(
        "station,name,city,county,network,role,valid_from\n"
        + "".join(f"{code},站{k},南昌市,,state,evaluation,2015-01-01\n" for k, code in enumerate(stations)),
        encoding="utf-8",
    )
    file = tmp_path / "hours.csv"
    values = {"08:00": ["30", "40", "51", ""], "09:00": ["30", "40", "", ""]}
    lines = [f"{code},2022-03-01 {hour},{pm25[k]}" for hour, pm25 in values.items() for k, code in enumerate(stations)]
    file.write_text("station,time,pm25\n" + "\n".join(lines) + "\n", encoding="utf-8")
    workspace = Workspace.open(tmp_path / "w", create=True)
    import_file(workspace, registry)
    ingest(workspace, [file], level="station")
    day = date(2022, 3, 1)
    found = hours_of(workspace, start=day, end=day, subjects=["360100"], edition=edition_on(workspace))
    assert [(h.hour, h.values) for h in found] == [(8, {"pm25": Fraction(121, 3)})]


def test_an_excluded_hour_is_not_shown(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, {"2022-03-01 08:00": {"pm25": 30.0, "o3": 50.0}, "2022-03-01 09:00": {"pm25": 31.0}})
    hour = datetime(2022, 3, 1, 8)
    append(workspace, [Event("exclusion", "360100", hour, hour, "张三", ("pm25",), reason="采样管脱落")])
    day = date(2022, 3, 1)
    found = hours_of(workspace, start=day, end=day, subjects=["360100"], edition=edition_on(workspace))
    assert [(h.hour, h.values) for h in found] == [(8, {"o3": Fraction(50)}), (9, {"pm25": Fraction(31)})]
