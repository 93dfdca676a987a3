"""People, posts, organisations and the audit, for administrators; and one's own sessions."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yangban.web.accounts import people
from yangban.web.accounts.models import Membership, Organisation, User, today
from yangban.web.accounts.permissions import guard, may, places_of, signed_in
from yangban.web.accounts.roles import ROLE_NAMES
from yangban.web.desk.pages import attempt, page, page_of, place_choices
from yangban.web.jobs.models import Job
from yangban.web.monitor import auditing
from yangban.web.words import pick, say

_DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class GrantForm(forms.Form):
    """A post for somebody."""

    organisation = forms.ModelChoiceField(label=say("机构", "Organisation"), queryset=Organisation.objects.none())
    role = forms.ChoiceField(label=say("岗位", "Post"), choices=list(ROLE_NAMES.items()))
    start = forms.DateField(label=say("起", "From"), widget=_DATE, initial=today)
    until = forms.DateField(label=say("止（含当日）", "To (included)"), widget=_DATE, required=False)
    stations = forms.CharField(
        label=say("负责的站点", "Stations to answer for"),
        required=False,
        max_length=2000,
        help_text=say("站点运维：逐个写 station:1299A，用逗号分开", "Keepers: station:1299A, with commas"),
    )

    def __init__(self, *args: Any, admin: User, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["organisation"].queryset = people.organisations_of(admin).filter(valid_to=None)


class NewPersonForm(GrantForm):
    """An account with its first post."""

    username = forms.CharField(label=say("用户名", "User name"), max_length=150)
    display_name = forms.CharField(label=say("姓名", "Name"), max_length=40)
    email = forms.EmailField(label=say("电子邮箱", "E-mail"), required=False)
    field_order = ("username", "display_name", "email", "organisation", "role", "until")

    def __init__(self, *args: Any, admin: User, **more: Any) -> None:
        super().__init__(*args, admin=admin, **more)
        del self.fields["start"], self.fields["stations"]
        if not may(admin, people.GRANT):
            del self.fields["role"], self.fields["until"]


class OrganisationForm(forms.Form):
    """A new organisation."""

    name = forms.CharField(label=say("名称", "Name"), max_length=80)
    name_en = forms.CharField(label=say("英文名称", "English name"), max_length=160, required=False)
    kind = forms.ChoiceField(label=say("类别", "Kind"), choices=Organisation.Kind.choices)
    region = forms.CharField(label=say("地区（名称或代码）", "Place (name or code)"), max_length=40)
    start = forms.DateField(label=say("设立日期", "From"), widget=_DATE, initial=today)


class MergeForm(forms.Form):
    """The end of an organisation."""

    successor = forms.ModelChoiceField(label=say("承接机构", "Successor"), queryset=Organisation.objects.none())
    last = forms.DateField(label=say("最后一日", "Last day"), widget=_DATE, initial=today)


@guard("accounts.see")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The people of one's region."""
    words = request.GET.get("q", "").strip()
    rows = page_of(request, people.people_of(request.user, words))
    return page(
        request,
        "desk/people.html",
        "people",
        rows=rows,
        words=words,
        keep=f"q={words}" if words else "",
        manages=bool(may(request.user, people.MANAGE)),
    )


