"""The hand that moves: a shape drawn from the rig's shape space, posed by joint angles with linear blend skinning.

Hand frame of a right hand: metres, wrist at the origin, +Y towards the middle finger's MCP, +Z out of the palm, +X to
the thumb's side. Left hands are made by mirroring X afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.assets import asset

RIG_PATH = asset("hand_rig.npz")

FINGERS = ("index", "middle", "ring", "little")
ANGLES = (
    *(f"{finger}_{angle}" for finger in FINGERS for angle in ("mcp_flex", "mcp_abduct", "pip", "dip")),
    "thumb_cmc_flex", "thumb_cmc_abduct", "thumb_cmc_twist", "thumb_mcp", "thumb_ip",
    "wrist_flex", "wrist_deviate", "forearm_twist",
)  # fmt: skip
"""Joint angles of a pose, in radians, in this order.

Flexion towards the palm is positive; abduction is positive towards the thumb, measured from straight along +Y. The
thumb's three CMC angles are relative to the rig's rest pose; the forearm is bent the opposite way at the wrist, for
the hand is the root.
"""
ANGLE = {name: i for i, name in enumerate(ANGLES)}
REFERENCE_LENGTH_M = 0.185
"""From the wrist to the tip of the middle finger, of a hand that stands for all."""

_WRIST_FADE_M = 0.035
"""How far into the palm a thicker forearm still shows."""


def unit(vectors: NDArray) -> NDArray:
    """Vectors (..., 3) scaled to length 1."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def rotations(axes: NDArray, angles: NDArray) -> NDArray[np.float64]:
    """Rotation matrices (N, 3, 3) about unit axes (N, 3) by angles (N,) in radians (Rodrigues' formula)."""
    x, y, z = np.asarray(axes, dtype=np.float64).T
    c, s = np.cos(angles), np.sin(angles)
    t = 1 - c
    rows = [c + x * x * t, x * y * t - z * s, x * z * t + y * s]
    rows += [y * x * t + z * s, c + y * y * t, y * z * t - x * s]
    rows += [z * x * t - y * s, z * y * t + x * s, c + z * z * t]
    return np.stack(rows, axis=-1).reshape(-1, 3, 3)


@dataclass(frozen=True, slots=True)
class PosedHand:
    """vertices_hand_m: (V, 3). joints_hand_m: (21, 3), MSRA order. elbow_hand_m: (3,). Hand frame, metres."""

    vertices_hand_m: NDArray[np.float64]
    joints_hand_m: NDArray[np.float64]
    elbow_hand_m: NDArray[np.float64]


def _angle_about(axes: NDArray, start: NDArray, end: NDArray) -> NDArray:
    """Signed angles (N,) from `start` to `end` (N, 3) about `axes` (N, 3), radians."""
    return np.arctan2((np.cross(start, end) * axes).sum(axis=1), (start * end).sum(axis=1))


