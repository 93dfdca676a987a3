"""The desk of the library: one's own cases, review, one case with its versions, its pictures and Figures, calls, and copying."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from yangban.base.errors import YangbanError
from yangban.govern import case_text
from yangban.govern import cases as rules
from yangban.web.accounts.models import Organisation, today
from yangban.web.accounts.permissions import guard, holds, may, signed_in
from yangban.web.cases import forms, library, reading
from yangban.web.cases.models import Case, CaseCall
from yangban.web.cases.views.open import sections
from yangban.web.desk.pages import attempt, page, page_of
from yangban.web.public import names, selectors
from yangban.web.public.models import PublishedFigure
from yangban.web.words import pick

_TEXTS: Final = (("title", "标题", "Title"), ("summary", "摘要", "Summary"))


def bodies(request: HttpRequest, action: str) -> list[Organisation]:
    """The organisations for which a person may do an action."""
    return list({each.organisation_id: each.organisation for each in request.user.current_memberships() if holds(each, action)}.values())


def _case(request: HttpRequest, number: str) -> Case:
    row = get_object_or_404(Case.objects.select_related("organisation", "call", "shown"), number=number)
    if not library.may_see(request.user, row) and row.state != "published":
        raise PermissionDenied(pick("这个案例不属于您的单位或辖区", "This case belongs neither to your organisation nor to your place"))
    return row


def _section(request: HttpRequest) -> str:
    return "cases" if may(request.user, "cases.submit") and not may(request.user, "cases.review") else "case-reviews"


@guard("cases.submit")
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The cases of one's organisations, and the calls that are open to them."""
    day = today()
    calls = [
        (row, [body for body in bodies(request, "cases.submit") if not library.call_of(row).refusal(day, body.kind, body.level)])
        for row in CaseCall.objects.filter(opens__lte=day, deadline__gte=day).select_related("organisation")
    ]
    return page(
        request,
        "cases/desk/mine.html",
        "cases",
        rows=page_of(request, reading.own(request.user)),
        calls=[each for each in calls if each[1]],
    )


@guard("cases.submit")
def new(request: HttpRequest) -> HttpResponse:
    """Begin a case."""
    day, own = today(), bodies(request, "cases.submit")
    calls = list(CaseCall.objects.filter(opens__lte=day, deadline__gte=day))
    choices = [(str(row.pk), row.title) for row in calls if any(not library.call_of(row).refusal(day, b.kind, b.level) for b in own)]
    asked = {"call": request.GET.get("call", ""), "seen": 0}
    form = forms.Start(request.POST or None, organisations=own, calls=choices, initial=asked)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            answers = next((row for row in calls if str(row.pk) == said["call"]), None)
            made = attempt(
                request, lambda: library.start(request.user, said["organisation"], said, answers=answers, tags=form.tag_list),
                pick("草稿已保存；接着可以选结果、加图片", "The draft is kept; results and pictures can be added now"),
            )  # fmt: skip
            if made is not None:
                return redirect("cases:case", number=made.number)
    answer = page(request, "cases/desk/new.html", "cases", form=form)
    answer.status_code = status
    return answer


def _either(request: HttpRequest, *actions: str) -> None:
    """Refuse whoever may do none of some actions anywhere."""
    answers = [may(request.user, action) for action in actions]
    if not any(answers):
        raise PermissionDenied(answers[0].reason)


@signed_in
@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """What waits for review, editing or publication, and all the rest."""
    _either(request, "cases.review", "cases.publish")
    state = request.GET.get("state", "")
    rows = reading.to_review(request.user)
    counts = {key: rows.filter(state=key).count() for key in rules.STATES if key != "draft"}
    if state not in counts:
        state = next((key for key in ("submitted", "accepted") if counts[key]), "published")
    tabs = [(key, pick(*rules.STATES[key]), n) for key, n in counts.items()]
    found = rows.filter(state=state)
    return page(
        request, "cases/desk/reviews.html", "case-reviews", rows=page_of(request, found), tabs=tabs, state=state, keep=f"state={state}"
    )


