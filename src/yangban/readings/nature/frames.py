"""The shape of the lake's table of species: one row per record, of a survey or of a chance observation.

``time`` and ``until`` are the first and last day that the record may belong to (Beijing time, 00:00); ``event`` joins the records of one
survey. ``taxon`` is the id of a listed species, else the name as it counts (:func:`yangban.packs.species.resolve`); ``name`` is the name as
written. ``individuals`` is null where the record says no more than "present", 0 where the species was looked for and not found. ``effort``
is in thousandths of ``effort_unit``, ``share`` the share of the flyway population in millionths of a per cent, as the source gives it.
Coordinates are millionths of a degree. They are exact and never leave the workspace except through
:func:`yangban.publish.occurrences.public_rows`. ``content`` is all that the record says, in one text, by which two versions are compared.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl

TIME: Final = pl.Datetime("us")
BASES: Final = ("survey", "occurrence")
"""A sheet of a survey; a download of occurrences."""

MONTH: Final = "all"
"""Records lie in one segment per basis: a corrected date must find its record wherever it lay."""

FLAGS: Final[dict[str, int]] = {"off_list": 1, "not_species": 2, "coarse_date": 4, "no_coordinates": 8, "no_count": 16}
"""Bits of ``flags``; a flag never removes a record."""

IDS: Final = ("record",)
CARRIED: Final = (
    "subject", "time", "until", "basis", "network", "event", "taxon", "name", "individuals", "effort", "effort_unit", "share", "longitude",
    "latitude", "method", "flags",
)  # fmt: skip

_COLUMNS: Final[dict[str, Any]] = {
    "subject": pl.String,
    "time": TIME,
    "until": TIME,
    "basis": pl.String,
    "network": pl.String,
    "synthetic": pl.Boolean,
    "received": pl.Datetime("us", "UTC"),
    "record": pl.String,
    "event": pl.String,
    "taxon": pl.String,
    "name": pl.String,
    "individuals": pl.Int64,
    "effort": pl.Int64,
    "effort_unit": pl.String,
    "share": pl.Int64,
    "longitude": pl.Int64,
    "latitude": pl.Int64,
    "method": pl.String,
    "flags": pl.Int64,
    "content": pl.String,
}

SCHEMA: Final = pl.Schema(_COLUMNS)
"""Columns and types of :meth:`yangban.readings.lake.Lake.nature`, in order."""
