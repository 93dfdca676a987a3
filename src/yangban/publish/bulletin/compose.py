"""From Figures to a bulletin: which are said, in which words, in which table. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from importlib.metadata import version
from typing import Final

from yangban.assess.air.indicators import CHANGE_SUFFIX, INDICATORS
from yangban.assess.figure import AS_MONITORED, DUST_EXCLUDED, NOT_APPLICABLE, Figure, displayed
from yangban.assess.ranking import Ranked, rank
from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.base.periods import Period, month_of
from yangban.base.pollutants import AIR_SIX, pollutant
from yangban.publish.bulletin.asked import Asked, Draft, so_far
from yangban.publish.bulletin.layout import ANNUAL, COMPARE, KINDS, MONTHLY, RANKING
from yangban.publish.bulletin.map import map_chart, shapes_for, tint
from yangban.publish.bulletin.nature import ecology_part, sound_part, species_part
from yangban.publish.bulletin.paper import Bar, Bulletin, Cell, Chart, Row, Stack, Table
from yangban.publish.bulletin.water import water_part
from yangban.publish.bulletin.words import (
    DOUBT,
    NONE,
    SAME,
    changed,
    extremes,
    joint,
    listed,
    number,
    place_of,
    rank_cell,
    short,
    step,
    unit_cell,
    value,
    when,
    with_unit,
)
from yangban.publish.card import Card, make_card
from yangban.publish.compare import Comparison, compare_editions
from yangban.publish.compare import Row as Compared
from yangban.run.media import spec
from yangban.run.results import is_descending
from yangban.standards import AirEdition, Book

SYNTHETIC: Final = "合成数据　示例"
"""What stands on every page of a bulletin that rests on synthetic readings."""
BOTH: Final = "2012,2026-transitional"
"""The editions that are set side by side when none are named: the one that ended and the one that followed it."""
DRAFT: Final = "未编号稿"

_SIX: Final = tuple(f"air.{p}.{ {'co': 'p95', 'o3_8h': 'p90'}.get(p, 'mean') }" for p in AIR_SIX)
_AVERAGINGS: Final = {"co": "day", "o3_8h": "day_max_8h"}
_LEVELS: Final = tuple(f"air.level{n}_days" for n in range(1, 7))
_HEAD: Final = ("air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90", "air.composite_index")
_KEY: Final = ("air.good_day_ratio", "air.good_days", "air.heavy_days", *_SIX, "air.composite_index")
_PLACE: Final = (
    "air.good_day_ratio", "air.good_days", "air.valid_days", *_SIX, "air.composite_index", "air.attains", *_LEVELS,
    *(f"air.{p}.primary_days" for p in AIR_SIX),
)  # fmt: skip
_PLACE_CHANGES: Final = ("air.good_day_ratio", "air.pm25.mean", "air.composite_index")
_NAMED: Final = 15
"""Places that a sentence about a verdict names, all of them in a province; a longer list ends in 等, and the table has the rest."""
_DRAWN: Final = 40
"""Places beyond which a chart of all of them can no longer be read; the table has them."""
_BASES: Final = {"realtime": "实况数据", "audited": "审核数据", "best": "审核数据（无审核的日子用实况）", "mixed": "审核与实况混合数据"}
_NETWORKS: Final = {"state": "国家网点位", "province": "省网点位", "all": "全部点位"}
_SCOPES: Final = {AS_MONITORED: "未剔除沙尘", DUST_EXCLUDED: "已剔除沙尘过程"}
CONFIDENCE: Final = {
    "official": "已与正式文本核对",
    "verified": "多个来源一致",
    "one-source": "单一来源",
    "unverified": "尚未核对",
    "unknown": "尚不清楚",
}
"""How sure an entry of the book is, in words."""


@dataclass(frozen=True)
class _Places:
    """The places under a region: their Figures and changes, and their ranks by composite index, best first."""

    names: Mapping[str, str]
    figures: Mapping[str, Mapping[str, Figure]]
    changes: Mapping[str, Mapping[str, Figure]]
    ranked: tuple[Ranked, ...]

    @property
    def codes(self) -> list[str]:
        """In the order of the ranking."""
        return [r.figure.subject for r in self.ranked]

    def all(self, word: str) -> list[Figure]:
        """One indicator of every place, in the order of the ranking."""
        return [self.figures[code][word] for code in self.codes]


PARTS: Final[tuple[Callable[[Asked, Draft, str], None], ...]] = (water_part, sound_part, ecology_part, species_part)
"""What stands in monthly and annual bulletins beside air, in order; a part fills the sections that the layout names for it."""


def make_bulletin(kind: str, asked: Asked, *, editions: str = BOTH, edge: int | None = None) -> Bulletin:
    """Compose a bulletin of a kind: ``monthly``, ``annual``, ``ranking`` or ``compare``.

    ``editions`` are set side by side in a comparison and in the box of an annual bulletin; ``edge`` is how many first and last places a
    ranking notice names. Raises :class:`~yangban.base.errors.UsageError` for a period that lies in two editions when nobody has said how to
    judge it, and for one that holds no results.
    """
    if kind == COMPARE:
        return _compare(asked, editions)
    if kind not in {MONTHLY, ANNUAL, RANKING}:
        raise UsageError(f"no kind of bulletin {kind!r}; expected one of {', '.join(KINDS)}")
    if kind == MONTHLY and asked.period.kind != "month":
        raise UsageError(f"--period {asked.period.label} is a {asked.period.kind}; a monthly briefing is of a month such as 2022-06")
    if kind == ANNUAL and asked.period.kind != "year":
        raise UsageError(f"--period {asked.period.label} is a {asked.period.kind}; an annual bulletin is of a year such as 2022")
    asked = _settled(asked)
    edition = asked.book.air(asked.edition or "", region=_local(asked.region))
    head = asked.one(asked.period, _KEY)
    if all(f.exact is None for f in head.values()):
        said = next((f.reason for f in head.values() if f.reason), "没有读数")
        raise UsageError(f"{asked.period.label} {asked.name}没有评价结果（{said}）：请先 yangban ingest 和 assess；no results to report")
    draft = Draft(used=list(head.values()))
    places = _places(asked)
    if kind == RANKING:
        _ranking(asked, draft, places, edge)
    else:
        (_annual if kind == ANNUAL else _monthly)(asked, draft, edition, head, places)
        for part in PARTS:
            part(asked, draft, kind)
        if kind == ANNUAL:
            _box(asked, draft, editions)
    draft.used += [f for row in places.figures.values() for f in row.values()]
    draft.say["method"] = _method(asked, edition, draft)
    if kind == ANNUAL:
        _documents(asked.book, draft, (*edition.documents, *draft.documents), when(asked.period), [*draft.used, *draft.others])
    return _finished(asked, draft, kind, [edition])


def _settled(asked: Asked) -> Asked:
    """The question with its edition fixed, so that every number of the bulletin is judged alike."""
    figure = asked.figures([asked.region], [asked.period], ["air.good_day_ratio"])[0]
    if figure.status == NOT_APPLICABLE:
        raise UsageError(figure.reason)
    return replace(asked, edition=figure.edition)


def _local(region: str) -> str | None:
    return None if regions.subject_level(region) in {"group", "station"} else region


def _places(asked: Asked) -> _Places:
    if regions.subject_level(asked.region) not in {"province", "nation", "group"}:
        return _Places({}, {}, {}, ())
    codes = [p.code for p in regions.prefecture_places(asked.region, on=asked.period.end) if p.code != asked.region]
    if not codes:
        return _Places({}, {}, {}, ())
    figures: dict[str, dict[str, Figure]] = {}
    for f in asked.figures(codes, [asked.period], _PLACE):
        figures.setdefault(f.subject, {})[f.indicator] = f
    changes: dict[str, dict[str, Figure]] = {}
    for f in asked.figures(codes, [asked.period], [w + CHANGE_SUFFIX for w in _PLACE_CHANGES]):
        changes.setdefault(f.subject, {})[f.indicator.removesuffix(CHANGE_SUFFIX)] = f
    ranked = rank([figures[code]["air.composite_index"] for code in codes], descending=False)
    return _Places({c: regions.subject_name(c) for c in codes}, figures, changes, tuple(ranked))


def _annual(asked: Asked, draft: Draft, edition: AirEdition, head: Mapping[str, Figure], places: _Places) -> None:
    card = _card(asked)
    changes = asked.one(asked.period, [w + CHANGE_SUFFIX for w in _KEY])
    draft.say["head"] = (_headline(asked, head, {"同比": changes}, places, card), *_no_base(asked, changes, "同比"))
    _six(asked, draft, edition, head, changes)
    _months(asked, draft, edition, [m for m in asked.period.months if m.end <= asked.period.end])
    own = asked.one(asked.period, ("air.valid_days", *_LEVELS))
    _levels(asked, draft, edition, {**head, **own}, places)
    _cities(asked, draft, edition, head, changes, places)
    _primary(asked, draft, places)
    _published(draft, card)


def _card(asked: Asked) -> Card:
    """The report card of the same period, for ranks and published values."""
    return make_card(
        asked.results, region=asked.region, period=asked.period, edition=asked.edition, basis=asked.basis, scope=asked.scope,
        water=None if asked.media is None else asked.media.water,
    )  # fmt: skip


def _monthly(asked: Asked, draft: Draft, edition: AirEdition, head: Mapping[str, Figure], places: _Places) -> None:
    words = [w + CHANGE_SUFFIX for w in _KEY]
    yoy, mom = asked.one(asked.period, words), asked.one(asked.period, words, base="mom")
    to_date = so_far(asked.period)
    year, year_yoy = asked.one(to_date, _KEY), asked.one(to_date, words)
    draft.used += [*year.values()]
    draft.say["head"] = (
        _headline(asked, head, {"同比": yoy, "环比": mom}, places, None),
        f"{when(to_date)}，{_values(year, {'同比': year_yoy}, _HEAD[:2])}。",
        *_no_base(asked, yoy, "同比"),
        *_no_base(asked, mom, "环比"),
    )
    rows: list[Row] = [
        {
            "item": Cell(INDICATORS[w].name),
            "unit": unit_cell(head[w].unit),
            "now": number(head[w]),
            "yoy": with_unit(number(yoy.get(w)), w),
            "mom": with_unit(number(mom.get(w)), w),
            "year": number(year.get(w)),
            "year_yoy": with_unit(number(year_yoy.get(w)), w),
        }
        for w in _KEY
    ]
    draft.tables["key"] = Table(f"{asked.name}{when(asked.period)}主要指标", tuple(rows), note=_star([*head.values(), *year.values()]))
    _cities(asked, draft, None, head, yoy, places)
    _levels(asked, draft, edition, head, places, table=False)
    _months(asked, draft, edition, [month_of(asked.period.start.year, m) for m in range(1, asked.period.start.month + 1)])
    _published(draft, _card(asked))


def _values(figures: Mapping[str, Figure], changes: Mapping[str, Mapping[str, Figure]], words: Sequence[str]) -> str:
    return "；".join(
        f"{INDICATORS[w].name}为{value(figures[w])}{''.join(changed(by.get(w), base) for base, by in changes.items())}"
        for w in words
        if w in figures
    )


def _headline(
    asked: Asked, head: Mapping[str, Figure], changes: Mapping[str, Mapping[str, Figure]], places: _Places, card: Card | None
) -> str:
    first = head["air.good_day_ratio"]
    kind = "设区城市" if regions.subject_level(asked.region) == "province" else "地级及以上城市"
    who = f"{asked.name}{first.n_expected}个{kind}平均" if places.names else asked.name
    said = f"{when(asked.period)}，{who}{_values(head, changes, _HEAD)}。"
    ranks = [line for line in card.lines if line.rank is not None and line.rank.rank is not None] if card else []
    if ranks:
        placed = "，".join(f"{line.name}居第{place_of(line.rank)}位" for line in ranks if line.rank)
        said += f"在对比组的{ranks[0].rank.of if ranks[0].rank else ''}个省份中，{placed}。"
    return said


def _no_base(asked: Asked, changes: Mapping[str, Figure], base: str) -> tuple[str, ...]:
    """The sentence that stands where no change can be said, and why."""
    reasons = list(dict.fromkeys(f.reason for f in changes.values() if f.display is None and f.reason))
    if any(f.usable for f in changes.values()) or not reasons:
        return ()
    return (f"{base}：{'；'.join(reasons)}，本{'年' if asked.period.kind == 'year' else '期'}不作{base}比较。",)


def _six(asked: Asked, draft: Draft, edition: AirEdition, head: Mapping[str, Figure], changes: Mapping[str, Figure]) -> None:
    multiples = asked.one(asked.period, [f"{w}_multiple" for w in _SIX] + ["air.attains"])
    rows: list[Row] = []
    failing = []
    for code, word in zip(AIR_SIX, _SIX, strict=True):
        multiple, change = multiples[f"{word}_multiple"], changes.get(word)
        then = change.detail.get("then") if change else None
        limit = edition.limit(code, _AVERAGINGS.get(code, "annual"))
        over = multiple.exact is not None and multiple.exact > 0
        if over:
            failing.append(pollutant(code).printed)
        verdict = NONE if multiple.exact is None else f"超标{multiple.display}倍" if over else "达标"
        rows.append(
            {
                "item": Cell(INDICATORS[word].name),
                "unit": unit_cell(head[word].unit),
                "now": number(head[word]),
                "then": _earlier(then),
                "change": number(change),
                "limit": Cell(f"{limit:f}", limit, _form(f"{limit:f}")),
                "verdict": Cell(verdict + ("" if multiple.usable or verdict == NONE else "*")),
            }
        )
    attains = multiples["air.attains"]
    if attains.exact is None:
        said = f"六项污染物是否全部达到二级标准：{value(attains)}。"
    elif failing:
        said = f"{'、'.join(failing)}超过二级标准，其余各项达到二级标准。"
    else:
        said = "六项污染物年评价浓度均达到二级标准。"
    if attains.exact is not None and not attains.usable:
        said = f"{said.removesuffix('。')}（数据不足：{attains.reason}）。"
    draft.say["six"] = (said,)
    draft.tables["six"] = Table(
        f"{asked.name}{when(asked.period)}六项污染物浓度",
        tuple(rows),
        note=f"限值和评价依据{edition.title}；变化按公布值计算。{_star([*head.values(), *multiples.values()])}",
    )


def _earlier(text: str | None) -> Cell:
    """The printed value of the period compared with."""
    return Cell(NONE) if text is None else Cell(text, Decimal(text), _form(text))


def _form(text: str) -> str:
    _, _, decimals = text.partition(".")
    return f"0.{'0' * len(decimals)}" if decimals else "0"


def _months(asked: Asked, draft: Draft, edition: AirEdition, months: Sequence[Period]) -> None:
    found = {f.period: f for f in asked.figures([asked.region], months, ["air.pm25.mean"])}
    figures = [found[m.label] for m in months]
    low, high = extremes(figures)
    if len([f for f in figures if f.exact is not None]) < 2:
        return

    def months_of(several: Sequence[Figure]) -> str:
        return "、".join(f"{int(f.period[-2:])}月" for f in several)

    if not low or low[0].display == high[0].display:
        caption = f"{asked.name}各月PM2.5平均浓度" + (SAME if low else "")
    else:
        caption = f"{asked.name}PM2.5平均浓度{months_of(high)}最高（{short(high[0])}），{months_of(low)}最低（{short(low[0])}）"
    limit = edition.limit("pm25", "annual")
    draft.charts["months"] = Chart(
        "line",
        caption,
        f"各月PM2.5平均浓度，微克/立方米（µg/m³）；{edition.title}",
        bars=tuple(Bar(f"{m.start.month}月", found[m.label].display, found[m.label].usable) for m in months),
        limit=(limit, f"年平均二级限值 {limit:f}"),
    )


def _levels(asked: Asked, draft: Draft, edition: AirEdition, head: Mapping[str, Figure], places: _Places, *, table: bool = True) -> None:
    own = head["air.good_day_ratio"]
    said = f"{asked.name}优良天数比例为{value(own)}，重度及以上污染天数为{value(head['air.heavy_days'])}。"
    good = places.all("air.good_days")
    low, high = extremes(good)
    caption = ""
    if low and low[0].display == high[0].display:
        caption = f"各城市优良天数相同，均为{value(low[0])}"
    elif low:
        caption = f"优良天数最多的是{joint(_names(high))}，{value(high[0])}；最少的是{joint(_names(low))}，{value(low[0])}"
    drawn = 1 < len(places.codes) <= _DRAWN and bool(caption)
    # Where there is a chart its caption says it.
    draft.say["levels"] = (said if drawn or not caption else f"{said}{caption}。",)
    if table:
        rows = [_level_row(places.names[code], places.figures[code]) for code in places.codes]
        title = f"{asked.name}平均" if rows else asked.name
        rows.append(_level_row(title, head))
        figures = [*head.values(), *(f for code in places.codes for f in places.figures[code].values())]
        draft.tables["levels"] = Table(f"{asked.name}{when(asked.period)}各级别天数", tuple(rows), note=_star(figures))
    if drawn:
        order = sorted(places.codes, key=lambda c: -(places.figures[c]["air.good_day_ratio"].display or 0))
        draft.charts["levels_chart"] = Chart(
            "levels",
            caption,
            f"各级别天数，天；{edition.title}",
            stacks=tuple(Stack(places.names[c], tuple(places.figures[c][w].display or Decimal(0) for w in _LEVELS)) for c in order),
            levels=tuple((level.category, level.colour) for level in edition.levels()),
        )


def _level_row(name: str, figures: Mapping[str, Figure]) -> Row:
    cells = {f"l{n}": number(figures.get(word)) for n, word in enumerate(_LEVELS, start=1)}
    return {"place": Cell(name), **cells, "valid": number(figures.get("air.valid_days")), "ratio": number(figures["air.good_day_ratio"])}


def _cities(
    asked: Asked, draft: Draft, edition: AirEdition | None, head: Mapping[str, Figure], changes: Mapping[str, Figure], places: _Places
) -> None:
    """The table of cities and the bars of PM2.5; with an edition (of a whole year) also who attains, and the limit."""
    if not places.names:
        return
    rows = [
        _city_row(r, places.names[r.figure.subject], places.figures[r.figure.subject], places.changes[r.figure.subject])
        for r in places.ranked
    ]
    rows.append(_city_row(None, f"{asked.name}平均", head, changes))
    low, high = extremes(places.all("air.composite_index"))
    said = _ends(low, high, "综合指数")
    if edition is not None:
        attains = places.all("air.attains")
        failing = [f.subject_name for f in attains if f.usable and f.exact == 0]
        passing = [f.subject_name for f in attains if f.usable and f.exact]
        unsure = [f.subject_name for f in attains if not f.usable]
        said += f"{len(passing)}个城市六项污染物均达到二级标准"
        said += f"，{listed(failing, most=_NAMED)}未达到。" if failing else "。"
        said += f"{listed(unsure, most=_NAMED)}数据不足，不作评价。" if unsure else ""
    draft.say["cities"] = (said,)
    unranked = [places.names[r.figure.subject] for r in places.ranked if r.rank is None]
    note = "按综合指数由低到高排名，数值相同名次并列；CO为第95百分位数，O3-8h为日最大8小时平均第90百分位数，其余为平均浓度。"
    note += f"{listed(unranked, most=_NAMED)}数据不足，不参与排名。" if unranked else ""
    figures = [f for code in places.codes for f in (*places.figures[code].values(), *places.changes[code].values())]
    draft.tables["cities"] = Table(f"{asked.name}{when(asked.period)}各城市环境空气质量", tuple(rows), note=note + _star(figures))
    _city_bars(draft, places, edition)
    _city_map(asked, draft, places)


def _city_row(placed: Ranked | None, name: str, figures: Mapping[str, Figure], changes: Mapping[str, Figure]) -> Row:
    return {
        "rank": rank_cell(placed),
        "place": Cell(name),
        "ratio": number(figures["air.good_day_ratio"]),
        "ratio_change": number(changes.get("air.good_day_ratio")),
        "pm25": number(figures["air.pm25.mean"]),
        "pm25_change": number(changes.get("air.pm25.mean")),
        "pm10": number(figures["air.pm10.mean"]),
        "so2": number(figures["air.so2.mean"]),
        "no2": number(figures["air.no2.mean"]),
        "co": number(figures["air.co.p95"]),
        "o3": number(figures["air.o3_8h.p90"]),
        "index": number(figures["air.composite_index"]),
    }


def _city_bars(draft: Draft, places: _Places, edition: AirEdition | None) -> None:
    figures = places.all("air.pm25.mean")
    if not 1 < len(figures) <= _DRAWN:
        return
    low, high = extremes(figures)
    caption = f"PM2.5{_between(low, high)}"
    limit = None
    if edition is not None:
        bound = edition.limit("pm25", "annual")
        limit = (bound, f"年平均二级限值 {bound:f}")
        over = [f.subject_name for f in figures if f.usable and f.display is not None and f.display > bound]
        caption += f"，{listed(over)}高于限值" if over else "，均不高于限值" if low else ""
    order = sorted(figures, key=lambda f: (f.display is None, f.display or 0))
    draft.charts["cities_chart"] = Chart(
        "bars",
        caption,
        "各城市PM2.5平均浓度，微克/立方米（µg/m³）",
        bars=tuple(Bar(f.subject_name, f.display, f.usable) for f in order),
        limit=limit,
    )


def _city_map(asked: Asked, draft: Draft, places: _Places) -> None:
    """The good-day ratio of each city on the map."""
    shapes = shapes_for(asked)
    figures = {f.subject: f for f in places.all("air.good_day_ratio")}
    values = [f.display for f in figures.values() if f.display is not None]
    if shapes is None or not values:
        return
    low, high = extremes(figures.values())
    having = {code: f for code, f in figures.items() if f.display is not None}
    told = {code: (short(f), tint(f.display, values)) for code, f in having.items()}
    bars = [Bar(places.names[code], f.display, f.usable) for code, f in figures.items()]
    caption = f"优良天数比例{_between(low, high)}"
    draft.charts["cities_map"] = map_chart(shapes, caption, "各城市优良天数比例，%，颜色越深比例越高", bars, told)


def _between(low: Sequence[Figure], high: Sequence[Figure]) -> str:
    if not low:
        return "：数据不足"
    if low[0].display == high[0].display:
        return f"：各城市相同，均为{short(low[0])}"
    return f"：{joint(_names(low))}最低（{short(low[0])}），{joint(_names(high))}最高（{short(high[0])}）"


def _ends(low: Sequence[Figure], high: Sequence[Figure], what: str) -> str:
    if not low:
        return f"没有城市的{what}可以正式使用。"
    if low[0].display == high[0].display:
        return f"各城市{what}相同，均为{value(low[0])}，名次并列。"
    return f"{what}最低（空气质量相对最好）的是{joint(_names(low))}，为{value(low[0])}；最高的是{joint(_names(high))}，为{value(high[0])}。"


def _names(figures: Iterable[Figure]) -> list[str]:
    return [f.subject_name for f in figures]


def _primary(asked: Asked, draft: Draft, places: _Places) -> None:
    words = [f"air.{p}.primary_days" for p in AIR_SIX]
    own = asked.one(asked.period, words)
    known = [(p, own[w]) for p, w in zip(AIR_SIX, words, strict=True) if own[w].exact is not None]
    there = sorted(((p, f) for p, f in known if f.exact), key=lambda pair: -(pair[1].exact or 0))
    days = "、".join(f"{pollutant(p).printed}（{value(f)}）" for p, f in there)
    draft.say["primary"] = (
        f"超标天中，首要污染物按天数多少为{days}。"
        if there
        else f"{when(asked.period)}{asked.name}没有超标天，没有首要污染物。"
        if known
        else f"首要污染物：{value(own[words[0]])}。",
    )
    rows: list[Row] = [
        {"place": Cell(places.names[code]), **{p: number(places.figures[code][w]) for p, w in zip(AIR_SIX, words, strict=True)}}
        for code in places.codes
    ]
    rows.append(
        {"place": Cell(f"{asked.name}平均" if rows else asked.name), **{p: number(own[w]) for p, w in zip(AIR_SIX, words, strict=True)}}
    )
    figures = [*own.values(), *(places.figures[code][w] for code in places.codes for w in words)]
    note = "一天有几项首要污染物时，每项各计一天。" + _star(figures)
    draft.tables["primary"] = Table(f"{asked.name}{when(asked.period)}超标天的首要污染物", tuple(rows), note=note)


def _published(draft: Draft, card: Card) -> None:
    """The published results that the region's pack holds, beside the computed ones."""
    rows: list[Row] = []
    equal = 0
    pairs = [(card.name, line.indicator, line.figure, line.published) for line in card.lines if line.published is not None]
    pairs += [(row.name, w, row.figures[w], p) for row in card.places for w, p in row.published.items() if w in row.figures]
    for name, word, figure, published in pairs:
        if figure.exact is None:
            continue
        computed = displayed(Fraction(figure.exact), -int(published.number.as_tuple().exponent))
        gap = None if computed is None else computed - published.number
        equal += gap == 0
        mark = "" if figure.usable else DOUBT
        rows.append(
            {
                "place": Cell(name),
                "item": Cell(spec(word).name),
                "unit": unit_cell(figure.unit),
                "computed": Cell(f"{computed:f}{mark}", computed, _form(f"{computed:f}") + (f'"{mark}"' if mark else "")),
                "published": Cell(published.value, published.number, _form(published.value)),
                "difference": Cell("相同" if gap == 0 else step(gap).text, gap, step(gap).form.replace(SAME, "相同")),
                "source": Cell(published.issuer),
            }
        )
    if not rows:
        return
    draft.say["published"] = (
        f"已收录的公布值有{len(rows)}项，按公布的小数位比较，相同{equal}项，不同{len(rows) - equal}项。",
        "公布值多据审核数据，与实况数据有差别属于正常。",
    )
    draft.tables["published"] = Table("计算值与公布值", tuple(rows), note=_star(figure for _, _, figure, _ in pairs))


