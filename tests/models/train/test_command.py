"""Training runs: what they leave behind, how they resume, how they end."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from models.core.heatmaps import gaussian_targets
from models.networks.compact import WIDTHS, CompactNet
from models.networks.decode import PoseOutput
from models.train.config import TrainConfig
from models.train.data import PoseBatch, held_out
from models.train.exported import start_from_exported
from models.train.loop import DivergedError, Trainer
from models.train.run import train
from models.train.state import WeightAverage, load_checkpoint
from models.train.tasks import PoseTask, make_task
from tests.models.conftest import train_briefly
from tests.models.fakes import FakeSampler

ROOT = Path(__file__).resolve().parents[3]
TINY = TrainConfig("reference", samples=24, batch=8, workers=0, threads=1, eval_samples=0, device="cpu")


def run(config: TrainConfig, folder: Path, make_sampler=FakeSampler) -> Trainer:
    return train(config, make_task(config.model, config.recipe), make_sampler, folder)


def changed(config: TrainConfig, **values: object) -> TrainConfig:
    return dataclasses.replace(config, **values)


def test_a_run_writes_its_configuration_and_a_checkpoint(run_folders):
    config = json.loads((run_folders["compact"] / "config.json").read_text())
    assert config["model"] == "compact"
    assert config["seed"] == 1
    assert config["command"].startswith("python -m models.train --model compact")
    assert "commit" in config
    saved = load_checkpoint(run_folders["compact"])
    assert saved.samples == 16
    assert saved.elapsed_s > 0


def test_two_processes_train_one_network(tmp_path):
    """As with several GPUs: each process takes half of every step, and the first one writes the run."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    options = ["--samples", "32", "--batch", "8", "--workers", "0", "--threads", "1", "--eval-samples", "0"]
    train = ["-m", "models.train", "--model", "compact", "--out", str(tmp_path / "run"), *options, "--device", "cpu"]
    done = subprocess.run([*torchrun, *train], capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    assert load_checkpoint(tmp_path / "run").samples == 32
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["command"].startswith("torchrun --nproc-per-node 2 -m models.train --model compact")


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path):
    weights = {}
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        run(changed(TINY, seed=seed), tmp_path / name)
        weights[name] = load_checkpoint(tmp_path / name).network["head.weight"]
    assert torch.equal(weights["a"], weights["b"])
    assert not torch.equal(weights["a"], weights["c"])


def test_a_run_goes_on_where_it_stopped_and_on_fresh_samples(tmp_path):
    seeds = []

    def make_sampler(seed: int) -> FakeSampler:
        seeds.append(seed)
        return FakeSampler(seed)

    run(TINY, tmp_path, make_sampler)
    before = load_checkpoint(tmp_path)
    trainer = run(changed(TINY, samples=40), tmp_path, make_sampler)
    after = load_checkpoint(tmp_path)
    assert (before.samples, after.samples) == (24, 40)
    assert after.steps == before.steps + 2
    assert after.elapsed_s > before.elapsed_s
    assert trainer.average.steps == 5
    assert len(set(seeds)) == 2


OTHER = {"lr": 0.1, "seed": 9, "batch": 4, "precision": "f32", "ema_decay": 0.5}


@pytest.mark.parametrize("name", OTHER)
def test_a_run_does_not_go_on_with_other_settings(tmp_path, name):
    run(TINY, tmp_path)
    before = (tmp_path / "config.json").read_text()
    with pytest.raises(ValueError, match=rf"was trained with {name} .*, not {OTHER[name]!r}; .*--allow-change"):
        run(changed(TINY, samples=40, **{name: OTHER[name]}), tmp_path)
    assert (tmp_path / "config.json").read_text() == before
    assert load_checkpoint(tmp_path).samples == 24


