"""The full way of a number, down to hours, files and lines: walked by the house's own explain, once, with a cap, and kept.

The walk reads the workspace, which may have moved on since the release. What it finds is shown only where value and digest of inputs are
those of the released Figure; otherwise it says so and shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import PurePath
from typing import Any, Final

from django.core.cache import caches

from yangban.assess.figure import Figure
from yangban.base.errors import YangbanError
from yangban.base.periods import parse
from yangban.publish import explanation, explanation_water
from yangban.publish.explanation import Block, Hero, Picture
from yangban.run.explain import explain
from yangban.run.explain_water import explain_water
from yangban.run.media import is_water
from yangban.web.public.limits import allowed
from yangban.web.public.models import PublishedFigure, PublishedSummary
from yangban.web.words import pick
from yangban.web.workspace import site_workspace

LEVELS: Final = ("city", "county", "station")
"""Places whose way is short enough to be walked while somebody waits."""
_AN_HOUR: Final = 3600
_MOST: Final = 240
_WALK_SECONDS: Final = 120
_BUSY: Final = "public-walk"
_PATH: Final = "收到时的路径"
"""A column of which the public sees the name of the file alone: where it lay on the machine of the bureau is nobody's business."""


def can_walk(figure: PublishedFigure) -> bool:
    """Whether a Figure's way is offered: air of a city, county or station, and all water."""
    return is_water(figure.indicator) or (figure.indicator.startswith("air.") and figure.subject_level in LEVELS)


def _key(figure: PublishedFigure) -> str:
    return "/".join((figure.indicator, figure.subject, figure.period, figure.edition, figure.scope, figure.basis))


def walked(figure: PublishedFigure) -> dict[str, Any]:
    """The way of a Figure as blocks of a page, or ``refused`` with the reason; ``later`` where the site is busy with other walks."""
    held = (
        PublishedSummary.objects.filter(release=figure.release_id, kind="chain", key=_key(figure)).values_list("content", flat=True).first()
    )
    if held is not None:
        return dict(held)
    cache = caches["default"]
    if not allowed("public-walks", "all", most=_MOST, seconds=_AN_HOUR) or not cache.add(_BUSY, "1", _WALK_SECONDS):
        return {"later": True}
    try:
        content = _walk(figure)
    finally:
        cache.delete(_BUSY)
    if "refused" not in content:
        PublishedSummary.objects.get_or_create(release_id=figure.release_id, kind="chain", key=_key(figure), defaults={"content": content})
    return content


def _walk(figure: PublishedFigure) -> dict[str, Any]:
    try:
        found = list(_of_water(figure) if is_water(figure.indicator) else _of_air(figure))
    except YangbanError as problem:
        return {"refused": str(problem)}
    one = next((each for each in found if each[0].edition == figure.edition), None)
    if one is None or one[0].value != figure.value or one[0].inputs != figure.roots.inputs:
        return {
            "refused": pick(
                "本号发布之后读数或登记有过变动，现有读数走不回发布时的这个数；发布时的数值与摘要不变。",
                "Readings or registers have changed since this release, so the way from the present readings does not lead to its number.",
            )
        }
    return {"blocks": [_plain(block) for block in one[1] if not isinstance(block, Hero | Picture)]}


def _of_air(figure: PublishedFigure) -> Iterator[tuple[Figure, Sequence[Block]]]:
    found = explain(
        site_workspace(), indicator=figure.indicator, subject=figure.subject, period=parse(figure.period), edition=figure.edition,
        basis=figure.basis, scope=figure.scope,
    )  # fmt: skip
    return ((each.figure, explanation.blocks(each)) for each in found)


def _of_water(figure: PublishedFigure) -> Iterator[tuple[Figure, Sequence[Block]]]:
    found = explain_water(
        site_workspace(), indicator=figure.indicator, subject=figure.subject, period=parse(figure.period), scope=figure.scope
    )
    return ((each.figure, explanation_water.blocks(each)) for each in found)


def _plain(block: Any) -> dict[str, Any]:
    """A block in the types of JSON; columns without content are left out."""
    said = {"is": type(block).__name__.lower(), **asdict(block)}
    if "rows" in said:
        paths = [i for i, head in enumerate(block.heads) if head == _PATH]
        rows = [[PurePath(cell).name if i in paths else cell for i, cell in enumerate(row)] for row in block.rows]
        keep = [i for i in range(len(block.heads)) if any(row[i] for row in block.rows)]
        said["heads"] = [[block.heads[i], i in block.right] for i in keep]
        said["rows"] = [{"marked": n in block.marked, "cells": [[row[i], i in block.right] for i in keep]} for n, row in enumerate(rows)]
        del said["right"], said["marked"]
    return said
