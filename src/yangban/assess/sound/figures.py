"""Figures of sound from visits: what was measured at a point in one day-time or night-time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any, Final

from yangban.assess.figure import INSUFFICIENT, OK, Figure
from yangban.assess.sound.indicators import HOUR_RULES, INDICATORS, Indicator
from yangban.assess.sound.levels import NIGHT, area_mean, attains, grade, limit, point_level, road_mean, sudden
from yangban.base.exact import round_half_even
from yangban.base.periods import Period
from yangban.standards import MediumEdition, Rule

Decimals = Callable[[str, Period], Rule]
"""The rule of printed decimals of a word, for a period."""

_NAMED: Final = 6
_AGAIN: Final = ("mean.point",)
"""The rule on which a value leans as soon as a point was measured more than once."""


@dataclass(frozen=True)
class Visit:
    """One day-time or night-time at one point.

    ``hours`` of ``needed`` hourly levels stand under ``level`` (both 0: a survey gave the level itself). ``lmax`` is the largest level.
    """

    point: str
    day: date
    span: str
    kind: str
    klass: str
    region: str
    length: Fraction | None
    level: Fraction | None
    lmax: Fraction | None
    hours: int = 0
    needed: int = 0
    auto: bool = False
    synthetic: bool = False

    @property
    def complete(self) -> bool:
        """Whether the level may be used: enough hours, or a survey's own level."""
        return self.level is not None and self.hours >= self.needed


@dataclass(frozen=True)
class Subject:
    """Whose Figures these are."""

    code: str
    name: str
    level: str
    network: str = "all"
    inputs: str = ""


@dataclass(frozen=True)
class _Value:
    exact: Fraction | None
    n_valid: int
    n_expected: int
    reason: str = ""
    rules: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)


def figures(
    visits: Sequence[Visit],
    subject: Subject,
    period: Period,
    edition: MediumEdition,
    decimals_of: Decimals,
    *,
    wanted: Iterable[str] | None = None,
) -> Iterator[Figure]:
    """The Figures of a point, county or city (or of all points below a province, for the rates) from the visits of a period."""
    point = subject.code.startswith("sound:")
    for word in INDICATORS if wanted is None else wanted:
        spec = INDICATORS[word]
        own = [each for each in visits if each.span == spec.span and spec.kind in {"", each.kind}]
        if not own or point is not (word in {"sound.ld", "sound.ln"} or (point and word == "sound.sudden_nights")):
            continue
        if word in {"sound.ld", "sound.ln"}:
            value = _point(own)
        elif word == "sound.sudden_nights":
            value = _sudden(own, edition)
        elif spec.kind == "zone":
            value = _rate(own, spec, edition, int(decimals_of("level", period).value))
        else:
            value = _mean(own, spec)
        if value is not None:
            yield figure(spec, value, own, subject, period, edition, decimals_of)


def province_figure(
    parts: Sequence[Figure], expected: int, word: str, subject: Subject, period: Period, edition: MediumEdition, decimals_of: Decimals
) -> Figure:
    """The level of a province: the arithmetic mean over its cities that have one (our reading, rule ``region.mean``)."""
    having = [each for each in parts if each.exact is not None]
    exact = area_mean([each.exact for each in having if each.exact is not None])
    short = [each.subject_name for each in having if not each.usable]
    reason = "" if len(having) == expected and not short else f"{expected} 个城市中 {len(having) - len(short)} 个有完整的结果"
    value = _Value(exact, len(having) - len(short), expected, reason, ("region.mean",), {"cities": [each.subject_name for each in having]})
    found = figure(INDICATORS[word], value, (), subject, period, edition, decimals_of)
    doubt = tuple(dict.fromkeys((*found.unverified, *(rule for each in having for rule in each.unverified))))
    return replace(found, unverified=doubt, synthetic=any(each.synthetic for each in having))


def _by_point(visits: Sequence[Visit]) -> dict[str, list[Visit]]:
    found: dict[str, list[Visit]] = defaultdict(list)
    for each in visits:
        found[each.point].append(each)
    return found


def _short(visits: Sequence[Visit]) -> str:
    """What is missing, in words."""
    lacking = [each for each in visits if not each.complete]
    if not lacking:
        return ""
    span = "夜间" if lacking[0].span == NIGHT else "昼间"
    return f"{len(lacking)} 个{span}的小时数不足 {lacking[0].needed} 个，未计入"


def _point(visits: Sequence[Visit]) -> _Value | None:
    used = [each.level for each in visits if each.complete and each.level is not None]
    if not used:
        # What there is, so that a level of one incomplete day can be seen; it is not to be used.
        part = [each.level for each in visits if each.level is not None]
        return _Value(point_level(part), 0, len(visits), _short(visits)) if part else None
    return _Value(point_level(used), len(used), len(visits), _short(visits), _AGAIN * (len(used) > 1))