def _box(asked: Asked, draft: Draft, editions: str) -> None:
    table = compare_editions(
        asked.results, region=asked.region, period=asked.period, editions=editions, basis=asked.basis, scope=asked.scope
    )
    _compared(asked.book, draft, table, when(asked.period))


def _compared(book: Book, draft: Draft, table: Comparison, period: str) -> None:
    titles = [book.air(e).title for e in table.editions]
    ratio = next(r for r in table.headline if r.indicator == "air.good_day_ratio")
    draft.say["editions"] = (
        f"同一份读数，在{'、'.join(titles)}下分别评价。{table.name}优良天数比例依次为"
        f"{'、'.join(value(f) for f in ratio.figures)}{_differing(ratio)}。",
        "两个版本的限值、分指数和修约不同，级别、综合指数和达标判断随之不同，不同版本的结果不可混用。",
    )
    draft.tables["editions"] = Table(
        f"{table.name}{period}在不同版本标准下的结果",
        tuple({"item": Cell(r.indicator_name), **_compared_cells(r)} for r in table.headline),
        note=f"差为与{titles[0]}之差，按公布值计算。" + _star(f for r in table.headline for f in r.figures),
        heads=_heads(table),
    )


def _differing(row: Compared) -> str:
    last = row.differences[-1]
    if last is None:
        return ""
    return f"，{SAME}" if last == 0 else f"，后者{'高' if last > 0 else '低'}{abs(last):f}个百分点"


