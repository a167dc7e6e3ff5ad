# SPDX-License-Identifier: MIT
"""``python -m benchmarks.sgns``: what is timed, how runs are compared, the files and the tables."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("gensim", reason="gensim is not installed")

from benchmarks import bench_training, documents
from benchmarks.sgns import __main__ as program
from benchmarks.sgns import corpus, quality, resume, share
from benchmarks.sgns.quality import CYCLED, REFERENCE, Run
from benchmarks.sgns.similarity import FILES, Judged
from benchmarks.suite import why_not

TOKENS = 6_000


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A file of the words of wordsim353 and simlex999; each pair stands in some documents."""
    rng = np.random.default_rng(1)
    lines = [corpus.gensim_file(file).read_text(encoding="utf-8").lower().splitlines() for file in FILES.values()]
    pairs = [line.split("\t")[:2] for file in lines for line in file if not line.startswith("#")]
    chosen = [" ".join(pairs[i]) for i in rng.integers(len(pairs), size=TOKENS // 2)]
    path = tmp_path_factory.mktemp("text") / "pairs.txt"
    path.write_text("\n".join(" ".join(chosen[i : i + 30]) for i in range(0, len(chosen), 30)), encoding="utf-8")
    return path


class Clock:
    """Stands in for ``time.thread_time``."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(share.time, "thread_time", lambda: self.now)

    def taking(self, seconds, result=None):
        def call(*arguments):
            self.now += seconds
            return result(*arguments) if result else None

        return call


class Step:
    """Stands in for a training step of 3 seconds beside the draw."""

    def __init__(self, clock):
        self.run = clock.taking(3.0, lambda batch, negatives: negatives())


def test_the_draw_is_timed_within_the_step(monkeypatch):
    clock = Clock(monkeypatch)
    assert share.timed_step(Step(clock), None, clock.taking(1.0)) == (1.0, 4.0)


def test_samplers_take_turns_and_slow_ones_fewer(monkeypatch):
    clock = Clock(monkeypatch)
    monkeypatch.setattr(share, "TrainingStep", lambda *arguments: Step(clock))
    order = []
    draws = {
        "slow": clock.taking(1.0, lambda: order.append("slow")),
        "fast": clock.taking(0.01, lambda: order.append("fast")),
    }
    times = share.take_steps("SGD", draws, 20)
    assert {name: len(found) for name, found in times.items()} == {"slow": share.SLOW_ROUNDS, "fast": 20}
    turns = order[2 * share.UNTIMED :][: 2 * share.SLOW_ROUNDS]
    assert {tuple(sorted(turns[i : i + 2])) for i in range(0, len(turns), 2)} == {("fast", "slow")}
    assert share.summary("slow", "SGD", times["slow"])["share"] == pytest.approx(0.25)


def test_the_share_is_that_of_the_sums():
    """A pool draws in every other call: 0 and 2 seconds of steps of 2 and 4: a third, where the median is a quarter."""
    found = share.summary("pool", "SGD", np.array([[0.0, 2.0], [2.0, 4.0]]))
    assert found["share"] == pytest.approx(1 / 3)
    assert (found["draw_us"], found["rest_us"], found["step_us"]) == (1e6, 2e6, 3e6)
    assert (found["q25"], found["q75"], found["rounds"]) == (0.125, 0.375, 2)


def test_share_writes_a_file_and_a_table(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(share, "OPTIMISERS", ("SGD, sparse", "Adam"))
    out = tmp_path / "share.json"
    names = ["alias", "cum_table"]
    assert (
        program.main(["share", "--rounds", "2", "--out", str(out), "--sampler", names[0], "--sampler", names[1]]) == 0
    )
    document = documents.SHARE.read(out)
    measured = [(r["optimiser"], r["sampler"]) for r in document["results"]]
    assert measured == [(optimiser, name) for optimiser in share.OPTIMISERS for name in names]
    assert all(0 < r["share"] < 1 and r["draw_us"] < r["step_us"] for r in document["results"])
    printed = capsys.readouterr().out
    assert "SGD, sparse" in printed
    assert "cum_table" in printed


def test_all_samplers_of_counts_are_compared():
    names = share.compared()
    assert {"multinomial", "torch_one_call", "pool", "bisect", "cum_table", "alias", "spectrum"} <= set(names)
    assert "uniform" not in names
    assert all(why_not(name) is None for name in names)


def test_asv_gets_the_share_of_each_step(monkeypatch):
    monkeypatch.setattr("benchmarks.bench_cold.MOST", 3)
    bench = bench_training.Training()
    bench.setup("alias", "Adam")
    found = bench.track_share("alias", "Adam")
    assert (len(found["samples"]), found["number"]) == (3, 1)
    assert all(0 < sample < 1 for sample in found["samples"])
    with pytest.raises(NotImplementedError, match="uniform laws alone"):
        bench.setup("uniform", "Adam")


def runs(losses, agreement=lambda seed, way: 0.5, cosines=None):
    found = []
    for (way, seed), loss in losses.items():
        last = {"loss": loss, "wordsim353": agreement(seed, way), "simlex999": 0.2}
        found.append(Run(way, seed, [{"loss": 9.0} | last, last], cosines or {}))
    return found


def test_differences_are_paired_by_seed():
    """Seeds differ by much more than the ways: 1.1, 1.3 and 1.2 higher than 10, 20 and 30."""
    losses = {(REFERENCE, 0): 10.0, (REFERENCE, 1): 20.0, (REFERENCE, 2): 30.0, (REFERENCE, 3): 99.0}
    losses |= {(CYCLED, 0): 11.1, (CYCLED, 1): 21.3, (CYCLED, 2): 31.2}
    found = {gap["measure"]: gap for gap in quality.differences(runs(losses), [])}
    # s = 0.1, Student's quantile at 2 degrees of freedom is 4.302653.
    half = 4.302653 * 0.1 / np.sqrt(3)
    assert found["loss"]["mean"] == pytest.approx(1.2)
    assert found["loss"]["low"] == pytest.approx(1.2 - half, rel=1e-6)
    assert found["loss"]["high"] == pytest.approx(1.2 + half, rel=1e-6)
    assert (found["loss"]["seeds"], found["loss"]["over_words"], found["simlex999"]["mean"]) == (3, None, 0)


def test_one_seed_has_no_interval_and_no_partner_no_difference():
    (gap, *_) = quality.differences(runs({(REFERENCE, 0): 1.0, (CYCLED, 0): 2.0}), [])
    assert (gap["mean"], gap["low"], gap["high"]) == (1.0, None, None)
    assert quality.differences(runs({(REFERENCE, 0): 1.0, (CYCLED, 1): 2.0}), []) == []


def test_words_are_resampled_on_both_sides_at_once(monkeypatch):
    monkeypatch.setattr(quality, "RESAMPLES", 100)
    """Two ways with equal cosines differ by nothing, whichever words are drawn; unpaired samples would differ."""
    rng = np.random.default_rng(2)
    words = Judged("wordsim353", np.arange(60), np.arange(60), rng.normal(size=60), 60)
    one, other, another = (Run(REFERENCE, 0, [], {"wordsim353": rng.normal(size=60)}) for _ in range(3))
    assert quality.over_words([(one, one)], words) == 0
    # Of independent cosines: the s.d. of a difference of two correlations of 60 pairs, sqrt(2 / 59) = 0.184.
    assert quality.over_words([(one, other)], words) == pytest.approx(0.184, rel=0.3)
    assert quality.over_words([(one, other), (one, another)], words) < quality.over_words([(one, other)], words)


def test_quality_trains_each_way_and_writes_a_file(text, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(quality, "RESAMPLES", 5)
    out = tmp_path / "quality.json"
    arguments = ["--seeds", "1", "--epochs", "1", "--sampler", "cum_table", "--text", str(text), "--out", str(out)]
    assert program.main(["quality", *arguments]) == 0
    document = documents.QUALITY.read(out)
    assert [(r["way"], r["seed"], len(r["epochs"])) for r in document["runs"]] == [
        (REFERENCE, 0, 1),
        (CYCLED, 0, 1),
        ("cum_table", 0, 1),
    ]
    assert document["corpus"] | {"V": 0} == {"name": "pairs.txt", "tokens": TOKENS, "V": 0}
    assert document["lists"]["simlex999"]["of"] == 999
    assert len(document["differences"]) == 2 * 3
    assert all((gap["over_words"] is None) == (gap["measure"] == "loss") for gap in document["differences"])
    assert all(r["steps"] > 10 and 0 < r["epochs"][0]["loss"] < 6 * np.log(2) for r in document["runs"])
    assert "one seed" in capsys.readouterr().out


def test_resume_shows_what_is_needed(text, tmp_path, capsys):
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    out = tmp_path / "resume.json"
    assert program.main(["resume", "--steps", "6", "--text", str(text), "--out", str(out)]) == 0
    document = documents.RESUME.read(out)
    assert {r["restored"]: r["same"] for r in document["results"]} == {way: way == resume.WHOLE for way in resume.WAYS}
    assert document["results"][0]["fingerprint"] == document["fingerprint"]
    assert "differs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["quality", "--seeds", "0"], "--seeds must be at least 1, got 0"),
        (["quality", "--epochs", "-1"], "--epochs must be at least 1, got -1"),
        (["quality", "--sampler", "alas"], "--sampler alas: there is no such strategy: multinomial"),
        (["quality", "--text", "no-such-file"], "no-such-file"),
        (["share", "--rounds", "0"], "--rounds must be at least 1, got 0"),
        (["share", "--sampler", "uniform"], "draws from uniform laws alone"),
        (["resume", "--steps", "1"], "--steps must be at least 2, got 1"),
        (["draw"], "invalid choice: 'draw'"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_measured(arguments, message, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        program.main([*arguments, *(["--out", str(tmp_path / "x.json")] if len(arguments) > 1 else [])])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "x.json").exists()


def test_missing_packages_are_named(monkeypatch, capsys):
    monkeypatch.setattr(program, "find_spec", lambda name: None if name == "gensim" else sys)
    assert program.main(["quality"]) == 2
    assert "not installed: gensim: `pip install gensim`" in capsys.readouterr().err


def test_files_have_names_of_their_own():
    paths = [document.path for document in vars(documents).values() if isinstance(document, documents.Document)]
    assert len(set(paths)) == len(paths)
    assert json.dumps(sorted(map(str, paths)))
