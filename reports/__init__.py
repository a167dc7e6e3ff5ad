# SPDX-License-Identifier: MIT
"""``python -m reports``: write one page from the files of asv and of the fidelity checks.

The code names no sampler but what people use today: all other names come from these files. It imports from `benchmarks`
only the readers of the files (`documents`, `checks`), and from `samplers` the verdict that the library ships and
helpers for files and commands. It writes only into the folder of the report and, on request, into README.md. Two
subcommands do more: ``submit`` starts `benchmarks.machines.measure`, and ``verify`` recomputes with
`benchmarks.machines.proofs`.

`load` reads the files, `analysis` derives from them once what several sections need, and `page` writes. `sections` has
a file for each part of the page. `figures`, `fidelity`, `grid` and `machines` hold what is larger than a section, and
`programs` the other subcommands.
"""
