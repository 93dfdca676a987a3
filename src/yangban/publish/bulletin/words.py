"""How a bulletin says a Figure: value with unit, change, rank, doubt; one place, so that every document says it alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from yangban.assess.air.indicators import CHANGE_SUFFIX
from yangban.assess.figure import Figure
from yangban.assess.ranking import Ranked
from yangban.assess.water.rules import numeral
from yangban.base.periods import Period
from yangban.publish.bulletin.paper import Cell
from yangban.run.media import spec

UNITS: Final = {
    "µg/m³": "微克/立方米",
    "mg/m³": "毫克/立方米",
    "d": "天",
    "1": "",
    "percentage point": "个百分点",
    "section": "个",
    "dB(A)": "分贝",
    "km²": "平方千米",
}
"""Units as sentences say them."""
SHORT_UNITS: Final = {"d": "天", "1": "—", "percentage point": "百分点", "section": "个"}
"""Units as the column of a table says them."""
NONE: Final = "—"
SAME: Final = "持平"
DOUBT: Final = "*"
"""The mark of a value that rests on too few data."""
_QUARTERS: Final = "一二三四"
_MANY: Final = 3
"""Names that a sentence lists before it says 等."""


def when(period: Period) -> str:
    """A period as a sentence says it.

    >>> from yangban.base.periods import parse
    >>> [when(parse(p)) for p in ("2022", "2022-06", "2022-Q1", "2022-H2", "2022-06-13", "2022-01-01/2022-04-30")]
    ['2022年', '2022年6月', '2022年第一季度', '2022年下半年', '2022年6月13日', '2022年1月1日至4月30日']
    """
    year, start, end = f"{period.start.year}年", period.start, period.end
    if period.kind == "year":
        return year
    if period.kind == "half":
        return year + ("上半年" if start.month == 1 else "下半年")
    if period.kind == "quarter":
        return f"{year}第{_QUARTERS[start.month // 3]}季度"
    if period.kind == "month":
        return f"{year}{start.month}月"
    first = f"{year}{start.month}月{start.day}日"
    if start == end:
        return first
    return f"{first}至{'' if end.year == start.year else f'{end.year}年'}{end.month}月{end.day}日"


def value(figure: Figure) -> str:
    """The printed value with its unit; a value that may not be used says so, and why.

    What cannot be computed is said as words, never as a number.
    """
    if figure.display is None:
        return f"无结果（{figure.reason or '没有可用的数据'}）"
    said = f"{figure.display:f}{'%' if figure.unit == '%' else UNITS.get(figure.unit, figure.unit)}"
    return said if figure.usable else f"{said}（数据不足：{figure.reason}）"


def short(figure: Figure) -> str:
    """The printed value with the unit's sign, as captions have it; ``*`` marks too few data."""
    if figure.display is None:
        return NONE
    unit = {"d": "天", "1": ""}.get(figure.unit, figure.unit)
    gap = " " if unit not in {"%", "天", ""} else ""
    return f"{figure.display:f}{gap}{unit}{'' if figure.usable else DOUBT}"


def changed(figure: Figure | None, base: str) -> str:
    """A change as a piece of a sentence: ``，同比下降6.9%``; empty when there is none that may be used.

    ``base`` is 同比 or 环比. A change of nothing is 持平.
    """
    if figure is None or figure.display is None or not figure.usable:
        return ""
    if figure.display == 0:
        return f"，{base}{SAME}"
    amount = f"{abs(figure.display):f}"
    kind = spec(figure.indicator).change
    if kind == "difference":
        unit = UNITS.get(figure.unit, figure.unit)
        return f"，{base}{'增加' if figure.display > 0 else '减少'}{amount}{unit}"
    return f"，{base}{'上升' if figure.display > 0 else '下降'}{amount}{'个百分点' if kind == 'points' else '%'}"


def place_of(ranked: Ranked) -> str:
    """The rank as a table prints it: ``3``, ``3（并列）``, or ``—`` for one that may not be ranked."""
    return NONE if ranked.rank is None else f"{ranked.rank}{'（并列）' if ranked.tied else ''}"


