"""Awards: what the published rules give, and what no rule may give."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yangban.points.award import Already, Award, Event, Granted, Refusal, award, award_all, claim_state, reach
from yangban.points.schemes import CHINA
from yangban.standards.points import load_points

BOOK = load_points()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def event(behaviour: str, when: str, id: str = "e1", later: int = 0, **words: Any) -> Event:
    amounts = {name: Decimal(str(value)) for name, value in words.pop("amounts", {}).items()}
    at = moment(when)
    return Event(
        id=id, channel=words.pop("channel", "test"), member="m1", behaviour=behaviour, happened_at=at,
        received_at=at + timedelta(days=later, minutes=1), amounts=amounts, **words,
    )  # fmt: skip


def awarded(scheme: str, one: Event, granted: tuple[Granted, ...] = ()) -> Award:
    made = award(BOOK, BOOK.scheme(scheme), one, granted)
    assert isinstance(made, Award), made
    return made


def refused(scheme: str, one: Event, granted: tuple[Granted, ...] = ()) -> Refusal:
    made = award(BOOK, BOOK.scheme(scheme), one, granted)
    assert isinstance(made, Refusal), made
    return made


# ------------------------------------------------------------------------------------------------------- published examples


@pytest.mark.parametrize(
    ("scheme", "one", "points", "grams"),
    [
        # Wuhan: 7,250 steps are 145 points, and a point is a gram.
        ("wuhan-tantan-planet", event("steps", "2023-06-01T20:00", amounts={"step": 7250}), 145, "145"),
        ("wuhan-tantan-planet", event("bus", "2023-06-01T08:00", evidence="a"), 105, "105"),
        ("wuhan-tantan-planet", event("metro", "2023-06-01T08:00", evidence="b"), 137, "137"),
        # Wuhan: 24 km in a new-energy car are 168 g.
        ("wuhan-wutanjianghu", event("electric_car", "2023-06-05T08:00", amounts={"km": 24}), None, "168"),
        ("wuhan-2025", event("electricity", "2025-08-01T08:00", amounts={"kWh": 1}), None, "525"),
        # Fuzhou 2018: 6,000 steps in a day are one coin, an appointment five; about 2021: 2,000 steps are one.
        ("fuzhou-lvbao", event("steps", "2018-03-04T21:00", amounts={"step": 6000}), 1, None),
        ("fuzhou-lvbao", event("steps", "2018-03-04T21:00", amounts={"step": 19999}), 1, None),
        ("fuzhou-lvbao", event("appointment", "2018-03-04T21:00"), 5, None),
        ("fuzhou-lvbao", event("steps", "2021-03-04T21:00", amounts={"step": 6000}), 3, None),
        ("fuzhou-lvbao", event("volunteering", "2022-03-04T21:00", amounts={"h": 1}), 20, None),
        # Luzhou 2024.
        ("luzhou-lvya", event("clean_plate", "2024-10-11T12:00"), 5, "144"),
        ("luzhou-lvya", event("steps", "2024-10-11T21:00", amounts={"step": 500}), 1, "8.2"),
        ("luzhou-lvya", event("bus", "2024-10-11T08:00"), 10, "80"),
        ("luzhou-lvya", event("old_clothes", "2024-10-11T08:00", amounts={"kg": 1}), 30, "1280"),
        # Beijing.
        ("beijing-green-season", event("clean_plate", "2024-06-01T12:00"), None, "449"),
        # 100 kWh saved in Jiangxi: 58.35, 57.52, 58.36 kg by the factor published last (2021, 2022, 2023).
        ("grid-saving", event("electricity", "2024-12-19T12:00", amounts={"kWh": 100}, region="360000"), None, "58350"),
        ("grid-saving", event("electricity", "2024-12-20T12:00", amounts={"kWh": 100}, region="360102"), None, "57520"),
        ("grid-saving", event("electricity", "2025-12-31T12:00", amounts={"kWh": 100}, region="360000"), None, "58360"),
        # And not with the figure of the region of the grid, as some programs do: Hubei is 0.4044.
        ("grid-saving", event("electricity", "2026-01-01T12:00", amounts={"kWh": 100}, region="420000"), None, "40440"),
    ],
)  # fmt: skip
def test_published_examples(scheme: str, one: Event, points: int | None, grams: str | None) -> None:
    made = awarded(scheme, one)
    assert (made.points, made.grams) == (points, None if grams is None else Fraction(grams))


def test_beijing_22_km_save_4_63_kg() -> None:
    made = awarded("beijing-maas", event("rail", "2024-06-01T08:00", amounts={"km": 22}))
    assert made.grams is not None
    assert round(made.grams / 1000, 2) == Fraction("4.63")
    assert made.steps[-1].working == "（271.8 g/km − 61.4 g/km）× 22 公里"


def test_the_year_of_the_factor_is_kept() -> None:
    made = awarded("grid-saving", event("electricity", "2025-06-01T12:00", amounts={"kWh": 1}, region="360000"))
    assert [(each.year, each.value) for each in made.factors] == [(2022, Decimal("0.5752"))]


def test_the_formula_of_travel_by_hand() -> None:
    """DB11/T 3043-2024, ER = EF·BD − Σ EF_k·PD_k: 200 × 12 − 40 × 2 − 50 × 9 − 0 × 1 = 1870 g; at 0.05 a gram 93.5 points."""
    legs = {"km.bus": 2, "km.rail": 9, "km.walk": 1}
    made = awarded("example", event("trip", "2024-03-01T08:00", amounts=legs))
    assert (made.grams, made.points) == (1870, 935)
    straight = awarded("example", event("trip", "2024-03-01T08:00", amounts={**legs, "km.baseline": 10}))
    assert straight.grams == 1470
    assert refused("example", event("trip", "2024-03-01T08:00", amounts={"km.boat": 3})).code == "amount_missing"
    worse = event("trip", "2024-03-01T08:00", amounts={"km.bus": 10, "km.baseline": 1})
    assert refused("example", worse).code == "nothing_earned"


def test_what_was_not_published_is_refused_and_never_guessed() -> None:
    told = refused("jjj-travel-2024", event("trip", "2024-11-01T08:00", amounts={"km.bus": 5}))
    assert told.code == "not_published"
    assert "基准情景" in told.reason
    assert refused("shenzhen-2022", event("metro", "2023-01-01T08:00", amounts={"km": 5})).code == "not_published"
    home = event("home_electricity", "2024-06-01T08:00", amounts={"kWh": 5, "person": 3})
    assert refused("shenzhen-2022", home).code == "not_published"


@pytest.mark.parametrize(
    ("amounts", "grams"),
    [
        ({"kWh": 5, "person": 3}, Fraction(6 - 5) * Fraction("583.5")),  # Under 2 a head: the difference counts.
        ({"kWh": 7, "person": 3, "kWh.own_mean": 9}, Fraction(9 - 7) * Fraction("583.5")),  # Above: less than its own mean.
    ],
)
def test_home_electricity(amounts: dict[str, int], grams: Fraction) -> None:
    one = event("home_electricity", "2024-06-01T08:00", amounts=amounts, region="360000", evidence="meter")
    assert awarded("example", one).grams == grams


def test_home_electricity_above_both_earns_nothing() -> None:
    one = event("home_electricity", "2024-06-01T08:00", amounts={"kWh": 9, "kWh.own_mean": 8}, region="360000", evidence="meter")
    assert refused("example", one).code == "nothing_earned"
    without = replace(one, amounts={"kWh": Decimal(9)})
    assert refused("example", without).code == "amount_missing"


# ------------------------------------------------------------------------------------------------------------------ dates


def test_a_new_rule_holds_from_its_date_whenever_the_event_arrives() -> None:
    old = event("steps", "2023-12-31T23:59", amounts={"step": 7000}, later=5)
    new = event("steps", "2024-01-01T00:00", amounts={"step": 7000})
    assert (awarded("example", old).method, awarded("example", old).points) == ("steps-2023", 70)
    assert (awarded("example", new).method, awarded("example", new).points) == ("steps-2024", 50)


def test_the_day_is_that_of_beijing() -> None:
    one = replace(event("steps", "2024-01-01T00:00", amounts={"step": 7000}), happened_at=datetime(2023, 12, 31, 16, tzinfo=UTC))
    assert awarded("example", one).method == "steps-2024"


def test_dates_that_are_refused() -> None:
    assert refused("example", event("steps", "2022-12-31T12:00", amounts={"step": 9000})).code == "scheme_not_in_force"
    assert refused("example", event("steps", "2024-01-01T12:00", amounts={"step": 9000}, later=31)).code == "too_late"
    assert awarded("example", event("steps", "2024-01-01T12:00", amounts={"step": 9000}, later=30))
    future = event("steps", "2024-01-01T12:00", amounts={"step": 9000})
    assert refused("example", replace(future, received_at=future.happened_at - timedelta(seconds=1))).code == "future"
    assert refused("fuzhou-lvbao", event("volunteering", "2021-12-31T12:00", amounts={"h": 1})).code == "no_method"


def test_beijing_credits_after_two_days_and_within_seven() -> None:
    made = awarded("beijing-green-season", event("metro", "2024-06-01T08:00"))
    assert (made.credit_from, made.claim_until) == (moment("2024-06-03T00:00"), moment("2024-06-10T00:00"))
    at = ["2024-06-02T23:59", "2024-06-03T00:00", "2024-06-09T23:59", "2024-06-10T00:00"]
    assert [claim_state(made, moment(each)) for each in at] == ["waiting", "open", "open", "lapsed"]


def test_points_expire_after_the_days_of_the_scheme() -> None:
    assert awarded("example", event("own_cup", "2024-01-01T12:00")).expires_at == moment("2025-01-01T00:00")
    nothing_published = awarded("luzhou-lvya", event("bus", "2024-10-11T08:00"))
    assert nothing_published.expires_at is None
    assert "expiry_days" in nothing_published.unverified


# ----------------------------------------------------------------------------------------------------------- one act, once


def test_the_same_event_again_gets_its_old_answer() -> None:
    one = event("bus", "2024-10-11T08:00")
    first = awarded("luzhou-lvya", one)
    again = award(BOOK, BOOK.scheme("luzhou-lvya"), replace(one, received_at=one.received_at + timedelta(days=3)), [first.granted()])
    assert again == Already(replace(one, received_at=one.received_at + timedelta(days=3)), first.granted())


def test_the_same_id_with_other_content_is_a_conflict() -> None:
    one = event("steps", "2024-10-11T20:00", amounts={"step": 5000})
    other = replace(one, amounts={"step": Decimal(50000)})
    assert refused("luzhou-lvya", other, (awarded("luzhou-lvya", one).granted(),)).code == "event_conflict"


def test_numbers_that_mean_the_same_have_the_same_digest() -> None:
    one = event("old_clothes", "2024-10-11T20:00", amounts={"kg": "1.50"})
    assert replace(one, amounts={"kg": Decimal("1.5")}).digest == one.digest
    assert replace(one, happened_at=one.happened_at.astimezone(UTC)).digest == one.digest
    assert replace(one, amounts={"kg": Decimal("1.51")}).digest != one.digest


def test_two_channels_tell_of_one_ride() -> None:
    bus_card = event("bus", "2024-05-01T08:00", channel="card", amounts={"km": 5})
    app = event("metro", "2024-05-01T08:14", channel="app", amounts={"km": 5})
    told = refused("example", app, (awarded("example", bus_card).granted(),))
    assert (told.code, told.refers_to) == ("same_act", "card:e1")
    assert awarded("example", replace(app, happened_at=moment("2024-05-01T08:15")), (awarded("example", bus_card).granted(),))


def test_one_proof_counts_once_whenever() -> None:
    one = event("bus", "2024-10-11T08:00", proof="ticket-7")
    other = event("bus", "2024-12-11T08:00", id="e2", proof="ticket-7")
    assert refused("luzhou-lvya", other, (awarded("luzhou-lvya", one).granted(),)).code == "same_act"
    assert awarded("luzhou-lvya", replace(other, proof="ticket-8"), (awarded("luzhou-lvya", one).granted(),))


def test_a_reversed_award_leaves_room_but_keeps_its_key() -> None:
    one = event("steps", "2024-10-11T20:00", amounts={"step": 5000})
    reversed_ = replace(awarded("luzhou-lvya", one).granted(), reversed=True)
    assert awarded("luzhou-lvya", replace(one, id="e2"), (reversed_,)).points == 10
    assert isinstance(award(BOOK, BOOK.scheme("luzhou-lvya"), one, [reversed_]), Already)


def test_evidence_excludes_evidence() -> None:
    shot = awarded("beijing-green-season", event("bus", "2024-06-01T08:00", evidence="screenshot")).granted()
    told = refused("beijing-green-season", event("bus", "2024-06-01T18:00", id="e2", evidence="check_in"), (shot,))
    assert told.code == "evidence_excluded"
    assert awarded("beijing-green-season", event("bus", "2024-06-02T08:00", id="e2", evidence="check_in"), (shot,))
    assert awarded("beijing-green-season", event("bus", "2024-06-01T18:00", id="e2", evidence="screenshot"), (shot,))
    assert refused("wuhan-tantan-planet", event("bus", "2024-06-01T18:00")).code == "evidence_not_accepted"
    assert refused("wuhan-tantan-planet", event("bus", "2024-06-01T18:00", evidence="c")).code == "evidence_not_accepted"


# ------------------------------------------------------------------------------------------------------------------ caps


def test_a_cap_trims_and_then_refuses() -> None:
    cups = [event("own_cup", f"2024-05-01T{hour:02}:00", id=f"c{hour}") for hour in (8, 10, 12)]
    first, second, third = award_all(BOOK, BOOK.scheme("example"), cups)
    assert isinstance(first, Award)
    assert isinstance(second, Award)
    assert isinstance(third, Refusal)
    assert (first.points, second.points, third.code) == (5, 5, "cap_reached")


def test_grams_are_counted_as_far_as_points_are() -> None:
    """Parked is 10 points and 3000 g; with 195 of the day's 200 points taken, 5 points and 1500 g are left."""
    had = Granted(key="x:1", digest="", behaviour="old_clothes", happened_at=moment("2024-05-01T07:00"), points=1950)
    made = awarded("example", event("parked", "2024-05-01T20:00"), (had,))
    assert (made.points, made.grams) == (50, 1500)
    assert made.steps[-1].working == "3000 克 × 50/100"


