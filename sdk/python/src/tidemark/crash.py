"""An exception as a crash item says it."""
from __future__ import annotations

import traceback
from typing import Any, Dict, List, Optional, Sequence, Union

from .values import MESSAGE_BYTES, NAME_BYTES, STACK_BYTES, clean, cut, name_of, text_of

Fingerprint = Union[str, Sequence[str], None]
_MARK = "__tidemark_recorded__"


def type_name(kind: type) -> str:
    """"module.Name", "Name" alone for the built-in ones."""
    module = getattr(kind, "__module__", "")
    name = getattr(kind, "__qualname__", text_of(kind))
    return name if module in ("builtins", "__main__", "") else "%s.%s" % (module, name)


def stack_of(exc: BaseException) -> str:
    """The traceback as Python prints it, causes first."""
    try:
        return "".join(traceback.format_exception(type(exc), exc, exc.__traceback__))
    except Exception:  # an exception with a broken __str__, say
        return "".join(traceback.format_tb(exc.__traceback__))


def already_recorded(exc: BaseException, fatal: bool) -> bool:
    """Has this very exception been recorded, by a middleware that let it pass
    on, say? A fatal end of it is news all the same."""
    try:
        before = getattr(exc, _MARK, None)
        if before is None or (fatal and before is False):
            setattr(exc, _MARK, fatal)
            return False
        return True
    except Exception:  # no attributes, or a hostile class
        return False


def crash_fields(type_: str, message: str, stack: str, fatal: bool,
                 fingerprint: Fingerprint, trail: List[Dict[str, Any]]) -> Dict[str, Any]:
    exception = {"type": cut(type_, NAME_BYTES), "message": cut(message, MESSAGE_BYTES),
                 "stacktrace": cut(stack, STACK_BYTES)}
    fields: Dict[str, Any] = {
        "fatal": bool(fatal), "exception": {k: v for k, v in exception.items() if v}}
    if trail:
        fields["breadcrumbs"] = trail
    if isinstance(fingerprint, str) and fingerprint:
        fields["fingerprint"] = name_of(fingerprint)
    elif fingerprint:
        fields["fingerprint"] = [name_of(x) for x in fingerprint]
    return fields


def breadcrumb(now: int, type_: str, message: str,
               data: Optional[Dict[str, Any]], redact: Any) -> Dict[str, Any]:
    crumb: Dict[str, Any] = {"ts": now, "type": name_of(type_),
                             "message": cut(text_of(message), 1024)}
    if data:
        crumb["data"] = clean(data, redact)
    return crumb
