"""Photos: day and place are read only when asked for, the public copy carries neither, and what is no picture is refused."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from yangban.base.errors import InputError
from yangban.readings.photos import bare_copy, read_photo

GPS = {
    1: "N",
    2: (IFDRational(25), IFDRational(41), IFDRational(2484, 100)),
    3: "E",
    4: (IFDRational(114), IFDRational(18), IFDRational(36)),
}
"""25° 41′ 24.84″ N, 114° 18′ 36″ E: 25.6902 and 114.31 degrees."""


def picture(*, gps: Any = None, taken: str = "2026:05:06 10:11:12", size: tuple[int, int] = (64, 48), kind: str = "JPEG") -> bytes:
    made = Image.new("RGB", size, (90, 140, 90))
    exif = Image.Exif()
    if taken:
        exif[306] = taken
    if gps is not None:
        exif.get_ifd(0x8825).update(gps)
    out = io.BytesIO()
    made.save(out, kind, exif=exif)
    return out.getvalue()


def test_day_and_place_are_read_when_asked_for() -> None:
    found = read_photo(picture(gps=GPS), name="a.jpg", ask=True)
    assert found.taken == date(2026, 5, 6)
    assert (found.longitude, found.latitude) == (Decimal("114.310000"), Decimal("25.690233"))


def test_and_not_when_nobody_asks() -> None:
    found = read_photo(picture(gps=GPS), name="a.jpg")
    assert (found.taken, found.longitude, found.latitude) == (None, None, None)
    assert (found.format, found.width, found.height) == ("JPEG", 64, 48)


@pytest.mark.parametrize("gps", [{1: "S", 3: "W"}, {1: "N", 2: ("x", 1, 2)}, {2: GPS[2]}], ids=["empty", "words", "half"])
def test_a_broken_place_is_no_place(gps: Any) -> None:
    made = read_photo(picture(gps=None, taken="not a day"), name="a.jpg", ask=True)
    assert (made.taken, made.longitude) == (None, None)
    from yangban.readings import photos

    assert photos._degrees(gps.get(4), gps.get(3), 180) is None


def test_south_and_west_are_negative() -> None:
    found = read_photo(picture(gps={**GPS, 1: "S", 3: "W"}), name="a.jpg", ask=True)
    assert (found.longitude, found.latitude) == (Decimal("-114.310000"), Decimal("-25.690233"))


def test_the_public_copy_carries_nothing_but_the_picture() -> None:
    copy = bare_copy(picture(gps=GPS, size=(2400, 1200)), name="a.jpg")
    assert b"Exif" not in copy
    found = read_photo(copy, name="b.jpg", ask=True)
    assert (found.taken, found.longitude, found.width, found.height) == (None, None, 1600, 800)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"%PDF-1.7", b"GIF89a" + b"\0" * 40, b"\xff\xd8\xff\xe0 cut off"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"图片"):
        read_photo(content, name="a.jpg")


def test_too_many_pixels_are_refused_before_anything_is_drawn() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    with pytest.raises(InputError, match="像素"):
        read_photo(out.getvalue(), name="a.png")
