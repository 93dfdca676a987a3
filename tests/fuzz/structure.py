"""Inputs by their structure, from Hypothesis: tables under real headings, trees of TOML and JSON, shapes, labels of periods."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import strategies as st

from fuzz import doors as d
from fuzz.mutate import WORDS

_ODD = st.sampled_from([word.decode("utf-8", "replace") for word in WORDS if len(word) < 1000])
_NUMBER = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-9999, max_value=99999, places=4).map(str),
    st.floats().map(str),
)
_TIME = st.datetimes().map(lambda moment: moment.isoformat(" ", "minutes"))
_CELL = st.one_of(
    _NUMBER, _TIME, _ODD, st.text(max_size=12), st.just(""), st.sampled_from(("南昌市", "360100", "1299A", "外洲", "--", "0.05L"))
)


def _table(*samples: tuple[str, ...], mark: str = ",") -> st.SearchStrategy[bytes]:
    """The headings of real tables, in another order, with cells of every sort beneath them; rows are ragged now and then."""
    heads = sorted({cell for sample in samples for cell in sample[0].split(mark)})

    def lines(chosen: list[str]) -> st.SearchStrategy[bytes]:
        row = st.lists(_CELL.map(lambda cell: cell.replace("\n", " ")), min_size=max(0, len(chosen) - 1), max_size=len(chosen) + 1)
        return st.tuples(st.lists(row, max_size=6), st.sampled_from(("utf-8", "gb18030", "utf-8-sig"))).map(
            lambda made: "\n".join(mark.join(each) for each in (chosen, *made[0])).encode(made[1], "replace")
        )

    usual = samples[0][0].split(mark)
    return st.one_of(st.just(usual), st.permutations(usual), st.lists(st.sampled_from(heads), min_size=2, max_size=8)).flatmap(lines)


_LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), _ODD)
_KEY = st.one_of(
    st.text(max_size=6),
    st.sampled_from(("type", "coordinates", "features", "geometry", "rows", "events", "id", "amounts", "thead", "tbody")),
)
_TREE = st.recursive(_LEAF, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEY, inner, max_size=4)), max_leaves=12)


def _json(tree: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    return tree.map(lambda made: json.dumps(made).encode())


_PLACE = st.one_of(st.floats(), st.floats(114, 118), st.floats(24, 30), st.integers(), _LEAF)
_POINT = st.lists(_PLACE, max_size=3)
_RING = st.lists(_POINT, max_size=5).map(lambda ring: [*ring, ring[0]] if ring else ring)
_SHAPE = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection", "Feature", "x")
        ),
        "coordinates": st.one_of(_POINT, _RING, st.lists(_RING, max_size=3), st.lists(st.lists(_RING, max_size=2), max_size=2), _TREE),
    }
)
_SHAPES = st.fixed_dictionaries(
    {
        "type": st.just("FeatureCollection"),
        "features": st.lists(st.fixed_dictionaries({"type": st.just("Feature"), "geometry": _SHAPE}), max_size=3),
    }
)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_word(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_word, value)) + "]"
    return "0" if value is None else json.dumps(value)


def _toml(sample: str) -> st.SearchStrategy[bytes]:
    """A real file of which some values are others."""
    lines = sample.splitlines()
    places = [n for n, line in enumerate(lines) if "=" in line]

    def put(changes: list[tuple[int, Any]]) -> bytes:
        made = list(lines)
        for n, value in changes:
            made[n] = f"{made[n].partition('=')[0]}= {_word(value)}"
        return "\n".join(made).encode("utf-8", "replace")

    return st.lists(st.tuples(st.sampled_from(places), _TREE), min_size=1, max_size=3).map(put)


_PERIOD = st.one_of(
    st.from_regex(r"\A[0-9]{4}(-(Q[0-9]|H[0-9]|[0-9]{2}(-[0-9]{2})?))?\Z"),
    st.tuples(st.dates(), st.dates()).map(lambda both: f"{both[0]}/{both[1]}"),
    st.text(max_size=12),
).map(lambda text: text.encode("utf-8", "replace"))

BUILT: Final[dict[str, st.SearchStrategy[bytes]]] = {
    "period": _PERIOD,
    "times": _TIME.map(str.encode),
    "cell": st.one_of(_NUMBER, _CELL).map(lambda text: text.encode("utf-8", "replace")),
    "archive": _table(d.ARCHIVE),
    "long table": _table(d.LONG, d.WIDE),
    "wide table": _table(d.WIDE, d.LONG, d.DAYS),
    "day table": _table(d.DAYS, d.WIDE),
    "sound table": _table(d.SOUND),
    "species table": _table(d.SPECIES, mark="\t"),
    "water table": _table(d.WATER, d.LAB),
    "days in csv": _table(d.DAYS),
    "samples in csv": _table(d.SAMPLES, d.LAB),
    "sections": _table(d.SECTIONS),
    "stations": _table(d.STATIONS),
    "events in csv": _table(d.EVENTS),
    "reported in csv": _table(d.REPORTED),
    "account in csv": _table(d.ACCOUNT),
    "points in csv": _table(d.POINTS),
    "plan in csv": _table(d.PLAN_SHEET),
    "weights": _table(d.WEIGHTS),
    "water snapshot": st.one_of(
        _json(_TREE), _json(st.fixed_dictionaries({"thead": st.lists(_LEAF), "tbody": st.lists(_TREE, max_size=3)}))
    ),
    "records json": _json(_TREE),
    "hours json": _json(_TREE),
    "points json": _json(_TREE),
    "geojson": st.one_of(_json(_SHAPES), _json(_SHAPE), _json(_TREE)),
    "boundaries": st.one_of(_json(_SHAPES), _json(_TREE)),
    "mapping": _toml(d.MAPPING),
    "targets": _toml(d.TARGETS),
    "units of plans": _toml(d.UNITS),
    "plans": _toml(d.PLANS),
    "events in toml": _toml(d.EVENTS_TOML),
    "reported in toml": _toml(d.REPORTED_TOML),
    "account in toml": _toml(d.ACCOUNT_TOML),
    "course": _toml(d.PATH),
    "base map": _toml(d.BASE_MAP),
    "system": _toml(d.small("systems")[0].decode()),
    "scheme of points": _toml(d.small("points")[0].decode()),
    "programme": _toml(d.small("programmes")[0].decode()),
    "governance": _toml(d.small("governance")[0].decode()),
    "standard": _toml(d.small("air")[0].decode()),
}
"""The doors whose inputs are built."""


def inputs_of(name: str) -> st.SearchStrategy[bytes]:
    """Inputs for a door."""
    return BUILT[name]
