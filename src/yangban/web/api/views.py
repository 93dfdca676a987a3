"""Pages about the interface: its reference for everyone, and the keys for those who manage them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from yangban.base import regions
from yangban.base.errors import UnknownRegion
from yangban.web.accounts.models import Organisation, User, today
from yangban.web.accounts.permissions import guard, lies_within, places_of, public
from yangban.web.api import keys, signatures
from yangban.web.api.models import ApiKey
from yangban.web.api.reference import reference
from yangban.web.desk.pages import page as desk_page
from yangban.web.public.cache import kept
from yangban.web.words import pick, say

_DAYS: Final = ((90, say("三个月", "Three months")), (365, say("一年", "One year")), (730, say("两年", "Two years")))
_PAGE: Final = 50


@public
@kept
def about(request: HttpRequest) -> HttpResponse:
    """The reference of the interface, readable without scripts."""
    return render(request, "api/reference.html", {"section": "api", "reference": reference(), "limits": settings.API_LIMITS})


# -------------------------------------------------------------------------------------------------------------------------------- keys


def _own(user: User) -> list[Organisation]:
    """The organisations of today for which a person may manage keys."""
    above, day = places_of(user, "keys.manage"), today()
    held = Organisation.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
    return [each for each in held if any(lies_within(each.region, place) for place in above)]


class KeyForm(forms.Form):
    """What a new key is for, and how far it reaches."""

    name = forms.CharField(max_length=80, label=say("用途", "What it is for"))
    organisation = forms.ChoiceField(label=say("使用单位", "Organisation that uses it"))
    region = forms.CharField(
        max_length=20,
        label=say("地区", "Region"),
        help_text=say("行政区划代码或全称；只能报送其中的数据", "Code or full name; it delivers readings of this place alone"),
    )
    scopes = forms.MultipleChoiceField(
        choices=tuple(keys.SCOPES.items()), widget=forms.CheckboxSelectMultiple, label=say("权限", "What it may do")
    )
    days = forms.TypedChoiceField(choices=_DAYS, coerce=int, initial=365, label=say("有效期", "Valid for"))

    signed = forms.BooleanField(
        required=False,
        label=say("每个请求都要签名（RFC 9421）", "Every request must be signed (RFC 9421)"),
        help_text=say(
            "截获的请求不能改动、不能重发；文件报送不能签名",
            "What is overheard can be neither changed nor sent again; files cannot be signed",
        ),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["organisation"].choices = [(each.pk, str(each)) for each in _own(user)]

    def clean_name(self) -> str:
        """Plain words alone: the name stands in lists and in the audit."""
        name = str(self.cleaned_data["name"]).strip()
        if not name.isprintable():
            raise forms.ValidationError(pick("不能含有控制字符", "No control characters"))
        return name

    def clean_region(self) -> str:
        """The code of a place within the person's own."""
        try:
            code = regions.place(self.cleaned_data["region"]).code
        except UnknownRegion as problem:
            raise forms.ValidationError(str(problem)) from None
        if not any(lies_within(code, place) for place in places_of(self.user, "keys.manage")):
            raise forms.ValidationError(pick("不在您管理的地区内", "Outside the places that you manage"))
        return code

    def clean_organisation(self) -> Organisation:
        """The organisation itself."""
        return Organisation.objects.get(pk=self.cleaned_data["organisation"])

    def ends(self) -> datetime:
        """When the key ends."""
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


@guard("keys.manage")
@never_cache
def key_list(request: HttpRequest) -> HttpResponse:
    """The keys of one's own places."""
    own = _own(request.user)
    above = places_of(request.user, "keys.manage")
    rows = [row for row in _rows().filter(organisation__in=own) if any(lies_within(row.region, place) for place in above)]
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    return desk_page(request, "desk/keys.html", "keys", page=page, scopes=keys.SCOPES)


def _rows() -> Any:
    return ApiKey.objects.select_related("organisation", "created_by", "revoked_by")


@guard("keys.manage")
@never_cache
def key_new(request: HttpRequest) -> HttpResponse:
    """Make a key; it is shown once, on the page that answers."""
    form = KeyForm(request.user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        answer = desk_page(request, "desk/keys_new.html", "keys", form=form)
        answer.status_code = 200 if request.method != "POST" else 422
        return answer
    said = form.cleaned_data
    row, key = keys.make(
        request.user,
        name=said["name"],
        organisation=said["organisation"],
        region=said["region"],
        scopes=said["scopes"],
        expires_at=form.ends(),
        signed=said["signed"],
    )
    return desk_page(request, "desk/keys_shown.html", "keys", row=row, key=key, secret=signatures.secret_of(row))


@guard("keys.manage")
@require_POST
def key_revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Take a key back."""
    row = get_object_or_404(_rows(), pk=number)
    keys.revoke(request.user, row)
    return HttpResponseRedirect(reverse("keys:list"))
