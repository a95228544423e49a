"""Makes `.venv` complete: system libraries, the environment, packages.

Everything may be interrupted and run again: `.venv` is marked unfinished until pip has succeeded, and a lock keeps a
second start waiting.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from typing import IO

from app.setup import commands, facts, probes
from app.setup.commands import SetupLock
from app.setup.errors import SetupError
from app.setup.pip import pip_install
from app.setup.progress import Stage, say
from app.setup.requirements import Need, sections, wanted
from app.setup.system import advice, install_system_packages

NEWEST_PYTHON = (3, 13)  # the newest for which every package has a wheel
UNFINISHED = "unfinished\n"
PURPOSES: dict[Need, str] = {
    "run": "to run the program (about 2.5 GB)",
    "training": "to train and evaluate networks (up to 8 GB, most of it torch with CUDA's libraries)",
    "tests": "for training and tests (up to 8 GB, most of it torch with CUDA's libraries)",
}


def set_up(need: Need) -> None:
    """Makes `.venv` and installs what is needed into it, or waits for another start that is doing so.

    Raises SetupError with one line where that fails.
    """
    with SetupLock() as lock:
        if probes.venv_is_ready(need):
            return  # the other start has done it
        facts.write_text(facts.LOG, "")
        say(f"Setting up {facts.VENV} {PURPOSES[need]}; this takes some minutes, once.")
        tried = _install_for_set_up(need, lock)
        _make_venv(lock)
        installed = facts.read_text(facts.MARKER).splitlines()
        facts.write_text(facts.MARKER, UNFINISHED)
        _remove_half_installed()
        pip_install(wanted(need), lock)
        missing = probes.missing_packages(need, facts.venv_site_packages())
        if missing:
            raise SetupError(f"pip left out {', '.join(missing)}; delete {facts.VENV} and try again.")
        facts.write_text(facts.SYSTEM_TRIED, " ".join(tried))
        facts.write_text(facts.MARKER, _marker(need, installed))


def _marker(need: Need, installed: list[str]) -> str:
    """What MARKER holds from now on: what is needed now, and what was installed for another need before."""
    known = dict.fromkeys(requirement for section in sections().values() for requirement in section)
    now = wanted(need)
    return "".join(f"{requirement}\n" for requirement in known if requirement in now or requirement in installed)


def _install_for_set_up(need: Need, lock: IO[str]) -> list[str]:
    """Installs missing system packages and returns those that are settled; without python3-venv nothing can go on."""
    packages = probes.missing_system_packages(need)
    lacks_venv = importlib.util.find_spec("ensurepip") is None and not os.path.exists(facts.venv_python())
    if lacks_venv:  # Debian keeps it in a package of its own
        packages.append(f"python3.{sys.version_info[1]}-venv")
    if lacks_venv and not facts.is_root():
        raise SetupError(f"this Python cannot make a virtual environment. {advice(packages)}")
    return packages if packages and install_system_packages(packages, lock) else []


def _base_python() -> str:
    """The interpreter to make `.venv` with: this one, or where it is too new for the packages an older one."""
    if sys.version_info[:2] <= NEWEST_PYTHON:
        inside = os.name != "nt" and sys.prefix != sys.base_prefix  # there Python 3.10 takes itself for the base
        return os.path.realpath(sys.executable) if inside else getattr(sys, "_base_executable", sys.executable)
    for minor in range(NEWEST_PYTHON[1], 9, -1):
        python = facts.find_program(f"python3.{minor}")
        if python:
            return python
    raise SetupError(
        f"the packages need Python 3.10 to 3.{NEWEST_PYTHON[1]} and this is Python 3.{sys.version_info[1]}; "
        "install an older one beside it and run the same command with that."
    )


def _make_venv(lock: IO[str]) -> None:
    """Makes `.venv`, or makes a broken one work; what is installed in it is kept where it can be."""

    def pip_works() -> bool:
        python = facts.venv_python()
        return os.path.exists(python) and commands.run_command([python, "-c", "import pip"], lock) == 0

    if pip_works():
        return
    python = _base_python()
    with Stage(f"Environment, made with {python}") as stage:
        for options in ((), ("--clear",)):
            command = [python, "-m", "venv", *options, facts.VENV]
            if commands.run_command(command, lock, lambda lines: stage.tick()) == 0 and pip_works():
                return
        raise SetupError(f"{python} -m venv failed (see {facts.LOG}); delete {facts.VENV} and try again.")


def _remove_half_installed() -> None:
    """Makes pip install again what it was killed over: it writes a package's INSTALLER file after all the others."""
    for folder in facts.venv_site_packages():
        for name in os.listdir(folder):
            if name.endswith(".dist-info") and not os.path.exists(os.path.join(folder, name, "INSTALLER")):
                shutil.rmtree(os.path.join(folder, name))
