"""Compendia: chosen, ordered, divided into volumes and chapters; the Word book is made as a background job."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from yangban.base.errors import NotAllowed, Stale, UsageError
from yangban.govern import case_text
from yangban.govern.cases import SECTIONS
from yangban.publish.compendium import Chapter, Compendium, Image, Piece, Result, Volume, make_book
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User, today
from yangban.web.accounts.permissions import demand
from yangban.web.cases import files, reading
from yangban.web.cases.models import Book, BookMade, Case
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import Reporter, enqueue, kind
from yangban.web.public import names
from yangban.web.public.templatetags.pages import shown
from yangban.web.public.templatetags.yangban import unit
from yangban.web.words import pick

KIND: Final = "case.book"
MOST_CASES: Final = 200
_TITLE: Final = 40


def parts_of(text: str) -> list[dict[str, Any]]:
    """Volumes and chapters from lines: ``# 上册`` begins a volume, ``## 湿地`` a chapter, a number is a case.

    >>> parts_of("# 上册\\n## 湿地\\nAL2026-0001 任何文字\\n# 下册\\nAL2026-0002")[1]
    {'title': '下册', 'chapters': [{'title': '', 'cases': ['AL2026-0002']}]}
    """
    volumes: list[dict[str, Any]] = []
    for number, line in enumerate(text.replace("＃", "#").split("\n"), start=1):
        words = case_text.clean(line)
        if not words:
            continue
        title = words.lstrip("#").strip()
        if words.startswith("#") and not 0 < len(title) <= _TITLE:
            raise UsageError(
                pick(f"第 {number} 行：卷名或章名应有 1 到 {_TITLE} 字", f"Line {number}: a title of 1 to {_TITLE} characters")
            )
        if words.startswith("##"):
            if not volumes:
                raise UsageError(pick(f"第 {number} 行：先写卷（一个 #），再写章（两个 #）", f"Line {number}: a chapter before any volume"))
            volumes[-1]["chapters"].append({"title": title, "cases": []})
        elif words.startswith("#"):
            volumes.append({"title": title, "chapters": []})
        else:
            if not volumes:
                volumes.append({"title": pick("案例", "Cases"), "chapters": []})
            if not volumes[-1]["chapters"]:
                volumes[-1]["chapters"].append({"title": "", "cases": []})
            volumes[-1]["chapters"][-1]["cases"].append(words.split()[0])
    return volumes


def text_of(parts: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> str:
    """The lines from which :func:`parts_of` makes the same parts, each case with its title to be recognised."""
    lines: list[str] = []
    for volume in parts:
        lines.append(f"# {volume['title']}")
        for chapter in volume["chapters"]:
            if chapter["title"]:
                lines.append(f"## {chapter['title']}")
            lines += [f"{number} {titles.get(number, '')}".strip() for number in chapter["cases"]]
    return "\n".join(lines)


def numbers_of(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """The cases of a book in their order."""
    return [number for volume in parts for chapter in volume["chapters"] for number in chapter["cases"]]


def titles(numbers: Sequence[str]) -> dict[str, str]:
    """Titles of cases by number."""
    return dict(Case.objects.filter(number__in=list(numbers)).values_list("number", "title"))


def problems(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """What stands against making the book."""
    numbers = numbers_of(parts)
    found = []
    if not numbers:
        found.append(pick("还没有选案例", "No case was chosen"))
    if len(numbers) > MOST_CASES:
        found.append(pick(f"有 {len(numbers)} 个案例，最多 {MOST_CASES} 个", f"{len(numbers)} cases; at most {MOST_CASES}"))
    twice = sorted({each for each in numbers if numbers.count(each) > 1})
    if twice:
        found.append(pick(f"重复：{'、'.join(twice)}", f"Twice: {', '.join(twice)}"))
    there = set(Case.objects.filter(number__in=numbers, state="published").values_list("number", flat=True))
    gone = [each for each in dict.fromkeys(numbers) if each not in there]
    if gone:
        found.append(pick(f"没有发布或已撤下：{'、'.join(gone)}", f"Not published: {', '.join(gone)}"))
    empty = [chapter["title"] for volume in parts for chapter in volume["chapters"] if not chapter["cases"]]
    if empty:
        found.append(pick(f"没有案例的章：{'、'.join(empty)}", f"Chapters without cases: {', '.join(empty)}"))
    found += [pick(f"没有案例的卷：{v['title']}", f"Volume without cases: {v['title']}") for v in parts if not v["chapters"]]
    return found


@transaction.atomic
def start(user: User, organisation: Organisation, *, title: str, subtitle: str, year: int, demo: bool = False) -> Book:
    """Begin a compendium: all published cases of the place, by place, to be put in order by hand."""
    demand(user, "cases.compile", region=organisation.region)
    if not title.strip():
        raise UsageError(pick("请写书名", "Give the book a title"))
    chapters: dict[str, list[str]] = {}
    for row in reading.published().filter(published_at__year=year).order_by("region", "published_at"):
        chapters.setdefault(reading.name(f"{row.region[:4]}00" if row.region[4:] != "00" else row.region), []).append(row.number)
    parts = [{"title": pick("案例", "Cases"), "chapters": [{"title": place, "cases": held} for place, held in chapters.items()]}]
    row = Book.objects.create(
        title=case_text.clean(title)[:60], subtitle=case_text.clean(subtitle)[:60], organisation=organisation, region=organisation.region,
        year=year, by=user, parts=parts if chapters else [], demo=demo,
    )  # fmt: skip
    audit.record(user, "compendium.start", f"compendium:{row.pk}", {"title": row.title})
    return row


@transaction.atomic
def change(user: User, row: Book, *, title: str, subtitle: str, foreword: str, parts: Sequence[Mapping[str, Any]], seen: int) -> Book:
    """Change title, foreword, and what stands in it. Raises when somebody else changed it meanwhile."""
    held: Book = Book.objects.select_for_update(of=("self",)).get(pk=row.pk)
    demand(user, "cases.compile", region=held.region)
    if held.step != seen:
        raise Stale(pick("您打开之后已有人改过这本汇编，请看过再改", "Somebody has changed the book since you looked"))
    if not title.strip():
        raise UsageError(pick("请写书名", "Give the book a title"))
    if len(numbers_of(parts)) > MOST_CASES:
        raise UsageError(pick(f"最多 {MOST_CASES} 个案例", f"At most {MOST_CASES} cases"))
    held.title, held.subtitle = case_text.clean(title)[:60], case_text.clean(subtitle)[:60]
    held.foreword = case_text.clean(foreword)[:4000]
    held.parts, held.step = list(parts), held.step + 1
    held.save()
    audit.record(user, "compendium.change", f"compendium:{held.pk}", {"cases": len(numbers_of(parts)), "volumes": len(parts)})
    return held


@transaction.atomic
def ask(user: User, row: Book) -> Job:
    """Ask for the Word book."""
    demand(user, "cases.compile", region=row.region)
    if found := problems(row.parts):
        raise NotAllowed("facts", "；".join(found))
    job = enqueue(KIND, pick(f"编印《{row.title}》", f"Making {row.title}"), {"book": row.pk}, user=user, region=row.region)
    audit.record(user, "compendium.make", f"compendium:{row.pk}", {"cases": len(numbers_of(row.parts))})
    return job


@kind(KIND)
def make(job: Job, tell: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Make the Word book of the published versions as they stand now."""
    begun = time.monotonic()
    row = Book.objects.select_related("organisation").get(pk=job.payload["book"])
    tell(pick("读取案例", "Reading the cases"), 0.05)
    compendium, versions = composed(row, tell)
    tell(pick("排版", "Setting the book"), 0.6)
    made = make_book(compendium)
    digest = hashlib.sha256(made.content).hexdigest()
    files.keep_book(digest, made.content)
    pages = [entry.page for entry in made.contents if entry.level == 3]
    cases = [{"number": number, "version": version, "page": page} for (number, version), page in zip(versions, pages, strict=True)]
    seconds = Decimal(str(round(time.monotonic() - begun, 1)))
    with transaction.atomic():
        Book.objects.select_for_update(of=("self",)).get(pk=row.pk)
        # A job that was killed and runs again does not make a second entry.
        BookMade.objects.filter(job=job).delete()
        last = BookMade.objects.filter(book=row).order_by("-number").values_list("number", flat=True).first() or 0
        kept = BookMade.objects.create(
            book=row, number=last + 1, job=job, digest=digest, size=len(made.content), pages=made.pages, cases=cases, seconds=seconds
        )
    return {"book": row.pk, "made": kept.pk, "pages": made.pages, "cases": len(cases), "seconds": str(seconds)}, True


