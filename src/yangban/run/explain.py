"""Walk a Figure back: from a province's yearly value to its cities, their days, one day's hours, and the files and lines they came from.

Every step is done again here, with fractions and one number at a time, beside the kernel that works on columns of integers; a step whose
outcome differs from the Figure, or from the day result, raises :class:`Inconsistent`. So what is printed is what was computed.
How it looks: :mod:`yangban.publish.explanation`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import polars as pl

from yangban.assess.air import composite
from yangban.assess.air.daily import slot
from yangban.assess.air.figures import REGION_LEVELS, measure_day
from yangban.assess.air.index import DAY_AVERAGING, day_table, is_primary, is_publishable, level_of
from yangban.assess.air.indicators import CHANGE_SUFFIX, DAYS, INDICATORS
from yangban.assess.air.period import monitored
from yangban.assess.air.rules import (
    SLOTS,
    THOUSANDTHS,
    DayRules,
    day_rules,
    index_decimals,
    index_rules,
    integer,
    limit_steps,
    percentile,
    period_rules,
    share_rules,
)
from yangban.assess.figure import AS_MONITORED, NOT_APPLICABLE, Figure, displayed
from yangban.base import regions
from yangban.base.errors import Inconsistent, UsageError, WorkspaceError
from yangban.base.exact import ceil_div, round_half_even
from yangban.base.periods import Period, day_of, parse
from yangban.base.pollutants import AIR_SIX, pollutant
from yangban.readings.events import Event, excluded_slots, spread
from yangban.readings.events import load as load_events
from yangban.readings.formats import locate
from yangban.readings.lake import Lake
from yangban.readings.receipts import receipts
from yangban.readings.stations import Registry
from yangban.readings.workspace import Workspace
from yangban.run.explained import (
    Against,
    Change,
    Clause,
    Completeness,
    Composite,
    Day,
    DayRow,
    DaysCount,
    DaysMean,
    DaysPercentile,
    Explained,
    File,
    Hour,
    How,
    Index,
    ItemDay,
    MonthRow,
    OfDay,
    Origin,
    PlacesMean,
    Rounding,
    StationDay,
    Term,
    Window,
)
from yangban.run.local import open_results, read_manifest, workspace_book
from yangban.run.results import AirResults, base_period, is_region
from yangban.standards import AirEdition, Book, Rule
from yangban.standards.model import plain_value

DEPTHS: Final = {1: "公式与完整性", 2: "各地与逐日", 3: "一天的六项与指数", 4: "小时、文件与行"}
"""How far down an explanation goes; each depth holds those above it."""

HOURS: Final = 4
"""The greatest depth."""

_PERCENT: Final = 100


# ---- the walk -----------------------------------------------------------------------------------------------------------------------


def explain(
    workspace: Workspace,
    *,
    indicator: str,
    subject: str,
    period: Period,
    edition: str | None = None,
    straddle: str | None = None,
    basis: str = "realtime",
    scope: str = AS_MONITORED,
    base: str = "yoy",
    day: date | None = None,
    depth: int = HOURS,
    results: AirResults | None = None,
) -> tuple[Explained, ...]:
    """Explain the Figures of an indicator, subject and period, one for each edition asked for.

    ``day`` is the day taken as the example instead of the worst one; ``depth`` is one of :data:`DEPTHS`; ``results`` are those in place
    when left out. Raises
    :class:`~yangban.base.errors.UsageError` for a day outside the period and :class:`Inconsistent` when a step done again differs.
    """
    if depth not in DEPTHS:
        raise UsageError(f"--depth {depth}: expected {', '.join(f'{n}（{word}）' for n, word in DEPTHS.items())}")
    if day is not None and not period.holds(day):
        raise UsageError(f"--day {day.isoformat()} 不在时段 {period.label} 内；the day must lie in the period")
    results, book = results or open_results(workspace), workspace_book(workspace)
    found = results.figures(
        subjects=[subject],
        periods=[period],
        indicators=[indicator],
        edition=edition,
        straddle=straddle,
        basis=basis,
        scope=scope,
        base=base,
    )
    if not found:
        kinds = "、".join(INDICATORS[indicator.removesuffix(CHANGE_SUFFIX)].levels)
        raise UsageError(f"{indicator} 没有 {period.label} 的结果（该指标按 {kinds} 给出）；this indicator has no Figure for such a period")
    return tuple(_Walk(workspace, results, book, figure, basis=basis, base=base, day=day, depth=depth).whole() for figure in found)


class _Walk:
    """One Figure's way down, under one edition."""

    def __init__(
        self, workspace: Workspace, results: AirResults, book: Book, figure: Figure, *, basis: str, base: str, day: date | None, depth: int
    ) -> None:
        self.workspace, self.results, self.book = workspace, results, book
        self.figure, self.period, self.basis, self.base, self.scope = figure, parse(figure.period), basis, base, figure.scope
        self.day, self.depth = day, depth
        self._held: tuple[str, Mapping[date, Mapping[str, Any]]] = ("", {})
        self._stations: dict[date, Mapping[str, Mapping[str, Any]]] = {}
        local = figure.subject if book.overlays and figure.subject_level not in {"group", "station"} else None
        self.edition: AirEdition = book.air_list(figure.edition, start=self.period.start, end=self.period.end, region=local)[0]
        self.rules: DayRules = day_rules(self.edition)
        self.tag = self.edition.family

    def whole(self) -> Explained:
        if self.figure.indicator.endswith(CHANGE_SUFFIX):
            return self._change()
        return self.explained(self.figure, keep=True)

    # -- pieces

    def clause(self, rule: Rule) -> Clause:
        document = self.book.document(rule.document)
        return Clause(
            rule.key, rule.document, document.title, document.number, rule.clause, plain_value(rule.value), rule.unit, rule.confidence,
            rule.unverified, rule.source, rule.note,
        )  # fmt: skip

    def cited(self, *keys: str) -> tuple[Clause, ...]:
        return tuple(self.clause(self.edition.rule(key)) for key in dict.fromkeys(keys))

    def rounding(self, what: str, before: Fraction, rule: Rule) -> Rounding:
        decimals = int(rule.value)
        return Rounding(what, before, round_half_even(before, decimals), decimals, self.clause(rule))

    def figures(self, codes: Sequence[str], words: Sequence[str]) -> list[Figure]:
        return self.results.figures(
            subjects=list(codes),
            periods=[self.period],
            indicators=list(words),
            edition=self.figure.edition,
            basis=self.basis,
            scope=self.scope,
        )

    @cached_property
    def _tables(self) -> Mapping[str, pl.DataFrame]:
        """The day results of the subject, or of the places of the region, in the period: by subject."""
        codes = self.places(self.figure.subject) if is_region(self.figure.subject) else [self.figure.subject]
        frames = self.results.days(codes, self.period, self.edition, basis=self.basis, scope=self.scope)
        return {str(key[0]): part for frame in frames for key, part in frame.partition_by("subject", as_dict=True).items()}

    def _rows(self, subject: str) -> Mapping[date, Mapping[str, Any]]:
        """A subject's day results by day; those of one subject are held, since a nation's would not fit."""
        if self._held[0] != subject:
            rows = self._tables[subject].iter_rows(named=True) if subject in self._tables else ()
            self._held = subject, {row["day"]: row for row in rows}
        return self._held[1]

    def places(self, region: str) -> list[str]:
        return [place.code for place in regions.prefecture_places(region, on=self.period.end)]

    # -- one Figure

    def explained(self, figure: Figure, *, keep: bool) -> Explained:
        """A Figure with its step and what is beneath it; ``keep`` says that this one lies on the path that is walked down."""
        word, spec = figure.indicator, INDICATORS[figure.indicator]
        how: How | None = None
        parts: list[Explained] = []
        opened: Explained | None = None
        days: tuple[DayRow, ...] = ()
        example: Day | None = None
        why = ""
        if figure.status == NOT_APPLICABLE:
            pass
        elif self.period.kind == "day" and not is_region(figure.subject):
            if keep:
                example, why = self.one_day(figure.subject, self.period.start), "所问的一天"
                how = _value_of_day(example, word)
            else:
                how = None if figure.exact is None else OfDay(figure.exact)
        elif (statistics := self._statistics(word)) and figure.exact is not None:
            how, parts, opened = self._derived(figure, statistics, keep=keep)
        elif is_region(figure.subject):
            how, parts, opened = self._of_places(figure, keep=keep)
        elif not statistics and self.period.kind != "day":
            days = self._day_rows(figure.subject, word)
            how = self._of_days(word, days)
            if keep and self.depth > 2 and (chosen := self._example_of(how, days)) is not None:
                example, why = self.one_day(figure.subject, chosen[0]), chosen[1]
        self._agree(figure, how)
        decimals = self.results.decimals(_printed_as(figure), self.period)
        printed = None if how is None else self.rounding("印出", how.value, decimals)
        return Explained(
            figure=figure,
            name=spec.name,
            how=how,
            printed=printed,
            completeness=None if self.period.kind == "day" else self._completeness(figure, days),
            rules=(*self.cited(*spec.rules), self.clause(decimals)) if keep else (),
            notes=_notes(figure),
            days=days if keep or self.depth > 1 else (),
            parts=tuple(parts),
            opened=opened,
            example=example,
            example_why=why,
        )

    def _agree(self, figure: Figure, how: How | None) -> None:
        """The check of the whole: the step done here gives the Figure's value, to the last digit."""
        if tuple(figure.documents[: len(self.edition.documents)]) != self.edition.documents:
            return  # A place with stricter local limits of its own: its own Figure is another than the one that enters the region.
        value = None if how is None else how.value
        if value != figure.exact:
            raise Inconsistent(
                f"{figure.subject_name} {figure.period} {figure.indicator}: 逐步重算得 {value}，结果为 {figure.exact}；"
                "请重新运行 yangban assess，若仍不一致请报告；the steps done again do not give the Figure's value"
            )

    # -- regions

    def _of_places(self, figure: Figure, *, keep: bool) -> tuple[How | None, list[Explained], Explained | None]:
        codes = self.places(figure.subject)
        found = {f.subject: f for f in self.figures(codes, [figure.indicator])}
        having = [code for code in codes if code in self._tables and found[code].exact is not None]
        if not having:
            return None, [], None
        parts = [self.explained(found[code], keep=False) for code in having]
        values = [(part.figure.subject_name, part.how.value) for part in parts if part.how is not None]
        total = sum((value for _, value in values), Fraction(0))
        absent = tuple(regions.subject_name(code) for code in codes if code not in having)
        how = PlacesMean(tuple(values), absent, total, len(values), total / len(values))
        opened = None
        if keep and self.depth > 1:
            worst = self._worst_place(parts)
            opened = self.explained(worst.figure, keep=True)
        return how, parts if self.depth > 1 else [], opened

    def _worst_place(self, parts: Sequence[Explained]) -> Explained:
        """The place that is walked down: on a day asked for the one with the highest AQI, else the one with the worst value."""
        if self.day is not None:
            day = self.day
            return max(parts, key=lambda p: self._rows(p.figure.subject).get(day, {}).get(f"aqi@{self.tag}") or -1)
        high = INDICATORS[parts[0].figure.indicator].better == "high"
        return (min if high else max)(parts, key=lambda p: p.figure.exact or Fraction(0))

    # -- what follows from other statistics

    def _statistics(self, word: str) -> list[str]:
        """The statistics from which a derived indicator follows, none when it does not."""
        entering = [f"air.{item}.{statistic}" for item, (statistic, _) in composite.basis(self.edition).items()]
        if word == "air.composite_index":
            return entering
        if word.startswith("air.composite."):
            return [each for each in entering if each.split(".")[1] == word.rsplit(".", 1)[1]]
        if word == "air.attains":
            return [w for w in INDICATORS if w.count(".") == 2 and _statistic(w) is not None and "period" in INDICATORS[w].levels]
        return [word.removesuffix("_multiple")] if word.endswith("_multiple") else []

    def _derived(self, figure: Figure, statistics: Sequence[str], *, keep: bool) -> tuple[How | None, list[Explained], Explained | None]:
        found = {f.indicator: f for f in self.figures([figure.subject], statistics)}
        parts = [self.explained(found[word], keep=False) for word in statistics if word in found and found[word].exact is not None]
        terms = [self._term(part, figure.indicator) for part in parts if part.how is not None]
        how: How
        if figure.indicator.startswith("air.composite"):
            total = sum((Fraction(t.single.after) * Fraction(t.weight) for t in terms if t.single is not None), Fraction(0))
            if figure.indicator == "air.composite_index":
                rounding = self.rounding("各项之和", total, self.edition.rule("rounding.composite.total"))
                how = Composite(tuple(terms), total, rounding, Fraction(rounding.after))
            else:
                how = Composite(tuple(terms), total, None, total)
            worst = max(range(len(terms)), key=lambda i: terms[i].quotient)
        else:
            failing = tuple(f"{t.item}.{t.statistic}" for t in terms if Fraction(t.entering.after) > t.limit)
            excess = max(terms[0].quotient - 1, Fraction(0))
            value = excess if figure.indicator.endswith("_multiple") else Fraction(0) if failing else Fraction(1)
            how = Against(tuple(terms), failing, value)
            worst = max(range(len(terms)), key=lambda i: terms[i].quotient)
        opened = self.explained(parts[worst].figure, keep=True) if keep and self.depth > 1 else None
        return how, [replace(part, days=(), parts=()) for part in parts] if self.depth > 1 else [], opened

    def _term(self, part: Explained, word: str) -> Term:
        _, item, statistic = part.figure.indicator.split(".")
        assert part.how is not None
        entering = self.rounding("进入计算的浓度", part.how.value, self.edition.rule(f"rounding.composite_input.{item}"))
        in_index = word.startswith("air.composite")
        if in_index:
            averaging, level = composite.basis(self.edition)[item][1], integer(self.edition, "composite.limit_level")
        else:
            averaging, level = "annual" if statistic == "mean" else DAY_AVERAGING[item], 2
        limit = self.edition.limit_rule(item, averaging, level)
        quotient = Fraction(entering.after) / Fraction(limit.value)
        return Term(
            item=item,
            statistic=statistic,
            value=part.how.value,
            entering=entering,
            limit=limit.value,
            limit_rule=self.clause(limit),
            quotient=quotient,
            single=self.rounding("单项指数", quotient, self.edition.rule("rounding.composite.single")) if in_index else None,
            weight=composite.weight(item, self.edition) if in_index else Decimal(1),
        )

    # -- days

    def _day_rows(self, subject: str, word: str) -> tuple[DayRow, ...]:
        """Every calendar day of the period, with and without results."""
        own = self._rows(subject)
        item = word.split(".")[1] if word.count(".") == 2 else None
        by_item = item is not None and not word.endswith("primary_days")
        is_hit = self._condition(word)[0]
        found = []
        for n in range(self.period.n_days):
            day = self.period.start + timedelta(days=n)
            row = own.get(day)
            if row is None:
                found.append(DayRow(day, False, False, "没有读数", False, None, None, "", ()))
                continue
            aqi = row[f"aqi@{self.tag}"]
            name = item if by_item and item is not None else f"aqi@{self.tag}"
            valid = row[f"{item}_ticks"] is not None if by_item else bool(row[f"counts@{self.tag}"])
            held = row.get(monitored(name))
            reason = "" if valid else self._why_invalid(row, item) if by_item and item is not None else self._why_not_counting(row)
            value = Fraction(int(row[f"{item}_ticks"]), self.rules.per_unit * row["scale"]) if by_item and valid else None
            found.append(
                DayRow(
                    day,
                    valid,
                    valid if held is None else bool(held),
                    reason,
                    valid and is_hit(row),
                    value,
                    aqi,
                    "" if aqi is None else level_of(aqi, self.edition).category,
                    self._primary(row),
                )
            )
        return tuple(found)

    def _primary(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        bits = row[f"primary@{self.tag}"] or 0
        return tuple(item for bit, item in enumerate(AIR_SIX) if bits >> bit & 1)

    def _why_invalid(self, row: Mapping[str, Any], item: str) -> str:
        name = pollutant(item).printed
        n = row["o3_8h_windows" if item == "o3_8h" else f"{item}_hours"]
        if row.get(monitored(item)):
            return f"{name} 受沙尘影响，按口径剔除"
        if row["origin"] == "stations":
            return f"{name} 有效点位 {n} 个，共 {row['of']} 个"
        if row["origin"] == "table":
            return f"{name} 在日数据表中没有"
        if item == "o3_8h":
            return f"{name} 有效8小时平均 {n} 个，至少 {self.rules.windows} 个"
        return f"{name} 有效小时 {n} 个，至少 {self.rules.hours} 个"

    def _why_not_counting(self, row: Mapping[str, Any]) -> str:
        alike: dict[str, list[str]] = {}
        for item in AIR_SIX:
            if row[f"{item}_ticks"] is None:
                name, _, why = self._why_invalid(row, item).partition(" ")
                alike.setdefault(why, []).append(name)
        lacking = [f"{'、'.join(names)} {why}" for why, names in alike.items()]
        aqi = row[f"aqi@{self.tag}"]
        if aqi is None:
            return f"六项都无效：{'；'.join(lacking)}"
        return f"{'；'.join(lacking)}；其余各项 AQI {aqi}，不高于 {index_rules(self.edition).complete_or_above}"

    def _condition(self, word: str) -> tuple[Callable[[Mapping[str, Any]], bool], str]:
        """Which valid days an indicator counts, as a test of a day's row and in words."""
        thresholds, tag = index_rules(self.edition), self.tag
        name = word.removeprefix("air.")
        if name in {"good_days", "good_day_ratio"}:
            return (lambda row: row[f"aqi@{tag}"] <= thresholds.good_at_most), f"AQI ≤ {thresholds.good_at_most}（优、良）"
        if name == "heavy_days":
            return (lambda row: row[f"aqi@{tag}"] > thresholds.heavy_above), f"AQI > {thresholds.heavy_above}（重度、严重污染）"
        if name.startswith("level"):
            level = self.edition.levels()[int(name[len("level")]) - 1]
            text = f"级别为{level.grade}（{level.category}）"
            return (lambda row: level_of(row[f"aqi@{tag}"], self.edition).number == level.number), text
        item, _, statistic = name.partition(".")
        if statistic == "primary_days":
            over = thresholds.exceeding_above
            text = f"AQI > {over} 且首要污染物含 {pollutant(item).printed}"
            return (lambda row: row[f"aqi@{tag}"] > over and item in self._primary(row)), text
        if statistic in {"exceed_days", "attain_ratio"}:
            averaging = DAY_AVERAGING[item]
            steps, limit = limit_steps(self.edition, item, averaging), self.edition.limit(item, averaging)
            each = f"修约后的 {pollutant(item).printed}"
            if statistic == "exceed_days":
                return (lambda row: row[item] > steps), f"{each} > {limit}"
            return (lambda row: row[item] <= steps), f"{each} ≤ {limit}"
        return (lambda _: True), "有效"

    def _of_days(self, word: str, days: Sequence[DayRow]) -> How | None:
        valid = [row for row in days if row.valid]
        n = len(valid)
        name = word.removeprefix("air.")
        item, _, statistic = name.partition(".")
        if name == "valid_days":
            return DaysCount("有效日", n, n, False, Fraction(n))
        if n == 0:
            return None
        if statistic == "mean":
            total = sum((row.value for row in valid if row.value is not None), Fraction(0))
            return DaysMean(item, total, n, total / n)
        if statistic.startswith("p") and statistic[1:].isdigit():
            return self._percentile(item, valid)
        hits = sum(row.hit for row in valid)
        ratio = INDICATORS[word].unit == "%"
        return DaysCount(self._condition(word)[1], hits, n, ratio, Fraction(hits * _PERCENT, n) if ratio else Fraction(hits))

    def _percentile(self, item: str, valid: Sequence[DayRow]) -> DaysPercentile:
        """HJ 663: k = 1 + (n - 1) p; m = x(s) + (x(s+1) - x(s)) (k - s)."""
        ordered = sorted((row.value, row.day) for row in valid if row.value is not None)
        share = percentile(self.edition, item)
        k = 1 + Fraction((len(ordered) - 1) * share, _PERCENT)
        s = math.floor(k)
        low, high = ordered[s - 1], ordered[min(s, len(ordered) - 1)] if k > s else ordered[s - 1]
        value = low[0] + (high[0] - low[0]) * (k - s)
        rule = self.clause(self.edition.rule(f"percentile.{item}"))
        return DaysPercentile(item, share, len(ordered), k, s, (low[1], low[0]), (high[1], high[0]), value, rule)

    def _example_of(self, how: How | None, days: Sequence[DayRow]) -> tuple[date, str] | None:
        """The day that is shown in full and why this one."""
        if self.day is not None:
            return self.day, "指定的一天"
        valid = [row for row in days if row.valid]
        if not valid:
            return None
        if isinstance(how, DaysPercentile):
            return how.low[0], f"第 {how.s} 位，百分位数由它与下一位得出"
        if isinstance(how, DaysMean):
            return max(valid, key=lambda row: row.value or Fraction(0)).day, "日值最高的一天"
        return max(valid, key=lambda row: (row.aqi or 0, row.value or Fraction(0))).day, "有效日中 AQI 最高的一天"

    # -- completeness

    def _completeness(self, figure: Figure, days: Sequence[DayRow]) -> Completeness:
        statistic = INDICATORS[figure.indicator].completeness
        rules = period_rules(self.edition, statistic)
        asked = {"february_days" if month.start.month == 2 else "month_days" for month in self.period.months}
        keys = [f"completeness.{statistic}.{part}" for part in sorted(asked, reverse=True)]
        keys += [f"completeness.{statistic}.days"] if self.period.kind == "year" else []
        if is_region(figure.subject):
            keys.append("completeness.region.members")
        months = []
        for month in self.period.months if days else ():
            inside = [row for row in days if month.holds(row.day)]
            months.append(
                MonthRow(
                    month.label,
                    month.n_days,
                    sum(row.monitored for row in inside),
                    sum(row.hit for row in inside),
                    rules.needed_in(month.start.month),
                )
            )
        needed = rules.days if self.period.kind == "year" and not is_region(figure.subject) else None
        return Completeness(figure.usable, figure.reason, figure.n_valid, figure.n_expected, needed, tuple(months), self.cited(*keys))

    # -- one day

    def one_day(self, subject: str, day: date) -> Day:
        """A day from its hours or its stations, each step done again and held against the day result."""
        row = self._rows(subject).get(day) or self._station_rows(day).get(subject)
        hours = self._hours(subject, day, row)
        files = self._files(subject, day, hours) if self.depth >= HOURS else ()
        items = tuple(self._item(item, subject, day, row, hours, files) for item in AIR_SIX) if row is not None else ()
        indices = {each.item: each.index.index for each in items if each.index is not None}
        aqi = max(indices.values(), default=None)
        counts = aqi is not None and bool(is_publishable(n_indices=len(indices), aqi=aqi, edition=self.edition))
        thresholds = index_rules(self.edition)
        level = None if aqi is None else level_of(aqi, self.edition)
        made = Day(
            subject=subject,
            name=self._name(subject, day),
            day=day,
            items=items,
            aqi=aqi,
            level=level.grade if level else "",
            category=level.category if level else "",
            colour=level.colour if level else "",
            primary=tuple(p for p, i in indices.items() if aqi is not None and is_primary(i, aqi, self.edition)),
            exceeding=tuple(p for p, i in indices.items() if i > thresholds.exceeding_above),
            counts=counts,
            good=counts and aqi is not None and aqi <= thresholds.good_at_most,
            reason="" if counts else "没有读数" if row is None else self._why_not_counting(row),
            files=files,
            rules=self.cited("index.assessment_items", "index.primary_above", "completeness.index.complete_or_above", "index.good_at_most"),
            note=self._note_on(row, hours),
        )
        if row is not None and (made.aqi, made.counts, made.primary) != (
            row[f"aqi@{self.tag}"], bool(row[f"counts@{self.tag}"]), self._primary(row),
        ):  # fmt: skip
            raise Inconsistent(
                f"{made.name} {day}: 逐步重算的 AQI {made.aqi}、首要污染物 {made.primary} 与评价结果不同；run yangban assess again"
            )
        return replace(made, opened=self._opened_station(made))

    def _opened_station(self, city: Day) -> Day | None:
        """The station that is walked down: the one with the highest value of the item that decides the city's day."""
        asked = self.figure.indicator.split(".")[1]
        key = asked if asked in AIR_SIX else next(iter(city.primary), None)
        item = next((each for each in city.items if each.item == key), None) or next((each for each in city.items if each.stations), None)
        having = [each for each in item.stations if each.value is not None] if item is not None else []
        return self.one_day(max(having, key=lambda each: each.value or Fraction(0)).subject, city.day) if having else None

    def _name(self, subject: str, day: date) -> str:
        held = [each for each in self._registry.of(subject) if each.holds_on(day)] if subject.startswith("station:") else []
        return f"{held[0].name}（{subject.partition(':')[2]}）" if held and held[0].name else regions.subject_name(subject)

    def _note_on(self, row: Mapping[str, Any] | None, hours: Mapping[str, Any] | None) -> str:
        if row is None or (hours is not None and row["origin"] == "hours"):
            return ""
        if row["origin"] == "table":
            return "这一天的日值以日数据表收到，不由小时算出。"
        if row["origin"] == "stations":
            return "日值为所属评价点位有效日值的平均，见各项；其后展开其中一个点位。"
        return "小时值为所属点位同一小时的平均，逐小时的点位值不再展开。"

    @cached_property
    def _lake(self) -> Lake:
        """The lake as it was when the year was assessed: explaining by later readings would explain another number."""
        run = read_manifest(self.workspace).get(str(self.period.end.year))
        lake = Lake(self.workspace, version=None if run is None else int(run["lake_version"]))
        try:
            lake.parts()
        except WorkspaceError as problem:
            raise WorkspaceError(f"评价时的读数版本已不在，请重新运行 yangban assess；{problem}") from None
        return lake

    def _hours(self, subject: str, day: date, row: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """The lake's row of a subject and day, as received."""
        basis = self.basis if row is None else row["basis"]
        rows = self._lake.air(start=day, end=day, basis=basis, subjects=[subject]).collect()
        return rows.row(0, named=True) if rows.height else None

    def _left_out(self, subject: str, day: date, hourly: str) -> Mapping[int, Event]:
        """The hours of an item that a named person has taken out, each with the record by which it is out."""
        mine = [event for event in self._records if event.subject == subject]
        masks = excluded_slots(mine).filter(pl.col("day") == day)
        bits = int(masks[hourly][0]) if masks.height else 0
        found: dict[int, Event] = {}
        for hour in range(1, SLOTS + 1):
            if not bits >> (hour - 1) & 1:
                continue
            label = datetime.combine(day, time(0)) + timedelta(hours=hour)
            for event in mine:
                says = event.family == "exclusion" or (event.family == "review" and event.verdict == "invalid")
                if says and event.start <= label <= event.end and hourly in event.items:
                    found[hour] = event
        return found

    @cached_property
    def _records(self) -> tuple[Event, ...]:
        """The records that stood when the year was assessed, said of each place and station that they touch."""
        run = read_manifest(self.workspace).get(str(self.period.end.year), {})
        return spread(load_events(self.workspace)[: run.get("events")], self._registry.frame())

    def _item(
        self, item: str, subject: str, day: date, row: Mapping[str, Any], hours: Mapping[str, Any] | None, files: Sequence[File]
    ) -> ItemDay:
        hourly = "o3" if item == "o3_8h" else item
        received = {h: None if hours is None else hours[slot(hourly, h)] for h in range(1, SLOTS + 1)}
        out = self._left_out(subject, day, hourly)
        values = {h: None if h in out else v for h, v in received.items()}
        own = hours is not None and row["origin"] == "hours" and row["parts"] == 1
        if row["origin"] == "stations":
            made = self._from_stations(item, subject, day, row)
        elif not own:
            made = self._given(item, row)
            if row["origin"] == "table" and made.value is not None:
                stands = self._origins(subject, day, item, {0: int(made.value * THOUSANDTHS)}, files)
                made = replace(made, origins=tuple(stands.get(0, ())))
        elif item == "o3_8h":
            made = self._ozone(values, row)
        else:
            made = self._mean(item, values, row)
        if row.get(monitored(item)) and row[f"{item}_ticks"] is None:
            made = replace(made, valid=False, reason=self._why_invalid(row, item))
        ticks = row[f"{item}_ticks"]
        if (made.value if made.valid else None) != (None if ticks is None else Fraction(int(ticks), self.rules.per_unit * row["scale"])):
            raise Inconsistent(f"{subject} {day} {item}: 由小时重算的日值 {made.value} 与评价结果不同；run yangban assess again")
        if own:
            origins = self._origins(subject, day, hourly, received, files)
            midnight = datetime.combine(day, time(0))
            listed = tuple(
                Hour(
                    slot=h,
                    ends=midnight + timedelta(hours=h),
                    value=_units(values[h]),
                    received=_units(v),
                    origins=tuple(origins.get(h, ())),
                    left_out=out.get(h) if v is not None else None,
                )
                for h, v in received.items()
            )
            made = replace(made, hours=listed)
        if not made.valid or made.value is None:
            return made
        rounding = self.rounding("查分指数表的浓度", made.value, self.edition.rule(f"rounding.index_input.{item}"))
        return replace(made, rounding=rounding, index=self._index(item, rounding.after))

    def _from_stations(self, item: str, subject: str, day: date, row: Mapping[str, Any]) -> ItemDay:
        """The step "city day from station days" (HJ 663): the mean over the evaluation stations with a valid day, if they are enough."""
        rows, share = self._station_rows(day), share_rules(self.edition)
        stations = []
        for member in self._registry.members(subject, day):
            own = rows.get(member.station)
            if own is None:
                stations.append(StationDay(member.station, self._name(member.station, day), None, "没有读数"))
                continue
            ticks = own[f"{item}_ticks"]
            value = None if ticks is None else Fraction(int(ticks), self.rules.per_unit * own["scale"])
            reason = "" if value is not None else self._why_invalid(own, item)
            stations.append(StationDay(member.station, self._name(member.station, day), value, reason))
        values = [each.value for each in stations if each.value is not None]
        needed = math.ceil(Fraction(len(stations) * (share.small_share if len(stations) < share.small_below else share.share), _PERCENT))
        valid = bool(values) and len(values) >= needed
        return ItemDay(
            item=item,
            unit=pollutant(item).unit,
            n=len(values),
            needed=needed,
            total=sum(values, Fraction(0)),
            value=sum(values, Fraction(0)) / len(values) if values else None,
            valid=valid,
            reason="" if valid else self._why_invalid(row, item),
            rules=self.cited("completeness.city.station_share", "completeness.city.small_share", "completeness.city.small_below"),
            stations=tuple(stations),
        )

    @cached_property
    def _registry(self) -> Registry:
        return Registry.load(self.workspace)

    def _station_rows(self, day: date) -> Mapping[str, Mapping[str, Any]]:
        """The day results of every station of the registry on a day."""
        if day not in self._stations:
            codes = set(self._registry.frame()["station"])
            frames = self.results.days(codes, day_of(day), self.edition, basis=self.basis, scope=self.scope) if codes else []
            self._stations[day] = {row["subject"]: row for frame in frames for row in frame.iter_rows(named=True)}
        return self._stations[day]

    def _given(self, item: str, row: Mapping[str, Any]) -> ItemDay:
        """An item of a day that does not come from hours of its own: the value as the day results hold it."""
        word = "air.o3_8h.max" if item == "o3_8h" else f"air.{item}.mean"
        value = measure_day(row, self.edition)[word].exact
        valid = row[f"{item}_ticks"] is not None
        return ItemDay(
            item=item,
            unit=pollutant(item).unit,
            n=row["o3_8h_windows" if item == "o3_8h" else f"{item}_hours"],
            needed=0,
            total=None,
            value=value,
            valid=valid,
            reason="" if valid else self._why_invalid(row, item),
            rules=(),
        )

    def _mean(self, item: str, values: Mapping[int, int | None], row: Mapping[str, Any]) -> ItemDay:
        held = [v for v in values.values() if v is not None]
        total = Fraction(sum(held), THOUSANDTHS)
        valid = len(held) >= self.rules.hours
        return ItemDay(
            item=item,
            unit=pollutant(item).unit,
            n=len(held),
            needed=self.rules.hours,
            total=total,
            value=total / len(held) if held else None,
            valid=valid,
            reason="" if valid else self._why_invalid(row, item),
            rules=self.cited("completeness.day_mean.hours"),
        )

    def _ozone(self, values: Mapping[int, int | None], row: Mapping[str, Any]) -> ItemDay:
        """HJ 663 6.1.2: the largest 8-hour mean that ends at 08:00 to 24:00."""
        windows = []
        for end in range(self.rules.first_end, self.rules.last_end + 1):
            first = end - self.rules.window_length + 1
            held = [v for h in range(first, end + 1) if (v := values[h]) is not None]
            total = Fraction(sum(held), THOUSANDTHS)
            windows.append(Window(first, end, len(held), total, total / len(held) if len(held) >= self.rules.window_hours else None))
        sound = [w for w in windows if w.mean is not None]
        best = max(sound, key=lambda w: w.mean or Fraction(0), default=None)
        steps = 0
        if best is not None and best.mean is not None:
            steps = int(round_half_even(best.mean * 10 ** index_decimals(self.edition, "o3_8h")))
        over = self.rules.over_limit
        valid = len(sound) >= self.rules.windows or (over is not None and steps > over)
        return ItemDay(
            item="o3_8h",
            unit=pollutant("o3_8h").unit,
            n=len(sound),
            needed=self.rules.windows,
            total=None if best is None else best.total,
            value=None if best is None else best.mean,
            valid=valid,
            reason="" if valid else self._why_invalid(row, "o3_8h"),
            windows=tuple(windows),
            best=best,
            rules=self.cited(
                "completeness.o3_8h.hours",
                "completeness.o3_8h_day.first_end_hour",
                "completeness.o3_8h_day.last_end_hour",
                "completeness.o3_8h_day.windows",
                "completeness.o3_8h_day.counts_when_over_limit",
            ),
        )

    def _index(self, item: str, concentration: Decimal) -> Index:
        """HJ 633: linear between two break-points, rounded up."""
        averaging = DAY_AVERAGING[item]
        rule = self.clause(self.edition.rule(f"breakpoints.{'o3' if item == 'o3_8h' else item}.{averaging}"))
        table = day_table(self.edition, item)
        kernel = table[min(int(concentration.scaleb(index_decimals(self.edition, item))), len(table) - 1)]
        for low, high in pairwise(self.edition.breakpoints(item, averaging)):
            if concentration <= high[1]:
                slope = Fraction(high[0] - low[0]) / Fraction(high[1] - low[1])
                exact = slope * Fraction(concentration - low[1]) + low[0]
                index = int(ceil_div(exact.numerator, exact.denominator))
                if index != kernel:
                    raise Inconsistent(f"{item} {concentration}: 分指数重算得 {index}，查表得 {kernel}；the index done again differs")
                return Index(concentration, low, high, exact, index, rule)
        return Index(concentration, None, None, Fraction(kernel), kernel, rule)

    # -- files

    def _files(self, subject: str, day: date, hours: Mapping[str, Any] | None) -> tuple[File, ...]:
        """The received files that cover a subject and day and were in the lake when it was assessed, oldest first; each digest once."""
        wanted, version = day.isoformat(), self._lake.version()
        basis = self.basis if hours is None else hours["basis"]
        found: dict[str, File] = {}
        for receipt in receipts(self.workspace):
            if int(receipt["version"]) > version:
                continue
            for file in receipt["files"]:
                covers = file["first_day"] and file["first_day"] <= wanted <= file["last_day"] and file["basis"] == basis
                if covers and subject in receipt["subject_lists"][file["subjects"]]:
                    found.pop(file["digest"], None)
                    found[file["digest"]] = File(file["digest"], file["path"], receipt["received"], file["layout"])
        return tuple(found.values())

    def _origins(
        self, subject: str, day: date, hourly: str, values: Mapping[int, int | None], files: Sequence[File]
    ) -> dict[int, list[Origin]]:
        """Every line on which a reading of the day stands; the one that holds the value used is the last that says it."""
        found: dict[int, list[Origin]] = {}
        for file in files:
            path = self.workspace.raw / file.digest
            for at in locate(path, file.layout, subject=subject, day=day, pollutant=hourly):
                found.setdefault(at.slot, []).append(Origin(file.digest, at.line, at.text, used=False))
        for hour, origins in found.items():
            if values.get(hour) is None:
                continue
            numbers = [i for i, each in enumerate(origins) if _number(each.text) is not None]
            # Where a declared unit or state of gases was converted no cell says the value: the last number is the one that was taken.
            last = max((i for i in numbers if _says(origins[i].text, values[hour])), default=max(numbers, default=None))
            if last is not None:
                origins[last] = replace(origins[last], used=True)
        return found

    # -- changes

    def _change(self) -> Explained:
        word = self.figure.indicator.removesuffix(CHANGE_SUFFIX)
        spec = INDICATORS[word]
        before = base_period(self.period, self.base)
        now = self.figures([self.figure.subject], [word])
        then = self.results.figures(
            subjects=[self.figure.subject],
            periods=[before],
            indicators=[word],
            edition=self.figure.edition,
            basis=self.basis,
            scope=self.scope,
        )
        printed = self.results.decimals("change", self.period)
        how: Change | None = None
        if now and then and now[0].display is not None and then[0].display is not None and self.figure.exact is not None:
            step = Fraction(now[0].display) - Fraction(then[0].display)
            exact = step * _PERCENT / Fraction(then[0].display) if spec.change == "percent" else step
            how = Change(now[0], then[0], spec.change, exact, Fraction(displayed(exact, int(printed.value)) or 0))
        self._agree(self.figure, how)
        parts = []
        for figure in (*now, *then):
            inner = _Walk(
                self.workspace, self.results, self.book, figure, basis=self.basis, base=self.base,
                day=self.day if figure in now else None, depth=self.depth if figure in now else min(self.depth, 2),
            )  # fmt: skip
            parts.append(inner.whole())
        return Explained(
            figure=self.figure,
            name=f"{spec.name}变化",
            how=how,
            printed=None if how is None else self.rounding("印出", how.exact, printed),
            completeness=None,
            rules=(*self.cited("change.computed_from"), self.clause(printed)),
            notes=_notes(self.figure),
            parts=tuple(replace(part, days=(), parts=()) for part in parts),
            opened=parts[0] if parts else None,
        )


# ---- small things -------------------------------------------------------------------------------------------------------------------


def _value_of_day(day: Day, word: str) -> OfDay | None:
    if word == "air.aqi":
        return None if day.aqi is None else OfDay(Fraction(day.aqi))
    item = word.split(".")[1]
    value = next((each.value for each in day.items if each.item == item), None)
    return None if value is None else OfDay(value)


def _statistic(word: str) -> str | None:
    """``mean`` or ``p95`` of a word that names a concentration, else ``None``."""
    last = word.rsplit(".", 1)[1]
    return last if last == "mean" or (last.startswith("p") and last[1:].isdigit()) else None


def _printed_as(figure: Figure) -> str:
    """The book's key of the printed decimals: a region's days are a mean and print one more."""
    spec = INDICATORS[figure.indicator]
    regional = figure.subject_level in REGION_LEVELS
    return "mean_days" if regional and spec.decimals == "days" and spec.unit == DAYS else spec.decimals


def _notes(figure: Figure) -> tuple[str, ...]:
    said = []
    if figure.synthetic:
        said.append("合成数据：由程序生成的示例读数算出，不是监测结果。")
    if out := figure.detail.get("excluded"):
        said.append(f"有 {out} 个数值由具名人员剔除，未参与计算。")
    if figure.unverified:
        said.append(f"所依规则中有 {len(figure.unverified)} 条尚未与官方文本核对，见文末。")
    return tuple(said)


def _units(thousandths: int | None) -> Decimal | None:
    """A reading in the unit of the standards, without trailing zeros."""
    if thousandths is None:
        return None
    value = Decimal(thousandths) / THOUSANDTHS
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _says(text: str, thousandths: int | None) -> bool:
    """Whether a cell holds this value in the unit of the standards."""
    number = _number(text)
    return number is not None and thousandths is not None and number * THOUSANDTHS == thousandths
