"""``yangban manage verify_points``: whether the books are whole."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from yangban.web.points.posting import check
from yangban.web.points.proofs import check_sets


class Command(BaseCommand):
    """Prove every chain from its first operation to its last, and hold accounts, lots and heads against it."""

    help = "核对积分账本  Prove the points ledger"

    def add_arguments(self, parser: Any) -> None:
        """Chains to prove; all of them when none is named."""
        parser.add_argument("chain", nargs="*")
        parser.add_argument(
            "--sets", action="store_true", help="在数据库内按集合核对，用于很大的账本  in the database, for very large ledgers"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print what does not hold, and end with 1 when something does not."""
        if options["sets"]:
            broken = check_sets(options["chain"] or None)
            for each in broken:
                self.stderr.write(str(each))
            if broken:
                raise SystemExit(1)
            self.stdout.write("各项规则按集合核对无误；every rule holds, a set at a time")
            return
        found = check(options["chain"] or None)
        for line in (*map(str, found.proof.problems), *found.strays):
            self.stderr.write(line)
        if not found.holds:
            raise SystemExit(1)
        proof = found.proof
        self.stdout.write(
            f"账本完整：{len(proof.heads)} 条链，{proof.operations} 笔操作，{proof.lines} 行；"
            f"the books are whole: {len(proof.heads)} chains, {proof.operations} operations, {proof.lines} lines"
        )
        for chain, (number, digest) in sorted(proof.heads.items()):
            self.stdout.write(f"{chain}={digest}  {number}")