def listed(names: Sequence[str], *, most: int = _MANY, kind: str = "个城市") -> str:
    """Names as a sentence lists them.

    >>> listed(["甲市"]), listed(["甲市", "乙市"]), listed(["甲市", "乙市", "丙市", "丁市"])
    ('甲市', '甲市、乙市', '甲市、乙市、丙市等4个城市')
    """
    if len(names) <= most:
        return "、".join(names)
    return f"{'、'.join(names[:most])}等{len(names)}{kind}"


def joint(names: Sequence[str], *, most: int = _MANY) -> str:
    """Names that share one place: several are said to be tied.

    >>> joint(["甲市"]), joint(["甲市", "乙市"])
    ('甲市', '甲市、乙市（并列）')
    """
    return listed(names, most=most) + ("（并列）" if len(names) > 1 else "")


def extremes(figures: Iterable[Figure]) -> tuple[list[Figure], list[Figure]]:
    """The Figures with the smallest and with the largest printed value, all that are tied; of those that may be used."""
    usable = [f for f in figures if f.usable and f.display is not None]
    values = [f.display for f in usable if f.display is not None]
    if not values:
        return [], []
    return [f for f in usable if f.display == min(values)], [f for f in usable if f.display == max(values)]


def number(figure: Figure | None) -> Cell:
    """A Figure in a table; ``*`` marks too few data."""
    if figure is None or figure.display is None:
        return Cell(NONE)
    if figure.indicator == "air.attains":
        return Cell(("达标" if figure.display else "超标") + ("" if figure.usable else DOUBT))
    if figure.indicator.endswith(CHANGE_SUFFIX):
        return step(figure.display, usable=figure.usable)
    if figure.indicator == "water.class":
        return Cell(f"{numeral(int(figure.display))}类" + ("" if figure.usable else DOUBT))
    if figure.indicator == "water.state":
        return Cell(f"{figure.detail['state']}" + ("" if figure.usable else DOUBT))
    mark = "" if figure.usable else DOUBT
    return Cell(f"{figure.display:f}{mark}", figure.display, _places(figure.display) + (f'"{mark}"' if mark else ""))


def step(difference: Decimal | None, *, usable: bool = True) -> Cell:
    """A difference in a table, with its sign; nothing is 持平."""
    if difference is None:
        return Cell(NONE)
    mark = "" if usable else DOUBT
    form = _places(difference)
    end = f'"{mark}"' if mark else ""
    text = SAME if difference == 0 else f"{difference:+f}"
    return Cell(text + mark, difference, f'+{form}{end};-{form}{end};"{SAME}{mark}"')


def rank_cell(ranked: Ranked | None) -> Cell:
    """A rank in a table."""
    if ranked is None or ranked.rank is None:
        return Cell(NONE)
    return Cell(place_of(ranked), Decimal(ranked.rank), '0"（并列）"' if ranked.tied else "0")


def unit_cell(unit: str) -> Cell:
    """A unit in the column of units."""
    return Cell(SHORT_UNITS.get(unit, unit))


def change_unit(word: str) -> str:
    """The unit of an indicator's change, as a cell that holds it has to say where the column holds several."""
    of = spec(word)
    return {"percent": "%", "points": "个百分点", "difference": UNITS.get(of.unit, of.unit)}.get(of.change, "")


def with_unit(cell: Cell, word: str) -> Cell:
    """A change with its unit, for a column in which units differ."""
    unit = change_unit(word)
    if cell.number is None or cell.number == 0 or not unit:
        return cell
    starred = cell.text.endswith(DOUBT)
    text = f"{cell.text.removesuffix(DOUBT)}{unit}{DOUBT if starred else ''}"
    form = ";".join(part if part.startswith('"') else _with(part, unit) for part in cell.form.split(";"))
    return Cell(text, cell.number, form)


def _with(form: str, unit: str) -> str:
    plain, _, end = form.partition('"')
    return f'{plain}"{unit}{end.rstrip(chr(34))}"'


def _places(number: Decimal) -> str:
    decimals = -int(number.as_tuple().exponent)
    return "0" if decimals <= 0 else f"0.{'0' * decimals}"
