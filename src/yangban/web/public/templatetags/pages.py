"""Tags of the public pages: addresses that stay in their release and edition, numbers that lead to how they were computed, changes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from yangban.web.public import drawing, names
from yangban.web.public.models import PublishedFigure
from yangban.web.public.reasons import said
from yangban.web.public.templatetags.yangban import unit
from yangban.web.words import pick

register = template.Library()


@register.simple_tag(takes_context=True)
def go(context: Mapping[str, Any], name: str, query: str = "", **kwargs: Any) -> str:
    """The address of a public page, in the release that the reader has pinned and the edition that was chosen.

    ``edition`` as a word of the call names another edition; ``query`` is added as it is.
    """
    chosen = kwargs.pop("edition", context.get("edition_asked") or "")
    if context.get("pinned"):
        kwargs["number"] = context["pinned"]
    address = reverse(f"public:{name}", kwargs=kwargs)
    asked = urlencode({"edition": chosen}) if chosen else ""
    more = "&".join(each for each in (asked, query) if each)
    return f"{address}?{more}" if more else address


def how_address(figure: PublishedFigure) -> str:
    """Where it stands how a Figure was computed."""
    address = reverse(
        "public:how",
        kwargs={"number": figure.release_id, "indicator": figure.indicator, "subject": figure.subject, "period": figure.period},
    )
    return f"{address}?{urlencode({'edition': figure.edition})}"


@register.filter
def how(figure: PublishedFigure | None) -> str:
    """Where it stands how a Figure was computed."""
    return "" if figure is None else how_address(figure)


@register.filter
def shown(figure: PublishedFigure) -> str:
    """The printed value; of a class of water its numeral and of a state its word, for 3 alone says nothing."""
    word = {"water.class": "class", "water.state": "state"}.get(figure.indicator)
    held = figure.detail.get(word) if word is not None and isinstance(figure.detail, dict) else None
    return str(held or figure.display or "—")


@register.filter
def number(figure: PublishedFigure | None) -> SafeString:
    """A Figure in a table: its printed value, which leads to how it was computed, a mark where it may not be used, a dash."""
    if figure is None:
        return format_html('<span class="none">—<span class="sr">{}</span></span>', pick("没有数据", "no data"))
    if figure.display is None:
        reason = said(figure.reason) or pick("不适用", "not applicable")
        return format_html('<a class="none" href="{}" title="{}">—<span class="sr">{}</span></a>', how_address(figure), reason, reason)
    mark = ""
    if not figure.usable:
        mark = format_html('<span class="short" title="{}">{}</span>', said(figure.reason), pick("不足", "insufficient"))
    return format_html('<a class="n" href="{}">{}</a>{}', how_address(figure), shown(figure), mark)


@register.filter
def big(figure: PublishedFigure | None) -> SafeString:
    """A Figure as the large number of a card, with its unit small beside it."""
    if figure is None or figure.display is None:
        reason = pick("没有数据", "no data") if figure is None else said(figure.reason) or pick("不适用", "not applicable")
        return format_html('<span class="big none">—</span> <span class="quiet">{}</span>', reason)
    word = unit(figure.unit)
    mark = (
        format_html('<span class="short" title="{}">{}</span>', said(figure.reason), pick("数据不足", "insufficient"))
        if not figure.usable
        else ""
    )
    return format_html(
        '<span class="big">{}{}</span>{}', shown(figure), format_html('<span class="unit">{}</span>', word) if word else "", mark
    )


CHANGES = {
    "percent": ("%", "%"),
    "points": (" 个百分点", " points"),
    "difference": ("", ""),
}


@register.filter
def change(step: Mapping[str, str] | None) -> SafeString:
    """A change with its sign, an arrow and a word."""
    if not step:
        return mark_safe("")
    amount = Decimal(step["display"])
    if amount == 0:
        return format_html('<span class="change">＝ {}</span>', pick("持平", "unchanged"))
    zh, en = CHANGES.get(step.get("kind", ""), ("", ""))
    arrow, word = ("▲", pick("升", "up")) if amount > 0 else ("▼", pick("降", "down"))
    return format_html(
        '<span class="change"><span aria-hidden="true">{}</span> {} <span class="num">{}{}</span>{}</span>',
        arrow, word, "+" if amount > 0 else "−", f"{abs(amount):f}", pick(zh, en),
    )  # fmt: skip


@register.filter
def difference(amount: str | None) -> SafeString:
    """A difference between editions, with sign, arrow and word."""
    if amount is None or amount == "":
        return format_html('<span class="none">—</span>')
    held = Decimal(amount)
    if held == 0:
        return format_html('<span class="num">0</span> <span class="quiet">{}</span>', pick("相同", "same"))
    arrow, word = ("▲", pick("高", "higher")) if held > 0 else ("▼", pick("低", "lower"))
    return format_html(
        '<span class="num">{}{}</span> <span class="quiet"><span aria-hidden="true">{}</span> {}</span>',
        "+" if held > 0 else "−", f"{abs(held):f}", arrow, word,
    )  # fmt: skip


@register.filter
def get(content: Mapping[Any, Any] | None, key: Any) -> Any:
    """What a mapping holds under a key."""
    return content.get(key) if isinstance(content, Mapping) else None


@register.filter
def at(address: str, anchor: str) -> str:
    """An address with a place on its page."""
    return f"{address}#{quote(anchor)}"


for _name in (
    "indicator_name", "short_name", "head_name", "item_name", "edition_name", "edition_number", "period_name", "month_name", "place_name",
    "short_place", "clock", "basis", "scope", "network", "sure",
):  # fmt: skip
    register.filter(_name, getattr(names, _name))


@register.filter
def ranked(place: list[int] | None) -> SafeString:
    """A competition rank; tied ones say so."""
    if not place:
        return format_html('<span class="none">{}</span>', pick("不排", "not ranked"))
    tied = format_html(' <span class="quiet">{}</span>', pick("并列", "tied")) if place[1] > 1 else ""
    return format_html('<span class="num">{}</span>{}', place[0], tied)


@register.filter
def size(count: int) -> str:
    """Bytes in words."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.0f} kB" if count < 1024**2 else f"{count / 1024**2:.1f} MB"


