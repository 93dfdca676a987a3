"""Fill once on the site: the register of forms, the values that units gave, and the burden that both together are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from yangban.base import regions
from yangban.base.errors import NotAllowed
from yangban.base.periods import half_of, month_of, parse, quarter_of, year_of
from yangban.govern import forms
from yangban.govern.forms import Box, Burden, Field, Form, Given
from yangban.standards.governance import RedLines
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import demand
from yangban.web.monitor.models import ReportedValue
from yangban.web.plans import governance, tasks
from yangban.web.plans.models import FormEntry, FormReturn, GivenValue
from yangban.web.plans.office import office_post
from yangban.web.public import selectors
from yangban.web.public.models import PublishedFigure, PublishedRelease


def red_lines() -> RedLines:
    """The red lines that every form is held against."""
    return next(iter(governance.held().red_lines.values()))


def body_of(form: Form) -> dict[str, Any]:
    """A form as JSON holds it."""
    made = {each.name: getattr(form, each.name) for each in fields(Form)}
    return made | {
        "starts": form.starts.isoformat(), "ends": form.ends.isoformat(), "units": list(form.units), "flags": sorted(form.flags),
        "fields": [vars(each) for each in form.fields],
    }  # fmt: skip


def form_of(entry: FormEntry) -> Form:
    """The form of an entry."""
    row = dict(entry.body)
    return Form(
        **{
            **row, "starts": date.fromisoformat(row["starts"]), "ends": date.fromisoformat(row["ends"]), "units": tuple(row["units"]),
            "flags": frozenset(row["flags"]), "fields": tuple(Field(**each) for each in row["fields"]),
        }
    )  # fmt: skip


def every_form() -> list[Form]:
    """All forms of the register."""
    return [form_of(each) for each in FormEntry.objects.order_by("number")]


@transaction.atomic
def enter(user: User, form: Form, *, at: datetime | None = None) -> FormEntry:
    """Put a form into the register; what another form asks already is taken from there, and a red line refuses it."""
    office = office_post(user)
    demand(user, "forms.register", region=office.region)
    if re.search(r"[\s/\\?#%]", form.number):
        raise NotAllowed("facts", f"表号 {form.number!r} 里不能有空格、斜线、问号、井号、百分号")
    held = every_form()
    shared = forms.shared(form, held)
    forms.register(held, shared, red_lines=red_lines())
    try:
        with transaction.atomic():
            entry = FormEntry.objects.create(
                number=form.number, title=form.title[:120], owner=office, region=office.region, level=form.level, rhythm=form.rhythm,
                starts=form.starts, ends=form.ends, body=body_of(shared), by=user, at=at or tasks.now(),
            )  # fmt: skip
    except IntegrityError:
        raise NotAllowed("number_unused", f"表号 {form.number} 刚刚被别人用掉；请取新号") from None
    audit.record(user, "form.register", form.number, {"fields": len(form.fields)})
    return entry


def period_of(form: Form, day: date) -> str:
    """The period for which a form is filled on a day: the last whole one of its rhythm; of a form that is filled once, its first month."""
    if form.rhythm == "once":
        return f"{form.starts:%Y-%m}"
    now = {
        "quarter": quarter_of(day.year, (day.month + 2) // 3), "half": half_of(day.year, 1 + (day.month > 6)), "year": year_of(day.year),
    }.get(form.rhythm, month_of(day.year, day.month))  # fmt: skip
    return now.before().label


def due(unit: Organisation, day: date) -> list[Form]:
    """The forms that a unit has to fill on a day."""
    return list(forms.due(every_form(), unit=unit.name, level=unit.level, on=day))


def given_of(row: GivenValue) -> Given:
    """A row as the value that it is."""
    return Given(
        unit=row.unit.name, period=row.period, question=(row.asks, row.scope), value=row.value, form=row.form, field=row.field,
        by=str(row.by), at=row.at, revision=row.revision, reason=row.reason, subject=row.subject, source=row.source, origin=row.origin,
    )  # fmt: skip


def given_by(unit: Organisation) -> list[Given]:
    """Everything that a unit has given, and what other units and departments have reported of the same place."""
    asked = Q(unit=unit) | Q(subject=unit.region, asks__startswith="reported.")
    rows = GivenValue.objects.filter(asked).select_related("by", "unit")
    states = (ReportedValue.State.ACCEPTED, ReportedValue.State.RECORDED)
    accepted = ReportedValue.objects.filter(region=unit.region, state__in=states).select_related("organisation", "reported_by")
    return [*map(given_of, rows), *map(_reported, accepted)]


def _reported(row: ReportedValue) -> Given:
    """What a department reported and the bureau accepted: it is known, and asked of nobody again."""
    key = row.key if row.key.startswith("reported.") else f"reported.{row.key}"
    return Given(
        unit=f"{row.organisation.name}（部门填报）", period=row.period, question=(key, row.scope), value=row.value, form="部门填报",
        field=row.key, by=str(row.reported_by), at=row.accepted_at or row.reported_at, subject=row.region,
    )  # fmt: skip


def boxes(form: Form, unit: Organisation, period: str, *, given: Iterable[Given] | None = None) -> tuple[Box, ...]:
    """A form as it comes to a unit: whatever is known stands in it."""
    asked = [each.asks for each in form.fields if each.source == forms.FIGURE]
    figures = []
    if asked:
        rows = PublishedFigure.objects.filter(
            release__in=PublishedRelease.objects.visible(), indicator__in=asked, subject=unit.region, period=period, scope="as_monitored"
        )
        newest: dict[str, PublishedFigure] = {}
        for row in rows.select_related("roots", "release").order_by("release_id"):
            first = next(iter(selectors.editions_of(row.release, row.indicator)), row.edition)
            if row.indicator not in newest or newest[row.indicator].release_id < row.release_id or row.edition == first:
                newest[row.indicator] = row
        figures = [tasks.figure_of(row) for row in newest.values()]
    held = given_by(unit) if given is None else given
    return forms.prefill(form, unit=unit.name, subject=unit.region, period=period, given=held, figures=figures)


@transaction.atomic
def give(
    user: User,
    number: str,
    unit: Organisation,
    period: str,
    values: Mapping[str, tuple[str, str]],
    *,
    at: datetime | None = None,
    whole: bool = False,
) -> int:
    """Give the values of a form, by field with the reason where one is corrected or skipped; what stands there already is left alone.

    With ``whole`` the earlier answers that stand there unchanged are confirmed for this period, and the form is handed in once nothing is
    left to type. Returns how many values were given.
    """
    demand(user, "forms.fill", organisation=unit.pk)
    entry = FormEntry.objects.get(number=number)
    form, held, moment = form_of(entry), given_by(unit), at or tasks.now()
    made: list[GivenValue] = []
    now = {box.field.key: box for box in boxes(form, unit, parse(period).label, given=held)}
    sent = dict(values)
    if whole:
        kept = {key: (box.value, "") for key, box in now.items() if box.source == forms.EARLIER and key not in sent}
        sent |= kept
    for key, (value, reason) in sent.items():
        box = now.get(key)
        if box is None or (value.strip() == box.value and box.source in {forms.REPORTED, forms.FIGURE}):
            continue
        if box.source == forms.FIGURE:
            raise NotAllowed("facts", f"{box.field.name}由系统按已发布的结果计算（{box.place}），不能另填；有异议请从“投诉或提建议”反映")
        correct = box.source == forms.REPORTED
        answer = forms.give(
            form,
            key,
            value,
            unit=unit.name,
            level=unit.level,
            period=period,
            by=str(user),
            at=moment,
            held=held,
            correct=correct,
            reason=reason,
            subject=unit.region,
            **_whence(box, value),
        )
        held.append(answer)
        made.append(
            GivenValue(
                unit=unit, period=period, asks=answer.question[0], scope=answer.question[1], revision=answer.revision, value=answer.value,
                form=form.number, field=answer.field, reason=reason[:400], by=user, at=moment, subject=answer.subject,
                source=answer.source, origin=answer.origin[:400],
            )
        )  # fmt: skip
    try:
        with transaction.atomic():
            GivenValue.objects.bulk_create(made)
    except IntegrityError:
        raise NotAllowed("asked_twice", "同一个数刚刚由别人填了；请刷新后查看") from None
    audit.record(user, "form.give", f"{number} {period}", {"unit": unit.name, "values": len(made)})
    if whole:
        _hand_in(user, entry, form, unit, period, moment)
    return len(made)


def _whence(box: Box, value: str) -> dict[str, str]:
    """Whence a value comes: an earlier answer that was left as it stood, else it was typed."""
    if box.source == forms.EARLIER and value.strip() == box.value:
        return {"source": forms.EARLIER, "origin": box.place}
    return {"source": forms.TYPED}


def _hand_in(user: User, entry: FormEntry, form: Form, unit: Organisation, period: str, at: datetime) -> None:
    """Keep the form as it stands now, each field with its source, when nothing is left to type and something is new."""
    shown = boxes(form, unit, parse(period).label)
    if any(box.to_type for box in shown):
        return
    lines = [
        {
            "key": box.field.key, "name": box.field.name, "unit": box.field.unit, "value": box.value, "source": box.source,
            "origin": box.place,
        }
        for box in shown
    ]  # fmt: skip
    last = returned(entry, unit, period)
    if last is not None and last.lines == lines:
        return
    revision = last.revision + 1 if last else 1
    try:
        with transaction.atomic():
            FormReturn.objects.create(entry=entry, unit=unit, period=period, revision=revision, lines=lines, by=user, at=at)
    except IntegrityError:
        raise NotAllowed("stale", f"{form.number} {period} 刚刚由本单位的另一人报出；请刷新后查看") from None
    audit.record(user, "form.return", f"{form.number} {period}", {"unit": unit.name, "revision": revision})


def handed_in(form: Form, unit: Organisation, day: date) -> FormReturn | None:
    """The form as a unit handed it in for the period that is asked for on a day."""
    rows = FormReturn.objects.filter(entry__number=form.number, unit=unit, period=period_of(form, day))
    return rows.order_by("-revision").first()


def returned(entry: FormEntry, unit: Organisation, period: str) -> FormReturn | None:
    """The form as a unit handed it in last."""
    return FormReturn.objects.filter(entry=entry, unit=unit, period=period).select_related("by").order_by("-revision").first()


def units_asked(form: Form, region: str) -> list[Organisation]:
    """The units that a form asks within a place: those named, else every one of the level whose people report."""
    prefix = region[: {"province": 2, "city": 4}.get(regions.subject_level(region), 6)]
    rows = Organisation.objects.filter(region__startswith=prefix, memberships__role="reporter", valid_to=None)
    if form.units:
        rows = rows.filter(name__in=form.units)
    return [each for each in rows.distinct().order_by("region", "name") if form.asks(each.name, each.level)]


def collected(entry: FormEntry, period: str) -> list[tuple[Organisation, FormReturn | None]]:
    """Every unit that a form asks, with what it handed in for a period."""
    found: dict[int, FormReturn] = {}
    for each in FormReturn.objects.filter(entry=entry, period=period).select_related("by").order_by("revision"):
        found[each.unit_id] = each
    return [(unit, found.get(unit.pk)) for unit in units_asked(form_of(entry), entry.region)]


@dataclass(frozen=True)
class Known:
    """A value of a place as it stands: the newest revision, where it was given, and the forms that it serves."""

    given: Given
    unit: str
    serves: tuple[str, ...]


def known_of(region: str, period: str) -> list[Known]:
    """Every value that was given of a place for a period, back to those who gave it: nothing is asked that cannot be seen again."""
    every = every_form()
    names = {(each.number, one.name): one.unit for each in every for one in each.fields}
    serves: dict[tuple[str, str], list[str]] = {}
    for form in every:
        for each in form.fields:
            serves.setdefault(each.question, []).append(form.number)
    newest: dict[tuple[int, str, str], GivenValue] = {}
    rows = GivenValue.objects.filter(subject=region, period=period).select_related("unit", "by").order_by("revision")
    for row in rows:
        newest[row.unit_id, row.asks, row.scope] = row
    return [
        Known(given_of(row), names.get((row.form, row.field), ""), tuple(dict.fromkeys(serves.get((row.asks, row.scope), ()))))
        for row in sorted(newest.values(), key=lambda row: (row.unit.name, row.form, row.field))
    ]


def burden(unit: Organisation, period: str) -> Burden:
    """What a unit is asked in a period, with what it still has to type."""
    span, given = parse(period), given_by(unit)
    asked = [each for each in every_form() if each.asks(unit.name, unit.level) and (each.open_on(span.start) or each.open_on(span.end))]
    return forms.burden({each.number: boxes(each, unit, span.label, given=given) for each in asked}, unit=unit.name, period=span.label)


def burdens(units: Sequence[Organisation], period: str) -> list[Burden]:
    """The burden of some units, in the order in which they are given: a list, no ranking."""
    return [burden(unit, period) for unit in units]


def reporting_units(office: Organisation) -> list[Organisation]:
    """The units in an office's place whose people report, by name."""
    prefix = office.region[: {"province": 2, "city": 4, "county": 6}[office.level]]
    rows = Organisation.objects.filter(region__startswith=prefix, memberships__role="reporter", valid_to=None)
    return list(rows.distinct().order_by("name")[:150])
