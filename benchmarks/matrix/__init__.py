# SPDX-License-Identifier: MIT
"""Which changes of a run leave the negatives of its examples the same, and which do not: every sampler, measured.

`settings` is the list of the changes. `drawing` draws in one process, `loading` in a DataLoader, `gensim_loop` in
gensim. `child` is a process that does so under other settings, and `measure` compares. `controls` are samplers that
depend on purpose on what changes, so that a comparison that sees nothing is found out.
"""
