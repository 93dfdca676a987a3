"""To publish is to copy: a frozen release of the workspace into the tables that pages read, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.dispatch import Signal

from yangban.base.errors import YangbanError
from yangban.base.periods import parse
from yangban.publish.card import make_card
from yangban.publish.release import Release, releases
from yangban.readings.workspace import Workspace
from yangban.run.media import open_all
from yangban.run.water import assessed_water_years
from yangban.web.public.files import ask_files
from yangban.web.public.models import FigureRoots, PublishedFigure, PublishedRelease, PublishedSummary, ReleasePeriod
from yangban.web.public.summaries import summarise

log = logging.getLogger(__name__)

_BATCH: Final = 2000
_TEXTS: Final = (
    "indicator", "subject", "subject_name", "subject_level", "period", "unit", "edition", "scope", "basis", "network", "status", "reason",
)  # fmt: skip
_OPTIONAL: Final = ("value", "display", "exact")
_COLUMNS: Final = ("release_id", *_TEXTS, *_OPTIONAL, "synthetic", "n_valid", "n_expected", "detail", "roots_id")
_INSERT: Final = f"INSERT INTO {PublishedFigure._meta.db_table} ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"

release_published: Final = Signal()
"""Sent with ``release`` when a release has come into the tables."""

Say = Callable[[str, float | None], None]
"""Takes a line of words and the share that is done."""


def _quiet(_message: str, _done: float | None) -> None:
    pass


def publish(workspace: Workspace, release: Release, *, say: Say = _quiet) -> PublishedRelease:
    """Copy a release into the tables; one that is there already is left as it is.

    Raises :class:`~yangban.base.errors.YangbanError` when the release cannot be read, or lies in the tables with other content.
    """
    held = PublishedRelease.objects.filter(number=release.number).first()
    if held is not None and held.digest != release.digest:
        raise YangbanError(
            f"第 {release.name} 号发布与网站上的不是同一份：网站 {held.digest[:12]}，工作区 {release.digest[:12]}；"
            "the release of this number on the site has other content"
        )
    if held is not None and held.complete:
        return held
    manifest = release.manifest
    if release.corrects is not None and not PublishedRelease.objects.filter(number=release.corrects).exists():
        publish(workspace, releases(workspace)[release.corrects - 1])
    total = int(manifest["figures"]["rows"]) or 1
    with transaction.atomic():
        PublishedRelease.objects.filter(number=release.number, complete=False).delete()
        row = PublishedRelease.objects.create(
            number=release.number,
            digest=release.digest,
            figures_digest=manifest["figures"]["sha256"],
            created=release.created,
            note=manifest["note"],
            document_number=manifest["document_number"],
            draft=release.draft,
            audience=manifest["audience"],
            embargo=None if manifest["embargo"] is None else datetime.fromisoformat(manifest["embargo"]),
            corrects_id=release.corrects,
            why=manifest["why"],
            through=manifest["through"],
            synthetic=release.synthetic,
            program=manifest["program"],
            subjects=manifest["subjects"],
            cards=_cards(workspace, release),
            rows=total,
        )
        ReleasePeriod.objects.bulk_create(ReleasePeriod(release=row, period=label) for label in manifest["periods"])
        editions: dict[str, None] = {}
        roots: dict[tuple[str, str, str], int] = {}
        done = 0
        figures = _figures(row, release, roots, editions)
        with connection.cursor() as cursor:
            while batch := list(islice(figures, _BATCH)):
                cursor.executemany(_INSERT, batch)
                done += len(batch)
                say(f"写入网站：{done} / {total} 个结果", done / total)
        row.editions, row.rows, row.complete = list(editions), done, True
        row.save(update_fields=("editions", "rows", "complete"))
        row.refresh_from_db()
        summarise(workspace, row, say=say)
        if settings.PUBLISH_FILES:
            ask_files(row)
        # Others who wait for new results are told inside the same transaction, and ask for work that begins when it is kept.
        release_published.send(sender=PublishedRelease, release=row)
    return row


def _figures(
    row: PublishedRelease, release: Release, roots: dict[tuple[str, str, str], int], editions: dict[str, None]
) -> Iterator[tuple[Any, ...]]:
    """The rows of :class:`PublishedFigure` as plain columns: a hundred thousand of them as models take three times as long."""
    for line in release.rows():
        editions.setdefault(line["edition"])
        if line["detail"]:
            json.loads(line["detail"])
        yield (
            row.pk,
            *(line[name] for name in _TEXTS),
            *(line[name] or None for name in _OPTIONAL),
            line["synthetic"] == "true",
            int(line["n_valid"] or 0),
            int(line["n_expected"] or 0),
            line["detail"] or "{}",
            _roots(roots, (line["documents"], line["unverified"], line["inputs"])),
        )


def _roots(held: dict[tuple[str, str, str], int], key: tuple[str, str, str]) -> int:
    if key not in held:
        documents, unverified, inputs = key
        found, _ = FigureRoots.objects.get_or_create(
            digest=hashlib.sha256("\n".join(key).encode()).hexdigest(),
            defaults={
                "documents": [each for each in documents.split(";") if each],
                "unverified": [each for each in unverified.split(";") if each],
                "inputs": inputs,
            },
        )
        held[key] = found.pk
    return held[key]


def _cards(workspace: Workspace, release: Release) -> dict[str, Any]:
    """The report card of the site's region for each whole year of the release, newest edition of the asked ones first as assessed."""
    cards: dict[str, Any] = {}
    if settings.REGION not in release.manifest["subjects"]:
        return cards
    air = release.media.get("air")
    if air is None:
        return cards
    media = open_all(workspace)
    if media.air is None:
        return cards
    water_years = assessed_water_years(workspace)
    for label in air["periods"]:
        if parse(label).kind != "year":
            continue
        water = media.water if "water" in release.media and int(label) in water_years else None
        others = {name: held for name, held in media.others.items() if name in release.media}
        cards[label] = make_card(media.air, region=settings.REGION, period=parse(label), water=water, others=others).to_dict()
    return cards


def sync(workspace: Workspace, *, say: Say = _quiet) -> list[int]:
    """Publish every release of the workspace that is no draft and not on the site yet; returns their numbers.

    A release from before there were summaries gets them, and one whose files are missing is asked for them again.
    """
    there = dict(PublishedRelease.objects.filter(complete=True).values_list("number", "digest"))
    for row in PublishedRelease.objects.filter(complete=True).exclude(pk__in=PublishedSummary.objects.values("release")):
        summarise(workspace, row, say=say)
    if settings.PUBLISH_FILES:
        for row in PublishedRelease.objects.filter(complete=True, files=None):
            ask_files(row)
    made = []
    for release in releases(workspace):
        if release.draft or there.get(release.number) == release.digest:
            continue
        publish(workspace, release, say=say)
        made.append(release.number)
    return made
