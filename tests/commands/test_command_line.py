# SPDX-License-Identifier: MIT
"""``python -m samplers``: what it prints, and its exit codes."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import numpy as np
import pytest

import samplers
from samplers.__main__ import main
from samplers.commands import COMMANDS
from samplers.fidelity.power import ALPHA

COUNTS = np.floor(1000 / (np.arange(100) + 2.7)).astype(int)


@pytest.fixture
def counts_file(tmp_path):
    path = tmp_path / "counts.txt"
    path.write_text("".join(f"w{i} {count}\n" for i, count in enumerate(COUNTS)), encoding="utf-8")
    return path


@pytest.fixture
def broken():
    """A registered sampler that ignores its counts."""

    @samplers.register
    class Uniform(samplers.SequentialSampler):
        """Uniform, whatever the counts."""

        info = samplers.Info(name="broken_uniform", stream="numpy default_rng")

        def _build(self) -> None:
            pass

        def _seed(self, rng) -> None:
            self._rng = rng

        def _fill(self, out) -> None:
            out[...] = self._rng.integers(0, len(self.noise), out.shape)

        @property
        def nbytes(self) -> int:
            return 0

    yield Uniform
    from samplers import registry

    registry._registered.pop("broken_uniform")


def test_as_a_user_runs_it(counts_file):
    done = subprocess.run(
        [sys.executable, "-m", "samplers", "check", "alias", "--counts", str(counts_file), "--seed", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"samplers: {counts_file}: blank-separated table")
    assert done.stderr.count("\n") == 1
    assert done.stdout.startswith("alias: faithful in 209,715 rows of 5, with replacement, V=100")
    for column in ("adjusted", "chi-square", "finds with probability 0.99", "table:"):
        assert column in done.stdout


@pytest.mark.parametrize(
    "name", [n for n in samplers.names() if samplers.origin(n) == "built-in" and samplers.why_unavailable(n) is None]
)
def test_every_sampler_can_be_checked(name, counts_file, capsys):
    equal = ["--exponent", "0"] if samplers.get(name).info.laws == "uniform" else []
    assert main(["check", name, "--counts", str(counts_file), "--rows", "2000", *equal]) == 0
    assert capsys.readouterr().out.startswith(f"{name}: faithful in 2,000 rows of 5")


def test_a_broken_sampler_exits_with_1(broken, counts_file, capsys):
    assert main(["check", "broken_uniform", "--counts", str(counts_file)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("broken_uniform: NOT faithful")
    assert "FAIL" in out


def test_json_is_strict_and_complete(counts_file, capsys):
    arguments = ["check", "alias", "--counts", str(counts_file), "--rows", "3000", "--k", "3", "--json"]
    assert main([*arguments, "--no-replacement"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert (found["sampler"], found["rows"], found["k"], found["replacement"]) == ("alias", 3000, 3, False)
    assert found["passed"] is True
    assert found["false_alarm"] == ALPHA
    assert {"duplicates", "conditional PIT"} <= {test["name"] for test in found["tests"]}
    assert all(test["passed"] for test in found["tests"])
    assert found["audit"]["never_drawn"] == 0


def test_detect_chooses_the_rows(counts_file, capsys):
    assert main(["check", "alias", "--counts", str(counts_file), "--detect", "0.05", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    chi_square = next(test for test in found["tests"] if test["name"] == "chi-square")
    assert 0.045 < chi_square["detectable"] <= 0.05


@pytest.mark.parametrize("suffix", [".npy", ".txt"])
def test_counts_come_from_an_array_or_from_text(tmp_path, suffix, capsys):
    path = tmp_path / f"counts{suffix}"
    if suffix == ".npy":
        np.save(path, COUNTS)
    else:
        path.write_text("\n".join(["a"] * 50 + ["b"] * 30 + ["c"] * 20), encoding="utf-8")  # a corpus
    assert main(["check", "alias", "--counts", str(path), "--rows", "1000", "--exponent", "1"]) == 0
    assert f"V={100 if suffix == '.npy' else 3}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "alia"}, "there is no sampler 'alia'; the names are multinomial,"),
        ({"--counts": "missing.txt"}, "--counts missing.txt: "),
        ({"--k": "0"}, "k must be at least 1, got 0"),
        ({"--rows": "1", "--k": "1"}, "rows=1 of 1 are too few to test"),
        ({"--detect": "7"}, "detect must be between 0 and 1, got 7.0"),
        ({"--rows": str(10**7), "--time-limit": "1e-9"}, "--time-limit is 1e-09 s: ask for fewer rows"),
        ({"--time-limit": "0"}, "--time-limit must be a positive number of seconds"),
        ({"--exponent": "nan"}, "--exponent must be finite, got nan"),
    ],
)
def test_what_cannot_be_used_exits_with_2_and_says_why(change, message, counts_file, capsys):
    options = {"--counts": str(counts_file)} | change
    name = options.pop("name", "alias")
    assert main(["check", name, *(part for option in options.items() for part in option)]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("samplers: ")
    assert message in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("damage", ["empty.npy", "promises.npy", "archive.npy", "cut.gz", "corrupt.gz", "folder"])
def test_files_that_are_damaged_are_no_verdict(damage, tmp_path, capsys):
    path = tmp_path / damage
    if damage == "folder":
        path.mkdir()
    elif damage == "archive.npy":
        with path.open("wb") as file:
            np.savez(file, a=COUNTS)
    elif damage.endswith(".gz"):
        whole = gzip.compress(b"the 100\ncat 20\n" * 100)
        path.write_bytes(whole[: len(whole) // 2] if damage == "cut.gz" else whole[:12] + b"\xff" * 8 + whole[20:])
    elif damage == "promises.npy":
        header = {"descr": "<i8", "fortran_order": False, "shape": (49_000_000_000_000,)}
        with path.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
    else:
        path.write_bytes(b"")
    assert main(["check", "alias", "--counts", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"samplers: --counts {path}: ")


def test_a_closed_pipe_is_no_verdict(counts_file):
    command = f"'{sys.executable}' -m samplers check alias --counts '{counts_file}' --rows 2000"
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; echo ${{PIPESTATUS[0]}}"], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() in ("141", "0")  # 0 where all was written before the reader went
    assert done.stderr.startswith(f"samplers: {counts_file}: blank-separated")
    assert done.stderr.count("\n") == 1


def test_a_mode_that_a_sampler_lacks(counts_file, capsys):
    assert main(["check", "bisect", "--counts", str(counts_file), "--no-replacement"]) == 2
    assert "replacement=False: bisect has replacement=True only" in capsys.readouterr().err


def test_the_list_is_the_registry(capsys):
    assert main(["list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [about["name"] for about in found] == samplers.names()
    for about in found:
        assert about["unavailable"] == samplers.why_unavailable(about["name"])
        if "cannot be loaded" in (about["unavailable"] or ""):
            assert (about["replacement"], about["positional"]) == (None, None)
            continue
        strategy = samplers.get(about["name"])
        assert about["replacement"] == list(strategy.info.replacement_modes)
        assert about["positional"] == strategy.info.positional
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:] if line[0] != " "] == samplers.names()
    assert max(map(len, lines)) <= 100


def test_the_recommendation_is_that_of_the_library(counts_file, capsys):
    request = ["recommend", "--counts", str(counts_file), "--rows", "64", "--k", "3", "--no-replacement"]
    expected = samplers.recommend(COUNTS, rows=64, k=3, replacement=False)
    assert main([*request, "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert (found["name"], found["reason"]) == (expected.name, expected.reason)
    assert found["figures"] == dict(expected.figures)
    assert main(request) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{expected.name}: ")
    assert " ".join(expected.reason.split()) in " ".join(out.split())
    for name in expected.figures:
        assert f"\n{name} " in out
    # What it says to do next is a command that runs.
    following = next(line for line in out.splitlines() if line.startswith("next: samplers "))
    assert main(following.split()[2:]) == 0
    ids = [[int(i) for i in line.split()] for line in capsys.readouterr().out.splitlines()]
    assert ids == samplers.create(expected.name, COUNTS, rng=0, replacement=False).sample(64, 3).tolist()


def test_a_recommendation_can_be_measured_here(counts_file, capsys):
    assert main(["recommend", "--counts", str(counts_file), "--measure", "--json", "--time-limit", "inf"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["figures"]) >= 2
    assert found["name"] == min(found["figures"], key=found["figures"].get)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--k", "0"], "k must be at least 1, got 0"),
        (["--k", "101", "--no-replacement"], "k=101 distinct ids asked for"),
        (["--device", "tpu"], "device must be 'cpu', 'cuda', 'cuda:0', ... or a torch.device, got 'tpu'"),
        (["--counts", "missing.txt"], "--counts missing.txt: "),
        (["--measure", "--time-limit", "1e-9"], "leave --measure out, or set --time-limit inf to wait"),
        (["--measure", "--time-limit", "1e-9"], "and --time-limit is 1e-09 s"),
        (["--measure", "--time-limit", "nan"], "--time-limit must be a positive number of seconds or None, got nan"),
        (["--measure", "--rows", str(2**62)], "would take about"),
        (["--time-limit", "60"], "--time-limit is of use with --measure only"),
    ],
)
def test_what_nothing_can_be_recommended_for(options, message, counts_file, capsys):
    assert main(["recommend", "--counts", str(counts_file), *options]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_a_negative_seed_is_refused_by_its_option(counts_file, capsys):
    with pytest.raises(SystemExit) as done:
        main(["check", "alias", "--counts", str(counts_file), "--seed", "-1"])
    assert done.value.code == 2
    assert "argument --seed: must be an integer >= 0, got '-1'" in capsys.readouterr().err


def test_check_takes_the_recommended_one(counts_file, capsys):
    name = samplers.recommend(COUNTS, k=5).name
    assert main(["check", "fastest", "--counts", str(counts_file), "--rows", "2000"]) == 0
    assert capsys.readouterr().out.startswith(f"{name}: faithful")


@pytest.mark.parametrize("command", ["list", "recommend", "sample", "check"])
def test_help_teaches(command, capsys):
    with pytest.raises(SystemExit) as done:
        main([command, "--help"])
    assert done.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: samplers {command}")
    assert max(map(len, text.splitlines())) <= 100
    assert command == "list" or f"\n  samplers {command}" in text


def test_the_help_of_all_names_every_command_and_exit_code(capsys):
    with pytest.raises(SystemExit) as done:
        main(["--help"])
    assert done.value.code == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert f"\n    {command.NAME}" in text
    for code in ("0 done", "1 not faithful", "2 an argument", "70 a fault", "129, 130, 143 stopped", "141 the reader"):
        assert code in text
    for line in text.splitlines():
        if line.startswith("  samplers "):
            assert line.split()[1] in [command.NAME for command in COMMANDS]
