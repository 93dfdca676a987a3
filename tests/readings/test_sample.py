"""The synthetic year: the layout of the archive, the same bytes for the same seed, and a plausible year."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from yangban.base.errors import InputError, UnknownRegion, UsageError
from yangban.readings.sample import TYPES, Sample, write_sample

JIANGXI = ("南昌", "景德镇", "萍乡", "九江", "新余", "鹰潭", "赣州", "吉安", "宜春", "抚州", "上饶")
SIX = ("PM2.5", "PM10", "SO2", "NO2", "O3", "CO")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return write_sample("360000", year=2023, out=tmp_path_factory.mktemp("sample"))


def lines(sample: Sample) -> Iterator[list[str]]:
    for file in sample.files:
        with file.open(encoding="utf-8", newline="") as stream:
            yield from list(csv.reader(stream))[1:]


def test_one_file_a_day_marked_in_its_name_and_the_hour_that_closes_the_year(year: Sample) -> None:
    assert len(year.files) == 366
    assert year.files[0].name == "china_cities_synthetic_20230101.csv"
    assert year.files[-1].name == "china_cities_synthetic_20240101.csv"
    assert all("synthetic" in file.name for file in year.files)
    last = list(csv.reader(year.files[-1].read_text(encoding="utf-8").splitlines()))
    assert {tuple(row[:2]) for row in last[1:]} == {("20240101", "0")}


def test_every_file_has_the_layout_of_the_archive(year: Sample) -> None:
    assert year.places == JIANGXI
    for file in year.files:
        rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        assert rows[0] == ["date", "hour", "type", *JIANGXI]
        assert {len(row) for row in rows} == {3 + len(JIANGXI)}
        hours = [int(row[1]) for row in rows[1:]]
        assert hours == sorted(hours)
        assert [row[2] for row in rows[1:]] == list(TYPES) * (len(rows) // len(TYPES))
        assert {row[0] for row in rows[1:]} == {file.stem[-8:]}


def test_the_header_and_types_are_those_of_the_real_archive(year: Sample, shared_data: Path) -> None:
    with gzip.open(shared_data / "air" / "jiangxi_city_hourly_2022.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        real = csv.reader(stream)
        header = next(real)
        types = [next(real)[2] for _ in range(15)]
    assert header[:3] == ["date", "hour", "type"]
    assert set(header[3:]) == set(JIANGXI)
    assert types == ["AQI", *TYPES]


def test_every_value_reads_as_the_archive_writes_it(year: Sample) -> None:
    whole = re.compile(r"\d+")
    hundredths = re.compile(r"\d+\.\d\d")
    for _, _, kind, *cells in lines(year):
        shape = hundredths if kind.startswith("CO") else whole
        assert all(not cell or shape.fullmatch(cell) for cell in cells)


def test_gaps_and_oddities_are_there(year: Sample) -> None:
    hours: dict[str, set[int]] = defaultdict(set)
    blank = cells_seen = zeros = above = spikes = 0
    dust: Counter[str] = Counter()
    for file in year.files:
        table: dict[str, list[str]] = {}
        for day, hour, kind, *cells in csv.reader(file.read_text(encoding="utf-8").splitlines()[1:]):
            hours[day].add(int(hour))
            table[kind] = cells
            if kind in SIX:
                blank += cells.count("")
                cells_seen += len(cells)
                zeros += cells.count("0")
            if kind == "PM10":
                pairs = [(int(f), int(c)) for f, c in zip(table["PM2.5"], cells, strict=True) if f and c]
                above += sum(f > c for f, c in pairs)
                spikes += any(c > 300 for _, c in pairs) and sum(c > 300 for _, c in pairs) == 1
                dust[day] += sum(c > 200 for _, c in pairs)
    absent = [day for day, seen in hours.items() if len(seen) < 24 and not day.startswith("2024")]
    assert any(len(hours[day]) <= 15 for day in absent)
    assert 10 <= len(absent) <= 40
    assert year.hours == sum(map(len, hours.values()))
    assert 0 < blank / cells_seen < 0.01
    assert zeros >= 1
    assert above >= 1
    assert dust.most_common(1)[0][1] > 100


def test_the_year_looks_like_one(year: Sample) -> None:
    """Plausibility only: PM2.5 of a middling southern province, high in winter; ozone high on summer afternoons."""
    fine: dict[int, list[int]] = defaultdict(list)
    ozone: dict[tuple[bool, int], list[int]] = defaultdict(list)
    for day, hour, kind, *cells in lines(year):
        month = int(day[4:6])
        if kind == "PM2.5":
            fine[month] += [int(cell) for cell in cells if cell]
        if kind == "O3":
            ozone[month in {6, 7, 8}, int(hour)] += [int(cell) for cell in cells if cell]
    means = {month: sum(values) / len(values) for month, values in fine.items()}
    assert 20 < sum(means.values()) / 12 < 40
    assert (means[12] + means[1]) / 2 > 1.5 * (means[6] + means[7]) / 2
    afternoon, night = (sum(ozone[True, hour]) / len(ozone[True, hour]) for hour in (15, 4))
    winter = sum(ozone[False, 15]) / len(ozone[False, 15])
    assert afternoon > 2 * night
    assert afternoon > winter


def test_running_types_follow_from_the_hours(year: Sample) -> None:
    hours: dict[datetime, dict[str, str]] = defaultdict(dict)
    for day, hour, kind, *cells in lines(year):
        hours[datetime.strptime(day, "%Y%m%d") + timedelta(hours=int(hour))][kind] = cells[0]
    checked = 0
    for moment in sorted(hours)[24:1500]:
        day = [hours.get(moment - timedelta(hours=back), {}).get("PM2.5", "") for back in range(24)]
        since = [hours.get(moment - timedelta(hours=back), {}).get("O3", "") for back in range(min(8, (moment.hour - 1) % 24 + 1))]
        if all(day) and all(since):
            checked += 1
            assert hours[moment]["PM2.5_24h"] == str(round(sum(map(int, day)) / 24))
            assert hours[moment]["O3_8h"] == str(round(sum(map(int, since)) / len(since)))
    assert checked > 500


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    first, again, other = (
        write_sample("360100", year=2024, out=tmp_path / name, seed=seed, one_file=True) for name, seed in (("a", 7), ("b", 7), ("c", 8))
    )
    assert first.files[0].name == "china_cities_synthetic_360100_2024.csv.gz"
    assert first.files[0].read_bytes() == again.files[0].read_bytes()
    assert first.files[0].read_bytes() != other.files[0].read_bytes()


def test_a_leap_year_in_one_file_is_the_day_files_in_a_row(tmp_path: Path) -> None:
    packed = write_sample("北京", year=2024, out=tmp_path, one_file=True)
    days = write_sample("110000", year=2024, out=tmp_path)
    header, *body = gzip.decompress(packed.files[0].read_bytes()).decode().splitlines()
    assert header == "date,hour,type,北京"
    assert body == [line for file in days.files for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    assert (tmp_path / "china_cities_synthetic_20240229.csv").exists()
    assert len(days.files) == 367


def test_stations_cannot_be_taken_for_real_ones(tmp_path: Path) -> None:
    sample = write_sample("南昌", year=2014, out=tmp_path, level="station", one_file=True)
    assert sample.files[0].name == "china_sites_synthetic_360100_2014.csv.gz"
    assert sample.places == tuple(f"S3601{n:02d}" for n in range(1, 10))
    assert not any(re.fullmatch(r"\d{4}[A-Z]", name) for name in sample.places)


def test_another_region_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    write_sample("北京", year=2023, out=tmp_path)
    before = (tmp_path / "china_cities_synthetic_20230101.csv").read_bytes()
    with pytest.raises(InputError, match=r"20230101\.csv: holds a sample of other places; choose another folder"):
        write_sample("天津", year=2023, out=tmp_path)
    assert (tmp_path / "china_cities_synthetic_20230101.csv").read_bytes() == before


@pytest.mark.parametrize("year", [2012, 2031])
def test_a_year_out_of_range_is_refused(tmp_path: Path, year: int) -> None:
    with pytest.raises(UsageError, match="expected a year from 2013 to 2030"):
        write_sample("360000", year=year, out=tmp_path)


def test_what_cannot_be_sampled_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected city or station"):
        write_sample("360000", year=2023, out=tmp_path, level="county")
    with pytest.raises(UnknownRegion):
        write_sample("东湖区", year=2023, out=tmp_path)
    with pytest.raises(UnknownRegion):
        write_sample("无此地", year=2023, out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_the_days(tmp_path: Path) -> None:
    seen: list[int] = []
    write_sample("北京", year=2023, out=tmp_path, one_file=True, progress=seen.append)
    assert seen == list(range(1, (date(2024, 1, 1) - date(2023, 1, 1)).days + 2))
