"""``python -m bench [JOB...] [--full]``: run the benchmarks, print the table, write ``bench/results.json``.

``--full`` measures the national year of water whole, which takes minutes, and not a tenth of it. ``spark``, ``burst`` and
``day`` are run only when they are named.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import burst, day, jobs, plans, points, site
from bench.measure import Row

HERE = Path(__file__).parent
JOBS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "nation": jobs.nation,
    "growth": jobs.growth,
    "ingest": jobs.ingest,
    "water": jobs.water,
    "one-day": jobs.one_more_day,
    "days": jobs.ready_days,
    "help": jobs.command_line,
    "site": site.site,
    "points": points.points,
    "plans": plans.plans,
}

ASKED = ("spark", "burst", "day")
"""Jobs that run only when they are named: they need programs that nothing else here does."""


def _spark(scratch: Path) -> Iterator[Row]:
    from bench.spark import spark

    return spark(scratch)


JOBS["spark"] = _spark
JOBS["burst"] = burst.burst
JOBS["day"] = day.day


def main(words: list[str]) -> None:
    jobs.WHOLE_WATER = "--full" in words
    words = [w for w in words if w != "--full"]
    unknown = [w for w in words if w not in JOBS]
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(JOBS)}")
    out = Console(width=None if sys.stdout.isatty() else 150)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="yangban-bench-") as scratch:
        for word in words or [word for word in JOBS if word not in ASKED]:
            for row in JOBS[word](Path(scratch)):
                rows.append(row)
                out.print(f"{row.job}: {row.ratio:.2f} ({'goal met' if row.met else 'GOAL MISSED'})", highlight=False)
    table = Table(title="Benchmarks: ratios within one run", title_justify="left")
    for head, justify in (("job", "left"), ("ratio", "right"), ("goal", "right"), ("met", "left"), ("detail", "left")):
        table.add_column(head, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(row.job, f"{row.ratio:.3g}", f"{'≤' if row.at_most else '≥'} {row.goal:g}", "yes" if row.met else "NO", row.detail)
    out.print(table)
    results = [{"job": r.job, "ratio": round(r.ratio, 4), "goal": r.goal, "met": r.met, "detail": r.detail} for r in rows]
    (HERE / "results.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