def _heads(table: Comparison) -> dict[str, tuple[str, ...]]:
    short_names = [short_edition(e) for e in table.editions]
    gaps = ["差"] if len(short_names) == 2 else [f"差\n（{name}）" for name in short_names[1:]]
    return {"value": tuple(short_names), "step": tuple(gaps)}


def _compared_cells(row: Compared) -> dict[str, Cell | tuple[Cell, ...]]:
    judged = row.indicator == "air.attains"
    steps = tuple(_judgement(row.figures[0], f) for f in row.figures[1:]) if judged else tuple(step(d) for d in row.differences)
    return {"unit": unit_cell(row.figures[0].unit), "value": tuple(number(f) for f in row.figures), "step": steps}


def _judgement(first: Figure, other: Figure) -> Cell:
    if first.display is None or other.display is None:
        return Cell(NONE)
    return Cell("不变" if first.display == other.display else "由达标变超标" if first.display else "由超标变达标")


def _compare(asked: Asked, editions: str) -> Bulletin:
    table = compare_editions(
        asked.results, region=asked.region, period=asked.period, editions=editions, basis=asked.basis, scope=asked.scope
    )
    used = [f for r in (*table.headline, *table.places) for f in r.figures]
    if all(f.exact is None for f in used):
        raise UsageError(f"{asked.period.label} {asked.name}没有评价结果：请先 yangban ingest 和 assess；no results to compare")
    draft = Draft(used=used)
    _compared(asked.book, draft, table, when(asked.period))
    draft.say["head"] = draft.say.pop("editions")
    if table.places:
        _places_compared(asked, draft, table)
    several = [asked.book.air(e, region=_local(asked.region)) for e in table.editions]
    draft.say["method"] = (
        f"{_readings(asked, used)}各版本用同一份日值，不重新采数。",
        *_digest(used),
    )
    documents = tuple(dict.fromkeys(d for e in several for d in e.documents))
    _documents(asked.book, draft, documents, when(asked.period), used)
    return _finished(asked, draft, COMPARE, several)


