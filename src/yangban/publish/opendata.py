"""A release as open data: CSV, CSV on the Web, Frictionless Data Package, SDMX-CSV, GeoJSON and a DCAT catalogue.

Everything is written from the frozen Figures of a release, never from results that may still change. Cells of text that a spreadsheet would
take for a formula get an apostrophe before them. What is only known to the publisher (licence, publisher, address) is said when given and
left out when not; nothing of the kind is invented.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.publish.accounts import account_cells
from yangban.publish.geojson import Boundaries, write_geojson
from yangban.publish.maps import BaseMap
from yangban.publish.open_table import (
    COLUMNS,
    Written,
    description,
    file_sha256,
    span,
    table_rows,
    title,
    whole_file,
    write_json,
)
from yangban.publish.release import BEIJING, KEY, Release, find, latest
from yangban.publish.sdmx import write_sdmx
from yangban.readings.workspace import Workspace

FORMATS: Final = ("csv", "csvw", "frictionless", "sdmx", "geojson", "dcat")
"""What :func:`export` can write; ``dcat`` comes last, for it lists the files of the others."""

TABLE: Final = "figures.csv"
TABLE_METADATA: Final = "figures.csv-metadata.json"
SPREADSHEET: Final = "figures-excel.csv"
ACCOUNTS: Final = "gep-accounts.csv"
PACKAGE: Final = "datapackage.json"
CATALOGUE: Final = "catalog.jsonld"


@dataclass(frozen=True)
class Terms:
    """What only the publisher knows; blank where it is not said. ``licence`` and ``base_url`` are addresses."""

    publisher: str = ""
    licence: str = ""
    base_url: str = ""


def chosen(workspace: Workspace, number: int | None) -> Release:
    """The release that is asked for, by default the newest that the public may see: no draft, for the public, past its embargo.

    Raises :class:`~yangban.base.errors.UsageError` that tells how to make or name one where there is none.
    """
    if number is not None:
        return find(workspace, number)
    newest = latest(workspace, public=True)
    if newest is None:
        raise UsageError(
            "开放数据只从发布导出，而这里还没有公开的发布：请先运行 yangban release create，"
            "或用 --release N 指定一号（草稿、内部或尚未到公开日期的也可以指定）；"
            "open data come from a release, and none is public: run yangban release create, or name one with --release N"
        )
    return newest


def export(
    release: Release,
    formats: Sequence[str],
    folder: Path,
    *,
    terms: Terms | None = None,
    boundaries: Boundaries | None = None,
    base_map: BaseMap | None = None,
    sketch: bool = False,
    period: str | None = None,
) -> list[Written]:
    """Write a release into ``folder`` in the formats asked for and tell the files.

    ``boundaries``, ``base_map``, ``sketch`` and ``period`` are for GeoJSON: shapes instead of tiles, and the period shown (default: the
    last year, else the last period). Raises :class:`~yangban.base.errors.UsageError` for an unknown format or a folder that is a file.
    """
    unknown = [each for each in formats if each not in FORMATS]
    if unknown or not formats:
        raise UsageError(f"--format {','.join(unknown) or '（空）'}: expected one or several of {', '.join(FORMATS)}")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out {folder} 是一个文件；请给一个文件夹；it is a file, give a folder")
    folder.mkdir(parents=True, exist_ok=True)
    said = terms or Terms()
    found: dict[Path, Written] = {}
    for each in FORMATS:
        if each in formats:
            made = _write(each, release, folder, said, list(found.values()), _Drawn(boundaries, base_map, sketch, period))
            found |= {one.path: one for one in made}
    return list(found.values())


@dataclass(frozen=True)
class _Drawn:
    """What GeoJSON is drawn from, and for which period."""

    boundaries: Boundaries | None
    base_map: BaseMap | None
    sketch: bool
    period: str | None


def _write(
    what: str,
    release: Release,
    folder: Path,
    terms: Terms,
    before: Sequence[Written],
    drawn: _Drawn,
) -> list[Written]:
    if what == "csv":
        return [_spreadsheet(release, folder), *_accounts(release, folder)]
    if what == "sdmx":
        return write_sdmx(release, folder)
    if what == "geojson":
        return write_geojson(
            release, folder, boundaries=drawn.boundaries, base_map=drawn.base_map, sketch=drawn.sketch, period=drawn.period
        )
    if what == "dcat":
        listed = [*before] if before else [_table(release, folder)]
        return [*listed, _catalogue(release, folder, terms, listed)]
    table = _table(release, folder)
    make = _csvw if what == "csvw" else _package
    return [table, make(release, folder, terms, table)]


# ------------------------------------------------------------------------------------------------------------------------ the table


def _table(release: Release, folder: Path) -> Written:
    names = [each.name for each in COLUMNS]
    return Written(_csv(folder / TABLE, names, table_rows(release)), "text/csv", "评价结果（CSV，UTF-8）")


def _spreadsheet(release: Release, folder: Path) -> Written:
    """The table for Excel and WPS: Chinese headings, and the mark by which they see that it is UTF-8."""
    heads = {each.name: each.zh for each in COLUMNS}
    rows = ({heads[name]: cell for name, cell in row.items()} for row in table_rows(release))
    path = _csv(folder / SPREADSHEET, list(heads.values()), rows, encoding="utf-8-sig")
    return Written(path, "text/csv", "评价结果（CSV，供 Excel、WPS 打开）")


_ACCOUNT: Final = (
    "地区", "年份", "类别", "科目", "分项", "功能量", "单位", "方法", "价格与系数", "价值量（亿元）", "功能量来源", "价格和系数来源",
    "系数所属", "说明", "合成数据",
)  # fmt: skip


def _accounts(release: Release, folder: Path) -> list[Written]:
    """The lines of the accounts of ecosystem products that a release holds; nothing where it holds none."""
    held = [each for each in release.figures() if each.indicator == "ecology.gep" and "entries" in each.detail]
    if not held:
        return []
    rows = [dict(zip(_ACCOUNT, cells, strict=True)) for figure in held for cells in account_cells(figure)]
    return [Written(_csv(folder / ACCOUNTS, list(_ACCOUNT), rows, encoding="utf-8-sig"), "text/csv", "生态产品总值核算表（CSV）")]


def _csv(path: Path, names: Sequence[str], rows: Iterable[Mapping[str, str]], *, encoding: str = "utf-8") -> Path:
    with whole_file(path, encoding=encoding) as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


# ---------------------------------------------------------------------------------------------------------------- what is said of it


def _csvw(release: Release, folder: Path, terms: Terms, table: Written) -> Written:
    """The metadata of CSV on the Web (W3C Recommendation, 2015), beside the table under the name that readers look for."""
    columns = []
    for each in COLUMNS:
        column: dict[str, Any] = {"name": each.name, "titles": each.name, "datatype": each.datatype, "required": each.required}
        if each.listed:
            column["separator"] = ";"
        columns.append(
            {**column, "dc:title": {"@value": each.zh, "@language": "zh"}, "dc:description": {"@value": each.en, "@language": "en"}}
        )
    content: dict[str, Any] = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": table.path.name,
        "dc:title": {"@value": title(release), "@language": "zh"},
        "dc:description": {"@value": description(release), "@language": "zh"},
        "dc:issued": {"@value": release.manifest["created"], "@type": "xsd:dateTime"},
        "dc:identifier": f"release-{release.name}",
    }
    if terms.publisher:
        content["dc:publisher"] = terms.publisher
    if terms.licence:
        content["dc:license"] = {"@id": terms.licence}
    content["dialect"] = {"encoding": "utf-8", "header": True, "delimiter": ",", "lineTerminators": ["\n"]}
    content["tableSchema"] = {"columns": columns, "primaryKey": list(KEY)}
    return Written(write_json(folder / TABLE_METADATA, content), "application/csvm+json", "CSV 的说明（CSV on the Web）")


_FRICTIONLESS: Final = {"string": "string", "date": "date", "decimal": "number", "boolean": "boolean", "integer": "integer"}


def _package(release: Release, folder: Path, terms: Terms, table: Written) -> Written:
    """The descriptor of a tabular data package (Frictionless Data)."""
    fields = []
    for each in COLUMNS:
        field: dict[str, Any] = {"name": each.name, "type": _FRICTIONLESS[each.datatype], "title": each.zh, "description": each.en}
        if each.required:
            field["constraints"] = {"required": True}
        fields.append(field)
    content: dict[str, Any] = {
        "name": f"yangban-release-{release.name}",
        "id": f"release-{release.name}",
        "profile": "tabular-data-package",
        "title": title(release),
        "description": description(release),
        "created": release.manifest["created"],
        "version": release.name,
        "resources": [
            {
                "name": "figures",
                "profile": "tabular-data-resource",
                "path": table.path.name,
                "title": table.title,
                "scheme": "file",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": table.path.stat().st_size,
                "hash": f"sha256:{file_sha256(table.path)}",
                "schema": {"fields": fields, "primaryKey": list(KEY), "missingValues": [""]},
            }
        ],
    }
    if terms.licence:
        content["licenses"] = [{"path": terms.licence}]
    if terms.publisher:
        content["contributors"] = [{"title": terms.publisher, "role": "publisher"}]
    return Written(write_json(folder / PACKAGE, content), "application/json", "数据包的说明（Frictionless）")


_CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "adms": "http://www.w3.org/ns/adms#",
}
_MEDIA: Final = "https://www.iana.org/assignments/media-types/"
_ENVIRONMENT: Final = "http://publications.europa.eu/resource/authority/data-theme/ENVI"
_UNSAID: Final = "发布单位未注明 publisher not stated"


def _catalogue(release: Release, folder: Path, terms: Terms, listed: Sequence[Written]) -> Written:
    """A catalogue in DCAT-AP (JSON-LD): one data set, one distribution a file, addresses below ``base_url`` or relative to the file."""
    base = terms.base_url.rstrip("/") + "/" if terms.base_url else ""

    def zh(text: str) -> dict[str, str]:
        return {"@value": text, "@language": "zh"}

    def at(path: Path) -> str:
        return f"{base}{path.relative_to(folder).as_posix()}"

    def distribution(one: Written) -> dict[str, Any]:
        made: dict[str, Any] = {
            "@id": f"{at(one.path)}#distribution",
            "@type": "dcat:Distribution",
            "dct:title": zh(one.title),
            "dcat:accessURL": {"@id": at(one.path)},
            "dcat:downloadURL": {"@id": at(one.path)},
            "dcat:mediaType": {"@id": f"{_MEDIA}{one.media_type.partition(';')[0]}"},
            "dcat:byteSize": {"@value": str(one.path.stat().st_size), "@type": "xsd:nonNegativeInteger"},
            "spdx:checksum": {
                "@type": "spdx:Checksum",
                "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                "spdx:checksumValue": {"@value": file_sha256(one.path), "@type": "xsd:hexBinary"},
            },
        }
        return made | ({"dct:license": {"@id": terms.licence}} if terms.licence else {})

    start, end = span(release)
    publisher = {"@type": "foaf:Agent", "foaf:name": terms.publisher or _UNSAID}
    issued = {"@value": release.created.astimezone(BEIJING).isoformat(), "@type": "xsd:dateTime"}
    dataset: dict[str, Any] = {
        "@id": f"{base}#release-{release.name}",
        "@type": "dcat:Dataset",
        "dct:title": zh(title(release)),
        "dct:description": zh(description(release)),
        "dct:identifier": f"release-{release.name}",
        "dct:issued": issued,
        "dct:publisher": publisher,
        "dct:language": {"@id": "http://publications.europa.eu/resource/authority/language/ZHO"},
        "dct:accessRights": {
            "@id": "http://publications.europa.eu/resource/authority/access-right/"
            + ("PUBLIC" if release.manifest["audience"] == "public" else "NON_PUBLIC")
        },
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": start, "@type": "xsd:date"},
            "dcat:endDate": {"@value": end, "@type": "xsd:date"},
        },
        "dcat:theme": {"@id": _ENVIRONMENT},
        "dcat:keyword": [zh("空气质量"), zh("生态环境"), {"@value": "air quality", "@language": "en"}],
        "dcat:version": release.name,
        "dcat:distribution": [distribution(one) for one in listed],
    }
    if release.corrects is not None:
        dataset["dcat:previousVersion"] = {"@id": f"{base}#release-{release.corrects:04d}"}
        dataset["adms:versionNotes"] = zh(release.manifest["why"])
    content = {
        "@context": _CONTEXT,
        "@id": f"{base}#catalog",
        "@type": "dcat:Catalog",
        "dct:title": zh("样板：环境质量评价结果目录"),
        "dct:description": zh("由监测读数按国家标准计算、编号冻结、可以复算的评价结果。"),
        "dct:publisher": publisher,
        "dcat:dataset": [dataset],
    }
    return Written(write_json(folder / CATALOGUE, content), "application/ld+json", "数据目录（DCAT-AP）")
