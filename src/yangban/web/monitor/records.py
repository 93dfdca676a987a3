"""What people say of readings: reviews and exclusions by two persons, dust and the station log by one; then it goes into the workspace.

A first person proposes, another one confirms, and neither may answer for the station in question. Only then does a job add the records to
the workspace's list of events, so that nothing said by one person alone changes a result.

========= ========= =========================== =========================================================
from      to        by                          what else happens
========= ========= =========================== =========================================================
–         proposed  :func:`propose`             for what takes two persons
–         confirmed :func:`propose`             for dust and the log; the job ``record`` writes
proposed  confirmed :func:`confirm`, another    the job ``record`` writes
proposed  returned  :func:`send_back`
confirmed recorded  :func:`write` (the job)     the ids of the events are kept
confirmed failed    :func:`failed` (the job)    with the reason
========= ========= =========================== =========================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from yangban.base.errors import UsageError
from yangban.base.pollutants import HOURLY_SIX
from yangban.readings import events
from yangban.readings.events import Event
from yangban.readings.stations import Registry
from yangban.readings.workspace import Workspace
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import covered, demand, holds, lies_within
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import enqueue
from yangban.web.monitor.models import DataRecord
from yangban.web.monitor.places import place_finder
from yangban.web.words import pick
from yangban.web.workspace import site_workspace

Kind: Any = DataRecord.Kind
State: Any = DataRecord.State
ACTION: Final[Mapping[str, str]] = {
    Kind.REVIEW: "data.review",
    Kind.EXCLUSION: "data.exclude",
    Kind.WITHDRAWAL: "data.exclude",
    Kind.DUST: "events.record",
    Kind.LOG: "events.record",
    Kind.EXCEPTIONAL: "events.record",
}
"""What one must be allowed to do to propose each kind."""


def seen_by(user: User) -> QuerySet[DataRecord]:
    """The records of the places whose readings a person may see."""
    places = set(DataRecord.objects.order_by().values_list("region", flat=True).distinct())
    return DataRecord.objects.filter(region__in=covered(user, "readings.see", places)).select_related("proposed_by", "confirmed_by")


def answers_for(user: User, subject: str, workspace: Workspace) -> bool:
    """Whether a person answers for a station, or for a station in the place: then somebody else has to judge its readings."""
    own = {each for held in user.current_memberships() for each in held.stations}
    if subject in own:
        return True
    if subject.startswith(("station:", "section:")) or not own:
        return False
    rows = [row for row in Registry.load(workspace).rows if row.station in own]
    return any(lies_within(row.county or row.city, subject) for row in rows if row.county or row.city)


def _demand_apart(user: User, subject: str, workspace: Workspace) -> None:
    if answers_for(user, subject, workspace):
        raise PermissionDenied(
            pick("您负责这个站点的运维，它的数据须由别人审核", "You answer for this station; somebody else has to judge its readings")
        )


def propose(user: User, kind: str, said: Mapping[str, str]) -> DataRecord:
    """The first person's step; ``said`` holds the words of the form.

    Raises :class:`~yangban.base.errors.UsageError` for what the list of events would refuse.
    """
    workspace = site_workspace()
    if kind not in ACTION:
        raise UsageError(pick(f"不认识的类型 {kind!r}", f"Unknown kind {kind!r}"))
    old = _event(workspace, said.get("replaces", "")) if kind == Kind.WITHDRAWAL else None
    subject = old.subject if old else events.subject_of(said.get("subject", ""), events.known_stations(workspace))
    region = place_finder(workspace)(subject)
    if not region:
        raise UsageError(pick(f"点位名册里没有 {subject} 的所在地，请先登记", f"Nobody knows where {subject} lies; register it first"))
    demand(user, ACTION[kind], region=region)
    _demand_post(user, kind, region, subject)
    row = DataRecord(
        kind=kind,
        what=said.get("what", "").strip(),
        region=region,
        subject=subject,
        start=timezone.make_aware(old.start if old else events.hour_label(said.get("start", ""))),
        end=timezone.make_aware(old.end if old else events.hour_label(said.get("end", "") or said.get("start", ""), last=True)),
        pollutants=list(old.pollutants if old else events.pollutant_words(said.get("pollutants", ""))),
        verdict=said.get("verdict", "") if kind == Kind.REVIEW else "",
        code=said.get("code", "").strip() if kind == Kind.REVIEW else "",
        notice=said.get("notice", "").strip(),
        reason=said.get("reason", "").strip(),
        signal=said.get("signal", "")[:400],
        replaces=said.get("replaces", "") if kind == Kind.WITHDRAWAL else "",
        proposed_by=user,
    )
    if row.needs_two:
        _demand_apart(user, subject, workspace)
        _unless_waiting(row)
    for event in _events(row, user, None)[:1]:
        events.check(event, events.load(workspace), now=datetime.now(UTC))
    with transaction.atomic():
        row.state = State.PROPOSED if row.needs_two else State.CONFIRMED
        row.save()
        _record(user, "data.propose" if row.needs_two else "events.record", row, {"reason": row.reason, "verdict": row.verdict})
        if not row.needs_two:
            _to_be_written(row, user)
    return row


def _demand_post(user: User, kind: str, region: str, subject: str) -> None:
    """A keeper writes the log of the stations that the post names, and nothing else."""
    if ACTION[kind] != "events.record":
        return
    held = [each for each in user.current_memberships() if holds(each, "events.record", region=region)]
    if any(each.role == "data_reviewer" for each in held):
        return
    if kind != Kind.LOG:
        raise PermissionDenied(pick("站点运维人员只登记站点日志", "Keepers of stations write the station log alone"))
    if not any(not each.stations or subject in each.stations for each in held):
        raise PermissionDenied(pick("这个站点不由您运维", "You do not keep this station"))


def _unless_waiting(row: DataRecord) -> None:
    same = DataRecord.objects.filter(state=State.PROPOSED, subject=row.subject, start__lte=row.end, end__gte=row.start, kind=row.kind)
    clash = next((each for each in same if not each.pollutants or not row.pollutants or set(each.pollutants) & set(row.pollutants)), None)
    if clash is not None:
        raise UsageError(
            pick(f"同一对象同一时段已有待复核的记录 #{clash.pk}", f"Record #{clash.pk} of the same subject and hours already waits")
        )


def confirm(row: DataRecord, user: User) -> None:
    """The second person agrees, and the record is written into the workspace."""
    with transaction.atomic():
        held = _held(row, State.PROPOSED)
        demand(user, "data.confirm", region=held.region, apart_from=[held.proposed_by_id])
        _demand_apart(user, held.subject, site_workspace())
        held.state, held.confirmed_by, held.confirmed_at = State.CONFIRMED, user, timezone.now()
        held.save(update_fields=("state", "confirmed_by", "confirmed_at"))
        _record(user, "data.confirm", held, {})
        _to_be_written(held, user)
    row.refresh_from_db()


def send_back(row: DataRecord, user: User, remark: str) -> None:
    """The second person does not agree, or the first one takes it back; nothing of it was ever in force."""
    with transaction.atomic():
        held = _held(row, State.PROPOSED)
        if held.proposed_by_id != user.pk:
            demand(user, "data.confirm", region=held.region)
        if not remark.strip():
            raise UsageError(pick("退回要写明理由", "Say why it is returned"))
        held.state, held.remark = State.RETURNED, remark.strip()
        held.save(update_fields=("state", "remark"))
        _record(user, "data.return", held, {"remark": held.remark})
    row.refresh_from_db()


def _held(row: DataRecord, state: str) -> DataRecord:
    held = DataRecord.objects.select_for_update().get(pk=row.pk)
    if held.state != state:
        raise UsageError(
            pick(
                f"这条记录现在是“{held.get_state_display()}”，不能这样办",
                f"The record is “{held.get_state_display()}” now; it cannot be done",
            )
        )
    return held


def _to_be_written(row: DataRecord, user: User) -> Job:
    title = pick(f"登记{row.get_kind_display()} #{row.pk}", f"Record {row.get_kind_display()} #{row.pk}")
    return enqueue("record", title, {"record": row.pk}, user=user, region=row.region)


# ------------------------------------------------------------------------------------------------------------------ what the job does


def write(row: DataRecord, workspace: Workspace) -> None:
    """Add what a record says to the list of events; what an earlier try added is found there in the same words."""
    if row.state != State.CONFIRMED:
        return
    if row.kind == Kind.WITHDRAWAL:
        gone = next((each for each in events.load(workspace) if each.kind == "withdrawal" and each.replaces == row.replaces), None)
        ids = [gone.id if gone else events.withdraw(workspace, row.replaces, by=str(row.proposed_by), reason=_reason(row)).id]
    else:
        added = events.append(workspace, _events(row, row.proposed_by, row.confirmed_by))
        ids = [each.id for each in (*added.recorded, *added.already)]
    with transaction.atomic():
        held = DataRecord.objects.select_for_update().get(pk=row.pk)
        if held.state == State.CONFIRMED:
            held.state, held.events = State.RECORDED, ids
            held.save(update_fields=("state", "events"))
            _record(held.confirmed_by or held.proposed_by, "data.recorded", held, {"events": ids})
    row.refresh_from_db()


def failed(row: DataRecord, why: str) -> None:
    """The list of events refused it."""
    with transaction.atomic():
        held = DataRecord.objects.select_for_update().get(pk=row.pk)
        if held.state == State.CONFIRMED:
            held.state, held.remark = State.FAILED, why[:300]
            held.save(update_fields=("state", "remark"))
            _record(held.proposed_by, "data.failed", held, {"why": held.remark})
    row.refresh_from_db()


def _events(row: DataRecord, first: User, second: User | None) -> list[Event]:
    """What a record adds to the list.

    A review that somebody of the province confirms is one of the city and one of the province; of two persons of a city it is one of the
    city that names both.
    """
    base: dict[str, Any] = {
        "subject": row.subject,
        "start": timezone.make_naive(row.start),
        "end": timezone.make_naive(row.end),
        "pollutants": tuple(item for item in HOURLY_SIX if item in row.pollutants),
        "notice": row.notice,
    }
    if row.kind == Kind.WITHDRAWAL:
        return []
    if row.kind != Kind.REVIEW:
        kind = f"{row.kind}:{row.what}" if row.kind in {Kind.LOG, Kind.EXCEPTIONAL} else str(row.kind)
        return [Event(events.kind_word(kind), by=str(first), reason=_reason(row), **base)]
    judged = {**base, "reason": row.reason, "verdict": row.verdict, "code": row.code}
    if second is None:
        return [Event("review", by=str(first), state="city", **judged)]
    of_province = any(holds(each, "data.confirm", region=row.region) and each.level == "province" for each in second.current_memberships())
    if of_province:
        return [Event("review", by=str(first), state="city", **judged), Event("review", by=str(second), state="province", **judged)]
    return [Event("review", by=f"{first}、{second}", state="city", **judged)]


def _reason(row: DataRecord) -> str:
    return row.reason if row.confirmed_by is None else f"{row.reason}（复核：{row.confirmed_by}）"


def _event(workspace: Workspace, number: str) -> Event:
    found = next((each for each in events.active(events.load(workspace)) if each.id == number), None)
    if found is None:
        raise UsageError(pick(f"没有有效的记录 {number!r}", f"No record {number!r} is in force"))
    return found


def in_force(user: User, workspace: Workspace) -> list[dict[str, Any]]:
    """The records of the workspace that hold, of the places whose readings a person may see, newest first."""
    find = place_finder(workspace)
    found = [(each, find(each.subject)) for each in events.active(events.load(workspace))]
    mine = set(covered(user, "readings.see", {place for _, place in found if place}))
    return [{"event": each, "items": " ".join(each.pollutants)} for each, place in reversed(found) if place in mine]


def _record(user: User | None, action: str, row: DataRecord, detail: Mapping[str, Any]) -> None:
    told = {"kind": row.kind, "subject": row.subject, "from": row.start.isoformat(), "to": row.end.isoformat(), **detail}
    audit.record(user, action, f"record:{row.pk}", told)
