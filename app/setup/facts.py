"""Facts about this process, the folder of the program and the machine. Nothing here installs or prints."""

from __future__ import annotations

import os
import sys

SYSTEM_PACKAGES = "HAND_SETUP_SYSTEM"  # environment variable: 1 allows the system's package manager
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(ROOT, ".venv")
REQUIREMENTS = os.path.join(ROOT, "requirements.txt")
LOCKED = os.path.join(ROOT, "requirements.lock")  # what "run" needs, every version with its hashes
MARKER = os.path.join(VENV, ".setup")  # the requirements that were installed, or else what was begun
SYSTEM_TRIED = os.path.join(VENV, ".system-packages")  # system packages that were asked for once
LOCK = os.path.join(ROOT, ".venv.lock")
LOG = os.path.join(ROOT, ".venv.log")  # all that the commands of the last set-up printed


def venv_python() -> str:
    """`.venv`'s interpreter, whether it exists or not."""
    return os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")


def venv_site_packages() -> list[str]:
    """`.venv`'s site-packages folder, as a list of one or none."""
    library = os.path.join(VENV, "Lib" if os.name == "nt" else "lib")
    names = [""] if os.name == "nt" else sorted(os.listdir(library)) if os.path.isdir(library) else []
    folders = [os.path.join(library, name, "site-packages") for name in names]
    return [folder for folder in folders if os.path.isdir(folder)][-1:]


def is_inside_venv() -> bool:
    """Whether this process runs `.venv`'s interpreter."""
    return _same_folder(sys.prefix, VENV)


def foreign_environment() -> str | None:
    """Folder of the environment that is activated or running, unless it is the program's own `.venv`."""
    running = sys.prefix if sys.prefix != sys.base_prefix else None
    for folder in (os.environ.get("VIRTUAL_ENV"), running, os.environ.get("CONDA_PREFIX")):
        if folder and not _same_folder(folder, VENV):
            return folder
    return None


def find_program(name: str) -> str | None:
    """Path of a program that the shell would find."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        file = os.path.join(folder, name)
        if os.access(file, os.X_OK):
            return file
    return None


def is_root() -> bool:
    """Whether system packages can be installed."""
    return os.name != "nt" and os.geteuid() == 0


def is_unattended() -> bool:
    """Whether whoever runs this has allowed the system's package manager: continuous integration, or the user."""
    return any(os.environ.get(name, "").lower() in ("1", "true", "yes") for name in ("CI", SYSTEM_PACKAGES))


def is_on_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def has_nvidia_driver() -> bool:
    """Whether an NVIDIA driver is there, without which CUDA's libraries are of no use."""
    if sys.platform == "win32":
        return os.path.exists(os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "nvcuda.dll"))
    return os.path.exists("/dev/nvidiactl") or os.path.exists("/dev/dxg")


def read_text(path: str) -> str:
    """A small file's content, "" where there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def write_text(path: str, content: str) -> None:
    """Writes a small file whole or not at all."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(content)
    os.replace(path + ".new", path)


def _same_folder(a: str, b: str) -> bool:
    return os.path.realpath(a) == os.path.realpath(b)
