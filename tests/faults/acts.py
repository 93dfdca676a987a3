"""The acts that are done to a site under faults: seeded lists, in threads whose acts come one after the other."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Final

MEMBERS: Final = 3
STATIONS: Final = 4


@dataclass(frozen=True)
class Step:
    """One act: of a thread, whose acts come one after the other; ``at`` is what the client saw of the thing before."""

    thread: str
    number: int
    name: str
    at: int = 0
    words: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """Names the act in the notes and as an idempotency key."""
        return f"{self.thread}.{self.number}"


# ------------------------------------------------------------------------------------------------------------------------ what is done


def _task(thread: str, dice: random.Random) -> list[Step]:
    """A yearly task from its issue to its closing; ``at`` counts the records of the task, or of its report."""
    way = [("issue", 0), ("split", 1), ("fill", 0), ("sign", 2)]
    records, steps = 3, 3
    if dice.random() < 0.5:
        way += [("return", 3), ("fill", 4), ("sign", 6)]
        records, steps = 4, 7
    way += [("accept", steps), ("apply", records), ("confirm", records + 1), ("close", records + 2)]
    way = way[: dice.randint(4, len(way))] if dice.random() < 0.5 else way
    return [Step(thread, n, name, at) for n, (name, at) in enumerate(way)]


def _points(thread: str, dice: random.Random, member: int, lasts: int) -> list[Step]:
    """What a member earns and spends; the list begins with enough to spend, and some lots last a day and so many seconds."""
    way: list[tuple[str, dict[str, Any]]] = [("report", {"days": 1}), ("earn", {"amount": 300, "lasts": None})]
    for n in range(dice.randint(3, 6)):
        match dice.choice(["report", "earn", "short", "order", "spend", "hold", "reverse", "batch"]):
            case "report":
                way.append(("report", {"days": 0 if n % 2 else 2}))
            case "earn":
                way.append(("earn", {"amount": dice.randint(1, 50), "lasts": None}))
            case "short":
                way.append(("earn", {"amount": dice.randint(1, 50), "lasts": lasts}))
            case "batch":
                way.append(("batch", {"amounts": [dice.randint(1, 9) for _ in range(5)]}))
            case "order":
                way += [("order", {"order": f"{thread}-o{n}"}), (dice.choice(["deliver", "cancel"]), {"order": f"{thread}-o{n}"})]
            case "spend":
                way.append(("spend", {"amount": dice.randint(1, 20)}))
            case "hold":
                way += [("hold", {"amount": 7, "word": f"{thread}-h{n}"}), (dice.choice(["give", "void"]), {"word": f"{thread}-h{n}"})]
            case "reverse":
                way.append(("reverse", {"amount": 9}))
    return [Step(thread, n, name, words={**words, "member": member}) for n, (name, words) in enumerate(way)]


def _hours(thread: str, dice: random.Random, station: int) -> list[Step]:
    """Pushes of one station: hours in any order, some twice at once, one cut off on its way, and corrections of what came before."""
    back = [1, 2, 3, 4]
    dice.shuffle(back)
    back += dice.sample(back, 2)  # corrections
    return [
        Step(thread, n, "push", words={"station": station, "back": hour, "pm25": dice.randint(1, 200),
             "again": dice.random() < 0.4, "cut": dice.random() < 0.2})
        for n, hour in enumerate(back)
    ]  # fmt: skip


def plan(seed: int, *, lasts: int = 60) -> list[Step]:
    """The acts of a seed: threads laid into one another by chance, each in its own order."""
    dice = random.Random(seed)
    threads = [_task(f"t{n}", dice) for n in range(2)]
    threads += [_points(f"p{n}", dice, n, lasts) for n in range(dice.randint(1, MEMBERS))]
    threads += [_hours(f"h{n}", dice, n) for n in range(dice.randint(1, STATIONS))]
    threads.append([Step("d", 0, "tick")])
    found: list[Step] = []
    while threads := [each for each in threads if each]:
        found.append(dice.choice(threads).pop(0))
    return found
