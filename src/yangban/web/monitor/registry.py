"""Stations, sections and targets from the desk. Their lists lie in the workspace; the desk reads them and asks for changes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.indicators.targets import Target, read_targets
from yangban.publish.dispatch import targets_for
from yangban.readings import section_lists, station_lists
from yangban.readings.sections import Sections
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand, lies_within
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import enqueue
from yangban.web.monitor import files
from yangban.web.words import pick
from yangban.web.workspace import site_workspace

STATION_FIELDS: Final = (
    "station",
    "name",
    "city",
    "county",
    "network",
    "role",
    "longitude",
    "latitude",
    "valid_from",
    "valid_to",
    "source",
)
_LISTED: Final = 500


def stations_of(place: str, on: date) -> list[Station]:
    """The rows of stations that lie in a place on a day."""
    return [
        row
        for row in Registry.load(site_workspace()).rows
        if row.holds_on(on) and any(lies_within(code, place) for code in (row.county, row.city) if code)
    ]


def sections_of(place: str, on: date) -> list[Any]:
    """The rows of sections that lie in a place on a day."""
    return list(Sections.load(site_workspace()).members(place, on))


def ask_list(user: User, what: str, given: UploadedFile, *, network: str) -> Job:
    """Take a whole list of stations or sections in; only for the place that the site is about, since a list may name any."""
    demand(user, "registry.edit", region=settings.REGION)
    name = files.plain_name(given.name or "")
    if files.ending(name) not in {".csv", ".xlsx", ".xls"}:
        raise UsageError(pick(f"{name}：请给 CSV 或 Excel 名册", f"{name}: give a CSV or Excel list"))
    token, names = files.hand_over([given])
    return _ask(user, what, token, names, network=network, place=settings.REGION)


def ask_station(user: User, place: str, said: Mapping[str, str]) -> Job:
    """Add one station, or change one from a day on, by the same rules as a list."""
    demand(user, "registry.edit", region=place)
    row = {name: str(said.get(name) or "").strip() for name in STATION_FIELDS}
    lies = row["county"] or row["city"]
    code = regions.place(lies).code if lies else ""
    if not code or not lies_within(code, place):
        raise UsageError(pick(f"站点须在 {regions.subject_name(place)} 范围内", f"The station has to lie in {regions.subject_name(place)}"))
    known = Registry.load(site_workspace()).of(f"station:{row['station'].removeprefix('station:')}")
    if any(not any(lies_within(each, place) for each in (old.county, old.city) if each) for old in known):
        raise PermissionDenied(pick("这个编号的站点属于别的地区", "The station of this code belongs to another region"))
    out = io.StringIO()
    writer = csv.DictWriter(out, STATION_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    token, names = files.lay_table(out.getvalue())
    return _ask(user, "stations", token, names, network=row["network"] or "state", place=place, told=row)


def _ask(user: User, what: str, token: str, names: list[str], *, network: str, place: str, told: Mapping[str, str] | None = None) -> Job:
    if what not in {"stations", "sections"}:
        raise UsageError(pick(f"不认识的名册 {what!r}", f"Unknown list {what!r}"))
    with transaction.atomic():
        title = pick("站点名册变更", "Change of stations") if what == "stations" else pick("断面名册变更", "Change of sections")
        payload = {"what": what, "token": token, "names": names, "network": network, "place": place}
        job = enqueue("registry", title, payload, user=user, region=place)
        audit.record(user, "registry.edit", f"job:{job.pk}", {"what": what, "files": names, "row": dict(told or {})})
    return job


def take(workspace: Workspace, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Take a list in; a list that is taken twice changes nothing the second time."""
    (path,) = files.handed_in(asked["token"], asked["names"])
    if asked["what"] == "stations":
        made = station_lists.import_file(workspace, path, network=asked["network"]).to_dict()
    else:
        made = section_lists.import_file(workspace, path, province=settings.REGION, network=asked["network"]).to_dict()
    kept: dict[str, Any] = {name: made[name] for name in ("rows", "added", "updated", "unchanged", "rejected", "closed") if name in made}
    refusals = [{"line": each["line"], "rule": each["rule"], "reason": each["reason"]} for each in made["rejections"][:_LISTED]]
    return {**kept, "what": asked["what"], "refused": refusals, "notes": list(made.get("notes", ()))}


# ------------------------------------------------------------------------------------------------------------------------- targets


def targets_of(place: str) -> list[tuple[Target, bool]]:
    """The targets that hold for a place, each with whether it stands in the workspace's own file and may be removed here."""
    workspace = site_workspace()
    own = {_key(each) for each in read_targets(files.read_own_targets(workspace), name="targets.toml")}
    return [(each, _key(each) in own) for each in targets_for(workspace, place)]


def _key(each: Target) -> tuple[str, ...]:
    return each.indicator, each.subject, each.period.label, each.direction, each.places


def set_target(user: User, said: Mapping[str, str]) -> Target:
    """Set a target, in place of an equal one: indicator, place, period, direction and whose values stand under it.

    It is added to ``targets.toml`` of the workspace, the file that cards and dispatches read; there is no second list of targets.
    """
    place = regions.place(said.get("subject", "")).code
    demand(user, "targets.edit", region=place)
    names = ("indicator", "period", "value", "direction", "unit", "source", "confidence", "met_by", "places", "note")
    block = "[[target]]\n" + "".join(f"{name} = {_quoted(said.get(name, '').strip())}\n" for name in names if said.get(name, "").strip())
    block += f"subject = {_quoted(place)}\n"
    (made,) = read_targets(block, name=pick("表单", "the form"))
    workspace = site_workspace(create=True)
    with workspace.writing(), transaction.atomic():
        text = _without(files.read_own_targets(workspace), _key(made))
        text = (text.rstrip() + "\n\n" if text.strip() else "") + block
        read_targets(text, name="targets.toml")
        audit.record(user, "targets.edit", f"target:{made.indicator}:{made.subject}:{made.period.label}", {"set": made.to_dict()})
        files.write_own_targets(workspace, text)
    return made


def remove_target(user: User, said: Mapping[str, str]) -> None:
    """Take a target out of the workspace's own file; those of a region's pack come back into force when they were covered by it."""
    key = tuple(said.get(name, "") for name in ("indicator", "subject", "period", "direction", "places"))
    demand(user, "targets.edit", region=key[1])
    workspace = site_workspace()
    with workspace.writing(), transaction.atomic():
        text = files.read_own_targets(workspace)
        rest = _without(text, key)
        if rest == text:
            raise UsageError(pick("本工作区没有这个目标", "The workspace holds no such target"))
        read_targets(rest, name="targets.toml")
        audit.record(user, "targets.edit", f"target:{key[0]}:{key[1]}:{key[2]}", {"removed": list(key)})
        files.write_own_targets(workspace, rest)


def _quoted(text: str) -> str:
    """A text as TOML writes it on one line."""
    plain = "".join(each for each in text if each.isprintable())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _without(text: str, key: tuple[str, ...]) -> str:
    """The text of a file of targets without those of a key; everything else stays as it was written."""
    head, *blocks = re.split(r"(?m)^(?=\[\[target\]\])", text)
    return head + "".join(block for block in blocks if _key(read_targets(block, name="targets.toml")[0]) != key)
