"""How a case goes from draft to the library and out again, who may do what, and that nothing of it is lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from web.cases.conftest import SAID
from yangban.base.errors import NotAllowed, Stale, UsageError
from yangban.govern.cases import MOVES, STATES
from yangban.web.accounts import audit
from yangban.web.accounts.models import AuditEntry, today
from yangban.web.cases import library
from yangban.web.cases.models import Case, CaseStep, CaseVersion, Reuse
from yangban.web.public.models import PublishedFigure

pytestmark = pytest.mark.django_db


def test_the_way_to_the_library_and_out(crew: Any, draft: Any) -> None:
    row = library.step(crew["writer"], draft, "submit", seen=1)
    row = library.step(crew["editor"], row, "return", seen=1, words="请补充花费")
    library.write(crew["writer"], row, {**SAID, "practice": "一共十二万元。"}, ["湿地"], seen=1, remark="补充花费")
    row = library.step(crew["writer"], row, "submit", seen=2)
    row = library.step(crew["editor"], row, "accept", seen=2)
    library.write(crew["editor"], row, {**SAID, "title": "小微湿地怎么修"}, ["湿地"], seen=2, remark="改标题")
    row.refresh_from_db()
    row = library.step(crew["checker"], row, "publish", seen=3)
    assert (row.state, row.title, row.shown.version) == ("published", "小微湿地怎么修", 3)
    row = library.step(crew["checker"], row, "withdraw", seen=3, words="数据有误")
    assert (row.state, row.remark) == ("withdrawn", "数据有误")
    assert [each.move for each in CaseStep.objects.filter(case=row)] == [
        "submit", "return", "submit", "accept", "publish", "withdraw",
    ]  # fmt: skip
    assert [each.title for each in row.versions.all()] == ["小微湿地修复", "小微湿地修复", "小微湿地怎么修"]
    assert audit.problems() == []
    assert AuditEntry.objects.filter(subject=row.number).count() == 9


@pytest.mark.parametrize("state", list(STATES))
@pytest.mark.parametrize("name", list(MOVES))
def test_a_step_is_taken_from_its_states_alone(name: str, state: str, crew: Any, draft: Any) -> None:
    version = library.newest(draft)
    CaseVersion.objects.create(case=draft, version=2, **{**SAID, "title": "第二版"}, tags=["湿地"], by=crew["writer"])
    out = {"shown": version, "published_at": "2026-01-01T00:00Z"} if state == "published" else {}
    Case.objects.filter(pk=draft.pk).update(state=state, version=2, **out)
    who = {"submit": "writer", "recall": "writer", "publish": "checker", "withdraw": "checker"}.get(name, "editor")
    if state in MOVES[name].frm:
        assert library.step(crew[who], draft, name, seen=2, words="理由").state == MOVES[name].to
    else:
        with pytest.raises(NotAllowed):
            library.step(crew[who], draft, name, seen=2, words="理由")
        assert not CaseStep.objects.exists()


def test_nobody_publishes_what_they_wrote_or_accepted(crew: Any, draft: Any, person: Any, bodies: Any) -> None:
    from yangban.web.accounts.models import Membership

    both = person("editor", organisation=bodies["office"])
    Membership.objects.create(user=both, organisation=bodies["office"], role="checker")
    both.__dict__.pop("_memberships", None)
    row = library.step(crew["writer"], draft, "submit", seen=1)
    row = library.step(both, row, "accept", seen=1)
    with pytest.raises(PermissionDenied, match="另一人"):
        library.step(both, row, "publish", seen=1)
    row = library.step(crew["checker"], row, "publish", seen=1)
    # Nor a later version that they wrote themselves.
    library.write(both, row, {**SAID, "title": "改过"}, ["湿地"], seen=1)
    with pytest.raises(PermissionDenied, match="另一人"):
        library.step(both, row, "publish", seen=2)
    assert Case.objects.get(pk=row.pk).title == "小微湿地修复"
    assert library.step(crew["checker"], row, "publish", seen=2).title == "改过"


def test_other_organisations_neither_see_nor_write_a_draft(crew: Any, draft: Any) -> None:
    assert not library.may_see(crew["other"], draft)
    assert not library.may_see(crew["editor"], draft)
    with pytest.raises(PermissionDenied):
        library.write(crew["other"], draft, SAID, [], seen=1)
    row = library.step(crew["writer"], draft, "submit", seen=1)
    assert library.may_see(crew["editor"], row)
    with pytest.raises(NotAllowed, match="不能修改"):
        library.write(crew["writer"], row, SAID, [], seen=1)


def test_an_editor_of_another_place_may_not_review(crew: Any, draft: Any, person: Any) -> None:
    row = library.step(crew["writer"], draft, "submit", seen=1)
    elsewhere = person("editor", "360400")
    assert not library.may_see(elsewhere, row)
    with pytest.raises(PermissionDenied):
        library.step(elsewhere, row, "accept", seen=1)


def test_what_is_not_whole_is_not_submitted_and_says_what_is_missing(crew: Any, bodies: Any) -> None:
    row = library.start(crew["writer"], bodies["writers"], {"title": "只有标题"})
    with pytest.raises(NotAllowed) as told:
        library.step(crew["writer"], row, "submit", seen=1)
    for word in ("摘要", "背景与问题", "主要做法", "取得成效", "可复制经验", "标签"):
        assert word in str(told.value)
    with pytest.raises(UsageError, match="标题有 61 字，最多 60 字"):
        library.start(crew["writer"], bodies["writers"], {"title": "长" * 61})


def test_two_who_write_at_once_get_one_winner(crew: Any, draft: Any) -> None:
    library.write(crew["writer"], draft, {**SAID, "title": "先到"}, [], seen=1)
    with pytest.raises(Stale, match="第 2 版"):
        library.write(crew["writer"], draft, {**SAID, "title": "后到"}, [], seen=1)
    assert library.newest(Case.objects.get(pk=draft.pk)).title == "先到"


def test_saving_what_is_there_writes_no_version(crew: Any, draft: Any) -> None:
    library.write(crew["writer"], draft, SAID, ["湿地", "乡村"], seen=1)
    assert draft.versions.count() == 1


@pytest.mark.parametrize("sql", ["UPDATE cases_caseversion SET title = 'x'", "DELETE FROM cases_casestep"])
def test_the_database_keeps_versions_and_steps(sql: str, crew: Any, draft: Any) -> None:
    library.step(crew["writer"], draft, "submit", seen=1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


class TestCalls:
    def make(self, crew: Any, bodies: Any, **asked: Any) -> Any:
        days = {"opens": today() - timedelta(5), "deadline": today(), **asked}
        return library.call(crew["editor"], bodies["office"], title="典型案例征集", text="请报送", **days)

    def test_the_last_day_is_a_day_of_it(self, crew: Any, bodies: Any) -> None:
        row = library.start(crew["writer"], bodies["writers"], SAID, answers=self.make(crew, bodies), tags=["湿地"])
        assert library.step(crew["writer"], row, "submit", seen=1).state == "submitted"

    def test_after_it_a_draft_is_too_late_and_a_returned_case_is_not(self, crew: Any, bodies: Any) -> None:
        asked = self.make(crew, bodies)
        late, back = (library.start(crew["writer"], bodies["writers"], SAID, answers=asked, tags=["湿地"]) for _ in range(2))
        back = library.step(crew["writer"], back, "submit", seen=1)
        back = library.step(crew["editor"], back, "return", seen=1, words="改")
        type(asked).objects.update(deadline=today() - timedelta(1))
        with pytest.raises(NotAllowed, match="截止"):
            library.step(crew["writer"], late, "submit", seen=1)
        assert library.step(crew["writer"], back, "submit", seen=1).state == "submitted"

    @pytest.mark.parametrize(
        ("asked", "word"),
        [
            ({"kinds": ["institution"]}, "这类单位"),
            ({"levels": ["city"]}, "这一级"),
            ({"opens": date(2999, 1, 1), "deadline": date(2999, 2, 1)}, "开始"),
        ],
    )
    def test_only_those_who_are_asked_answer(self, asked: Any, word: str, crew: Any, bodies: Any) -> None:
        with pytest.raises(NotAllowed, match=word):
            library.start(crew["writer"], bodies["writers"], SAID, answers=self.make(crew, bodies, **asked))

    def test_a_writer_cannot_call(self, crew: Any, bodies: Any) -> None:
        with pytest.raises(PermissionDenied):
            library.call(crew["writer"], bodies["office"], title="x", text="x", opens=today(), deadline=today())


class TestFigures:
    def figure(self) -> Any:
        return PublishedFigure.objects.filter(indicator="air.good_day_ratio", subject="360100", period="2023").select_related("release")[0]

    def test_a_figure_is_attached_by_what_names_it(self, crew: Any, draft: Any) -> None:
        figure = self.figure()
        made = library.add_figure(crew["writer"], draft, figure, seen=1)
        assert made.figures == [
            {
                "release": figure.release_id, "indicator": "air.good_day_ratio", "subject": "360100", "period": "2023",
                "edition": figure.edition, "scope": figure.scope, "basis": figure.basis, "network": figure.network,
            }
        ]  # fmt: skip
        assert library.drop_figure(crew["writer"], draft, 0, seen=2).figures == []

    def test_a_figure_that_the_public_may_not_see_is_refused(self, crew: Any, draft: Any) -> None:
        figure = self.figure()
        type(figure.release).objects.update(audience="internal")
        with pytest.raises(NotAllowed, match="公开"):
            library.add_figure(crew["writer"], draft, figure, seen=1)


class TestReuse:
    def test_an_organisation_counts_once_and_tells_later_what_came_of_it(self, crew: Any, bodies: Any, publish: Any) -> None:
        row = publish()
        library.copy(crew["other"], row, bodies["others"], what="先截污再种草", since=today())
        library.copy(crew["other"], row, bodies["others"], what="先截污再种草", since=today(), outcome="两处池塘变清")
        assert [each.outcome for each in Reuse.objects.filter(case=row)] == ["两处池塘变清"]
        assert AuditEntry.objects.filter(action="case.copied").count() == 2

    def test_ones_own_case_does_not_count(self, crew: Any, bodies: Any, publish: Any) -> None:
        with pytest.raises(NotAllowed, match="本单位"):
            library.copy(crew["writer"], publish(), bodies["writers"], what="x", since=today())

    def test_nobody_speaks_for_another_organisation(self, crew: Any, bodies: Any, publish: Any) -> None:
        with pytest.raises(PermissionDenied):
            library.copy(crew["other"], publish(), bodies["office"], what="x", since=today())

    def test_a_draft_cannot_be_copied(self, crew: Any, bodies: Any, draft: Any) -> None:
        with pytest.raises(NotAllowed):
            library.copy(crew["other"], draft, bodies["others"], what="x", since=today())
