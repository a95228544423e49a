"""Inference with exported networks: numpy in, numpy out; ONNX Runtime or OpenVINO below, no torch.

Each .onnx file stands beside its card, a .json of the same name (models/export/__main__.py writes both).
"""

from __future__ import annotations

import importlib.util
import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from app.setup.facts import has_nvidia_driver
from models.core.devices import DEVICES
from models.core.heatmaps import NOTHING_EXPECTED
from models.core.joint_sd import JointSd
from models.core.skeleton import REFERENCE_POINTS
from models.json_file import as_number, read_object, shown
from models.outputs import write_whole

Kind = Literal["pose", "reference"]
CUBE_RANGE = (0.65, 1.25)
"""A cube in proportion to the hand has 0.65 to 1.25 times the card's own edge: 16 to 31 cm where that is 25 cm."""
LARGEST_RESOLUTION = 256
"""Voxels an axis of 32 MiB; the paper's networks have 88."""
LARGEST_OFFSET, ROUNDING = 1.0, 1e-3
"""Joints lie within two cubes (-1 .. 1) and hands within two crops; what is farther out was not computed well."""

_log = logging.getLogger(__name__)
_Run = Callable[..., list[NDArray[Any]]]
"""A graph: its inputs in order, its outputs in order."""


class RuntimeModelError(Exception):
    """A network cannot be used. The message is one line: which file or device, what is wrong, what to do."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of an exported network.

    input_resolution: voxels an axis of the volume, or pixels a side of the crops. size_m: edge of the cube (pose) or
    width of the crop (reference), metres. joints: names in order, empty for reference networks.
    reference_point: where the cube is centred (pose) or what is looked for (reference), a name in
    skeleton.REFERENCE_POINTS. details: the whole card as it was written, with how and on what the network was trained.
    cube_of_bones: the edge of the cube is cube_of_bones times the sum of the hand's bone lengths, once that is known.
    None: the network knows cubes of `size_m` only. joint_sd: what a joint's confidence means in millimetres; None for
    networks that were not calibrated.
    """

    name: str
    kind: Kind
    architecture: str
    input_resolution: int
    size_m: float
    joints: tuple[str, ...]
    reference_point: str
    parameters: int
    details: Mapping[str, Any]
    cube_of_bones: float | None = None
    joint_sd: JointSd | None = None

    def cube_m(self, bones_m: float) -> float:
        """Edge in metres of the cube for a hand whose bone lengths add up to `bones_m`."""
        if self.cube_of_bones is None:
            return self.size_m
        smallest, largest = CUBE_RANGE
        return min(max(self.cube_of_bones * bones_m, smallest * self.size_m), largest * self.size_m)


@dataclass(frozen=True, slots=True)
class PoseEstimate:
    """joints_cube: (J, 3) float64, cube coordinates (-0.5 .. 0.5). confidence: (J,) float64 in 0 .. 1.

    right: probability that the volume shows a right hand and no mirrored one; None from networks that do not say.
    """

    joints_cube: NDArray[np.float64]
    confidence: NDArray[np.float64]
    right: float | None = None


@dataclass(frozen=True, slots=True)
class ReferenceEstimate:
    """offset: (N, 3) float64 from the crops' centres, in fractions of the crop size, camera axes.

    presence: (N,) probability that there is a hand.
    """

    offset: NDArray[np.float64]
    presence: NDArray[np.float64]


def load_card(path: str | Path) -> ModelCard:
    """The card of an .onnx file. Raises RuntimeModelError where either is missing, or the card broken."""
    if not Path(path).is_file():
        raise RuntimeModelError(f"{path}: there is no such model file; give the path of an exported .onnx file")
    card_path = Path(path).with_suffix(".json")
    try:
        content = read_object(card_path)
    except FileNotFoundError:
        message = f"{card_path}: the model card is missing; export the model again or put the card beside it"
        raise RuntimeModelError(message) from None
    except ValueError as error:
        raise RuntimeModelError(f"{error}; it should be a model card: export the model again") from None
    try:
        return _parse_card(content)
    except (KeyError, TypeError, ValueError) as error:
        what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise RuntimeModelError(f"{card_path}: is not a model card ({what}); export the model again") from None


def put_on_card(path: Path, **values: object) -> None:
    """Set keys of a card in one step; the others stay. Raises as `read_object` of models/json_file.py, and OSError."""
    card = read_object(path) | values
    write_whole(path, (json.dumps(card, indent=1) + "\n").encode())


