"""A region's target split to the places below it, and the check that the parts fulfil the whole, from targets and Figures."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from yangban.assess.figure import Figure
from yangban.base import regions
from yangban.base.errors import InputError, UnknownRegion, UsageError
from yangban.base.exact import plain
from yangban.base.periods import year_of
from yangban.indicators.progress import MEAN, SplitCheck, check_split, split_in_proportion
from yangban.indicators.targets import Target
from yangban.run.media import Results

_PERCENT: Final = "%"
_HUNDRED: Final = Fraction(100)
_LEVELS: Final = ("city", "county")
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15}|/0*[1-9]\d{0,14})?", re.ASCII)


@dataclass(frozen=True)
class Split:
    """A draft of a split: the whole, the parts, and the values of the year ``start`` from which it was made, as printed."""

    whole: Target
    parts: tuple[Target, ...]
    start: int
    now: Mapping[str, str]
    check: SplitCheck

    @property
    def check_line(self) -> str:
        """What the parts come to."""
        return _line(self.whole, self.check)

    def to_dict(self) -> dict[str, Any]:
        """As ``targets split --json`` prints it."""
        return {
            "whole": self.whole.to_dict(),
            "from": self.start,
            "parts": [{**part.to_dict(), "now": self.now[part.subject]} for part in self.parts],
            "check": check_dict(self.check),
        }


@dataclass(frozen=True)
class Checked:
    """The parts of a whole that there are, and whether they fulfil it."""

    whole: Target
    parts: tuple[Target, ...]
    check: SplitCheck

    def lines(self) -> list[str]:
        """The answer in sentences."""
        said = [_line(self.whole, self.check)]
        return said + [f"不符：{reason}。" for reason in self.check.reasons]

    def to_dict(self) -> dict[str, Any]:
        """As ``targets check --json`` prints it."""
        return {"whole": self.whole.to_dict(), "parts": [part.to_dict() for part in self.parts], "check": check_dict(self.check)}


def check_dict(check: SplitCheck) -> dict[str, Any]:
    """A check as JSON prints it."""
    return {
        "ok": check.ok,
        "whole": plain(check.whole),
        "parts": None if check.parts is None else plain(check.parts),
        "slack": None if check.slack is None else plain(check.slack),
        "missing": list(check.missing),
        "reasons": list(check.reasons),
    }


def _line(whole: Target, check: SplitCheck) -> str:
    made = "—" if check.parts is None else plain(check.parts, 3)
    slack = "—" if check.slack is None else plain(check.slack, 3)
    return f"{'符合' if check.ok else '不符合'}：各地目标合成 {made} {whole.unit}，总目标 {whole.value:f} {whole.unit}，余量 {slack}。"


def places_below(region: str, level: str) -> list[str]:
    """The codes of the places of a level in a region."""
    if level not in _LEVELS:
        raise UsageError(f"--level {level!r} is none of {', '.join(_LEVELS)}")
    found = [p.code for p in regions.children(region, level=level)]
    if not found:
        raise UsageError(f"{regions.subject_name(region)}没有{'地级' if level == 'city' else '县级'}行政区；no places of level {level}")
    return found


def split_target(results: Results, whole: Target, *, level: str = "city", start: int | None = None, decimals: int | None = None) -> Split:
    """Split a yearly target in proportion to the values of a past year.

    ``start`` is that year (default: the last assessed one before the target's), ``decimals`` default to those of the target. Raises
    :class:`~yangban.base.errors.UsageError` when a place has no value that may be used.
    """
    due = whole.period.start.year
    before = [year for year in results.years if year < due]
    chosen = start if start is not None else max(before, default=None)
    if chosen is None:
        raise UsageError(f"{due} 年以前没有评价结果，不能按现值分解：请用 --from 指明一年；no results before the target's year")
    codes = places_below(whole.subject, level)
    found: dict[str, Figure] = {}
    for f in results.figures(subjects=codes, periods=[year_of(chosen)], indicators=[whole.indicator]):
        if f.exact is not None and f.usable:
            found.setdefault(f.subject, f)
    lacking = [regions.subject_name(code) for code in codes if code not in found]
    if lacking:
        raise UsageError(f"{'、'.join(lacking)} {chosen} 年没有可用的 {whole.indicator}，不能按现值分解；no usable value to split by")
    places = whole.decimals if decimals is None else decimals
    now = {code: Fraction(found[code].exact or 0) for code in codes}
    most = _HUNDRED if whole.unit == _PERCENT else None
    made = split_in_proportion(Fraction(whole.value), now, direction=whole.direction, decimals=places, most=most)
    source = f"按 {chosen} 年现值同比例分解的草案（总目标：{whole.source_said}）"
    parts = tuple(
        replace(
            whole, subject=code, value=value, decimals=places, source=source, source_zh="", confidence="unverified", places="own", note=""
        )
        for code, value in made.items()
    )
    check = check_split(
        Fraction(whole.value), {p.subject: Fraction(p.value) for p in parts}, direction=whole.direction, how=MEAN, members=codes
    )
    return Split(whole, parts, chosen, {code: f"{f.display:f}" for code, f in found.items()}, check)


def check_parts(
    whole: Target, targets: Sequence[Target], *, level: str = "city", how: str = MEAN, weights: Mapping[str, Fraction] | None = None
) -> Checked:
    """Whether the targets of the places below fulfil a region's target; the parts are those of the same indicator, period and direction."""
    members = places_below(whole.subject, level)
    key = (whole.indicator, whole.period.label, whole.direction)
    parts = {t.subject: t for t in targets if t.subject in members and (t.indicator, t.period.label, t.direction) == key}
    strange = [t.subject for t in parts.values() if t.unit != whole.unit]
    if strange:
        raise UsageError(f"{regions.subject_name(strange[0])}的目标单位与总目标 {whole.unit} 不同；units differ")
    if not parts:
        raise UsageError(f"所辖地区没有 {whole.indicator} {whole.period.label} 年的目标：用 --targets 给出；no part to check")
    named = {code: Fraction(t.value) for code, t in parts.items()}
    check = check_split(Fraction(whole.value), named, direction=whole.direction, how=how, members=members, weights=weights)
    readable = tuple(_named(reason) for reason in check.reasons)
    return Checked(whole, tuple(parts[code] for code in members if code in parts), replace(check, reasons=readable))


def _named(reason: str) -> str:
    """A reason with the names of places instead of their codes."""
    words = reason.replace("、", " 、 ").split(" ")
    return "".join(regions.subject_name(word) if len(word) == 6 and word.isdigit() else word for word in words)


def read_weights(file: Path) -> dict[str, Fraction]:
    """Weights by place from a CSV of two columns: place (code or name) and weight. Raises :class:`~yangban.base.errors.InputError`."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"{file}: 读不出（{problem}）；cannot be read as UTF-8") from None
    found: dict[str, Fraction] = {}
    try:
        lines = list(csv.reader(io.StringIO(text)))
    except csv.Error as problem:
        raise InputError(f"{file}: 不是 CSV（{problem}）；no CSV") from None
    for line, cells in enumerate(lines, start=1):
        if not cells or (line == 1 and len(cells) == 2 and not _is_number(cells[1])):
            continue
        if len(cells) != 2 or not _is_number(cells[1]):
            raise InputError(f"{file}:{line}: {','.join(cells)[:80]!r}；应为地区和数；expected a place and a number")
        try:
            found[regions.place(cells[0].strip()).code] = Fraction(cells[1].strip())
        except UnknownRegion as problem:
            raise InputError(f"{file}:{line}: {problem}") from None
    return found


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


def targets_text(targets: Sequence[Target]) -> str:
    """Targets as a file that :func:`~yangban.indicators.targets.read_targets` reads."""
    keys = ("indicator", "subject", "period", "value", "unit", "direction", "met_by", "places", "source", "confidence", "note")
    made = []
    for target in targets:
        entry = target.to_dict()
        lines = [f"# {regions.subject_name(target.subject)}", "[[target]]"]
        lines += [f'{key} = "{_escaped(str(entry[key]))}"' for key in keys]
        lines.append(f"decimals = {target.decimals}")
        made.append("\n".join(lines) + "\n")
    return "\n".join(made)


def write_targets(targets: Sequence[Target], file: Path) -> None:
    """Write targets into a file; raises :class:`~yangban.base.errors.InputError` where it cannot be written."""
    try:
        file.write_text(targets_text(targets), encoding="utf-8")
    except OSError as problem:
        raise InputError(f"{file}：写不进去（{problem}）；cannot be written") from None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
