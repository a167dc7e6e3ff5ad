# SPDX-License-Identifier: MIT
"""The words that go to the batteries, and how their verdicts are read; the programs themselves where installed."""

from __future__ import annotations

import dataclasses
import io
import itertools
import sys

import numpy as np
import pytest
from rich.console import Console

import samplers
from benchmarks import rng_battery
from benchmarks.batteries import BATTERIES, Battery, Tally, parse_dieharder, parse_practrand, parse_testu01
from samplers.kernels import rows as kernel
from tests.data import stream_model as model

# What dieharder 3.31.1, TestU01 1.2.3 and PractRand 0.93 print.
DIEHARDER = """
#=============================================================================#
        test_name   |ntup| tsamples |psamples|  p-value |Assessment
#=============================================================================#
   diehard_birthdays|   0|       100|     100|0.79044363|  PASSED
          sts_serial|   1|    100000|     100|0.00000000|  FAILED
          sts_serial|   2|    100000|     100|0.99712034|   WEAK
"""
TESTU01 = """
  1  BirthdaySpacings    this line stands before the summary     0.5
========= Summary results of SmallCrush =========

 Version:          TestU01 1.2.3
 Number of statistics:  15
 The following tests gave p-values outside [0.001, 0.9990]:
 (eps  means a value < 1.0e-300):

       Test                          p-value
 ----------------------------------------------
  1  BirthdaySpacings                 eps
  3  Gap                            1 -  7.1e-6
  4  SimpPoker                      9.5e-12
  6  MaxOft AD                        0.9995
  7  WeightDistrib                  1 - eps1
 ----------------------------------------------
 All other tests were passed
"""
TESTU01_PASSED = """
========= Summary results of SmallCrush =========
 Number of statistics:  15
 All tests were passed
"""
PRACTRAND = """
rng=RNG_stdin32, seed=0xb028866d
length= 128 megabytes (2^27 bytes), time= 2.3 seconds
  no anomalies in 117 test result(s)

rng=RNG_stdin32, seed=0xb028866d
length= 256 megabytes (2^28 bytes), time= 5.0 seconds
  Test Name                         Raw       Processed     Evaluation
  [Low1/32]Gap-16:B                 R=  +4.3  p =  1.5e-3   unusual
  DC6-9x1Bytes-1                    R=  -4.6  p =1-7.1e-4   mildly suspicious
  [Low1/32]BCFN(2+0,13-2,T)         R= +27.3  p = 0         FAIL !!!!
  ...and 121 test result(s) without anomalies
"""


@pytest.mark.parametrize(
    ("parse", "text", "tally"),
    [
        (parse_dieharder, DIEHARDER, Tally(1, 1, ("sts_serial",))),
        (parse_testu01, TESTU01, Tally(10, 2, ("BirthdaySpacings", "SimpPoker", "WeightDistrib"))),
        (parse_testu01, TESTU01_PASSED, Tally(15)),
        (parse_practrand, PRACTRAND, Tally(121, 2, ("[Low1/32]BCFN(2+0,13-2,T)",))),
        (parse_practrand, PRACTRAND.partition("\n\n")[0], Tally(117)),
    ],
)
def test_verdicts_are_read(parse, text, tally):
    assert parse(text) == tally
    assert parse("") == Tally()


@pytest.mark.parametrize("key", [0, 2**64 - 1, 0x299F31D0A4093822])
def test_philox_words_are_those_of_the_kernels_and_of_the_model(key):
    n = 64 * 3  # the kernel's rows have 128 words
    out = np.empty(n + kernel.GENERATE_SLACK, dtype=np.uint64)
    kernel.generate(key, out, n)
    np.testing.assert_array_equal(rng_battery.philox_words(key, 0, 3, 128), out[:n].view(np.uint32))
    for first, k in ((0, 5), (2**32 - 2, 5), (2**40 + 7, 1), (3, 9)):
        words = rng_battery.philox_words(key, first, 4, k).tolist()
        assert words == [model.word(key, first + r, 0, j, 0) for r in range(4) for j in range(k)]


