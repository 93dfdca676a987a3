"""Changes of a scheme: drafted by one person, tried out on real events, approved by another, in force from a day that is still to come.

A change is the whole scheme as it holds from its day on, kept as TOML in the shape of the book and read by the book's own loader. The forms
change single numbers of it; whatever else is to change is changed in the text. What was granted is never computed again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import tomlkit
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from yangban.base.errors import BookError, UsageError, WrongState
from yangban.points.award import Event, reach, shown_points
from yangban.points.ledger import chain_of
from yangban.points.redlines import face_of, violations
from yangban.points.schemes import as_of, changed_fixed, day_of, methods_on, start_of
from yangban.points.trial import Row, Told, Trial, try_out
from yangban.standards.points import Formula, Method, Scheme, check_references, read_points_text, shipped_text
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import Reporter, enqueue, kind
from yangban.web.points import clock, earning
from yangban.web.points.models import Award, PointsEvent, Program, SchemeVersion
from yangban.web.words import pick

KIND: Final = "points.what-if"
NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "per_act": ("value",), "per_unit": ("value",), "per_block": ("block", "value"), "threshold": ("at_least", "value"),
    "tiers": ("tiers",), "difference": ("value",), "saving": ("baseline", "value"), "of_grams": ("value",), "of_points": ("value",),
    "travel": (),
}  # fmt: skip
"""The numbers of a formula that a form offers; a number that is a factor of a table is changed in the text."""
SETTINGS: Final = ("late_days", "delay_days", "claim_days", "expiry_days", "budget")
LONGEST: Final = 200_000
_DRAFT, _SUBMITTED, _APPROVED, _WITHDRAWN = (str(each.value) for each in SchemeVersion.State)  # type: ignore[attr-defined]


def digest_of(text: str) -> str:
    """The digest under which a text is known."""
    return hashlib.sha256(text.encode()).hexdigest()


def text_of(program: Program, number: int) -> str:
    """The text of a version; 0 is the book's."""
    if not number:
        return shipped_text(earning.book().scheme(program.scheme))
    return str(SchemeVersion.objects.values_list("text", flat=True).get(scheme=program.scheme, number=number))


def read(program: Program, text: str) -> tuple[Scheme | None, list[str]]:
    """A scheme from its text, and everything that keeps it from being one of this program, each naming its key."""
    report = read_points_text("草案", text)
    if report.problems:
        return None, [f"{each.key}：{each.problem}" for each in report.problems]
    made = report.made
    if not isinstance(made, Scheme):
        return None, [pick('kind：应为 "scheme"', 'kind: expected "scheme"')]
    found = changed_fixed(earning.timeline_of(program).last.scheme, made)
    try:
        check_references(earning.book(), made)
    except BookError as told:
        found.append(f"{told.key}：{told.problem}")
    for lines in earning.book().redlines.values():
        found += [f"{each.text}（{each.clause}）" for each in violations(lines, face_of(made))]
    return made, found


def _sound(program: Program, text: str) -> Scheme:
    made, problems = read(program, text)
    if made is None or problems:
        raise UsageError(pick("草案有误：", "The draft is not in order: ") + "；".join(problems[:20]))
    return made


# ------------------------------------------------------------------------------------------------------------------------- drafting


@transaction.atomic
def begin(user: User, program: Program, title: str, starts_on: date) -> SchemeVersion:
    """Begin a draft from the newest version; it holds from a day that is still to come."""
    demand(user, "points.draft", organisation=program.organisation_id)
    _running(program)
    last = earning.timeline_of(program).last
    _to_come(starts_on, last.start)
    text = text_of(program, last.number)
    row = SchemeVersion.objects.create(
        scheme=program.scheme, base=last.number, title=title, starts_on=starts_on, text=text, digest=digest_of(text), drafted_by=user,
        drafted_at=clock.now(),
    )  # fmt: skip
    audit.record(user, "points.version.begun", f"{program.scheme} {title}", {"pk": row.pk, "from": str(starts_on), "base": last.number})
    return row


