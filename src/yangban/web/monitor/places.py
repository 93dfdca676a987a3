"""In which place a subject of readings lies: a place in itself, a station and a section by their registries."""

from __future__ import annotations

from collections.abc import Callable

from yangban.base import regions
from yangban.base.errors import UnknownRegion
from yangban.readings.sections import Sections
from yangban.readings.stations import Registry
from yangban.readings.workspace import Workspace
from yangban.web.accounts.permissions import lies_within


def place_finder(workspace: Workspace) -> Callable[[str], str]:
    """Gives the function from a subject to the finest place in which it is known to lie; empty when nobody knows."""
    stations = {row.station: row.county or row.city for row in Registry.load(workspace).rows}
    held = Sections.load(workspace)

    def find(subject: str) -> str:
        if subject.startswith("station:"):
            return stations.get(subject, "")
        if subject.startswith("section:"):
            rows = held.of(subject)
            return (rows[-1].county or rows[-1].city or rows[-1].province) if rows else subject.split(":")[1]
        try:
            return regions.place(subject).code
        except UnknownRegion:
            return ""

    return find


def within(workspace: Workspace, place: str) -> Callable[[str], bool]:
    """Whether a subject lies in a place or beneath it; one of which nobody knows where it lies does not."""
    find = place_finder(workspace)

    def answer(subject: str) -> bool:
        found = find(subject)
        return bool(found) and lies_within(found, place)

    return answer


def name_of(subject: str, workspace: Workspace | None = None) -> str:
    """How a subject is called."""
    if subject.startswith("station:") and workspace is not None:
        rows = Registry.load(workspace).of(subject)
        if rows and rows[-1].name:
            return f"{rows[-1].name}（{subject.removeprefix('station:')}）"
    if subject.startswith("section:"):
        return subject.split(":", 2)[2]
    return regions.subject_name(subject)
