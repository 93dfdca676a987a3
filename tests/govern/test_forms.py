"""Fill once: no entry, no form; a value is given once; what forms may not do is data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from govern.made import GOVERNANCE, figure
from yangban.base.errors import NotAllowed, UsageError
from yangban.govern.forms import CONFIRM, SECONDS, Field, Form, Given, burden, cross, due, give, prefill, register, shared

RED = GOVERNANCE.red_lines["apps-2026"]
NOW = datetime(2026, 4, 3, 2, tzinfo=UTC)


def field(key: str, **changes: Any) -> Field:
    return Field(**{"key": key, "name": f"{key}项", "kind": "number", "source": "typed", "unit": "个", **changes})


def form(number: str = "赣环表1", *fields: Field, **changes: Any) -> Form:
    made: dict[str, Any] = {
        "number": number, "title": "月度调度表", "basis": "测试文〔2026〕3号", "owner": "水处", "rhythm": "month",
        "starts": date(2026, 1, 1),
        "ends": date(2026, 12, 31), "level": "county", "fields": fields or (field("outfalls"),),
    }  # fmt: skip
    return Form(**{**made, **changes})


def give_value(of: Form, key: str, value: str, *, period: str = "2026-03", held: tuple[Given, ...] = (), **more: Any) -> Given:
    return give(of, key, value, unit="崇义县", level="county", period=period, by="李", at=NOW, held=held, **more)


# --------------------------------------------------------------------------------------------------------------- register


@pytest.mark.parametrize(
    "changes",
    [{"number": ""}, {"basis": " "}, {"owner": ""}, {"ends": date(2025, 1, 1)}, {"rhythm": "weekly"}, {"fields": ()}],
    ids=["number", "basis", "owner", "end", "rhythm", "fields"],
)
def test_no_entry_without_number_basis_owner_end_and_fields(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed) as refusal:
        register((), form(**changes), red_lines=RED)
    assert refusal.value.rule == "facts"


@pytest.mark.parametrize(
    "wrong",
    [field("a", kind="score"), field("a", source="guessed"), field("a", source="figure"), field("a", unit="")],
    ids=["kind", "source", "figure of what", "unit"],
)
def test_every_field_names_kind_source_and_unit(wrong: Field) -> None:
    with pytest.raises(NotAllowed):
        register((), form("表", wrong), red_lines=RED)


def test_a_number_is_used_once() -> None:
    held = register((), form(), red_lines=RED)
    for attempt, taken in ((form(), ()), (form("旧号"), ("旧号",))):
        with pytest.raises(NotAllowed) as refusal:
            register(held, attempt, red_lines=RED, taken=taken)
        assert refusal.value.rule == "number_unused"


def test_a_form_that_has_run_out_or_is_not_ones_own_is_not_due() -> None:
    forms = (form(), form("只问两县", units=("资溪县",)), form("问市", level="city"))
    asked = {
        day: [each.number for each in due(forms, unit="崇义县", level="county", on=day)] for day in (date(2026, 5, 1), date(2027, 1, 1))
    }
    assert asked == {date(2026, 5, 1): ["赣环表1"], date(2027, 1, 1): []}
    with pytest.raises(NotAllowed) as refusal:
        give_value(form(), "outfalls", "3", period="2027-01")
    assert refusal.value.rule == "register"


# -------------------------------------------------------------------------------------------------------------- give once


def test_a_value_given_once_serves_every_form_of_its_period() -> None:
    first = form("表一", field("outfalls", asks="reported.outfalls"))
    second = form("表二", field("number_of_outfalls", asks="reported.outfalls", source="reported"), field("new"))
    given = give_value(first, "outfalls", "12")
    known, blank = prefill(second, unit="崇义县", subject="360725", period="2026-03", given=[given])
    assert (known.value, known.source, known.to_type) == ("12", "reported", False)
    assert "表一" in known.place
    assert (blank.value, blank.to_type) == ("", True)
    with pytest.raises(NotAllowed, match=r"已经填过：12（表一《outfalls项》2026-03") as refusal:
        give_value(second, "number_of_outfalls", "13", held=(given,))
    assert refusal.value.rule == "asked_twice"


@pytest.mark.parametrize("other", [{"period": "2026-04"}, {"scope": "城区"}, {"unit": "资溪县"}])
def test_another_period_scope_or_unit_is_another_question(other: dict[str, str]) -> None:
    first = form("表一", field("outfalls"), field("town", asks="outfalls", scope="城区"))
    given = give_value(first, "outfalls", "12")
    key = "town" if "scope" in other else "outfalls"
    again = give(
        first, key, "5", unit=other.get("unit", "崇义县"), level="county", period=other.get("period", "2026-03"), by="李", at=NOW,
        held=(given,),
    )  # fmt: skip
    assert again.revision == 1


def test_a_correction_says_why_and_keeps_the_first() -> None:
    given = give_value(form(), "outfalls", "12")
    with pytest.raises(NotAllowed):
        give_value(form(), "outfalls", "13", held=(given,), correct=True)
    second = give_value(form(), "outfalls", "13", held=(given,), correct=True, reason="漏数一个")
    assert (second.revision, given.value) == (2, "12")
    (box,) = prefill(form(), unit="崇义县", subject="360725", period="2026-03", given=[second, given])
    assert box.value == "13"


@pytest.mark.parametrize("value", ["约12", "", "NaN", "十二", "1,200"])
def test_a_number_is_a_number(value: str) -> None:
    with pytest.raises(NotAllowed):
        give_value(form(), "outfalls", value)
    with pytest.raises(UsageError, match="outfalls"):
        give_value(form(), "nothing", "1")


# ---------------------------------------------------------------------------------------------------------------- prefill


def test_a_figure_fills_its_field_and_one_that_may_not_be_used_does_not() -> None:
    of = form("表", field("pm25", source="figure", asks="air.pm25.mean", unit="µg/m³"))

    def filled(**changes: Any) -> str:
        held = figure("24", subject="360725", period="2026-03", **changes)
        return prefill(of, unit="崇义县", subject="360725", period="2026-03", figures=[held])[0].value

    assert filled() == "24"
    assert filled(status="insufficient") == ""
    assert filled(unit="mg/m³") == ""


def test_the_earlier_answer_is_offered_only_where_the_field_says_so_and_stands_beside_the_others() -> None:
    of = form("表", field("staff", source="earlier"), field("outfalls"))
    held = [give_value(of, key, value, period="2026-02") for key, value in (("staff", "5"), ("outfalls", "9"))]
    staff, outfalls = prefill(of, unit="崇义县", subject="360725", period="2026-03", given=held)
    assert (staff.value, staff.source) == ("5", "earlier")
    assert (outfalls.value, outfalls.beside) == ("", "9")


def test_the_burden_counts_a_question_once() -> None:
    one = form("表一", field("outfalls"), field("why", kind="text", unit=""))
    two = form("表二", field("outfalls_again", asks="outfalls"), field("pm25", source="figure", asks="air.pm25.mean", unit="µg/m³"))
    held = figure("24", subject="360725", period="2026-03")
    boxes = {each.number: prefill(each, unit="崇义县", subject="360725", period="2026-03", figures=[held]) for each in (one, two)}
    made = burden(boxes, unit="崇义县", period="2026-03")
    seconds = SECONDS["number"] + SECONDS["text"] + 2 * CONFIRM
    assert (made.forms, made.fields, made.typed, made.minutes) == (2, 4, 2, Fraction(seconds, 60))
    assert made.to_dict()["minutes"] == "1.4"


# ---------------------------------------------------------------------------------------------------------------- red lines

GOOD_PHOTO = field("photo", kind="photo", unit="", purpose="核对复绿范围", required=False)

CROSSING = {
    "forced_check_in": form("表", flags=frozenset({"check_in"})),
    "ranking_of_persons": form("表", flags=frozenset({"ranks"})),
    "online_time": form("表", flags=frozenset({"counts_time"})),
    "compulsory_photo": form("表", replace(GOOD_PHOTO, required=True)),
    "compulsory_track": form("表", field("track", kind="track", unit="", purpose="巡河", required=True)),
    "complaint_missing": form("表", flags=frozenset({"no_complaint"})),
}


@pytest.mark.parametrize("line", CROSSING)
def test_a_form_that_crosses_a_red_line_is_not_registered(line: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        register((), CROSSING[line], red_lines=RED)
    assert refusal.value.rule == "red_line"
    assert next(each.name for each in RED.lines if each.key == line) in str(refusal.value)
    assert "国办函〔2026〕12号" in str(refusal.value)


def test_every_red_line_has_a_form_that_crosses_it() -> None:
    assert {each.key for each in RED.lines} == {*CROSSING, "asked_twice"}


def test_a_photo_with_a_purpose_that_may_be_skipped_crosses_nothing() -> None:
    of = form("表", GOOD_PHOTO)
    assert cross(RED, [of]) == []
    assert cross(RED, [form("表", replace(GOOD_PHOTO, purpose=""))]) != []
    with pytest.raises(NotAllowed, match="跳过请写理由"):
        give_value(of, "photo", "")
    assert give_value(of, "photo", "", reason="保密区域").reason == "保密区域"


def test_the_same_question_to_the_same_people_is_not_registered_twice() -> None:
    held = register((), form(), red_lines=RED)
    second = form("表二", field("again", asks="outfalls"), owner="生态处")
    with pytest.raises(NotAllowed, match="赣环表1《outfalls项》已在要") as refusal:
        register(held, second, red_lines=RED)
    assert refusal.value.rule == "red_line"
    for other in ({"rhythm": "year"}, {"level": "city"}, {"starts": date(2027, 1, 1), "ends": date(2027, 12, 31)}):
        assert len(register(held, replace(second, **other), red_lines=RED)) == 2
    assert register(held, shared(second, held), red_lines=RED)[1].fields[0].source == "reported"
