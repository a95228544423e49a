"""Every file that is written goes through here: nothing of the user's is destroyed, nothing half-written is left.

Checked before a run (`check`), then written beside and moved into place (`write_whole`, `part_path` with `take_place`)
or appended in whole records (`RecordFile`). Names beside cannot be guessed and links are never followed.
"""

from __future__ import annotations

import glob
import os
import secrets
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

_NEW = os.O_CREAT | os.O_EXCL
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_SPECIAL = {stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFSOCK: "a socket"}


class OutputError(ValueError):
    """An output may not be written, or could not be; one line that names it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file or folder that a run is to write.

    option: the command-line option that names it. ours: whether an existing one is of the kind that is written here, so
    that it may be replaced; it is asked only about existing files (or folders) that are not empty. is_folder: several
    files are to be written into it.
    """

    path: Path
    option: str
    ours: Callable[[Path], bool]
    is_folder: bool = False


def special_kind(path: Path) -> str | None:
    """What a path is that to open may wait forever, links followed: "a pipe", "a device", "a socket", or None."""
    try:
        return _SPECIAL.get(stat.S_IFMT(path.stat().st_mode))
    except (OSError, ValueError):
        return None


def check(targets: Iterable[Target], inputs: Iterable[Path], overwrite: bool) -> None:
    """Raise OutputError at the first target that may not be written; nothing is made or changed.

    inputs: what the run reads; of those that are there, neither they nor other names of theirs are written. overwrite:
    an existing target is replaced though it is not ours.
    """
    targets = list(targets)
    # What is not there yet is no input, and a source may be a folder of very many files.
    read = {_identity(path): path for path in inputs} if any(target.path.exists() for target in targets) else {}
    taken: dict[Path, Target] = {}
    for target in targets:
        path = target.path
        hint = f"choose another {'folder' if target.is_folder else 'file'} with {target.option}"
        if _identity(path) in read:
            raise OutputError(f"{path}: is an input of this run ({read[_identity(path)]}); {hint}")
        other = taken.setdefault(path.absolute().parent.resolve() / path.name, target)
        if other is not target:
            raise OutputError(f"{path}: would be written twice, by {other.option} and {target.option}; {hint}")
        _check_place(path, target.is_folder, hint)
        if not overwrite and _holds_something(path) and not target.ours(path):
            raise OutputError(
                f"{path}: is there and is nothing that {target.option} writes; {hint}, or replace it with --overwrite"
            )


def refuse_inputs(
    outputs: Iterable[tuple[Path, str]], inputs: Iterable[Path | None], folders: Iterable[tuple[Path, str]] = ()
) -> None:
    """As `check`, for commands that replace whatever else is there.

    outputs, folders: files and folders that are written, and the options that name them. inputs: None is left out.
    """
    targets = [Target(path, option, lambda _: True) for path, option in outputs]
    targets += [Target(path, option, lambda _: True, is_folder=True) for path, option in folders]
    check(targets, [path for path in inputs if path is not None], overwrite=False)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, or replace it by a finished one in one step. OutputError for links and special files; OSError."""
    part = part_path(path)
    _refuse_odd(path)
    try:
        descriptor = os.open(part, os.O_WRONLY | _NEW | _SAFE, 0o666)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        take_place(part, path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise


def part_path(path: Path, suffix: str | None = None) -> Path:
    """A new name beside `path` that cannot be guessed: NAME.part-RANDOM with the same suffix, or with `suffix`."""
    return path.with_name(f"{path.stem}.part-{secrets.token_hex(4)}{path.suffix if suffix is None else suffix}")


def size_so_far(path: Path) -> int:
    """Bytes of the newest unfinished file that is to become `path`; 0 where there is none."""
    parts = path.parent.glob(f"{glob.escape(path.stem)}.part-*{glob.escape(path.suffix)}")
    try:
        return max(((found.st_mtime_ns, found.st_size) for found in map(Path.stat, parts)), default=(0, 0))[1]
    except OSError:  # it took its place just now
        return 0


def take_place(part: Path, path: Path) -> None:
    """Move a finished file to its name. OutputError where that is a link or a special file by now; OSError."""
    _refuse_odd(path)
    os.replace(part, path)


class RecordFile:
    """A new file that grows by whole records; what was added stays readable however the program ends.

    An older file of that name is replaced in one step by one that holds `head`. One thread at a time; `close` may be
    called twice. OSError and OutputError where it cannot be written.
    """

    def __init__(self, path: Path, head: bytes = b"") -> None:
        self.path = path
        self._descriptor: int | None = None
        write_whole(path, head)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | _SAFE)
        self._size = len(head)

    def add(self, record: bytes) -> None:
        """Append one record, all of it or nothing. OutputError where the file is no longer there under its name."""
        assert self._descriptor is not None
        rest = memoryview(record)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(record)
        self._check_there(self._descriptor)

    def close(self) -> None:
        """Close the file. OutputError where it is no longer there under its name."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            self._check_there(descriptor)
        finally:
            os.close(descriptor)

    def _check_there(self, descriptor: int) -> None:
        try:
            is_there = os.path.samestat(os.fstat(descriptor), os.lstat(self.path))
        except OSError:
            is_there = False
        if not is_there:
            raise OutputError(f"{self.path}: was removed or replaced while it was written; run again")


def check_there(path: Path) -> None:
    """Raise OutputError where a file or folder that was written is gone."""
    if not os.path.lexists(path):
        raise OutputError(f"{path}: was removed while the program ran; run again")


def _identity(path: Path) -> object:
    """What tells files apart, whatever their names: links to one file have the same."""
    try:
        found = path.stat()
    except OSError:
        return path.absolute()
    return found.st_dev, found.st_ino


def _refuse_odd(path: Path, hint: str = "choose another name") -> None:
    what = "a symbolic link" if path.is_symlink() else special_kind(path)
    if what is not None:
        raise OutputError(f"{path}: is {what}, which is not written to; {hint}")


def _check_place(path: Path, is_folder: bool, hint: str) -> None:
    """The place can be written: the nearest folder that is there, and what is there already."""
    _refuse_odd(path, hint)
    if path.exists() and path.is_dir() != is_folder:
        raise OutputError(f"{path}: cannot be written: it is a {'folder' if path.is_dir() else 'file'}; {hint}")
    folder = path if is_folder else path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise OutputError(f"{path}: cannot be written to {folder}: it is not a folder; {hint}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: cannot be written to {folder}: permission denied; {hint}")


def _holds_something(path: Path) -> bool:
    if path.is_dir():
        return any(path.iterdir())
    return path.exists() and path.stat().st_size > 0
