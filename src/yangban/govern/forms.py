"""Fill once: no form without an entry in the register, and no value asked for twice. Pure.

A form that a lower level has to fill is an entry: number, basis, owner, period, who fills, until when, fields. Each field names where its
value comes from. A value that somebody has given serves every form of its period that asks for the same thing; asking again is refused
with the place where it stands. What remains to be typed, and how long that takes, is the burden of a unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.assess.figure import Figure
from yangban.base.errors import NotAllowed, UsageError
from yangban.base.exact import round_half_even
from yangban.base.periods import parse
from yangban.govern.records import BEIJING
from yangban.standards.governance import FIELD_KINDS, RedLine, RedLines

FIGURE: Final = "figure"
REPORTED: Final = "reported"
EARLIER: Final = "earlier"
TYPED: Final = "typed"
SOURCES: Final[Mapping[str, str]] = {FIGURE: "系统计算", REPORTED: "已填报的数", EARLIER: "上次填的", TYPED: "手工填写"}
"""Where the value of a field comes from."""
RHYTHMS: Final[Mapping[str, str]] = {"month": "月报", "quarter": "季报", "half": "半年报", "year": "年报", "once": "一次性"}
SECONDS: Final[Mapping[str, int]] = {
    "number": 20, "text": 60, "choice": 8, "day": 10, "file": 45, "photo": 45, "place": 20, "track": 60,
}  # fmt: skip
"""Seconds that a person needs to fill a field of each kind: an estimate of this project, to compare units, not a measurement."""
CONFIRM: Final = 3
"""Seconds to look at a value that is already there. An estimate, as above."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field. ``asks`` names what is asked (an indicator, ``reported.<key>``), so that two forms can ask the same thing.

    ``scope`` says what the value covers. A field of kind photo, place or track must have a ``purpose`` and is never required.
    """

    key: str
    name: str
    kind: str
    source: str
    asks: str = ""
    scope: str = ""
    unit: str = ""
    purpose: str = ""
    required: bool = True

    @property
    def question(self) -> tuple[str, str]:
        """What two forms have in common when they ask the same thing."""
        return self.asks or self.key, self.scope


@dataclass(frozen=True, kw_only=True)
class Form:
    """An entry of the register. ``level`` and ``units`` say who fills it; no units means every unit of the level.

    ``flags`` names what the form does beside asking: ``check_in ranks counts_time``; ``no_complaint`` when it offers no place to complain.
    """

    number: str
    title: str
    basis: str
    owner: str
    rhythm: str
    starts: date
    ends: date
    level: str
    fields: tuple[Field, ...]
    units: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()

    def asks(self, unit: str, level: str) -> bool:
        """Whether a unit has to fill it."""
        return level == self.level and (not self.units or unit in self.units)

    def open_on(self, day: date) -> bool:
        """Whether the entry holds on a day; one that has run out asks for nothing."""
        return self.starts <= day <= self.ends


@dataclass(frozen=True, kw_only=True)
class Given:
    """A value that a unit gave, once, for a period: where it stands (form, field), who gave it.

    ``subject`` is the place whose value it is. ``source`` says whence the unit took it and ``origin`` where that stands, in words.
    """

    unit: str
    period: str
    question: tuple[str, str]
    value: str
    form: str
    field: str
    by: str
    at: datetime
    revision: int = 1
    reason: str = ""
    subject: str = ""
    source: str = TYPED
    origin: str = ""

    @property
    def place(self) -> str:
        """Where it stands, in words, by the clock of Beijing."""
        taken = "" if self.source == TYPED else f"，取自{SOURCES[self.source]}{f'（{self.origin}）' if self.origin else ''}"
        return (
            f"{self.form}《{self.field}》{self.period} 第{self.revision}稿，{self.by} {self.at.astimezone(BEIJING):%Y-%m-%d %H:%M}{taken}"
        )

    @property
    def shared(self) -> bool:
        """Whether it is a number of its place, which serves every unit there: what departments report has a word of its own."""
        return bool(self.subject) and self.question[0].startswith("reported.")


@dataclass(frozen=True)
class Box:
    """A field as a person sees it: its value and whence, or empty and to be typed. ``beside`` is the value of the period before."""

    field: Field
    value: str
    source: str
    place: str
    beside: str = ""

    @property
    def to_type(self) -> bool:
        """Whether somebody has to type it."""
        return not self.value and self.field.required


def register(held: Sequence[Form], form: Form, *, red_lines: RedLines, taken: Iterable[str] = ()) -> tuple[Form, ...]:
    """The register with one entry more.

    Raises :class:`~yangban.base.errors.NotAllowed` for an entry that lacks something, whose number was ever used, that crosses a red line,
    or that asks the same units the same question in the same rhythm as another open entry.
    """
    if problems := form_problems(form):
        raise NotAllowed("facts", f"{form.number or form.title}：{'；'.join(problems)}")
    if form.number in {*taken, *(each.number for each in held)}:
        raise NotAllowed("number_unused", f"表号 {form.number} 已经用过；请取新号")
    if crossed := cross(red_lines, [*held, form], only=form.number):
        raise NotAllowed("red_line", "；".join(crossed))
    return (*held, form)


def form_problems(form: Form) -> list[str]:
    """What an entry lacks: no basis, no owner, no end, no form."""
    names = {"number": "表号", "title": "表名", "basis": "依据", "owner": "制表单位"}
    found = [f"缺少{name}" for key, name in names.items() if not getattr(form, key).strip()]
    if form.rhythm not in RHYTHMS:
        found.append(f"周期 {form.rhythm!r} 不认识；可用 {'、'.join(RHYTHMS)}")
    if form.ends < form.starts:
        found.append(f"截止 {form.ends} 早于启用 {form.starts}")
    if not form.fields:
        found.append("没有一个填报项")
    keys = [each.key for each in form.fields]
    found += [f"填报项 {key} 重复" for key in sorted({key for key in keys if keys.count(key) > 1})]
    for each in form.fields:
        if each.kind not in FIELD_KINDS:
            found.append(f"{each.name} 的类型 {each.kind!r} 不认识；可用 {'、'.join(FIELD_KINDS)}")
        if each.source not in SOURCES:
            found.append(f"{each.name} 的来源 {each.source!r} 不认识；可用 {'、'.join(SOURCES)}")
        if each.source in {FIGURE, REPORTED} and not each.asks:
            found.append(f"{each.name} 取自{SOURCES[each.source]}，要写明是哪个指标")
        if each.kind == "number" and not each.unit:
            found.append(f"{each.name} 是数而没有单位；没有量纲的写 1")
    return found


def due(forms: Iterable[Form], *, unit: str, level: str, on: date) -> tuple[Form, ...]:
    """The forms that a unit has to fill on a day: registered, not run out, and its own."""
    return tuple(each for each in forms if each.open_on(on) and each.asks(unit, level))


def prefill(
    form: Form, *, unit: str, subject: str, period: str, given: Iterable[Given] = (), figures: Iterable[Figure] = ()
) -> tuple[Box, ...]:
    """The form as it comes to the unit: everything that is known stands in it, with its source; the rest is to be typed.

    A value given in this period for the same question comes first, whatever form it was given in; then a ``reported.…`` value that another
    unit of the same place gave; then the Figure of the unit's subject; then, for a field whose source is the earlier answer, the last one.
    A Figure that may not be used is not filled in.
    """
    every = list(given)
    held = [each for each in every if each.unit == unit]
    others = {
        each.question: each
        for each in sorted(every, key=lambda one: (one.at, one.revision))
        if each.unit != unit and each.shared and (each.subject, each.period) == (subject, period)
    }
    shown = {
        (each.indicator, each.period): each for each in figures if each.subject == subject and each.usable and each.display is not None
    }
    made = []
    for each in form.fields:
        answers = sorted((one for one in held if one.question == each.question), key=lambda one: (parse(one.period).end, one.revision))
        now = [one for one in answers if one.period == period]
        earlier = [one for one in answers if parse(one.period).end < parse(period).start]
        beside = earlier[-1].value if earlier else ""
        figure = shown.get((each.asks, period)) if each.source == FIGURE else None
        if now:
            made.append(Box(each, now[-1].value, REPORTED, now[-1].place, beside))
        elif each.question in others:
            other = others[each.question]
            made.append(Box(each, other.value, REPORTED, f"{other.unit}，{other.place}", beside))
        elif figure is not None and figure.display is not None and figure.unit == each.unit:
            mark = "（合成数据）" if figure.synthetic else ""
            made.append(Box(each, f"{figure.display:f}", FIGURE, f"{figure.indicator} {figure.edition}{mark}", beside))
        elif each.source == EARLIER and earlier:
            made.append(Box(each, earlier[-1].value, EARLIER, earlier[-1].place, beside))
        else:
            made.append(Box(each, "", TYPED, "", beside))
    return tuple(made)


def give(
    form: Form, field: str, value: str, *, unit: str, level: str, period: str, by: str, at: datetime, held: Iterable[Given] = (),
    correct: bool = False, reason: str = "", subject: str = "", source: str = TYPED, origin: str = "",
) -> Given:  # fmt: skip
    """A value given for a field of a form.

    Raises :class:`~yangban.base.errors.NotAllowed` when the form does not ask this unit now, and, unless it is a correction with a reason,
    when the same was given already: the message says where it stands. A field that may be skipped (photo, track) is skipped with a reason.
    """
    day = parse(period)
    if not form.asks(unit, level) or not (form.open_on(day.start) or form.open_on(day.end)):
        raise NotAllowed("register", f"{form.number} 在 {period} 不向 {unit} 要数")
    asked = next((each for each in form.fields if each.key == field), None)
    if asked is None:
        raise UsageError(f"{form.number} 没有填报项 {field!r}；有 {'、'.join(each.key for each in form.fields)}")
    if not value.strip() and (asked.required or not reason.strip()):
        raise NotAllowed("facts", f"{asked.name} 是空的" + ("" if asked.required else "；跳过请写理由"))
    if asked.kind == "number" and value.strip():
        _number(asked, value)
    same = [each for each in held if (each.unit, each.period, each.question) == (unit, period, asked.question)]
    if same and not correct:
        last = max(same, key=lambda each: each.revision)
        raise NotAllowed("asked_twice", f"{asked.name} {period} 已经填过：{last.value}（{last.place}）；不必再填，有误请更正")
    others = [each for each in held if each.unit != unit and each.shared and (each.subject, each.period) == (subject, period)]
    if other := next((each for each in others if each.question == asked.question), None):
        raise NotAllowed("asked_twice", f"{asked.name} {period} 已由{other.unit}填报：{other.value}（{other.place}）；有误请找该单位更正")
    if correct and (not same or not reason.strip()):
        raise NotAllowed("facts", "更正要有已填的数和理由")
    revision = max((each.revision for each in same), default=0) + 1
    return Given(
        unit=unit, period=period, question=asked.question, value=value.strip(), form=form.number, field=asked.name, by=by, at=at,
        revision=revision, reason=reason, subject=subject, source=source, origin=origin,
    )  # fmt: skip


def _number(asked: Field, value: str) -> None:
    try:
        fits = Decimal(value.strip()).is_finite()
    except ArithmeticError:
        fits = False
    if not fits:
        raise NotAllowed("facts", f"{asked.name} 应为数（单位 {asked.unit}），得到 {value!r}；不能写“约”“以上”等字样")


# ------------------------------------------------------------------------------------------------------------------ burden


@dataclass(frozen=True)
class Burden:
    """What a unit is asked in a period: forms, fields, of which to type, and minutes (an estimate by :data:`SECONDS`)."""

    unit: str
    period: str
    forms: int
    fields: int
    typed: int
    minutes: Fraction

    def to_dict(self) -> dict[str, Any]:
        """The burden as JSON prints it."""
        return {**vars(self), "minutes": f"{round_half_even(self.minutes, 1):f}"}


def burden(filled: Mapping[str, Sequence[Box]], *, unit: str, period: str) -> Burden:
    """The burden of the forms of a unit, each by its number as :func:`prefill` gave it.

    A question that two forms ask is typed once; from then on it stands in the other.
    """
    boxes = [box for each in filled.values() for box in each]
    typed = {box.field.question: box.field.kind for box in boxes if box.to_type}
    seconds = sum(SECONDS[kind] for kind in typed.values()) + CONFIRM * (len(boxes) - len(typed))
    return Burden(unit, period, len(filled), len(boxes), len(typed), Fraction(seconds, 60))


# --------------------------------------------------------------------------------------------------------------- red lines


def cross(red_lines: RedLines, forms: Sequence[Form], *, only: str = "") -> list[str]:
    """Every red line that a form crosses, in words that name form, field and rule; ``only`` looks at one form among the others."""
    found = []
    for form in forms:
        if only and form.number != only:
            continue
        for line in red_lines.lines:
            found += [f"{form.number} {form.title}{where}：{line.name}（{red_lines.number}）" for where in _crossings(line, form, forms)]
    return found


def _crossings(line: RedLine, form: Form, forms: Sequence[Form]) -> list[str]:
    """The places in a form where it crosses a line; the form itself is the empty place."""
    if line.on == "form":
        return [""] if line.flag in form.flags else []
    if line.on == "field":
        return [f"《{each.name}》" for each in form.fields if each.kind in line.kinds and (each.required or not each.purpose.strip())]
    found = []
    for other in forms:
        if other is form or other.number == form.number or not _same_people(form, other):
            continue
        asked = {each.question: each for each in other.fields if each.source == TYPED}
        found += [
            f"《{each.name}》（{other.number}《{asked[each.question].name}》已在要）"
            for each in form.fields
            if each.source == TYPED and each.question in asked
        ]
    return found


def _same_people(one: Form, other: Form) -> bool:
    apart = one.ends < other.starts or other.ends < one.starts
    units = not one.units or not other.units or bool(set(one.units) & set(other.units))
    return one.level == other.level and one.rhythm == other.rhythm and units and not apart


def shared(form: Form, held: Sequence[Form]) -> Form:
    """The form with every field that another open form already asks turned into a reported value: the way to register it."""
    asked = {each.question for other in held if _same_people(form, other) for each in other.fields if each.source == TYPED}
    fields = tuple(
        replace(each, source=REPORTED, asks=each.asks or each.key) if each.source == TYPED and each.question in asked else each
        for each in form.fields
    )
    return replace(form, fields=fields)
