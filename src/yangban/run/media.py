"""Air and water behind one door: a query names indicators, and each medium answers for its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from yangban.assess.air.indicators import INDICATORS as AIR
from yangban.assess.air.indicators import indicator as air_indicator
from yangban.assess.figure import AS_MONITORED, Figure
from yangban.assess.figure import SCOPES as AIR_SCOPES
from yangban.assess.water.indicators import INDICATORS as WATER
from yangban.assess.water.indicators import indicator as water_indicator
from yangban.base.errors import UnknownIndicator, UsageError, WorkspaceError
from yangban.base.periods import Period
from yangban.readings.workspace import Workspace
from yangban.run.local import assessed_years, open_results
from yangban.run.results import AirResults
from yangban.run.water import SCOPES as WATER_SCOPES
from yangban.run.water import WaterResults, assessed_water_years, open_water

WATER_SUBJECTS = ("section:", "source:", "lake:", "river:")
"""How subjects that water alone knows begin."""


class Spec(Protocol):
    """What every indicator says of itself, whatever its medium."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def better(self) -> str: ...  # noqa: D102
    @property
    def change(self) -> str: ...  # noqa: D102


def is_water(word: str) -> bool:
    """Whether an indicator belongs to water."""
    return word.startswith("water.")


def spec(word: str) -> Spec:
    """The indicator of a word, of air or water, with or without ``.change``.

    Raises :class:`~yangban.base.errors.UnknownIndicator` naming near ones.
    """
    if is_water(word):
        return water_indicator(word)
    if word.startswith("air."):
        return air_indicator(word)
    raise UnknownIndicator(f"unknown indicator {word!r}; indicators begin with air. or water.")


def is_descending(word: str) -> bool:
    """Whether the largest value is the best; of changes, whether the largest step is."""
    return spec(word).better == "high"


@dataclass(frozen=True)
class Results:
    """The results of a workspace; a medium that has not been assessed is ``None``."""

    air: AirResults | None
    water: WaterResults | None
    years: tuple[int, ...]

    @property
    def latest_year(self) -> int:
        """The last year with results of any medium."""
        return self.years[-1]

    def figures(
        self,
        *,
        subjects: Sequence[str] | None = None,
        periods: Sequence[Period],
        indicators: Sequence[str] | None = None,
        edition: str | None = None,
        straddle: str | None = None,
        basis: str = "realtime",
        scope: str = AS_MONITORED,
        base: str = "yoy",
    ) -> list[Figure]:
        """As :meth:`AirResults.figures` and :meth:`WaterResults.figures`, each for the words and subjects that are its own."""
        words = [*AIR, *WATER] if indicators is None else [w for w in indicators if spec(w)]
        if scope not in {*AIR_SCOPES, *WATER_SCOPES}:
            raise UsageError(f"--scope {scope!r} is none of {', '.join(dict.fromkeys((*AIR_SCOPES, *WATER_SCOPES)))}")
        of_air, of_water = [w for w in words if not is_water(w)], [w for w in words if is_water(w)]
        found: list[Figure] = []
        in_air = None if subjects is None else [s for s in subjects if not s.startswith(WATER_SUBJECTS)]
        if of_air and scope in AIR_SCOPES and (in_air is None or in_air):
            if self.air is not None:
                found += self.air.figures(
                    subjects=in_air,
                    periods=periods,
                    indicators=of_air,
                    edition=edition,
                    straddle=straddle,
                    basis=basis,
                    scope=scope,
                    base=base,
                )
            elif indicators is not None:
                raise WorkspaceError("还没有空气评价结果，请先运行 yangban assess；no air has been assessed yet")
        in_water = None if subjects is None else [s for s in subjects if not s.startswith(("station:", "group:", "zone:"))]
        if of_water and scope in WATER_SCOPES and (in_water is None or in_water):
            if self.water is not None:
                found += self.water.figures(subjects=in_water, periods=periods, indicators=of_water, scope=scope, base=base)
            elif indicators is not None:
                raise WorkspaceError("还没有水质评价结果，请先运行 yangban assess；no water has been assessed yet")
        return found

    def subjects(self, word: str, *, level: str | None = None, basis: str = "realtime") -> list[str]:
        """The subjects that have results of an indicator's medium."""
        if is_water(word):
            return [] if self.water is None else self.water.subjects(level=level)
        return [] if self.air is None else self.air.subjects(level=level, basis=basis)


def open_all(workspace: Workspace) -> Results:
    """The results of every medium in place.

    Raises :class:`~yangban.base.errors.WorkspaceError` when nothing has been assessed yet.
    """
    air, water = assessed_years(workspace), assessed_water_years(workspace)
    if not air and not water:
        open_results(workspace)
    return Results(open_results(workspace) if air else None, open_water(workspace) if water else None, tuple(sorted({*air, *water})))
