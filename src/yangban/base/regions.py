"""Places of China and groups of them: codes, names, parents, dates (GB/T 2260 as carried on by the Ministry of Civil Affairs).

The facts lie in ``data/places.csv``, ``aliases.csv``, ``groups.toml`` and ``zones.toml``, whose heads name their sources; the zones of a
region that has a pack lie in ``packs/<region>/zones.toml``. Nothing is read before the first question is asked.

**Names.** :func:`place` takes a code or a name and tries, in this order, and stops at the first step that finds something:

1. the official name, of any level (江西省, 吉林市, 朝阳区);
2. the short name of a prefecture-level place or municipality (吉林 is 吉林市, 朝阳 is 朝阳市);
3. the short name of a province or of the nation (江西, 海南, 全国);
4. another name of a place at or above prefecture level (恩施 and 恩施自治州 are 恩施州, 海东地区 is today's 海东市);
5. the short name of a county or zone: its name without 市, 县, 区, 旗 (寿光, 章丘), or the full name of a zone;
6. the name of a group (中部六省).

A step that finds several places is an error that names them; ``within`` narrows the search to what lies below a place. Without ``on`` the
places of today come first, and a place that no longer exists is found only when no place of today has the name (胶南 is 胶南市, abolished
in 2012).

**Prefecture-level.** The means of provinces and of the nation are taken over prefecture-level places: 地级市, 地区, 自治州, 盟, and the
four municipalities, which are of level "province" and stand for themselves. 三沙市 (since 2012) and 儋州市 (since 2015) are
prefecture-level cities in the lists of the ministry and are counted so, though they differ from the others in their districts.
County-level cities and counties that report to a province or to the production corps (仙桃, 潜江, 天门, 神农架, 济源, the counties of 海南,
石河子, 五家渠 …) are not. That makes 337 places since 2019 (338 in 2015 to 2018, with 莱芜). The 339 cities of the national reports since
2021 are a different set: which two it adds is unknown, and ``group:cities-339`` is an open slot. The special administrative regions and
台湾省 have no prefecture-level places here and are in no mean.

**Zones.** Functional zones (经开区, 高新区, 新区) have no code in GB/T 2260 and are ranked with counties; their id is
``zone:<parent code>:<name>``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from yangban.base.alike import alike
from yangban.base.errors import BookError, UnknownRegion
from yangban.base.notation import toml
from yangban.base.pack_folders import own_packs

LEVELS: Final = ("nation", "province", "city", "county")
_DATA: Final = Path(__file__).parent / "data"
_PACKS: Final = Path(__file__).parent.parent / "packs"
_SUBJECT_KINDS: Final = ("station", "section", "source", "lake", "river", "sound", "site")


@dataclass(frozen=True)
class Place:
    """A place, a functional zone or a group, with the days between which code, name and parent hold.

    ``level`` is one of ``nation province city county group``; "city" is prefecture-level, a zone is of level "county", a municipality of
    level "province". ``kind`` says what exactly it is (``municipality prefecture_city district county_level_city xpcc functional_zone`` …).
    ``valid_from`` is None when the place is older than the list of 2010 (for a zone: when the day is unknown); ``valid_to``, the last day,
    is None while it exists. ``dated`` tells how well the days are known: "day"; "year" (put on 31 December of the year of the list);
    "seen" (day of the first list that has it). ``successor`` is the code of today where known.
    """

    code: str
    name: str
    short: str
    level: str
    parent: str | None
    kind: str
    prefecture_level: bool
    valid_from: date | None = None
    valid_to: date | None = None
    dated: str = ""
    successor: str | None = None
    confidence: str = "verified"
    source: str = "GB/T 2260"
    note: str = ""

    def holds_on(self, day: date | None) -> bool:
        """Whether the place exists on ``day``; None asks for today's list."""
        if day is None:
            return self.valid_to is None
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Group:
    """A named set of places.

    ``members`` are codes, and empty when who belongs to the group is unknown (``confidence`` is "unknown" then). ``level`` is the level of
    the members, ``expected`` how many the name promises; results were reported for the group from ``valid_from`` to ``valid_to``, None =
    open.
    """

    id: str
    name: str
    level: str
    members: tuple[str, ...]
    expected: int
    source: str
    confidence: str
    note: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class _Atlas:
    """All places, by code in order of time, and by name with the step at which the name counts."""

    by_code: Mapping[str, tuple[Place, ...]]
    by_name: Mapping[str, tuple[tuple[int, Place], ...]]


