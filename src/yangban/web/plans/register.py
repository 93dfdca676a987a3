"""Fill once on the site: the register of forms, the values that units gave, and the burden that both together are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from yangban.base.errors import NotAllowed
from yangban.base.periods import parse
from yangban.govern import forms
from yangban.govern.forms import Box, Burden, Field, Form, Given
from yangban.standards.governance import RedLines
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import demand
from yangban.web.plans import governance, tasks
from yangban.web.plans.models import FormEntry, GivenValue
from yangban.web.plans.office import office_post
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


def due(unit: Organisation, day: date) -> list[Form]:
    """The forms that a unit has to fill on a day."""
    return list(forms.due(every_form(), unit=unit.name, level=unit.level, on=day))


def given_by(unit: Organisation) -> list[Given]:
    """Everything that a unit has given."""
    rows = GivenValue.objects.filter(unit=unit).select_related("by")
    return [
        Given(
            unit=unit.name, period=each.period, question=(each.asks, each.scope), value=each.value, form=each.form, field=each.field,
            by=str(each.by), at=each.at, revision=each.revision, reason=each.reason,
        )
        for each in rows
    ]  # fmt: skip


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
            first = row.release.editions[0] if row.release.editions else row.edition
            if row.indicator not in newest or newest[row.indicator].release_id < row.release_id or row.edition == first:
                newest[row.indicator] = row
        figures = [tasks.figure_of(row) for row in newest.values()]
    held = given_by(unit) if given is None else given
    return forms.prefill(form, unit=unit.name, subject=unit.region, period=period, given=held, figures=figures)


@transaction.atomic
def give(
    user: User, number: str, unit: Organisation, period: str, values: Mapping[str, tuple[str, str]], *, at: datetime | None = None
) -> int:
    """Give the values of a form, by field with the reason where one is corrected or skipped; what stands there already is left alone."""
    demand(user, "forms.fill", organisation=unit.pk)
    entry = FormEntry.objects.get(number=number)
    form, held, moment = form_of(entry), given_by(unit), at or tasks.now()
    made: list[GivenValue] = []
    now = {box.field.key: box for box in boxes(form, unit, parse(period).label, given=held)}
    for key, (value, reason) in values.items():
        box = now.get(key)
        if box is None or (value.strip() == box.value and box.source == forms.REPORTED):
            continue
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
        )
        held.append(answer)
        made.append(
            GivenValue(
                unit=unit, period=period, asks=answer.question[0], scope=answer.question[1], revision=answer.revision, value=answer.value,
                form=form.number, field=answer.field, reason=reason[:400], by=user, at=moment,
            )
        )  # fmt: skip
    try:
        with transaction.atomic():
            GivenValue.objects.bulk_create(made)
    except IntegrityError:
        raise NotAllowed("asked_twice", "同一个数刚刚由别人填了；请刷新后查看") from None
    audit.record(user, "form.give", f"{number} {period}", {"unit": unit.name, "values": len(made)})
    return len(made)


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
