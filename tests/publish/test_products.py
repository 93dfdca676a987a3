"""Calendar, episodes, rose and cumulative year on the real year of 江西 and on made days, against period Figures and plain counting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from yangban.assess.air.daily import slot
from yangban.base import regions
from yangban.base.errors import UnknownIndicator, UsageError
from yangban.base.periods import parse
from yangban.base.pollutants import HOURLY_SIX
from yangban.publish.products import Asked, deterioration, make_calendar, make_cumulative, make_episodes, make_rose
from yangban.readings.intake import ingest
from yangban.readings.lake import Lake
from yangban.readings.workspace import Workspace
from yangban.run.hours import edition_on
from yangban.run.local import assess_air, open_results

CITIES = [p.code for p in regions.prefecture_places("360000")]
CLEAN = {"pm25": 27, "pm10": 50, "so2": 10, "no2": 20, "co": 1, "o3": 90}


@pytest.fixture(scope="module")
def real(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace.open(tmp_path_factory.mktemp("products") / "w", create=True)
    ingest(workspace, [shared_data / "air" / "jiangxi_city_hourly_2022.csv.gz"])
    assess_air(workspace, [2022])
    return workspace


def _days(name: str, first: date, pm25: list[float | None]) -> Iterator[str]:
    """Whole days with one PM2.5 each; a day of None has no reading."""
    for k, value in enumerate(pm25):
        if value is None:
            continue
        day = first + timedelta(days=k)
        line = ",".join(str({**CLEAN, "pm25": value}[p]) for p in HOURLY_SIX)
        for h in range(1, 25):
            yield f"{name},{f'{day} {h:02d}:00' if h < 24 else f'{day + timedelta(days=1)} 00:00'},{line}"


def _made(folder: Path, *series: Iterator[str], years: tuple[int, ...] = (2022,)) -> Workspace:
    file = folder / "hours.csv"
    file.write_text(
        "\n".join([",".join(["city", "time", *HOURLY_SIX]), *(row for each in series for row in each)]) + "\n", encoding="utf-8"
    )
    workspace = Workspace.open(folder / "w", create=True)
    ingest(workspace, [file])
    assess_air(workspace, years)
    return workspace


@pytest.mark.shared
def test_the_calendar_counts_what_the_year_counts(real: Workspace) -> None:
    results = open_results(real)
    made = make_calendar(Asked(results), subject="360100", year=2022, edition_on=edition_on(real))
    year = {
        f.indicator: f.exact
        for f in results.figures(
            subjects=["360100"], periods=[parse("2022")], indicators=["air.valid_days", *(f"air.level{n}_days" for n in range(1, 7))]
        )
    }
    assert list(made.counts().values()) == [year[f"air.level{n}_days"] for n in range(1, 7)]
    assert len(made.days) == 365
    assert made.missing + made.insufficient == 365 - (year["air.valid_days"] or 0)
    gap = next(d for d in made.days if d.aqi is None)
    assert gap.to_dict()["aqi"] is None
    assert gap.to_dict()["colour"] is None
    assert {d.colour for d in made.days if d.figure.detail.get("category") == "优"} == {"#00e400"}


@pytest.mark.shared
def test_episodes_are_the_polluted_days_in_runs(real: Workspace) -> None:
    ask = Asked(open_results(real))
    made = make_episodes(ask, real, region="360100", period=parse("2022"), edition_on=edition_on(real))
    days = [f.period for e in made for f in e.figures]
    aqi = {f.period: f for f in ask.days(["360100"], parse("2022"))}
    assert days == [label for label, f in aqi.items() if f.usable and f.exact is not None and f.exact > 100]
    for each in made:
        beside = [(each.start - timedelta(days=1)).isoformat(), (each.end + timedelta(days=1)).isoformat()]
        assert all(label not in days for label in beside)
        assert 0 <= each.hours_above <= each.hours_known <= 24 * len(each.figures)
        assert all(0 < n <= len(each.figures) and code != "360100" for code, n in each.neighbours.items())
    january = next(e for e in made if e.start == date(2022, 1, 14))
    worst = max((label for label in aqi if "2022-01-14" <= label <= "2022-01-21"), key=lambda label: aqi[label].exact or 0)
    assert (len(january.figures), january.primary, january.peak.period) == (8, {"pm25": 8}, worst)


def test_an_episode_ends_at_a_gap_and_says_so(tmp_path: Path) -> None:
    workspace = _made(
        tmp_path,
        _days("南昌市", date(2022, 3, 1), [20, 100, 160, None, 100, 20]),
        _days("九江市", date(2022, 3, 1), [20, 20, 100, 100, 20, 20]),
    )
    made = make_episodes(
        Asked(open_results(workspace)), workspace, region="360100", period=parse("2022-03"), edition_on=edition_on(workspace)
    )
    assert [(e.start.day, e.end.day, e.open_before, e.open_after) for e in made] == [(2, 3, False, True), (5, 5, True, False)]
    first = made[0]
    assert (first.peak.period, first.peak.exact) == ("2022-03-03", 210), "PM2.5 of 160: 200 + 10/100 of 100"
    assert first.neighbours == {"360400": 1}
    assert first.hours_known == 48
    assert make_episodes(
        Asked(open_results(workspace)), workspace, region="360100", period=parse("2022-03"), edition_on=edition_on(workspace),
        at_least=2, neighbours=["360400", "360100"],
    ) == [first]  # fmt: skip


@pytest.mark.shared
def test_the_rose_is_the_plain_mean_of_the_hours(real: Workspace) -> None:
    made = make_rose(real, subject="360100", period=parse("2022"), edition_on=edition_on(real), decimals=lambda _: 0)
    rows = Lake(real).air(start=date(2022, 7, 1), end=date(2022, 7, 31), subjects=["360100"]).collect()
    column: pl.Series = rows[slot("o3", 15)].drop_nulls()
    cell = made.means["o3", "2022-07", 15]
    assert (cell.mean, cell.n) == (Fraction(int(column.sum()), column.len() * 1000), column.len())
    assert len(made.months) == 12
    afternoon, night = made.by_hour("o3", 15), made.by_hour("o3", 5)
    assert afternoon is not None
    assert night is not None
    assert afternoon > night, "ozone is made by the sun"
    assert all(made.polluted[key] <= made.reported[key] for key in made.polluted)
    assert sum(n for (month, _), n in made.polluted.items() if month == "2022-01") > 0


def test_an_hour_without_readings_is_absent_from_the_rose(tmp_path: Path) -> None:
    file = tmp_path / "hours.csv"
    file.write_text("city,time,pm25\n南昌市,2022-03-01 08:00,30\n", encoding="utf-8")
    workspace = Workspace.open(tmp_path / "w", create=True)
    ingest(workspace, [file])
    made = make_rose(workspace, subject="360100", period=parse("2022"), edition_on=edition_on(workspace), decimals=lambda _: 0)
    assert (made.shown("pm25", "2022-03", 8), made.shown("pm25", "2022-03", 9), made.by_hour("pm25", 9)) == (Decimal(30), None, None)
    cells = made.to_dict()["pollutants"]["pm25"]["2022-03"]
    assert cells[8] == {"hour": 9, "value": None, "display": None, "n": 0}


@pytest.mark.shared
@pytest.mark.parametrize("word", ["air.pm25.mean", "air.good_day_ratio"])
@pytest.mark.parametrize("region", ["360100", "360000"])
def test_each_day_of_the_year_so_far_is_the_figure_of_its_period(real: Workspace, word: str, region: str) -> None:
    ask = Asked(open_results(real))
    made = make_cumulative(ask, region=region, year=2022, word=word)
    for day in (date(2022, 1, 1), date(2022, 6, 14), date(2022, 12, 31)):
        (figure,) = ask.periods([region], [parse(f"2022-01-01/{day}")], [word])
        assert made.days[(day - date(2022, 1, 1)).days].this.exact == figure.exact
    assert len(made.marks) == 12
    assert made.marks[-1][0].period == "2022"
    assert all(each.last.exact is None for each in made.days), "2021 has no readings"


def test_this_year_beside_last(tmp_path: Path) -> None:
    workspace = _made(
        tmp_path,
        _days("南昌市", date(2021, 1, 1), [40, 20, None]),
        _days("南昌市", date(2022, 1, 1), [10, None, 40]),
        years=(2021, 2022),
    )
    made = make_cumulative(Asked(open_results(workspace)), region="360100", year=2022, word="air.pm25.mean")
    assert [(d.this.exact, d.this.n, d.last.exact, d.last.n) for d in made.days] == [(10, 1, 40, 1), (10, 1, 30, 2), (25, 2, 30, 2)]
    ((this, last, change),) = made.marks
    assert (this.period, this.display) == ("2022-01-01/2022-01-03", Decimal(25))
    assert last is not None
    assert change is not None
    assert (last.display, change.display) == (Decimal(30), Decimal("-16.7"))


def test_what_cannot_be_laid_out_is_refused(tmp_path: Path) -> None:
    workspace = _made(tmp_path, _days("南昌市", date(2022, 1, 1), [10]))
    ask = Asked(open_results(workspace))
    with pytest.raises(UsageError, match="江西省没有自己的逐日结果"):
        make_calendar(ask, subject="360000", year=2022, edition_on=edition_on(workspace))
    with pytest.raises(UnknownIndicator, match="not cumulated"):
        make_cumulative(ask, region="360100", year=2022, word="air.o3_8h.p90")
    with pytest.raises(UsageError, match="2023 年没有逐日结果"):
        make_cumulative(ask, region="360100", year=2023, word="air.pm25.mean")


def test_deterioration_goes_from_the_worst_and_leaves_out_who_attains(tmp_path: Path) -> None:
    """Ranking by change, plan of 2017: a place whose six items all attain in the period is not listed among those that got worse."""
    days = 59
    workspace = _made(
        tmp_path,
        *(_days(name, date(2021, 1, 1), [30] * days) for name in ("南昌市", "九江市", "赣州市")),
        _days("南昌市", date(2022, 1, 1), [40] * days),
        _days("九江市", date(2022, 1, 1), [50] * days),
        _days("赣州市", date(2022, 1, 1), [33] * days),
        years=(2021, 2022),
    )
    ask = Asked(open_results(workspace))
    period = parse("2022-01-01/2022-02-28")
    changes = ask.periods(["360100", "360400", "360700"], [period], ["air.composite_index.change"])
    ranked, attaining = deterioration(ask, changes, period)
    assert [(r.figure.subject_name, r.rank) for r in ranked] == [("九江市", 1), ("南昌市", 2)]
    assert attaining == ["赣州市"]
    plain = ask.periods(["360100"], [period], ["air.composite_index"])
    with pytest.raises(UsageError, match="change"):
        deterioration(ask, plain, period)


def test_all_cities_of_the_province_are_places(real: Workspace) -> None:
    made = make_episodes(Asked(open_results(real)), real, region="360000", period=parse("2022-01"), edition_on=edition_on(real), at_least=3)
    assert {e.subject for e in made} <= set(CITIES)
    assert len({e.subject for e in made}) > 1
