"""Renders a few scenes without a window on the screen, as a process: python -m tests.app.viewer.capture OUT.npz"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from app.viewer.aim import Viewpoint
from app.viewer.meshes import unit_sphere
from app.viewer.shown import Coloring, HandAs, HandMesh, Insight
from app.viewer.viewer import Viewer
from models.core.types import Cube, DepthFrame, Pose
from tests.app.gui.fakes import CAMERA, UNITS, depth_at, pose_at

SPAN_M = (0.4, 1.3)


def frame_of(depth_m: np.ndarray) -> DepthFrame:
    return DepthFrame(np.round(depth_m / UNITS).astype(np.uint16), UNITS, CAMERA, 0, 0.0, 0.0)


def ball_at(pose: Pose) -> HandMesh:
    """Stands for the skin of a hand."""
    vertices, faces = unit_sphere(20, 30)
    return HandMesh((pose.joints_cam_m.mean(axis=0) + 0.05 * vertices).astype(np.float32), faces)


def take_choices(viewer: Viewer, hand: DepthFrame, pose: Pose, pictures: dict[str, np.ndarray]) -> None:
    """Everything that can be chosen, one after the other, with the view as at first at the end."""
    mesh = ball_at(pose)
    occupancy, volumes = np.zeros((8, 8, 8), np.uint8), np.full((21, 4, 4, 4), 1 / 64, np.float32)
    occupancy[2:6, 2:6, 3:5] = 1
    insight = Insight(0, pose.cube, occupancy, volumes)
    viewer.show(hand, pose, SPAN_M, (), (mesh,))

    def take(name: str) -> None:
        viewer.render()
        pictures[name] = viewer.capture()

    for hand_as in HandAs:
        viewer.set_hand_as(hand_as)
        take(hand_as.name)
    for coloring in Coloring:
        viewer.set_coloring(coloring)
        take(f"colored_{coloring.name}")
    viewer.set_coloring(Coloring.HAND)
    viewer.show_insight(insight, 0)
    take("insight")
    viewer.show_insight(None)
    take("insight_ended")
    viewer.set_shows_camera(True)
    viewer.reset_view(Viewpoint.SIDE)
    viewer.zoom(-12)
    take("camera")
    viewer.set_shows_camera(False)
    take("no_camera")
    viewer.set_hand_as(HandAs.SKELETON)
    viewer.reset_view(Viewpoint.CAMERA)
    pictures["matrix_CAMERA"] = viewer.view_matrix()
    viewer.reset_view()


def main(out: str) -> None:
    pose, hand, nothing = pose_at(0), frame_of(depth_at(0)), frame_of(np.zeros(CAMERA.shape))
    bare = Pose(pose.joints_cam_m, pose.joint_confidence, 0.9, "right", None)
    viewer = Viewer(640, 480)
    pictures: dict[str, np.ndarray] = {}

    def take(name: str, frame: DepthFrame, shown: Pose | None) -> None:
        viewer.show(frame, shown, SPAN_M)
        viewer.render()
        pictures[name] = viewer.capture()

    viewer.render()
    pictures["empty"] = viewer.capture()
    take("skeleton", nothing, pose)
    take("both", hand, pose)
    take("cloud", hand, None)
    viewer.set_shows_cube(True)
    take("cubed", nothing, pose)
    take("bare", nothing, bare)
    viewer.set_shows_cube(False)
    viewer.orbit(250, -100)
    take("skeleton_aside", nothing, pose)
    take("both_aside", hand, pose)
    viewer.reset_view()
    viewer.set_dimmed(True)
    take("dimmed", hand, pose)
    viewer.set_dimmed(False)
    viewer.reset_view(Viewpoint.CAMERA)
    take("straight", nothing, pose)
    viewer.reset_view()
    take_choices(viewer, hand, pose, pictures)
    front = viewer.view_matrix()
    moved = Pose(pose.joints_cam_m + (0.1, 0.05, 0.2), pose.joint_confidence, 0.9, "right", Cube([0, 0, 0.7], 0.24))
    viewer.follows_hand = False
    for step in range(90):
        viewer.show(replace(nothing, arrival_s=step / 30), moved, SPAN_M)
    kept = viewer.view_matrix()
    viewer.follows_hand = True
    for step in range(90, 180):
        viewer.show(replace(nothing, arrival_s=step / 30), pose, SPAN_M)
    back = viewer.view_matrix()
    for step in range(180, 270):
        viewer.show(replace(nothing, arrival_s=step / 30), moved, SPAN_M)
    followed = viewer.view_matrix()
    viewer.orbit(100, 40)
    viewer.zoom(2)
    viewer.pan(20, 10)
    turned = viewer.view_matrix()
    viewer.clear()
    viewer.render()
    pictures["cleared"] = viewer.capture()
    viewer.show(hand, pose, SPAN_M)
    still_turned = viewer.view_matrix()
    viewer.reset_view()
    reset = viewer.view_matrix()
    viewer.close()
    viewer.close()
    np.savez(
        out,
        front=front,
        kept=kept,
        back=back,
        followed=followed,
        turned=turned,
        still_turned=still_turned,
        reset=reset,
        **pictures,
    )


if __name__ == "__main__":
    main(sys.argv[1])
