"""What the 3D view shows by choice: hands as bones or skin, colours, the camera, and what the network sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from app.gui.insight_thread import InsightThread, Look, Sight, looker
from app.gui.preferences import Preferences
from app.gui.viewer_panel import ViewerPanel
from app.settings import Options
from app.tracking.fit.result import FitVerdict, HandFit
from app.tracking.result import TrackResult
from app.viewer.aim import Viewpoint
from app.viewer.paint import FARTHEST_MM
from app.viewer.shown import Coloring, HandAs, HandMesh, Insight
from models.core.skeleton import FINGER_MCPS, HAND, WRIST
from models.core.types import DepthFrame, Pose

LOOK_MS = 15
FOREARM_M = 0.03
"""So much of the forearm is drawn beyond the wrist."""
FIRST_JOINT = HAND.joints.index("index_tip")
_WITHOUT_MODEL = "No model fits what is seen of this hand"
_WITHOUT_COLOR = "No colour pictures come with the depth images"


def meshes_of(result: TrackResult, poses: Iterable[Pose]) -> tuple[HandMesh | None, ...]:
    """The skin of each of these poses' hands; None where none was fitted, or it does not agree with the image."""
    fits = {id(hand.pose): hand.fit for hand in result.hands if hand.fit is not None}
    found = [fits.get(id(pose)) for pose in poses]
    return tuple(_skin(fit) if fit is not None and fit.verdict is FitVerdict.SHOWN else None for fit in found)


def _skin(fit: HandFit) -> HandMesh:
    """The model without its forearm, which follows no measurement."""
    wrist, knuckles = fit.joints_cam_m[WRIST], fit.joints_cam_m[list(FINGER_MCPS)].mean(axis=0)
    beyond_m = (fit.vertices_cam_m - wrist) @ ((wrist - knuckles) / max(float(np.linalg.norm(wrist - knuckles)), 1e-6))
    return HandMesh(fit.vertices_cam_m, fit.faces[(beyond_m[fit.faces] < FOREARM_M).all(axis=1)])


