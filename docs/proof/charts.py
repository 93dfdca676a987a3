"""The charts of the proof page, as plain SVG: one ink, one green, greys; the title says the finding; limits are labelled lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Final

Row = Mapping[str, str]

INK: Final = "#22302c"
GREEN: Final = "#1f6f5c"
GREY: Final = "#9aa5a1"
FAINT: Final = "#dfe4e2"
FONT: Final = "'PingFang SC','Microsoft YaHei','Noto Sans SC','Noto Sans CJK SC','Source Han Sans SC',sans-serif"
WIDTH: Final = 900


def _text(x: float, y: float, words: str, *, size: int = 13, colour: str = INK, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, *, colour: str = FAINT, width: float = 1, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}" stroke-width="{width:g}"{dashed}/>'


def _svg(height: int, title: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'font-family="{FONT}">'
    )
    return "\n".join(
        [head, f"<title>{escape(title)}</title>", f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>', *parts, "</svg>", ""]
    )


def by_loss(provinces: Sequence[Row]) -> list[Row]:
    """Provinces by the change of the good-day ratio, largest loss first, equal ones by code."""
    return sorted(provinces, key=lambda r: (Decimal(r["good_day_ratio_change"]), r["code"]))


def good_days(provinces: Sequence[Row], nation: Row) -> str:
    """Good-day ratio of each province under both editions, largest loss first."""
    old, new = nation["good_day_ratio_2012"], nation["good_day_ratio_2026t"]
    loss = nation["good_day_ratio_change"].lstrip("-")
    rows = by_loss(provinces)
    title = f"新标准下全国优良天数比例少 {loss} 个百分点，{'、'.join(r['province'] for r in rows[:3])}少得最多"
    left, right, top, step = 90, 800, 128, 23
    low, high = 50, 100
    bottom = top + step * len(rows)

    def x(value: str | int) -> float:
        return round(left + (float(value) - low) / (high - low) * (right - left), 1)

    parts = [
        _text(20, 34, title, size=19, bold=True),
        _text(20, 58, "2022 年优良天数比例（%），同一份实况读数，未扣沙尘；各省为所辖地级及以上城市的平均", colour="#5b6763"),
        _text(
            20,
            77,
            "Good-day ratio 2022 (%), same readings: hollow GB 3095-2012, filled GB 3095-2026 transitional",
            size=12,
            colour="#5b6763",
        ),
    ]
    for tick in range(low, high + 1, 10):
        parts += [
            _line(x(tick), top - 6, x(tick), bottom),
            _text(x(tick), bottom + 18, str(tick), size=12, colour="#5b6763", anchor="middle"),
        ]
    for value, name, colour, anchor in ((old, "全国 旧", INK, "start"), (new, "全国 新", GREEN, "end")):
        parts += [
            _line(x(value), top - 12, x(value), bottom, colour=colour, dash="4 3"),
            _text(x(value) + (4 if anchor == "start" else -4), top - 12, f"{name} {value}", size=12, colour=colour, anchor=anchor),
        ]
    parts.append(_text(right + 80, top - 12, "百分点", size=12, colour="#5b6763", anchor="end"))
    for n, row in enumerate(rows):
        y = top + step * n + 12
        a, b = x(row["good_day_ratio_2012"]), x(row["good_day_ratio_2026t"])
        parts += [
            _text(left - 12, y + 4.5, row["province"], anchor="end"),
            _line(a, y, b, y, colour=GREEN, width=3),
            f'<circle cx="{a:g}" cy="{y:g}" r="4.5" fill="#ffffff" stroke="{INK}" stroke-width="1.6"/>',
            f'<circle cx="{b:g}" cy="{y:g}" r="4.5" fill="{GREEN}"/>',
            _text(right + 80, y + 4.5, row["good_day_ratio_change"].replace("-", "−"), anchor="end"),
        ]
    first = rows[0]
    y = top + 12
    parts += [
        _text(x(first["good_day_ratio_2012"]) + 9, y + 4.5, "旧标准", size=12),
        _text(x(first["good_day_ratio_2026t"]) - 9, y + 4.5, "新标准", size=12, colour=GREEN, anchor="end"),
    ]
    return _svg(bottom + 36, title, parts)


_FAR: Final = 60
"""Means above this are named beside the axis instead of drawn."""


def pm25_cities(cities: Sequence[Row]) -> str:
    """How many cities lie at each annual PM2.5 mean, with the old and the new limit."""
    counts = Counter(int(r["pm25"]) for r in cities if r["pm25"])
    new_limit, old_limit = 30, 35
    before, after = (sum(n for value, n in counts.items() if value <= limit) for limit in (old_limit, new_limit))
    title = f"PM2.5 年均值达标的城市由 {before} 个减为 {after} 个：{before - after} 个城市在 31 至 35 之间"
    first, last, most = min(counts), max(counts), max(counts.values())
    far = sorted((int(r["pm25"]), r["name"]) for r in cities if r["pm25"] and int(r["pm25"]) > _FAR)
    last = min(last, _FAR)
    left, right, top, bottom = 60, 870, 130, 390
    wide = (right - left) / (last - first + 1)
    ceiling = (most // 5 + 1) * 5

    def x(value: float) -> float:
        return round(left + (value - first) * wide, 1)

    def y(n: float) -> float:
        return round(bottom - n / ceiling * (bottom - top), 1)

    parts = [
        _text(20, 34, title, size=19, bold=True),
        _text(20, 58, "2022 年 PM2.5 年均值（微克/立方米，修约到整数）的城市个数；实况读数，未扣沙尘", colour="#5b6763"),
        _text(20, 77, "Number of cities by annual mean PM2.5, µg/m³, as monitored", size=12, colour="#5b6763"),
    ]
    for tick in range(0, ceiling + 1, 5):
        parts += [_line(left, y(tick), right, y(tick)), _text(left - 8, y(tick) + 4, str(tick), size=12, colour="#5b6763", anchor="end")]
    for value in range(first, last + 1):
        n = counts.get(value, 0)
        colour = GREEN if value <= new_limit else INK if value <= old_limit else GREY
        if n:
            parts.append(f'<rect x="{x(value) + 1:g}" y="{y(n):g}" width="{wide - 2:.1f}" height="{bottom - y(n):.1f}" fill="{colour}"/>')
        if value % 5 == 0:
            parts.append(_text(x(value) + wide / 2, bottom + 18, str(value), size=12, colour="#5b6763", anchor="middle"))
    for limit, words, colour, anchor in ((new_limit, "新限值 30", GREEN, "end"), (old_limit, "旧限值 35", INK, "start")):
        at = x(limit + 1)
        parts += [
            _line(at, top - 22, at, bottom, colour=colour, width=1.4, dash="5 3"),
            _text(at + (5 if anchor == "start" else -5), top - 12, words, colour=colour, anchor=anchor, bold=True),
        ]
    parts += [
        _line(left, bottom, right, bottom, colour=INK),
        _text(x(new_limit + 1) - 5, top + 12, f"两套标准都达标 {after} 个", colour=GREEN, anchor="end"),
        _text(x(old_limit + 1) + 5, top + 12, f"31–35：旧标准达标、新标准不达标 {before - after} 个"),
        _text(x(old_limit + 1) + 5, top + 34, f"36 以上：都不达标 {sum(counts.values()) - before} 个", colour="#5b6763"),
    ]
    if far:
        words = f"{_FAR} 以上未画出：{'、'.join(f'{name} {value}' for value, name in far)}"
        parts.append(_text(x(old_limit + 1) + 5, top + 56, words, size=12, colour="#5b6763"))
    return _svg(bottom + 36, title, parts)
