# SPDX-License-Identifier: MIT
"""Sparse matrices of all formats: sound ones are read as they are, and damaged ones are refused without a crash."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
import scipy.sparse

import samplers
from samplers.sparse import as_csr
from tests.sets.damaged_matrices import DAMAGES, DENSE, READERS, matrix_of


@cache
def outcomes(form: str) -> tuple[int, dict[tuple[str, str], str], str]:
    """The exit status of a process that reads the damaged matrices of a format, its outcomes, and its last words."""
    command = [sys.executable, "-m", "tests.sets.damaged_matrices", form]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    lines = map(json.loads, done.stdout.splitlines())
    return done.returncode, {(damaged, reader): outcome for damaged, reader, outcome in lines}, done.stderr[-2000:]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("form", "damaged"), [(form, damaged) for form, cases in DAMAGES.items() for damaged in cases])
def test_a_damaged_matrix_is_refused_and_the_process_lives(form, damaged, reader):
    status, read, errors = outcomes(form)
    assert (damaged, reader) in read, f"the process ended with status {status}: {errors}"
    fault = DAMAGES[form][damaged][1]
    message = rf"ValueError: {reader}: the sparse matrix of format {form} .* is damaged: .*{fault}.*; build it again"
    assert re.search(message, read[damaged, reader]), read[damaged, reader]


def test_the_processes_that_read_damaged_matrices_end_well():
    assert {form: outcomes(form)[0] for form in DAMAGES} == dict.fromkeys(DAMAGES, 0)


@pytest.mark.parametrize("kind", ["array", "matrix"])
@pytest.mark.parametrize("form", DAMAGES)
def test_sound_matrices_of_all_formats_are_equal(form, kind):
    matrix = matrix_of(form) if kind == "array" else getattr(scipy.sparse, f"{form}_matrix")(matrix_of(form))
    for cells in (matrix, matrix.astype(np.float32), matrix.astype(bool)):
        indptr, columns, values = as_csr("matrix", cells)
        dense = np.zeros(DENSE.shape, values.dtype)
        np.add.at(dense, (np.repeat(np.arange(len(DENSE)), np.diff(indptr)), columns), values)
        np.testing.assert_array_equal(dense, cells.toarray())
    laws = samplers.Laws.from_sparse(matrix)
    assert laws.fingerprint == samplers.Laws.from_sparse(scipy.sparse.csr_array(DENSE)).fingerprint
    sets = samplers.IdSets.from_sparse(matrix)
    assert [sets.of_row(row).tolist() for row in range(4)] == [np.flatnonzero(row).tolist() for row in DENSE]


def test_what_scipy_allows_is_read():
    """Entries behind the last, entries of a cell that are added up, diagonals outside, and swapped bytes."""
    csr = scipy.sparse.csr_array(DENSE)
    longer = csr.copy()
    longer.indices, longer.data = np.append(csr.indices, [2**30]), np.append(csr.data, [9])
    twice = scipy.sparse.coo_array(([1, 2, 3], ([0, 0, 1], [4, 4, 0])), shape=(2, 5))
    outside = scipy.sparse.dia_array((np.ones((3, 4)), [0, 9, -9]), shape=(4, 4))
    outside.offsets = np.array([0, 2**32, -(2**33)])  # SciPy would take their lower 32 bits
    swapped = csr.tocsc()
    swapped.data = swapped.data.astype(swapped.data.dtype.newbyteorder())
    for matrix, dense in ((longer, DENSE), (twice, twice.toarray()), (outside, np.eye(4)), (swapped, DENSE)):
        sets, laws = samplers.IdSets.from_sparse(matrix), samplers.Laws.from_sparse(matrix)
        expected = [np.flatnonzero(row).tolist() for row in dense]
        assert [sets.of_row(row).tolist() for row in range(len(dense))] == expected
        np.testing.assert_allclose(laws[0].probabilities, dense[0] / dense[0].sum())


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (
            scipy.sparse.coo_array(np.array([1, 0, 2])),
            r"two dimensions, \(rows, V\), got shape \(3,\); write matrix",
        ),
        (scipy.sparse.coo_array(np.ones((2, 2, 2))), r"two dimensions, \(rows, V\), got shape \(2, 2, 2\)$"),
    ],
)
@pytest.mark.parametrize("reader", READERS)
def test_a_matrix_has_two_dimensions(reader, matrix, message):
    with pytest.raises(ValueError, match=f"^{reader}: a sparse matrix must have {message}"):
        READERS[reader](matrix)


def test_entries_that_are_no_numbers_are_refused():
    matrix = scipy.sparse.csr_array(DENSE)
    matrix.data = matrix.data.astype(object)
    with pytest.raises(TypeError, match=r"^Laws: .* entries of dtype object.*matrix\.astype\(float\)"):
        samplers.Laws.from_sparse(matrix)


def test_a_matrix_of_another_package_is_converted_by_its_own_method():
    class Foreign:
        shape = DENSE.shape

        def tocsr(self):
            return scipy.sparse.csr_array(DENSE)

    assert samplers.IdSets.from_sparse(Foreign()).of_row(2).tolist() == [0, 1, 4]


def test_damaged_counts_of_one_dimension_are_refused():
    sparse = [scipy.sparse.coo_array(np.array([5, 0, 3])).asformat(form) for form in ("coo", "csr")]
    for counts in sparse:
        assert samplers.read_counts(counts).counts.tolist() == [5, 0, 3]
    sparse[0].coords[0][1] = 2**20
    sparse[1].indices[1] = -(2**20)
    for counts in sparse:
        with pytest.raises(ValueError, match=r"^counts: the sparse matrix .* is damaged: .*lies outside \[0, 3\)"):
            samplers.read_counts(counts)
