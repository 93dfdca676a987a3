"""Photos of the field: a picture is what it says it is, and its day and place are read only when somebody asks for them.

Pictures carry where they were taken; that may be nobody's business. :func:`read_photo` therefore gives day and place only when they are
asked for, and the copy for the public page (:func:`bare_copy`) carries nothing but the picture.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Final

from yangban.base.errors import InputError

FORMATS: Final = ("JPEG", "PNG", "WEBP")
MOST_PIXELS: Final = 60_000_000
WIDEST: Final = 1600
"""Pixels of the longer side of the copy for the public page."""
_PLACES: Final = Decimal("0.000001")
_TAKEN: Final = (36867, 306)
_EXIF: Final = 0x8769
_GPS: Final = 0x8825


@dataclass(frozen=True)
class Photo:
    """What a picture is, and, when asked for, the day and place in it."""

    format: str
    width: int
    height: int
    taken: date | None = None
    longitude: Decimal | None = None
    latitude: Decimal | None = None


def read_photo(content: bytes, *, name: str, ask: bool = False) -> Photo:
    """Look at a picture without drawing it; ``ask`` reads its day and place. Raises :class:`~yangban.base.errors.InputError`."""
    picture = _opened(content, name)
    taken, longitude, latitude = _inside(picture) if ask else (None, None, None)
    return Photo(str(picture.format), picture.width, picture.height, taken, longitude, latitude)


def bare_copy(content: bytes, *, name: str) -> bytes:
    """A smaller JPEG of a picture without anything that it carried: no place, no camera, no day."""
    from PIL import Image, ImageOps

    picture = _opened(content, name)
    try:
        picture = ImageOps.exif_transpose(picture) or picture
        picture = picture.convert("RGB")
        picture.thumbnail((WIDEST, WIDEST), Image.Resampling.LANCZOS)
    except Exception:  # Whatever the library raises for a picture whose pixels or notes are broken.
        raise InputError(f"{name} 已损坏，打不开；请重新导出后再传") from None
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=82)
    return out.getvalue()


def _opened(content: bytes, name: str) -> Any:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(f"{name} 的像素过多，不像照片") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise InputError(f"{name} 不是 JPEG、PNG 或 WebP 图片；手机的 HEIC 请先转成 JPEG") from None
    if picture.width * picture.height > MOST_PIXELS:
        raise InputError(f"{name} 有 {picture.width}×{picture.height} 个像素，超过 {MOST_PIXELS // 1_000_000} 百万")
    return picture


def _inside(picture: Any) -> tuple[date | None, Decimal | None, Decimal | None]:
    try:
        held = picture.getexif()
        inner, gps = held.get_ifd(_EXIF), held.get_ifd(_GPS)
    except Exception:
        # What a camera wrote wrongly is not worth refusing a photo for: day and place are then simply not there.
        return None, None, None
    taken = next((found for tag in _TAKEN if (found := _day(inner.get(tag) or held.get(tag))) is not None), None)
    latitude, longitude = _degrees(gps.get(2), gps.get(1), 90), _degrees(gps.get(4), gps.get(3), 180)
    return taken, (longitude if latitude is not None else None), (latitude if longitude is not None else None)


def _day(text: Any) -> date | None:
    try:
        return datetime.strptime(str(text)[:10], "%Y:%m:%d").date()
    except ValueError:
        return None


def _degrees(parts: Any, side: Any, most: int) -> Decimal | None:
    try:
        degrees, minutes, seconds = (Decimal(each.numerator) / Decimal(each.denominator) for each in parts)
        found = degrees + minutes / 60 + seconds / 3600
    except (TypeError, ValueError, AttributeError, InvalidOperation, ZeroDivisionError):
        return None
    if not found.is_finite() or not 0 <= found <= most:
        return None
    return (-found if str(side) in {"S", "W"} else found).quantize(_PLACES, ROUND_HALF_EVEN)
