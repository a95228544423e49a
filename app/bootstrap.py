"""The first thing that main.py and tests/__main__.py call: is everything there, and if not, set it up.

Standard library only. Where every package of requirements.txt can be imported, `ensure()` returns at once; else
app/installer.py puts what is missing into `.venv` beside main.py, and the same command starts again inside it.
Nothing is installed into an activated environment, nor under `--no-setup`.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - before anything that an older Python would stumble over
    sys.exit("This program needs Python 3.10 to 3.13; this is Python {}.{}.".format(*sys.version_info))

import importlib.util
import operator
import os
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from typing import NoReturn

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
REQUIREMENTS = os.path.join(ROOT, "requirements.txt")
MARKER = os.path.join(VENV, ".setup")  # the requirements that were installed, or else what was begun
RESTARTED = "HAND_SETUP_RESTARTED"  # set for the process that follows an installation: it must not install again

TEST_PACKAGES = ("pytest", "ruff")
MODULE_NAMES = {"opencv-python-headless": "cv2", "onnxruntime-gpu": "onnxruntime", "pyside6-essentials": "PySide6"}

# Shared libraries that Qt, Open3D, pyrealsense2 and torch load and a bare Debian or Ubuntu lacks, and their packages.
SYSTEM_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libgomp.so.1": "libgomp1",
    "libusb-1.0.so.0": "libusb-1.0-0",
    "libudev.so.1": "libudev1",
    "libidn2.so.0": "libidn2-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


class SetupError(Exception):
    """Set-up cannot go on; the message is one line that says why and what to do."""


def ensure(need: str = "app", argv: list[str] | None = None) -> None:
    """Return when everything can be imported; else set it up and start the same command again, or exit.

    need: "app", or "tests" for pytest and a virtual display as well. argv: the arguments, `sys.argv` unless given;
    `--no-setup` is taken out of it. Exits with status 1 after one line on stderr where set-up fails or is not allowed,
    and with 130 where it is interrupted.
    """
    argv = sys.argv if argv is None else argv
    may_install = "--no-setup" not in argv
    argv[:] = [argument for argument in argv if argument != "--no-setup"]
    restarted = os.environ.pop(RESTARTED, None) is not None
    try:
        if not _is_ready_here(need, may_install):
            _set_up_and_restart(need, may_install, restarted)
        packages = missing_system_packages(need)
        if packages:
            from app import installer

            installer.complete_system(packages, may_install and is_inside_venv())
    except SetupError as error:
        sys.exit(f"Set-up: {error}")
    except KeyboardInterrupt:
        print("\nSet-up interrupted; run the same command again to go on with it.", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        sys.exit(f"Set-up failed: {error}. Put that right and run the same command again.")


def missing_packages(need: str, path: list[str] | None = None) -> list[str]:
    """Names of the packages of requirements.txt that cannot be imported, from `sys.path` or the folders of `path`.

    They are looked for, not imported. A folder without any __init__.py is what an interrupted removal leaves: missing.
    """
    missing = []
    for name in _required_names():
        if name in TEST_PACKAGES and need != "tests":
            continue
        module = MODULE_NAMES.get(name, name.replace("-", "_"))
        spec = importlib.util.find_spec(module) if path is None else PathFinder.find_spec(module, path)
        if spec is None or not _holds_code(spec):
            missing.append(name)
    return missing


def _holds_code(spec: ModuleSpec) -> bool:
    """Whether a found module is one: it has a file, or it is a namespace of packages, as rosbags is."""
    folders = spec.submodule_search_locations or ()
    return spec.origin is not None or any(
        os.path.exists(os.path.join(entry.path, "__init__.py")) for folder in folders for entry in os.scandir(folder)
    )


def missing_system_packages(need: str) -> list[str]:
    """Debian packages of the shared libraries that cannot be found, and for tests that of a virtual display."""
    if not sys.platform.startswith("linux"):
        return []
    packages = [package for soname, package in SYSTEM_LIBRARIES.items() if not _has_library(soname)]
    if need == "tests" and not find_program("Xvfb"):
        packages.append("xvfb")
    return packages


def applies(condition: str) -> bool:
    """Whether an environment marker holds here: comparisons of sys_platform or python_version joined by "and".

    Raises ValueError at anything else.
    """
    compare = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">=": operator.ge}
    for clause in condition.split(" and ") if condition.strip() else ():
        variable, sign, value = clause.split()
        value = value.strip("\"'")
        if variable == "python_version":
            holds = compare[sign](sys.version_info[:2], tuple(map(int, value.split("."))))
        elif variable == "sys_platform":
            holds = compare[sign](sys.platform, value)
        else:
            raise ValueError(f"requirements.txt: cannot judge {clause!r}")
        if not holds:
            return False
    return True


def wanted_marker() -> str:
    """What MARKER holds once requirements.txt, as it is now, has been installed."""
    return "\n".join(_requirement_lines()) + "\n"


def venv_python() -> str:
    """`.venv`'s interpreter, whether it exists or not."""
    return os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")


