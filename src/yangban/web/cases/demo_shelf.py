"""The library and the activities of the demonstration: all made up, drawn and not photographed, and marked so wherever they are shown."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from importlib import resources
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from yangban.base import regions
from yangban.base.notation import toml
from yangban.packs import pack_names
from yangban.web.accounts.demo import hashed
from yangban.web.accounts.models import Membership, Organisation, User, today
from yangban.web.accounts.permissions import lies_within
from yangban.web.cases import activities, books, library
from yangban.web.cases.models import Activity, Case, SignUp
from yangban.web.public import selectors

WRITER: Final = "case.write"
"""User name of somebody who hands in the made-up cases."""
_MOVES: Final = {
    "draft": (), "submitted": ("submit",), "published": ("submit", "accept", "publish"),
}  # fmt: skip


def demo_texts() -> dict[str, Any]:
    """The made-up texts of the pack of the site's region."""
    for pack in pack_names():
        file = resources.files("yangban.packs") / pack / "demo" / "cases.toml"
        if file.is_file():
            return toml(file.read_text(encoding="utf-8"))
    return {}


def make(password: str) -> None:
    """Make everything that is missing; a second call changes nothing."""
    said = demo_texts()
    editor, checker = (User.objects.filter(username=name).first() for name in ("province.editor", "province.check"))
    if not said or editor is None or checker is None or Case.objects.filter(demo=True).exists():
        return
    office = editor.current_memberships()[0].organisation
    if not lies_within(office.region, settings.REGION):
        return
    call = library.call(
        editor, office, title=said["call"]["title"], text=said["call"]["text"], opens=today() - timedelta(days=20),
        deadline=today() + timedelta(days=said["call"]["days"]), demo=True,
    )  # fmt: skip
    writer = _writer(password)
    made = [_case(n, each, writer, {"submit": writer, "accept": editor, "publish": checker}, call) for n, each in enumerate(said["case"])]
    shown = [row for row in made if row.state == "published"]
    copying = Membership.objects.filter(role="head", organisation__region=regions.children(office.region, level="city")[0].code).first()
    if shown and copying is not None:
        library.copy(
            copying.user,
            shown[0],
            copying.organisation,
            what="先截污、再清淤、后种草的次序（示例）",
            since=today(),
            outcome="两处池塘变清（示例）",
        )
    book = books.start(editor, office, title="美丽建设在行动 资料汇编（示例）", subtitle=f"{today().year}年", year=today().year, demo=True)
    half = len(shown) // 2
    parts = [
        {"title": "上册　水与湿地", "chapters": [{"title": "", "cases": [row.number for row in shown[:half]]}]},
        {"title": "下册　乡村与机关", "chapters": [{"title": "", "cases": [row.number for row in shown[half:]]}]},
    ]
    books.change(
        editor, book, title=book.title, subtitle=book.subtitle, foreword="本书为演示，所收案例均为虚构。", parts=parts, seen=book.step
    )
    for each in said["activity"]:
        _activity(each, editor, office)


def _writer(password: str) -> User:
    user, fresh = User.objects.get_or_create(username=WRITER, defaults={"display_name": "演示·案例报送"})
    if fresh:
        user.password = hashed(password)
        user.save()
    return user


def _body(place: str, user: User) -> Organisation:
    """A made-up body at a place such as ``county:2``, in which the writer has a post."""
    level, number = place.split(":")
    cities = regions.children(settings.REGION, level="city")
    held = cities if level == "city" else [county for city in cities for county in regions.children(city.code, level="county")][::9]
    found = held[int(number) % len(held)]
    body, _ = Organisation.objects.get_or_create(
        name=f"{found.name}生态文明建设办公室（演示）", region=found.code, defaults={"kind": Organisation.Kind.DEPARTMENT}
    )
    Membership.objects.get_or_create(user=user, organisation=body, role="reporter")
    user.__dict__.pop("_memberships", None)
    return body


