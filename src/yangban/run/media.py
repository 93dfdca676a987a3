"""All media behind one door: a query names indicators, and each medium answers for its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from yangban.assess.air.indicators import INDICATORS as AIR
from yangban.assess.air.indicators import indicator as air_indicator
from yangban.assess.biodiversity.indicators import INDICATORS as BIODIVERSITY
from yangban.assess.biodiversity.indicators import indicator as biodiversity_indicator
from yangban.assess.ecology.indicators import INDICATORS as ECOLOGY
from yangban.assess.ecology.indicators import indicator as ecology_indicator
from yangban.assess.figure import AS_MONITORED, Figure
from yangban.assess.figure import SCOPES as AIR_SCOPES
from yangban.assess.sound.indicators import INDICATORS as SOUND
from yangban.assess.sound.indicators import indicator as sound_indicator
from yangban.assess.water.indicators import INDICATORS as WATER
from yangban.assess.water.indicators import indicator as water_indicator
from yangban.base.errors import UnknownIndicator, UsageError, WorkspaceError
from yangban.base.periods import Period
from yangban.readings.workspace import Workspace
from yangban.run.biodiversity import biodiversity_years, open_biodiversity
from yangban.run.ecology import ecology_years, open_ecology
from yangban.run.local import assessed_years, open_results
from yangban.run.results import AirResults
from yangban.run.sound import assessed_sound_years, open_sound
from yangban.run.water import SCOPES as WATER_SCOPES
from yangban.run.water import WaterResults, assessed_water_years, open_water

WATER_SUBJECTS = ("section:", "source:", "lake:", "river:")
"""How subjects that water alone knows begin."""


class OtherResults(Protocol):
    """What the results of a further medium answer."""

    def figures(
        self,
        *,
        subjects: Sequence[str] | None = None,
        periods: Sequence[Period],
        indicators: Sequence[str] | None = None,
        base: str = "yoy",
    ) -> list[Figure]:
        """Figures of its subjects, without ``indicators`` all of them."""
        ...

    def subjects(self, *, level: str | None = None) -> list[str]:
        """The subjects that have results."""
        ...


@dataclass(frozen=True)
class Medium:
    """A medium beside air and water: how its indicators and its own subjects begin, and how its results are opened.

    ``years`` are those with results; ``name`` is how people call it.
    """

    name: str
    prefix: str
    indicators: Mapping[str, Any]
    indicator: Callable[[str], Any]
    years: Callable[[Workspace], list[int]]
    open: Callable[[Workspace], OtherResults]
    own: tuple[str, ...] = ()


OTHERS: Final[Mapping[str, Medium]] = {
    "sound": Medium("声环境", "sound.", SOUND, sound_indicator, assessed_sound_years, open_sound, ("sound:",)),
    "ecology": Medium("生态", "ecology.", ECOLOGY, ecology_indicator, ecology_years, open_ecology),
    "biodiversity": Medium(
        "生物多样性", "biodiversity.", BIODIVERSITY, biodiversity_indicator, biodiversity_years, open_biodiversity, ("site:",)
    ),
}
"""The further media by name, in the order in which they are listed."""

OWN_SUBJECTS: Final = tuple(prefix for each in OTHERS.values() for prefix in each.own)
"""How subjects that only one of them knows begin."""


def other(word: str) -> str | None:
    """The further medium to which an indicator belongs, ``None`` for air, water and what is unknown."""
    return next((name for name, each in OTHERS.items() if word.startswith(each.prefix)), None)


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
    """The indicator of a word of any medium, with or without ``.change``.

    Raises :class:`~yangban.base.errors.UnknownIndicator` naming near ones.
    """
    if is_water(word):
        return water_indicator(word)
    if word.startswith("air."):
        return air_indicator(word)
    if (medium := other(word)) is not None:
        found: Spec = OTHERS[medium].indicator(word)
        return found
    known = ", ".join(("air.", "water.", *(each.prefix for each in OTHERS.values())))
    raise UnknownIndicator(f"unknown indicator {word!r}; indicators begin with one of {known}")


def is_descending(word: str) -> bool:
    """Whether the largest value is the best; of changes, whether the largest step is."""
    return spec(word).better == "high"


@dataclass(frozen=True)
class Results:
    """The results of a workspace; a medium that has not been assessed is ``None``."""

    air: AirResults | None
    water: WaterResults | None
    years: tuple[int, ...]
    others: Mapping[str, OtherResults] = field(default_factory=dict)

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
        words = [*AIR, *WATER] if indicators is None else [w for w in indicators if spec(w) and other(w) is None]
        if scope not in {*AIR_SCOPES, *WATER_SCOPES}:
            raise UsageError(f"--scope {scope!r} is none of {', '.join(dict.fromkeys((*AIR_SCOPES, *WATER_SCOPES)))}")
        of_air, of_water = [w for w in words if not is_water(w)], [w for w in words if is_water(w)]
        found: list[Figure] = []
        in_air = None if subjects is None else [s for s in subjects if not s.startswith((*WATER_SUBJECTS, *OWN_SUBJECTS))]
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
        in_water = None if subjects is None else [s for s in subjects if not s.startswith(("station:", "group:", "zone:", *OWN_SUBJECTS))]
        if of_water and scope in WATER_SCOPES and (in_water is None or in_water):
            if self.water is not None:
                found += self.water.figures(subjects=in_water, periods=periods, indicators=of_water, scope=scope, base=base)
            elif indicators is not None:
                raise WorkspaceError("还没有水质评价结果，请先运行 yangban assess；no water has been assessed yet")
        for name, medium in OTHERS.items():
            found += self._others(name, medium, subjects, periods, indicators, scope, base)
        return found

    def _others(
        self,
        name: str,
        medium: Medium,
        subjects: Sequence[str] | None,
        periods: Sequence[Period],
        indicators: Sequence[str] | None,
        scope: str,
        base: str,
    ) -> list[Figure]:
        """The Figures of one further medium; it knows places and its own subjects, and no scope but the plain one."""
        wanted = None if indicators is None else [w for w in indicators if w.startswith(medium.prefix)]
        foreign = tuple(p for p in ("station:", "group:", "zone:", *WATER_SUBJECTS, *OWN_SUBJECTS) if p not in medium.own)
        codes = None if subjects is None else [s for s in subjects if not s.startswith(foreign)]
        if wanted == [] or codes == [] or scope != AS_MONITORED:
            return []
        if name not in self.others:
            if wanted:
                raise WorkspaceError(
                    f"还没有{medium.name}的数据或评价结果，请先运行 yangban ingest 和 assess；nothing of {name} is there yet"
                )
            return []
        return self.others[name].figures(subjects=codes, periods=periods, indicators=wanted, base=base)

    def subjects(self, word: str, *, level: str | None = None, basis: str = "realtime") -> list[str]:
        """The subjects that have results of an indicator's medium."""
        if (name := other(word)) is not None:
            return self.others[name].subjects(level=level) if name in self.others else []
        if is_water(word):
            return [] if self.water is None else self.water.subjects(level=level)
        return [] if self.air is None else self.air.subjects(level=level, basis=basis)


def open_all(workspace: Workspace) -> Results:
    """The results of every medium in place.

    Raises :class:`~yangban.base.errors.WorkspaceError` when nothing has been assessed yet.
    """
    air, water = assessed_years(workspace), assessed_water_years(workspace)
    held = {name: years for name, medium in OTHERS.items() if (years := medium.years(workspace))}
    if not air and not water and not held:
        open_results(workspace)
    # A report for this year must not hide last year's air: other media name the years only where there is neither air nor water.
    named = {*air, *water} or {year for each in held.values() for year in each}
    return Results(
        open_results(workspace) if air else None,
        open_water(workspace) if water else None,
        tuple(sorted(named)),
        {name: OTHERS[name].open(workspace) for name in held},
    )
