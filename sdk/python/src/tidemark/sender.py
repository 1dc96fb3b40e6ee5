"""Sending: what is due, one request at a time, and what its answer changes.

Runs in one thread (worker.py) or, in a test, wherever it is called. Times are
ticks of the clock in milliseconds.
"""
from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Dict, List, Optional

from . import answers
from . import discards as reasons
from .answers import Answer
from .kinds import EVENT
from .queue import SEGMENT_BYTES, Lane
from .remote import PATH as CONFIG_PATH
from .segment import NEVER, Segment
from .transport import Transport
from .version import NAME, VERSION

if TYPE_CHECKING:
    from .core import Core

BATCH_PATH = "/api/v1/ingest/batch"
_ENVELOPE_BYTES = 1024  # of a body that are not items


class Sender:
    def __init__(self, core: "Core", transport: Transport) -> None:
        self.core = core
        self.transport = transport
        self.busy = threading.Lock()  # one run at a time
        self.until = 0                # ticks before which nothing is sent
        self.failures = 0
        self.key_pause = False
        self.lane_failures: Dict[str, int] = {}

    # when ---------------------------------------------------------------
    def due(self) -> Optional[int]:
        """Ticks at which there is something to do, None: nothing in sight."""
        core = self.core
        with core.lock:
            if not core.on or core.opted_out:
                return None
            if core.remote.killed:
                return core.remote.next_poll
            best = min((self._due_of(lane) for lane in core.queue.lanes.values()),
                       default=NEVER)
        return None if best >= NEVER else best

    def _due_of(self, lane: Lane) -> int:
        floor = max(self.until, lane.until)
        best = NEVER
        for segment in lane.segments:
            best = min(best, max(segment.due, segment.not_before, floor))
            if best == floor:
                break
        return best

    def paused_ms(self) -> int:
        """The shortest wait of a lane that has something. 0: none waits."""
        with self.core.lock:
            return max(0, self._next_try() - self.core.clock.ticks())

    def _next_try(self) -> int:
        """Ticks from which something that waits may be sent."""
        return min((max(self.until, lane.until, min(s.not_before for s in lane.segments))
                    for lane in self.core.queue.lanes.values() if lane.segments), default=0)

    # a run --------------------------------------------------------------
    def run(self, force: bool = False, deadline: Optional[int] = None) -> None:
        """Send what is due; with force all that may be sent. deadline: no
        request begins after these ticks, and none lasts longer."""
        with self.busy:
            if not force and not self._is_due():
                return
            self._fetch_config(deadline)
            if not self._prepare(force):
                return
            while deadline is None or self.core.clock.ticks() < deadline:
                self._fetch_config(deadline)
                segment = self._next()
                if segment is None:
                    break
                self._send(segment, deadline)

    def finish(self, deadline: int) -> None:
        """A run, and another after each pause that ends before the deadline."""
        core = self.core
        while True:
            self.run(force=True, deadline=deadline)
            with core.lock:
                again = self._next_try()
                left = core.may_send() and core.queue.has_items()
            if not left or max(again, core.clock.ticks()) >= deadline:
                return
            core.clock.wait(again)

    def _is_due(self) -> bool:
        due = self.due()
        return due is not None and due <= self.core.clock.ticks()

    def _prepare(self, force: bool) -> bool:
        """Report the losses, close what is open. False: nothing may go."""
        core = self.core
        queue = core.queue
        now = core.clock.ticks()
        with core.lock:
            if not core.may_send():
                return False
            queue.expire()
            if max(self.until, 0) > now:
                return False
            if queue.discards and queue.lanes[EVENT].until <= now and \
                    (force or queue.has_items()):
                core.report()
            queue.seal()
            return queue.has_items()

    def _next(self) -> Optional[Segment]:
        """The crash lane first, then the oldest; it is ours until settled."""
        core = self.core
        now = core.clock.ticks()
        with core.lock:
            if not core.may_send() or self.until > now:
                return None
            for lane in core.queue.lanes.values():
                if lane.until > now:
                    continue
                for segment in lane.segments:
                    if segment is not lane.open and segment.not_before <= now:
                        segment.sending = True
                        return segment
        return None

    def _send(self, segment: Segment, deadline: Optional[int]) -> None:
        core = self.core
        try:
            lines = segment.lines()
        except OSError:  # somebody took the file away
            lines = []
        if not lines:
            with core.lock:
                core.queue.acknowledge(segment)
            return
        body = self._body(segment.context, lines)
        answer = self.transport.post(BATCH_PATH, body, self._headers(), self._timeout(deadline))
        with core.lock:
            segment.sending = False
            if not segment.gone:
                self._settle(segment, lines, answer)

    def _body(self, context: bytes, lines: List[bytes]) -> bytes:
        with self.core.lock:
            install = self.core.queue.install.encode()
        parts = [b'{"schema_version":"1.1","sent":%d,"install":"%b"' % (
            self.core.clock.now(), install)]
        if context != b"{}":
            parts += [b',"context":', context]
        parts += [b',"items":[', b",".join(lines), b"]}"]
        return b"".join(parts)

    def _headers(self) -> Dict[str, str]:
        return {"Authorization": "Bearer " + self.core.write_key,
                "Content-Type": "application/json", "Accept": "application/json",
                "X-SDK": NAME, "X-SDK-Version": VERSION,
                "User-Agent": "tidemark-%s/%s" % (NAME, VERSION)}

    def _timeout(self, deadline: Optional[int]) -> float:
        seconds = self.core.options.request_timeout
        if deadline is None:
            return seconds
        return max(0.05, min(seconds, (deadline - self.core.clock.ticks()) / 1000))

    # after an answer (with the lock) --------------------------------------
    def _settle(self, segment: Segment, lines: List[bytes], answer: Answer) -> None:
        queue = self.core.queue
        verdict = answer.verdict
        if verdict == answers.STORED:
            self._succeed(segment)
            self._again(segment, lines, answer)
            queue.acknowledge(segment)
        elif verdict == answers.MALFORMED:
            self._succeed(segment)
            self.core.options.warn("the server refused a batch: %d %s", answer.status,
                                   answer.body[:300].decode("utf-8", "replace"))
            queue.throw_away(segment, reasons.REJECTED)
        elif verdict == answers.TOO_LARGE:
            self._succeed(segment)
            if len(lines) > 1:
                queue.halve(segment)
            else:
                queue.throw_away(segment, reasons.TOO_LARGE)
        elif verdict == answers.KEY:
            self.core.options.warn("the server does not take the write key (%d); "
                                   "the next try is in an hour", answer.status)
            self.key_pause = True
            self.until = self.core.clock.ticks() + answers.KEY_PAUSE_MS
        else:
            self._wait(answer)

    def _succeed(self, segment: Segment) -> None:
        self.failures = 0
        self.key_pause = False
        self.lane_failures.pop(segment.lane, None)

    def _again(self, segment: Segment, lines: List[bytes], answer: Answer) -> None:
        """The items that the server wants later, in a segment of their own."""
        indexes = answer.retries(len(lines))
        if indexes:
            wait = answer.retry_after(self.core.clock.now()) or answers.RETRY_MS
            self.core.queue.requeue(segment, [lines[i] for i in indexes],
                                    self.core.clock.ticks() + wait)

    def _wait(self, answer: Answer) -> None:
        lane = answer.lane()
        if lane is None:
            self.failures += 1
            failures = self.failures
        else:
            failures = self.lane_failures[lane] = self.lane_failures.get(lane, 0) + 1
        wait = max(answers.backoff_ms(failures, self._share()),
                   answer.retry_after(self.core.clock.now()))
        until = self.core.clock.ticks() + wait
        if lane is None:
            self.until = until
        else:
            self.core.queue.lanes[lane].until = until

    def _share(self) -> float:
        return self.core.runtime.random()

    def forget_key_pause(self) -> None:
        if self.key_pause:
            self.key_pause = False
            self.until = 0

    # configuration --------------------------------------------------------
    def _fetch_config(self, deadline: Optional[int]) -> None:
        """When it is time and there is a reason to."""
        core = self.core
        remote = core.remote
        now = core.clock.ticks()
        if now < remote.next_poll or (not remote.killed and (
                self.until > now or not core.queue.has_items())):
            return
        headers = self._headers()
        del headers["Content-Type"]
        if remote.etag:
            headers["If-None-Match"] = remote.etag
        answer = self.transport.get(CONFIG_PATH, headers, self._timeout(deadline))
        with core.lock:
            remote.take(answer, now)
            core.refresh()
            core.queue.max_items = min(core.queue.batch_items, remote.max_events)
            core.queue.max_bytes = max(1, min(SEGMENT_BYTES, remote.max_bytes - _ENVELOPE_BYTES))
