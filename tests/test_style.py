"""The linter's and the type checker's word on the whole project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "tool",
    [
        ("ruff", "check", "--no-cache", "--output-format=concise", "."),
        ("ruff", "format", "--no-cache", "--check", "."),
        # Strict for some packages, see pyproject.toml. The first run reads the types of torch and Qt: about a minute.
        ("mypy",),
    ],
    ids=" ".join,
)
def test_nothing_is_found_by(tool):
    done = subprocess.run(
        [sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