def _places_compared(asked: Asked, draft: Draft, table: Comparison) -> None:
    ratios = [r for r in table.places if r.indicator == "air.good_day_ratio"]
    attains = [r for r in table.places if r.indicator == "air.attains"]
    changed_places = [r.name for r in attains if r.figures[0].display and r.figures[-1].display is not None and not r.figures[-1].display]
    titles = [asked.book.air(e).title for e in table.editions]
    known = [r for r in ratios if r.differences[-1] is not None]
    most = min((d for r in known if (d := r.differences[-1]) is not None), default=None)
    said = f"按{titles[-1]}评价，"
    said += f"{listed(changed_places, most=_NAMED)}由六项均达标变为超标。" if changed_places else "没有城市由达标变为超标。"
    finding = "各城市优良天数比例" + (SAME if most == 0 else "")
    if most is not None and most < 0:
        falling = [r.name for r in known if r.differences[-1] == most]
        finding = f"优良天数比例降幅最大的是{joint(falling)}，{abs(most):f}个百分点"
        said += f"{finding}。"
    draft.say["places"] = (said,)
    columns = {"ratio": "air.good_day_ratio", "days": "air.good_days", "index": "air.composite_index", "attains": "air.attains"}
    by_place: dict[str, dict[str, Compared]] = {}
    for r in table.places:
        by_place.setdefault(r.name, {})[r.indicator] = r
    names = [short_edition(e) for e in table.editions]
    words = {"ratio": "优良比例(%)", "days": "优良天数(天)", "index": "综合指数", "attains": "六项达标"}
    draft.tables["places"] = Table(
        f"各城市{when(asked.period)}在不同版本标准下的结果",
        tuple(
            {"place": Cell(name), **{key: tuple(number(f) for f in rows[word].figures) for key, word in columns.items()}}
            for name, rows in by_place.items()
        ),
        heads={key: tuple(f"{said}\n{name}" for name in names) for key, said in words.items()},
        note=_star(f for r in table.places for f in r.figures),
    )
    if 1 < len(ratios) <= _DRAWN:
        order = sorted(ratios, key=lambda r: -(r.figures[0].display or 0))
        draft.charts["pairs"] = Chart(
            "pairs",
            finding,
            "各城市优良天数比例，%",
            bars=tuple(Bar(r.name, r.figures[0].display, r.figures[0].usable) for r in order),
            second=tuple(Bar(r.name, r.figures[-1].display, r.figures[-1].usable) for r in order),
            names=(_heads(table)["value"][0], _heads(table)["value"][-1]),
        )