@register.filter
def ink_of(rgb: list[int]) -> str:
    """Whether writing on a colour is dark or light."""
    return drawing.ink(rgb)


@register.filter
def level_in(number_of_level: int, levels: list[dict[str, Any]]) -> Any:
    """The level of a number."""
    return next((each for each in levels if each["number"] == number_of_level), None)


@register.filter
def change_unit(word: str | None) -> str:
    """The unit of a published change."""
    return {"percentage point": pick(" 个百分点", " points"), "%": "%", None: ""}.get(word, f" {unit(word or '')}")


@register.filter
def item_of(word: str) -> SafeString:
    """The item of an indicator such as water.tp.mean with its unit below: a heading of a column."""
    spec = names.spec_of(word)
    held = unit(spec.unit) if spec is not None else ""
    return format_html("{}{}", names.item_name(word.split(".")[1]), format_html("<br><small>{}</small>", held) if held else "")


@register.filter
def below(file: Any) -> str:
    """Where a file lies below its release."""
    return str(file.path).split("/", 2)[2]


@register.filter
def bulletin_name(row: Mapping[str, Any]) -> str:
    """The name of a bulletin in its address: annual-2022."""
    return f"{row['word']}-{row['period']}"


@register.filter
def file_name(file: Any) -> str:
    """The name of a bulletin by one of its files: annual-2022."""
    return f"{file.word}-{file.period}"


@register.filter
def listed(words: list[str]) -> str:
    """Words one after the other, as the language of the page sets them apart."""
    return pick("、", ", ").join(words)


@register.filter
def graded(figure: PublishedFigure) -> str:
    """A grade of sound or a class of EQI with its numeral and its word: 二级（较好）, grade 2 (fairly good)."""
    held = figure.detail
    numeral, word = str(held.get("numeral", "")), str(held.get("word", ""))
    if not numeral:
        return ""
    number = held.get("grade", "")
    kind = "class" if numeral.endswith("类") else "grade"
    english = f"{kind} {number}" + (f" ({names.grade_word(word)})" if word else "")
    return pick(f"{numeral}（{word}）" if word else numeral, english)


@register.filter
def grade_word(row: Mapping[str, Any]) -> str:
    """The word of a grade: 较好, fairly good."""
    return names.grade_word(str(row["word"]))


@register.filter
def upto(rows: list[Mapping[str, Any]], n: int) -> str:
    """What a grade spans: ≤ 55.0, and > 65.0 for the last."""
    if rows[n]["upto"] is not None:
        return f"≤ {rows[n]['upto']}"
    return f"> {rows[n - 1]['upto']}"


@register.filter
def protection(row: Mapping[str, Any]) -> SafeString:
    """A class of protection in words, with a mark where it was not read in the list."""
    word = names.protection(row["protection"])
    mark = format_html(' <span class="short">{}</span>', pick("未核实", "not verified")) if row["confidence"] == "unverified" else ""
    return format_html("{}{}", word, mark)


_DIRECTIONS = {
    "rising": ("▲", "上升", "rising"),
    "falling": ("▼", "下降", "falling"),
    "uncertain": ("～", "看不出升降", "no clear direction"),
}


@register.filter
def trended(row: Mapping[str, Any]) -> SafeString:
    """A trend: its yearly rate with the interval, a word and a symbol, how many seasons stand under it; else why there is none."""
    figure = row["trend"]
    if figure is None or figure.display is None:
        reason = pick("没有调查序列", "no series of surveys") if figure is None else said(figure.reason)
        return format_html('<span class="quiet">{}</span>', reason)
    held = figure.detail
    symbol, zh, en = _DIRECTIONS.get(held.get("direction", ""), ("", "", ""))
    interval = pick(f"{held['low']} 至 {held['high']}", f"{held['low']} to {held['high']}").replace("-", "−") if "low" in held else "—"
    return format_html(
        '<span aria-hidden="true">{}</span> {} <a class="n" href="{}">{}%</a> <span class="quiet">[{}]</span><br>'
        '<small class="quiet">{} {}–{}{}</small>',
        symbol, pick(zh, en), how_address(figure), figure.display.replace("-", "−"), interval,
        names.season_name(row["season"]), *str(held.get("years", "—")).split("—")[:2], pick(f"，{held['n']} 季", f", {held['n']} seasons"),
    )  # fmt: skip


@register.filter
def measured(word: str) -> bool:
    """Whether stations or points of a network stand under an indicator; surveys, reports and accounts have none."""
    return not word.startswith(("ecology.", "biodiversity."))


@register.filter
def change_word(step: Mapping[str, str]) -> str:
    """The word that a rule has for a change of EQI."""
    return names.change_word(step.get("word", ""))


@register.filter
def evidence(content: Any) -> str:
    """One piece of evidence, or several."""
    if isinstance(content, list):
        return pick("；", "; ").join(dict.fromkeys(map(str, content)))
    return str(content or "—")


for _name in (
    "said_name", "gep_method", "gep_notes", "short_period", "zone_name", "eqi_part", "season_name",
    "species_name", "gep_subject", "coefficient_name", "money",
):  # fmt: skip
    register.filter(_name, getattr(names, _name))
