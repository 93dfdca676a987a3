"""Why a result is short of data, in English: a Figure keeps its reason in Chinese, of which only so many sentences are made.

A sentence that is not listed stays as it is: a page never says less than the Figure does.
"""

from __future__ import annotations

import re
from typing import Final

from yangban.base import regions
from yangban.base.errors import YangbanError
from yangban.base.pollutants import POLLUTANTS
from yangban.base.water_items import WATER_ITEMS
from yangban.web.words import pick

_KNOWN: Final = (
    # completeness
    (r"没有有效日", "no valid day"),
    (r"有效日 (\d+) 天，全年至少 (\d+) 天", r"\1 valid days, at least \2 needed in a year"),
    (r"有效日 (\d+) 天，当月至少 (\d+) 天", r"\1 valid days, at least \2 needed in the month"),
    (r"(\d+) 个月有效日不足，每月至少 (\d+) 天（2 月 (\d+) 天）",
     r"months with too few valid days: \1; at least \2 needed in each, \3 in February"),
    (r"没有可用的数据", "no usable data"),
    # air
    (r"(\d+) 个地级及以上城市中 (\d+) 个数据充足", r"\2 of \1 cities at or above prefecture level have enough data"),
    (r"不足：(.+)", r"too few in: [\1]"),
    (r"AQI 按点位、县、市计算，区域没有 AQI", "the AQI is that of a station, county or city; a region has none"),
    (r"(\S+) 没有读数", r"\1: no readings"),
    (r"缺 (.+)，且其余各项 AQI 不高于 100", r"missing: [\1]; by the others the AQI is not above 100"),
    (r"缺 (.+)，不能计算综合营养状态指数", r"missing: [\1]; no trophic level index can be computed"),
    (r"缺 (.+)", r"missing: [\1]"),
    (r"有效点位 (\d+) 个，共 (\d+) 个，不足规定的比例", r"\1 of \2 stations valid, fewer than the share asked for"),
    (r"日数据表中没有这一项", "not in the table of daily values"),
    (r"有效的 8 小时平均 (\d+) 个，至少 (\d+) 个", r"\1 valid 8-hour means, at least \2 needed"),
    (r"有效小时 (\d+) 个，至少 (\d+) 个", r"\1 valid hours, at least \2 needed"),
    (r"(.+) 超出分指数表上限，该版本不给分指数", r"[\1] is above the table of sub-indices, and this edition gives none there"),
    # water
    (r"没有监测数据", "no monitoring data"),
    (r"(\d+) 次有数据，至少 (\d+) 次", r"samplings with data: \1, at least \2 needed"),
    (r"(\d+) 个月有数据，至少 (\d+) 个月", r"months with data: \1, at least \2 needed"),
    (r"(\d+) 个断面中 (\d+) 个数据充足", r"\2 of \1 sections have enough data"),
    (r"(\d+) 个有目标的断面中 (\d+) 个数据充足", r"\2 of \1 sections with a target have enough data"),
    (r"(\d{4}) 年数据不足：(.+)（(\d+) 个）", r"too few data in \1: [\2] (\3)"),
    (r"未达到(.+)类：(.+)", r"class \1 not reached: [\2]"),
    (r"没有可评价的项目", "no item that can be assessed"),
    (r"(\d+) 项中评价了 (\d+) 项", r"\2 of \1 items assessed"),
    (r"(\d+) 项中评价了 (\d+) 项，未监测：(.+)", r"\2 of \1 items assessed, not monitored: [\3]"),
    (r"超标：(.+)", r"above the limit: [\1]"),
    (r"没有取水量：(.+)", r"no volume of water taken: [\1]"),
    (r"未监测而未计入：(.+)", r"not monitored and not counted: [\1]"),
    (r"(\S+) 没有可用的水质数据", r"\1: no usable data of water"),
    (r"没有可评价的断面", "no section that can be assessed"),
    (r"没有可评价的数据", "no data that can be assessed"),
    (r"(\d+) 个源次中 (\d+) 个有数据", r"\2 of \1 months of sources have data"),
    (r"断面登记表中没有 (\d{4}) 年的目标类别", r"the registry of sections has no target class of \1"),
    (r"(\d+) 个断面中 (\d+) 个可以判断", r"\2 of \1 sections can be judged"),
    (r"不能判断：(.+)", r"cannot be judged: [\1]"),
    (r"需要连续 (\d+) 个时段，(\d+) 个有数据", r"\1 periods in a row are needed, \2 have data"),
    (r"地下水水源按 GB/T 14848 评价，标准之书没有收录其限值",
     "sources of ground water are assessed under GB/T 14848, whose limits the book does not hold"),
    (r"地下水水源按 GB/T 14848 评价，标准之书没有收录其限值，未计入：(.+)",
     r"sources of ground water are assessed under GB/T 14848, whose limits the book does not hold; not counted: [\1]"),
    (r"长江流域预警按月判断，请给出月份", "the warning of the Yangtze basin is judged by the month"),
    (r"不在长江流域预警办法所列的省（市）", "not in a province that the rules of the Yangtze basin's warning name"),
    (r"按月、季或年判断", "judged by month, quarter or year"),
    (r"按年计数，请给出年份", "counted by the year"),
    # sound
    (r"(\d+) 个城市中 (\d+) 个有完整的结果", r"\2 of \1 cities have a whole result"),
    (r"(\d+) 个昼间的小时数不足 (\d+) 个，未计入", r"days with fewer than \2 hours, not counted: \1"),
    (r"(\d+) 个夜间的小时数不足 (\d+) 个，未计入", r"nights with fewer than \2 hours, not counted: \1"),
    (r"(\d+) 个路段没有长度，未计入：(.+)", r"stretches of road without a length, not counted: \1 ([\2])"),
    (r"(\d+) 个测点没有功能区类别，未计入：(.+)", r"points without a class of zone, not counted: \1 ([\2])"),
    (r"(\d+) 个夜间没有最大声级", r"nights without a maximum level: \1"),
    (r"2025 年起功能区按环办监测〔2024〕33号评价，其方法未知",
     "from 2025 on zones are assessed by another rule (环办监测〔2024〕33号), not known"),
    (r"这里按点次计算", "counted here by point and time"),
    (r"没有可用的声环境数据", "no usable data of sound"),
    (r"(\S+) 没有可用的声环境数据", r"\1: no usable data of sound"),
    # ecology, species, trends, comparisons
    (r"填报的单位是 (.+)，应为 (.+)", r"reported in \1, to be in \2"),
    (r"EQI 的权重未经原文核实（(.+)），不由分指数计算", r"the weights of the EQI are not verified (\1), so it is not computed"),
    (r"请填报公布的 EQI，或由读过原文的人在工作区 overlays 中填写权重 .*", "report the published EQI"),
    (r"没有土地面积：请填报 (\S+)", r"no area of land: report \1"),
    (r"没有调查努力量", "no effort of survey"),
    (r"(\d+) 次调查中 (\d+) 次没有努力量", r"\2 of \1 surveys have no effort"),
    (r"调查努力量的单位不一：(.+)", r"efforts of survey in different units: [\1]"),
    (r"没有个体数", "no count of individuals"),
    (r"(\d+) 个地点只有记录而没有个体数", r"places with records and no count of individuals: \1"),
    (r"(\d+) 个时段，秩相关至少需要 (\d+) 个", r"\1 periods; a rank correlation needs at least \2"),
    (r"只有 (\d+) 个年份，趋势至少需要 (\d+) 个", r"only \1 years; a trend needs at least \2"),
    (r"各年都没有记录到个体", "no individual recorded in any year"),
    (r"没有值的时段：(.+)", r"periods without a value: [\1]"),
    (r"数据不足的时段：(.+)", r"periods with too few data: [\1]"),
    (r"没有对比期 (\S+) 的结果", r"no result of \1, with which to compare"),
    (r"对比期 (\S+)：(.+)", r"compared with \1: {\2}"),
    (r"([a-z0-9_]+\.[a-z0-9_]+)：(.+)", r"\1: {\2}"),
    (r"…", "…"),
)  # fmt: skip
_SENTENCES: Final = tuple((re.compile(pattern), english) for pattern, english in _KNOWN)
_ITEMS: Final = {each.label_zh: each.printed for each in POLLUTANTS} | {each.printed: each.name_en for each in WATER_ITEMS}


def said(reason: str) -> str:
    """The reason in the language of the page."""
    return pick(reason, _english(reason))


def _english(reason: str) -> str:
    return "; ".join(_sentence(each) for each in reason.split("；"))


def _sentence(text: str) -> str:
    for pattern, english in _SENTENCES:
        if found := pattern.fullmatch(text):
            filled = re.sub(r"\\(\d)", lambda n: found[int(n[1])], english)
            filled = re.sub(r"\[([^\[\]]*)\]", lambda held: _names(held[1]), filled)
            return re.sub(r"\{(.*)\}", lambda held: _sentence(held[1]), filled)
    return text


def _names(listed: str) -> str:
    """Names of a list, in English where one is known; 等 N 个 says that there are more."""
    shown, more = re.fullmatch(r"(.*?)(?: 等(?: (\d+) 个)?)?", listed).groups()  # type: ignore[union-attr]
    told = ", ".join(_name(each) for each in shown.split("、"))
    return told if shown == listed else f"{told} and others" + (f", {more} in all" if more else "")


def _name(word: str) -> str:
    if word in _ITEMS:
        return _ITEMS[word]
    try:
        place = regions.find(word)
    except YangbanError:
        place = None
    return word if place is None else regions.english_name(place.code) or word
