"""Whose items these are: user, organization and context, by contextvars.

A scope is opened for a request or a job and seen by its coroutines and by
nobody else. Outside of every scope there is one of the process.
"""
from __future__ import annotations

import contextlib
from collections import deque
from contextvars import ContextVar
from typing import Any, Deque, Dict, Iterator, List, Optional

BREADCRUMBS = 100


class Scope:
    def __init__(self, outer: Optional["Scope"] = None) -> None:
        self.user_id: Optional[str] = outer.user_id if outer else None
        self.anonymous_id: Optional[str] = outer.anonymous_id if outer else None
        self.session_id: Optional[str] = outer.session_id if outer else None
        self.context: Dict[str, Any] = dict(outer.context) if outer else {}
        self.breadcrumbs: Deque[Dict[str, Any]] = deque(
            outer.breadcrumbs if outer else (), maxlen=BREADCRUMBS)

    def trail(self) -> List[Dict[str, Any]]:
        """The breadcrumbs, oldest first. Another thread may be adding."""
        for _ in range(3):
            try:
                return list(self.breadcrumbs)
            except RuntimeError:
                continue
        return []


class Scopes:
    """The scopes of one client."""

    def __init__(self) -> None:
        self._process = Scope()
        self._current: ContextVar[Optional[Scope]] = ContextVar("tidemark_scope", default=None)
        self._get = self._current.get

    def current(self) -> Scope:
        return self._get() or self._process

    @contextlib.contextmanager
    def opened(self) -> Iterator[Scope]:
        """A new scope that begins with what the outer one knows."""
        scope = Scope(self.current())
        token = self._current.set(scope)
        try:
            yield scope
        finally:
            try:
                self._current.reset(token)
            except ValueError:  # closed in another context than it was opened in
                pass
