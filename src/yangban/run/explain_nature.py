"""Walk a Figure of sound, ecology or biodiversity back to what stands under it: visits, hours, surveys, reports, lines of files.

Each step is a title with lines, in the order from the Figure down. What can be done again is done again here from the lake, and a level
that comes out otherwise raises :class:`~yangban.base.errors.Inconsistent`. Exact places of species are not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from yangban.assess.biodiversity.counts import by_event, by_site, peak
from yangban.assess.biodiversity.indicators import indicator as biodiversity_indicator
from yangban.assess.biodiversity.indicators import slug
from yangban.assess.figure import Figure
from yangban.assess.sound.figures import Visit
from yangban.assess.sound.indicators import indicator as sound_indicator
from yangban.assess.sound.levels import belongs, limit
from yangban.base.errors import Inconsistent, UsageError
from yangban.base.exact import plain, round_half_even
from yangban.base.logs import energy_mean
from yangban.base.periods import Period
from yangban.readings.formats import locate_keyed
from yangban.readings.lake import Lake
from yangban.readings.receipts import sources
from yangban.readings.workspace import Workspace
from yangban.run.biodiversity import records_of
from yangban.run.ecology import open_ecology
from yangban.run.local import workspace_book
from yangban.run.media import open_all, other, spec
from yangban.run.sound import open_sound
from yangban.standards import Book, MediumEdition

SUFFIX: Final = ".change"
_SHOWN: Final = 12
_SPANS: Final[Mapping[str, str]] = {"day": "昼间", "night": "夜间"}


@dataclass(frozen=True)
class Step:
    """One step down: what it is, and its lines."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Walk:
    """A Figure and the steps beneath it."""

    figure: Figure
    steps: tuple[Step, ...]

    def to_dict(self) -> dict[str, Any]:
        """As ``explain --json`` prints it."""
        return {"figure": self.figure.to_dict(), "steps": [{"title": each.title, "lines": list(each.lines)} for each in self.steps]}

    def text(self) -> str:
        """As the screen shows it."""
        shown = [f"{self.figure.subject_name} {self.figure.period} {spec(self.figure.indicator).name}"]
        for number, step in enumerate(self.steps, start=1):
            shown.append(f"\n{number}. {step.title}")
            shown += [f"   {line}" for line in step.lines]
        return "\n".join(shown) + "\n"


def walk(workspace: Workspace, *, indicator: str, subject: str, period: Period, base: str = "yoy") -> Walk:
    """The way down from one Figure.

    Raises :class:`~yangban.base.errors.UsageError` when there is no such Figure, and
    :class:`~yangban.base.errors.Inconsistent` when a step done again gives another value.
    """
    book = workspace_book(workspace)
    found = open_all(workspace).figures(subjects=[subject], periods=[period], indicators=[indicator], base=base)
    if not found:
        raise UsageError(f"没有 {subject} {period.label} 的 {indicator}；there is no such Figure")
    figure = found[0]
    steps = [Step("结果", tuple(_result(figure))), Step("依据的条款", tuple(_clauses(figure, book)))]
    medium = other(indicator)
    plain_word = indicator.removesuffix(SUFFIX)
    if medium == "sound":
        steps += _sound(workspace, book, plain_word, subject, period)
    elif medium == "biodiversity":
        steps += _species(workspace, plain_word, subject, period)
    else:
        steps += _ecology(workspace, figure, subject, period)
    return Walk(figure, tuple(steps))


def _result(figure: Figure) -> Iterator[str]:
    yield f"印出 {'—' if figure.display is None else f'{figure.display:f}'} {figure.unit}，未修约 {figure.value or '—'}"
    yield f"有效 {figure.n_valid} / 应有 {figure.n_expected}；{'有效' if figure.usable else f'数据不足：{figure.reason}'}"
    for key, told in figure.detail.items():
        yield f"{key}：{told}"


def _clauses(figure: Figure, book: Book) -> Iterator[str]:
    for name in figure.documents:
        document = book.document(name)
        yield f"{document.number} {document.title}"
    for each in figure.unverified:
        name, _, key = each.partition(":")
        held = book.documents.get(name)
        clause = held.by_key[key][0].clause if held is not None and key in held.by_key else "本系统约定"
        yield f"未核实：{each}（{clause}）"


def _sound(workspace: Workspace, book: Book, word: str, subject: str, period: Period) -> list[Step]:
    kind, span = sound_indicator(word).kind, sound_indicator(word).span
    edition = book.medium_on("sound", period.end)
    under = [v for v in open_sound(workspace).visits(subject, period) if v.span == span and kind in {"", v.kind}]
    lines = [_visit(each, edition) for each in under[:_SHOWN]]
    if len(under) > _SHOWN:
        lines.append(f"…… 另有 {len(under) - _SHOWN} 个")
    steps = [Step(f"{_SPANS[span]}测次 {len(under)} 个", tuple(lines))]
    if under:
        # The loudest complete one is shown in full: it is the one that people ask about.
        shown = max(under, key=lambda v: (v.complete, v.level or Fraction(0)))
        steps.append(_hours(workspace, shown, edition))
    return steps