def _ranking(asked: Asked, draft: Draft, places: _Places, edge: int | None) -> None:
    if not places.names:
        raise UsageError(
            f"{asked.name}没有下属的城市：排名通报请指定省份、组或全国；a ranking notice is of a province, a group or the nation"
        )
    placed = [r for r in places.ranked if r.rank is not None]
    if not placed:
        raise UsageError(f"{asked.period.label} {asked.name}没有可以排名的城市：数据不足；no place has enough data to be ranked")
    n = edge or _edge(len(placed))
    first = [r for r in placed if (r.rank or 0) <= n]
    cut = placed[max(0, len(placed) - n)].rank or 0
    last = [r for r in placed if (r.rank or 0) >= cut]
    lines = [
        f"{when(asked.period)}，{asked.name}{len(places.names)}个城市"
        + ("数据均充足，全部参与排名。" if len(placed) == len(places.names) else f"中{len(placed)}个数据充足，参与排名。"),
        f"综合指数由低到高，前{n}名（空气质量相对较好）依次为{_in_order(first, places)}。",
    ]
    if len(placed) > n:
        lines.append(f"后{n}名（自名次靠后起）依次为{_in_order(list(reversed(last)), places)}。")
    longer = [name for name, several in (("前", first), ("后", last)) if len(several) > n]
    if longer:
        lines.append(f"{'、'.join(longer)}{n}名因名次并列而多于{n}个城市，并列的全部列出。")
    unranked = [places.names[r.figure.subject] for r in places.ranked if r.rank is None]
    if unranked:
        lines.append(f"{listed(unranked, most=_NAMED)}数据不足，不参与排名。")
    draft.say["head"] = tuple(lines)
    rows: list[Row] = [
        {
            "rank": rank_cell(r),
            "place": Cell(places.names[r.figure.subject]),
            "index": number(r.figure),
            "ratio": number(places.figures[r.figure.subject]["air.good_day_ratio"]),
            "pm25": number(places.figures[r.figure.subject]["air.pm25.mean"]),
            "o3": number(places.figures[r.figure.subject]["air.o3_8h.p90"]),
        }
        for r in places.ranked
    ]
    figures = [f for code in places.codes for f in places.figures[code].values()]
    draft.tables["ranking"] = Table(
        f"{asked.name}{when(asked.period)}城市综合指数排名",
        tuple(rows),
        note="综合指数无量纲，相同者名次并列，其后名次顺延。" + _star(figures),
    )
    _change_ranking(asked, draft, places)