def _case(n: int, said: dict[str, Any], writer: User, who: dict[str, User], call: Any) -> Case:
    body = _body(said["place"], writer)
    texts = {key: str(said.get(key, "")).strip() for key in library.TEXTS}
    row = library.start(writer, body, texts, answers=call if n % 2 == 0 else None, tags=said["tags"], demo=True)
    for k, (scene, alt, caption) in enumerate(said["picture"]):
        row.refresh_from_db()
        upload = SimpleUploadedFile(f"{scene}.jpg", drawn(scene, seed=n * 10 + k), "image/jpeg")
        library.add_picture(writer, row, upload, alt=f"{alt}（绘制的示意图，不是照片）", caption=caption, seen=row.version)
    for indicator in said["figure"]:
        row.refresh_from_db()
        if (figure := _figure(indicator, body.region)) is not None:
            library.add_figure(writer, row, figure, seen=row.version)
    for move in _MOVES[said["state"]]:
        row.refresh_from_db()
        row = library.step(who[move], row, move, seen=row.version)
    return row


def _figure(indicator: str, region: str) -> Any:
    release = selectors.newest()
    if release is None:
        return None
    for subject in (region, f"{region[:4]}00", f"{region[:2]}0000"):
        for period in (label for label in reversed(selectors.spans(release)) if len(label) == 4):
            found = selectors.one(release, indicator=indicator, subject=subject, period=period)
            if usable := next((each for each in found if each.usable), None):
                return usable
    return None


def _activity(said: dict[str, Any], editor: User, office: Organisation) -> None:
    day = today() + timedelta(days=said["days"])
    starts = timezone.make_aware(datetime.combine(day, time(said["hour"])))
    hours = Decimal(said["hours"])
    row = activities.plan(
        editor, office,
        {
            "title": said["title"], "title_en": said["title_en"], "text": said["text"], "text_en": said["text_en"],
            "campaign": said["campaign"], "place": said["place"], "starts": starts, "ends": starts + timedelta(hours=float(hours)),
            "sign_up_until": starts - timedelta(hours=12), "capacity": said["capacity"], "volunteer": True, "hours": hours, "behaviour": "",
        },
        demo=True,
    )  # fmt: skip
    if said["state"] == "open":
        row = activities.publish(editor, row)
        for n in range(min(said["capacity"], 5)):
            activities.sign_up(row, name=f"示例 {n + 1}")
        return
    # It lies in the past: made as if it had been planned in time.
    Activity.objects.filter(pk=row.pk).update(state=Activity.State.OPEN)
    people = [
        SignUp.objects.create(activity=row, code=f"DEMO{row.pk:03d}{n:02d}", name=f"示例 {n + 1}", state=SignUp.State.COMING)
        for n in range(said["people"])
    ]
    activities.confirm(editor, row, {each.pk: hours for each in people})
    activities.finish(editor, row, said["result"])


# --------------------------------------------------------------------------------------------------------------------------- drawings


def drawn(scene: str, *, seed: int, size: tuple[int, int] = (1200, 900)) -> bytes:
    """A drawing as a JPEG: hills, water, fields, by what it is to show. No photograph of any place."""
    chance = random.Random(seed)
    picture = Image.new("RGB", size)
    draw = ImageDraw.Draw(picture)
    width, height = size
    top, low = ((202, 224, 232), (246, 241, 225)) if seed % 2 else ((214, 230, 240), (250, 236, 214))
    for y in range(height):
        share = y / height
        draw.line([(0, y), (width, y)], fill=tuple(int(a + (b - a) * share) for a, b in zip(top, low, strict=True)))
    draw.ellipse((width * 0.72, height * 0.1, width * 0.72 + 110, height * 0.1 + 110), fill=(252, 224, 150))
    for layer, colour in enumerate(((150, 186, 172), (104, 156, 134), (62, 118, 96))):
        base = height * (0.42 + 0.09 * layer)
        _ridge(draw, size, base, 60 - 10 * layer, chance.random() * 6, colour)
    _SCENES.get(scene, _water)(draw, size, chance)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def _ridge(draw: Any, size: tuple[int, int], base: float, high: float, phase: float, colour: tuple[int, int, int]) -> None:
    points = [(x, base - high * (math.sin(x / 190 + phase) + 0.5 * math.sin(x / 71 + 2 * phase))) for x in range(0, size[0] + 20, 20)]
    draw.polygon([*points, (size[0], size[1]), (0, size[1])], fill=colour)