def venv_site_packages() -> list[str]:
    """`.venv`'s site-packages folder, as a list of one or none."""
    library = os.path.join(VENV, "Lib" if os.name == "nt" else "lib")
    names = [""] if os.name == "nt" else sorted(os.listdir(library)) if os.path.isdir(library) else []
    folders = [os.path.join(library, name, "site-packages") for name in names]
    return [folder for folder in folders if os.path.isdir(folder)][-1:]


def venv_is_ready(need: str, up_to_date: bool = True) -> bool:
    """Whether `.venv` can be entered as it is, or, from inside it, gone on with.

    up_to_date: False where it is enough that everything can be imported, be it half-made or out of date.
    """
    if is_inside_venv():
        return _is_ready_here(need, up_to_date)
    if not os.path.exists(venv_python()) or (up_to_date and not _marker_allows()):
        return False
    return not missing_packages(need, venv_site_packages())


def is_inside_venv() -> bool:
    """Whether this process runs `.venv`'s interpreter."""
    return _same_folder(sys.prefix, VENV)


def find_program(name: str) -> str | None:
    """Path of a program that the shell would find."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        file = os.path.join(folder, name)
        if os.access(file, os.X_OK):
            return file
    return None


def _requirement_lines() -> list[str]:
    with open(REQUIREMENTS, encoding="utf-8") as file:
        lines = [line.split("#")[0].strip() for line in file]
    return [line for line in lines if line]


def _required_names() -> Iterator[str]:
    for line in _requirement_lines():
        requirement, _, condition = line.partition(";")
        if applies(condition):
            end = next((i for i, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")), len(requirement))
            yield requirement[:end].lower()


def _marker_allows() -> bool:
    """Whether `.venv` is not known to be half-made or out of date; one made by hand has no marker."""
    try:
        with open(MARKER, encoding="utf-8") as file:
            return file.read() == wanted_marker()
    except FileNotFoundError:
        return True


def _is_ready_here(need: str, up_to_date: bool) -> bool:
    return not missing_packages(need) and (not up_to_date or not is_inside_venv() or _marker_allows())


def _foreign_environment() -> str | None:
    """Folder of the environment that is activated or running, unless it is the program's own `.venv`."""
    running = sys.prefix if sys.prefix != sys.base_prefix else None
    for folder in (os.environ.get("VIRTUAL_ENV"), running, os.environ.get("CONDA_PREFIX")):
        if folder and not _same_folder(folder, VENV):
            return folder
    return None


def _same_folder(a: str, b: str) -> bool:
    return os.path.realpath(a) == os.path.realpath(b)


def _has_library(soname: str) -> bool:
    """Looks where libraries lie; the loader, which takes milliseconds, is asked only for one that is not there."""
    folders = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    folders += [f"/usr/lib/{os.uname().machine}-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib"]
    if any(folder and os.path.exists(os.path.join(folder, soname)) for folder in folders):
        return True
    import ctypes

    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _set_up_and_restart(need: str, may_install: bool, restarted: bool) -> NoReturn:
    missing = ", ".join(missing_packages(need)) or "requirements.txt has changed"
    pip = f"{sys.executable or 'python'} -m pip install -r {REQUIREMENTS}"
    if restarted:
        raise SetupError(f"it ended, but packages cannot be found ({missing}); delete {VENV} and try again.")
    environment = None if is_inside_venv() else _foreign_environment()
    if environment:
        raise SetupError(f"packages are missing in the environment {environment} ({missing}); run  {pip}")
    if not venv_is_ready(need, may_install):
        if not may_install:
            raise SetupError(f"packages are missing ({missing}); leave out --no-setup, or run  {pip}")
        from app import installer

        installer.set_up(need)
        os.environ[RESTARTED] = "1"
    _restart()


def _restart() -> NoReturn:
    """The same command again, with `.venv`'s interpreter."""
    command = [venv_python(), *sys.orig_argv[1:]]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    import subprocess

    process = subprocess.Popen(command)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:  # the new process got it too and ends in its own way
            continue
