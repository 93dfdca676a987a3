"""Applications: who may do what from which state, whatever the order, and the conditions beyond role and record.

The table is written from the notes on the procedure (4.5) and from what the work asks for, not from the program; what is not in it must be
refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yangban.base.errors import NotAllowed, Stale
from yangban.govern.applications import (
    EFFECTS,
    GUARDS,
    Application,
    Around,
    Expert,
    Outcome,
    Score,
    application_of,
    conflicts,
    hidden,
    may,
    open_moves,
    spread,
    transition,
    visible_scores,
)
from yangban.govern.machine import Command
from yangban.govern.records import FIRST, Actor, Evidence, Record, verify
from yangban.govern.rows import to_row
from yangban.govern.self_check import SelfCheck
from yangban.standards import programmes
from yangban.standards.programmes import Edition, freeze, thaw

LINES = {"county": (("county", "360725"), ("city", "360700"), ("province", "360000")), "city": (("city", "360700"), ("province", "360000"))}
UNIT = "申报县政府"
START = datetime(2024, 1, 8, 1, 0, tzinfo=UTC)
PLACES = {"county": "360725", "city": "360700", "province": "360000"}
EDITION = thaw(freeze("demonstration-area-2019"))

# event: state → (roles and levels that may). "applicant" is the unit itself; offices are of the place, its city or its province.
APPLICANT, COUNTY, CITY, PROVINCE = ("applicant", "unit"), ("office", "county"), ("office", "city"), ("office", "province")
EXPERT, WATCH = ("expert", "any"), ("supervision", "any")
TABLE: dict[str, dict[str, set[tuple[str, str]]]] = {
    "": {"open": {APPLICANT}},
    "draft": {"self_check": {APPLICANT}, "give_up": {APPLICANT}},
    "checked": {"self_check": {APPLICANT}, "submit": {APPLICANT}, "give_up": {APPLICANT}},
    "returned": {"self_check": {APPLICANT}, "give_up": {APPLICANT}},
    "county_review": {"pass": {COUNTY}, "return": {COUNTY}, "reject": {COUNTY}, "give_up": {APPLICANT}},
    "city_review": {"pass": {CITY}, "return": {CITY}, "reject": {CITY}, "give_up": {APPLICANT}},
    "province_review": {
        "appoint": {PROVINCE}, "recuse": {EXPERT}, "score": {EXPERT}, "to_field": {PROVINCE}, "return": {PROVINCE}, "reject": {PROVINCE},
        "give_up": {APPLICANT},
    },
    "field_check": {"field_record": {PROVINCE}, "reject": {PROVINCE}},
    "inspected": {"notice": {PROVINCE}, "reject": {PROVINCE}},
    "public_notice": {"objection": {PROVINCE}, "answer": {PROVINCE}, "uphold": {PROVINCE}, "recommend": {PROVINCE}, "name": {PROVINCE}},
    "recommended": {"name": {PROVINCE}, "reject": {PROVINCE}},
    "named": {"evaluate": {APPLICANT}, "recheck": {PROVINCE}, "warn": {PROVINCE, WATCH}, "withdraw": {PROVINCE}},
    "recheck": {"recheck_pass": {PROVINCE}, "warn": {PROVINCE, WATCH}, "withdraw": {PROVINCE}},
    "warned": {"evaluate": {APPLICANT}, "lift": {PROVINCE}, "withdraw": {PROVINCE}},
    "rejected": {}, "cancelled": {}, "withdrawn": {},
}  # fmt: skip


def application(state: str = "", *, level: str = "county", **more: Any) -> Application:
    return Application(
        id="a", number="试-1", programme="demonstration-area-2019", edition=EDITION.digest, title="虚构", applicant=UNIT, line=LINES[level],
        state=state, **more,
    )  # fmt: skip


def actor(role: str, level: str = "province", *, unit: str = "", place: str = "", person: str = "") -> Actor:
    named = unit or (UNIT if role == "applicant" else f"{level}{role}")
    return Actor(person=person or f"{role}-{level}", unit=named, role=role, level=level, place=place or PLACES[level])


def actors(level: str) -> Iterator[tuple[Actor, tuple[str, str]]]:
    """Everyone who could try, and what they are in the words of the table; ``None`` words stand for nobody who may."""
    yield actor("applicant", level), APPLICANT
    yield actor("applicant", level, unit="别的县政府"), ("", "")
    for role in ("office", "supervision"):
        for each in PLACES:
            own = (each, PLACES[each]) in LINES[level]
            word = (role, each if role == "office" else "any") if own else ("", "")
            yield actor(role, each), word
            yield actor(role, each, place={"county": "360102", "city": "360100", "province": "430000"}[each]), ("", "")
    yield actor("expert"), EXPERT


STANDS = [(level, state) for level in LINES for state in TABLE if (level, state) != ("city", "county_review")]
"""A city's application is never with a county."""


