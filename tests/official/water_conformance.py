"""The water files of the conformance suite, written from the oracle. ``make_conformance.py`` writes them beside those of air."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from oracle import generate_water, water

Row = Sequence[object]

KINDS = ("river", "lake")
SECTION_COLUMNS = (*water.ITEMS, *water.REFERENCE)


def text(value: Fraction | None, decimals: int | None = None) -> str:
    """A terminating decimal without exponent; empty for nothing. ``decimals`` rounds half-even and pads."""
    if value is None:
        return ""
    exact = value if decimals is None else water.half_even(value, decimals)
    places = decimals or 0
    while (exact * 10**places).denominator != 1:
        places += 1
        if places > 12:
            raise ValueError(f"{value} has no short decimal form")
    digits = str(abs(exact.numerator) * 10**places // exact.denominator).rjust(places + 1, "0")
    sign = "-" if exact < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def table(header: Sequence[str], rows: Iterable[Row]) -> str:
    """CSV with LF line ends."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def item_class_file() -> str:
    rows: list[Row] = []
    for kind in KINDS:
        for item in water.ALL_ITEMS:
            if (kind, item) == ("river", "tn"):
                continue  # GB 3838-2002 table 1 limits total nitrogen in lakes and reservoirs alone.
            for value in generate_water.edge_values(item, kind):
                rounded = water.round_item(item, value)
                classes = (water.item_class(item, value, kind), water.item_class(item, rounded, kind))
                rows.append((kind, item, text(value), classes[0], text(rounded), classes[1]))
    return table(("kind", "item", "value", "class", "rounded", "class_of_rounded"), rows)


def _cells(values: Mapping[str, Fraction | None], columns: Sequence[str]) -> list[str]:
    return [text(values.get(item)) for item in columns]


def _main(section: water.Section) -> str:
    return ";".join(item if times is None else f"{item}({text(times, 1)})" for item, times in section.main)


# Kind, values, what for: beside the cases of the generator.
SECTION_CASES = """
river | ph=7 do=7.5 codmn=2 nh3n=0.15 tp=0.02 | every item on the limit of class I
river | ph=7 do=7.49 codmn=2 nh3n=0.15 tp=0.02 | DO just below
river | ph=9 do=6 codmn=4 nh3n=0.5 tp=0.1 | every item on the limit of class II, pH 9
river | ph=9.01 do=8 codmn=1 | pH 9.01
river | ph=6 do=8 codmn=1 | pH 6
river | ph=5.99 do=8 codmn=1 | pH 5.99
river | do=5 codmn=6 nh3n=1 tp=0.2 | every item on the limit of class III
river | do=3 codmn=10 nh3n=1.5 tp=0.3 | every item on the limit of class IV
river | do=2 codmn=15 nh3n=2 tp=0.4 | every item on the limit of class V
river | do=1.99 codmn=15 nh3n=2 tp=0.4 | DO worse than V
lake | do=8 tp=0.05 tn=9 | lake: TP 0.05 is class III, TN does not count
lake | do=8 tp=0.0501 | lake: TP just over class III
river | do=8 tp=0.0501 | the same water in a river
lake | do=8 tp=0.2 | lake: TP on the limit of class V
lake | do=8 tp=0.201 | lake: TP worse than V
river | tn=1 coliform=5000 | nothing of the 21 items
river | tp=0.2004 | over class III, unrounded
river | cod=15 | equal limits of I and II: the best class
river | cod=15.1 | beyond both: class III
"""


def section_file() -> str:
    rows: list[Row] = []
    cases: list[tuple[str, str, Mapping[str, Fraction | None]]] = []
    for line in SECTION_CASES.strip().splitlines():
        kind, cells, name = (part.strip() for part in line.split("|"))
        cases.append((kind, name, {item: Fraction(cell) for item, cell in (pair.split("=") for pair in cells.split())}))
    cases += [("river", name, values) for name, values in generate_water.main_cases()]
    for kind, name, values in cases:
        for rounding in ("none", "item"):
            found = water.section(values if rounding == "none" else water.rounded(values), kind)
            out = (found.klass or "", found.state or "", ";".join(found.deciding), _main(found))
            rows.append((kind, rounding, *_cells(values, SECTION_COLUMNS), *out, name))
    return table(("kind", "rounding", *SECTION_COLUMNS, "class", "state", "deciding", "main", "case"), rows)


def rounding_file() -> str:
    rows: list[Row] = []
    for item, decimals in water.DECIMALS.items():
        if item == "chla":
            continue  # Its decimals hold for mg/L, while the trophic index takes mg/m³.
        step = Fraction(1, 10**decimals)
        for factor in ("0.04", "0.05", "0.4", "0.46", "0.5", "0.51", "0.999", "1", "1.4999", "1.5", "2.5", "2.51", "3.5", "12.5", "13.5"):
            value = step * Fraction(factor)
            rows.append((item, text(value), text(water.round_item(item, value))))
    return table(("item", "value", "rounded"), rows)


