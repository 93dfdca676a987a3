"""The numbers that an air office lives by every day: to date with change, rank in every pool, what the rest may bring, today's hours.

Everything rests on Figures; here they are only chosen, ranked and set against targets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from yangban import packs
from yangban.assess.air.indicators import CHANGE_SUFFIX, indicator
from yangban.assess.figure import AS_MONITORED, Figure
from yangban.assess.ranking import Ranked, rank
from yangban.base import regions
from yangban.base.errors import InputError, UnknownRegion, UsageError
from yangban.base.periods import Period, between, month_of, year_of
from yangban.indicators.paths import SoFar, days_left, rest_of_mean, rest_of_ratio
from yangban.indicators.targets import ROUNDED, UNROUNDED, Target, read_targets
from yangban.readings.lake import Lake
from yangban.readings.workspace import Workspace
from yangban.run.hours import Hour, edition_on, hours_of
from yangban.run.results import AirResults, is_descending

HEAD: Final = (
    "air.good_days",
    "air.good_day_ratio",
    "air.heavy_days",
    "air.pm25.mean",
    "air.pm10.mean",
    "air.so2.mean",
    "air.no2.mean",
    "air.co.p95",
    "air.o3_8h.p90",
    "air.composite_index",
)
"""What is said of the month and the year to date."""
RANKED: Final = ("air.composite_index", "air.pm25.mean", "air.good_day_ratio", "air.o3_8h.p90")
"""What places are ranked by: the composite index as ministry and provinces rank, and the indicators that have targets."""
LAST: Final = 10
"""Length of the list that nobody wants to be on: ministry and provinces publish the last ten."""

_ONE_DAY: Final = timedelta(days=1)
_HOURS: Final = 24


@dataclass(frozen=True)
class ToDate:
    """A month or year so far: ``figures`` and their ``changes`` by indicator; ``reason`` says why there are none."""

    whole: Period
    period: Period | None
    figures: Mapping[str, Figure]
    changes: Mapping[str, Figure]
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON prints it."""
        return {
            "period": None if self.period is None else self.period.label,
            "of": self.whole.label,
            "reason": self.reason,
            "figures": {w: f.to_dict() for w, f in self.figures.items()},
            "changes": {w: f.to_dict() for w, f in self.changes.items()},
        }


@dataclass(frozen=True)
class Pool:
    """Places that are ranked together: ``members`` are those who belong, with readings or not."""

    id: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Placing:
    """The place's rank in one pool, by value or by change, for the month or the year to date."""

    span: str
    pool: Pool
    by: str
    placed: Ranked

    def to_dict(self) -> dict[str, Any]:
        """As JSON prints it."""
        figure = self.placed.figure
        return {
            "span": self.span,
            "period": figure.period,
            "pool": self.pool.id,
            "pool_name": self.pool.name,
            "indicator": figure.indicator.removesuffix(CHANGE_SUFFIX),
            "by": self.by,
            "rank": self.placed.rank,
            "tied": self.placed.tied,
            "of": self.placed.of,
            "members": len(self.pool.members),
            "display": None if figure.display is None else f"{figure.display:f}",
            "unit": figure.unit,
            "status": figure.status,
            "reason": figure.reason,
        }


@dataclass(frozen=True)
class LastTen:
    """Whether the place is among the last of a pool, and the printed value at which it would not be (any more).

    ``leaves_at`` is the worst printed value with which at least ``n`` others are strictly worse; ``margin`` is what lies between it and the
    value of today, positive when the place stands better than that.
    """

    span: str
    pool: Pool
    figure: Figure
    n: int
    of: int
    inside: bool
    leaves_at: Decimal
    margin: Decimal

    def to_dict(self) -> dict[str, Any]:
        """As JSON prints it."""
        return {
            "span": self.span,
            "period": self.figure.period,
            "pool": self.pool.id,
            "pool_name": self.pool.name,
            "of": self.of,
            "indicator": self.figure.indicator,
            "display": f"{self.figure.display:f}",
            "inside": self.inside,
            "leaves_at": f"{self.leaves_at:f}",
            "margin": f"{self.margin:f}",
            "unit": self.figure.unit,
        }


