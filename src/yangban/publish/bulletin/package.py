"""Word files as bytes that do not depend on the hour or the machine, so that a release can digest them."""

from __future__ import annotations

import io
import zipfile
from typing import Any, Final

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can hold; the same in every file."""
_LEFT_OUT: Final = ("docProps/thumbnail.jpeg",)
_THUMBNAIL: Final = "relationships/metadata/thumbnail"


def steady(document: Any) -> bytes:
    """The bytes of a python-docx document with fixed times and without the picture of somebody else's first page."""
    package = document.part.package
    for key, link in list(package.rels.items()):
        if link.reltype.endswith(_THUMBNAIL):
            del package.rels[key]
    held = io.BytesIO()
    document.save(held)
    made = io.BytesIO()
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new:
        for entry in old.infolist():
            if entry.filename in _LEFT_OUT:
                continue
            one = zipfile.ZipInfo(entry.filename, _EPOCH)
            one.compress_type, one.external_attr, one.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            new.writestr(one, old.read(entry.filename))
    return made.getvalue()
