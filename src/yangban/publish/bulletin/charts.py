"""Charts of a bulletin, drawn with matplotlib: bars of places, days by level, months with the limit, two editions side by side.

The official colours of AQI are used for the levels alone; everything else is one ink, one green and greys. A value that is not there
is a gap.
The caption, which says the finding, stands outside the picture, as text.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.publish.bulletin.needs import chart_font, need
from yangban.publish.bulletin.paper import Bar, Chart

INK: Final = "#1f2a2e"
QUIET: Final = "#6b767b"
RULE: Final = "#d5dadc"
GREEN: Final = "#1f6f5c"
PALE: Final = "#a9c9c0"
ON_COLOUR: Final = "#1f2a2d"
"""The ink of what stands on a colour: a page in dark dress turns the other ink light, and colours stay as they are."""
WIDTH_MM: Final = 150
"""Width of a chart on the page."""
_MM: Final = 25.4
_DPI: Final = 220
_BASE_MM: Final = 16
_ROW_MM: Final = 4.4
_SIZE: Final = 9
_SMALL: Final = 8


def draw(chart: Chart, *, form: str = "png") -> bytes:
    """A chart as PNG, or as SVG with text as text; the same chart gives the same bytes on the same machine."""
    matplotlib = need("matplotlib", package="matplotlib")
    figures = need("matplotlib.figure", package="matplotlib")
    settings = {
        "font.family": [chart_font()],
        "font.size": _SIZE,
        "axes.unicode_minus": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "yangban",
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # A glyph that the font has not would be a box, and must not pass for a chart.
        warnings.filterwarnings("error", message="Glyph")
        figure = figures.Figure(figsize=(WIDTH_MM / _MM, _height(chart) / _MM), layout="constrained")
        axes = figure.subplots()
        for side in ("top", "right", "left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.tick_params(length=0)
        {"bars": _bars, "line": _line, "pairs": _pairs, "levels": _levels, "map": _map}[chart.kind](axes, chart)
        axes.set_title(chart.measure, loc="left", fontsize=_SMALL, color=QUIET, pad=12 if chart.kind in {"levels", "pairs"} else 8)
        if chart.credit:
            figure.text(0.01, 0.0, chart.credit, fontsize=_SMALL - 1.5, color=QUIET, va="bottom")
        held = io.BytesIO()
        metadata = {"Software": None} if form == "png" else {"Creator": None, "Date": None}
        try:
            figure.savefig(held, format=form, dpi=_DPI, metadata=metadata, transparent=form == "svg")
        except UserWarning as problem:
            raise UsageError(f"字体 {chart_font()} 没有图表所用的字：{problem}；the font lacks characters of the chart") from None
    return held.getvalue()


def _height(chart: Chart) -> float:
    if chart.kind == "line":
        return 56
    if chart.kind == "map":
        return 96
    return _BASE_MM + _ROW_MM * (len(chart.stacks) or len(chart.bars))


def _said(bar: Bar) -> str:
    return "无结果" if bar.value is None else f"{bar.value:f}" + ("" if bar.usable else "*")


def _bars(axes: Any, chart: Chart) -> None:
    names = [bar.name for bar in chart.bars]
    widths = [float(bar.value or 0) for bar in chart.bars]
    axes.barh(names, widths, height=0.62, color=[GREEN if bar.usable else PALE for bar in chart.bars])
    axes.invert_yaxis()
    axes.xaxis.set_visible(False)
    edge = max([*widths, float(chart.limit[0]) if chart.limit else 0, 1])
    axes.set_xlim(0, edge * 1.12)
    axes.set_ylim(len(names) - 0.4, -1.1 if chart.limit else -0.6)
    for y, (bar, width) in enumerate(zip(chart.bars, widths, strict=True)):
        axes.text(width + edge * 0.012, y, _said(bar), va="center")
    if chart.limit:
        limit, label = chart.limit
        axes.vlines(float(limit), -0.5, len(names) - 0.5, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
        axes.text(float(limit), -0.65, label, ha="center", va="bottom", fontsize=_SMALL)


def _line(axes: Any, chart: Chart) -> None:
    # A month without a value breaks the line: nothing is drawn across it.
    values = [float("nan") if bar.value is None else float(bar.value) for bar in chart.bars]
    places = list(range(len(values)))
    axes.plot(places, values, color=GREEN, linewidth=1.8)
    for x, bar in enumerate(chart.bars):
        if bar.value is not None:
            axes.plot([x], [float(bar.value)], marker="o", markersize=4.5, color=GREEN, markerfacecolor=GREEN if bar.usable else "white")
            # The label stands on the side from which the line does not come.
            below = x > 0 and chart.bars[x - 1].value is not None and bar.value < (chart.bars[x - 1].value or 0)
            shift = {"xytext": (0, -7), "va": "top"} if below else {"xytext": (0, 6), "va": "bottom"}
            axes.annotate(_said(bar), (x, float(bar.value)), textcoords="offset points", ha="center", **shift)
    axes.set_xticks(places, [bar.name for bar in chart.bars])
    top = max([value for value in values if value == value] + ([float(chart.limit[0])] if chart.limit else []))
    axes.set_ylim(0, top * 1.2)
    axes.set_xlim(-0.4, len(values) - 0.6 + (2.4 if chart.limit else 0) * len(values) / 12)
    axes.yaxis.set_visible(False)
    axes.axhline(0, color=RULE, linewidth=0.9)
    if chart.limit:
        limit, label = chart.limit
        axes.axhline(float(limit), color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
        axes.annotate(label, (1, float(limit)), xycoords=("axes fraction", "data"), xytext=(0, 3), textcoords="offset points",
                      ha="right", fontsize=_SMALL)  # fmt: skip


def _pairs(axes: Any, chart: Chart) -> None:
    names = [bar.name for bar in chart.bars]
    for y, (old, new) in enumerate(zip(chart.bars, chart.second, strict=True)):
        if old.value is None or new.value is None:
            continue
        axes.plot([float(old.value), float(new.value)], [y, y], color=RULE, linewidth=2, zorder=1)
        axes.plot([float(old.value)], [y], marker="o", markersize=6, color=QUIET, markerfacecolor="white", zorder=2)
        axes.plot([float(new.value)], [y], marker="o", markersize=6, color=GREEN, zorder=3)
    values = [float(b.value) for b in (*chart.bars, *chart.second) if b.value is not None]
    low, high = min(values, default=0), max(values, default=1)
    room = max(high - low, 1)
    axes.set_xlim(low - room * 0.12, high + room * 0.12)
    for y, (old, new) in enumerate(zip(chart.bars, chart.second, strict=True)):
        sides = sorted([(old, QUIET), (new, GREEN)], key=lambda pair: pair[0].value or 0)
        for (bar, colour), align, shift in zip(sides, ("right", "left"), (-1, 1), strict=True):
            if bar.value is not None:
                axes.text(float(bar.value) + shift * room * 0.02, y, _said(bar), ha=align, va="center", color=colour)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -1.2)
    axes.xaxis.set_visible(False)
    _legend(axes, [(f"○ {chart.names[0]}", QUIET), (f"● {chart.names[1]}", GREEN)])


def _legend(axes: Any, words: Sequence[tuple[str, str]]) -> None:
    for n, (word, colour) in enumerate(words):
        axes.text(0.01 + 0.16 * n, 1.0, word, transform=axes.transAxes, color=colour, fontsize=_SMALL, va="top")


def _levels(axes: Any, chart: Chart) -> None:
    names = [stack.name for stack in chart.stacks]
    left = [0.0] * len(names)
    total = max((sum(float(d) for d in stack.days) for stack in chart.stacks), default=1) or 1
    for n, (_, colour) in enumerate(chart.levels):
        widths = [float(stack.days[n]) for stack in chart.stacks]
        if not any(widths):
            continue
        axes.barh(names, widths, left=left, height=0.66, color=colour, edgecolor="white", linewidth=0.6)
        for y, (width, start) in enumerate(zip(widths, left, strict=True)):
            if width >= total * 0.035:
                axes.text(
                    start + width / 2, y, f"{chart.stacks[y].days[n]:f}", ha="center", va="center", color=_ink_on(colour), fontsize=_SMALL
                )
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.invert_yaxis()
    axes.xaxis.set_visible(False)
    axes.set_xlim(0, total)
    axes.set_ylim(len(names) - 0.4, -1.5)
    _keys(axes, [(word, colour) for n, (word, colour) in enumerate(chart.levels) if any(stack.days[n] for stack in chart.stacks)])


def _keys(axes: Any, words: Sequence[tuple[str, str]]) -> None:
    """The words of the levels above the bars, each behind a square of its colour."""
    x = 0.0
    for word, colour in words:
        axes.plot([x + 0.01], [0.975], marker="s", markersize=7, color=colour, transform=axes.transAxes, clip_on=False)
        axes.text(x + 0.03, 0.975, word, transform=axes.transAxes, fontsize=_SMALL, va="center_baseline")
        x += 0.055 + 0.024 * len(word)


def _map(axes: Any, chart: Chart) -> None:
    """Places as shapes, the value written on each: colour alone says nothing to many readers."""
    points = [point for field in chart.fields for ring in field.rings for point in ring]
    if not points:
        raise UsageError("地图没有图形；the map has no shape")
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    for field in chart.fields:
        for ring in field.rings:
            xs, ys = zip(*ring, strict=True)
            axes.fill(xs, ys, facecolor=field.colour or "white", edgecolor=QUIET, linewidth=0.6, hatch=None if field.colour else "////")
        if field.rings:
            x, y = _middle(max(field.rings, key=lambda ring: abs(_area(ring))))
            axes.text(x, y, f"{field.name}\n{field.text}", ha="center", va="center", fontsize=_SMALL - 0.5,
                      color=_ink_on(field.colour or "#ffffff"), linespacing=1.15)  # fmt: skip
    axes.set_xlim(west, east)
    axes.set_ylim(south - (north - south) * 0.06, north)
    # A degree of longitude is shorter than one of latitude by the cosine of the latitude.
    axes.set_aspect(1 / math.cos(math.radians((south + north) / 2)) if chart.on_earth else 1, anchor="C")
    axes.xaxis.set_visible(False)
    axes.yaxis.set_visible(False)
    for n, (word, colour) in enumerate(chart.levels):
        axes.plot([1.04], [0.95 - 0.06 * n], marker="s", markersize=7, color=colour, transform=axes.transAxes, clip_on=False)
        axes.text(1.08, 0.95 - 0.06 * n, word, transform=axes.transAxes, fontsize=_SMALL, va="center_baseline")


def _area(ring: Sequence[tuple[float, float]]) -> float:
    """The signed area of a closed ring."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


