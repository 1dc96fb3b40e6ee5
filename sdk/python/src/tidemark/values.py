"""What may stand in an item: everything else becomes something that may.

NaN and infinities become null, dates ISO 8601 text, what cannot be JSON its
text, a cycle "[circular]", what is deeper than 16 levels "[deep]"; long
strings are cut at a character. Nothing here throws, whatever it is given.
"""
from __future__ import annotations

import datetime
import json
import numbers
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, Set, Tuple

STRING_BYTES = 1024
NAME_BYTES = 200
ID_BYTES = 256
MESSAGE_BYTES = 8 * 1024
STACK_BYTES = 256 * 1024
DEPTH = 16
_SHORT = STRING_BYTES // 4  # so many characters always fit
_INT_MIN, _INT_MAX = -(1 << 63), (1 << 63) - 1
_ATOMS = (bool, type(None))

NO_KEYS: FrozenSet[str] = frozenset()
REDACTED = "[redacted]"


def mend(text: str) -> str:
    """Without halves of surrogate pairs, which no UTF-8 can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def cut(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8, whole characters."""
    if len(text) * 4 <= limit:
        return text
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raw = mend(text).encode()
    if len(raw) <= limit:
        return text
    return raw[:limit].decode("utf-8", "ignore")


def text_of(value: Any) -> str:
    """Any object as text; an object may refuse even that."""
    try:
        return value if type(value) is str else str(value)
    except Exception:
        return "[unprintable]"


def name_of(value: Any, limit: int = NAME_BYTES) -> str:
    return cut(text_of(value), limit)


def _number(value: Any) -> Any:
    """A finite number that every JSON reader takes."""
    if isinstance(value, numbers.Integral):
        n = int(value)
        if _INT_MIN <= n <= _INT_MAX:
            return n
        try:
            return float(n)
        except OverflowError:
            return None
    x = float(value)
    return x if x - x == 0.0 else None


def clean(props: Mapping[str, Any], redact: FrozenSet[str] = NO_KEYS) -> Dict[str, Any]:
    """A copy of a mapping that is JSON. The common flat one is the fast one."""
    out: Dict[str, Any] = {}
    for key, value in props.items():
        if type(key) is not str:
            key = text_of(key)
        kind = type(value)
        if redact and key.lower() in redact:
            value = REDACTED
        elif kind is str:
            if len(value) > _SHORT:
                value = cut(value, STRING_BYTES)
        elif kind is int:
            if not _INT_MIN <= value <= _INT_MAX:
                value = _number(value)
        elif kind is float:
            if value - value != 0.0:
                value = None
        elif kind not in _ATOMS:
            value = _Walk(redact).value(value, 1, (id(props),))
        out[key] = value
    return out


class _Walk:
    """Everything that is not a plain value of a flat mapping."""

    def __init__(self, redact: FrozenSet[str]) -> None:
        self.redact = redact

    def value(self, value: Any, depth: int, above: Tuple[int, ...]) -> Any:
        try:
            return self._value(value, depth, above)
        except RecursionError:
            return "[deep]"
        except Exception:
            return text_of(value)

    def _value(self, value: Any, depth: int, above: Tuple[int, ...]) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return cut(str.__str__(value), STRING_BYTES)
        if isinstance(value, numbers.Real):
            return _number(value)
        if isinstance(value, (datetime.date, datetime.time)):
            return value.isoformat()
        if isinstance(value, (bytes, bytearray)):
            return cut(bytes(value).decode("utf-8", "replace"), STRING_BYTES)
        if isinstance(value, Mapping):
            return self._inside(value, depth, above, self._mapping)
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._inside(value, depth, above, self._list)
        return cut(text_of(value), STRING_BYTES)

    def _inside(self, value: Any, depth: int, above: Tuple[int, ...],
                walk: Callable[[Any, int, Tuple[int, ...]], Any]) -> Any:
        if id(value) in above:
            return "[circular]"
        if depth >= DEPTH:
            return "[deep]"
        return walk(value, depth + 1, above + (id(value),))

    def _mapping(self, value: Mapping[Any, Any], depth: int,
                 above: Tuple[int, ...]) -> Dict[str, Any]:
        out = {}
        for key, one in list(value.items()):
            name = text_of(key)
            out[name] = REDACTED if name.lower() in self.redact else \
                self.value(one, depth, above)
        return out

    def _list(self, value: Any, depth: int, above: Tuple[int, ...]) -> List[Any]:
        return [self.value(one, depth, above) for one in list(value)]


def redact_set(keys: Any) -> FrozenSet[str]:
    found: Set[str] = {text_of(k).lower() for k in keys or ()}
    return frozenset(found)


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False,
                            separators=(",", ":"), default=text_of)


def encode(item: Dict[str, Any]) -> bytes:
    """One line of JSON in UTF-8. ValueError: it holds a cycle or a NaN."""
    text = _encoder.encode(item)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return mend(text).encode()
