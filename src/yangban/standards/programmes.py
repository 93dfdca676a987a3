"""Programmes as data: what a place may apply for, under which edition of requirements, by which way, and when it is looked at again.

One TOML file per edition of a programme in ``book/programmes/``, a region's own in ``packs/<region>/programmes/``. Beside editions
(``kind = "programme"``) stand the way of an application (``kind = "workflow"``, read as in :mod:`yangban.standards.governance` with roles,
records, guards and effects of its own) and the rules by which slow projects are seen (``kind = "project_warnings"``). Every problem is a
:class:`~yangban.base.errors.BookError` that names file and key. A number that nobody has published is absent: an empty slot.

An application is bound to its edition: :func:`freeze` gives the texts of programme, way and requirements with their digest, and
:func:`thaw` makes the same edition of those texts, whatever has become of the files since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from yangban import packs
from yangban.base.errors import BookError, Inconsistent, UsageError
from yangban.base.notation import toml
from yangban.standards import governance
from yangban.standards.governance import Head, Workflow
from yangban.standards.load import BOOK, parse_toml, read_text
from yangban.standards.systems import System, load_systems
from yangban.standards.systems import shipped_files as system_files
from yangban.standards.systems import system_of as system_of_text
from yangban.standards.tables import LEVELS, near

PROGRAMMES: Final = BOOK / "programmes"
"""The folder of the shipped files."""

ROLES: Final[Mapping[str, str]] = {
    "applicant": "申报单位",
    "office": "生态环境保护委员会办公室",
    "expert": "评审专家",
    "supervision": "监督",
}
"""Whom a person acts as on an application."""

FACTS: Final[Mapping[str, tuple[str, str]]] = {
    "number": ("text", "申报编号"),
    "title": ("text", "申报名称"),
    "transition": ("text", "按非现行版本申报的理由"),
    "period": ("period", "自查时段"),
    "self_check": ("text", "自查结果摘要"),
    "outcome": ("text", "自查结论"),
    "figures": ("texts", "所据结果和填报"),
    "explanations": ("texts", "未达到或无法判断的逐项说明"),
    "dossier": ("files", "申报材料"),
    "evidence": ("files", "佐证材料"),
    "opinion": ("text", "意见"),
    "reason": ("text", "理由"),
    "experts": ("texts", "评审专家"),
    "expert": ("text", "专家"),
    "score": ("score", "评分（0—100）"),
    "advice": ("text", "是否建议通过"),
    "day": ("day", "日期"),
    "inspectors": ("texts", "核查人员"),
    "record": ("text", "现场核查记录"),
    "notice_until": ("day", "公示截止日"),
    "objection": ("text", "异议"),
    "answer": ("text", "异议答复"),
    "basis": ("text", "依据文件"),
    "plate": ("text", "牌匾编号"),
    "recheck_due": ("day", "下次复核日"),
    "year": ("period", "年度"),
    "edition": ("text", "所依版本"),
    "grounds": ("texts", "情形"),
    "rectify_until": ("day", "限期整改到"),
}
"""What a record may hold: its kind and what people call it."""

GUARDS: Final = (
    "number_unused", "may_apply", "edition_in_force", "check_of_this_edition", "checked_before", "unmet_explained", "not_applicant",
    "experts_unconflicted", "expert_appointed", "scored_once", "scores_whole", "inspected", "notice_long_enough", "notice_over",
    "objections_answered", "objection_open", "recommended_where_needed", "plate_unused", "evaluated_once", "grounds_known",
    "rectify_in_time", "withdrawal_founded",
)  # fmt: skip
"""Conditions beyond role and record."""

EFFECTS: Final = (
    "open", "check", "submit", "appoint", "recuse", "score", "inspect", "restart", "notice", "objection", "answer", "name", "evaluate",
    "recheck",
    "warn", "lift", "end",
)  # fmt: skip
"""What a move changes on the application beside its state."""

SELECTIONS: Final = ("standard", "best", "case", "unknown")
"""Named when all is met (达标创建), the best are chosen (择优), as an example to follow (案例), or it is not known."""
AWARDED_BY: Final = ("nation", "province", "city")
_DATES: Final = ("issued", "effective", "ended", "superseded_by", "subjects")
_WORDS: Final = ("family", "name", "name_en", "number", "issuer", "awarded_by", "selection", "workflow")
CONFLICTS: Final = ("same_unit", "same_place", "under_place", "declared", "took_part")
"""Why an expert is left out: works for the applicant; at a body of the same place, or above or beneath it; said so; acted on it before."""


@dataclass(frozen=True)
class Requires:
    """The requirements for one level: the id of an indicator system, ``""`` where the text is not at hand, and why."""

    level: str
    system: str
    clause: str
    confidence: str
    note: str


@dataclass(frozen=True)
class Stage:
    """One stage of the way as people call it: who looks, at what."""

    key: str
    name: str
    name_en: str
    who: str
    clause: str
    confidence: str


@dataclass(frozen=True)
class Ground:
    """A reason to warn or to withdraw. ``at_once``: the title may be withdrawn without a warning before."""

    key: str
    name: str
    name_en: str
    leads_to: str
    at_once: bool
    clause: str
    confidence: str


@dataclass(frozen=True)
class Review:
    """How it is judged; ``None`` is an empty slot: nobody has published the number."""

    experts_least: int | None
    notice_days: int | None
    rectify_months: int | None
    recheck_years: int | None
    self_evaluation: str
    exclude: tuple[str, ...]
    clause: str
    confidence: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Programme(Head):
    """One edition of a programme."""

    family: str
    name: str
    name_en: str
    number: str
    issuer: str
    awarded_by: str
    selection: str
    workflow: str
    issued: date | None
    effective: date | None
    ended: date | None
    superseded_by: str
    applicants: tuple[str, ...]
    subjects: tuple[str, ...]
    requirements: tuple[Requires, ...]
    stages: tuple[Stage, ...]
    grounds: tuple[Ground, ...]
    review: Review

    @property
    def starts(self) -> date | None:
        """The day from which it holds: in force, else issued; ``None`` where neither is known."""
        return self.effective or self.issued

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day, as far as its dates are known."""
        return self.starts is not None and self.starts <= day and (self.ended is None or day < self.ended)

    def requires(self, level: str) -> Requires:
        """What is required of a level; an empty slot where the programme says nothing of it."""
        found = next((each for each in self.requirements if each.level == level), None)
        return found or Requires(level, "", "", "unknown", "没有这一级的要求")

    def ground(self, key: str) -> Ground:
        """The ground of this key; raises :class:`~yangban.base.errors.UsageError`."""
        found = next((each for each in self.grounds if each.key == key), None)
        if found is None:
            raise UsageError(f"{self.id} 没有情形 {key!r}；{near(key, [each.key for each in self.grounds])}")
        return found


