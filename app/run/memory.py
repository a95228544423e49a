"""How much memory this process has taken, and giving back what it no longer uses."""

from __future__ import annotations

import ctypes
import sys


def peak_memory_mib() -> float | None:
    """The most that was resident at once, MiB; None where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (1 << 20 if sys.platform == "darwin" else 1 << 10)  # bytes there, KiB elsewhere


def give_back_memory() -> None:
    """Let the system have the memory that was freed; nothing where the C library is not glibc. From any thread.

    glibc keeps what a thread has freed for the threads to come, in up to eight heaps a core. Where threads come and go,
    as with each source, every heap in turn grows to what the largest frames have needed.
    """
    if sys.platform.startswith("linux") and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