def composed(row: Book, tell: Reporter | None = None) -> tuple[Compendium, list[tuple[str, int]]]:
    """The book as plain data, and which version of each case stands in it."""
    held = {
        case.number: case
        for case in Case.objects.filter(number__in=numbers_of(row.parts), state="published").select_related("shown", "organisation")
    }
    order = [held[number] for number in numbers_of(row.parts) if number in held]
    beside = dict(zip([case.number for case in order], reading.figures_of_all([case.shown for case in order]), strict=True))
    pieces: dict[str, Piece] = {}
    for n, case in enumerate(order):
        if tell is not None:
            tell(pick(f"读取 {case.number}", f"Reading {case.number}"), 0.05 + 0.5 * n / len(order))
        pieces[case.number] = _piece(case, beside[case.number])
    volumes = tuple(
        Volume(
            volume["title"],
            tuple(
                Chapter(chapter["title"], tuple(pieces[number] for number in chapter["cases"] if number in pieces))
                for chapter in volume["chapters"]
            ),
        )
        for volume in row.parts
    )
    synthetic = any(each.row is not None and each.row.synthetic for line in beside.values() for each in line)
    mark = "示例　内容为虚构，只为演示" if row.demo or any(case.demo for case in order) else "含合成数据，不是真实结果" if synthetic else ""
    book = Compendium(
        title=row.title,
        subtitle=row.subtitle,
        publisher=str(row.organisation),
        day=today(),
        foreword=row.foreword,
        volumes=volumes,
        mark=mark,
    )
    return book, [(case.number, case.shown.version) for case in order]