_LONG: Final = 20
"""From so many places on, first and last ten are named, as the ministry does with 168 cities; else three."""


def _edge(ranked: int) -> int:
    return 10 if ranked >= _LONG else min(3, ranked)


def _in_order(ranked: Sequence[Ranked], places: _Places) -> str:
    return "、".join(f"{places.names[r.figure.subject]}（{value(r.figure)}{f'，并列第{r.rank}' if r.tied else ''}）" for r in ranked)


def _change_ranking(asked: Asked, draft: Draft, places: _Places) -> None:
    word = "air.composite_index"
    ranked = rank([places.changes[code][word] for code in places.codes], descending=is_descending(word))
    placed = [r for r in ranked if r.rank is not None]
    if not placed:
        reason = next((r.figure.reason for r in ranked if r.figure.reason), "")
        draft.say["changes"] = (f"变化排名：{reason}，本期不作变化排名。",)
        return
    better = [r for r in placed if r.figure.display is not None and r.figure.display < 0]
    same = [r for r in placed if r.figure.display == 0]
    worse = [r for r in placed if r.figure.display is not None and r.figure.display > 0]
    counts = ((better, "综合指数下降（改善）"), (same, f"综合指数{SAME}"), (worse, "综合指数上升（变差）"))
    said = "与上年同期相比，" + "，".join(f"{len(several)}个城市{what}" for several, what in counts if several) + "。"
    top, bottom = placed[0], placed[-1]
    if better:
        names = [places.names[r.figure.subject] for r in placed if r.rank == top.rank]
        said += f"改善幅度最大的是{joint(names)}{changed(top.figure, '同比')}。"
    if worse:
        names = [places.names[r.figure.subject] for r in placed if r.rank == bottom.rank]
        said += f"变差幅度最大的是{joint(names)}{changed(bottom.figure, '同比')}。"
    draft.say["changes"] = (said,)
    rows: list[Row] = []
    for r in ranked:
        then = r.figure.detail.get("then")
        rows.append(
            {
                "rank": rank_cell(r),
                "place": Cell(places.names[r.figure.subject]),
                "now": number(places.figures[r.figure.subject][word]),
                "then": _earlier(then),
                "change": number(r.figure),
            }
        )
    draft.tables["changes"] = Table(
        f"{asked.name}{when(asked.period)}城市综合指数变化排名",
        tuple(rows),
        note="变化由低到高（改善在前），按公布值计算。" + _star(r.figure for r in ranked),
    )