@pytest.mark.parametrize(("level", "state"), STANDS)
def test_who_may_do_what_from_which_state(level: str, state: str) -> None:
    """Every event of the way × every kind of actor, from every state: the table says who may, and nobody else may."""
    events = {each.event for each in EDITION.workflow.moves}
    held = application(state, level=level, experts=("expert-province",))
    for who, word in actors(level):
        allowed = set()
        for move in EDITION.workflow.moves_from(state, route=held.route):
            if may(held, who, move):
                allowed.add(move.event)
        assert allowed == {event for event, roles in TABLE[state].items() if word in roles}, (state, who)
        assert {each.event for each in open_moves(held, who, EDITION.workflow)} == allowed
        for event in events - allowed:
            with pytest.raises(NotAllowed) as refusal:
                do(held, event, who)
            assert refusal.value.rule in {"state", "who"}


def do(held: Application, event: str, who: Actor, *, edition: Edition = EDITION, days: float = 0, **facts: Any) -> Outcome:
    around = {key: facts.pop(key) for key in ("current", "taken", "experts_known", "check") if key in facts}
    if "experts_known" in around:
        around["experts"] = around.pop("experts_known")
    at = (held.touched or START) + timedelta(hours=1, days=days)
    return transition(held, Command(event=event, actor=who, at=at, seen=held.revision, facts=facts), Around(edition=edition, **around))


def made_check(**more: Any) -> SelfCheck:
    said = {
        "programme": "demonstration-area-2019", "edition": EDITION.digest, "system": "demonstration-2019", "subject": "360725",
        "level": "county",
        "period": "2023", "verdict": "met", "reasons": (), "lines": (), "synthetic": False, "digest": "c" * 64,
    }  # fmt: skip
    return SelfCheck(**{**said, **more})


PROOF = (Evidence(name="材料.pdf", digest="d" * 64),)
EXPERTS = {name: Expert(name, (f"{name}院",), ("360000",)) for name in ("甲", "乙", "丙")}
OFFICE = {level: actor("office", level) for level in PLACES}
HEAD = actor("applicant", "county", person="县长")


class Way:
    """An application that is led along its way, with its log."""

    def __init__(self) -> None:
        self.held, self.records, self.taken = application(), list[Record](), set[str]()

    def step(self, event: str, who: Actor, *, days: float = 0, **facts: Any) -> Application:
        done = do(self.held, event, who, days=days, taken=frozenset(self.taken), **facts)
        assert self.held.number == done.application.number
        self.held, self.taken = done.application, self.taken | set(done.taken)
        self.records.append(done.record)
        return self.held

    def checked(self, **more: Any) -> Application:
        check = made_check(**more)
        return self.step("self_check", HEAD, period="2023", self_check=check.digest, outcome=check.words, check=check)

    def to(self, state: str) -> Application:
        steps: tuple[tuple[str, Any], ...] = (
            ("draft", lambda: self.step("open", HEAD, number="试-1", title="虚构")),
            ("checked", self.checked),
            ("county_review", lambda: self.step("submit", HEAD, dossier=PROOF)),
            ("city_review", lambda: self.step("pass", OFFICE["county"], opinion="好")),
            ("province_review", lambda: self.step("pass", OFFICE["city"], opinion="好")),
            ("field_check", self.reviewed),
            ("inspected", self.inspected),
            ("public_notice", lambda: self.step("notice", OFFICE["province"], notice_until=self.day(10), basis="文1")),
            ("recommended", lambda: self.step("recommend", OFFICE["province"], basis="文2", days=12)),
            ("named", lambda: self.step("name", OFFICE["province"], basis="文3", plate="牌1", day=self.day(0))),
        )
        for reached, go in steps:
            go()
            if reached == state:
                return self.held
        raise AssertionError(state)

    def day(self, days: int) -> date:
        return ((self.held.touched or START) + timedelta(days=days)).date()

    def reviewed(self) -> Application:
        self.step("appoint", OFFICE["province"], experts=("甲", "乙"), experts_known=EXPERTS)
        for name, score in (("甲", "80"), ("乙", "90.5")):
            self.step("score", actor("expert", person=name, unit=f"{name}院"), score=Decimal(score), opinion="意见", advice="yes")
        return self.step("to_field", OFFICE["province"], opinion="过")

    def inspected(self) -> Application:
        facts: dict[str, Any] = {"day": self.day(0), "inspectors": ("核查员",), "record": "属实", "evidence": PROOF}
        return self.step("field_record", OFFICE["province"], **facts)


