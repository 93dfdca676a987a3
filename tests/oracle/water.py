"""The surface-water rules of GB 3838-2002, 环办〔2011〕22号, 环办监测〔2017〕51号 and 环办监测函〔2020〕82号 on dicts of exact numbers.

Units: mg/L; pH without unit, coliform per L, transparency m, chlorophyll-a mg/m³ (only in the trophic index). ``kind`` is ``river`` or
``lake``. A class is 1 … 6, where 6 is 劣Ⅴ. Logarithms are ``Decimal`` of 60 digits, cut to 40 decimals, so that what is whole in theory
(the mean of equal pH values) is whole here. Where a document is silent the choice is said in the docstring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import NamedTuple

Values = Mapping[str, Fraction | None]

# GB 3838-2002 table 1 without water temperature: classes I … V. Upper limits, but for DO, whose limits are lower ones.
_TABLE_1 = """
do          7.5 6 5 3 2
codmn       2 4 6 10 15
cod         15 15 20 30 40
bod5        3 3 4 6 10
nh3n        0.15 0.5 1.0 1.5 2.0
tp          0.02 0.1 0.2 0.3 0.4
tn          0.2 0.5 1.0 1.5 2.0
cu          0.01 1.0 1.0 1.0 1.0
zn          0.05 1.0 1.0 2.0 2.0
fluoride    1.0 1.0 1.0 1.5 1.5
se          0.01 0.01 0.01 0.02 0.02
as          0.05 0.05 0.05 0.1 0.1
hg          0.00005 0.00005 0.0001 0.001 0.001
cd          0.001 0.005 0.005 0.005 0.01
cr6         0.01 0.05 0.05 0.05 0.1
pb          0.01 0.01 0.05 0.05 0.1
cyanide     0.005 0.05 0.2 0.2 0.2
phenol      0.002 0.002 0.005 0.01 0.1
petroleum   0.05 0.05 0.05 0.5 1.0
surfactant  0.2 0.2 0.2 0.3 0.3
sulphide    0.05 0.1 0.2 0.5 1.0
coliform    200 2000 10000 20000 40000
"""
LIMITS: dict[str, tuple[Fraction, ...]] = {
    row.split()[0]: tuple(Fraction(cell) for cell in row.split()[1:]) for row in _TABLE_1.strip().splitlines()
}
TP_LAKE = tuple(Fraction(cell) for cell in ("0.01", "0.025", "0.05", "0.1", "0.2"))
PH_RANGE = (Fraction(6), Fraction(9))

ALL_ITEMS = ("ph", *LIMITS)
"""The 23 items of table 1 that have a class, in its order: without water temperature."""
REFERENCE = ("tn", "coliform")
"""环办〔2011〕22号: assessed apart, for reference only."""
ITEMS = tuple(item for item in ALL_ITEMS if item not in REFERENCE)
"""The 21 items of the assessment."""
AUTO_ITEMS = ("ph", "do", "codmn", "nh3n", "tp")
"""What the class of a released automatic reading rests on."""
NO_MULTIPLE = ("ph", "do")
FIRST_NAMED = ("cu", "zn", "hg", "cd", "cr6", "pb", "cyanide")
"""环办〔2011〕22号: 氰化物或铅、铬等重金属. "And other heavy metals" is read here as the heavy metals of table 1; As and Se are none."""

STATES = {1: "优", 2: "优", 3: "良好", 4: "轻度污染", 5: "中度污染", 6: "重度污染"}
NUMERALS = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ", 5: "Ⅴ", 6: "劣Ⅴ"}

# 环办监测函〔2020〕82号: decimals of assessment data.
_DECIMALS = {
    0: "ph coliform",
    1: "temperature do codmn cod bod5 conductivity turbidity",
    2: "nh3n tn petroleum surfactant",
    3: "tp cu zn fluoride cr6 pb cyanide sulphide chla",
    4: "se as phenol",
    5: "hg cd",
}
DECIMALS = {item: decimals for decimals, items in _DECIMALS.items() for item in items.split()}

_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_CUT = Decimal(1).scaleb(-40)


# ---------------------------------------------------------------- rounding and reading


def half_even(value: Fraction, decimals: int) -> Fraction:
    """GB/T 8170: round to the nearest; exactly between two, to the one whose last digit is even."""
    step = 10**decimals
    quotient, rest = divmod(value.numerator * step, value.denominator)
    if 2 * rest > value.denominator or (2 * rest == value.denominator and quotient % 2 == 1):
        quotient += 1
    return Fraction(quotient, step)


def round_item(item: str, value: Fraction) -> Fraction:
    """环办监测函〔2020〕82号: half-even at the decimals of the item; where that would give 0, one significant digit is kept.

    An item that the document does not name is left alone.
    """
    if item not in DECIMALS:
        return value
    decimals = DECIMALS[item]
    rounded = half_even(value, decimals)
    if rounded == 0 and value != 0:
        # One significant digit, as in 0.0092 to 0.009 for an item of one decimal.
        digits = decimals
        while abs(value) * 10**digits < 1:
            digits += 1
        rounded = half_even(value, digits)
    return rounded


def read_value(cell: str) -> tuple[Fraction | None, bool]:
    """A laboratory cell: its value and whether it was below detection (``<0.05`` or ``0.05L``: half the limit, 82号 item 7)."""
    bare = cell.strip()
    if bare.startswith("<"):
        return Fraction(bare[1:].strip()) / 2, True
    if bare[-1:] in ("L", "l"):
        return Fraction(bare[:-1].strip()) / 2, True
    return (Fraction(bare), False) if bare and bare not in ("-", "--", "*") else (None, False)


def rounded(values: Values) -> dict[str, Fraction]:
    """Every value at the decimals of its item; what is missing is left out."""
    return {item: round_item(item, value) for item, value in values.items() if value is not None}


# ---------------------------------------------------------------- logarithms


def _decimal(value: Fraction) -> Decimal:
    return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _cut(value: Decimal) -> Fraction:
    return Fraction(value.quantize(_CUT, context=_CONTEXT))


def ln(value: Fraction) -> Fraction:
    """The natural logarithm to 40 decimals."""
    return _cut(_CONTEXT.ln(_decimal(value)))


def ph_mean(values: Sequence[Fraction]) -> Fraction:
    """The pH of the mean hydrogen-ion concentration, to 40 decimals; never the mean of the pH values."""
    ions = [_CONTEXT.power(Decimal(10), _CONTEXT.minus(_decimal(value))) for value in values]
    total = Decimal(0)
    for ion in ions:
        total = _CONTEXT.add(total, ion)
    return _cut(_CONTEXT.minus(_CONTEXT.log10(_CONTEXT.divide(total, Decimal(len(values))))))


# ---------------------------------------------------------------- classes of an item and of a section


def limit(item: str, klass: int, kind: str = "river") -> Fraction:
    """The limit of class 1 … 5; pH has a range instead."""
    return (TP_LAKE if item == "tp" and kind == "lake" else LIMITS[item])[klass - 1]


def item_class(item: str, value: Fraction, kind: str = "river") -> int:
    """The best class whose limit the value meets; 6 when it meets none. pH: 1 within 6 … 9, ends included, else 6."""
    if item == "ph":
        return 1 if PH_RANGE[0] <= value <= PH_RANGE[1] else 6
    for klass in range(1, 6):
        bound = limit(item, klass, kind)
        if (value >= bound) if item == "do" else (value <= bound):
            return klass
    return 6


class Section(NamedTuple):
    """A section's class with what follows from it. ``main``: at most three (item, multiple); no multiple for pH and DO."""

    klass: int | None
    state: str | None
    classes: dict[str, int]
    deciding: tuple[str, ...]
    main: tuple[tuple[str, Fraction | None], ...]