PH_CASES = ("7", "6;6;6", "9;9;9;9;9;9;9", "6;8", "5.99;6.01", "8.99;9.01", "6.5;7.5;8.5", "9.01;9", "4;10", "7.12;7.34;7.05;6.98")


def ph_file() -> str:
    rows: list[Row] = []
    for cells in PH_CASES:
        mean = water.ph_mean([Fraction(cell) for cell in cells.split(";")])
        rows.append((cells, text(mean, 12), water.item_class("ph", mean)))
    return table(("values", "mean", "class"), rows)


def shares_file() -> str:
    rows: list[Row] = []
    for case in generate_water.SHARE_CASES:
        found = water.shares(case.classes())
        if found is None:
            raise ValueError("a case without sections")
        shown = (text(found.good, 1), text(found.class12, 1), text(found.inferior, 1))
        rows.append((*case.counts, *shown, water.share_state(found.good, found.inferior), case.why))
    header = ("class_1", "class_2", "class_3", "class_4", "class_5", "inferior_to_5")
    return table((*header, "good_ratio", "class12_ratio", "inferior_ratio", "state", "case"), rows)


# CODMn of each section; the other items are of class I. What for.
REGION_CASES = """
2 2 2 15.1 | 4 sections: averages, 5.275 becomes 5.3
2 2 2 15.1 2 | 5 sections: shares, 80 % and 20 %
6.08 6.02 | 6.05 becomes 6.0 by the even digit
6.08 6.14 | 6.11 becomes 6.1
6.04 6.04 6.04 6.04 | 6.04 becomes 6.0
10.1 | one section
4 4 4 | three sections on a limit
15 16 17 18 19 | 5 sections, 80 % inferior
6.04 6.04 6.04 6.04 6.04 | 5 sections, each rounded before it is classed
"""


def region_file() -> str:
    rows: list[Row] = []
    for line in REGION_CASES.strip().splitlines():
        cells, name = (part.strip() for part in line.split("|"))
        sections = [{**generate_water.of_class(1), "codmn": Fraction(cell)} for cell in cells.split()]
        for rounding in ("none", "item"):
            found = water.region(sections, rounding=rounding)
            rows.append((";".join(cells.split()), rounding, found.method, found.klass or "", found.state or "", name))
    return table(("codmn", "rounding", "method", "class", "state", "case"), rows)


# chla TP TN SD CODMn, what for.
TLI_CASES = """
1 1 1 1 1 | every logarithm is zero
10 0.05 1 1 4 | worked by hand in tests/official/test_water_worked_examples.py
1 0.01 0.2 5 1 | clear lake
0.5 0.004 0.15 8 0.6 | oligotrophic
14 0.075 1.4 0.7 5.2 | lightly eutrophic
26 0.11 2.3 0.5 7 | moderately eutrophic
64 0.2 4.6 0.3 12 | strongly eutrophic
400 1.3 20 0.05 60 | above 100
4 0.023 0.31 2.4 1.8 |
10 0.05 0.78 1.2 3.6 |
- 0.05 1 1 4 | a missing item: no index
0 0.05 1 1 4 | zero has no logarithm: no index
"""


def tli_file() -> str:
    rows: list[Row] = []
    for line in TLI_CASES.strip().splitlines():
        cells, name = (part.strip() for part in line.split("|"))
        values = {i: None if c == "-" else Fraction(c) for i, c in zip(water.TLI_ITEMS, cells.split(), strict=True)}
        parts = [text(water.tli_part(i, v), 10) if v else "" for i, v in values.items()]
        index = water.tli(values)
        out = ("", "", "") if index is None else (text(index, 10), text(index, 1), water.tli_grade(index))
        rows.append((*_cells(values, water.TLI_ITEMS), *parts, *out, name))
    header = (*water.TLI_ITEMS, *(f"tli_{item}" for item in water.TLI_ITEMS), "tli", "tli_shown", "grade", "case")
    return table(header, rows)


def tli_grades_file() -> str:
    edges = [edge + d for edge in (0, 30, 50, 60, 70, 100) for d in (Fraction(-1, 1000), Fraction(0), Fraction(1, 1000))]
    return table(("tli", "grade"), [(text(index), water.tli_grade(index)) for index in edges if index >= 0])


