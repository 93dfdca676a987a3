"""Tasks on the site: one door, a log that only grows, numbers that are never used again, one winner of two."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from web.plans.conftest import Town
from yangban.base.errors import NotAllowed, Stale
from yangban.govern.model import Changes
from yangban.govern.records import Evidence
from yangban.govern.rows import report_of, task_of, to_row
from yangban.web.accounts.models import AuditEntry, Membership, Organisation
from yangban.web.plans import evidence, reports, tasks
from yangban.web.plans.actors import actors_of, line_of
from yangban.web.plans.models import Note, NumberTaken, StepRecord, Task, TaskReport

pytestmark = pytest.mark.django_db


def test_an_issued_task_is_whole_in_every_table(town: Town) -> None:
    row = town.issued(amount=Decimal("163"), unit="个")
    held = Task.objects.get(pk=row.pk)
    assert task_of(held.body) == task_of(to_row(task_of(row.body)))
    assert (held.state, held.revision, held.level, held.place, held.working, held.ended) == ("issued", 1, "city", "360700", False, False)
    assert NumberTaken.objects.filter(number=row.number).exists()
    assert [(each.seq, each.event) for each in tasks.steps(row.pk)] == [(1, "issue")]
    assert sorted(held.units.values_list("role", "organisation__name")) == [
        ("acceptance", "测试市验收局"), ("assisting", "测试市林业局"), ("lead", "测试市水利局"), ("responsible", "测试县政府"),
    ]  # fmt: skip
    assert AuditEntry.objects.filter(action="task.issue").count() == 1


def test_the_line_of_a_place_ends_at_the_province() -> None:
    assert line_of("360000") == (("province", "360000"),)
    assert line_of("360725")[0] == ("county", "360725")


def test_a_unit_that_nobody_registered_is_refused(town: Town) -> None:
    with pytest.raises(NotAllowed, match="没有登记的单位：某某局"):
        town.issued(lead="某某局")
    assert not Task.objects.exists()
    assert not NumberTaken.objects.exists()


def test_a_list_is_issued_whole_or_not_at_all(town: Town) -> None:
    good = tasks.draft(number="单-1", terms=town.terms(), place="360700", office=town.units["office.city"].name)
    late = tasks.draft(number="单-2", terms=town.terms(deadline=date(2025, 1, 1)), place="360700", office=town.units["office.city"].name)
    with pytest.raises(NotAllowed, match="早于今天"):
        tasks.issue_all(town.people["office.city"], [good, late], at=town.tick())
    assert Task.objects.count() == NumberTaken.objects.count() == StepRecord.objects.count() == 0


def test_another_office_may_not(town: Town) -> None:
    from django.core.exceptions import PermissionDenied

    made = tasks.draft(number="外-1", terms=town.terms(), place="360700", office=town.units["office.city"].name)
    with pytest.raises(PermissionDenied):
        tasks.issue(town.people["office.other"], made, at=town.tick())
    row = town.working(workflow="rectification")
    with pytest.raises(NotAllowed) as refused:
        tasks.act(town.people["office.other"], row.pk, "warn", seen=2, facts={"reason": "x", "step_due": date(2026, 6, 1)}, at=town.tick())
    assert refused.value.rule == "who"


def test_a_number_is_never_used_again(town: Town) -> None:
    row = town.issued()
    again = tasks.draft(number=row.number, terms=town.terms(), place="360700", office=town.units["office.city"].name)
    with pytest.raises(NotAllowed, match="已经用过"):
        tasks.issue(town.people["office.city"], again, at=town.tick())


def test_a_stale_page_gets_one_clear_message(town: Town) -> None:
    row = town.working(workflow="rectification")
    facts = {"reason": "慢", "step_due": date(2026, 6, 30)}
    tasks.act(town.people["office.city"], row.pk, "warn", seen=2, facts=facts, at=town.tick())
    with pytest.raises(Stale, match="您看到的是第 2 步，现在已是第 3 步（判定滞后，测试市委员会办公室"):
        tasks.act(town.people["office.city"], row.pk, "warn", seen=2, facts=facts, at=town.tick())
    assert Task.objects.get(pk=row.pk).state == "warned"


def test_two_officers_at_once_one_winner_one_message(tmp_path: Path) -> None:
    """In a process of its own, whose threads have connections of their own: SQLite in a file, or the PostgreSQL of DATABASE_URL."""
    root = Path(__file__).resolve().parents[3]
    env = {
        **os.environ, "YANGBAN_HOME": str(tmp_path), "YANGBAN_SECRET_KEY": "a key of this test",
        "DJANGO_SETTINGS_MODULE": "yangban.web.config.settings", "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root / 'tests'}",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "web.plans.race"], env=env, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for name, loser in (("one task", "stale: 您看到的是第 2 步，现在已是第 3 步"), ("one number", "number_unused: ")):
        won = [each for each in told[name] if each == "done"]
        assert len(won) == 1, told
        assert next(each for each in told[name] if each != "done").startswith(loser), told
    assert told["facts"] == ["warned", "3", "3", "1", "1"]


@pytest.mark.parametrize("table", ["steprecord", "numbertaken"])
@pytest.mark.parametrize("verb", ["UPDATE plans_{} SET at = at", "DELETE FROM plans_{}"])
def test_the_log_only_grows_whoever_asks(town: Town, table: str, verb: str) -> None:
    town.issued()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))


def test_a_split_keeps_the_sum_and_makes_tasks_of_the_parts(town: Town) -> None:
    row = town.issued(amount=Decimal(10), unit="个")
    part = {"number": "县-1", "place": "360725", "lead": "测试县政府", "amount": Decimal(7), "acceptance": ""}
    with pytest.raises(NotAllowed, match="分解数合计 7个"):
        tasks.split(town.people["head.water"], row.pk, seen=1, measures=("分",), parts=[part], at=town.tick())
    tasks.split(town.people["head.water"], row.pk, seen=1, measures=("分",), parts=[part], kept=Decimal(3), at=town.tick())
    below = Task.objects.get(parent=row)
    assert (below.number, below.level, below.office, below.root, below.state) == ("县-1", "county", "测试县委员会办公室", row.pk, "issued")
    assert [each.event for each in tasks.steps(below.pk)] == ["issue"]
    assert below.units.get(role="lead").organisation.name == "测试县政府"


def test_an_amendment_moves_the_task_to_another_unit(town: Town) -> None:
    row = town.working()
    changed = tasks.act(
        town.people["office.city"], row.pk, "amend", seen=2, at=town.tick(),
        facts={"reason": "机构调整", "basis": "测试文〔2026〕9号", "changes": Changes({"lead": "测试市林业局", "assisting": ()})},
    )  # fmt: skip
    assert changed.units.get(role="lead").organisation.name == "测试市林业局"
    with pytest.raises(NotAllowed) as refused:
        tasks.act(town.people["head.water"], row.pk, "acknowledge", seen=3, at=town.tick())
    assert refused.value.rule == "who"
    assert tasks.act(town.people["head.forest"], row.pk, "acknowledge", seen=3, at=town.tick()).state == "in_progress"


def test_the_unit_that_took_over_acts_for_the_old_one(town: Town) -> None:
    row = town.working()
    fresh = Organisation.objects.create(name="测试市自然资源和水利局", region="360700", kind="department")
    old = town.units["head.water"]
    old.valid_to, old.successor = date(2026, 1, 1), fresh
    old.save()
    user = town.people["head.forest"]
    Membership.objects.create(user=user, organisation=fresh, role="head", valid_from=date(2020, 1, 1))
    user.__dict__.pop("_memberships", None)
    assert "测试市水利局" in {each.unit for each in actors_of(user)}
    assert any(move.event == "apply" for move in tasks.open_to(user, row))


class TestReports:
    def filled(self, town: Town, row: Any, period: str = "2026-01", progress: str = "40", **more: Any) -> TaskReport:
        return reports.fill(town.people["fill.water"], row.pk, period, progress=progress, at=town.tick(), **more)

    def test_the_way_of_a_report_and_its_return(self, town: Town) -> None:
        row = town.working()
        held = self.filled(town, row, progress="33.5")
        assert (held.state, held.progress) == ("with_head", "67/200")
        assert Note.objects.filter(user=town.people["head.water"], kind="sign").count() == 1
        held = reports.step(town.people["head.water"], held.pk, "sign", seen=held.step, at=town.tick())
        assert held.state == "with_city"
        held = reports.step(town.people["office.city"], held.pk, "return", seen=held.step, facts={"reason": "佐证不足"}, at=town.tick())
        assert (held.state, held.returned) == ("draft", "佐证不足")
        assert Note.objects.get(user=town.people["fill.water"]).text.endswith("佐证不足")
        held = self.filled(town, row, progress="35")
        held = reports.step(town.people["head.water"], held.pk, "sign", seen=held.step, at=town.tick())
        held = reports.step(town.people["office.city"], held.pk, "accept", seen=held.step, at=town.tick())
        assert (held.state, held.revision) == ("accepted", 1)
        task = task_of(Task.objects.get(pk=row.pk).body)
        assert task.reported == (("2026-01", 1), ("2026-01", 2))
        assert task.progress == Fraction(35, 100)
        assert tasks.problems(held.pk) == tasks.problems(row.pk) == []

    def test_who_filled_it_does_not_sign_it(self, town: Town) -> None:
        row = town.working()
        user = town.people["fill.water"]
        Membership.objects.create(user=user, organisation=town.units["fill.water"], role="head", valid_from=date(2020, 1, 1))
        user.__dict__.pop("_memberships", None)
        held = self.filled(town, row)
        with pytest.raises(NotAllowed) as refused:
            reports.step(user, held.pk, "sign", seen=held.step, at=town.tick())
        assert refused.value.rule == "not_filler"
        assert reports.open_to(user, held) == ("return",)

    def test_a_refused_signature_leaves_no_trace(self, town: Town) -> None:
        """The report and the task move together: when the task refuses, the report stays with the head."""
        row = town.working()
        held = self.filled(town, row)
        changes = Changes({"title": "改名"})
        tasks.act(
            town.people["office.city"], row.pk, "amend", seen=2, facts={"reason": "改", "basis": "文", "changes": changes}, at=town.tick()
        )
        with pytest.raises(NotAllowed):
            reports.step(town.people["head.water"], held.pk, "sign", seen=held.step, at=town.tick())
        again = TaskReport.objects.get(pk=held.pk)
        assert (again.state, again.step) == ("with_head", held.step)
        assert len(tasks.steps(held.pk)) == held.step

    def test_an_accepted_report_is_corrected_by_a_revision(self, town: Town) -> None:
        row = town.working()
        held = self.filled(town, row)
        held = reports.step(town.people["head.water"], held.pk, "sign", seen=held.step, at=town.tick())
        reports.step(town.people["office.city"], held.pk, "accept", seen=held.step, at=town.tick())
        second = self.filled(town, row, progress="50")
        assert (second.revision, TaskReport.objects.filter(task=row).count()) == (2, 2)

    @pytest.mark.parametrize("wrong", ["", "约四成", "101", "-1", "nan"])
    def test_a_progress_that_is_none_is_refused(self, town: Town, wrong: str) -> None:
        with pytest.raises(NotAllowed, match="进度应为 0 到 100"):
            self.filled(town, town.working(), progress=wrong)

    @pytest.mark.usefixtures("own_workspace")
    def test_evidence_is_kept_under_its_digest_and_serves_the_report(self, town: Town, upload: Any) -> None:
        row = town.working(workflow="rectification")
        with pytest.raises(NotAllowed, match="要有佐证材料"):
            self.filled(town, row)
        files = evidence.add(town.people["fill.water"], row.pk, [upload("现场.jpg", b"one"), upload("又一张.jpg", b"one")])
        assert [each.kind for each in files] == ["photo", "photo"]
        assert row.files.count() == 1
        held = self.filled(town, row, evidence=[files[0].digest], done="3", paid="1200.5", text="已栽植")
        report = report_of(held.body)
        assert (report.evidence[0].digest, report.paid, report.done) == (files[0].digest, Decimal("1200.5"), Decimal(3))

    @pytest.mark.parametrize(("name", "content"), [("a.exe", b"x"), ("空.pdf", b"")])
    @pytest.mark.usefixtures("own_workspace")
    def test_other_files_are_refused(self, town: Town, upload: Any, name: str, content: bytes) -> None:
        with pytest.raises(NotAllowed):
            evidence.add(town.people["fill.water"], town.working().pk, [upload(name, content)])


def closing(town: Town, **terms: Any) -> Any:
    """An ordinary task that is confirmed and waits to be closed."""
    row = town.working(**terms)
    held = reports.fill(town.people["fill.water"], row.pk, "2026-01", progress="100", at=town.tick())
    reports.step(town.people["head.water"], held.pk, "sign", seen=held.step, at=town.tick())
    row.refresh_from_db()
    proof = Evidence(name="总结.pdf", digest="0" * 64)
    row = tasks.act(town.people["head.water"], row.pk, "apply", seen=row.revision, facts={"dossier": (proof,)}, at=town.tick())
    return tasks.act(town.people["office.city"], row.pk, "confirm", seen=row.revision, facts={"signature": "环委办"}, at=town.tick())


def test_a_whole_way_to_the_end_and_a_relapse(town: Town, upload: Any, own_workspace: Any) -> None:
    row = town.working(workflow="rectification")
    proof = evidence.add(town.people["fill.water"], row.pk, [upload("总结.pdf", b"summary")])
    held = reports.fill(town.people["fill.water"], row.pk, "2026-01", progress="100", evidence=[proof[0].digest], at=town.tick())
    reports.step(town.people["head.water"], held.pk, "sign", seen=held.step, at=town.tick())
    row.refresh_from_db()
    shown = evidence.shown(row, [proof[0].digest])
    row = tasks.act(town.people["head.water"], row.pk, "apply", seen=row.revision, facts={"dossier": shown}, at=town.tick())
    ticks = tuple(each.key for each in tasks.governance.acceptance().criteria)
    facts = {"signature": "验收局", "criteria": ticks[:-1], "notice_until": date(2026, 2, 1)}
    with pytest.raises(NotAllowed, match="还没有打勾：消除成因"):
        tasks.act(town.people["head.accept"], row.pk, "pass", seen=row.revision, facts=facts, at=town.tick())
    row = tasks.act(town.people["head.accept"], row.pk, "pass", seen=row.revision, facts={**facts, "criteria": ticks}, at=town.tick())
    close = {"filing": "销〔2026〕1号", "archive": "柜3"}
    with pytest.raises(NotAllowed, match="公示到 2026-02-01"):
        tasks.act(town.people["office.city"], row.pk, "close", seen=row.revision, facts=close, at=town.tick())
    town.at(2026, 2, 2)
    row = tasks.act(town.people["office.city"], row.pk, "close", seen=row.revision, facts=close, at=town.tick())
    assert row.ended
    back = {"reason": "再次裸露", "evidence": shown}
    row = tasks.act(town.people["watch"], row.pk, "relapse", seen=row.revision, facts=back, at=town.tick())
    assert (row.state, row.percent, len(task_of(row.body).closings)) == ("reopened", None, 1)