def section(values: Values, kind: str = "river", *, items: Iterable[str] = ITEMS) -> Section:
    """Single-factor method: the worst class of the assessed items that have a value.

    ``deciding`` (定类因子) are the items of that class. TN, coliform and temperature never count with the 21 items.
    """
    classes = {item: item_class(item, value, kind) for item in items if (value := values.get(item)) is not None}
    if not classes:
        return Section(None, None, {}, (), ())
    klass = max(classes.values())
    deciding = tuple(item for item in classes if classes[item] == klass)
    return Section(klass, STATES[klass], classes, deciding, main_pollutants(values, classes, kind))


def multiple(item: str, value: Fraction, kind: str = "river") -> Fraction | None:
    """(C − C_III) / C_III, unrounded. None for pH, DO and water temperature."""
    if item in (*NO_MULTIPLE, "temperature"):
        return None
    return (value - limit(item, 3, kind)) / limit(item, 3, kind)


def main_pollutants(values: Values, classes: Mapping[str, int], kind: str) -> tuple[tuple[str, Fraction | None], ...]:
    """环办〔2011〕22号: of the items over class III the three of the worst class; equal classes by the larger multiple.

    Cyanide and metals that exceed come before all others. Choices: among equal classes pH and DO, which have no multiple, come last; then
    the order of table 1. None at all where nothing is over class III: the state is then 优 or 良好. The multiple has one decimal.
    """
    over = []
    for place, item in enumerate(classes):
        value = values[item]
        if classes[item] > 3 and value is not None:
            times = multiple(item, value, kind)
            over.append((item not in FIRST_NAMED, -classes[item], times is None, -(times or 0), place, item, times))
    return tuple((item, None if times is None else half_even(times, 1)) for *_, item, times in sorted(over, key=lambda row: row[:5])[:3])


