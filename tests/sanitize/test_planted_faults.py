# SPDX-License-Identifier: MIT
"""The build with sanitizers finds what is planted in it: run by `make sanitize`, over that build."""

from __future__ import annotations

import ctypes
import os
import re
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest

import samplers
from samplers.kernels import rows

from . import __main__ as command
from . import building, driver
from .arrays import Output, at_the_end, guarded

if building.RUNNING not in os.environ:
    pytest.skip("needs the build of `make sanitize`", allow_module_level=True)


def in_a_process(code: str, library: Path = building.SOUND) -> tuple[int, str]:
    """Exit code and standard error of a Python over a build with sanitizers."""
    done = building.python(code, building.environment(library, building.runtime(building.compiler())))
    return done.returncode, done.stderr


def test_the_library_under_test_is_the_build_with_sanitizers():
    for module in (samplers, rows, driver.kernel):
        assert Path(module.__file__).is_relative_to(building.SOUND), module.__file__
    for name in ("kernels/forms", "kernels/rows", "strategies/cum_table", "strategies/unigram_table"):
        (path,) = (building.SOUND / "samplers").glob(f"{name}.*.so")
        symbols = path.read_bytes()
        assert b"__asan_init" in symbols
        assert b"__ubsan_handle_shift_out_of_bounds_abort" in symbols


# Fences between the fields of the kernels' scratch.

DRAW = """
import numpy as np
from samplers.kernels import rows
rows.force(FORM)
source = rows.Source(np.arange(4, dtype=np.uint32), np.zeros(4, np.uint32), 2)
rows.draw(source, 1, 0, 0, None, np.empty((ROWS, K), dtype=np.int64), False, None, None, None, 0)
"""
# Rows and k: a full tile, whose last words end their field; and rows too few for a lane each, which take three sets of
# four lanes, where there is room for two.
FULL_TILE, TWELVE_LANES = (128, 8), (3, 12)
OUT_OF_BOUNDS = "runtime error: index 8 out of bounds for type 'uint64_t [8]'"


def draw(form: str, shape: tuple[int, int]) -> str:
    return DRAW.replace("FORM", repr(form)).replace("ROWS", str(shape[0])).replace("K", str(shape[1]))


@pytest.mark.parametrize("shape", [FULL_TILE, TWELVE_LANES], ids=["words", "lanes"])
def test_a_draw_over_scratch_of_the_right_size_is_let_through(form, shape):
    assert in_a_process(draw(form, shape)) == (0, "")


def test_a_write_past_a_field_of_the_scratch_is_stopped(form):
    """The field behind it is memory of the same struct: without a fence between them nothing would be seen."""
    code, report = in_a_process(draw(form, FULL_TILE), building.BROKEN)
    assert code != 0
    if form == "avx512":  # it plans 24 lanes and more for every draw of k > 1: that comes first
        assert OUT_OF_BOUNDS in report
    else:
        # gcc 12 calls a poisoned byte the first, the gcc of Ubuntu 24.04 the second.
        assert re.search("AddressSanitizer: (use-after-poison|unknown-crash)", report)
        assert "make_words" in report.split("is located")[0]


def test_an_index_past_a_field_of_the_scratch_is_stopped(form):
    if form == "scalar":
        pytest.skip("plain C plans no lanes")
    code, report = in_a_process(draw(form, TWELVE_LANES), building.BROKEN)
    assert code != 0
    assert OUT_OF_BOUNDS in report
    assert "plan_lanes" in report


