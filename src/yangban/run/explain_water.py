"""Walk a Figure of water back: from a region's share to its sections, their months, the readings of an item, and the files and lines.

Every step is done again here, with fractions and one number at a time, beside the kernel that works on columns of integers; logarithms are
taken with eighty digits. A step whose outcome differs from the Figure, or from the month's result, raises
:class:`~yangban.base.errors.Inconsistent`. How it looks: :mod:`yangban.publish.explanation_water`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

import polars as pl

from yangban.assess.figure import Figure, displayed
from yangban.assess.water.averages import AUTO, AUTO_ONLY, MANUAL, MONTHLY, Means
from yangban.assess.water.indicators import CHANGE_SUFFIX, INDICATORS
from yangban.assess.water.sources import SUPPLEMENTARY
from yangban.base.errors import BookError, Inconsistent, UsageError, WorkspaceError
from yangban.base.exact import round_half_even
from yangban.base.periods import Period, month_of, parse, year_of
from yangban.base.water_items import SCALE, unscaled, water_item
from yangban.readings.formats import WaterRow, section_rows
from yangban.readings.formats.water_table import LAYOUTS
from yangban.readings.lake import Lake
from yangban.readings.receipts import receipts
from yangban.readings.sections import Section, Sections
from yangban.readings.water.frames import ITEMS, bit
from yangban.readings.workspace import Workspace
from yangban.run.explained import Change, Clause, Completeness, File, Origin, Rounding
from yangban.run.explained_water import (
    Averaged,
    CityIndex,
    Held,
    IndexPart,
    IndexTerm,
    ItemClass,
    ItemMean,
    MonthRow,
    Reading,
    SectionRow,
    SectionShare,
    SlideOf,
    SlideRow,
    SourceRow,
    SourceShare,
    StateOfClass,
    StateOfShares,
    TargetRow,
    TargetShare,
    Trophic,
    TrophicTerm,
    WarningOf,
    WarningRow,
    WaterExplained,
    WaterHow,
    WorstItem,
    YearsOf,
)
from yangban.run.local import workspace_book
from yangban.run.results import base_period
from yangban.run.water import WaterResults, names_apart, open_water, read_manifest
from yangban.run.water_checks import CHECKS, GROUND, SLIDE, SOURCES, TARGETS, WARNING
from yangban.standards import Book, Rule, WaterEdition
from yangban.standards.model import plain_value

DEPTHS: Final = {1: "公式与完整性", 2: "断面与月份", 3: "一个断面一个月的各项", 4: "读数、文件与行"}
"""How far down an explanation goes; each depth holds those above it."""

READINGS: Final = 4
"""The greatest depth."""

_PERCENT: Final = 100
_CLASSES: Final = range(1, 6)
_WORST: Final = 6
_NORMAL: Final = "正常"
_WORKING: Final = Context(prec=80)
_DUST: Final = Decimal(1).scaleb(-45)
_SAME: Final = Fraction(1, 10**40)
"""Two workings of one logarithm may differ in their last digits, no more."""

_TROPHIC: Final = ("chla", "tp", "tn", "sd", "codmn")
_KINDS: Final = {"river": "河流", "lake": "湖库"}


def explain_water(
    workspace: Workspace,
    *,
    indicator: str,
    subject: str,
    period: Period,
    scope: str = "as_monitored",
    base: str = "yoy",
    day: date | None = None,
    depth: int = READINGS,
    results: WaterResults | None = None,
) -> tuple[WaterExplained, ...]:
    """Explain the Figure of an indicator of water, a subject and a period.

    ``day`` names the month that is walked down instead of the worst one; ``depth`` is one of :data:`DEPTHS`; ``results`` are those in place
    when left out. Raises :class:`~yangban.base.errors.UsageError` for a day outside the period and
    :class:`~yangban.base.errors.Inconsistent` when a step done again differs.
    """
    if depth not in DEPTHS:
        raise UsageError(f"--depth {depth}: expected {', '.join(f'{n}（{word}）' for n, word in DEPTHS.items())}")
    if day is not None and not period.holds(day):
        raise UsageError(f"--day {day.isoformat()} 不在时段 {period.label} 内；the day must lie in the period")
    results = results or open_water(workspace)
    found = results.figures(subjects=[subject], periods=[period], indicators=[indicator], scope=scope, base=base)
    if not found:
        raise UsageError(f"{indicator} 对 {subject} 没有 {period.label} 的结果；this indicator has no Figure for such a subject and period")
    book = workspace_book(workspace)
    return tuple(_Walk(workspace, results, book, figure, base=base, day=day, depth=depth).whole() for figure in found)


class _Walk:
    """One Figure's way down."""

    def __init__(
        self, workspace: Workspace, results: WaterResults, book: Book, figure: Figure, *, base: str, day: date | None, depth: int
    ) -> None:
        self.workspace, self.results, self.book, self.figure = workspace, results, book, figure
        self.period, self.base, self.day, self.depth, self.scope = parse(figure.period), base, day, depth, figure.scope
        self.edition: WaterEdition = book.water_on(self.period.end)
        self.kind, self.members = results.members(figure.subject, self.period)
        self.names = names_apart(self.members)
        self.registered = {row.subject: row for row in self.members}
        self._lakes: dict[int, Lake | None] = {}
        self._loaded: dict[date, Mapping[str, pl.DataFrame]] = {}
        self.word = figure.indicator.removesuffix(CHANGE_SUFFIX)

    def whole(self) -> WaterExplained:
        """The Figure with all that is asked for beneath it."""
        if self.figure.indicator.endswith(CHANGE_SUFFIX):
            return self._change()
        if self.word in CHECKS:
            return self._checked()
        if self.kind in {"section", "source"}:
            return self._of_section()
        return self._of_lake() if self.kind == "lake" else self._of_region()

    # -- pieces

    def clause(self, rule: Rule) -> Clause:
        document = self.book.document(rule.document)
        return Clause(
            rule.key, rule.document, document.title, document.number, rule.clause, plain_value(rule.value), rule.unit, rule.confidence,
            rule.unverified, rule.source, rule.note,
        )  # fmt: skip

    def cited(self, *keys: str) -> tuple[Clause, ...]:
        return tuple(self.clause(self.edition.rule(key)) for key in dict.fromkeys(keys))

    def _number(self, key: str) -> Fraction:
        return Fraction(self.edition.rule(key).value)

    def _decimals(self, item: str) -> Rule | None:
        try:
            return self.edition.rule(f"decimals.{item}")
        except BookError:
            return None

    def _one(self, subject: str, word: str, period: Period) -> Figure | None:
        found = self.results.figures(subjects=[subject], periods=[period], indicators=[word], scope=self.scope)
        return found[0] if found else None

    def _below(self, figure: Figure | None) -> WaterExplained | None:
        """The walk of a Figure further down, where the depth asked for reaches it."""
        if figure is None or self.depth < 2:
            return None
        return _Walk(self.workspace, self.results, self.book, figure, base=self.base, day=self.day, depth=self.depth).whole()

    # -- readings

    def _lake_of(self, year: int) -> Lake | None:
        """The lake as it was when a year was assessed: explaining by later readings would explain another number."""
        if year not in self._lakes:
            run = read_manifest(self.workspace).get(str(year))
            lake = None if run is None else Lake(self.workspace, version=int(run["lake_version"]))
            try:
                if lake is not None:
                    lake.parts()
            except WorkspaceError as problem:
                raise WorkspaceError(f"评价时的读数版本已不在，请重新运行 yangban assess；{problem}") from None
            self._lakes[year] = lake
        return self._lakes[year]

    def _rows(self, month: Period) -> Mapping[str, pl.DataFrame]:
        """The readings of the sections in a month, by section."""
        if month.start not in self._loaded:
            lake = self._lake_of(month.start.year)
            held: dict[str, pl.DataFrame] = {}
            if lake is not None:
                rows = lake.water(start=month.start, end=month.end, subjects=list(self.registered)).collect()
                held = {str(key[0]): part for key, part in rows.partition_by("subject", as_dict=True).items()}
            self._loaded[month.start] = held
        return self._loaded[month.start]

    def _month(self, subject: str, month: date, *, readings: bool = False) -> Mapping[str, Averaged]:
        """The means of a section's month, each from the source that goes first, held against the month's result."""
        rows = self._rows(month_of(month.year, month.month)).get(subject)
        found: dict[str, Averaged] = {}
        if rows is not None:
            used = rows.filter((pl.col("basis") != AUTO) | pl.col("state").is_null() | (pl.col("state") == _NORMAL))
            by_basis = {str(key[0]): part for key, part in used.partition_by("basis", as_dict=True).items()}
            first = {str(item) for item in self.edition.rule("auto.items").value}
            for item in ITEMS:
                order = (AUTO,) if self.scope == AUTO_ONLY else (AUTO, MANUAL, MONTHLY) if item in first else (MANUAL, MONTHLY, AUTO)
                made = next((each for basis in order if basis in by_basis and (each := _averaged(item, basis, by_basis[basis]))), None)
                if made is not None:
                    found[item] = replace(made, readings=_readings(item, rows, made.source) if readings else ())
        self._agree_month(subject, month, found)
        return found

    def _agree_month(self, subject: str, month: date, found: Mapping[str, Averaged]) -> None:
        kernel = self.results.month(subject, month, self.scope) or Means({})
        here = {item: (each.n, each.source, each.below) for item, each in found.items()}
        there = {item: (kernel.n[item], kernel.sources[item], kernel.below.get(item, 0)) for item in kernel.values}
        wrong = [i for i, each in found.items() if i in kernel.values and not _same(each.value, kernel.values[i], exact=i != "ph")]
        if here != there or wrong:
            names = "、".join(water_item(i).printed for i in (wrong or [i for i in {*here, *there} if here.get(i) != there.get(i)]))
            raise Inconsistent(
                f"{subject} {month:%Y-%m}: 逐步重算的月值与评价结果不同（{names}）；请重新运行 yangban assess，若仍不一致请报告；"
                "the month done again differs from the assessed one"
            )

    def _period_of(self, row: Section, period: Period | None = None, *, readings: bool = False) -> tuple[Mapping[str, Averaged], int, int]:
        """A section's means of the period, how many months have a value, and of each month the most readings of an item, summed."""
        of = period or self.period
        months = {m: found for m in of.months if (found := self._month(row.subject, m.start, readings=readings))}
        samples = sum(max(each.n for each in found.values()) for found in months.values())
        if of.kind == "month":
            return next(iter(months.values()), {}), len(months), samples
        return _mean_over("months", {m.label: found for m, found in months.items()}), len(months), samples

    # -- classes

    def _classed(self, averages: Mapping[str, Averaged], kind: str) -> WorstItem | None:
        """GB 3838 and the worst item: each mean rounded by its item, held against the limits, the worst class of the 21 items."""
        reference = [str(item) for item in self.edition.rule("assess.reference_items").value]
        made = [self._item(item, averages[item], kind, entering=True) for item in self.edition.items if item in averages]
        made += [self._item(item, averages[item], kind, entering=False) for item in reference if item in averages]
        items = [each for each in made if each is not None]
        classes = [each.klass for each in items if each.entering]
        if not classes:
            return None
        worst = max(classes)
        deciding = tuple(each.item for each in items if each.entering and each.klass == worst > 1)
        return WorstItem(kind, tuple(items), deciding, Fraction(worst))

    def _item(self, item: str, mean: Averaged, kind: str, *, entering: bool) -> ItemClass | None:
        rule = self._decimals(item)
        rounding = None if rule is None else self._rounding("评价前按项目", mean.value, rule)
        compared = mean.value if rounding is None else Fraction(rounding.after)
        if item == "ph":
            held = self.edition.rule("ph.range")
            low, high = (Fraction(bound) for bound in held.value)
            side = "inside" if low <= compared <= high else "outside"
            klass = int(self.edition.rule(f"ph.class_{side}").value)
            return ItemClass(item, mean.unit, mean.value, rounding, compared, klass, (), self.clause(held), entering, None)
        limits = [self.edition.limit_rule(item, each, kind=kind) for each in _CLASSES]
        if all(limit is None for limit in limits):
            return None
        lower = item in self.edition.lower_limit_items

        def met(limit: Rule | None) -> bool:
            return limit is not None and (compared >= Fraction(limit.value) if lower else compared <= Fraction(limit.value))

        klass = next((each for each, limit in zip(_CLASSES, limits, strict=True) if met(limit)), _WORST)
        third = limits[2]
        without = {str(each) for each in self.edition.rule("main.no_multiple").value}
        multiple = None
        if entering and klass > 3 and third is not None and item not in without:
            over = (compared - Fraction(third.value)) / Fraction(third.value)
            multiple = self._plain_rounding("超标倍数", over, self.edition.rule("rounding.multiple"))
        decided = limits[min(klass, 5) - 1] or next(limit for limit in limits if limit is not None)
        values = tuple(None if limit is None else Decimal(limit.value) for limit in limits)
        return ItemClass(item, mean.unit, mean.value, rounding, compared, klass, values, self.clause(decided), entering, multiple)

    def _plain_rounding(self, what: str, before: Fraction, rule: Rule) -> Rounding:
        return Rounding(what, before, round_half_even(before, int(rule.value)), int(rule.value), self.clause(rule))

    def _rounding(self, what: str, before: Fraction, rule: Rule) -> Rounding:
        """Rounded to the decimals of the item; what would become zero keeps its first significant digit."""
        places = int(rule.value)
        after = round_half_even(before, places)
        if after == 0 and before > 0 and bool(self.edition.rule("rounding.water.keep_one_significant").value):
            while before * 10**places < 1 and places < 6:
                places += 1
            after = round_half_even(before, places)
        return Rounding(what, before, after, places, self.clause(rule))

    def _printed(self, how: WaterHow) -> Rounding | None:
        spec = INDICATORS[self.word]
        if isinstance(how, ItemMean):
            rule = self._decimals(how.averaged.item)
            return None if rule is None else self._rounding("印出", how.value, rule)
        return self._plain_rounding("印出", how.value, self.results.decimals(spec.decimals, self.period))

    def _agree(self, how: WaterHow | None, printed: Rounding | None, *, n_valid: int) -> None:
        """The check of the whole: the steps done here give the Figure's value, its printed form and its counts."""
        figure = self.figure
        value = None if how is None else how.value
        both = value is not None and figure.exact is not None
        same = _same(value, figure.exact, exact=False) if value is not None and figure.exact is not None else value == figure.exact
        if isinstance(how, WorstItem | StateOfClass | SectionShare | StateOfShares):
            same = value == figure.exact
        if both and printed is not None and figure.display is not None:
            same = same and printed.after == figure.display
        if not same or n_valid != figure.n_valid:
            raise Inconsistent(
                f"{figure.subject_name} {figure.period} {figure.indicator}: 逐步重算得 {value}（有效 {n_valid}），"
                f"结果为 {figure.exact}（有效 {figure.n_valid}）；请重新运行 yangban assess，若仍不一致请报告；"
                "the steps done again do not give the Figure's value"
            )
        told = figure.detail.get("items")
        worst = how.worst if isinstance(how, StateOfClass) else how
        if isinstance(worst, WorstItem) and isinstance(told, Mapping):
            here = {each.item: each.klass for each in worst.items if each.entering}
            if here != dict(told) or list(worst.deciding) != list(figure.detail.get("deciding", ())):
                raise Inconsistent(f"{figure.subject_name} {figure.period}: 各项类别重算与结果不同；the items' classes done again differ")

    def _made(self, how: WaterHow | None, *, n_valid: int, rules: Iterable[str], **more: object) -> WaterExplained:
        printed = None if how is None else self._printed(how)
        self._agree(how, printed, n_valid=n_valid)
        spec = INDICATORS[self.word]
        decimals = self.results.decimals(spec.decimals, self.period) if not isinstance(how, ItemMean) and how is not None else None
        keys = [key for key in (*spec.rules, *rules) if self._known(key)]
        made = WaterExplained(
            figure=self.figure,
            name=spec.name,
            how=how,
            printed=printed,
            completeness=self._completeness(),
            rules=(*self.cited(*keys), *(() if decimals is None else (self.clause(decimals),))),
            notes=_notes(self.figure),
        )
        return replace(made, **more)  # type: ignore[arg-type]

    def _known(self, key: str) -> bool:
        try:
            self.edition.rule(key)
        except BookError:
            return False
        return True

    def _enough(self, n_months: int, n_samples: int) -> tuple[bool, str]:
        if n_samples == 0:
            return False, "没有监测数据"
        key = _NEEDED.get(self.period.kind)
        if key is None:
            return True, ""
        needed = int(self.edition.rule(key).value)
        have = n_samples if self.period.kind == "month" else n_months
        what = "次" if self.period.kind == "month" else "个月"
        return have >= needed, "" if have >= needed else f"{have} {what}，至少 {needed} {what}"

    def _completeness(self) -> Completeness:
        key = None if self.word in {*SOURCES, SLIDE, WARNING} else _NEEDED.get(self.period.kind)
        needed = None if key is None else int(self.edition.rule(key).value)
        figure = self.figure
        return Completeness(
            figure.usable, figure.reason, figure.n_valid, figure.n_expected, needed, (), self.cited(key) if key is not None else ()
        )

    # -- a section

    def _of_section(self) -> WaterExplained:
        (row,) = self.members
        at_end = self.period.kind == "month" and self.depth >= 3
        averages, n_months, _ = self._period_of(row, readings=at_end and self.depth >= READINGS)
        files: tuple[File, ...] = ()
        if at_end and self.depth >= READINGS:
            files, averages = self._with_lines(row, averages)
        how = self._step(averages, self._water_of(row))
        months = self._month_rows(row) if self.period.kind != "month" and self.depth >= 2 else ()
        opened, why = self._open_month(row, how, averages, months)
        return self._made(
            how,
            n_valid=n_months,
            rules=self._item_rules(how, averages),
            averages=tuple(averages.values()),
            months=months,
            left_out=self._left_out(row.subject),
            files=files,
            opened=opened,
            opened_why=why,
        )

    def _water_of(self, row: Section) -> str:
        """Whether the limits of rivers or of lakes hold; of groundwater nothing is classed."""
        body = self.results.body(row) if row.is_source else row.kind
        return "river" if body == GROUND else body

    def _step(self, averages: Mapping[str, Averaged], kind: str) -> WaterHow | None:
        """What leads from means to the value: of a section, a lake, or a small river's averages."""
        if self.word.endswith(".mean"):
            mean = averages.get(self.word.split(".")[1])
            return None if mean is None else ItemMean(mean, mean.value)
        if self.word == "water.tli":
            return self._trophic(averages)
        worst = self._classed(averages, kind)
        if worst is None or self.word == "water.class":
            return worst
        klass = int(worst.value)
        return StateOfClass(worst, self.edition.state(klass).word, self.clause(self.edition.rule(f"state.{klass}")), _state_of(klass))

    def _item_rules(self, how: WaterHow | None, averages: Mapping[str, Averaged]) -> list[str]:
        entering: Sequence[str] = ()
        if isinstance(how, ItemMean):
            entering = (how.averaged.item,)
        elif isinstance(how, WorstItem | StateOfClass):
            worst = how.worst if isinstance(how, StateOfClass) else how
            entering = [each.item for each in worst.items]
        keys = [f"decimals.{item}" for item in entering if self._decimals(item) is not None]
        keys += ["ph.mean"] if "ph" in entering else []
        keys += ["rounding.water.keep_one_significant"] if entering else []
        sources = {source for item in entering if item in averages for source in averages[item].source.split("+")}
        keys += ["auto.items", "auto.priority"] if AUTO in sources and sources & {MANUAL, MONTHLY} else []
        keys += ["detection.half"] if any(averages[item].below for item in entering if item in averages) else []
        return keys

    def _trophic(self, averages: Mapping[str, Averaged]) -> Trophic | None:
        """TLI = Σ W · 10 (a + b ln x), W = r² / Σ r² (环办〔2011〕22号)."""
        if any(item not in averages or averages[item].value <= 0 for item in _TROPHIC):
            return None
        squares = {item: self._number(f"tli.r.{item}") ** 2 for item in _TROPHIC}
        total = sum(squares.values(), Fraction(0))
        terms = []
        for item in _TROPHIC:
            a, b = (Decimal(self.edition.rule(f"tli.{item}.{part}").value) for part in "ab")
            logarithm = Fraction(_WORKING.ln(_decimal(averages[item].value)))
            index = self._number("tli.factor") * (Fraction(a) + Fraction(b) * logarithm)
            r = Decimal(self.edition.rule(f"tli.r.{item}").value)
            mean = averages[item]
            terms.append(TrophicTerm(item, mean.unit, mean.value, a, b, logarithm, index, r, squares[item] / total))
        value = sum((term.weight * term.index for term in terms), Fraction(0))
        rows = self.edition.rule("tli.grades").value
        grade = next((str(n) for n, top, included in rows[:-1] if value < top or (included and value == top)), str(rows[-1][0]))
        return Trophic(tuple(terms), grade, value)

    def _month_rows(self, row: Section) -> tuple[MonthRow, ...]:
        item = self.word.split(".")[1] if self.word.endswith(".mean") else ""
        found = []
        for month in self.period.months:
            averages = self._month(row.subject, month.start)
            worst = self._classed(averages, self._water_of(row))
            value = averages[item].value if item in averages else None
            samples = max((each.n for each in averages.values()), default=0)
            found.append(MonthRow(month.label, samples, None if worst is None else int(worst.value), value))
        return tuple(found)

    def _open_month(
        self, row: Section, how: WaterHow | None, averages: Mapping[str, Averaged], months: Sequence[MonthRow]
    ) -> tuple[WaterExplained | None, str]:
        """The month that is walked down: the one named, else the one in which the item that decides is worst."""
        if self.period.kind == "month" or self.depth < 3 or how is None:
            return None, ""
        if self.day is not None:
            month = month_of(self.day.year, self.day.month)
            return self._below(self._one(row.subject, self.word, month)), "指定的月份"
        item = self._key_items(how)[0]
        terms = [term for term in averages[item].terms if term[0] in {each.month for each in months}]
        if not terms:
            return None, ""
        low = item in self.edition.lower_limit_items
        label, _ = (min if low else max)(terms, key=lambda term: term[1])
        return self._below(self._one(row.subject, self.word, parse(label))), f"{water_item(item).printed}最{'低' if low else '高'}的月份"

    def _key_items(self, how: WaterHow) -> tuple[str, ...]:
        """The items on which the value hangs: the one asked about, those that decide, else the one nearest to its limit of class Ⅲ."""
        if isinstance(how, ItemMean):
            return (how.averaged.item,)
        if isinstance(how, Trophic):
            return tuple(term.item for term in sorted(how.terms, key=lambda term: -term.weight * term.index))
        worst = how.worst if isinstance(how, StateOfClass) else how
        if not isinstance(worst, WorstItem):
            return ()
        entering = [each for each in worst.items if each.entering]
        return worst.deciding or (max(entering, key=self._load).item,)

    def _load(self, each: ItemClass) -> Fraction:
        """How near a value comes to the limit of class Ⅲ."""
        limit = each.limits[2] if each.limits else None
        if limit is None or each.compared <= 0:
            return Fraction(0)
        lower = each.item in self.edition.lower_limit_items
        return Fraction(limit) / each.compared if lower else each.compared / Fraction(limit)

    def _left_out(self, subject: str) -> Mapping[str, int]:
        """Readings of automatic stations that were not in normal state, by what the source said of the station."""
        counts: Counter[str] = Counter()
        for month in self.period.months:
            rows = self._rows(month).get(subject)
            if rows is not None:
                out = rows.filter((pl.col("basis") == AUTO) & pl.col("state").is_not_null() & (pl.col("state") != _NORMAL))
                counts.update(out.filter(pl.any_horizontal(pl.col(ITEMS).is_not_null()))["state"].to_list())
        return dict(counts)

    # -- a lake

    def _of_lake(self) -> WaterExplained:
        """Over time at each point first, then over the points (环办〔2011〕22号, lakes and reservoirs)."""
        points = {row.subject: self._period_of(row) for row in self.members}
        having = {subject: found for subject, found in points.items() if found[0]}
        averages = _mean_over("points", {self.names[subject]: found[0] for subject, found in having.items()})
        how = self._step(averages, "lake")
        n_months = min((found[1] for found in having.values()), default=0)
        opened, why = None, ""
        if how is not None and self.depth >= 2:
            item = self._key_items(how)[0]
            low = item in self.edition.lower_limit_items
            measured = [subject for subject, found in having.items() if item in found[0]]
            subject = (min if low else max)(measured, key=lambda each: having[each][0][item].value)
            opened = self._below(self._one(subject, self.word, self.period))
            why = f"{water_item(item).printed}最{'低' if low else '高'}的点位"
        return self._made(
            how,
            n_valid=n_months,
            rules=self._item_rules(how, averages),
            averages=tuple(averages.values()),
            sections=self._section_rows(points) if self.depth >= 2 else (),
            opened=opened,
            opened_why=why,
        )

    # -- a river, a place

    def _section_rows(self, parts: Mapping[str, tuple[Mapping[str, Averaged], int, int]]) -> tuple[SectionRow, ...]:
        made = []
        for subject, (averages, n_months, n_samples) in parts.items():
            worst = self._classed(averages, self.registered[subject].kind)
            enough, reason = self._enough(n_months, n_samples)
            klass = None if worst is None else int(worst.value)
            made.append(SectionRow(subject, self.names[subject], klass, worst.deciding if worst else (), n_months, enough, reason))
        return tuple(made)

    def _of_region(self) -> WaterExplained:
        parts = {row.subject: self._period_of(row) for row in self.members}
        rows = self._section_rows(parts)
        classed = [row for row in rows if row.klass is not None]
        counts = tuple(sum(row.klass == klass for row in classed) for klass in range(1, _WORST + 1))
        averages: Mapping[str, Averaged] = {}
        how: WaterHow | None = None
        rules: list[str] = []
        if classed and self.word in _SHARES:
            how = self._share(counts)
        elif self.word == "water.cwqi":
            how = self._city({subject: found[0] for subject, found in parts.items() if found[0]})
        elif classed and self.word in {"water.class", "water.state"}:
            if len(classed) < int(self._number("assess.small_river_below")):
                having = [row.subject for row in classed]
                averages = _mean_over("sections", {self.names[each]: parts[each][0] for each in having})
                how = self._step(averages, "lake" if all(self.registered[each].kind == "lake" for each in having) else "river")
                rules = self._item_rules(how, averages)
            elif self.word == "water.state":
                how = self._state_by_shares(counts)
        n_valid = sum(row.enough and row.klass is not None for row in rows)
        opened, why = self._open_section(parts)
        return self._made(
            how,
            n_valid=n_valid,
            rules=rules,
            averages=tuple(averages.values()),
            sections=rows if self.depth >= 2 else (),
            opened=opened if how is not None else None,
            opened_why=why,
        )

    def _share(self, counts: tuple[int, ...]) -> SectionShare:
        key, first, last, condition = _SHARES[self.word]
        rule = self.edition.rule(key) if key else None
        if rule is not None:
            told = int(rule.value)
            first, last = (told, told) if first else (1, told)
        hits, n = sum(counts[first - 1 : last] if first else counts), sum(counts)
        ratio = key != ""
        value = Fraction(hits * _PERCENT, n) if ratio else Fraction(n)
        return SectionShare(condition, counts, hits, n, ratio, value, None if rule is None else self.clause(rule))

    def _state_by_shares(self, counts: tuple[int, ...]) -> StateOfShares:
        n = sum(counts)
        good, inferior = Fraction(sum(counts[:3]) * _PERCENT, n), Fraction(counts[-1] * _PERCENT, n)
        excellent, fine, moderate, heavy = (self._number(f"share.{word}") for word in ("excellent", "good", "moderate", "heavy"))
        if good >= excellent:
            number = 1
        elif good >= fine:
            number = 2
        else:
            number = 3 if inferior < moderate else 4 if inferior < heavy else 5
        word = self.edition.state(int(self.edition.rule("share.words").value[number - 1])).word
        rules = self.cited("share.excellent", "share.good", "share.moderate", "share.heavy")
        return StateOfShares(counts, good, inferior, word, rules, Fraction(number))

    def _city(self, parts: Mapping[str, Mapping[str, Averaged]]) -> CityIndex | None:
        """环办监测〔2017〕51号: means over the sections, each over the limit of class Ⅲ, summed; rivers and lakes by their numbers."""
        made = []
        for kind in _KINDS:
            inside = {self.names[each]: found for each, found in parts.items() if self.registered[each].kind == kind}
            averages = _mean_over("sections", inside)
            items = [str(item) for item in self.edition.rule("cwqi.items").value]
            terms = [term for item in items if item in averages and (term := self._index_term(item, averages[item].value, kind))]
            missing = tuple(item for item in items if item not in {term.item for term in terms})
            if terms:
                total = sum((term.index for term in terms), Fraction(0))
                entering = tuple(averages[term.item] for term in terms)
                made.append(IndexPart(kind, len(inside), entering, tuple(terms), missing, total))
        if not made:
            return None
        value = sum((part.total * part.n for part in made), Fraction(0)) / sum(part.n for part in made)
        return CityIndex(tuple(made), value)

    def _index_term(self, item: str, value: Fraction, kind: str) -> IndexTerm | None:
        if item == "ph":
            neutral, acid, alkaline = (self._number(f"cwqi.ph_{part}") for part in ("neutral", "acid", "alkaline"))
            sour = value <= neutral
            index = (neutral - value) / acid if sour else (value - neutral) / alkaline
            formula = f"({neutral} − pH) ÷ {acid}" if sour else f"(pH − {neutral}) ÷ {alkaline}"
            return IndexTerm(item, value, _decimal(neutral), index, formula)
        if item in self.edition.lower_limit_items:
            limit = Decimal(self.edition.rule(f"cwqi.{item}").value)
            return IndexTerm(item, value, limit, Fraction(limit) / value, "S ÷ C") if value > 0 else None
        rule = self.edition.limit_rule(item, int(self._number("cwqi.limit_class")), kind=kind)
        if rule is None:
            return None
        return IndexTerm(item, value, Decimal(rule.value), value / Fraction(rule.value), "C ÷ S")

    def _open_section(self, parts: Mapping[str, tuple[Mapping[str, Averaged], int, int]]) -> tuple[WaterExplained | None, str]:
        """The section that is walked down: of the worst class, and among those the one furthest over its limit."""
        if self.depth < 2:
            return None, ""
        loads: list[tuple[int, Fraction, str]] = []
        for subject, (averages, *_) in parts.items():
            worst = self._classed(averages, self.registered[subject].kind)
            if worst is not None:
                loads.append((int(worst.value), max(self._load(each) for each in worst.items if each.entering), subject))
        if not loads:
            return None, ""
        return self._below(self._one(max(loads)[2], "water.class", self.period)), "类别最差的断面"

    # -- held against something

    def _checked(self) -> WaterExplained:
        """Sources, targets, warnings, slides and years: each class on which they hang, done again, and the worst one opened."""
        how: WaterHow | None = None
        n_valid = self.figure.n_valid
        opened: WaterExplained | None = None
        why = ""
        if self.figure.exact is not None:
            if self.word in SOURCES:
                how, n_valid, opened, why = self._sources()
            elif self.word in TARGETS:
                how, n_valid, opened, why = self._targets()
            elif self.word == WARNING:
                how, n_valid, opened, why = self._warning()
            elif self.word == SLIDE:
                how = self._slide()
            else:
                how = self._years(2 if self.word == "water.class2_years" else 3)
        return self._made(how, n_valid=n_valid, rules=(), opened=opened if how is not None else None, opened_why=why)

    def _sources(self) -> tuple[WaterHow, int, WaterExplained | None, str]:
        rows = self.members if self.kind == "source" else self.results.sources_of(self.figure.subject, self.kind, self.period)
        rows = [row for row in rows if self.results.body(row) != GROUND]
        self.registered.update({row.subject: row for row in rows})
        self._loaded.clear()
        made: list[tuple[SourceRow, Section, Period]] = []
        for row in rows:
            for month in self.period.months:
                averages = self._month(row.subject, month.start)
                items = self._held(averages, self.results.body(row))
                if items:
                    volume = averages["volume"].value if "volume" in averages else None
                    made.append((SourceRow(row.name, month.label, not any(each.over for each in items), items, volume), row, month))
        told = tuple(each for each, _, _ in made)
        by = {"water.source_meets": "each", "water.sources": "count", "water.source_volume_ratio": "volume"}.get(self.word, "source")
        if by == "volume":
            total = sum((each.volume or Fraction(0) for each in told), Fraction(0))
            meeting = sum((each.volume or Fraction(0) for each in told if each.meets), Fraction(0))
        else:
            total, meeting = Fraction(len(told)), Fraction(sum(each.meets for each in told))
        shares = {"each": Fraction(meeting == total), "count": Fraction(len({each.name for each in told}))}
        value = shares[by] if by in shares else meeting * _PERCENT / total
        opened, why = None, ""
        failing = next(((row, month, each) for each, row, month in made if not each.meets), None)
        if failing is not None and self.depth >= 2:
            row, month, each = failing
            item = next(held.item for held in each.items if held.over)
            opened, why = (
                self._below(self._one(row.subject, f"water.{item}.mean", month)),
                f"{month.label} 超标的{water_item(item).printed}",
            )
        return SourceShare(by, told, total, meeting, value), len(told), opened, why

    def _held(self, averages: Mapping[str, Averaged], body: str) -> tuple[Held, ...]:
        """GB 3838: class Ⅲ of table 1 and table 2, without the items that are not judged."""
        best = int(self._number("drinking.class_at_most"))
        left_out = {str(item) for item in self.edition.rule("drinking.not_judged").value}
        made = []
        for item in (*self.edition.items, *SUPPLEMENTARY):
            if item not in averages or item in left_out:
                continue
            value = averages[item].value
            decimals = self._decimals(item)
            rounding = None if decimals is None else self._rounding("评价前按项目", value, decimals)
            compared = value if rounding is None else Fraction(rounding.after)
            if item == "ph":
                rule = self.edition.rule("ph.range")
                low, high = (Fraction(bound) for bound in rule.value)
                over, limit = not low <= compared <= high, f"{low}～{high}"
            else:
                key = f"source_limit.{item}" if item in SUPPLEMENTARY else f"class_limit.{item}.{body}.{best}"
                rule = self.edition.rule(key)
                bound = Fraction(rule.value)
                lower = item in self.edition.lower_limit_items
                over, limit = (compared < bound, f"≥{rule.value}") if lower else (compared > bound, f"≤{rule.value}")
            made.append(Held(item, averages[item].unit, value, rounding, limit, over, self.clause(rule)))
        return tuple(made)

    def _class_of(self, row: Section, period: Period) -> int | None:
        worst = self._classed(self._period_of(row, period)[0], row.kind)
        return None if worst is None else int(worst.value)

    def _targets(self) -> tuple[WaterHow, int, WaterExplained | None, str]:
        rows, enough = [], 0
        n_months = 0
        having = [(row, target) for row in self.members if (target := row.target(self.period.end.year)) is not None]
        for row, target in having:
            averages, n_months, n_samples = self._period_of(row)
            granted = [each for each in self.results.granted(row.subject, self.period) if each.item in averages]
            left = dict(averages)
            for each in granted:
                if each.amount is None:
                    left.pop(each.item, None)
                elif each.item in left:
                    less = max(Fraction(0), left[each.item].value - Fraction(each.amount))
                    left[each.item] = replace(left[each.item], value=less)
            plain_class, after = self._classed(averages, row.kind), self._classed(left, row.kind)
            if plain_class is None or after is None:
                continue
            enough += self._enough(n_months, n_samples)[0]
            said = tuple(f"{water_item(e.item).printed} {e.amount or '不参加'}（{_GRANTS[e.kind]}，{e.document}，{e.by}）" for e in granted)
            rows.append(TargetRow(row.name, target, int(plain_class.value), int(after.value), after.value <= target, said))
        alone = self.kind == "section"
        value = Fraction(rows[0].met) if alone else Fraction(sum(row.met for row in rows) * _PERCENT, len(rows))
        worst = max(rows, key=lambda row: (not row.met, row.klass_after - row.target, row.klass))
        subject = next(row.subject for row, _ in having if row.name == worst.name)
        opened = self._below(self._one(subject, "water.class", self.period))
        return (
            TargetShare(tuple(rows), not alone, value),
            n_months if alone else enough,
            opened,
            "离目标最远的断面" if not alone else "类别",
        )

    def _warning(self) -> tuple[WaterHow, int, WaterExplained | None, str]:
        """Both periods at least so many classes worse than a year before, worse than Ⅲ, and the target of the year missed."""
        provinces = {str(code) for code in self.edition.rule("warning.provinces").value}
        grave, mild, bound = (int(self._number(f"warning.{k}")) for k in ("level1.classes_worse", "level2.classes_worse", "worse_than"))
        year, month = self.period.start.year, self.period.start.month
        so_far, before = (parse(f"{y}-01-01/{month_of(y, month).end}") for y in (year, year - 1))
        rows, subjects = [], {}
        for row in self.members:
            if row.province not in provinces:
                continue
            classes = [self._class_of(row, each) for each in (self.period, month_of(year - 1, month), so_far, before)]
            target = row.target(year)
            now, then, total, earlier = classes
            known = None not in {*classes, target}
            level = None
            if now is not None and then is not None and total is not None and earlier is not None and target is not None:
                fall = min(now - then, total - earlier)
                if now > bound and total > bound and total > target and fall >= mild:
                    level = 1 if fall >= grave else 2
            subjects[row.name] = row.subject
            rows.append(WarningRow(row.name, now, then, total, earlier, target, level, known))
        known_rows = [row for row in rows if row.known]
        value = Fraction(min((row.level for row in known_rows if row.level is not None), default=0))
        worst = min(known_rows, key=lambda row: (row.level or 9, -(row.month or 0)))
        opened = self._below(self._one(subjects[worst.name], "water.class", self.period))
        return WarningOf(tuple(rows), value), len(known_rows), opened, "当月的类别" if self.kind == "section" else "预警级别最高的断面"

    def _slide(self) -> SlideOf:
        (row,) = self.members
        periods = [self.period.before().before(), self.period.before(), self.period]
        averages = {each.label: self._period_of(row, each)[0] for each in periods}
        share = self._number("warning.slide.share")
        made = []
        for item in self.edition.items:
            if item == "ph" or any(item not in found for found in averages.values()):
                continue
            values = tuple((label, found[item].value) for label, found in averages.items())
            first, second, last = (value for _, value in values)
            lower = item in self.edition.lower_limit_items
            limits = [self.edition.limit_rule(item, klass, kind=row.kind) for klass in _CLASSES]
            fits = (
                klass
                for klass, limit in zip(_CLASSES, limits, strict=True)
                if limit is not None and (last >= Fraction(limit.value) if lower else last <= Fraction(limit.value))
            )
            klass = next(fits, _WORST)
            rule = limits[klass - 1] if klass <= len(limits) else None
            reached = None
            if rule is not None and last:
                reached = (Fraction(rule.value) / last if lower else last / Fraction(rule.value)) * _PERCENT
            worse = first > second > last if lower else first < second < last
            sliding = bool(worse and reached is not None and reached >= share)
            made.append(SlideRow(item, values, klass, None if rule is None else Decimal(rule.value), reached, sliding))
        return SlideOf(tuple(made), Fraction(sum(row.sliding for row in made)))

    def _years(self, klass: int) -> YearsOf:
        last, run, years = self.period.start.year, 0, []
        for year in range(last, min(self.results.years, default=last) - 1, -1):
            classes = []
            for row in self.members:
                averages, n_months, _ = self._period_of(row, year_of(year))
                worst = self._classed(averages, row.kind) if n_months >= int(self._number("average.year.full")) else None
                classes.append((self.names[row.subject], None if worst is None else int(worst.value)))
            years.append((year, tuple(classes)))
            if not classes or any(found is None or found > klass for _, found in classes):
                break
            run += 1
        return YearsOf(klass, tuple(years), Fraction(run))

    # -- files

    def _with_lines(self, row: Section, averages: Mapping[str, Averaged]) -> tuple[tuple[File, ...], Mapping[str, Averaged]]:
        """The received files that cover the section and month, and the readings with the lines on which they stand."""
        files = self._files(row.subject)
        aliases = Sections.load(self.workspace).aliases()
        seen: dict[tuple[datetime, str], list[tuple[str, WaterRow]]] = {}
        for file in files:
            path = self.workspace.raw / file.digest
            for line in section_rows(path, file.layout, subject=row.subject, start=self.period.start, end=self.period.end, aliases=aliases):
                seen.setdefault((line.time, line.basis), []).append((file.digest, line))
        for lines in seen.values():
            # As in the lake: the order of release decides, rows without one come last, in the order of receipt.
            lines.sort(key=lambda pair: (pair[1].released is None, pair[1].released or datetime.min))
        told = {}
        for item, each in averages.items():
            lines_of = ((reading, seen.get((reading.time, reading.basis), [])) for reading in each.readings)
            told[item] = replace(each, readings=tuple(_located(item, reading, lines) for reading, lines in lines_of))
        return files, told

    def _files(self, subject: str) -> tuple[File, ...]:
        """The received files of water that cover the subject in the period and were in the lake when it was assessed, oldest first."""
        version = max((lake.version() for lake in self._lakes.values() if lake is not None), default=0)
        start, end = self.period.start.isoformat(), self.period.end.isoformat()
        found: dict[str, File] = {}
        for receipt in receipts(self.workspace):
            if int(receipt["version"]) > version:
                continue
            for file in receipt["files"]:
                covers = file["first_day"] and file["first_day"] <= end and start <= file["last_day"]
                if covers and file["layout"].partition("@")[0] in LAYOUTS and subject in receipt["subject_lists"][file["subjects"]]:
                    found.pop(file["digest"], None)
                    found[file["digest"]] = File(file["digest"], file["path"], receipt["received"], file["layout"])
        return tuple(found.values())

    # -- changes

    def _change(self) -> WaterExplained:
        before = base_period(self.period, self.base)
        now, then = self._one(self.figure.subject, self.word, self.period), self._one(self.figure.subject, self.word, before)
        spec, rule = INDICATORS[self.word], self.results.decimals("change", self.period)
        how: Change | None = None
        if now and then and now.display is not None and then.display is not None and self.figure.exact is not None:
            step = Fraction(now.display) - Fraction(then.display)
            exact = step * _PERCENT / Fraction(then.display) if spec.change == "percent" else step
            how = Change(now, then, spec.change, exact, Fraction(displayed(exact, int(rule.value)) or 0))
        if (None if how is None else how.value) != self.figure.exact:
            raise Inconsistent(f"{self.figure.subject_name} {self.figure.period} {self.figure.indicator}: 变化重算与结果不同")
        parts = []
        for figure, depth in ((now, self.depth), (then, min(self.depth, 2))):
            if figure is not None:
                day = self.day if figure is now else None
                parts.append(_Walk(self.workspace, self.results, self.book, figure, base=self.base, day=day, depth=depth).whole())
        return WaterExplained(
            figure=self.figure,
            name=f"{spec.name}变化",
            how=how,
            printed=None if how is None else self._plain_rounding("印出", how.exact, rule),
            completeness=None,
            rules=(self.clause(rule),),
            notes=_notes(self.figure),
            parts=tuple(replace(part, averages=(), months=(), parts=(), opened=None) for part in parts),
            opened=parts[0] if parts else None,
            opened_why="本期",
        )