# ---------------------------------------------------------------- averages over time and place


def mean(item: str, values: Iterable[Fraction | None]) -> Fraction | None:
    """The arithmetic mean of what is there; of pH, the mean by hydrogen ion."""
    present = [value for value in values if value is not None]
    if not present:
        return None
    return ph_mean(present) if item == "ph" else sum(present, Fraction(0)) / len(present)


def mean_of(samples: Iterable[Values]) -> dict[str, Fraction]:
    """Item by item the mean of several samples, sections or points; a sample without the item does not count for it."""
    rows = list(samples)
    names = dict.fromkeys(item for row in rows for item in row)
    means = {item: mean(item, (row.get(item) for row in rows)) for item in names}
    return {item: value for item, value in means.items() if value is not None}


def minimum(period: str, *, impeded: bool = False) -> int:
    """How many values a period needs: a month one, a quarter two samplings, a year 12 months, or 8 where ice and the like impede."""
    return {"month": 1, "quarter": 2, "year": 8 if impeded else 12}[period]


class PeriodValues(NamedTuple):
    """The values of the items that have enough, and how many values each item has."""

    values: dict[str, Fraction]
    counts: dict[str, int]
    short: tuple[str, ...]


def period_values(samples: Sequence[Values], period: str, *, impeded: bool = False) -> PeriodValues:
    """A month from its samples, a quarter from its samplings, a year from its monthly values; counted item by item."""
    counts: dict[str, int] = {}
    for sample in samples:
        for item, value in sample.items():
            counts[item] = counts.get(item, 0) + (value is not None)
    short = tuple(item for item, count in counts.items() if 0 < count < minimum(period, impeded=impeded))
    values = {item: value for item, value in mean_of(samples).items() if item not in short}
    return PeriodValues(values, counts, short)


def lake_values(points: Mapping[str, Sequence[Values]]) -> dict[str, Fraction]:
    """First over time at each point, then over the points."""
    return mean_of([mean_of(samples) for samples in points.values()])


# ---------------------------------------------------------------- rivers, basins, regions


class Shares(NamedTuple):
    """Shares of the assessed sections in %, unrounded."""

    good: Fraction
    class12: Fraction
    inferior: Fraction
    sections: int


def shares(classes: Iterable[int | None]) -> Shares | None:
    """Sections of class I–III, I–II and 劣Ⅴ out of those that have a class."""
    present = [klass for klass in classes if klass is not None]
    if not present:
        return None
    n = len(present)
    good, best, inferior = (sum(map(test, present)) for test in (lambda k: k <= 3, lambda k: k <= 2, lambda k: k == 6))
    return Shares(Fraction(100 * good, n), Fraction(100 * best, n), Fraction(100 * inferior, n), n)


def share_state(good: Fraction, inferior: Fraction) -> str:
    """The state word by shares (%).

    Sources differ at I–III exactly 60 % with 劣Ⅴ exactly 40 % only: with "< 60 %" in the last row no row holds there, with "< 75 %" the
    last one does. The oracle takes the one reading that answers.
    """
    if good >= 90:
        return "优"
    if good >= 75:
        return "良好"
    if inferior < 20:
        return "轻度污染"
    return "中度污染" if inferior < 40 else "重度污染"


