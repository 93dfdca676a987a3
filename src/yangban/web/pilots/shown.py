"""Applications as pages show them: the stages, the self-check, the scores that one may see, every step with who, when, on what and by which
edition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yangban.base.exact import round_half_even
from yangban.govern.applications import application_of, hidden, spread, visible_scores
from yangban.govern.records import verify
from yangban.govern.self_check import SelfCheck
from yangban.indicators.requirements import OUTCOMES, SYMBOLS
from yangban.standards.governance import Move
from yangban.standards.programmes import FACTS
from yangban.web.accounts.models import User
from yangban.web.pilots import applying, checking, editions
from yangban.web.pilots.models import Application
from yangban.web.plans.shown import people_named
from yangban.web.public.names import place_name
from yangban.web.words import pick

STAGES: Final = (
    (("draft", "checked", "returned"), "自查", "Self-check"),
    (("county_review",), "县级审核", "County"),
    (("city_review",), "市级审核", "City"),
    (("province_review",), "省级评审", "Province"),
    (("field_check", "inspected"), "现场核查", "Field check"),
    (("public_notice",), "公示", "Notice"),
    (("recommended",), "推荐", "Recommended"),
    (("named", "recheck", "warned"), "命名", "Named"),
)
OUTCOME_WORDS: Final = {"pass": "Met", "fail": "Not met", "not_applicable": "Not applicable", "no_data": "Cannot be said"}
_APART: Final = frozenset({"self_check", "evaluate", "open"})
"""Steps that have a form of their own on the page."""
_AHEAD: Final = (
    "submit", "score", "recommend", "name", "notice", "field_record", "to_field", "pass", "lift", "recheck_pass", "appoint", "recheck",
)  # fmt: skip
_BASIS: Final = ("edition", "self_check", "outcome")
_LONG: Final = 160
TAGS: Final = {
    "named": "go", "recommended": "go", "warned": "warn", "recheck": "warn", "returned": "warn", "rejected": "bad", "withdrawn": "bad",
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """One stage of the way; ``mark`` is done, now or next."""

    name: str
    mark: str


@dataclass(frozen=True)
class Step:
    """One step as a page shows it."""

    seq: int
    name: str
    who: str
    unit: str
    at: Any
    to: str
    facts: tuple[tuple[str, str], ...]
    long: tuple[tuple[str, str], ...]
    basis: str
    digest: str


def state_words(row: Application) -> str:
    """The state of an application with its symbol."""
    found = editions.bound(row.edition).workflow.state(row.state)
    return f"{found.symbol} {found.name}"


def told(rows: Any) -> list[Application]:
    """Applications with their state in words, their programme and their place, as lists show them."""
    made = list(rows)
    names = {key: pick(each.name, each.name_en) for key, each in editions.held().programmes.items()}
    for row in made:
        row.words, row.tag = state_words(row), TAGS.get(row.state, "")
        row.programme_name, row.place_name = names.get(row.programme, row.programme), place_name(row.place)
    return made


def stages(row: Application) -> list[Stage]:
    """How far it has come: the stages that the level of its place goes through."""
    shown = [each for each in STAGES if row.level == "county" or each[0] != ("county_review",)]
    if editions.bound(row.edition).programme.awarded_by != "nation":
        shown = [each for each in shown if each[0] != ("recommended",)]
    at = next((n for n, (keys, _, _) in enumerate(shown) if row.state in keys), None)
    if at is None:
        reached = {each.origin for each in applying.log(row)} | {each.to for each in applying.log(row)}
        at = max((n for n, (keys, _, _) in enumerate(shown) if reached & set(keys)), default=0) + 1
        return [Stage(pick(zh, en), "done" if n < at else "next") for n, (_, zh, en) in enumerate(shown)]
    return [Stage(pick(zh, en), "done" if n < at else "now" if n == at else "next") for n, (_, zh, en) in enumerate(shown)]


def outcome_words(outcome: str) -> str:
    """How a requirement came out, with its symbol."""
    return f"{SYMBOLS[outcome]} {pick(OUTCOMES[outcome], OUTCOME_WORDS[outcome])}"


def check_lines(check: SelfCheck | None) -> list[tuple[Any, str]]:
    """The lines of a self-check, each with its outcome in words; what failed or cannot be said goes first within its order."""
    return [] if check is None else [(each, outcome_words(each.outcome)) for each in check.lines]


def counted(check: SelfCheck | None) -> list[tuple[str, str, int]]:
    """How many came out how: outcome, words, number."""
    return [] if check is None else [(key, outcome_words(key), n) for key, n in check.counts.items()]


def timeline(row: Application, user: User | None) -> list[Step]:
    """Every step, the newest first. What an independent score holds stays hidden until all are in."""
    application = application_of(row.body)
    records = applying.log(row)
    names = people_named([*(each.actor.person for each in records), *(who for each in records for who in each.facts.get("experts", ()))])
    person = "" if user is None else user.get_username()
    flow = editions.bound(row.edition).workflow
    made = []
    for each in reversed(records):
        facts = (
            {"note": pick("各专家评分全部提交后公开", "Shown when all scores are in")} if hidden(application, each, person) else each.facts
        )
        plain = {key: value for key, value in facts.items() if key not in _BASIS}
        if "experts" in plain:
            plain["experts"] = [names.get(who, who) for who in plain["experts"]]
        shown = [(FACTS[key][1] if key in FACTS else pick("说明", "Note"), told_fact(key, value)) for key, value in plain.items() if value]
        made.append(
            Step(
                seq=each.seq,
                name=each.name,
                who=names.get(each.actor.person, each.actor.person),
                unit=each.actor.unit,
                at=each.at,
                to=flow.state(each.to).name if each.to != each.origin else "",
                facts=tuple(each for each in shown if len(each[1]) <= _LONG),
                long=tuple(each for each in shown if len(each[1]) > _LONG),
                basis=basis_of(each.facts),
                digest=each.digest[:12],
            )
        )
    return made


def basis_of(facts: Mapping[str, Any]) -> str:
    """On what a step rests: the edition and the self-check that stood then."""
    said = [f"{pick('版本', 'edition')} {facts['edition']}"] if facts.get("edition") else []
    if facts.get("self_check"):
        said.append(f"{pick('自查', 'self-check')} {str(facts['self_check'])[:12]} {facts.get('outcome', '')}".strip())
    return "；".join(said)


def _rank(move: Move) -> tuple[int, int]:
    """What leads on goes first, what ends goes last."""
    ends = move.to in {"rejected", "withdrawn", "cancelled"}
    return (ends, _AHEAD.index(move.event) if move.event in _AHEAD else len(_AHEAD))


def told_fact(key: str, value: Any) -> str:
    """A fact of a record in words."""
    if isinstance(value, list):
        return ("\n" if key in {"explanations", "figures"} else "、").join(
            str(each.get("name", "")) if isinstance(each, dict) else str(each) for each in value
        )
    if key == "self_check":
        return f"SHA-256 {str(value)[:12]}"
    if key == "advice":
        return pick("建议通过", "Pass") if value == "yes" else pick("不建议通过", "Do not pass")
    return str(value)


def problems(row: Application) -> str:
    """What is wrong with the log, nothing when every step is as it was written."""
    try:
        verify(applying.log(row))
    except Exception as problem:
        return str(problem)
    return ""


def application_page(user: User, row: Application) -> dict[str, Any]:
    """Everything that the page of an application shows."""
    application, edition = application_of(row.body), editions.bound(row.edition)
    check = checking.kept(application.check) if application.check else None
    scores = visible_scores(application, user.get_username())
    lies = spread(application)
    names = people_named([*application.experts, *(who for who, _ in application.recused)])
    told([row])
    return {
        "application": application,
        "edition": edition,
        "requires": edition.programme.requires(row.level),
        "stages": stages(row),
        "moves": sorted((each for each in applying.open_to(user, row) if each.event not in _APART), key=_rank),
        "may_check": any(each.event == "self_check" for each in applying.open_to(user, row)),
        "may_evaluate": any(each.event == "evaluate" for each in applying.open_to(user, row)),
        "check": check,
        "lines": check_lines(check),
        "counts": counted(check),
        "experts": [(names.get(each, each), each in application.scored_by) for each in application.experts],
        "recused": [(names.get(who, who), why) for who, why in application.recused],
        "scores": [(names.get(each.expert, each.expert), each) for each in scores],
        "spread": lies,
        "spread_mean": "" if lies is None else f"{round_half_even(lies.mean, 1):f}",
        "spread_median": "" if lies is None else f"{round_half_even(lies.median, 1):f}",
        "steps": timeline(row, user),
        "broken": problems(row),
        "files": list(row.files.select_related("by")),
        "objections": list(row.objections.all()),
        "grounds": [edition.programme.ground(each) for each in application.grounds],
    }
