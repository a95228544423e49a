"""`python -m tests.reliability branches`: which branches of app/ and models/core the tests take.

Every folder of tests runs by itself, and its data stay in outputs/coverage/FOLDER: after a change only the folders that
are named run again. Processes that the tests start are measured, too, the reader process and windows among them; what
ends by a signal, as they do on purpose, leaves no data. pyproject.toml says what is left out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.__main__ import rooms
from tests.reliability.watched import ROOT

DATA = ROOT / "outputs" / "coverage"
ELSEWHERE = ("tests/models/",)
"""Tests of what is not measured; they are left out but for those of models/core."""


def folders() -> dict[str, tuple[str, ...]]:
    """Name: what pytest runs."""
    found = {}
    for room in rooms():
        first = room[0]
        if first.startswith(ELSEWHERE) and first != "tests/models/core":
            continue
        name = first if len(room) == 1 or not first.endswith(".py") else str(Path(first).parent)
        found[name] = room
    return found


def measure(names: Sequence[str] = ()) -> list[str]:
    """Run these folders' tests, all where none is named; the names of those that failed."""
    chosen = {name: room for name, room in folders().items() if not names or name in names}
    failed = []
    for name, room in chosen.items():
        place = DATA / name.replace("/", ".")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        environment = {**os.environ, "COVERAGE_FILE": str(place / "data")}
        command = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider", *room]
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            failed.append(name)
    return failed


def counted() -> dict[str, Any]:
    """What all data together come to: a row for each package, with the files that have the most untaken branches."""
    together, report = DATA / "together", DATA / "report.json"
    together.unlink(missing_ok=True)
    environment = {**os.environ, "COVERAGE_FILE": str(together)}
    data = [str(path) for path in DATA.rglob("data.*")]
    for words in (
        ["combine", "--keep", "-q", *data],
        ["json", "-q", "-o", str(report)],
        ["html", "-q", "-d", str(DATA / "html")],
    ):
        subprocess.run([sys.executable, "-m", "coverage", *words], cwd=ROOT, env=environment, check=True)
    files = json.loads(report.read_text())["files"]
    packages: dict[str, list[int]] = {}
    for name, found in files.items():
        parts = Path(name).parts
        package = "/".join(parts[:2]) if len(parts) > 2 else parts[0]
        sums = packages.setdefault(package, [0, 0, 0, 0])
        summary = found["summary"]
        for place, key in enumerate(("num_statements", "covered_lines", "num_branches", "covered_branches")):
            sums[place] += summary[key]
    return {"packages": packages, "files": _least(files)}


def _least(files: dict[str, Any]) -> dict[str, list[int]]:
    """The files with the most branches that no test takes: how many, of how many."""
    missed = {
        name: [found["summary"]["missing_branches"], found["summary"]["num_branches"]] for name, found in files.items()
    }
    return dict(sorted(missed.items(), key=lambda item: -item[1][0])[:30])
