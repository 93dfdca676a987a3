"""What-if runs and versions in time, on events whose points are worked out by hand from the example scheme."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from yangban.points.award import Award, Event, Granted, award
from yangban.points.schemes import CHINA, Timeline, Version, as_of, changed_fixed, methods_on
from yangban.points.trial import WITHDRAWN, Told, try_out
from yangban.standards.points import load_points

BOOK = load_points()
SCHEME = BOOK.scheme("example")
AT = datetime(2024, 5, 6, 12, tzinfo=CHINA)


def _event(number: str, member: str = "m1", behaviour: str = "parked", at: datetime = AT, **amounts: str) -> Event:
    return Event(
        id=number, channel="x", member=member, behaviour=behaviour, happened_at=at, received_at=at,
        amounts={unit: Decimal(value) for unit, value in (amounts or {"act": "1"}).items()},
    )  # fmt: skip


def _told(event: Event, **words: Any) -> Told:
    made = award(BOOK, SCHEME, event)
    assert isinstance(made, Award)
    return Told(event=event, granted=replace(made.granted(), **words.pop("granted", {})), **words)


def test_versions_follow_one_another() -> None:
    """The version of a day is the last to begin by then; of two that begin together the later made."""
    one, two, three = (replace(SCHEME, title=name) for name in ("one", "two", "three"))
    may, june = date(2024, 5, 1), date(2024, 6, 1)
    line = Timeline(SCHEME, (Version(1, june, one), Version(2, june, two), Version(3, may, three)))
    assert [line.version_on(day).number for day in (date(2024, 4, 30), may, date(2024, 5, 31), june, date(2030, 1, 1))] == [0, 3, 3, 2, 2]
    assert line.on(june).title == "two"
    assert (line.last.number, Timeline(SCHEME).last.number) == (3, 0)


def test_what_no_version_may_change() -> None:
    assert changed_fixed(SCHEME, replace(SCHEME, expiry_days=1)) == []
    found = changed_fixed(SCHEME, replace(SCHEME, decimals=0, behaviours=SCHEME.behaviours[1:]))
    assert [each.partition("：")[0] for each in found] == ["decimals", "behaviour[steps]"]


def test_rules_of_one_day_hold_on_every_day() -> None:
    """The steps of 2023 count by thousands, those of 2024 by tiers; as of a day of 2024 there are the tiers alone, also for 2022."""
    as_made = as_of(SCHEME, date(2024, 1, 1))
    assert [each.key for each in methods_on(as_made, "steps", date(2022, 7, 1))] == ["steps-2024"]
    made = award(BOOK, as_made, _event("1", behaviour="steps", at=datetime(2022, 7, 1, tzinfo=CHINA), step="7250"))
    assert isinstance(made, Award)
    assert made.points == 50


def test_a_run_sets_what_was_beside_what_would_be() -> None:
    """A day without driving is 10 points under the scheme; halved it is 5, 3,000 g either way. Own cups: at most 1.0 a day, then 0.5."""
    methods = tuple(
        replace(each, points=replace(each.points, value=Decimal(5))) if each.key == "parked" else each for each in SCHEME.methods
    )  # type: ignore[type-var]
    caps = tuple(replace(each, points=Decimal("0.5")) if each.key == "own-cup-a-day" else each for each in SCHEME.caps)
    other = replace(SCHEME, methods=methods, caps=caps)
    cups = [_event(f"c{n}", behaviour="own_cup", at=AT + timedelta(hours=n)) for n in range(3)]
    granted = [
        Granted(key=each.key, digest=each.digest, behaviour="own_cup", happened_at=each.happened_at, points=5, grams=Fraction(5))
        for each in cups
    ]
    told = [
        _told(_event("a")),
        *(Told(event=event, granted=was) for event, was in zip(cups[:2], granted, strict=False)),
        Told(event=cups[2], granted=None, code="cap_reached"),
        _told(_event("b", "m2"), granted={"reversed": True}),
        _told(_event("d", "m3", "clean_plate")),
    ]
    found = try_out(BOOK, lambda _day: other, told)
    parked, cup, plate = (found.rows[key] for key in ("parked", "own_cup", "clean_plate"))
    assert (parked.events, parked.now.units, parked.then.units) == (2, 100, 50)
    assert (parked.now.grams, parked.then.grams) == (3000, 3000)
    assert parked.now.codes == parked.then.codes == {WITHDRAWN: 1}
    assert (cup.now.awarded, cup.now.units, cup.now.codes) == (2, 10, {"cap_reached": 1})
    assert (cup.then.awarded, cup.then.units, cup.then.codes) == (1, 5, {"cap_reached": 2})
    assert (plate.now, plate.then.units) == (plate.then, 50)
    assert (found.members, found.more, found.less) == (3, 0, 1)
    assert (found.total.events, found.total.now.units, found.total.then.units) == (6, 160, 105)


def test_what_was_granted_before_the_span_counts_for_caps() -> None:
    """The day's cap of own cups was reached in the morning, before the span began: the afternoon earns nothing."""
    before = _told(_event("1", behaviour="own_cup"), granted={"points": 10}, judged=False)
    later = Told(event=_event("2", behaviour="own_cup", at=AT + timedelta(hours=5)), granted=None, code="cap_reached")
    found = try_out(BOOK, lambda _day: SCHEME, [before, later])
    assert found.rows["own_cup"].then.codes == {"cap_reached": 1}
    alone = try_out(BOOK, lambda _day: SCHEME, [later])
    assert alone.rows["own_cup"].then.units == 5
