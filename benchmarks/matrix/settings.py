# SPDX-License-Identifier: MIT
"""What is changed in a run. The order is that of the columns of the table."""

from __future__ import annotations

from .records import Setting

SETTINGS = (
    Setting("restart", "another process", "The program is started again."),
    Setting("hash_seed", "hash seed", "The program is started with another PYTHONHASHSEED."),
    Setting("saved", "saved and loaded", "Another process loads the sampler, and goes on after half of the rows."),
    Setting(
        "instructions",
        "instruction set",
        "The program is started with older vector instructions: of this library, torch, MKL and NumPy.",
    ),
    Setting(
        "threads",
        "threads in a call",
        "The program is started with OMP_NUM_THREADS=2, and with threads=2 if the sampler has this option.",
    ),
    Setting("shared", "two threads", "Two threads share the sampler, and the second one draws its batches first."),
    Setting("plain_batches", "batch size, nothing excluded", "Calls of 100 rows in place of 64; no id is excluded."),
    Setting("batches", "batch size", "Batches of 100 examples in place of 64."),
    Setting("workers", "workers", "A DataLoader has 1, 2 and 4 workers in place of none."),
    Setting("ranks", "ranks", "Two processes of torch.distributed (gloo) share the examples."),
)
