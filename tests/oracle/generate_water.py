"""Generated section-months with engineered ties and edges, the same for the same seed.

A value is an integer of 10⁻⁶ of its unit, as the lake holds it, so that a frame and the oracle can be fed from one list. The engineered
values aim at the places where implementations differ: on each limit of each class, one reportable step, half a step and 10⁻⁶ beside it;
two samples whose mean is exactly a limit; pH 6, 9 and 9.01; items that are missing in some samples, months or altogether; rivers of 1 to 7
sections; regions whose shares are exactly 90, 75, 60, 40 and 20 %; equal multiples and metals among the main pollutants.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from oracle import water

SCALE = 10**6

# A value of a clean water: engineered ones come on top of these.
_CLEAN = {
    "ph": "7.4", "do": "8.2", "codmn": "1.8", "cod": "9", "bod5": "1.4", "nh3n": "0.12", "tp": "0.018", "tn": "0.9", "cu": "0.004",
    "zn": "0.02", "fluoride": "0.25", "se": "0.0002", "as": "0.0011", "hg": "0.00002", "cd": "0.00004", "cr6": "0.002", "pb": "0.0008",
    "cyanide": "0.0005", "phenol": "0.0002", "petroleum": "0.005", "surfactant": "0.025", "sulphide": "0.004", "coliform": "150",
    "temperature": "17.3",
}  # fmt: skip
RARE = ("cu", "zn", "se", "as", "hg", "cd", "cr6", "pb", "cyanide", "phenol", "petroleum", "surfactant", "sulphide", "fluoride")
"""What the 9+X monitoring leaves out at most sections."""


class Sample(NamedTuple):
    """One sampling of one section. ``month`` is ``YYYY-MM``; ``values`` in 10⁻⁶ of the unit, None where not measured."""

    river: str
    section: str
    kind: str
    month: str
    values: dict[str, int | None]

    def exact(self) -> dict[str, Fraction | None]:
        """The values as fractions of the unit."""
        return {item: None if value is None else Fraction(value, SCALE) for item, value in self.values.items()}


def millionths(value: Fraction) -> int:
    """A value as an integer of 10⁻⁶; refuses one that is none."""
    scaled = value * SCALE
    if scaled.denominator != 1:
        raise ValueError(f"{value} is no whole number of 10⁻⁶")
    return scaled.numerator


def edge_values(item: str, kind: str) -> list[Fraction]:
    """Every limit of the item with what lies beside it: 10⁻⁶, half a reportable step (a tie of rounding) and a whole step."""
    limits = water.PH_RANGE if item == "ph" else tuple(dict.fromkeys(water.limit(item, klass, kind) for klass in range(1, 6)))
    step = Fraction(1, 10 ** water.DECIMALS[item])
    beside = (Fraction(1, SCALE), step / 2, step) if step > Fraction(1, SCALE) * 2 else (Fraction(1, SCALE), step)
    found = {limit + sign * d for limit in limits for d in (Fraction(0), *beside) for sign in (1, -1)}
    if item == "ph":
        found |= {Fraction("9.01"), Fraction("5.99"), Fraction("6.01"), Fraction("8.99"), Fraction("9.5"), Fraction("5.5"), Fraction("6.5")}
    return sorted(value for value in found if value > 0)


def _value(rng: random.Random, item: str, kind: str) -> Fraction:
    """Mostly clean, often on or beside a limit, now and then far above."""
    draw = rng.random()
    clean = Fraction(_CLEAN[item])
    if item == "temperature":
        return clean + Fraction(rng.randrange(-90, 120), 10)
    if draw < 0.12:
        return rng.choice(edge_values(item, kind))
    if draw < 0.14 and item != "ph":
        return water.limit(item, 5, kind) * Fraction(rng.randrange(2, 60), 10)
    spread = Fraction(rng.randrange(-30, 31), 100)
    return Fraction(round(clean * (1 + (spread / 10 if item == "ph" else spread)) * SCALE), SCALE)


def _samples_of_month(rng: random.Random, kind: str, count: int, measured: Sequence[str]) -> list[dict[str, int | None]]:
    samples: list[dict[str, int | None]] = [{} for _ in range(count)]
    for item in measured:
        values = [_value(rng, item, kind) for _ in samples]
        if count == 2 and item not in ("ph", "temperature") and rng.random() < 0.25:
            # The mean of the two is exactly an edge.
            middle = rng.choice(edge_values(item, kind))
            away = middle * Fraction(rng.randrange(1, 9), 10)
            away = Fraction(round(away * SCALE), SCALE)
            values = [middle - away, middle + away]
        for sample, value in zip(samples, values, strict=True):
            sample[item] = None if rng.random() < 0.06 else millionths(value)
    return samples


def section_months(seed: int = 20, *, year: int = 2023, rivers: int = 9, lakes: int = 3) -> list[Sample]:
    """A year of samples: river *n* has 1 + n mod 7 sections, each lake 1 to 4 points; 0 to 3 samples a month."""
    rng = random.Random(seed)
    out: list[Sample] = []
    for number in range(rivers + lakes):
        kind = "river" if number < rivers else "lake"
        size = 1 + number % 7 if kind == "river" else 1 + number % 4
        for place in range(size):
            full = rng.random() < 0.4
            measured = [item for item in _CLEAN if full or item not in RARE or rng.random() < 0.15]
            for month in range(1, 13):
                count = rng.choice((0, 1, 1, 1, 2, 2, 3))
                name, label = f"{kind}{number}", f"{year}-{month:02d}"
                out += [Sample(name, f"{name}-{place}", kind, label, v) for v in _samples_of_month(rng, kind, count, measured)]
    return out


def of_class(klass: int, kind: str = "river") -> dict[str, Fraction]:
    """A section whose class is set by CODMn alone, exactly on the limit of its class (6: just above V); the rest is of class I."""
    clean = {item: Fraction(_CLEAN[item]) for item in water.ITEMS}
    clean["tp"] = Fraction("0.01")
    clean["codmn"] = water.limit("codmn", klass, kind) if klass < 6 else Fraction("15.1")
    return clean


class ShareCase(NamedTuple):
    """Counts of sections by class and the state that the share table gives."""

    counts: tuple[int, int, int, int, int, int]
    state: str
    why: str

    def classes(self) -> list[int]:
        """One class a section."""
        return [klass for klass, count in enumerate(self.counts, 1) for _ in range(count)]


SHARE_CASES = (
    ShareCase((10, 40, 40, 10, 0, 0), "优", "I-III exactly 90 %"),
    ShareCase((0, 0, 9, 0, 0, 1), "优", "I-III 90 %, inferior 10 %"),
    ShareCase((0, 0, 899, 101, 0, 0), "良好", "I-III 89.9 %"),
    ShareCase((0, 0, 8996, 1004, 0, 0), "良好", "I-III 89.96 % prints as 90.0 % and is not 90 %"),
    ShareCase((1, 1, 1, 1, 0, 0), "良好", "I-III exactly 75 % (a table of shares for 4 sections; the rule averages them)"),
    ShareCase((0, 15, 0, 5, 0, 0), "良好", "I-III exactly 75 %"),
    ShareCase((0, 15, 0, 0, 0, 5), "良好", "I-III exactly 75 %, the rest inferior"),
    ShareCase((0, 749, 0, 251, 0, 0), "轻度污染", "I-III 74.9 %"),
    ShareCase((0, 7496, 0, 2504, 0, 0), "轻度污染", "I-III 74.96 % prints as 75.0 % and is not 75 %"),
    ShareCase((0, 14, 0, 1, 1, 4), "中度污染", "I-III 70 %, inferior exactly 20 %"),
    ShareCase((0, 70, 0, 11, 0, 19), "轻度污染", "I-III 70 %, inferior 19 %"),
    ShareCase((0, 0, 7, 0, 0, 3), "中度污染", "I-III 70 %, inferior 30 %"),
    ShareCase((0, 0, 61, 0, 0, 39), "中度污染", "I-III 61 %, inferior 39 %"),
    ShareCase((0, 0, 3, 0, 0, 2), "重度污染", "I-III exactly 60 %, inferior exactly 40 %: sources differ"),
    ShareCase((0, 0, 59, 1, 0, 40), "重度污染", "I-III 59 %, inferior exactly 40 %"),
    ShareCase((0, 0, 59, 2, 0, 39), "中度污染", "I-III 59 %, inferior 39 %"),
    ShareCase((0, 0, 0, 5, 0, 0), "轻度污染", "nothing good, nothing inferior"),
    ShareCase((0, 0, 0, 0, 0, 5), "重度污染", "all inferior"),
    ShareCase((5, 0, 0, 0, 0, 0), "优", "all of class I"),
)


def main_cases() -> Iterator[tuple[str, dict[str, Fraction]]]:
    """(what for, values) of single river sections for the main pollutants."""

    def clean(**over: str) -> dict[str, Fraction]:
        return {**of_class(1), **{item: Fraction(value) for item, value in over.items()}}

    yield "nothing over class III", clean(codmn="6", cod="20", nh3n="1.0", tp="0.2", do="5")
    yield "one item just over class III", clean(tp="0.201")
    yield "the worse class comes before the larger multiple", clean(tp="0.39", codmn="14", fluoride="1.6", cod="30")
    yield "equal classes: the larger multiple first", clean(codmn="9", cod="22", bod5="5", nh3n="1.2")
    yield "equal classes and equal multiples: the order of the table", clean(codmn="7.2", cod="24", nh3n="1.2", tp="0.24")
    yield "DO has no multiple", clean(do="4", tp="0.25")
    yield "DO alone", clean(do="1.9")
    yield "pH alone", clean(ph="9.01")
    yield "pH, DO and three items of class 6: three are named", clean(ph="5.9", do="1", tp="0.5", nh3n="3", codmn="16")
    yield "a metal is named first though its class is better", clean(pb="0.06", tp="0.5", nh3n="3", codmn="16")
    yield "arsenic is no heavy metal", clean(**{"as": "0.06"}, tp="0.5", nh3n="3", codmn="16")
    yield "cyanide is named first", clean(cyanide="0.21", cod="41", bod5="11")
    yield "four metals: the three of the worst class", clean(hg="0.0011", cd="0.006", cr6="0.06", pb="0.2", cod="99")
    yield "the multiple is rounded half-even: 0.25 to 0.2, 0.35 to 0.4", clean(codmn="7.5", cod="27", tp="0.21")
    yield "TN and coliform never count", clean(tn="9", coliform="90000")
