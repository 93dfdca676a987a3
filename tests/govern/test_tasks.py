"""What a step records, refuses and leaves alone; splits, amendments, closing with proof, the chained log."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from govern.made import (
    ACCEPTS,
    DEADLINE,
    FULL,
    LEAD,
    RESPONSIBLE,
    SHORT,
    START,
    SUPERVISES,
    TICKS,
    around,
    do,
    draft,
    evidence,
    facts_of,
    figure,
    office,
    part,
    reach,
    target,
    unit,
    usual,
)  # fmt: skip
from yangban.base.errors import Inconsistent, NotAllowed, Stale
from yangban.govern.acceptance import recovery, seen_before
from yangban.govern.guards import GUARDS
from yangban.govern.machine import Command
from yangban.govern.model import Around, Changes, Split, Task
from yangban.govern.records import Actor, Record, verify
from yangban.govern.reports import Report
from yangban.govern.rows import report_of, task_of, to_row
from yangban.govern.tasks import transition
from yangban.standards import governance

LATE = datetime(2027, 1, 10, 2, tzinfo=UTC)


def refused(rule: str, task: Task, event: str, actor: Actor | None = None, **more: Any) -> str:
    with pytest.raises(NotAllowed) as refusal:
        do(task, event, actor or usual(task, event), **more)
    assert refusal.value.rule == rule, refusal.value
    return str(refusal.value)


def test_every_guard_of_the_data_exists_and_no_other() -> None:
    assert tuple(GUARDS) == governance.GUARDS


def test_no_workflow_has_two_moves_of_one_event_from_one_state_and_route() -> None:
    for workflow in governance.load_governance().workflows.values():
        for state in ("", *(each.key for each in workflow.states)):
            for of in governance.LEVELS:
                for listed in governance.LEVELS:
                    events = [move.event for move in workflow.moves_from(state, route=(of, listed))]
                    assert len(events) == len(set(events)), (workflow.id, state)


@pytest.mark.parametrize("workflow", [FULL, SHORT], ids=["full", "short"])
def test_no_move_goes_through_without_each_thing_it_must_record(workflow: governance.Workflow) -> None:
    """What issuing records lies in the terms of the draft and cannot be left out."""
    from govern.made import PATHS

    for move in workflow.moves:
        if move.starts:
            continue
        origin = move.origins[0]
        assert origin in PATHS
        task = reach(origin, workflow=workflow.id)
        for fact in move.needs:
            said = refused("facts", task, move.event, **{fact: None})
            assert governance.FACTS[fact][1] in said


def test_a_fact_that_the_move_does_not_know_is_refused() -> None:
    assert "督办函编号" in refused("facts", reach("in_progress"), "warn", letter="督办1号")


@pytest.mark.parametrize(
    ("event", "fact", "value"),
    [
        ("warn", "reason", "  "), ("warn", "step_due", "2026-06-30"), ("warn", "step_due", datetime(2026, 6, 30, tzinfo=UTC)),
        ("report", "progress", 0.5), ("report", "progress", Fraction(3, 2)), ("report", "period", "2026-1"),
        ("report", "evidence", ("报告.pdf",)),
        ("report", "revision", 0), ("report", "progress", True),
    ],
)  # fmt: skip
def test_a_fact_of_the_wrong_kind_is_refused(event: str, fact: str, value: object) -> None:
    refused("facts", reach("in_progress"), event, **{fact: value})


# ------------------------------------------------------------------------------------------------------ time and freshness


def test_of_two_officers_at_once_one_wins_and_the_other_hears_who_did() -> None:
    task = reach("in_progress")
    won = do(task, "warn", office("city", person="甲"))
    second = Command(
        event="warn", actor=office("city", person="乙"), at=START + timedelta(days=1), seen=task.revision, facts=facts_of("warn")
    )
    with pytest.raises(Stale, match="判定滞后，office:360700 甲") as refusal:
        transition(won.task, second, workflow=FULL, around=around(task))
    assert refusal.value.rule == "stale"


def test_the_log_does_not_run_backwards() -> None:
    task = reach("in_progress")
    assert task.touched is not None
    refused("time", task, "warn", at=task.touched - timedelta(seconds=1))


def test_a_moment_without_a_zone_is_refused() -> None:
    refused("time", draft(), "issue", at=datetime(2026, 1, 5, 9))


# ------------------------------------------------------------------------------------------------------------------- issue


def test_a_number_is_never_used_again() -> None:
    refused("number_unused", draft(), "issue", beside=Around(taken={"ZG-2026-001"}))
    assert do(draft(), "issue", office("city")).taken == ("ZG-2026-001",)


def test_a_task_is_issued_inside_the_time_of_the_one_above() -> None:
    parent = reach("in_progress", "province", deadline=date(2026, 10, 31))
    assert "2026-10-31" in refused("deadline_inside", draft(), "issue", beside=around(parent, parent=parent))
    refused("deadline_inside", draft(deadline=date(2026, 1, 4)), "issue")


def test_who_accepts_is_not_who_reports() -> None:
    refused("deadline_inside", draft(acceptance=RESPONSIBLE.unit), "issue")


# ------------------------------------------------------------------------------------------------------------------- split


def test_a_split_gives_each_part_a_task_and_a_log_of_its_own() -> None:
    task = reach("issued", amount=Decimal(163), unit="个")
    parts = (part("A", amount="100", code="360725"), part("B", amount="60", code="360726"))
    made = do(task, "split", LEAD, parts=Split(parts=parts, kept=Decimal(3)))
    assert [each.state for each in made.parts] == ["issued", "issued"]
    assert [each.parent for each in made.parts] == ["t1", "t1"]
    assert made.task.kept == 3
    assert made.taken == ("A", "B")
    for child in made.parts:
        (first,) = [each for each in made.records if each.subject == child.id]
        assert verify([first]) == 1
        assert first.digest == child.digest
        assert first.facts["parent"] == task.number


@pytest.mark.parametrize(
    ("amounts", "kept", "fits"),
    [
        (("100", "63"), None, True), (("100", "60"), "3", True), (("163",), "0", True),
        (("100", "60"), None, False), (("100", "64"), None, False), (("200", "-37"), None, False), (("100", None), "63", False),
    ],
)  # fmt: skip
def test_a_split_keeps_the_sum(amounts: tuple[str | None, ...], kept: str | None, fits: bool) -> None:
    task = reach("issued", amount=Decimal(163), unit="个")
    parts = tuple(part(str(n), amount=amount) for n, amount in enumerate(amounts))
    split = Split(parts=parts, kept=None if kept is None else Decimal(kept))
    if fits:
        assert sum(each.terms.amount or 0 for each in do(task, "split", LEAD, parts=split).parts) + (split.kept or 0) == 163
    else:
        refused("parts_inside", task, "split", parts=split)


def test_a_split_keeps_the_deadline_the_place_and_fresh_numbers() -> None:
    task = reach("issued")
    refused("parts_inside", task, "split", parts=Split(parts=(part("A", deadline=DEADLINE + timedelta(days=1)),)))
    elsewhere = replace(part("A"), line=(("county", "360102"), ("city", "360100"), ("province", "360000")))
    assert "不在 360700 范围内" in refused("parts_inside", task, "split", parts=Split(parts=(elsewhere,)))
    refused("parts_inside", task, "split", parts=Split(parts=(part("A"), part("A"))))
    refused("parts_inside", task, "split", parts=Split(parts=(part("A"),)), beside=around(task, taken={"A"}))
    assert do(task, "split", LEAD, parts=Split(parts=(part("A"),))).parts[0].terms.deadline == DEADLINE


# --------------------------------------------------------------------------------------------------------- reports, warnings


def test_one_report_a_period_and_corrections_are_revisions() -> None:
    task = do(reach("in_progress"), "report", LEAD, period="2026-01", progress=Fraction(1, 4)).task
    assert "第 2 稿" in refused("period_once", task, "report", period="2026-01")
    refused("period_once", task, "report", period="2026-01", revision=3)
    task = do(task, "report", LEAD, period="2026-01", progress=Fraction(1, 5), revision=2).task
    assert task.reported == (("2026-01", 1), ("2026-01", 2))
    assert task.progress == Fraction(1, 5)
    refused("period_once", task, "report", period="2026-09")


def test_a_late_correction_of_an_old_month_does_not_set_progress_back() -> None:
    task = reach("in_progress")
    for period, progress, moment in (("2026-01", 1, 2), ("2026-02", 3, 3)):
        task = do(task, "report", LEAD, period=period, progress=Fraction(progress, 4), at=datetime(2026, moment, 3, tzinfo=UTC)).task
    assert do(task, "report", LEAD, period="2026-01", progress=Fraction(1, 8), revision=2).task.progress == Fraction(3, 4)


def test_a_warning_sets_a_day_for_the_step_and_leaves_the_deadline() -> None:
    task = do(reach("in_progress"), "warn", office("city"), step_due=date(2026, 6, 30)).task
    assert (task.step_due, task.terms.deadline) == (date(2026, 6, 30), DEADLINE)
    refused("step_inside", reach("in_progress"), "warn", step_due=DEADLINE + timedelta(days=1))


def test_the_level_that_raised_it_lets_it_go() -> None:
    task = reach("talked_to", "county")
    task = replace(task, raised_by="city")
    refused("who", task, "catch_up", office("county"))
    refused("who", task, "catch_up", office("province"))
    assert do(task, "catch_up", office("city")).task.raised_by == ""


def test_a_letter_has_a_number_of_its_own() -> None:
    refused("letter_unused", reach("warned"), "supervise", beside=Around(taken={"督办〔2026〕1号"}))


# ----------------------------------------------------------------------------------------------------------- to the closing


def test_application_needs_a_report_that_says_all_is_done_and_parts_that_are_closed() -> None:
    task = reach("in_progress")
    refused("dossier_complete", task, "apply")
    half = do(task, "report", LEAD, progress=Fraction(1, 2)).task
    refused("dossier_complete", half, "apply")
    done = do(task, "report", LEAD).task
    refused("dossier_complete", done, "apply", dossier=(evidence("同"), evidence("同")))
    open_part = replace(reach("in_progress", "county"), id="p", number="P-1")
    assert "P-1" in refused("parts_closed", done, "apply", beside=around(done, parts=(open_part,)))
    assert do(done, "apply", LEAD, beside=around(done, parts=(replace(open_part, state="closed"),))).task.state == "applied"


@pytest.mark.parametrize("missing", TICKS)
def test_each_of_the_five_criteria_must_be_ticked(missing: str) -> None:
    refused("criteria_ticked", reach("applied"), "pass", criteria=tuple(each for each in TICKS if each != missing))


def test_no_tick_that_is_no_criterion() -> None:
    refused("criteria_ticked", reach("applied"), "pass", criteria=(*TICKS, "weather"))


def test_public_notice_runs_to_its_end() -> None:
    task = reach("public_notice")
    assert task.notice_until == date(2026, 12, 31)
    # 31 December, 23:30 in Beijing: the last day is not over.
    refused("notice_over", task, "close", at=datetime(2026, 12, 31, 15, 30, tzinfo=UTC))
    assert do(task, "close", office("city"), at=datetime(2026, 12, 31, 16, 0, tzinfo=UTC)).task.state == "closed"


def test_public_notice_is_as_long_as_the_rules_ask_where_they_say_so() -> None:
    task = reach("applied")
    ten = replace(around(task).acceptance, notice_days=10)  # type: ignore[type-var]
    moment = datetime(2026, 3, 1, 2, tzinfo=UTC)
    beside = around(task, acceptance=ten)
    refused("notice_long_enough", task, "pass", notice_until=date(2026, 3, 10), at=moment, beside=beside)
    assert do(task, "pass", ACCEPTS, notice_until=date(2026, 3, 11), at=moment, beside=beside).task.state == "public_notice"
    refused("notice_long_enough", task, "pass", notice_until=date(2026, 3, 1), at=moment)


@pytest.mark.parametrize(("state", "event"), [("applied", "pass"), ("applied", "fail"), ("public_notice", "close"), ("closed", "relapse")])
def test_nobody_judges_what_they_report_on(state: str, event: str) -> None:
    task = reach(state)
    judge = usual(task, event)
    refused("not_reporter", replace(task, reporters=task.reporters | {judge.person}), event, at=LATE)
    # The committee's office may itself be a unit that reports; then another level has to close.
    reporting = replace(task, terms=replace(task.terms, responsible=(judge.unit,)))
    refused("not_reporter", reporting, event, at=LATE)


def test_a_unit_that_was_taken_off_the_task_still_does_not_close_it() -> None:
    task = reach("public_notice")
    once = replace(task.terms, assisting=(task.office,))
    refused("not_reporter", replace(task, earlier=(once,)), "close", at=LATE)


def test_the_short_way_too_is_confirmed_by_somebody_else() -> None:
    task = reach("reported", workflow="yearly")
    person = next(iter(task.reporters))
    refused("not_reporter", task, "confirm", office("city", person=person))


def test_a_filing_number_is_never_used_again() -> None:
    refused("filing_unused", reach("public_notice"), "close", at=LATE, beside=around(draft(), taken={"销〔2027〕1号"}))


def test_reopening_keeps_the_old_closing_and_forgets_the_old_proof() -> None:
    closed = reach("closed")
    again = do(do(closed, "relapse", SUPERVISES).task, "resume", LEAD).task
    assert again.closings == closed.closings
    assert (again.state, again.progress) == ("in_progress", None)
    refused("dossier_complete", again, "apply")


def test_an_objection_that_holds_ends_the_notice() -> None:
    task = do(reach("public_notice"), "objection", office("city")).task
    assert (task.state, task.notice_until) == ("in_progress", None)


# ------------------------------------------------------------------------------------------- the Figure shows it recovered


def close_with(*figures: Any, since: date = date(2026, 1, 5), demo: bool = False, **facts: Any) -> Task:
    task = replace(reach("public_notice", targets=(target(),)), issued_on=since, demo=demo)
    return do(task, "close", office("city"), at=LATE, beside=around(task, figures=figures), **facts).task


def test_a_task_that_names_an_indicator_closes_when_its_figure_has_recovered() -> None:
    closing = close_with(figure("24.6")).closings[-1]
    assert closing.proofs == ("PM2.5平均浓度（360700）≤ 25 µg/m³：2026 为 25 µg/m³，已恢复",)
    assert closing.unrecovered == ""


@pytest.mark.parametrize(
    "figures",
    [
        (), (figure("26"),), (figure("24", subject="360100"),), (figure("24", indicator="air.pm10.mean"),),
        (figure("24", status="insufficient", reason="有效天数不足"),), (figure("24", exact=None, display=None, status="not_applicable"),),
        (figure("24", synthetic=True),), (figure("24", period="2025"),), (figure("24", unit="mg/m³"),),
        (figure("24", period="2026-01"), figure("26", period="2026")),
    ],
    ids=["none", "worse", "elsewhere", "another", "insufficient", "no value", "synthetic", "before", "unit", "older one good"],
)  # fmt: skip
def test_it_does_not_close_on_anything_less(figures: tuple[Any, ...]) -> None:
    with pytest.raises(NotAllowed) as refusal:
        close_with(*figures)
    assert refusal.value.rule == "recovered_or_signed"


def test_a_made_up_task_may_rest_on_synthetic_figures() -> None:
    assert close_with(figure("24", synthetic=True), demo=True).state == "closed"


def test_a_signed_reason_closes_it_too_and_stands_in_the_closing() -> None:
    closing = close_with(figure("26"), unrecovered="气象极端不利，措施已到位", signature="主任").closings[-1]
    assert closing.unrecovered == "气象极端不利，措施已到位"
    assert "未恢复" in closing.proofs[0]
    for signature in (None, LEAD.person):
        with pytest.raises(NotAllowed) as refusal:
            close_with(figure("26"), unrecovered="气象", signature=signature)
        assert refusal.value.rule == "recovered_or_signed"


def test_where_rounding_decides_and_the_target_is_silent_nothing_is_shown() -> None:
    # 25.3 is printed 25: the printed value meets 25, the exact one does not.
    assert recovery(target(met_by="rounded"), [figure("25.3")]).shown
    assert not recovery(target(met_by="unrounded"), [figure("25.3")]).shown
    unknown = recovery(target(met_by="unknown"), [figure("25.3")])
    assert not unknown.shown
    assert "25.3" in unknown.reason
    assert recovery(target(met_by="unknown"), [figure("24.9")]).shown


# ------------------------------------------------------------------------------------------------------------------- amend


@pytest.mark.parametrize("state", ["issued", "in_progress"])
def test_an_amendment_keeps_both_versions_and_comes_back_to_where_it_was(state: str) -> None:
    task = reach(state)
    made = do(task, "amend", office("city"))
    assert (made.task.terms.deadline, made.task.earlier) == (date(2027, 3, 31), (task.terms,))
    assert made.records[0].facts["changes"] == {"deadline": {"before": "2026-11-30", "after": "2027-03-31"}}
    back = do(made.task, "acknowledge", LEAD).task
    assert (back.state, back.version, back.resume) == (state, 2, "")


def amend(task: Task, beside: Around | None = None, **values: Any) -> Task:
    return do(task, "amend", office(task.level), beside=beside, changes=Changes(values)).task


def test_an_amendment_stays_between_the_task_above_and_the_parts_below() -> None:
    task = reach("in_progress", amount=Decimal(10), unit="个")
    parent = replace(reach("in_progress", "province"), terms=replace(task.terms, deadline=date(2026, 12, 31)))
    child = replace(reach("in_progress", "county"), number="C", terms=replace(task.terms, deadline=date(2026, 10, 1), amount=Decimal(10)))
    for values, beside in (
        ({"deadline": date(2027, 1, 1)}, around(task, parent=parent)),
        ({"amount": Decimal(9)}, around(task, parent=parent)),
        ({"deadline": date(2026, 9, 30)}, around(task, parts=(child,))),
        ({"amount": Decimal(9)}, around(task, parts=(child,))),
        ({"acceptance": RESPONSIBLE.unit}, None),
        ({"deadline": date(2026, 1, 1)}, None),
    ):
        with pytest.raises(NotAllowed) as refusal:
            amend(task, beside, **values)
        assert refusal.value.rule == "amendment_inside"
    assert amend(task, around(task, parent=parent, parts=(child,)), deadline=date(2026, 12, 31)).terms.deadline == date(2026, 12, 31)


@pytest.mark.parametrize("values", [{}, {"state": "closed"}, {"deadline": "2027-01-01"}, {"deadline": DEADLINE}, {"lead": 3}])
def test_an_amendment_changes_terms_and_nothing_else(values: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        amend(reach("in_progress"), **values)


# --------------------------------------------------------------------------------------------------------------------- log


def history() -> list[Record]:
    task, records = draft(), []
    for event in ("issue", "split", "warn", "catch_up", "report"):
        made = do(task, event, usual(task, event))
        records += made.records
        task = made.task
    return records


def test_the_log_is_chained() -> None:
    records = history()
    assert verify(records) == 5
    assert [Record.from_dict(each.to_dict()) for each in records] == records


@pytest.mark.parametrize("harm", ["edit", "drop", "swap", "actor"])
def test_harm_to_the_log_is_found(harm: str) -> None:
    records = history()
    if harm == "edit":
        records[2] = replace(records[2], facts={**records[2].facts, "reason": "没有的事"})
    elif harm == "actor":
        records[1] = replace(records[1], actor=unit("别人", "lead"))
    elif harm == "drop":
        del records[2]
    else:
        records[1], records[2] = records[2], records[1]
    with pytest.raises(Inconsistent):
        verify(records)


def test_a_photo_shown_for_two_tasks_is_noticed() -> None:
    photo = evidence("现场.jpg", "photo")
    assert seen_before([photo], {"t2": [evidence("现场.jpg")], "t3": [evidence("其他.jpg")]}) == {"现场.jpg": ("t2",)}


@pytest.mark.parametrize("state", ["issued", "amended", "talked_to", "public_notice", "closed", "reopened"])
def test_a_task_goes_into_a_row_of_json_and_comes_back_the_same(state: str) -> None:
    task = reach(state, amount=Decimal("1.50"), unit="公里", targets=(target(),) if state != "closed" and state != "reopened" else ())
    task = replace(task, progress=Fraction(1, 3), kept=Decimal("0.50"))
    assert task_of(json.loads(json.dumps(to_row(task)))) == task


def test_a_report_goes_into_a_row_of_json_and_comes_back_the_same() -> None:
    held = Report(
        id="r", task="t", unit="水利局", line=(("city", "360700"),), listed_by="city", period="2026-01", progress=Fraction(2, 3),
        done=Decimal("3.0"), paid=Decimal(120), evidence=(evidence(),), fillers=frozenset({"甲", "乙"}), touched=START,
    )  # fmt: skip
    assert report_of(json.loads(json.dumps(to_row(held)))) == held