@dataclass(frozen=True)
class Outlook:
    """One target: where the place stands, and what the rest of its period may bring under each way of judging.

    ``reason`` says why there is no such answer.
    """

    target: Target
    figure: Figure | None
    n: int | None
    rest: int
    ways: Mapping[str, Any]
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON prints it; ``rounded`` and ``unrounded`` for means and ratios, ``count`` for days."""
        return {
            **self.target.to_dict(),
            "now": None if self.figure is None else self.figure.to_dict(),
            "valid_days": self.n,
            "rest_days": self.rest,
            **{way: answer.to_dict() for way, answer in self.ways.items()},
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Dispatch:
    """The daily dispatch of a region."""

    region: str
    name: str
    day: date
    as_of: str | None
    through: date
    hours_left: int
    edition: str
    basis: str
    scope: str
    synthetic: bool
    month: ToDate
    year: ToDate
    ranks: tuple[Placing, ...]
    targets: tuple[Outlook, ...]
    hours: tuple[Hour, ...]
    last: tuple[LastTen, ...]
    last_n: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The dispatch as ``yangban dispatch --json`` prints it."""
        return {
            "region": self.region,
            "name": self.name,
            "date": self.day.isoformat(),
            "as_of": self.as_of,
            "through": self.through.isoformat(),
            "hours_left": self.hours_left,
            "edition": self.edition,
            "basis": self.basis,
            "scope": self.scope,
            "synthetic": self.synthetic,
            "month": self.month.to_dict(),
            "year": self.year.to_dict(),
            "ranks": [each.to_dict() for each in self.ranks],
            "targets": [each.to_dict() for each in self.targets],
            "hours": [hour_dict(each) for each in self.hours],
            "last_ten": {
                "n": self.last_n,
                "entries": [each.to_dict() for each in self.last],
                "reason": "" if self.last else f"没有哪个范围至少有 {2 * self.last_n} 个地区参与排名",
            },
            "notes": list(self.notes),
        }


def hour_dict(hour: Hour) -> dict[str, Any]:
    """One hour as JSON prints it."""
    index = hour.index
    return {
        "subject": hour.subject,
        "subject_name": regions.subject_name(hour.subject),
        "hour": hour.ends.isoformat(timespec="minutes"),
        "values": {word: f"{value:f}" for word, value in index.concentrations.items()},
        "aqi": index.aqi,
        "level": None if index.level is None else index.level.grade,
        "category": None if index.level is None else index.level.category,
        "primary": list(index.primary),
        "edition": index.edition,
        "status": index.status,
        "reason": index.reason,
        "synthetic": hour.synthetic,
    }


def targets_for(workspace: Workspace, region: str, *, file: Path | None = None) -> tuple[Target, ...]:
    """The targets of a region, as :func:`targets_of` finds them."""
    return tuple(each for each in targets_of(workspace, file=file) if each.subject == region)


def targets_of(workspace: Workspace, *, file: Path | None = None) -> tuple[Target, ...]:
    """All targets: of the packs, then the workspace's ``targets.toml``, then ``file``; a later one replaces an earlier one.

    Two targets are the same when indicator, subject, period, direction and places are.
    """
    in_packs = ((folder.name, folder / "targets.toml") for folder in packs.pack_folders())
    sources = [(f"packs/{name}/targets.toml", path) for name, path in in_packs if path.is_file()]
    own = workspace.path / "targets.toml"
    if own.is_file():
        sources.append((str(own), own))
    if file is not None:
        sources.append((str(file), file))
    found: dict[tuple[str, ...], Target] = {}
    for name, path in sources:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as problem:
            raise InputError(f"{path}: 读不出目标文件；cannot be read as UTF-8 text ({problem}); expected a TOML file of targets") from None
        for each in read_targets(text, name=name):
            found[each.indicator, each.subject, each.period.label, each.direction, each.places] = each
    return tuple(found.values())


