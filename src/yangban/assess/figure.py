"""The Figure: everything computed, in the one shape that rankings, cards, bulletins and other programs read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.exact import plain, round_half_even

OK: Final = "ok"
INSUFFICIENT: Final = "insufficient"
NOT_APPLICABLE: Final = "not_applicable"

AS_MONITORED: Final = "as_monitored"
DUST_EXCLUDED: Final = "dust_excluded"
SCOPES: Final = (AS_MONITORED, DUST_EXCLUDED)
"""Whether days under sand-dust are left in or out of particulate matter and what rests on it."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One computed value with all that is needed to check it.

    ``exact`` is the unrounded value as a fraction and ``display`` the value as printed, rounded once, half to even, by the rule in force
    for the period; both are ``None`` when nothing can be computed. ``status`` is ``ok``; ``insufficient`` (computed, not to be used
    officially); or ``not_applicable``; ``reason`` says why in words. ``unverified`` lists the rules behind the value that have not been
    read in the official text. ``n_valid`` of ``n_expected`` days (for a region: places) stand under it.
    """

    indicator: str
    subject: str
    subject_name: str
    subject_level: str
    period: str
    exact: Fraction | None
    display: Decimal | None
    unit: str
    edition: str
    documents: tuple[str, ...]
    scope: str = AS_MONITORED
    basis: str = "realtime"
    network: str = "state"
    synthetic: bool = False
    status: str = OK
    reason: str = ""
    unverified: tuple[str, ...] = ()
    n_valid: int = 0
    n_expected: int = 0
    inputs: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> str | None:
        """The unrounded value as a decimal string, quotients to six places."""
        return None if self.exact is None else plain(self.exact)

    @property
    def usable(self) -> bool:
        """Whether the value may be used officially."""
        return self.status == OK

    def to_dict(self) -> dict[str, Any]:
        """The Figure as ``figures --json`` prints it."""
        row: dict[str, Any] = {}
        for each in fields(self):
            if each.name == "exact":
                row["value"] = self.value
            elif each.name == "display":
                row["display"] = None if self.display is None else f"{self.display:f}"
            elif each.name == "detail":
                if self.detail:
                    row["detail"] = dict(self.detail)
            else:
                content = getattr(self, each.name)
                row[each.name] = list(content) if isinstance(content, tuple) else content
        return row


FIGURE_FIELDS: Final = tuple({"exact": "value"}.get(each.name, each.name) for each in fields(Figure) if each.name != "detail")
"""The fields of a Figure as it is printed, without its detail."""


def displayed(exact: Fraction | None, decimals: int) -> Decimal | None:
    """The printed form of a value: rounded once, half to even (GB/T 8170)."""
    return None if exact is None else round_half_even(exact, decimals)
