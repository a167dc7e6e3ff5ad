# SPDX-License-Identifier: MIT
"""The random draws of `make sanitize` find broken kernels, and name the configuration."""

from __future__ import annotations

import numpy as np
import pytest

import samplers
from samplers.base import Sampler
from samplers.counter_based.sampler import PositionalSampler
from samplers.kernels import rows as kernel

from . import driver

CONFIGURATIONS = range(60)
real = kernel.draw


class FoundError(Exception):
    """The line that a test waits for has come: the rest need not be drawn."""


def line_of(*parts: str, numbers=CONFIGURATIONS) -> str:
    """The first line that the driver reports and that holds all of these."""

    def report(line: str) -> None:
        lines.append(line)
        if all(part in line for part in parts):
            raise FoundError(line)

    lines: list[str] = []
    try:
        driver.run(1, numbers, report)
    except FoundError:
        return lines[-1]
    raise AssertionError(f"no line with {parts} in {lines}")


def test_the_library_passes():
    before = kernel.simd()
    lines: list[str] = []
    tally, failed = driver.run(1, CONFIGURATIONS, lines.append)
    assert failed == 0, lines
    assert kernel.simd() == before
    assert tally["configurations"] == 60
    assert tally["wrong arguments, refused"] >= 54
    for what in ("impossible calls, refused", "compared with the model's own table", "cum_table", "unigram_table"):
        assert tally[what] > 0, what
    lines = list(driver.summary(tally, 1, 2.0))
    assert lines[0] == "60 configurations of seed 1 in 2 s"
    assert lines[1].startswith(f"forms: {', '.join(kernel.available())}")


def test_a_configuration_is_the_same_whenever_it_is_asked_for():
    for number in CONFIGURATIONS:
        assert driver.describe(3, number) == driver.describe(3, number)
    assert len({driver.describe(seed, number) for seed in (1, 2) for number in CONFIGURATIONS}) == 120


def wrong_id_in_the_fastest_form(source, key, epoch, first, row_ids, out, *rest):
    done = real(source, key, epoch, first, row_ids, out, *rest)
    if kernel.simd() == kernel.available()[-1]:
        out[-1, -1] = out[-1, -1] ^ 1
    return done


def row_number_taken_modulo_2_to_the_32(source, key, epoch, first, row_ids, out, *rest):
    return real(source, key, epoch, first % 2**32, row_ids, out, *rest)


def no_rules(source, key, epoch, first, row_ids, out, distinct, excluded, starts, stops, each, known):
    return real(source, key, epoch, first, row_ids, out, False, None, None, None, 0)


def distinctness_forgotten(source, key, epoch, first, row_ids, out, distinct, *sets):
    return real(source, key, epoch, first, row_ids, out, False, *sets)


def last_column_copies_the_first(source, key, epoch, first, row_ids, out, *rest):
    done = real(source, key, epoch, first, row_ids, out, *rest)
    out[:, -1] = out[:, 0]
    return done


def an_id_too_many(source, key, epoch, first, row_ids, out, *rest):
    done = real(source, key, epoch, first, row_ids, out, *rest)
    if out.base is not None and out.base.size > out.size:
        out.base.reshape(-1)[0] = 5
    return done


BROKEN_KERNELS = {
    wrong_id_in_the_fastest_form: "draws other ids than scalar",
    row_number_taken_modulo_2_to_the_32: "and the model has",
    no_rules: "an excluded id",
    distinctness_forgotten: "an id twice in a row",
    last_column_copies_the_first: "other ids in",
    an_id_too_many: "something was written before `out`",
}


@pytest.mark.parametrize("broken", BROKEN_KERNELS, ids=lambda f: f.__name__)
def test_a_broken_kernel_is_found(monkeypatch, broken):
    if broken is wrong_id_in_the_fastest_form and len(kernel.available()) == 1:
        pytest.skip("this processor has one form only")
    monkeypatch.setattr(kernel, "draw", broken)
    line_of("FAILED", BROKEN_KERNELS[broken])


def test_a_position_that_moves_wrongly_is_found(monkeypatch):
    checked = PositionalSampler._checked

    def moving(self, rows, *arguments):
        self.position += 1
        return checked(self, rows, *arguments)

    monkeypatch.setattr(PositionalSampler, "_checked", moving)
    line_of("FAILED", "after the call")
    line_of("FAILED", "moved the position")


def test_an_argument_that_is_wrongly_accepted_is_found(monkeypatch):
    monkeypatch.setattr(samplers.sets.id_sets.IdSets, "_check_feasible", lambda *_: None)
    line_of("FAILED", "a refused call wrote ids", numbers=range(300))  # the kernels refuse it, when rows are drawn


def test_ids_that_are_written_before_an_error_are_found(monkeypatch):
    checked = Sampler._checked

    def writing(self, rows, k, exclude, on_collision, on_exhausted, out):
        if isinstance(out, np.ndarray) and out.flags.writeable:
            out[...] = 0
        return checked(self, rows, k, exclude, on_collision, on_exhausted, out)

    monkeypatch.setattr(Sampler, "_checked", writing)
    line_of("FAILED", "wrote ids")


@pytest.mark.parametrize("name", ["cum_table", "unigram_table"])
def test_another_loop_of_a_sequential_strategy_is_found(monkeypatch, name):
    cls = samplers.get(name)
    fill = cls._fill

    def skipping(self, out):
        fill(self, out[:1].copy())
        fill(self, out)

    monkeypatch.setattr(cls, "_fill", skipping)
    line_of("FAILED", "the loop in Python", f": {name} ", numbers=range(0, 300, driver.EVERY))


def test_a_failure_names_the_command_that_draws_it_again(monkeypatch, capsys):
    monkeypatch.setattr(kernel, "draw", no_rules)
    line = line_of("FAILED", "an excluded id")
    command = line.split("Again: ")[1]
    number = command.removeprefix('make sanitize ARGS="--seed 1 --only ').removesuffix('"')
    assert driver.main(["--seed", "1", "--only", number]) == 1
    out = capsys.readouterr().out
    assert out.count("FAILED") == 1
    assert line in out
    monkeypatch.setattr(kernel, "draw", real)
    assert driver.main(["--seed", "1", "--only", number]) == 0
    assert "none failed" in capsys.readouterr().out


def test_a_run_in_which_everything_fails_ends_soon(monkeypatch):
    monkeypatch.setattr(driver, "check", lambda *_: 1 / 0)
    lines: list[str] = []
    tally, failed = driver.run(1, range(1000), lines.append)
    assert failed == tally["configurations"] == driver.FAILURES
    assert lines[0].startswith("FAILED: ZeroDivisionError: division by zero: ")
    assert lines[-1] == f"stopped after {failed} configurations: {failed} failed"


def test_the_configuration_under_way_is_kept_in_a_file(monkeypatch, tmp_path):
    """So that it can be named when the process dies in it."""
    at, seen = tmp_path / "at", []
    monkeypatch.setenv(driver.AT, str(at))
    monkeypatch.setattr(driver, "check", lambda *_: seen.append(int(at.read_text())))
    driver.run(1, [7, 1234, 8], lambda _: None)
    assert seen == [7, 1234, 8]
    assert at.read_text() == ""