def _running(program: Program) -> None:
    if program.state != Program.State.OPEN:
        raise WrongState(pick("方案将关闭，不再改规则", "The scheme is closing; its rules stay"))


def _to_come(starts_on: date, last: date) -> None:
    tomorrow = day_of(clock.now()) + timedelta(days=1)
    if starts_on < tomorrow:
        raise UsageError(pick(f"施行日 {starts_on} 已到；最早为 {tomorrow}", f"{starts_on} has come; the first day possible is {tomorrow}"))
    if starts_on < last:
        raise UsageError(
            pick(
                f"已批准的最新一版从 {last} 起施行；新版不能早于它",
                f"The newest version holds from {last}; a later one cannot come before it",
            )
        )


def _own(user: User, program: Program, pk: int, *states: str) -> SchemeVersion:
    """A draft of the person, locked."""
    demand(user, "points.draft", organisation=program.organisation_id)
    row = _locked(program, pk, *states)
    if row.drafted_by_id != user.pk:
        raise WrongState(
            pick(f"这份草案由 {row.drafted_by} 起草，只能由本人改", f"The draft is {row.drafted_by}'s, who alone may change it")
        )
    return row


def _locked(program: Program, pk: int, *states: str) -> SchemeVersion:
    row = SchemeVersion.objects.select_for_update(of=("self",)).select_related("drafted_by").get(pk=pk, scheme=program.scheme)
    if row.state not in states:
        raise WrongState(
            pick(f"这一版{row.get_state_display()}，不能这样办", f"The version is {row.get_state_display()}; this cannot be done")
        )
    return row


@transaction.atomic
def save_text(user: User, program: Program, pk: int, text: str) -> SchemeVersion:
    """Keep the text of a draft, whole or not: what is wrong with it is shown beside it, and handing in refuses it."""
    row = _own(user, program, pk, _DRAFT)
    if len(text) > LONGEST:
        raise UsageError(pick(f"文本 {len(text)} 字，最多 {LONGEST}", f"The text has {len(text)} characters, {LONGEST} at most"))
    text = text.replace("\r\n", "\n")
    if text != row.text:
        row.text, row.digest = text, digest_of(text)
        row.save(update_fields=("text", "digest"))
        audit.record(user, "points.version.edited", f"{program.scheme} {row.title}", {"pk": row.pk, "digest": row.digest})
    return row


def plain_numbers(formula: Formula) -> dict[str, str]:
    """The numbers of a formula that a form may offer, as text: those that stand in the method itself."""
    found = {}
    for name in NUMBERS[formula.kind]:
        value = getattr(formula, name)
        if name == "tiers":
            found[name] = "; ".join(f"{least:f}={points:f}" for least, points in value)
        elif isinstance(value, Decimal):
            found[name] = f"{value:f}"
    return found


def editable(row: SchemeVersion, scheme: Scheme) -> list[Method]:
    """The methods that hold on the first day of a draft, in the order of the behaviours."""
    return [method for each in scheme.behaviours for method in methods_on(scheme, each.key, row.starts_on)]


def change_method(user: User, program: Program, pk: int, key: str, numbers: Mapping[str, str], clause: str) -> SchemeVersion:
    """Give a method new numbers from the draft's first day on: the old one ends the day before, and stays in the text.

    Raises :class:`~yangban.base.errors.UsageError` with all that the loader finds.
    """
    row = SchemeVersion.objects.get(pk=pk, scheme=program.scheme)
    document = tomlkit.parse(row.text)
    methods: Any = document["method"]
    index = next((n for n, each in enumerate(methods) if each.get("key") == key), None)
    if index is None:
        raise UsageError(pick(f"草案里没有方法 {key}", f"The draft has no method {key}"))
    old = methods[index]
    if old.get("from") == row.starts_on:
        new = old
    else:
        new = tomlkit.table()
        for name, value in old.items():
            new[name] = _copy(value)
        new["key"], new["from"] = (
            _free_key(f"{old['behaviour']}-{row.starts_on:%Y%m%d}", [each.get("key") for each in methods]),
            row.starts_on,
        )
        old["to"] = row.starts_on - timedelta(days=1)
        methods.insert(index + 1, new)
    points = dict(new["points"])
    for name, text in numbers.items():
        points[name] = _tiers(text) if name == "tiers" else _shortest(text)
    table = tomlkit.inline_table()
    table.update(points)
    new["points"], new["clause"] = table, clause
    return _checked(user, program, pk, _tidy(tomlkit.dumps(document)))