def _number(content: Mapping[str, Any], key: str) -> float:
    """A finite number of a card; raises KeyError where it is missing, ValueError where it is none."""
    number = as_number(content[key])
    if number is None:
        raise ValueError(f"{key}: expected a number, got {shown(content[key])}")
    return number


def _parse_card(content: Mapping[str, Any]) -> ModelCard:
    kind = content["kind"]
    if kind not in ("pose", "reference"):
        raise ValueError(f"kind: expected 'pose' or 'reference', got {shown(kind)}")
    joints = content["joints"] if kind == "pose" else []
    if not isinstance(joints, list):
        raise ValueError(f"joints: expected a list of names, got {shown(joints)}")
    card = ModelCard(
        name=str(content["name"]),
        kind=kind,
        architecture=str(content["architecture"]),
        input_resolution=int(_number(content, "input_resolution")),
        size_m=_number(content, "cube_size_m" if kind == "pose" else "crop_size_m"),
        joints=tuple(str(joint) for joint in joints),
        reference_point=str(content.get("reference_point", "palm")),  # older cards do not say it and mean the palm
        parameters=int(_number(content, "parameters")) if "parameters" in content else 0,
        details=content,
        cube_of_bones=None if content.get("cube_of_bones") is None else _number(content, "cube_of_bones"),
        joint_sd=_joint_sd(content, len(joints)),
    )
    if not 0 < card.input_resolution <= LARGEST_RESOLUTION:
        raise ValueError(f"input_resolution: expected 1 to {LARGEST_RESOLUTION}, got {card.input_resolution}")
    if not 0 < card.size_m < 100 or (kind == "pose" and not card.joints):
        raise ValueError("size and joints must be there and above zero")
    if card.cube_of_bones is not None and not 0 < card.cube_of_bones < 1:
        raise ValueError(f"cube_of_bones: expected a share between 0 and 1, got {card.cube_of_bones}")
    if card.reference_point not in REFERENCE_POINTS:
        known = " or ".join(map(repr, REFERENCE_POINTS))
        raise ValueError(f"reference_point: expected {known}, got {shown(card.reference_point)}")
    return card


def _joint_sd(content: Mapping[str, Any], joints: int) -> JointSd | None:
    """The card's calibration; raises ValueError where it is broken."""
    if content.get("joint_sd") is None:
        return None
    try:
        return JointSd.parse(content["joint_sd"], joints)
    except KeyError as error:
        raise ValueError(f"joint_sd: {error.args[0]!r} is missing") from None
    except ValueError as error:
        raise ValueError(f"joint_sd: {error}") from None


class PoseNetwork:
    """Joints from occupancy volumes. One thread at a time may call `infer`."""

    def __init__(self, path: str | Path, device: str = "auto", threads: int | None = None) -> None:
        """Load `path` on `device`, one of DEVICES; `threads` for processors, by default as many as there are cores.

        Raises RuntimeModelError where the file, its card or the device cannot be used, ValueError for other devices.
        """
        self.card, self._path = _checked_card(Path(path), "pose", device), Path(path)
        size = self.card.input_resolution
        self._run, self.device = _open(Path(path), device, threads, dynamic=False)
        self._shape = (size, size, size)
        joints = len(self.card.joints)
        self._nothing = np.tile(np.array(NOTHING_EXPECTED, np.float32), (joints, 1))
        self._takes_expected = bool(self.card.details.get("takes_expected"))
        side = [(1,)] if self.card.details.get("has_side") else []
        example = self._inputs(np.zeros(self._shape, np.uint8), None)
        _try_out(Path(path), self._run, example, [(1, joints, 3), (1, joints), *side])

    def infer(self, occupancy: NDArray[np.uint8], expected: NDArray[Any] | None = None) -> PoseEstimate:
        """Joints of one volume (D, D, D) uint8, 0 or 1.

        Raises ValueError for another shape, RuntimeModelError where the answer makes no sense.

        expected: (J, 4), where each joint is expected, cube coordinates, and how far around, a standard deviation in
        cube edges. Joints are then where volume and expectation together say. Networks whose card does not say that
        they take it answer as without.
        """
        if occupancy.shape != self._shape:
            raise ValueError(f"occupancy: expected shape {self._shape}, got {occupancy.shape}")
        if expected is not None and expected.shape != self._nothing.shape:
            raise ValueError(f"expected joints: expected shape {self._nothing.shape}, got {expected.shape}")
        joints, confidence, *side = self._run(*self._inputs(occupancy, expected))
        _check_answer(self._path, joints, confidence, *side)
        right = float(side[0][0]) if side else None
        return PoseEstimate(joints[0].astype(np.float64), confidence[0].astype(np.float64), right)

    def _inputs(self, occupancy: NDArray[np.uint8], expected: NDArray[Any] | None) -> list[NDArray[Any]]:
        volume = np.ascontiguousarray(occupancy, dtype=np.uint8)[None, None]
        if not self._takes_expected:
            return [volume]
        return [volume, np.ascontiguousarray(self._nothing if expected is None else expected, dtype=np.float32)[None]]


