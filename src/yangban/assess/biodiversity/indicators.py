"""The indicators of biodiversity: their words, names and units; most may name one species behind them.

``biodiversity.individuals`` counts all species, ``biodiversity.individuals.finless_porpoise`` one: the id of a listed species, or a Latin
name in small letters with ``_`` for spaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from yangban.base.alike import alike
from yangban.base.errors import UnknownIndicator
from yangban.base.units import PERCENT
from yangban.packs.species import species, taxon_name

CHANGE_SUFFIX: Final = ".change"
SEASONS: Final = ("winter", "summer", "year")
_SEASON_NAMES: Final = {"winter": "越冬季", "summer": "繁殖季", "year": "全年"}


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """What is to be known of an indicator before any of its values.

    ``of_taxon``: may name a species (``may``), must (``must``), or never does (``""``). ``taxon`` is the one that it names.
    """

    id: str
    name: str
    unit: str
    decimals: str
    rules: tuple[str, ...]
    of_taxon: str = "may"
    taxon: str = ""
    better: str = "high"
    change: str = "percent"


INDICATORS: Final[Mapping[str, Indicator]] = {
    each.id: each
    for each in (
        Indicator(
            id="biodiversity.species", name="物种数", unit="种", decimals="count", rules=("richness",), of_taxon="",
            change="difference",
        ),
        Indicator(id="biodiversity.individuals", name="个体数", unit="只", decimals="count", rules=("count.site", "count.region")),
        Indicator(id="biodiversity.density", name="单位努力量的个体数", unit="1", decimals="density", rules=()),
        Indicator(
            id="biodiversity.share", name="占迁徙路线种群比例", unit=PERCENT, decimals="rate", rules=("count.site",), of_taxon="must",
            change="points",
        ),
        *(
            Indicator(
                id=f"biodiversity.trend_{season}", name=f"{_SEASON_NAMES[season]}数量的年均变化率", unit=PERCENT, decimals="rate",
                rules=("trend.method", "trend.min_years", f"season.{season}"), change="difference",
            )
            for season in SEASONS
        ),
    )
}  # fmt: skip
"""Every indicator of biodiversity without a species, headline figures first."""


def slug(taxon: str) -> str:
    """A taxon as it stands in an indicator: small letters, ``_`` for spaces.

    >>> slug("Anas crecca"), slug("finless_porpoise")
    ('anas_crecca', 'finless_porpoise')
    """
    return taxon.strip().lower().replace(" ", "_")


def indicator(word: str) -> Indicator:
    """The indicator with this word, or :class:`~yangban.base.errors.UnknownIndicator` naming near ones."""
    plain = word.removesuffix(CHANGE_SUFFIX)
    if plain in INDICATORS and INDICATORS[plain].of_taxon != "must":
        return INDICATORS[plain]
    head, _, taxon = ".".join(plain.split(".")[:2]), "", ".".join(plain.split(".")[2:])
    if head in INDICATORS and taxon and INDICATORS[head].of_taxon:
        return replace(INDICATORS[head], id=plain, taxon=taxon, name=f"{taxon_name(taxon)}{INDICATORS[head].name}")
    near = alike(plain, [*INDICATORS, *(f"biodiversity.individuals.{each}" for each in species())], cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UnknownIndicator(f"unknown indicator {word!r}{hint} (known are {', '.join(INDICATORS)}, most with .<species> behind them)")