def _star(figures: Iterable[Figure]) -> str:
    return "带*的数据不足，不作正式使用。" if any(f.display is not None and not f.usable for f in figures) else ""


def _readings(asked: Asked, used: Sequence[Figure]) -> str:
    bases = [_BASES.get(b, b) for b in dict.fromkeys(f.basis for f in used if f.exact is not None)]
    networks = [_NETWORKS.get(n, n) for n in dict.fromkeys(f.network for f in used if f.exact is not None)]
    return f"数据：{'、'.join(networks)}，{'、'.join(bases) or _BASES[asked.basis]}，{_SCOPES[asked.scope]}。"


def _digest(used: Sequence[Figure]) -> tuple[str, ...]:
    digest = next((f.inputs for f in used if f.inputs), "")
    return (f"输入文件摘要（SHA-256）：{digest}。",) if digest else ()


def _method(asked: Asked, edition: AirEdition, draft: Draft) -> tuple[str, ...]:
    """Where the numbers come from, how they were judged, and what is not sure."""
    used = [*draft.used, *draft.others]
    lines = [f"{'环境空气' if draft.others else ''}{_readings(asked, draft.used)}评价标准：{edition.title}。", *_switches(asked, edition)]
    if regions.subject_level(asked.region) in {"province", "group", "nation"}:
        lines.append("区域数值为所辖设区城市（地级及以上城市）数值的算术平均，须各城市数据均充足；天数的区域平均可有小数。")
    lines += draft.method
    lines.append("数值按《数值修约规则》四舍六入五成双，只在规定的一步修约；排名和变化按公布值。")
    if count := len({rule for f in used for rule in f.unverified}):
        where = "，逐条列于下表" if asked.period.kind == "year" else "（yangban figures --json 的 unverified 逐条列出）"
        lines.append(f"所依规则中有{count}条尚未与官方文本核对{where}。")
    return (*lines, *_digest(used))