class ReferenceNetwork:
    """Offset and presence from depth crops. One thread at a time may call `infer`."""

    def __init__(self, path: str | Path, device: str = "auto", threads: int | None = None) -> None:
        """As `PoseNetwork`."""
        self.card, self._path = _checked_card(Path(path), "reference", device), Path(path)
        size = self.card.input_resolution
        self._run, self.device = _open(Path(path), device, threads, dynamic=True)
        self._shape = (1, size, size)
        _try_out(Path(path), self._run, [np.zeros((2, *self._shape), np.float32)], [(2, 3), (2,)])

    def infer(self, crops: NDArray[np.float32]) -> ReferenceEstimate:
        """Estimates for crops (N, 1, S, S) float32 in -1 .. 1, N may be 0; errors as of PoseNetwork.infer."""
        if crops.ndim != 4 or crops.shape[1:] != self._shape:
            raise ValueError(f"crops: expected shape (N, {', '.join(map(str, self._shape))}), got {crops.shape}")
        if len(crops) == 0:
            return ReferenceEstimate(np.empty((0, 3)), np.empty(0))
        offset, presence = self._run(np.ascontiguousarray(crops, dtype=np.float32))
        _check_answer(self._path, offset, presence)
        return ReferenceEstimate(offset.astype(np.float64), presence.astype(np.float64))


def _checked_card(path: Path, kind: Kind, device: str) -> ModelCard:
    if device not in DEVICES:
        raise ValueError(f"device: expected one of {', '.join(DEVICES)}, got {device!r}")
    card = load_card(path)
    if card.kind != kind:
        raise RuntimeModelError(f"{path}: is a {card.kind} network, but a {kind} network is needed here")
    return card


def _try_out(path: Path, run: _Run, example: list[NDArray[Any]], shapes: list[tuple[int, ...]]) -> None:
    """Run once: warms up, and finds out whether the file is what its card says."""
    try:
        got = [array.shape for array in run(*example)]
    except Exception as error:  # whatever the runtimes raise for a wrong graph
        message = f"{path}: does not take what its card says ({_telling_line(error)}); export the model again"
        raise RuntimeModelError(message) from error
    if got != shapes:
        raise RuntimeModelError(f"{path}: gives outputs {got}, its card says {shapes}; export the model again")


def _check_answer(path: Path, places: NDArray[Any], *shares: NDArray[Any]) -> None:
    """Raise RuntimeModelError unless places are within two cubes, and confidences and probabilities within 0 .. 1.

    Written so that NaN fails, too.
    """
    if not np.abs(places).max() <= LARGEST_OFFSET:
        what = "places that are no numbers" if np.isnan(places).any() else "places outside of two cubes"
    elif not all(share.min() >= -ROUNDING and share.max() <= 1 + ROUNDING for share in shares):
        what = "confidences that are not within 0 and 1"
    else:
        return
    raise RuntimeModelError(f"{path}: the network answers with {what}; choose another or export it again")


def _open(path: Path, device: str, threads: int | None, dynamic: bool) -> tuple[_Run, str]:
    """A function that runs the file, and what it really runs on."""
    if device in ("cuda", "tensorrt"):
        return _open_gpu(path, device, dynamic)
    if device == "openvino":
        return _open_openvino(path, threads, dynamic)
    if device == "auto":
        if has_nvidia_driver():  # without one, asking ONNX Runtime for CUDA only costs time and error lines
            try:
                return _open_gpu(path, "cuda", dynamic)
            except RuntimeModelError as error:
                _log.info("CUDA is not used: %s", error)
        if importlib.util.find_spec("openvino") is not None:
            return _open_openvino(path, threads, dynamic)
    return _open_onnxruntime(path, ["CPUExecutionProvider"], threads), "ONNX Runtime CPU"


