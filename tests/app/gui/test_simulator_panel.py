"""The simulator panel in the real window."""

from app.sources.simulation import Simulation, parse_simulation
from models.rendering.stage import Stage
from tests.app.gui.play import drive, report_of


def test_what_is_chosen_plays_at_once_while_the_simulated_camera_does(desk_display, tmp_path):
    done = drive("simulator", tmp_path, desk_display)
    assert (tmp_path / "report.json").exists(), done.stderr
    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path)
    assert report["before_start"] is None  # something else plays: nothing happens before Start
    simulation = parse_simulation(report["wanted"])
    assert simulation == Simulation("left", Stage("random", "stereo", 0.6, True))
