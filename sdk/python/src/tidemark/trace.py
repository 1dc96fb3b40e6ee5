"""Something that is being timed."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional

from .clock import Clock
from .ident import uuid7

if TYPE_CHECKING:
    from .client import Client


class Trace:
    """Made by Client.start_trace(). `with client.start_trace("load") as t:`
    stops it at the end; an exception that leaves the block adds
    {"error": its type}. A second stop() does nothing."""

    def __init__(self, client: "Client", clock: Clock, name: str,
                 props: Optional[Mapping[str, Any]] = None) -> None:
        self._client = client
        self._clock = clock
        self.name = name
        self.props: Dict[str, Any] = dict(props or {})
        self._began = clock.now()
        self._ticks = clock.ticks()
        self.trace_id = uuid7(self._began)
        self._stopped = False

    def stop(self, props: Optional[Mapping[str, Any]] = None) -> None:
        """Record it, with more properties."""
        if self._stopped:
            return
        self._stopped = True
        self.props.update(props or {})
        self._client.trace(self.name, self._clock.ticks() - self._ticks, self.props,
                           trace_id=self.trace_id, timestamp_ms=self._began)

    def __enter__(self) -> "Trace":
        return self

    def __exit__(self, kind: Any, *what: Any) -> None:
        self.stop({"error": kind.__name__} if kind is not None else None)