def refused(rule: str, way: Way, event: str, who: Actor, **facts: Any) -> None:
    before = way.held
    with pytest.raises(NotAllowed) as refusal:
        way.step(event, who, **facts)
    assert refusal.value.rule == rule, str(refusal.value)
    assert way.held is before


def test_the_words_of_guards_and_effects_are_those_of_the_book() -> None:
    assert tuple(GUARDS) == programmes.GUARDS
    assert set(EFFECTS) == set(programmes.EFFECTS)


def test_the_whole_way_leaves_a_log_in_which_every_record_names_the_edition() -> None:
    way = Way()
    way.to("named")
    assert verify(way.records) == len(way.records) == way.held.revision
    assert {each.facts["edition"] for each in way.records} == {EDITION.short}
    assert [each.to for each in way.records][-1] == "named"
    assert application_of(to_row(way.held)) == way.held
    import json

    assert application_of(json.loads(json.dumps(to_row(way.held)))) == way.held


def test_of_two_at_once_one_is_told() -> None:
    way = Way()
    way.to("county_review")
    late = Command(event="pass", actor=OFFICE["county"], at=START + timedelta(days=9), seen=1, facts={"opinion": "好"})
    with pytest.raises(Stale):
        transition(way.held, late, Around(edition=EDITION))


def test_another_edition_never_touches_a_running_application() -> None:
    way = Way()
    way.to("draft")
    other = thaw(freeze("demonstration-area-2024"))
    refused("edition", way, "give_up", HEAD, reason="换版", edition=other)
    wrong = made_check(edition=other.digest)
    refused("check_of_this_edition", way, "self_check", HEAD, period="2023", self_check=wrong.digest, outcome="好", check=wrong)


def test_numbers_and_plates_are_given_once() -> None:
    way = Way()
    way.taken = {"试-1"}
    refused("number_unused", way, "open", HEAD, number="试-1", title="虚构")
    way.taken = {"牌1"}
    way.to("recommended")
    refused("plate_unused", way, "name", OFFICE["province"], basis="文", plate="牌1", day=way.day(0))
    refused("plate_unused", way, "name", OFFICE["province"], basis="文", plate="牌2", day=way.day(3))


def test_an_edition_that_is_not_in_force_asks_for_a_reason() -> None:
    way = Way()
    refused("edition_in_force", way, "open", HEAD, number="试-1", title="虚构", current=False)
    way.step("open", HEAD, number="试-1", title="虚构", transition="过渡", current=False)
    assert way.held.transition == "过渡"


def test_what_is_not_met_is_explained_before_it_is_handed_in() -> None:
    way = Way()
    way.to("draft")
    way.checked()
    way.held = replace(way.held, unmet=("pm25", "sewage"))
    refused("unmet_explained", way, "submit", HEAD, dossier=PROOF)
    refused("unmet_explained", way, "submit", HEAD, dossier=PROOF, explanations=("pm25：沙尘",))
    way.step("submit", HEAD, dossier=PROOF, explanations=("pm25：沙尘", "sewage: 在建"))
    assert way.held.state == "county_review"


