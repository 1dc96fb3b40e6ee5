"""What a client can be told, checked and in the units of the core."""
from __future__ import annotations

import logging
import os
import time
import urllib.parse
from typing import Any, Dict, Iterable, Mapping, Optional

logger = logging.getLogger("tidemark")

QUEUE_BYTES = 64 << 20
QUEUE_AGE_S = 7 * 86400.0
_SILENCE_S = 60.0


class Options:
    """See Client for the meaning. Nonsense is reported once and replaced by
    the default: a wrong option must not stop a service."""

    def __init__(
        self, *, write_key: Optional[str], endpoint: Optional[str], service: Optional[str],
        version: Optional[str], org_id: Optional[str], app: Optional[Mapping[str, str]],
        device: Optional[Mapping[str, str]], spool: Any, batch_size: int, flush_interval: float,
        queue_bytes: int, queue_age: float, sample_events: float, sample_traces: float,
        redact_keys: Iterable[str], before_send: Any, consent: Optional[Mapping[str, bool]],
        gzip: bool, fetch_config: bool, ca_file: Optional[str], request_timeout: float,
        close_timeout: float, uncaught: bool, handle_sigterm: bool, disabled: bool,
    ) -> None:
        self._said: Dict[str, float] = {}
        self.write_key: str = write_key or os.environ.get("TIDEMARK_WRITE_KEY") or ""
        address: str = endpoint or os.environ.get("TIDEMARK_ENDPOINT") or ""
        self.endpoint = address.rstrip("/")
        self.service = {k: str(v) for k, v in (
            ("org_id", org_id), ("service", service), ("version", version)) if v}
        self.app: Mapping[str, str] = app if app is not None else _app(service, version)
        self.device: Mapping[str, str] = device if device is not None else \
            {"platform": "python"} if self.app else {}
        self.spool: Optional[str] = os.fspath(spool) if spool else None
        self.batch_size = int(self._within("batch_size", batch_size, 1, 1000, 100))
        self.flush_interval_ms = int(1000 * self._within(
            "flush_interval", flush_interval, 0.0, 86400.0, 5.0))
        self.queue_bytes = int(self._within("queue_bytes", queue_bytes, 1, 1 << 40, QUEUE_BYTES))
        self.queue_age_ms = int(1000 * self._within(
            "queue_age", queue_age, 1.0, 3650 * 86400.0, QUEUE_AGE_S))
        self.sampling = {"events": self._within("sample_events", sample_events, 0.0, 1.0, 1.0),
                         "traces": self._within("sample_traces", sample_traces, 0.0, 1.0, 1.0)}
        self.redact_keys = tuple(redact_keys)
        self.before_send = before_send
        self.consent = {"analytics": True, "crashes": True, "traces": True}
        self.consent.update({k: bool(v) for k, v in (consent or {}).items()
                             if k in self.consent})
        self.gzip = gzip
        self.fetch_config = fetch_config
        self.ca_file = ca_file
        self.request_timeout = self._within("request_timeout", request_timeout, 0.1, 600.0, 30.0)
        self.close_timeout = self._within("close_timeout", close_timeout, 0.0, 600.0, 2.0)
        self.uncaught = uncaught
        self.handle_sigterm = handle_sigterm
        self.disabled = disabled or not self._is_complete()
        if self.disabled:
            self.endpoint = "http://localhost"

    def _is_complete(self) -> bool:
        if not self.write_key or not self.endpoint:
            self.warn("no write key or no endpoint: nothing is recorded (set "
                      "TIDEMARK_WRITE_KEY and TIDEMARK_ENDPOINT)")
            return False
        try:
            at = urllib.parse.urlsplit(self.endpoint)
            good = at.scheme in ("http", "https") and bool(at.hostname) and at.port != 0
        except ValueError:
            good = False
        if not good or not self.write_key.isascii() or not self.write_key.isprintable():
            self.warn("the endpoint is no http(s) address or the write key no key: "
                      "nothing is recorded")
            return False
        return True

    def warn(self, text: str, *values: Any) -> None:
        """To the logger "tidemark", the same text once a minute; never to the
        app."""
        try:
            now = time.monotonic()
            if now - self._said.get(text, -_SILENCE_S) >= _SILENCE_S:
                self._said[text] = now
                logger.warning("tidemark: " + text, *values)
        except Exception:
            pass

    def _within(self, name: str, value: Any, low: float, high: float, default: float) -> float:
        try:
            number = float(value)
            if low <= number <= high:
                return number
        except (TypeError, ValueError):
            pass
        self.warn(name + " must be from %s to %s, not %r: %s is used", low, high, value, default)
        return default


def _app(service: Optional[str], version: Optional[str]) -> Dict[str, str]:
    """A service with a version is an app with releases."""
    if not version:
        return {}
    return {"id": service or "", "version": version}
