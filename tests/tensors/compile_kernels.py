# SPDX-License-Identifier: MIT
"""A program: compile every form of the Triton kernels for two GPUs, which needs none; prints how many forms."""

from __future__ import annotations

import sys
from itertools import product

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from samplers.tensors import fused

PLACE = {"key": "i64", "epoch": "i64", "start": "i64", "rows": "i64", "k": "i64"}
TABLE = {"hot": "*i32", "cold": "*i32", "first": "*i32", "sizes": "*i32", "order": "*i32", "numbers": "*i64"}


def compiled(kernel, pointers, scalars, constants, capability):
    signature = pointers | scalars | dict.fromkeys(constants, "constexpr")
    in_order = {name: signature[name] for name in kernel.arg_names}
    source = ASTSource(kernel, in_order, {(kernel.arg_names.index(name),): value for name, value in constants.items()})
    return triton.compile(source, target=GPUTarget("cuda", capability, 32))


def main(capability: int) -> int:
    """Compile all forms for one GPU, such as 90 for an H100."""
    forms = 0
    sizes = {"n_ids": "i64", "refusal": "i64"}
    for kind, (named, bits) in product(fused.KINDS.values(), ((False, 0), (True, 20))):
        shared = {"KIND": kind, "ORDERED": kind == 1 and named, "NAMED": named, "BITS": bits}
        place = PLACE | {"per_row": "i64"} | sizes
        out = {"out": "*i64" if named else "*i32"}
        done = compiled(fused.cells, out | TABLE, place, shared | {"LANES": fused.BLOCKS}, capability)
        assert ".entry cells" in done.asm["ptx"]
        place = PLACE | {"n_out": "i64"} | sizes
        constants = shared | {"DISTINCT": named, "LANES": fused.ROWS}
        done = compiled(fused.ruled, {"out": "*i64", "excluded": "*i64"} | TABLE, place, constants, capability)
        assert ".entry ruled" in done.asm["ptx"]
        forms += 2
    return forms


if __name__ == "__main__":
    print(main(int(sys.argv[1])))
