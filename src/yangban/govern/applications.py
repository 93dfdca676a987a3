"""Applications for a title: from self-check to naming, re-check, warning and withdrawal, by the one function that changes a state.

:func:`transition` asks the edition's way, which is data, who may do what from which state and what must be recorded; the guards below hold
the further conditions. It changes nothing but returns the application as it is afterwards and the record to be added to its log. Whatever
the order of events:

* an application stands under the edition with which it was opened, and every record names that edition;
* nobody of the applicant reviews, inspects, names or withdraws, neither the unit nor a person who worked on the application;
* an expert in a conflict of interest is not appointed, and nobody but the expert sees a score before all are in;
* nothing is named before its notice is over and every objection is answered; a number or a plate is never given twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import NotAllowed
from yangban.base.periods import parse
from yangban.govern.machine import Command, check_facts, find_move, fresh
from yangban.govern.records import FIRST, Actor, Evidence, Record, record
from yangban.govern.rows import read_row
from yangban.govern.self_check import SelfCheck
from yangban.standards.governance import GRANTS, SAME, Grant, Move, Workflow
from yangban.standards.programmes import FACTS, ROLES, Edition
from yangban.standards.programmes import GUARDS as WORDS

NAMES: Final[Mapping[str, str]] = {"province": "省", "city": "市", "county": "县"}
SECRET: Final = ("score", "opinion", "advice")
"""What a record of a score holds and others do not see before all scores are in."""


@dataclass(frozen=True)
class Expert:
    """Somebody who may be asked to score: the units and places of their posts, and what they declared a conflict with."""

    person: str
    units: tuple[str, ...]
    places: tuple[str, ...]
    declared: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Score:
    """One expert's independent score."""

    expert: str
    score: Decimal
    opinion: str
    advice: str
    at: datetime


@dataclass(frozen=True)
class Naming:
    """The title as it was given; ``recheck_due`` is ``None`` where nobody has said when it is looked at again."""

    plate: str
    basis: str
    day: date
    recheck_due: date | None


@dataclass(frozen=True, kw_only=True)
class Application:
    """An application as it stands. ``state`` is ``""`` before it is opened.

    ``line`` names the place and those above it as pairs of level and code, its own first. ``hands`` are the persons who worked on it for
    the applicant. ``unmet`` are the keys of the last self-check that failed or could not be judged.
    """

    id: str
    number: str
    programme: str
    edition: str
    title: str
    applicant: str
    line: tuple[tuple[str, str], ...]
    subject: str = ""
    state: str = ""
    transition: str = ""
    period: str = ""
    check: str = ""
    outcome: str = ""
    unmet: tuple[str, ...] = ()
    dossier: tuple[str, ...] = ()
    hands: frozenset[str] = frozenset()
    experts: tuple[str, ...] = ()
    recused: tuple[tuple[str, str], ...] = ()
    scores: tuple[Score, ...] = ()
    round: int = 1
    inspected_on: date | None = None
    notice_until: date | None = None
    objections: int = 0
    answered: int = 0
    naming: Naming | None = None
    evaluations: tuple[tuple[str, str], ...] = ()
    rechecks: tuple[date, ...] = ()
    warned_until: date | None = None
    grounds: tuple[str, ...] = ()
    warnings: int = 0
    ended_because: str = ""
    revision: int = 0
    digest: str = FIRST
    last: str = ""
    touched: datetime | None = None
    demo: bool = False

    @property
    def level(self) -> str:
        """The level of the applicant's place."""
        return self.line[0][0]

    @property
    def place(self) -> str:
        """The applicant's place."""
        return self.line[0][1]

    @property
    def route(self) -> tuple[str, str]:
        """By which moves of the way it goes."""
        return self.level, self.level

    @property
    def scored_by(self) -> frozenset[str]:
        """The experts whose score is in."""
        return frozenset(each.expert for each in self.scores)

    @property
    def whole(self) -> bool:
        """Whether every appointed expert has scored."""
        return bool(self.experts) and set(self.experts) == self.scored_by


@dataclass(frozen=True, kw_only=True)
class Around:
    """What lies around an application when somebody acts on it: loaded by the caller under the same lock."""

    edition: Edition
    current: bool = True
    taken: Collection[str] = frozenset()
    experts: Mapping[str, Expert] = field(default_factory=dict)
    check: SelfCheck | None = None


@dataclass(frozen=True)
class Outcome:
    """The application afterwards, its new record, and the numbers that are now taken."""

    application: Application
    record: Record
    taken: tuple[str, ...] = ()