class HandRig:
    """The rig file, read once. Raises FileNotFoundError with the command that makes the file."""

    def __init__(self, path: Path = RIG_PATH) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: make it with python -m models.rendering.build_rig")
        with np.load(path) as data:
            self.mean = data["mean"].astype(np.float64)
            self.basis = data["basis"].astype(np.float64)
            self.triangles = data["triangles"].astype(np.int32)
            self.skin = data["skin"].astype(np.float64)
            self.thumb_curl = data["thumb_curl"].astype(np.float64)
            self.parents = data["parents"].astype(int)
            self.bones = [str(name) for name in data["bones"]]
        self.bone = {name: i for i, name in enumerate(self.bones)}

    @property
    def components(self) -> int:
        return len(self.basis)

    def hand(
        self,
        shape: NDArray,
        hand_length_m: float,
        thickness: NDArray | float = 1.0,
        phalanges: NDArray | None = None,
        forearm: float = 1.0,
    ) -> Hand:
        """A hand of one person: `shape` (K,) coefficients of unit variance, scaled to wrist-to-middle-tip length.

        thickness: of the digits about their phalanges relative to the mesh, (5,) with the thumb first, or one for all.
        phalanges: lengths (5, 3) beside those of the shape, thumb first (its metacarpal is its first) and outwards.
        forearm: thickness of wrist and forearm relative to the mesh.
        """
        points = self.mean + np.tensordot(shape, self.basis[: len(shape)], axes=1)
        vertex_count, bone_count = len(self.skin), len(self.bones)
        vertices, heads, tips = np.split(points, [vertex_count, vertex_count + bone_count])
        if phalanges is not None:
            vertices, heads, tips = self._lengthened(phalanges, vertices, heads, tips)
        chain = np.stack([heads[self.bone["wrist"]], *(heads[self.bone[f"finger3-{k}"]] for k in (1, 2, 3)), tips[2]])
        scale = hand_length_m / np.linalg.norm(np.diff(chain, axis=0), axis=1).sum()
        growth = np.broadcast_to(np.asarray(thickness, dtype=np.float64) - 1, 5)
        if growth.any():
            vertices = vertices + self._grown(growth, vertices, heads, tips)
        if forearm != 1:
            vertices = vertices + (forearm - 1) * self._off_forearm(vertices, heads)
        return Hand(self, scale * vertices, scale * heads, scale * tips)

    def _lengthened(
        self, phalanges: NDArray, vertices: NDArray, heads: NDArray, tips: NDArray
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Vertices, heads and tips with each phalanx `phalanges` (5, 3) times as long, what lies beyond it moved on."""
        at_rest, vertices, heads, tips = vertices, vertices.copy(), heads.copy(), tips.copy()
        for finger, lengths in enumerate(phalanges):
            first = self.bone[f"finger{finger + 1}-1"]
            ends = np.vstack([heads[first : first + 3], tips[finger]])
            gone = np.zeros(3)
            for bone, length, start, end in zip(range(first, first + 3), lengths, ends, ends[1:]):
                axis = unit(end - start)
                near = np.flatnonzero(self.skin[:, bone])
                along = np.clip((at_rest[near] - start) @ axis, 0, None)
                vertices[near] += self.skin[near, bone, None] * (gone + (length - 1) * along[:, None] * axis)
                heads[bone] += gone
                gone = gone + (length - 1) * (end - start)
            tips[finger] += gone
        return vertices, heads, tips

    def _grown(self, growth: NDArray, vertices: NDArray, heads: NDArray, tips: NDArray) -> NDArray[np.float64]:
        """Shifts (V, 3) of vertices away from the phalanges that move them, `growth` (5,) of their distance."""
        moved = np.zeros_like(vertices)
        for finger, tip in enumerate(tips, start=1):
            last = self.bone[f"finger{finger}-3"]
            # the thumb's first bone is its metacarpal, deep in the flesh of the palm
            for bone in range(last - (1 if finger == 1 else 2), last + 1):
                start, end = heads[bone], tip if bone == last else heads[bone + 1]
                near = np.flatnonzero(self.skin[:, bone])
                along = np.clip((vertices[near] - start) @ (end - start) / ((end - start) ** 2).sum(), 0, 1)
                away = vertices[near] - start - along[:, None] * (end - start)
                moved[near] += growth[finger - 1] * self.skin[near, bone, None] * away
        return moved

    def _off_forearm(self, vertices: NDArray, heads: NDArray) -> NDArray[np.float64]:
        """How far (V, 3) vertices lie off the forearm's axis; fading to nothing from the wrist into the palm."""
        wrist, elbow = heads[self.bone["wrist"]], heads[self.bone["lowerarm01"]]
        axis = unit(elbow - wrist)
        along = (vertices - wrist) @ axis
        share = np.clip(1 + along / _WRIST_FADE_M, 0, 1)
        return share[:, None] * (vertices - wrist - along[:, None] * axis)


@lru_cache(maxsize=1)
def default_rig() -> HandRig:
    """The rig in assets, read at the first use."""
    return HandRig()


@dataclass(frozen=True, slots=True)
class Hinges:
    """About what a hand's joints turn, in the hand frame of rest; thumb first where there are five.

    curl: (5, 3) unit axes of the two outer joints of each digit, rest_bend: (5, 2) what those are bent by at rest.
    flatten: (4, 3, 3) turn a finger into the plane of the palm, rest_abduction: (4,) where it then points.
    thumb: (3, 3) axes of the thumb's CMC: flexion, abduction, twist. Radians.
    """

    curl: NDArray[np.float64]
    rest_bend: NDArray[np.float64]
    flatten: NDArray[np.float64]
    rest_abduction: NDArray[np.float64]
    thumb: NDArray[np.float64]


class Hand:
    """One person's hand in the rest pose, ready to be posed."""

    def __init__(self, rig: HandRig, vertices: NDArray, heads: NDArray, tips: NDArray) -> None:
        self.rig = rig
        self._vertices = np.concatenate([vertices, np.ones((len(vertices), 1))], axis=1)
        self._heads, self._tips = heads, tips
        self._measure_rest()

    def _measure_rest(self) -> None:
        """Flexion axes, rest bends and rest abductions, from the joints at rest; finger 0 is the thumb."""
        firsts = np.array([self.rig.bone[f"finger{finger}-1"] for finger in range(1, 6)])
        chains = np.stack([*(self._heads[firsts + k] for k in range(3)), self._tips], axis=1)
        first, middle, last = unit(np.diff(chains, axis=1)).transpose(1, 0, 2)
        curl = unit(np.cross(first, last))
        # the measured curl of a nearly straight finger is unsure: blend it with the palm's, take the thumb's as known
        curl[0] = self.rig.thumb_curl
        curl[1:] = unit(curl[1:] + unit(np.cross(first[1:], [0.0, 0.0, 1.0])))
        axes = unit(curl - first * (curl * first).sum(axis=1, keepdims=True))
        self._curl_axes = axes
        self._rest_bend = np.stack([_angle_about(axes, first, middle), _angle_about(axes, middle, last)], axis=1)
        rise = np.arctan2(first[1:, 2], np.hypot(first[1:, 0], first[1:, 1]))
        self._flatten = rotations(axes[1:], -rise)
        self._rest_abduction = np.arctan2(first[1:, 0], first[1:, 1])
        self._thumb_axes = np.stack([axes[0], np.cross(axes[0], first[0]), first[0]])

    @property
    def at_rest_m(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Vertices (V, 3), heads of the bones (B, 3) and tips (5, 3), thumb first, at rest."""
        return self._vertices[:, :3], self._heads, self._tips

    @property
    def hinges(self) -> Hinges:
        """About what its joints turn."""
        return Hinges(self._curl_axes, self._rest_bend, self._flatten, self._rest_abduction, self._thumb_axes)

    def pose(self, angles: NDArray) -> PosedHand:
        """The hand at joint `angles` (24,), radians, in the order of ANGLES."""
        angles = np.asarray(angles, dtype=np.float64)
        if angles.shape != (len(ANGLES),):
            raise ValueError(f"angles: expected shape ({len(ANGLES)},), got {angles.shape}")
        local = self._local_rotations(angles)
        bone, parents, heads = self.rig.bone, self.rig.parents, self._heads
        rotation = np.empty((len(parents), 3, 3))
        position = np.empty((len(parents), 3))
        wrist = bone["wrist"]
        rotation[wrist], position[wrist] = np.eye(3), heads[wrist]
        for b in range(wrist + 1, len(parents)):  # bones are stored parents first
            p = parents[b]
            rotation[b] = rotation[p] @ local[b]
            position[b] = position[p] + rotation[p] @ (heads[b] - heads[p])
        near, far = bone["lowerarm02"], bone["lowerarm01"]
        for b, child in ((near, wrist), (far, near)):
            rotation[b] = local[b]
            position[b] = position[child] + rotation[b] @ (heads[b] - heads[child])
        return self._skin(rotation, position)

    def _local_rotations(self, angles: NDArray) -> NDArray:
        """Rotation (bones, 3, 3) of each bone against its parent; of the forearm bones against the hand."""
        bone = self.rig.bone
        fingers = angles[:16].reshape(4, 4)
        cmc_flex, cmc_abduct, cmc_twist, mcp, ip, wrist_flex, deviate, twist = angles[16:]
        up, zero = np.tile([0.0, 0.0, 1.0], (4, 1)), np.zeros(4)
        abduct, cos, sin = fingers[:, 1], np.cos(fingers[:, 1]), np.sin(fingers[:, 1])
        flex_axes = np.stack([cos, -sin, zero], axis=1)
        curl = self._curl_axes
        axes = np.concatenate(
            [up, flex_axes, curl[1:], curl[1:], self._thumb_axes[::-1], curl[:1], curl[:1], np.eye(3)[[0, 2, 1, 1]]]
        )
        values = np.concatenate(
            [
                self._rest_abduction - abduct,
                fingers[:, 0],
                fingers[:, 2] - self._rest_bend[1:, 0],
                fingers[:, 3] - self._rest_bend[1:, 1],
                [cmc_twist, cmc_abduct, cmc_flex, mcp - self._rest_bend[0, 0], ip - self._rest_bend[0, 1]],
                [-wrist_flex, deviate, twist / 2, twist],
            ]
        )
        r = rotations(axes, values)
        local = np.tile(np.eye(3), (len(self.rig.bones), 1, 1))
        for f in range(4):
            first = bone[f"finger{f + 2}-1"]
            local[first] = r[4 + f] @ r[f] @ self._flatten[f]
            local[first + 1], local[first + 2] = r[8 + f], r[12 + f]
        thumb = bone["finger1-1"]
        local[thumb], local[thumb + 1], local[thumb + 2] = r[16] @ r[17] @ r[18], r[19], r[20]
        forearm = r[21] @ r[22]
        local[bone["lowerarm02"]], local[bone["lowerarm01"]] = forearm @ r[23], forearm @ r[24]
        return local

    def _skin(self, rotation: NDArray, position: NDArray) -> PosedHand:
        offsets = position - np.einsum("bij,bj->bi", rotation, self._heads)
        transforms = np.concatenate([rotation, offsets[:, :, None]], axis=2)
        blended = (self.rig.skin @ transforms.reshape(len(transforms), 12)).reshape(-1, 3, 4)
        vertices = np.einsum("vij,vj->vi", blended, self._vertices)
        bone = self.rig.bone
        joints = [position[bone["wrist"]]]
        for finger in (1, 2, 3, 4, 0):
            last = bone[f"finger{finger + 1}-3"]
            joints += [position[last - 2], position[last - 1], position[last]]
            joints.append(position[last] + rotation[last] @ (self._tips[finger] - self._heads[last]))
        return PosedHand(vertices, np.stack(joints), position[bone["lowerarm01"]])
