"""Records of species for the public, as Darwin Core, with sensitive places blurred.

The rule (book, ``biodiversity-practice`` ``blur.*``; docs/concepts/biodiversity.md): coordinates leave only as the centre of a grid cell,
whose side depends on the class of protection of the species; a species whose class is not known is blurred like one of the first class.
Of class 1 and of unlisted species the site's name is withheld too, and no number that the source gave a record leaves at all. What is
listed in :data:`COLUMNS` is all that is written.
"""

from __future__ import annotations

import csv
import hashlib
import io
import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from yangban.base.regions import place
from yangban.packs.species import species, taxon_name
from yangban.readings.cells import guarded
from yangban.readings.lake import Lake
from yangban.readings.workspace import Workspace, write_whole
from yangban.standards import Book, MediumEdition

COLUMNS: Final = (
    "occurrenceID", "basisOfRecord", "eventDate", "scientificName", "vernacularName", "individualCount", "occurrenceStatus",
    "stateProvince",
    "locality", "decimalLongitude", "decimalLatitude", "coordinateUncertaintyInMeters", "dataGeneralizations", "informationWithheld",
    "synthetic",
)  # fmt: skip
"""What leaves the house."""

_MILLION: Final = 1_000_000
_METRES_OF_A_DEGREE: Final = 111_320
_SALT: Final = "occurrences.salt"
"""The file of the workspace's secret, which never leaves it."""
_EVER: Final = (date(1700, 1, 1), date(2200, 1, 1))


def cell_of(taxon: str, edition: MediumEdition) -> tuple[Decimal, bool]:
    """The side of the grid cell for a species in degrees, and whether the name of the site is withheld."""
    listed = species().get(taxon)
    protection = listed.protection if listed is not None else None
    word = "unlisted" if protection is None else {1: "class1", 2: "class2"}.get(protection, "none")
    return Decimal(edition.rule(f"blur.{word}").value), word in {"class1", "unlisted"}


def centre(millionths: int, side: Decimal) -> Decimal:
    """The centre of the grid cell in which a coordinate lies.

    >>> centre(116_043_210, Decimal("0.1")), centre(116_099_999, Decimal("0.1"))
    (Decimal('116.05'), Decimal('116.05'))
    """
    step = int(side * _MILLION)
    return (Decimal(millionths // step * step + step // 2) / _MILLION).normalize()


def public_rows(rows: Iterable[Mapping[str, Any]], edition: MediumEdition, *, salt: bytes) -> Iterator[dict[str, str]]:
    """Rows of the lake (:data:`yangban.readings.nature.frames.SCHEMA`) as they may be seen by everybody.

    ``salt`` is a secret of the workspace: without it a record's public number could be tried out against guessed places.
    """
    for row in rows:
        side, hidden = cell_of(row["taxon"], edition)
        known = row["longitude"] is not None and row["latitude"] is not None
        _, region, site = row["subject"].split(":", 2)
        listed = species().get(row["taxon"])
        first, last = (row[name].date().isoformat() for name in ("time", "until"))
        made = {
            "occurrenceID": hashlib.blake2b(row["record"].encode(), key=salt, digest_size=8).hexdigest(),
            "basisOfRecord": "HumanObservation",
            "eventDate": first if first == last else f"{first}/{last}",
            "scientificName": listed.latin if listed else row["taxon"],
            "vernacularName": taxon_name(row["taxon"]) if listed else "",
            "individualCount": "" if row["individuals"] is None else str(row["individuals"]),
            "occurrenceStatus": "absent" if row["individuals"] == 0 else "present",
            "stateProvince": place(region).name,
            "locality": "" if hidden else site,
            "decimalLongitude": f"{centre(row['longitude'], side):f}" if known else "",
            "decimalLatitude": f"{centre(row['latitude'], side):f}" if known else "",
            "coordinateUncertaintyInMeters": str(int(side * _METRES_OF_A_DEGREE)) if known else "",
            "dataGeneralizations": f"经纬度落到 {side}° 网格的中心" if known else "",
            "informationWithheld": "地点名称、原始经纬度、原始记录编号" if hidden else "原始经纬度、原始记录编号",
            "synthetic": "true" if row["synthetic"] else "",
        }
        yield {name: guarded(made[name]) if name not in _NUMBERS else made[name] for name in COLUMNS}


_NUMBERS: Final = frozenset(("individualCount", "decimalLongitude", "decimalLatitude", "coordinateUncertaintyInMeters"))


def _salt_of(workspace: Workspace) -> bytes:
    """The workspace's secret, made when it is first needed."""
    path = workspace.path / _SALT
    with workspace.writing():
        if not path.exists():
            write_whole(path, secrets.token_hex(32))
        return bytes.fromhex(path.read_text(encoding="ascii").strip())


def export_occurrences(workspace: Workspace, path: Path, book: Book) -> int:
    """Write the public records of a workspace as CSV; gives their number."""
    edition = book.medium("ecology", "eqi")
    columns = ("record", "time", "until", "subject", "taxon", "individuals", "longitude", "latitude", "synthetic")
    rows = Lake(workspace).nature(start=_EVER[0], end=_EVER[1]).select(columns).collect().sort("time", "record")
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(public_rows(rows.iter_rows(named=True), edition, salt=_salt_of(workspace)))
    write_whole(path, out.getvalue())
    return rows.height