@dataclass(frozen=True)
class SlowRule:
    """One sign that a project is slow: ``measure`` says what is looked at, ``over`` and ``red`` from where it is yellow and red."""

    key: str
    name: str
    name_en: str
    measure: str
    over: Decimal
    red: Decimal | None
    unit: str
    text: str
    clause: str
    confidence: str


MEASURES: Final[Mapping[str, str]] = {
    "unpaid_days": "日",
    "ungranted_days": "日",
    "paid_behind_work": "个百分点",
    "paid_behind_time": "个百分点",
    "work_behind_time": "个百分点",
    "milestone_late_days": "日",
    "silent_days": "日",
    "paid_over_granted": "个百分点",
}
"""What a rule may look at, and its unit."""


@dataclass(frozen=True, kw_only=True)
class ProjectWarnings(Head):
    """The rules by which slow money and slow work are seen."""

    rules: tuple[SlowRule, ...]


Made = Programme | Workflow | ProjectWarnings


@dataclass(frozen=True)
class Report:
    """What was found in one file."""

    file: str
    made: Made | None
    problems: tuple[BookError, ...]


@dataclass(frozen=True)
class Programmes:
    """Everything at hand, by id."""

    programmes: Mapping[str, Programme]
    workflows: Mapping[str, Workflow]
    project_warnings: Mapping[str, ProjectWarnings]

    def programme(self, id: str) -> Programme:
        """The edition of this id; raises :class:`~yangban.base.errors.UsageError` with near matches."""
        if id not in self.programmes:
            raise UsageError(f"没有创建项目 {id!r}；{near(id, list(self.programmes))}")
        return self.programmes[id]

    def workflow(self, id: str) -> Workflow:
        """The way of this id; raises :class:`~yangban.base.errors.UsageError` with near matches."""
        if id not in self.workflows:
            raise UsageError(f"没有申报流程 {id!r}；{near(id, list(self.workflows))}")
        return self.workflows[id]

    def families(self) -> Mapping[str, tuple[Programme, ...]]:
        """The editions of each family, oldest first; those whose date is not known go last."""
        made: dict[str, list[Programme]] = {}
        for each in self.programmes.values():
            made.setdefault(each.family, []).append(each)
        return {family: tuple(sorted(held, key=lambda each: each.starts or date.max)) for family, held in made.items()}

    def in_force(self, family: str, day: date) -> Programme | None:
        """The edition of a family in force on a day, the newest of several; ``None`` where no date says so."""
        held = [each for each in self.families().get(family, ()) if each.holds_on(day)]
        return held[-1] if held else None


