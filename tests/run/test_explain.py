"""What an explanation says of corrections, exclusions, stations, tables and dust, and that it refuses to explain what does not add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from yangban.assess.figure import Figure
from yangban.base.errors import Inconsistent, UsageError
from yangban.base.periods import day_of, month_of, parse
from yangban.readings.events import Event, append
from yangban.readings.intake import ingest
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace
from yangban.run.explain import explain
from yangban.run.explained import DaysCount, DaysMean, Explained, PlacesMean
from yangban.run.local import assess_air, open_results
from yangban.run.results import AirResults
from yangban.standards import load_book

Value = Callable[[str, date, int, str], str]
TYPES = {"PM2.5": "30", "PM10": "60", "SO2": "8", "NO2": "20", "CO": "0.6", "O3": "90"}
FIRST = date(2022, 6, 1)


def _archive(places: Sequence[str], days: int = 3, value: Value = lambda _p, _d, _h, kind: TYPES[kind]) -> str:
    """An archive file of some June days; ``value`` gives the cell of a place, official day, hour and type."""
    lines = [",".join(("date", "hour", "type", *places))]
    for n in range(days):
        day = FIRST + timedelta(days=n)
        for hour in range(1, 25):
            label = datetime(day.year, day.month, day.day) + timedelta(hours=hour)
            for kind in TYPES:
                cells = (value(place, day, hour, kind) for place in places)
                lines.append(",".join((f"{label:%Y%m%d}", str(label.hour), kind, *cells)))
    return "\n".join(lines) + "\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "w", create=True)


def _take(workspace: Workspace, *contents: str, assess: bool = True) -> None:
    folder = workspace.path.parent
    for content in contents:
        path = folder / f"file{len(list(folder.glob('*.csv')))}.csv"
        path.write_text(content, encoding="utf-8")
        ingest(workspace, [path])
    if assess:
        assess_air(workspace, [2022])


def _one(workspace: Workspace, word: str, subject: str = "360100", period: str = "2022-06-01/2022-06-03", **options: Any) -> Explained:
    (made,) = explain(workspace, indicator=word, subject=subject, period=parse(period), **options)
    return made


def _change(*, day: date, hour: int, kind: str, to: str) -> Value:
    return lambda _p, d, h, k: to if (d, h, k) == (day, hour, kind) else TYPES[k]


def test_a_mean_is_the_sum_of_its_days_over_their_number(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌"], value=lambda _p, d, h, kind: "" if h > 20 + d.day else TYPES[kind] if kind != "PM2.5" else str(h)))
    made = _one(workspace, "air.pm25.mean")
    expected = [Fraction(sum(range(1, n + 1)), n) for n in (21, 22, 23)]
    assert [row.value for row in made.days] == expected
    assert isinstance(made.how, DaysMean)
    assert (made.how.n, made.how.total, made.how.value) == (3, sum(expected), sum(expected) / 3)
    assert made.example is not None
    assert (made.example.day, made.example_why) == (date(2022, 6, 3), "日值最高的一天")


def test_the_reason_of_each_day_that_does_not_count(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌"], value=lambda _p, d, h, kind: "" if d.day == 2 and h > 19 else TYPES[kind]))
    made = _one(workspace, "air.good_day_ratio", period="2022-06-01/2022-06-04")
    assert isinstance(made.how, DaysCount)
    assert (made.how.hits, made.how.n, made.how.value) == (2, 2, 100)
    assert {row.day.day: row.reason for row in made.days if not row.valid} == {
        2: "PM2.5、PM10、SO2、NO2、CO 有效小时 19 个，至少 20 个；其余各项 AQI 45，不高于 100",
        4: "没有读数",
    }


def test_a_correction_names_both_files_and_the_one_that_won(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌"]), _archive(["南昌"], value=_change(day=FIRST, hour=5, kind="PM10", to="75")))
    example = _one(workspace, "air.pm10.mean", day=FIRST).example
    assert example is not None
    hour = example.items[1].hours[4]
    first, second = (file.digest for file in example.files)
    assert hour.value == 75
    assert [(o.digest, o.text, o.used) for o in hour.origins] == [(first, "60", False), (second, "75", True)]
    untouched = example.items[1].hours[5]
    assert [(o.digest, o.used) for o in untouched.origins] == [(first, False), (second, True)]


def test_a_converted_cell_is_still_the_one_that_was_used(workspace: Workspace) -> None:
    path = workspace.path.parent / "tidy.csv"
    hours = (datetime(2022, 6, 1) + timedelta(hours=h) for h in range(1, 25))
    path.write_text("\n".join(["city,time,co", *(f"南昌,{t:%Y-%m-%d %H:%M},{600 + t.hour}" for t in hours)]), encoding="utf-8")
    ingest(workspace, [path], units={"co": "µg/m³"})
    assess_air(workspace, [2022])
    example = _one(workspace, "air.co.p95", day=FIRST).example
    assert example is not None
    hour = next(item for item in example.items if item.item == "co").hours[4]
    assert hour.value is not None
    assert (f"{hour.value}", [(o.text, o.used) for o in hour.origins]) == ("0.605", [("605", True)])


def test_later_files_do_not_explain_an_earlier_assessment(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌"]))
    _take(workspace, _archive(["南昌"], value=_change(day=FIRST, hour=5, kind="PM10", to="75")), assess=False)
    example = _one(workspace, "air.pm10.mean", day=FIRST).example
    assert example is not None
    assert example.items[1].hours[4].value == 60
    assert len(example.files) == 1


def test_an_excluded_hour_shows_who_took_it_out_and_what_it_was(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌"], value=_change(day=FIRST, hour=5, kind="PM10", to="900")), assess=False)
    label = datetime(2022, 6, 1, 5)
    append(workspace, [Event("exclusion", "360100", label, label, "张三", ("pm10",), reason="仪器校准")])
    assess_air(workspace, [2022])
    made = _one(workspace, "air.pm10.mean", day=FIRST)
    assert made.example is not None
    item = made.example.items[1]
    assert (item.n, item.value) == (23, 60)
    hour = item.hours[4]
    assert hour.left_out is not None
    assert (hour.value, hour.received, hour.left_out.by, hour.left_out.reason) == (None, 900, "张三", "仪器校准")
    assert hour.origins[0].text == "900"
    assert all(other.left_out is None for other in item.hours if other.slot != 5)
    assert "有 1 个数值由具名人员剔除，未参与计算。" in made.notes


def test_a_city_of_stations_is_walked_down_to_a_station(workspace: Workspace) -> None:
    codes = [f"{n}A" for n in (1001, 1002, 1003, 1004)]

    def value(place: str, day: date, hour: int, kind: str) -> str:
        if place == "1004A" and hour > 12:
            return ""
        return str(20 + 10 * codes.index(place)) if kind == "PM2.5" else TYPES[kind]

    with workspace.writing():
        Registry(tuple(Station(f"station:{code}", name=f"{code}站", city="360100") for code in codes)).save(workspace)
    _take(workspace, _archive(codes, value=value))
    made = _one(workspace, "air.pm25.mean", day=FIRST)
    assert made.example is not None
    item = made.example.items[0]
    assert [(s.name, s.value) for s in item.stations] == [("1001A站（1001A）", 20), ("1002A站（1002A）", 30), ("1003A站（1003A）", 40), (
        "1004A站（1004A）", None,
    )]  # fmt: skip
    assert (item.n, item.needed, item.value, item.valid) == (3, 3, 30, True)
    assert item.stations[3].reason == "PM2.5 有效小时 12 个，至少 20 个"
    opened = made.example.opened
    assert opened is not None
    assert (opened.subject, opened.items[0].value, len(opened.items[0].hours)) == ("station:1003A", 40, 24)
    assert opened.items[0].hours[0].origins[0].text == "40"


def test_dust_is_said_day_by_day_and_completeness_stays_with_what_was_monitored(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌"], days=30), assess=False)
    append(
        workspace,
        [Event("dust", "360100", datetime(2022, 6, 2, 1), datetime(2022, 6, 3, 0), "李四", ("pm25", "pm10"), notice="沙尘通报1号")],
    )
    assess_air(workspace, [2022])
    made = _one(workspace, "air.pm10.mean", period="2022-06", scope="dust_excluded", day=date(2022, 6, 2))
    assert isinstance(made.how, DaysMean)
    assert made.how.n == 29
    assert [(row.day.day, row.reason) for row in made.days if not row.valid] == [(2, "PM10 受沙尘影响，按口径剔除")]
    assert made.completeness is not None
    assert [(m.valid, m.needed) for m in made.completeness.months] == [(30, 27)]
    assert made.example is not None
    assert made.example.items[1].reason == "PM10 受沙尘影响，按口径剔除"
    assert len(made.example.items[1].hours) == 24


def test_a_region_opens_its_worst_place_and_names_the_absent(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌", "九江"], value=lambda p, _d, _h, kind: "50" if (p, kind) == ("九江", "PM2.5") else TYPES[kind]))
    made = _one(workspace, "air.pm25.mean", subject="360000")
    assert isinstance(made.how, PlacesMean)
    assert (made.how.terms, made.how.value) == ((("南昌市", Fraction(30)), ("九江市", Fraction(50))), 40)
    assert len(made.how.absent) == 9
    assert made.opened is not None
    assert made.opened.figure.subject == "360400"
    assert made.opened.example is not None
    assert [part.example for part in made.parts] == [None, None]


def test_a_region_has_days_of_concentrations_and_no_aqi(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌", "九江"], value=lambda p, _d, _h, kind: "50" if (p, kind) == ("九江", "PM2.5") else TYPES[kind]))
    made = _one(workspace, "air.pm25.mean", subject="360000", period="2022-06-02")
    assert (made.figure.exact, made.opened and made.opened.figure.subject) == (40, "360400")
    assert _one(workspace, "air.aqi", subject="360000", period="2022-06-02").how is None


def test_depth_stops_the_walk(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌"]))
    shallow, days, day, whole = (_one(workspace, "air.good_days", subject="360000", depth=n) for n in (1, 2, 3, 4))
    assert (shallow.opened, shallow.parts) == (None, ())
    assert days.opened is not None
    assert (len(days.opened.days), days.opened.example) == (3, None)
    for made, files, origins in ((day, 0, 0), (whole, 1, 1)):
        assert made.opened is not None
        assert made.opened.example is not None
        assert len(made.opened.example.files) == files
        assert len(made.opened.example.items[0].hours[0].origins) == origins


def test_what_cannot_be_asked(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌"]))
    with pytest.raises(UsageError, match="--day 2022-07-01"):
        _one(workspace, "air.good_days", day=date(2022, 7, 1))
    with pytest.raises(UsageError, match="--depth 9"):
        _one(workspace, "air.good_days", depth=9)
    with pytest.raises(UsageError, match=r"air\.aqi 没有 2022-06 的结果"):
        _one(workspace, "air.aqi", period="2022-06")


def test_a_straddling_year_says_why_there_is_nothing(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌"]))
    made = _one(workspace, "air.good_days", period="2026")
    assert (made.how, made.figure.status) == (None, "not_applicable")
    assert "跨越" in made.figure.reason


class _Lying(AirResults):
    """Results whose Figures are one too high."""

    def figures(self, **asked: Any) -> list[Figure]:
        return [replace(f, exact=None if f.exact is None else f.exact + 1) for f in super().figures(**asked)]


def _days_of(workspace: Workspace) -> pl.DataFrame:
    (folder,) = workspace.figures.glob("air-2022-*")
    return pl.concat(pl.read_parquet(path) for path in sorted(folder.glob("places-*.parquet")))


@pytest.mark.parametrize("word", ["air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90", "air.composite_index", "air.attains"])
def test_a_figure_that_its_steps_do_not_give_is_refused(workspace: Workspace, word: str) -> None:
    _take(workspace, _archive(["南昌"]))
    days = _days_of(workspace).lazy()
    assert _one(workspace, word, results=AirResults(days, load_book())).how is not None
    with pytest.raises(Inconsistent, match="逐步重算得"):
        _one(workspace, word, results=_Lying(days, load_book()))


@pytest.mark.parametrize(
    ("column", "message"), [("pm25_ticks", "由小时重算的日值"), ("o3_8h_ticks", "由小时重算的日值"), ("so2", "逐步重算的 AQI")]
)
def test_a_day_that_its_hours_do_not_give_is_refused(workspace: Workspace, column: str, message: str) -> None:
    _take(workspace, _archive(["南昌"]))
    days = _days_of(workspace).with_columns(pl.col(column) + 212_520_000)
    with pytest.raises(Inconsistent, match=message):
        _one(workspace, "air.good_days", day=FIRST, results=AirResults(days.lazy(), load_book()))


def test_an_audited_table_says_that_no_hours_stand_under_it(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌"]), assess=False)
    path = workspace.path.parent / "audited.csv"
    path.write_text("城市,日期,PM2.5,PM10,SO2,NO2,CO,O3_8h\n南昌,2022-06-01,33,61,8,21,0.7,101\n", encoding="utf-8")
    ingest(workspace, [path], basis="audited")
    assess_air(workspace, [2022])
    made = _one(workspace, "air.pm25.mean", period="2022-06-01", basis="audited")
    assert made.example is not None
    assert (made.figure.exact, made.example.items[0].hours) == (33, ())
    assert [(o.line, o.text, o.used) for o in made.example.items[0].origins] == [(2, "33", True)]
    assert made.example.note == "这一天的日值以日数据表收到，不由小时算出。"
    best = _one(workspace, "air.pm25.mean", basis="best", day=FIRST)
    assert [row.value for row in best.days] == [33, 30, 30]


def test_months_without_february_do_not_cite_its_rule(workspace: Workspace) -> None:
    _take(workspace, _archive(["南昌"]))
    for period, keys in ((month_of(2022, 6), ["month_days"]), (month_of(2022, 2), ["february_days"]), (day_of(FIRST), None)):
        (made,) = explain(workspace, indicator="air.pm25.mean", subject="360100", period=period)
        cited: Mapping[str, Any] | None = None if made.completeness is None else {c.key: c for c in made.completeness.rules}
        assert (None if cited is None else [key.rsplit(".", 1)[1] for key in cited]) == keys


def test_every_indicator_of_every_period_can_be_explained(workspace: Workspace) -> None:
    from yangban.assess.air.indicators import INDICATORS

    _take(workspace, _archive(["南昌", "九江"], days=12, value=lambda p, d, h, kind: f"{float(TYPES[kind]) + d.day + h % 7 + len(p):g}"))
    results = open_results(workspace)
    for word, spec in INDICATORS.items():
        for period in ("2022", "2022-06", "2022-06-02") if "day" in spec.levels else ("2022", "2022-06"):
            if period.count("-") < 2 and "period" not in spec.levels:
                continue
            for subject in ("360000", "360100"):
                made = _one(workspace, word, subject=subject, period=period, depth=3, results=results)
                assert (made.how is None) == (made.figure.exact is None)