# Kind, values, what for.
CWQI_CASES = """
river | ph=7.6 do=8 codmn=3 nh3n=0.25 tp=0.1 | worked by hand: 2.175
lake | ph=7.6 do=8 codmn=3 nh3n=0.25 tp=0.1 | the same water in a lake: 3.675
river | ph=7 | pH 7: zero
river | ph=6.4 | pH below 7: 7 - pH
river | ph=8.5 | pH above 7: (pH - 7) / 2
river | ph=9 | pH 9: 1
river | do=5 | DO at class III: 1
river | do=12 | more oxygen, smaller index
river | do=0 | no oxygen: no index
river | do=0 tp=0.1 | no oxygen: DO is skipped
river | tn=5 coliform=99999 | neither counts
river | codmn=2.5 cod=11 bod5=1.3 nh3n=0.11 tp=0.037 cu=0.002 zn=0.02 fluoride=0.21 se=0.0002 as=0.0015 hg=0.00002 cd=0.00005 cr6=0.002 \
pb=0.001 cyanide=0.001 phenol=0.0002 petroleum=0.005 surfactant=0.02 sulphide=0.003 ph=7.4 do=8.3 | all 21 items
"""


def cwqi_file() -> str:
    rows: list[Row] = []
    for line in CWQI_CASES.strip().splitlines():
        kind, cells, name = (part.strip() for part in line.split("|"))
        values = {item: Fraction(cell) for item, cell in (pair.split("=") for pair in cells.split())}
        rows.append(
            (kind, *_cells(values, SECTION_COLUMNS), text(index, 4) if (index := water.cwqi(values, kind)) is not None else "", name)
        )
    return table(("kind", *SECTION_COLUMNS, "cwqi", "case"), rows)


# River sections / lake points as DO,TP pairs; what for.
CITY_CASES = """
4,0.1 8,0.3 / 6,0.1 | averaged first, then weighted 2 to 1
4,0.1 8,0.3 / | rivers only
/ 6,0.1 7,0.02 | lake points only
7.1,0.09 6.3,0.11 8.8,0.052 / 7.7,0.034 | 3 to 1
"""


def cwqi_city_file() -> str:
    rows: list[Row] = []
    for line in CITY_CASES.strip().splitlines():
        cells, name = (part.strip() for part in line.split("|"))
        groups: list[list[dict[str, Fraction | None]]] = []
        for side in cells.split("/"):
            pairs = [pair.split(",") for pair in side.split()]
            groups.append([{"do": Fraction(do), "tp": Fraction(tp)} for do, tp in pairs])
        listed = [";".join(text(values[item]) for values in group) for group in groups for item in ("do", "tp")]
        index = water.cwqi_city(groups[0], groups[1])
        rows.append((*listed, "" if index is None else text(index, 4), name))
    return table(("river_do", "river_tp", "lake_do", "lake_tp", "cwqi", "case"), rows)


def change_file() -> str:
    rows: list[Row] = []
    points = ("0", "5", "10", "10.1", "15", "20", "20.1", "35")
    for sign in (1, -1):
        for cell in points:
            for kind in ("good", "inferior"):
                step = sign * Fraction(cell)
                now = (60 + step, Fraction(40)) if kind == "good" else (Fraction(60), 40 - step)
                if now[0] + now[1] > 100 or min(now) < 0:
                    continue
                change = water.change_by_shares(*now, Fraction(60), Fraction(40))
                rows.append(("shares", "60", "40", text(now[0]), text(now[1]), change.word))
    rows += [("state", base, "", now, "", water.change_by_state(now, base).word) for base in range(1, 7) for now in range(1, 7)]
    return table(("method", "base", "base_inferior", "now", "now_inferior", "change"), rows)


TREND_CASES = (
    "1;2;3;4;5", "5;4;3;2;1", "7;3;8;9;10", "1;1;3;4;5", "2;1;4;3;6;5", "0.12;0.11;0.13;0.10;0.09;0.08;0.07", "5;5;5;5;5",
    "3.61;3.50;3.54;3.30;3.41;3.10;3.12;3.02", "1;2;3;4", "1;3;2;5;4;7;6;9;8;10",
)  # fmt: skip


def trend_file() -> str:
    rows: list[Row] = []
    for cells in TREND_CASES:
        values = [Fraction(cell) for cell in cells.split(";")]
        found = water.spearman(values)
        limits = ("", "") if found is None else (text(water.critical(len(values))[0], 3), text(water.critical(len(values))[1], 3))
        rows.append((len(values), cells, *(("", "") if found is None else (found.numerator, found.denominator)), *limits))
    return table(("n", "values", "numerator", "denominator", "critical_05", "critical_01"), rows)


def files() -> dict[str, str]:
    """Every water file of the suite: name → content."""
    return {
        "water_item_class.csv": item_class_file(),
        "water_section_class.csv": section_file(),
        "water_rounding.csv": rounding_file(),
        "water_ph_mean.csv": ph_file(),
        "water_shares.csv": shares_file(),
        "water_region.csv": region_file(),
        "water_tli.csv": tli_file(),
        "water_tli_grades.csv": tli_grades_file(),
        "water_cwqi.csv": cwqi_file(),
        "water_cwqi_city.csv": cwqi_city_file(),
        "water_change.csv": change_file(),
        "water_trend.csv": trend_file(),
    }
