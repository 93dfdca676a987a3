"""The Figures of a release in SDMX: observations as SDMX-CSV 2.0, and the structure that gives them their meaning as SDMX-JSON 2.0.

SDMX allows only Latin letters, digits and ``_ - @ $`` in a code, so words of this system are written otherwise: ``air.pm25.mean`` becomes
``AIR_PM25_MEAN``, ``station:1299A`` ``STATION_1299A``, and any other character ``$`` with its number in hexadecimal. The code lists of the
structure give the names. Half years are ``2022-S1`` as in SDMX, ranges ``2022-01-01/P120D``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from yangban.base.periods import parse
from yangban.publish.open_table import Written, indicator_name, safe, title, whole_file, write_json
from yangban.publish.release import Release

DATA: Final = "figures.sdmx.csv"
STRUCTURE: Final = "structure.sdmx.json"

AGENCY: Final = "YANGBAN"
VERSION: Final = "1.0.0"

DIMENSIONS: Final = ("INDICATOR", "REF_AREA", "EDITION", "SCOPE", "BASIS", "NETWORK", "TIME_PERIOD")
ATTRIBUTES: Final = (
    "OBS_STATUS", "UNIT_MEASURE", "DECIMALS", "UNROUNDED", "SYNTHETIC", "N_VALID", "N_EXPECTED", "UNVERIFIED", "COMMENT_OBS",
)  # fmt: skip

_SCHEMA: Final = "https://json.sdmx.org/2.0.0/sdmx-json-structure-schema.json"
"""By this address readers know which version of SDMX-JSON they have before them."""

_UNITS: Final = {"µg/m³": ("UG_M3", "µg/m³"), "mg/m³": ("MG_M3", "mg/m³"), "%": ("PT", "%"), "d": ("D", "天 days"), "1": ("PURE_NUMB", "1")}
_STATUS: Final = {
    "A": "正常 Normal value",
    "U": "可靠性低，不得作为正式结果 Low reliability",
    "O": "缺值 Missing value",
    "M": "不适用 Missing value; data cannot exist",
}
_NAMES: Final = {
    "INDICATOR": "指标 Indicator",
    "REF_AREA": "地区 Reference area",
    "EDITION": "标准版本 Edition of the standard",
    "SCOPE": "沙尘口径 Scope",
    "BASIS": "数据口径 Basis",
    "NETWORK": "监测网 Network",
    "TIME_PERIOD": "时段 Time period",
    "OBS_VALUE": "数值（修约后）Value as printed",
    "OBS_STATUS": "状态 Observation status",
    "UNIT_MEASURE": "单位 Unit of measure",
    "DECIMALS": "小数位 Decimals",
    "UNROUNDED": "未修约值 Unrounded value",
    "SYNTHETIC": "合成数据 Synthetic",
    "N_VALID": "有效数 Valid count",
    "N_EXPECTED": "应有数 Expected count",
    "UNVERIFIED": "未核实的规则 Unverified rules",
    "COMMENT_OBS": "原因 Comment",
}
_CODED: Final = ("INDICATOR", "REF_AREA", "EDITION", "SCOPE", "BASIS", "NETWORK", "OBS_STATUS", "UNIT_MEASURE")
_MANDATORY: Final = ("OBS_STATUS", "UNIT_MEASURE")
_TYPES: Final = {"DECIMALS": "Integer", "N_VALID": "Integer", "N_EXPECTED": "Integer", "UNROUNDED": "Decimal", "SYNTHETIC": "Boolean"}


def code(word: str) -> str:
    """A word of this system as an SDMX code.

    >>> code("air.pm25.mean"), code("station:1299A"), code("section:360000:外洲")
    ('AIR_PM25_MEAN', 'STATION_1299A', 'SECTION_360000_$5916$6D32')
    """
    plain = word.upper().replace(".", "_").replace(":", "_")
    return re.sub(r"[^A-Z0-9_@-]", lambda hit: f"${ord(hit[0]):04X}", plain)


def time_period(label: str) -> str:
    """A period as SDMX writes it.

    >>> time_period("2022-06"), time_period("2022-H1"), time_period("2022-01-01/2022-04-30")
    ('2022-06', '2022-S1', '2022-01-01/P120D')
    """
    period = parse(label)
    if period.kind == "range":
        return f"{period.start.isoformat()}/P{period.n_days}D"
    return label.replace("-H", "-S")


def write_sdmx(release: Release, folder: Path) -> list[Written]:
    """Write the observations and the structure."""
    lists: dict[str, dict[str, str]] = {name: {} for name in _CODED}
    lists["OBS_STATUS"] = dict(_STATUS)
    with whole_file(folder / DATA) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, "OBS_VALUE", *ATTRIBUTES))
        for row in release.rows():
            cells = _observation(row, lists)
            writer.writerow(
                ("dataflow", f"{AGENCY}:DF_FIGURES({VERSION})", "I", *(cells[name] for name in (*DIMENSIONS, "OBS_VALUE", *ATTRIBUTES)))
            )
    media = "application/vnd.sdmx.data+csv; version=2.0.0"
    structure = write_json(folder / STRUCTURE, _structure(release, lists))
    return [
        Written(folder / DATA, media, "评价结果（SDMX-CSV 2.0）"),
        Written(structure, "application/vnd.sdmx.structure+json; version=2.0.0", "SDMX 的结构说明"),
    ]


def _observation(row: Mapping[str, str], lists: dict[str, dict[str, str]]) -> dict[str, str]:
    """The cells of one row; the code lists learn its codes."""
    unit, unit_name = _UNITS.get(row["unit"], (code(row["unit"]), row["unit"]))
    coded = {
        "INDICATOR": (row["indicator"], indicator_name(row["indicator"])),
        "REF_AREA": (row["subject"], row["subject_name"]),
        **{name.upper(): (row[name], row[name]) for name in ("edition", "scope", "basis", "network")},
    }
    cells = {name: code(word) for name, (word, _) in coded.items()}
    for name, (_, said) in coded.items():
        lists[name][cells[name]] = said
    lists["UNIT_MEASURE"][unit] = unit_name
    return cells | {
        "TIME_PERIOD": time_period(row["period"]),
        "OBS_VALUE": row["display"],
        "OBS_STATUS": _status(row),
        "UNIT_MEASURE": unit,
        "DECIMALS": str(len(row["display"].partition(".")[2])) if row["display"] else "",
        "UNROUNDED": row["value"],
        "SYNTHETIC": row["synthetic"],
        "N_VALID": row["n_valid"],
        "N_EXPECTED": row["n_expected"],
        "UNVERIFIED": safe(row["unverified"]),
        "COMMENT_OBS": safe(row["reason"]),
    }


def _status(row: Mapping[str, str]) -> str:
    if row["status"] == "ok":
        return "A"
    if row["status"] == "not_applicable":
        return "M"
    return "U" if row["display"] else "O"


# --------------------------------------------------------------------------------------------------------------------- the structure


def _urn(kind: str, name: str, item: str = "") -> str:
    return f"urn:sdmx:org.sdmx.infomodel.{kind}={AGENCY}:{name}({VERSION}){'.' + item if item else ''}"


def _structure(release: Release, lists: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The structure message: concepts, code lists, data structure and dataflow."""

    def named(name: str, said: str) -> dict[str, Any]:
        return {"id": name, "agencyID": AGENCY, "version": VERSION, "name": said, "names": {"zh": said}}

    def component(name: str) -> dict[str, Any]:
        enumerated = {"enumeration": _urn("codelist.Codelist", f"CL_{name}")}
        form = enumerated if name in _CODED else {"format": {"dataType": _TYPES.get(name, "String")}}
        return {"id": name, "conceptIdentity": _urn("conceptscheme.Concept", "CS_FIGURES", name), "localRepresentation": form}

    dimensions = [{**component(name), "position": n} for n, name in enumerate(DIMENSIONS[:-1])]
    time = {**component("TIME_PERIOD"), "localRepresentation": {"format": {"dataType": "ObservationalTimePeriod"}}}
    measure = {**component("OBS_VALUE"), "localRepresentation": {"format": {"dataType": "Decimal"}}, "usage": "optional"}
    attributes = [
        {
            **component(name),
            "usage": "mandatory" if name in _MANDATORY else "optional",
            "attributeRelationship": {"observation": {}},
        }
        for name in ATTRIBUTES
    ]
    components = {
        "dimensionList": {"id": "DimensionDescriptor", "dimensions": dimensions, "timeDimension": time},
        "measureList": {"id": "MeasureDescriptor", "measures": [measure]},
        "attributeList": {"id": "AttributeDescriptor", "attributes": attributes},
    }
    concepts = [{"id": name, "name": said, "names": {"zh": said}} for name, said in _NAMES.items()]
    codelists = [
        {
            **named(f"CL_{name}", _NAMES[name]),
            "codes": [{"id": each, "name": said, "names": {"zh": said}} for each, said in sorted(codes.items())],
        }
        for name, codes in lists.items()
    ]
    return {
        "meta": {
            "schema": _SCHEMA,
            "id": f"RELEASE_{release.name}",
            "prepared": release.manifest["created"],
            "test": release.draft or release.synthetic,
            "contentLanguages": ["zh"],
            "sender": {"id": AGENCY},
        },
        "data": {
            "conceptSchemes": [{**named("CS_FIGURES", "样板的概念 Concepts"), "concepts": concepts}],
            "codelists": codelists,
            "dataStructures": [{**named("DSD_FIGURES", "评价结果 Figures"), "dataStructureComponents": components}],
            "dataflows": [{**named("DF_FIGURES", title(release)), "structure": _urn("datastructure.DataStructure", "DSD_FIGURES")}],
        },
    }
