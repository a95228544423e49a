"""How much memory this process has taken."""

from __future__ import annotations

import sys


def peak_memory_mib() -> float | None:
    """The most that was resident at once, MiB; None where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (1 << 20 if sys.platform == "darwin" else 1 << 10)  # bytes there, KiB elsewhere
