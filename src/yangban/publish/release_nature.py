"""Sound, ecology and biodiversity of a release: Figures computed anew, blurred where places are sensitive, and what stands under them.

What leaves in a release is for everybody. Of a species whose site is withheld (:func:`yangban.publish.occurrences.cell_of`: class 1, and
every species on no list) no Figure names a site; totals over several species of a site are left out too, for the rest of such a sum would
tell what was withheld. Regions, and the sites of other species, are named. Who filled in a report is left out; its department stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

import polars as pl

from yangban.assess.biodiversity.counts import Record
from yangban.assess.biodiversity.indicators import INDICATORS as SPECIES_WORDS
from yangban.assess.biodiversity.indicators import SEASONS
from yangban.assess.figure import Figure
from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.base.periods import Period, parse, year_of
from yangban.packs import load_pack, pack_folders
from yangban.packs.species import species
from yangban.publish.accounts import account_lines
from yangban.publish.occurrences import cell_of
from yangban.publish.release_inputs import Extent, canonical, file_digest, sha256
from yangban.readings.accounts import newest as newest_accounts
from yangban.readings.formats import nature_table, sound_table
from yangban.readings.lake import Lake
from yangban.readings.reported import load as load_reported
from yangban.readings.reported import newest as newest_reported
from yangban.readings.workspace import Workspace
from yangban.run.biodiversity import BiodiversityResults, biodiversity_years, records_of
from yangban.run.ecology import EcologyResults, ecology_years, is_of_ecology, open_ecology
from yangban.run.media import OTHERS
from yangban.run.sound import SoundResults, assessed_sound_years, read_manifest, visits_of
from yangban.standards import Book

MEDIA: Final = ("sound", "ecology", "biodiversity")
"""The media of this module, in the order in which a release holds them."""

YEARS: Final[Mapping[str, Callable[[Workspace], list[int]]]] = {
    "sound": assessed_sound_years,
    "ecology": ecology_years,
    "biodiversity": biodiversity_years,
}
"""The years of which a workspace has results of each medium."""

EDITIONS: Final[Mapping[str, str]] = {"sound": "sound", "ecology": "ecology", "biodiversity": "ecology"}
"""By whose editions of the book a medium is judged."""

LAYOUTS: Final[Mapping[str, tuple[str, ...]]] = {"sound": sound_table.LAYOUTS, "ecology": (), "biodiversity": nature_table.LAYOUTS}
"""The layouts of the received files of each medium; reports and accounts are no received files."""

NO_FILES: Final = "ecology."
"""How indicators begin whose Figures name their own input: an account, or nothing received."""

_OF_YEARS: Final = ("ecology", "biodiversity")
"""Media of which a year is the shortest standard period: reports are yearly, and surveys are made once or twice a year."""
_COUNTED: Final = tuple(word for word, each in SPECIES_WORDS.items() if each.of_taxon != "must" and "trend" not in word)
_TRENDS: Final = tuple(f"biodiversity.trend_{season}" for season in SEASONS)
_EVER: Final = (date(1700, 1, 1), date(2200, 1, 1))
_PERSON: Final = "by"
_OF_A_MACHINE: Final = frozenset(("id", "revision", "recorded_at"))
"""What differs between two machines on which the same was reported."""
_SPECIES_FILE: Final = "species.toml"


# ------------------------------------------------------------------------------------------------------------------ computed anew


@dataclass(frozen=True)
class SoundComputed:
    """Sound computed anew: the results, and the visits of each year that they stand on."""

    results: SoundResults
    tables: Mapping[int, pl.DataFrame]

    def refuse_stale(self, workspace: Workspace) -> None:
        """Refuse when the visits in place are not those that the readings give."""
        manifest = read_manifest(workspace)
        for year, fresh in self.tables.items():
            placed = pl.concat(
                pl.read_parquet(path, glob=False) for path in (workspace.figures / manifest[str(year)]["folder"]).glob("*.parquet")
            )
            if not placed.equals(fresh.select(placed.columns)):
                raise UsageError(
                    f"{year} 年的声环境结果已不是现有读数的结果（之后读入过内容）："
                    f"请先运行 yangban assess --year {year} --medium sound，再发布；"
                    f"the results of sound of {year} are older than the readings"
                )

    def subjects(self) -> list[str]:
        """Counties, cities and provinces; points of monitoring are asked for by name."""
        return [code for code in self.results.subjects() if ":" not in code]

    def figures(self, subjects: Sequence[str], period: Period) -> list[Figure]:
        """What was measured; a period without a measurement has no Figure."""
        return [each for each in self.results.figures(subjects=subjects, periods=[period]) if each.n_expected]


@dataclass(frozen=True)
class EcologyComputed:
    """Reports and accounts as they are now."""

    results: EcologyResults
    book: Book

    def refuse_stale(self, workspace: Workspace) -> None:
        """Nothing is stored that could be stale."""

    def subjects(self) -> list[str]:
        """The places of which something is reported or accounted."""
        return self.results.subjects()

    def figures(self, subjects: Sequence[str], period: Period) -> list[Figure]:
        """Reports without who filled them in and their number here; the total of an account carries its lines."""
        return [self._public(each) for each in self.results.figures(subjects=subjects, periods=[period])]

    def _public(self, figure: Figure) -> Figure:
        detail = {key: told for key, told in figure.detail.items() if key != _PERSON and key not in _OF_A_MACHINE}
        if figure.indicator == "ecology.gep" and figure.exact is not None:
            detail |= account_lines(*self.results.worked(figure.subject, int(figure.period)), self.book)
        return replace(figure, detail=detail)


@dataclass(frozen=True)
class SpeciesComputed:
    """Records of species up to the last day of a release, and what may be said of where they are."""

    results: BiodiversityResults
    records: Sequence[Record]
    book: Book

    def refuse_stale(self, workspace: Workspace) -> None:
        """Nothing is stored that could be stale."""

    @cached_property
    def named_sites(self) -> Mapping[str, tuple[str, ...]]:
        """The sites that may be named, each with the listed species of which that is so."""
        edition = self.book.medium("ecology", "eqi")
        found: dict[str, set[str]] = {}
        for each in self.records:
            if each.taxon in species() and not cell_of(each.taxon, edition)[1]:
                found.setdefault(each.site, set()).add(each.taxon)
        return {site: tuple(sorted(taxa)) for site, taxa in sorted(found.items())}

    def subjects(self) -> list[str]:
        """The regions of the surveys, and the sites that may be named."""
        places = [code for code in self.results.subjects() if ":" not in code]
        return [*places, *self.named_sites]

    def figures(self, subjects: Sequence[str], period: Period) -> list[Figure]:
        """Counts of a year, or the trends of a longer span; of a site only for species whose sites may be named."""
        found: list[Figure] = []
        for code in subjects:
            site = ":" in code
            taxa = self.named_sites.get(code, ()) if site else self.results.taxa(code)
            plain_words = () if site else (_TRENDS if _is_long(period) else _COUNTED)
            of_taxa = _TRENDS if _is_long(period) else ("biodiversity.individuals", *(() if site else ("biodiversity.share",)))
            words = [*plain_words, *(f"{word}.{taxon}" for taxon in taxa for word in of_taxa)]
            found += self.results.figures(subjects=[code], periods=[period], indicators=words) if words else []
        return [each for each in found if each.n_expected]


def _is_long(period: Period) -> bool:
    return period.end.year > period.start.year


Computed = SoundComputed | EcologyComputed | SpeciesComputed


def compute(workspace: Workspace, medium: str, years: Sequence[int], book: Book, *, through: date) -> Computed:
    """The results of a medium from what the workspace holds now, without what was read in of days after ``through``."""
    if medium == "sound":
        tables = {year: visits_of(_sound_rows(Lake(workspace), year, through), year_of(year), book) for year in years}
        # The digest itself follows from the list of files; here a Figure only has to say that something stands under it.
        return SoundComputed(SoundResults(pl.concat(tables.values()), book, inputs=lambda period: period.label), tables)
    if medium == "ecology":
        return EcologyComputed(open_ecology(workspace, book=book), book)
    records = [each for each in records_of(workspace) if each.last <= through]
    return SpeciesComputed(BiodiversityResults(records, book, inputs=lambda period: period.label), records, book)


def last_day(workspace: Workspace, medium: str, years: Collection[int]) -> date | None:
    """The last day of the years on which something of a medium lies; of ecology the end of the last year reported or accounted."""
    if not years:
        return None
    end = year_of(max(years)).end
    if medium == "ecology":
        return end
    if medium == "sound":
        first = year_of(min(years)).start
        rows = Lake(workspace).sound(start=first, end=end + timedelta(days=1))
        last: date | None = rows.select(_ROW_DAY.max()).collect().item()
        return None if last is None else min(last, end)
    ends = Lake(workspace).nature(start=_EVER[0], end=end).select(pl.col("until").dt.date()).collect()["until"]
    return max((each for each in ends if each <= end), default=None)


_ROW_DAY: Final = (
    pl.when(pl.col("span") == "hour").then(pl.col("time") - pl.duration(seconds=1)).otherwise(pl.col("time")).dt.date().alias("row_day")
)
"""The day of a row of sound: an hour is labelled by its end."""


def _sound_rows(lake: Lake, year: int, through: date) -> pl.DataFrame:
    """The rows of a year up to a day; a whole year takes the hours of its last night with it."""
    whole = year_of(year)
    after = whole.end + timedelta(days=1)
    cut = after if through >= whole.end else through
    return lake.sound(start=whole.start, end=after).filter(cut >= _ROW_DAY).collect()


def subjects_of(medium: str, computed: Computed, asked: Sequence[str] | None) -> list[str]:
    """All that a medium has results of, or of those asked for the ones that it may know; points of sound are asked for by name."""
    known = computed.subjects()
    if asked is None:
        return known
    own = OTHERS[medium].own if medium == "sound" else ()
    return [each for each in asked if each in known or (own and each.startswith(own))]


def periods_of(medium: str, asked: Sequence[Period], named: Collection[str], computed: Computed) -> list[Period]:
    """Of the periods asked for those in which a medium is judged, and for species the span of all years for their trends.

    A period asked for by name is always kept.
    """
    kept = [each for each in asked if each.label in named or (each.kind != "day" and (medium not in _OF_YEARS or each.kind == "year"))]
    if isinstance(computed, SpeciesComputed) and (span := _span(kept, computed.records)) is not None:
        kept = sorted({each.label: each for each in (*kept, span)}.values(), key=lambda each: each.label)
    return kept


def _span(kept: Sequence[Period], records: Sequence[Record]) -> Period | None:
    """From the first year with records to the last one that is asked for; ``None`` where that is one year."""
    years = [each.end.year for each in kept if each.kind == "year"]
    first = min((each.first.year for each in records), default=0)
    if not years or first >= max(years):
        return None
    return parse(f"{first}-01-01/{max(years)}-12-31")


# ------------------------------------------------------------------------------------------------------------------ what it rests on


def readings_under(lake: Lake, medium: str, extent: Extent) -> dict[str, str]:
    """The digest of the readings of each basis and year, of the places of a release; times of receiving do not count."""
    if medium == "ecology":
        return {}
    day = _ROW_DAY if medium == "sound" else pl.col("until").dt.date()
    found: dict[str, str] = {}
    for first, last in extent.spans:
        for year in range(first.year, last.year + 1):
            start, end = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
            if medium == "sound":
                # As the results do, a whole year takes the hours of its last night with it.
                end = end + timedelta(days=1) if end == date(year, 12, 31) else end
                rows = lake.sound(start=start, end=end).filter(day <= end)
            else:
                rows = lake.nature(start=start, end=end).filter(day <= extent.through)
            held = rows.filter(_concerned(extent)).drop("received").collect()
            for (basis,), own in held.partition_by("basis", as_dict=True).items():
                told = own.sort(pl.all()).write_csv(line_terminator="\n")
                found[f"{medium} {basis} {year}"] = sha256(told)
    return dict(sorted(found.items()))


def _concerned(extent: Extent) -> pl.Expr:
    """Whether a row's subject is one of a release's, or lies in one of its places."""
    stems = sorted({_stem(code) for code in extent.subjects if ":" not in code})
    place = pl.col("subject").str.split(":").list.get(1)
    inside = [place.str.starts_with(stem) for stem in stems]
    return pl.any_horizontal(pl.col("subject").is_in([each for each in extent.subjects if ":" in each]), *inside)


def _stem(code: str) -> str:
    if code == "100000":
        return ""
    while code.endswith("00"):
        code = code[:-2]
    return code


def reports_under(workspace: Workspace, extent: Extent) -> list[dict[str, str]]:
    """The reported values of ecology on the places and in the periods of a release: a label, and a digest.

    Number, time and person of the report do not enter the digest: the same values reported on another machine are the same.
    """
    labels = {each.label for each in extent.periods}
    found = []
    for each in newest_reported(load_reported(workspace)):
        if is_of_ecology(each.key) and each.subject in extent.subjects and each.period in labels:
            content = {k: v for k, v in each.to_dict().items() if k != _PERSON and k not in _OF_A_MACHINE}
            shown = each.word if each.value is None else f"{each.value:f}"
            scope = f"（{each.scope}）" if each.scope else ""
            label = f"{regions.subject_name(each.subject)} {each.period} {each.key}{scope} = {shown} {each.unit}"
            found.append({"label": label, "digest": sha256(canonical(content))})
    return sorted(found, key=lambda each: (each["label"], each["digest"]))


def accounts_under(workspace: Workspace, extent: Extent) -> list[dict[str, str]]:
    """The accounts of ecosystem products of a release: region and year, and the digest of the file, which lies in ``raw/``."""
    labels = {each.label for each in extent.periods}
    held = newest_accounts(workspace)
    return [
        {"label": f"{regions.subject_name(region)} {year} 年核算表 {kept.name}", "digest": kept.digest}
        for (region, year), kept in sorted(held.items())
        if region in extent.subjects and str(year) in labels
    ]


def lists_under(extent: Extent) -> dict[str, str]:
    """The digest of each list of flagship species whose region a release covers: classes of protection decide what is withheld."""
    found = {}
    for folder in pack_folders():
        path = folder / _SPECIES_FILE
        if path.is_file() and load_pack(folder.name).region.code in extent.subjects:
            found[f"packs/{folder.name}/{_SPECIES_FILE}"] = file_digest(path)
    return found


def beside(workspace: Workspace, medium: str, extent: Extent) -> dict[str, Any]:
    """What stands under a medium beside readings: ``reports`` and ``accounts``, or the ``lists`` of species."""
    if medium == "ecology":
        return {"reports": reports_under(workspace, extent), "accounts": accounts_under(workspace, extent)}
    return {"lists": lists_under(extent)} if medium == "biodiversity" else {}
