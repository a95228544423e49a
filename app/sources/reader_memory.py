"""Memory that the program and its reader process share: a ring of slots for frames' pixels."""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
import uuid
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLOTS = 4
"""A source holds three frames at most: the one due, the one after it, and the one just handed out."""

MemoryKey = int | str
"""What both processes know the memory by: a file descriptor, or on Windows a name. No file has to be removed after."""


def new_memory() -> MemoryKey:
    """Room for a ring, still of no size. It is gone once both processes have let go of it, however they end."""
    if sys.platform == "win32":
        return f"hand-tracking-{uuid.uuid4().hex}"
    if sys.platform == "linux":
        return os.memfd_create("hand-tracking", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def close_memory(key: MemoryKey) -> None:
    """Let go of the memory; what a FrameRing has mapped stays until it is gone, too."""
    if isinstance(key, int):
        with suppress(OSError):
            os.close(key)


class FrameRing:
    """SLOTS images of `shape` (height, width), uint16. One process keeps images in it, the other takes them out.

    An image lives until SLOTS more were kept. Behind them is room for the colours of each, which takes no memory until
    it is written to.
    """

    def __init__(self, key: MemoryKey, shape: tuple[int, int]) -> None:
        self.shape = shape
        pixels = SLOTS * shape[0] * shape[1]
        memory = _mapped(key, 2 * pixels + 3 * pixels)
        self._slots = list(np.frombuffer(memory, np.uint16, pixels).reshape(SLOTS, *shape))
        self._colors = np.frombuffer(memory, np.uint8, 3 * pixels, 2 * pixels).reshape(SLOTS, *shape, 3)
        self._views = [_read_only(slot.view()) for slot in self._slots]
        self._next = 0

    def keep(self, pixels: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Copy pixels (H, W) into the next slot; a read-only view of it."""
        slot, self._next = self._next, (self._next + 1) % SLOTS
        np.copyto(self._slots[slot], pixels, casting="no")
        return self._views[slot]

    def slot_of(self, pixels: NDArray[np.uint16]) -> int:
        """Where an image lies that `keep` gave; any other is kept first."""
        for slot, view in enumerate(self._views):
            if view is pixels:
                return slot
        return self.slot_of(self.keep(pixels))

    def take(self, slot: int) -> NDArray[np.uint16]:
        """A read-only copy (H, W) of the image in a slot."""
        return _read_only(self._slots[slot].copy())

    def keep_color(self, slot: int, color: NDArray[np.uint8]) -> None:
        """Copy the colours (H, W, 3) of the image in a slot beside it."""
        np.copyto(self._colors[slot], color, casting="no")

    def take_color(self, slot: int) -> NDArray[np.uint8]:
        """A read-only copy (H, W, 3) of the colours that were kept for a slot."""
        return _read_only(self._colors[slot].copy())


def _mapped(key: MemoryKey, size: int) -> mmap.mmap:
    if sys.platform == "win32":
        return mmap.mmap(-1, size, tagname=str(key))
    assert isinstance(key, int)
    if os.fstat(key).st_size < size:
        os.ftruncate(key, size)
    return mmap.mmap(key, size)


def _read_only(pixels: NDArray[Any]) -> NDArray[Any]:
    pixels.setflags(write=False)
    return pixels
