"""Debian's packages: installed where the user is root and has allowed it, else named in one line to copy."""

from __future__ import annotations

import os
import sys
from typing import IO

from app.setup import commands, facts, probes
from app.setup.commands import SetupLock
from app.setup.progress import Stage, say


def complete_system(packages: list[str], may_install: bool) -> None:
    """For a `.venv` that is complete on a system that lacks libraries: installs them, asked once, or says which."""
    tried = facts.read_text(facts.SYSTEM_TRIED).split() if may_install else []
    if may_install and facts.is_root() and not set(packages) <= set(tried):
        with SetupLock() as lock:
            if install_system_packages(packages, lock):
                facts.write_text(facts.SYSTEM_TRIED, " ".join({*packages, *tried}))
    else:
        say(f"Some system libraries are missing; a window may not open. {advice(packages)}")


def install_system_packages(packages: list[str], lock: IO[str]) -> bool:
    """Installs Debian packages where the user is root and allows it; else, or where that fails, prints what to run.

    Returns whether that is settled: it was tried, or somebody was asked and said no.
    """
    if not facts.is_root() or not facts.find_program("apt-get"):
        say(f"System libraries are missing, and only the administrator can install them. {advice(packages)}")
        return False
    allowed = _is_allowed(packages)
    if not allowed:
        say(f"System libraries are missing. {advice(packages)}  (or set {facts.SYSTEM_PACKAGES}=1 and start again)")
        return allowed is not None
    os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    installed = False
    with Stage(f"System libraries, with apt-get install: {' '.join(packages)}") as stage:
        commands.run_command([*apt, "update"], lock, lambda lines: stage.tick())
        install = [*apt, "install", "-y", "--no-install-recommends", *packages]
        installed = commands.run_command(install, lock, lambda lines: stage.tick()) == 0
    if not installed:
        say(f"They could not be installed (see {facts.LOG}); going on without them. {advice(packages)}")
    return True


def _is_allowed(packages: list[str]) -> bool | None:
    """Whether the system's package manager may be run: in continuous integration, by the user's word, or if asked.

    None where nobody is there to be asked.
    """
    if facts.is_unattended():
        return True
    if not facts.is_on_terminal():
        return None
    print(f"Install with apt-get: {' '.join(packages)}? [Y/n] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().lower() in ("\n", "y\n", "yes\n")  # "" is the end of the input: nobody has answered


def advice(packages: list[str]) -> str:
    """What to run, in one line."""
    if facts.find_program("apt-get"):
        return f"Run:  sudo apt-get update && sudo apt-get install {' '.join(packages)}"
    sonames = [soname for soname, package in probes.SYSTEM_LIBRARIES.items() if package in packages]
    return f"Install them with the system's package manager: {' '.join(sonames or packages)}"
