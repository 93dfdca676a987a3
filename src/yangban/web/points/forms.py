"""Every form of the points. A test holds all of them against the red lines: nothing asks for a photo, a track or a forced check-in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone

from yangban.base.errors import UsageError
from yangban.web.accounts.models import Organisation
from yangban.web.points.earning import book
from yangban.web.points.models import CheckPoint, Good, Merchant, Program
from yangban.web.points.people import login_name
from yangban.web.words import say


class Join(forms.Form):
    """A login, and that the notice was read."""

    name = forms.CharField(
        max_length=120, label=say("手机号或邮箱", "Mobile number or e-mail"), widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        max_length=128, label=say("密码", "Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=say("至少 12 位", "At least 12 characters"),
    )  # fmt: skip
    agreed = forms.BooleanField(label=say("我已阅读并同意下面的说明", "I have read and agree to the notice below"))

    def clean_name(self) -> str:
        """As it is kept."""
        try:
            return login_name(self.cleaned_data["name"])
        except UsageError as told:
            raise forms.ValidationError(str(told)) from None

    def clean_password(self) -> str:
        """One that is not easily guessed."""
        validate_password(self.cleaned_data["password"])
        return str(self.cleaned_data["password"])


class Words(forms.Form):
    """A question, an appeal or a reason."""

    text = forms.CharField(max_length=400, label=say("内容", "Text"), widget=forms.Textarea(attrs={"rows": 3}))


class Decision(forms.Form):
    """A decision with its reason."""

    accept = forms.ChoiceField(choices=[("yes", say("通过", "Accept")), ("no", say("不通过", "Refuse"))], label=say("决定", "Decision"))
    text = forms.CharField(max_length=280, label=say("理由", "Reason"), widget=forms.TextInput)


class Erase(forms.Form):
    """That a person really means it."""

    sure = forms.BooleanField(label=say("我确认注销；剩余积分作废", "I am sure; what is left of my points expires"))


class WhatIf(forms.Form):
    """Another scheme, and the month whose events are to be judged by it."""

    scheme = forms.ChoiceField(label=say("方案", "Scheme"))
    month = forms.RegexField(r"^\d{4}-(0[1-9]|1[0-2])$", label=say("月份（如 2024-05）", "Month (as 2024-05)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scheme"].choices = [(each.id, each.title) for each in book().schemes.values()]


class Settle(forms.Form):
    """Points of a merchant that were paid for."""

    merchant = forms.ModelChoiceField(Merchant.objects.order_by("name"), label=say("商户", "Merchant"))
    units = forms.IntegerField(min_value=1, label=say("数量（最小单位）", "Smallest units"))
    key = forms.SlugField(max_length=40, label=say("付款凭证号", "Number of the payment"))


class NewGood(forms.Form):
    """Goods or a coupon."""

    merchant = forms.ModelChoiceField(Merchant.objects.order_by("name"), label=say("商户", "Merchant"))
    name = forms.CharField(max_length=80, label=say("名称", "Name"))
    name_en = forms.CharField(max_length=120, required=False, label=say("英文名称", "English name"))
    price = forms.IntegerField(min_value=1, label=say("价格（最小单位）", "Price in smallest units"))
    stock = forms.IntegerField(min_value=0, max_value=10**7, label=say("库存", "Stock"))
    released_at = forms.DateTimeField(
        label=say("开始兑换", "To be had from"), initial=timezone.localtime, help_text=say("如 2024-05-01 08:00", "as 2024-05-01 08:00")
    )

    def make(self, program: Program) -> Good:
        """The row."""
        return Good.objects.create(scheme=program.scheme, **self.cleaned_data)


class Handover(forms.Form):
    """The code of an order that is handed over."""

    code = forms.RegexField(r"^\d{8}$", label=say("取货码（8 位）", "Code (8 digits)"))


class NewCheckPoint(forms.Form):
    """A place whose codes members may scan."""

    name = forms.CharField(max_length=80, label=say("名称", "Name"))
    behaviour = forms.ChoiceField(label=say("行为", "Behaviour"))

    def __init__(self, program: Program, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["behaviour"].choices = [(each.key, each.name) for each in book().scheme(program.scheme).behaviours]

    def make(self, program: Program) -> CheckPoint:
        """The row."""
        return CheckPoint.objects.create(scheme=program.scheme, organisation=program.organisation, **self.cleaned_data)


class Sheet(forms.Form):
    """A sheet of reports of a partner."""

    source = forms.ModelChoiceField(Organisation.objects.filter(kind="operator").order_by("name"), label=say("来源单位", "Source"))
    file = forms.FileField(label=say("CSV 文件", "CSV file"), widget=forms.FileInput(attrs={"accept": ".csv"}))


ALL = (Join, Words, Decision, Erase, WhatIf, Settle, NewGood, Handover, NewCheckPoint, Sheet)
"""All forms of the points, for the test of the red lines."""
