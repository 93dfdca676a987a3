"""A case as somebody would write it, and pictures of every good and bad kind."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from yangban.web.cases import library

SAID = {
    "title": "小微湿地修复",
    "title_en": "Restoring small wetlands",
    "summary": "把三处废弃鱼塘改成小微湿地。",
    "summary_en": "Three abandoned fish ponds became wetlands.",
    "situation": "村里三处鱼塘废弃多年，水黑发臭。",
    "practice": "清淤、种水生植物、村民轮流看护。\n一年花费十二万元。",
    "result": "水质由劣Ⅴ类变为Ⅲ类，白鹭回来了。",
    "lesson": "先截污再种草；看护要有人管。",
}


def picture_file(
    kind: str = "JPEG", size: tuple[int, int] = (800, 600), name: str = "现场.jpg", *, exif: bytes = b"", colour: str = "#3a7d44"
) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **({"exif": exif} if exif else {}))
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


@pytest.fixture
def bodies(bureau: Callable[..., Any]) -> dict[str, Any]:
    return {
        "writers": bureau("360102", kind="department", name="东湖区水利局"),
        "others": bureau("360103", kind="department", name="西湖区水利局"),
        "office": bureau("360000", name="省生态环境厅"),
    }


@pytest.fixture
def crew(person: Callable[..., Any], bodies: dict[str, Any]) -> dict[str, Any]:
    """Who takes part: a writer, somebody of another department, an editor and a publisher of the province."""
    return {
        "writer": person("reporter", organisation=bodies["writers"]),
        "other": person("reporter", organisation=bodies["others"]),
        "editor": person("editor", organisation=bodies["office"]),
        "checker": person("checker", organisation=bodies["office"]),
    }


@pytest.fixture
def draft(crew: dict[str, Any], bodies: dict[str, Any]) -> Any:
    return library.start(crew["writer"], bodies["writers"], SAID, tags=["湿地", "乡村"])


@pytest.fixture
def publish(crew: dict[str, Any], bodies: dict[str, Any]) -> Callable[..., Any]:
    """A published case with these texts."""

    def go(tags: tuple[str, ...] = ("湿地",), **said: str) -> Any:
        row = library.start(crew["writer"], bodies["writers"], {**SAID, **said}, tags=list(tags))
        for who, move in (("writer", "submit"), ("editor", "accept"), ("checker", "publish")):
            row = library.step(crew[who], row, move, seen=row.version)
        return row

    return go
