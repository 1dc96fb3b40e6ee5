"""What was thrown away, counted by reason and category until it is reported."""
from __future__ import annotations

from typing import Any, Dict, Iterator, List, Tuple

SAMPLED = "sampled"
BEFORE_SEND = "before_send"
TOO_LARGE = "too_large"
QUEUE_FULL = "queue_full"
QUEUE_AGE = "queue_age"
REJECTED = "rejected"
CONSENT = "consent"  # waited when the consent for its type was taken back


class Discards:
    def __init__(self) -> None:
        self._count: Dict[Tuple[str, str], int] = {}

    def __bool__(self) -> bool:
        return bool(self._count)

    def add(self, reason: str, category: str, quantity: int = 1) -> None:
        key = (reason, category)
        self._count[key] = self._count.get(key, 0) + quantity

    def clear(self) -> None:
        self._count.clear()

    def listed(self) -> List[Dict[str, Any]]:
        """As a client_report says it: sorted by reason, then category."""
        return [{"reason": r, "category": c, "quantity": n}
                for (r, c), n in sorted(self._count.items())]


def read_listed(rows: Any) -> Iterator[Tuple[str, str, int]]:
    """The rows of listed(), from a file: what is no row is passed over."""
    for row in rows if isinstance(rows, list) else ():
        try:
            yield str(row["reason"]), str(row["category"]), int(row["quantity"])
        except (KeyError, TypeError, ValueError):
            continue
