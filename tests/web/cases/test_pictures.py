"""Pictures are judged by their content, never by their name; what would not fit into memory is refused before it is opened."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from web.cases.conftest import picture_file
from yangban.base.errors import UsageError
from yangban.web.cases import files, library, pictures


def _png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunk(*each) for each in chunks) + chunk(b"IEND", b"")


def _bomb() -> bytes:
    """A PNG of a few kilobytes that would be 30,000 × 30,000 pixels: 2.7 GB."""
    return _png(30_000, 30_000, (b"IDAT", zlib.compress(bytes(3_000_000), 9)))


def _text_bomb() -> bytes:
    """A small PNG whose comment unpacks to 200 MB."""
    packed = zlib.compress(bytes(200_000_000), 9)
    rows = zlib.compress(b"".join(b"\0" + bytes(3 * 300) for _ in range(300)))
    return _png(300, 300, (b"zTXt", b"Comment\0\0" + packed), (b"IDAT", rows))


@pytest.mark.parametrize("make", [_bomb, _text_bomb], ids=["pixels", "comment"])
def test_what_would_explode_is_refused_at_once(make: Any) -> None:
    content = make()
    assert len(content) < pictures.LIMIT
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(UsageError):
        pictures.made("炸弹.png", content)
    assert time.perf_counter() - start < 2
    assert tracemalloc.get_traced_memory()[1] < 80_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "不是"),
        (b"<html><script>alert(1)</script>", "不是"),
        (b"%PDF-1.7", "不是"),
        (b"GIF89a" + bytes(100), "不是"),
        (b"\xff\xd8\xff" + b"<script>" * 40, "损坏"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "损坏"),
        (b"RIFF" + bytes(4) + b"WEBP" + bytes(64), "损坏"),
        (b"", "不是"),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        pictures.made("图.jpg", content)


@pytest.mark.parametrize(
    ("size", "kind", "word"),
    [((100, 900), "PNG", "太小"), ((12_001, 300), "PNG", "像素"), ((6000, 5000), "PNG", "百万像素")],
)
def test_what_is_too_small_or_too_large_says_so(size: tuple[int, int], kind: str, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        pictures.made("图", picture_file(kind, size).read())


def test_a_moving_picture_is_refused() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(UsageError, match="动图"):
        pictures.made("动.webp", out.getvalue())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_is_kept_is_made_anew_without_camera_data(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    content = picture_file(kind, (2400, 1200), exif=exif.tobytes()).read()
    assert b"SECRET-CAMERA" in content
    made = pictures.made("图", content)
    assert b"SECRET-CAMERA" not in made.large + made.small
    with Image.open(io.BytesIO(made.large)) as kept:
        assert (kept.format, kept.size, len(kept.getexif())) == ("JPEG", (800, 1600), 0)
    assert (made.width, made.height) == (800, 1600)
    assert b"Exif" not in made.large


def test_clear_parts_become_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(pictures.made("透明", out.getvalue()).large)) as kept:
        assert kept.getpixel((150, 150)) == (255, 255, 255)


@pytest.mark.django_db
@pytest.mark.usefixtures("own_workspace")
class TestOfCases:
    def test_a_picture_needs_its_text_and_is_kept_once(self, crew: Any, draft: Any) -> None:
        with pytest.raises(UsageError, match="替代文字"):
            library.add_picture(crew["writer"], draft, picture_file(), alt=" ", caption="", seen=1)
        made = library.add_picture(crew["writer"], draft, picture_file(), alt="修复后的湿地", caption="修复后", seen=1)
        (entry,) = made.pictures
        assert (entry["alt"], entry["width"], entry["height"]) == ("修复后的湿地", 800, 600)
        with Image.open(io.BytesIO(files.picture_bytes(entry["digest"], "small") or b"")) as small:
            assert max(small.size) == pictures.SMALL
        with pytest.raises(UsageError, match="已经在"):
            library.add_picture(crew["writer"], draft, picture_file(), alt="再来", caption="", seen=2)

    def test_a_wrong_picture_leaves_the_case_as_it_was(self, crew: Any, draft: Any) -> None:
        with pytest.raises(UsageError):
            library.add_picture(crew["writer"], draft, SimpleUploadedFile("a.jpg", b"no picture"), alt="x", caption="", seen=1)
        assert draft.versions.count() == 1

    def test_order_and_texts_change_as_a_version(self, crew: Any, draft: Any) -> None:
        for n, colour in enumerate(("red", "blue"), start=1):
            library.add_picture(crew["writer"], draft, picture_file(colour=colour), alt=colour, caption="", seen=n)
        draft.refresh_from_db()
        first, second = library.newest(draft).pictures
        made = library.set_pictures(
            crew["writer"], draft, [{**second, "caption": "新"}, {**first, "alt": "红"}], seen=3
        )  # fmt: skip
        assert [(each["alt"], each["caption"]) for each in made.pictures] == [("blue", "新"), ("红", "")]
        assert [each["alt"] for each in draft.versions.get(version=3).pictures] == ["red", "blue"]

    @pytest.mark.parametrize("digest", ["../../etc/passwd", "x" * 64, "A" * 64, ""])
    def test_no_name_leads_out_of_the_folder(self, digest: str) -> None:
        with pytest.raises(ValueError, match=r"^.*$"):
            files.picture_bytes(digest)