def place(code_or_name: str, *, within: str | None = None, on: date | None = None) -> Place:
    """The place with this code, zone or group id, or name; see the head of the module for the order in which names are tried.

    ``within`` is the code or name of a place above; ``on`` asks for the state of a day. A code that was in force at some time is found
    without ``on`` even when it no longer is. Raises :class:`~yangban.base.errors.UnknownRegion` for none or several, naming the candidates.

    >>> place("360000").name, place("江西").code, place("吉林").code, place("吉林省").code, place("恩施州").code
    ('江西省', '360000', '220200', '220000', '422800')
    >>> place("朝阳区", within="北京").code, place("朝阳").name
    ('110105', '朝阳市')
    >>> from datetime import date
    >>> place("360402", on=date(2015, 6, 1)).name, place("360402").name
    ('庐山区', '濂溪区')
    """
    text = code_or_name.strip()
    above = place(within).code if within is not None else None
    found = _search(text, above=above, on=on)
    if len(found) == 1:
        return found[0]
    where = f" within {describe(place(within))}" if within is not None else ""
    when = f" on {on.isoformat()}" if on is not None else ""
    if found:
        listed = "; ".join(describe(item) for item in found[:12]) + (f"; and {len(found) - 12} more" if len(found) > 12 else "")
        raise UnknownRegion(
            f"{text!r}{where}{when} fits {len(found)} places: {listed}. Give the code, or name the place above it (within=)."
        )
    raise UnknownRegion(
        f"no place {text!r}{where}{when}.{_hint(text)} "
        "Expected a GB/T 2260 code (430100), a name (长沙市, 长沙) or an id (zone:…, group:…)."
    )


def find(name: str, *, within: str | None = None, on: date | None = None) -> Place | None:
    """As :func:`place`, but None for an unknown or ambiguous name: for importers, who list what they do not know.

    >>> find("甘孜州") == find("甘孜藏族自治州"), find("西湖区"), find("亚特兰蒂斯")
    (True, None, None)
    """
    found = _search(name.strip(), above=place(within).code if within is not None else None, on=on)
    return found[0] if len(found) == 1 else None


def children(code: str, *, level: str, on: date | None = None, zones: bool = False) -> tuple[Place, ...]:
    """The places of ``level`` that lie anywhere below a place, in order of code; with ``zones`` also the functional zones among counties.

    ``level`` is province, city or county. A municipality has counties and no cities.

    >>> [item.short for item in children("360000", level="city")][:3], len(children("360000", level="county"))
    (['南昌', '景德镇', '萍乡'], 100)
    """
    if level not in LEVELS[1:]:
        raise UnknownRegion(f"no level {level!r} below a place; expected one of {', '.join(LEVELS[1:])}")
    top = place(code).code
    return tuple(item for item in _below(top, level, on) if zones or item.kind != "functional_zone")


