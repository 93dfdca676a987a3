"""Releases on their way: drafting, the check, the signature, and what becomes of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yangban.web.accounts.permissions import demand, guard, may, places_of
from yangban.web.desk.pages import attempt, page, page_of, place_choices
from yangban.web.monitor import assessing, releases
from yangban.web.monitor.models import ReleaseDraft
from yangban.web.public.models import PublishedRelease
from yangban.web.words import pick, say
from yangban.web.workspace import site_workspace

_AUDIENCES = [("public", say("公开", "Public")), ("internal", say("内部", "Internal"))]
_WIDE = {"cols": "60", "rows": "2"}


class DraftForm(forms.Form):
    """What a release is to be."""

    region = forms.ChoiceField(label=say("地区", "Place"))
    years = forms.MultipleChoiceField(
        label=say("年份（连同半年、季、月）", "Years (with halves, quarters, months)"), widget=forms.CheckboxSelectMultiple
    )
    days = forms.BooleanField(label=say("连同每一天（网站的日历要用）", "Every day too (calendars need it)"), required=False, initial=True)
    note = forms.CharField(label=say("标题", "Title"), max_length=300)
    document_number = forms.CharField(label=say("文号", "Document number"), max_length=80, required=False)
    audience = forms.ChoiceField(label=say("范围", "Audience"), choices=_AUDIENCES)
    embargo = forms.DateTimeField(
        label=say("此前不公开（北京时间）", "Not public before (Beijing)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    corrects = forms.TypedChoiceField(label=say("更正哪一号", "Corrects release"), required=False, coerce=int, empty_value=None)
    why = forms.CharField(label=say("更正理由", "Why it is corrected"), max_length=300, required=False, widget=forms.Textarea(attrs=_WIDE))

    def __init__(self, *args: Any, places: tuple[str, ...], years: list[int], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["region"].choices = place_choices(places)
        self.fields["years"].choices = [(str(year), str(year)) for year in years]
        held = PublishedRelease.objects.filter(complete=True, draft=False)[:50]
        self.fields["corrects"].choices = [("", "—"), *((each.number, f"{each.name}  {each.note}") for each in held)]


@guard("release.see")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """All drafts of one's places."""
    rows = releases.seen_by(request.user)
    state = request.GET.get("state", "")
    if state in ReleaseDraft.State.values:
        rows = rows.filter(state=state)
    return page(
        request,
        "desk/drafts.html",
        "drafts",
        rows=page_of(request, rows),
        states=ReleaseDraft.State.choices,
        state=state,
        keep=f"state={state}" if state else "",
        may_draft=bool(may(request.user, "release.draft")),
        released=PublishedRelease.objects.filter(complete=True, draft=False).select_related("corrects")[:20],
    )