class Sights(QObject):
    """Adds its choices, `actions`, to a menu and gives the 3D view what they ask for.

    set_fit: has a model fitted to the hands, or ends that. model: the pose network of now, by its word or file.
    make_look: makes a Look with such a network.
    """

    def __init__(
        self,
        menu: QMenu,
        viewer: ViewerPanel,
        kept: Preferences,
        set_fit: Callable[[bool], None],
        options: Options,
        model: Callable[[], str],
        make_look: Callable[[str], Look] = looker,
    ) -> None:
        super().__init__(menu)
        self._set_fit, self._is_fitting = set_fit, False
        self._menu, self._viewer, self._kept, self.span_m = menu, viewer, kept, (options.near_m, options.far_m)
        self._model, self._make_look, self._looks_with = model, make_look, model()
        self._insight = InsightThread(partial(make_look, self._looks_with))
        self._joint = FIRST_JOINT
        self.actions: list[QAction] = []
        # Viewpoints stand above the menu's first line, what is shown above its second.
        lines = [action for action in menu.actions() if action.isSeparator()]
        self._places = lines[0], lines[1]
        self._last: Sight | None = None
        self._shown: object = None
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.front = self._action("From the front", "4", lambda: viewer.reset_view(Viewpoint.FRONT))
        self.camera = self._switch("Depth camera", "G", self._set_camera)
        self.network = self._switch("What the network sees", "V", self._set_network)
        self.next_joint = self._action("Next joint", "K", lambda: self._go(1), 1)
        self.last_joint = self._action("Joint before", "Shift+K", lambda: self._go(-1), 1)
        self.hands_as = self._choices("Hands as", "Next kind of hand", "M", HandAs, self._set_hand_as)
        self.colorings = self._choices("Colours", "Next colours", "U", Coloring, self._set_coloring)
        self.hands_as[HandAs[kept.hand_as]].trigger()
        self.colorings[Coloring[kept.coloring]].trigger()
        self.camera.setChecked(kept.camera)
        self._say()

    # -- what is shown --------------------------------------------------------------------------------------------

    def show(self, frame: DepthFrame, poses: tuple[Pose, ...], meshes: tuple[HandMesh | None, ...]) -> None:
        """A new result. While what the network sees is shown, it is shown once the network has looked."""
        if self._model() != self._looks_with:
            self._change_network()
        sight = Sight(frame, poses, meshes)
        last, self._last = self._last, sight
        if last is None or any(last.meshes) != any(meshes) or (last.frame.color is None) != (frame.color is None):
            self._say()
        asks = self._asks(sight)
        if asks:
            self._insight.ask(sight)
        if not asks or self._insight.newest is None:  # the network may take seconds to load
            self._show(sight, None)

    def clear(self) -> None:
        """Show nothing: another source follows."""
        self._last = self._shown = None
        self._insight.forget()
        self._viewer.clear()

    def close(self) -> None:
        """End with the view. May be called twice."""
        self._timer.stop()
        self._insight.close()
        self._viewer.close_view()

    def _change_network(self) -> None:
        """Look with the one that tracks now. What the last one saw is none of its doing."""
        self._insight.end()
        self._looks_with = self._model()
        self._insight, self._shown = InsightThread(partial(self._make_look, self._looks_with)), None
        self._viewer.show_insight(None, self._joint)
        if self.network.isChecked():
            self._timer.start()
            self._say()

    def _asks(self, sight: Sight) -> bool:
        return self.network.isChecked() and bool(sight.poses) and not self._insight.error

    def _look(self) -> None:
        """Show what the network has seen, where it is new."""
        if self._insight.error:
            self._say()
            self._timer.stop()
            if self._last is not None:
                self._show(self._last, None)
        newest = self._insight.newest
        if newest is not None and newest is not self._shown and self._last is not None and self._asks(self._last):
            self._shown = newest
            self._show(*newest)

    def _show(self, sight: Sight, insight: Insight | None) -> None:
        poses = sight.poses
        self._viewer.show_frame(sight.frame, poses[0] if poses else None, self.span_m, poses[1:], sight.meshes)
        self._viewer.show_insight(insight, self._joint)

    # -- choices --------------------------------------------------------------------------------------------------

    def _set_hand_as(self, hand_as: HandAs) -> None:
        self._kept.hand_as = hand_as.name
        self._viewer.tell(lambda viewer: viewer.set_hand_as(hand_as))
        self._ask_for_model()

    def _set_coloring(self, coloring: Coloring) -> None:
        self._kept.coloring = coloring.name
        self._viewer.tell(lambda viewer: viewer.set_coloring(coloring))
        self._ask_for_model()

    @property
    def _wants_model(self) -> bool:
        return HandAs[self._kept.hand_as].has_mesh or self._kept.coloring == Coloring.RESIDUAL.name

    def _ask_for_model(self) -> None:
        if self._wants_model != self._is_fitting:
            self._is_fitting = self._wants_model
            self._set_fit(self._is_fitting)
        self._say()

    def _set_camera(self, shows: bool) -> None:
        self._kept.camera = shows
        self._viewer.tell(lambda viewer: viewer.set_shows_camera(shows))

    def _set_network(self, on: bool) -> None:
        self._say()
        if on:
            self._timer.start()
        else:
            self._timer.stop()
        if self._last is not None:
            self.show(self._last.frame, self._last.poses, self._last.meshes)

    def _go(self, by: int) -> None:
        """To another joint; it also begins to show what the network sees."""
        if self.network.isChecked():
            self._joint = (self._joint + by) % len(HAND.joints)
            self._shown = None
            self._say()
        else:
            self.network.setChecked(True)

    def _say(self) -> None:
        """What the picture means, in the view's title line; empty where that is plain."""
        has_mesh = self._last is not None and any(self._last.meshes)
        text = ""
        if self.network.isChecked():
            joint = HAND.joints[self._joint].replace("_", " ")
            text = self._insight.error or f"What the network sees · likelihood of the {joint} · K next joint"
        elif self._wants_model and self._last is not None and self._last.poses and not has_mesh:
            text = _WITHOUT_MODEL
        elif self._kept.coloring == Coloring.CAMERA.name and self._last is not None and self._last.frame.color is None:
            text = _WITHOUT_COLOR
        elif self._kept.coloring == Coloring.RESIDUAL.name:
            text = f"Distance from the model: green 0 to red {FARTHEST_MM:.0f} mm"
        self._viewer.explain(text)

    # -- its menu -------------------------------------------------------------------------------------------------

    def _action(self, text: str, keys: str, triggered: Callable[[], None], part: int = 0) -> QAction:
        action = QAction(text, self, shortcut=QKeySequence(keys))
        action.triggered.connect(lambda: triggered())
        self._menu.insertAction(self._places[part], action)
        self.actions.append(action)
        return action

    def _switch(self, text: str, keys: str, toggled: Callable[[bool], None]) -> QAction:
        action = QAction(text, self, checkable=True, shortcut=QKeySequence(keys))
        action.toggled.connect(toggled)
        self._menu.insertAction(self._places[1], action)
        self.actions.append(action)
        return action

    def _choices(
        self, title: str, following: str, keys: str, kinds: Iterable[Any], chosen: Callable[[Any], None]
    ) -> dict[Any, QAction]:
        """A menu with one entry a kind, and one that goes on to the next kind by key."""
        menu, group, actions = QMenu(title, self._menu), QActionGroup(self), {}
        for kind in kinds:
            action = QAction(kind.value, self, checkable=True)
            action.triggered.connect(lambda _checked=False, kind=kind: chosen(kind))
            group.addAction(action)
            menu.addAction(action)
            actions[kind] = action
        menu.addSeparator()
        step = QAction(following, self, shortcut=QKeySequence(keys))
        step.triggered.connect(lambda: _after(group.checkedAction(), list(actions.values())).trigger())
        menu.addAction(step)
        self._menu.insertMenu(self._places[1], menu)
        self.actions += [menu.menuAction(), step, *actions.values()]
        return actions


def _after(checked: QAction, actions: list[QAction]) -> QAction:
    return actions[(actions.index(checked) + 1) % len(actions)]
