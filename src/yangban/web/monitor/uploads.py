"""Readings handed in on the desk: what is looked at before anything is kept, the receipt, and the list of refused lines."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import transaction
from django.db.models import QuerySet

from yangban.base.errors import UsageError
from yangban.readings.cells import guarded
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import covered, demand, places_of
from yangban.web.jobs.work import enqueue
from yangban.web.monitor import files
from yangban.web.monitor.models import Upload
from yangban.web.words import pick
from yangban.web.workspace import site_workspace

MOST_FILES: Final = 60
KEPT_REJECTIONS: Final = 1000
COUNTS: Final = ("accepted", "duplicate", "blank", "rejected", "flagged", "ignored", "corrected")
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "basis": ("realtime", "audited"),
    "level": ("", "city", "station"),
    "label": ("", "end", "start"),
    "network": ("state", "province", "all"),
    "state": ("", "273"),
}
"""What may be said of the files, as ``yangban ingest`` takes it."""


class Limit(FileUploadHandler):
    """Stops taking in a file that is larger than one may be, before it fills the disk; its name is remembered on the request."""

    chunk_size = 64 * 2**10

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand the piece on, or skip the rest of the file."""
        if start + len(raw_data) > settings.UPLOAD_LIMIT:
            if self.request is not None:
                self.request.META.setdefault("yangban.too_large", []).append(self.file_name)
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The file itself is kept by the handlers that follow."""


def hand_in(
    user: User, place: str, given: Sequence[UploadedFile], *, said: Mapping[str, Any], mapping: UploadedFile | None = None
) -> Upload:
    """Take files in from a person for a place, and ask for their ingest.

    Raises :class:`~yangban.base.errors.UsageError` that names every file that is not taken; then none is kept.
    """
    demand(user, "readings.upload", region=place)
    options = _options(said)
    _check(given, mapping)
    token, names = files.hand_over(given, mapping)
    size = sum(each.size or 0 for each in given)
    try:
        with transaction.atomic():
            title = pick(f"读入 {names[0]}", f"Read in {names[0]}") + (
                pick(f" 等 {len(names)} 个文件", f" and {len(names) - 1} more") if len(names) > 1 else ""
            )
            payload = {"token": token, "names": names, "options": options, "place": place}
            job = enqueue("ingest", title, payload, user=user, region=place)
            upload = Upload.objects.create(job=job, region=place, names=names, size=size, uploaded_by=user)
            audit.record(user, "readings.upload", f"upload:{upload.pk}", {"files": names, "bytes": size, "place": place, **options})
    except BaseException:
        files.drop(token)
        raise
    return upload


def _options(said: Mapping[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name, known in CHOICES.items():
        word = str(said.get(name) or known[0])
        if word not in known:
            raise UsageError(pick(f"{name} 的取值 {word!r} 不在 {'、'.join(known)} 之中", f"{name} {word!r} is none of {', '.join(known)}"))
        if word:
            options[name] = word
    if said.get("daily"):
        options["daily"] = True
    return options


def _check(given: Sequence[UploadedFile], mapping: UploadedFile | None) -> None:
    if not given:
        raise UsageError(pick("没有选择文件；请选择或拖入监测数据文件", "No file was chosen; choose files of readings or drop them here"))
    if len(given) > MOST_FILES:
        raise UsageError(
            pick(f"一次最多 {MOST_FILES} 个文件，收到 {len(given)} 个", f"At most {MOST_FILES} files at once, got {len(given)}")
        )
    wrong = []
    for each in given:
        name = files.plain_name(each.name or "")
        if not files.ending(name):
            wrong.append(
                pick(
                    f"{name}：不是可读入的类型，应为 {'、'.join(files.SUFFIXES)}",
                    f"{name}: not a type that can be read; expected {', '.join(files.SUFFIXES)}",
                )
            )
        elif not each.size:
            wrong.append(pick(f"{name}：文件是空的", f"{name}: the file is empty"))
        elif each.size > settings.UPLOAD_LIMIT:
            wrong.append(too_large(name))
    if mapping is not None and (mapping.size or 0) > 2**20:
        wrong.append(pick("列对应关系文件超过 1 MB", "The mapping file is larger than 1 MB"))
    if wrong:
        raise UsageError(pick("没有读入任何文件。", "No file was taken. ") + "；".join(wrong))


def too_large(name: str) -> str:
    """What is said of a file that is larger than one may be."""
    most = settings.UPLOAD_LIMIT // 2**20
    return pick(
        f"{files.plain_name(name)}：超过 {most} MB，请按月拆分后再传",
        f"{files.plain_name(name)}: larger than {most} MB; split it by month and upload again",
    )


# ---------------------------------------------------------------------------------------------------------------------- the receipt


def trimmed(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """A receipt as the site keeps it: files by their names alone, rejections and corrections cut to the first thousand."""
    kept = {key: value for key, value in receipt.items() if key != "subject_lists"}
    kept["files"] = [{**each, "path": PurePath(each["path"]).name} for each in receipt["files"]]
    for name in ("rejections", "corrections"):
        kept[name] = [{**each, "file": PurePath(each["file"]).name} for each in receipt[name][:KEPT_REJECTIONS]]
    return {**{count: sum(each[count] for each in receipt["files"]) for count in COUNTS}, **kept}


def seen_by(user: User) -> QuerySet[Upload]:
    """The uploads that a person may see: those of the places where readings may be seen, and one's own."""
    places = set(Upload.objects.order_by().values_list("region", flat=True).distinct())
    return Upload.objects.select_related("job", "uploaded_by").filter(region__in=covered(user, "readings.see", places))


