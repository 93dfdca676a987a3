"""The one door through which cases change: written, submitted, returned, accepted, published, withdrawn; every version and step is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from yangban.base import regions
from yangban.base.errors import NotAllowed, Stale, UnknownRegion, UsageError
from yangban.govern import case_text
from yangban.govern import cases as rules
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User, today
from yangban.web.accounts.permissions import demand, holds, may
from yangban.web.cases import files, pictures, search
from yangban.web.cases.models import Case, CaseCall, CaseStep, CaseTag, CaseVersion, Picture, Reuse
from yangban.web.words import pick

TEXTS: Final = ("title", "title_en", "summary", "summary_en", *rules.SECTIONS)
FIGURE_KEY: Final = ("release", "indicator", "subject", "period", "edition", "scope", "basis", "network")
"""What names one released Figure for good."""

ACTION: Final = {
    "submit": "cases.submit", "recall": "cases.submit", "return": "cases.review", "decline": "cases.review", "accept": "cases.review",
    "reopen": "cases.review", "publish": "cases.publish", "withdraw": "cases.publish",
}  # fmt: skip
"""The action of every step."""


def call_of(row: CaseCall) -> rules.Call:
    """A call as the rules see it."""
    return rules.Call(row.opens, row.deadline, tuple(row.kinds), tuple(row.levels))


@transaction.atomic
def call(
    user: User, organisation: Organisation, *, title: str, text: str, opens: date, deadline: date, kinds: Sequence[str] = (),
    levels: Sequence[str] = (), public: bool = True, demo: bool = False,
) -> CaseCall:  # fmt: skip
    """Call for cases."""
    demand(user, "cases.call", region=organisation.region)
    if deadline < opens:
        raise UsageError(pick("截止日期早于开始日期", "The deadline lies before the first day"))
    row = CaseCall.objects.create(
        title=title, text=text, organisation=organisation, region=organisation.region, opens=opens, deadline=deadline, kinds=list(kinds),
        levels=list(levels), public=public, by=user, demo=demo,
    )  # fmt: skip
    audit.record(user, "case.call", f"call:{row.pk}", {"title": title, "deadline": deadline.isoformat()})
    return row


def _number() -> str:
    year = today().year
    last = Case.objects.filter(number__startswith=f"AL{year}-").order_by("-number").values_list("number", flat=True).first()
    return f"AL{year}-{(int(last.split('-')[1]) if last else 0) + 1:04d}"


@transaction.atomic
def start(
    user: User, organisation: Organisation, said: Mapping[str, str], *, answers: CaseCall | None = None, tags: Sequence[str] = (),
    demo: bool = False,
) -> Case:  # fmt: skip
    """Begin a case as a draft of an organisation, in answer to a call or by itself."""
    demand(user, "cases.submit", organisation=organisation.pk)
    if answers is not None and (reason := call_of(answers).refusal(today(), organisation.kind, organisation.level)):
        raise NotAllowed("call", reason)
    texts = _texts(said, tags)
    # Two who begin at once must not take the same number.
    _lock()
    row = Case.objects.create(
        number=_number(), call=answers, organisation=organisation, region=organisation.region, title=texts["title"], demo=demo
    )
    CaseVersion.objects.create(case=row, version=1, **texts, tags=list(tags), by=user)
    audit.record(user, "case.start", row.number, {"title": row.title})
    return row


def _lock() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [7_205_143])


def _texts(said: Mapping[str, str], tags: Sequence[str]) -> dict[str, str]:
    texts = {key: case_text.clean(said.get(key, "")) for key in TEXTS}
    if problems := (*rules.text_problems(texts, whole=False), *rules.tag_problems(tags)):
        raise UsageError("；".join(problems))
    return texts


def newest(row: Case) -> CaseVersion:
    """The version that was written last."""
    return row.versions.get(version=row.version)


def may_write(user: User, row: Case) -> bool:
    """Whether a person may write a new version as things stand."""
    if row.state in rules.WRITTEN_BY_SUBMITTER:
        return bool(may(user, "cases.submit", organisation=row.organisation_id))
    return row.state in rules.WRITTEN_BY_EDITOR and bool(may(user, "cases.review", region=row.region))


def may_see(user: User, row: Case) -> bool:
    """Whether a person may see what is not published: their own organisation's cases, and those of the places where they review."""
    if may(user, "cases.submit", organisation=row.organisation_id):
        return True
    # A draft is its organisation's own until it is submitted.
    return row.state != "draft" and bool(may(user, "cases.review", region=row.region) or may(user, "cases.publish", region=row.region))


def _demand_write(user: User, row: Case) -> None:
    if row.state in rules.WRITTEN_BY_SUBMITTER:
        demand(user, "cases.submit", organisation=row.organisation_id)
    elif row.state in rules.WRITTEN_BY_EDITOR:
        demand(user, "cases.review", region=row.region)
    else:
        raise NotAllowed("state", f"“{rules.STATES[row.state][0]}”的案例不能修改")


def _held(row: Case, seen: int) -> Case:
    held: Case = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=row.pk)
    if held.version != seen:
        raise Stale(
            pick(f"您打开之后已有人改到第 {held.version} 版，请看过再改", f"Somebody has written version {held.version} since you looked")
        )
    return held