def _mean(visits: Sequence[Visit], spec: Indicator) -> _Value | None:
    points = _by_point(visits)
    levels: dict[str, Fraction] = {}
    for name, own in points.items():
        level = point_level([each.level for each in own if each.complete and each.level is not None])
        if level is not None:
            levels[name] = level
    reason = _short(visits)
    again = _AGAIN * any(len(own) > 1 for own in points.values())
    if spec.kind == "area":
        return _Value(area_mean(list(levels.values())), len(levels), len(points), reason, again, {"points": len(levels)})
    lengths = {name: next((each.length for each in own if each.length), None) for name, own in points.items()}
    weighed = [(level, length) for name, level in levels.items() if (length := lengths[name])]
    bare = [name.rpartition(":")[2] for name in levels if not lengths[name]]
    if bare:
        reason = "；".join(filter(None, (reason, f"{len(bare)} 个路段没有长度，未计入：{'、'.join(bare[:_NAMED])}")))
    whole = sum((length for _, length in weighed), Fraction(0))
    detail = {"segments": len(weighed), "length_m": f"{round_half_even(whole, 0)}"}
    return _Value(road_mean(weighed), len(weighed), len(points), reason, again, detail)


def _rate(visits: Sequence[Visit], spec: Indicator, edition: MediumEdition, decimals: int) -> _Value | None:
    judged = [each for each in visits if each.complete and each.klass and each.level is not None]
    kept = [each.level is not None and attains(each.level, each.klass, spec.span, edition, decimals) for each in judged]
    unclassed = sorted({each.point.rpartition(":")[2] for each in visits if not each.klass})
    reasons = [_short(visits)]
    if unclassed:
        reasons.append(f"{len(unclassed)} 个测点没有功能区类别，未计入：{'、'.join(unclassed[:_NAMED])}")
    if "zones-2024" in edition.documents and edition.rule("zone.rate.method_2024").value is None:
        reasons.append("2025 年起功能区按环办监测〔2024〕33号评价，其方法未知；这里按点次计算")
    classes: dict[str, dict[str, Any]] = {}
    for each, good in zip(judged, kept, strict=True):
        row = classes.setdefault(each.klass, {"visits": 0, "attained": 0, "limit": f"{limit(each.klass, spec.span, edition):f}"})
        row["visits"] += 1
        row["attained"] += good
    detail = {"attained": sum(kept), "visits": len(judged), "classes": dict(sorted(classes.items()))}
    exact = Fraction(100 * sum(kept), len(judged)) if judged else None
    rules = [f"zone_limit.{klass}.{spec.span}" for klass in classes]
    rules += ["zone.visit.auto"] * any(each.auto for each in judged)
    rules += ["zone.rate.method_2024"] * ("zones-2024" in edition.documents)
    return _Value(exact, len(judged), len(visits), "；".join(filter(None, reasons)), tuple(rules), detail)


def _sudden(visits: Sequence[Visit], edition: MediumEdition) -> _Value | None:
    told = [each for each in visits if each.lmax is not None and each.klass]
    if not told:
        return None
    over = [each for each in told if each.lmax is not None and sudden(each.lmax, each.klass, edition)]
    rules = tuple(dict.fromkeys(f"zone_limit.{each.klass}.{NIGHT}" for each in told))
    reason = "" if len(told) == len(visits) else f"{len(visits) - len(told)} 个夜间没有最大声级"
    detail = {"nights": [f"{each.point.rpartition(':')[2]} {each.day.isoformat()}" for each in over][:100]}
    return _Value(Fraction(len(over)), len(told), len(visits), reason, rules, detail)


def figure(
    spec: Indicator,
    value: _Value,
    visits: Sequence[Visit],
    subject: Subject,
    period: Period,
    edition: MediumEdition,
    decimals_of: Decimals,
) -> Figure:
    """One Figure with its grade, status and the unverified rules beneath it."""
    printed = decimals_of(spec.decimals, period)
    display = None if value.exact is None else round_half_even(value.exact, int(printed.value))
    keys = [*spec.rules, *value.rules, *(HOUR_RULES if any(each.needed for each in visits) else ())]
    detail = dict(value.detail)
    if spec.kind in {"area", "road"} and display is not None:
        found = grade(spec.kind, spec.span, display, edition)
        detail |= {"grade": found.number, "numeral": found.numeral, "word": found.word}
    doubt = [rule.id for rule in (edition.rule(key) for key in keys) if rule.unverified]
    doubt += [printed.id] * printed.unverified
    return Figure(
        indicator=spec.id,
        subject=subject.code,
        subject_name=subject.name,
        subject_level=subject.level,
        period=period.label,
        exact=value.exact,
        display=display,
        unit=spec.unit,
        edition=edition.id,
        documents=edition.documents,
        basis="realtime",
        network=subject.network,
        synthetic=any(each.synthetic for each in visits),
        status=INSUFFICIENT if value.exact is None or value.reason else OK,
        reason=value.reason or ("" if value.exact is not None else "没有可用的声环境数据"),
        unverified=tuple(dict.fromkeys(doubt)),
        n_valid=value.n_valid,
        n_expected=value.n_expected,
        inputs=subject.inputs,
        detail=detail,
    )
