"""What every form of open data shares: the table of a release, what is said of it, and how its files are written."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

from yangban.base.errors import UnknownIndicator
from yangban.base.periods import parse
from yangban.publish.release import Release
from yangban.readings.workspace import sync
from yangban.run.media import spec

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters by which spreadsheets, also Chinese and Japanese ones, take a text for a formula."""


@dataclass(frozen=True)
class Column:
    """One column of the table: name, type in the words of XML Schema (as CSVW has them), meaning in Chinese and English.

    ``listed``: several values joined by semicolons. ``required``: never blank.
    """

    name: str
    datatype: str
    zh: str
    en: str
    required: bool = True
    listed: bool = False


COLUMNS: Final = (
    Column("indicator", "string", "指标", "Indicator, as a word of this system"),
    Column("indicator_name", "string", "指标名称", "Name of the indicator in Chinese"),
    Column("subject", "string", "地区或点位代码", "Region by GB/T 2260 code, or station, section, group"),
    Column("subject_name", "string", "地区或点位", "Name of the region or station"),
    Column("subject_level", "string", "级别", "station, section, site, county, city, province, group, nation and the like"),
    Column("period", "string", "时段", "Period: 2022, 2022-H1, 2022-Q1, 2022-06, 2022-06-13 or first/last day"),
    Column("start", "date", "首日", "First official day of the period"),
    Column("end", "date", "末日", "Last official day of the period"),
    Column("display", "decimal", "数值", "Value as printed, rounded half to even", required=False),
    Column("value", "decimal", "未修约值", "Unrounded value, quotients to six places", required=False),
    Column("unit", "string", "单位", "Unit; 1 for pure numbers, d for days"),
    Column("edition", "string", "标准版本", "Edition of the standard"),
    Column("documents", "string", "依据文件", "Documents behind the value", listed=True),
    Column("scope", "string", "沙尘口径", "as_monitored, or dust_excluded: days under sand-dust left out"),
    Column("basis", "string", "数据口径", "realtime, audited or mixed; survey or occurrence (species); reported; account"),
    Column("network", "string", "监测网", "state, province or all"),
    Column("synthetic", "boolean", "合成数据", "Whether the value rests on synthetic readings"),
    Column("status", "string", "状态", "ok; insufficient: not to be used officially; not_applicable"),
    Column("reason", "string", "原因", "Why the value is not ok", required=False),
    Column(
        "unverified",
        "string",
        "未核实的规则",
        "Rules behind the value that were not read in the official text",
        required=False,
        listed=True,
    ),
    Column("n_valid", "integer", "有效数", "Days (for regions: places) that count"),
    Column("n_expected", "integer", "应有数", "Days (for regions: places) that there should be"),
    Column("inputs", "string", "原始文件摘要", "SHA-256 over the digests of the files received for the period", required=False),
)
"""The table of open data, one row a Figure."""

_TEXTS: Final = frozenset(each.name for each in COLUMNS if each.datatype == "string")


@dataclass(frozen=True)
class Written:
    """One file that an export wrote: its name, media type, and what it is."""

    path: Path
    media_type: str
    title: str


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> safe("=HYPERLINK(1)"), safe("南昌市")
    ("'=HYPERLINK(1)", '南昌市')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def indicator_name(word: str) -> str:
    """The Chinese name of an indicator; the word itself where it has none."""
    try:
        return spec(word).name
    except UnknownIndicator:
        return word


@cache
def _days(label: str) -> tuple[str, str]:
    period = parse(label)
    return period.start.isoformat(), period.end.isoformat()


def table_rows(release: Release) -> Iterator[dict[str, str]]:
    """The rows of the table of open data, in the order of the release."""
    for row in release.rows():
        start, end = _days(row["period"])
        whole = {**row, "indicator_name": indicator_name(row["indicator"]), "start": start, "end": end}
        yield {each.name: safe(whole[each.name]) if each.name in _TEXTS else whole[each.name] for each in COLUMNS}


@contextlib.contextmanager
def whole_file(path: Path, *, encoding: str = "utf-8") -> Iterator[IO[str]]:
    """A text file that appears under its name only once it is complete."""
    waiting = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with waiting.open("w", encoding=encoding, newline="") as file:
            yield file
        sync(waiting)
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> Path:
    """Write a JSON value, Chinese as itself."""
    with whole_file(path) as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.write("\n")
    return path


def title(release: Release) -> str:
    """What the release is called in every description."""
    mark = "【合成数据】" if release.synthetic else ""
    draft = "（草稿）" if release.draft else ""
    return f"{mark}环境质量评价结果，第 {release.name} 号发布{draft}"


def description(release: Release) -> str:
    """What a reader must know: periods, editions, sources, and that marked values are not to be used officially."""
    content = release.manifest
    parts = [
        f"由监测读数按国家标准计算的评价结果，数据截至 {content['through']}，标准版本 {content['asked']['edition']}。",
        "status 为 insufficient 的数值不得作为正式结果使用；unverified 列出尚未在正式文本中核实的规则。",
        f"结果摘要 SHA-256 {content['figures']['sha256']}，可用 yangban release verify {release.number} 复算。",
    ]
    if content["document_number"]:
        parts.append(f"文号 {content['document_number']}。")
    if content["note"]:
        parts.append(f"{content['note']}。")
    if release.corrects is not None:
        parts.append(f"更正第 {release.corrects} 号：{content['why']}。")
    if release.synthetic:
        parts.append("其中有程序生成的示例读数算出的数值，不是监测结果。Synthetic readings; not monitoring results.")
    return "".join(parts)


def span(release: Release) -> tuple[str, str]:
    """First and last day of all periods."""
    days = [_days(label) for label in release.manifest["periods"]]
    return min(start for start, _ in days), max(end for _, end in days)


def file_sha256(path: Path) -> str:
    """The digest of a written file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