def _tidy(text: str) -> str:
    """As the book is set: a blank line before each table, none within."""
    text = re.sub(r"\n\n+(?=to = )", "\n", text)
    return re.sub(r"(?<=[^\n])\n(?=\[)", "\n\n", text)


def change_settings(user: User, program: Program, pk: int, settings: Mapping[str, str], caps: Mapping[str, str]) -> SchemeVersion:
    """Give the scheme other days, another budget, other caps; ``none`` is no limit of days, and an empty budget is none."""
    row = SchemeVersion.objects.get(pk=pk, scheme=program.scheme)
    document = tomlkit.parse(row.text)
    for name in SETTINGS:
        text = settings[name].strip()
        if text:
            document[name] = text if text in {"none", "unknown"} else _shortest(text)
        elif name in document:
            del document[name]
    entries: Any = document.get("cap", [])
    for cap in entries:
        most = caps.get(str(cap.get("key")))
        if most is not None:
            cap["points" if "points" in cap else "acts"] = _shortest(most)
    return _checked(user, program, pk, tomlkit.dumps(document))


def _checked(user: User, program: Program, pk: int, text: str) -> SchemeVersion:
    _sound(program, text)
    return save_text(user, program, pk, text)


def _copy(value: Any) -> Any:
    plain = value.unwrap() if hasattr(value, "unwrap") else value
    if isinstance(plain, dict):
        table = tomlkit.inline_table()
        table.update(plain)
        return table
    return plain


def _free_key(wanted: str, taken: Sequence[Any]) -> str:
    return next(key for n in range(1, 100) if (key := wanted if n == 1 else f"{wanted}-{n}") not in taken)


def _shortest(text: str) -> int | str:
    """A number as the book writes it: whole ones bare, others in quotes. What is none stays, for the loader to name."""
    told = text.strip().replace(",", "")
    return int(told) if told.isascii() and told.isdecimal() else told


def _tiers(text: str) -> list[list[Any]]:
    """``5000=5; 8000=8`` as the book has it."""
    found = []
    for part in filter(None, (each.strip() for each in text.replace("；", ";").split(";"))):
        least, sign, points = part.partition("=")
        if not sign:
            raise UsageError(pick(f"分档 {part!r} 应写成 5000=5", f"Write a tier as 5000=5, not {part!r}"))
        found.append([_shortest(least), _shortest(points)])
    return found


# ------------------------------------------------------------------------------------------------------------- handing in, deciding


@transaction.atomic
def submit(user: User, program: Program, pk: int) -> SchemeVersion:
    """Hand a draft in: it must be in order, change something, and have been tried out as it stands."""
    row = _own(user, program, pk, _DRAFT)
    _running(program)
    _sound(program, row.text)
    last = earning.timeline_of(program).last
    _to_come(row.starts_on, last.start)
    if row.base != last.number:
        raise WrongState(
            pick(
                f"草案从第 {row.base} 版起草，现在已是第 {last.number} 版；请另起草案",
                "A newer version was approved meanwhile; draft again",
            )
        )
    if row.digest == digest_of(text_of(program, row.base)):
        raise UsageError(pick("草案没有改动", "The draft changes nothing"))
    if not tried(row):
        raise WrongState(pick("请先用现在的文本试算", "Try the text out as it stands first"))
    row.state, row.submitted_at = _SUBMITTED, clock.now()
    row.save(update_fields=("state", "submitted_at"))
    audit.record(user, "points.version.submitted", f"{program.scheme} {row.title}", {"pk": row.pk, "digest": row.digest})
    return row


def tried(row: SchemeVersion) -> bool:
    """Whether the last what-if run was of the text as it stands."""
    return row.trial is not None and row.trial["digest"] == row.digest


