"""``python -m faults --runs 200 --seed 1``: seeded faults; each prints how to repeat it when something was lost or doubled.

Seeds that are a multiple of three are done to the lake, the others to the site (``--subject`` names one for all).
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from faults.lake import Lake
from faults.shop import may_mount
from faults.site import Site


def _share(seeds: list[int], subjects: list[Lake | Site], *, mount: bool, say: bool, until: float) -> tuple[int, Counter[str]]:
    failed, told = 0, Counter[str]()
    for seed in seeds:
        if time.monotonic() > until:
            break
        try:
            line = subjects[min(seed % 3, len(subjects) - 1)].one(seed, mount=mount)
        except Exception:
            failed += 1
            print(
                f"seed {seed}: FAILED, repeat with: make faults SEED={seed} RUNS=1\n{traceback.format_exc()}", file=sys.stderr, flush=True
            )
            continue
        told[line.rpartition(": ")[2]] += 1
        if say:
            print(f"seed {seed}: {line}", flush=True)
    return failed, told


def main() -> int:
    """Run the seeds asked for; 1 when any failed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--subject", choices=("lake", "site"), default="")
    asked.add_argument("--kind", default="", help="a kind of fault for all seeds of the site")
    asked.add_argument("--minutes", type=float, default=0.0, help="begin no further run after so many minutes")
    asked.add_argument("-v", "--verbose", action="store_true")
    given = asked.parse_args()
    begun, Site.only = time.monotonic(), given.kind
    until = begun + given.minutes * 60 if given.minutes else float("inf")
    scratch = Path(tempfile.mkdtemp(prefix="yangban-faults-"))
    try:
        mount = may_mount(scratch)
        wanted = {"lake": [Lake], "site": [Site], "": [Lake, Site]}[given.subject]
        subjects: list[Lake | Site] = [each(scratch) for each in wanted]
        seeds = list(range(given.seed, given.seed + given.runs))
        children = []
        for n in range(given.jobs):
            pid = os.fork()
            if pid == 0:
                code = 1
                # Told to end, it takes its PostgreSQL along.
                signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
                try:
                    failed, told = _share(seeds[n :: given.jobs], subjects, mount=mount, say=given.verbose, until=until)
                    (scratch / f"told-{n}").write_text(repr((failed, dict(told))), encoding="utf-8")
                    code = int(failed > 0)
                finally:
                    for each in subjects:
                        each.close()
                    os._exit(code)
            children.append(pid)
        codes = [os.waitpid(pid, 0)[1] for pid in children]
        import ast

        told, failed = Counter[str](), 0
        for n in range(given.jobs):
            lost, counted = ast.literal_eval((scratch / f"told-{n}").read_text(encoding="utf-8"))
            failed += lost
            told.update(counted)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    ends = ", ".join(f"{count} {how}" for how, count in sorted(told.items()))
    print(
        f"{failed + sum(told.values())} seeded faults from seed {given.seed} in {time.monotonic() - begun:.0f} s: {failed} failed ({ends};"
        f" small disks {'mounted' if mount else 'not allowed here'})"
    )
    return int(any(codes) or failed > 0)


if __name__ == "__main__":
    sys.exit(main())
