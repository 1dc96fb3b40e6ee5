"""A segment is a batch to be: items of one lane, recorded under one context.

Items are lines of JSON. Segment keeps them in memory, FileSegment in a file
whose first line is the context. Neither knows when it is sent.
"""
from __future__ import annotations

import os
from typing import List, Optional, Sequence

NEVER = 1 << 62  # ticks


class Segment:
    """Lines in memory."""

    def __init__(self, lane: str, number: int, context: bytes, at: int) -> None:
        self.lane = lane
        self.number = number      # the order within the lane
        self.room = STRIDE        # numbers free until the next segment
        self.context = context
        self.at = at              # when its first item was recorded, ms
        self.count = 0
        self.size = 0             # bytes of the lines
        self.last_seq = 0
        self.due = NEVER          # ticks at which a flush is due for it
        self.not_before = 0       # ticks before which it waits
        self.sending = False
        self.gone = False         # no longer in the queue
        self._lines: List[bytes] = []

    def append(self, line: bytes) -> None:
        """OSError: it is not in (a file only)."""
        self._lines.append(line)
        self.grow(line)

    def grow(self, line: bytes) -> None:
        self.count += 1
        self.size += len(line) + 1

    def lines(self) -> List[bytes]:
        return self._lines

    def replace(self, lines: Sequence[bytes]) -> None:
        """Other lines from now on. OSError: nothing has changed."""
        self._lines = list(lines)
        self.measure(lines)

    def measure(self, lines: Sequence[bytes]) -> None:
        self.count = len(lines)
        self.size = sum(map(len, lines)) + self.count

    def seal(self) -> None:
        """Nothing is appended any more."""

    def sync(self) -> None:
        """Onto the disk itself, where there is one."""

    def delete(self) -> None:
        self._lines = []


STRIDE = 1 << 20  # halves of a segment get numbers in between


class FileSegment(Segment):
    """Lines in a file; only their count is in memory."""

    def __init__(self, folder: str, lane: str, number: int, context: bytes,
                 at: int) -> None:
        super().__init__(lane, number, context, at)
        self.path = os.path.join(folder, "%s-%020d.ndjson" % (lane, number))
        self._fd: Optional[int] = None

    def create(self) -> None:
        """A new file with the context in it."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._fd = os.open(self.path, flags | getattr(os, "O_BINARY", 0), 0o600)
        try:
            self._write(self.context + b"\n")
        except OSError:
            self.delete()
            raise

    def _write(self, data: bytes) -> None:
        fd = self._fd
        if fd is None:
            raise OSError("the segment is sealed")
        n = os.write(fd, data)
        if n != len(data):
            os.ftruncate(fd, os.fstat(fd).st_size - n)
            raise OSError("the disk is full")

    def append(self, line: bytes) -> None:
        self._write(line + b"\n")
        self.grow(line)

    def lines(self) -> List[bytes]:
        with open(self.path, "rb") as f:
            return split_lines(f.read())[1:]

    def replace(self, lines: Sequence[bytes]) -> None:
        self.seal()
        write_whole(self.path, b"\n".join([self.context, *lines, b""]))
        self.measure(lines)

    def seal(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def sync(self) -> None:
        if self._fd is not None:
            try:
                os.fsync(self._fd)
            except OSError:
                pass

    def delete(self) -> None:
        self.seal()
        try:
            os.unlink(self.path)
        except OSError:
            pass


def split_lines(data: bytes) -> List[bytes]:
    """Whole lines; what is behind the last line feed was never finished."""
    return data.split(b"\n")[:-1]


def write_whole(path: str, data: bytes) -> None:
    """A file is there whole or as it was before."""
    fd = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC |
                 getattr(os, "O_BINARY", 0), 0o600)
    try:
        done = os.write(fd, data) == len(data)
    finally:
        os.close(fd)
    if not done:
        os.unlink(path + ".new")
        raise OSError("the disk is full")
    os.replace(path + ".new", path)
