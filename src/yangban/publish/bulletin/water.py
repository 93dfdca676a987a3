"""The part on surface water of a monthly or annual bulletin: shares of classes, states, what exceeds, rivers, lakes, places, sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from yangban.assess.figure import Figure
from yangban.assess.water.compare import by_shares, by_state
from yangban.assess.water.indicators import CHANGE_SUFFIX, INDICATORS
from yangban.assess.water.regions import Shares
from yangban.assess.water.rules import GOOD_AT_MOST, NUMERALS, numeral
from yangban.base import regions
from yangban.base.periods import Period, month_of
from yangban.base.water_items import WATER_WORDS, water_item
from yangban.publish.bulletin.asked import Asked, Draft, so_far
from yangban.publish.bulletin.layout import ANNUAL
from yangban.publish.bulletin.map import map_chart, shapes_for
from yangban.publish.bulletin.paper import Bar, Cell, Chart, Row, Stack, Table
from yangban.publish.bulletin.words import NONE, changed, listed, number, unit_cell, when, with_unit
from yangban.readings.sections import Section
from yangban.run.water import WaterResults
from yangban.standards import WaterEdition

_KEY: Final = ("water.good_ratio", "water.class12_ratio", "water.inferior_ratio", "water.sections")
_WATER: Final = ("water.state", "water.class", "water.good_ratio", "water.sections")
_MAIN_WATER: Final = 3
"""Sections from which a river counts as one of the main ones; lakes are all listed."""
_ALL: Final = 25
"""Sections up to which the table lists all of a place; of more it lists those worse than class Ⅲ."""
_NAMED: Final = 6
_DRAWN: Final = 40
_NETWORKS: Final = {"state": "国控", "province": "省控", "city": "市控", "county": "县控", "all": ""}
_DOCUMENTS: Final = ("gb3838-2002", "assess-2011", "statistics-2020")


def water_part(asked: Asked, draft: Draft, kind: str) -> None:
    """What the bulletin says on water; nothing where no water was assessed or no section of the region is known."""
    water = None if asked.media is None else asked.media.water
    if water is None or regions.subject_level(asked.region) not in {"province", "city", "county", "nation"}:
        return
    part = _Part(asked, draft, water, asked.book.water_on(asked.period.end), annual=kind == ANNUAL)
    if part.now.get("water.good_ratio") is None or part.now["water.good_ratio"].exact is None:
        if any(f.n_expected for f in part.now.values()):
            draft.say["water"] = (f"{when(asked.period)}{asked.name}没有可评价的地表水断面数据，不作评价。",)
        return
    part.whole()
    part.months()
    part.waters()
    part.places()
    part.sections()
    part.method()


class _Part:
    """The Figures of the region's water and what is said of them."""

    def __init__(self, asked: Asked, draft: Draft, water: WaterResults, edition: WaterEdition, *, annual: bool) -> None:
        self._asked, self._draft, self._water, self._edition, self._annual = asked, draft, water, edition, annual
        self._period = asked.period
        self.now = self._one(asked.region, self._period, (*_KEY, "water.state", "water.class"))

    def _figures(self, subjects: Sequence[str], period: Period, words: Sequence[str], base: str = "yoy") -> list[Figure]:
        found = self._water.figures(subjects=subjects, periods=[period], indicators=words, base=base)
        return [f for f in found if f.n_expected]

    def _one(self, subject: str, period: Period, words: Sequence[str], base: str = "yoy") -> dict[str, Figure]:
        return {f.indicator.removesuffix(CHANGE_SUFFIX): f for f in self._figures([subject], period, words, base)}

    def _rows(self, subject: str) -> tuple[Section, ...]:
        """The registered sections of a place, river or lake at the end of the period."""
        head, _, rest = subject.partition(":")
        if not rest:
            return self._asked.sections.members(subject, self._period.end)
        province, _, name = rest.partition(":")
        of = self._asked.sections.of_lake if head == "lake" else self._asked.sections.of_river
        return of(name, self._period.end, province=province)

    def whole(self) -> None:
        """The region as a whole: shares, state, what exceeds, and the table of key figures."""
        asked, now, ratio = self._asked, self.now, self.now["water.good_ratio"]
        changing = [word + CHANGE_SUFFIX for word in _KEY]
        before = self._period.year_before()
        then, yoy = self._one(asked.region, before, (*_KEY, "water.state")), self._one(asked.region, self._period, changing)
        mom = {} if self._annual else self._one(asked.region, self._period, changing, "mom")
        assessed = int(now["water.sections"].exact or 0)
        said = f"{when(self._period)}，{asked.name}应评价{_NETWORKS[ratio.network]}地表水断面（点位）{ratio.n_expected}个，"
        said += "全部评价。" if assessed == ratio.n_expected else f"有数据可评价的{assessed}个。"
        said += f"其中{ratio.detail['words'].replace(' ', '')}；水质优良（Ⅰ～Ⅲ类）比例为{_share(ratio)}"
        said += f"{changed(yoy.get('water.good_ratio'), '同比')}{changed(mom.get('water.good_ratio'), '环比')}，"
        said += f"劣Ⅴ类比例为{_share(now['water.inferior_ratio'])}{changed(yoy.get('water.inferior_ratio'), '同比')}。"
        lines = [said, self._state(now, then)]
        if not ratio.usable:
            lines.append(f"数据不足：{ratio.n_expected}个断面中{ratio.n_valid}个数据充足，以上水质结果不作正式使用。")
        self._draft.say["water"] = tuple(filter(None, lines))
        year = {} if self._annual else self._one(asked.region, so_far(self._period), _KEY)
        rows: list[Row] = [
            {
                "item": Cell(INDICATORS[word].name),
                "unit": unit_cell(now[word].unit),
                "now": number(now[word]),
                "then": number(then.get(word)),
                "yoy": with_unit(number(yoy.get(word)), word),
                "mom": with_unit(number(mom.get(word)), word),
                "year": number(year.get(word)),
                "valid": Cell(f"{now[word].n_valid}/{now[word].n_expected}"),
            }
            for word in _KEY
            if word in now
        ]
        used = [*now.values(), *then.values(), *year.values()]
        self._draft.tables["water_key"] = Table(f"{asked.name}{when(self._period)}地表水水质", tuple(rows), note=_note(used))
        self._draft.others += used

    def _state(self, now: Mapping[str, Figure], then: Mapping[str, Figure]) -> str:
        state = now.get("water.state")
        if state is None or state.exact is None:
            return ""
        main = _main(state)
        said = f"总体水质状况为{state.detail['state']}"
        if word := self._changed(now, then):
            said += f"，与上年同期相比{word}"
        return f"{said}。" + (f"超过Ⅲ类标准的主要指标为{main}。" if main else "")

    def _changed(self, now: Mapping[str, Figure], then: Mapping[str, Figure]) -> str:
        """How the state of one water changed, in the words of the document; nothing unless both periods may be used and compare."""
        pair = [of.get("water.state") for of in (now, then)]
        if any(f is None or not f.usable or f.exact is None for f in pair):
            return ""
        spreads = [Shares(tuple(of["water.sections"].detail["counts"])) for of in (now, then) if "water.sections" in of]
        if len(spreads) == 2 and spreads[0].n == spreads[1].n:
            return by_shares(spreads[0], spreads[1], self._edition).word
        classes = [of.get("water.class") for of in (now, then)]
        if any(f is None or f.exact is None for f in classes):
            return ""
        first, second = (int(f.exact or 0) for f in classes if f is not None)
        return by_state(first, second, self._edition).word

    def months(self) -> None:
        """The share of good water over the months of the year so far; a month without data is a gap."""
        asked = self._asked
        last = 12 if self._annual else self._period.start.month
        months = [month_of(self._period.start.year, n) for n in range(1, last + 1)]
        found = [self._one(asked.region, month, ["water.good_ratio"]).get("water.good_ratio") for month in months]
        known = [f for f in found if f is not None and f.display is not None]
        if len(known) < 2:
            return
        low, high = (pick(f.display for f in known if f.display is not None) for pick in (min, max))
        said = {
            value: "、".join(f"{int(f.period[-2:])}月" for f in known if f.display == value) + ("*" if not _usable(known, value) else "")
            for value in (low, high)
        }
        empty = [f"{m.start.month}月" for m, f in zip(months, found, strict=True) if f is None or f.display is None]
        caption = f"{asked.name}水质优良比例{said[high]}最高（{high:f}%），{said[low]}最低（{low:f}%）"
        if low == high:
            caption = f"{asked.name}各月水质优良比例均为{low:f}%"
        gap = f"；{'、'.join(empty)}没有数据" if empty else ""
        self._draft.charts["water_months"] = Chart(
            "line",
            caption,
            f"各月Ⅰ～Ⅲ类断面比例，%；*为数据不足{gap}",
            bars=tuple(
                Bar(f"{m.start.month}月", None if f is None else f.display, f is not None and f.usable)
                for m, f in zip(months, found, strict=True)
            ),
        )
        self._draft.others += known

    def waters(self) -> None:
        """The main rivers and all lakes of the region."""
        rows = self._rows(self._asked.region)
        rivers: dict[str, int] = {}
        for row in rows:
            if row.kind == "river" and row.river:
                rivers[f"river:{row.province}:{row.river}"] = rivers.get(f"river:{row.province}:{row.river}", 0) + 1
        names = [name for name, n in rivers.items() if n >= _MAIN_WATER]
        names += dict.fromkeys(f"lake:{row.province}:{row.lake}" for row in rows if row.kind == "lake")
        # A water that flows through several places is one; only where it lies wholly in the region is it the region's to judge.
        names = [name for name in names if all(row in rows for row in self._rows(name))]
        if not names:
            return
        before = self._period.year_before()
        made: list[Row] = []
        used: list[Figure] = []
        exceeding: list[str] = []
        for name in sorted(names, key=lambda each: (each.startswith("lake:"), -rivers.get(each, 0), each)):
            now, then = (self._one(name, period, _WATER) for period in (self._period, before))
            state = now.get("water.state")
            if state is None:
                continue
            used += now.values()
            ratio, klass = now.get("water.good_ratio"), now.get("water.class")
            n = len(self._rows(name))
            assessed = now.get("water.sections")
            lake = name.startswith("lake:")
            judged = number(state).text if klass is None or klass.exact is None else f"{numeral(int(klass.exact))}类　{number(state).text}"
            made.append(
                {
                    "water": Cell(state.subject_name),
                    "sections": Cell(f"{self._points(name)}/{n}" if lake else f"{int(assessed.exact or 0) if assessed else 0}/{n}"),
                    "good": number(ratio),
                    "state": Cell(judged),
                    "main": Cell(_main(state) or _main_of_class(klass) or NONE),
                    "change": Cell(self._changed(now, then) or NONE),
                }
            )
            if klass is not None and klass.exact is not None and klass.exact > GOOD_AT_MOST:
                exceeding.append(f"{state.subject_name}为{numeral(int(klass.exact))}类{'' if klass.usable else '（数据不足）'}")
        if not made:
            return
        states: dict[str, int] = {}
        for each in made:
            word = str(each["state"]).removesuffix("*").split("　")[-1]
            states[word] = states.get(word, 0) + 1
        said = "、".join(f"{word}的{n}条（个）" for word, n in states.items() if word != NONE)
        line = f"主要河流和湖库{len(made)}条（个）中，水质状况为{said}。"
        self._draft.say["waters"] = (line + (f"{'；'.join(exceeding)}。" if exceeding else ""),)
        note = f"河流列有{_MAIN_WATER}个及以上断面的，湖库全部列出；断面少于5个的按各断面均值定类别，湖库为各点位均值。"
        self._draft.tables["waters"] = Table(f"{when(self._period)}主要河流和湖库水质", tuple(made), note=note + _note(used))
        self._draft.others += used

    def _points(self, lake: str) -> int:
        """The points of a lake that have data."""
        names = [row.subject for row in self._rows(lake)]
        return sum(f.exact is not None for f in self._figures(names, self._period, ["water.class"]))

    def places(self) -> None:
        """The cities of a province or of the nation, best first."""
        if regions.subject_level(self._asked.region) not in {"province", "nation"}:
            return
        codes = [p.code for p in regions.prefecture_places(self._asked.region, on=self._period.end) if p.code != self._asked.region]
        words = ("water.good_ratio", "water.class12_ratio", "water.inferior_ratio", "water.sections", "water.state", "water.class")
        found: dict[str, dict[str, Figure]] = {}
        for f in self._figures(codes, self._period, words):
            found.setdefault(f.subject, {})[f.indicator] = f
        steps = {f.subject: f for f in self._figures(codes, self._period, ["water.good_ratio" + CHANGE_SUFFIX])}
        # A city whose sections have no value in the period says so in a Figure without counts.
        having = [c for c in codes if "water.sections" in found.get(c, {}) and "counts" in found[c]["water.sections"].detail]
        if len(having) < 2:
            return
        having.sort(key=lambda code: -(found[code]["water.good_ratio"].display or 0))
        rows: list[Row] = []
        for code in having:
            of = found[code]
            klass = of.get("water.class")
            judged = number(of.get("water.state")).text
            rows.append(
                {
                    "place": Cell(regions.subject_name(code)),
                    "sections": Cell(f"{int(of['water.sections'].exact or 0)}/{of['water.sections'].n_expected}"),
                    "good": number(of["water.good_ratio"]),
                    "good_change": number(steps.get(code)),
                    "class12": number(of.get("water.class12_ratio")),
                    "inferior": number(of.get("water.inferior_ratio")),
                    "state": Cell(judged if klass is None or klass.exact is None else f"{numeral(int(klass.exact))}类　{judged}"),
                }
            )
        whole = [regions.subject_name(c) for c in having if found[c]["water.good_ratio"].display == 100]
        rest = [c for c in having if found[c]["water.good_ratio"].display != 100]
        said = f"{len(whole)}个城市断面全部达到或优于Ⅲ类" if whole else "没有城市的断面全部达到或优于Ⅲ类"
        lowest = min((found[c]["water.good_ratio"].display or Decimal(0) for c in rest), default=None)
        if lowest is not None:
            last = [regions.subject_name(c) for c in rest if found[c]["water.good_ratio"].display == lowest]
            said += f"；优良比例最低的是{listed(last)}，{lowest:f}%"
        used = [f for code in having for f in found[code].values()]
        doubtful = any(not f.usable for f in used)
        self._draft.say["water_places"] = (f"{said}{'（数据不足，不作正式使用）' if doubtful else ''}。",)
        note = "断面少于5个的城市按各断面均值定类别和状况。" + _note(used)
        self._draft.tables["water_places"] = Table(f"{when(self._period)}各城市地表水水质", tuple(rows), note=note)
        if len(having) <= _DRAWN:
            self._draft.charts["water_classes"] = Chart(
                "levels",
                f"各城市断面水质类别：{said}" + ("（数据不足）" if doubtful else ""),
                "各类别断面数，个；由优良比例高低排列",
                stacks=tuple(
                    Stack(regions.subject_name(c), tuple(Decimal(n) for n in found[c]["water.sections"].detail["counts"])) for c in having
                ),
                levels=tuple((f"{name}类", _hex(self._edition, n)) for n, name in enumerate(NUMERALS, start=1)),
            )
        self._map(found, said, doubtful=doubtful)
        self._draft.others += used

    def _map(self, found: Mapping[str, Mapping[str, Figure]], said: str, *, doubtful: bool) -> None:
        """The state of each city's water on the map, in the official colours with its word."""
        shapes = shapes_for(self._asked)
        if shapes is None:
            return
        told: dict[str, tuple[str, str]] = {}
        keys: dict[int, tuple[str, str]] = {}
        for code, of in found.items():
            state = of.get("water.state")
            if state is not None and state.exact is not None:
                # States count from 1 (优, classes Ⅰ and Ⅱ), classes from 1 (Ⅰ): of the rest the class is one more than the state.
                colour = _hex(self._edition, int(state.exact) + 1)
                told[code] = (number(state).text, colour)
                keys[int(state.exact)] = (state.detail["state"], colour)
        ratios = {code: of["water.good_ratio"] for code, of in found.items() if "water.good_ratio" in of}
        self._draft.charts["water_map"] = map_chart(
            shapes,
            f"各城市地表水水质状况：{said}" + ("（数据不足）" if doubtful else ""),
            "各城市地表水水质状况，颜色按环办〔2011〕22号；数据不足的带*",
            [Bar(regions.subject_name(code), f.display, f.usable) for code, f in ratios.items()],
            told,
            keys=[keys[n] for n in sorted(keys)],
        )

    def sections(self) -> None:
        """The sections: all of a small region, else those worse than class Ⅲ, worst first."""
        rows = {row.subject: row for row in self._rows(self._asked.region)}
        figures = [f for f in self._figures(list(rows), self._period, ["water.class"]) if f.exact is not None]
        figures.sort(key=lambda f: (-(f.exact or 0), f.subject))
        worse = [f for f in figures if f.exact is not None and f.exact > GOOD_AT_MOST]
        every = len(figures) <= _ALL
        if not every and not worse:
            self._draft.say["water_sections"] = (f"有数据的{len(figures)}个断面均达到或优于Ⅲ类。",)
            return
        told = "、".join(f"{f.subject_name}（{numeral(int(f.exact or 0))}类）" for f in worse[:_NAMED])
        more = f"等{len(worse)}个断面" if len(worse) > _NAMED else ""
        self._draft.say["water_sections"] = (
            f"劣于Ⅲ类的断面有{told}{more}。" if worse else f"有数据的{len(figures)}个断面均达到或优于Ⅲ类。",
        )
        shown = figures if every else worse
        made: list[Row] = []
        for f in shown:
            row = rows[f.subject]
            made.append(
                {
                    "section": Cell(f.subject_name),
                    "place": Cell(regions.subject_name(row.county or row.city or row.province)),
                    "water": Cell(row.lake or row.river or NONE),
                    "class": number(f),
                    "main": Cell(_main_of_class(f) or NONE),
                }
            )
        what = "断面水质类别" if every else "劣于Ⅲ类的断面"
        self._draft.tables["water_sections"] = Table(f"{when(self._period)}{what}", tuple(made), note=_note(shown))
        self._draft.others += figures

    def method(self) -> None:
        """Where the water's numbers come from and how they were judged."""
        book = self._asked.book
        titles = [book.document(name) for name in _DOCUMENTS]
        network = _NETWORKS[self.now["water.good_ratio"].network]
        items = sorted({item for f in self._draft.others for item in f.detail.get("items", ())}, key=list(WATER_WORDS).index)
        limits, how, counted = (f"《{d.title}》（{d.number}）" for d in titles)
        lines = [
            f"地表水数据：{network}断面，监测月值以自动监测数据为先，没有自动监测的项目用手工数据（{titles[2].number}）。"
            f"评价标准：{limits}；评价方法：{how}，数据统计：{counted}；湖库按湖库限值。"
        ]
        if items:
            names = "、".join(water_item(item).printed for item in items)
            lines.append(f"参与类别评价的项目有{names}；未监测的项目不参与评价，总氮、水温和粪大肠菌群不参与类别评价。")
        self._draft.method += lines
        leaning = {d for f in self._draft.others for d in f.documents}
        self._draft.documents += [d for d in self.now["water.good_ratio"].documents if d in leaning]
        self._draft.standards.append(titles[0].number)