def _next(user: User, held: Case, remark: str, **changed: Any) -> CaseVersion:
    """The next version: as the last one, apart from what is changed. Nothing changed writes nothing."""
    last = newest(held)
    fields = {name: getattr(last, name) for name in (*TEXTS, "figures", "pictures", "tags")}
    if all(fields[name] == value for name, value in changed.items()):
        return last
    made: CaseVersion = CaseVersion.objects.create(
        case=held, version=held.version + 1, **{**fields, **changed}, remark=remark[:200], by=user
    )
    held.version = made.version
    if held.shown_id is None:
        held.title = made.title
    held.save(update_fields=("version", "title"))
    audit.record(user, "case.write", held.number, {"version": made.version, "changed": sorted(changed)})
    return made


@transaction.atomic
def write(user: User, row: Case, said: Mapping[str, str], tags: Sequence[str], *, seen: int, remark: str = "") -> CaseVersion:
    """Write the texts anew; a version of its own, and the old one stays."""
    held = _held(row, seen)
    _demand_write(user, held)
    return _next(user, held, remark, **_texts(said, tags), tags=list(tags))


# ---------------------------------------------------------------------------------------------------------------------------- Figures


@transaction.atomic
def add_figure(user: User, row: Case, figure: Any, *, seen: int) -> CaseVersion:
    """Attach a released Figure to what a case says of its result; the number stays that of its release."""
    held = _held(row, seen)
    _demand_write(user, held)
    if not figure.release.__class__.objects.visible().filter(pk=figure.release_id).exists():
        raise NotAllowed("figure", pick("只能选公开发布的结果", "Only publicly released results can be chosen"))
    last = newest(held)
    key = {name: getattr(figure, "release_id" if name == "release" else name) for name in FIGURE_KEY}
    if key in last.figures:
        return last
    if len(last.figures) >= rules.MOST_FIGURES:
        raise UsageError(pick(f"最多附 {rules.MOST_FIGURES} 个结果", f"At most {rules.MOST_FIGURES} results"))
    return _next(user, held, pick("附上结果", "A result was attached"), figures=[*last.figures, key])


@transaction.atomic
def drop_figure(user: User, row: Case, place: int, *, seen: int) -> CaseVersion:
    """Take a Figure off a case."""
    held = _held(row, seen)
    _demand_write(user, held)
    kept = [each for n, each in enumerate(newest(held).figures) if n != place]
    return _next(user, held, pick("去掉结果", "A result was taken off"), figures=kept)


# --------------------------------------------------------------------------------------------------------------------------- pictures


def add_picture(user: User, row: Case, upload: Any, *, alt: str, caption: str, seen: int) -> CaseVersion:
    """Take a picture in, made anew, with a text for those who do not see it."""
    if upload.size > pictures.LIMIT:
        raise UsageError(
            pick(f"图片超过 {pictures.LIMIT // 2**20} MB，请缩小后再传", f"The picture is larger than {pictures.LIMIT // 2**20} MB")
        )
    said = {"alt": case_text.clean(alt), "caption": case_text.clean(caption)}
    if problems := rules.picture_problems([said]):
        raise UsageError("；".join(problems))
    with transaction.atomic():
        held = _held(row, seen)
        _demand_write(user, held)
        if len(newest(held).pictures) >= rules.MOST_PICTURES:
            raise UsageError(pick(f"最多 {rules.MOST_PICTURES} 张图片", f"At most {rules.MOST_PICTURES} pictures"))
    # Decoding takes its time: it is done while nobody waits for a lock.
    made = pictures.made(str(upload.name)[-60:], upload.read())
    files.keep_picture(made)
    with transaction.atomic():
        held = _held(row, seen)
        _demand_write(user, held)
        last = newest(held)
        if any(each["digest"] == made.digest for each in last.pictures):
            raise UsageError(pick("这张图片已经在案例里", "This picture is in the case already"))
        Picture.objects.get_or_create(
            case=held, digest=made.digest, defaults={"width": made.width, "height": made.height, "size": len(made.large), "by": user}
        )
        entry = {"digest": made.digest, "width": made.width, "height": made.height, **said}
        return _next(user, held, pick("添加图片", "A picture was added"), pictures=[*last.pictures, entry])


@transaction.atomic
def set_pictures(user: User, row: Case, said: Sequence[Mapping[str, Any]], *, seen: int) -> CaseVersion:
    """Order and texts of the pictures that are there; one that is left out is taken off."""
    held = _held(row, seen)
    _demand_write(user, held)
    there = {each["digest"]: each for each in newest(held).pictures}
    entries = [
        {**there[each["digest"]], "alt": case_text.clean(str(each["alt"])), "caption": case_text.clean(str(each["caption"]))}
        for each in said
        if each["digest"] in there
    ]
    if problems := rules.picture_problems(entries):
        raise UsageError("；".join(problems))
    return _next(user, held, pick("修改图片", "Pictures were changed"), pictures=entries)


# ------------------------------------------------------------------------------------------------------------------------------ steps


