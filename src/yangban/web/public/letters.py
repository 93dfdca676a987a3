"""Complaints and suggestions: taken in with a number, a code and a deadline; asked after with both. Answering is done on the desk."""

from __future__ import annotations

import hmac
import secrets
from datetime import date, datetime, timedelta
from typing import Final

from django import forms
from django.db import IntegrityError, transaction
from django.utils import timezone

from yangban.base import regions
from yangban.base.errors import UnknownRegion
from yangban.web.accounts import audit
from yangban.web.public.models import Complaint
from yangban.web.public.names import called
from yangban.web.words import pick, say

DAYS: Final = 15
"""Working days within which a letter is answered; the site's own promise, stated beside the form."""
CODE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 8
_SATURDAY: Final = 5
_TRIES: Final = 5
_TEXT: Final = 2000


def due_on(received: date, days: int = DAYS) -> date:
    """The last day for an answer: working days from the day after; Monday to Friday count, public holidays are not taken out.

    >>> due_on(date(2026, 11, 26)).isoformat()
    '2026-12-17'
    """
    day = received
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < _SATURDAY
    return day


def receive(
    *, kind: str, region: str, subject: str, text: str, contact: str = "", page: str = "", now: datetime | None = None
) -> Complaint:
    """Take a letter in: number, code and deadline; recorded in the audit by its number alone."""
    moment = now or timezone.now()
    today = timezone.localdate(moment)
    for attempt in range(_TRIES):
        try:
            with transaction.atomic():
                last = (
                    Complaint.objects.filter(number__startswith=f"{today:%Y%m%d}-")
                    .order_by("-number")
                    .values_list("number", flat=True)
                    .first()
                )
                count = int(last.split("-")[1]) + 1 if last else 1
                letter = Complaint.objects.create(
                    number=f"{today:%Y%m%d}-{count:04d}",
                    code="".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)),
                    kind=kind, region=region, subject=subject, text=text, contact=contact, page=page, received=moment, due=due_on(today),
                )  # fmt: skip
                audit.record(None, "complaint.received", letter.number, {"kind": kind, "region": region})
                return letter
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def ask_after(number: str, code: str) -> Complaint | None:
    """The letter of a number, for whoever has its code; the time taken does not tell a wrong number from a wrong code."""
    letter = Complaint.objects.filter(number=number).first()
    held = letter.code if letter is not None else "-" * CODE_LENGTH
    same = hmac.compare_digest(held.encode(), code.strip().upper().encode())
    return letter if letter is not None and same else None


def places(region: str) -> list[tuple[str, str]]:
    """The places that a letter may be about."""
    try:
        below = regions.children(region, level="city")
    except UnknownRegion:
        return [(region, region)]
    return [(region, pick("全省", "Whole province")), *((p.code, called(p.code, p.name)) for p in below)]


class LetterForm(forms.Form):
    """What a letter says. ``website`` is a trap for programs: people do not see it."""

    kind = forms.ChoiceField(
        label=say("类别", "Kind"),
        choices=[("complaint", say("投诉", "Complaint")), ("suggestion", say("建议", "Suggestion"))],
        widget=forms.RadioSelect,
        initial="suggestion",
    )  # fmt: skip
    region = forms.ChoiceField(label=say("涉及地区", "Place"))
    subject = forms.CharField(label=say("标题", "Subject"), max_length=100)
    text = forms.CharField(
        label=say("内容", "Text"), max_length=_TEXT, widget=forms.Textarea(attrs={"rows": 7}),
        help_text=say("请勿写身份证号、住址等个人信息；最多 2000 字。", "No identity numbers or home addresses; at most 2000 characters."),
    )  # fmt: skip
    contact = forms.CharField(
        label=say("联系方式（可不填）", "Contact (optional)"), max_length=120, required=False,
        help_text=say("不填也能凭编号和查询码看答复。", "You can read the answer with number and code without it."),
    )  # fmt: skip
    page = forms.CharField(max_length=300, required=False, widget=forms.HiddenInput)
    website = forms.CharField(required=False)

    def __init__(self, *args: object, region: str = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["region"].choices = places(region)  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"help-{name}"

    @property
    def trapped(self) -> bool:
        """Whether a program filled in what people do not see."""
        return bool(self.data.get("website"))


class StatusForm(forms.Form):
    """Number and code of a letter."""

    number = forms.CharField(label=say("编号", "Number"), max_length=20)
    code = forms.CharField(label=say("查询码", "Code"), max_length=12, widget=forms.TextInput(attrs={"autocomplete": "off"}))
