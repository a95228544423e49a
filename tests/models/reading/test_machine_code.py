"""Machine code is made once, then loaded without numba; what is damaged or of other source is made anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models import kept
from models.reading import machine_code
from tests.models.reading.sums import failing, kernel

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there numba loads it at each start")
MODULE = "tests.models.reading.sums"
KINDS = ("address", "whole", "real")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return kept.kept_folder()


def answer() -> int:
    numbers = np.array([1, 2, 30], dtype=np.int64)
    return machine_code.load(MODULE, KINDS)(numbers.ctypes.data, len(numbers), 0.5)


def test_it_answers_as_numba_does(folder):
    assert answer() == 16
    assert (folder / "sums.code").is_file()
    assert answer() == 16


def test_what_is_kept_is_used_in_a_process_without_numba():
    answer()
    code = (
        "import sys, numpy as np\n"
        "sys.modules['numba'] = None\n"
        "from models.reading.machine_code import load\n"
        f"numbers = np.array([4, 4], dtype=np.int64)\n"
        f"print(load({MODULE!r}, {KINDS!r})(numbers.ctypes.data, 2, 1.0))"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("8", 0), done.stderr


@pytest.mark.parametrize("change", ["damaged", "other source", "other processor"])
def test_anything_else_is_made_anew(folder, monkeypatch, change):
    answer()
    whole = (folder / "sums.code").read_bytes()
    if change == "damaged":
        (folder / "sums.code").write_bytes(whole[:-100] + bytes(100))
    elif change == "other source":
        key = machine_code._key(MODULE)
        kept.keep("sums.code", key.replace("total", "sum"), whole[32:])
    else:
        monkeypatch.setattr(machine_code.llvm, "get_host_cpu_name", lambda: "x86-64")
    made = []
    monkeypatch.setattr(machine_code, "keep", lambda *arguments: made.append(arguments))
    assert answer() == 16
    assert len(made) == 1


def test_code_that_can_fail_needs_python_and_is_not_kept():
    assert machine_code.machine_code(failing) is None
    assert machine_code.machine_code(kernel) is not None