@pytest.mark.parametrize(
    ("expert", "why"),
    [
        (Expert("甲", (UNIT,), ("430000",)), "是申报单位的人"),
        (Expert("甲", ("院",), ("360725",)), "在申报地任职"),
        (Expert("甲", ("院",), ("360700",)), "在申报地的上级市或下辖地任职"),
        (Expert("甲", ("院",), ("360000",), frozenset({"360725"})), "本人申明有利害关系"),
        (Expert("甲", ("院",), ("360000",), frozenset({UNIT})), "本人申明有利害关系"),
        (Expert("县长", ("院",), ("360000",)), "参与过本申报的准备"),
        (Expert("甲", ("院",), ("360000",)), ""),
        (Expert("甲", ("院",), ("360100", "360102")), ""),
        (Expert("甲", ("院",), ("360733",)), ""),
    ],
)
def test_conflicts_of_interest(expert: Expert, why: str) -> None:
    """At the place, its city or beneath it; not at the province, another city or another county."""
    held = application("province_review", hands=frozenset({"县长"}))
    found = conflicts(held, expert, EDITION.programme.review.exclude)
    assert found == ((why,) if why else ())
    assert conflicts(held, expert, ()) == ()


def test_a_county_of_an_applying_city_is_beneath_it() -> None:
    held = application("province_review", level="city")
    assert conflicts(held, Expert("甲", ("院",), ("360733",)), ("under_place",)) != ()
    assert conflicts(held, Expert("甲", ("院",), ("360100",)), ("under_place",)) == ()


def test_experts_score_apart_and_the_spread_is_shown_when_all_are_in() -> None:
    way = Way()
    way.to("province_review")
    refused("scores_whole", way, "to_field", OFFICE["province"], opinion="过")
    refused("experts_unconflicted", way, "appoint", OFFICE["province"], experts=("甲", "丁"), experts_known=EXPERTS)
    refused("experts_unconflicted", way, "appoint", OFFICE["province"], experts=("甲", "甲"), experts_known=EXPERTS)
    way.step("appoint", OFFICE["province"], experts=("甲", "乙", "丙"), experts_known=EXPERTS)
    one, two, three = (actor("expert", person=name, unit=f"{name}院") for name in ("甲", "乙", "丙"))
    refused("expert_appointed", way, "score", actor("expert", person="丁"), score=Decimal(1), opinion="意见", advice="no")
    refused("facts", way, "score", one, score=Decimal("100.1"), opinion="意见", advice="yes")
    way.step("score", one, score=Decimal("80"), opinion="甲的意见", advice="yes")
    refused("scored_once", way, "score", one, score=Decimal("90"), opinion="改", advice="yes")
    assert spread(way.held) is None
    assert visible_scores(way.held, "甲")[0].score == 80
    assert visible_scores(way.held, "office-province") == visible_scores(way.held, "乙") == ()
    assert hidden(way.held, way.records[-1], "乙")
    assert not hidden(way.held, way.records[-1], "甲")
    way.step("score", two, score=Decimal("90.5"), opinion="乙的意见", advice="no")
    refused("scores_whole", way, "to_field", OFFICE["province"], opinion="过")
    way.step("recuse", three, reason="有合作")
    found = spread(way.held)
    assert found is not None
    # By hand: (80 + 90.5) / 2 = 85.25; apart by 10.5; one of two in favour.
    assert (found.n, found.mean, found.median, found.range, found.for_it) == (2, Fraction(341, 4), Fraction(341, 4), Decimal("10.5"), 1)
    assert not hidden(way.held, way.records[-3], "乙")
    refused("experts_unconflicted", way, "appoint", OFFICE["province"], experts=("丙",), experts_known=EXPERTS)
    way.step("to_field", OFFICE["province"], opinion="过")


def test_the_median_of_three_and_of_four() -> None:
    def scored(*numbers: str) -> Application:
        scores = tuple(Score(str(n), Decimal(each), "", "yes", START) for n, each in enumerate(numbers))
        return application("province_review", experts=tuple(each.expert for each in scores), scores=scores)

    three, four = spread(scored("70", "95", "80")), spread(scored("70", "95", "80", "81"))
    assert three is not None
    assert four is not None
    assert (three.median, four.median) == (80, Fraction(161, 2))


