# SPDX-License-Identifier: MIT
"""``samplers sample``: the ids of the API, whole files or none, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest

import samplers
from samplers.__main__ import main
from samplers.commands import sample as command

COUNTS = np.floor(1000 / (np.arange(100) + 2.7)).astype(int)
WORDS = [f"w{i}" if i else "New York" for i in range(100)]
HERE = [
    name
    for name in samplers.names()
    if samplers.origin(name) == "built-in"
    and samplers.why_unavailable(name) is None
    and samplers.get(name).info.laws != "uniform"  # below
]


@pytest.fixture
def counts(tmp_path):
    path = tmp_path / "counts.txt"
    lines = [f"{word}\t{count}\n" for word, count in zip(WORDS, COUNTS, strict=True)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def small_steps(monkeypatch):
    """A few rows at a time, so that a small draw has many stretches, the last of them shorter."""
    monkeypatch.setattr(command, "STEP_IDS", 64)


def rows_of(text, convert=int):
    return [[convert(field) for field in line.split("\t")] for line in text.splitlines()]


def after_what_was_read(text, counts):
    """Standard error but for its first line, which says what was read."""
    first, _, rest = text.partition("\n")
    assert first.startswith(f"samplers: {counts}: tab-separated table without header")
    return rest


def sample(name, counts, *options):
    return main(["sample", name, "--counts", str(counts), *map(str, options)])


@pytest.mark.parametrize("name", HERE)
@pytest.mark.parametrize("suffix", [".npy", ".txt", "standard output"])
def test_the_ids_are_those_of_the_api(name, suffix, counts, tmp_path, capsys, small_steps):
    expected = samplers.create(name, COUNTS, rng=7).sample(157, 3)
    options = ["--rows", 157, "--k", 3, "--seed", 7]
    out = tmp_path / f"ids{suffix}"
    assert sample(name, counts, *options, *(["--out", out] if suffix[0] == "." else [])) == 0
    printed = capsys.readouterr().out
    if suffix == ".npy":
        found = np.load(out)
        assert found.dtype == np.int64
    else:
        found = np.array(rows_of(out.read_text() if suffix == ".txt" else printed))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("name", "mode"), [("alias", True), ("alias", False), ("cum_table", True)])
def test_mode_exponent_and_excluded_ids_are_those_of_the_api(name, mode, counts, tmp_path, capsys, small_steps):
    rng = np.random.default_rng(1)
    sets = [rng.choice(100, size=size, replace=False) for size in rng.integers(0, 4, 90)]
    text = tmp_path / "excluded.txt"
    text.write_text("\n".join(" ".join(map(str, one)) for one in sets) + "\n", encoding="utf-8")
    indptr, indices = np.cumsum([0, *map(len, sets)]), np.concatenate(sets)
    sampler = samplers.create(name, COUNTS, exponent=0.5, rng=0, replacement=mode)
    expected = sampler.sample(90, 5, exclude=(indptr, indices))
    flag = "--replacement" if mode else "--no-replacement"
    assert sample(name, counts, "--rows", 90, "--exponent", 0.5, flag, "--exclude", text) == 0
    found = rows_of(capsys.readouterr().out)
    assert found == expected.tolist()
    assert not any(set(row) & set(one.tolist()) for row, one in zip(found, sets, strict=True))


@pytest.mark.parametrize("shape", [(40,), (40, 2)])
def test_excluded_ids_of_an_array(shape, counts, tmp_path, capsys, small_steps):
    ids = np.random.default_rng(2).integers(0, 100, shape, dtype=np.int32)
    np.save(tmp_path / "excluded.npy", ids)
    assert sample("spectrum", counts, "--rows", 40, "--exclude", tmp_path / "excluded.npy") == 0
    expected = samplers.create("spectrum", COUNTS, rng=0).sample(40, 5, exclude=ids)
    assert rows_of(capsys.readouterr().out) == expected.tolist()


def test_words_are_written_and_read(counts, tmp_path, capsys):
    positives = tmp_path / "positives.txt"
    positives.write_text("New York\n\nw2\tNew York\n", encoding="utf-8")
    assert sample("alias", counts, "--rows", 3, "--words", "--exclude", positives) == 0
    exclude = (np.array([0, 1, 1, 3]), np.array([0, 2, 0]))
    expected = samplers.create("alias", COUNTS, rng=0).sample(3, 5, exclude=exclude)
    assert rows_of(capsys.readouterr().out, str) == [[WORDS[i] for i in row] for row in expected]


@pytest.mark.parametrize("name", [n for n in HERE if samplers.get(n).info.positional])
def test_a_run_goes_on_where_it_stopped(name, counts, tmp_path, capsys):
    assert sample(name, counts, "--rows", 30, "--out", tmp_path / "head.npy", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    first = record["next_row"]
    assert sample(name, counts, "--rows", 20, "--out", tmp_path / "tail.npy", "--first-row", first) == 0
    whole = np.concatenate([np.load(tmp_path / "head.npy"), np.load(tmp_path / "tail.npy")])
    np.testing.assert_array_equal(whole, samplers.create(name, COUNTS, rng=0).sample(50, 5))


def test_the_record_tells_what_was_drawn(counts, tmp_path, capsys):
    assert sample("alias", counts, "--rows", 9, "--no-replacement", "--out", tmp_path / "ids.txt", "--json") == 0
    record = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    sampler = samplers.create(
        record["sampler"], COUNTS, exponent=record["exponent"], rng=record["seed"], replacement=record["replacement"]
    )
    assert sampler.noise.fingerprint == record["fingerprint"]
    assert sampler.info.stream == record["stream"]
    drawn = sampler.sample(record["rows"], record["k"]).tolist()
    assert rows_of((tmp_path / "ids.txt").read_text()) == drawn


def test_an_array_is_never_in_memory_as_a_whole(counts, tmp_path, capsys):
    tracemalloc.start()
    try:
        assert sample("alias", counts, "--rows", 2**20, "--k", 4, "--out", tmp_path / "ids.npy") == 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.load(tmp_path / "ids.npy", mmap_mode="r").nbytes == 2**25
    assert peak < 2**23


@pytest.mark.parametrize("rows", [999, 1000])
def test_a_long_draw_shows_how_far_it_is(rows, counts, tmp_path, monkeypatch, capsys, small_steps):
    monkeypatch.setattr(command, "LONG_IDS", 5000)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert sample("alias", counts, "--rows", rows, "--out", tmp_path / "ids.npy") == 0
    assert ("1000/1000" in capsys.readouterr().err) == (rows == 1000)


@pytest.mark.parametrize("suffix", [".npy", ".txt"])
def test_ctrl_c_leaves_no_file(suffix, counts, tmp_path, monkeypatch, capsys, small_steps):
    calls = []

    def stopped(self, *arguments, **options):
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return draw(self, *arguments, **options)

    draw = samplers.get("alias").sample
    monkeypatch.setattr(samplers.get("alias"), "sample", stopped)
    assert sample("alias", counts, "--rows", 1000, "--out", tmp_path / f"ids{suffix}") == 130
    assert after_what_was_read(capsys.readouterr().err, counts) == "samplers: stopped\n"
    assert list(tmp_path.iterdir()) == [counts]


def test_a_real_ctrl_c_leaves_no_file(counts, tmp_path):
    out = tmp_path / "ids.txt"
    options = ["sample", "alias", "--counts", str(counts), "--rows", str(10**9), "--out", str(out)]
    with subprocess.Popen([sys.executable, "-m", "samplers", *options], stderr=subprocess.PIPE, text=True) as running:
        begun = time.monotonic()
        while not list(tmp_path.glob(".*.part")):
            assert running.poll() is None, running.stderr.read()
            assert time.monotonic() - begun < 60
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
        assert after_what_was_read(running.stderr.read(), counts) == "samplers: stopped\n"
    assert list(tmp_path.iterdir()) == [counts]


def test_a_closed_pipe_ends_it_quietly(counts):
    options = ["sample", "alias", "--counts", str(counts), "--rows", str(10**9)]
    with subprocess.Popen(
        [sys.executable, "-m", "samplers", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert len(running.stdout.readline().split()) == 5
        running.stdout.close()
        assert running.wait(60) == 141
        assert after_what_was_read(running.stderr.read(), counts) == ""


def test_a_full_disk_is_told_in_a_line(counts):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "samplers", "sample", "alias", "--counts", str(counts), "--rows", "9"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    message = after_what_was_read(done.stderr, counts)
    assert message.startswith("samplers: ")
    assert message.count("\n") == 1


def test_a_file_is_overwritten_with_force_only(counts, tmp_path, capsys):
    out = tmp_path / "ids.txt"
    out.write_text("mine", encoding="utf-8")
    assert sample("alias", counts, "--rows", 2, "--out", out) == 2
    assert f"--out {out} exists already; --force overwrites it" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert sample("alias", counts, "--rows", 2, "--out", out, "--force") == 0
    assert len(rows_of(out.read_text())) == 2


@pytest.mark.parametrize("suffix", [".npy", ".txt"])
@pytest.mark.parametrize("force", [False, True])
def test_a_file_that_another_program_made_meanwhile_is_overwritten_with_force_only(
    suffix, force, counts, tmp_path, monkeypatch, capsys
):
    out = tmp_path / f"ids{suffix}"
    draw = samplers.get("alias").sample

    def meanwhile(self, rows, *arguments, **options):
        if rows:
            out.write_text("of another program")
        return draw(self, rows, *arguments, **options)

    monkeypatch.setattr(samplers.get("alias"), "sample", meanwhile)
    code = sample("alias", counts, "--rows", 2, "--out", out, *(["--force"] if force else []))
    told = f"--out {out} exists already; --force overwrites it" in capsys.readouterr().err
    assert (code, told) == ((0, False) if force else (2, True))
    assert (out.read_bytes() == b"of another program") == (not force)
    assert {path.name for path in tmp_path.iterdir()} == {"counts.txt", out.name}


@pytest.mark.slow  # two processes
def test_of_two_draws_into_one_file_one_is_told_that_it_lost(counts, tmp_path):
    out = tmp_path / "ids.npy"
    command = [sys.executable, "-m", "samplers", "sample", "alias", "--counts", str(counts), "--out", str(out)]
    running = {
        seed: subprocess.Popen([*command, "--rows", str(2**22), "--seed", seed], stderr=subprocess.PIPE, text=True)
        for seed in "12"
    }
    said = {seed: child.communicate()[1] for seed, child in running.items()}
    codes = {seed: child.returncode for seed, child in running.items()}
    assert sorted(codes.values()) == [0, 2]
    winner, loser = sorted(codes, key=codes.__getitem__)
    assert said[loser].splitlines()[-1] == f"samplers: --out {out} exists already; --force overwrites it"
    found = np.load(out, mmap_mode="r")[:10]
    np.testing.assert_array_equal(found, samplers.create("alias", COUNTS, rng=int(winner)).sample(10, 5))
    assert {path.name for path in tmp_path.iterdir()} == {"counts.txt", "ids.npy"}


def test_a_failure_leaves_the_old_file(counts, tmp_path, capsys, small_steps):
    out, excluded = tmp_path / "ids.txt", tmp_path / "excluded.txt"
    out.write_text("mine", encoding="utf-8")
    excluded.write_text("0\n" * 29 + " ".join(map(str, range(100))) + "\n", encoding="utf-8")
    assert sample("alias", counts, "--rows", 30, "--exclude", excluded, "--out", out, "--force") == 2
    message = (
        "exclude leaves 0 ids of positive weight in row 5, fewer than the 1 that a row needs (rows counted from 24)"
    )
    assert message in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"counts.txt", "excluded.txt", "ids.txt"}


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("alia", [], "there is no sampler 'alia'; the names are multinomial,"),
        ("alias", ["--rows", "0"], "--rows must be at least 1, got 0"),
        ("alias", ["--k", "0"], "k must be at least 1, got 0"),
        ("alias", ["--k", "101", "--no-replacement"], "k=101 distinct ids asked for"),
        ("alias", ["--first-row", "-1"], "--first-row must be at least 0, got -1"),
        (
            "cum_table",
            ["--first-row", "3"],
            "--first-row: cum_table is not positional and can start at row 0 only, got 3",
        ),
        ("alias", ["--json"], "--json is of use with --out FILE only"),
        ("alias", ["--force"], "--force is of use with --out FILE only"),
        ("alias", ["--out", "ids.csv"], "--out must end in .npy or .txt, got ids.csv"),
        ("alias", ["--out", "-"], "got -; without --out, text goes to standard output"),
        ("alias", ["--out", "/dev/stdout"], "got /dev/stdout; without --out, text goes to standard output"),
        ("alias", ["--out", ".txt"], "got .txt alone, without a name"),
        ("alias", ["--out", "astray.txt"], f"--out astray.txt: there is no folder {os.path.realpath('/nowhere')}"),
        ("alias", ["--out", "pipe.txt"], "--out pipe.txt is not a regular file"),
        ("alias", ["--out", "n" * 300 + ".txt"], f"--out {'n' * 300}.txt: File name too long"),
        ("alias", ["--out", "ids.npy", "--rows", str(2**63 - 1)], "bytes are more than a file can hold"),
        ("alias", ["--out", "nowhere/ids.npy"], "there is no folder nowhere"),
        ("alias", ["--out", "folder.npy"], "--out folder.npy is not a regular file"),
        ("alias", ["--out", "ids.npy", "--words"], "--words are text, and --out ids.npy is an array of ids"),
        ("alias", ["--out", "ids.npy", "--rows", str(10**30)], "--rows must be at most 2**63 - 1"),
        ("alias", ["--counts", "counts.npy", "--words"], "--words: counts.npy holds counts without words"),
        ("alias", ["--exclude", "missing"], "--exclude missing: "),
        ("alias", ["--exclude", "two.txt"], "--exclude two.txt has 2 rows, but --rows is 5"),
        ("alias", ["--exclude", "bad.txt"], "--exclude bad.txt: line 2: expected integer ids, got 'x y'"),
        (
            "alias",
            ["--exclude", "bad.txt", "--words"],
            "bad.txt: line 1: expected words of the counts, separated by tabs, got '1'",
        ),
        ("alias", ["--exclude", "floats.npy"], "expected integers of shape (rows,) or (rows, m), got float64"),
        ("alias", ["--exclude", "far.txt"], "exclude: id 100 in row 1 lies outside [0, 100)"),
    ],
)
def test_what_cannot_be_used_exits_with_2_and_says_why(name, options, message, counts, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "astray.txt").symlink_to("/nowhere/ids.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    for file, text in {"two.txt": "1\n2\n", "bad.txt": "1\nx y\n3\n4\n5\n", "far.txt": "1\n100\n3\n4\n5\n"}.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    np.save("floats.npy", np.ones(5))
    np.save("counts.npy", COUNTS)
    before = set(tmp_path.iterdir())
    assert sample(name, counts, *(["--rows", "5", *options])) == 2
    captured = capsys.readouterr()
    assert all(line.startswith("samplers: ") for line in captured.err.splitlines())
    assert message in captured.err
    assert captured.out == ""
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("option", ["--counts", "--exclude", "--out"])
def test_an_empty_path_is_not_the_current_folder(option, counts, capsys):
    with pytest.raises(SystemExit) as done:
        sample("alias", counts, "--rows", 2, option, "")
    assert done.value.code == 2
    assert f"argument {option}: the path is empty" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".npy", ".txt"])
@pytest.mark.parametrize("trouble", ["small files only", "no folder any more"])
def test_a_disk_that_refuses_leaves_nothing(trouble, suffix, counts, tmp_path, monkeypatch, capsys):
    """A limit on the size of files stands for a full disk: both refuse while the file grows."""
    resource = pytest.importorskip("resource", reason="this system has no limits")
    folder = tmp_path / "folder"
    folder.mkdir()
    draw = samplers.get("alias").sample

    def meanwhile(self, rows, *arguments, **options):
        if rows and trouble == "no folder any more":
            shutil.rmtree(folder, ignore_errors=True)
        return draw(self, rows, *arguments, **options)

    monkeypatch.setattr(samplers.get("alias"), "sample", meanwhile)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    if trouble == "small files only":
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, before[1]))
    try:
        code = sample("alias", counts, "--rows", 10**5, "--out", folder / f"ids{suffix}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert code == 2
    reason = "File too large" if trouble == "small files only" else "No such file or directory"
    assert f"--out {folder / f'ids{suffix}'}: {reason}" in capsys.readouterr().err
    assert not folder.exists() or not list(folder.iterdir())


def test_fastest_is_the_recommended_one_whatever_the_rows(counts, capsys):
    name = samplers.recommend(COUNTS, k=5).name
    for rows in (1, 3000):
        assert sample("fastest", counts, "--rows", rows) == 0
        captured = capsys.readouterr()
        assert after_what_was_read(captured.err, counts) == f"samplers: fastest is {name}\n"
        assert rows_of(captured.out) == samplers.fastest(COUNTS, k=5, rng=0).sample(rows, 5).tolist()


def test_help_names_an_example_that_runs(counts, capsys, monkeypatch, tmp_path):
    with pytest.raises(SystemExit):
        main(["sample", "--help"])
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    monkeypatch.chdir(tmp_path)
    (tmp_path / "positives.txt").write_text("1\n2\n3\n4\n", encoding="utf-8")
    commands = [line.split()[1:] for line in text.splitlines() if line.startswith("  samplers sample ")]
    assert len(commands) >= 4
    for arguments in commands:
        assert main(arguments) == 0, arguments


def test_a_strategy_of_uniform_laws_takes_counts_to_the_power_0(counts, tmp_path):
    path = tmp_path / "ids.npy"
    assert sample("uniform", counts, "--exponent", 0, "--rows", 9, "--k", 3, "--seed", 7, "--out", path) == 0
    expected = samplers.create("uniform", samplers.uniform(100), rng=7).sample(9, 3)
    np.testing.assert_array_equal(np.load(path), expected)
    assert sample("uniform", counts, "--rows", 9) == 2
