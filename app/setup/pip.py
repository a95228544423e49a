"""Installs packages into `.venv` with its pip, whose output becomes one line of progress, or the reason it failed."""

from __future__ import annotations

import os
from typing import IO

from app.setup import commands, facts
from app.setup.errors import SetupError
from app.setup.progress import Stage

NETWORK_SYMPTOMS = (
    "name resolution",
    "name or service not known",
    "getaddrinfo failed",
    "newconnectionerror",
    "connection refused",
    "network is unreachable",
    "connecttimeout",
    "readtimeout",
    "max retries",
    "proxyerror",
)


class PipOutput:
    """What pip's lines say: how far it is (`doing`), how many packages it installs, and why it failed."""

    def __init__(self) -> None:
        self.doing = ""
        self.installs = 0
        self._found = 0
        self._retries = False
        self._errors: list[str] = []

    def read(self, line: str) -> None:
        """One line of output."""
        words = line.split()
        line = " ".join(words)
        if line.startswith("Collecting "):
            self._found += 1
            self.doing = f"{self._found} packages found"
        elif line.startswith("Downloading "):
            self.doing = f"{self._found} packages found, downloading {words[1].split('-')[0]} {' '.join(words[2:])}"
        elif line.startswith("Installing collected packages: "):
            self.installs = line.count(",") + 1
            self.doing = f"installing {self.installs} packages"
        elif "Retrying (" in line:
            self._retries = True
            self.doing = "the network does not answer, trying again"
        elif line.startswith("ERROR:"):
            self._errors.append(line.removeprefix("ERROR:").strip())

    def failure(self) -> str:
        """Why pip failed and what to do, in one line."""
        said = "\n".join(self._errors).lower()
        found_nothing = not self._errors or "from versions: none" in said
        if "do not match the hashes" in said:
            return f"a package is not the one that was tested (its hash differs); see {facts.LOG}"
        if (self._retries and found_nothing) or any(symptom in said for symptom in NETWORK_SYMPTOMS):
            why = "packages cannot be downloaded; check the network connection"
        else:
            why = f"pip failed ({self._errors[-1] if self._errors else 'it does not say why'}); put that right"
        return f"{why} and run the same command again. All that was printed is in {facts.LOG}"


def pip_install(requirements: list[str], lock: IO[str]) -> None:
    """Installs what is missing of the requirements. Raises SetupError with the reason in one line.

    First what the program needs, as requirements.lock has it: pip takes no file whose hash is not in there. Then the
    rest by its versions alone, because torch comes from different indexes in different builds.
    """
    if os.path.exists(facts.LOCKED):
        _pip("Packages, by their hashes", ["--require-hashes", "-r", facts.LOCKED], lock)
    _pip("Packages", requirements, lock)


def _pip(what: str, arguments: list[str], lock: IO[str]) -> None:
    output = PipOutput()

    def on_lines(lines: list[str]) -> None:
        for line in lines:
            output.read(line)
        stage.detail = output.doing
        stage.tick()

    with Stage(what) as stage:
        before = _size_mb(facts.VENV)
        # Uncompiled: Python compiles what is imported at its first import, and compiling all doubles the time.
        options = ["--no-compile", "--disable-pip-version-check", "--no-input"]
        pip = [facts.venv_python(), "-u", "-m", "pip", "install", *options]
        if commands.run_command([*pip, *arguments], lock, on_lines) != 0:
            raise SetupError(output.failure())
        stage.detail = f"{output.installs} installed, {_size_mb(facts.VENV) - before} MB"


def _size_mb(folder: str) -> int:
    sizes = (os.lstat(os.path.join(path, name)).st_size for path, _, names in os.walk(folder) for name in names)
    return sum(sizes) // 1_000_000
