"""The one door through which an application changes on the site.

:func:`act` loads the application with what lies around it under a lock, asks :func:`yangban.govern.applications.transition`, and writes
what came out: application, record and taken numbers together or not at all. Of two officers at once one wins, the other is told who was
first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from yangban.base import regions
from yangban.base.errors import NotAllowed
from yangban.govern import applications as room
from yangban.govern.applications import application_of
from yangban.govern.machine import Command
from yangban.govern.records import Actor, Evidence, Record, day_of
from yangban.govern.rows import to_row
from yangban.standards.governance import Move
from yangban.standards.programmes import Edition
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import demand, may
from yangban.web.pilots import checking, editions
from yangban.web.pilots.actors import actors_of, experts
from yangban.web.pilots.models import Application, ApplicationFile, CheckResult, PublicObjection
from yangban.web.plans import files
from yangban.web.plans.actors import line_of
from yangban.web.plans.models import NumberTaken
from yangban.web.plans.tasks import log_steps, new_id, now, steps
from yangban.web.words import pick

_ACTIONS = {"applicant": "pilots.apply", "office": "pilots.review", "expert": "pilots.score", "supervision": "pilots.inspect"}
"""Which action each role's steps are; preparing is an action of its own."""


@transaction.atomic
def open_application(
    user: User, *, programme: str, applicant: Organisation, title: str = "", subject: str = "", transition: str = "", number: str = "",
    at: datetime | None = None, demo: bool = False,
) -> Application:  # fmt: skip
    """Open an application under an edition, which binds it from now on."""
    demand(user, "pilots.apply", organisation=applicant.pk)
    moment = at or now()
    kept = editions.keep(programme)
    edition = editions.bound(kept)
    line = line_of(applicant.region)
    if not line:
        raise NotAllowed("may_apply", f"{applicant.name} 的所在地 {applicant.region} 不是省、市、县")
    made = room.Application(
        id=new_id(),
        number=number.strip() or _number(edition, applicant.region, moment),
        programme=programme,
        edition=kept.digest,
        title=title.strip() or f"{regions.subject_name(applicant.region)}申报{edition.programme.name}",
        applicant=applicant.name,
        line=line,
        subject=subject.strip(),
        demo=demo,
    )
    facts: dict[str, Any] = {"number": made.number, "title": made.title}
    if transition.strip():
        facts["transition"] = transition.strip()
    outcome = _decide(user, made, "open", 0, facts, moment, _around(edition, facts, moment))
    row = Application(id=made.id, edition=kept, applicant=applicant)
    _columns(row, outcome.application, edition).save(force_insert=True)
    _kept(user, row, outcome, moment)
    return row


def _number(edition: Edition, region: str, moment: datetime) -> str:
    """A number that nobody has: family, year, place, and a count."""
    start = f"{edition.programme.family}-{day_of(moment).year}-{region}-"
    return f"{start}{NumberTaken.objects.filter(number__startswith=start).count() + 1:02d}"


@transaction.atomic
def act(user: User, pk: str, event: str, *, seen: int, facts: Mapping[str, Any] | None = None, at: datetime | None = None) -> Application:
    """Do one step of an application.

    ``seen`` is the revision that the person looked at. Raises :class:`~yangban.base.errors.Stale` when somebody was faster, and
    :class:`~yangban.base.errors.NotAllowed` with the reason; then nothing has changed.
    """
    moment = at or now()
    row = Application.objects.select_for_update().get(pk=pk)
    application, edition = application_of(row.body), editions.bound(row.edition)
    brought = {key: value for key, value in dict(facts or {}).items() if value not in (None, "", ())}
    outcome = _decide(user, application, event, seen, brought, moment, _around(edition, brought, moment))
    _columns(row, outcome.application, edition).save()
    _kept(user, row, outcome, moment)
    if event == "objection":
        PublicObjection.objects.filter(application=row, text=brought["objection"], recorded=False).update(recorded=True)
    return row