def test_a_return_from_the_province_begins_a_new_round() -> None:
    way = Way()
    way.to("province_review")
    way.step("appoint", OFFICE["province"], experts=("甲",), experts_known=EXPERTS)
    way.step("score", actor("expert", person="甲"), score=Decimal(60), opinion="一般", advice="no")
    way.step("return", OFFICE["province"], reason="补材料")
    assert (way.held.round, way.held.experts, way.held.scores, way.held.check) == (2, (), (), "")
    assert not hidden(way.held, way.records[-2], "别人")
    way.checked()
    assert way.held.state == "checked"


def test_nothing_is_named_before_notice_objection_and_recommendation() -> None:
    way = Way()
    way.to("inspected")
    refused("notice_long_enough", way, "notice", OFFICE["province"], notice_until=way.day(0), basis="文")
    way.step("notice", OFFICE["province"], notice_until=way.day(10), basis="文")
    refused("notice_over", way, "recommend", OFFICE["province"], basis="文", days=9)
    way.step("objection", OFFICE["province"], objection="有异议")
    refused("objections_answered", way, "recommend", OFFICE["province"], basis="文", days=11)
    way.step("answer", OFFICE["province"], answer="已答")
    refused("objection_open", way, "answer", OFFICE["province"], answer="再答")
    refused("recommended_where_needed", way, "name", OFFICE["province"], basis="文", plate="牌", day=way.day(11), days=11)
    way.step("recommend", OFFICE["province"], basis="文", days=11)


def test_an_objection_that_holds_sends_it_back() -> None:
    way = Way()
    way.to("public_notice")
    way.step("objection", OFFICE["province"], objection="造假")
    way.step("uphold", OFFICE["province"], objection="造假", reason="核实")
    assert (way.held.state, way.held.notice_until, way.held.objections) == ("returned", None, 0)


def test_a_published_slot_binds_once_it_is_filled() -> None:
    """A user who knows the numbers fills them; then they hold: five experts, ten days, six months."""
    texts = freeze("demonstration-area-2019")
    old = 'self_evaluation = "yearly"'
    filled = texts["programme"]["text"].replace(
        old, f"{old}\nexperts_least = 3\nnotice_days = 10\nrectify_months = 6\nrecheck_years = 3", 1
    )
    assert filled != texts["programme"]["text"]
    edition = thaw({**texts, "programme": {**texts["programme"], "text": filled}})
    way = Way()
    way.to("province_review")
    way.held = replace(way.held, edition=edition.digest)
    way.step("appoint", OFFICE["province"], experts=("甲", "乙"), experts_known=EXPERTS, edition=edition)
    for name in ("甲", "乙"):
        way.step("score", actor("expert", person=name), score=Decimal(80), opinion="意见", advice="yes", edition=edition)
    refused("scores_whole", way, "to_field", OFFICE["province"], opinion="过", edition=edition)
    way.step("appoint", OFFICE["province"], experts=("丙",), experts_known=EXPERTS, edition=edition)
    way.step("score", actor("expert", person="丙"), score=Decimal(80), opinion="意见", advice="yes", edition=edition)
    way.step("to_field", OFFICE["province"], opinion="过", edition=edition)
    facts: dict[str, Any] = {"day": way.day(0), "inspectors": ("员",), "record": "属实", "evidence": PROOF}
    way.step("field_record", OFFICE["province"], edition=edition, **facts)
    refused("notice_long_enough", way, "notice", OFFICE["province"], notice_until=way.day(9), basis="文", edition=edition)
    way.step("notice", OFFICE["province"], notice_until=way.day(10), basis="文", edition=edition)
    way.step("recommend", OFFICE["province"], basis="文", days=12, edition=edition)
    named = way.day(0)
    way.step("name", OFFICE["province"], basis="文", plate="牌", day=named, edition=edition)
    assert way.held.naming is not None
    assert way.held.naming.recheck_due == named.replace(year=named.year + 3)
    late = named + timedelta(days=190)
    refused(
        "rectify_in_time",
        way,
        "warn",
        OFFICE["province"],
        grounds=("worse",),
        reason="差",
        rectify_until=late,
        evidence=PROOF,
        edition=edition,
    )


