"""Sampling by person: the same subject is always in or always out."""

_MASK = 0xFFFFFFFF


def share(subject: str) -> float:
    """Where a subject lies in [0, 1): FNV-1a (32 bits), mixed once more."""
    h = 2166136261
    for byte in subject.encode("utf-8", "replace"):
        h = (h ^ byte) * 16777619 & _MASK
    h = (h ^ h >> 16) * 0x85EBCA6B & _MASK
    h = (h ^ h >> 13) * 0xC2B2AE35 & _MASK
    return (h ^ h >> 16) / 4294967296.0


def keeps(subject: str, rate: float) -> bool:
    return rate >= 1.0 or share(subject) < rate
