"""To run an assessment from the desk: what may be asked for, and a summary of what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from yangban.assess.figure import Figure
from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.base.periods import year_of
from yangban.readings.lake import Lake
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air, read_manifest
from yangban.run.media import open_all
from yangban.run.sound import assess_sound
from yangban.run.water import assess_water
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand, lies_within
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import enqueue
from yangban.web.words import pick
from yangban.web.workspace import site_workspace

EDITIONS: Final = ("in-force", "2012", "2026-transitional", "2026", "2012,2026-transitional", "2012,2026-transitional,2026")
STRADDLES: Final = ("refuse", "old", "new")
MEDIA: Final = ("all", "air", "water", "sound")
HEADLINES: Final[Mapping[str, tuple[str, ...]]] = {
    "air": ("air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90", "air.composite_index"),
    "water": ("water.good_ratio", "water.class12_ratio", "water.inferior_ratio"),
    "sound": ("sound.area_day", "sound.road_day", "sound.zone_day_rate", "sound.zone_night_rate"),
}
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {"air": ("hours", "days"), "water": ("water",), "sound": ("sound",)}
_LISTED: Final = 300


def years_with_readings(workspace: Workspace) -> dict[int, list[str]]:
    """The years that have readings, newest first, each with its media."""
    found: dict[int, set[str]] = {}
    for part in Lake(workspace).parts():
        for medium, kinds in _KINDS.items():
            if part.kind in kinds:
                for year in range(int(part.first_day[:4]), int(part.last_day[:4]) + 1):
                    found.setdefault(year, set()).add(medium)
    return {year: sorted(found[year]) for year in sorted(found, reverse=True)}


def standing(workspace: Workspace) -> list[dict[str, Any]]:
    """How each year of air was assessed last, newest first, and whether readings came after that."""
    version = Lake(workspace).version()
    return [
        {
            **{name: run[name] for name in ("year", "subjects", "rows", "editions", "straddle")},
            "current": run.get("lake_version") == version,
        }
        for _, run in sorted(read_manifest(workspace).items(), reverse=True)
    ]


def ask(user: User, place: str, *, years: list[int], medium: str, edition: str, straddle: str) -> Job:
    """Ask for an assessment.

    The results are those of the whole workspace: a place below the site's own may have them computed again, and editions and what becomes
    of a period in two of them stay as they are set. Raises :class:`~yangban.base.errors.UsageError`.
    """
    demand(user, "assessment.run", region=place)
    workspace = site_workspace()
    held = years_with_readings(workspace)
    strange = [year for year in years if year not in held]
    if not years or strange:
        named = "、".join(map(str, strange))
        raise UsageError(
            pick(
                f"{named} 年没有读数" if strange else "请选择至少一年", f"No readings of {named}" if strange else "Choose at least one year"
            )
        )
    for word, known in ((medium, MEDIA), (edition, EDITIONS), (straddle, STRADDLES)):
        if word not in known:
            raise UsageError(pick(f"不认识的选项 {word!r}", f"Unknown choice {word!r}"))
    payload = {"years": sorted(years), "medium": medium, "edition": edition, "straddle": straddle, "place": place}
    if place != settings.REGION:
        payload |= {"edition": "", "straddle": ""}
    with transaction.atomic():
        named = "、".join(map(str, sorted(years)))
        job = enqueue("assess", pick(f"评价 {named} 年", f"Assess {named}"), payload, user=user, region=place)
        audit.record(user, "assessment.run", f"job:{job.pk}", payload)
    return job


def assess(workspace: Workspace, asked: Mapping[str, Any], say: Callable[[str, float | None], None]) -> dict[str, Any]:
    """Assess, and lay out the headline of the place and of what lies directly beneath it."""
    held = years_with_readings(workspace)
    years: list[int] = list(asked["years"])
    runs: list[dict[str, Any]] = []
    made: dict[str, list[int]] = {medium: [] for medium in _KINDS}
    for n, year in enumerate(years):
        for medium in _KINDS:
            if medium not in held.get(year, ()) or asked["medium"] not in {medium, "all"}:
                continue
            word = {"air": pick("空气", "air"), "water": pick("水", "water"), "sound": pick("声环境", "sound")}[medium]
            say(pick(f"{year} 年{word}", f"{year}, {word}"), 0.05 + 0.8 * n / len(years))
            made[medium].append(year)
            if medium == "air":
                last = read_manifest(workspace).get(str(year), {})
                edition = asked["edition"] or last.get("editions") or "in-force"
                straddle = asked["straddle"] or last.get("straddle") or "refuse"
                (run,) = assess_air(workspace, [year], editions=edition, straddle=straddle)
                runs.append({"medium": "air", "year": year, "subjects": run.subjects, "rows": run.rows, "editions": run.editions})
            elif medium == "water":
                (wet,) = assess_water(workspace, [year])
                runs.append({"medium": "water", "year": year, "subjects": wet.sections, "rows": wet.rows, "editions": ""})
            else:
                (heard,) = assess_sound(workspace, [year])
                runs.append({"medium": "sound", "year": year, "subjects": heard.points, "rows": heard.rows, "editions": ""})
    if not runs:
        raise UsageError(pick("所选年份和要素没有读数", "No readings of these years and this medium"))
    say(pick("整理结果", "Laying out the results"), 0.9)
    found: list[Figure] = []
    results = open_all(workspace)
    for medium, done in made.items():
        if done:
            found += results.figures(periods=[year_of(year) for year in done], indicators=HEADLINES[medium])
    mine = [each for each in found if in_place(each.subject, asked["place"])]
    short = [each for each in mine if not each.usable]
    shown = [each for each in mine if each.subject_level not in {"station", "section"}]
    return {
        "runs": runs,
        "figures": [row_of(each) for each in shown[:_LISTED]],
        "insufficient": [row_of(each) for each in short[:_LISTED]],
        "insufficient_total": len(short),
        "synthetic": any(each.synthetic for each in mine),
    }


def in_place(subject: str, place: str) -> bool:
    """Whether a subject of Figures is a place in another one; stations and sections are told by their own pages."""
    try:
        return lies_within(regions.place(subject).code, place)
    except Exception:
        return subject.startswith(f"section:{place}:")


def row_of(figure: Figure) -> dict[str, Any]:
    """The part of a Figure that the desk's tables show."""
    return {
        "indicator": figure.indicator,
        "subject": figure.subject,
        "subject_name": figure.subject_name,
        "period": figure.period,
        "edition": figure.edition,
        "display": None if figure.display is None else f"{figure.display:f}",
        "unit": figure.unit,
        "status": figure.status,
        "reason": figure.reason,
    }
