"""UUIDv7 (RFC 9562): 48 bits of time, 74 random bits from the system.

Not from the `random` module: a program that seeds it would repeat its ids.
"""
import os

_from_bytes = int.from_bytes


def uuid7(now_ms: int) -> str:
    r = _from_bytes(os.urandom(10), "big")
    return "%08x-%04x-7%03x-%04x-%012x" % (
        now_ms >> 16, now_ms & 0xFFFF, r & 0xFFF,
        0x8000 | r >> 12 & 0x3FFF, r >> 26 & 0xFFFFFFFFFFFF)


def uuid7_time(text: str) -> int:
    """The time in an id that uuid7() made, in milliseconds."""
    return int(text[:8] + text[9:13], 16)
