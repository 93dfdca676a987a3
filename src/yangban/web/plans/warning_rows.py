"""From measurement to warning on the site: published Figures and late reports become warnings on the units that own them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction

from yangban.assess.figure import Figure
from yangban.base.errors import NotAllowed
from yangban.base.periods import parse
from yangban.govern.rows import task_of
from yangban.govern.warnings import Alert, Cause, off_path, raise_alerts, report_late, section_missed
from yangban.indicators.targets import Target, bound
from yangban.indicators.warnings import Measures, warn
from yangban.standards.governance import Signals
from yangban.standards.systems import load_systems
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import lies_within
from yangban.web.plans import actors, governance, measured, tasks, work
from yangban.web.plans.models import MeasuredWarning, PlanDocument, Task
from yangban.web.plans.notes import tell_unit
from yangban.web.plans.seeing import own_units


def signals() -> Signals:
    """From which point measurements warn."""
    return governance.held().signals["default"]


def causes_of(rows: Sequence[Task], *, period: str) -> list[Cause]:
    """The causes that the newest published Figures of the tasks' targets give: each place and indicator once."""
    rules = load_systems().warning_rules("default")
    targets = {(each.indicator, each.subject): each for row in rows for each in task_of(row.body).terms.targets}
    found: list[Cause] = []
    figures = tasks.figures_of(list(targets.values()))
    until = parse(period).end
    newest: dict[tuple[str, str], Figure] = {}
    for figure in figures:
        key = (figure.indicator, figure.subject)
        if parse(figure.period).end <= until and (key not in newest or parse(newest[key].period).end < parse(figure.period).end):
            newest[key] = figure
    for key, figure in newest.items():
        target = targets[key]
        if figure.indicator == "water.class":
            cause = section_missed(figure, target=int(target.value), signals=signals())
        else:
            cause = _off(figure, target, rules)
        if cause is not None:
            found.append(cause)
    return found


def _off(figure: Figure, target: Target, rules: Any) -> Cause | None:
    """The cause of a Figure that lies on the wrong side of its target: so far, in per cent of the target."""
    if not figure.usable or figure.exact is None or figure.unit != target.unit:
        return None
    edge = Fraction(target.value)
    met = bound(target.value, target.direction, met_by="unrounded", decimals=target.decimals).holds(figure.exact)
    away = (figure.exact - edge) if target.direction == "at_most" else (edge - figure.exact)
    gap = away * 100 / edge if edge else None
    over = parse(figure.period).end >= target.period.end
    state = "met" if met and over else "missed" if over and not met else "open"
    return off_path(figure, warn(Measures(state=state, gap_percent=gap), rules), signals=signals())


def late_causes(rows: Iterable[Task], *, period: str, today: date) -> list[Cause]:
    """The causes of reports that are late."""
    due = work.due_of(period)
    made = [report_late(task_of(row.body), period=period, due=due, today=today, signals=signals()) for row in rows]
    return [each for each in made if each is not None]


def owners(subject: str = "") -> dict[str, tuple[str, ...]]:
    """From each indicator to the units that lead items of plans which name it; of a ``subject`` by the plans of its place and above."""
    found: dict[str, dict[str, None]] = {}
    for document in PlanDocument.objects.prefetch_related("versions"):
        if subject and not lies_within(subject, document.region):
            continue
        newest = max(document.versions.all(), key=lambda each: each.version, default=None)
        for item in newest.items if newest else ():
            for indicator in filter(None, str(item.get("indicators", "")).split("、")):
                if item.get("lead"):
                    found.setdefault(indicator, {})[item["lead"]] = None
    return {indicator: tuple(units) for indicator, units in found.items()}


