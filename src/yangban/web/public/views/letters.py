"""The box for complaints and suggestions."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from yangban.web.accounts.permissions import public
from yangban.web.public import letters
from yangban.web.public.limits import allowed, sender
from yangban.web.public.views.frame import home_region, show
from yangban.web.words import pick

_AN_HOUR: Final = 3600
_LETTERS_OF_ONE: Final = 5
_LETTERS_OF_ALL: Final = 300
_ASKED_BY_ONE: Final = 30


@public
@never_cache
def letter(request: HttpRequest) -> HttpResponse:
    """Write a letter; when it is taken in, its number, code and deadline are shown once."""
    if request.method != "POST":
        form = letters.LetterForm(region=home_region(), initial={"page": request.GET.get("page", "")[:300], "region": home_region()})
        return show(request, "letter", "letters", None, form=form, days=letters.DAYS)
    form = letters.LetterForm(request.POST, region=home_region())
    if not form.is_valid():
        return _again(request, form, 422)
    if form.trapped:
        # A program is told nothing that would help it.
        return show(request, "letter_taken", "letters", None, letter=None)
    if not allowed("letters", sender(request), most=_LETTERS_OF_ONE, seconds=_AN_HOUR) or not allowed(
        "letters", "all", most=_LETTERS_OF_ALL, seconds=_AN_HOUR
    ):
        form.add_error(
            None,
            pick("来信过于频繁，请一小时后再试；已写的内容还在下面。", "Too many letters; try again in an hour. Your text is kept below."),
        )
        return _again(request, form, 429)
    said: dict[str, Any] = {name: form.cleaned_data[name] for name in ("kind", "region", "subject", "text", "contact", "page")}
    return show(request, "letter_taken", "letters", None, letter=letters.receive(**said), days=letters.DAYS)


def _again(request: HttpRequest, form: letters.LetterForm, status: int) -> HttpResponse:
    answer = show(request, "letter", "letters", None, form=form, days=letters.DAYS)
    answer.status_code = status
    return answer


@public
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """Ask after a letter with its number and code."""
    if request.method != "POST":
        return show(request, "letter_status", "letters", None, form=letters.StatusForm(), days=letters.DAYS)
    form = letters.StatusForm(request.POST)
    found, code = None, 200
    if form.is_valid():
        if not allowed("letters-asked", sender(request), most=_ASKED_BY_ONE, seconds=_AN_HOUR):
            form.add_error(None, pick("查询过于频繁，请稍后再试。", "Asked too often; try again later."))
            code = 429
        else:
            found = letters.ask_after(form.cleaned_data["number"].strip(), form.cleaned_data["code"])
            if found is None:
                form.add_error(None, pick("编号或查询码不对，请核对后再试。", "Number or code is wrong; check them and try again."))
                code = 422
    else:
        code = 422
    answer = show(request, "letter_status", "letters", None, form=form, letter=found, days=letters.DAYS)
    answer.status_code = code
    return answer