_GRANTS: Final = {"upstream": "上游来水影响", "background": "自然本底"}

_NEEDED: Final = {"month": "average.month.minimum", "quarter": "average.quarter.minimum", "year": "average.year.full"}
"""The rule on how much stands under a value, by kind of period."""

_SHARES: Final = {
    "water.good_ratio": ("ratio.good_class_at_most", 0, 0, "Ⅰ～Ⅲ类"),
    "water.class12_ratio": ("ratio.class12_at_most", 0, 0, "Ⅰ～Ⅱ类"),
    "water.inferior_ratio": ("ratio.inferior_class", 1, 0, "劣Ⅴ类"),
    "water.sections": ("", 0, 0, "有类别的断面"),
}
"""Of each share the rule of its class, whether that class alone is meant, and the condition in words."""


# ---- small things -------------------------------------------------------------------------------------------------------------------


def _averaged(item: str, basis: str, rows: pl.DataFrame) -> Averaged | None:
    """An item's mean over the readings of one source; ``None`` without any."""
    values: list[int] = rows[item].drop_nulls().to_list()
    if not values:
        return None
    n, unit, mark = len(values), water_item(item).unit, bit(item)
    halves = zip(rows[item].to_list(), rows["below"].to_list(), strict=True) if (rows["below"] != 0).any() else ()
    under = sum(value is not None and bool((below or 0) & mark) for value, below in halves)
    if item == "ph":
        return Averaged(item, unit, "readings", basis, n, under, None, _mean_ph([Fraction(value, SCALE) for value in values]))
    total = Fraction(sum(values), SCALE)
    return Averaged(item, unit, "readings", basis, n, under, total, total / n)