@transaction.atomic
def raise_all(
    causes: Iterable[Cause], rows: Sequence[Task], *, user: User | None = None, at: datetime | None = None
) -> list[MeasuredWarning]:
    """Keep each new cause as a warning on those who own it, and tell them. The same cause warns once, a worse colour again."""
    moment = at or tasks.now()
    held = list(causes)
    known = MeasuredWarning.objects.filter(key__in=[each.key for each in held]).values_list("key", flat=True)
    seen = set(known)
    places = {each.subject: measured.region_of(each.subject) for each in held if each.key not in seen and not each.task}
    owned = {(indicator, subject): units for subject, place in places.items() for indicator, units in owners(place or subject).items()}
    alerts = raise_alerts(held, [task_of(row.body) for row in rows], owners=owned, known=seen)
    units = {each.name: each for each in Organisation.objects.filter(name__in={name for alert in alerts for name in alert.units})}
    offices = actors.offices({place for place in places.values() if place})
    made = []
    for alert in alerts:
        shown = alert.to_dict()
        if alert.cause.figure is not None and alert.cause.figure.exact is not None:
            shown["figure"]["exact"] = str(alert.cause.figure.exact)
        row = MeasuredWarning.objects.create(
            key=alert.cause.key,
            kind=alert.cause.kind,
            colour=alert.cause.colour,
            text=alert.cause.text[:400],
            indicator=alert.cause.indicator,
            subject=alert.cause.subject,
            region=places.get(alert.cause.subject, alert.cause.subject),
            period=alert.cause.period,
            figure=shown["figure"],
            synthetic=alert.cause.synthetic,
            raised_at=moment,
        )
        row.tasks.set(alert.tasks)
        row.units.set([units[name] for name in alert.units if name in units])
        first = row.tasks.first()
        for name in alert.units:
            tell_unit(name, ("head", "reporter"), "warning", alert.cause.text, first)
        if not alert.units and row.region in offices:
            # Nobody owns it: the office of the place has to name somebody.
            tell_unit(offices[row.region].name, ("office",), "warning", f"还没有责任单位：{alert.cause.text}", None)
        made.append(row)
    if made:
        audit.record(user, "warning.raise", made[0].period, {"count": len(made), "keys": [each.key for each in made][:50]})
    return made


def scan(
    rows: Sequence[Task], *, period: str, today: date, user: User | None = None, at: datetime | None = None, region: str = ""
) -> list[MeasuredWarning]:
    """Everything that the newest Figures and the calendar say of some tasks; with ``region`` also what they say of its places.

    What a path or a forecast says of an indicator takes the place of the bare comparison with its target.
    """
    late = late_causes(
        [row for row in rows if row.working and row.issued_on and row.issued_on <= parse(period).end], period=period, today=today
    )
    targets = [each for row in rows for each in task_of(row.body).terms.targets]
    wide = measured.all_causes(period, targets, signals=signals()) if region else []
    wide = [each for each in wide if lies_within(measured.region_of(each.subject), region)]
    told = {(each.indicator, each.subject) for each in wide if each.kind != "rank"}
    own = [each for each in causes_of(rows, period=period) if (each.indicator, each.subject) not in told]
    return raise_all([*wide, *own, *late], rows, user=user, at=at)


@transaction.atomic
def answer(user: User, pk: int, text: str, *, at: datetime | None = None) -> MeasuredWarning:
    """Say what is being done about a warning; only a unit that it concerns may."""
    row = MeasuredWarning.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotAllowed("facts", "没有这条预警；请刷新后再办")
    if not row.units.filter(pk__in=own_units(user)).exists():
        raise NotAllowed("who", "这条预警不在您单位名下")
    if not text.strip():
        raise NotAllowed("facts", "请写明原因和正在采取的措施")
    if row.answered_at is not None:
        raise NotAllowed("state", f"已由 {row.answered_by} 说明")
    row.answer, row.answered_by, row.answered_at = text.strip()[:400], user, at or tasks.now()
    row.save(update_fields=("answer", "answered_by", "answered_at"))
    audit.record(user, "warning.answer", row.key, {"text": row.answer})
    return row


def alerts_of(period: str, rows: Sequence[Task]) -> list[Alert]:
    """The warnings of a period that concern some tasks, as papers tell them."""
    span = parse(period)
    held = MeasuredWarning.objects.filter(tasks__in=[row.pk for row in rows]).distinct().prefetch_related("tasks", "units")
    found = []
    for row in held.order_by("raised_at", "pk"):
        if not (span.start <= parse(row.period).end <= span.end or span.start <= row.raised_at.date() <= span.end):
            continue
        cause = Cause(
            kind=row.kind,
            colour=row.colour,
            text=row.text,
            indicator=row.indicator,
            subject=row.subject,
            period=row.period,
            figure=figure_from(row.figure),
        )
        found.append(Alert(cause, tuple(each.pk for each in row.tasks.all()), tuple(each.name for each in row.units.all())))
    return found


def figure_from(kept: dict[str, Any] | None) -> Figure | None:
    """A Figure as a warning kept it."""
    if kept is None:
        return None
    row = {key: value for key, value in kept.items() if key not in {"value", "exact"}}
    exact = kept.get("exact")
    return Figure(
        **{
            **row,
            "exact": None if exact is None else Fraction(exact),
            "display": None if row["display"] is None else Decimal(row["display"]),
            "documents": tuple(row["documents"]),
            "unverified": tuple(row["unverified"]),
        }
    )