def transition(application: Application, command: Command, around: Around) -> Outcome:
    """Do one step of an application, or refuse it and change nothing.

    In this order: it stands under this edition; nobody has acted in between; the state knows the event; the actor may; what must be
    recorded is there; every guard holds. Raises :class:`~yangban.base.errors.NotAllowed`, whose ``rule`` is ``edition``, ``state``,
    ``who``, ``facts``, ``time`` or the word of a guard, and :class:`~yangban.base.errors.Stale`.
    """
    edition = around.edition
    if edition.digest != application.edition:
        raise NotAllowed(
            "edition", f"{application.number} 绑定的版本是 {application.edition[:12]}，不是 {edition.short}；版本更换不改变在办的申报"
        )
    fresh(command, revision=application.revision, last=application.last, touched=application.touched)
    move = find_move(edition.workflow, application.state, command.event, route=application.route)
    if not may(application, command.actor, move):
        who = "或".join(f"{GRANTS[grant.level]}{ROLES[grant.role]}" for grant in move.who)
        shown = f"{NAMES.get(command.actor.level, command.actor.level)}级{ROLES.get(command.actor.role, command.actor.role)}"
        raise NotAllowed("who", f"{move.name}应由{who}办理；您以{shown}（{command.actor.unit}）的身份，不是本申报的这一单位或层级")
    check_facts(move, command.facts, FACTS)
    for guard in move.guards:
        if problem := GUARDS[guard](application, command, around):
            raise NotAllowed(guard, f"{move.name}：{problem}")
    return _moved(application, command, move, around)


def may(application: Application, actor: Actor, move: Move) -> bool:
    """Whether the actor is one of those whom the move names, of this application's place or unit."""
    return any(_granted(application, actor, grant) for grant in move.who)


def open_moves(application: Application, actor: Actor, workflow: Workflow) -> tuple[Move, ...]:
    """What the actor may do now; guards are looked at when it is done. Experts see the moves of those who were asked."""
    if actor.role == "expert" and actor.person not in application.experts:
        return ()
    return tuple(move for move in workflow.moves_from(application.state, route=application.route) if may(application, actor, move))


def _granted(application: Application, actor: Actor, grant: Grant) -> bool:
    if actor.role != grant.role or grant.level not in {"any", actor.level}:
        return False
    if actor.role == "applicant":
        return actor.unit == application.applicant
    return actor.role == "expert" or (actor.level, actor.place) in application.line


# ------------------------------------------------------------------------------------------------------------------- experts


def conflicts(application: Application, expert: Expert, exclude: Collection[str]) -> tuple[str, ...]:
    """Why an expert must be left out of scoring an application, nothing where no rule stands against it.

    A post at the applicant's own place, at its city or beneath it is a conflict; one at the province, which is to judge, is none.
    """
    codes = dict(application.line)
    beneath = application.place[:4] if application.level == "city" else application.place
    reasons = {
        "same_unit": application.applicant in expert.units and "是申报单位的人",
        "same_place": application.place in expert.places and "在申报地任职",
        "under_place": any((code == codes.get("city") or code.startswith(beneath)) and code != application.place for code in expert.places)
        and "在申报地的上级市或下辖地任职",
        "declared": bool(expert.declared & {application.applicant, application.place, application.number}) and "本人申明有利害关系",
        "took_part": expert.person in application.hands and "参与过本申报的准备",
    }
    return tuple(text for word, text in reasons.items() if text and word in exclude)


@dataclass(frozen=True)
class Spread:
    """How far the scores lie apart; there is none before all are in."""

    n: int
    mean: Fraction
    median: Fraction
    low: Decimal
    high: Decimal
    for_it: int

    @property
    def range(self) -> Decimal:
        """The highest less the lowest."""
        return self.high - self.low


def spread(application: Application) -> Spread | None:
    """The spread of the scores, ``None`` before every appointed expert has scored."""
    if not application.whole:
        return None
    held = sorted(each.score for each in application.scores)
    middle = len(held) // 2
    median = Fraction(held[middle]) if len(held) % 2 else (Fraction(held[middle - 1]) + Fraction(held[middle])) / 2
    for_it = sum(each.advice in {"yes", "是", "建议通过"} for each in application.scores)
    return Spread(len(held), Fraction(sum(held)) / len(held), median, held[0], held[-1], for_it)


def visible_scores(application: Application, person: str) -> tuple[Score, ...]:
    """The scores that a person may see: all once all are in, before that one's own alone."""
    return application.scores if application.whole else tuple(each for each in application.scores if each.expert == person)


