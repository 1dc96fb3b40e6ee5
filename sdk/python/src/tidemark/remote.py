"""What the server wishes: GET /api/v1/ingest/config. Nonsense changes nothing."""
from __future__ import annotations

from typing import Any, Dict

from .answers import Answer
from .version import NAME

PATH = "/api/v1/ingest/config"
POLL_MS = 300_000
_SHORTEST_MS = 10_000


class Remote:
    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted
        self.etag = ""
        self.next_poll = 0 if wanted else 1 << 62  # ticks
        self.poll_ms = POLL_MS
        self.killed = False
        self.flags: Dict[str, bool] = {}
        self.sampling: Dict[str, float] = {}
        self.max_events = 1 << 30
        self.max_bytes = 1 << 30

    def take(self, answer: Answer, ticks: int) -> None:
        """The answer to a request for the configuration."""
        if answer.status == 200:
            self.etag = answer.headers.get("etag", "")
            self._read(answer.json())
        self.next_poll = ticks + self.poll_ms

    def _read(self, config: Dict[str, Any]) -> None:
        poll: Any = config.get("poll_seconds")
        if _is_number(poll):
            self.poll_ms = max(_SHORTEST_MS, int(min(poll, 86400) * 1000))
        kill = _object(config.get("kill_switch"))
        sdks = kill.get("sdks")
        self.killed = kill.get("all") is True or (
            isinstance(sdks, list) and NAME in sdks)
        self.flags = {k: v for k, v in _object(config.get("flags")).items()
                      if isinstance(v, bool)}
        self.sampling = {k: float(v) for k, v in _object(config.get("sampling")).items()
                         if _is_number(v)}
        limits = _object(config.get("limits"))
        self.max_events = _limit(limits.get("max_events"))
        self.max_bytes = _limit(limits.get("max_body_bytes"))

    def rate(self, what: str) -> float:
        """Of "events" or "traces": 1.0 keeps all."""
        return self.sampling.get(what, 1.0)


def _object(value: Any) -> Dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) \
        and value == value and value >= 0


def _limit(value: Any) -> int:
    return int(value) if _is_number(value) and 1 <= value < 1 << 30 else 1 << 30
