"""The logging module as a source: breadcrumbs, and crashes with a traceback.

    logging.getLogger().addHandler(tidemark.LoggingHandler())
"""
from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from .client import Client


class LoggingHandler(logging.Handler):
    """A record of `level` (INFO) and above is a breadcrumb; one of ERROR and
    above with exc_info (logger.exception) is a crash that is not fatal.
    client: default tidemark.default(), looked up with each record."""

    def __init__(self, client: "Optional[Client]" = None, level: int = logging.INFO) -> None:
        super().__init__(level)
        self._client = client
        self._inside = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] == "tidemark" or getattr(self._inside, "busy", False):
            return  # what the client says of itself would come back for ever
        self._inside.busy = True
        try:
            self._take(record)
        except Exception:
            self.handleError(record)
        finally:
            self._inside.busy = False

    def _take(self, record: logging.LogRecord) -> None:
        client = self._client
        if client is None:
            from . import default
            client = default()
        message = record.getMessage()
        exc = record.exc_info[1] if record.exc_info else None
        if record.levelno >= logging.ERROR and exc is not None:
            client.capture_exception(exc, props={"logger": record.name, "log": message})
        client.breadcrumb(message, type="log", data={
            "logger": record.name, "level": record.levelname.lower()})
