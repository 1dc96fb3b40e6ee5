"""WSGI: any application; Flask and Django have modules of their own, because
they answer exceptions before WSGI sees them.

    app = tidemark.wsgi.Middleware(app)                   # or client=…
"""
from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, Optional

from .web import Request, client_or_default

if TYPE_CHECKING:
    from .client import Client

Environ = Dict[str, Any]


class Middleware:
    """traces: also record how long each request took, until its last byte.
    route: a function environ -> "/users/{id}", for applications that know."""

    def __init__(self, app: Callable[..., Iterable[bytes]], client: "Optional[Client]" = None,
                 *, traces: bool = True,
                 route: Optional[Callable[[Environ], Optional[str]]] = None) -> None:
        self.app = app
        self.client = client
        self.traces = traces
        self.route = route

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(client_or_default(self.client),
                          environ.get("REQUEST_METHOD", "GET"), self.traces)

        def started(status: str, *more: Any) -> Any:
            request.status = int(status[:3]) if status[:3].isdigit() else None
            return start_response(status, *more)

        body = _Body(request, self.route, environ)
        body.begin(self.app, started)
        return body


class _Body:
    """The response, with a context of its own: it is iterated by the server,
    after the call has returned."""

    def __init__(self, request: Request, route: Any, environ: Environ) -> None:
        self._request = request
        self._route = route
        self._environ = environ
        self._context = contextvars.copy_context()
        self._parts: Any = ()
        self._left = False

    def begin(self, app: Callable[..., Iterable[bytes]], started: Any) -> None:
        self._context.run(self._request.enter)
        self._parts = self._watched(lambda: app(self._environ, started))
        self._iterator = self._watched(lambda: iter(self._parts))

    def _watched(self, act: Callable[[], Any]) -> Any:
        try:
            return self._context.run(act)
        except StopIteration:
            raise
        except BaseException as e:
            self._find_route()
            self._context.run(self._request.crashed, e)
            self._leave()
            raise

    def _find_route(self) -> None:
        if self._route is not None:
            self._request.route = self._route(self._environ)

    def _leave(self) -> None:
        if not self._left:
            self._left = True
            self._find_route()
            self._context.run(self._request.leave)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        part: bytes = self._watched(lambda: next(self._iterator))
        return part

    def close(self) -> None:
        try:
            if hasattr(self._parts, "close"):
                self._watched(self._parts.close)
        finally:
            self._leave()
