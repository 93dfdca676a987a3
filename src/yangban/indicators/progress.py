"""How far on the way from base to target, and how a target is split among places. Pure and exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.base.exact import plain
from yangban.indicators.targets import DIRECTIONS

CHANGE: Final = "change"
"""The target asks for a way to go from the base."""
HOLD: Final = "hold"
"""The base meets the target already; what is asked is not to lose it."""


@dataclass(frozen=True)
class Progress:
    """How far: ``share`` of the way done (1 = all; below 0 = moved away; above 1 = beyond), and the ``gap`` still to go (0 or less = met).

    For a target that the base meets already (``kind`` hold) the share is 1 while it is held and 0 when it is lost.
    """

    kind: str
    share: Fraction
    gap: Fraction
    met: bool

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON prints it."""
        return {"kind": self.kind, "share": plain(self.share), "gap": plain(self.gap), "met": self.met}


def progress(*, base: Fraction, target: Fraction, now: Fraction, direction: str) -> Progress:
    """The part of the way from base to target that is done, whether smaller or larger is better.

    >>> progress(base=Fraction(30), target=Fraction(25), now=Fraction(28), direction="at_most")
    Progress(kind='change', share=Fraction(2, 5), gap=Fraction(3, 1), met=False)
    >>> progress(base=Fraction(25), target=Fraction(25), now=Fraction(25), direction="at_most").share
    Fraction(1, 1)
    """
    if direction not in DIRECTIONS:
        raise UsageError(f"expected one of {', '.join(DIRECTIONS)}, got {direction!r}")
    sign = 1 if direction == "at_most" else -1
    way = sign * (base - target)
    gap = sign * (now - target)
    if way <= 0:
        return Progress(HOLD, Fraction(int(gap <= 0)), gap, gap <= 0)
    return Progress(CHANGE, 1 - gap / way, gap, gap <= 0)


# ------------------------------------------------------------------------------------------------------------- splitting

MEAN: Final = "mean"
"""The whole is the mean of the parts, each place counting once (or by weight): concentrations, ratios."""
SUM: Final = "sum"
"""The whole is the sum of the parts: tonnes, hectares, numbers of projects."""
EACH: Final = "each"
"""Every part must be at least as strict as the whole."""
HOWS: Final = (MEAN, SUM, EACH)


@dataclass(frozen=True)
class SplitCheck:
    """Whether parts fulfil the whole: what they come to, the ``slack`` left (below 0 = they fall short), and why."""

    ok: bool
    whole: Fraction
    parts: Fraction | None
    slack: Fraction | None
    missing: tuple[str, ...]
    reasons: tuple[str, ...]


def check_split(
    whole: Fraction,
    parts: Mapping[str, Fraction],
    *,
    direction: str,
    how: str,
    members: Sequence[str] | None = None,
    weights: Mapping[str, Fraction] | None = None,
) -> SplitCheck:
    """Whether meeting every part means meeting the whole.

    ``members`` are the places that must have a part; one without a part makes the check fail, since nothing then binds it. ``weights``
    (population, number of sections) weigh a mean; without them each place counts once, as a province's mean does.

    >>> check_split(Fraction(29), {"a": Fraction(28), "b": Fraction(30)}, direction="at_most", how="mean").ok
    True
    """
    if direction not in DIRECTIONS or how not in HOWS:
        raise UsageError(
            f"expected a direction out of {', '.join(DIRECTIONS)} and how out of {', '.join(HOWS)}, got {direction!r}, {how!r}"
        )
    if not parts:
        raise UsageError("no part to check; expected at least one")
    missing = tuple(each for each in members or () if each not in parts)
    strangers = [each for each in parts if members is not None and each not in members]
    if strangers:
        raise UsageError(f"这些地区不在被分解的范围内：{'、'.join(strangers)}")
    sign = 1 if direction == "at_most" else -1
    reasons = [f"{'、'.join(missing)} 没有分解到目标"] if missing else []
    if how == EACH:
        worst = max(parts, key=lambda place: sign * parts[place])
        slack = sign * (whole - parts[worst])
        if slack < 0:
            lax = [place for place in parts if sign * (parts[place] - whole) > 0]
            reasons.append(f"宽于总目标的有 {'、'.join(lax)}")
        return SplitCheck(not reasons, whole, parts[worst], slack, missing, tuple(reasons))
    if how == MEAN:
        used = {place: Fraction(1) for place in parts} if weights is None else {place: _weight(weights, place) for place in parts}
        made = sum((parts[place] * used[place] for place in parts), Fraction(0)) / sum(used.values(), Fraction(0))
    else:
        made = sum(parts.values(), Fraction(0))
    slack = sign * (whole - made)
    if slack < 0:
        reasons.append(f"各地目标合成 {plain(made)}，达不到总目标 {plain(whole)}")
    return SplitCheck(not reasons, whole, made, slack, missing, tuple(reasons))


def _weight(weights: Mapping[str, Fraction], place: str) -> Fraction:
    if weights.get(place, Fraction(0)) <= 0:
        raise UsageError(f"{place} 没有权重，或权重不大于 0")
    return weights[place]


def split_in_proportion(
    whole: Fraction, now: Mapping[str, Fraction], *, direction: str, decimals: int, most: Fraction | None = None
) -> dict[str, Decimal]:
    """A first draft of a split by mean: every place changes by the same percentage; places that are better than needed are not let back.

    Parts are rounded to the safe side, so that they fulfil the whole; a person then moves them, and :func:`check_split` watches.

    ``most`` is the largest value that can be (100 for a share in per cent). Raises :class:`~yangban.base.errors.UsageError` when a value is
    not above 0, or a part would lie above ``most``.

    >>> split_in_proportion(Fraction(29), {"a": Fraction(30), "b": Fraction(32)}, direction="at_most", decimals=1)
    {'a': Decimal('28.0'), 'b': Decimal('29.9')}
    """
    if direction not in DIRECTIONS:
        raise UsageError(f"expected one of {', '.join(DIRECTIONS)}, got {direction!r}")
    if not now or any(value <= 0 for value in now.values()):
        raise UsageError("按比例分解须有各地大于 0 的现值")
    mean = sum(now.values(), Fraction(0)) / len(now)
    factor = whole / mean
    lower = direction == "at_most"
    # A whole that the present mean meets already asks of every place to hold what it has.
    factor = min(factor, Fraction(1)) if lower else max(factor, Fraction(1))
    scale = 10**decimals
    made = {}
    for place, value in now.items():
        exact = value * factor * scale
        steps = exact.numerator // exact.denominator if lower else -((-exact.numerator) // exact.denominator)
        made[place] = Decimal(steps).scaleb(-decimals)
        if most is not None and made[place] > most:
            raise UsageError(f"按比例分解后 {place} 为 {made[place]}，超过可能的最大值 {plain(most)}；请改为逐地给定")
    return made