def _readings(item: str, rows: pl.DataFrame, source: str) -> tuple[Reading, ...]:
    """Every reading of an item in a month, with the reason of each that was not used."""
    made = []
    for time, basis, state, value, below in rows.sort("time", "basis").select("time", "basis", "state", item, "below").iter_rows():
        if value is None:
            continue
        idle = basis == AUTO and state is not None and state != _NORMAL
        reason = f"站点{state}" if idle else f"另有{_BASES[source]}数据优先" if basis != source else ""
        made.append(Reading(time, basis, unscaled(value), bool((below or 0) & bit(item)), reason))
    return tuple(made)


_BASES: Final = {AUTO: "自动监测", MANUAL: "手工监测", MONTHLY: "月均值"}


def _mean_over(of: str, parts: Mapping[str, Mapping[str, Averaged]]) -> dict[str, Averaged]:
    """The mean of months or places, item by item over those that have it, each counting once."""
    found: dict[str, Averaged] = {}
    for item in ITEMS:
        having = {name: part[item] for name, part in parts.items() if item in part}
        if not having:
            continue
        terms = tuple((name, each.value) for name, each in having.items())
        values = [value for _, value in terms]
        total = None if item == "ph" else sum(values, Fraction(0))
        value = _mean_ph(values) if total is None else total / len(values)
        source = "+".join(sorted({kind for each in having.values() for kind in each.source.split("+")}))
        below = sum(each.below for each in having.values())
        found[item] = Averaged(item, water_item(item).unit, of, source, len(terms), below, total, value, terms)
    return found


