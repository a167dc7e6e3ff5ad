# SPDX-License-Identifier: MIT
"""The batteries of `rng_battery`: how each is found, called and read."""

from __future__ import annotations

import ctypes
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

# Birthdays, count the ones, runs, STS serial, Kolmogorov-Smirnov, byte distribution, DCT, monobit 2: 0.3 to 9 s each.
DIEHARDER_QUICK = (0, 8, 15, 102, 204, 205, 206, 209)
CLEAR_FAILURE = 1e-10  # of TestU01; its summary lists what leaves [0.001, 0.999]
# TestU01 reads a stream of words through its own reader of binary files: the top byte of a word first.
TESTU01 = """
import ctypes, sys
library = ctypes.CDLL("libtestu01.so.0")
library.ufile_CreateReadBin.restype = ctypes.c_void_p
library.ufile_CreateReadBin.argtypes = [ctypes.c_char_p, ctypes.c_long]
battery = library[sys.argv[1]]
battery.argtypes = [ctypes.c_void_p]
battery(library.ufile_CreateReadBin(b"/dev/stdin", 1 << 16))
"""


@dataclass(frozen=True)
class Tally:
    """How many tests a generator passed, nearly failed and failed, and the names of the last."""

    passed: int = 0
    weak: int = 0
    failures: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """How many tests failed; weak ones are not among them."""
        return len(self.failures)

    @property
    def total(self) -> int:
        """How many tests ran: passed, weak and failed."""
        return self.passed + self.weak + self.failed

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.passed + other.passed, self.weak + other.weak, self.failures + other.failures)


@dataclass(frozen=True)
class Battery:
    """A program that judges words on its standard input.

    Attributes
    ----------
    name : str
    how : str
        How to get it.
    present : callable
        Whether it is here.
    commands : callable
        Command lines for a quick (False) or full (True) run.
    parse : callable
        The `Tally` of what it printed.
    order : str
        NumPy's name for the words as it reads them.
    """

    name: str
    how: str
    present: Callable[[], bool]
    commands: Callable[[bool], list[list[str]]]
    parse: Callable[[str], Tally]
    order: str = "=u4"


def parse_dieharder(text: str) -> Tally:
    """Lines of ``name|ntuple|tsamples|psamples|p-value|PASSED, WEAK or FAILED``."""
    rows = [[field.strip() for field in line.split("|")] for line in text.splitlines()]
    verdicts = [(row[0], row[5]) for row in rows if len(row) == 6 and row[5] in ("PASSED", "WEAK", "FAILED")]
    count = [verdict for _, verdict in verdicts].count
    return Tally(count("PASSED"), count("WEAK"), tuple(name for name, verdict in verdicts if verdict == "FAILED"))


def parse_testu01(text: str) -> Tally:
    """The summaries: the number of statistics, and a line for each whose p leaves [0.001, 0.999]."""
    tally = Tally()
    for summary in text.split("Summary results of")[1:]:
        total = re.search(r"Number of statistics:\s+(\d+)", summary)
        listed = re.findall(r"^ *\d+ +(\S.*?) +(1 - *(?:eps1|[\d.e-]+)|eps|[\d.e-]+) *$", summary, re.MULTILINE)
        failures = tuple(name for name, p in listed if _from_an_end(p) < CLEAR_FAILURE)
        found = int(total[1]) if total else 0
        tally += Tally(found - len(listed), len(listed) - len(failures), failures)
    return tally


def _from_an_end(p: str) -> float:
    """How far a p-value of TestU01 is from 0 or 1; "eps" stands for less than 1e-300, "eps1" for less than 1e-15."""
    if "eps" in p:
        return 0.0
    if p.startswith("1 -"):
        return float(p[3:])
    return min(float(p), 1 - float(p))


def parse_practrand(text: str) -> Tally:
    """The last block: PractRand repeats its tests whenever the length has doubled."""
    last = text.rpartition("length=")[2]
    clean = re.search(r"(\d+) test result\(s\)", last)
    listed = re.findall(r"^ *(\S+) +R=.*?p *[=~]+ *\S+ +(\S.*?) *$", last, re.MULTILINE)
    failures = tuple(name for name, verdict in listed if verdict.startswith("FAIL"))
    return Tally(int(clean[1]) if clean else 0, len(listed) - len(failures), failures)


def _dieharder(full: bool) -> list[list[str]]:
    choices = [["-a"]] if full else [["-d", str(test)] for test in DIEHARDER_QUICK]
    return [["dieharder", "-g", "200", *choice] for choice in choices]  # 200: raw words on standard input


def _testu01(full: bool) -> list[list[str]]:
    return [[sys.executable, "-c", TESTU01, "bbattery_Crush" if full else "bbattery_SmallCrush"]]


def _testu01_here() -> bool:
    try:
        ctypes.CDLL("libtestu01.so.0")
    except OSError:
        return False
    return True


def _practrand_path() -> str | None:
    return shutil.which("RNG_test") or shutil.which("practrand-RNG_test")


def _practrand(full: bool) -> list[list[str]]:
    return [[_practrand_path() or "RNG_test", "stdin32", "-tlmax", "16GB" if full else "256MB"]]


BATTERIES = (
    Battery("dieharder", "apt install dieharder", lambda: shutil.which("dieharder") is not None, _dieharder,
            parse_dieharder),
    Battery("TestU01", "apt install libtestu01-0 (Debian, component non-free)", _testu01_here, _testu01,
            parse_testu01, order=">u4"),
    Battery("PractRand", "build RNG_test from its source (PractRand), or dnf install practrand; put it on PATH",
            lambda: _practrand_path() is not None, _practrand, parse_practrand),
)  # fmt: skip