def _share(figure: Figure) -> str:
    return NONE if figure.display is None else f"{figure.display:f}%"


def _main(state: Figure) -> str:
    """What exceeds class Ⅲ in a region or river, with the share of sections."""
    listed_items = state.detail.get("main", ())
    return "、".join(
        f"{water_item(each['item']).printed}（{each['over']}/{each['of']}，{each['rate']}%）"
        for each in listed_items
        if isinstance(each, Mapping)
    )


def _main_of_class(figure: Figure | None) -> str:
    """What exceeds class Ⅲ at one section or lake, with its multiple where it has one."""
    if figure is None:
        return ""
    times = {each["item"]: each["multiple"] for each in figure.detail.get("exceeding", ())}
    return "、".join(
        f"{water_item(item).printed}{f'（{times[item]}）' if times.get(item) else ''}" for item in figure.detail.get("main", ())
    )


def _usable(figures: Iterable[Figure], value: Decimal) -> bool:
    return all(f.usable for f in figures if f.display == value)


def _note(figures: Iterable[Figure]) -> str:
    return "带*的数据不足，不作正式使用。" if any(f.display is not None and not f.usable for f in figures) else ""


def _hex(edition: WaterEdition, klass: int) -> str:
    return "#" + "".join(f"{part:02x}" for part in edition.state(klass).rgb)
