"""The thread that sends. It begins with the first item and is a daemon: a
program ends when it wants to; hooks.py sends what is left.
"""
from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from .core import Core

_LONGEST_S = 3600.0


class _Request:
    """Somebody waits for a run."""

    def __init__(self, deadline: int, finish: bool, last: bool) -> None:
        self.deadline = deadline  # ticks
        self.finish = finish
        self.last = last
        self.done = threading.Event()


class Worker:
    def __init__(self, core: "Core") -> None:
        self.core = core
        # SimpleQueue: its put() may be interrupted by itself (signals, finalizers)
        self._bell: "queue.SimpleQueue[Optional[_Request]]" = queue.SimpleQueue()
        self._thread: Optional[threading.Thread] = None
        self._ended = False

    def wake(self) -> None:
        """Something is due at another time than before."""
        if self._thread is None:
            self._start()
        self._bell.put(None)

    def _start(self) -> bool:
        with self.core.lock:
            if self._thread is None and not self._ended:
                thread = threading.Thread(target=self._loop, name="tidemark", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the interpreter is ending, or no threads left
                    return False
                self._thread = thread
        return self._thread is not None

    def flush(self, timeout: float, finish: bool = False, last: bool = False) -> bool:
        """Send what may be sent; True when that was in time. finish: wait for
        pauses that end in time; last: the thread ends after it."""
        clock = self.core.clock
        deadline = clock.ticks() + int(timeout * 1000)
        request = _Request(deadline, finish, last)
        thread = self._thread
        if thread is threading.current_thread():  # from before_send, say
            return False
        alive = thread is not None and thread.is_alive()
        if self._ended or not (alive or (not last and self._start())):
            return self._inline(request, timeout)
        self._bell.put(request)
        return request.done.wait(timeout)

    def _inline(self, request: _Request, timeout: float) -> bool:
        """Without a thread: at the end of the interpreter."""
        if not self.core.sender.busy.acquire(timeout=timeout):
            return False
        self.core.sender.busy.release()
        self._serve(request)
        return True

    def _serve(self, request: _Request) -> None:
        if request.finish:
            self.core.sender.finish(request.deadline)
        else:
            self.core.sender.run(force=True, deadline=request.deadline)

    def stop(self, timeout: float) -> bool:
        done = self.flush(timeout, finish=True, last=True)
        self._ended = True
        return done

    def _loop(self) -> None:
        while True:
            request = self._wait()
            try:
                if request is not None:
                    self._serve(request)
                else:
                    self.core.sender.run()
            except Exception as e:  # never: but a dead thread would be silence
                self.core.options.warn("sending failed: %r", e)
                self.core.sender.until = self.core.clock.ticks() + 60_000
            if request is not None:
                request.done.set()
                if request.last:
                    return

    def _wait(self) -> Optional[_Request]:
        """Until something is due or asked for."""
        while True:
            due = self.core.sender.due()
            seconds = _LONGEST_S
            if due is not None:
                seconds = min(seconds, (due - self.core.clock.ticks()) / 1000)
            try:
                if seconds <= 0:
                    asked = self._bell.get_nowait()
                else:
                    asked = self._bell.get(timeout=seconds)
            except queue.Empty:
                if due is not None:
                    return None
                continue
            if asked is not None:
                return asked
