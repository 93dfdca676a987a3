"""The report card of a region for a year: its headline paragraph, computed, with published values beside it and its places below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from yangban.assess.air.indicators import CHANGE_SUFFIX
from yangban.assess.figure import AS_MONITORED, Figure, displayed
from yangban.assess.ranking import Ranked, rank
from yangban.base import regions
from yangban.base.errors import UnknownRegion
from yangban.base.periods import Period
from yangban.packs import Pack, Published, load_pack
from yangban.run.media import OtherResults, is_descending, spec
from yangban.run.results import AirResults
from yangban.run.water import WaterResults

LINES: Final = (
    "air.good_day_ratio", "air.pm25.mean", "air.pm10.mean", "air.o3_8h.p90", "air.co.p95", "air.so2.mean", "air.no2.mean", "air.heavy_days",
    "air.composite_index",
)  # fmt: skip
OTHER_LINES: Final[Mapping[str, tuple[str, ...]]] = {
    "sound": ("sound.area_day", "sound.road_day", "sound.zone_day_rate", "sound.zone_night_rate"),
    "ecology": ("ecology.forest_cover", "ecology.eqi", "ecology.gep"),
    "biodiversity": ("biodiversity.species",),
}
"""The indicators of further media that stand on a card."""
WATER_LINES: Final = ("water.good_ratio", "water.class12_ratio", "water.inferior_ratio")
PLACE_COLUMNS: Final = (
    "air.good_days", "air.valid_days", "air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90", "air.composite_index", "air.attains",
)  # fmt: skip
_RANKED: Final = ("air.good_day_ratio", "air.pm25.mean", "air.composite_index")
_UNITS: Final = {"µg/m³": "微克/立方米", "mg/m³": "毫克/立方米", "d": "天", "1": ""}


@dataclass(frozen=True)
class Line:
    """One indicator of the region: computed, its change from last year, its rank in the group, and what was published."""

    indicator: str
    figure: Figure
    change: Figure | None
    rank: Ranked | None
    published: Published | None

    @property
    def name(self) -> str:
        """The indicator's Chinese name."""
        return spec(self.indicator).name

    @property
    def agrees(self) -> bool | None:
        """Whether the computed value, rounded as the published one is printed, equals it; ``None`` when one of them is absent."""
        if self.published is None or self.figure.exact is None:
            return None
        return self.difference == 0

    @property
    def difference(self) -> Decimal | None:
        """Computed minus published, at the printed decimals of the published value."""
        if self.published is None or self.figure.exact is None:
            return None
        decimals = -int(self.published.number.as_tuple().exponent)
        rounded = displayed(self.figure.exact, decimals)
        return None if rounded is None else rounded - self.published.number


@dataclass(frozen=True)
class PlaceRow:
    """One place of the region: its Figures by indicator, the published values beside them, and its rank by composite index."""

    code: str
    name: str
    figures: Mapping[str, Figure]
    published: Mapping[str, Published]
    rank: Ranked | None


