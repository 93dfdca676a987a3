"""``python -m faults --runs 200 --seed 1``: seeded faults; each prints how to repeat it when something was lost or doubled."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from faults.lake import Lake
from faults.shop import may_mount


def _share(seeds: list[int], lake: Lake, *, mount: bool, say: bool) -> tuple[int, Counter[str]]:
    failed, told = 0, Counter[str]()
    for seed in seeds:
        try:
            line = lake.one(seed, mount=mount)
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
    asked.add_argument("-v", "--verbose", action="store_true")
    given = asked.parse_args()
    begun = time.monotonic()
    scratch = Path(tempfile.mkdtemp(prefix="yangban-faults-"))
    try:
        mount = may_mount(scratch)
        lake = Lake(scratch)
        seeds = list(range(given.seed, given.seed + given.runs))
        children = []
        for n in range(given.jobs):
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    failed, told = _share(seeds[n :: given.jobs], lake, mount=mount, say=given.verbose)
                    (scratch / f"told-{n}").write_text(repr((failed, dict(told))), encoding="utf-8")
                    code = int(failed > 0)
                finally:
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
        f"{given.runs} seeded faults from seed {given.seed} in {time.monotonic() - begun:.0f} s: {failed} failed ({ends};"
        f" small disks {'mounted' if mount else 'not allowed here'})"
    )
    return int(any(codes) or failed > 0)


if __name__ == "__main__":
    sys.exit(main())
