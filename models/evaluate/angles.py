"""How well joint angles and gestures are read from joints: python -m models.evaluate.angles

Without files: hands of the rig in random shapes and poses, whose angles are known, right and left; how far the angles
read from their exact joints are off. Then the named gestures, on joints shaken by so many millimetres.
With --model: how well the standard deviations of angles hold on hands of the third synthetic set.
With --poses and --truth: the angles of an export against those of the truth's joints, in how many frames the truth is
within one and WITHIN_95 standard deviations, and in how many the gesture is that of the truth.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.command import run_command
from models.core.camera import MIRROR
from models.core.devices import DEVICES
from models.core.hand_state.angle_sd import WITHIN_95
from models.core.hand_state.angles import ANGLE, ANGLES, joint_angles
from models.core.hand_state.gestures import Gesture
from models.core.hand_state.state import HandStates
from models.core.skeleton import FINGERS
from models.core.types import Handedness, Pose
from models.data.pose_csv import read_poses
from models.data.record import Digest
from models.data.synthetic.poses import sample_angles
from models.evaluate.angle_sd import FEWEST_FRAMES, lines_of, read_angles
from models.evaluate.frames import watched_frames
from models.rendering.gestures import GESTURES
from models.rendering.limits import ABDUCT, FLEX
from models.rendering.rig import ANGLE as RIG_ANGLE
from models.rendering.rig import PosedHand, default_rig
from models.runtime import PoseNetwork, RuntimeModelError

HAND_LENGTH_M = 0.185
SIDES: tuple[Handedness, Handedness] = ("right", "left")
NAMED = {
    "open": Gesture.OPEN,
    "five": Gesture.OPEN,
    "fist": Gesture.FIST,
    "point": Gesture.POINT,
    "gun": Gesture.POINT,
    "pinch": Gesture.PINCH,
    "ok": Gesture.PINCH,
    "thumbs_up": Gesture.THUMB_UP,
    "victory": Gesture.VICTORY,
}
"""What each pose of models.rendering.gestures shows; the others show NONE."""


def rig_degrees(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Clinical angles (23,) of rig angles (24,); NaN for the base of the thumb, which the rig turns about other axes.

    The rig abducts first and flexes then; clinics measure flexion in the hand's own plane.
    """
    degrees = np.full(len(ANGLES), np.nan)
    flex, abduct = angles[FLEX], angles[ABDUCT]
    x, y, z = np.cos(flex) * np.sin(abduct), np.cos(flex) * np.cos(abduct), np.sin(flex)
    for finger, name in enumerate(FINGERS[:4]):
        sign = 1 if finger < 2 else -1
        degrees[ANGLE[f"{name}_mcp_flexion"]] = np.degrees(np.arctan2(z[finger], y[finger]))
        degrees[ANGLE[f"{name}_mcp_abduction"]] = sign * np.degrees(np.arcsin(x[finger]))
        for part in ("pip", "dip"):
            degrees[ANGLE[f"{name}_{part}_flexion"]] = np.degrees(angles[RIG_ANGLE[f"{name}_{part}"]])
    for name, rig_name in (
        ("thumb_mcp_flexion", "thumb_mcp"),
        ("thumb_ip_flexion", "thumb_ip"),
        ("wrist_flexion", "wrist_flex"),
        ("wrist_deviation", "wrist_deviate"),
    ):
        degrees[ANGLE[name]] = np.degrees(angles[RIG_ANGLE[rig_name]])
    return degrees


def random_hand(angles: NDArray[np.float64], rng: np.random.Generator) -> PosedHand:
    """A hand of random shape at rig angles (24,)."""
    rig = default_rig()
    phalanges = rng.uniform(0.9, 1.1, (5, 3))
    return rig.hand(rng.normal(0, 0.7, rig.components), HAND_LENGTH_M, phalanges=phalanges).pose(angles)


def pose_of(posed: PosedHand, side: Handedness, shake_mm: float, rng: np.random.Generator) -> Pose:
    """Its joints, moved by noise of `shake_mm` along each axis; of a left hand the mirror image."""
    joints = posed.joints_hand_m + rng.normal(0, shake_mm / 1000, posed.joints_hand_m.shape)
    return Pose(joints * (MIRROR if side == "left" else 1), np.ones(len(joints)), 1.0, side)


def rig_errors_deg(count: int, seed: int) -> NDArray[np.float64]:
    """Read minus set angles (count, 23), degrees, of random hands, every second one a left hand."""
    rng = np.random.default_rng(seed)
    errors = []
    for number in range(count):
        angles, side = sample_angles(rng), SIDES[number % 2]
        posed = random_hand(angles, rng)
        elbow = posed.elbow_hand_m * (MIRROR if side == "left" else 1)
        errors.append(joint_angles(pose_of(posed, side, 0.0, rng), elbow).degrees - rig_degrees(angles))
    return np.array(errors)


def gesture_shares(count: int, shake_mm: float, seed: int) -> dict[str, float]:
    """For each named pose the share of `count` random hands, joints shaken, whose gesture is the right one."""
    rng = np.random.default_rng(seed)
    shares = {}
    for name, angles in GESTURES.items():
        found = [
            HandStates().next(pose_of(random_hand(angles, rng), SIDES[number % 2], shake_mm, rng), 0.0)
            for number in range(count)
        ]
        right = NAMED.get(name, Gesture.NONE)
        shares[name] = float(np.mean([state is not None and state.gesture is right for state in found]))
    return shares