@dataclass(frozen=True)
class Card:
    """A report card."""

    region: str
    name: str
    period: str
    edition: str
    synthetic: bool
    paragraph: str
    lines: tuple[Line, ...]
    places: tuple[PlaceRow, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As ``card --json`` prints it."""
        return {
            "region": self.region,
            "region_name": self.name,
            "period": self.period,
            "edition": self.edition,
            "synthetic": self.synthetic,
            "paragraph": self.paragraph,
            "lines": [
                {
                    **line.figure.to_dict(),
                    "change": None if line.change is None else line.change.to_dict(),
                    "rank": None if line.rank is None else {"rank": line.rank.rank, "tied": line.rank.tied, "of": line.rank.of},
                    "published": None if line.published is None else _published(line.published),
                    "difference": None if line.difference is None else f"{line.difference:f}",
                    "agrees": line.agrees,
                }
                for line in self.lines
            ],
            "places": [
                {
                    "subject": row.code,
                    "subject_name": row.name,
                    "rank": None if row.rank is None else row.rank.rank,
                    "figures": {word: f.to_dict() for word, f in row.figures.items()},
                    "published": {word: _published(p) for word, p in row.published.items()},
                }
                for row in self.places
            ],
            "notes": list(self.notes),
        }


def _published(each: Published) -> dict[str, Any]:
    return {
        "value": each.value,
        "unit": each.unit,
        "area_note": each.area_note,
        "issuer": each.issuer,
        "published": each.published,
        "source": each.source,
        "scope": each.scope,
        "basis": each.basis,
        "edition": each.edition,
    }


def _pack_of(region: str) -> Pack | None:
    """The pack of a region, or of the province it lies in, when there is one."""
    try:
        return load_pack(region)
    except UnknownRegion:
        return None


def make_card(
    results: AirResults,
    *,
    region: str,
    period: Period,
    edition: str | None = None,
    basis: str = "realtime",
    scope: str = AS_MONITORED,
    water: WaterResults | None = None,
    others: Mapping[str, OtherResults] | None = None,
) -> Card:
    """Compute the card of a region (a province or a city) for a year or any other period.

    With several editions the card is that of the first. The rank is given when every member of the pack's group has sufficient data.
    """
    pack = _pack_of(region)
    found = results.figures(subjects=[region], periods=[period], indicators=LINES, edition=edition, basis=basis, scope=scope)
    first = found[0].edition
    head = {f.indicator: f for f in found if f.edition == first}
    synthetic = any(f.synthetic for f in head.values())
    beside = None if synthetic else pack  # Published results are of real air: beside synthetic values they would mislead.
    changes = {
        f.indicator.removesuffix(CHANGE_SUFFIX): f
        for f in results.figures(
            subjects=[region], periods=[period], indicators=[w + CHANGE_SUFFIX for w in LINES], edition=first, basis=basis, scope=scope
        )
        if f.display is not None
    }
    ranks = _group_ranks(results, pack, region, period, first, basis, scope)
    lines = tuple(Line(w, head[w], changes.get(w), ranks.get(w), _lookup(beside, region, period, w)) for w in LINES if w in head)
    places = _places(results, beside, region, period, first, basis, scope)
    if water is not None:
        lines += _water_lines(water, beside, region, period)
    for name, words in OTHER_LINES.items():
        if others is not None and name in others:
            lines += _other_lines(others[name], words, beside, region, period)
    return Card(
        region=region,
        name=regions.subject_name(region),
        period=period.label,
        edition=first,
        synthetic=synthetic,
        paragraph=_paragraph(pack, region, period, lines, synthetic=synthetic),
        lines=lines,
        places=places,
        notes=_notes(pack, lines, places, synthetic=synthetic, others=_other_editions(lines, places)),
    )


def _water_lines(water: WaterResults, pack: Pack | None, region: str, period: Period) -> tuple[Line, ...]:
    """The region's sections: shares of good, best and worst water; absent where no section of the region is known."""
    found = {f.indicator: f for f in water.figures(subjects=[region], periods=[period], indicators=WATER_LINES)}
    steps = water.figures(subjects=[region], periods=[period], indicators=[word + CHANGE_SUFFIX for word in found])
    changes = {f.indicator.removesuffix(CHANGE_SUFFIX): f for f in steps if f.display is not None}
    return tuple(
        Line(word, found[word], changes.get(word), None, _lookup(pack, region, period, word))
        for word in WATER_LINES
        if word in found and found[word].n_expected
    )


def _other_lines(results: OtherResults, words: Sequence[str], pack: Pack | None, region: str, period: Period) -> tuple[Line, ...]:
    """The headline Figures of sound, ecology or biodiversity that the region has."""
    found = {f.indicator: f for f in results.figures(subjects=[region], periods=[period], indicators=words) if f.n_expected}
    steps = results.figures(subjects=[region], periods=[period], indicators=[word + CHANGE_SUFFIX for word in found])
    changes = {f.indicator.removesuffix(CHANGE_SUFFIX): f for f in steps if f.display is not None}
    return tuple(Line(word, found[word], changes.get(word), None, _lookup(pack, region, period, word)) for word in words if word in found)


def _lookup(pack: Pack | None, area: str, period: Period, indicator: str) -> Published | None:
    """The published result: of the state network, or where nobody says which."""
    if pack is None:
        return None
    tried = (pack.published_for(area, period=period.label, indicator=indicator, network=network) for network in ("state", "unknown"))
    return next((found for found in tried if found is not None), None)


def _group_ranks(
    results: AirResults, pack: Pack | None, region: str, period: Period, edition: str, basis: str, scope: str
) -> dict[str, Ranked]:
    if pack is None or region != pack.region.code or not pack.region.compared_with:
        return {}
    group = regions.groups()[pack.region.compared_with]
    figures = results.figures(subjects=list(group.members), periods=[period], indicators=_RANKED, edition=edition, basis=basis, scope=scope)
    found = {}
    for word in _RANKED:
        pool = [f for f in figures if f.indicator == word]
        if all(f.usable for f in pool):
            ranked = rank(pool, descending=is_descending(word))
            found[word] = next(r for r in ranked if r.figure.subject == region)
    return found


def _places(
    results: AirResults, pack: Pack | None, region: str, period: Period, edition: str, basis: str, scope: str
) -> tuple[PlaceRow, ...]:
    codes = [p.code for p in regions.prefecture_places(region, on=period.end) if p.code != region]
    if not codes or regions.subject_level(region) not in {"province", "group"}:
        return ()
    figures = results.figures(subjects=codes, periods=[period], indicators=PLACE_COLUMNS, edition=edition, basis=basis, scope=scope)
    by_place: dict[str, dict[str, Figure]] = {}
    for f in figures:
        by_place.setdefault(f.subject, {})[f.indicator] = f
    ranked = {
        r.figure.subject: r
        for r in rank([row["air.composite_index"] for row in by_place.values() if "air.composite_index" in row], descending=False)
    }
    return tuple(
        PlaceRow(
            code,
            regions.subject_name(code),
            by_place[code],
            {w: p for w in PLACE_COLUMNS if (p := _lookup(pack, code, period, w)) is not None},
            ranked.get(code),
        )
        for code in codes
        if code in by_place
    )


def _paragraph(pack: Pack | None, region: str, period: Period, lines: Sequence[Line], *, synthetic: bool) -> str:
    """The headline paragraph: the pack's sentences filled with computed values, or with published ones that say so."""
    by_word = {line.indicator: line for line in lines}
    if pack is None or region != pack.region.code or not pack.region.compared_with:
        return _plain_paragraph(region, period, by_word)
    said = []
    for sentence in pack.texts.card:
        line = by_word.get(sentence.indicator)
        if line is not None and line.figure.display is not None:
            said.append(_sentence(pack, sentence.text, region, period, line))
        elif not synthetic and (printed := _lookup(pack, region, period, sentence.indicator)) is not None:
            text = sentence.text.format_map(
                _Slots(
                    region=pack.region.short, period=_zh(period), year=period.label, value=printed.value,
                    unit=_UNITS.get(printed.unit, printed.unit),
                )
            )  # fmt: skip
            said.append(text.removesuffix("。") + "（公布值，本系统未计算）。")
    place = regions.subject_name(region)
    return f"{_zh(period)}{place}：" + "".join(said).replace(f"{_zh(period)}，{pack.region.short}", "")


class _Slots(dict[str, str]):
    """Slots without content are empty."""

    def __missing__(self, key: str) -> str:
        return ""


def _zh(period: Period) -> str:
    if period.kind == "year":
        return f"{period.label}年"
    if period.kind == "month":
        return f"{period.start.year}年{period.start.month}月"
    return period.label


def _sentence(pack: Pack, text: str, region: str, period: Period, line: Line) -> str:
    figure = line.figure
    slots = _Slots(
        region=regions.place(region).short,
        period=_zh(period),
        year=period.label,
        value=f"{figure.display:f}" if figure.exact else "0",
        unit=_UNITS.get(figure.unit, figure.unit),
        change=_change_piece(pack.texts.change, line),
        rank=_rank_piece(pack, line),
    )
    filled = text.format_map(slots)
    return filled if figure.usable else filled.removesuffix("。") + f"（数据不足：{figure.reason}）。"


def _change_piece(pieces: Mapping[str, str], line: Line) -> str:
    change = line.change
    if change is None or change.display is None or not change.usable:
        return ""
    kind = spec(line.indicator).change
    if change.display == 0:
        return pieces["same"]
    key = f"{'up' if change.display > 0 else 'down'}_{kind}"
    return pieces[key].format(amount=f"{abs(change.display):f}") if key in pieces else ""


def _rank_piece(pack: Pack, line: Line) -> str:
    placed = line.rank
    if placed is None or placed.rank is None:
        return ""
    key = ("first" if placed.rank == 1 else "other") + ("_tied" if placed.tied else "")
    return pack.texts.rank[key].format(group=regions.groups()[pack.region.compared_with].name, place=placed.rank)


def _plain_paragraph(region: str, period: Period, lines: Mapping[str, Line]) -> str:
    parts = []
    for word in ("air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90", "air.composite_index"):
        line = lines.get(word)
        if line is not None and line.figure.display is not None:
            unit = _UNITS.get(line.figure.unit, line.figure.unit)
            parts.append(f"{line.name}{line.figure.display:f}{unit}{'' if line.figure.usable else '（数据不足）'}")
    return (
        f"{_zh(period)}，{regions.subject_name(region)}{'，'.join(parts)}。"
        if parts
        else f"{_zh(period)}{regions.subject_name(region)}没有结果。"
    )


def _other_editions(lines: Sequence[Line], places: Sequence[PlaceRow]) -> dict[str, list[str]]:
    """For each edition of the card those under which values beside it were published, where they differ."""
    pairs = [(line.figure, line.published) for line in lines]
    pairs += [(row.figures[word], published) for row in places for word, published in row.published.items() if word in row.figures]
    found: dict[str, list[str]] = {}
    for figure, published in pairs:
        if published is not None and published.edition and published.edition != figure.edition:
            known = found.setdefault(figure.edition, [])
            known += [published.edition] * (published.edition not in known)
    return found


def _notes(
    pack: Pack | None, lines: Sequence[Line], places: Sequence[PlaceRow], *, synthetic: bool, others: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """The notes below the card; ``others`` leads from an edition of the card to those under which values were published."""
    notes = []
    if pack is not None:
        has_published = any(line.published for line in lines) or any(row.published for row in places)
        if synthetic:
            notes.append(pack.texts.notes["synthetic"]["zh"])
        elif has_published:
            notes += [pack.texts.notes["realtime_or_audited"]["zh"], pack.texts.notes["published"]["zh"]]
            notes += [
                f"公布值按 {'、'.join(then)} 得出，本表按 {now} 计算；优良天数、综合指数等与公布值之差包含标准的变化，不可直接比较。"
                for now, then in others.items()
            ]
    unverified = sorted({rule for line in lines for rule in line.figure.unverified})
    if unverified:
        notes.append(f"所依规则中有 {len(unverified)} 条尚未与官方文本核对（yangban figures --json 的 unverified 逐条列出）。")
    return tuple(notes)