@guard("accounts.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make an account."""
    form = NewPersonForm(request.POST or None, admin=request.user)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        names = ("username", "display_name", "email", "organisation", "role", "until")
        made = attempt(request, lambda: people.create(request.user, **{name: said[name] for name in names if name in said}))
        if made is not None:
            user, path = made
            return page(request, "desk/password_link.html", "people", person=user, link=request.build_absolute_uri(path))
    return page(request, "desk/person_new.html", "people", form=form)


def _person(request: HttpRequest, pk: int) -> User:
    return get_object_or_404(people.people_of(request.user), pk=pk)


@guard("accounts.see")
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: posts, and the acts on the account."""
    user = _person(request, pk)
    form = GrantForm(request.POST or None, admin=request.user)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        stations = [each.strip() for each in said["stations"].replace("，", ",").split(",") if each.strip()]
        made = attempt(
            request,
            lambda: people.grant(
                request.user, user, said["organisation"], said["role"], start=said["start"], until=said["until"], stations=stations
            ),
            pick("已授予岗位", "The post is granted"),
        )
        if made is not None:
            return redirect("desk:person", pk)
    held = user.memberships.select_related("organisation", "granted_by").order_by("-valid_from")
    mine = set(people.organisations_of(request.user).values_list("pk", flat=True))
    return page(
        request,
        "desk/person.html",
        "people",
        person=user,
        posts=[(each, each.organisation_id in mine) for each in held],
        form=form,
        day=today(),
        grants=bool(may(request.user, people.GRANT)),
        manages=bool(may(request.user, people.MANAGE)),
    )


@guard("accounts.grant")
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a post."""
    post = get_object_or_404(Membership.objects.filter(organisation__in=people.organisations_of(request.user)), pk=pk)
    try:
        last = date.fromisoformat(request.POST.get("last", ""))
    except ValueError:
        messages.error(request, pick("请写最后一日", "Give the last day"))
        return redirect("desk:person", post.user_id)
    attempt(request, lambda: people.end(request.user, post, last), pick("已登记终止日期", "The end is recorded"))
    return redirect("desk:person", post.user_id)


@guard("accounts.grant")
@require_POST
def password(request: HttpRequest, pk: int) -> HttpResponse:
    """A link to set a new password, shown once."""
    user = _person(request, pk)
    path = people.new_password(request.user, user)
    return page(request, "desk/password_link.html", "people", person=user, link=request.build_absolute_uri(path))


@guard("accounts.grant")
@require_POST
def second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a lost second factor."""
    user = _person(request, pk)
    people.forget_second_factor(request.user, user)
    messages.success(request, pick("已移除双因素，下次登录须重新设置", "Removed; the next log-in sets a new one up"))
    return redirect("desk:person", pk)


@guard("accounts.grant")
@require_POST
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget wrong passwords, so that the right one is taken again."""
    user = _person(request, pk)
    people.unlock(request.user, user, request)
    messages.success(request, pick("已解除锁定", "Unlocked"))
    return redirect("desk:person", pk)


@guard("accounts.manage")
@require_POST
def active(request: HttpRequest, pk: int) -> HttpResponse:
    """Close or open an account."""
    user = _person(request, pk)
    people.set_active(request.user, user, request.POST.get("active") == "1")
    messages.success(request, pick("已停用并退出其登录", "Closed and logged out") if not user.is_active else pick("已恢复", "Opened again"))
    return redirect("desk:person", pk)


@guard("accounts.see")
@require_http_methods(["GET", "HEAD", "POST"])
def organisations(request: HttpRequest) -> HttpResponse:
    """The organisations of one's region, with the form to add one."""
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            request, lambda: people.found(request.user, **form.cleaned_data), pick("机构已登记", "The organisation is registered")
        )
        if made is not None:
            return redirect("desk:organisations")
    rows = people.organisations_of(request.user)
    return page(
        request, "desk/organisations.html", "organisations", rows=page_of(request, rows), form=form,
        places=place_choices(places_of(request.user, people.SEE)), manages=bool(may(request.user, people.MANAGE)),
    )  # fmt: skip


@guard("accounts.see")
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """One organisation: its posts, and its end."""
    found = get_object_or_404(people.organisations_of(request.user), pk=pk)
    form = MergeForm(request.POST or None)
    form.fields["successor"].queryset = people.organisations_of(request.user).filter(valid_to=None).exclude(pk=pk)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        carried = attempt(request, lambda: people.merge(request.user, found, said["successor"], said["last"]))
        if carried is not None:
            messages.success(request, pick(f"已登记撤并，转入 {int(carried)} 个岗位", f"Merged; {int(carried)} posts carried over"))
            return redirect("desk:organisation", pk)
    posts = found.memberships.select_related("user").order_by("role", "user__username")
    return page(
        request,
        "desk/organisation.html",
        "organisations",
        organisation=found,
        posts=posts,
        form=form,
        manages=bool(may(request.user, people.MANAGE)),
    )


@guard("audit.read")
@require_http_methods(["GET", "HEAD", "POST"])
def audit_page(request: HttpRequest) -> HttpResponse:
    """The audit of one's region, filtered, and whether the chain is whole."""
    if request.method == "POST":
        made = auditing.ask(request.user)
        return redirect("desk:job", made.pk)
    asked = {name: request.GET.get(name, "").strip() for name in ("actor", "action", "subject", "day")}
    rows = auditing.entries(request.user, **asked)
    last = Job.objects.filter(kind="audit", state__in=(Job.State.DONE, Job.State.SHORT)).order_by("-finished_at").first()
    keep = "&".join(f"{name}={value}" for name, value in asked.items() if value)
    return page(request, "desk/audit.html", "audit", rows=page_of(request, rows), asked=asked, last=last, keep=keep)


@guard("audit.read")
@require_safe
def audit_table(request: HttpRequest) -> HttpResponse:
    """What the page shows, whole, as a table: the filters are the same. That it was taken out is an act of its own."""
    asked = {name: request.GET.get(name, "").strip() for name in ("actor", "action", "subject", "day")}
    response = StreamingHttpResponse(auditing.table(request.user, **asked), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{today():%Y%m%d}.csv"'
    return response


@signed_in
@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """Log oneself out in one place."""
    gone = people.end_session(request.user, request.POST.get("name", ""))
    if gone:
        messages.success(request, pick("已退出那一处登录", "Logged out there"))
    return redirect("desk:account")


@signed_in
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Log oneself out on every other device."""
    gone = people.end_sessions(request.user, but=request.session.session_key or "")
    messages.success(request, pick(f"已退出其他 {gone} 处登录", f"Logged out in {gone} other places"))
    return redirect("desk:account")
