"""Installs what app/bootstrap.py found missing: system libraries, `.venv`, packages. Standard library only.

Everything may be interrupted and run again: `.venv` is marked unfinished until pip has succeeded, and a lock keeps a
second start waiting. All output goes to stderr.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import IO

from app import bootstrap
from app.bootstrap import SetupError

NEWEST_PYTHON = (3, 13)  # the newest for which every package has a wheel
UNFINISHED = "unfinished\n"
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


def set_up(need: str) -> None:
    """Makes `.venv` and installs everything into it, or waits for another start that is doing so.

    Raises SetupError with one line where that fails. need: as for `bootstrap.ensure`.
    """
    with SetupLock() as lock:
        if bootstrap.venv_is_ready(need):
            return  # the other start has done it
        say(f"First start: setting up {bootstrap.VENV}. This takes some minutes and up to 8 GB of disk, once.")
        tried = _install_for_set_up(need, lock)
        _make_venv(lock)
        _write(bootstrap.MARKER, UNFINISHED)
        _remove_half_installed()
        say(f"Installing the packages of {bootstrap.REQUIREMENTS} ...")
        _pip_install(lock)
        missing = bootstrap.missing_packages(need, bootstrap.venv_site_packages())
        if missing:
            raise SetupError(f"pip left out {', '.join(missing)}; delete {bootstrap.VENV} and try again.")
        _write(_system_tried_file(), " ".join(tried))
        _write(bootstrap.MARKER, bootstrap.wanted_marker())
        say("Set-up is complete.")


def complete_system(packages: list[str], may_install: bool) -> None:
    """For a `.venv` that is complete on a system that lacks libraries: installs them, once, or says which."""
    tried = _read(_system_tried_file()).split() if may_install else []
    if may_install and is_root() and not set(packages) <= set(tried):
        with SetupLock() as lock:
            install_system_packages(packages, lock)
            _write(_system_tried_file(), " ".join({*packages, *tried}))
    else:
        say(f"Some system libraries are missing; a window may not open. {_advice(packages)}")


def install_system_packages(packages: list[str], lock: IO) -> bool:
    """Installs Debian packages where the user is root; else, or where that fails, prints what to run. True if done."""
    if not is_root() or not bootstrap.find_program("apt-get"):
        say(f"System libraries are missing, and only the administrator can install them. {_advice(packages)}")
        return False
    say(f"Installing system packages: {' '.join(packages)} ...")
    os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    run_command([*apt, "update"], lock)
    if run_command([*apt, "install", "-y", "--no-install-recommends", *packages], lock) == 0:
        return True
    say(f"They could not be installed; going on without them. {_advice(packages)}")
    return False


def run_command(command: list[str], lock: IO, on_error_line: Callable[[str], None] | None = None) -> int:
    """Runs a command to its end and returns its exit status (127 where there is no such program).

    The command holds the set-up lock too: should this process be killed, a second start waits for what is still being
    installed. on_error_line: gets what the command writes to stderr, line by line, instead of the terminal.
    """
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=2,
            stderr=subprocess.PIPE if on_error_line else None,
            encoding="utf-8",
            errors="replace",
            pass_fds=() if os.name == "nt" else (lock.fileno(),),
        )
    except FileNotFoundError:
        return 127
    with process:
        try:
            if on_error_line and process.stderr:
                for line in process.stderr:
                    on_error_line(line.rstrip())
            return process.wait()
        except BaseException:  # Ctrl-C reaches the command as well; another signal would leave it running
            process.terminate()
            raise


def say(line: str) -> None:
    """One line of progress for people."""
    print(line, file=sys.stderr, flush=True)


def is_root() -> bool:
    """Whether system packages may be installed."""
    return os.name != "nt" and os.geteuid() == 0


class SetupLock:
    """Context manager that holds `.venv.lock`; the system lets go of it when the processes that hold it have died."""

    def __enter__(self) -> IO:
        self._file = open(os.path.join(bootstrap.ROOT, ".venv.lock"), "a")  # noqa: SIM115 - closed in __exit__
        if not self._take(wait=False):
            say("Another start of the program is setting it up; waiting for it ...")
            self._take(wait=True)
        return self._file

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._file.close()

    def _take(self, wait: bool) -> bool:
        if sys.platform == "win32":
            import msvcrt

            while True:
                try:
                    msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
                    return True
                except OSError:
                    if not wait:
                        return False
                    time.sleep(0.5)
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _install_for_set_up(need: str, lock: IO) -> list[str]:
    """Installs missing system packages and returns their names; without python3-venv nothing can go on."""
    packages = bootstrap.missing_system_packages(need)
    lacks_venv = importlib.util.find_spec("ensurepip") is None and not os.path.exists(bootstrap.venv_python())
    if lacks_venv:  # Debian keeps it in a package of its own
        packages.append(f"python3.{sys.version_info[1]}-venv")
    if lacks_venv and not is_root():
        raise SetupError(f"this Python cannot make a virtual environment. {_advice(packages)}")
    if packages:
        install_system_packages(packages, lock)
    return packages


def _advice(packages: list[str]) -> str:
    if bootstrap.find_program("apt-get"):
        return f"Run:  sudo apt-get update && sudo apt-get install {' '.join(packages)}"
    sonames = [soname for soname, package in bootstrap.SYSTEM_LIBRARIES.items() if package in packages]
    return f"Install them with the system's package manager: {' '.join(sonames or packages)}"


def _base_python() -> str:
    """The interpreter to make `.venv` with: this one, or where it is too new for the packages an older one."""
    if sys.version_info[:2] <= NEWEST_PYTHON:
        inside = os.name != "nt" and sys.prefix != sys.base_prefix  # there Python 3.10 takes itself for the base
        return os.path.realpath(sys.executable) if inside else getattr(sys, "_base_executable", sys.executable)
    for minor in range(NEWEST_PYTHON[1], 9, -1):
        python = bootstrap.find_program(f"python3.{minor}")
        if python:
            return python
    raise SetupError(
        f"the packages need Python 3.10 to 3.{NEWEST_PYTHON[1]} and this is Python 3.{sys.version_info[1]}; "
        "install an older one beside it and run the same command with that."
    )


def _make_venv(lock: IO) -> None:
    """Makes `.venv`, or makes a broken one work; what is installed in it is kept where it can be."""

    def pip_works() -> bool:
        python = bootstrap.venv_python()
        return os.path.exists(python) and run_command([python, "-c", "import pip"], lock, lambda line: None) == 0

    if pip_works():
        return
    python = _base_python()
    say(f"Making {bootstrap.VENV} with {python} ...")
    for options in ((), ("--clear",)):
        if run_command([python, "-m", "venv", *options, bootstrap.VENV], lock) == 0 and pip_works():
            return
    raise SetupError(f"{python} -m venv failed (see above); delete {bootstrap.VENV} and run the same command again.")


def _remove_half_installed() -> None:
    """Makes pip install again what it was killed over: it writes a package's INSTALLER file after all the others."""
    for folder in bootstrap.venv_site_packages():
        for name in os.listdir(folder):
            if name.endswith(".dist-info") and not os.path.exists(os.path.join(folder, name, "INSTALLER")):
                shutil.rmtree(os.path.join(folder, name))


def _pip_install(lock: IO) -> None:
    """Runs pip with its progress on the terminal; its talk of retries is cut down to one line."""
    errors: list[str] = []
    retries: list[str] = []

    def on_error_line(line: str) -> None:
        if "Retrying (" in line:
            if not retries:
                say("The network does not answer; trying again ...")
            retries.append(line)
        elif line.startswith("ERROR:"):
            errors.append(line)
        else:
            say(line)

    python, requirements = bootstrap.venv_python(), bootstrap.REQUIREMENTS
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", requirements]
    if run_command(command, lock, on_error_line) == 0:
        return
    said = "\n".join(errors).lower()
    found_nothing = not errors or "from versions: none" in said
    if (retries and found_nothing) or any(symptom in said for symptom in NETWORK_SYMPTOMS):
        raise SetupError("packages cannot be downloaded; check the network connection and run the same command again.")
    reason = errors[-1].removeprefix("ERROR:").strip() if errors else "see above"
    raise SetupError(f"pip failed ({reason}); put that right and run the same command again.")


def _system_tried_file() -> str:
    return os.path.join(bootstrap.VENV, ".system-packages")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _write(path: str, content: str) -> None:
    """Writes a small file whole or not at all."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(content)
    os.replace(path + ".new", path)
