"""A synthetic national year of water snapshots as the national platform releases them: GB18030 CSV, one file every four hours.

With what real releases have: silent stations, values not measured, stations under maintenance, readings that come again in the next
snapshot, and now and then a corrected one. Every file is marked synthetic in its name.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from yangban.base.regions import children

HEAD = (
    "省份", "流域", "断面名称", "监测时间", "水质类别", "水温(℃)", "pH(无量纲)", "溶解氧(mg/L)", "电导率(μS/cm)", "浊度(NTU)",
    "高锰酸盐指数(mg/L)", "氨氮(mg/L)", "总磷(mg/L)", "总氮(mg/L)", "叶绿素α(mg/L)", "藻密度(cells/L)", "站点情况",
)  # fmt: skip
ITEMS = {
    "水温(℃)": (17.0, 0.3, 1), "pH(无量纲)": (7.7, 0.04, 2), "溶解氧(mg/L)": (8.2, 0.2, 2), "电导率(μS/cm)": (330.0, 0.4, 1),
    "浊度(NTU)": (22.0, 0.8, 1), "高锰酸盐指数(mg/L)": (2.6, 0.45, 2), "氨氮(mg/L)": (0.09, 0.8, 3), "总磷(mg/L)": (0.06, 0.6, 3),
    "总氮(mg/L)": (1.7, 0.5, 2),
}  # fmt: skip
"""Median, spread of the logarithm, and decimals of each item."""

SECTIONS = 1370
SNAPSHOTS = 2190
"""A year of snapshots every four hours of so many sections: 3.0 million rows."""


def snapshots(folder: Path, *, sections: int = SECTIONS, count: int = SNAPSHOTS, year: int = 2022, seed: int = 1) -> list[Path]:
    """Write the files and give their paths, in order of time."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    provinces = [place.name for place in children("100000", level="province")]
    place = {
        "省份": pl.Series([provinces[k % len(provinces)] for k in range(sections)]),
        "断面名称": pl.Series([f"合成断面{k // len(provinces) + 1:04d}" for k in range(sections)]),
    }
    base = {item: median * np.exp(rng.standard_normal(sections) * spread * 0.8) for item, (median, spread, _) in ITEMS.items()}
    lake = rng.random(sections) < 0.1
    found = []
    before: pl.DataFrame | None = None
    first = datetime(year, 1, 1, 0, 0)
    for number in range(count):
        moment = first + timedelta(hours=4 * number)
        frame = _one(moment, place, base, lake, rng)
        if before is not None:
            frame = _again(frame, before, rng)
        before = frame
        name = f"{moment + timedelta(minutes=31):%Y_%m_%d_%Hh%Mm}.synthetic.csv"
        path = folder / name
        path.write_bytes(frame.write_csv().encode("gb18030"))
        found.append(path)
    return found


def _one(
    moment: datetime, place: dict[str, pl.Series], base: dict[str, np.ndarray], lake: np.ndarray, rng: np.random.Generator
) -> pl.DataFrame:
    n = len(lake)
    silent = rng.random(n) < 0.02
    idle = rng.random(n) < 0.08
    columns = dict(place)
    columns["流域"] = pl.Series(["合成流域"]).new_from_index(0, n)
    columns["监测时间"] = _either(silent, "\u00a0", f"{moment:%m-%d %H:%M}")
    columns["水质类别"] = pl.Series(np.array(["Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"])[rng.integers(0, 4, n)])
    for item, (_, spread, places) in ITEMS.items():
        values = pl.Series(np.round(base[item] * np.exp(rng.standard_normal(n) * spread * 0.3), places))
        gone = pl.Series(silent | (rng.random(n) < 0.03))
        columns[item] = pl.select(pl.when(gone).then(pl.lit("--")).otherwise(values.cast(pl.String))).to_series()
    for item, top in (("叶绿素α(mg/L)", 0.05), ("藻密度(cells/L)", 5e6)):
        values = pl.Series(np.round(rng.random(n) * top, 4 if top < 1 else 0))
        columns[item] = pl.select(pl.when(pl.Series(lake & ~silent)).then(values.cast(pl.String)).otherwise(pl.lit("*"))).to_series()
    columns["站点情况"] = _either(idle, "维护", "正常")
    return pl.DataFrame({name: columns[name] for name in HEAD})


def _either(mask: np.ndarray, yes: str, no: str) -> pl.Series:
    return pl.select(pl.when(pl.Series(mask)).then(pl.lit(yes)).otherwise(pl.lit(no))).to_series()


def _again(frame: pl.DataFrame, before: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """A tenth of the stations still shows the reading before; one in two hundred of all shows it corrected."""
    draw = pl.Series(rng.random(frame.height))
    stale, corrected = draw < 0.1, draw < 0.005
    phosphorus = "总磷(mg/L)"
    told = [pl.when(stale).then(before[name]).otherwise(frame[name]).alias(name) for name in frame.columns]
    mixed = pl.select(told)
    return mixed.with_columns(
        pl.when(corrected & (pl.col(phosphorus) != "--")).then(pl.lit("0.123")).otherwise(pl.col(phosphorus)).alias(phosphorus)
    )
