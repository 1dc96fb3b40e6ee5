"""The core: what recording and sending share, behind one lock.

A client has one core, a forked child a new one. Recording (the app's threads)
holds the lock for some microseconds; sending (one thread) holds it only
between requests. The lock is reentrant, so a signal handler or a finalizer
that records inside a recording call does not stop the process.
"""
from __future__ import annotations

import json
import random
import threading
from typing import Any, Callable, Dict, FrozenSet, Optional

from . import discards as reasons
from .clock import Clock
from .ident import uuid7
from .kinds import CRASH, KINDS, Kind, kind_of
from .options import Options
from .queue import Queue
from .remote import Remote
from .sampling import keeps
from .spool import Spool, Taken
from .transport import Transport
from .values import cut, clean, encode, redact_set

Item = Dict[str, Any]
BeforeSend = Callable[[Item], Optional[Item]]
SLOT, SLOTS = "{slot}", 256
_SEQ_ROOM = 32  # bytes for ,"seq":N}
_RATES = {"event": "events", "trace": "traces"}
CONSENTS = ("analytics", "crashes", "traces")


class Runtime:
    """What a test replaces: time, chance, the network, the thread."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.random: Callable[[], float] = random.SystemRandom().random

    def transport(self, options: Options) -> Transport:
        return Transport(options.endpoint, compress=options.gzip, ca_file=options.ca_file)

    def worker(self, core: "Core") -> Any:
        from .worker import Worker
        return Worker(core)


class Core:
    def __init__(self, options: Options, runtime: Runtime, forked: bool = False) -> None:
        from .sender import Sender
        self.options = options
        self.runtime = runtime
        self.clock = runtime.clock
        self.lock = threading.RLock()
        self.remote = Remote(options.fetch_config)
        self.redact: FrozenSet[str] = redact_set(options.redact_keys)
        self.consent = dict(options.consent)
        self.sampling = dict(options.sampling)
        self.before_send: Optional[BeforeSend] = options.before_send
        self.write_key: str = options.write_key
        self.on = not options.disabled
        self.closed = False
        self.spool = self._open_spool(forked)
        self.opted_out = self.spool is not None and self.spool.opted_out
        self.queue = Queue(
            self.clock, self.spool, _context_line(options),
            interval=options.flush_interval_ms, items=options.batch_size,
            total_bytes=options.queue_bytes, age=options.queue_age_ms)
        self.sender = Sender(self, runtime.transport(options))
        self.worker = runtime.worker(self)
        self.active = False
        self.refresh()
        if self.active and self.queue.has_items():
            self.worker.wake()

    def _open_spool(self, forked: bool) -> Optional[Spool]:
        """The folder, when it is free; one with {slot} in its name is the
        first free one of many. A forked child's parent has the folder."""
        name = self.options.spool
        if name is None or self.options.disabled or (forked and SLOT not in name):
            return None
        for slot in range(SLOTS if SLOT in name else 1):
            try:
                return Spool(name.replace(SLOT, str(slot)), self.clock.now())
            except OSError as e:
                why = e
                if not isinstance(e, Taken):
                    break
        self.options.warn("the queue is in memory: %s", why)
        return None

    # is anything recorded? ----------------------------------------------
    def refresh(self) -> None:
        """active, after one of its parts has changed."""
        self.active = self.on and not self.opted_out and not self.closed \
            and not self.remote.killed

    def may_send(self) -> bool:
        return self.on and not self.opted_out and not self.remote.killed

    def accepts(self, kind: Kind) -> bool:
        return self.active and (kind.consent == "" or self.consent[kind.consent])

    # recording ----------------------------------------------------------
    def record(self, type_: str, fields: Item, subject: str = "",
               at: Optional[int] = None, held: bool = False) -> None:
        """One item; fields are clean. held: a fatal crash, which is on disk
        when this returns and sent at the next start."""
        kind = KINDS[type_]
        if not self.accepts(kind):
            return
        now = self.clock.now()
        made = uuid7(now)
        item: Item = {"type": type_, "id": made, "ts": now if at is None else at}
        item.update(fields)
        if not self._samples(kind, subject or made):
            self._lose(kind, reasons.SAMPLED)
        elif self.before_send is not None:
            self._record_asked(kind, item, held)
        else:
            self._append(kind, self._encoded(item), now, None, held)

    def _samples(self, kind: Kind, subject: str) -> bool:
        what = _RATES.get(kind.type)
        if what is None:
            return True
        rate = min(self.sampling[what], self.remote.rate(what))
        return rate >= 1.0 or keeps(subject, rate)

    def _lose(self, kind: Kind, reason: str, seq: Optional[int] = None) -> None:
        with self.lock:
            if self.accepts(kind):
                if seq is None:
                    self.queue.number()
                self.queue.lose(reason, kind.category)

    def _record_asked(self, kind: Kind, item: Item, held: bool) -> None:
        """With before_send, which sees the number and runs without the lock."""
        with self.lock:
            seq = self.queue.number()
        made = (item["type"], item["id"])
        now = self.clock.now()
        try:
            changed = self.before_send(dict(item, seq=seq)) if self.before_send else None
            if changed is None:
                raise ValueError("dropped")
            kept = {"type": made[0], "id": made[1]}
            for key, value in changed.items():
                if key not in ("type", "id", "seq"):
                    kept[key] = clean(value, self.redact) if isinstance(value, dict) \
                        and key != "exception" else value
            line = self._encoded(kept)
        except Exception:
            self._lose(kind, reasons.BEFORE_SEND, seq)
            return
        self._append(kind, line, now, seq, held)

    @staticmethod
    def _encoded(item: Item) -> bytes:
        return encode(item)[:-1]

    def _append(self, kind: Kind, head: bytes, now: int, seq: Optional[int],
                held: bool) -> None:
        """head: the item without its last brace."""
        if len(head) > kind.limit - _SEQ_ROOM:
            self._lose(kind, reasons.TOO_LARGE, seq)
            return
        held = held and self.spool is not None
        with self.lock:
            if not self.accepts(kind):
                return
            if seq is None:
                seq = self.queue.number()
            news = self.queue.add(kind.lane, b'%b,"seq":%d}' % (head, seq), now, seq,
                                  kind.lane == CRASH and not held, held)
        if news:
            self.worker.wake()

    def report(self) -> None:
        """One client_report with what was thrown away. With the lock."""
        queue, now = self.queue, self.clock.now()
        head = self._encoded({"type": "client_report", "id": uuid7(now), "ts": now,
                              "props": {"discarded_events": queue.discards.listed()}})
        seq = queue.number()
        queue.add("event", b'%b,"seq":%d}' % (head, seq), now, seq, False)
        queue.discards.clear()
        queue.remember()

    # switches -----------------------------------------------------------
    def set_on(self, on: bool) -> None:
        with self.lock:
            self.on = on
            self.refresh()
        self.worker.wake()

    def set_consent(self, **switches: Optional[bool]) -> None:
        """What waits and may not any more is deleted."""
        with self.lock:
            for name in CONSENTS:
                if switches.get(name) is not None:
                    self.consent[name] = bool(switches[name])
            if not all(self.consent.values()):
                self.queue.sift(self._is_allowed, reasons.CONSENT)

    def _is_allowed(self, line: bytes) -> bool:
        consent = kind_of(line).consent
        return consent == "" or self.consent[consent]

    def opt_out(self) -> None:
        with self.lock:
            self.opted_out = True
            self.refresh()
            self.queue.clear()
            self.queue.remember(opted_out=True)

    def opt_in(self) -> None:
        with self.lock:
            self.opted_out = False
            self.refresh()
            self.queue.remember(opted_out=False)

    def set_write_key(self, key: str) -> None:
        with self.lock:
            self.write_key = key
            self.sender.forget_key_pause()
        self.worker.wake()

    def close(self) -> None:
        """Nothing is recorded any more; what is on disk stays there."""
        with self.lock:
            if self.closed:
                return
            self.closed = True
            self.refresh()
            self.queue.seal()
            if self.spool is not None:
                self.queue.remember()
                self.spool.abandon()
                self.queue.spool = None
        if self.sender.busy.acquire(blocking=False):  # else it ends with its thread
            self.sender.transport.drop()
            self.sender.busy.release()

    def abandon(self) -> None:
        """In a forked child: everything here is the parent's."""
        self.closed, self.active = True, False
        for segment in self.queue.all():
            segment.seal()
        if self.spool is not None:
            self.spool.abandon()
        self.sender.transport.abandon()


def _context_line(options: Options) -> bytes:
    """The context of a batch, without its empty parts."""
    context = {}
    for name, block in (("app", options.app), ("device", options.device)):
        kept = {k: cut(str(v), 256) for k, v in block.items() if v not in (None, "")}
        if kept:
            context[name] = kept
    return json.dumps(context, separators=(",", ":")).encode()
