"""Looks for what is missing: packages, system libraries, an environment that is up to date. Installs nothing."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder

from app.setup import facts
from app.setup.requirements import Need, name_and_module, wanted

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


def missing_packages(need: Need, path: list[str] | None = None) -> list[str]:
    """Names of the required packages that cannot be imported, from `sys.path` or the folders of `path`.

    They are looked for, not imported. A folder without any __init__.py is what an interrupted removal leaves: missing.
    """
    missing = []
    for name, module in filter(None, map(name_and_module, wanted(need))):
        spec = importlib.util.find_spec(module) if path is None else PathFinder.find_spec(module, path)
        if (spec is None or not _holds_code(spec)) and name not in missing:
            missing.append(name)
    return missing


def missing_system_packages(need: Need) -> list[str]:
    """Debian packages of the shared libraries that cannot be found, and for tests that of a virtual display."""
    if not sys.platform.startswith("linux"):
        return []
    packages = [package for soname, package in SYSTEM_LIBRARIES.items() if not _has_library(soname)]
    if need == "tests" and not facts.find_program("Xvfb"):
        packages.append("xvfb")
    return packages


def venv_is_ready(need: Need, up_to_date: bool = True) -> bool:
    """Whether `.venv` can be entered as it is, or, from inside it, gone on with.

    up_to_date: False where it is enough that everything can be imported, be it half-made or out of date.
    """
    if facts.is_inside_venv():
        return is_ready_here(need, up_to_date)
    if not os.path.exists(facts.venv_python()) or (up_to_date and not _marker_allows(need)):
        return False
    return not missing_packages(need, facts.venv_site_packages())


def is_ready_here(need: Need, up_to_date: bool) -> bool:
    """Whether this process can import everything; in `.venv`, `up_to_date` asks for the versions as well."""
    return not missing_packages(need) and (not up_to_date or not facts.is_inside_venv() or _marker_allows(need))


def _marker_allows(need: Need) -> bool:
    """Whether `.venv` is not known to be half-made or out of date; one made by hand has no marker."""
    return not os.path.exists(facts.MARKER) or set(wanted(need)) <= set(facts.read_text(facts.MARKER).splitlines())


def _holds_code(spec: ModuleSpec) -> bool:
    """Whether a found module is one: it has a file, or it is a namespace of packages, as rosbags is."""
    folders = spec.submodule_search_locations or ()
    return spec.origin is not None or any(
        os.path.exists(os.path.join(entry.path, "__init__.py")) for folder in folders for entry in os.scandir(folder)
    )


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
