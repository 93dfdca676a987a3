"""Every form of the points. A test holds all of them against the red lines: nothing asks for a photo, a track or a forced check-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone

from yangban.base.errors import UsageError
from yangban.points.connectors import CONNECTORS
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


class Belong(forms.Form):
    """To which public institution a member belongs: nobody has to say so."""

    unit = forms.ModelChoiceField(
        Organisation.objects.filter(kind="institution").order_by("name"), required=False, label=say("所在公共机构", "Public institution"),
        empty_label=say("不填", "None"),
    )  # fmt: skip


class UseOfYear(forms.Form):
    """What an institution used in a year, by the items of the score; a value that is not known stays empty."""

    year = forms.IntegerField(min_value=2000, max_value=2100, label=say("年度", "Year"))
    staff = forms.IntegerField(min_value=1, max_value=10**6, label=say("用能人数", "Staff"))
    area_m2 = forms.DecimalField(
        min_value=0, max_digits=12, decimal_places=2, required=False, label=say("建筑面积（平方米）", "Floor area, m²")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in book().scores["institutions"].items:
            unit = item.unit.partition("/")[0]
            self.fields[f"used:{item.key}"] = forms.DecimalField(
                min_value=0, max_digits=16, decimal_places=4, required=False, label=f"{item.name.removeprefix('人均')}（{unit}）"
            )

    def used(self) -> dict[str, str]:
        """The values that were given, by item."""
        return {
            name.removeprefix("used:"): f"{value:f}"
            for name, value in self.cleaned_data.items() if name.startswith("used:") and value is not None
        }  # fmt: skip


class WhatIf(forms.Form):
    """Another scheme, and the month whose events are to be judged by it."""

    scheme = forms.ChoiceField(label=say("方案", "Scheme"))
    month = forms.RegexField(r"^\d{4}-(0[1-9]|1[0-2])$", label=say("月份（如 2024-05）", "Month (as 2024-05)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scheme"].choices = [(each.id, each.title) for each in book().schemes.values()]


_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class NewVersion(forms.Form):
    """A change of the scheme: what it changes, and from when."""

    title = forms.CharField(max_length=120, label=say("改什么（一句话）", "What it changes, in a sentence"))
    starts_on = forms.DateField(
        label=say("从哪天起施行", "In force from"), widget=_DAY, help_text=say("不早于明天", "Tomorrow at the earliest")
    )


NUMBER_LABELS = {
    "value": say("分值", "Points"), "block": say("每多少算一份", "Size of a block"), "at_least": say("起点", "From"),
    "baseline": say("人均日用量基准", "Baseline of a person and day"), "tiers": say("分档（满多少=得多少）", "Tiers (from=points)"),
}  # fmt: skip


class MethodNumbers(forms.Form):
    """The numbers of one method, and where the change is laid down."""

    clause = forms.CharField(max_length=300, label=say("依据（文号、条款）", "Laid down in (number, clause)"))

    def __init__(self, numbers: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in numbers.items():
            hint = say("如 5000=5; 8000=8", "as 5000=5; 8000=8") if name == "tiers" else ""
            self.fields[name] = forms.CharField(max_length=200, label=NUMBER_LABELS[name], initial=value, help_text=hint)
        self.order_fields([*numbers, "clause"])

    def numbers(self) -> dict[str, str]:
        """The numbers by name."""
        return {name: value for name, value in self.cleaned_data.items() if name != "clause"}


class SchemeSettings(forms.Form):
    """The days, the budget and the caps of a scheme."""

    late_days = forms.CharField(max_length=12, required=False, label=say("最迟补报（天）", "Reported at most so many days late"))
    delay_days = forms.CharField(max_length=12, required=False, label=say("延迟入账（天）", "Days before credit"))
    claim_days = forms.CharField(
        max_length=12, required=False, label=say("领取期（天）", "Days to claim"), help_text=say("none：不用领取", "none: no claim needed")
    )
    expiry_days = forms.CharField(
        max_length=12, required=False, label=say("有效期（天）", "Good for (days)"), help_text=say("none：不到期", "none: never expires")
    )
    budget = forms.CharField(max_length=20, required=False, label=say("发放预算（分）", "Budget of issuance (points)"))

    def __init__(self, caps: Sequence[tuple[str, str, str]] = (), *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, label, value in caps:
            self.fields[f"cap:{key}"] = forms.CharField(max_length=20, label=label, initial=value)

    def caps(self) -> dict[str, str]:
        """The caps by key."""
        return {name.removeprefix("cap:"): value for name, value in self.cleaned_data.items() if name.startswith("cap:")}


class SchemeText(forms.Form):
    """The whole text of a draft, in the shape of the book."""

    toml = forms.CharField(
        label=say("方案全文（TOML）", "The whole scheme (TOML)"), max_length=200_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "toml"}),
    )  # fmt: skip


class Month(forms.Form):
    """The month whose events are judged."""

    month = forms.RegexField(r"^\d{4}-(0[1-9]|1[0-2])$", label=say("用哪个月的事件（如 2024-05）", "Events of the month (as 2024-05)"))


class ClosingNotice(forms.Form):
    """The notice that a scheme ends."""

    last_day = forms.DateField(label=say("最后计分日（含当天）", "Last day of earning"), widget=_DAY)
    last_spend = forms.DateField(
        label=say("最后兑换日（含当天）", "Last day of spending"),
        widget=_DAY,
        help_text=say("不早于最后计分日", "Not before that of earning"),
    )
    notice = forms.CharField(
        max_length=4000, label=say("公告正文：为什么关闭、剩余积分怎么办、找谁", "Notice: why, what becomes of points, whom to ask"),
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip
    notice_en = forms.CharField(
        max_length=4000,
        required=False,
        label=say("英文公告（可不填）", "Notice in English (optional)"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


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
    layout = forms.ChoiceField(
        required=False, label=say("表的格式", "Layout"),
        choices=[
            ("", say("事件表", "Events")),
            *((each.key, say(each.name, each.name_en)) for each in CONNECTORS.values() if each.shape == "rows"),
        ],
    )  # fmt: skip
    file = forms.FileField(label=say("CSV 文件", "CSV file"), widget=forms.FileInput(attrs={"accept": ".csv"}))


ALL = (
    Join, Words, Decision, Erase, Belong, UseOfYear, WhatIf, NewVersion, MethodNumbers, SchemeSettings, SchemeText, Month, ClosingNotice,
    Settle, NewGood, Handover, NewCheckPoint, Sheet,
)  # fmt: skip
"""All forms of the points, for the test of the red lines."""
