"""`python -m tests.app.setup.lock`: writes requirements.lock from the section "run" of requirements.txt, with uv."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from app.setup import facts
from app.setup.requirements import sections

OLDEST_PYTHON = "3.10"
HEAD = """\
# What the section "run" of requirements.txt comes to, for Linux, Windows and macOS, Python 3.10 to 3.13: every version
# with the hashes of its files. Set-up installs from here. Made anew by: python -m tests.app.setup.lock (needs uv)
# of: {mark}
"""


def mark() -> str:
    """What a lock is made of, so that it is seen when it is out of date."""
    return hashlib.sha256("\n".join(sections()["run"]).encode()).hexdigest()


def main() -> int:
    """Write the lock; uv's exit status."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, made = Path(folder) / "run.in", Path(folder) / "run.lock"
        wanted.write_text("\n".join(sections()["run"]) + "\n")
        options = [
            "--universal",
            "--python-version",
            OLDEST_PYTHON,
            "--generate-hashes",
            "--no-annotate",
            "--no-header",
        ]
        done = subprocess.run(["uv", "pip", "compile", str(wanted), *options, "-o", str(made), "-q"], check=False)
        if done.returncode == 0:
            Path(facts.LOCKED).write_text(HEAD.format(mark=mark()) + made.read_text())
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
