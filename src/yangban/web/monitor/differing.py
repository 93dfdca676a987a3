"""What a draft holds and how it differs from the release before it: counts, and the rows that a person should look at first."""

from __future__ import annotations

from typing import Any, Final

from yangban.base import regions
from yangban.base.errors import UnknownRegion
from yangban.publish.release import KEY, Release

HEADLINES: Final = (
    "air.good_day_ratio", "air.pm25.mean", "air.pm10.mean", "air.o3_8h.p90", "air.no2.mean", "air.so2.mean", "air.co.p95",
    "air.heavy_days", "air.composite_index", "water.good_ratio", "water.class12_ratio", "water.inferior_ratio",
)  # fmt: skip
_LISTED: Final = 400
_SHORT: Final = 200


def preview(made: Release, region: str) -> dict[str, Any]:
    """The headline Figures of the years for a place and what lies directly beneath it, with how many Figures may not be used."""
    near = {region, *_below(region)}
    rows: list[dict[str, Any]] = []
    short: list[dict[str, Any]] = []
    by_status = {"ok": 0, "insufficient": 0, "not_applicable": 0}
    for each in made.rows():
        by_status[each["status"]] = by_status.get(each["status"], 0) + 1
        year = len(each["period"]) == 4
        if year and each["status"] == "insufficient" and len(short) < _SHORT:
            short.append(_shown(each))
        if year and each["subject"] in near and each["indicator"] in HEADLINES and each["scope"] == "as_monitored":
            rows.append(_shown(each))
    return {
        "figures": rows[:_LISTED],
        "insufficient": short,
        "by_status": by_status,
        "rows": int(made.manifest["figures"]["rows"]),
        "subjects": len(made.manifest["subjects"]),
        "periods": len(made.manifest["periods"]),
        "through": made.manifest["through"],
        "synthetic": made.synthetic,
    }


def differences(made: Release, last: Release | None) -> dict[str, Any]:
    """The Figures that are new, gone or other than in the last release, counted and listed: longer periods first.

    Two Figures are the same one when indicator, place, period, edition, scope, basis and network are.
    """
    if last is None:
        return {
            "against": None,
            "changed": 0,
            "new": int(made.manifest["figures"]["rows"]),
            "gone": 0,
            "same": 0,
            "rows": [],
            "by_indicator": [],
        }
    before = {tuple(each[name] for name in KEY): each for each in last.rows()}
    counts = {"changed": 0, "new": 0, "same": 0}
    by_indicator: dict[str, int] = {}
    listed: list[dict[str, Any]] = []
    for each in made.rows():
        old = before.pop(tuple(each[name] for name in KEY), None)
        what = (
            "new"
            if old is None
            else "same"
            if (old["exact"], old["display"], old["status"]) == (each["exact"], each["display"], each["status"])
            else "changed"
        )
        counts[what] += 1
        if what == "changed" and old is not None:
            by_indicator[each["indicator"]] = by_indicator.get(each["indicator"], 0) + 1
            listed.append({**_shown(each), "before": old["display"] or None, "before_status": old["status"]})
    listed.sort(key=lambda row: (len(row["period"]) > 7, len(row["period"]), row["period"], row["subject"], row["indicator"]))
    listed_periods = set(made.manifest["periods"])
    return {
        "against": last.number,
        **counts,
        "gone": len(before),
        "gone_asked": sum(1 for key in before if key[0] in listed_periods),
        "rows": listed[:_LISTED],
        "by_indicator": sorted(by_indicator.items(), key=lambda pair: (-pair[1], pair[0])),
    }


def _shown(row: dict[str, str]) -> dict[str, Any]:
    names = ("indicator", "subject", "subject_name", "period", "edition", "unit", "status", "reason")
    return {**{name: row[name] for name in names}, "display": row["display"] or None}


def _below(region: str) -> list[str]:
    try:
        level = {"province": "city", "city": "county"}.get(regions.subject_level(region), "")
        return [each.code for each in regions.children(region, level=level)] if level else []
    except UnknownRegion:
        return []