def own_places(user: User) -> tuple[str, ...]:
    """The places for which a person may hand in readings."""
    return places_of(user, "readings.upload")


_LIST_HEAD: Final = ("文件 file", "行 line", "列 column", "规则 rule", "原因 reason", "原文 text")


def refused_list(upload: Upload) -> Iterator[str]:
    """The refused lines of an upload as CSV that a spreadsheet program opens without running anything."""
    yield "\ufeff" + _csv(_LIST_HEAD)
    named = upload.receipt.get("rejected_file")
    for each in files.refused_lines(site_workspace(), named) if named else ():
        name = PurePath(each["file"]).name
        cells = (name, "" if each["line"] is None else str(each["line"]), each["column"] or "", each["rule"], each["reason"], each["text"])
        yield _csv([guarded(cell) for cell in cells])


@dataclass(frozen=True)
class Repair:
    """The refused lines of one file as they came, with its heading, to be put right and handed in again."""

    name: str
    digest: str
    lines: int


def repairs(upload: Upload) -> list[Repair]:
    """The files of an upload of which single lines were refused and that are text."""
    wrong = _wrong_lines(upload)
    return [
        Repair(each["path"], each["digest"], len(wrong[each["path"]]))
        for each in upload.receipt.get("files", ())
        if wrong.get(each["path"]) and each["digest"] and files.ending(each["path"]) in {".csv", ".csv.gz"}
    ]


def repair_lines(upload: Upload, digest: str) -> list[str]:
    """The heading and the refused lines of one file in its own layout.

    A cell that a spreadsheet program would run gets an apostrophe before it. Raises :class:`~yangban.base.errors.UsageError` when the file
    has no such lines.
    """
    found = next((each for each in repairs(upload) if each.digest == digest), None)
    lines = files.lines_of(site_workspace(), digest, _wrong_lines(upload)[found.name]) if found else []
    if len(lines) < 2:
        raise UsageError(pick("这个文件没有可以单独改正的行", "This file has no lines that could be put right by themselves"))
    return ["\ufeff" + _harmless(lines[0][1]), *(_harmless(text) for _, text in lines[1:])]


def _harmless(line: str) -> str:
    """A line of CSV in which no cell acts as a formula; a line without such a cell stays as it came."""
    delimiter = max(",\t;", key=line.count)
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return guarded(line)
    safe = [guarded(cell) for cell in cells]
    return line if safe == cells else _csv(safe, delimiter).rstrip("\r\n")


def _wrong_lines(upload: Upload) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for each in upload.receipt.get("rejections", ()):
        if each["line"] is not None and each["line"] > 1:
            found[each["file"]].add(each["line"])
    return found


def _csv(cells: Sequence[str], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