def prefecture_places(code: str, on: date | None = None) -> tuple[Place, ...]:
    """The places whose mean is the value of a province, the nation or a group; a prefecture-level place or municipality stands for itself.

    For a group the members are taken as listed; a province among them is replaced by its own prefecture-level places. The special
    administrative regions and 台湾省 have none. Raises :class:`~yangban.base.errors.UnknownRegion` for a county or zone, and for a group
    whose members are unknown.

    >>> len(prefecture_places("360000")), [item.code for item in prefecture_places("北京")], len(prefecture_places("100000"))
    (11, ['110000'], 337)
    """
    item = _at(place(code).code, on)
    if item.level == "group":
        group = groups()[item.code]
        if not group.members:
            raise UnknownRegion(
                f"who belongs to {group.id} ({group.name}) is unknown ({group.note}) It cannot be averaged; choose another group."
            )
        nested = (prefecture_places(member, on) for member in group.members)
        return tuple({inner.code: inner for inners in nested for inner in inners}.values())
    if item.prefecture_level:
        return (item,)
    if item.level not in {"nation", "province"}:
        raise UnknownRegion(
            f"{describe(item)} is a county or zone: it has no prefecture-level places; expected a city, province, group or the nation"
        )
    municipalities = (each for each in _below(item.code, "province", on) if each.prefecture_level)
    return tuple(sorted((*municipalities, *_below(item.code, "city", on)), key=lambda each: each.code))


@cache
def groups() -> Mapping[str, Group]:
    """All groups by id, in the order of their file.

    >>> groups()["group:central-six"].members
    ('140000', '340000', '360000', '410000', '420000', '430000')
    """
    found: dict[str, Group] = {}
    for entry in _toml(_DATA / "groups.toml").get("group", ()):
        group = _group(entry)
        found[group.id] = group
    return MappingProxyType(found)


def subject_name(subject: str) -> str:
    """The name of a subject of readings and Figures: the official name of a place, the name of a zone or group.

    A station, section, lake, river, point of sound or site of surveys is called by what follows its prefix (``station:1299A`` is 1299A,
    ``section:360000:外洲`` is 外洲).

    >>> [subject_name(each) for each in ("360100", "zone:360400:九江经开区", "section:360000:外洲", "group:central-six")]
    ['南昌市', '九江经开区', '外洲', '中部六省']
    """
    prefix, _, rest = subject.partition(":")
    if prefix in _SUBJECT_KINDS and rest:
        return rest.rpartition(":")[2]
    return _known(subject).name


def english_name(code: str) -> str | None:
    """The English name of a place as it is called today: ``None`` where none is listed, as for zones, and for most counties.

    >>> english_name("360100"), english_name("360121"), english_name("150100"), english_name("110105")
    ('Nanchang', 'Nanchang County', 'Hohhot', None)
    """
    return _english().get(code)


def subject_level(subject: str) -> str:
    """The level of a subject: ``station section lake river county city province group nation``; a zone is ranked with counties.

    >>> subject_level("110000"), subject_level("zone:360400:九江经开区"), subject_level("station:1299A")
    ('province', 'county', 'station')
    """
    prefix, _, rest = subject.partition(":")
    return prefix if prefix in _SUBJECT_KINDS and rest else _known(subject).level


def describe(item: Place) -> str:
    """A place in words, for messages: name, code, the places above it, and its last day when it is gone.

    >>> describe(place("360103")), describe(place("胶南"))
    ('西湖区 360103 (江西省南昌市)', '胶南市 370284 (山东省青岛市, until 2012-12-30, now 黄岛区 370211)')
    """
    said = ["".join(each.name for each in reversed(tuple(_above(item))) if each.level != "nation")]
    if item.valid_to:
        said.append(f"until {item.valid_to.isoformat()}")
    if item.successor:
        said.append(f"now {_at(item.successor, None).name} {item.successor}")
    inner = ", ".join(part for part in said if part)
    return f"{item.name} {item.code}" + (f" ({inner})" if inner else "")


def _known(subject: str) -> Place:
    """The place with this code or id, whatever its dates; a name will not do."""
    if not _records(subject):
        prefixes = ", ".join(f"{kind}:" for kind in ("zone", "group", *_SUBJECT_KINDS))
        raise UnknownRegion(f"no subject {subject!r}; expected a GB/T 2260 code or an id that starts with one of {prefixes}")
    return _at(subject, None)


