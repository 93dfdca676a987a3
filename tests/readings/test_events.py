"""The list of events: only added to, whole or found out, and never a value changed."""

from __future__ import annotations

import json
from dataclasses import replace as changed
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yangban.base.errors import UnknownRegion, UsageError, WorkspaceError
from yangban.base.pollutants import HOURLY_SIX
from yangban.readings import events as module
from yangban.readings.events import (
    Event,
    active,
    append,
    exclude,
    excluded_slots,
    hour_label,
    known_stations,
    left_out,
    load,
    replace,
    slot_of,
    spread,
    subject_of,
    touched_days,
    verify,
    withdraw,
)
from yangban.readings.frames import SCHEMA, SLOTS
from yangban.readings.stations import SCHEMA as STATIONS
from yangban.readings.workspace import Workspace

NOW = datetime(2023, 1, 1, tzinfo=UTC)
S = "station:1299A"


def hour(day: int, label: int) -> datetime:
    return datetime(2022, 3, day) + timedelta(hours=label)


def out(first: datetime, last: datetime, *items: str, subject: str = S, by: str = "张三", **more: str) -> Event:
    return Event("exclusion", subject, first, last, by, items, reason="采样管脱落", **more)


def review(state: str, by: str, verdict: str = "valid", first: datetime | None = None, last: datetime | None = None, *items: str) -> Event:
    span = first or hour(8, 1), last or hour(8, 24)
    return Event("review", S, *span, by, items, state=state, verdict="" if state == "raw" else verdict, reason="比对")


@pytest.fixture
def w(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "w", create=True)


def lines(w: Workspace) -> list[bytes]:
    return (w.path / module.FILE).read_bytes().splitlines(keepends=True)


def three(w: Workspace) -> tuple[Event, ...]:
    return append(w, [out(hour(8, k), hour(8, k + 1), "pm10") for k in (3, 6, 9)], now=NOW).recorded


# ------------------------------------------------------------------------------------------------------------- the list


def test_what_is_added_is_read_back_in_order_with_number_and_time(w: Workspace) -> None:
    added = three(w)
    assert load(w) == added
    assert [each.id for each in added] == ["E000001", "E000002", "E000003"]
    assert added[0] == changed(out(hour(8, 3), hour(8, 4), "pm10"), id="E000001", recorded_at=NOW)
    found = verify(w)
    assert (found.count, found.problems, found.torn) == (3, (), "")


def test_the_same_words_are_not_added_twice(w: Workspace) -> None:
    event = out(hour(8, 3), hour(8, 4))
    assert len(append(w, [event, event], now=NOW).recorded) == 1
    again = append(w, [event], now=NOW + timedelta(days=1))
    assert (again.recorded, again.already, len(load(w))) == ((), load(w), 1)


def test_one_refused_record_keeps_its_whole_batch_out(w: Workspace) -> None:
    with pytest.raises(UsageError, match="理由"):
        append(w, [out(hour(8, 3), hour(8, 4)), changed(out(hour(8, 5), hour(8, 6)), reason="")], now=NOW)
    assert load(w) == ()


def _edited(at: int, old: bytes, new: bytes):
    return lambda found: [*found[:at], found[at].replace(old, new), *found[at + 1 :]]


