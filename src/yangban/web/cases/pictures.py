"""Pictures that people hand in: looked at by their content, refused when they are too large to open, and made anew.

What is kept is never what came: the picture is decoded and written again, so that camera data, places and whatever else hid in the file are
gone. How large it is stands in its first bytes and is asked before anything is decoded.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from yangban.base.errors import UsageError
from yangban.web.words import pick

LIMIT: Final = 15 * 1024 * 1024
"""Bytes of one picture as it is handed in."""
PIXELS: Final = {"JPEG": 64_000_000, "PNG": 24_000_000, "WEBP": 24_000_000}
"""Formats that are taken, and how many pixels of each: a JPEG can be decoded at a part of its size, the others cannot."""
SIDE: Final = 12_000
SMALLEST: Final = 240
LARGE: Final = 1600
SMALL: Final = 480
_SIGNATURES: Final = {"JPEG": (b"\xff\xd8\xff",), "PNG": (b"\x89PNG\r\n\x1a\n",), "WEBP": (b"RIFF",)}


@dataclass(frozen=True)
class Made:
    """A picture as it is kept: a large and a small JPEG, the digest and size of the large one."""

    digest: str
    large: bytes
    small: bytes
    width: int
    height: int


def _refuse(name: str, zh: str, en: str) -> UsageError:
    return UsageError(pick(f"{name}：{zh}", f"{name}: {en}"))


def kind_of(content: bytes) -> str:
    """``JPEG``, ``PNG``, ``WEBP`` by the first bytes, else empty.

    >>> kind_of(b"GIF89a"), kind_of(b"RIFF0000WEBPVP8 "), kind_of(b"RIFF0000WAVEfmt ")
    ('', 'WEBP', '')
    """
    for name, starts in _SIGNATURES.items():
        if content.startswith(starts) and (name != "WEBP" or content[8:12] == b"WEBP"):
            return name
    return ""


def made(name: str, content: bytes) -> Made:
    """The picture made anew. Raises :class:`~yangban.base.errors.UsageError` that says what is wrong with it and what to do."""
    if len(content) > LIMIT:
        raise _refuse(
            name,
            f"有 {len(content) / 2**20:.0f} MB，最多 {LIMIT // 2**20} MB，请缩小后再传",
            f"larger than {LIMIT // 2**20} MB; make it smaller",
        )
    kind = kind_of(content)
    if not kind:
        raise _refuse(name, "内容不是 JPEG、PNG 或 WebP 图片", "its content is no JPEG, PNG or WebP picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind]) as opened:
                _measure(name, kind, opened)
                return _anew(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _refuse(name, "展开后过大", "it would be too large when opened") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise _refuse(name, "图片已损坏，打不开；请重新导出后再传", "the picture is broken; export it again") from None


def _measure(name: str, kind: str, opened: Any) -> None:
    width, height = opened.size
    if width * height > PIXELS[kind] or max(width, height) > SIDE:
        most = PIXELS[kind] // 1_000_000
        raise _refuse(
            name,
            f"{width}×{height} 像素，{kind} 最多 {most} 百万像素，请缩小后再传",
            f"{width}×{height} pixels; at most {most} million for {kind}",
        )
    if min(width, height) < SMALLEST:
        raise _refuse(
            name, f"{width}×{height} 像素，太小，每边至少 {SMALLEST}", f"{width}×{height} pixels is too small; at least {SMALLEST} each way"
        )
    if getattr(opened, "n_frames", 1) > 1:
        raise _refuse(name, "是动图，请传静态图片", "it moves; send a still picture")


def _anew(opened: Any) -> Made:
    # A JPEG is decoded at the next size above what is kept.
    opened.draft("RGB", (LARGE * 2, LARGE * 2))
    picture = ImageOps.exif_transpose(opened)
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    picture = picture.convert("RGB")
    picture.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS)
    large = _jpeg(picture, 86)
    width, height = picture.size
    picture.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    return Made(hashlib.sha256(large).hexdigest(), large, _jpeg(picture, 80), width, height)


def _jpeg(picture: Any, quality: int) -> bytes:
    out = io.BytesIO()
    # A picture made new from its pixels carries nothing that the old file held.
    clean = Image.frombytes("RGB", picture.size, picture.tobytes())
    clean.save(out, "JPEG", quality=quality, optimize=True, progressive=True, dpi=(200, 200))
    return out.getvalue()
