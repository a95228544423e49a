"""`--check FILE`: is a file whole? What is left of a damaged one goes into a new file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from app.errors import AppError, ExportError, SourceError
from app.run.check_poses import check_poses
from app.run.check_result import CheckResult, free_name
from app.run.damage import DamagedFrames
from app.run.poses import WRITERS
from app.sources import make_source
from app.sources.base import EndOfStream
from app.sources.checksums import sums_path
from app.sources.ground_truth import ground_truth_path
from app.sources.rerecord import rerecord
from models.outputs import OutputError, part_path, take_place


class _Played:
    """What playing a file to its end has shown."""

    def __init__(self, path: Path) -> None:
        self.frames, self.damaged = 0, DamagedFrames()
        self.promised: int | None = None
        self.notes: tuple[str, ...] = ()
        self.error = ""
        source = make_source(str(path), realtime=False)
        try:
            info = source.open()
            self.promised, self.notes = info.frame_count, info.notes
            while True:
                if (frame := source.read()) is not None:
                    self.frames += 1
                    if frame.is_damaged:
                        self.damaged.add(frame.frame_id)
        except EndOfStream:
            pass
        except SourceError as error:
            self.error = str(error).removeprefix(f"{path}: ")
        finally:
            source.close()

    @property
    def problem(self) -> str:
        missing = [note for note in self.notes if "missing" in note]
        damaged = f"{self.damaged.count} of its frames are damaged" if self.damaged.count else ""
        return self.error.partition(";")[0] or damaged or "".join(missing)

    def lines(self, path: Path) -> tuple[str, ...]:
        of = f" of {self.promised}" if self.promised is not None else ""
        lines = [f"frames   {self.frames}{of} can be read"]
        if self.damaged.count:
            lines.append(f"         {self.damaged.count} of them damaged: {self.damaged.names}")
        if path.is_file():
            has_sums = sums_path(path).is_file()
            lines.append(f"sums     {'compared with ' + sums_path(path).name if has_sums else 'none beside it'}")
        return (*lines, *(f"note     {note}" for note in self.notes))


def check_file(path: Path) -> CheckResult:
    """Test a recording, a folder of images or a file of poses. Raises AppError where there is nothing to test."""
    if not path.exists():
        raise SourceError(f"{path}: does not exist; name a recording, a folder of images or a file of poses")
    try:
        if path.suffix.lower() in WRITERS and path.is_file():
            return check_poses(path)
        played = _Played(path)
        if not played.problem:
            return CheckResult(path, played.lines(path))
        return _repaired(path, played)
    except OutputError as error:
        raise ExportError(str(error)) from None
    except OSError as error:
        raise ExportError(f"{error.filename or path}: {error.strerror or error}; check the name and the disk") from None


def _repaired(path: Path, played: _Played) -> CheckResult:
    """What can be saved of a recording, in a new file that plays."""
    for save in _ways(path):
        target = free_name(path)
        part = part_path(target)
        try:
            save(path, part)
            _take_beside(path, part)
            after = _Played(part)
        except (ValueError, AppError, OSError):
            after = None
        if after is None or after.error or not after.frames:
            _remove(part)
            continue
        _move(part, target)
        lines = (
            *played.lines(path),
            f"repaired {target.name}: {after.frames} frames, {after.damaged.count} of them damaged",
        )
        return CheckResult(path, lines, played.problem, target)
    return CheckResult(path, played.lines(path), played.problem)


def _ways(path: Path) -> Sequence[Callable[[Path, Path], object]]:
    """How a file may be saved, the one that keeps most of it first."""
    from app.sources.bag_repair import repair_bag
    from app.sources.db3_repair import repair_db3

    if not path.is_file():
        return []
    ways: dict[str, Sequence[Callable[[Path, Path], object]]]
    ways = {".bag": (repair_bag, rerecord), ".db3": (repair_db3, rerecord)}
    return ways.get(path.suffix, ())


def _beside(path: Path) -> tuple[Path, ...]:
    return sums_path(path), ground_truth_path(path)


def _take_beside(path: Path, part: Path) -> None:
    """Numbers of frames stay what they were, and so do their checksums and truth."""
    for old, new in zip(_beside(path), _beside(part)):
        if old.is_file() and not new.exists():
            shutil.copyfile(old, new)


def _move(part: Path, target: Path) -> None:
    for old, new in zip((part, *_beside(part)), (target, *_beside(target))):
        if old.exists():
            take_place(old, new)


def _remove(part: Path) -> None:
    for left in (part, *_beside(part)):
        left.unlink(missing_ok=True)
