"""Accounts of ecosystem products (GEP): quantities × prices, with the coefficients bound to their region and year.

``GEP = Σ products + Σ regulating + Σ cultural`` (生态产品总值核算规范（试行）, 2022). How a quantity becomes money is a method; the
formulas are those of the paper on Ganzi (《生态学报》 2017, ChinaXiv-201711.00120V1). Money is yuan, exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from yangban.base.errors import UsageError
from yangban.standards import Document, MediumEdition

PRODUCTS: Final = "products"
REGULATING: Final = "regulating"
CULTURAL: Final = "cultural"
GIVEN: Final = "given"

YI: Final = 10**8
"""One 亿: accounts are printed in 亿元."""


@dataclass(frozen=True)
class Coefficient:
    """A price or another constant of an account: value, unit, where it was read, whether that is certain.

    ``transferred`` says why it is used although it belongs to another region or year; then the account leans on that.
    """

    value: Fraction
    unit: str
    source: str
    unverified: bool = False
    transferred: str = ""


@dataclass(frozen=True)
class Coefficients:
    """The coefficients of one region and year."""

    id: str
    region: str
    year: int
    values: Mapping[str, Coefficient]

    def of(self, name: str) -> Coefficient:
        """One coefficient; raises :class:`~yangban.base.errors.UsageError` naming those that there are."""
        if name not in self.values:
            raise UsageError(f"{self.id} has no coefficient {name!r}; it has {', '.join(self.values) or 'none'}")
        return self.values[name]

    def bound_to(self, region: str, year: int) -> None:
        """Refuse coefficients of another region or year, unless each of them says why it is used there."""
        if (self.region, self.year) == (region, year):
            return
        bare = [name for name, each in self.values.items() if not each.transferred]
        if bare:
            raise UsageError(
                f"{self.id} 的系数属于 {self.region} 的 {self.year} 年，不能用于 {region} 的 {year} 年：{'、'.join(bare)}；"
                "请给出本地、本年的系数，或在每个系数下用 transferred 写明借用的理由"
            )


def from_document(document: Document) -> Coefficients:
    """The coefficients of a document of the book, whose keys are ``gep.<region>.<year>.<name>``.

    Raises :class:`~yangban.base.errors.UsageError` for a document of anything else.
    """
    found: dict[str, Coefficient] = {}
    of: set[tuple[str, str]] = set()
    for rule in document.rules:
        head, _, rest = rule.key.partition(".")
        if head != "gep" or len(parts := rest.split(".")) != 3:
            raise UsageError(f"{document.id} holds no coefficients of an account of ecosystem products ({rule.key})")
        of.add((parts[0], parts[1]))
        found[parts[2]] = Coefficient(Fraction(rule.value), rule.unit, "；".join(rule.source), rule.unverified)
    if len(of) != 1:
        raise UsageError(f"{document.id} holds coefficients of {len(of)} regions or years; expected one")
    ((region, year),) = of
    return Coefficients(document.id, region, int(year), found)


@dataclass(frozen=True)
class Method:
    """How a quantity becomes money: its unit, the coefficients it takes in order (with their units), the formula, and its words."""

    unit: str
    takes: tuple[tuple[str, str], ...]
    value: Callable[..., Fraction]
    words: str


METHODS: Final[Mapping[str, Method]] = {
    "water": Method("m³", (("water_price", "CNY/m³"),), lambda q, p: q * p, "影子工程：Q·P"),
    "silt": Method(
        "t",
        (("silt_share", "1"), ("soil_density", "t/m³"), ("silt_price", "CNY/m³")),
        lambda q, share, density, p: share * q / density * p,
        "替代成本：λ·A/ρ·P",
    ),
    "nitrogen": Method("t", (("soil_nitrogen", "%"), ("nitrogen_price", "CNY/t")), lambda q, c, p: q * c / 100 * p, "替代成本：A·C·P"),
    "phosphorus": Method(
        "t", (("soil_phosphorus", "%"), ("phosphorus_price", "CNY/t")), lambda q, c, p: q * c / 100 * p, "替代成本：A·C·P"
    ),
    "sand": Method(
        "t",
        (("sand_density", "t/m³"), ("sand_depth", "m"), ("sand_price", "CNY/m²")),
        lambda q, density, depth, p: q / (density * depth) * p,
        "恢复成本：Q/(ρ·h)·P",
    ),
    "carbon": Method("t", (("carbon_price", "CNY/t"),), lambda q, p: q * p, "造林成本：Q·P"),
    "oxygen": Method("t", (("oxygen_price", "CNY/t"),), lambda q, p: q * p, "工业制氧：Q·P"),
    "power": Method("kWh", (("power_price", "CNY/kWh"),), lambda q, p: q * p, "替代成本：电量·电价"),
}
"""The methods by word. Two more need no coefficients: ``price`` (the item brings its own price) and ``given`` (its own value)."""


@dataclass(frozen=True)
class Item:
    """One line of an account: ``quantity`` in ``unit``, or ``value`` in yuan where the source gives no more.

    ``price`` (yuan per ``unit``) belongs to the method ``price``. ``year`` is that of the price where it is another.
    """

    category: str
    subject: str
    method: str
    quantity: Fraction | None = None
    unit: str = ""
    price: Fraction | None = None
    value: Fraction | None = None
    part: str = ""
    source: str = ""
    price_source: str = ""
    price_year: int | None = None


@dataclass(frozen=True)
class Entry:
    """A line with its value in yuan, the coefficients it took, and what a reader must know of it.

    ``name`` is the subject as the norm calls it, else as the account does.
    """

    item: Item
    name: str
    value: Fraction
    took: tuple[tuple[str, Coefficient], ...]
    words: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """A whole account; ``totals`` by category in yuan, ``unverified`` lists what the total leans on."""

    region: str
    year: int
    entries: tuple[Entry, ...]
    totals: Mapping[str, Fraction]
    unverified: tuple[str, ...]

    @property
    def total(self) -> Fraction:
        """GEP in yuan."""
        return sum(self.totals.values(), Fraction(0))


def account(region: str, year: int, items: Sequence[Item], coefficients: Coefficients | None, edition: MediumEdition) -> Account:
    """The account of a region and year.

    Raises :class:`~yangban.base.errors.UsageError` for coefficients of another region or year, an unknown method, category or unit.
    """
    if coefficients is not None:
        coefficients.bound_to(region, year)
    categories: Mapping[str, str] = dict(edition.rule("gep.categories").value)
    named = {word: name for part in (REGULATING, CULTURAL) for word, name in edition.rule(f"gep.subjects.{part}").value}
    entries = []
    doubt: list[str] = []
    for number, item in enumerate(items, start=1):
        where = f"第 {number} 项（{item.subject}{item.part}）"
        if item.category not in categories:
            raise UsageError(f"{where}：类别 {item.category!r} 不是 {'、'.join(categories)} 之一")
        value, took, words = _value(item, coefficients, where)
        notes = []
        if item.category != PRODUCTS and item.subject not in {*named, *named.values()}:
            notes.append("不在 2022 年试行规范的科目中")
        if item.method == GIVEN:
            notes.append("直接采用来源所给的价值量")
        if item.price_year is not None and item.price_year != year:
            notes.append(f"价格为 {item.price_year} 年")
        for name, each in took:
            if each.transferred:
                notes.append(f"{name} 借用：{each.transferred}")
                doubt.append(f"{coefficients.id if coefficients else 'gep'}:{name}")
            elif each.unverified:
                doubt.append(f"{coefficients.id if coefficients else 'gep'}:{name}")
        if item.category != PRODUCTS:
            rule = edition.rule(f"gep.subjects.{item.category}")
            doubt += [rule.id] * rule.unverified
        entries.append(Entry(item, named.get(item.subject, item.subject), value, took, words, tuple(notes)))
    totals = {
        each: sum((entry.value for entry in entries if entry.item.category == each), Fraction(0))
        for each in categories
        if any(entry.item.category == each for entry in entries)
    }
    return Account(region, year, tuple(entries), totals, tuple(dict.fromkeys(doubt)))


def _value(item: Item, coefficients: Coefficients | None, where: str) -> tuple[Fraction, tuple[tuple[str, Coefficient], ...], str]:
    if item.method == GIVEN:
        if item.value is None:
            raise UsageError(f"{where}：没有价值量；没有功能量和价格的科目要直接写 value")
        return item.value, (), "来源所给"
    if item.quantity is None:
        raise UsageError(f"{where}：没有功能量")
    if item.method == "price":
        if item.price is None:
            raise UsageError(f"{where}：没有单价")
        return item.quantity * item.price, (), "Q·P"
    if item.method not in METHODS:
        raise UsageError(f"{where}：不认识的方法 {item.method!r}；可用 {'、'.join((*METHODS, 'price', GIVEN))}")
    method = METHODS[item.method]
    if item.unit != method.unit:
        raise UsageError(f"{where}：功能量的单位是 {item.unit!r}，方法 {item.method} 需要 {method.unit}")
    if coefficients is None:
        raise UsageError(f"{where}：方法 {item.method} 需要系数 {'、'.join(name for name, _ in method.takes)}，而核算表没有指定系数")
    took = tuple((name, coefficients.of(name)) for name, _ in method.takes)
    for (name, each), (_, unit) in zip(took, method.takes, strict=True):
        if each.unit != unit:
            raise UsageError(f"{where}：系数 {name} 的单位是 {each.unit}，应为 {unit}")
    return method.value(item.quantity, *(each.value for _, each in took)), took, method.words