@transaction.atomic
def self_check(user: User, pk: str, period: str, *, seen: int, at: datetime | None = None) -> Application:
    """Run the self-check of an application and take it in: the step that the applicant does most often."""
    row = Application.objects.get(pk=pk)
    made = checking.kept(checking.run(user, row, period).digest)
    assert made is not None  # it was kept a line ago
    facts = {"period": made.period, "self_check": made.digest, "outcome": made.words, "figures": made.figures()}
    return act(user, pk, "self_check", seen=seen, facts=facts, at=at)


@transaction.atomic
def evaluate(
    user: User, pk: str, year: str, *, seen: int, evidence: Sequence[Evidence], at: datetime | None = None
) -> Application:  # fmt: skip
    """The yearly self-evaluation of a title: the self-check of that year under the edition of the title."""
    row = Application.objects.get(pk=pk)
    made = checking.kept(checking.run(user, row, year).digest)
    assert made is not None  # it was kept a line ago
    facts = {
        "year": made.period, "self_check": made.digest, "outcome": made.words, "figures": made.figures(), "evidence": tuple(evidence),
    }  # fmt: skip
    return act(user, pk, "evaluate", seen=seen, facts=facts, at=at)


def _decide(
    user: User, application: room.Application, event: str, seen: int, facts: Mapping[str, Any], at: datetime, around: room.Around
) -> room.Outcome:  # fmt: skip
    moves = [each for each in around.edition.workflow.moves_from(application.state, route=application.route) if each.event == event]
    actor = _actor(user, application, event, moves)
    prepares = actor.role == "applicant" and event == "self_check"
    organisation = Organisation.objects.filter(name=application.applicant).values_list("pk", flat=True).first()
    thing = {"organisation": organisation} if actor.role == "applicant" and actor.unit == application.applicant else {}
    if actor.role in {"office", "supervision"}:
        thing = {"region": application.place}
    answer = may(user, "pilots.prepare" if prepares else _ACTIONS[actor.role], **thing)
    if not answer and any(room.may(application, actor, move) for move in moves):
        raise PermissionDenied(answer.reason)
    return room.transition(application, Command(event=event, actor=actor, at=at, seen=seen, facts=facts), around)


def _actor(user: User, application: room.Application, event: str, moves: Sequence[Move]) -> Actor:
    """As whom the person acts: the first of the posts that the step allows; else the first of all, and the refusal names it."""
    held = actors_of(user, event)
    if not held:
        raise PermissionDenied(pick("您的岗位不能办理申报", "Your post cannot act on applications"))
    fits = [actor for move in moves for actor in held if room.may(application, actor, move)]
    return (fits or held)[0]


def _around(edition: Edition, facts: Mapping[str, Any], at: datetime) -> room.Around:
    wanted = [str(facts[key]) for key in ("number", "plate") if facts.get(key)]
    return room.Around(
        edition=edition,
        current=editions.is_current(edition.programme, day_of(at)),
        taken=frozenset(NumberTaken.objects.filter(number__in=wanted).values_list("number", flat=True)),
        experts=experts() if "experts" in facts else {},
        check=checking.kept(facts["self_check"]) if "self_check" in facts else None,
    )


def _kept(user: User, row: Application, outcome: room.Outcome, at: datetime) -> None:
    try:
        with transaction.atomic():
            NumberTaken.objects.bulk_create([NumberTaken(number=each, subject=row.pk, at=at) for each in outcome.taken])
    except IntegrityError:
        raise NotAllowed("number_unused", f"编号刚刚被别人用掉：{'、'.join(outcome.taken)}；请取新号再办") from None
    log_steps([outcome.record])
    audit.record(user, f"pilots.{outcome.record.event}", row.number, {"seq": outcome.record.seq, "state": outcome.application.state})


