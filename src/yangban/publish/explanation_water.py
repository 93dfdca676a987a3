"""An explanation of water as text and as a page: the same blocks as for air (:mod:`yangban.publish.explanation`), from a share of sections
down to the readings of an item, and up again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from yangban.assess.figure import Figure
from yangban.assess.water.indicators import CHANGE_SUFFIX
from yangban.assess.water.rules import GOOD_AT_MOST, numeral
from yangban.base.exact import plain
from yangban.base.water_items import printed_zh, water_item
from yangban.publish.explanation import (
    DIGEST,
    STATUS,
    UNITS,
    Block,
    Head,
    Hero,
    Para,
    Sums,
    Table,
    cite,
    edition_word,
    in_full,
    numbered,
    page_of,
    rounding_line,
    rules_table,
    text_of,
)
from yangban.run.explained import Change, Clause
from yangban.run.explained_water import (
    Averaged,
    CityIndex,
    Held,
    IndexPart,
    ItemClass,
    ItemMean,
    Reading,
    SectionRow,
    SectionShare,
    SlideOf,
    SourceShare,
    StateOfClass,
    StateOfShares,
    TargetShare,
    Trophic,
    WarningOf,
    WaterExplained,
    WaterHow,
    WorstItem,
    YearsOf,
)

_SCOPES: Final = {"as_monitored": "自动与手工合并", "auto_only": "只用自动监测"}
_SOURCES: Final = {"auto": "自动", "manual": "手工", "monthly": "月均值表"}
_OF: Final = {"readings": "个数值", "months": "个月", "points": "个点位", "sections": "个断面"}
_KINDS: Final = {"river": "河流", "lake": "湖库"}
_UNITS: Final = {"section": "个", "source": "个", "year": "年"}
_WORDS: Final = {
    "water.source_meets": ("超标", "达标"),
    "water.target_met": ("未达到", "达到"),
    "water.warning": ("无", "一级", "二级"),
}
"""Indicators whose numbers are words."""

_SHORT: Final = 12
"""Readings in a list that stands open on the page."""


def as_text(explained: WaterExplained) -> str:
    """The explanation for a screen or a printer, in plain text."""
    return text_of(blocks(explained))


def as_html(found: Sequence[WaterExplained]) -> str:
    """One page that explains Figures of water."""
    return page_of(f"{found[0].figure.subject_name} {found[0].figure.period} {found[0].name}", [blocks(each) for each in found])


def blocks(explained: WaterExplained) -> list[Block]:
    """The explanation of one Figure, down to the lines of files and up again."""
    made: list[Block] = [_hero(explained)]
    chain = _chain(explained)
    for step, here in enumerate(chain, start=1):
        made += _step(here, step)
    last = chain[-1]
    if last.averages and last.averages[0].of == "readings":
        made += _readings(last, len(chain) + 1)
        made += _way_back(chain)
    clauses = [c for here in chain for c in (*here.rules, *(here.completeness.rules if here.completeness is not None else ()))]
    return [*made, *rules_table([*clauses, *_limits(last)], explained.figure)]


def _chain(explained: WaterExplained) -> list[WaterExplained]:
    chain = [explained]
    while chain[-1].opened is not None:
        chain.append(chain[-1].opened)
    return chain


def _hero(explained: WaterExplained) -> Hero:
    f = explained.figure
    path = [f"{f.subject_name} {f.period}"]
    chain = _chain(explained)
    for before, here in pairwise(chain):
        other = here.figure.subject_name != before.figure.subject_name
        path.append(here.figure.subject_name if other else here.figure.period if here.figure.period != before.figure.period else here.name)
    if chain[-1].averages and chain[-1].averages[0].of == "readings":
        path += ["读数", "文件与行"] if chain[-1].files else ["读数"]
    unrounded = "" if f.exact is None or f.exact.denominator == 1 else f"未修约 {in_full(f.exact)}"
    kind = f"{_SCOPES.get(f.scope, f.scope)}" + (" · 合成数据" if f.synthetic else "")
    status = STATUS[f.status] + (f"：{f.reason}" if f.reason else "")
    lines = (unrounded, f"按 {edition_word(f.edition)} 评价 · {kind}", f"状态：{status}", *explained.notes)
    return Hero(
        f"{f.subject_name} {f.period} {explained.name}", _word(f, explained.how), UNITS.get(f.unit, _UNITS.get(f.unit, f.unit)),
        tuple(filter(None, lines)), tuple(path),
    )  # fmt: skip


def _word(figure: Figure, how: WaterHow | None) -> str:
    """A value as people say it: a class by its numeral, a state by its word."""
    if figure.display is None or how is None:
        return "—"
    if isinstance(how, WorstItem):
        return f"{numeral(int(how.value))}类"
    if isinstance(how, StateOfClass | StateOfShares):
        return how.word
    words = _WORDS.get(figure.indicator)
    if words is not None:
        return words[int(figure.display)]
    sign = "+" if figure.indicator.endswith(CHANGE_SUFFIX) and figure.display > 0 else ""
    grade = f"（{how.grade}）" if isinstance(how, Trophic) else ""
    return f"{sign}{figure.display:f}{grade}"


_ENGLISH: Final = {
    WorstItem: "class by the worst item",
    StateOfClass: "state of a class",
    ItemMean: "mean of an item",
    SectionShare: "share of sections",
    StateOfShares: "state by shares",
    CityIndex: "city water quality index",
    Trophic: "trophic level index",
    Change: "change between two periods",
    SourceShare: "drinking-water sources",
    TargetShare: "target classes",
    WarningOf: "early warning",
    SlideOf: "sliding towards the next class",
    YearsOf: "years running",
}


def _step(explained: WaterExplained, n: int) -> list[Block]:
    f, how = explained.figure, explained.how
    made: list[Block] = [Head(f"{numbered(n)}、{f.subject_name} {f.period}：{explained.name}", _ENGLISH.get(type(how), ""))]
    if how is None:
        made.append(Para(f"没有可计算的值：{f.reason or '没有数据'}。", "warn"))
    else:
        made += _formula(how, explained)
        if explained.printed is not None and not _spoken(how):
            made.append(Sums((rounding_line(explained.printed),)))
    made += _completeness(explained)
    if explained.sections:
        made += _sections(explained)
    if explained.months:
        made.append(_months(explained))
    if explained.left_out:
        said = "、".join(f"{state} {count} 条" for state, count in explained.left_out.items())
        made.append(Para(f"站点不在正常状态、未参与计算的读数：{said}。", "quiet"))
    if explained.opened is not None and not isinstance(how, Change):
        to = explained.opened.figure
        name = to.subject_name if to.subject_name != f.subject_name else to.period
        made.append(Para(f"下面沿{name}（{explained.opened_why}）继续往下。", "quiet"))
    return made


def _spoken(how: WaterHow) -> bool:
    """Whether the value is said in words or as a count, so that there is no rounding to show."""
    if isinstance(how, SectionShare | TargetShare):
        return not how.ratio
    if isinstance(how, SourceShare):
        return how.by in {"each", "count"}
    return isinstance(how, WorstItem | StateOfClass | StateOfShares | WarningOf | SlideOf | YearsOf)


def _formula(how: WaterHow, explained: WaterExplained) -> list[Block]:
    if isinstance(how, WorstItem):
        return _worst(how, explained.averages)
    if isinstance(how, StateOfClass):
        line = f"{numeral(int(how.worst.value))}类 → {how.word}"
        return [*_worst(how.worst, explained.averages), Sums((line,)), Para(f"依据：{cite(how.rule)}", "quiet")]
    if isinstance(how, ItemMean):
        return _mean(how.averaged)
    if isinstance(how, SectionShare):
        return _share(how)
    if isinstance(how, StateOfShares):
        return _by_shares(how)
    if isinstance(how, CityIndex):
        return _city(how)
    if isinstance(how, Trophic):
        return _trophic(how)
    if isinstance(how, Change):
        return _change(how)
    return _held(how)


def _mean(each: Averaged) -> list[Block]:
    """How a mean comes about, in a sentence and a line."""
    below = f"其中 {each.below} 个数值低于检出限，按一半计入。" if each.below else ""
    if each.total is None:
        says = f"pH 不能直接平均：{each.n} {_OF[each.of]}先换算成氢离子浓度，平均后再取负对数。{below}"
        line = f"−lg( Σ 10^(−pH) ÷ {each.n} ) = {plain(each.value)}"
    else:
        says = f"{each.n} {_OF[each.of]}之和，除以 {each.n}。{below}"
        line = f"Σ ÷ n = {in_full(each.total)} ÷ {each.n} = {in_full(each.value)}"
    made: list[Block] = [Para(says), Sums((line,))]
    if each.terms:
        rows = tuple((name, plain(value)) for name, value in each.terms)
        what = {"months": "月", "points": "点位", "sections": "断面"}[each.of]
        made.append(
            Table(f"各{what}的{water_item(each.item).printed}", (what, f"值（{each.unit}）"), rows, frozenset({1}), fold=len(rows) > _SHORT)
        )
    return made


def _worst(how: WorstItem, averages: Sequence[Averaged]) -> list[Block]:
    by_item = {each.item: each for each in averages}
    entering = [each for each in how.items if each.entering]
    reference = [each for each in how.items if not each.entering]
    rows = tuple(_item_row(each, by_item.get(each.item)) for each in (*entering, *reference))
    heads = ("项目", "由来", "未修约", "修约", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "类别", "超标倍数")
    marked = frozenset(i for i, each in enumerate(entering) if each.item in how.deciding)
    says = f"按{_KINDS[how.kind]}的限值：每项的平均值先修约，再与各类限值比较，取满足的最好一类；断面的类别由最差的一项决定。"
    classes = "，".join(f"{water_item(each.item).printed} {numeral(each.klass)}" for each in entering)
    lines = [f"最差：max({classes}) = {numeral(int(how.value))}类"]
    lines += [f"定类项目：{printed_zh(how.deciding)}"] if how.deciding else []
    rounded = [each for each in entering if each.rounding is not None and each.item in how.deciding]
    lines += [f"{water_item(each.item).printed} {rounding_line(each.rounding)}" for each in rounded if each.rounding is not None]
    lines += [f"{water_item(each.item).printed} 限值：{cite(each.limit_rule)}" for each in entering if each.item in how.deciding]
    made: list[Block] = [Para(says), Table("各项的平均值与类别", heads, rows, frozenset(range(2, 9)), marked)]
    if reference:
        made.append(Para(f"{printed_zh(each.item for each in reference)}只作参考，不参加断面定类。", "quiet"))
    return [*made, Sums(tuple(lines))]


def _item_row(each: ItemClass, averaged: Averaged | None) -> tuple[str, ...]:
    limits = [*(("—" if limit is None else f"{limit}") for limit in each.limits)] if each.limits else ["6～9"] + [""] * 4
    if not each.limits:
        low, high = each.limit_rule.value
        limits = [f"{low}～{high}"] + [""] * 4
    whence = "" if averaged is None else f"{_source(averaged.source)} {averaged.n} {_OF[averaged.of].removesuffix('数值')}"
    if averaged is not None and averaged.below:
        whence += f"，低于检出限 {averaged.below}"
    return (
        water_item(each.item).printed + ("" if each.entering else "（参考）"),
        whence,
        plain(each.value),
        "—" if each.rounding is None else f"{each.rounding.after:f}",
        *limits,
        numeral(each.klass),
        "" if each.multiple is None else f"{each.multiple.after:f}",
    )


def _source(source: str) -> str:
    return "+".join(_SOURCES.get(each, each) for each in source.split("+"))


def _share(how: SectionShare) -> list[Block]:
    spread = "、".join(f"{numeral(klass)}类 {count} 个" for klass, count in enumerate(how.counts, start=1) if count)
    if not how.ratio:
        return [Para(f"有类别的断面：{spread}。"), Sums((f"合计 {how.n} 个",))]
    says = f"{how.n} 个有类别的断面：{spread}；其中{how.condition} {how.hits} 个。每个断面算一份。"
    return [Para(says), Sums((f"{how.hits} ÷ {how.n} × 100 = {in_full(how.value)}",))]


def _by_shares(how: StateOfShares) -> list[Block]:
    lines = (f"Ⅰ～Ⅲ类 {in_full(how.good)}%，劣Ⅴ类 {in_full(how.inferior)}%", f"→ {how.word}")
    return [
        Para("断面在 5 个及以上，按各类断面的比例判定状况，不给出整体类别。"),
        Sums(lines),
        Para("依据：" + "；".join(cite(rule, value=True) for rule in how.rules), "quiet"),
    ]


def _city(how: CityIndex) -> list[Block]:
    made: list[Block] = [Para("各断面的浓度先逐项平均，除以Ⅲ类限值（溶解氧相反，pH 按与中性的距离），各项指数不修约，相加。")]
    for part in how.parts:
        made.append(_index_table(part))
        if part.missing:
            made.append(Para(f"没有监测、未计入的项目：{printed_zh(part.missing)}。", "warn"))
        made.append(Sums((f"{_KINDS[part.kind]} Σ = {plain(part.total)}（{part.n} 个{'断面' if part.kind == 'river' else '点位'}）",)))
    if len(how.parts) > 1:
        terms = " + ".join(f"{plain(part.total)} × {part.n}" for part in how.parts)
        made.append(Sums((f"({terms}) ÷ {sum(part.n for part in how.parts)} = {plain(how.value)}",)))
    return made


def _index_table(part: IndexPart) -> Table:
    rows = tuple(
        (water_item(term.item).printed, plain(term.entering), f"{term.limit:f}", term.formula, plain(term.index)) for term in part.terms
    )
    return Table(f"{_KINDS[part.kind]}各项指数", ("项目", "平均 C", "限值 S", "公式", "指数"), rows, frozenset({1, 2, 4}))


def _trophic(how: Trophic) -> list[Block]:
    rows = tuple(
        (
            water_item(t.item).printed, f"{plain(t.entering)} {t.unit}", f"{t.a}", f"{t.b}", plain(t.logarithm), plain(t.index), f"{t.r}",
            plain(t.weight),
        )
        for t in how.terms
    )  # fmt: skip
    lines = [f"TLI = Σ W × TLI(j) = {plain(how.value)}　{how.grade}"]
    return [
        Para("每项 TLI(j) = 10 × (a + b × ln x)；权重 W = r² ÷ Σ r²，为精确分数，合计恰为 1。"),
        Table("五项", ("项目", "x", "a", "b", "ln x", "TLI(j)", "r", "W"), rows, frozenset(range(1, 8))),
        Sums(tuple(lines)),
    ]


def _change(how: Change) -> list[Block]:
    now, then = f"{how.now.display:f}", f"{how.then.display:f}"
    line = f"({now} − {then}) ÷ {then} × 100" if how.kind == "percent" else f"{now} − {then}"
    return [
        Para("由两期已印出（已修约）的值计算。"),
        Sums((f"本期 {how.now.period}：{now}", f"对比期 {how.then.period}：{then}", f"{line} = {in_full(how.exact)}")),
    ]


def _held(how: SourceShare | TargetShare | WarningOf | SlideOf | YearsOf) -> list[Block]:
    """A class, or values, held against something: limits of sources, targets, the year before, the end of a class, years."""
    if isinstance(how, SourceShare):
        return _of_sources(how)
    if isinstance(how, TargetShare):
        rows = tuple(
            (r.name, numeral(r.target), numeral(r.klass), numeral(r.klass_after), "达到" if r.met else "未达到", "；".join(r.deductions))
            for r in how.rows
        )
        met = sum(row.met for row in how.rows)
        lines = (f"{met} ÷ {len(how.rows)} × 100 = {in_full(how.value)}",) if how.ratio else ("达到" if how.value else "未达到",)
        return [
            Para("类别不劣于当年目标类别为达到；扣除只依登记的文件，不改变水质类别。"),
            Table("目标与类别", ("断面", "目标", "类别", "扣除后", "判断", "扣除"), rows, fold=len(rows) > _SHORT),
            Sums(lines),
        ]
    if isinstance(how, WarningOf):
        return _of_warning(how)
    if isinstance(how, SlideOf):
        cells = tuple(
            (
                water_item(r.item).printed, *(plain(value) for _, value in r.values), numeral(r.klass),
                "—" if r.limit is None else f"{r.limit}", "—" if r.share is None else f"{plain(r.share)}%", "是" if r.sliding else "",
            )
            for r in how.rows
        )  # fmt: skip
        labels = tuple(label for label, _ in how.rows[0].values) if how.rows else ("", "", "")
        heads = ("项目", *labels, "类别", "本类限值", "已达", "滑动")
        return [
            Para("连续两期变差，并已接近本类限值的项目（本项目设定的提醒，不是官方规定）。"),
            Table("最近三期", heads, cells, frozenset({1, 2, 3, 5, 6})),
            Sums((f"滑动的项目 {plain(how.value)} 个",)),
        ]
    years = tuple(
        (str(year), "、".join(f"{name} {'—' if klass is None else numeral(klass)}" for name, klass in classes))
        for year, classes in how.years
    )
    return [
        Para(f"由近及远：各断面的年类别都不劣于{numeral(how.klass)}类的年份连续计数；有断面数据不足或劣于该类别即止。"),
        Table("逐年的类别", ("年", "断面与类别"), years),
        Sums((f"连续 {plain(how.value)} 年",)),
    ]


def _of_sources(how: SourceShare) -> list[Block]:
    rows = []
    for row in how.rows:
        over = [f"{water_item(each.item).printed} {_compared(each)}（限值 {each.limit}）" for each in row.items if each.over]
        volume = "—" if row.volume is None else plain(row.volume)
        rows.append((row.month, row.name, str(len(row.items)), "达标" if row.meets else "超标", "；".join(over), volume))
    heads = ("月", "水源", "评价项目", "判断", "超标项目", "取水量（万吨）")
    lines = {
        "each": ("各月都达标" if how.value else "有月份超标",),
        "count": (f"评价的水源 {plain(how.value)} 个",),
        "volume": (f"达标取水量 {plain(how.meeting)} ÷ 取水总量 {plain(how.total)} × 100 = {in_full(how.value)}",),
    }.get(how.by, (f"达标 {plain(how.meeting)} ÷ 评价 {plain(how.total)} × 100 = {in_full(how.value)}",))
    return [
        Para("GB 3838 表1 项目不劣于Ⅲ类、表2 项目不超限值为达标；每个水源每月算一次。水温、总氮、粪大肠菌群不参加判定。"),
        Table(f"{len(rows)} 个源次", heads, tuple(rows), frozenset({2, 5}), fold=len(rows) > 3 * _SHORT),
        Sums(lines),
    ]


def _compared(each: Held) -> str:
    return plain(each.value) if each.rounding is None else f"{each.rounding.after:f}"


def _class(klass: int | None) -> str:
    return "—" if klass is None else numeral(klass)


def _of_warning(how: WarningOf) -> list[Block]:
    rows = tuple(
        (
            r.name, _class(r.month), _class(r.month_before), _class(r.total), _class(r.total_before), _class(r.target),
            "不能判断" if not r.known else "无" if r.level is None else "一级" if r.level == 1 else "二级",
        )
        for r in how.rows
    )  # fmt: skip
    heads = ("断面", "当月", "上年同月", "累计", "上年同期累计", "年度目标", "预警")
    return [
        Para("当月和累计类别都比上年同期下降、都劣于Ⅲ类、累计未达到年度目标：下降 1 个类别为二级，2 个及以上为一级。"),
        Para("办法后面的条文没有读到。", "warn"),
        Table("断面的类别", heads, rows, fold=len(rows) > _SHORT),
        Sums(("预警级别：" + ("无", "一级", "二级")[int(how.value)],)),
    ]


def _completeness(explained: WaterExplained) -> list[Block]:
    found = explained.completeness
    if found is None:
        return []
    level = explained.figure.subject_level
    what = "个月" if level in {"lake", "section", "source"} and not isinstance(explained.how, WarningOf) else "个断面"
    what = "个源次" if isinstance(explained.how, SourceShare) else "期" if isinstance(explained.how, SlideOf) else what
    verdict = "完整性：充足，可正式使用。" if found.enough else f"完整性：不足，不作正式使用。{found.reason}。"
    made: list[Block] = [Para(f"{verdict}有数据 {found.n_valid} {what}，应有 {found.n_expected} {what}。", "" if found.enough else "warn")]
    return [*made, Para("依据：" + "；".join(cite(rule, value=True) for rule in found.rules), "quiet")] if found.rules else made


def _sections(explained: WaterExplained) -> list[Block]:
    """The sections or points beneath, worst first; of many those worse than Ⅲ and those that fall short stand open, all of them folded."""
    rows = sorted(explained.sections, key=lambda row: (row.klass is None, -(row.klass or 0)))
    what = "点位" if explained.figure.subject_level == "lake" else "断面"
    if len(rows) <= _SHORT:
        return [_section_table(f"{len(rows)} 个{what}", rows, explained)]
    over = [row for row in rows if (row.klass or 0) > GOOD_AT_MOST]
    short = [row for row in rows if not row.enough]
    made: list[Block] = [_section_table(f"劣于Ⅲ类的 {len(over)} 个{what}", over, explained)] if over else []
    if short:
        alike: dict[str, list[str]] = {}
        for row in short:
            alike.setdefault(row.reason, []).append(row.name)
        said = "；".join(f"{reason}（{len(names)} 个）：{'、'.join(names)}" for reason, names in alike.items())
        made.append(Para(f"数据不足的 {len(short)} 个{what}。{said}。", "quiet"))
    return [*made, _section_table(f"全部 {len(rows)} 个{what}，最差的在前", rows, explained, fold=True)]


def _section_table(title: str, rows: Sequence[SectionRow], explained: WaterExplained, *, fold: bool = False) -> Table:
    cells = tuple(
        (
            row.name, "—" if row.klass is None else numeral(row.klass), printed_zh(row.deciding), str(row.n_months),
            "充足" if row.enough else f"不足：{row.reason}",
        )
        for row in rows
    )  # fmt: skip
    opened = "" if explained.opened is None else explained.opened.figure.subject
    marked = frozenset(i for i, row in enumerate(rows) if row.subject == opened)
    return Table(title, ("断面", "类别", "定类项目", "月数", "完整性"), cells, frozenset({3}), marked, fold)


def _months(explained: WaterExplained) -> Table:
    values = any(row.value is not None for row in explained.months)
    rows = tuple(
        (
            row.month,
            str(row.samples) if row.samples else "没有数据",
            *(["—" if row.value is None else plain(row.value)] if values else []),
            "—" if row.klass is None else numeral(row.klass),
        )
        for row in explained.months
    )  # fmt: skip
    opened = "" if explained.opened is None else explained.opened.figure.period
    marked = frozenset(i for i, row in enumerate(explained.months) if row.month == opened)
    heads = ("月", "最多的一项的数值个数", *(["月均值"] if values else []), "月类别")
    return Table("逐月", heads, rows, frozenset({1, 2} if values else {1}), marked)


# ---- the readings of a month ----------------------------------------------------------------------------------------------------------


def _key(explained: WaterExplained) -> tuple[str, ...]:
    """The items shown open: the one asked about, those that decide, the terms of an index."""
    how = explained.how
    if isinstance(how, ItemMean):
        return (how.averaged.item,)
    if isinstance(how, Trophic):
        return tuple(term.item for term in how.terms)
    worst = how.worst if isinstance(how, StateOfClass) else how
    if isinstance(worst, WorstItem):
        return worst.deciding or tuple(each.item for each in worst.items[:1])
    return ()


def _readings(explained: WaterExplained, n: int) -> list[Block]:
    key = _key(explained)
    items = [each for each in explained.averages if each.readings]
    if not items:
        return []
    f = explained.figure
    made: list[Block] = [Head(f"{numbered(n)}、{f.subject_name} {f.period}：读数", "the readings")]
    if explained.files:
        rows = tuple(
            (file.digest[:DIGEST], file.path, file.received[:19].replace("T", " ") + " UTC", file.digest) for file in explained.files
        )
        made.append(Table("读数所在的文件", ("文件", "收到时的路径", "收到时间", "SHA-256"), rows, fold=len(rows) > _SHORT))
    for each in sorted(items, key=lambda item: item.item not in key):
        made.append(Head(water_item(each.item).label_zh, "", 3))
        used = [reading for reading in each.readings if not reading.reason]
        title = f"{len(used)} 个数值及出处（{_source(each.source)}）"
        table = tuple(_reading_row(reading) for reading in each.readings)
        fold = each.item not in key
        made.append(Table(title, ("时间", "来源", "值", "行", "原文", "文件", "其他出处"), table, frozenset({2, 3, 4}), fold=fold))
        if fold:
            made.append(Sums((_in_a_line(each),)))
        else:
            made += _mean(each)
    return made


def _reading_row(reading: Reading) -> tuple[str, ...]:
    used = next((origin for origin in reading.origins if origin.used), None)
    others = [f"未采用 {o.digest[:DIGEST]} 行 {o.line} “{o.text or '空白'}”" for o in reading.origins if o is not used]
    said = [f"未用：{reading.reason}"] if reading.reason else []
    said += ["低于检出限，取一半"] if reading.below else []
    where = ("", "", "") if used is None else (str(used.line), used.text, used.digest[:DIGEST])
    return (
        reading.time.strftime("%Y-%m-%d %H:%M"), _SOURCES.get(reading.basis, reading.basis), f"{reading.value:f}", *where,
        "；".join([*said, *others]),
    )  # fmt: skip


def _in_a_line(each: Averaged) -> str:
    name = water_item(each.item).printed
    below = f"（{each.below} 个低于检出限）" if each.below else ""
    if each.total is None:
        return f"{name}：{each.n} 个数值的氢离子浓度平均{below}，取负对数 = {plain(each.value)}"
    return f"{name}：{in_full(each.total)} ÷ {each.n}{below} = {plain(each.value)}"


def _way_back(chain: Sequence[WaterExplained]) -> list[Block]:
    """The same way once more, upwards, one line a step."""
    last = chain[-1]
    key = _key(last)
    lines = [_in_a_line(each) for each in last.averages if each.item in key]
    for here in reversed(chain):
        f = here.figure
        if here.how is not None:
            unit = UNITS.get(f.unit, _UNITS.get(f.unit, f.unit))
            shown = _word(f, here.how)
            lines.append(
                f"{f.subject_name} {f.period} {here.name}：{_line(here.how)} → 印出 {shown}{'' if unit in {'', '%'} else ' '}{unit}"
            )
    return [Head("回程：从读数到结果", "and back up"), Sums(tuple(lines)), Para("每一步都另行重算，并与评价结果核对一致。", "quiet")]


def _line(how: WaterHow) -> str:
    if isinstance(how, WorstItem):
        return f"{printed_zh(how.deciding) or '各项'} {numeral(int(how.value))}"
    if isinstance(how, StateOfClass):
        return f"{numeral(int(how.worst.value))}类"
    if isinstance(how, SectionShare):
        return f"{how.hits} ÷ {how.n} × 100 = {plain(how.value)}" if how.ratio else f"{how.n} 个"
    if isinstance(how, StateOfShares):
        return f"Ⅰ～Ⅲ类 {plain(how.good)}%，劣Ⅴ类 {plain(how.inferior)}%"
    if isinstance(how, SourceShare) and how.by in {"source", "volume"}:
        return f"{plain(how.meeting)} ÷ {plain(how.total)} × 100 = {plain(how.value)}"
    return plain(how.exact if isinstance(how, Change) else how.value)


def _limits(explained: WaterExplained) -> Iterable[Clause]:
    """The limits that decided, at the end of the way."""
    how = explained.how.worst if isinstance(explained.how, StateOfClass) else explained.how
    if isinstance(how, WorstItem):
        for each in how.items:
            if each.entering:
                yield each.limit_rule
