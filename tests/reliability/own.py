"""What this process has at the moment: memory, threads, file handles."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Own:
    resident_mib: float
    threads: int
    handles: int


def own() -> Own:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    threads = len(os.listdir("/proc/self/task"))
    return Own(pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20), threads, len(os.listdir("/proc/self/fd")))


_MALLINFO2 = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")


class _Mallinfo2(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in _MALLINFO2]


def allocated_bytes() -> int:
    """What the C library has given out and not got back; 0 where that is not glibc of 2.33 or later."""
    libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
    if (mallinfo2 := getattr(libc, "mallinfo2", None)) is None:
        return 0
    mallinfo2.restype = _Mallinfo2
    return int(mallinfo2().uordblks)


def python_threads() -> list[str]:
    return sorted(thread.name for thread in threading.enumerate())


def slope_an_hour(samples: list[tuple[float, float]]) -> float:
    """Of (seconds, value): how much the value grows in an hour, by least squares."""
    if len(samples) < 2:
        return 0.0
    seconds, values = np.array(samples).T
    return float(np.polyfit(seconds / 3600, values, 1)[0])


def lows(samples: list[tuple[float, float]], span_s: float) -> list[tuple[float, float]]:
    """Of (seconds, value): the least of each span, without the last, unfinished one.

    What stays is in it, what comes and goes is not.
    """
    spans: dict[int, list[tuple[float, float]]] = {}
    for sample in samples:
        spans.setdefault(int(sample[0] // span_s), []).append(sample)
    whole = [spans[number] for number in sorted(spans)][:-1]
    return [min(span, key=lambda sample: sample[1]) for span in whole]
