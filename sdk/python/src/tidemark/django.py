"""Django, with sync and async views.

    MIDDLEWARE = ["tidemark.django.Middleware", …]        # first of the list

The client is tidemark.default(): call tidemark.init() in settings.py or in an
AppConfig.ready(). settings.TIDEMARK_TRACES = False leaves the traces out.
"""
from __future__ import annotations

import inspect
from typing import Any, Optional

from .web import Request, client_or_default

_KEY = "_tidemark_request"


class Middleware:
    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        from django.conf import settings
        self.get_response = get_response
        self.traces = bool(getattr(settings, "TIDEMARK_TRACES", True))
        self.is_async = inspect.iscoroutinefunction(get_response) or \
            getattr(get_response, "_is_coroutine", None) is not None
        if self.is_async:
            _mark_coroutine(self)

    def __call__(self, request: Any) -> Any:
        if self.is_async:
            return self._answer(request)
        current = self._begin(request)
        try:
            response = self.get_response(request)
            current.status = response.status_code
            return response
        finally:
            self._end(request, current)

    async def _answer(self, request: Any) -> Any:
        current = self._begin(request)
        try:
            response = await self.get_response(request)
            current.status = response.status_code
            return response
        finally:
            self._end(request, current)

    def process_exception(self, request: Any, exception: BaseException) -> None:
        """Django answers it; nobody else would see it."""
        current = getattr(request, _KEY, None)
        if current is not None:
            current.route = _route(request)
            current.crashed(exception)

    def _begin(self, request: Any) -> Request:
        current = Request(client_or_default(None), request.method or "GET", self.traces)
        current.enter()
        setattr(request, _KEY, current)
        return current

    @staticmethod
    def _end(request: Any, current: Request) -> None:
        current.route = _route(request)
        current.leave()


def _mark_coroutine(middleware: Middleware) -> None:
    """So that Django awaits it, in each of its versions."""
    try:
        from asgiref.sync import markcoroutinefunction
    except ImportError:  # asgiref before 3.6
        import asyncio
        middleware._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore
    else:
        markcoroutinefunction(middleware)


def _route(request: Any) -> Optional[str]:
    match = getattr(request, "resolver_match", None)
    route = getattr(match, "route", None)
    return "/" + str(route).lstrip("/^") if route is not None else None
