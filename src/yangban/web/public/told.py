"""What stands under a number of sound, ecology or species, in words: the page of how it was computed reads it from the released detail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.conf import settings
from django.urls import reverse

from yangban.web.public import names
from yangban.web.public.models import PublishedFigure
from yangban.web.words import pick

_MEDIA: Final = ("sound.", "ecology.", "biodiversity.")
_PAGES: Final[Mapping[str, str]] = {"sound": "sound_period", "ecology": "ecology_period", "biodiversity": "species_period"}


def page(figure: PublishedFigure) -> str:
    """The page on which a number stands among its lines, "" where there is none."""
    medium = figure.indicator.partition(".")[0]
    name = "gep_period" if figure.indicator.startswith("ecology.gep") else _PAGES.get(medium, "")
    if not name or figure.subject != settings.REGION or "/" in figure.period:
        return ""
    return reverse(f"public:{name}", kwargs={"number": figure.release_id, "period": figure.period})


def of(figure: PublishedFigure) -> list[tuple[str, str]]:
    """Names and texts of what the detail of a Figure says; nothing for air and water, whose pages say it otherwise."""
    if not figure.indicator.startswith(_MEDIA):
        return []
    return [(name, text) for name, text in _told(figure, figure.detail) if text]


def _told(figure: PublishedFigure, held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if figure.indicator.startswith("sound."):
        yield from _sound(held)
    elif figure.indicator.startswith("biodiversity."):
        yield from _species(held)
    else:
        yield from _ecology(held)


def _sound(held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "points" in held:
        yield pick("网格测点", "Grid points"), pick(f"{held['points']} 个，算术平均", f"{held['points']}, arithmetic mean")
    if "segments" in held:
        yield (
            pick("路段", "Road segments"),
            pick(f"{held['segments']} 段，共 {held['length_m']} 米，按长度加权", f"{held['segments']}, {held['length_m']} m, by length"),
        )
    if "visits" in held:
        yield pick("达标点次 / 监测点次", "Visits that attain / all"), f"{held['attained']} / {held['visits']}"
    for klass, row in held.get("classes", {}).items():
        yield (
            pick(f"{klass} 类功能区", f"Zones of class {klass}"),
            pick(
                f"{row['attained']} / {row['visits']}，限值 {row['limit']} 分贝",
                f"{row['attained']} / {row['visits']}, limit {row['limit']}",
            ),
        )
    if "nights" in held:
        yield pick("超标的夜间", "Nights above"), pick("、", ", ").join(held["nights"])


def _species(held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "places" in held:
        yield pick("各地的最大一次（地点不公开）", "Largest survey of each place (places withheld)"), " + ".join(map(str, held["places"]))
    if "records" in held:
        yield pick("记录", "Records"), str(held["records"])
    if "listed" in held:
        yield pick("其中旗舰物种", "Flagship species among them"), pick("、", ", ").join(held["listed"])
    if "low" in held:
        yield pick("95% 区间", "95 % interval"), f"{held['low']} – {held['high']} %"
    if "series" in held:
        unit = str(held.get("of", "")).partition("/")[2]
        name = pick(f"各季的数量（每 {unit}）", f"Seasons (per {unit})") if unit else pick("各季的数量", "Seasons")
        yield name, pick("；", "; ").join(f"{year}: {value}" for year, value in held["series"])
    if "added" in held:
        yield (
            pick("序列中有 0", "A zero in the series"),
            pick(f"各值加 {held['added']} 后取对数", f"{held['added']} was added before logarithms"),
        )


def _ecology(held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, zh, en in (
        ("department", "填报部门", "Department"), ("evidence", "依据", "Evidence"), ("as_reported", "填报的数", "As reported"),
        ("as_reported_unit", "填报的数", "As reported"), ("scope", "范围", "Scope"), ("definition", "定义", "Definition"),
        ("source", "核算来源", "Account"), ("lines", "项数", "Lines"),
    ):  # fmt: skip
        if key in held:
            told = held[key]
            yield pick(zh, en), pick("；", "; ").join(map(str, told)) if isinstance(told, list) else str(told)
    for word, value in held.get("parts", {}).items():
        yield names.eqi_part(word), str(value)
