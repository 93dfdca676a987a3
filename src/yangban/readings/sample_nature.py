"""Synthetic sound, species, reports of ecology and an account of ecosystem products: small files in the shape of real ones.

Every file name carries the word ``synthetic``, what is reported says so in its evidence, and so every Figure stays marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Final

from yangban.base.regions import Place, place, prefecture_places
from yangban.packs.species import extents
from yangban.readings.workspace import write_whole

GRID: Final = 60
"""Grid points of a city; a real city has about a hundred."""
ROADS: Final = 20
ZONES: Final = ("1", "2", "2", "3", "4a")
BEFORE: Final = 4
"""Winters before the year that the surveys of species go back."""

_SPECIES: Final = {"白鹤": 900, "东方白鹳": 400, "小天鹅": 5000, "鸿雁": 8000, "白额雁": 3500, "白琵鹭": 1200, "豆雁": 6000}
_LIMITS: Final = {"1": (55, 45), "2": (60, 50), "3": (65, 55), "4a": (70, 55)}
_REPORTED: Final = {
    "forest_cover": (60.0, 0.1, "%"), "wetland_protection": (60.0, 0.4, "%"), "red_line_area": (45000.0, 0.0, "km²"),
    "protected_area": (18000.0, 50.0, "km²"), "eqi": (68.0, 0.6, "1"),
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What was written: ``tables`` are for ``ingest``, ``reported`` for ``reported import``, ``account`` for ``gep import``."""

    tables: tuple[Path, ...]
    reported: Path
    account: Path


def write_nature(region: str, *, year: int, out: Path, seed: int = 1) -> Written:
    """Write the files of one region and year; the same seed gives the same bytes.

    Raises :class:`~yangban.base.errors.UnknownRegion` for a place that is not known.
    """
    home = place(region)
    # A municipality is its own and only city.
    cities = [each for each in prefecture_places(home.code) if each.code != home.code] if home.level == "province" else []
    cities = cities or [home]
    out.mkdir(parents=True, exist_ok=True)
    texts = {
        f"synthetic-sound-area-{year}.csv": "网格编号,城市,监测日期,昼间等效声级,夜间等效声级\n" + _area(cities, year, seed),
        f"synthetic-sound-roads-{year}.csv": "路段名称,城市,监测日期,路段长度(km),昼间等效声级,夜间等效声级\n" + _roads(cities, year, seed),
        f"synthetic-sound-zones-{year}.csv": "点位名称,城市,年份,季度,功能区类别,昼间,夜间\n" + _zones(cities, year, seed),
        f"synthetic-species-{year}.csv": "调查编号,调查日期,湖区,省份,物种,数量,努力量,努力量单位,经度,纬度\n" + _species(home, year, seed),
    }
    paths = []
    for name, text in texts.items():
        paths.append(out / name)
        write_whole(paths[-1], text)
    reported = out / f"synthetic-reported-{year}.toml"
    write_whole(reported, _reported(home, year))
    account = out / f"synthetic-gep-{year}.toml"
    write_whole(account, _account(home, year))
    return Written(tuple(paths), reported, account)


def _area(cities: list[Place], year: int, seed: int) -> str:
    lines = []
    for city in cities:
        rng = Random(f"{seed}|area|{city.code}|{year}")
        level = rng.uniform(51, 56)
        for n in range(1, GRID + 1):
            day = level + rng.gauss(0, 4)
            lines.append(f"示例网格{n},{city.code},{date(year, 5, 1 + n % 28)},{day:.1f},{day - rng.uniform(7, 11):.1f}\n")
    return "".join(lines)


def _roads(cities: list[Place], year: int, seed: int) -> str:
    lines = []
    for city in cities:
        rng = Random(f"{seed}|road|{city.code}|{year}")
        level = rng.uniform(65, 70)
        for n in range(1, ROADS + 1):
            day = level + rng.gauss(0, 2.5)
            when = date(year, 6, 1 + n % 28)
            lines.append(f"示例路{n},{city.code},{when},{rng.uniform(0.4, 4):.2f},{day:.1f},{day - rng.uniform(6, 10):.1f}\n")
    return "".join(lines)


def _zones(cities: list[Place], year: int, seed: int) -> str:
    lines = []
    for city in cities:
        rng = Random(f"{seed}|zone|{city.code}|{year}")
        for n, klass in enumerate(ZONES, start=1):
            for quarter in range(1, 5):
                day, night = (limit - rng.gauss(4, 2.5) for limit in _LIMITS[klass])
                lines.append(f"示例功能区{n},{city.code},{year},{quarter},{klass},{day:.1f},{night:.1f}\n")
    return "".join(lines)


def _species(home: Place, year: int, seed: int) -> str:
    rng = Random(f"{seed}|species|{home.code}|{year}")
    box = extents().get(f"{home.code[:2]}0000")
    middle = None if box is None else ((box.west + box.east) / 2, (box.south + box.north) / 2)
    lines = []
    for winter in range(year - BEFORE, year + 1):
        for number, day in enumerate((date(winter, 1, 15), date(winter, 12, 15)), start=1):
            for site in ("示例湖甲", "示例湖乙"):
                effort = rng.choice((8, 10, 12))
                point = (
                    ""
                    if middle is None
                    else f"{float(middle[0]) + rng.uniform(-0.4, 0.4):.4f},{float(middle[1]) + rng.uniform(-0.4, 0.4):.4f}"
                )
                for name, base in _SPECIES.items():
                    n = max(0, round(base / 2 * 1.06 ** (winter - year) * effort / 10 * rng.uniform(0.8, 1.25)))
                    lines.append(f"示例{winter}-{number}-{site},{day},{site},{home.code},{name},{n},{effort},km,{point or ','}\n")
    return "".join(lines)


def _reported(home: Place, year: int) -> str:
    made = ["# Synthetic values, reported by nobody.\n"]
    for when in (year - 1, year):
        for key, (level, step, unit) in _REPORTED.items():
            value = level + step * (when - year + 1)
            made.append(
                f'\n[[reported]]\nkey = "{key}"\nsubject = "{home.code}"\nperiod = "{when}"\nvalue = {value:.1f}\nunit = "{unit}"\n'
                'evidence = "合成示例，不是统计数据"\ndepartment = "示例部门"\nby = "示例"\n'
            )
    return "".join(made)


def _account(home: Place, year: int) -> str:
    head = (
        f'[account]\nregion = "{home.code}"\nyear = {year}\nsource = "合成示例，不是核算结果"\nby = "示例"\nsynthetic = true\n\n'
        f'[coefficients]\nregion = "{home.code}"\nyear = {year}\nsource = "合成示例"\n'
        'water_price = { value = 8, unit = "CNY/m³" }\ncarbon_price = { value = 100, unit = "CNY/t" }\n'
        'power_price = { value = 0.6, unit = "CNY/kWh" }\n'
    )
    items = (("水源涵养", "water", "700", "亿 m³"), ("固碳", "carbon", "0.4", "亿 t"), ("局部气候调节", "power", "3000", "亿 kWh"))
    made = [
        f'\n[[item]]\ncategory = "regulating"\nsubject = "{subject}"\nmethod = "{method}"\n'
        f'quantity = {n}\nunit = "{unit}"\nsource = "合成示例"\n'
        for subject, method, n, unit in items
    ]
    given = (("products", "农林牧渔产品", "1800"), ("cultural", "旅游康养", "2600"))
    made += [
        f'\n[[item]]\ncategory = "{category}"\nsubject = "{subject}"\nvalue = {n}\nvalue_unit = "亿元"\nsource = "合成示例"\n'
        for category, subject, n in given
    ]
    return head + "".join(made)