def test_warning_and_withdrawal_stand_on_grounds() -> None:
    way = Way()
    way.to("named")
    warn: dict[str, Any] = {"reason": "差", "rectify_until": way.day(60), "evidence": PROOF}
    refused("grounds_known", way, "warn", OFFICE["province"], grounds=("rumour",), **warn)
    refused("grounds_known", way, "warn", OFFICE["province"], grounds=("falsified",), **warn)
    refused("rectify_in_time", way, "warn", OFFICE["province"], grounds=("worse",), **{**warn, "rectify_until": way.day(0)})
    refused("withdrawal_founded", way, "withdraw", OFFICE["province"], grounds=("not_rectified",), reason="差", basis="文")
    way.step("warn", OFFICE["province"], grounds=("worse",), **warn)
    refused("withdrawal_founded", way, "withdraw", OFFICE["province"], grounds=("not_rectified",), reason="差", basis="文", days=30)
    lifted = replace(way.held)
    way.step("withdraw", OFFICE["province"], grounds=("not_rectified",), reason="差", basis="文", days=61)
    assert (way.held.state, way.held.ended_because) == ("withdrawn", "差")
    way.held, way.records = lifted, way.records[:-1]
    way.step("lift", OFFICE["province"], opinion="好了", evidence=PROOF)
    assert (way.held.state, way.held.warned_until, way.held.grounds) == ("named", None, ())


def test_falsified_data_take_the_title_at_once() -> None:
    way = Way()
    way.to("named")
    way.step("withdraw", OFFICE["province"], grounds=("falsified",), reason="数据造假", basis="文")
    assert way.held.state == "withdrawn"


def test_a_year_is_evaluated_once_and_not_before_it_begins() -> None:
    way = Way()
    way.to("named")
    check = made_check(period="2024", digest="e" * 64)
    facts: dict[str, Any] = {"self_check": check.digest, "outcome": "好", "evidence": PROOF, "check": check}
    way.step("evaluate", HEAD, year="2024", **facts)
    refused("evaluated_once", way, "evaluate", HEAD, year="2024", **facts)
    for year in ("2023", "2025", "2024-06"):
        wrong = made_check(period=year, digest="f" * 64)
        refused("evaluated_once", way, "evaluate", HEAD, year=year, **{**facts, "self_check": wrong.digest, "check": wrong})
    refused("check_of_this_edition", way, "evaluate", HEAD, year="2023", **facts)


def test_nobody_of_the_applicant_judges() -> None:
    """Not the unit in another role, not a person who worked on it and now sits in the office."""
    way = Way()
    way.to("county_review")
    refused("not_applicant", way, "pass", actor("office", "county", unit=UNIT), opinion="好")
    refused("not_applicant", way, "pass", actor("office", "county", person="县长"), opinion="好")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted({each.event for each in EDITION.workflow.moves})), st.integers(0, 20)), max_size=40))
def test_whatever_the_order_the_log_grows_and_the_edition_stays(steps: list[tuple[str, int]]) -> None:
    """Random events with what they need: refused or done, the invariants hold."""
    way = Way()
    for event, days in steps:
        who = next((each for each, _ in actors("county") for move in _moves(way.held, event) if may(way.held, each, move)), None)
        if who is None:
            continue
        check = made_check()
        facts: dict[str, Any] = {
            "number": "试-1", "title": "虚构", "period": "2023", "self_check": check.digest, "outcome": "好", "dossier": PROOF,
            "opinion": "意见", "reason": "理由", "experts": ("甲",), "score": Decimal(80), "advice": "yes", "day": way.day(0),
            "inspectors": ("员",), "record": "属实", "evidence": PROOF, "notice_until": way.day(5), "objection": "异议", "answer": "答",
            "basis": "文", "plate": "牌", "year": "2023", "grounds": ("worse",), "rectify_until": way.day(30),
        }  # fmt: skip
        needed = {key for move in _moves(way.held, event) for key in move.needs}
        before = way.held
        try:
            way.step(event, who, days=days, check=check, experts_known=EXPERTS, **{key: facts[key] for key in needed})
        except NotAllowed:
            assert way.held is before
    assert way.held.edition == EDITION.digest
    assert verify(way.records) == len(way.records)
    if way.held.naming is not None:
        seen = {each.to for each in way.records}
        assert {"county_review", "city_review", "province_review", "inspected", "public_notice", "recommended"} <= seen
        assert way.records[0].digest != FIRST


def _moves(held: Application, event: str) -> list[Any]:
    return [each for each in EDITION.workflow.moves_from(held.state, route=held.route) if each.event == event]
