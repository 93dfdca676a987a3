"""One report a period: revisions are kept, what is on its way is not doubled, what came back says why."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from govern.made import CHAIN, LINES, START, evidence, office, unit
from yangban.base.errors import NotAllowed, Stale
from yangban.govern.machine import Command
from yangban.govern.records import Actor, Record, verify
from yangban.govern.reports import Report, advance, newest, revise

FILLER, HEAD = unit("水利局", "filler", person="填报员"), unit("水利局", "head", person="局长")


def blank() -> Report:
    return Report(id="r1", task="t1", unit="水利局", line=LINES["city"], listed_by="city", period="2026-01")


def go(report: Report, *steps: tuple[str, Actor, dict[str, object]]) -> tuple[Report, list[Record]]:
    log: list[Record] = []
    for event, who, facts in steps:
        made = advance(report, Command(event=event, actor=who, at=START, seen=report.step, facts=facts), workflow=CHAIN)
        report = made.report
        log += made.records
    return report, log


FILL = ("fill", FILLER, {"progress": Fraction(1, 3), "evidence": (evidence(),)})
WAY = (FILL, ("submit", FILLER, {}), ("sign", HEAD, {"signature": "局长"}), ("accept", office("city"), {"signature": "办"}))


def test_the_whole_way_leaves_a_whole_log() -> None:
    report, log = go(blank(), *WAY)
    assert (report.state, report.progress, report.evidence) == ("accepted", Fraction(1, 3), (evidence(),))
    assert verify(log) == report.step == 4


def test_a_report_that_came_back_says_why_until_it_goes_out_again() -> None:
    report, _ = go(blank(), *WAY[:3], ("return", office("city"), {"reason": "缺照片"}))
    assert (report.state, report.returned) == ("draft", "缺照片")
    again, _ = go(report, ("edit", FILLER, {"progress": Fraction(1, 2)}))
    assert (again.returned, again.progress, again.evidence) == ("缺照片", Fraction(1, 2), (evidence(),))
    out, _ = go(again, ("submit", FILLER, {}))
    assert out.returned == ""


def test_everybody_who_ever_edited_it_is_barred_from_reviewing() -> None:
    helper = unit("水利局", "filler", person="局长")
    report, _ = go(blank(), FILL, ("edit", helper, {"progress": 1}), ("submit", FILLER, {}))
    with pytest.raises(NotAllowed) as refusal:
        go(report, ("sign", HEAD, {"signature": "局长"}))
    assert refusal.value.rule == "not_filler"


def test_a_correction_is_a_new_revision_and_the_old_one_stays() -> None:
    accepted, _ = go(blank(), *WAY)
    second = revise(accepted, id="r2")
    assert (second.revision, second.state, second.progress) == (2, "", Fraction(1, 3))
    assert newest([accepted, second]) == {("t1", "2026-01"): accepted}
    done, _ = go(second, *WAY)
    assert newest([accepted, done]) == {("t1", "2026-01"): done}
    with pytest.raises(NotAllowed, match="还在审核"):
        revise(go(second, FILL)[0], id="r3")


def test_two_reports_of_one_period_are_refused() -> None:
    accepted, _ = go(blank(), *WAY)
    with pytest.raises(NotAllowed) as refusal:
        newest([accepted, replace(accepted, id="other")])
    assert refusal.value.rule == "period_once"


def test_two_at_once_on_a_report() -> None:
    report, _ = go(blank(), *WAY[:3])
    stale = Command(event="return", actor=office("city"), at=START, seen=report.step - 1, facts={"reason": "晚了"})
    with pytest.raises(Stale):
        advance(report, stale, workflow=CHAIN)