class Region(NamedTuple):
    """A river, basin or region. By averages it has a class; by shares it has none."""

    method: str
    klass: int | None
    state: str | None
    shares: Shares | None
    section: Section | None


def region(sections: Sequence[Values], kind: str = "river", *, rounding: str = "item") -> Region:
    """环办〔2011〕22号: fewer than 5 assessed sections by the averages of each item over them, 5 or more by the shares of classes.

    ``rounding`` "item" rounds each section's values, or the averages, once before they are classed; "none" does not. A section without
    any assessed value is not counted.
    """
    final = rounded if rounding == "item" else dict
    assessed = [values for values in sections if section(values, kind).klass is not None]
    found = shares(section(final(values), kind).klass for values in assessed)
    if found is None:
        return Region("none", None, None, None, None)
    if found.sections < 5:
        whole = section(final(mean_of(assessed)), kind)
        return Region("average", whole.klass, whole.state, found, whole)
    return Region("share", None, share_state(found.good, found.inferior), found, None)


def basin_pollutants(sections: Sequence[Mapping[str, int]]) -> tuple[tuple[str, Fraction], ...]:
    """Item classes of 5 or more sections → the three items with the largest share (%) of sections over class III.

    Choice: equal shares in the order of table 1. With fewer sections the rule of a section holds for each, and there is no list.
    """
    if len(sections) < 5:
        return ()
    counts = {item: sum(classes.get(item, 1) > 3 for classes in sections) for item in ITEMS}
    order = sorted((item for item in ITEMS if counts[item]), key=lambda item: -counts[item])
    return tuple((item, Fraction(100 * counts[item], len(sections))) for item in order[:3])


# ---------------------------------------------------------------- trophic state of lakes

_TLI = {
    "chla": (Fraction("2.5"), Fraction("1.086"), Fraction(1)),
    "tp": (Fraction("9.436"), Fraction("1.624"), Fraction("0.84")),
    "tn": (Fraction("5.453"), Fraction("1.694"), Fraction("0.82")),
    "sd": (Fraction("5.118"), Fraction("-1.94"), Fraction("-0.83")),
    "codmn": (Fraction("0.109"), Fraction("2.661"), Fraction("0.83")),
}
"""Item → a, b of 10·(a + b·ln C), and its correlation with chlorophyll-a."""
TLI_ITEMS = tuple(_TLI)
TLI_WEIGHTS = {item: r * r / sum(other * other for *_, other in _TLI.values()) for item, (_, _, r) in _TLI.items()}


def tli_part(item: str, value: Fraction) -> Fraction:
    """The trophic index of one item."""
    a, b, _ = _TLI[item]
    return 10 * (a + b * ln(value))


def tli(values: Values) -> Fraction | None:
    """TLI(Σ), unrounded; needs all five items, each above zero (a logarithm of nothing is none)."""
    present = {item: value for item in TLI_ITEMS if (value := values.get(item)) is not None and value > 0}
    if len(present) < len(TLI_ITEMS):
        return None
    return sum((TLI_WEIGHTS[item] * tli_part(item, value) for item, value in present.items()), Fraction(0))


def tli_grade(index: Fraction) -> str:
    """Below 30, 30 … 50 with both ends, (50, 60], (60, 70], above; judged unrounded."""
    if index < 30:
        return "贫营养"
    for top, word in ((50, "中营养"), (60, "轻度富营养"), (70, "中度富营养")):
        if index <= top:
            return word
    return "重度富营养"


# ---------------------------------------------------------------- CWQI


def cwqi_item(item: str, value: Fraction, kind: str = "river") -> Fraction | None:
    """C / C_III; DO 5 / DO; pH 7 − pH up to 7, (pH − 7) / 2 above. None for DO of 0, which has no index."""
    if item == "ph":
        return 7 - value if value <= 7 else (value - 7) / 2
    if item == "do":
        return None if value == 0 else limit("do", 3) / value
    return value / limit(item, 3, kind)


def cwqi(values: Values, kind: str = "river") -> Fraction | None:
    """The sum of the indices of the items that have a value, unrounded; items without a value are skipped."""
    parts = [part for item in ITEMS if (value := values.get(item)) is not None and (part := cwqi_item(item, value, kind)) is not None]
    return sum(parts, Fraction(0)) if parts else None


