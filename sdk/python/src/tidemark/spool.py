"""The folder of a disk queue: segments, and what must outlive the process.

`state.json` holds the install, the highest number given, what was thrown away
and an opt-out. It is written to a new name and renamed, which is too slow for
each item that is sampled away; so such small news go, one `write` each, into
`journal-N.ndjson`, and the state says which N continues it.

A folder has one process: `lock` is locked as long as it lives.
"""
from __future__ import annotations

import json
import os
from typing import IO, Any, Dict, List, Optional

from .discards import Discards, read_listed
from .ident import uuid7, uuid7_time
from .kinds import CRASH, EVENT, is_item, kind_of, seq_of
from .segment import STRIDE, FileSegment, Segment, split_lines, write_whole

_JOURNAL_BYTES = 64 * 1024  # then it becomes a new state


class Taken(OSError):
    """Another process has the folder."""


def _lock(f: IO[bytes]) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt
        try:
            getattr(msvcrt, "locking")(f.fileno(), getattr(msvcrt, "LK_NBLCK"), 1)
        except OSError as e:
            raise Taken("%s is another process's folder" % os.path.dirname(f.name)) from e
        return
    try:
        fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as e:
        raise Taken("%s is another process's folder" % os.path.dirname(f.name)) from e


class Spool:
    """An opened folder. OSError from the constructor: it cannot be used, or
    another process has it."""

    def __init__(self, folder: str, now: int) -> None:
        self.folder = folder
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._lock_file = open(os.path.join(folder, "lock"), "ab")
        try:
            _lock(self._lock_file)
            self.discards = Discards()
            self.seq = 0
            self.opted_out = False
            self.install = ""
            self._journal: Optional[int] = None
            self._journal_bytes = 0
            self._generation = 0
            self.segments = self._load()
            self._numbers_on = self.seq
            self.install = self.install or uuid7(now)
            self.save()
        except BaseException:
            self._lock_file.close()
            raise

    # reading -----------------------------------------------------------
    def _load(self) -> List[FileSegment]:
        state = self._read_state()
        self.install = str(state.get("install") or "")
        self.seq = _whole(state.get("seq"))
        self.opted_out = state.get("opted_out") is True
        self._generation = _whole(state.get("journal"))
        news = self._read_journal()
        gone = {n.get("gone") for n in news}
        reported = 0
        segments = []
        for name in sorted(os.listdir(self.folder)):
            old = name.startswith("journal-") and name != os.path.basename(self._journal_path())
            if name in gone or old or name.endswith(".new"):
                os.unlink(os.path.join(self.folder, name))
            elif name.endswith(".ndjson") and name.split("-")[0] in (CRASH, EVENT):
                segment, report = self._read_segment(name)
                reported = max(reported, report)
                if segment is not None:
                    segments.append(segment)
        self._count(state, news, reported)
        _measure_room(segments)
        return segments

    def _read_state(self) -> Dict[str, Any]:
        try:
            with open(os.path.join(self.folder, "state.json"), "rb") as f:
                state = json.loads(f.read())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def _read_journal(self) -> List[Dict[str, Any]]:
        news = []
        try:
            with open(self._journal_path(), "rb") as f:
                for line in split_lines(f.read()):
                    one = json.loads(line)
                    if isinstance(one, dict):
                        news.append(one)
        except (OSError, ValueError):
            pass
        return news

    def _read_segment(self, name: str) -> "tuple[Optional[FileSegment], int]":
        """A segment, and the number of the last client_report in it."""
        path = os.path.join(self.folder, name)
        with open(path, "rb") as f:
            lines = split_lines(f.read())
        items = [x for x in lines[1:] if is_item(x)]
        number = name.split("-")[1][:-len(".ndjson")]
        if not items or not number.isdigit():
            os.unlink(path)
            return None, 0
        segment = FileSegment(self.folder, name.split("-")[0], int(number), lines[0],
                              _recorded_at(items[0]))
        segment.measure(items)
        if len(items) != len(lines) - 1:
            segment.replace(items)
        segment.last_seq = max(map(seq_of, items))
        self.seq = max(self.seq, segment.last_seq)
        return segment, max([seq_of(x) for x in items
                             if kind_of(x).type == "client_report"], default=0)

    def _count(self, state: Dict[str, Any], news: List[Dict[str, Any]],
               reported: int) -> None:
        """The losses that no report in the queue holds yet."""
        if reported <= _whole(state.get("seq")):
            for reason, category, n in read_listed(state.get("discarded")):
                self.discards.add(reason, category, n)
        for one in news:
            at = _whole(one.get("seq"))
            self.seq = max(self.seq, at)
            if reported <= at:
                for reason, category, n in read_listed(one.get("lost")):
                    self.discards.add(reason, category, n)

    # writing -----------------------------------------------------------
    def _journal_path(self) -> str:
        return os.path.join(self.folder, "journal-%d.ndjson" % self._generation)

    def save(self) -> None:
        """The state as it is now, with an empty journal. A disk that refuses
        is none of the app's concern: the queue goes on without."""
        before, self._generation = self._journal_path(), self._generation + 1
        state = {"install": self.install, "seq": self.seq, "journal": self._generation,
                 "opted_out": self.opted_out, "discarded": self.discards.listed()}
        try:
            if self._journal is not None:
                os.close(self._journal)
                self._journal = None
            write_whole(os.path.join(self.folder, "state.json"),
                        json.dumps(state).encode())
            self._numbers_on = self.seq
            if os.path.exists(before):
                os.unlink(before)
        except OSError:
            pass

    def note(self, **news: Any) -> None:
        """Something that the next process must know, in one write."""
        data = json.dumps(dict(news, seq=self.seq)).encode() + b"\n"
        try:
            if self._journal is None:
                self._journal = os.open(
                    self._journal_path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                self._journal_bytes = 0
            os.write(self._journal, data)
        except OSError:
            return
        self._numbers_on = self.seq
        self._journal_bytes += len(data)
        if self._journal_bytes > _JOURNAL_BYTES:
            self.save()

    def farewell(self, segment: Segment, lost: Optional[List[Dict[str, Any]]]) -> None:
        """Before a segment is deleted: its numbers and its loss stay known."""
        if lost:
            name = segment.path if isinstance(segment, FileSegment) else ""
            self.note(gone=os.path.basename(name), lost=lost)
        elif segment.last_seq > self._numbers_on:
            self.note()

    def open_segment(self, lane: str, number: int, context: bytes, at: int) -> FileSegment:
        """OSError: the disk does not want."""
        segment = FileSegment(self.folder, lane, number, context, at)
        segment.create()
        return segment

    def abandon(self) -> None:
        """Let go of the files without a trace: after a fork they are the
        parent's. The lock is of the parent too, and stays."""
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None
        self._lock_file.close()

    def close(self) -> None:
        self.save()
        self.abandon()


def _whole(value: Any) -> int:
    return value if type(value) is int and value >= 0 else 0


def _recorded_at(line: bytes) -> int:
    """When an item was recorded: its id knows."""
    try:
        at = line.index(b'"id":"') + 6
        return uuid7_time(line[at:at + 36].decode("ascii"))
    except ValueError:
        return 0


def _measure_room(segments: List[FileSegment]) -> None:
    for before, after in zip(segments, segments[1:]):
        if before.lane == after.lane:
            before.room = min(STRIDE, after.number - before.number)