def _columns(row: Application, held: room.Application, edition: Edition) -> Application:
    """The columns of a row from its body."""
    above = dict(held.line)
    row.number, row.title, row.programme, row.family = held.number, held.title[:200], held.programme, edition.programme.family
    row.level, row.place = held.line[0]
    row.city, row.province = above.get("city", ""), above.get("province", "")
    row.state, row.ended = held.state, edition.workflow.state(held.state).ends
    row.period, row.outcome, row.notice_until = held.period, held.outcome[:200], held.notice_until
    row.plate, row.named_on, row.recheck_due = "", None, None
    if held.naming is not None:
        row.plate, row.named_on, row.recheck_due = held.naming.plate, held.naming.day, held.naming.recheck_due
    row.warned_until, row.revision, row.demo, row.body = held.warned_until, held.revision, held.demo, to_row(held)
    row.touched = held.touched or now()
    return row


# ------------------------------------------------------------------------------------------------------------------------- seeing


def seen_by(user: User) -> QuerySet[Application]:
    """The applications that are a person's to see: of one's unit, within one's place, or that one was asked to score."""
    asked = Q(pk__in=())
    for post in user.current_memberships():
        if post.role in {"office", "supervision", "reader"}:
            asked |= Q(**{{"province": "province", "city": "city"}.get(post.level, "place"): post.organisation.region})
        if post.role in {"head", "reporter"}:
            asked |= Q(applicant=post.organisation_id)
        if post.role == "expert":
            asked |= Q(pk__in=_asked_to_score(user))
    return Application.objects.filter(asked).select_related("applicant", "edition")


def _asked_to_score(user: User) -> list[str]:
    """Applications whose experts a person is or was: those in review, and those that the person scored."""
    name = user.get_username()
    open_ones = Application.objects.filter(state="province_review").values_list("pk", "body")
    mine = [pk for pk, body in open_ones if name in body["experts"] or name in {who for who, _ in body["recused"]}]
    from yangban.web.plans.models import StepRecord

    return [*mine, *StepRecord.objects.filter(person=name, event__in=("score", "recuse")).values_list("subject", flat=True)]


def demand_sight(user: User, row: Application) -> None:
    """Refuse who may not see an application."""
    if not seen_by(user).filter(pk=row.pk).exists():
        raise PermissionDenied(
            pick("这份申报不涉及您的单位，也不在您管辖的地区", "This application is neither your unit's nor lies in your place")
        )


def open_to(user: User, row: Application) -> list[Move]:
    """What a person may do on an application now."""
    application, edition = application_of(row.body), editions.bound(row.edition)
    found: dict[str, Move] = {}
    for actor in actors_of(user):
        for move in room.open_moves(application, actor, edition.workflow):
            if actor in actors_of(user, move.event):
                found.setdefault(move.event, move)
    if user.get_username() in application.scored_by:
        found.pop("score", None)
    return list(found.values())


def log(row: Application) -> list[Record]:
    """The log of an application, the first step first."""
    return steps(row.pk)


# --------------------------------------------------------------------------------------------------------------------------- files


def add_files(user: User, row: Application, uploads: Sequence[Any]) -> list[ApplicationFile]:
    """Add files to an application; one whose bytes are there already is the one that is there."""
    demand_sight(user, row)
    made = []
    for upload in uploads:
        name, digest, kind, size = files.keep(upload)
        with transaction.atomic():
            held, fresh = ApplicationFile.objects.get_or_create(
                application=row, digest=digest, defaults={"name": name, "kind": kind, "size": size, "by": user}
            )
            if fresh:
                audit.record(user, "pilots.file", row.number, {"name": name, "digest": digest})
        made.append(held)
    return made


def shown_files(row: Application, digests: Sequence[str]) -> tuple[Evidence, ...]:
    """Files of an application as a step shows them."""
    found = {each.digest: each for each in ApplicationFile.objects.filter(application=row, digest__in=list(digests))}
    if absent := [each for each in digests if each not in found]:
        raise NotAllowed("facts", f"{len(absent)} 个文件没有上传到 {row.number}")
    return tuple(Evidence(name=found[each].name, digest=each, kind=found[each].kind) for each in dict.fromkeys(digests))


def newest_check(row: Application) -> CheckResult | None:
    """The self-check that stands, else the newest."""
    wanted = row.body.get("check")
    return row.checks.filter(digest=wanted).first() if wanted else row.checks.first()