def cwqi_city(rivers: Sequence[Values], lakes: Sequence[Values]) -> Fraction | None:
    """Items averaged over the M river sections and over the N lake points first; then (CWQI_river·M + CWQI_lake·N) / (M + N)."""
    parts = [
        (index, len(group)) for kind, group in (("river", rivers), ("lake", lakes)) if (index := cwqi(mean_of(group), kind)) is not None
    ]
    weight = sum(n for _, n in parts)
    return sum((index * n for index, n in parts), Fraction(0)) / weight if weight else None


def cwqi_change(now: Fraction, base: Fraction) -> Fraction | None:
    """(CWQI − base) / base in %, unrounded; below zero is better."""
    return None if base == 0 else (now - base) / base * 100


# ---------------------------------------------------------------- two periods, many periods


class Change(NamedTuple):
    """``size`` 0 none, 1 some, 2 clear; ``direction`` 1 better, −1 worse, 0 neither; the words of the rule."""

    size: int
    direction: int
    word: str


def _change(size: int, direction: int) -> Change:
    word = "无明显变化" if size == 0 else ("有所", "明显")[size - 1] + ("好转" if direction > 0 else "变差")
    return Change(size, direction if size else 0, word)


def change_by_state(now: int, base: int) -> Change:
    """By the state of two classes: the same, one grade, two or more. Classes I and II are one state."""
    order = list(dict.fromkeys(STATES.values()))
    steps = order.index(STATES[base]) - order.index(STATES[now])
    return _change(min(abs(steps), 2), (steps > 0) - (steps < 0))


def change_by_shares(good: Fraction, inferior: Fraction, base_good: Fraction, base_inferior: Fraction) -> Change:
    """ΔG − ΔD in percentage points: at most 10 none, up to 20 some, above 20 clear."""
    points = (good - base_good) - (inferior - base_inferior)
    return _change((abs(points) > 10) + (abs(points) > 20), (points > 0) - (points < 0))


# HJ 663 annex B and the method notes of the water reports: N → 0.05, 0.01.
_CRITICAL_N = (5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
_CRITICAL_05 = "0.900 0.829 0.714 0.643 0.600 0.564 0.506 0.456 0.425 0.399 0.377 0.359 0.343 0.329 0.317 0.306"
_CRITICAL_01 = "1.000 0.943 0.893 0.833 0.783 0.746 0.712 0.645 0.601 0.564 0.534 0.508 0.485 0.465 0.448 0.432"
CRITICAL = {
    n: (Fraction(five), Fraction(one)) for n, five, one in zip(_CRITICAL_N, _CRITICAL_05.split(), _CRITICAL_01.split(), strict=True)
}


def spearman(values: Sequence[Fraction]) -> Fraction | None:
    """r_s = 1 − 6·ΣD² / (N³ − N) of a series in time order; equal values share their mean rank. None below five periods."""
    n = len(values)
    if n < 5:
        return None
    ranks = [Fraction(sum(other < value for other in values)) + Fraction(values.count(value) + 1, 2) for value in values]
    squares = sum(((rank - place) ** 2 for place, rank in enumerate(ranks, 1)), Fraction(0))
    return 1 - 6 * squares / (n**3 - n)


def critical(n: int) -> tuple[Fraction, Fraction]:
    """The values for 0.05 and 0.01. Choice: an N between two columns takes the smaller N, whose values are stricter; above 30, 30."""
    return CRITICAL[max(known for known in CRITICAL if known <= n)]


def years_running(classes: Mapping[int, Sequence[int | None]], klass: int, last: int) -> int:
    """How many years up to ``last`` every section was of ``klass`` or better; a year or a section without a class ends the run."""
    year = last
    while classes.get(year) and all(found is not None and found <= klass for found in classes[year]):
        year -= 1
    return last - year


def warning(month: int, month_before: int, total: int, total_before: int, target: int) -> int | None:
    """长江流域水环境质量监测预警办法: level 1 or 2, from the month's and the cumulative class and those of a year before.

    Level 2: both one class or more worse, both worse than III, and the cumulative class misses the target; level 1: two classes or more.
    """
    if month <= 3 or total <= 3 or total <= target:
        return None
    worse = min(month - month_before, total - total_before)
    return 1 if worse >= 2 else 2 if worse == 1 else None