def hidden(application: Application, row: Record, person: str) -> bool:
    """Whether what a record of a score holds is not yet a person's to see."""
    return row.event == "score" and not application.whole and application.state == "province_review" and row.actor.person != person


# -------------------------------------------------------------------------------------------------------------------- guards


def _number_unused(application: Application, command: Command, around: Around) -> str:
    return f"编号 {application.number} 已经用过；请取新号" if application.number in around.taken else ""


def _may_apply(application: Application, command: Command, around: Around) -> str:
    programme = around.edition.programme
    allowed = "、".join(NAMES[each] for each in programme.applicants)
    return "" if application.level in programme.applicants else f"{programme.title}由{allowed}级申报，{NAMES[application.level]}级不能申报"


def _edition_in_force(application: Application, command: Command, around: Around) -> str:
    if around.current or command.facts.get("transition"):
        return ""
    return f"{around.edition.programme.title}不是今天有效的版本；确需按它申报，请写明理由"


def _check_of_this_edition(application: Application, command: Command, around: Around) -> str:
    check = around.check
    if check is None or check.digest != command.facts["self_check"]:
        return "没有这一份自查；请先运行自查"
    if check.edition != application.edition:
        return f"自查按版本 {check.edition[:12]} 算出，本申报绑定 {application.edition[:12]}"
    if check.subject != application.place:
        return f"自查的是 {check.subject}，不是 {application.place}"
    asked = command.facts.get("period") or command.facts.get("year")
    return "" if check.period == asked else f"自查的是 {check.period}，不是 {asked}"


def _checked_before(application: Application, command: Command, around: Around) -> str:
    return "" if application.check else "还没有自查"


def _unmet_explained(application: Application, command: Command, around: Around) -> str:
    told = {
        text.replace(":", "：").split("：", 1)[0].strip()
        for text in command.facts.get("explanations", ())
        if "：" in text.replace(":", "：")
    }
    missing = [key for key in application.unmet if key not in told]
    return f"自查未达到或无法判断的 {len(missing)} 项没有逐项说明：{'、'.join(missing[:8])}（每行“指标代码：说明”）" if missing else ""


def _not_applicant(application: Application, command: Command, around: Around) -> str:
    if command.actor.unit == application.applicant:
        return f"{command.actor.unit} 是申报单位，不能办理"
    return f"{command.actor.person} 参与过本申报的准备，不能办理" if command.actor.person in application.hands else ""


def _experts_unconflicted(application: Application, command: Command, around: Around) -> str:
    named = command.facts["experts"]
    if again := [each for each in named if each in application.experts or named.count(each) > 1]:
        return f"已经抽取过：{'、'.join(dict.fromkeys(again))}"
    if unknown := [each for each in named if each not in around.experts]:
        return f"不在专家库中：{'、'.join(unknown)}"
    if gone := [each for each in named if each in {who for who, _ in application.recused}]:
        return f"已申明回避：{'、'.join(gone)}"
    exclude = around.edition.programme.review.exclude
    found = [f"{each}（{'、'.join(why)}）" for each in named if (why := conflicts(application, around.experts[each], exclude))]
    return f"应当回避：{'；'.join(found)}" if found else ""


def _expert_appointed(application: Application, command: Command, around: Around) -> str:
    return "" if command.actor.person in application.experts else f"{command.actor.person} 没有被抽取评审本申报"


def _scored_once(application: Application, command: Command, around: Around) -> str:
    return "您已经评过分；评分提交后不能改" if command.actor.person in application.scored_by else ""


def _scores_whole(application: Application, command: Command, around: Around) -> str:
    if not application.experts:
        return "还没有抽取专家"
    if not application.whole:
        return f"还有 {len(set(application.experts) - application.scored_by)} 位专家没有评分"
    least = around.edition.programme.review.experts_least
    return f"专家 {len(application.experts)} 位，规定不少于 {least} 位" if least is not None and len(application.experts) < least else ""


def _inspected(application: Application, command: Command, around: Around) -> str:
    return "" if application.inspected_on else "没有现场核查记录"


def _notice_long_enough(application: Application, command: Command, around: Around) -> str:
    until, days = command.facts["notice_until"], around.edition.programme.review.notice_days
    if until <= command.day:
        return f"公示截止日 {until} 应晚于今天 {command.day}"
    given = (until - command.day).days
    return f"公示 {given} 天，规定不少于 {days} 天" if days is not None and given < days else ""


def _notice_over(application: Application, command: Command, around: Around) -> str:
    if application.notice_until is None:
        return "没有公示"
    return f"公示到 {application.notice_until}，还没有结束" if command.day <= application.notice_until else ""


