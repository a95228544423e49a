"""Makes a pose network's 8-bit form: `python -m models.export.int8 --model NAME.onnx`.

Post-training quantisation by NNCF, and next to the input with a range for each channel: the ranges of activations come
from rendered hands of the kind that `--stretched` has, of other seeds, and so does the measurement. What follows the
network in its graph, the decoding, stays as it is.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.command import run_command
from models.core.camera import MIRROR
from models.core.heatmaps import NOTHING_EXPECTED
from models.core.metrics import joint_errors_mm
from models.core.skeleton import hand_reference_point
from models.core.text import one_line
from models.core.voxels import cam_to_cube
from models.data.synthetic.testset import hand_frame
from models.export.blocks_of_cells import BLOCK_CELLS, over_blocks
from models.export.channel_ranges import UNSIGNED, quantise, ranges, taken_by
from models.outputs import refuse_inputs, write_whole
from models.reading.hand import read_around
from models.runtime import PoseNetwork, RuntimeModelError
from models.runtime.card import put_on_card
from models.runtime.int8 import CARD_KEY, digest_of, int8_path

NEAR_INPUT = ("/network/encoder/stem", "/network/encoder/fine")
"""They see the occupancy itself, nearly all of it zero. NNCF's ranges, one for all channels, cost 0.5 mm there, a range
for each channel nothing that can be measured (docs/experiments.md)."""
STEM = "/network/encoder/stem/stem.0/Conv"
FINE = ("/network/encoder/fine/residual/residual.0/Conv", "/network/encoder/fine/residual/residual.3/Conv")
RANGES_OF = 80
"""So many volumes tell the ranges of the channels: their cells are held in memory."""
LIMIT_MM = 0.3
"""An 8-bit form that reads this much worse is not written."""
RANGES_SEED, MEASURED_SEED = 777, 778


@dataclass(frozen=True, slots=True)
class Volumes:
    """occupancy: (N, D, D, D) uint8, as of right hands. joints_cube: (N, J, 3), the truth. size_m: (N,) their cubes."""

    occupancy: NDArray[np.uint8]
    joints_cube: NDArray[np.float64]
    size_m: NDArray[np.float64]


def volumes(network: PoseNetwork, count: int, seed: int) -> Volumes:
    """Rendered hands as the network gets to see them; those with too few points are left out."""
    found = list(_read(network, count, seed))
    if not found:
        raise ValueError("none of the rendered hands can be read; give more --samples")
    occupancy, joints, sizes = zip(*found)
    return Volumes(np.stack(occupancy), np.stack(joints), np.array(sizes))


def _read(network: PoseNetwork, count: int, seed: int) -> Iterator[tuple[NDArray[np.uint8], NDArray[Any], float]]:
    for index in range(count):
        labelled = hand_frame(index, seed, "stretched")
        if labelled.joints_cam_m is None:
            continue
        reading = read_around(network, labelled.frame, hand_reference_point(labelled.joints_cam_m), labelled.hand)
        if reading is not None:
            cube = reading.look.volume.cube
            joints = cam_to_cube(labelled.joints_cam_m, cube) * (MIRROR if labelled.hand == "left" else 1)
            yield reading.look.volume.as_right(labelled.hand), joints, cube.size_m


def quantised(network: Path, seen: Volumes, joints: int, takes_expected: bool) -> bytes:
    """The network's file in 8 bits. Raises ValueError where NNCF is missing or cannot make it."""
    try:
        import nncf
        import onnx
    except ImportError as error:
        raise ValueError(f"int8 needs the package nncf ({error}): pip install nncf") from None
    nncf.set_log_level(logging.ERROR)
    model = onnx.load(str(network))
    nothing = np.tile(np.array(NOTHING_EXPECTED, np.float32), (1, joints, 1))
    names = [given.name for given in model.graph.input]
    items = [
        dict(zip(names, [volume[None, None], nothing] if takes_expected else [volume[None, None]]))
        for volume in seen.occupancy
    ]
    near_input = [node.name for node in model.graph.node if node.name.startswith(NEAR_INPUT)]
    left_out = near_input + [n.name for n in model.graph.node if not n.name.startswith("/network")]
    made = nncf.quantize(
        model,
        nncf.Dataset(items),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(items),
        fast_bias_correction=False,
        ignored_scope=nncf.IgnoredScope(names=left_out, validate=False),
    )
    over_blocks(made, STEM)
    quantise(made, STEM, np.full(BLOCK_CELLS, UNSIGNED, np.float32))  # it takes nothing but 0 and 1
    for name, taken in zip(FINE, taken_by(model, FINE, items[:RANGES_OF])):
        quantise(made, name, ranges(taken))
    return bytes(made.SerializeToString())


def error_mm(network: PoseNetwork, seen: Volumes) -> NDArray[np.float64]:
    """The mean error (N,) of each hand in mm."""
    found = np.stack([network.infer(volume).joints_cube for volume in seen.occupancy])
    errors: NDArray[np.float64] = joint_errors_mm(found, seen.joints_cube).mean(axis=1) * seen.size_m
    return errors


def make(path: Path, samples: int) -> dict[str, object]:
    """Write the 8-bit form beside the network and measure it; what then stands on the card.

    Raises ValueError where it reads worse by more than `LIMIT_MM` (nothing is left then), RuntimeModelError where the
    network cannot be used.
    """
    plain = PoseNetwork(path, "openvino")
    ranges, held_out = (volumes(plain, samples, seed) for seed in (RANGES_SEED, MEASURED_SEED))
    card, out = plain.card, int8_path(path)
    content = quantised(path, ranges, len(card.joints), bool(card.details.get("takes_expected")))
    write_whole(out, content)
    put_on_card(path.with_suffix(".json"), **{CARD_KEY: {"sha256": digest_of(out)}})
    before_mm = error_mm(plain, held_out)
    after_mm = error_mm(PoseNetwork(path, "openvino", precision="int8"), held_out)
    worse_mm = float((after_mm - before_mm).mean())
    if worse_mm > LIMIT_MM:
        out.unlink()
        put_on_card(path.with_suffix(".json"), **{CARD_KEY: None})
        raise ValueError(f"{path}: reads {worse_mm:.2f} mm worse in 8 bits, more than {LIMIT_MM} mm; nothing is kept")
    made = {
        "sha256": digest_of(out),
        "samples": len(ranges.size_m),
        "measured": len(before_mm),
        "error_mm": round(float(before_mm.mean()), 3),
        "int8_error_mm": round(float(after_mm.mean()), 3),
    }
    put_on_card(path.with_suffix(".json"), **{CARD_KEY: made})
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m models.export.int8", description="Make a network's 8-bit form.")
    parser.add_argument("--model", required=True, type=Path, help="NAME.onnx; NAME.int8.onnx is written beside it")
    parser.add_argument("--samples", type=int, default=250, help="rendered hands for the ranges (default %(default)s)")
    options = parser.parse_args(arguments)
    if options.samples < 1:
        parser.error("--samples: expected one or more")
    try:
        refuse_inputs([(int8_path(options.model), "--model")], [options.model, options.model.with_suffix(".json")])
        made = make(options.model, options.samples)
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.export.int8: {one_line(error)}", file=sys.stderr)
        return 1
    print(
        f"{int8_path(options.model)}: {made['int8_error_mm']} mm, in float32 {made['error_mm']} mm, "
        f"{made['measured']} hands"
    )
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.export.int8", main))
