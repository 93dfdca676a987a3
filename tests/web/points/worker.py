"""A writer of its own process, for the tests that kill it: posts earns and says which were acknowledged, one a line.

``python worker.py CHAIN COUNT NAME…``: for each name keys ``NAME-0`` …, each worth 1 to 5 units for one of seven members. With the name
``prove`` at the end the books are proved, and every key in them is said.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import django


def main(chain: str, count: int, names: list[str]) -> None:
    """Post, and say each key after its transaction is committed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "web.settings")
    django.setup()
    from yangban.points.ledger import Earn, member
    from yangban.web.points.posting import check, operations, post

    for name in names:
        if name == "prove":
            assert check([chain]).holds, check([chain])
            print(*[each.key for each in operations(chain)], sep="\n")
            return
        for n in range(count):
            key, holder = f"{name}-{n}", member(chain, f"m{n % 7}")
            post(chain, Earn(key=key, holder=holder, amount=n % 5 + 1, happened_at=datetime(2024, 1, 1, tzinfo=UTC), expires_at=None))
            sys.stdout.write(f"{key}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