def _located(item: str, reading: Reading, lines: Sequence[tuple[str, WaterRow]]) -> Reading:
    """A reading with every line on which it stands; the last that has a number there is the one that was taken."""
    telling = [(digest, row) for digest, row in lines if item in row.cells]
    last = max((i for i, (_, row) in enumerate(telling) if item in row.values), default=None)
    origins = tuple(Origin(digest, row.line, row.cells[item], used=i == last) for i, (digest, row) in enumerate(telling))
    return replace(reading, origins=origins)


def _decimal(value: Fraction) -> Decimal:
    return _WORKING.divide(Decimal(value.numerator), Decimal(value.denominator))


@lru_cache(maxsize=65536)
def _ions(value: Fraction) -> Decimal:
    return _WORKING.power(Decimal(10), _WORKING.minus(_decimal(value)))


def _mean_ph(values: Sequence[Fraction]) -> Fraction:
    """Minus the decimal logarithm of the mean hydrogen-ion concentration, to 45 decimals."""
    total = Decimal(0)
    for value in values:
        total = _WORKING.add(total, _ions(value))
    return -Fraction(_WORKING.log10(_WORKING.divide(total, Decimal(len(values)))).quantize(_DUST, context=_WORKING))


def _same(one: Fraction, other: Fraction, *, exact: bool) -> bool:
    return one == other if exact else abs(one - other) < _SAME


def _state_of(klass: int) -> Fraction:
    """Ⅰ and Ⅱ are one state, so class Ⅲ is the second and 劣Ⅴ the fifth."""
    return Fraction({1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5}[klass])


def _notes(figure: Figure) -> tuple[str, ...]:
    said = []
    if figure.synthetic:
        said.append("合成数据：由程序生成的示例读数算出，不是监测结果。")
    if figure.unverified:
        said.append(f"所依规则中有 {len(figure.unverified)} 条尚未与官方文本核对，见文末。")
    return tuple(said)