def _records(code: str) -> tuple[Place, ...]:
    """All records of a code or id in order of time."""
    return _group_places().get(code, ()) if code.startswith("group:") else _atlas().by_code.get(code, ())


def _at(code: str, on: date | None) -> Place:
    """The record of a code that holds on a day, else its last one."""
    records = _records(code)
    return next((item for item in records if item.holds_on(on)), records[-1])


def _search(text: str, *, above: str | None, on: date | None) -> tuple[Place, ...]:
    """What a code or name fits: nothing, one place, or the candidates of the first step that finds any."""
    if records := _records(text):
        holding = tuple(item for item in records if item.holds_on(on)) or (records[-1:] if on is None else ())
        return tuple(item for item in holding if above is None or _lies_in(item, above))
    named = [(step, item) for step, item in _atlas().by_name.get(text, ()) if above is None or _lies_in(item, above)]
    found = [(step, item) for step, item in named if item.holds_on(on)]
    if not found and on is None:
        last = max((item.valid_to for _, item in named if item.valid_to), default=None)
        found = [(step, item) for step, item in named if item.valid_to == last]
    if not found and above is None:
        return tuple(item for (item,) in _group_places().values() if item.name == text)
    first = min((step for step, _ in found), default=0)
    return tuple({item.code: item for step, item in found if step == first}.values())


def _above(item: Place) -> Iterator[Place]:
    """The places above, from the nearest to the nation, as they were while the place existed."""
    while item.parent is not None:
        item = _at(item.parent, item.valid_to)
        yield item


def _lies_in(item: Place, above: str) -> bool:
    """Whether a place is ``above`` or lies below it; what a member of a group holds lies in the group."""
    chain = {item.code, *(each.code for each in _above(item))}
    return above in chain or (above.startswith("group:") and not chain.isdisjoint(groups()[above].members))


@cache
def _below(top: str, level: str, on: date | None) -> tuple[Place, ...]:
    """The places of a level below a place that hold on a day, in order of code, zones last."""
    records = (item for rows in _atlas().by_code.values() for item in rows)
    return tuple(item for item in records if item.level == level and item.holds_on(on) and item.code != top and _lies_in(item, top))


def _hint(text: str) -> str:
    """What the writer may have meant: the same name elsewhere or at another time, or names that look alike."""
    same = [item for _, item in _atlas().by_name.get(text, ())] or list(_records(text))
    if same:
        return " Known elsewhere or at another time: " + "; ".join(dict.fromkeys(describe(item) for item in same[:6])) + "."
    near = alike(text, _atlas().by_name, n=5, cutoff=0.5)
    return f" Did you mean {', '.join(near)}?" if near else ""


@cache
def _atlas() -> _Atlas:
    by_code: dict[str, list[Place]] = {}
    by_name: dict[str, list[tuple[int, Place]]] = {}
    for item in _places():
        by_code.setdefault(item.code, []).append(item)
        for step, name in _names(item):
            by_name.setdefault(name, []).append((step, item))
    for row in _rows(_DATA / "aliases.csv"):
        by_name.setdefault(row[0], []).extend((4, item) for item in by_code[row[1]])
    for file in _zone_files():
        for entry in _toml(file).get("zone", ()):
            zone = _zone(entry, file)
            by_code.setdefault(zone.code, []).append(zone)
            by_name.setdefault(zone.name, []).append((1, zone))
            by_name.setdefault(entry["full_name"], []).append((5, zone))
    return _Atlas({code: tuple(rows) for code, rows in by_code.items()}, {name: tuple(rows) for name, rows in by_name.items()})


def _names(item: Place) -> Iterator[tuple[int, str]]:
    """The names of a place, each with the step at which it counts."""
    yield 1, item.name
    if item.prefecture_level:
        yield 2, item.short
    elif item.level != "county":
        yield 3, item.short
    else:
        stem = item.name[:-2] if item.kind in {"forestry_district", "special_district"} else item.name[:-1]
        # A stem of one character (城区, 郊区) names nothing.
        if len(stem) > 1:
            yield 5, stem


