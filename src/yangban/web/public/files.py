"""The documents and data files of a release: a job writes them when it is published, pages list them, and here they are handed out.

Files lie below ``site-files/releases/<number>/``. A job that was killed is run again: what is there already is written over with the same
content. Bulletins are composed from the results in place, so they are refused where these are no longer those of the release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, Http404

from yangban.assess.figure import Figure
from yangban.base.errors import YangbanError
from yangban.base.periods import Period, parse
from yangban.publish.bulletin import KINDS, Asked, make_bulletin, write
from yangban.publish.bulletin.layout import ANNUAL, MONTHLY, Grid, Picture, Say
from yangban.publish.bulletin.page import cells_of, chart_rows, columns_of
from yangban.publish.bulletin.paper import Bulletin, Chart
from yangban.publish.maps import base_map_of
from yangban.publish.opendata import FORMATS, Terms, export
from yangban.publish.release import Release, find
from yangban.readings.sections import Sections
from yangban.run.local import open_results, workspace_book
from yangban.run.media import Results, open_all
from yangban.run.results import AirResults
from yangban.standards import Book
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import Reporter, enqueue, kind
from yangban.web.public.models import PublishedFile, PublishedRelease, PublishedSummary
from yangban.web.words import pick
from yangban.web.workspace import site_workspace

KIND: Final = "release.files"
DOCUMENT_FORMS: Final = ("docx", "xlsx", "html")
MEDIA: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "geojson": "application/geo+json",
}
_WORDS: Final = {"figures.csv": "csvw", "figures.csv-metadata.json": "csvw", "figures-excel.csv": "csv", "datapackage.json": "frictionless"}
_CHECKED: Final = ("air.good_day_ratio", "air.pm25.mean", "air.composite_index")
"""Figures by which one sees whether the results in place are those of the release."""


def ask_files(row: PublishedRelease) -> None:
    """Ask the worker for the files of a release, unless it has been asked already."""
    waiting = Job.objects.filter(kind=KIND, payload__release=row.number, state__in=(Job.State.QUEUED, Job.State.RUNNING))
    if not waiting.exists():
        enqueue(KIND, f"第 {row.name} 号发布：公报和数据文件", {"release": row.number}, user=None, region=settings.REGION)


@kind(KIND)
def make_files(job: Job, tell: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Write the data files and bulletins of a release; what cannot be written is told with its reason."""
    row = PublishedRelease.objects.get(pk=job.payload["release"])
    workspace = site_workspace()
    release = find(workspace, row.number)
    if release.digest != row.digest:
        raise YangbanError(f"第 {row.name} 号发布与网站上的不是同一份；the release of this number on the site has other content")
    problems: list[str] = []
    written = _data(row, release, tell, problems)
    of_air = [parse(label) for label in release.media.get("air", {}).get("periods", ())]  # A bulletin begins with the air.
    wanted = [period for period in of_air if period.kind in {"year", "month"}]
    if wanted and settings.REGION in row.subjects:
        try:
            book = workspace_book(workspace)
            results = open_results(workspace, book=book)
        except YangbanError as problem:
            problems.append(str(problem))
        else:
            for n, period in enumerate(wanted):
                tell(f"公报：{period.label}", (n + 1) / (len(wanted) + 1))
                try:
                    written += _bulletin(row, release, results, book, period)
                except YangbanError as problem:
                    problems.append(f"{period.label}：{problem}")
    return {"files": written, "problems": problems}, not problems


def _folder(release: Release) -> Path:
    folder = Path(settings.MEDIA_ROOT) / "releases" / release.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _data(row: PublishedRelease, release: Release, tell: Reporter, problems: list[str]) -> int:
    folder = _folder(release) / "data"
    terms = Terms(publisher=settings.PUBLISHER, licence=settings.DATA_LICENCE, base_url="")
    count = 0
    formats = list(FORMATS)
    tell("开放数据文件", 0.0)
    try:
        base_map = base_map_of(site_workspace().path, settings.REGION)
        made = export(release, formats, folder, terms=terms, base_map=base_map)
    except YangbanError as problem:
        # A region without a grid has no map; everything else is still written.
        problems.append(str(problem))
        made = export(release, [each for each in formats if each != "geojson"], folder, terms=terms)
    for each in made:
        word = _WORDS.get(each.path.name) or each.path.suffix.lstrip(".").replace("jsonld", "dcat")
        word = "sdmx" if "sdmx" in each.path.name else word
        count += _keep(row, PublishedFile.Kind.DATA, each.path, word=word, title=each.title)
    return count


def _keep(row: PublishedRelease, sort: Any, path: Path, *, word: str, title: str, region: str = "", period: str = "") -> int:
    content = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            content.update(part)
    PublishedFile.objects.update_or_create(
        path=path.relative_to(settings.MEDIA_ROOT).as_posix(),
        defaults={
            "release": row, "kind": sort, "word": word, "title": title, "region": region, "period": period,
            "format": path.suffix.lstrip("."), "sha256": content.hexdigest(), "size": path.stat().st_size,
        },
    )  # fmt: skip
    return 1


