# SPDX-License-Identifier: MIT
"""What post 004 and the tables of word2vec, gensim and torch get right and wrong: the figures of docs/findings.md."""
