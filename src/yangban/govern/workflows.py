"""A workflow told to people: its diagram, and the table of who may do what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yangban.standards.governance import FACTS, GRANTS, RESUME, ROLES, SAME, Workflow


def diagram(workflow: Workflow) -> str:
    """The workflow as a Mermaid state diagram; what leaves the state as it is stands only in the table."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{each.symbol} {each.name}" as {each.key}' for each in workflow.states]
    for move in workflow.moves:
        if move.to == SAME:
            continue
        for origin in move.origins or ("[*]",):
            if move.to == RESUME:
                targets = sorted({one for each in workflow.moves if each.to == origin for one in each.origins})
            else:
                targets = [move.to]
            lines += [f"    {origin} --> {to}: {move.name}" for to in targets]
    lines += [f"    {each.key} --> [*]" for each in workflow.states if each.ends]
    return "\n".join(lines)


def table(
    workflow: Workflow, *, roles: Mapping[str, str] = ROLES, facts: Mapping[str, tuple[str, str]] = FACTS
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Rows of: from, event, to, who, what must be recorded, what else must hold."""
    names = {each.key: each.name for each in workflow.states} | {SAME: "不变", RESUME: "回到原处"}
    for move in workflow.moves:
        yield (
            "、".join(names[each] for each in move.origins) or "—",
            f"{move.name} `{move.event}`",
            names[move.to],
            "；".join(f"{roles[grant.role]}（{GRANTS[grant.level]}）" for grant in move.who),
            "、".join(facts[each][1] for each in move.needs) or "—",
            " ".join(f"`{each}`" for each in move.guards) or "—",
        )