_STEPS: Final = 24
_CORNERS: Final = 90


def _middle(ring: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The point of a fine grid inside a closed ring that is farthest from its line, so that a name has room in bent shapes too."""
    west, east = min(x for x, _ in ring), max(x for x, _ in ring)
    south, north = min(y for _, y in ring), max(y for _, y in ring)
    line = ring[:: max(1, len(ring) // _CORNERS)]
    best, room = ring[0], -1.0
    for n in range(_STEPS):
        for m in range(_STEPS):
            x, y = west + (east - west) * (n + 0.5) / _STEPS, south + (north - south) * (m + 0.5) / _STEPS
            if not _inside(x, y, ring):
                continue
            # A name is wider than high, so room to the sides counts less.
            near = min(((x - a) * 0.6) ** 2 + (y - b) ** 2 for a, b in line)
            if near > room:
                best, room = (x, y), near
    return best


def _inside(x: float, y: float, ring: Sequence[tuple[float, float]]) -> bool:
    """Whether a point lies inside a closed ring: a ray from it crosses the line an odd number of times."""
    crossings = 0
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            crossings += 1
    return crossings % 2 == 1


def _ink_on(colour: str) -> str:
    """The ink or white, whichever reads better on a colour (relative luminance of WCAG 2; the two are equal where it is 0.22)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return ON_COLOUR if light > 0.22 else "#ffffff"
