"""python -m models.peers: MediaPipe Hands and a network of this project on the same labelled frames, scored alike."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from models.assets import asset
from models.command import run_command
from models.core.devices import DEVICES
from models.core.text import one_line
from models.data.record import Digest
from models.evaluate.frames import folder_frames, watched_frames
from models.evaluate.pose import require_hand_joints
from models.outputs import refuse_inputs, write_whole
from models.peers.hands import MediaPipeHands
from models.peers.scores import Score, compare, own_reader
from models.peers.wheel import VERSION, unpack_networks
from models.runtime import PoseNetwork, RuntimeModelError

PEER = "MediaPipe Hands"


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m models.peers",
        description="Measure MediaPipe Hands, on depth shaded as skin, beside a network of this project.",
    )
    parser.add_argument("--folder", type=Path, required=True, help="depth images, camera.json and joints.csv")
    parser.add_argument(
        "--mediapipe", type=Path, required=True, metavar="WHEEL", help=f"a wheel of mediapipe {VERSION}, from you"
    )
    parser.add_argument(
        "--model", type=Path, default=asset("models") / "compact.onnx", help="default: the shipped network"
    )
    parser.add_argument("--frames", type=int, metavar="N", help="only so many frames, evenly spaced")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="of our network (default: auto)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there as well")
    options = parser.parse_args(arguments)
    if options.frames is not None and options.frames < 1:
        parser.error("--frames: expected one or more")
    return options


def table(scores: dict[str, Score]) -> list[str]:
    """The scores as lines for people."""
    width = max(map(len, scores))
    head = f"{'':{width}}   found  frames counted   mean    median  PA (mm, without the wrist)"
    return [head] + [
        f"{name:{width}} {100 * score.found:5.1f} % {score.counted:8d} "
        f"{score.mean_error_mm:12.1f} {score.median_error_mm:8.1f} {score.pa_error_mm:5.1f}"
        for name, score in scores.items()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    options = parse_arguments(arguments)
    try:
        card = options.model.with_suffix(".json")
        images = options.folder.iterdir() if options.folder.is_dir() else ()
        outputs = [] if options.json is None else [(options.json, "--json")]
        refuse_inputs(outputs, [options.mediapipe, options.model, card, *images])
        with tempfile.TemporaryDirectory() as folder:
            unpack_networks(options.mediapipe, Path(folder))
            peer = MediaPipeHands(Path(folder))
        network = PoseNetwork(options.model, options.device)
        require_hand_joints(network.card)
        digest = Digest()
        frames = watched_frames(folder_frames(options.folder, options.frames), digest)
        readers = {PEER: lambda labelled: peer.joints(labelled.frame), network.card.name: own_reader(network)}
        scores = compare(readers, frames)
        if options.json is not None:
            figures = {name: asdict(score) for name, score in scores.items()} | {"digest": str(digest)}
            write_whole(options.json, (json.dumps(figures, indent=1) + "\n").encode())
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.peers: {one_line(error)}", file=sys.stderr)
        return 1
    told = f"{options.folder}: {network.card.name} is told place and side, {PEER} finds the hand itself"
    print("\n".join([told, *table(scores), f"fingerprint of the frames: {digest}"]))
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.peers", main))
