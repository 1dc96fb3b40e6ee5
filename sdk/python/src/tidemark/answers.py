"""What an answer of the server means, and how long to wait after it."""
from __future__ import annotations

import email.utils
import json
from typing import Any, Dict, FrozenSet, List, Mapping, Optional

from .kinds import CRASH, EVENT

STORED = "stored"        # delete, but for what is to be sent again
MALFORMED = "malformed"  # never again
KEY = "key"              # an hour's pause
TOO_LARGE = "too_large"  # in halves
LATER = "later"          # keep, wait, resend

KEY_PAUSE_MS = 3_600_000
RETRY_MS = 60_000        # of a "retry" result without Retry-After
_LONGEST_MS = 86_400_000
_STATUS = {400: MALFORMED, 415: MALFORMED, 422: MALFORMED, 401: KEY, 403: KEY,
           413: TOO_LARGE}


class Answer:
    """status 0: there was none, or it was cut short."""

    def __init__(self, status: int = 0, headers: Optional[Mapping[str, str]] = None,
                 body: bytes = b"") -> None:
        self.status = status
        self.headers: Dict[str, str] = {k.lower(): v for k, v in (headers or {}).items()}
        self.body = body

    def json(self) -> Dict[str, Any]:
        """The body, {} when it is no object."""
        try:
            parsed = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return parsed if isinstance(parsed, dict) else {}

    @property
    def verdict(self) -> str:
        if 200 <= self.status < 300:
            return STORED
        return _STATUS.get(self.status, LATER)

    def retry_after(self, now_ms: int) -> int:
        """Milliseconds that the server asks for, 0 when it does not."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return min(int(text[:9]) * 1000, _LONGEST_MS)
        try:
            at = email.utils.parsedate_to_datetime(text).timestamp() * 1000
        except (TypeError, ValueError, IndexError, OverflowError):
            return 0
        return max(0, min(int(at) - now_ms, _LONGEST_MS))

    def retries(self, count: int) -> List[int]:
        """Indexes of the items that are to be sent again."""
        rows = self.json().get("results")
        found = []
        for row in rows if isinstance(rows, list) else ():
            index = row.get("index") if isinstance(row, dict) else None
            if type(index) is int and 0 <= index < count and row.get("result") == "retry":
                found.append(index)
        return sorted(set(found))

    def lane(self) -> Optional[str]:
        """The one lane that a 429 is about."""
        details = self.json().get("details")
        category = details.get("category") if isinstance(details, dict) else None
        named: FrozenSet[str] = frozenset(
            x for x in (category if isinstance(category, list) else [category])
            if isinstance(x, str))
        if self.status != 429 or len(named) != 1 or not named <= {CRASH, EVENT}:
            return None
        return next(iter(named))


def backoff_ms(failures: int, random_share: float) -> int:
    """The wait after so many failures in a row; random_share in [0, 1) makes
    it half to all of 1, 2, 4, … seconds, at most ten minutes."""
    longest = min(600.0, 2.0 ** min(failures - 1, 10))
    return int(longest * 1000 * (0.5 + random_share / 2))
