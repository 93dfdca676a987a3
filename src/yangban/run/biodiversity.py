"""Figures of biodiversity from the lake's records of species; nothing is stored, all is made on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from yangban.assess.biodiversity.counts import Record, by_event, density, region_total, richness, share
from yangban.assess.biodiversity.indicators import CHANGE_SUFFIX, INDICATORS, Indicator, indicator, slug
from yangban.assess.biodiversity.trend import Trend, growth, log_linear, season_year
from yangban.assess.figure import INSUFFICIENT, OK, Figure
from yangban.base import regions
from yangban.base.errors import WorkspaceError
from yangban.base.exact import plain, round_half_even
from yangban.base.periods import Period
from yangban.packs.species import species, taxon_name
from yangban.readings.lake import Lake
from yangban.readings.nature.frames import FLAGS
from yangban.readings.workspace import Workspace
from yangban.run.changes import change_of
from yangban.run.local import inputs_of, workspace_book
from yangban.run.results import base_period
from yangban.standards import Book, MediumEdition

_EVER: Final = (date(1700, 1, 1), date(2200, 1, 1))
_NATION: Final = "100000"
_LISTED: Final = 12


def biodiversity_years(workspace: Workspace) -> list[int]:
    """The years with records of species, oldest first."""
    parts = [part for part in Lake(workspace).parts() if part.kind == "nature"]
    if not parts:
        return []
    days = Lake(workspace).nature(start=_EVER[0], end=_EVER[1]).select("time").collect()["time"]
    return sorted(days.dt.year().unique().to_list())


def open_biodiversity(workspace: Workspace, *, book: Book | None = None) -> BiodiversityResults:
    """The records of a workspace.

    Raises :class:`~yangban.base.errors.WorkspaceError` when there are none.
    """
    records = records_of(workspace)
    if not records:
        raise WorkspaceError(f"{workspace.path}: 还没有物种记录，请先运行 yangban ingest；there are no records of species yet")
    version = {"lake_version": Lake(workspace).version()}
    versions = {str(year): version for year in range(min(r.first.year for r in records), max(r.last.year for r in records) + 2)}
    return BiodiversityResults(records, book or workspace_book(workspace), inputs=inputs_of(workspace, versions))


def records_of(workspace: Workspace) -> list[Record]:
    """All records of the lake, without their coordinates."""
    columns = (
        "subject", "event", "time", "until", "taxon", "flags", "individuals", "effort", "effort_unit", "share", "basis", "synthetic",
    )  # fmt: skip
    rows = Lake(workspace).nature(start=_EVER[0], end=_EVER[1]).select(columns).collect()
    return [
        Record(
            site=row["subject"],
            event=row["event"],
            first=row["time"].date(),
            last=row["until"].date(),
            taxon=row["taxon"],
            species=not row["flags"] & FLAGS["not_species"],
            individuals=row["individuals"],
            effort=None if row["effort"] is None else Fraction(row["effort"], 1000),
            effort_unit=row["effort_unit"] or "",
            share=None if row["share"] is None else Fraction(row["share"], 1_000_000),
            survey=row["basis"] == "survey",
            synthetic=row["synthetic"],
        )
        for row in rows.iter_rows(named=True)
    ]


@dataclass(frozen=True)
class _Value:
    exact: Fraction | None
    n_valid: int
    n_expected: int
    reason: str = ""
    detail: Mapping[str, Any] | None = None
    unit: str = ""
    rules: tuple[str, ...] = ()


class BiodiversityResults:
    """Figures of sites, provinces and the nation over records of species."""

    def __init__(self, records: Sequence[Record], book: Book, *, inputs: Callable[[Period], str] | None = None) -> None:
        self._records, self._book = records, book
        self._inputs = inputs or (lambda _: "")

    def subjects(self, *, level: str | None = None) -> list[str]:
        """The sites with records (``level="site"``), or the provinces in which they lie."""
        sites = sorted({each.site for each in self._records})
        if level == "site":
            return sites
        codes = sorted({site.split(":")[1] for site in sites})
        places = [code for code in codes if level in {None, regions.subject_level(code)}]
        return places + (sites if level is None else [])

    def taxa(self, code: str, period: Period | None = None) -> list[str]:
        """The listed species with records in a place, by number of individuals."""
        held = self._held(code, period)
        counted = {each.taxon: 0 for each in held if each.taxon in species()}
        for taxon in counted:
            counted[taxon] = region_total(held, taxon)[0] or 0
        return sorted(counted, key=lambda taxon: (-counted[taxon], taxon))

    def _held(self, code: str, period: Period | None) -> list[Record]:
        inside = (each for each in self._records if code == _NATION or each.site == code or each.site.split(":")[1] == code)
        return [each for each in inside if period is None or (period.holds(each.first) and period.holds(each.last))]

    def figures(
        self,
        *,
        subjects: Sequence[str] | None = None,
        periods: Sequence[Period],
        indicators: Sequence[str] | None = None,
        base: str = "yoy",
    ) -> list[Figure]:
        """Figures of sites and places; ``.change`` of a count also gives the yearly rate of growth.

        A trend takes the seasons inside the period. Without ``indicators`` the counts, and those of the listed species that were found.
        """
        codes = list(subjects) if subjects is not None else self.subjects()
        found = []
        for period in periods:
            for code in codes:
                words = self._all_words(code, period) if indicators is None else [w for w in indicators if indicator(w)]
                for word in words:
                    made = self._change(code, period, word, base) if word.endswith(CHANGE_SUFFIX) else self._figure(code, period, word)
                    found += [made] if made is not None else []
        return found

    def _all_words(self, code: str, period: Period) -> list[str]:
        plain_words = [each.id for each in INDICATORS.values() if each.of_taxon != "must" and "trend" not in each.id]
        return plain_words + [f"biodiversity.individuals.{taxon}" for taxon in self.taxa(code, period)[:_LISTED]]

    def _change(self, code: str, period: Period, word: str, base: str) -> Figure | None:
        plain_word = word.removesuffix(CHANGE_SUFFIX)
        before = base_period(period, base)
        now, then = self._figure(code, period, plain_word), self._figure(code, before, plain_word)
        if now is None:
            return None
        spec = indicator(plain_word)
        printed = self._book.display_decimals("rate" if spec.change != "difference" else spec.decimals, period.end, medium="ecology")
        detail: dict[str, Any] = {}
        if spec.change == "percent" and then is not None and now.exact and then.exact:
            years = period.end.year - before.end.year
            grown = growth(then.exact, now.exact, years) if years > 0 else None
            if grown is not None:
                detail = {"yearly": f"{round_half_even(grown.yearly, int(printed.value)):f}", "years": str(grown.years)}
        return change_of(now, then, before, how=spec.change, decimals=int(printed.value), detail=detail)

    def _figure(self, code: str, period: Period, word: str) -> Figure | None:
        spec = indicator(word)
        edition = self._book.medium_on("ecology", period.end)
        held = self._held(code, period)
        value = self._value(held, spec, edition)
        if value is None:
            return None
        printed = self._book.display_decimals(spec.decimals, period.end, medium="ecology")
        rules = [edition.rule(key) for key in (*spec.rules, *value.rules)]
        doubt = [rule.id for rule in rules if rule.unverified]
        return Figure(
            indicator=word,
            subject=code,
            subject_name=regions.subject_name(code),
            subject_level=regions.subject_level(code),
            period=period.label,
            exact=value.exact,
            display=None if value.exact is None else round_half_even(value.exact, int(printed.value)),
            unit=value.unit or spec.unit,
            edition=edition.id,
            documents=tuple(dict.fromkeys((*(rule.document for rule in rules), printed.document))),
            basis="survey" if all(each.survey for each in held) else "occurrence",
            network="all",
            synthetic=any(each.synthetic for each in held),
            status=OK if value.exact is not None and not value.reason else INSUFFICIENT,
            reason=value.reason,
            unverified=tuple(dict.fromkeys((*doubt, *([printed.id] * printed.unverified)))),
            n_valid=value.n_valid,
            n_expected=value.n_expected,
            inputs=self._inputs(period),
            detail=dict(value.detail or {}),
        )

    def _value(self, held: Sequence[Record], spec: Indicator, edition: MediumEdition) -> _Value | None:
        if not held:
            return None
        taxon = next((each.taxon for each in held if slug(each.taxon) == spec.taxon), spec.taxon) if spec.taxon else None
        surveys = len(by_event(held))
        kind = spec.id.split(".")[1]
        if kind == "species":
            return _Value(Fraction(richness(held)), surveys, surveys, detail={"records": len(held), "listed": self._listed(held)})
        if kind == "individuals":
            total, peaks = region_total(held, taxon)
            seen = [site for site, each in peaks.items() if each.individuals is not None]
            lacking = len(peaks) - len(seen)
            reason = "没有个体数" if total is None else f"{lacking} 个地点只有记录而没有个体数" if lacking else ""
            if total is None and taxon is not None and not peaks:
                return None
            # How it is spread over places, without saying which: the places of some species are not to be named.
            spread = {"places": sorted((each.individuals for each in peaks.values() if each.individuals is not None), reverse=True)}
            return _Value(None if total is None else Fraction(total), len(seen), len(peaks), reason, spread if len(peaks) > 1 else None)
        if kind == "density":
            exact, unit, reason = density(held, taxon)
            return _Value(exact, surveys if exact is not None else 0, surveys, reason, unit=f"只/{unit}" if unit else "")
        if kind == "share":
            found = share(held, taxon or "")
            return None if found is None else _Value(found, surveys, surveys, detail={"as_given": True})
        trend, of, series = self.trend(held, taxon, spec.id.split(".")[1].removeprefix("trend_"), edition)
        return _Value(trend.rate, trend.n, trend.n, trend.reason, _told(trend, of, series), rules=("trend.zero",) if trend.added else ())

    @staticmethod
    def _listed(held: Sequence[Record]) -> list[str]:
        return sorted({taxon_name(each.taxon) for each in held if each.taxon in species() and each.individuals != 0})

    @staticmethod
    def trend(held: Sequence[Record], taxon: str | None, season: str, edition: MediumEdition) -> tuple[Trend, str, Mapping[int, Fraction]]:
        """The trend over the seasons of some records, of what, and the values by year.

        It is a trend of ``density`` where every season states its effort in one unit.

        A season in which surveys were made and the species was not recorded counts as 0.
        """
        months = tuple(edition.rule(f"season.{season}").value)
        seasons: dict[int, list[Record]] = {}
        for each in held:
            year = season_year(each.first, each.last, months)
            if year is not None:
                seasons.setdefault(year, []).append(each)
        rates = {year: density(own, taxon) for year, own in seasons.items()}
        units = {unit for value, unit, _ in rates.values() if value is not None}
        if rates and len(units) == 1 and all(value is not None for value, _, _ in rates.values()):
            dense = {year: value for year, (value, _, _) in rates.items() if value is not None}
            return log_linear(dense, edition), f"density/{units.pop()}", dense
        counts = {year: region_total(own, taxon)[0] for year, own in seasons.items()}
        # Presence without numbers is no count; a survey without the species is a count of 0.
        series = {
            year: Fraction(total if total is not None else 0)
            for year, total in counts.items()
            if total is not None or not any(taxon in {None, each.taxon} for each in seasons[year])
        }
        return log_linear(series, edition), "count", series


def _told(trend: Trend, of: str, series: Mapping[int, Fraction]) -> dict[str, Any]:
    made: dict[str, Any] = {"of": of, "years": f"{trend.first}—{trend.last}", "n": trend.n, "direction": trend.direction}
    if trend.low is not None and trend.high is not None:
        made |= {"low": f"{round_half_even(trend.low, 1):f}", "high": f"{round_half_even(trend.high, 1):f}"}
    if series:
        made["series"] = [[str(year), plain(value, 2)] for year, value in sorted(series.items())]
    if trend.added:
        made["added"] = trend.added
    return made
