"""The way of a department's value: reported → checked by its head → accepted by the bureau, three people; then into the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from yangban.base.errors import UsageError
from yangban.readings.reported import Reported, append, reported_of
from yangban.readings.workspace import Workspace
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import covered, demand, holds
from yangban.web.jobs.work import enqueue
from yangban.web.monitor.models import ReportedValue
from yangban.web.words import pick

State: Any = ReportedValue.State


def organisations_of(user: User, action: str) -> list[Organisation]:
    """The organisations for which a person may do an action that belongs to one's own."""
    found = {each.organisation_id: each.organisation for each in user.current_memberships() if holds(each, action)}
    return list(found.values())


def seen_by(user: User) -> QuerySet[ReportedValue]:
    """The values of one's own department, and those of the places where one accepts them."""
    own = [each.pk for action in ("reported.fill", "reported.check") for each in organisations_of(user, action)]
    places = set(ReportedValue.objects.order_by().values_list("region", flat=True).distinct())
    rows = ReportedValue.objects.filter(Q(organisation__in=own) | Q(region__in=covered(user, "reported.accept", places)))
    return rows.select_related("organisation", "reported_by", "checked_by", "accepted_by")


def report(user: User, organisation: Organisation, said: Mapping[str, str]) -> ReportedValue:
    """填报. Raises :class:`~yangban.base.errors.InputError` for what the workspace's list would refuse."""
    demand(user, "reported.fill", organisation=organisation.pk)
    names = ("key", "period", "value", "unit", "scope", "evidence")
    row = reported_of(
        {**{name: said.get(name, "") for name in names}, "subject": organisation.region, "department": organisation.name, "by": str(user)}
    )
    waiting = ReportedValue.objects.filter(
        region=row.subject, key=row.key, period=row.period, scope=row.scope, state__in=(State.REPORTED, State.CHECKED, State.ACCEPTED)
    ).first()
    if waiting is not None:
        raise UsageError(
            pick(f"同一指标同一时段已有在办的填报 #{waiting.pk}", f"Value #{waiting.pk} of the same indicator and period is on its way")
        )
    with transaction.atomic():
        made = ReportedValue.objects.create(
            organisation=organisation,
            region=row.subject,
            key=row.key,
            period=row.period,
            value=said.get("value", "").strip(),
            unit=row.unit,
            scope=row.scope,
            evidence=row.evidence,
            reported_by=user,
        )
        _record(user, "reported.fill", made, {"value": made.value, "unit": made.unit})
    return made


def check(row: ReportedValue, user: User) -> None:
    """审核: the head of the same department, who did not report it."""
    with transaction.atomic():
        held = _held(row, State.REPORTED)
        demand(user, "reported.check", organisation=held.organisation_id, apart_from=[held.reported_by_id])
        held.state, held.checked_by, held.checked_at = State.CHECKED, user, timezone.now()
        held.save(update_fields=("state", "checked_by", "checked_at"))
        _record(user, "reported.check", held, {"value": held.value})
    row.refresh_from_db()


def accept(row: ReportedValue, user: User) -> None:
    """采用: the bureau takes it, and a job writes it into the workspace."""
    with transaction.atomic():
        held = _held(row, State.CHECKED)
        demand(user, "reported.accept", region=held.region, apart_from=[held.reported_by_id, held.checked_by_id])
        held.state, held.accepted_by, held.accepted_at = State.ACCEPTED, user, timezone.now()
        held.save(update_fields=("state", "accepted_by", "accepted_at"))
        _record(user, "reported.accept", held, {"value": held.value})
        enqueue("reported", pick(f"登记填报 {held}", f"Write {held}"), {"value": held.pk}, user=user, region=held.region)
    row.refresh_from_db()


def send_back(row: ReportedValue, user: User, remark: str) -> None:
    """退回: by the head before the check, by the bureau after it; whoever reported it may take it back before the check."""
    with transaction.atomic():
        held = _held(row, State.REPORTED, State.CHECKED)
        if held.state == State.CHECKED:
            demand(user, "reported.accept", region=held.region)
        elif held.reported_by_id != user.pk:
            demand(user, "reported.check", organisation=held.organisation_id)
        if not remark.strip():
            raise UsageError(pick("退回要写明理由", "Say why it is returned"))
        held.state, held.remark = State.RETURNED, remark.strip()
        held.save(update_fields=("state", "remark"))
        _record(user, "reported.return", held, {"remark": held.remark})
    row.refresh_from_db()


def _held(row: ReportedValue, *states: Any) -> ReportedValue:
    held = ReportedValue.objects.select_for_update().get(pk=row.pk)
    if held.state not in states:
        raise UsageError(
            pick(
                f"这条填报现在是“{held.get_state_display()}”，不能这样办",
                f"The value is “{held.get_state_display()}” now; it cannot be done",
            )
        )
    return held


def write(row: ReportedValue, workspace: Workspace) -> None:
    """Add an accepted value to the workspace's list; a value that an earlier try added stands there in the same words."""
    if row.state != State.ACCEPTED:
        return
    added = append(workspace, [_as_reported(row)])
    (made,) = (*added.recorded, *added.already)
    with transaction.atomic():
        held = ReportedValue.objects.select_for_update().get(pk=row.pk)
        if held.state == State.ACCEPTED:
            held.state, held.record, held.revision = State.RECORDED, made.id, made.revision
            held.save(update_fields=("state", "record", "revision"))
            _record(held.accepted_by, "reported.recorded", held, {"record": made.id, "revision": made.revision})
    row.refresh_from_db()


def failed(row: ReportedValue, why: str) -> None:
    """The workspace's list refused it."""
    with transaction.atomic():
        held = ReportedValue.objects.select_for_update().get(pk=row.pk)
        if held.state == State.ACCEPTED:
            held.state, held.remark = State.FAILED, why[:300]
            held.save(update_fields=("state", "remark"))
            _record(held.accepted_by, "reported.failed", held, {"why": held.remark})
    row.refresh_from_db()


def _as_reported(row: ReportedValue) -> Reported:
    words = {name: getattr(row, name) for name in ("key", "period", "value", "unit", "scope", "evidence")}
    return reported_of({**words, "subject": row.region, "department": row.organisation.name, "by": str(row.reported_by)})


def _record(user: User | None, action: str, row: ReportedValue, detail: Mapping[str, Any]) -> None:
    audit.record(
        user,
        action,
        f"reported:{row.pk}",
        {"key": row.key, "region": row.region, "period": row.period, **detail},
        organisation=row.organisation.name,
    )