def _open_gpu(path: Path, device: str, dynamic: bool) -> tuple[_Run, str]:
    """CUDA or TensorRT, checked to be really in use."""
    name = {"cuda": "CUDA", "tensorrt": "TensorRT"}[device]
    hint = "use --device auto"
    if not has_nvidia_driver():
        raise RuntimeModelError(f"device {device}: there is no NVIDIA driver here; {hint}")
    import onnxruntime

    provider = f"{'Tensorrt' if device == 'tensorrt' else 'CUDA'}ExecutionProvider"
    if provider not in onnxruntime.get_available_providers():
        raise RuntimeModelError(f"device {device}: this ONNX Runtime was built without {name}; {hint}")
    _preload_libraries(onnxruntime)
    # DEFAULT picks one slow algorithm for 3D convolutions; searching pays off because pose shapes never change.
    cuda = ("CUDAExecutionProvider", {"cudnn_conv_algo_search": "HEURISTIC" if dynamic else "EXHAUSTIVE"})
    chosen = [provider, cuda] if device == "tensorrt" else [cuda]
    run = _open_onnxruntime(path, [*chosen, "CPUExecutionProvider"], None, provider)
    return run, f"ONNX Runtime {name}"


def _preload_libraries(onnxruntime: Any) -> None:
    """Load the CUDA libraries that pip installed, where ONNX Runtime would not look for them."""
    if hasattr(onnxruntime, "preload_dlls"):
        # An empty directory searches the nvidia site packages; torch itself is then not imported.
        onnxruntime.preload_dlls(directory="")


def _open_onnxruntime(path: Path, providers: list[Any], threads: int | None, needed: str | None = None) -> _Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # its complaints go to stderr from C++; what matters is raised or checked below
    options.intra_op_num_threads = threads or 0
    # Spinning threads would take the cores from the camera, the window and a second session.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # ONNX Runtime raises a type of its own for each cause
        raise RuntimeModelError(f"{path}: is not a model that can be loaded ({_telling_line(error)})") from error
    if needed is not None and needed not in session.get_providers():
        name = needed.removesuffix("ExecutionProvider").lower()
        raise RuntimeModelError(f"device {name}: its libraries do not load here; use --device auto")
    inputs, outputs = [i.name for i in session.get_inputs()], [o.name for o in session.get_outputs()]

    def run(*arrays: NDArray[Any]) -> list[NDArray[Any]]:
        answers: list[NDArray[Any]] = session.run(outputs, dict(zip(inputs, arrays, strict=True)))
        return answers

    return run


def _open_openvino(path: Path, threads: int | None, dynamic: bool) -> tuple[_Run, str]:
    # Importing openvino starts a thread that reports the program's use over the network, unless this module is missing.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
        from openvino.frontend import FrontEndManager
    except ImportError as error:
        message = f"device openvino: cannot be imported ({_telling_line(error)}); install openvino or use --device cpu"
        raise RuntimeModelError(message) from None
    # float32 on purpose: bfloat16 moves joints by millimetres on the processors that have it.
    settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    try:
        # Named, because looking for a front end that fits makes the others complain on stderr about a broken file.
        front_end = FrontEndManager().load_by_framework("onnx")
        model = front_end.convert(front_end.load(str(path)))
        if not model.outputs:
            raise ValueError("it is empty")
        compiled = openvino.Core().compile_model(model, "CPU", settings)
    except Exception as error:  # OpenVINO raises RuntimeError and others for files it cannot read
        raise RuntimeModelError(f"{path}: is not a model that can be loaded ({_telling_line(error)})") from error
    request = compiled.create_infer_request()
    count = len(compiled.outputs)

    def run(*arrays: NDArray[Any]) -> list[NDArray[Any]]:
        request.infer(list(arrays), share_inputs=True)
        return [request.get_output_tensor(i).data.copy() for i in range(count)]

    return run, "OpenVINO CPU"


def _telling_line(error: Exception) -> str:
    """One line of an error: the last, because OpenVINO begins with its own source lines and ends with the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200]