def test_the_philox_stream_is_what_alias_reads_for_rows_of_five():
    """Over 256 equal ids the table is trivial: the id is the top byte of the word."""
    sampler = samplers.create("alias", np.ones(256, dtype=int), rng=7)
    words = np.concatenate(list(itertools.islice(rng_battery.GENERATORS["philox"].chunks(7), 3)))
    ids = sampler.sample(len(words) // 5, 5)
    np.testing.assert_array_equal(ids.ravel(), words >> 24)


@pytest.mark.parametrize("state", [0, 1, 2**64 - 1, 0x0123456789ABCDEF])
@pytest.mark.parametrize("n", [1, 2, 3, 1000])
def test_lcg_states_jump_to_where_steps_lead(state, n):
    expected = []
    for _ in range(n):
        state = (state * 25214903917 + 11) % 2**64
        expected.append(state)
    assert rng_battery.lcg_states(expected[0], n)[: n - 1].tolist() == expected[1:]


@pytest.mark.parametrize(("name", "shift"), [("gensim", 16), ("word2vec_high", 32), ("word2vec_low", 0)])
def test_lcg_words_go_on_from_chunk_to_chunk(name, shift):
    words = np.concatenate(list(itertools.islice(rng_battery.GENERATORS[name].chunks(1), 2)))
    state = int(np.random.default_rng(1).integers(2**64, dtype=np.uint64))
    for i in range(len(words)):
        state = (state * 25214903917 + 11) % 2**64
        assert words[i] == state >> shift & 0xFFFFFFFF


def echo(order: str = "=u4", verdict: str = "PASSED") -> Battery:
    """A battery that reads one word and prints it in place of a p-value."""
    code = (
        "import sys; word = int.from_bytes(sys.stdin.buffer.read(4), {!r});"
        "print('first', 0, 1, 1, word, {!r}, sep='|'); print('x' * 2**20)"
    ).format("big" if order == ">u4" else sys.byteorder, verdict)
    return Battery("echo", "", lambda: True, lambda full: [[sys.executable, "-c", code]] * 2, parse_dieharder, order)


@pytest.mark.parametrize("order", ["=u4", ">u4"])
def test_words_arrive_in_the_order_that_a_program_reads(order):
    """Programs stop reading when they have enough, and may print more than a pipe holds."""
    battery = echo(order)
    endless = itertools.repeat(np.full(2**16, 0x01020304, dtype=np.uint32))
    said = rng_battery._pipe(battery.commands(False)[0], endless, order)
    assert said.startswith(f"first|0|1|1|{0x01020304}|PASSED")
    assert rng_battery.run(battery, lambda: endless, False) == Tally(2)


def test_a_program_without_a_verdict_is_an_error():
    with pytest.raises(RuntimeError, match="gave no result"):
        rng_battery.run(echo(verdict="CRASHED"), lambda: [np.zeros(9, dtype=np.uint32)], False)


@pytest.mark.parametrize(
    ("generators", "verdict", "code"), [(["philox"], "FAILED", 1), (["gensim"], "FAILED", 0), (["philox"], "WEAK", 0)]
)
def test_only_a_failure_of_philox_is_an_error(monkeypatch, capsys, generators, verdict, code):
    absent = dataclasses.replace(echo(), name="absent", how="install it", present=lambda: False)
    monkeypatch.setattr(rng_battery, "BATTERIES", (echo(verdict=verdict), absent))
    assert rng_battery.main(["--quick", "--generators", *generators]) == code
    printed = capsys.readouterr().out
    assert "absent is not here: install it" in printed
    assert generators[0] in printed
    assert ("first (2 times)" in printed) == (verdict == "FAILED")


def test_no_battery_at_all_is_told_and_no_success(monkeypatch, capsys):
    monkeypatch.setattr(rng_battery, "BATTERIES", (dataclasses.replace(echo(), present=lambda: False),))
    assert rng_battery.main([]) == 2
    assert "echo is not here" in capsys.readouterr().out


def test_the_table_has_a_row_for_each_generator():
    found = {(g, "echo"): Tally(3, 2, ("a", "a", "b")) for g in ("one", "two")}
    console = Console(width=100, file=io.StringIO())
    console.print(rng_battery.table(found, [echo()]))
    assert console.file.getvalue().count("3 / 2 / 3") == 2
    assert console.file.getvalue().count("a (2 times), b") == 2


@pytest.mark.slow
@pytest.mark.parametrize("battery", BATTERIES, ids=lambda battery: battery.name)
def test_an_installed_battery_fails_the_low_bits_of_the_lcg_and_passes_philox(battery):
    """One quick command each: the count of ones of dieharder, SmallCrush, 256 MB of PractRand.

    The low 32 bits of the LCG repeat after 2**32 words and their lowest bit after two. False alarms for Philox:
    1e-6 (dieharder), 15e-10 (SmallCrush), below 1e-6 (PractRand).
    """
    if not battery.present():
        pytest.skip(f"{battery.name} is not installed: {battery.how}")
    commands = [c for c in battery.commands(False) if c[-2:] != ["-d", "0"]][:1]
    one = dataclasses.replace(battery, commands=lambda full: commands)
    tallies = {
        name: rng_battery.run(one, lambda name=name: rng_battery.GENERATORS[name].chunks(1), False)
        for name in ("philox", "word2vec_low")
    }
    assert tallies["philox"].failed == 0 < tallies["philox"].total
    assert tallies["word2vec_low"].failed > 0
