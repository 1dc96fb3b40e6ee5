"""What the middlewares share: one request, from its first byte to its last.

A request is a scope (so set_user() in a handler is this request's), a trace
named by method and route, and, when an exception ends it, a crash that is not
fatal. Paths are traced only as the route that matched ("/users/{id}"): what
stands in a path may be personal. Bodies, headers and query are not looked at.
"""
from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, ContextManager, Dict, Optional

from .scope import Scope

if TYPE_CHECKING:
    from .client import Client
    from .trace import Trace

TRACE_NAME = "http.server"
UNMATCHED = "(unmatched)"


def client_or_default(client: "Optional[Client]") -> "Client":
    if client is not None:
        return client
    from . import default
    return default()


class Request:
    """One request; enter() and leave() in the same context."""

    def __init__(self, client: "Client", method: str, traces: bool = True) -> None:
        self.client = client
        self.method = method
        self.route: Optional[str] = None
        self.status: Optional[int] = None
        self.failed: Optional[BaseException] = None
        self._traces = traces
        self._trace: "Optional[Trace]" = None
        self._scope: ContextManager[Any] = contextlib.nullcontext()

    def enter(self) -> Scope:
        self._scope = self.client.scope()
        self._trace = self.client.start_trace(TRACE_NAME)
        scope: Scope = self._scope.__enter__()
        return scope

    def crashed(self, exc: BaseException) -> None:
        """Within the scope, so that it has the user and the breadcrumbs."""
        self.failed = exc
        if isinstance(exc, Exception):
            self.client.capture_exception(exc, props=self._props())

    def leave(self) -> None:
        try:
            if self._traces and self._trace is not None:
                self._trace.name = "%s %s" % (self.method, self.route or UNMATCHED)
                self._trace.stop(self._props())
        finally:
            self._scope.__exit__(None, None, None)

    def _props(self) -> Dict[str, Any]:
        props: Dict[str, Any] = {"method": self.method, "route": self.route or UNMATCHED}
        if self.failed is not None:
            props["error"] = type(self.failed).__name__
        if self.status is not None or self.failed is not None:
            props["status"] = self.status or 500
        return props