@guard("release.draft")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Draft a release; ``?from=`` begins with what an earlier draft asked, ``?corrects=`` with the release to correct."""
    places = places_of(request.user, "release.draft")
    known = [each["year"] for each in assessing.standing(site_workspace())]
    initial: dict[str, Any] = {
        "years": [str(known[0])] if known else [],
        "days": True,
        "audience": "public" if settings.REGION in places else "internal",
    }
    if request.GET.get("corrects", "").isdigit():
        initial["corrects"] = int(request.GET["corrects"])
    if request.GET.get("from", "").isdigit():
        old = get_object_or_404(releases.seen_by(request.user), pk=int(request.GET["from"]))
        initial |= {name: getattr(old, name) for name in ("region", "note", "document_number", "audience", "corrects", "why")}
        initial |= {"years": [str(year) for year in old.asked["years"]], "days": old.asked["days"]}
    form = DraftForm(request.POST or None, initial=initial, places=places, years=known)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = attempt(
            request,
            lambda: releases.draft(
                request.user,
                said["region"],
                years=[int(year) for year in said["years"]],
                days=said["days"],
                note=said["note"],
                document_number=said["document_number"],
                audience=said["audience"],
                embargo=said["embargo"],
                corrects=said["corrects"],
                why=said["why"],
            ),
        )
        if made is not None:
            return redirect("desk:draft", made.pk)
    return page(request, "desk/draft_new.html", "drafts", form=form, known=known, whole=settings.REGION in places)


def _draft(request: HttpRequest, pk: int) -> ReleaseDraft:
    row = get_object_or_404(ReleaseDraft.objects.select_related("drafted_by", "checked_by", "signed_by", "published", "job"), pk=pk)
    if row.drafted_by_id != request.user.pk:
        demand(request.user, "release.see", region=row.region)
    return row


@guard("release.see")
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One draft: its Figures, how it differs from the last release, and the step that is next."""
    row = _draft(request, pk)
    user = request.user
    takers = [row.drafted_by_id, row.checked_by_id]
    # Whoever could take the step but for an earlier one is told so; others are not shown it.
    checks, signs = may(user, "release.check", region=row.region), may(user, "release.sign", region=row.region)
    to_check = may(user, "release.check", region=row.region, apart_from=takers[:1]) if checks else None
    to_sign = may(user, "release.sign", region=row.region, apart_from=takers) if signs else None
    stopped = row.state == ReleaseDraft.State.SIGNED and row.published_id is None and row.job is not None and row.job.over
    return page(
        request,
        "desk/draft.html",
        "drafts",
        row=row,
        job=row.job,
        running=row.job is not None and not row.job.over,
        steps=_steps(row),
        to_check=to_check if row.state == ReleaseDraft.State.DRAFTED else None,
        to_sign=to_sign if row.state == ReleaseDraft.State.CHECKED else None,
        to_withdraw=row.state in releases.OPEN and row.drafted_by_id == user.pk,
        to_redo=row.state in {"returned", "failed", "withdrawn"} and row.drafted_by_id == user.pk,
        to_correct=row.published is not None and bool(may(user, "release.draft", region=row.region)),
        to_try_again=stopped and bool(may(user, "release.sign", region=row.region)),
    )


def _steps(row: ReleaseDraft) -> list[dict[str, Any]]:
    now = {"freezing": 0, "drafted": 1, "checked": 2, "signed": 3}.get(row.state, 0)
    people = ((row.drafted_by, row.drafted_at), (row.checked_by, row.checked_at), (row.signed_by, row.signed_at))
    names = (pick("拟稿", "Drafted"), pick("审核", "Checked"), pick("签发", "Signed"))
    return [
        {"name": name, "by": by, "at": at, "done": by is not None, "now": n == now}
        for n, (name, (by, at)) in enumerate(zip(names, people, strict=True))
    ]


def _step(request: HttpRequest, pk: int, act: Any, done: str) -> HttpResponse:
    row = _draft(request, pk)
    attempt(request, lambda: act(row), done)
    return redirect("desk:draft", pk)


@guard("release.check")
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """审核通过."""
    return _step(
        request, pk, lambda row: releases.check(row, request.user, request.POST.get("remark", "")[:300]),
        pick("已审核，待另一人签发", "Checked; it waits for another person's signature"),
    )  # fmt: skip


@guard("release.sign")
@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """签发."""
    return _step(
        request,
        pk,
        lambda row: releases.sign(row, request.user),
        pick("已签发，正在复算并发布", "Signed; it is computed again and published"),
    )


@guard("release.sign")
@require_POST
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more for the publication of a signed draft."""
    return _step(request, pk, lambda row: releases.try_again(row, request.user), pick("已重新排队", "Queued again"))


@guard("release.see")
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """退回."""
    row = _draft(request, pk)
    if not (may(request.user, "release.check", region=row.region) or may(request.user, "release.sign", region=row.region)):
        raise PermissionDenied(pick("只有审核人或签发人可以退回", "Only those who check or sign may return it"))
    remark = request.POST.get("remark", "")[:300]
    return _step(
        request, pk, lambda row: releases.return_to_drafter(row, request.user, remark), pick("已退回拟稿人", "Returned to its drafter")
    )


@guard("release.draft")
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """撤回."""
    return _step(
        request, pk, lambda row: releases.withdraw(row, request.user, request.POST.get("remark", "")[:300]), pick("已撤回", "Withdrawn")
    )
