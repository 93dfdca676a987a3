"""A synthetic national year of stations as lake rows: AR(1) lognormal values with season, day cycle, gaps and outages."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

ITEMS = {"pm25": 30_000, "pm10": 55_000, "so2": 9_000, "no2": 22_000, "co": 700, "o3": 60_000}
STEP = {"co": 10}


def station_days(stations: int, year: int, *, seed: int = 1) -> pl.DataFrame:
    """Lake rows for ``stations`` stations and every day of ``year``: keys and 144 slots of Int32 thousandths."""
    rng = np.random.default_rng(seed)
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    hours = np.arange(days * 24)
    season = np.cos(2 * np.pi * hours / (24 * 365.0))
    cycle = np.sin(2 * np.pi * ((hours % 24) - 9) / 24)
    columns: dict[str, np.ndarray] = {}
    masks: dict[str, np.ndarray] = {}
    for item, level in ITEMS.items():
        noise = rng.standard_normal((stations, days), dtype=np.float32).repeat(24, axis=1) * 0.45
        noise += rng.standard_normal((stations, days * 24), dtype=np.float32) * 0.18
        sign = -0.5 if item == "o3" else 0.45
        shape = np.exp(noise + sign * season + (0.5 if item == "o3" else 0.1) * cycle).astype(np.float32)
        step = STEP.get(item, 1000)
        values = (np.rint(level * shape / step) * step).astype(np.int32)
        gone = rng.random((stations, days * 24), dtype=np.float32) < 0.02
        gone |= (rng.random((stations, days), dtype=np.float32) < 0.01).repeat(24, axis=1)
        columns[item] = values.reshape(stations * days, 24)
        masks[item] = gone.reshape(stations * days, 24)
    first = date(year, 1, 1)
    frame = {
        "subject": pl.Series([f"station:{1001 + k}A" for k in range(stations) for _ in range(days)]),
        "day": pl.Series([first + timedelta(days=d) for d in range(days)] * stations),
    }
    for item in ITEMS:
        for hour in range(24):
            series = pl.Series(columns[item][:, hour])
            frame[f"{item}_{hour + 1:02d}"] = pl.select(pl.when(~pl.Series(masks[item][:, hour])).then(series)).to_series()
    return pl.DataFrame(frame).with_columns(
        level=pl.lit("station"),
        network=pl.lit("state"),
        basis=pl.lit("realtime"),
        synthetic=pl.lit(value=True),
        received=pl.lit(None, dtype=pl.Datetime("us", "UTC")),
    )