def _objections_answered(application: Application, command: Command, around: Around) -> str:
    open_ones = application.objections - application.answered
    return f"还有 {open_ones} 条异议没有答复" if open_ones else ""


def _objection_open(application: Application, command: Command, around: Around) -> str:
    return "" if application.objections > application.answered else "没有待答复的异议"


def _recommended_where_needed(application: Application, command: Command, around: Around) -> str:
    if around.edition.programme.awarded_by == "nation" and application.state != "recommended":
        return "国家级命名须先推荐"
    return ""


def _plate_unused(application: Application, command: Command, around: Around) -> str:
    if command.facts["plate"] in around.taken:
        return f"牌匾编号 {command.facts['plate']} 已经用过"
    return f"命名日期 {command.facts['day']} 晚于今天 {command.day}" if command.facts["day"] > command.day else ""


def _evaluated_once(application: Application, command: Command, around: Around) -> str:
    year = command.facts["year"]
    if len(year) != 4:
        return f"年度应为一年，如 2026，得到 {year}"
    if year in {held for held, _ in application.evaluations}:
        return f"{year} 年已经自评过"
    if application.naming is not None and int(year) < application.naming.day.year:
        return f"{year} 年在命名之前"
    return f"{year} 年还没有开始" if parse(year).start > command.day else ""


def _grounds_known(application: Application, command: Command, around: Around) -> str:
    programme = around.edition.programme
    known = {each.key: each for each in programme.grounds}
    if strange := [each for each in command.facts["grounds"] if each not in known]:
        return f"不是规定的情形：{'、'.join(strange)}；可选 {'、'.join(f'{each.key}（{each.name}）' for each in known.values())}"
    wanted = "withdrawal" if command.event == "withdraw" else "warning"
    wrong = [known[each].name for each in command.facts["grounds"] if known[each].leads_to != wanted]
    return f"这些情形不适用于这一步：{'、'.join(wrong)}" if wrong else ""


def _rectify_in_time(application: Application, command: Command, around: Around) -> str:
    until, months = command.facts["rectify_until"], around.edition.programme.review.rectify_months
    if until <= command.day:
        return f"限期 {until} 应晚于今天 {command.day}"
    if months is None:
        return ""
    latest = _months_after(command.day, months)
    return f"限期 {until} 晚于规定的 {months} 个月（{latest}）" if until > latest else ""


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    last = parse(f"{day.year + year}-{month + 1:02d}").end.day
    return date(day.year + year, month + 1, min(day.day, last))


def _withdrawal_founded(application: Application, command: Command, around: Around) -> str:
    programme = around.edition.programme
    if any(programme.ground(each).at_once for each in command.facts["grounds"]):
        return ""
    if application.state != "warned" or application.warned_until is None:
        return "没有先警告、限期整改；除数据造假等情形外，不能直接撤销"
    return f"限期到 {application.warned_until}，还没有到" if command.day <= application.warned_until else ""


GUARDS: Final[Mapping[str, Callable[[Application, Command, Around], str]]] = {word: globals()[f"_{word}"] for word in WORDS}
"""Every guard by its word; each gives the reason why not, or nothing."""


# ---------------------------------------------------------------------------------------------------------------------- move


def _moved(application: Application, command: Command, move: Move, around: Around) -> Outcome:
    facts = dict(command.facts)
    changed: dict[str, Any] = {"state": application.state if move.to == SAME else move.to}
    for effect in move.effects:
        changed |= EFFECTS[effect](application, command, around)
    if command.actor.role == "applicant":
        changed["hands"] = application.hands | {command.actor.person}
    # Whatever is decided rests on the self-check that stands, under the edition that binds: every record says so by itself.
    stands = {"self_check": application.check, "outcome": application.outcome} if application.check else {}
    made = record(
        subject=application.id, seq=application.revision + 1, event=move.event, name=move.name, origin=application.state,
        to=changed["state"], actor=command.actor, at=command.at, facts={**stands, **facts, "edition": around.edition.short},
        before=application.digest,
    )  # fmt: skip
    last = f"{made.name}，{made.actor.unit} {made.actor.person}，{made.at:%Y-%m-%d %H:%M}"
    after = replace(application, **changed, revision=made.seq, digest=made.digest, last=last, touched=made.at)
    taken = tuple([application.number] if move.starts else []) + tuple([facts["plate"]] if "plate" in facts else [])
    return Outcome(after, made, taken)