def _switches(asked: Asked, edition: AirEdition) -> list[str]:
    """What has to be said when the edition is not simply the one in force, now or in the period compared with."""
    lines = []
    here = asked.book.air_list("in-force", start=asked.period.start, end=asked.period.end)
    if edition.id not in {e.id for e in here}:
        lines.append(f"本时段施行的是{'、'.join(e.title for e in here)}；本报告按要求以{edition.title}评价，供比较，不作正式结果。")
    elif len(here) > 1:
        lines.append(f"本时段跨越标准更替（{'、'.join(e.title for e in here)}），全部按{edition.title}评价。")
    before = asked.period.year_before()
    then = asked.book.air_list("in-force", start=before.start, end=before.end) if before.start >= asked.book.editions[0].start else ()
    if then and edition.id not in {e.id for e in then}:
        lines.append(f"同比：上年同期也按{edition.title}重新评价，与当时按{'、'.join(e.title for e in then)}公布的数值不可直接比较。")
    return lines


def _documents(book: Book, draft: Draft, ids: Sequence[str], period: str, used: Sequence[Figure]) -> None:
    documents = [book.document(each) for each in ids]
    draft.tables["documents"] = Table(
        f"{period}评价所依文件",
        tuple(
            {
                "number": Cell(d.number or NONE),
                "title": Cell(d.title),
                "effective": Cell(d.effective.isoformat()),
                "confidence": Cell(CONFIDENCE.get(d.confidence, d.confidence)),
            }
            for d in documents
        ),
    )
    unverified = sorted({rule for f in used for rule in f.unverified})
    if not unverified:
        return
    draft.say["rules_say"] = (f"尚未与官方文本核对的规则共{len(unverified)}条，任何一条核对后有变，结果须重算：",)
    grouped: dict[tuple[str, str], list[str]] = {}
    for each in unverified:
        document, _, key = each.partition(":")
        held = book.documents.get(document)
        clause = held.by_key[key][0].clause if held and key in held.by_key else "国家尚无规定，按本系统约定"
        grouped.setdefault((held.number or held.title if held else document, clause), []).append(key)
    draft.tables["rules"] = Table(
        "尚未与官方文本核对的规则",
        tuple({"document": Cell(d), "clause": Cell(c), "rules": Cell("\n".join(keys))} for (d, c), keys in grouped.items()),
    )


def _finished(asked: Asked, draft: Draft, kind: str, editions: Sequence[AirEdition]) -> Bulletin:
    name = KINDS[kind].replace(*WHOLE) if draft.others else KINDS[kind]
    return finished(
        kind, f"{asked.name}{when(asked.period)}{name}", editions, used=[*draft.used, *draft.others], basis=asked.basis, scope=asked.scope,
        release=asked.release, say=draft.say, tables=draft.tables, charts=draft.charts, standards=draft.standards,
    )  # fmt: skip


WHOLE: Final = ("环境空气质量", "生态环境质量")
"""What a title calls a bulletin of air alone, and one that has more than air."""


def short_edition(edition: str) -> str:
    """An edition as headings of columns have it: ``2012版``, ``2026过渡版``."""
    return edition.removeprefix("gb3095-").replace("-transitional", "过渡") + "版"


def finished(
    kind: str,
    title: str,
    editions: Sequence[AirEdition],
    *,
    used: Sequence[Figure],
    basis: str,
    scope: str,
    release: str | None,
    say: Mapping[str, tuple[str, ...]],
    tables: Mapping[str, Table],
    charts: Mapping[str, Chart],
    synthetic: bool | None = None,
    standards: Sequence[str] = (),
) -> Bulletin:
    """A bulletin with what stands on every page: the mark of synthetic readings, release, digest of the inputs, edition, program."""
    several = len(editions) > 1
    standard = "、".join([*(short_edition(e.id) if several else e.title for e in editions), *standards])
    names = "、".join([*(short_edition(e.id) for e in editions), *standards])
    made_up = any(f.synthetic for f in used) if synthetic is None else synthetic
    digest = next((f.inputs[:16] for f in used if f.inputs), NONE)
    notes = ("本文数值由程序生成的示例读数算出，不是监测结果。", *say.get("method", ())) if made_up else say.get("method", ())
    return Bulletin(
        kind=kind,
        title=title,
        subtitle=f"（{standard}；{_BASES.get(basis, basis)}；{_SCOPES[scope]}）",
        mark=SYNTHETIC if made_up else "",
        footer=f"{f'发布号 {release}' if release else DRAFT}　输入摘要 {digest}　标准 {names}　yangban {version('yangban')}",
        say={**say, "method": tuple(notes)},
        tables=tables,
        charts=charts,
    )
