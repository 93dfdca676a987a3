"""The way of a release: 拟稿 → 审核 → 签发 by three people. One function per step; each refuses first, changes the row, and is audited.

======== =========== ================================ ===========================================================
from     to          by                               what else happens
======== =========== ================================ ===========================================================
–        freezing    :func:`draft`                    the job ``draft`` freezes a draft in the workspace
freezing drafted     :func:`frozen` (the job)         preview and differences are kept
drafted  checked     :func:`check`, another person
drafted  returned    :func:`return_to_drafter`
checked  signed      :func:`sign`, a third person     the job ``sign`` makes the release and publishes it
checked  returned    :func:`return_to_drafter`
signed   returned    :func:`refused` (the job)        the Figures are no longer those that were checked
any open withdrawn   :func:`withdraw`, the drafter
======== =========== ================================ ===========================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.publish import release as frozen_releases
from yangban.publish.release import Release
from yangban.readings.workspace import Workspace
from yangban.run.local import assessed_years
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import covered, demand
from yangban.web.jobs.work import enqueue
from yangban.web.monitor import differing
from yangban.web.monitor.models import ReleaseDraft
from yangban.web.public.models import PublishedRelease
from yangban.web.public.publishing import publish
from yangban.web.words import pick
from yangban.web.workspace import site_workspace

State: Any = ReleaseDraft.State
OPEN: Final = (State.FREEZING, State.DRAFTED, State.CHECKED, State.RETURNED, State.FAILED)
"""States from which the drafter may still withdraw."""

Say = Callable[[str, float | None], None]


def seen_by(user: User) -> QuerySet[ReleaseDraft]:
    """The drafts of the places whose drafts a person may see."""
    places = set(ReleaseDraft.objects.order_by().values_list("region", flat=True).distinct())
    rows = ReleaseDraft.objects.filter(region__in=covered(user, "release.see", places))
    return rows.select_related("drafted_by", "checked_by", "signed_by", "published", "job")


# ------------------------------------------------------------------------------------------------------------------------- the steps


def draft(
    user: User,
    region: str,
    *,
    years: list[int],
    days: bool = True,
    edition: str = "",
    note: str,
    document_number: str = "",
    audience: str = "public",
    embargo: datetime | None = None,
    corrects: int | None = None,
    why: str = "",
) -> ReleaseDraft:
    """拟稿: ask for a draft. What a place below the site's own drafts is for internal use; the public reads the releases of the whole.

    Raises :class:`~yangban.base.errors.UsageError`.
    """
    demand(user, "release.draft", region=region)
    known = assessed_years(site_workspace())
    strange = [year for year in years if year not in known]
    if not years or strange:
        named = "、".join(map(str, strange))
        raise UsageError(
            pick(f"{named} 年还没有评价，请先运行评价", f"{named}: not assessed yet; run the assessment first")
            if strange
            else pick("请选择至少一年", "Choose at least one year")
        )
    if not note.strip():
        raise UsageError(pick("请写明这次发布是什么（标题）", "Say what this release is (its title)"))
    if region != settings.REGION and audience != "internal":
        raise UsageError(
            pick(
                "市县的发布稿只供内部使用；对外公开由省级汇总发布",
                "Releases of cities and counties are internal; the public reads those of the province",
            )
        )
    if embargo is not None and embargo <= timezone.now():
        raise UsageError(pick("不公开至的时间已经过去", "The embargo lies in the past"))
    if (corrects is None) != (not why.strip()):
        raise UsageError(pick("更正要同时写明更正哪一号和理由", "A correction names the old release and says why"))
    if corrects is not None:
        _may_correct(corrects)
    with transaction.atomic():
        row = ReleaseDraft.objects.create(
            region=region,
            asked={"years": sorted(years), "days": days, "edition": edition, "subjects": _subjects(region)},
            note=note.strip(),
            document_number=document_number.strip(),
            audience=audience,
            embargo=embargo,
            corrects=corrects,
            why=why.strip(),
            drafted_by=user,
        )
        row.job = enqueue(
            "draft", pick(f"生成发布稿：{row.note}", f"Make the draft: {row.note}"), {"draft": row.pk}, user=user, region=region
        )
        row.save(update_fields=("job",))
        _record(user, "release.draft", row, {**row.asked, "subjects": len(row.asked["subjects"] or ())})
    return row


def check(row: ReleaseDraft, user: User, remark: str = "") -> None:
    """审核: another person than the drafter finds the draft right."""
    with _Step(row, State.DRAFTED) as held:
        demand(user, "release.check", region=held.region, apart_from=[held.drafted_by_id])
        held.state, held.checked_by, held.checked_at, held.remark = State.CHECKED, user, timezone.now(), remark.strip()
        held.save(update_fields=("state", "checked_by", "checked_at", "remark"))
        _record(user, "release.check", held, {"figures": held.figures_digest, "remark": held.remark})


def sign(row: ReleaseDraft, user: User) -> None:
    """签发: a third person signs, and the release is made and published by a job."""
    with _Step(row, State.CHECKED) as held:
        demand(user, "release.sign", region=held.region, apart_from=[held.drafted_by_id, held.checked_by_id])
        held.state, held.signed_by, held.signed_at = State.SIGNED, user, timezone.now()
        title = pick(f"签发并发布：{held.note}", f"Sign and publish: {held.note}")
        held.job = enqueue("sign", title, {"draft": held.pk}, user=user, region=held.region)
        held.save(update_fields=("state", "signed_by", "signed_at", "job"))
        _record(user, "release.sign", held, {"figures": held.figures_digest, "audience": held.audience})


def try_again(row: ReleaseDraft, user: User) -> None:
    """Ask once more for the release of a signed draft whose job was given up; nothing is signed anew."""
    with _Step(row, State.SIGNED) as held:
        demand(user, "release.sign", region=held.region)
        if held.published_id is not None or (held.job is not None and not held.job.over):
            raise UsageError(pick("已经发布，或正在发布", "It is published, or on its way"))
        title = pick(f"再次发布：{held.note}", f"Publish again: {held.note}")
        held.job = enqueue("sign", title, {"draft": held.pk}, user=user, region=held.region)
        held.save(update_fields=("job",))
        _record(user, "release.try_again", held, {"figures": held.figures_digest})


def return_to_drafter(row: ReleaseDraft, user: User, remark: str) -> None:
    """退回: whoever checks or signs sends it back, with the reason; the steps already taken are taken back."""
    with _Step(row, State.DRAFTED, State.CHECKED) as held:
        action = "release.check" if held.state == State.DRAFTED else "release.sign"
        demand(user, action, region=held.region, apart_from=[held.drafted_by_id])
        if not remark.strip():
            raise UsageError(pick("退回要写明理由", "Say why it is returned"))
        before = held.state
        held.state, held.remark = State.RETURNED, remark.strip()
        held.checked_by = held.checked_at = None
        held.save(update_fields=("state", "remark", "checked_by", "checked_at"))
        _record(user, "release.return", held, {"from": before, "remark": held.remark})


def withdraw(row: ReleaseDraft, user: User, remark: str = "") -> None:
    """撤回: the drafter takes an unsigned draft back."""
    with _Step(row, *OPEN) as held:
        demand(user, "release.draft", region=held.region)
        if held.drafted_by_id != user.pk:
            raise PermissionDenied(pick("只有拟稿人可以撤回", "Only the drafter may withdraw it"))
        before = held.state
        held.state, held.remark = State.WITHDRAWN, remark.strip() or held.remark
        held.checked_by = held.checked_at = None
        held.save(update_fields=("state", "remark", "checked_by", "checked_at"))
        _record(user, "release.withdraw", held, {"from": before, "remark": held.remark})


class _Step:
    """A draft held against others for one step, in a transaction; refuses when it does not stand in one of the states named."""

    def __init__(self, row: ReleaseDraft, *states: Any) -> None:
        self._row, self._states = row, states
        self._atomic = transaction.atomic()

    def __enter__(self) -> ReleaseDraft:
        self._atomic.__enter__()
        held = ReleaseDraft.objects.select_for_update().get(pk=self._row.pk)
        if held.state not in self._states:
            problem = UsageError(
                pick(
                    f"发布稿现在是“{held.get_state_display()}”，不能这样办；可能别人刚刚办过，请刷新",
                    f"The draft is “{held.get_state_display()}” now; somebody may just have acted, refresh the page",
                )
            )
            self._atomic.__exit__(type(problem), problem, None)
            raise problem
        return held

    def __exit__(self, *problem: Any) -> None:
        self._atomic.__exit__(*problem)
        if problem[0] is None:
            self._row.refresh_from_db()


# ------------------------------------------------------------------------------------------------------------------ what the jobs do


def freeze(row: ReleaseDraft, workspace: Workspace, say: Say) -> None:
    """Make the draft in the workspace, or find the one that a killed try made; then keep preview and differences."""
    if row.state != State.FREEZING:
        return
    made = _made(workspace, row, draft=True)
    if made is None:
        say(pick("冻结结果", "Freezing the results"), 0.1)
        made = frozen_releases.create(workspace, **_arguments(row), draft=True)
    say(pick("与上一次发布比较", "Comparing with the last release"), 0.6)
    last = _visible_before(workspace, made)
    frozen(row, made, preview=differing.preview(made, row.region), differences=differing.differences(made, last))


def frozen(row: ReleaseDraft, made: Release, *, preview: Mapping[str, Any], differences: Mapping[str, Any]) -> None:
    """The draft stands in the workspace: it waits for its check."""
    with transaction.atomic():
        held = ReleaseDraft.objects.select_for_update().get(pk=row.pk)
        if held.state != State.FREEZING:
            return
        held.number, held.figures_digest = made.number, made.manifest["figures"]["sha256"]
        held.preview, held.differences, held.state = dict(preview), dict(differences), State.DRAFTED
        held.save(update_fields=("number", "figures_digest", "preview", "differences", "state"))
        _record(held.drafted_by, "release.drafted", held, {"number": made.number, "figures": held.figures_digest})
    row.refresh_from_db()


def failed(row: ReleaseDraft, why: str) -> None:
    """The draft could not be made."""
    with transaction.atomic():
        held = ReleaseDraft.objects.select_for_update().get(pk=row.pk)
        if held.state == State.FREEZING:
            held.state, held.remark = State.FAILED, why[:300]
            held.save(update_fields=("state", "remark"))
            _record(held.drafted_by, "release.failed", held, {"why": held.remark})
    row.refresh_from_db()


def release_signed(row: ReleaseDraft, workspace: Workspace, say: Say) -> PublishedRelease | None:
    """Make the signed release with the arguments of its draft and publish it; ``None`` when its Figures have changed since the check.

    Each part is found again when an earlier try was killed after it: the release by what its manifest says, its rows by their number.
    """
    if row.state != State.SIGNED:
        return row.published
    made = _made(workspace, row, draft=False)
    if made is None:
        say(pick("复算并生成正式发布", "Computing again and making the release"), 0.1)
        try:
            made = frozen_releases.create(workspace, **_arguments(row), draft=False, expect_figures=row.figures_digest)
        except UsageError as problem:
            refused(row, str(problem))
            return None
    say(pick("写入网站", "Writing to the site"), 0.5)
    published = publish(workspace, made, say=lambda message, done: say(message, 0.5 + 0.5 * (done or 0)))
    with transaction.atomic():
        held = ReleaseDraft.objects.select_for_update().get(pk=row.pk)
        if held.published_id is None:
            held.published = published
            held.save(update_fields=("published",))
            told = {"number": published.number, "digest": published.digest, "corrects": published.corrects_id}
            _record(held.signed_by, "release.published", held, told)
    row.refresh_from_db()
    return published


def refused(row: ReleaseDraft, why: str) -> None:
    """The signed release could not be made as it was checked: it goes back to its drafter with the reason, and nothing was published."""
    with transaction.atomic():
        held = ReleaseDraft.objects.select_for_update().get(pk=row.pk)
        if held.state == State.SIGNED and held.published_id is None:
            signed_by = held.signed_by
            held.state, held.remark = State.RETURNED, why[:300]
            held.checked_by = held.checked_at = held.signed_by = held.signed_at = None
            held.save(update_fields=("state", "remark", "checked_by", "checked_at", "signed_by", "signed_at"))
            _record(signed_by, "release.refused", held, {"why": held.remark})
    row.refresh_from_db()


def _arguments(row: ReleaseDraft) -> dict[str, Any]:
    return {
        "years": row.asked["years"],
        "days": row.asked["days"],
        "subjects": row.asked["subjects"],
        "edition": row.asked["edition"] or None,
        "note": row.note,
        "audience": row.audience,
        "embargo": None if row.embargo is None else row.embargo.isoformat(),
        "document_number": row.document_number,
        "corrects": row.corrects,
        "why": row.why,
    }


def _made(workspace: Workspace, row: ReleaseDraft, *, draft: bool) -> Release | None:
    """The release that an earlier try of the same job made: with the same words, after the row was written, and of no other row."""
    others = ReleaseDraft.objects.exclude(pk=row.pk)
    taken = set(others.exclude(number=None).values_list("number", flat=True)) | set(
        others.exclude(published=None).values_list("published_id", flat=True)
    )
    since = row.drafted_at if draft else row.signed_at
    for each in reversed(frozen_releases.releases(workspace)):
        if each.number in taken or since is None or each.created < since.replace(microsecond=0):
            continue
        told = each.manifest
        words = (told["note"], told["document_number"], told["audience"], told["corrects"], told["why"])
        same = words == (row.note, row.document_number, row.audience, row.corrects, row.why)
        if each.draft == draft and same and (draft or told["figures"]["sha256"] == row.figures_digest):
            return each
    return None


def _visible_before(workspace: Workspace, made: Release) -> Release | None:
    """The last release before this one that is no draft and was made for the same readers."""
    found = [
        each
        for each in frozen_releases.releases(workspace)[: made.number - 1]
        if not each.draft and each.manifest["audience"] == made.manifest["audience"]
    ]
    return found[-1] if found else None


def _may_correct(number: int) -> None:
    row = PublishedRelease.objects.filter(number=number, complete=True, draft=False).first()
    if row is None:
        raise UsageError(pick(f"网站上没有第 {number} 号发布", f"The site has no release {number}"))
    later = row.corrections.filter(draft=False).first()
    if later is not None:
        raise UsageError(pick(f"第 {number} 号已由第 {later.number} 号更正", f"Release {number} is already corrected by {later.number}"))


def _subjects(region: str) -> list[str] | None:
    """The places of a release: all for the site's own region, else the place and what lies beneath it."""
    if region == settings.REGION:
        return None
    below = [each.code for level in ("city", "county") for each in regions.children(region, level=level, zones=True)]
    return [region, *(code for code in dict.fromkeys(below) if code != region)]


def _record(user: User | None, action: str, row: ReleaseDraft, detail: Mapping[str, Any]) -> None:
    audit.record(user, action, f"draft:{row.pk}", {"note": row.note, "region": row.region, **detail})
