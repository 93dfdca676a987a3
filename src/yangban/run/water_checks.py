"""Figures of water that hold a class against something: drinking-water sources, target classes, warnings, slides, years in a class.

Each looks at more than the values of one period: at the months of a source, at the target of the year, at the year before. The rules are
those of :mod:`yangban.assess.water.sources`, ``targets``, ``warning`` and ``compare``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from yangban.assess.completeness import Verdict
from yangban.assess.figure import NOT_APPLICABLE, Figure
from yangban.assess.water.averages import Means
from yangban.assess.water.compare import years_in_class_running
from yangban.assess.water.figures import SectionPeriod, Subject, Value, make_figure
from yangban.assess.water.indicators import INDICATORS
from yangban.assess.water.rules import ITEM, RIVER, numeral
from yangban.assess.water.sample import classify
from yangban.assess.water.sources import SourceCheck, SourceMonth, check_source, source_values
from yangban.assess.water.targets import Deduction, TargetCheck, check_target
from yangban.assess.water.warning import SLIDE_PERIODS, Warning, of_city, slides, yangtze
from yangban.base.periods import Period, month_of, parse, year_of
from yangban.readings.deductions import Granted
from yangban.readings.deductions import of as granted_of
from yangban.readings.sections import SOURCE, Section
from yangban.standards import WaterEdition

if TYPE_CHECKING:
    from yangban.run.water import WaterResults

SOURCES: Final = ("water.source_meets", "water.source_ratio", "water.source_volume_ratio", "water.sources")
TARGETS: Final = ("water.target_met", "water.target_ratio")
YEARS: Final = ("water.class2_years", "water.class3_years")
WARNING: Final = "water.warning"
SLIDE: Final = "water.slide"
CHECKS: Final = (*SOURCES, *TARGETS, WARNING, SLIDE, *YEARS)
"""The indicators that are computed here."""

GROUND: Final = "ground"
_NO_GROUND: Final = "地下水水源按 GB/T 14848 评价，标准之书没有收录其限值"


@dataclass(frozen=True)
class Asked:
    """Of whom and of what period Figures are asked; ``explicit`` when the indicators were named, so that "not applicable" is an answer."""

    kind: str
    members: Sequence[Section]
    period: Period
    subject: Subject
    edition: WaterEdition
    scope: str
    explicit: bool


def check_figures(results: WaterResults, asked: Asked, words: Sequence[str], granted: Sequence[Granted]) -> Iterator[Figure]:
    """The Figures of these indicators that the subject has, in the order of ``words``."""
    work = _Checks(results, asked, granted)
    for word in words:
        made = work.value(word)
        if made is not None:
            figure = make_figure(INDICATORS[word], made, asked.subject, asked.period, asked.edition, results.decimals)
            if made.detail.get("not_applicable"):
                figure = _not_applicable(figure)
            yield figure


def _not_applicable(figure: Figure) -> Figure:
    return replace(figure, status=NOT_APPLICABLE, detail={k: v for k, v in figure.detail.items() if k != "not_applicable"})


class _Checks:
    def __init__(self, results: WaterResults, asked: Asked, granted: Sequence[Granted]) -> None:
        self.results, self.asked, self.granted = results, asked, granted
        self.edition, self.period = asked.edition, asked.period

    def value(self, word: str) -> Value | None:
        """The value of one indicator; ``None`` where the subject does not have it."""
        if word in SOURCES:
            return self._sources(word)
        if self.asked.kind == "source":
            return None
        if word in TARGETS:
            return self._targets(word)
        if word == WARNING:
            return self._warning()
        if word == SLIDE:
            return self._slide()
        return self._years(2 if word == "water.class2_years" else 3)

    def _nothing(self, why: str) -> Value | None:
        """Not applicable, where it was asked for by name."""
        if not self.asked.explicit:
            return None
        return Value(None, Verdict(enough=False, reason=why, rules=()), 0, len(self.asked.members), detail={"not_applicable": True})

    def _part(self, row: Section, period: Period) -> SectionPeriod:
        return self.results.part(row, period, self.asked.scope)

    def _class(self, row: Section, period: Period) -> int | None:
        part = self._part(row, period)
        return classify(part.means.values, part.kind, self.edition, rounding=ITEM).klass if part.means.values else None

    # -- drinking-water sources

    def _sources(self, word: str) -> Value | None:
        alone = self.asked.kind == "source"
        rows = self.asked.members if alone else self.results.sources_of(self.asked.subject.code, self.asked.kind, self.period)
        wrong = {"water.sources"} if alone else {"water.source_meets"}
        if not rows or word in wrong:
            return None
        months = self.period.months
        judged = [row for row in rows if self.results.body(row) != GROUND]
        if not judged:
            return self._nothing(_NO_GROUND)
        found = [made for row in judged for month in months if (made := self._source_month(row, month)) is not None]
        values = source_values(found, expected=len(judged) * len(months), edition=self.edition, alone=alone)
        value = values.get(word)
        if value is not None and len(judged) < len(rows):
            left = [row.name for row in rows if row not in judged]
            value = _noted(value, f"{_NO_GROUND}，未计入：{'、'.join(left[:6])}", {"ground": left})
        return value

    def _source_month(self, row: Section, month: Period) -> SourceMonth | None:
        means = self.results.month(row.subject, month.start, self.asked.scope) or Means({})
        check: SourceCheck = check_source(means.values, self.results.body(row), self.edition, rounding=ITEM)
        return SourceMonth(row.name, month.label, check, means.values.get("volume"))

    # -- targets

    def _targets(self, word: str) -> Value | None:
        alone = self.asked.kind == "section"
        if alone != (word == "water.target_met") or self.asked.kind == "lake":
            return None
        having = [(row, target) for row in self.asked.members if (target := row.target(self.period.end.year)) is not None]
        if not having:
            return self._nothing(f"断面登记表中没有 {self.period.end.year} 年的目标类别")
        checks = {row.name: (self._target(row, target), self._part(row, self.period)) for row, target in having}
        verdicts = {name: part.verdict(self.period, self.edition) for name, (_, part) in checks.items()}
        met = {name: check.met for name, (check, _) in checks.items() if check.met is not None}
        short = [name for name in checks if name not in met or not verdicts[name].enough]
        rules = tuple(dict.fromkeys(rule for check, _ in checks.values() for rule in (*check.plain.rules, *check.after.rules)))
        asked = tuple(dict.fromkeys(rule for verdict in verdicts.values() for rule in verdict.rules))
        if alone:
            ((check, part),) = checks.values()
            verdict = verdicts[self.asked.members[0].name]
            value = None if check.met is None else Fraction(check.met)
            return Value(value, verdict, part.n_months, max(1, len(self.period.months)), rules, _told(check))
        reason = f"{len(checks)} 个有目标的断面中 {len(checks) - len(short)} 个数据充足；不足：{'、'.join(short[:6])}" if short else ""
        value = Fraction(sum(met.values()) * 100, len(met)) if met else None
        missing = {name: check.reason for name, (check, _) in checks.items() if check.met is False}
        deducted = {name: _told(check)["deductions"] for name, (check, _) in checks.items() if check.deductions}
        detail = {
            "met": sum(met.values()),
            "with_target": len(checks),
            "missing": missing,
            **({"deductions": deducted} if deducted else {}),
        }
        return Value(value, Verdict(enough=not short, reason=reason, rules=asked), len(checks) - len(short), len(checks), rules, detail)

    def _target(self, row: Section, target: int) -> TargetCheck:
        part = self._part(row, self.period)
        deductions = [
            Deduction(item=each.item, kind=each.kind, document=each.document, amount=each.amount)
            for each in granted_of(self.granted, row.subject, self.period)
            if each.item in part.means.values
        ]
        return check_target(part.means.values, part.kind, target, self.edition, rounding=ITEM, deductions=deductions)

    # -- warnings

    def _warning(self) -> Value | None:
        """By the month and by the months of the year so far, each beside the year before; a place has the gravest of its sections."""
        if self.period.kind != "month":
            return self._nothing("长江流域预警按月判断，请给出月份")
        if self.asked.kind == "lake" or not self.asked.members:
            return None
        provinces = {str(code) for code in self.edition_rule("warning.provinces")}
        inside = [row for row in self.asked.members if row.province in provinces]
        if not inside:
            return self._nothing("不在长江流域预警办法所列的省（市）")
        found = {row.name: self._warned(row) for row in inside}
        known = {name: each for name, each in found.items() if each.known}
        level = of_city(each.level for each in known.values())
        lacking = [name for name in found if name not in known]
        only = next(iter(found.values())).reason if self.asked.kind == "section" and lacking else ""
        reason = only or (f"{len(found)} 个断面中 {len(known)} 个可以判断；不能判断：{'、'.join(lacking[:6])}" if lacking else "")
        verdict = Verdict(enough=not lacking, reason=reason, rules=())
        detail = {"warned": {name: {"level": each.level, "why": each.reason} for name, each in known.items() if each.level is not None}}
        if self.asked.kind == "section" and known:
            detail["why"] = next(iter(known.values())).reason  # type: ignore[assignment]
        return Value(Fraction(level or 0) if known else None, verdict, len(known), len(found), (), detail)

    def edition_rule(self, key: str) -> Sequence[object]:
        """A rule of the book that holds a list."""
        value: Sequence[object] = self.edition.rule(key).value
        return value

    def _warned(self, row: Section) -> Warning:
        year, month = self.period.start.year, self.period.start.month
        so_far, before = (parse(f"{y}-01-01/{month_of(y, month).end}") for y in (year, year - 1))
        return yangtze(
            month=self._class(row, self.period),
            month_before=self._class(row, month_of(year - 1, month)),
            total=self._class(row, so_far),
            total_before=self._class(row, before),
            target=row.target(year),
            edition=self.edition,
        )

    def _slide(self) -> Value | None:
        """The items of a section that worsened in each of the last periods of this kind and are near the end of their class."""
        if self.asked.kind not in {"section", "lake"} or len(self.asked.members) != 1:
            return None
        if self.period.kind not in {"month", "quarter", "year"}:
            return self._nothing("按月、季或年判断")
        (row,) = self.asked.members
        periods = [self.period]
        while len(periods) < SLIDE_PERIODS:
            periods.append(periods[-1].before())
        parts = [self._part(row, each) for each in reversed(periods)]
        having = [part for part in parts if part.means.values]
        common = set.intersection(*(set(part.means.values) for part in parts))
        series = {item: [part.means.values[item] for part in parts] for item in common}
        found = slides(series, parts[-1].kind, self.edition)
        short = "" if len(having) == len(parts) else f"需要连续 {len(parts)} 个时段，{len(having)} 个有数据"
        detail = {
            "periods": [each.label for each in reversed(periods)],
            "sliding": [{"item": each.item, "class": numeral(each.klass), "why": each.reason} for each in found],
        }
        exact = None if short else Fraction(len(found))
        return Value(exact, Verdict(enough=not short, reason=short, rules=()), len(having), len(parts), (), detail)

    # -- years

    def _years(self, klass: int) -> Value | None:
        """How many years running up to this one all sections were of this class or better; a year that falls short ends the run."""
        if self.period.kind != "year":
            return self._nothing("按年计数，请给出年份")
        if not self.asked.members:
            return None
        last = self.period.start.year
        years: dict[int, list[int | None]] = {}
        reason = ""
        for year in range(last, min(self.results.years, default=last) - 1, -1):
            found = {row.name: self._whole_year(row, year_of(year)) for row in self.asked.members}
            years[year] = list(found.values())
            lacking = [name for name, each in found.items() if each is None]
            if lacking:
                reason = f"{year} 年数据不足：{'、'.join(lacking[:6])}{' 等' if len(lacking) > 6 else ''}（{len(lacking)} 个）"
            if any(each is None or each > klass for each in years[year]):
                break
        run = years_in_class_running(years, klass, last)
        known = sum(each is not None for each in years.get(last, ()))
        detail: Mapping[str, object] = {"class": numeral(klass), "years": [last - run + 1, last] if run else [], "ended_by": reason}
        enough = known == len(self.asked.members)
        verdict = Verdict(enough=enough, reason="" if enough else reason, rules=("average.year.full",))
        return Value(Fraction(run) if known else None, verdict, known, len(self.asked.members), (), dict(detail))

    def _whole_year(self, row: Section, year: Period) -> int | None:
        part = self._part(row, year)
        return self._class(row, year) if part.verdict(year, self.edition).enough else None


def _told(check: TargetCheck) -> dict[str, object]:
    """A target check in words and numbers."""
    return {
        "target": numeral(check.target),
        "class": check.plain.numeral,
        "class_after": check.after.numeral,
        "met_without_deductions": check.met_plain,
        "failing": list(check.failing),
        "deductions": [
            {"item": d.item, "kind": d.kind, "amount": None if d.amount is None else f"{d.amount}", "document": d.document}
            for d in check.deductions
        ],
        "why": check.reason,
    }


def _noted(value: Value, note: str, detail: Mapping[str, object]) -> Value:
    told = f"{value.verdict.reason}；{note}" if value.verdict.reason else note
    return replace(value, verdict=replace(value.verdict, reason=told), detail={**value.detail, **detail})


def body_of(row: Section, told: str) -> str:
    """What a source draws from: as registered, else as its table says: river, lake or ground."""
    if row.kind.startswith(SOURCE):
        return row.kind.removeprefix(SOURCE)
    if "地下" in told:
        return GROUND
    return "lake" if "湖" in told or "库" in told else RIVER