@signed_in
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case: its text, what may be done now, its versions and steps."""
    row = _case(request, number)
    version = library.newest(row)
    writes = library.may_write(request.user, row)
    moves = []
    for name in rules.open_moves(row.state):
        where = {"organisation": row.organisation_id} if library.ACTION[name] == "cases.submit" else {"region": row.region}
        answer = may(request.user, library.ACTION[name], **where)
        if not answer or (name == "publish" and row.shown_id == version.pk):
            continue
        barred = may(request.user, library.ACTION[name], **where, apart_from=library.before(row, name))
        step = rules.MOVES[name]
        moves.append({"name": name, "label": pick(step.name, step.name_en), "words": step.words, "barred": "" if barred else barred.reason})
    moves.sort(key=lambda each: bool(each["words"]))
    context = {
        "row": row, "version": version, "parts": sections(version), "beside": reading.figures_of(version), "moves": moves,
        "wordy": any(each["words"] and not each["barred"] for each in moves),
        "writes": writes, "versions": row.versions.select_related("by").order_by("-version"), "steps": _steps(row),
        "step_form": forms.Step(initial={"seen": row.version}, auto_id="step-%s"), "copies": library.copying(request.user, row),
        "lacking": _lacking(version) if row.state in {"draft", "returned"} else [], "reuses": row.reuses.select_related("organisation"),
    }  # fmt: skip
    if row.state == "published" and context["copies"]:
        held = next((each.row for each in context["copies"] if each.row), None)
        initial = {"since": today()} if held is None else {"since": held.since, "what": held.what, "outcome": held.outcome}
        context["copy_form"] = forms.Copy(
            organisations=[each.organisation for each in context["copies"]], initial=initial, auto_id="copy-%s"
        )
    return page(request, "cases/desk/case.html", _section(request), **context)


def _lacking(version: Any) -> list[str]:
    said = {key: getattr(version, key) for key in library.TEXTS}
    found = [*rules.text_problems(said, whole=True), *rules.picture_problems(version.pictures)]
    return [*found, *([] if version.tags else [pick("还没有标签", "There are no tags yet")])]


def _steps(row: Case) -> list[dict[str, Any]]:
    return [
        {"row": each, "label": pick(rules.MOVES[each.move].name, rules.MOVES[each.move].name_en)} for each in row.steps.select_related("by")
    ]


@signed_in
def write(request: HttpRequest, number: str) -> HttpResponse:
    """Write the texts anew."""
    row = _case(request, number)
    if not library.may_write(request.user, row):
        raise PermissionDenied(pick("这个案例现在不由您修改", "This case is not yours to change now"))
    version = library.newest(row)
    form = forms.Text(request.POST or None, version=version)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            made = attempt(
                request,
                lambda: library.write(request.user, row, said, form.tag_list, seen=said["seen"], remark=said["remark"]),
            )
            if made is not None:
                fresh = made.version != said["seen"]
                messages.success(
                    request,
                    pick(f"已存为第 {made.version} 版", f"Kept as version {made.version}")
                    if fresh
                    else pick("没有改动", "Nothing was changed"),
                )
                return redirect("cases:case", number=number)
    answer = page(request, "cases/desk/write.html", _section(request), row=row, form=form, version=version)
    answer.status_code = status
    return answer


@signed_in
@require_POST
def do(request: HttpRequest, number: str, move: str) -> HttpResponse:
    """Take a step."""
    row = _case(request, number)
    if move not in rules.MOVES:
        raise Http404
    form = forms.Step(request.POST)
    if form.is_valid():
        step = rules.MOVES[move]
        attempt(
            request,
            lambda: library.step(request.user, row, move, seen=form.cleaned_data["seen"], words=form.cleaned_data["words"]),
            pick(f"{step.name}：已办", f"{step.name_en}: done"),
        )
    return redirect("cases:case", number=number)


@signed_in
@require_GET
def diff(request: HttpRequest, number: str, old: int, new: int) -> HttpResponse:
    """What became of the text between two versions."""
    row = _case(request, number)
    if not library.may_see(request.user, row):
        raise PermissionDenied(pick("只有报送单位和审核单位能看版本", "Versions are for the writers and the reviewers"))
    before, after = (get_object_or_404(row.versions, version=n) for n in (old, new))
    fields = [
        *_TEXTS,
        *((key, zh, en) for key, (zh, en, *_) in rules.SECTIONS.items()),
        ("title_en", "英文标题", "Title in English"),
        ("summary_en", "英文摘要", "Summary in English"),
    ]
    changes = [
        (pick(zh, en), case_text.differences(getattr(before, key), getattr(after, key)))
        for key, zh, en in fields
        if getattr(before, key) != getattr(after, key)
    ]
    tags = [("gone", [t for t in before.tags if t not in after.tags]), ("new", [t for t in after.tags if t not in before.tags])]
    context = {
        "row": row, "before": before, "after": after, "changes": changes, "tags": [each for each in tags if each[1]],
        "pictures": _changed(before.pictures, after.pictures, "digest"),
        "figures": len(after.figures) - len(before.figures) if before.figures != after.figures else None,
        "others": [(n - 1, n) for n in range(2, row.version + 1)],
    }  # fmt: skip
    return page(request, "cases/desk/diff.html", _section(request), **context)


def _changed(before: list[dict[str, Any]], after: list[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    old, new = {each[key]: each for each in before}, {each[key]: each for each in after}
    return {
        "gone": [each for name, each in old.items() if name not in new], "new": [each for name, each in new.items() if name not in old],
        "words": [each for name, each in new.items() if name in old and each != old[name]],
    }  # fmt: skip


# --------------------------------------------------------------------------------------------------------------- Figures and pictures


@signed_in
def figures(request: HttpRequest, number: str) -> HttpResponse:
    """Choose released results: number, period and how it was computed come along."""
    row = _case(request, number)
    version = library.newest(row)
    if not library.may_write(request.user, row):
        raise PermissionDenied(pick("这个案例现在不由您修改", "This case is not yours to change now"))
    if request.method == "POST":
        seen = int(request.POST.get("seen") or 0) if request.POST.get("seen", "").isdecimal() else 0
        if request.POST.get("drop", "").isdecimal():
            place = int(request.POST["drop"])
            attempt(request, lambda: library.drop_figure(request.user, row, place, seen=seen), pick("已去掉", "Taken off"))
        elif request.POST.get("add", "").isdecimal():
            chosen = get_object_or_404(PublishedFigure.objects.select_related("release"), pk=request.POST["add"])
            attempt(request, lambda: library.add_figure(request.user, row, chosen, seen=seen), pick("已附上", "Attached"))
        return redirect(request.get_full_path())
    choices, found = _choices(row), []
    form = forms.FindFigure(request.GET if "indicator" in request.GET else None, choices=choices, initial={"subject": row.region})
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        release = selectors.release_for(said["period"], [said["indicator"]])
        if release is not None:
            found = selectors.one(release, indicator=said["indicator"], subject=said["subject"], period=said["period"])
    context = {"row": row, "version": version, "form": form, "found": found, "beside": reading.figures_of(version)}
    return page(request, "cases/desk/figures.html", _section(request), **context)


def _choices(row: Case) -> dict[str, list[tuple[str, Any]]]:
    """What released results there are to choose from."""
    release = selectors.newest()
    spans = [label for label in reversed(selectors.periods()) if len(label) < 10]
    if release is None:
        return {"indicator": [], "subject": [], "period": []}
    words = selectors.indicators_of(release)
    codes = [row.region, f"{row.region[:4]}00", f"{row.region[:2]}0000", *release.subjects]
    return {
        "indicator": [(word, names.indicator_name(word)) for word in words],
        "subject": [(code, reading.name(code)) for code in dict.fromkeys(codes)],
        "period": [(label, names.period_name(label)) for label in spans],
    }


@signed_in
def pictures(request: HttpRequest, number: str) -> HttpResponse:
    """Pictures of a case: a new one, order and texts of those that are there."""
    row = _case(request, number)
    if not library.may_write(request.user, row):
        raise PermissionDenied(pick("这个案例现在不由您修改", "This case is not yours to change now"))
    version = library.newest(row)
    form, status = forms.NewPicture(initial={"seen": row.version}), 200
    if request.method == "POST" and "change" in request.POST:
        seen = int(request.POST["seen"]) if request.POST.get("seen", "").isdecimal() else 0
        said = sorted(_said(request), key=lambda each: each["order"])
        if attempt(request, lambda: library.set_pictures(request.user, row, said, seen=seen), pick("已保存", "Saved")) is not None:
            return redirect(request.path)
        status = 422
    elif request.method == "POST":
        form = forms.NewPicture(request.POST, request.FILES)
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                library.add_picture(
                    request.user, row, given["picture"], alt=given["alt"], caption=given["caption"], seen=given["seen"]
                )  # fmt: skip
            except YangbanError as problem:
                form.add_error("picture", str(problem))
            else:
                messages.success(request, pick("图片已添加", "The picture was added"))
                return redirect(request.path)
    answer = page(request, "cases/desk/pictures.html", _section(request), row=row, version=version, form=form)
    answer.status_code = status
    return answer


def _said(request: HttpRequest) -> list[dict[str, Any]]:
    found = []
    for place, digest in enumerate(request.POST.getlist("digest")):
        if request.POST.get(f"drop.{digest}"):
            continue
        order = request.POST.get(f"order.{digest}", "")
        found.append(
            {
                "digest": digest, "alt": request.POST.get(f"alt.{digest}", ""), "caption": request.POST.get(f"caption.{digest}", ""),
                "order": (int(order) if order.isdecimal() and len(order) < 4 else 99, place),
            }
        )  # fmt: skip
    return found


# ------------------------------------------------------------------------------------------------------------------ calls and copying


@signed_in
def calls(request: HttpRequest) -> HttpResponse:
    """Calls for cases, and a new one."""
    _either(request, "cases.submit", "cases.call")
    own = bodies(request, "cases.call")
    form = forms.NewCall(request.POST or None, organisations=own, initial={"opens": today(), "public": True}) if own else None
    status = 200
    if request.method == "POST" and form is not None:
        status = 422
        if form.is_valid():
            said = dict(form.cleaned_data)
            organisation = said.pop("organisation")
            if (
                attempt(request, lambda: library.call(request.user, organisation, **said), pick("征集已发出", "The call is out"))
                is not None
            ):
                return redirect("cases:calls")
    rows = CaseCall.objects.select_related("organisation")
    day = today()
    listed = [
        {"row": row, "open": row.opens <= day <= row.deadline, "count": row.cases.exclude(state="draft").count()} for row in rows[:100]
    ]
    answer = page(request, "cases/desk/calls.html", "case-calls", form=form, listed=listed)
    answer.status_code = status
    return answer


@guard("cases.reuse")
@require_POST
def copy(request: HttpRequest, number: str) -> HttpResponse:
    """An organisation copies a case, or tells what came of it."""
    row = _case(request, number)
    organisations = [each.organisation for each in library.copying(request.user, row)]
    form = forms.Copy(request.POST, organisations=organisations)
    if form.is_valid():
        said = dict(form.cleaned_data)
        organisation = said.pop("organisation")
        attempt(request, lambda: library.copy(request.user, row, organisation, **said), pick("已登记", "It is noted"))
    else:
        messages.error(request, "；".join(f"{form.fields[name].label}：{'、'.join(told)}" for name, told in form.errors.items()))
    return redirect("cases:case", number=number)


__all__ = ["calls", "case", "copy", "diff", "do", "figures", "mine", "new", "pictures", "reviews", "write"]
