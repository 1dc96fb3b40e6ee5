"""The queue: two lanes of segments, in memory or in a spool, with caps.

Whoever calls holds the lock of the core. Numbers and losses live here too,
because they stand in the same files.
"""
from __future__ import annotations

import itertools
import json
from collections import deque
from typing import Any, Callable, Deque, Dict, Iterator, List, Optional, Sequence

from . import discards as reasons
from .clock import Clock
from .discards import Discards, read_listed
from .ident import uuid7
from .kinds import CRASH, EVENT, kind_of, seq_of
from .segment import NEVER, STRIDE, FileSegment, Segment
from .spool import Spool

SEGMENT_BYTES = 256 * 1024
SEGMENT_ITEMS = 100


class Lane:
    def __init__(self, name: str) -> None:
        self.name = name
        self.segments: Deque[Segment] = deque()
        self.open: Optional[Segment] = None
        self.until = 0  # ticks before which nothing of it is sent
        self.next = STRIDE


class Queue:
    def __init__(self, clock: Clock, spool: Optional[Spool], context: bytes, *,
                 interval: int, items: int, total_bytes: int, age: int) -> None:
        self.clock = clock
        self.spool = spool
        self.context = context
        self.interval = interval      # ms from the first item to its flush
        self.batch_items = items
        self.max_items = items        # the server may want less
        self.max_bytes = SEGMENT_BYTES
        self.total_bytes = total_bytes
        self.age = age                # ms
        self.bytes = 0
        self.seq = 0
        self.lanes = {CRASH: Lane(CRASH), EVENT: Lane(EVENT)}
        if spool is None:
            self.install = uuid7(clock.now())
            self.discards = Discards()
        else:
            self.install = spool.install
            self.discards = spool.discards
            self.seq = spool.seq
            self._adopt(spool.segments)
        self._numbers = itertools.count(self.seq + 1)

    def _adopt(self, segments: Sequence[FileSegment]) -> None:
        """What the last process left: a crash at once, the rest in time."""
        now = self.clock.ticks()
        for segment in segments:
            lane = self.lanes[segment.lane]
            segment.due = now if segment.lane == CRASH else now + self.interval
            lane.segments.append(segment)
            lane.next = segment.number + STRIDE
            self.bytes += segment.size

    # recording ---------------------------------------------------------
    def number(self) -> int:
        """The next one; whoever takes it adds the item or counts its loss. A
        signal handler may take the one behind it before this returns."""
        seq = next(self._numbers)
        self.seq = max(self.seq, seq)
        return seq

    def add(self, lane_name: str, line: bytes, at: int, seq: int,
            now_due: bool, held: bool = False) -> bool:
        """Append an item. True: a flush is due at another time than before.
        now_due: at once; held: not for this item (it is for the next start)."""
        lane = self.lanes[lane_name]
        segment = lane.open
        news = now_due
        if segment is not None and segment.size + len(line) > self.max_bytes:
            self._seal(lane)
            segment, news = None, True
        if segment is None:
            segment = self._open(lane, at)
            news = True
        try:
            segment.append(line)
        except OSError:
            segment = self._to_memory(lane, line, at)
        segment.last_seq = max(segment.last_seq, seq)
        self.bytes += len(line) + 1
        if segment.due == NEVER and not held:
            segment.due = self.clock.ticks() + self.interval
        if now_due:
            segment.due = 0
        if held:
            segment.sync()
        if segment.count >= self.max_items:
            self._seal(lane)
            news = True
        if self.bytes > self.total_bytes:
            self._shrink()
        return news

    def _open(self, lane: Lane, at: int) -> Segment:
        number, lane.next = lane.next, lane.next + STRIDE
        segment: Segment
        try:
            if self.spool is None:
                raise OSError
            segment = self.spool.open_segment(lane.name, number, self.context, at)
        except OSError:
            segment = Segment(lane.name, number, self.context, at)
        lane.segments.append(segment)
        lane.open = segment
        return segment

    def _to_memory(self, lane: Lane, line: bytes, at: int) -> Segment:
        """The disk is full: what is on it stays, the rest is in memory."""
        self._seal(lane)
        number, lane.next = lane.next, lane.next + STRIDE
        segment = Segment(lane.name, number, self.context, at)
        segment.append(line)
        lane.segments.append(segment)
        lane.open = segment
        return segment

    def _seal(self, lane: Lane) -> None:
        if lane.open is not None:
            lane.open.seal()
            lane.open.due = 0
            lane.open = None

    def seal(self) -> None:
        """A flush takes what is open."""
        for lane in self.lanes.values():
            self._seal(lane)

    def lose(self, reason: str, category: str, quantity: int = 1) -> None:
        """Count a loss, so that also the next process knows of it."""
        self.discards.add(reason, category, quantity)
        if self.spool is not None:
            self.spool.seq = self.seq
            self.spool.note(lost=[{"reason": reason, "category": category,
                                   "quantity": quantity}])

    # sending -----------------------------------------------------------
    def __len__(self) -> int:
        return sum(s.count for s in self.all())

    def all(self) -> Iterator[Segment]:
        for lane in self.lanes.values():
            yield from lane.segments

    def has_items(self) -> bool:
        return any(lane.segments for lane in self.lanes.values())

    def acknowledge(self, segment: Segment) -> None:
        """The server has it."""
        if self._take_out(segment):
            self._delete(segment)

    def throw_away(self, segment: Segment, reason: str) -> None:
        if not self._take_out(segment):
            return
        self._delete(segment, self._count(self._lines(segment), reason))

    def halve(self, segment: Segment) -> None:
        """Two segments in its place."""
        lane = self.lanes[segment.lane]
        lines = self._lines(segment)
        half = len(lines) // 2
        number, segment.room = segment.number + segment.room // 2, segment.room // 2
        second = self._placed(segment.lane, number, segment.context, segment.at, lines[half:])
        second.room, second.last_seq = segment.room, segment.last_seq
        try:
            segment.replace(lines[:half])
        except OSError:  # the whole stays: the server drops the repeats
            pass
        second.due = 0
        lane.segments.insert(lane.segments.index(segment) + 1, second)

    def requeue(self, segment: Segment, lines: Sequence[bytes], until: int) -> None:
        """A new segment of its lane, which waits until then."""
        lane = self.lanes[segment.lane]
        number, lane.next = lane.next, lane.next + STRIDE
        again = self._placed(segment.lane, number, segment.context, segment.at, lines)
        again.due = again.not_before = until
        again.last_seq = max(map(seq_of, lines))
        lane.segments.append(again)
        self.bytes += again.size

    def _placed(self, lane: str, number: int, context: bytes, at: int,
                lines: Sequence[bytes]) -> Segment:
        try:
            if self.spool is None:
                raise OSError
            on_disk = self.spool.open_segment(lane, number, context, at)
            on_disk.replace(lines)
            return on_disk
        except OSError:
            segment = Segment(lane, number, context, at)
            segment.replace(lines)
            return segment

    def _take_out(self, segment: Segment) -> bool:
        lane = self.lanes[segment.lane]
        if segment.gone:
            return False
        segment.gone = True
        if lane.open is segment:
            self._seal(lane)
        lane.segments.remove(segment)
        self.bytes = self.bytes - segment.size if self.has_items() else 0
        return True

    def _delete(self, segment: Segment, lost: Optional[List[Dict[str, Any]]] = None) -> None:
        if self.spool is not None:
            self.spool.seq = self.seq
            self.spool.farewell(segment, lost)
        segment.delete()

    @staticmethod
    def _lines(segment: Segment) -> List[bytes]:
        try:
            return list(segment.lines())
        except OSError:
            return []

    def _count(self, lines: Sequence[bytes], reason: str) -> List[Dict[str, Any]]:
        """Add lines to the losses. A lost report gives back what it said."""
        lost = Discards()
        for line in lines:
            kind = kind_of(line)
            lost.add(reason, kind.category)
            if kind.type == "client_report":
                props = json.loads(line).get("props", {})
                for row in read_listed(props.get("discarded_events")):
                    lost.add(*row)
        for row in read_listed(lost.listed()):
            self.discards.add(*row)
        return lost.listed()

    # caps --------------------------------------------------------------
    def _shrink(self) -> None:
        """The oldest of the event lane first, then of the crash lane."""
        for name in (EVENT, CRASH):
            for segment in list(self.lanes[name].segments):
                if self.bytes <= self.total_bytes:
                    return
                if not segment.sending:
                    self.throw_away(segment, reasons.QUEUE_FULL)

    def expire(self) -> None:
        """What is older than a week, say."""
        oldest = self.clock.now() - self.age
        for segment in list(self.all()):
            if segment.at < oldest and not segment.sending:
                self.throw_away(segment, reasons.QUEUE_AGE)

    def sift(self, keep: Callable[[bytes], bool], reason: str) -> None:
        """Delete the items that may not be kept any more."""
        for segment in list(self.all()):
            lines = self._lines(segment)
            kept = [x for x in lines if keep(x)]
            if segment.sending or len(kept) == len(lines):
                continue
            lane = self.lanes[segment.lane]
            if lane.open is segment:
                self._seal(lane)
            if not kept:
                self.throw_away(segment, reason)
                continue
            before = segment.size
            try:
                segment.replace(kept)
            except OSError:  # it may not stay, whatever the disk says
                self.throw_away(segment, reason)
                continue
            self.bytes += segment.size - before
            lost = self._count([x for x in lines if not keep(x)], reason)
            if self.spool is not None:
                self.spool.seq = self.seq
                self.spool.note(lost=lost)

    def clear(self) -> None:
        """Everything, uncounted: its install is at an end."""
        for segment in list(self.all()):
            self._take_out(segment)
            segment.delete()
        self.discards.clear()
        self.seq = 0
        self._numbers = itertools.count(1)
        self.install = uuid7(self.clock.now())
        self.remember()

    def remember(self, opted_out: Optional[bool] = None) -> None:
        """Bring the state file up to date."""
        if self.spool is not None:
            self.spool.seq, self.spool.install = self.seq, self.install
            if opted_out is not None:
                self.spool.opted_out = opted_out
            self.spool.save()
