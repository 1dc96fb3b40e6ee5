"""Where the process tells of itself: uncaught exceptions, its end, a fork, a
SIGTERM. Each is hooked once for all clients, and the hook that was there
before is always called.
"""
from __future__ import annotations

import _thread
import atexit
import os
import signal
import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Type

if TYPE_CHECKING:
    from .client import Client

_clients: "List[Client]" = []
_lock = threading.RLock()  # a signal handler may close
_installed = False


def adopt(client: "Client") -> None:
    """From now on the process's events are the client's too."""
    global _installed
    with _lock:
        _clients.append(client)
        if not _installed:
            _installed = True
            atexit.register(_at_exit)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=_after_fork)
            _catch_main(sys.excepthook)
            _catch_threads(threading.excepthook)


def forget(client: "Client") -> None:
    with _lock:
        if client in _clients:
            _clients.remove(client)


def _at_exit() -> None:
    for client in list(_clients):
        client.close()


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()
    for client in list(_clients):
        client._after_fork()


def _record(exc: Optional[BaseException], fatal: bool, **props: Any) -> None:
    for client in list(_clients):
        if exc is not None and client.catches_uncaught:
            client.capture_exception(exc, fatal=fatal, props=props or None)


def _catch_main(former: Callable[..., Any]) -> None:
    def hook(kind: Type[BaseException], exc: BaseException,
             tb: Optional[TracebackType]) -> None:
        try:
            if not issubclass(kind, KeyboardInterrupt):
                _record(exc, True)
        finally:
            former(kind, exc, tb)

    sys.excepthook = hook


def _catch_threads(former: Callable[..., Any]) -> None:
    """The end of a thread is not the end of the process: not fatal."""
    def hook(args: Any) -> None:
        try:
            if not issubclass(args.exc_type, SystemExit):
                _record(args.exc_value, False,
                        thread=getattr(args.thread, "name", "unknown"))
        finally:
            former(args)

    threading.excepthook = hook


def end_of_child(client: "Client") -> None:
    """A child of multiprocessing ends without atexit: its own way, then."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(client, _finalize)


def _finalize(client: "Client") -> None:
    from multiprocessing import util
    util.Finalize(None, client.close, exitpriority=10)


def catch_sigterm() -> None:
    """Send what is left before the default action ends the process. A handler
    that the app has set is left alone: such an app ends in atexit."""
    def close_all() -> None:
        _at_exit()
        os.kill(os.getpid(), signal.SIGTERM)

    def handler(number: int, frame: Any) -> None:
        if any(client.is_recording_here() for client in _clients):
            # this very thread must go on to release the lock: another one
            # closes, and sends the signal once more
            _thread.start_new_thread(close_all, ())
            return
        _at_exit()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    try:
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, handler)
    except ValueError:  # only the main thread may set one
        pass
