"""What stands around the hand: the grid on the ground, and the fingers' names."""

import numpy as np

from app.viewer.colors import BACKGROUND, GROUND_COLOR
from app.viewer.ground import CELL_M, HEIGHT_M, ground_grid
from app.viewer.names import HEIGHT_M as LETTER_M
from app.viewer.names import NamesShape
from models.core.skeleton import HAND


def test_the_grid_lies_flat_in_cells_and_fades_out():
    points, lines, colors = ground_grid()
    assert set(points[:, 1]) == {HEIGHT_M}
    lengths = np.linalg.norm(points[lines[:, 0]] - points[lines[:, 1]], axis=1)
    np.testing.assert_allclose(lengths, CELL_M)
    rim = np.abs(points[lines].mean(axis=1)[:, 0]).argmax()
    np.testing.assert_allclose(colors[rim], BACKGROUND)
    assert np.abs(colors - GROUND_COLOR).max(axis=1).min() < 0.02


def test_names_never_hide_each_other():
    shape = NamesShape(HAND)
    ends = np.cumsum([len(points) for points in shape._flat])
    rng = np.random.default_rng(0)
    for _ in range(200):
        joints = rng.normal(0, 0.012, (len(HAND.joints), 3)) + (0, 0, 0.5)
        vertices, _ = shape.place(joints, np.eye(3), np.zeros(3))
        seen = vertices[:, :2] / vertices[:, 2:]  # as the eye sees them
        boxes = [(part.min(axis=0), part.max(axis=0)) for part in np.split(seen, ends[:-1])]
        for number, (low, high) in enumerate(boxes):
            for other_low, other_high in boxes[number + 1 :]:
                assert (low >= other_high - 1e-9).any() or (high <= other_low + 1e-9).any()


def test_names_stand_beyond_the_tips_and_face_the_eye():
    shape = NamesShape(HAND)
    joints = np.zeros((len(HAND.joints), 3))
    tips = [joint for joint, name in enumerate(HAND.joints) if name.endswith("_tip")]
    for number, tip in enumerate(tips):
        joints[tip - 1] = (number, 0.0, 0.5)
        joints[tip] = (number, -0.03, 0.5)  # upwards: +Y is down
    turn = np.array([(0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0)])  # rows: right, down, forward
    for rotation in (np.eye(3), turn):
        eye = joints[tips].mean(axis=0) - 100 * rotation[2]
        vertices, normals = shape.place(joints, rotation, eye)
        assert len(vertices) == len(shape.colors) > shape.triangles.max()
        np.testing.assert_allclose(normals, np.tile(-rotation[2], (len(vertices), 1)))
        assert vertices[:, 1].max() < -0.03
        assert np.ptp(vertices[:, 1]) > 0.9 * LETTER_M
