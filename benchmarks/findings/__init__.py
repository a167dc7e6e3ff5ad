# SPDX-License-Identifier: MIT
"""Measures the figures of docs/findings.md: post 004, and the tables of word2vec, gensim and torch."""
