"""The data by which tasks go: read once, asked for by name."""

from __future__ import annotations

from functools import cache

from yangban.standards.governance import Acceptance, Governance, Ladder, Workflow, load_file, load_governance, shipped_files


@cache
def held() -> Governance:
    """Everything that is shipped."""
    return load_governance()


def workflow_of(word: str) -> Workflow:
    """A workflow by its id."""
    return held().workflow(word)


def chain() -> Workflow:
    """The way of a report."""
    return held().workflow("report-chain")


def acceptance() -> Acceptance:
    """The criteria of acceptance."""
    return held().acceptances["acceptance"]


def ended(word: str) -> frozenset[str]:
    """The states that end a workflow."""
    return frozenset(each.key for each in workflow_of(word).states if each.ends)


def working(word: str) -> frozenset[str]:
    """The states in which work goes on."""
    return frozenset(each.key for each in workflow_of(word).states if each.working)


@cache
def ladder() -> Ladder:
    """The ladder that a region's pack brings, else the first of the book."""
    own = [load_file(path) for path in shipped_files() if path.parent.parent.parent.name == "packs"]
    found = next((each for each in own if isinstance(each, Ladder)), None)
    return found or next(iter(held().ladders.values()))


def state_name(word: str, state: str) -> str:
    """A state in words, with its symbol."""
    if not state:
        return "未下达"
    found = workflow_of(word).state(state)
    return f"{found.symbol} {found.name}"
