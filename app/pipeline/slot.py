"""A hand-off between two threads that only ever holds the newest item."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class SlotClosed(Exception):
    """The slot was closed: no more items will come."""


class LatestSlot(Generic[T]):
    """Latest wins: `put` never blocks and replaces what nobody took; what was replaced is counted.

    Every method may be called from any thread.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: T | None = None
        self._full = False
        self._closed = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many items were replaced before anyone took them."""
        with self._condition:
            return self._dropped

    def put(self, item: T) -> bool:
        """Offer an item; True where it was accepted, False where the slot is closed and it was thrown away."""
        with self._condition:
            if self._closed:
                return False
            self._dropped += self._full
            self._item, self._full = item, True
            self._condition.notify_all()
            return True

    def get(self, timeout_s: float | None = None) -> T | None:
        """Take the newest item, waiting for one; None after `timeout_s` (None waits without end).

        Raises SlotClosed once the slot is closed; an item that was still inside is discarded.
        """
        with self._condition:
            self._condition.wait_for(lambda: self._full or self._closed, timeout_s)
            if self._closed:
                raise SlotClosed
            if not self._full:
                return None
            item, self._item, self._full = self._item, None, False
            self._condition.notify_all()
            return item

    def wait_until_taken(self) -> None:
        """Return once nobody has to take what is inside, or the slot is closed."""
        with self._condition:
            self._condition.wait_for(lambda: not self._full)

    def close(self) -> None:
        """Wake every waiter with SlotClosed and drop what is inside. May be called twice."""
        with self._condition:
            self._closed = True
            self._item, self._full = None, False
            self._condition.notify_all()
