"""What a step of an application asks of a person, as fields of a form, and what the person sent, as facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from yangban.base.errors import NotAllowed
from yangban.govern.applications import application_of, conflicts
from yangban.standards.governance import Move
from yangban.standards.programmes import FACTS, Edition
from yangban.web.accounts.models import User
from yangban.web.pilots import applying, checking, editions
from yangban.web.pilots.actors import experts
from yangban.web.pilots.models import Application
from yangban.web.plans.acts import day_of
from yangban.web.words import pick

COMPUTED: Final = frozenset({"self_check", "outcome", "figures"})
"""What the site fills itself."""
HINTS: Final = {
    "explanations": ("每行一项：指标代码：说明", "One a line: word of the indicator: explanation"),
    "notice_until": ("公示的最后一天", "The last day of the notice"),
    "score": ("0—100，可有小数；提交后不能改", "0 to 100, decimals allowed; it cannot be changed afterwards"),
    "inspectors": ("每行一人", "One person a line"),
    "recheck_due": ("规程没有查到复核周期；知道时再填", "No published cycle was found; give it when it is known"),
    "plate": ("牌匾编号用过不能再用", "A plate number is never used again"),
    "basis": ("如：某文〔2026〕3号", "The document"),
    "period": ("一年，如 2025", "A year, such as 2025"),
    "year": ("一年，如 2025", "A year, such as 2025"),
    "rectify_until": ("整改的最后一天", "The last day of rectification"),
}
_WIDE: Final = frozenset({"opinion", "reason", "record", "objection", "answer", "explanations", "inspectors"})
ADVICE: Final = (("yes", "建议通过", "Pass"), ("no", "不建议通过", "Do not pass"))


@dataclass(frozen=True)
class Choice:
    """One thing to tick or to choose; ``against`` says why it cannot be chosen."""

    key: str
    name: str
    against: str = ""


@dataclass(frozen=True)
class Asked:
    """One field: ``kind`` is line, lines, day, number, ticks, one or files."""

    key: str
    name: str
    kind: str
    needed: bool
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    value: str = ""


def asked(move: Move, row: Application) -> list[Asked]:
    """The fields of a step, those that are needed first."""
    edition = editions.bound(row.edition)
    keys = [*move.needs, *(each for each in move.may if each not in move.needs)]
    return [_field(key, row, edition, move, needed=key in move.needs) for key in keys if key not in COMPUTED]


def _field(key: str, row: Application, edition: Edition, move: Move, *, needed: bool) -> Asked:
    kind, name = FACTS[key]
    hint = pick(*HINTS[key]) if key in HINTS else ""
    if kind == "files":
        held = tuple(Choice(each.digest, each.name) for each in row.files.all())
        return Asked(key, name, "files", needed, pick("勾选已上传的，或现在上传", "Tick what is there or add now"), held)
    if key == "experts":
        return Asked(
            key, name, "ticks", needed, pick("有利害关系的不能选", "Those with a conflict cannot be chosen"), _experts(row, edition)
        )
    if key == "grounds":
        wanted = "withdrawal" if move.event == "withdraw" else "warning"
        grounds = tuple(Choice(each.key, pick(each.name, each.name_en)) for each in edition.programme.grounds if each.leads_to == wanted)
        return Asked(key, name, "ticks", needed, hint, grounds)
    if key == "advice":
        return Asked(key, name, "one", needed, hint, tuple(Choice(word, pick(zh, en)) for word, zh, en in ADVICE))
    if key == "explanations":
        return Asked(key, name, "lines", needed or bool(row.body["unmet"]), hint, value=_unmet(row))
    if key == "objection":
        first = row.objections.filter(recorded=False).values_list("text", flat=True).first()
        return Asked(key, name, "lines", needed, hint, value=first or "")
    if kind == "day":
        return Asked(key, name, "day", needed, hint)
    if kind == "score":
        return Asked(key, name, "number", needed, hint)
    return Asked(key, name, "lines" if key in _WIDE else "line", needed, hint)


def _unmet(row: Application) -> str:
    """The lines that have to be completed: each unmet requirement with what the self-check said of it."""
    check = checking.kept(row.body["check"]) if row.body["check"] else None
    if check is None:
        return ""
    return "\n".join(f"{each.key}：{each.name}，" for each in check.lines if each.key in check.unmet)


def _experts(row: Application, edition: Edition) -> tuple[Choice, ...]:
    application = application_of(row.body)
    names = {each.get_username(): str(each) for each in User.objects.filter(username__in=experts())}
    made = []
    for word, each in experts().items():
        if word in application.experts:
            continue
        why = conflicts(application, each, edition.programme.review.exclude)
        made.append(Choice(word, f"{names.get(word, word)}（{'、'.join(each.units)}）", "、".join(why)))
    return tuple(sorted(made, key=lambda each: (bool(each.against), each.name)))


def facts_of(user: User, move: Move, row: Application, sent: Any, files: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The facts of a step from what was sent; files that came along are added to the application first."""
    made: dict[str, Any] = {}
    for key in (*move.needs, *move.may):
        kind, name = FACTS[key]
        if key in COMPUTED:
            continue
        if kind == "files":
            digests = [*sent.getlist(key), *(each.digest for each in applying.add_files(user, row, files.get(key, ())))]
            made[key] = applying.shown_files(row, digests)
        elif key in {"experts", "grounds"}:
            made[key] = tuple(sent.getlist(key))
        elif kind == "texts":
            made[key] = tuple(line.strip() for line in sent.get(key, "").splitlines() if line.strip())
        elif kind == "day":
            made[key] = day_of(name, sent.get(key, ""))
        elif kind == "score":
            made[key] = number_of(name, sent.get(key, ""))
        else:
            made[key] = sent.get(key, "").strip()
    return {key: value for key, value in made.items() if value not in (None, "", ())}


def number_of(name: str, text: str) -> Decimal | None:
    """A number as people write it, or nothing."""
    if not text.strip():
        return None
    try:
        found = Decimal(text.strip().replace(",", "").replace("，", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise NotAllowed("facts", f"{name}应为数，得到 {text!r}")
    return found
