"""Reviews and exclusions by two persons, the station log, reported values, targets, letters: steps, refusals, leaks, killed workers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from yangban.base.errors import InputError, UsageError, YangbanError
from yangban.publish.dispatch import targets_for
from yangban.readings import events
from yangban.readings import reported as reported_rows
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace
from yangban.web.accounts.models import Membership, today
from yangban.web.jobs.models import Job
from yangban.web.monitor import letters, records, registry, reported, work
from yangban.web.monitor.models import DataRecord, ReportedValue
from yangban.web.public.models import Complaint

pytestmark = pytest.mark.django_db
HOURS = {"subject": "南昌市", "start": "2023-01-09 05", "end": "2023-01-09 08", "pollutants": "PM2.5"}


@pytest.fixture(autouse=True)
def small(small_workspace: Workspace) -> Workspace:
    return small_workspace


def quiet(*_: Any) -> None:
    pass


def run(kind: str, function: Any) -> None:
    """Run the newest job of a kind twice, as a worker that was killed after its work and before its note would."""
    job = Job.objects.filter(kind=kind).first()
    for _ in range(2):
        function(job, quiet)


def propose(user: Any, kind: str = "exclusion", **more: str) -> DataRecord:
    return records.propose(user, kind, {**HOURS, "reason": "仪器故障", **more})


class TestTwoPersons:
    def test_nothing_is_in_force_before_the_second_person(self, small: Workspace, person: Any) -> None:
        first, second = person("data_reviewer", "360100"), person("data_reviewer", "360100")
        row = propose(first)
        assert events.load(small) == ()
        with pytest.raises(PermissionDenied, match="另一人"):
            records.confirm(row, first)
        records.confirm(row, second)
        run("record", work.record)
        (event,) = events.load(small)
        assert (event.kind, event.subject, event.pollutants, event.by) == ("exclusion", "360100", ("pm25",), str(first))
        assert str(second) in event.reason
        row.refresh_from_db()
        assert (row.state, row.events) == ("recorded", [event.id])

    def test_a_review_of_two_levels_stands_as_both(self, small: Workspace, person: Any) -> None:
        row = propose(person("data_reviewer", "360100"), "review", verdict="invalid", code="D")
        records.confirm(row, person("data_reviewer"))
        run("record", work.record)
        assert [each.state for each in events.load(small)] == ["city", "province"]

    def test_a_review_of_two_persons_of_a_city_is_one_of_the_city(self, small: Workspace, person: Any) -> None:
        first, second = person("data_reviewer", "360100"), person("data_reviewer", "360100")
        row = propose(first, "review", verdict="invalid")
        records.confirm(row, second)
        run("record", work.record)
        (event,) = events.load(small)
        assert (event.state, event.by) == ("city", f"{first}、{second}")

    def test_who_answers_for_the_station_stands_aside(self, small: Workspace, person: Any) -> None:
        """Of a station of one's own neither step; nor of the city in which it stands."""
        row = Station("station:1299A", name="省站", city="360100")
        with small.writing():
            Registry((row,)).save(small)
        first, second = person("data_reviewer", "360100"), person("data_reviewer", "360100")
        bureau = second.memberships.get().organisation
        Membership.objects.create(user=second, organisation=bureau, role="keeper", stations=["station:1299A"])
        with pytest.raises(PermissionDenied, match="运维"):
            propose(second, subject="1299A")
        with pytest.raises(PermissionDenied, match="运维"):
            propose(second)
        row_of_city = propose(first)
        with pytest.raises(PermissionDenied, match="运维"):
            records.confirm(row_of_city, second)

    def test_the_database_refuses_one_person_for_both(self, person: Any) -> None:
        user = person("data_reviewer", "360100")
        row = propose(user)
        with pytest.raises(IntegrityError), transaction.atomic():
            DataRecord.objects.filter(pk=row.pk).update(confirmed_by=user)
        with pytest.raises(IntegrityError), transaction.atomic():
            DataRecord.objects.filter(pk=row.pk).update(state="recorded")

    def test_another_city_takes_no_step(self, person: Any, enter: Any) -> None:
        row = propose(person("data_reviewer", "360100"))
        other = person("data_reviewer", "360400")
        for act in (lambda: records.confirm(row, other), lambda: records.send_back(row, other, "x"), lambda: propose(other)):
            with pytest.raises(PermissionDenied):
                act()
        client = enter(other)
        assert client.get(f"/desk/records/{row.pk}/").status_code == 403
        assert client.post("/desk/records/confirm/", {"record": row.pk}).status_code == 403
        assert "仪器故障" not in client.get("/desk/review/").text
        assert client.get("/desk/review/?place=360100").status_code == 403

    @pytest.mark.parametrize(
        "wrong",
        [{"reason": ""}, {"start": "昨天"}, {"end": "2023-01-08"}, {"subject": "火星"}, {"pollutants": "铅"}, {"end": "2099-01-01"}],
    )
    def test_what_the_list_would_refuse_is_refused_at_once(self, person: Any, wrong: dict[str, str]) -> None:
        with pytest.raises(YangbanError):
            propose(person("data_reviewer", "360100"), **wrong)
        assert not DataRecord.objects.exists()

    def test_a_returned_record_leaves_no_trace_in_the_workspace(self, small: Workspace, person: Any) -> None:
        row = propose(person("data_reviewer", "360100"))
        second = person("data_reviewer", "360100")
        with pytest.raises(UsageError, match="理由"):
            records.send_back(row, second, "")
        records.send_back(row, second, "证据不足")
        with pytest.raises(UsageError):
            records.confirm(row, second)
        assert events.load(small) == ()

    def test_a_withdrawal_takes_two_as_well(self, small: Workspace, person: Any) -> None:
        first, second = person("data_reviewer", "360100"), person("data_reviewer", "360100")
        records.confirm(propose(first), second)
        run("record", work.record)
        row = records.propose(second, "withdrawal", {"replaces": "E000001", "reason": "查明仪器正常"})
        records.confirm(row, first)
        run("record", work.record)
        assert events.active(events.load(small)) == ()
        assert len(events.load(small)) == 2


