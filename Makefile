# SPDX-License-Identifier: MIT
# `make report` and `make test` are all that a fresh clone needs (Python 3.11 or newer, a C compiler).

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
export PATH := $(CURDIR)/$(BIN):$(PATH)
SOURCES := $(shell find samplers -name '*.pyx' -o -name '*.pxd' -o -name '*.h') setup.py pyproject.toml constraints.txt

.PHONY: report publish test test-oldest sanitize sanitize-short bench bench-gpu lint docs asv-check findings lists \
	neighbours clients lab lab-tensorflow clean help history

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

report: history $(STAMP)  ## measure on real English word counts and write the comparison into reports/local (about 15 minutes)
	$(BIN)/python -m benchmarks --profile quick
	$(BIN)/python -m reports --command "make report"

publish: $(STAMP)  ## copy the page of the last run to reports/published/latest, which is in git, and show it in README.md
	$(BIN)/python -m reports publish
	$(BIN)/python -m reports readme

bench: history $(STAMP)  ## the full benchmark profile, then the report (goes on after Ctrl-C; ARGS=--fresh: anew)
	$(BIN)/python -m benchmarks --profile full $(ARGS)
	$(BIN)/python -m reports --command "make bench"

bench-gpu: $(STAMP)  ## the samplers of a GPU and their peers, into .asv/gpu (8 minutes; ARGS="--device cpu": a trial)
	$(BIN)/python -m benchmarks.gpu $(ARGS)

NEIGHBOURS := .venv-neighbours
neighbours: $(NEIGHBOURS)/installed  ## `alias` against Numba, vose, JAX and TensorFlow, in an environment of their own (8 minutes)
	$(NEIGHBOURS)/bin/python -m benchmarks.neighbours $(ARGS)

$(NEIGHBOURS)/installed: pyproject.toml constraints.txt $(SOURCES)
	$(PYTHON) -m venv $(NEIGHBOURS)
	$(NEIGHBOURS)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(NEIGHBOURS)/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[all]" --group neighbours
	@touch $@

lab: $(STAMP)  ## the experiments of the five posts, run again, into .asv/experiments.json (2 minutes; ARGS=post002: one)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group lab
	$(BIN)/python -m benchmarks.experiments $(or $(ARGS),all)

# Keras 2.12 needs NumPy 1.23, so that no environment of this project can hold it.
TENSORFLOW := .venv-tensorflow
lab-tensorflow: $(STAMP) $(TENSORFLOW)-2.12/installed $(TENSORFLOW)-2.21/installed  ## posts 001 and 002 in Keras itself, TensorFlow 2.12 and 2.21 (3.3 GB; 10 minutes)
	$(BIN)/python -m benchmarks.experiments.tensorflow_lab $(ARGS)

$(TENSORFLOW)-2.12/installed: KERAS := 2.12.0
$(TENSORFLOW)-2.21/installed: KERAS := 3.15.1
$(TENSORFLOW)-%/installed: Makefile
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet "tensorflow-cpu==$*.0" "keras==$(KERAS)"
	@touch $@

CLIENTS := .venv-clients
clients: $(CLIENTS)/installed  ## the programs of docs/clients.md, with Lightning and Accelerate, in an environment of their own (4 minutes)
	$(CLIENTS)/bin/python -m pytest -n 0 -q -rs tests/integrations/test_clients.py tests/integrations/test_frameworks.py

$(CLIENTS)/installed: pyproject.toml constraints.txt $(SOURCES)
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(CLIENTS)/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[all]" --group test --group clients
	@touch $@

# Three processes keep two cores busy: a third of the time, a test waits for a child process or for a signal.
test: $(STAMP)  ## all tests, on two cores
	$(BIN)/python -m pytest -n 3 -q

# Of these none needs gensim or wordfreq, which do not install beside the oldest NumPy.
OLDEST := .venv-oldest
OLDEST_TESTS := tests/test_contract.py tests/test_bad_input.py tests/counter_based/test_sampler.py \
	tests/counter_based/test_arguments.py tests/test_threads.py tests/test_processes.py tests/test_read_only.py \
	tests/test_hostile_arrays.py tests/sets/test_expectation.py tests/laws/test_noise_distribution.py tests/kernels/test_rows.py

# From a folder without the sources of the library, so that the installed one is tested.
test-oldest: $(OLDEST)/library  ## the contract tests with the oldest versions that pyproject.toml allows (5 GB)
	cd $(OLDEST)/tree && ../bin/python -m pytest -n 2 -q -p no:cacheprovider $(OLDEST_TESTS)

$(OLDEST)/library: $(OLDEST)/installed $(SOURCES) $(shell find samplers -name '*.py')
	PIP_CONSTRAINT=$(CURDIR)/$(OLDEST)/constraints.txt \
		$(OLDEST)/bin/python -m pip install --quiet --no-deps --force-reinstall .
	@touch $@

$(OLDEST)/installed: pyproject.toml tests/oldest.py
	rm -rf $(OLDEST)
	$(PYTHON) -m venv $(OLDEST)
	$(PYTHON) tests/oldest.py > $(OLDEST)/constraints.txt
	$(OLDEST)/bin/python -m pip install --quiet --constraint $(OLDEST)/constraints.txt \
		numpy scipy rich torch pytest pytest-xdist hypothesis
	mkdir $(OLDEST)/tree && ln -s $(CURDIR)/tests $(CURDIR)/benchmarks $(CURDIR)/pyproject.toml $(OLDEST)/tree
	@touch $@

lint: $(STAMP)  ## ruff, mypy, cython-lint, numpydoc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/cython-lint samplers
	find samplers -name '*.py' -exec $(BIN)/python -m numpydoc lint {} +
	$(BIN)/python -m pytest -q tests/test_docstrings.py

docs: $(STAMP)  ## the pages of docs/ and the reference, as HTML that opens offline (15 seconds)
	rm -rf docs/reference build/docs
	$(BIN)/python -m sphinx --quiet --fail-on-warning --fresh-env --conf-dir docs . build/docs
	@echo build/docs/docs/index.html

asv-check: $(STAMP)  ## asv finds and loads every benchmark
	$(BIN)/asv check --environment existing:$(BIN)/python

sanitize: $(STAMP)  ## the kernels under AddressSanitizer and UBSan, random draws and tests (15 minutes; ARGS="--seed 2")
	$(BIN)/python -m tests.sanitize $(ARGS)

sanitize-short: $(STAMP)  ## the same with fewer draws and tests, for CI (about 2 minutes)
	$(BIN)/python -m tests.sanitize --short $(ARGS)

findings: $(STAMP)  ## measure the figures of docs/findings.md anew (about a minute)
	$(BIN)/python -m benchmarks.findings

history:
	@$(PYTHON) benchmarks/repository.py

lists: $(STAMP)  ## write what follows from the list of strategies: README's table, asv's axis, docs/reference.md
	$(BIN)/python -m benchmarks.lists

$(STAMP): $(SOURCES)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"  # the first with --group; Python 3.11 brings 23.2
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[all]" --group dev
	@touch $(STAMP)

clean:  ## remove what the other targets made, the published report excepted
	rm -rf .venv $(OLDEST) $(NEIGHBOURS) $(CLIENTS) $(TENSORFLOW)-* .asv build docs/reference *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find samplers -name '*.so' -delete
	find samplers/strategies samplers/kernels -name '*.c' -delete