def shipped_files() -> tuple[Path, ...]:
    """The shipped files, and those of the regions' packs."""
    return (
        *sorted(PROGRAMMES.glob("*.toml")),
        *(file for folder in packs.pack_folders() for file in sorted(folder.glob("programmes/*.toml"))),
    )


def read(path: Path) -> Report:
    """Read one file and every problem in it; ``made`` is ``None`` when there is one."""
    table, problems = parse_toml(path)
    return Report(path.name, None, tuple(problems)) if table is None else _report(path.name, table)


def _report(name: str, table: Mapping[str, Any]) -> Report:
    reader = _Reader(name, table)
    made = reader.made()
    return Report(name, None if reader.problems else made, tuple(reader.problems))


def load_file(path: Path) -> Made:
    """Read one file; raises the first :class:`~yangban.base.errors.BookError`."""
    return _whole(read(path))


def _whole(report: Report) -> Made:
    if report.problems:
        raise report.problems[0]
    assert report.made is not None  # read makes something whenever it finds no problem
    return report.made


@cache
def _shipped() -> tuple[tuple[Path, Made], ...]:
    return tuple((path, load_file(path)) for path in shipped_files())


def load_programmes(files: Sequence[Path] = ()) -> Programmes:
    """The shipped files with a user's own; an own file of the same id takes the place of the shipped one.

    Raises :class:`~yangban.base.errors.BookError` for an id given twice, and for a way or a system that is not there.

    >>> load_programmes().programme("demonstration-area-2019").requires("county").system
    'demonstration-2019'
    """
    return _gathered((*_shipped(), *((path, load_file(path)) for path in files)), own=len(files))


def _gathered(found: Sequence[tuple[Path, Made]], *, own: int = 0) -> Programmes:
    held: dict[type, dict[str, Any]] = {Programme: {}, Workflow: {}, ProjectWarnings: {}}
    for n, (_, each) in enumerate(found):
        if each.id in held[type(each)] and n < len(found) - own:
            raise BookError(each.file, "id", f"{each.id!r} is taken by {held[type(each)][each.id].file}; give another id")
        held[type(each)][each.id] = each
    systems = load_systems().systems
    for each in held[Programme].values():
        if each.workflow not in held[Workflow]:
            raise BookError(each.file, "workflow", f"no such way {each.workflow!r}; {near(each.workflow, list(held[Workflow]))}")
        for one in each.requirements:
            if one.system and one.system not in systems:
                raise BookError(
                    each.file, f"requirement[{one.level}].system", f"no such system {one.system!r}; {near(one.system, list(systems))}"
                )
            if one.system and one.level not in systems[one.system].levels:
                raise BookError(each.file, f"requirement[{one.level}].system", f"{one.system} does not judge a {one.level}")
        if each.superseded_by and each.superseded_by not in held[Programme]:
            raise BookError(each.file, "superseded_by", f"no such edition {each.superseded_by!r}")
    return Programmes(*(MappingProxyType(held[kind]) for kind in (Programme, Workflow, ProjectWarnings)))


# ---------------------------------------------------------------------------------------------------------------------- editions


@dataclass(frozen=True)
class Edition:
    """A programme with its way and the systems that it requires, as an application is bound to them."""

    programme: Programme
    workflow: Workflow
    systems: Mapping[str, System]
    digest: str

    @property
    def short(self) -> str:
        """How records name it: id and the first twelve digits of its digest."""
        return f"{self.programme.id}@{self.digest[:12]}"

    def system(self, level: str) -> System | None:
        """The requirements for a level, ``None`` where the text is not at hand."""
        return self.systems.get(level)