def pools_of(region: str, *, on: date, having: Callable[[str], Sequence[str]]) -> tuple[Pool, ...]:
    """The pools in which a place is ranked on a day, from the nearest to the widest; ``having`` lists the subjects of a level with results.

    A city: its province's cities, the groups of that day that hold it, all cities with results. A province: likewise among provinces. A
    county: those of its city and of its province.
    """
    place = regions.place(region)
    found: list[Pool] = []

    def add(identity: str, name: str, members: Sequence[str]) -> None:
        if region in members and len(members) > 1:
            found.append(Pool(identity, name, tuple(members)))

    if place.level in {"group", "nation"}:
        return ()
    if place.level == "county":
        for above in _above(region):
            if above.level in {"city", "province"}:
                counties = regions.children(above.code, level="county", on=on, zones=True)
                add(above.code, f"{above.name}各县（市、区）", [p.code for p in counties])
        return tuple(found)
    if place.level == "province" and not place.prefecture_level:
        _add_groups(add, "province", on)
        add("all", "有数据的省份", having("province"))
        return tuple(found)
    for above in _above(region):
        if above.level == "province":
            add(above.code, f"{above.name}各设区城市", [p.code for p in regions.prefecture_places(above.code, on=on)])
    _add_groups(add, "city", on)
    cities = having("city")
    add("all", "有数据的城市", cities)
    if len(found) > 1 and set(found[-1].members) <= set(found[0].members):
        found.pop()
    return tuple(found)


def _above(region: str) -> list[regions.Place]:
    found = []
    at = regions.place(region)
    while at.parent:
        at = regions.place(at.parent)
        found.append(at)
    return found


def _add_groups(add: Callable[[str, str, Sequence[str]], None], level: str, on: date) -> None:
    for group in regions.groups().values():
        in_use = (group.valid_from is None or group.valid_from <= on) and (group.valid_to is None or on <= group.valid_to)
        if group.level == level and in_use:
            add(group.id, group.name, group.members)


def make_dispatch(
    workspace: Workspace,
    results: AirResults,
    *,
    region: str,
    day: date,
    targets: Sequence[Target] = (),
    last: int = LAST,
    edition: str | None = None,
    straddle: str | None = None,
    basis: str = "realtime",
    scope: str = AS_MONITORED,
) -> Dispatch:
    """The dispatch of a region on a day.

    A day counts as over when its 24th hour, or a later day, has arrived; until then the periods end the day before, and the day itself
    belongs to what the rest may bring.
    """
    parts = _parts(region, day)
    lake = Lake(workspace)
    hours = hours_of(workspace, start=day, end=day, subjects=parts, edition=edition_on(workspace, edition), basis=basis)
    latest = {h.subject: h.hour for h in hours}
    newest = max(latest.values(), default=0)
    assessed, received = results.period_span(), lake.days(basis="realtime" if basis == "best" else basis)
    if not any(span and span[0] <= day for span in (assessed, received)):
        raise UsageError(f"{day.isoformat()} 及以前没有读数：请先 yangban ingest 和 assess；no readings up to that day")
    # A day that came as a table of days has no hours.
    over = newest == _HOURS or bool(received and received[1] > day) or bool(not hours and assessed and assessed[1] >= day)
    through = day if over else day - _ONE_DAY
    ask = _Asked(results, edition, straddle, basis, scope)

    def to_date(whole: Period) -> ToDate:
        if through < whole.start:
            return ToDate(whole, None, {}, {}, f"{whole.label} 尚无完整的一天")
        period = whole if through == whole.end else between(whole.start, through)
        return ToDate(whole, period, ask.one(region, period, HEAD), ask.one(region, period, [w + CHANGE_SUFFIX for w in HEAD]))

    month, year = to_date(month_of(day.year, day.month)), to_date(year_of(day.year))
    known = [*month.figures.values(), *year.figures.values()]
    pools = pools_of(region, on=day, having=lambda level: _having(results, level, basis, day))
    placings, edges = _standing(ask, region, pools, {"month": month.period, "year": year.period}, last)
    outlooks = tuple(
        _outlook(ask, each, parts, through) for each in targets if each.period.holds(day) and each.indicator.startswith("air.")
    )
    shown = hours if len(parts) == 1 else [h for h in hours if h.hour == latest[h.subject]]
    as_of = max((h.ends for h in hours), default=None)
    return Dispatch(
        region=region,
        name=regions.subject_name(region),
        day=day,
        as_of=None if as_of is None else as_of.isoformat(timespec="minutes"),
        through=through,
        hours_left=0 if over else _HOURS - newest,
        edition=known[0].edition if known else "",
        basis=basis,
        scope=scope,
        synthetic=any(f.synthetic for f in known) or any(h.synthetic for h in hours),
        month=month,
        year=year,
        ranks=placings,
        targets=outlooks,
        hours=tuple(shown),
        last=edges,
        last_n=last,
        notes=_notes(known, month, year, outlooks, placings),
    )