def test_a_keeper_writes_the_log_of_own_stations_alone(small: Workspace, person: Any) -> None:
    with small.writing():
        Registry((Station("station:1299A", city="360100"), Station("station:1300A", city="360100"))).save(small)
    keeper = person("keeper", "360100")
    keeper.memberships.update(stations=["station:1299A"])
    row = records.propose(keeper, "log", {**HOURS, "subject": "1299A", "what": "power"})
    run("record", work.record)
    row.refresh_from_db()
    assert row.state == "recorded"
    assert events.load(small)[0].kind == "log:power"
    with pytest.raises(PermissionDenied):
        records.propose(keeper, "log", {**HOURS, "subject": "1300A", "what": "power"})
    with pytest.raises(PermissionDenied):
        records.propose(keeper, "dust", {**HOURS, "notice": "监测函〔2023〕1号"})


class TestReported:
    SAID = {"key": "forest_coverage", "period": "2022", "value": "63.1", "unit": "%", "evidence": "年报"}  # noqa: RUF012

    @pytest.fixture
    def chain(self, person: Any, bureau: Any) -> tuple[Any, Any, Any]:
        body = bureau("360100", kind="department", name="林业局")
        return person("reporter", organisation=body), person("head", organisation=body), person("checker", "360100")

    def report(self, user: Any, **more: str) -> ReportedValue:
        return reported.report(user, user.memberships.get().organisation, {**self.SAID, **more})

    def test_three_people_bring_a_value_into_the_workspace(self, small: Workspace, chain: Any) -> None:
        reporter, head, checker = chain
        row = self.report(reporter)
        reported.check(row, head)
        assert reported_rows.load(small) == ()
        reported.accept(row, checker)
        run("reported", work.reported_value)
        (kept,) = reported_rows.load(small)
        assert (kept.key, kept.subject, str(kept.value), kept.department, kept.by, kept.revision) == (
            "reported.forest_coverage", "360100", "63.1", "林业局", str(reporter), 1,
        )  # fmt: skip
        row.refresh_from_db()
        assert (row.state, row.record, row.revision) == ("recorded", kept.id, 1)

    def test_the_steps_are_in_order_and_by_others(self, chain: Any, person: Any, bureau: Any) -> None:
        reporter, head, checker = chain
        row = self.report(reporter)
        with pytest.raises(UsageError):
            reported.accept(row, checker)
        with pytest.raises(PermissionDenied):
            reported.check(row, reporter)
        with pytest.raises(PermissionDenied):
            reported.check(row, person("head", organisation=bureau("360100", kind="department", name="水利局")))
        reported.check(row, head)
        with pytest.raises(PermissionDenied):
            reported.accept(row, person("checker", "360400"))
        with pytest.raises(UsageError):
            self.report(reporter)
        reported.send_back(row, checker, "单位不对")
        assert row.state == "returned"

    def test_a_bad_value_is_refused_with_its_reason(self, chain: Any) -> None:
        with pytest.raises(InputError, match="约"):
            self.report(chain[0], value="约 63")

    def test_other_departments_and_cities_see_nothing(self, chain: Any, person: Any, bureau: Any, enter: Any) -> None:
        row = self.report(chain[0])
        other = bureau("360100", kind="department", name="水利局")
        for user in (person("reporter", organisation=other), person("head", organisation=other), person("checker", "360400")):
            client = enter(user)
            assert client.get(f"/desk/reported/{row.pk}/").status_code == 403
            assert "forest_coverage" not in client.get("/desk/reported/").text.replace("如 forest_coverage", "")
            for step in ("check", "accept", "return"):
                assert client.post(f"/desk/reported/{row.pk}/{step}/", {"remark": "x"}).status_code == 403
        row.refresh_from_db()
        assert row.state == "reported"