@transaction.atomic
def approve(user: User, program: Program, pk: int, words: str) -> SchemeVersion:
    """Another person approves: from its day on the version holds, and nobody changes it any more."""
    locked = Program.objects.select_for_update(of=("self",)).get(pk=program.pk)
    row = _locked(program, pk, _SUBMITTED)
    demand(user, "points.approve", organisation=program.organisation_id, apart_from=[row.drafted_by_id])
    _running(locked)
    _sound(program, row.text)
    last = earning.timeline_of(program).last
    _to_come(row.starts_on, last.start)
    if row.base != last.number:
        raise WrongState(pick(f"已有第 {last.number} 版；请退回，另起草案", f"Version {last.number} was approved meanwhile; send it back"))
    row.state, row.number, row.decided_by, row.decided_at, row.decision = _APPROVED, last.number + 1, user, clock.now(), words[:300]
    row.save()
    detail = {"pk": row.pk, "number": row.number, "from": str(row.starts_on), "digest": row.digest, "drafted_by": str(row.drafted_by)}
    audit.record(user, "points.version.approved", f"{program.scheme} {row.title}", detail)
    return row


@transaction.atomic
def send_back(user: User, program: Program, pk: int, words: str) -> SchemeVersion:
    """Another person sends a draft back, with a reason."""
    row = _locked(program, pk, _SUBMITTED)
    demand(user, "points.approve", organisation=program.organisation_id, apart_from=[row.drafted_by_id])
    if not words.strip():
        raise UsageError(pick("请写明理由", "Give a reason"))
    row.state, row.decision = _DRAFT, words[:300]
    row.save(update_fields=("state", "decision"))
    audit.record(user, "points.version.sent-back", f"{program.scheme} {row.title}", {"pk": row.pk, "reason": words})
    return row


@transaction.atomic
def withdraw(user: User, program: Program, pk: int) -> SchemeVersion:
    """Take one's own draft back for good; it stays to be seen."""
    row = _own(user, program, pk, _DRAFT, _SUBMITTED)
    row.state = _WITHDRAWN
    row.save(update_fields=("state",))
    audit.record(user, "points.version.withdrawn", f"{program.scheme} {row.title}", {"pk": row.pk})
    return row


# ------------------------------------------------------------------------------------------------------------------------- what if


def month_of(word: str) -> tuple[date, date]:
    """The first day of a month such as ``2024-05``, and that of the next. Raises :class:`~yangban.base.errors.UsageError`."""
    try:
        first = date.fromisoformat(f"{word}-01")
    except ValueError:
        raise UsageError(pick(f"{word!r} 不是月份；写成 2024-05", f"{word!r} is no month; write 2024-05")) from None
    return first, (first + timedelta(days=31)).replace(day=1)


def ask(user: User, program: Program, month: str, *, version: int | None = None, scheme: str = "") -> Job:
    """Ask for a run: of a draft's rules, or of another scheme of the book as it was dated. Nothing is posted."""
    demand(user, "points.run", organisation=program.organisation_id)
    month_of(month)
    payload = {"program": program.pk, "month": month, "version": version, "scheme": scheme}
    if version is None:
        title = earning.book().scheme(scheme).title
    else:
        row = SchemeVersion.objects.get(pk=version, scheme=program.scheme)
        _sound(program, row.text)
        title = row.title
    return enqueue(KIND, f"{pick('试算', 'What if')} {title} {month}", payload, user=user, region=program.organisation.region)