def _piece(case: Case, beside: Sequence[reading.Beside]) -> Piece:
    version = case.shown
    images = []
    for each in version.pictures:
        content = files.picture_bytes(each["digest"])
        if content is None:
            raise UsageError(pick(f"{case.number} 的一张图片不在了：{each['alt']}", f"A picture of {case.number} is gone"))
        images.append(Image(content, each["width"], each["height"], each["alt"], each["caption"]))
    results = [
        Result(
            f"{each.row.subject_name} {names.indicator_name(each.row.indicator)}",
            f"{shown(each.row)} {unit(each.row.unit)}".strip() + ("（数据不足）" if not each.row.usable and each.row.display else ""),
            names.period_name(each.row.period),
            f"{names.edition_number(each.row.edition)}，第 {each.row.release.name} 号发布" + ("（合成数据）" if each.row.synthetic else ""),
        )
        for each in beside
        if each.row is not None
    ]
    return Piece(
        number=case.number, title=version.title, place=reading.name(case.region), organisation=str(case.organisation),
        tags=tuple(version.tags), summary=version.summary,
        sections=tuple((name, getattr(version, key)) for key, (name, *_) in SECTIONS.items()), results=tuple(results), images=tuple(images),
        note=f"第 {version.version} 版。",
    )  # fmt: skip