def test_settings_that_are_allowed_to_change_are_written_beside_the_former_ones(tmp_path):
    run(TINY, tmp_path)
    for samples, lr in ((32, 0.1), (40, 0.2)):
        config = changed(TINY, samples=samples, lr=lr)
        train(config, make_task(config.model, config.recipe), FakeSampler, tmp_path, allow_change=True)
    written = json.loads((tmp_path / "config.json").read_text())
    assert written["lr"] == 0.2
    assert written["changes"] == [
        {"after_samples": 24, "setting": "lr", "was": TINY.lr, "now": 0.1},
        {"after_samples": 32, "setting": "lr", "was": 0.1, "now": 0.2},
    ]
    run(changed(TINY, samples=48, lr=0.2), tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["changes"] == written["changes"]


def test_where_a_run_ends_and_how_it_is_measured_may_change(tmp_path):
    run(TINY, tmp_path)
    run(changed(TINY, samples=32, eval_samples=8, eval_minutes=1.0, threads=2), tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["changes"] == []


def test_a_finished_run_started_again_changes_nothing(tmp_path):
    run(TINY, tmp_path)
    before = load_checkpoint(tmp_path)
    run(TINY, tmp_path)
    assert torch.equal(load_checkpoint(tmp_path).network["head.weight"], before.network["head.weight"])


def test_a_stop_signal_leaves_a_checkpoint_and_a_clean_end(tmp_path):
    class Stopping(FakeSampler):
        def reference_sample(self):
            if self.made == 20:
                os.kill(os.getpid(), signal.SIGTERM)
            return super().reference_sample()

    previous = signal.getsignal(signal.SIGTERM)
    run(changed(TINY, samples=100_000), tmp_path, Stopping)
    assert load_checkpoint(tmp_path).samples == 24
    assert signal.getsignal(signal.SIGTERM) is previous


def test_workers_start_from_a_process_in_which_opencv_has_been_busy(tmp_path):
    """Its threads do not come along when a worker is forked off."""
    cv2.setNumThreads(2)
    cv2.GaussianBlur(np.ones((2000, 2000), dtype=np.float32), (0, 0), 5)
    run(changed(TINY, workers=1), tmp_path)
    assert load_checkpoint(tmp_path).samples == 24


def test_workers_end_with_the_run(tmp_path):
    run(changed(TINY, workers=1), tmp_path)
    assert load_checkpoint(tmp_path).samples == 24
    assert multiprocessing.active_children() == []


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_batch(tmp_path):
    class Broken(FakeSampler):
        def reference_sample(self):
            sample = super().reference_sample()
            sample.crop[:] = np.nan
            return sample

    with pytest.raises(DivergedError, match="diverged_batch_0.pt"):
        run(TINY, tmp_path, Broken)
    saved = torch.load(tmp_path / "diverged_batch_0.pt", weights_only=True)
    assert saved["batch"][0].shape == (8, 1, 48, 48)


def test_held_out_errors_are_appended(tmp_path):
    run(changed(TINY, eval_samples=8), tmp_path)
    run(changed(TINY, eval_samples=8, samples=32), tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row["samples"] for row in rows] == [24, 32]
    assert all(np.isfinite(row["error_mm"]) for row in rows)


def test_training_lowers_the_held_out_error_of_the_averaged_weights(tmp_path, monkeypatch):
    class OneHand(FakeSampler):
        """Always the same samples, those held out included: learnt by heart within a few steps."""

        def reference_sample(self):
            self._rng = np.random.default_rng(self.made % 4)
            return super().reference_sample()

    monkeypatch.setattr("models.train.schedule.WARM_UP_STEPS", 5)
    config = changed(TINY, samples=4, batch=4, eval_samples=4)
    run(config, tmp_path, OneHand)
    run(changed(config, samples=240), tmp_path, OneHand)
    first, last = (json.loads(line)["error_mm"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines())
    assert last < 0.6 * first


def test_a_folder_of_another_model_is_refused(run_folders, capsys):
    assert train_briefly("reference", run_folders["compact"]) == 1
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert "holds a checkpoint with model 'compact'" in message


def test_a_damaged_checkpoint_is_one_clear_line(tmp_path, capsys):
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    assert train_briefly("compact", tmp_path) == 1
    assert "checkpoint.pt: is not a readable checkpoint" in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_asking_for_cuda_without_one_is_one_clear_line(tmp_path, capsys):
    assert train_briefly("compact", tmp_path, "--device", "cuda") == 1
    assert "no CUDA device" in capsys.readouterr().err


def test_a_killed_write_leaves_the_previous_checkpoint(tmp_path, monkeypatch):
    trainer = run(TINY, tmp_path)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("models.outputs.os.replace", killed)
    trainer.samples = 999
    with pytest.raises(KeyboardInterrupt):
        trainer.save()
    assert load_checkpoint(tmp_path).samples == 24


def test_averaged_weights_follow_the_network_and_forget_its_start():
    network = torch.nn.Linear(3, 3)
    average = WeightAverage(network, decay=0.9)
    with torch.no_grad():
        network.weight.fill_(2.0)
    for _ in range(100):
        average.update(network)
    assert torch.allclose(average.values["weight"], torch.full((3, 3), 2.0), atol=1e-3)


@pytest.mark.parametrize(("recipe", "sigma"), [("best", 1.0), ("paper", 1.7)])
def test_the_pose_loss_is_least_where_the_volumes_are_the_targets(recipe, sigma):
    truth = np.random.default_rng(8).uniform(-0.3, 0.3, (1, 21, 3)).astype(np.float32)
    batch = PoseBatch(torch.zeros(1), torch.from_numpy(truth), torch.ones(1))
    task = PoseTask("compact", recipe, cube_m=0.25)
    good = torch.from_numpy(gaussian_targets(truth[0], 22, sigma))[None]
    good = torch.log(good + 1e-9) if recipe == "best" else good
    best = task.loss(PoseOutput(good), batch)
    worse = task.loss(PoseOutput(torch.roll(good, 1, dims=2)), batch)
    assert best.total < worse.total
    assert best.error_mm < 3.0  # of voxels of 11 mm: the window of the local mean cuts the wider Gaussian unevenly
    assert worse.error_mm == pytest.approx(250 / 22, rel=0.15)


@pytest.mark.parametrize("values", [{"samples": None}, {"time_budget_min": 1.0}, {"batch": 0}, {"workers": -1}])
def test_configurations_that_make_no_sense_are_refused(values):
    with pytest.raises(ValueError, match="expected"):
        changed(TINY, **values)


def test_a_run_of_the_recipe_s_former_name_can_be_gone_on_with(run_folders, tmp_path):
    saved = load_checkpoint(run_folders["reference"])
    saved.config["recipe"] = "soft"
    saved.save(tmp_path)
    assert load_checkpoint(tmp_path).config["recipe"] == "best"
    assert train_briefly("reference", tmp_path, "--samples", "24") == 0
    assert load_checkpoint(tmp_path).samples == 24
    assert train_briefly("reference", tmp_path / "next", "--init", str(tmp_path)) == 0


@pytest.mark.parametrize("model", ["compact", "reference"])
def test_a_run_may_start_from_an_exported_network(run_folders, exported, model):
    saved = load_checkpoint(run_folders[model])
    task = make_task(model, "best")
    batches = [task.inputs(batch) for batch in held_out(FakeSampler, task.data(16, 1), 1, 64)]
    torch.manual_seed(7)
    before, after = task.build().eval(), task.build().eval()
    before.load_state_dict(saved.average)
    start_from_exported(after, exported[model], batches)
    with torch.no_grad():
        for was, now in zip(before(batches[0]), after(batches[0])):
            torch.testing.assert_close(now, was, rtol=1e-3, atol=1e-3)


def test_a_wider_network_may_start_from_an_exported_one(exported, run_folders):
    task = make_task("compact", "best")
    batches = [task.inputs(batch) for batch in held_out(FakeSampler, task.data(16, 1), 1, 32)]
    before, wider = task.build().eval(), CompactNet(widths=tuple(width + 2 for width in WIDTHS)).eval()
    before.load_state_dict(load_checkpoint(run_folders["compact"]).average)
    start_from_exported(wider, exported["compact"], batches)
    with torch.no_grad():
        for was, now in zip(before(batches[0]), wider(batches[0])):
            torch.testing.assert_close(now, was, rtol=1e-3, atol=1e-3)


def test_a_run_from_an_exported_network_normalises_batches_as_the_file_does(exported):
    task = make_task("reference", "best")
    whole = torch.cat([task.inputs(batch) for batch in held_out(FakeSampler, task.data(16, 1), 1, 64)])
    network = task.build()
    start_from_exported(network, exported["reference"], [whole])
    with torch.no_grad():
        evaluated, trained = network.eval()(whole), network.train()(whole)
    torch.testing.assert_close(trained.points, evaluated.points, rtol=1e-3, atol=1e-3)


def test_training_goes_on_from_an_exported_network(exported, tmp_path, capsys):
    assert train_briefly("compact", tmp_path / "next", "--init", str(exported["compact"])) == 0
    assert load_checkpoint(tmp_path / "next").config["init"] == str(exported["compact"])


def test_an_exported_file_of_another_network_or_no_file_is_one_clear_line(exported, tmp_path, capsys):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    for path, what in (
        (exported["reference"], "another shape"),
        (broken, "not a readable ONNX file"),
        (tmp_path / "missing.onnx", "no such file"),
    ):
        assert train_briefly("compact", tmp_path / "next", "--init", str(path)) == 1
        said = capsys.readouterr().err.strip()
        assert str(path) in said and what in said and "\n" not in said
