"""The parts on sound, ecology and biodiversity of a bulletin: a paragraph and a table each, and nothing where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from yangban.assess.figure import Figure
from yangban.base import regions
from yangban.packs.species import species, taxon_name
from yangban.publish.bulletin.asked import Asked, Draft
from yangban.publish.bulletin.paper import Cell, Row, Table
from yangban.publish.bulletin.words import NONE, changed, number, unit_cell, value, when, with_unit
from yangban.run.media import OTHERS, spec

_LEVELS: Final = ("sound.area_day", "sound.road_day")
_RATES: Final = ("sound.zone_day_rate", "sound.zone_night_rate")
_SOUND: Final = (*_LEVELS, *_RATES)
_ECOLOGY: Final = (
    "ecology.eqi", "ecology.forest_cover", "ecology.wetland_protection", "ecology.soil_water_conservation", "ecology.red_line_area",
    "ecology.protected_area", "ecology.gep",
)  # fmt: skip
_SPECIES: Final = ("biodiversity.species", "biodiversity.individuals")
_INDIVIDUALS: Final = "biodiversity.individuals."
_SHOWN: Final = 10
"""Listed species that a bulletin names, the most numerous first."""
_ORIGINS: Final[Mapping[str, str]] = {"reported": "部门填报", "account": "核算"}


def sound_part(asked: Asked, draft: Draft, kind: str) -> None:  # noqa: ARG001
    """Levels of area and roads with their grades, and attainment of functional zones, of the region and its cities."""
    now = _one(asked, "sound", asked.region, _SOUND)
    cities: list[str] = []
    if regions.subject_level(asked.region) == "province":
        cities = [p.code for p in regions.prefecture_places(asked.region, on=asked.period.end) if p.code != asked.region]
    by_city = {code: found for code in cities if (found := _one(asked, "sound", code, _SOUND))}
    if not now and not by_city:
        return
    steps = _one(asked, "sound", asked.region, [f"{word}.change" for word in _SOUND])
    said = [_level(now[word], steps.get(f"{word}.change")) for word in _LEVELS if word in now and now[word].exact is not None]
    said += [
        f"{spec(word).name}为{value(now[word])}{changed(steps.get(f'{word}.change'), '同比')}"
        for word in _RATES
        if word in now and now[word].exact is not None
    ]
    lines = [f"{when(asked.period)}，{asked.name}{'；'.join(said)}。"] if said else []
    rows: list[Row] = [
        {
            "place": Cell(regions.subject_name(code)),
            **{word.removeprefix("sound."): number(found.get(word)) for word in _SOUND},
            "area_grade": _graded(found.get("sound.area_day")),
            "road_grade": _graded(found.get("sound.road_day")),
        }
        for code, found in (*({asked.region: now} if now else {}).items(), *by_city.items())
    ]
    draft.say["sound"] = tuple(lines)
    draft.tables["sound"] = Table(f"{asked.name}{when(asked.period)}声环境质量", tuple(rows), note=_doubt([*now.values()], by_city))
    _lean(asked, draft, [*now.values(), *(f for found in by_city.values() for f in found.values())])
    draft.method.append(
        "声环境：昼间 6:00—22:00，夜间 22:00—次日 6:00；区域为网格测点的算术平均，道路按路段长度加权，功能区为达标点次占监测点次的比例"
        "（GB 3096-2008、HJ 640-2012）。"
    )


def ecology_part(asked: Asked, draft: Draft, kind: str) -> None:  # noqa: ARG001
    """What departments report on ecological quality, forests, red line and protected areas, and the account of products."""
    now = _one(asked, "ecology", asked.region, _ECOLOGY)
    if not now:
        return
    steps = _one(asked, "ecology", asked.region, [f"{word}.change" for word in _ECOLOGY])
    said: list[str] = []
    for word, figure in now.items():
        if figure.exact is None:
            continue
        grade = f"，属{figure.detail['numeral']}" if "numeral" in figure.detail else ""
        step = steps.get(f"{word}.change")
        word_of = (
            f"，与上年相比{step.detail['word']}" if step is not None and "word" in step.detail and step.usable else changed(step, "同比")
        )
        said.append(f"{spec(word).name}为{value(figure)}{grade}{word_of}")
    refused = [figure for figure in now.values() if figure.exact is None]
    lines = [f"{when(asked.period)}，{asked.name}{'；'.join(said)}。"] if said else []
    lines += [f"{spec(f.indicator).name}不作计算：{f.reason.partition('；')[0]}。" for f in refused]
    draft.say["ecology"] = tuple(lines)
    rows: list[Row] = [
        {
            "item": Cell(spec(word).name),
            "unit": unit_cell(figure.unit),
            "now": number(figure),
            "yoy": with_unit(number(steps.get(f"{word}.change")), word),
            "origin": Cell(_ORIGINS.get(figure.basis, figure.basis)),
            "evidence": Cell(str(figure.detail.get("evidence") or figure.detail.get("source") or NONE)),
        }
        for word, figure in now.items()
        if figure.exact is not None
    ]
    if rows:
        draft.tables["ecology"] = Table(f"{asked.name}{when(asked.period)}生态状况", tuple(rows))
    _lean(asked, draft, list(now.values()))
    if "ecology.forest_cover" in now:
        draft.method.append(f"森林覆盖率：{now['ecology.forest_cover'].detail.get('definition', '')}。")


def species_part(asked: Asked, draft: Draft, kind: str) -> None:  # noqa: ARG001
    """How many species were recorded, and the numbers of the listed ones; places of them are never named."""
    now = _one(asked, "biodiversity", asked.region, _SPECIES)
    if not now:
        return
    listed = [f"{_INDIVIDUALS}{taxon}" for taxon in species()]
    counted = {w: f for w, f in _one(asked, "biodiversity", asked.region, listed).items() if f.exact}
    order = sorted(counted, key=lambda word: (-(counted[word].exact or 0), word))[:_SHOWN]
    steps = _one(asked, "biodiversity", asked.region, [f"{word}.change" for word in order])
    found = now["biodiversity.species"]
    said = f"{when(asked.period)}，{asked.name}调查记录到物种{found.display}种（{found.n_valid}次调查）"
    if order:
        said += f"，其中旗舰物种{'、'.join(f'{_name(word)}{counted[word].display}只（头）' for word in order[:3])}"
    draft.say["species"] = (f"{said}。",)
    rows: list[Row] = [
        {
            "species": Cell(_name(word)),
            "latin": Cell(species()[_taxon(word)].latin),
            "protection": Cell(_PROTECTION.get(species()[_taxon(word)].protection or 0, NONE) + _sure(_taxon(word))),
            "now": number(counted[word]),
            "yoy": with_unit(number(steps.get(f"{word}.change")), word),
            "sites": Cell(f"{counted[word].n_valid}/{counted[word].n_expected}"),
        }
        for word in order
    ]
    if rows:
        note = "△ 保护级别未经名录原文核实" if any(_sure(_taxon(word)) for word in order) else ""
        draft.tables["species"] = Table(f"{asked.name}{when(asked.period)}旗舰物种数量", tuple(rows), note=note)
    _lean(asked, draft, [*now.values(), *(counted[word] for word in order)])
    draft.method.append("物种数量：同一次调查内相加，一地各次调查取最大，各地相加；没有查到统一规定，为本系统约定。")


_PROTECTION: Final[Mapping[int, str]] = {1: "一级", 2: "二级"}


def _sure(taxon: str) -> str:
    return "△" if species()[taxon].confidence == "unverified" and species()[taxon].protection else ""


def _taxon(word: str) -> str:
    return word.removeprefix(_INDIVIDUALS)


def _name(word: str) -> str:
    return taxon_name(_taxon(word))


def _one(asked: Asked, medium: str, code: str, words: Sequence[str]) -> dict[str, Figure]:
    """The Figures of a place that say something: a value, or the reason why there is none."""
    others = {} if asked.media is None else asked.media.others
    if medium not in others or medium not in OTHERS:
        return {}
    found = others[medium].figures(subjects=[code], periods=[asked.period], indicators=words)
    return {f.indicator: f for f in found if f.n_expected}


def _level(figure: Figure, step: Figure | None) -> str:
    grade = f"，为{figure.detail['numeral']}（{figure.detail['word']}）" if "numeral" in figure.detail else ""
    return f"{spec(figure.indicator).name}为{value(figure)}{grade}{changed(step, '同比')}"


def _graded(figure: Figure | None) -> Cell:
    if figure is None or "numeral" not in figure.detail:
        return Cell(NONE)
    return Cell(f"{figure.detail['numeral']} {figure.detail['word']}")


def _doubt(now: Sequence[Figure], by_city: Mapping[str, Mapping[str, Figure]]) -> str:
    every = [*now, *(f for found in by_city.values() for f in found.values())]
    return "* 数据不足，不作正式使用" if any(f.exact is not None and not f.usable for f in every) else ""


_LIVE: Final = "{}的数值不在发布之内，取自工作区的现状。"
"""What is said of numbers that the release of a bulletin does not hold."""


def _lean(asked: Asked, draft: Draft, used: Sequence[Figure]) -> None:
    """The Figures that a part says, and the documents beneath them."""
    if asked.release is not None:
        apart = [f for f in used if asked.holds is None or not asked.holds(f)]
        for medium in dict.fromkeys(f.indicator.partition(".")[0] for f in apart):
            draft.method.append(_LIVE.format(OTHERS[medium].name))
    draft.others += used
    draft.documents += [name for name in dict.fromkeys(d for f in used for d in f.documents) if name not in draft.documents]