def _bulletin(row: PublishedRelease, release: Release, results: AirResults, book: Book, period: Period) -> int:
    word = ANNUAL if period.kind == "year" else MONTHLY
    workspace = site_workspace()
    media = _released(open_all(workspace), release)
    _still_the_same(row, results, media, period)
    asked = Asked(
        results, book, settings.REGION, period, release=release.name, media=media, sections=Sections.load(workspace),
        base_map=base_map_of(workspace.path, settings.REGION), holds=_holding(row, period),
    )  # fmt: skip
    bulletin = make_bulletin(word, asked)
    folder = _folder(release) / "bulletins"
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{word}-{period.label}.{form}" for form in DOCUMENT_FORMS]
    for path in paths:
        write(bulletin, path)
    with transaction.atomic():
        for path in paths:
            _keep(row, PublishedFile.Kind.BULLETIN, path, word=word, title=bulletin.title, region=settings.REGION, period=period.label)
        PublishedSummary.objects.update_or_create(
            release=row, kind="bulletin", key=f"{word}-{period.label}", defaults={"content": _content(bulletin)}
        )
    return len(paths)


def _released(media: Results, release: Release) -> Results:
    """The media that a release holds: a bulletin of it says nothing of the others."""
    others = {name: held for name, held in media.others.items() if name in release.media}
    return replace(media, water=media.water if "water" in release.media else None, others=others)


def _holding(row: PublishedRelease, period: Period) -> Callable[[Figure], bool]:
    then = row.figures.filter(period=period.label).exclude(indicator__startswith="air.").exclude(indicator__startswith="water.")
    printed = {(subject, word): display for subject, word, display in then.values_list("subject", "indicator", "display")}
    return lambda f: (f.subject, f.indicator) in printed and printed[f.subject, f.indicator] == _printed(f)


def _printed(figure: Figure) -> str | None:
    return None if figure.display is None else f"{figure.display:f}"


def _still_the_same(row: PublishedRelease, results: AirResults, media: Results, period: Period) -> None:
    for others in media.others.values():
        for figure in others.figures(subjects=[settings.REGION], periods=[period]):
            frozen = row.figures.filter(subject=settings.REGION, period=period.label, indicator=figure.indicator).first()
            if frozen is not None and frozen.display != _printed(figure):
                raise YangbanError(
                    f"工作区的 {figure.indicator} 已不是第 {row.name} 号发布时的数，不能补写公报；"
                    "the results in place are no longer those of the release"
                )
    now = {
        (f.indicator, f.edition): (_printed(f), f.inputs)
        for f in results.figures(subjects=[settings.REGION], periods=[period], indicators=_CHECKED)
    }
    then = row.figures.filter(subject=settings.REGION, period=period.label, indicator__in=_CHECKED).select_related("roots")
    for figure in then:
        held = now.get((figure.indicator, figure.edition))
        if held is not None and held != (figure.display, figure.roots.inputs):
            raise YangbanError(
                f"工作区的结果已不是第 {row.name} 号发布时的结果，不能补写公报；the results in place are no longer those of the release"
            )


# --------------------------------------------------------------------------------------------- a bulletin as the page of the site has it


def _content(bulletin: Bulletin) -> dict[str, Any]:
    return {
        "kind": KINDS[bulletin.kind],
        "title": bulletin.title,
        "subtitle": bulletin.subtitle,
        "mark": bulletin.mark,
        "footer": bulletin.footer,
        "blocks": list(_blocks(bulletin)),
    }


def _blocks(bulletin: Bulletin) -> Iterator[dict[str, Any]]:
    labels, headings = bulletin.labels, bulletin.headings
    for section in bulletin.sections:
        if section.id in headings:
            yield {"is": "heading", "id": section.id, "text": headings[section.id]}
        for item in section.items:
            if isinstance(item, Say):
                for line in bulletin.say.get(item.id, ()):
                    yield {"is": "text", "text": line}
            elif isinstance(item, Grid) and item.id in bulletin.tables:
                table = bulletin.tables[item.id]
                columns = columns_of(item, table)
                yield {
                    "is": "table",
                    "caption": f"{labels[item.id]}　{table.caption}",
                    "heads": [[text.replace("\n", ""), column.align] for text, column in columns],
                    "rows": [
                        [[cell.text, column.align] for cell, (_, column) in zip(cells_of(item, row), columns, strict=True)]
                        for row in table.rows
                    ],
                    "note": table.note,
                }
            elif isinstance(item, Picture) and item.id in bulletin.charts:
                yield _picture(f"{labels[item.id]}　", bulletin.charts[item.id])


def _picture(label: str, chart: Chart) -> dict[str, Any]:
    heads, rows = chart_rows(chart)
    return {
        "is": "chart",
        "caption": label + chart.caption,
        "measure": chart.measure,
        "heads": list(heads),
        "rows": [[cell.text for cell in row] for row in rows],
    }


# ----------------------------------------------------------------------------------------------------------------------- handing it out


def handed_out(row: PublishedRelease, path: str, *, download: bool = True) -> FileResponse:
    """A file of a release as an answer, under the name by which people know it; 404 where it has gone."""
    found = PublishedFile.objects.filter(release=row, path=f"releases/{row.name}/{path}").first()
    place = None if found is None else Path(settings.MEDIA_ROOT) / found.path
    if found is None or place is None or not place.is_file():
        raise Http404(pick("这个文件不在这一号发布里，或还在生成。", "This release has no such file, or it is still being written."))
    answer = FileResponse(place.open("rb"), content_type=MEDIA.get(found.format, "application/octet-stream"))
    name = f"{found.title}.{found.format}" if found.kind == PublishedFile.Kind.BULLETIN else place.name
    sort = "attachment" if download else "inline"
    answer["Content-Disposition"] = f"{sort}; filename=\"{place.name}\"; filename*=UTF-8''{quote(name)}"
    answer["ETag"] = f'"{found.sha256[:24]}"'
    answer["Cache-Control"] = "public, max-age=3600"
    return answer
