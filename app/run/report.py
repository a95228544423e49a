"""`--report FILE`: what a report of an error should say, without what is private."""

from __future__ import annotations

import getpass
import locale
import os
import platform
import re
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path

from app.errors import AppError, ExportError
from app.run.log_file import FAULTS, LOG, last_lines, state_folder
from app.settings import Options
from models.outputs import OutputError, Target, check, write_whole

HEAD = "Report of V2V hand tracking"
LOG_LINES = 300
SETTINGS = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "QT_", "OMP_", "OPENBLAS_", "NUMBA_", "CUDA_", "HAND_")
"""Environment variables that change how the program runs, or the beginnings of their names."""
PRIVATE_SETTINGS = ("recent", "folder")
"""Of the window: names of the user's files."""


def write_report(path: Path, options: Options, overwrite: bool) -> None:
    """Write the report. Raises ExportError where it cannot be, or where something else is there."""
    try:
        check([Target(path, "--report", _is_report)], [], overwrite)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, report_text(options).encode("utf-8", "replace"))
    except OutputError as error:
        raise ExportError(str(error)) from None
    except OSError as error:
        raise ExportError(f"{path}: cannot be written ({error.strerror or error}); choose another file") from None


def report_text(options: Options) -> str:
    """All of it; each part that fails says so and leaves the others."""
    parts: tuple[tuple[str, Callable[[], Iterable[str]]], ...] = (
        ("System", _system),
        ("Packages", _packages),
        ("Inference", _inference),
        ("Cameras", _cameras),
        ("Options", lambda: _options(options)),
        ("Environment", _environment),
        ("Window's settings", _window_settings),
        ("Log", lambda: last_lines(state_folder() / LOG, LOG_LINES)),
        ("Crashes", lambda: last_lines(state_folder() / FAULTS, LOG_LINES)),
    )
    text = [HEAD]
    for title, lines in parts:
        text += ["", f"## {title}"]
        try:
            text += list(lines()) or ["none"]
        except Exception as error:  # a report is wanted most where something is broken
            text.append(f"not known: {error!r}")
    return without_private("\n".join(text) + "\n")


def without_private(text: str, home: Path | None = None, user: str | None = None, host: str | None = None) -> str:
    """The text with home folder, user and machine replaced by ~, USER and HOST; theirs unless given."""
    home = Path.home() if home is None else home
    for name in sorted({str(home), home.as_posix(), str(home.resolve())}, key=len, reverse=True):
        if len(name) > 1:
            text = text.replace(name, "~").replace(name.replace("\\", "\\\\"), "~")
    user = _user() if user is None else user
    host = socket.gethostname() if host is None else host
    for name, instead in ((user, "USER"), (host, "HOST"), (host.partition(".")[0], "HOST")):
        if len(name) > 1:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", instead, text)
    return text


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _is_report(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(HEAD)) == HEAD.encode()
    except OSError:
        return False


def _system() -> Iterator[str]:
    yield f"{platform.system()} {platform.release()}, {platform.machine()}"
    yield f"Python {platform.python_version()}, {'in its environment' if sys.prefix != sys.base_prefix else 'bare'}"
    yield f"{os.cpu_count()} processors: {_processor()}"
    yield f"locale {'.'.join(str(part) for part in locale.getlocale())}, files {sys.getfilesystemencoding()}"


def _processor() -> str:
    try:
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        return names[0].partition(":")[2].strip()
    except (OSError, IndexError):
        return platform.processor()


def _packages() -> list[str]:
    found = {(each.metadata["Name"] or "?"): each.version for each in distributions()}
    return [f"{name} {version}" for name, version in sorted(found.items(), key=lambda item: item[0].lower())]


def _inference() -> Iterator[str]:
    import onnxruntime

    yield f"ONNX Runtime: {', '.join(onnxruntime.get_available_providers())}"
    import openvino

    core = openvino.Core()
    for name in core.available_devices:
        yield f"OpenVINO: {name}, {core.get_property(name, 'FULL_DEVICE_NAME')}"


def _cameras() -> list[str]:
    from app.sources.camera_list import list_cameras

    try:
        return [camera.name for camera in list_cameras()]  # a serial number may be private
    except AppError as error:
        return [str(error)]


def _options(options: Options) -> list[str]:
    return [f"{name} = {getattr(options, name)}" for name in options.__slots__ if name != "report"]


def _environment() -> list[str]:
    return [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith(SETTINGS)]


def _window_settings() -> list[str]:
    """The file that Qt keeps them in; names of the user's files are left out."""
    base = Path(os.environ.get("APPDATA") or Path.home() / ".config" if sys.platform == "win32" else _config())
    lines = last_lines(base / "v2v-hand-tracking" / "window.ini", LOG_LINES)
    return [line for line in lines if not line.startswith(PRIVATE_SETTINGS)]


def _config() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