@kind(KIND)
def work(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Judge the month's events by the other rules; a draft keeps the outcome with the digest of its text."""
    program = Program.objects.get(pk=job.payload["program"])
    first, end = month_of(job.payload["month"])
    row = None if job.payload["version"] is None else SchemeVersion.objects.get(pk=job.payload["version"])
    if row is None:
        scheme = other = earning.book().scheme(job.payload["scheme"])
    else:
        scheme = _sound(program, row.text)
        other = as_of(scheme, row.starts_on)
    found = try_out(earning.book(), lambda _day: other, _told(program, other, first, end, say))
    result = {
        "month": job.payload["month"], "title": scheme.title if row is None else row.title, "digest": "" if row is None else row.digest,
        "decimals": scheme.decimals, "rows": [{"behaviour": key, **_sides(each)} for key, each in sorted(found.rows.items())],
        "total": _sides(found.total), "members": found.members, "more": found.more, "less": found.less,
        "money": _money(program, scheme, found), "at": f"{timezone.localtime(clock.now()):%Y-%m-%d %H:%M}",
    }  # fmt: skip
    if row is not None:
        # Only while it is a draft, and only of the text that was tried.
        SchemeVersion.objects.filter(pk=row.pk, state=_DRAFT, digest=row.digest).update(trial=result)
    return result, True


def _sides(row: Row) -> dict[str, Any]:
    return {"events": row.events, "now": row.now.to_dict(), "then": row.then.to_dict()}


def _told(program: Program, scheme: Scheme, first: date, end: date, say: Reporter) -> Iterator[Told]:
    """The events of a span, member by member, and before each member's what was granted earlier and still counts."""
    at, until = start_of(first), start_of(end)
    probe = Event(id="-", channel="-", member="-", behaviour="-", happened_at=at, received_at=at)
    before = min(reach(scheme, probe)[0], at)
    rows = PointsEvent.objects.filter(scheme=program.scheme, happened_at__gte=before, happened_at__lt=until).select_related(
        "member", "award"
    )
    count = rows.count()
    for number, each in enumerate(rows.order_by("member_id", "received_at", "pk").iterator(chunk_size=2000), start=1):
        if not number % 2000:
            say(f"{number} / {count}", number / count)
        made = None if each.refused else each.award
        yield Told(
            event=earning.event_of(each), granted=None if made is None else earning.granted_of(each, made), code=each.refused,
            judged=each.happened_at >= at,
        )  # fmt: skip


def _money(program: Program, scheme: Scheme, found: Trial) -> dict[str, Any]:
    """What the change would have meant for the budget of issuance and for what the points may cost."""
    chain = chain_of(program.scheme, "")
    total, issued = found.total, earning.issued(chain)
    now = earning.scheme_of(program)
    told: dict[str, Any] = {
        "issued": issued, "more": total.then.units - total.now.units,
        "budget_now": None if now.budget is None else int(now.budget * now.per_point),
        "budget_then": None if scheme.budget is None else int(scheme.budget * scheme.per_point),
    }  # fmt: skip
    for side, units in (("now", total.now.units), ("then", total.then.units)):
        budget = told[f"budget_{side}"]
        left = None if budget is None else max(budget - issued, 0)
        told[f"left_{side}"] = left
        # So many months like this one the budget still lasts.
        told[f"months_{side}"] = None if left is None or not units else shown_points(left * 10 // units, 1)
        worth = None if program.fen_per_point is None else Fraction(program.fen_per_point) * units / 10**scheme.decimals
        told[f"fen_{side}"] = None if worth is None else round(worth)
    return told


def previous_month(at: datetime) -> str:
    """The month before the one of a moment, as ``2024-05``."""
    return f"{day_of(at).replace(day=1) - timedelta(days=1):%Y-%m}"


def published(program: Program) -> list[dict[str, Any]]:
    """The approved changes as everybody may read them, the newest first."""
    rows = SchemeVersion.objects.filter(scheme=program.scheme, state=_APPROVED).order_by("-number")
    today = day_of(clock.now())
    return [
        {
            "number": each.number, "title": each.title, "starts_on": each.starts_on, "decided_at": each.decided_at,
            "coming": each.starts_on > today,
        }
        for each in rows
    ]  # fmt: skip


def waiting(program: Program) -> int:
    """Changes that wait for a decision."""
    return SchemeVersion.objects.filter(scheme=program.scheme, state=_SUBMITTED).count()


def used(program: Program) -> dict[int, int]:
    """How many awards were made under each version."""
    return dict(Award.objects.filter(scheme=program.scheme).values_list("version").annotate(n=Count("pk")).order_by())
