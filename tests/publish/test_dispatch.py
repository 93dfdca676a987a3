"""The daily dispatch on made readings: to date, pools, targets, the last ten; and on the real year of 江西."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from yangban.base import regions
from yangban.base.errors import InputError, UnknownIndicator, UsageError
from yangban.base.pollutants import HOURLY_SIX
from yangban.indicators.targets import read_targets
from yangban.publish.dispatch import Dispatch, make_dispatch, pools_of, targets_for
from yangban.readings.intake import ingest
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air, open_results

CLEAN = {"pm25": 27, "pm10": 50, "so2": 10, "no2": 20, "co": 1, "o3": 90}
CITIES = [p.code for p in regions.prefecture_places("360000")]


def _rows(name: str, first: date, last: date, hours_of_last: int = 24, **values: float) -> Iterator[str]:
    hours = {**CLEAN, **values}
    line = ",".join(str(hours[p]) for p in HOURLY_SIX)
    day = first
    while day <= last:
        for h in range(1, (hours_of_last if day == last else 24) + 1):
            end = f"{day} {h:02d}:00" if h < 24 else f"{day + timedelta(days=1)} 00:00"
            yield f"{name},{end},{line}"
        day += timedelta(days=1)


def _workspace(folder: Path, *series: Iterator[str], years: tuple[int, ...] = (2022,)) -> Workspace:
    file = folder / "hours.csv"
    file.write_text(
        "\n".join([",".join(["city", "time", *HOURLY_SIX]), *(row for each in series for row in each)]) + "\n", encoding="utf-8"
    )
    workspace = Workspace.open(folder / "w", create=True)
    ingest(workspace, [file])
    assess_air(workspace, years)
    return workspace


def _dispatch(workspace: Workspace, region: str, day: date, **options: Any) -> Dispatch:
    return make_dispatch(workspace, open_results(workspace), region=region, day=day, **options)


def _targets(*entries: str) -> Any:
    head = '[[target]]\nsource = "an example"\nconfidence = "unverified"\n'
    return read_targets("\n".join(head + each for each in entries), name="t.toml")


PM25 = 'indicator = "air.pm25.mean"\nsubject = "360100"\nperiod = "2022-03"\nvalue = "30"\nunit = "µg/m³"\ndirection = "at_most"\n'


def test_a_day_that_is_not_over_belongs_to_the_rest(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, _rows("南昌市", date(2022, 3, 1), date(2022, 3, 11), hours_of_last=15))
    made = _dispatch(workspace, "360100", date(2022, 3, 11), targets=_targets(PM25))
    assert (made.as_of, made.through, made.hours_left) == ("2022-03-11T15:00", date(2022, 3, 10), 9)
    assert made.month.period is not None
    assert made.month.period.label == "2022-03-01/2022-03-10"
    assert made.month.figures["air.pm25.mean"].display == Decimal(27)
    (outlook,) = made.targets
    assert (outlook.n, outlook.rest) == (10, 21)
    assert outlook.ways["unrounded"].mean == Fraction(30 * 31 - 27 * 10, 21)
    assert outlook.ways["rounded"].mean == Fraction(61 * 31 - 27 * 20, 42), "30.5 is printed as 30"
    assert [h.hour for h in made.hours] == list(range(1, 16))


def test_a_day_that_is_over_counts(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, _rows("南昌市", date(2022, 3, 1), date(2022, 3, 11)))
    made = _dispatch(workspace, "360100", date(2022, 3, 11), targets=_targets(PM25))
    assert (made.as_of, made.through, made.hours_left, made.targets[0].rest) == ("2022-03-12T00:00", date(2022, 3, 11), 0, 20)


def test_days_that_were_lost_stay_lost(tmp_path: Path) -> None:
    workspace = _workspace(
        tmp_path, _rows("南昌市", date(2022, 3, 1), date(2022, 3, 5)), _rows("南昌市", date(2022, 3, 9), date(2022, 3, 10))
    )
    (outlook,) = _dispatch(workspace, "360100", date(2022, 3, 10), targets=_targets(PM25)).targets
    assert (outlook.n, outlook.rest) == (7, 21)
    assert outlook.ways["unrounded"].mean == Fraction(30 * 28 - 27 * 7, 21)


def test_the_first_day_of_a_month_has_nothing_to_date_yet(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, _rows("南昌市", date(2022, 2, 25), date(2022, 3, 1), hours_of_last=6))
    made = _dispatch(workspace, "360100", date(2022, 3, 1), targets=_targets(PM25))
    assert made.month.period is None
    assert made.month.reason == "2022-03 尚无完整的一天"
    assert made.year.period is not None
    assert made.targets[0].reason == "时段内尚无完整的一天"


def test_change_is_from_printed_values_of_the_same_days(tmp_path: Path) -> None:
    workspace = _workspace(
        tmp_path,
        _rows("南昌市", date(2021, 3, 1), date(2021, 3, 31), pm25=40),
        _rows("南昌市", date(2022, 3, 1), date(2022, 3, 10), pm25=30),
        years=(2021, 2022),
    )
    made = _dispatch(workspace, "360100", date(2022, 3, 10))
    change = made.month.changes["air.pm25.mean"]
    assert (change.display, change.detail["base"]) == (Decimal("-25.0"), "2021-03-01/2021-03-10")


def _province(folder: Path) -> Workspace:
    return _workspace(
        folder, *(_rows(regions.subject_name(c), date(2022, 3, 1), date(2022, 3, 10), pm25=20 + k) for k, c in enumerate(CITIES))
    )


def test_rank_in_every_pool_and_what_leaves_the_last_of_it(tmp_path: Path) -> None:
    workspace = _province(tmp_path)
    made = _dispatch(workspace, CITIES[8], date(2022, 3, 10), last=3)
    found = {(p.span, p.pool.id, p.placed.figure.indicator, p.by): p for p in made.ranks}
    placed = found["month", "360000", "air.pm25.mean", "value"].placed
    assert (placed.rank, placed.of) == (9, 11)
    assert found["month", "360000", "air.pm25.mean.change", "change"].placed.rank is None, "there is no year before"
    edge = next(e for e in made.last if e.span == "month" and e.figure.indicator == "air.pm25.mean" and e.pool.id == "360000")
    assert (edge.inside, edge.leaves_at, edge.margin) == (True, Decimal(26), Decimal(-2)), "others: 20 … 27, 29, 30; the third last is 27"
    safe = _dispatch(workspace, CITIES[7], date(2022, 3, 10), last=3)
    edge = next(e for e in safe.last if e.span == "month" and e.figure.indicator == "air.pm25.mean" and e.pool.id == "360000")
    assert (edge.inside, edge.leaves_at, edge.margin) == (False, Decimal(27), Decimal(0)), (
        "others: 20 … 26, 28, 29, 30; the third last is 28"
    )


def test_no_list_of_the_last_where_it_would_meet_the_first(tmp_path: Path) -> None:
    made = _dispatch(_province(tmp_path), CITIES[8], date(2022, 3, 10))
    assert made.last == ()
    assert "20 个地区" in made.to_dict()["last_ten"]["reason"]


def test_a_province_asks_the_same_of_every_city(tmp_path: Path) -> None:
    workspace = _province(tmp_path)
    aim = PM25.replace("360100", "360000").replace('"30"', '"24"')
    made = _dispatch(workspace, "360000", date(2022, 3, 10), targets=_targets(aim))
    (outlook,) = made.targets
    assert outlook.figure is not None
    assert outlook.figure.exact == 25
    assert outlook.ways["unrounded"].mean == Fraction(24 * 31 - 25 * 10, 21)
    assert {h.subject for h in made.hours} == set(CITIES), "the latest hour of each city"
    assert len(made.hours) == 11
    assert {p.pool.id for p in made.ranks} >= {"group:central-six"}


def test_targets_of_another_scope_or_kind_are_said_not_compared(tmp_path: Path) -> None:
    workspace = _province(tmp_path)
    county = PM25.replace("360100", "360000") + 'places = "county"\n'
    ranked = PM25.replace("360100", "360000").replace("pm25.mean", "o3_8h.p90")
    water = PM25.replace("360100", "360000").replace("air.pm25.mean", "water.good_ratio")
    made = _dispatch(workspace, "360000", date(2022, 3, 10), targets=_targets(county, ranked, water))
    assert ["不可比" in o.reason or "百分位数" in o.reason for o in made.targets] == [True, True]
    assert all(not o.ways for o in made.targets)
    with pytest.raises(UnknownIndicator, match=r"air\.pm52\.mean"):
        _dispatch(workspace, "360000", date(2022, 3, 10), targets=_targets(PM25.replace("pm25.mean", "pm52.mean")))


def test_targets_come_from_pack_workspace_and_file(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w", create=True)
    assert {t.period.label for t in targets_for(workspace, "360000") if t.indicator == "air.pm25.mean"} == {"2023", "2025"}
    assert targets_for(workspace, "360100") == ()
    head = '[[target]]\nsource = "an example"\nconfidence = "unverified"\n'
    (workspace.path / "targets.toml").write_text(head + PM25, encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(head + PM25.replace('"30"', '"28"'), encoding="utf-8")
    assert [t.value for t in targets_for(workspace, "360100")] == [Decimal(30)]
    assert [t.value for t in targets_for(workspace, "360100", file=own)] == [Decimal(28)], "the file that a person names wins"
    with pytest.raises(InputError, match=r"absent\.toml"):
        targets_for(workspace, "360100", file=tmp_path / "absent.toml")


def test_pools_of_a_county_a_city_and_a_municipality() -> None:
    def pools(code: str, day: date = date(2022, 3, 1)) -> list[str]:
        return [p.id for p in pools_of(code, on=day, having=lambda level: ["110000", "360100", "410100"] if level == "city" else [])]

    county = regions.children("360100", level="county")[0].code
    assert pools(county) == ["360100", "360000"]
    assert pools("360100") == ["360000", "group:mid-yangtze-22", "group:cities-168", "all"]
    assert "group:bth-2-26" in pools("110000")
    assert "group:bth-2-26" not in pools("110000", date(2024, 3, 1)), "the group ended in 2023"
    assert pools("360000") == ["group:central-six"]
    assert pools("group:central-six") == []


def test_a_day_before_all_readings_is_refused(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, _rows("南昌市", date(2022, 3, 1), date(2022, 3, 2)))
    with pytest.raises(UsageError, match="2022-02-01"):
        _dispatch(workspace, "360100", date(2022, 2, 1))


@pytest.mark.shared
def test_nanchang_on_a_day_of_2022(shared_data: Path, tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w", create=True)
    ingest(workspace, [shared_data / "air" / "jiangxi_city_hourly_2022.csv.gz"])
    assess_air(workspace, [2022])
    results = open_results(workspace)
    made = make_dispatch(workspace, results, region="360100", day=date(2022, 9, 13))
    for to_date in (made.month, made.year):
        assert to_date.period is not None
        asked = results.figures(subjects=["360100"], periods=[to_date.period], indicators=list(to_date.figures))
        assert list(to_date.figures.values()) == asked
    content = made.to_dict()
    assert set(content) >= {"region", "date", "as_of", "month", "year", "ranks", "targets", "hours", "last_ten"}
    assert (content["region"], content["date"], content["as_of"]) == ("360100", "2022-09-13", "2022-09-14T00:00")
    assert len(content["hours"]) == 24
    assert not content["synthetic"]
