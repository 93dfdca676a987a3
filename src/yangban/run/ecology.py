"""Figures of ecology from what departments report and from accounts of ecosystem products; nothing is stored, all is made on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

from yangban.assess.ecology import gep
from yangban.assess.ecology.eqi import change, grade, index, refusal
from yangban.assess.ecology.forest import forest_cover
from yangban.assess.ecology.indicators import AREA, CHANGE_SUFFIX, INDICATORS, Indicator, indicator
from yangban.assess.figure import INSUFFICIENT, OK, Figure
from yangban.base import regions
from yangban.base.errors import UnknownUnit, UsageError, WorkspaceError
from yangban.base.exact import round_half_even
from yangban.base.periods import Period, parse, year_of
from yangban.base.units import square_kilometres
from yangban.readings.accounts import AccountFile, Kept, newest, open_kept
from yangban.readings.reported import Reported, load
from yangban.readings.reported import newest as newest_reported
from yangban.readings.workspace import Workspace
from yangban.run.changes import change_of
from yangban.run.local import workspace_book
from yangban.run.results import base_period
from yangban.standards import Book, MediumEdition

REPORTED: Final = "reported"
"""The basis of values that a department reports; nothing here measured them."""
ACCOUNT: Final = "account"

_EQI_PART: Final = "reported.eqi."
_FOREST_PART: Final = "reported.forest."

_GEP_PARTS: Final[Mapping[str, str]] = {
    "ecology.gep_products": gep.PRODUCTS,
    "ecology.gep_regulating": gep.REGULATING,
    "ecology.gep_cultural": gep.CULTURAL,
}
_KEYS: Final = frozenset(each.reported for each in INDICATORS.values() if each.reported)


def account_of(file: AccountFile, book: Book) -> gep.Account:
    """An account worked out: its lines with the coefficients that it names.

    Raises :class:`~yangban.base.errors.UsageError` for coefficients of another region or year, unknown methods, categories and units.
    """
    edition = book.medium_on("ecology", year_of(file.year).end)
    chosen = None
    if file.coefficients:
        chosen = gep.from_document(book.document(file.coefficients))
    elif file.own:
        values = {
            name: gep.Coefficient(each.value, each.unit, each.source, transferred=each.transferred) for name, each in file.own.items()
        }
        chosen = gep.Coefficients("account", file.own_region, file.own_year, values)
    items = [
        gep.Item(
            each.category, each.subject, each.method, each.quantity, each.unit, each.price, each.value, each.part, each.source,
            each.price_source, each.price_year,
        )
        for each in file.lines
    ]  # fmt: skip
    return gep.account(file.region, file.year, items, chosen, edition)


def ecology_years(workspace: Workspace) -> list[int]:
    """The years of which something is reported or accounted."""
    rows = [each for each in load(workspace) if is_of_ecology(each.key)]
    return sorted({parse(each.period).end.year for each in rows} | {year for _, year in newest(workspace)})


def open_ecology(workspace: Workspace, *, book: Book | None = None) -> EcologyResults:
    """What is reported and accounted in a workspace.

    Raises :class:`~yangban.base.errors.WorkspaceError` when there is neither.
    """
    rows = [each for each in newest_reported(load(workspace)) if is_of_ecology(each.key)]
    accounts = newest(workspace)
    if not rows and not accounts:
        raise WorkspaceError(f"{workspace.path}: 还没有填报的生态数据或核算表；请用 yangban reported import 或 yangban gep import")
    return EcologyResults(rows, accounts, workspace, book or workspace_book(workspace))


def is_of_ecology(key: str) -> bool:
    """Whether a reported key is one from which a Figure of ecology is made."""
    return key in _KEYS or key.startswith((_EQI_PART, _FOREST_PART))


@dataclass(frozen=True)
class _Value:
    exact: Fraction | None
    basis: str
    detail: Mapping[str, Any]
    reason: str = ""
    unverified: tuple[str, ...] = ()
    synthetic: bool = False
    inputs: str = ""
    documents: tuple[str, ...] = ()


class EcologyResults:
    """Figures of ecology: reported values with grade and definition, accounts with their total."""

    def __init__(self, reported: Sequence[Reported], accounts: Mapping[tuple[str, int], Kept], workspace: Workspace, book: Book) -> None:
        self._accounts, self._workspace, self._book = accounts, workspace, book
        self._reported: dict[tuple[str, str, str], Reported] = {}
        for row in reported:
            # Of several scopes the one without words comes first: it is the plain value.
            held = self._reported.get((row.key, row.subject, row.period))
            if held is None or (held.scope and not row.scope):
                self._reported[row.key, row.subject, row.period] = row

    @cached_property
    def _worked(self) -> Mapping[tuple[str, int], tuple[AccountFile, gep.Account]]:
        found = {}
        for key, kept in self._accounts.items():
            file = open_kept(self._workspace, kept)
            found[key] = file, account_of(file, self._book)
        return found

    def worked(self, region: str, year: int) -> tuple[AccountFile, gep.Account]:
        """The account of a region and year as its file says it, and worked out; errors as for :meth:`account`."""
        self.account(region, year)
        return self._worked[region, year]

    def account(self, region: str, year: int) -> gep.Account:
        """The account of a region and year; raises :class:`~yangban.base.errors.UsageError` when there is none."""
        if (region, year) not in self._accounts:
            raise UsageError(f"没有 {region} {year} 年的核算表；there is no such account")
        return self._worked[region, year][1]

    def subjects(self, *, level: str | None = None) -> list[str]:
        """The places of which something is reported or accounted."""
        codes = {subject for _, subject, _ in self._reported} | {region for region, _ in self._accounts}
        return sorted(code for code in codes if level in {None, regions.subject_level(code)})

    def figures(
        self,
        *,
        subjects: Sequence[str] | None = None,
        periods: Sequence[Period],
        indicators: Sequence[str] | None = None,
        base: str = "yoy",
    ) -> list[Figure]:
        """Figures of places; a word with ``.change`` is compared with ``base``, and a change of EQI carries its word."""
        codes = list(subjects) if subjects is not None else self.subjects()
        words = list(INDICATORS) if indicators is None else [w for w in indicators if indicator(w)]
        found = []
        for period in periods:
            for code in codes:
                for word in words:
                    made = self._change(code, period, word, base) if word.endswith(CHANGE_SUFFIX) else self._figure(code, period, word)
                    found += [made] if made is not None else []
        return found

    def _change(self, code: str, period: Period, word: str, base: str) -> Figure | None:
        plain = word.removesuffix(CHANGE_SUFFIX)
        before = base_period(period, base)
        now, then = self._figure(code, period, plain), self._figure(code, before, plain)
        if now is None:
            return None
        places = max(-int(f.display.as_tuple().exponent) if f and f.display is not None else 0 for f in (now, then))
        places = places if indicator(plain).change != "percent" else 1
        made = change_of(now, then, before, how=indicator(plain).change, decimals=places)
        if plain != "ecology.eqi" or made.display is None:
            return made
        edition = self._book.medium_on("ecology", period.end, region=code)
        rule = edition.rule("eqi.changes")
        doubt = (*made.unverified, *([rule.id] if rule.unverified else []))
        return replace(made, detail={**made.detail, "word": change(made.display, edition)}, unverified=tuple(dict.fromkeys(doubt)))

    def _figure(self, code: str, period: Period, word: str) -> Figure | None:
        spec = indicator(word)
        edition = self._book.medium_on("ecology", period.end, region=code)
        value = self._gep(code, period, word) if not spec.reported else self._of_report(code, period, spec, edition)
        if value is None:
            return None
        printed = self._book.display_decimals(spec.decimals, period.end, medium="ecology")
        display = None if value.exact is None else round_half_even(value.exact, int(printed.value))
        if value.basis == REPORTED and "as_reported" in value.detail:
            # A reported number is printed as it was reported: nobody knows the decimals behind it.
            told = str(value.detail["as_reported"])
            display = round_half_even(value.exact or Fraction(0), len(told.partition(".")[2]))
        detail = dict(value.detail)
        rules = [edition.rule(key) for key in (spec.rules if spec.reported else ("gep.categories",))]
        doubt = [rule.id for rule in rules if rule.unverified] + list(value.unverified)
        if word == "ecology.eqi" and display is not None:
            graded = grade(display, edition)
            detail |= {"grade": graded.number, "numeral": graded.word}
        return Figure(
            indicator=word,
            subject=code,
            subject_name=regions.subject_name(code),
            subject_level=regions.subject_level(code),
            period=period.label,
            exact=value.exact,
            display=display,
            unit=spec.unit,
            edition=edition.id,
            documents=tuple(dict.fromkeys((*(rule.document for rule in rules), *value.documents, printed.document))),
            basis=value.basis,
            network="all",
            synthetic=value.synthetic,
            status=OK if value.exact is not None and not value.reason else INSUFFICIENT,
            reason=value.reason,
            unverified=tuple(dict.fromkeys(doubt)),
            n_valid=int(value.exact is not None),
            n_expected=1,
            inputs=value.inputs,
            detail=detail,
        )

    def _row(self, key: str, code: str, period: Period) -> Reported | None:
        found = self._reported.get((key, code, period.label))
        return found if found is not None and found.value is not None else None

    def _of_report(self, code: str, period: Period, spec: Indicator, edition: MediumEdition) -> _Value | None:
        row = self._row(spec.reported, code, period)
        if row is not None:
            return self._told(row, spec, edition)
        if spec.id == "ecology.eqi":
            return self._eqi(code, period, edition)
        if spec.id == "ecology.forest_cover":
            return self._forest(code, period, edition)
        return None

    @staticmethod
    def _told(row: Reported, spec: Indicator, edition: MediumEdition) -> _Value:
        value = Fraction(row.value or 0)
        detail: dict[str, Any] = {
            "reported": True, "as_reported": f"{row.value:f}", "evidence": row.evidence, "department": row.department, "by": row.by,
            "revision": row.revision, "id": row.id,
        }  # fmt: skip
        if row.scope:
            detail["scope"] = row.scope
        if spec.id == "ecology.forest_cover":
            detail["definition"] = edition.rule("forest.definition").value
        reason = ""
        if spec.unit == AREA:
            try:
                converted = square_kilometres(value, row.unit)
            except UnknownUnit as problem:
                return _Value(None, REPORTED, detail, str(problem))
            if converted != value:
                detail["as_reported_unit"] = f"{row.value:f} {row.unit}"
                del detail["as_reported"]
            value = converted
        elif row.unit != spec.unit:
            reason = f"填报的单位是 {row.unit}，应为 {spec.unit}"
        synthetic = "合成" in row.evidence or "synthetic" in row.evidence.lower()
        return _Value(value, REPORTED, detail, reason, synthetic=synthetic)

    def _eqi(self, code: str, period: Period, edition: MediumEdition) -> _Value | None:
        names: Sequence[str] = edition.rule("eqi.parts").value
        rows = {name: row for name in names if (row := self._row(_EQI_PART + name, code, period)) is not None}
        if not rows:
            return None
        detail = {"parts": {name: f"{row.value:f}" for name, row in rows.items()}, "evidence": [row.evidence for row in rows.values()]}
        if why := refusal(edition):
            return _Value(None, REPORTED, detail, why, (edition.rule("eqi.weights").id,))
        try:
            exact = index({name: Fraction(row.value or 0) for name, row in rows.items()}, edition)
        except UsageError as problem:
            return _Value(None, REPORTED, detail, str(problem))
        return _Value(exact, REPORTED, detail)

    def _forest(self, code: str, period: Period, edition: MediumEdition) -> _Value | None:
        names: Sequence[str] = edition.rule("forest.parts").value
        rows = {name: row for name in names if (row := self._row(_FOREST_PART + name, code, period)) is not None}
        land = self._row(_FOREST_PART + "land", code, period)
        if not rows:
            return None
        definition = edition.rule("forest.definition").value
        detail = {"parts": {name: f"{row.value:f} {row.unit}" for name, row in rows.items()}, "definition": definition}
        try:
            if land is None:
                raise UsageError(f"没有土地面积：请填报 {_FOREST_PART}land")
            areas = {name: square_kilometres(Fraction(row.value or 0), row.unit) for name, row in rows.items()}
            exact = forest_cover(areas, square_kilometres(Fraction(land.value or 0), land.unit), edition)
        except UsageError as problem:
            return _Value(None, REPORTED, detail, str(problem))
        return _Value(exact, REPORTED, detail)

    def _gep(self, code: str, period: Period, word: str) -> _Value | None:
        year = period.end.year
        if period != year_of(year) or (code, year) not in self._accounts:
            return None
        kept = self._accounts[code, year]
        try:
            file, account = self._worked[code, year]
        except UsageError as problem:
            return _Value(None, ACCOUNT, {"account": kept.name}, str(problem), inputs=kept.digest)
        part = _GEP_PARTS.get(word)
        exact = account.total if part is None else account.totals.get(part)
        if exact is None:
            return None
        detail = {"account": kept.name, "revision": kept.revision, "source": file.source, "lines": len(account.entries)}
        documents = (file.coefficients,) if file.coefficients else ()
        return _Value(exact / gep.YI, ACCOUNT, detail, "", account.unverified, file.synthetic, kept.digest, documents)
