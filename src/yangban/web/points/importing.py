"""Reports from a sheet: a job that takes a CSV of a partner in, and says of every line what became of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from yangban.base.errors import InputError
from yangban.points.connectors import convert
from yangban.points.events import events_of
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import demand
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import Reporter, enqueue, kind
from yangban.web.points import clock, earning, posting
from yangban.web.points.models import Program
from yangban.web.points.people import channel_of

KIND: Final = "points.import"
LARGEST: Final = 4 * 1024 * 1024
LISTED: Final = 500
"""Lines without points that the job names; all are counted."""


def text_of(content: bytes) -> str:
    """The text of a sheet: UTF-8 or GB 18030. Raises :class:`~yangban.base.errors.InputError`."""
    if len(content) > LARGEST:
        raise InputError(f"文件 {len(content)} 字节，最多 {LARGEST}；请分成几份  The file is too large: split it")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("文件不是 UTF-8 或 GB 18030 文本；请另存为 CSV（UTF-8）  The file is no text: save it as CSV")


def records_of(text: str) -> list[tuple[int, dict[str, str]]]:
    """The lines below the headings with their numbers, each by heading. Raises :class:`~yangban.base.errors.InputError` for no CSV."""
    rows = csv.DictReader(io.StringIO(text))
    try:
        return [(number, {k: v for k, v in row.items() if k and v}) for number, row in enumerate(rows, start=2)]
    except csv.Error as problem:
        raise InputError(f"文件不是 CSV（{problem}）；请检查引号是否成对  The file is no CSV: look for an open quotation mark") from None


def ask(user: User, program: Program, source: Organisation, name: str, text: str, layout: str = "") -> Job:
    """Ask for the job; ``layout`` is a connector that reads rows, empty for a sheet of events."""
    demand(user, "points.run", organisation=program.organisation_id)
    payload = {"program": program.pk, "source": source.pk, "text": text, "layout": layout}
    return enqueue(KIND, f"积分导入 {name}", payload, user=user, region=program.organisation.region)


@kind(KIND)
def take_in(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Take the lines in, batch by batch. Run again from the start, nothing counts twice: every line carries its own id."""
    program = Program.objects.get(pk=job.payload["program"])
    channel = channel_of(Organisation.objects.get(pk=job.payload["source"]))
    records = records_of(job.payload["text"])
    if not records:
        raise InputError("没有数据行；第一行应为列名，如 编号,会员,行为,发生时间,步  No lines below the headings")
    scheme, now = earning.scheme_of(program), clock.now()
    layout = job.payload.get("layout", "")
    if layout:
        events, bad = convert(layout, "", records, now)
    else:
        events, bad = events_of(records, {each.name: each.key for each in scheme.behaviours})
    listed = [{"line": each.line, "code": "unreadable", "reason": each.reason} for each in bad]
    counts: dict[str, int] = {"unreadable": len(bad)} if bad else {}
    for first in range(0, len(events), posting.BATCH):
        part = events[first : first + posting.BATCH]
        # Whoever sends the sheet is known from the job; when it arrives is now.
        asked = [replace(event, channel=channel, received_at=now) for _line, event in part]
        for (line, _event), outcome in zip(part, earning.receive(program, asked), strict=True):
            counts[outcome.status] = counts.get(outcome.status, 0) + 1
            if outcome.status == "refused":
                listed.append({"line": line, "code": outcome.code, "reason": outcome.reason})
        say(f"{first + len(part)} / {len(events)}", (first + len(part)) / len(events))
    listed.sort(key=lambda each: int(str(each["line"])))
    return {"counts": counts, "lines": len(records), "refused": listed[:LISTED], "refused_count": len(listed)}, not listed
