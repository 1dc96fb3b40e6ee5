"""Flask.

    app = Flask(__name__)
    tidemark.flask.init_app(app)                          # or client=…
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from .web import Request, client_or_default

if TYPE_CHECKING:
    from .client import Client

_KEY = "tidemark.request"


def init_app(app: Any, client: "Optional[Client]" = None, *, traces: bool = True) -> None:
    """A scope and a trace for each request; a crash for each exception that
    no error handler of the app has answered."""
    from flask import g, got_request_exception, request

    def before() -> None:
        current = Request(client_or_default(client), request.method, traces)
        current.enter()
        setattr(g, _KEY, current)

    def after(response: Any) -> Any:
        current = getattr(g, _KEY, None)
        if current is not None:
            current.status = response.status_code
        return response

    def crashed(sender: Any, exception: BaseException, **more: Any) -> None:
        current = getattr(g, _KEY, None)
        if current is not None:
            current.route = _route(request)
            current.crashed(exception)

    def teardown(exc: Optional[BaseException]) -> None:
        current = g.pop(_KEY, None)
        if current is not None:
            current.route = _route(request)
            current.leave()

    app.before_request_funcs.setdefault(None, []).insert(0, before)
    app.after_request(after)
    app.teardown_request(teardown)
    got_request_exception.connect(crashed, app, weak=False)


def _route(request: Any) -> Optional[str]:
    return str(request.url_rule.rule) if request.url_rule is not None else None