def _visit(each: Visit, edition: MediumEdition) -> str:
    name = each.point.rpartition(":")[2]
    level = "—" if each.level is None else f"{round_half_even(each.level, 1)} dB(A)"
    of = f"，{each.hours}/{each.needed} 小时" if each.needed else ""
    length = f"，长 {plain(each.length, 0)} m" if each.length else ""
    against = f"，{each.klass}类限值 {limit(each.klass, each.span, edition)}" if each.klass and each.kind == "zone" else ""
    return f"{each.day} {name}：{level}{of}{length}{against}{'' if each.complete else '（不计入）'}"


def _hours(workspace: Workspace, each: Visit, edition: MediumEdition) -> Step:
    rows = Lake(workspace).sound(start=each.day, end=each.day + timedelta(days=1), subjects=[each.point]).collect()
    if each.needed:
        hours = rows.filter((pl.col("span") == "hour") & pl.col("leq").is_not_null()).sort("time")
        held = [
            (end, Fraction(leq, 1000))
            for end, leq in hours.select("time", "leq").iter_rows()
            if belongs(end, edition) == (each.day, each.span)
        ]
        again = energy_mean(level for _, level in held)
        if again != each.level:
            raise Inconsistent(
                f"{each.point} {each.day} {each.span}: {plain(again)} by its hours, {plain(each.level or Fraction(0))} in the result"
            )
        lines = [f"能量平均 10·lg(Σ10^(L/10)/{len(held)}) = {plain(again)} dB(A)，印出 {round_half_even(again, 1)}"]
        moments = [end for end, _ in held]
        values = {end: f"{plain(level)} dB(A)" for end, level in held}
    else:
        moments = [datetime(each.day.year, each.day.month, each.day.day)]
        lines = ["调查表直接给出的等效声级"]
        values = {moments[0]: f"{plain(each.level or Fraction(0))} dB(A)"}
    for moment in moments:
        where = _where(workspace, each.point, moment.date(), moment)
        lines.append(f"{moment:%Y-%m-%d %H:%M} {values[moment]}　{where}")
    return Step(f"{each.point.rpartition(':')[2]} {each.day} 的{_SPANS[each.span]}", tuple(lines))


@lru_cache(maxsize=16)
def _lines(path: Path, layout: str, subject: str) -> Mapping[datetime, tuple[int, ...]]:
    """A file is read once for all its hours; received files never change."""
    return locate_keyed(path, layout, subject=subject)


def _where(workspace: Workspace, subject: str, day: date, moment: datetime) -> str:
    """File and line of what stands under a row, the last that came."""
    for digest, path, layout in reversed(sources(workspace, day=day, subject=subject)):
        lines = _lines(path, layout, subject).get(moment)
        if lines:
            return f"文件 {digest[:12]} 第 {'、'.join(map(str, lines))} 行"
    return "文件中未找到"


def _species(workspace: Workspace, word: str, subject: str, period: Period) -> list[Step]:
    taxon = biodiversity_indicator(word).taxon
    nation = "100000"
    held = [
        each
        for each in records_of(workspace)
        if subject in {nation, each.site, each.site.split(":")[1]} and period.holds(each.first) and period.holds(each.last)
    ]
    chosen = [each for each in held if not taxon or slug(each.taxon) == taxon]
    lines = []
    for site, own in sorted(by_site(chosen).items()):
        best = peak(own)
        lines.append(
            f"{site.rpartition(':')[2]}：{best.surveys} 次调查，最大一次 {'没有个体数' if best.individuals is None else best.individuals}"
        )
        for event, records in sorted(by_event(own).items(), key=lambda each: each[1][0].first)[:_SHOWN]:
            counted = sorted(each.individuals for each in records if each.individuals is not None)
            mark = "　← 取这一次" if event == best.event else ""
            first = records[0]
            moment = datetime(first.first.year, first.first.month, first.first.day)
            where = _where(workspace, site, first.first, moment)
            lines.append(f"  {first.first} {'+'.join(map(str, counted)) or '只有记录'} = {sum(counted)}　{where}{mark}")
    return [Step(f"调查：{len(by_event(held))} 次，其中有{'这一' if taxon else ''}物种的记录 {len(chosen)} 条", tuple(lines))]


def _ecology(workspace: Workspace, figure: Figure, subject: str, period: Period) -> list[Step]:
    if figure.basis != "account":
        told = [f"{key}：{figure.detail[key]}" for key in ("id", "revision", "department", "by", "evidence") if key in figure.detail]
        return [Step("部门填报，不是监测结果", tuple(told))]
    account = open_ecology(workspace).account(subject, period.end.year)
    lines = [
        f"{entry.name}{entry.item.part}：{entry.words}"
        + "".join(f"，{name} = {plain(c.value)} {c.unit}（{c.source}）" for name, c in entry.took)
        + f" → {plain(entry.value / 10**8, 4)} 亿元{''.join(f'；{note}' for note in entry.notes)}"
        for entry in account.entries
    ]
    return [Step(f"核算表 {len(lines)} 项", tuple(lines))]