def freeze(id: str, files: Sequence[Path] = ()) -> dict[str, Any]:
    """The texts of an edition: of the programme, its way and its systems, as they stand now; what :func:`thaw` reads."""
    books = load_programmes(files)
    programme = books.programme(id)
    own = {each.id: path for path, each in (*_shipped(), *((path, load_file(path)) for path in files))}
    system_paths = _system_paths()
    return {
        "programme": {"file": own[id].name, "text": read_text(own[id])},
        "workflow": {"file": own[programme.workflow].name, "text": read_text(own[programme.workflow])},
        "systems": {
            each.level: {"file": system_paths[each.system].name, "text": read_text(system_paths[each.system])}
            for each in programme.requirements
            if each.system
        },
    }


@cache
def _system_paths() -> Mapping[str, Path]:
    """In which file each system stands."""
    tables = ((path, parse_toml(path)[0]) for path in system_files())
    return {str(table["id"]): path for path, table in tables if table is not None and table.get("kind") == "system"}


def digest_of(texts: Mapping[str, Any]) -> str:
    """The SHA-256 over the texts of an edition."""
    return hashlib.sha256(json.dumps(texts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def thaw(texts: Mapping[str, Any], *, expected: str = "") -> Edition:
    """The edition of its texts. Raises :class:`~yangban.base.errors.Inconsistent` when they are not those of the ``expected`` digest."""
    digest = digest_of(texts)
    if expected and digest != expected:
        raise Inconsistent(f"所存版本的文本与登记的摘要不符：{digest[:12]} 与 {expected[:12]}；请从备份恢复")
    return _thawed(json.dumps(texts, ensure_ascii=False, sort_keys=True), digest)


@cache
def _thawed(packed: str, digest: str) -> Edition:
    texts = json.loads(packed)

    def made(part: Mapping[str, str]) -> Made:
        return _whole(_report(part["file"], toml(part["text"], decimals=True)))

    programme, workflow = made(texts["programme"]), made(texts["workflow"])
    if not isinstance(programme, Programme) or not isinstance(workflow, Workflow):
        raise Inconsistent("所存版本的文本不是创建项目和流程；请从备份恢复")
    systems = {level: system_of_text(part["text"], name=part["file"]) for level, part in texts["systems"].items()}
    return Edition(programme, workflow, MappingProxyType(systems), digest)


# ------------------------------------------------------------------------------------------------------------------------ reading


class _Reader(governance.Reader):
    """One pass over one parsed file."""

    roles = ROLES
    facts = FACTS
    guards = GUARDS
    effects = EFFECTS

    def made(self) -> Made | None:
        kinds: Mapping[str, Callable[[], Made | None]] = {
            "programme": self.programme,
            "workflow": self.workflow,
            "project_warnings": self.project_warnings,
        }
        kind = str(self.table.get("kind"))
        if kind not in kinds:
            self.choice("kind", kind, list(kinds))
            return None
        return kinds[kind]()

    def dated(self, key: str) -> date | None:
        """A day, or the word ``unknown``; absent it is unknown too."""
        value = self.table.get(key, "unknown")
        return None if value == "unknown" else self.day(key, value)

    def slot(self, label: str, entry: Mapping[str, Any], key: str) -> int | None:
        """A whole number above 0, ``None`` where the key is absent: an empty slot."""
        if key not in entry:
            return None
        found = self.count(f"{label}.{key}", entry[key])
        if found < 1:
            self.problem(f"{label}.{key}", f"expected at least 1, got {entry[key]!r}")
        return found

    def programme(self) -> Programme | None:
        table = self.table
        head = self.head(
            *_WORDS, "applicants", "requirement", "stage", "ground", "review", optional=_DATES,
        )  # fmt: skip
        for key in _WORDS:
            self.text(key, table.get(key))
        self.choice("awarded_by", table.get("awarded_by"), AWARDED_BY)
        self.choice("selection", table.get("selection"), SELECTIONS)
        issued, effective, ended = self.dated("issued"), self.dated("effective"), self.dated("ended")
        if effective and ended and ended <= effective:
            self.problem("ended", f"{ended} is not after effective {effective}")
        applicants = self.levels("applicants", table.get("applicants"))
        subjects = self.words("subjects", table.get("subjects", ["region"]), ("region", "water", "cell"))
        requirements = []
        for entry, label, common in self.entries("requirement", ("level", "clause"), ("system",), named="level"):
            self.choice(f"{label}.level", entry.get("level"), applicants or LEVELS)
            if "system" in entry:
                self.text(f"{label}.system", entry["system"])
            elif not common["note"]:
                self.problem(f"{label}.note", "an empty slot says in its note what is missing and where to look")
            requirements.append(
                Requires(str(entry.get("level")), str(entry.get("system", "")), common["clause"], common["confidence"], common["note"])
            )
        missing = [each for each in applicants if each not in {one.level for one in requirements}]
        if missing:
            self.problem("requirement", f"nothing is said of {', '.join(missing)}; give an entry, without a system where it is not known")
        stages = tuple(
            Stage(
                key=str(entry.get("key")),
                name=str(entry.get("name")),
                name_en=str(entry.get("name_en")),
                who=str(entry.get("who")),
                clause=common["clause"],
                confidence=common["confidence"],
            )
            for entry, _, common in self.entries("stage", ("key", "name", "name_en", "who", "clause"), ())
        )
        grounds = []
        for entry, label, common in self.entries("ground", ("key", "name", "name_en", "leads_to", "clause"), ("at_once",)):
            self.choice(f"{label}.leads_to", entry.get("leads_to"), ("warning", "withdrawal"))
            if not isinstance(entry.get("at_once", False), bool):
                self.problem(f"{label}.at_once", "expected true or false")
            grounds.append(
                Ground(
                    key=str(entry.get("key")),
                    name=str(entry.get("name")),
                    name_en=str(entry.get("name_en")),
                    leads_to=str(entry.get("leads_to")),
                    at_once=entry.get("at_once") is True,
                    clause=common["clause"],
                    confidence=common["confidence"],
                )
            )
        review = self.review()
        if self.problems or review is None:
            return None
        words: dict[str, Any] = {key: str(table[key]) for key in _WORDS}
        return Programme(
            **words,
            issued=issued, effective=effective, ended=ended, superseded_by=str(table.get("superseded_by", "")), applicants=applicants,
            subjects=subjects, requirements=tuple(requirements), stages=stages, grounds=tuple(grounds), review=review, **head,
        )  # fmt: skip

    def review(self) -> Review | None:
        entry = self.table.get("review")
        if not isinstance(entry, dict):
            self.problem("review", "expected a table [review]")
            return None
        slots = ("experts_least", "notice_days", "rectify_months", "recheck_years")
        self.keys("review", entry, required=("self_evaluation", "exclude", "clause"), optional=(*slots, "note", "confidence", "source"))
        self.choice("review.self_evaluation", entry.get("self_evaluation"), ("yearly", "none", "unknown"))
        confidence = entry.get("confidence", self.table.get("confidence"))
        self.choice("review.confidence", confidence, ("official", "verified", "one-source", "unverified", "unknown"))
        self.text("review.clause", entry.get("clause"))
        least, notice, rectify, recheck = (self.slot("review", entry, key) for key in slots)
        return Review(
            experts_least=least,
            notice_days=notice,
            rectify_months=rectify,
            recheck_years=recheck,
            self_evaluation=str(entry.get("self_evaluation")),
            exclude=self.words("review.exclude", entry.get("exclude"), CONFLICTS),
            clause=str(entry.get("clause")),
            confidence=str(confidence),
            note=str(entry.get("note", "")),
        )

    def project_warnings(self) -> ProjectWarnings | None:
        head = self.head("rule")
        rules = []
        for entry, label, common in self.entries("rule", ("key", "name", "name_en", "measure", "over", "text", "clause"), ("red",)):
            self.choice(f"{label}.measure", entry.get("measure"), list(MEASURES))
            over = self.number(f"{label}.over", entry.get("over"))
            red = self.maybe(f"{label}.red", entry, "red")
            if red is not None and red < over:
                self.problem(f"{label}.red", f"{red} is less than over {over}; red comes after yellow")
            measure = str(entry.get("measure"))
            rules.append(
                SlowRule(
                    key=str(entry.get("key")),
                    name=str(entry.get("name")),
                    name_en=str(entry.get("name_en")),
                    measure=measure,
                    over=over,
                    red=red,
                    unit=MEASURES.get(measure, ""),
                    text=str(entry.get("text")),
                    clause=common["clause"],
                    confidence=common["confidence"],
                )
            )
        return None if self.problems else ProjectWarnings(rules=tuple(rules), **head)


__all__ = [
    "CONFLICTS", "EFFECTS", "FACTS", "GUARDS", "MEASURES", "PROGRAMMES", "ROLES", "SELECTIONS", "Edition", "Ground", "Programme",
    "Programmes", "ProjectWarnings", "Report", "Requires", "Review", "SlowRule", "Stage", "digest_of", "freeze", "load_file",
    "load_programmes", "read", "shipped_files", "thaw",
]  # fmt: skip
