"""Tags and filters that every template has: two languages side by side, numbers with units, changes with sign, arrow and word."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from yangban.base.errors import YangbanError
from yangban.run.media import spec
from yangban.web.public import names
from yangban.web.public.reasons import said
from yangban.web.words import pick

register = template.Library()

UNITS = {
    "µg/m³": ("微克/立方米", "µg/m³"),
    "mg/m³": ("毫克/立方米", "mg/m³"),
    "d": ("天", "days"),
    "section": ("个", "sections"),
    "1": ("", ""),
    "%": ("%", "%"),
    "dB(A)": ("分贝", "dB(A)"),
    "km²": ("平方千米", "km²"),
    "亿元": ("亿元", "×10⁸ yuan"),
    "种": ("种", "species"),
    "只": ("只（头）", "individuals"),
}
"""Unit of a Figure, and how it is printed in Chinese and English."""


@register.simple_tag
def t(zh: str, en: str) -> str:
    """A text in the language of the page: ``{% t "空气" "Air" %}``."""
    return pick(zh, en)


@register.filter
def unit(word: str) -> str:
    """A unit as it is printed beside a value."""
    zh, en = UNITS.get(word, (word, word.replace("只/", "per ")))
    return pick(zh, en)


@register.filter
def value(figure: Any) -> SafeString:
    """The printed value of a Figure with its unit; a dash with its reason where there is none, a mark where it may not be used."""
    if figure is None:
        return format_html('<span class="none" title="{0}">—<span class="quiet-word">{0}</span></span>', pick("没有数据", "no data"))
    if figure.display is None:
        reason = said(figure.reason) or pick("不适用", "not applicable")
        return format_html('<span class="none" title="{}">—<span class="sr">{}</span></span>', reason, reason)
    mark = (
        format_html('<span class="short" title="{}">{}</span>', said(figure.reason), pick("数据不足", "insufficient"))
        if not figure.usable
        else ""
    )
    word = unit(figure.unit)
    shown = format_html('<span class="num">{}</span>', figure.display)
    return format_html("{}{}{}", shown, format_html('<small class="unit">{}</small>', word) if word else "", mark)


@register.filter
def decimal(number: Any) -> str:
    """A decimal without zeros at its end; nothing where there is none."""
    return f"{number.normalize():f}" if isinstance(number, Decimal) else ""


@register.filter
def paragraphs(text: str) -> list[str]:
    """The paragraphs of a plain text: its lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


@register.filter
def grouped(count: Any) -> str:
    """A count with its thousands apart; nothing where there is none yet."""
    return f"{count:,}" if isinstance(count, int) else ""


register.filter("place", names.place_name)
register.filter("called", names.called)


@register.filter
def reason(text: str) -> str:
    """Why a result is short of data, in the language of the page."""
    return said(text) if text else ""


@register.filter
def indicator(word: str) -> str:
    """An indicator's name in Chinese, its word in English."""
    return pick(_name(word), word)


@cache
def _name(word: str) -> str:
    try:
        return spec(word).name
    except YangbanError:
        return word


@register.filter
def as_json(content: Any) -> SafeString:
    """Content as JSON for an attribute or a data block; safe inside HTML."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("'", "\\u0027"))
