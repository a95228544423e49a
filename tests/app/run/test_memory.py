"""Memory that was really taken is seen."""

from __future__ import annotations

import numpy as np
import pytest

from app.run.memory import peak_memory_mib

pytest.importorskip("resource")


def test_the_peak_grows_by_what_is_taken_and_stays():
    before = peak_memory_mib()
    size = int(before * (1 << 20)) + (64 << 20)  # more than was ever resident, so that the peak has to move
    taken = np.ones(size, dtype=np.uint8)
    after = peak_memory_mib()
    assert after >= taken.nbytes / (1 << 20)
    del taken
    assert peak_memory_mib() >= after