@transaction.atomic
def step(user: User, row: Case, name: str, *, seen: int, words: str = "") -> Case:
    """Take a step. What must be whole is whole before it; nobody publishes what they submitted or accepted."""
    held = _held(row, seen)
    action = ACTION[name]
    if action == "cases.submit":
        demand(user, action, organisation=held.organisation_id)
    else:
        demand(user, action, region=held.region, apart_from=before(held, name))
    to = rules.moved(held.state, name, words)
    version = newest(held)
    if name in {"submit", "publish"}:
        _demand_whole(version)
    if name == "submit":
        if held.call is not None and (reason := _too_late(held)):
            raise NotAllowed("call", reason)
        held.submitted_by = user
    if name == "accept":
        held.accepted_by = user
    if name == "publish":
        if held.shown_id == version.pk:
            raise NotAllowed("state", pick("这一版已经发布", "This version is published already"))
        held.shown, held.title = version, version.title
        held.published_at = held.published_at or timezone.now()
    frm, held.state, held.remark = held.state, to, words.strip()[:300]
    held.save()
    CaseStep.objects.create(case=held, move=name, frm=frm, to=to, version=held.version, words=held.remark, by=user)
    _index(held)
    audit.record(user, f"case.{name}", held.number, {"version": held.version, "words": held.remark})
    return held


def before(held: Case, name: str) -> list[int | None]:
    """Who may not take a step: nobody accepts what they submitted, nor publishes what they submitted, accepted or wrote."""
    if name == "accept":
        return [held.submitted_by_id]
    return [held.submitted_by_id, held.accepted_by_id, newest(held).by_id] if name == "publish" else []


def _too_late(held: Case) -> str:
    """Why a call is closed to a case. One that was returned in time may come back late: the office itself sent it back."""
    if held.steps.filter(move="return").exists():
        return ""
    return call_of(held.call).refusal(today(), held.organisation.kind, held.organisation.level)


def _demand_whole(version: CaseVersion) -> None:
    said = {key: getattr(version, key) for key in TEXTS}
    problems = [*rules.text_problems(said, whole=True), *rules.tag_problems(version.tags), *rules.picture_problems(version.pictures)]
    if not version.tags:
        problems.append("没有标签，至少写一个")
    if problems:
        raise NotAllowed("facts", "；".join(problems))


def place_names(code: str) -> list[str]:
    """The name of a place and of those above it."""
    names = []
    for each in dict.fromkeys((code[:2] + "0000", code[:4] + "00", code)):
        with contextlib.suppress(UnknownRegion):
            names.append(regions.subject_name(each))
    return names


def _index(held: Case) -> None:
    """Tags and index follow what is published."""
    CaseTag.objects.filter(case=held).delete()
    if held.state != "published" or held.shown is None:
        search.take_out(held.pk)
        return
    CaseTag.objects.bulk_create(CaseTag(case=held, word=word) for word in held.shown.tags)
    search.put(held.pk, held.shown, [*place_names(held.region), str(held.organisation)])


# ------------------------------------------------------------------------------------------------------------------------------ reuse


@dataclass(frozen=True)
class Copying:
    """What a person's organisations may say of a case."""

    organisation: Organisation
    row: Reuse | None


def copying(user: User, row: Case) -> list[Copying]:
    """The organisations for which a person may say that they copy a case: not the one that wrote it."""
    own = {
        each.organisation_id: each.organisation
        for each in user.current_memberships()
        if holds(each, "cases.reuse") and each.organisation_id != row.organisation_id
    }
    held = {each.organisation_id: each for each in Reuse.objects.filter(case=row, organisation__in=own)}
    return [Copying(organisation, held.get(pk)) for pk, organisation in own.items()]


@transaction.atomic
def copy(user: User, row: Case, organisation: Organisation, *, what: str, since: date, outcome: str = "") -> Reuse:
    """An organisation says that it copies a case, and later what came of it. It counts once."""
    demand(user, "cases.reuse", organisation=organisation.pk)
    held = Case.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if held.state != "published":
        raise NotAllowed("state", pick("只能借鉴已发布的案例", "Only a published case can be copied"))
    if held.organisation_id == organisation.pk:
        raise NotAllowed("own", pick("本单位的案例不计入借鉴", "An organisation's own case does not count as copied"))
    if not what.strip():
        raise UsageError(pick("请写明借鉴了什么", "Say what was copied"))
    if since > today():
        raise UsageError(pick("借鉴日期在将来", "The day lies in the future"))
    said = {"what": what.strip()[:200], "since": since, "outcome": outcome.strip()[:500]}
    was = Reuse.objects.filter(case=held, organisation=organisation).first()
    if said["outcome"] and (was is None or was.outcome != said["outcome"]):
        said["outcome_at"] = timezone.now()
    made, fresh = Reuse.objects.update_or_create(
        case=held, organisation=organisation, defaults={**said, "by": user}, create_defaults={**said, "by": user}
    )
    before = {} if was is None else {"what": was.what, "outcome": was.outcome}
    audit.record(user, "case.copied", held.number, {"organisation": organisation.name, "first": fresh, "was": before})
    return made
