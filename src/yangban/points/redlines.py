"""Red lines of official services (国办函〔2026〕12号), checked on descriptions of forms, pages and schemes. Pure.

The lines themselves are data (``standards/book/points/redlines-2026.toml``) and on by default. Whoever draws a form describes it as a
:class:`Face`; a test walks all of them. A scheme is described from its own data by :func:`face_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from yangban.standards.points import RedLines, Scheme

PHOTO_KINDS: Final = ("photo", "image", "screenshot", "video")
TRACK_KINDS: Final = ("track", "location")
CHECK_IN_KINDS: Final = ("check_in",)
RANKINGS: Final = ("persons", "units")


@dataclass(frozen=True)
class Field:
    """One field of a form. ``required`` without ``skippable`` means that a person cannot go on without it; ``why`` is shown beside it."""

    name: str
    kind: str
    required: bool = False
    skippable: bool = False
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Face:
    """A form, a page or a scheme as people meet it.

    ``ranks`` names what it sets in order by points (``persons``, ``units``); ``counts`` what it counts of people (``online_time``);
    ``compulsory`` that a person has no choice but to take part; ``complaint`` that there is a way to complain or suggest.
    """

    id: str
    title: str
    fields: tuple[Field, ...] = ()
    ranks: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    compulsory: bool = False
    complaint: bool = True


@dataclass(frozen=True)
class Violation:
    """A red line that a face crosses, by what, and where it is laid down."""

    face: str
    line: str
    text: str
    clause: str


def violations(lines: RedLines, face: Face, *, off: Sequence[str] = ()) -> tuple[Violation, ...]:
    """Every red line that a face crosses; ``off`` are lines that an organisation outside their scope has switched off by key."""
    return tuple(
        Violation(face.id, line.key, f"{line.name}：{found}", f"{lines.title}，{line.clause}")
        for line in lines.lines
        if line.on and line.key not in off
        for found in _TESTS[line.forbids](face)
    )


def face_of(scheme: Scheme) -> Face:
    """A scheme as people meet it: a behaviour that takes one kind of evidence only forces people to give that kind.

    A check-in that people may choose is none of the forced kind; to earn points is voluntary by itself.
    """
    fields = []
    for behaviour in scheme.behaviours:
        methods = [each for each in scheme.methods if each.behaviour == behaviour.key]
        kinds = {kind for each in methods for kind in each.evidence}
        free = any(not each.evidence for each in methods)
        fields += [
            Field(f"{behaviour.key}.{kind}", kind, required=not free and len(kinds) == 1, why=behaviour.name) for kind in sorted(kinds)
        ]
    return Face(id=scheme.id, title=scheme.title, fields=tuple(fields))


def _forced(face: Face, kinds: Sequence[str]) -> list[str]:
    return [f"{each.name} 必填，不能跳过" for each in face.fields if each.kind in kinds and each.required and not each.skippable]


_TESTS: Final[Mapping[str, Callable[[Face], list[str]]]] = {
    "forced_check_in": lambda face: [
        f"{each.name} 必须打卡" for each in face.fields if each.kind in CHECK_IN_KINDS and (face.compulsory or each.required)
        and not each.skippable
    ],
    "league_table_of_persons": lambda face: ["按积分给个人排名"] if "persons" in face.ranks else [],
    "league_table_of_units": lambda face: ["按积分给单位排名"] if "units" in face.ranks else [],
    "compulsory_photo": lambda face: _forced(face, PHOTO_KINDS),
    "compulsory_track": lambda face: _forced(face, TRACK_KINDS),
    "online_time": lambda face: ["统计在线时长"] if "online_time" in face.counts else [],
    "no_complaint": lambda face: [] if face.complaint else ["没有投诉建议入口"],
}  # fmt: skip