@dataclass(frozen=True)
class _Asked:
    """The results with the way in which they are asked, so that every number of a dispatch is judged alike."""

    results: AirResults
    edition: str | None
    straddle: str | None
    basis: str
    scope: str

    def figures(self, subjects: Sequence[str], period: Period, words: Sequence[str]) -> list[Figure]:
        found = self.results.figures(
            subjects=subjects,
            periods=[period],
            indicators=words,
            edition=self.edition,
            straddle=self.straddle,
            basis=self.basis,
            scope=self.scope,
        )
        first = {f.subject: f.edition for f in reversed(found)}
        return [f for f in found if f.edition == first[f.subject]]

    def one(self, subject: str, period: Period, words: Sequence[str]) -> dict[str, Figure]:
        return {f.indicator.removesuffix(CHANGE_SUFFIX): f for f in self.figures([subject], period, words)}


def _parts(region: str, on: date) -> list[str]:
    """The places whose own readings stand under a region."""
    try:
        return [p.code for p in regions.prefecture_places(region, on=on)]
    except UnknownRegion:
        if regions.subject_level(region) == "group":
            raise
        return [region]


def _having(results: AirResults, level: str, basis: str, on: date) -> list[str]:
    cities = results.subjects(level="city", basis=basis)
    if level == "city":
        return cities
    there = set(cities)
    provinces = regions.children("100000", level="province", on=on)
    return [p.code for p in provinces if any(c.code in there for c in regions.prefecture_places(p.code, on=on))]


def _standing(
    ask: _Asked, region: str, pools: Sequence[Pool], spans: Mapping[str, Period | None], last: int
) -> tuple[tuple[Placing, ...], tuple[LastTen, ...]]:
    placings: list[Placing] = []
    edges: list[LastTen] = []
    everyone = list(dict.fromkeys(code for pool in pools for code in pool.members))
    for span, period in spans.items():
        if period is None or not pools:
            continue
        figures = ask.figures(everyone, period, [*RANKED, *(w + CHANGE_SUFFIX for w in RANKED)])
        by_word: dict[str, list[Figure]] = {}
        for f in figures:
            by_word.setdefault(f.indicator, []).append(f)
        for pool in pools:
            inside = set(pool.members)
            for word, found in by_word.items():
                ranked = rank([f for f in found if f.subject in inside], descending=is_descending(word))
                mine = next((r for r in ranked if r.figure.subject == region), None)
                if mine is not None:
                    placings.append(Placing(span, pool, "change" if word.endswith(CHANGE_SUFFIX) else "value", mine))
                    if not word.endswith(CHANGE_SUFFIX) and (edge := _last(span, pool, mine, ranked, last)):
                        edges.append(edge)
    return tuple(placings), tuple(edges)


