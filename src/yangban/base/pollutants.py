"""The pollutants of ambient air: the words by which Yangban knows them and the form in which they are printed.

The words are those of the command line, of headers and of indicators: ``pm25 pm10 so2 no2 co o3 o3_8h``. The Chinese names are those
of GB 3095, the printed form of PM2.5 is ``PM2.5`` without subscript characters, and the unit is the one in which the standards state
their limits and break-points (CO in mg/m³, all others in µg/m³).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from yangban.base.errors import UsageError
from yangban.base.units import MG_M3, UG_M3


@dataclass(frozen=True)
class Pollutant:
    """One pollutant, or one averaging of a pollutant that has limits of its own.

    ``unit`` is the unit of the standards, ``printed`` the short form for tables.
    """

    code: str
    name_zh: str
    name_en: str
    printed: str
    unit: str

    @property
    def label_zh(self) -> str:
        """The Chinese name with the printed form in brackets, as bulletins write it.

        >>> pollutant("pm25").label_zh, pollutant("o3_8h").label_zh
        ('细颗粒物(PM2.5)', '臭氧8小时(O3-8h)')
        """
        return f"{self.name_zh}({self.printed})"


POLLUTANTS: Final[tuple[Pollutant, ...]] = (
    Pollutant("pm25", "细颗粒物", "fine particulate matter", "PM2.5", UG_M3),
    Pollutant("pm10", "可吸入颗粒物", "inhalable particulate matter", "PM10", UG_M3),
    Pollutant("so2", "二氧化硫", "sulphur dioxide", "SO2", UG_M3),
    Pollutant("no2", "二氧化氮", "nitrogen dioxide", "NO2", UG_M3),
    Pollutant("co", "一氧化碳", "carbon monoxide", "CO", MG_M3),
    Pollutant("o3", "臭氧1小时", "ozone, one hour", "O3-1h", UG_M3),
    Pollutant("o3_8h", "臭氧8小时", "ozone, daily maximum of 8 hours", "O3-8h", UG_M3),
    Pollutant("pm25_24h", "细颗粒物24小时", "fine particulate matter, running 24 hours", "PM2.5-24h", UG_M3),
    Pollutant("pm10_24h", "可吸入颗粒物24小时", "inhalable particulate matter, running 24 hours", "PM10-24h", UG_M3),
)
"""Every word for a pollutant of air, in the order in which tables list them."""

AIR_SIX: Final = ("pm25", "pm10", "so2", "no2", "co", "o3_8h")
"""The six items of a day (HJ 633: daily means and the daily maximum 8 hours of ozone)."""

HOURLY_SIX: Final = ("pm25", "pm10", "so2", "no2", "co", "o3")
"""The six concentrations that a station or city reports every hour."""

HOURLY_WORDS: Final = (*HOURLY_SIX, "o3_8h", "pm25_24h", "pm10_24h")
"""The words that a table of hours may hold: the six, and the running means that the hourly report of HJ 633-2012 uses."""

_BY_CODE: Final[Mapping[str, Pollutant]] = {each.code: each for each in POLLUTANTS}


def pollutant(code: str) -> Pollutant:
    """The pollutant with this word.

    Raises :class:`~yangban.base.errors.UsageError` naming the known words.

    >>> pollutant("co").unit
    'mg/m³'
    """
    try:
        return _BY_CODE[code]
    except KeyError:
        raise UsageError(f"unknown pollutant {code!r}; known are {' '.join(_BY_CODE)}") from None


def labels_zh(codes: Iterable[str]) -> str:
    """Several pollutants as a Chinese list, joined by the enumeration comma.

    >>> labels_zh(("pm25", "pm10"))
    '细颗粒物(PM2.5)、可吸入颗粒物(PM10)'
    """
    return "、".join(pollutant(code).label_zh for code in codes)


_BASES: Final[Mapping[str, str]] = {
    "pm25": "pm25",
    "细颗粒物": "pm25",
    "pm10": "pm10",
    "可吸入颗粒物": "pm10",
    "so2": "so2",
    "二氧化硫": "so2",
    "no2": "no2",
    "二氧化氮": "no2",
    "co": "co",
    "一氧化碳": "co",
    "o3": "o3",
    "臭氧": "o3",
}
_AVERAGINGS: Final[Mapping[str, str]] = {
    "1h": "1h",
    "1hr": "1h",
    "1小时": "1h",
    "小时": "1h",
    "hourly": "1h",
    "8h": "8h",
    "8hr": "8h",
    "8小时": "8h",
    "mda8": "8h",
    "24h": "24h",
    "24hr": "24h",
    "24小时": "24h",
    "日均": "24h",
    "日平均": "24h",
    "daily": "24h",
}
_FILLERS: Final = (
    "浓度",
    "质量浓度",
    "平均",
    "均值",
    "平均值",
    "滑动",
    "日最大",
    "最大",
    "日值",
    "值",
    "监测值",
    "实况",
    "max",
    "mean",
    "avg",
    "conc",
    "concentration",
)
_TOKEN: Final = re.compile("|".join(sorted((*_BASES, *_AVERAGINGS, *_FILLERS), key=len, reverse=True)))
_UNIT: Final = re.compile(r"(?<![a-z])[nuμm]?g\s*[/·.*_ ]?\s*m\^?[-−]?3|[纳微毫]?克(?:每|/)立方米|(?<![a-z])pp[bm]v?(?![a-z])")
_PREFIXES: Final[Mapping[str, str]] = {
    "n": "ng/m³",
    "纳": "ng/m³",
    "u": UG_M3,
    "μ": UG_M3,
    "微": UG_M3,
    "m": MG_M3,
    "毫": MG_M3,
    "g": "g/m³",
    "克": "g/m³",
}
_SEPARATORS: Final = re.compile(r"[\s_\-−.:·,、()\[\]【】{}\"'*/]+")


@dataclass(frozen=True)
class Heading:
    """What the heading of a column says: the substance, its averaging times if it names any, and its unit if it states one."""

    substance: str
    averagings: frozenset[str]
    unit: str

    def word(self, *, hourly: bool) -> str | None:
        """The pollutant's word in a table of days, or of hours; ``None`` when such a table has no use for it or it is unclear.

        >>> heading("PM2.5").word(hourly=False), heading("O3").word(hourly=False), heading("O3").word(hourly=True)
        ('pm25', None, 'o3')
        """
        if self.substance == "o3":
            if self.averagings == {"8h"} or (self.averagings == {"8h", "24h"} and not hourly):
                return "o3_8h"
            return "o3" if hourly and self.averagings <= {"1h"} else None
        if hourly and self.averagings == {"24h"}:
            return f"{self.substance}_24h" if self.substance in {"pm25", "pm10"} else None
        return self.substance if self.averagings <= ({"1h"} if hourly else {"24h"}) else None

    def unclear(self, *, hourly: bool) -> bool:
        """Whether it names ozone in a table of days without saying which ozone."""
        return self.substance == "o3" and not self.averagings and not hourly


def heading(text: str) -> Heading | None:
    """Read a column heading as people write it, in English or Chinese; ``None`` when it is not plainly that of a concentration.

    ``PM₂.₅（微克/立方米）``, ``pm25_ug_m3``, ``细颗粒物(PM2.5)日均浓度`` and ``O3-8h`` are understood; ``PM2.5分指数`` is no concentration,
    and nothing is guessed from a part of a heading. A mass concentration's unit is given in its one spelling, any other as written.

    >>> heading("CO(μg/m³)"), heading("PM2.5分指数")
    (Heading(substance='co', averagings=frozenset(), unit='µg/m³'), None)
    >>> heading("臭氧日最大8小时滑动平均") == heading("o3_8h")
    True
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    units = {_PREFIXES.get(found[0], found) for found in _UNIT.findall(plain)}
    compact = _SEPARATORS.sub("", _UNIT.sub(" ", plain))
    tokens = _TOKEN.findall(compact)
    if "".join(tokens) != compact:
        return None
    substances = {_BASES[token] for token in tokens if token in _BASES}
    if len(substances) != 1 or len(units) > 1:
        return None
    averagings = frozenset(_AVERAGINGS[token] for token in tokens if token in _AVERAGINGS)
    return Heading(substances.pop(), averagings, units.pop() if units else "")