def _water(draw: Any, size: tuple[int, int], chance: random.Random) -> None:
    width, height = size
    draw.rectangle((0, height * 0.66, width, height), fill=(122, 168, 182))
    for _ in range(60):
        x, y = chance.random() * width, height * (0.68 + 0.31 * chance.random())
        draw.line([(x, y), (x + 40 + 60 * chance.random(), y)], fill=(166, 201, 208), width=3)


def _reeds(draw: Any, size: tuple[int, int], chance: random.Random) -> None:
    _water(draw, size, chance)
    width, height = size
    for n in range(3):
        x = width * (0.12 + 0.31 * n)
        draw.ellipse((x, height * (0.74 + 0.05 * n), x + 250, height * (0.81 + 0.05 * n)), fill=(96, 146, 160))
    for _ in range(190):
        x, y = chance.random() * width, height * (0.8 + 0.2 * chance.random())
        draw.line([(x, y), (x + 14 - 28 * chance.random(), y - 60 - 70 * chance.random())], fill=(74, 122, 70), width=4)


def _terraces(draw: Any, size: tuple[int, int], chance: random.Random) -> None:
    for n in range(8):
        shade = 84 + n * 9
        _ridge(draw, size, size[1] * (0.62 + 0.05 * n), 16, chance.random() * 2 + n, (shade - 30, shade + 52, shade - 10))


def _river(draw: Any, size: tuple[int, int], chance: random.Random) -> None:
    width, height = size
    swing = 0.24 + 0.08 * chance.random()
    draw.rectangle((0, height * 0.64, width, height), fill=(150, 184, 110))
    middle = [(width * (0.5 + swing * math.sin(n / 6)), height * (0.64 + 0.36 * n / 24), 14 + n * 7) for n in range(25)]
    left = [(x - w, y) for x, y, w in middle]
    right = [(x + w, y) for x, y, w in reversed(middle)]
    draw.polygon([*left, *right], fill=(112, 160, 180))


def _fields(draw: Any, size: tuple[int, int], chance: random.Random) -> None:
    width, height = size
    tone = chance.randint(0, 20)
    for n in range(9):
        y = height * (0.62 + 0.045 * n)
        draw.rectangle((0, y, width, height), fill=(128 + tone + 9 * (n % 3), 166 + 8 * (n % 2), 92 + 7 * (n % 3)))
    for n in range(5):
        x, y = width * (0.1 + 0.17 * n), height * 0.6
        draw.rectangle((x, y - 50, x + 80, y + 14), fill=(246, 240, 228))
        draw.polygon([(x - 12, y - 50), (x + 40, y - 92), (x + 92, y - 50)], fill=(150, 92, 74))


def _shore(draw: Any, size: tuple[int, int], chance: random.Random) -> None:
    _water(draw, size, chance)
    width, height = size
    draw.polygon([(0, height * 0.86), (width, height * 0.78), (width, height), (0, height)], fill=(206, 190, 150))
    for _ in range(26):
        x, y = width * chance.random(), height * (0.7 + 0.14 * chance.random())
        draw.ellipse((x, y, x + 14, y + 8), fill=(250, 250, 246))


_SCENES: Final[dict[str, Callable[[Any, tuple[int, int], random.Random], None]]] = {
    "湿地": _reeds, "水面": _water, "山地": _terraces, "河流": _river, "田园": _fields, "湖滩": _shore,
}  # fmt: skip