def _last(span: str, pool: Pool, mine: Ranked, ranked: Sequence[Ranked], n: int) -> LastTen | None:
    """Where the place stands to the last ``n``; None when it is not ranked, or when the first and last ``n`` of so few would overlap."""
    figure = mine.figure
    if mine.rank is None or figure.display is None or mine.of < 2 * n:
        return None
    high_is_good = is_descending(figure.indicator)
    others = [r.figure.display for r in ranked if r.rank is not None and r is not mine and r.figure.display is not None]
    edge = sorted(others, reverse=not high_is_good)[n - 1]
    step = Decimal(1).scaleb(int(figure.display.as_tuple().exponent))
    leaves_at = edge + step if high_is_good else edge - step
    margin = figure.display - leaves_at if high_is_good else leaves_at - figure.display
    return LastTen(span, pool, figure, n, mine.of, margin < 0, leaves_at, margin)


def _outlook(ask: _Asked, target: Target, parts: Sequence[str], through: date) -> Outlook:
    end = target.period.end
    rest = (end - through).days if through >= target.period.start else target.period.n_days

    def moot(reason: str, figure: Figure | None = None) -> Outlook:
        return Outlook(target, figure, None, rest, {}, reason)

    spec = indicator(target.indicator)
    if target.places == "county" and regions.subject_level(target.subject) in {"province", "nation", "group"}:
        return moot("目标口径为县级及以上城市，与设区城市均值不可比")
    if through < target.period.start:
        return moot("时段内尚无完整的一天")
    period = target.period if through == end else between(target.period.start, through)
    figure = ask.one(target.subject, period, [target.indicator])[target.indicator]
    if figure.exact is None:
        return moot(figure.reason or "没有可用的数据", figure)
    places = ask.figures(parts, period, [target.indicator])
    so_far = [SoFar(f.exact, f.n_valid) for f in places if f.exact is not None]
    n = so_far[0].n if len(so_far) == 1 else None
    ways: dict[str, Any]
    if target.indicator.endswith(".mean") and target.direction == "at_most":
        ways = {way: rest_of_mean(target, so_far, rest=rest, met_by=way) for way in (ROUNDED, UNROUNDED)}
    elif target.indicator.endswith("_ratio") and target.direction == "at_least":
        ways = {way: rest_of_ratio(target, so_far, rest=rest, met_by=way) for way in (ROUNDED, UNROUNDED)}
    elif spec.unit == "d":
        ways = {"count": days_left(target, Fraction(figure.exact), rest=rest)}
    else:
        return Outlook(target, figure, n, rest, {}, "百分位数、指数类目标没有“其余天均值”，只列现值")
    return Outlook(target, figure, n, rest, ways)


def _notes(
    known: Sequence[Figure], month: ToDate, year: ToDate, outlooks: Sequence[Outlook], placings: Sequence[Placing]
) -> tuple[str, ...]:
    notes = [to_date.reason for to_date in (month, year) if to_date.reason]
    if any(p.placed.of < len(p.pool.members) for p in placings if p.by == "value"):
        notes.append("范围内并非每个地区都有充足数据，名次只在有数据的地区之间，不是正式名次。")
    if any(o.ways for o in outlooks):
        notes.append("“其余天”以今后每天都有有效数据计；已缺的天不再补回，均值按有效天算。")
    if any(o.target.met_by == "unknown" and ROUNDED in o.ways for o in outlooks):
        notes.append("目标文件未说明按修约值还是未修约值判定，两种都列。")
    if any(f.status == "insufficient" for f in known):
        notes.append("带 * 的数据不足，不作正式使用，不参与排名。")
    if count := len({rule for f in known for rule in f.unverified}):
        notes.append(f"所依规则中有 {count} 条尚未与官方文本核对（--json 的 unverified 逐条列出）。")
    return tuple(notes)
