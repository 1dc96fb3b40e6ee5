"""Time, as everything here asks for it: in whole milliseconds."""
import time


class Clock:
    """The real one. A test gives another with the same two methods."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC: what an item carries."""
        return time.time_ns() // 1_000_000

    def ticks(self) -> int:
        """Milliseconds of a clock that nobody sets: what waiting uses."""
        return time.monotonic_ns() // 1_000_000

    def wait(self, until: int) -> None:
        """Until those ticks."""
        time.sleep(max(0, until - self.ticks()) / 1000)
