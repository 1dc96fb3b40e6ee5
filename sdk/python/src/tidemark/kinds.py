"""What can be recorded: one row a type of item."""
from __future__ import annotations

from typing import Dict, NamedTuple

CRASH, EVENT = "crash", "event"  # the two lanes of the queue
ITEM_BYTES, CRASH_BYTES = 32 * 1024, 512 * 1024


class Kind(NamedTuple):
    type: str
    lane: str
    category: str  # under which a loss is reported
    consent: str   # which switch allows it; "" = always
    limit: int     # bytes of JSON


KINDS: Dict[str, Kind] = {k.type: k for k in (
    Kind("event", EVENT, "event", "analytics", ITEM_BYTES),
    Kind("identify", EVENT, "user", "analytics", ITEM_BYTES),
    Kind("alias", EVENT, "user", "analytics", ITEM_BYTES),
    Kind("user_properties", EVENT, "user", "analytics", ITEM_BYTES),
    Kind("crash", CRASH, "crash", "crashes", CRASH_BYTES),
    Kind("trace", EVENT, "trace", "traces", ITEM_BYTES),
    Kind("client_report", EVENT, "event", "", ITEM_BYTES),
)}

_HEAD = b'{"type":"'


def kind_of(line: bytes) -> Kind:
    """The kind of an encoded item: `type` is always its first key."""
    end = line.find(b'"', len(_HEAD))
    return KINDS.get(line[len(_HEAD):end].decode("ascii", "replace"),
                     KINDS["event"])


def is_item(line: bytes) -> bool:
    """Does a line look like one of ours, from its first to its last byte?"""
    return line.startswith(_HEAD) and line.endswith(b"}") and \
        line.rfind(b',"seq":') > 0


def seq_of(line: bytes) -> int:
    """Its number: `seq` is always the last key."""
    try:
        return int(line[line.rfind(b',"seq":') + 7:-1])
    except ValueError:
        return 0