def _check(application: Application, command: Command, around: Around) -> dict[str, Any]:
    assert around.check is not None  # its guard has looked
    return {
        "period": command.facts["period"], "check": command.facts["self_check"], "outcome": command.facts["outcome"],
        "unmet": around.check.unmet,
    }  # fmt: skip


def _score(application: Application, command: Command, around: Around) -> dict[str, Any]:
    facts = command.facts
    one = Score(command.actor.person, Decimal(facts["score"]), facts["opinion"], facts["advice"], command.at)
    return {"scores": (*application.scores, one)}


def _recuse(application: Application, command: Command, around: Around) -> dict[str, Any]:
    who = command.actor.person
    return {
        "experts": tuple(each for each in application.experts if each != who),
        "scores": tuple(each for each in application.scores if each.expert != who),
        "recused": (*application.recused, (who, command.facts["reason"])),
    }


def _restart(application: Application, command: Command, around: Around) -> dict[str, Any]:
    """What was scored and shown of the round before stands in the log; the next round begins with a new self-check."""
    return {
        "experts": (), "scores": (), "round": application.round + 1, "inspected_on": None, "notice_until": None,
        "objections": 0, "answered": 0, "check": "", "outcome": "", "unmet": (),
    }  # fmt: skip


def _name(application: Application, command: Command, around: Around) -> dict[str, Any]:
    facts = command.facts
    return {"naming": Naming(facts["plate"], facts["basis"], facts["day"], _due(facts, facts["day"], around)), "notice_until": None}


def _due(facts: Mapping[str, Any], day: date, around: Around) -> date | None:
    """When the title is looked at again: as given, else after the years of the programme where somebody published them."""
    years = around.edition.programme.review.recheck_years
    given: date | None = facts.get("recheck_due")
    return given or (None if years is None else _months_after(day, 12 * years))


def _recheck(application: Application, command: Command, around: Around) -> dict[str, Any]:
    naming = application.naming
    renewed = None if naming is None else replace(naming, recheck_due=_due(command.facts, command.day, around))
    return {"rechecks": (*application.rechecks, command.day), "naming": renewed}


EFFECTS: Final[Mapping[str, Callable[[Application, Command, Around], dict[str, Any]]]] = {
    "open": lambda a, c, _: {"transition": c.facts.get("transition", "")},
    "check": _check,
    "submit": lambda a, c, _: {"dossier": tuple(each.digest for each in c.facts["dossier"])},
    "appoint": lambda a, c, _: {"experts": (*a.experts, *c.facts["experts"])},
    "recuse": _recuse,
    "score": _score,
    "inspect": lambda a, c, _: {"inspected_on": c.facts["day"]},
    "restart": _restart,
    "notice": lambda a, c, _: {"notice_until": c.facts["notice_until"]},
    "objection": lambda a, c, _: {"objections": a.objections + 1},
    "answer": lambda a, c, _: {"answered": a.answered + 1},
    "name": _name,
    "evaluate": lambda a, c, _: {"evaluations": (*a.evaluations, (c.facts["year"], c.facts["self_check"]))},
    "recheck": _recheck,
    "warn": lambda a, c, _: {"warned_until": c.facts["rectify_until"], "grounds": c.facts["grounds"], "warnings": a.warnings + 1},
    "lift": lambda a, c, _: {"warned_until": None, "grounds": ()},
    "end": lambda a, c, _: {"ended_because": c.facts["reason"], "notice_until": None},
}
"""What each effect changes on the application."""


def application_of(row: Mapping[str, Any]) -> Application:
    """The application of a row that :func:`yangban.govern.rows.to_row` wrote."""
    day = date.fromisoformat
    return Application(
        **read_row(
            row,
            line=lambda rows: tuple((level, code) for level, code in rows),
            unmet=tuple,
            dossier=tuple,
            hands=frozenset,
            experts=tuple,
            recused=lambda rows: tuple((who, why) for who, why in rows),
            scores=lambda rows: tuple(Score(**read_row(each, score=Decimal, at=datetime.fromisoformat)) for each in rows),
            inspected_on=day,
            notice_until=day,
            naming=lambda one: Naming(**read_row(one, day=day, recheck_due=day)),
            evaluations=lambda rows: tuple((year, digest) for year, digest in rows),
            rechecks=lambda rows: tuple(map(day, rows)),
            warned_until=day,
            grounds=tuple,
            touched=datetime.fromisoformat,
        )
    )


__all__ = [
    "Application", "Around", "Evidence", "Expert", "Naming", "Outcome", "Score", "Spread", "application_of", "conflicts", "hidden", "may",
    "open_moves", "spread", "transition", "visible_scores",
]  # fmt: skip
