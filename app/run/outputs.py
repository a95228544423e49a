"""What a run writes and reads, checked before either: its inputs stay, and so does whatever is not ours."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from app.errors import ExportError
from app.run.angles_page import MARK
from app.run.preview import is_preview
from app.settings import BUNDLED_RECORDING, MODEL_FOLDER, Options
from app.sources import RECORDINGS
from app.sources.checksums import is_sums, sums_path
from app.sources.folder import split_pattern
from app.sources.folder_recorder import is_folder_name
from app.sources.ground_truth import ground_truth_path
from app.sources.recorder import is_our_recording
from app.sources.recording_file import split_topic
from models.data.camera_file import NAMES as CAMERA_FILES
from models.data.pose_csv import HEAD
from models.outputs import OutputError, Target, check

HEAD_BYTES = 1 << 16  # the first line of .jsonl with a hand's state is about 10 kB
LARGEST_SUMMARY = 1 << 20
_NPZ_MEMBERS = {"frame.npy", "tracked.npy", "joints_cam_m.npy", "joint_names.npy"}
_JSON_LINE_KEYS = {"frame", "timestamp_ms", "hand", "tracked", "joints"}
_SUMMARY_KEYS = {"source", "model", "device", "frames", "tracked"}


def check_outputs(options: Options) -> None:
    """Raise ExportError at the first output that may not be written; nothing is opened for writing or changed."""
    try:
        check(_targets(options), _inputs(options), options.overwrite)
    except OutputError as error:
        raise ExportError(str(error)) from None
    except OSError as error:
        raise ExportError(f"{error.filename}: cannot be looked at ({error.strerror}); choose another output") from None


def _targets(options: Options) -> Iterator[Target]:
    if options.export is not None:
        yield Target(options.export, "--export", _is_pose_file)
    if options.record is not None:
        yield from _recording(options.record)
    if options.preview is not None:
        yield Target(options.preview, "--preview", _has_only_previews, is_folder=True)
    if options.json is not None:
        yield Target(options.json, "--json", _is_summary)
    if options.angles is not None:
        yield Target(options.angles, "--angles", _is_angles_report)


def _recording(path: Path) -> Iterator[Target]:
    """A recording, its truth and its checksums."""
    if is_folder_name(path):
        yield Target(path, "--record", lambda _: False, is_folder=True)
        yield Target(path / "joints.csv", "--record", lambda _: False)
    else:
        yield Target(path, "--record", is_our_recording)
        yield Target(ground_truth_path(path), "--record", lambda truth: _is_truth_of(truth, path))
        yield Target(sums_path(path), "--record", is_sums)


def _inputs(options: Options) -> Iterator[Path]:
    """The files and folders that a run reads, some of which may not be there."""
    if options.source is None or not options.source.startswith(("camera", "simulate")):
        path, _ = split_topic(options.source or str(BUNDLED_RECORDING))
        source, _ = split_pattern(path)
        yield source
        yield ground_truth_path(source)
        yield sums_path(source)
        if source.is_dir():
            yield from (path for pattern in ("*", "*/*") for path in source.glob(pattern) if _is_read(path))
    yield from MODEL_FOLDER.iterdir()
    if options.mediapipe is not None:
        yield options.mediapipe
    model = Path(options.model)
    yield from (model, model.with_suffix(".json"))


def _is_read(path: Path) -> bool:
    """Of what is in the source's folder: all but what an earlier run may have put there."""
    if path.is_dir():
        return not _has_only_previews(path)
    if path.name in (*CAMERA_FILES, "joints.csv"):
        return True
    return not (_is_pose_file(path) or (path.suffix == ".json" and _is_summary(path)))


def _is_pose_file(path: Path) -> bool:
    """Is it a pose export of the format that its ending names?"""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _head(path).startswith((",".join(HEAD) + ",").encode())
    if suffix == ".jsonl":
        row = _parsed(_head(path).partition(b"\n")[0])
        return row.keys() >= _JSON_LINE_KEYS
    if suffix == ".npz":
        try:
            with zipfile.ZipFile(path) as archive:
                return set(archive.namelist()) >= _NPZ_MEMBERS
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
            return False
    return False


def _is_summary(path: Path) -> bool:
    """Is it the JSON of an earlier run or benchmark, whatever its name?"""
    try:
        if path.stat().st_size > LARGEST_SUMMARY:
            return False
        return _parsed(path.read_bytes()).keys() >= _SUMMARY_KEYS
    except OSError:
        return False


def _is_angles_report(path: Path) -> bool:
    return MARK.encode() in _head(path)


def _is_truth_of(path: Path, recording: Path) -> bool:
    """Does this ground truth belong to the recording that is replaced, and to no other of the same name?"""
    if not recording.exists():
        return False
    others = {recording.with_suffix(suffix) for suffix in RECORDINGS} - {recording}
    return _is_pose_file(path) and not any(other.exists() for other in others)


def _has_only_previews(folder: Path) -> bool:
    """Hidden files, which file managers leave, do not count."""
    return all(is_preview(path) for path in folder.iterdir() if not path.name.startswith("."))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _parsed(text: bytes) -> dict[str, object]:
    """A JSON object; an empty one where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