def test_rides_are_capped_by_number() -> None:
    rides = [event("bus", f"2024-05-01T{hour:02}:00", id=f"b{hour}", amounts={"km": 1}) for hour in range(8, 13)]
    codes = [getattr(each, "code", "") for each in award_all(BOOK, BOOK.scheme("example"), rides)]
    assert codes == ["", "", "", "", "cap_reached"]


def test_late_reports_of_one_day_give_the_same_sum_in_any_order() -> None:
    reports = [event("steps", "2023-05-01T20:00", id=f"s{n}", amounts={"step": n}) for n in (3000, 8000, 5200)]
    sums = set()
    for order in itertools.permutations(reports):
        made = award_all(BOOK, BOOK.scheme("example"), order)
        sums.add(sum(each.points or 0 for each in made if isinstance(each, Award)))
    assert sums == {80}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=8), st.randoms())
def test_the_sum_over_steps_never_depends_on_the_order(found: list[tuple[int, int, int]], random: Any) -> None:
    """Highest of a day, capped by day: a property over days, sizes and lateness."""
    reports = [
        event("steps", f"2023-05-0{day + 1}T20:00", id=f"s{n}", later=late, amounts={"step": steps})
        for n, (steps, day, late) in enumerate(found)
    ]
    best = {each.happened_at: 0 for each in reports}
    for each in reports:
        best[each.happened_at] = max(best[each.happened_at], int(each.amounts["step"]) // 1000 * 10)
    random.shuffle(reports)
    made = award_all(BOOK, BOOK.scheme("example"), reports)
    assert sum(each.points or 0 for each in made if isinstance(each, Award)) == sum(best.values())


# ------------------------------------------------------------------------------------------------------------------ exactness


def test_points_are_rounded_once_and_say_so() -> None:
    made = awarded("wuhan-tantan-planet", event("steps", "2023-06-01T20:00", amounts={"step": 7299}))
    assert made.points == 145  # 145.98, down.
    assert "rounding" in made.unverified
    assert "rounding" not in awarded("wuhan-tantan-planet", event("steps", "2023-06-01T20:00", amounts={"step": 7250})).unverified
    assert refused("wuhan-tantan-planet", event("steps", "2023-06-01T20:00", amounts={"step": 49})).code == "nothing_earned"


def test_tenths_add_up_exactly() -> None:
    made = awarded("luzhou-lvya", event("old_clothes", "2024-10-11T08:00", amounts={"kg": "0.1"}))
    assert (made.points, made.grams) == (3, 128)


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (event("steps", "2024-10-11T08:00"), "amount_missing"),
        (event("steps", "2024-10-11T08:00", amounts={"step": "NaN"}), "event_invalid"),
        (event("steps", "2024-10-11T08:00", amounts={"step": -1}), "event_invalid"),
        (event("steps", "2024-10-11T08:00", id=""), "event_invalid"),
        (event("flying", "2024-10-11T08:00"), "no_behaviour"),
        (event("bus", "2024-10-11T08:00", evidence="photo"), "evidence_not_accepted"),
    ],
)
def test_bad_events_are_refused_with_their_reason(one: Event, code: str) -> None:
    assert refused("luzhou-lvya", one).code == code