def print_rig(count: int, seed: int) -> None:
    errors = rig_errors_deg(count, seed)
    print(f"{count} hands of the rig, exact joints: degrees by which each angle is off")
    print(f"{'angle':28}{'mean':>8}{'mean of sizes':>15}{'95 % within':>13}")
    for name, values in zip(ANGLES, errors.T):
        if np.isfinite(values).all():
            sizes = np.abs(values)
            print(f"{name:28}{values.mean():8.1f}{sizes.mean():15.1f}{np.percentile(sizes, 95):13.1f}")


def print_gestures(count: int, shakes_mm: Sequence[float], seed: int) -> None:
    columns = [gesture_shares(count, shake_mm, seed) for shake_mm in shakes_mm]
    print(f"\nshare of {count} hands whose gesture is right, joints shaken by so many mm along each axis")
    print(f"{'pose':16}{'gesture':12}" + "".join(f"{shake:>7g}" for shake in shakes_mm))
    for name in GESTURES:
        gesture = NAMED.get(name, Gesture.NONE).value
        print(f"{name:16}{gesture:12}" + "".join(f"{column[name]:7.0%}" for column in columns))
    print(f"{'all':28}" + "".join(f"{np.mean(list(column.values())):7.0%}" for column in columns))


def print_export(poses: dict[int, Pose], truth: dict[int, Pose]) -> None:
    frames = sorted(frame for frame in poses if frame in truth and poses[frame].hand == truth[frame].hand)
    if not frames:
        raise ValueError("poses and truth have no frame in common whose hand is of the same side")
    pairs = [(joint_angles(poses[frame]), joint_angles(truth[frame])) for frame in frames]
    errors = np.array([found.degrees - true.degrees for found, true in pairs])
    deviations = np.array([np.full(len(ANGLES), np.nan) if a.sd_deg is None else a.sd_deg for a, _ in pairs])
    print(f"{len(frames)} frames: degrees by which each angle is off, and its standard deviation as said")
    print(f"{'angle':28}{'mean':>8}{'mean of sizes':>15}{'sd':>7}{'within sd':>11}{f'within {WITHIN_95:g} sd':>16}")
    known = np.isfinite(errors).all(axis=0)
    for number in np.flatnonzero(known):
        _print_angle(ANGLES[number], errors[:, number], deviations[:, number])
    _print_angle("all", errors[:, known].ravel(), deviations[:, known].ravel())
    states, true_states = HandStates(), HandStates()
    right = []
    for frame in frames:
        found, true = states.next(poses[frame], frame / 30), true_states.next(truth[frame], frame / 30)
        right.append(found is not None and true is not None and found.gesture is true.gesture)
    print(f"\ngesture as by the truth's joints: {np.mean(right):.1%} of the frames")


def _print_angle(name: str, errors: NDArray[np.float64], deviations: NDArray[np.float64]) -> None:
    sizes = np.abs(errors)
    line = f"{name:28}{errors.mean():8.1f}{sizes.mean():15.1f}"
    if np.isfinite(deviations).all():
        within, within_95 = np.mean(sizes < deviations), np.mean(sizes < WITHIN_95 * deviations)
        line += f"{deviations.mean():7.1f}{within:11.0%}{within_95:16.0%}"
    print(line)


def print_deviations(path: Path, device: str, count: int) -> None:
    """How well a network's standard deviations of angles hold on the third synthetic set."""
    from models.data.synthetic.testset import TEST_SEED, hand_frames  # takes a second to compile

    network = PoseNetwork(path, device)
    read = read_angles(network, watched_frames(hand_frames(count, TEST_SEED, "foreign"), Digest()))
    print(f"{network.card.name} on {network.device}: foreign frames, seed {TEST_SEED}")
    print("\n".join(lines_of(read)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m models.evaluate.angles", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="random hands (default %(default)s)")
    parser.add_argument(
        "--shake",
        type=float,
        nargs="+",
        default=[0.0, 2.0, 4.0],
        metavar="MM",
        help="noise of the joints that gestures are tried with (default: 0 2 4)",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="start of the random numbers (default 1)")
    parser.add_argument("--poses", type=Path, metavar="FILE.csv", help="an export, to be compared with --truth")
    parser.add_argument("--truth", type=Path, metavar="FILE.csv", help="the true joints of the same frames")
    parser.add_argument("--model", type=Path, metavar="FILE.onnx", help="a calibrated network: do its angles' sd hold?")
    parser.add_argument("--frames", type=int, default=600, metavar="N", help="for --model (default %(default)s)")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="default: auto")
    options = parser.parse_args()
    if (options.poses is None) != (options.truth is None):
        parser.error("--poses and --truth belong together")
    if options.count < 1:
        parser.error(f"--count: expected at least 1, got {options.count}")
    if options.frames < FEWEST_FRAMES:
        parser.error(f"--frames: expected at least {FEWEST_FRAMES}")
    try:
        if options.model is not None:
            print_deviations(options.model, options.device, options.frames)
        elif options.poses is not None:
            print_export(read_poses(options.poses), read_poses(options.truth))
        else:
            print_rig(options.count, options.seed)
            print_gestures(max(options.count // 10, 1), options.shake, options.seed)
    except (OSError, ValueError, RuntimeModelError) as error:
        print(f"models.evaluate.angles: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.evaluate.angles", main))