def test_every_field_of_the_scratch_is_fenced_and_nothing_else_may_be_touched(tmp_path):
    program = tmp_path / "fences"
    flags = ["-std=gnu11", "-fsanitize=address", "-O1", "-I", building.ROOT / "samplers/kernels", "-o", program]
    env = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    compiler = shlex.split(building.compiler())
    subprocess.run([*compiler, *flags, Path(__file__).with_name("fences.c")], env=env, check=True)
    done = subprocess.run([program], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_the_configuration_in_which_the_process_dies_is_named(capfd):
    asan = building.runtime(building.compiler())
    assert not command.draws(1, ["--configurations", "40"], building.environment(building.BROKEN, asan))
    out, report = capfd.readouterr()
    assert "ERROR: AddressSanitizer" in report or OUT_OF_BOUNDS in report
    died = next(line for line in out.splitlines() if line.startswith("DIED: "))
    number = int(died.split("--only ")[1].strip('"'))
    assert died == f"DIED: {driver.describe(1, number)}. Again: {driver.again(1, number)}"


# The ends of arrays.


def poisoned(address: int) -> bool:
    check = ctypes.CDLL(None).__asan_address_is_poisoned
    check.argtypes = [ctypes.c_void_p]
    return bool(check(address))


@pytest.mark.parametrize("dtype", ["u1", "i4", "i8", "u8"])
@pytest.mark.parametrize("before", [0, 1, 7])
@pytest.mark.parametrize("items", [1, 3, 8, 63, 64, 1000, 100_003])
def test_an_array_ends_where_memory_ends(items, before, dtype):
    for array in (at_the_end(items, dtype, before), guarded(np.zeros(items, dtype), before)):
        address = array.ctypes.data
        assert array.flags.aligned
        assert not poisoned(address)
        assert not poisoned(address + array.nbytes - 1)
        assert poisoned(address + array.nbytes)
        assert poisoned(address - before * array.itemsize - 1)


def test_the_arrays_that_the_kernels_write_to_end_there_too():
    for dtype in ("i4", "i8"):
        ids = Output(5, 3, dtype, 2).ids
        assert poisoned(ids.ctypes.data + ids.nbytes)


def test_a_read_past_the_end_of_an_array_is_stopped():
    """`gather` looks 64 entries ahead in its index, which here has none to spare."""
    code, report = in_a_process(
        "import numpy as np\nfrom samplers.kernels import rows\n"
        "rows.gather(1, np.zeros(8, np.uint64), np.zeros(200, np.uint32), np.zeros(200, np.uint64))"
    )
    assert code != 0
    assert "AddressSanitizer: heap-buffer-overflow" in report
    assert "READ of size 4" in report
    assert "gather8_prefetch" in report


def test_an_index_out_of_bounds_in_cython_is_noticed():
    """Its loops may not raise: the error goes to the hook for what cannot be raised."""
    sampler = samplers.create("cum_table", [3, 2, 1], rng=1)
    vars(sampler)["table"] = np.empty(0, dtype=np.uint32)  # which cannot be set
    with driver.Unraisable() as unraisable:
        sampler.sample(1, 1, out=np.zeros((1, 1), dtype=np.int64))
    assert len(unraisable.seen) == 1
    assert unraisable.seen[0].startswith("IndexError: Out of bounds on buffer access")


# Undefined operations.

UNDEFINED = {
    "misaligned": (
        "block = np.zeros(81, np.uint8)[1:].view(np.int64).reshape(2, 5)\n"
        "rows.draw(source, 1, 0, 0, None, block, False, None, None, None, 0)",
        "store to misaligned address",
    ),
    "shift": ("building.alias_table(np.ones(1, np.uint64), 0, 64)", "shift exponent 64 is too large"),
    "overflow": (
        "start, stop = np.array([-2**63]), np.array([2**63 - 1])\n"
        "rows.draw(source, 1, 0, 0, None, np.zeros((1, 5), np.int64), False, np.zeros(1, np.int64), start, stop, 0)",
        "signed integer overflow",
    ),
}


@pytest.mark.parametrize("fault", UNDEFINED)
def test_an_undefined_operation_is_stopped(fault):
    code, message = UNDEFINED[fault]
    setup = (
        "import numpy as np\nfrom samplers.kernels import building, rows\nrows.force('scalar')\n"
        "source = rows.Source(np.zeros(1, np.uint32), np.zeros(1, np.uint32), 0)\n"
    )
    returncode, report = in_a_process(setup + code)
    assert returncode != 0
    assert f"runtime error: {message}" in report