def test_a_time_without_zone_is_refused() -> None:
    one = event("bus", "2024-10-11T08:00")
    assert refused("luzhou-lvya", replace(one, happened_at=datetime(2024, 10, 11, 8))).code == "event_invalid"


def test_unverified_rules_and_examples_say_so() -> None:
    assert "fuzhou-lvbao.steps-2021" in awarded("fuzhou-lvbao", event("steps", "2021-05-01T20:00", amounts={"step": 2000})).unverified
    assert awarded("fuzhou-lvbao", event("bus", "2018-05-01T20:00")).unverified == ("expiry_days",)
    assert awarded("example", event("own_cup", "2024-05-01T20:00")).example


def test_reach_covers_the_month_of_the_caps() -> None:
    assert reach(BOOK.scheme("example"), event("own_cup", "2024-05-31T23:30")) == (moment("2024-05-01T00:00"), moment("2024-06-01T03:30"))
    assert reach(BOOK.scheme("luzhou-lvya"), event("bus", "2024-10-11T08:00")) == (moment("2024-10-11T00:00"), moment("2024-10-12T00:00"))


def test_what_lies_outside_the_reach_changes_nothing() -> None:
    one = event("own_cup", "2024-05-15T12:00")
    first, last = reach(BOOK.scheme("example"), one)
    outside = [
        Granted(key=f"x:{n}", digest="", behaviour=behaviour, happened_at=at, points=5000)
        for n, (behaviour, at) in enumerate(itertools.product(("own_cup", "bus", "steps"), (first - timedelta(seconds=1), last)))
    ]
    assert awarded("example", one, tuple(outside)) == awarded("example", one)
