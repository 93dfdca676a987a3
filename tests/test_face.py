"""The Python face: frames of any kind in, the same kind out."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import yangban as yb
from yangban.base.errors import UnknownUnit, UsageError

DAY = {"pm25": [75.0, 35.4], "pm10": [20, 60], "so2": [5, 5], "no2": [9, 9], "co": [0.4, 2.2], "o3_8h": [88, 101]}


def test_public_names() -> None:
    assert yb.__all__ == ["Figure", "Results", "YangbanError", "aqi", "assess_air", "assess_water", "load_book", "open"]
    for name in yb.__all__:
        assert getattr(yb, name) is not None
    with pytest.raises(AttributeError, match="nope"):
        yb.nope  # noqa: B018


@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, pa.table])
def test_the_kind_of_frame_that_came_in_goes_out(kind: type) -> None:
    result = yb.aqi(kind(DAY), edition="hj633-2012")
    assert type(result).__module__.split(".")[0] == type(kind(DAY)).__module__.split(".")[0]
    rows = result.to_pylist() if hasattr(result, "to_pylist") else pl.DataFrame(result).to_dicts()
    assert [(r["aqi"], r["category"], r["primary"]) for r in rows] == [(100, "良", "pm25"), (55, "良", "pm10;co")]


def test_units_are_declared() -> None:
    in_micrograms = yb.aqi(pl.DataFrame({**DAY, "co": [400.0, 2200.0]}), edition="2012", units={"co": "ug/m3"})
    assert in_micrograms["iaqi_co"].to_list() == yb.aqi(pl.DataFrame(DAY), edition="2012")["iaqi_co"].to_list() == [10, 55]
    assert yb.aqi({"co": 2200}, edition="2012", units={"co": "ug/m3"}).iaqi == {"co": 55}
    with pytest.raises(UnknownUnit, match="ppb"):
        yb.aqi(pl.DataFrame(DAY), edition="2012", units={"o3_8h": "ppb"})


@pytest.mark.parametrize(
    ("value", "steps"), [(35.5, 36), (36.5, 36), (35.4999999, 35), (35.5000001, 36), (34.5, 34), (0.0, 0), (1e300, 500)]
)
def test_a_float_is_rounded_once_half_to_even(value: float, steps: int) -> None:
    """Break-points of PM2.5 make IAQI 50 at 35 and 51 and 52 just above, so the rounding shows in the index."""
    expected = yb.aqi({"pm25": steps}, edition="2012").iaqi["pm25"]
    assert yb.aqi(pl.DataFrame({"pm25": [value]}), edition="2012")["iaqi_pm25"].to_list() == [expected]


def test_decimals_and_integers_are_exact() -> None:
    frame = pl.DataFrame({"co": [Decimal("0.25"), Decimal("0.35")], "pm25": [2**40, 0]}, schema={"co": pl.Decimal(10, 2), "pm25": pl.Int64})
    result = yb.aqi(frame, edition="2012")
    assert result["iaqi_co"].to_list() == [
        yb.aqi({"co": "0.2"}, edition="2012").iaqi["co"],
        yb.aqi({"co": "0.4"}, edition="2012").iaqi["co"],
    ]
    assert result["iaqi_pm25"].to_list() == [500, 0]


def test_missing_values_and_what_may_not_be_published() -> None:
    frame = pl.DataFrame({"pm25": [80.0, None, float("nan"), 10.0]})
    result = yb.aqi(frame, edition="hj633-2026")
    assert result["aqi"].to_list() == [119, None, None, 15]
    assert result["status"].to_list() == ["ok", "insufficient", "insufficient", "insufficient"]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame({"PM": [1]}), "no column"),
        (pl.DataFrame({"pm25": ["--"]}), "expected numbers"),
        (pl.DataFrame({"pm25": [-99]}), "never negative"),
        ([1, 2], "Arrow interface"),
    ],
)
def test_wrong_frames_are_refused_by_name(frame: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        yb.aqi(frame, edition="2012")


def test_assess_air_gives_figures_in_pandas() -> None:
    hours = [datetime(2022, 6, 1, 1) + timedelta(hours=k) for k in range(24 * 30)]
    readings = pd.DataFrame({"subject": "南昌", "time": hours, "pm25": 30, "pm10": 50, "so2": 10, "no2": 20, "co": 1.0, "o3": 90})
    figures = yb.assess_air(readings, edition="2012,2026-transitional", periods=["2022-06"], indicators=["air.pm25.mean", "air.good_days"])
    assert isinstance(figures, pd.DataFrame)
    rows = figures[["subject", "indicator", "edition", "display", "status"]].to_numpy().tolist()
    assert ["360100", "air.pm25.mean", "gb3095-2012", "30", "ok"] in rows
    assert ["360100", "air.good_days", "gb3095-2026-transitional", "30", "ok"] in rows