def _places() -> Iterator[Place]:
    for code, name, short, level, kind, parent, valid_from, valid_to, dated, successor, confidence in _rows(_DATA / "places.csv"):
        yield Place(
            code=code,
            name=name,
            short=short,
            level=level,
            parent=parent or None,
            kind=kind,
            prefecture_level=level == "city" or kind == "municipality",
            valid_from=date.fromisoformat(valid_from) if valid_from else None,
            valid_to=date.fromisoformat(valid_to) if valid_to else None,
            dated=dated,
            successor=successor or None,
            confidence=confidence,
        )


@cache
def _english() -> Mapping[str, str]:
    return MappingProxyType({row[0]: row[1] for row in _rows(_DATA / "english.csv")})


def _zone(entry: Mapping[str, Any], file: Path) -> Place:
    """A functional zone from its entry, which must name parent, names, source, confidence and a note."""
    for key in ("parent", "name", "full_name", "source", "confidence", "note"):
        if not isinstance(entry.get(key), str):
            raise BookError(file.name, f"zone {entry.get('name', '?')}: {key}", "missing, or not a text")
    return Place(
        code=f"zone:{entry['parent']}:{entry['name']}",
        name=entry["name"],
        short=entry["name"],
        level="county",
        parent=entry["parent"],
        kind="functional_zone",
        prefecture_level=False,
        valid_from=entry.get("valid_from"),
        valid_to=entry.get("valid_to"),
        dated="day" if "valid_from" in entry or "valid_to" in entry else "",
        confidence=entry["confidence"],
        source=entry["source"],
        note=entry["note"],
    )


def _group(entry: Mapping[str, Any]) -> Group:
    """A group from its entry; a list of members that is short of what the name promises is refused, an empty one is an open slot."""
    for key in ("id", "name", "level", "expected", "source", "confidence", "note"):
        if key not in entry:
            raise BookError("groups.toml", f"group {entry.get('id', '?')}: {key}", "missing")
    members: Iterable[str] = entry.get("members", ())
    if day := entry.get("all_prefecture_level_on"):
        members = (item.code for rows in _atlas().by_code.values() for item in rows if item.prefecture_level and item.holds_on(day))
    group = Group(
        id=entry["id"],
        name=entry["name"],
        level=entry["level"],
        members=tuple(members),
        expected=entry["expected"],
        source=entry["source"],
        confidence=entry["confidence"],
        note=entry["note"],
        valid_from=entry.get("valid_from"),
        valid_to=entry.get("valid_to"),
    )
    if len(set(group.members)) not in {0, group.expected}:
        raise BookError("groups.toml", f"group {group.id}: members", f"{len(set(group.members))} places, expected {group.expected}")
    return group


@cache
def _group_places() -> Mapping[str, tuple[Place]]:
    """The groups in the shape of places, so that a group can be named wherever a place can."""
    return {
        group.id: (
            Place(
                code=group.id,
                name=group.name,
                short=group.name,
                level="group",
                parent=None,
                kind="group",
                prefecture_level=False,
                confidence=group.confidence,
                source=group.source,
                note=group.note,
            ),
        )
        for group in groups().values()
    }


def _zone_files() -> tuple[Path, ...]:
    """The zones of the land at large, then those of each pack."""
    own = {folder.name: folder for folder in own_packs()}
    shipped = [file for file in sorted(_PACKS.glob("*/zones.toml")) if file.parent.name not in own]
    return (_DATA / "zones.toml", *shipped, *(file for folder in own.values() if (file := folder / "zones.toml").is_file()))


def _rows(file: Path) -> Iterator[list[str]]:
    """Rows of a CSV file below its head: lines that start with a number sign, and one line of column names."""
    lines = (line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    rows = csv.reader(lines)
    next(rows)
    return rows


def _toml(file: Path) -> dict[str, Any]:
    return toml(file.read_text(encoding="utf-8"))
