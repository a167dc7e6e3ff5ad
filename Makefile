# SPDX-License-Identifier: MIT
# `make report` and `make test` are all that a fresh clone needs (Python 3.11 or newer, a C compiler).

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
export PATH := $(CURDIR)/$(BIN):$(PATH)
SOURCES := $(shell find samplers -name '*.pyx' -o -name '*.pxd' -o -name '*.h') setup.py pyproject.toml constraints.txt

.PHONY: report test bench lint asv-check rng-battery findings lists clean help history

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

report: history $(STAMP)  ## measure on real English word counts and write the comparison (about 8 minutes)
	$(BIN)/python -m benchmarks --profile quick
	$(BIN)/python -m reports --command "make report"

bench: history $(STAMP)  ## the full benchmark profile, then the report (goes on after Ctrl-C; ARGS=--fresh: anew)
	$(BIN)/python -m benchmarks --profile full $(ARGS)
	$(BIN)/python -m reports --command "make bench"

test: $(STAMP)  ## all tests, on two cores
	$(BIN)/python -m pytest -n 2 -q

lint: $(STAMP)  ## ruff, mypy, cython-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/cython-lint samplers

asv-check: $(STAMP)  ## asv finds and loads every benchmark
	$(BIN)/asv check --environment existing:$(BIN)/python

rng-battery: $(STAMP)  ## the random words behind the ids through dieharder, TestU01 and PractRand, where installed
	$(BIN)/python -m benchmarks.rng_battery

findings: $(STAMP)  ## measure the figures of docs/findings.md anew (about a minute)
	$(BIN)/python -m benchmarks.findings

history:
	@$(PYTHON) benchmarks/repository.py

lists: $(STAMP)  ## write what follows from the list of strategies: README's table, the order of asv's axis
	$(BIN)/python -m benchmarks.lists

$(STAMP): $(SOURCES)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[all]"
	@touch $(STAMP)

clean:  ## remove what the other targets made, the published report excepted
	rm -rf .venv .asv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find samplers -name '*.so' -delete
	find samplers/strategies samplers/kernels -name '*.c' -delete
