# SPDX-License-Identifier: MIT
"""Skip-gram with negative sampling on real text: the training that the samplers of this project draw for.

``corpus`` reads the text, ``windows`` makes the examples, ``model`` computes the loss, ``step`` makes a training step,
``training`` trains, and ``gensim_update`` repeats what gensim computes. ``python -m benchmarks.sgns`` measures with it:
see ``share``, ``quality`` and ``resume``. See docs/laboratory.md.

torch, gensim and safetensors are imported where they are used, because asv imports all modules of ``benchmarks``.
"""
