"""ASGI: FastAPI, Starlette, Quart, Litestar.

    app = FastAPI()
    app.add_middleware(tidemark.asgi.Middleware)          # or client=…
"""
from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Awaitable, Callable, MutableMapping, Optional

from .web import Request, client_or_default

if TYPE_CHECKING:
    from .client import Client

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Middleware:
    """traces: also record how long each request took. When the server shuts
    down (uvicorn then ends by the signal, without atexit) what waits is sent."""

    def __init__(self, app: App, client: "Optional[Client]" = None, *,
                 traces: bool = True) -> None:
        self.app = app
        self.client = client
        self.traces = traces

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, self._flushing(send)
                           if scope["type"] == "lifespan" else send)
            return
        request = Request(client_or_default(self.client), scope.get("method", "GET"),
                          self.traces)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = message.get("status")
            await send(message)

        request.enter()
        try:
            await self.app(scope, receive, sent)
        except BaseException as e:
            request.route = route_of(scope)
            request.crashed(e)
            raise
        finally:
            request.route = route_of(scope)
            request.leave()


    def _flushing(self, send: Send) -> Send:
        """send of a lifespan, which flushes before the end is confirmed."""
        async def sent(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                client = client_or_default(self.client)
                await asyncio.get_running_loop().run_in_executor(None, client.finish)
            await send(message)
        return sent


def route_of(scope: Message) -> Optional[str]:
    """The pattern that matched, else the name of the function that did, from
    what frameworks leave in the scope."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):
        return path
    name = getattr(scope.get("endpoint"), "__name__", None)
    return name if isinstance(name, str) else None