TAMPERINGS = {
    "a value edited": (_edited(1, b'"pm10"', b'"pm25"'), "events.jsonl:2 E000002 的内容与摘要不符"),
    "a name edited in the last line": (_edited(2, "张三".encode(), "李四".encode()), "events.jsonl:3 E000003 的内容与摘要不符"),
    "a space added": (_edited(0, b'{"event"', b'{ "event"'), "events.jsonl:1 E000001 的内容与摘要不符"),
    "a middle line removed": (lambda found: [found[0], found[2]], "events.jsonl:2 E000003 接不上前一行"),
    "the first line removed": (lambda found: found[1:], "events.jsonl:1 E000002 接不上前一行"),
    "the last line removed": (lambda found: found[:2], "末尾的行被移除"),
    "all lines removed": (lambda _: [], "末尾的行被移除"),
    "two lines swapped": (lambda found: [found[1], found[0], found[2]], "events.jsonl:1 E000002 接不上前一行"),
    "a line doubled": (lambda found: [*found[:2], found[1], found[2]], "events.jsonl:3 E000002 接不上前一行"),
    "a line replaced by text": (lambda found: [found[0], b"x\n", found[2]], "events.jsonl:2 不是一条记录"),
    "a blank line put in": (lambda found: [found[0], b"\n", *found[1:]], "events.jsonl:2 不是一条记录"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_an_edited_or_removed_line_is_found_and_named(w: Workspace, name: str) -> None:
    three(w)
    do, told = TAMPERINGS[name]
    (w.path / module.FILE).write_bytes(b"".join(do(lines(w))))
    assert told in "\n".join(verify(w).problems)
    with pytest.raises(WorkspaceError, match="yangban events verify"):
        load(w)
    with pytest.raises(WorkspaceError, match="被改动过"):
        append(w, [out(hour(9, 1), hour(9, 2))], now=NOW)


def test_a_line_forged_with_a_fitting_digest_breaks_the_next_one_or_the_head(w: Workspace) -> None:
    _, second, third = three(w)
    found = lines(w)
    for at, event in ((1, second), (2, third)):
        previous = json.loads(found[at])["previous"]
        forged = module._line(changed(event, by="李四"), previous) + b"\n"
        (w.path / module.FILE).write_bytes(b"".join([*found[:at], forged, *found[at + 1 :]]))
        assert verify(w).problems


def test_a_list_shortened_together_with_its_head_is_found_by_a_digest_noted_earlier(w: Workspace) -> None:
    three(w)
    noted = verify(w).digest
    (w.path / module.FILE).write_bytes(b"".join(lines(w)[:2]))
    (w.path / module.HEAD).unlink()
    assert verify(w).problems == ()
    assert noted in verify(w, expect=noted).problems[0]


def test_a_head_that_is_no_head_is_told(w: Workspace) -> None:
    three(w)
    (w.path / module.HEAD).write_text("x", encoding="utf-8")
    assert verify(w).problems == ("events.head 不能识别：被改动过",)


def test_a_kill_in_the_middle_of_an_append_loses_that_record_alone(w: Workspace) -> None:
    first = append(w, [out(hour(8, 3), hour(8, 4))], now=NOW).recorded
    head = (w.path / module.HEAD).read_bytes()
    before = len(lines(w)[0])
    (second,) = append(w, [out(hour(8, 5), hour(8, 6))], now=NOW).recorded
    whole = (w.path / module.FILE).read_bytes()
    for cut in range(before, len(whole)):
        (w.path / module.FILE).write_bytes(whole[:cut])
        (w.path / module.HEAD).write_bytes(head)
        found = verify(w)
        assert found.problems == ()
        if cut == len(whole) - 1:
            assert load(w) == (*first, second), "only the newline is missing: the record is whole"
        else:
            assert load(w) == first
            assert bool(found.torn) == (cut > before)
        if cut in {before, before + 40, len(whole) - 2, len(whole) - 1}:
            (again,) = append(w, [out(hour(9, 5), hour(9, 6))], now=NOW).recorded
            assert load(w)[-1] == again
            assert verify(w) == changed(verify(w), problems=(), torn="")
    kept = sorted((each.read_bytes() for each in w.rejected.glob("events-*.part")), key=len)
    assert kept == [whole[before : before + 40], whole[before : len(whole) - 2]]


def test_a_torn_line_is_named(w: Workspace) -> None:
    three(w)
    with (w.path / module.FILE).open("ab") as file:
        file.write(b'{"event":')
    assert verify(w).torn == "events.jsonl:4 末行只写了一半（9 字节），不算记录"


def test_one_writer_at_a_time(w: Workspace) -> None:
    with w.writing(), pytest.raises(WorkspaceError, match="another writer"):
        append(w, [out(hour(8, 3), hour(8, 4))], now=NOW)


# ----------------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (out(hour(8, 5), hour(8, 4)), "晚于"),
        (out(hour(8, 3), hour(8, 4), by=""), "不是姓名"),
        (out(hour(8, 3), hour(8, 4), by="系统"), "不是姓名"),
        (out(hour(8, 3), hour(8, 4), by=" ad min"), "不是姓名"),
        (out(hour(8, 3), hour(8, 4), by="12345"), "不是姓名"),
        (changed(out(hour(8, 3), hour(8, 4)), reason=" "), "必须写明理由"),
        (out(datetime(2023, 1, 1, 8), datetime(2023, 1, 1, 9)), "尚未到来"),
        (Event("dust", "360100", hour(8, 3), hour(8, 4), "张三"), "编号"),
        (Event("dust", "360100", hour(8, 3), hour(8, 4), "张三", ("o3",), notice="1号"), "颗粒物"),
        (Event("dust", "360100", hour(8, 3), hour(8, 4), "张三", notice="1号"), "颗粒物"),
        (Event("exceptional:fire", "360100", hour(8, 3), hour(8, 4), "张三"), "依据"),
        (Event("log:rain", "360100", hour(8, 3), hour(8, 4), "张三", verdict="valid"), "只用于审核"),
        (review("city", "张三", verdict=""), "结论"),
        (review("county", "张三"), "级别"),
        (changed(review("city", "张三", "invalid"), reason=""), "判为无效"),
        (review("province", "张三"), "逐级"),
        (review("raw", "张三"), "无可退回"),
        (out(hour(8, 3), hour(8, 4), replaces="E000009"), "不在记录中"),
    ],
)
def test_refused(w: Workspace, event: Event, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        append(w, [event], now=NOW)
    assert load(w) == ()


def test_the_last_hour_that_has_passed_may_be_excluded(w: Workspace) -> None:
    last = datetime(2023, 1, 1, 8)  # NOW in Beijing
    assert append(w, [out(last, last)], now=NOW).recorded


def test_unknown_places_and_stations_are_named(bench, archive) -> None:
    bench.take(archive({("20220101", 1, "PM2.5"): ["35"]}, places=("1299A",)))
    known = known_stations(bench.workspace)
    assert known == {S}
    assert subject_of("1299A", known) == S
    assert subject_of("南昌", known) == "360100"
    for text in ("1300A", "station:X", "亚特兰蒂斯", "group:central-six"):
        with pytest.raises(UnknownRegion, match=text):
            subject_of(text, known)


@pytest.mark.parametrize(
    ("text", "last", "expected"),
    [
        ("2022-03-08 14", False, hour(8, 14)),
        ("2022-03-08T14:00", False, hour(8, 14)),
        ("2022-03-08T06:00Z", False, hour(8, 14)),
        ("2022-03-08 24", True, hour(9, 0)),
        ("2022-03-08 00", False, hour(8, 0)),
        ("2022年3月8日14时", False, hour(8, 14)),
        ("2022-03-08", False, hour(8, 1)),
        ("2022-03-08", True, hour(9, 0)),
    ],
)
def test_times(text: str, last: bool, expected: datetime) -> None:
    assert hour_label(text, last=last) == expected


@pytest.mark.parametrize("text", ["2022-03-08 14:30", "2022-02-30", "8 March", "", "03-08 14:00", "2022-03-08 25"])
def test_times_that_cannot_be_read(text: str) -> None:
    with pytest.raises(UsageError, match="不能识别"):
        hour_label(text)


# ------------------------------------------------------------------------------------------------------------- corrections


def test_a_correction_names_the_old_record_which_stays_and_no_longer_holds(w: Workspace) -> None:
    first, second, third = three(w)
    new = replace(w, first.id, out(hour(8, 3), hour(8, 3), "pm10"), now=NOW)
    assert (new.replaces, load(w), active(load(w))) == (first.id, (first, second, third, new), (second, third, new))
    with pytest.raises(UsageError, match=f"已由 {new.id}"):
        replace(w, first.id, out(hour(8, 4), hour(8, 4)), now=NOW)
    with pytest.raises(UsageError, match="不能更正为"):
        replace(w, second.id, Event("log:rain", S, hour(8, 3), hour(8, 3), "张三"), now=NOW)


def test_a_withdrawal_needs_who_and_why_and_takes_all_effect_away(w: Workspace) -> None:
    first = append(w, [out(hour(8, 3), hour(8, 4))], now=NOW).recorded[0]
    for by, reason in (("", "误登"), ("李四", "")):
        with pytest.raises(UsageError):
            withdraw(w, first.id, by=by, reason=reason, now=NOW)
    with pytest.raises(UsageError, match="没有记录"):
        withdraw(w, "E000009", by="李四", reason="误登", now=NOW)
    withdraw(w, first.id, by="李四", reason="误登", now=NOW)
    assert active(load(w)) == ()
    assert excluded_slots(load(w)).is_empty()
    with pytest.raises(UsageError, match="已由 E000002"):
        withdraw(w, first.id, by="李四", reason="误登", now=NOW)
    # The same words may be recorded again after they were withdrawn.
    assert append(w, [out(hour(8, 3), hour(8, 4))], now=NOW).recorded


# ------------------------------------------------------------------------------------------------------------------ reviews


def invalid_hours(w: Workspace, item: str = "pm10") -> int:
    found = excluded_slots(load(w))
    return sum(int(bits).bit_count() for bits in found[item])


def test_levels_are_taken_one_by_one_by_different_people_and_the_last_word_holds(w: Workspace) -> None:
    append(w, [review("city", "张三", "invalid")], now=NOW)
    assert invalid_hours(w) == 24
    with pytest.raises(UsageError, match="逐级"):
        append(w, [review("signed", "王五")], now=NOW)
    for name in ("张三", "张 三"):
        with pytest.raises(UsageError, match="请换人"):
            append(w, [review("province", name)], now=NOW)
    append(w, [review("province", "李四")], now=NOW)
    assert invalid_hours(w) == 0
    with pytest.raises(UsageError, match="请换人"):
        append(w, [review("signed", "张三", "invalid")], now=NOW)
    append(w, [review("signed", "王五", "invalid")], now=NOW)
    assert invalid_hours(w) == 24


def test_what_is_sent_back_is_valid_again_and_starts_over(w: Workspace) -> None:
    append(w, [review("city", "张三", "invalid"), review("province", "李四", "invalid")], now=NOW)
    append(w, [review("raw", "李四")], now=NOW)
    assert invalid_hours(w) == 0
    with pytest.raises(UsageError, match="逐级"):
        append(w, [review("province", "李四")], now=NOW)
    with pytest.raises(UsageError, match="请换人"):
        append(w, [review("city", "李四")], now=NOW)
    append(w, [changed(review("city", "张三", "invalid"), code="RM"), changed(review("province", "李四", "invalid"), code="RM")], now=NOW)
    assert invalid_hours(w) == 24


def test_every_hour_and_pollutant_of_a_span_must_stand_on_the_level_before(w: Workspace) -> None:
    append(w, [review("city", "张三", "valid", hour(8, 1), hour(8, 12), "pm10")], now=NOW)
    with pytest.raises(UsageError, match="现有 raw"):
        append(w, [review("province", "李四", "valid", hour(8, 1), hour(8, 13), "pm10")], now=NOW)
    with pytest.raises(UsageError, match="现有 raw"):
        append(w, [review("province", "李四", "valid", hour(8, 1), hour(8, 12), "pm10", "o3")], now=NOW)
    append(w, [review("province", "李四", "invalid", hour(8, 2), hour(8, 3), "pm10")], now=NOW)
    assert invalid_hours(w) == 2
    # Another station, or another span, is another matter for the same person.
    append(w, [changed(review("city", "李四", "valid", hour(8, 13), hour(8, 24), "pm10"))], now=NOW)


def test_a_review_on_which_a_higher_one_rests_is_sent_back_before_it_is_corrected(w: Workspace) -> None:
    city, _ = append(w, [review("city", "张三"), review("province", "李四")], now=NOW).recorded
    with pytest.raises(UsageError, match="请先退回"):
        replace(w, city.id, review("city", "张三", "invalid"), now=NOW)
    with pytest.raises(UsageError, match="请先退回"):
        withdraw(w, city.id, by="张三", reason="误审", now=NOW)


def test_a_review_never_lifts_an_exclusion(w: Workspace) -> None:
    append(w, [out(hour(8, 3), hour(8, 4), "pm10"), review("city", "李四"), review("province", "王五")], now=NOW)
    assert invalid_hours(w) == 2


# ----------------------------------------------------------------------------------------------------- what becomes of readings


def lake(subjects: tuple[str, ...] = (S, "360100"), days: int = 4, start: date = date(2022, 3, 7)) -> pl.DataFrame:
    rows = [
        {
            **dict.fromkeys(SLOTS, 5_000 + k),
            "subject": subject,
            "level": "station",
            "network": "state",
            "basis": "realtime",
            "day": start + timedelta(days=k),
            "synthetic": False,
        }
        for subject in subjects
        for k in range(days)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def test_exclude_takes_just_the_hours_named(w: Workspace) -> None:
    before = lake()
    after = exclude(before.lazy(), [out(hour(8, 23), hour(9, 2), "pm10", "o3")]).collect()
    assert (after.schema, after.select(SCHEMA.names()[:7]).equals(before.select(SCHEMA.names()[:7]))) == (before.schema, True)
    gone = {(row["subject"], row["day"].day, name) for row in after.iter_rows(named=True) for name in SLOTS if row[name] is None}
    assert gone == {(S, day, f"{item}_{slot:02d}") for item in ("pm10", "o3") for day, slot in ((8, 23), (8, 24), (9, 1), (9, 2))}


def test_other_kinds_and_lists_without_exclusions_leave_the_very_frame() -> None:
    frame = lake().lazy()
    others = [
        Event("dust", S, hour(8, 1), hour(8, 24), "张三", ("pm10",), notice="1号"),
        Event("log:power", S, hour(8, 1), hour(8, 24), "张三"),
        changed(review("city", "张三"), id="E000001"),
    ]
    assert exclude(frame, others) is frame


def test_left_out_counts_values_and_not_hours_without_any() -> None:
    frame = lake().with_columns(pm10_23=pl.when(pl.col("day") != date(2022, 3, 8)).then(pl.col("pm10_23")))
    found = left_out(frame.lazy(), [out(hour(8, 22), hour(9, 1), "pm10")]).collect().sort("day")
    assert found.rows() == [(S, "realtime", date(2022, 3, 8), "pm10", 2), (S, "realtime", date(2022, 3, 9), "pm10", 1)]
    assert left_out(frame.lazy(), []).collect().height == 0


spans = st.tuples(st.integers(0, 95), st.integers(0, 30)).map(lambda s: (hour(7, 1 + s[0]), hour(7, 1 + s[0] + s[1])))
some_items = st.lists(st.sampled_from(HOURLY_SIX), unique=True).map(tuple)
subjects = st.sampled_from((S, "360100", "station:none"))


@st.composite
def lists(draw: st.DrawFn) -> list[Event]:
    found: list[Event] = []
    for k in range(draw(st.integers(0, 5))):
        first, last = draw(spans)
        who, items = draw(subjects), draw(some_items)
        if draw(st.booleans()):
            event = Event("exclusion", who, first, last, "张三", items, reason="故障")
        else:
            state, verdict = draw(st.sampled_from(("raw", "city", "province"))), draw(st.sampled_from(("valid", "invalid")))
            event = Event("review", who, first, last, "李四", items, state=state, verdict=verdict)
        found.append(changed(event, id=f"E{k + 1:06d}"))
    return found


def plainly(events: list[Event]) -> set[tuple[str, date, str]]:
    """The same rule hour by hour and in words: what an exclusion names, and what the last review calls invalid."""
    gone: set[tuple[str, date, str]] = set()
    last: dict[tuple[str, date, str], bool] = {}
    for event in sorted(events, key=lambda each: each.id):
        label = event.start
        while label <= event.end:
            day, slot = slot_of(label)
            for item in event.items:
                key = event.subject, day, f"{item}_{slot:02d}"
                if event.kind == "exclusion":
                    gone.add(key)
                else:
                    last[key] = event.verdict == "invalid" and event.state != "raw"
            label += timedelta(hours=1)
    return gone | {key for key, bad in last.items() if bad}


@settings(max_examples=60, deadline=None)
@given(lists(), st.randoms(use_true_random=False))
def test_exclude_never_touches_anything_else_and_knows_no_order(events: list[Event], rng) -> None:
    before = lake()
    after = exclude(before.lazy(), events).collect()
    gone = plainly(events)
    for old, new in zip(before.iter_rows(named=True), after.iter_rows(named=True), strict=True):
        for name in before.columns:
            key = old["subject"], old["day"], name
            assert new[name] == (None if key in gone else old[name])
    assert exclude(after.lazy(), events).collect().equals(after)
    shuffled = list(events)
    rng.shuffle(shuffled)
    assert exclude(before.lazy(), shuffled).collect().equals(after)
    counted = left_out(before.lazy(), events).select(pl.col("left_out").sum()).collect().item()
    assert counted == sum(after.select(SLOTS).null_count().row(0))


def test_touched_days_are_official_days_once_each() -> None:
    dust = Event("dust", "360100", hour(8, 23), hour(9, 0), "张三", ("pm10",), notice="1号", id="E000001")
    more = Event("dust", "360100", hour(9, 0), hour(9, 1), "张三", ("pm10", "pm25"), notice="2号", id="E000002")
    fire = Event("exceptional:fire", S, hour(10, 0), hour(10, 0), "张三", reason="秸秆焚烧", id="E000003")
    gone = changed(dust, id="E000004", subject="360200")
    back = Event("withdrawal", "360200", hour(8, 23), hour(9, 0), "李四", replaces="E000004", reason="误登", id="E000005")
    for order in permutations((dust, more, fire, gone, back)):
        assert touched_days(order, "dust").rows() == [
            ("360100", date(2022, 3, 8), "pm10"),
            ("360100", date(2022, 3, 8), "pm25"),
            ("360100", date(2022, 3, 9), "pm10"),
            ("360100", date(2022, 3, 9), "pm25"),
        ]
    assert touched_days([fire], "exceptional")["day"].to_list() == [date(2022, 3, 9)] * 6
    assert touched_days([fire], "exceptional:flood").height == 0
    assert touched_days([], "dust").schema == {"subject": pl.String, "day": pl.Date, "pollutant": pl.String}


def test_spread_reaches_the_places_and_the_stations_of_a_place_on_their_days() -> None:
    registry = pl.DataFrame(
        [
            {"station": S, "city": "360100", "county": "", "valid_from": date(2022, 3, 9), "valid_to": None},
            {"station": "station:9", "city": "360100", "county": "360102", "valid_from": None, "valid_to": date(2022, 3, 8)},
            {"station": "station:old", "city": "360100", "county": "", "valid_from": None, "valid_to": date(2021, 1, 1)},
            {"station": "station:else", "city": "360200", "county": "", "valid_from": None, "valid_to": None},
        ],
        schema={name: STATIONS[name] for name in ("station", "city", "county", "valid_from", "valid_to")},
    )
    event = out(hour(8, 1), hour(9, 24), "pm10", subject="360100")
    found = {each.subject: (each.start, each.end) for each in spread([event], registry)}
    assert found.keys() >= {"360100", "360102", S, "station:9"}
    assert not found.keys() & {"station:old", "station:else", "360200", "360000"}
    assert found[S] == (hour(9, 1), hour(9, 24))
    assert found["station:9"] == (hour(8, 1), hour(8, 24))
    assert [each.subject for each in spread([out(hour(8, 1), hour(8, 2))], registry)] == [S]
    assert "360100" in {each.subject for each in spread([changed(event, subject="360000")])}
