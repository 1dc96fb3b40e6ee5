"""Tidemark for Python: events, crashes and traces, each stored exactly once.

    import tidemark

    client = tidemark.Client("tm_wk_…", "https://tidemark.example.org")
    client.track("signed_up", {"plan": "pro"}, user_id="u_1")

or one client of the process, found from everywhere:

    tidemark.init("tm_wk_…", "https://tidemark.example.org")
    tidemark.default().track("signed_up", {"plan": "pro"}, user_id="u_1")
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional

from .client import Client
from .logs import LoggingHandler
from .scope import Scope
from .trace import Trace
from .version import VERSION as __version__

__all__ = ["Client", "LoggingHandler", "Scope", "Trace", "default", "init", "__version__"]

if TYPE_CHECKING:  # init() takes what Client takes
    from typing_extensions import ParamSpec
    _P = ParamSpec("_P")

    def _like(pattern: Callable[_P, Client], act: Callable[..., Client]) -> Callable[_P, Client]:
        ...
else:
    def _like(pattern, act):
        return act

_default: Optional[Client] = None
_none: Optional[Client] = None


def _init(*values: Any, **options: Any) -> Client:
    """Make the client of this process; see Client for the options. A client
    that was made before is closed."""
    global _default
    former, _default = _default, Client(*values, **options)
    if former is not None:
        former.close()
    return _default


init = _like(Client, _init)


def default() -> Client:
    """The client of init(); before it, one that does nothing."""
    global _none
    if _default is not None:
        return _default
    if _none is None:
        _none = Client(disabled=True)
    return _none
