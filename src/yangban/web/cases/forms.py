"""Forms of cases and activities. A test walks all of them past the red lines of official services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms

from yangban.govern import cases as rules
from yangban.standards.campaigns import campaign_days
from yangban.web.accounts.models import Organisation
from yangban.web.accounts.roles import LEVELS
from yangban.web.cases.models import CaseVersion
from yangban.web.words import pick, say

_ONE: Final = {"cols": 60}
"""Marks a field that takes a whole line of the form."""


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "cols": 60})


class Text(forms.Form):
    """The texts of a case."""

    title = forms.CharField(label=say("标题", "Title"), max_length=rules.TITLE, widget=forms.TextInput(attrs=_ONE))
    summary = forms.CharField(
        label=say("摘要", "Summary"), max_length=rules.SUMMARY, required=False, widget=_area(2),
        help_text=say("一两句话说清做了什么、结果如何；最多 200 字。", "One or two sentences: what was done, what came of it."),
    )  # fmt: skip
    situation = forms.CharField(label=say("背景与问题", "Situation"), required=False, widget=_area(6))
    practice = forms.CharField(label=say("主要做法", "Practice"), required=False, widget=_area(9))
    result = forms.CharField(label=say("取得成效", "Result"), required=False, widget=_area(6))
    lesson = forms.CharField(label=say("可复制经验", "What can be copied"), required=False, widget=_area(6))
    tags = forms.CharField(
        label=say("标签", "Tags"), max_length=120, required=False, widget=forms.TextInput(attrs=_ONE),
        help_text=say("用空格或顿号隔开，最多 8 个，如：湿地 矿山修复 乡村", "Set apart by spaces; at most 8"),
    )  # fmt: skip
    title_en = forms.CharField(
        label=say("英文标题", "Title in English"), max_length=160, required=False, widget=forms.TextInput(attrs=_ONE)
    )
    summary_en = forms.CharField(label=say("英文摘要", "Summary in English"), max_length=500, required=False, widget=_area(2))
    remark = forms.CharField(
        label=say("这次改了什么", "What was changed"), max_length=200, required=False, widget=forms.TextInput(attrs=_ONE)
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, *args: Any, version: CaseVersion | None = None, **kwargs: Any) -> None:
        if version is not None:
            said = {name: getattr(version, name) for name in self.base_fields if hasattr(version, name)}
            kwargs.setdefault("initial", {**said, "tags": " ".join(version.tags), "remark": "", "seen": version.version})
        super().__init__(*args, **kwargs)
        for key, (_, _, zh, en) in rules.SECTIONS.items():
            self.fields[key].help_text = say(zh, en)
            self.fields[key].max_length = rules.SECTION
        for name, field in self.fields.items():
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"id_{name}_helptext"

    @property
    def tag_list(self) -> list[str]:
        """The tags, each once."""
        return list(rules.tags_of(self.cleaned_data["tags"]))


class Start(Text):
    """A new case: for which of one's organisations, and in answer to which call."""

    organisation = forms.ModelChoiceField(label=say("报送单位", "Organisation"), queryset=Organisation.objects.none(), empty_label=None)
    call = forms.ChoiceField(label=say("应征", "In answer to"), required=False)
    field_order = ("organisation", "call")

    def __init__(
        self, *args: Any, organisations: Sequence[Organisation] = (), calls: Sequence[tuple[str, Any]] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(pk__in=[each.pk for each in organisations])
        self.fields["call"].choices = [("", say("自主报送", "By ourselves")), *calls]
        del self.fields["remark"]


class NewPicture(forms.Form):
    """A picture with its text. Nobody has to give one."""

    picture = forms.FileField(
        label=say("图片", "Picture"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=say(
            "可不传。JPEG、PNG 或 WebP，不超过 15 MB；相机信息和位置会去掉。",
            "Optional. JPEG, PNG or WebP up to 15 MB; camera data and place are removed.",
        ),
    )
    alt = forms.CharField(
        label=say("替代文字", "Text alternative"), max_length=rules.ALT, widget=forms.TextInput(attrs=_ONE),
        help_text=say("给看不见图片的人：画面里有什么。", "For those who do not see it: what it shows."),
    )  # fmt: skip
    caption = forms.CharField(label=say("图题", "Caption"), max_length=rules.CAPTION, required=False, widget=forms.TextInput(attrs=_ONE))
    seen = forms.IntegerField(widget=forms.HiddenInput)


class FindFigure(forms.Form):
    """Which released result is looked for."""

    indicator = forms.ChoiceField(label=say("指标", "Indicator"))
    subject = forms.ChoiceField(label=say("地区", "Place"))
    period = forms.ChoiceField(label=say("时段", "Period"))

    def __init__(self, *args: Any, choices: dict[str, list[tuple[str, Any]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, held in choices.items():
            self.fields[name].choices = held


class Step(forms.Form):
    """A step with its words."""

    words = forms.CharField(label=say("意见或理由", "Words"), max_length=300, required=False, widget=_area(2))
    seen = forms.IntegerField(widget=forms.HiddenInput)


class NewCall(forms.Form):
    """A call for cases."""

    organisation = forms.ModelChoiceField(label=say("征集单位", "Who calls"), queryset=Organisation.objects.none(), empty_label=None)
    title = forms.CharField(label=say("标题", "Title"), max_length=80, widget=forms.TextInput(attrs=_ONE))
    text = forms.CharField(label=say("征集什么", "What is looked for"), max_length=4000, widget=_area(6))
    opens = forms.DateField(label=say("开始", "First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    deadline = forms.DateField(label=say("截止（含当天）", "Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    kinds = forms.MultipleChoiceField(
        label=say("向哪类单位征集", "Which bodies"), choices=Organisation.Kind.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=say("不选即不限。", "None chosen: all."),
    )  # fmt: skip
    levels = forms.MultipleChoiceField(
        label=say("向哪一级征集", "Which levels"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=list(zip(LEVELS, (say("省级", "Province"), say("市级", "City"), say("县级", "County")), strict=True)),
    )  # fmt: skip
    public = forms.BooleanField(label=say("在公开网站上显示", "Show on the public site"), required=False, initial=True)

    def __init__(self, *args: Any, organisations: Sequence[Organisation] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(pk__in=[each.pk for each in organisations])


class Copy(forms.Form):
    """That an organisation copies a case."""

    organisation = forms.ModelChoiceField(label=say("借鉴单位", "Organisation"), queryset=Organisation.objects.none(), empty_label=None)
    since = forms.DateField(label=say("从何时起", "Since"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    what = forms.CharField(label=say("借鉴了什么", "What is copied"), max_length=200, widget=forms.TextInput(attrs=_ONE))
    outcome = forms.CharField(
        label=say("效果如何", "What came of it"), max_length=500, required=False, widget=_area(3),
        help_text=say("可以以后再填。", "May be told later."),
    )  # fmt: skip

    def __init__(self, *args: Any, organisations: Sequence[Organisation] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(pk__in=[each.pk for each in organisations])


class NewBook(forms.Form):
    """A compendium to begin."""

    organisation = forms.ModelChoiceField(label=say("编印单位", "Publisher"), queryset=Organisation.objects.none(), empty_label=None)
    title = forms.CharField(label=say("书名", "Title"), max_length=60, widget=forms.TextInput(attrs=_ONE))
    subtitle = forms.CharField(label=say("副题", "Subtitle"), max_length=60, required=False)
    year = forms.IntegerField(label=say("收录哪一年发布的案例", "Cases published in"), min_value=2000, max_value=2100)

    def __init__(self, *args: Any, organisations: Sequence[Organisation] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(pk__in=[each.pk for each in organisations])


class BookText(forms.Form):
    """What stands in a compendium, and in which order."""

    title = forms.CharField(label=say("书名", "Title"), max_length=60, widget=forms.TextInput(attrs=_ONE))
    subtitle = forms.CharField(label=say("副题", "Subtitle"), max_length=60, required=False, widget=forms.TextInput(attrs=_ONE))
    foreword = forms.CharField(label=say("编者说明", "Foreword"), max_length=4000, required=False, widget=_area(5))
    parts = forms.CharField(
        label=say("卷、章和案例", "Volumes, chapters, cases"), max_length=60_000, required=False, widget=_area(18),
        help_text=say(
            "一行一项：# 开头是卷，## 开头是章，其余每行一个案例编号（后面的标题只供辨认）。上下移动行就是调整次序。",
            "One a line: # begins a volume, ## a chapter, any other line a case by its number. Move lines to change the order.",
        ),
    )  # fmt: skip
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parts"].widget.attrs["aria-describedby"] = "id_parts_helptext"


_MINUTE: Final = "%Y-%m-%dT%H:%M"


def _moment(zh: str, en: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MINUTE)
    return forms.DateTimeField(label=say(zh, en), widget=widget, input_formats=[_MINUTE, "%Y-%m-%d %H:%M"])


class Plan(forms.Form):
    """An activity."""

    organisation = forms.ModelChoiceField(label=say("组织单位", "Organiser"), queryset=Organisation.objects.none(), empty_label=None)
    title = forms.CharField(label=say("名称", "Title"), max_length=60, widget=forms.TextInput(attrs=_ONE))
    text = forms.CharField(label=say("说明", "What it is"), max_length=4000, widget=_area(5))
    place = forms.CharField(label=say("地点", "Place"), max_length=80, widget=forms.TextInput(attrs=_ONE))
    starts = _moment("开始", "Begins")
    ends = _moment("结束", "Ends")
    sign_up_until = _moment("报名截止", "Sign up until")
    capacity = forms.IntegerField(
        label=say("名额", "Places"), min_value=1, max_value=100_000, required=False, help_text=say("不填即不限。", "Empty: no limit.")
    )
    volunteer = forms.BooleanField(label=say("记志愿服务时长", "Hours of service are confirmed"), required=False, initial=True)
    hours = forms.DecimalField(
        label=say("预计时长（小时）", "Hours expected"), min_value=0, max_value=24, max_digits=4, decimal_places=2, required=False
    )
    campaign = forms.ChoiceField(label=say("主题日", "Campaign day"), required=False)
    behaviour = forms.ChoiceField(label=say("计入碳积分为", "Counts in the points as"), required=False)
    title_en = forms.CharField(
        label=say("英文名称", "Title in English"), max_length=160, required=False, widget=forms.TextInput(attrs=_ONE)
    )
    text_en = forms.CharField(label=say("英文说明", "Text in English"), max_length=4000, required=False, widget=_area(3))

    def __init__(
        self, *args: Any, organisations: Sequence[Organisation] = (), behaviours: Sequence[tuple[str, str]] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if organisations:
            self.fields["organisation"].queryset = Organisation.objects.filter(pk__in=[each.pk for each in organisations])
        else:
            del self.fields["organisation"]
        days = [(each.key, pick(each.name, each.name_en)) for each in campaign_days().values()]
        self.fields["campaign"].choices = [("", say("不属于主题日", "None")), *days]
        self.fields["behaviour"].choices = [("", say("不计入", "Not counted")), *behaviours]
        if not behaviours:
            self.fields["behaviour"].help_text = say("现行积分方案没有可计的志愿行为。", "The points scheme counts no such act.")


class SignUpForm(forms.Form):
    """Signing up: as little as can be. ``website`` is a trap for programs; people do not see it."""

    name = forms.CharField(
        label=say("怎么称呼您", "What to call you"), max_length=20,
        help_text=say(
            "可以写网名；只有组织方看得到，活动结束三十天后删除。",
            "A nickname will do; only the organiser sees it, and it goes after thirty days.",
        ),
    )  # fmt: skip
    contact = forms.CharField(
        label=say("联系方式（可不填）", "Contact (optional)"), max_length=60, required=False,
        help_text=say(
            "手机号或邮箱，只用来通知改期或取消；同样三十天后删除。",
            "A telephone number or e-mail, only to tell you of changes; it goes after thirty days too.",
        ),
    )  # fmt: skip
    points = forms.BooleanField(
        label=say("同意把确认的服务时长报给碳积分", "Report my confirmed hours to the carbon points"), required=False
    )
    agreed = forms.BooleanField(
        label=say("我同意按上面所说保存这些信息", "I agree that this is kept as said above"),
        error_messages={"required": say("请勾选同意；不同意就不能登记报名", "Tick that you agree; else nothing can be noted")},
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    def __init__(self, *args: Any, points: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not points:
            del self.fields["points"]
        for name, field in self.fields.items():
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"id_{name}_helptext"

    @property
    def trapped(self) -> bool:
        """Whether a program filled in what people do not see."""
        return bool(self.data.get("website"))


class Code(forms.Form):
    """The code of a sign-up."""

    code = forms.CharField(
        label=say("报名码", "Your code"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class Reason(forms.Form):
    """Words of the organiser: a reason, or what came of it."""

    text = forms.CharField(label=say("说明", "Words"), max_length=2000, widget=_area(3))


ALL: Final = (Text, Start, NewPicture, FindFigure, Step, NewCall, Copy, NewBook, BookText, Plan, SignUpForm, Code, Reason)
"""Every form, for the test that walks them."""