class TestTargets:
    SAID = {  # noqa: RUF012
        "subject": "南昌市", "indicator": "air.pm25.mean", "period": "2025", "value": "29", "direction": "at_most", "unit": "µg/m³",
        "source": "赣府〔2021〕1号", "confidence": "one-source", "met_by": "unknown", "places": "own",
    }  # fmt: skip

    def test_set_replace_and_remove(self, small: Workspace, person: Any) -> None:
        user = person("drafter", "360100")
        (small.path / "targets.toml").write_text("# 手写的说明\n", encoding="utf-8")
        before = len(targets_for(small, "360100"))
        registry.set_target(user, self.SAID)
        registry.set_target(user, {**self.SAID, "value": "28.5"})
        held = [each for each in targets_for(small, "360100") if each.source == self.SAID["source"]]
        assert [str(each.value) for each in held] == ["28.5"]
        assert "# 手写的说明" in (small.path / "targets.toml").read_text(encoding="utf-8")
        registry.remove_target(user, {**self.SAID, "subject": "360100"})
        assert len(targets_for(small, "360100")) == before

    def test_elsewhere_and_nonsense_are_refused(self, person: Any) -> None:
        user = person("drafter", "360100")
        with pytest.raises(PermissionDenied):
            registry.set_target(user, {**self.SAID, "subject": "九江市"})
        with pytest.raises(YangbanError):
            registry.set_target(user, {**self.SAID, "value": '29"\nsubject = "360400'})


def test_a_station_of_ones_own_city_is_added_and_another_citys_is_not(small: Workspace, person: Any) -> None:
    user = person("data_reviewer", "360100")
    row = {"station": "1299A", "name": "省站", "city": "南昌市", "network": "state", "role": "evaluation", "valid_from": "2021-01-01"}
    registry.ask_station(user, "360100", row)
    for _ in range(2):
        result, well = work.registry_list(Job.objects.get(kind="registry"), quiet)
        assert (result["added"], well) == (1, True)
    (held,) = Registry.load(small).rows
    assert (held.station, held.city, held.name) == ("station:1299A", "360100", "省站")
    with pytest.raises(UsageError, match="范围"):
        registry.ask_station(user, "360100", {**row, "city": "九江市"})
    with pytest.raises(PermissionDenied):
        registry.ask_station(person("data_reviewer", "360400"), "360400", {**row, "city": "九江市"})


class TestLetters:
    def letter(self, region: str = "360100", number: str = "L1") -> Complaint:
        due = today() + timedelta(days=1)
        return Complaint.objects.create(
            number=number, code="x", kind="complaint", region=region, subject="异味", text="晚上有异味", due=due
        )

    def test_answered_once_within_the_region(self, person: Any, enter: Any) -> None:
        letter, user = self.letter(), person("editor", "360100")
        letters.take(letter, user)
        letters.answer(letter, user, "已到现场查看，责令整改。")
        assert (letter.state, letter.answered_by) == ("answered", user)
        with pytest.raises(UsageError):
            letters.answer(letter, user, "再答一次看看")
        client = enter(person("editor", "360400"))
        assert client.get("/desk/letters/L1/").status_code == 403
        assert client.post("/desk/letters/L1/answer/", {"answer": "不该由我答复"}).status_code == 403
        assert "异味" not in client.get("/desk/letters/?state=answered").text

    def test_what_is_due_soon_stands_first(self, person: Any, enter: Any) -> None:
        self.letter()
        text = enter(person("editor", "360100")).get("/desk/").text
        assert "将到期" in text
