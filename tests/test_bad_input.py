# SPDX-License-Identifier: MIT
"""Bad input in tables, over every strategy: an error that names argument and value, and nothing drawn."""

from __future__ import annotations

import numpy as np
import pytest

import samplers

BAD_COUNTS = [
    ([1.0, float("nan")], ValueError, r"counts.*nan"),
    ([1.0, float("inf")], ValueError, r"counts.*inf"),
    ([1, -2, 3], ValueError, r"counts.*-2"),
    ([0, 0, 0], ValueError, r"counts.*zero"),
    ([], ValueError, r"counts must have 1 to .* entries, got 0"),
    ([[1, 2], [3, 4]], ValueError, r"counts.*\(2, 2\)"),
    (5, (TypeError, ValueError), r"counts|accept"),
    (["a", "b"], TypeError, r"counts.*"),
    ([1 + 2j, 1], TypeError, r"counts.*complex"),
    ([True, False], TypeError, r"counts.*bool"),
    (None, TypeError, r"None"),
]

# (arguments of sample, error, message); V = 10 with 7 ids of positive weight.
BAD_SAMPLE = [
    ({"rows": -1}, ValueError, "rows.*-1"),
    ({"rows": 2.5}, TypeError, r"rows.*2\.5"),
    ({"rows": True}, TypeError, "rows.*True"),
    ({"rows": None}, TypeError, "rows.*None"),
    ({"rows": 2**62}, ValueError, "rows=4611686018427387904.*do not fit into memory"),
    ({"rows": 10**30}, ValueError, "rows must be at most 2\\*\\*63 - 1, got 1000000000000000000000000000000"),
    ({"rows": 10**5000}, ValueError, "rows must be at most 2\\*\\*63 - 1, got a number of 16610 bits"),
    ({"k": 2**70}, ValueError, "k must be at most"),
    ({"k": 0}, ValueError, "k .*0"),
    ({"k": -3}, ValueError, "k .*-3"),
    ({"k": "5"}, TypeError, "k .*'5'"),
    ({"exclude": [0, 10]}, ValueError, r"exclude: id 10 in row 1 .*\[0, 10\)"),
    ({"exclude": [0, -1]}, ValueError, "exclude: id -1 in row 1"),
    ({"exclude": [0]}, ValueError, r"exclude.*shape \(1,\)"),
    ({"exclude": [[[0]], [[1]]]}, ValueError, r"exclude.*shape \(2, 1, 1\)"),
    ({"exclude": 3}, TypeError, r"exclude must have an entry for each row.*got int"),
    ({"exclude": np.array(3)}, ValueError, r"exclude.*shape \(\)"),
    ({"exclude": {1, 2}}, TypeError, r"exclude must have an entry for each row.*got set.*\[\[\.\.\.\]\] \* rows"),
    ({"exclude": {0: [1], 1: [2]}}, TypeError, r"exclude must have an entry for each row.*got dict"),
    ({"exclude": "ab"}, TypeError, r"exclude must have an entry for each row.*got str"),
    ({"exclude": [0.5, 1.0]}, TypeError, "exclude.*float64"),
    ({"exclude": ["a", "b"]}, TypeError, "words"),
    ({"exclude": ["a", 1]}, TypeError, "exclude holds words and 1"),
    ({"exclude": [["a"], [1, 2]]}, TypeError, "exclude holds words and 1"),
    ({"exclude": [[1, 2], 3]}, TypeError, "exclude: row 1 must be a list or set of ids, got 3"),
    ({"exclude": [[1, 2], None]}, TypeError, r"exclude: row 1 is None.*write \[\] for no id"),
    ({"exclude": [[1, 2], np.nan]}, TypeError, "exclude: row 1 must be a list or set of ids, got nan"),
    ({"exclude": [[1, 2], [[3]]]}, TypeError, r"exclude: row 1 must hold ids, got \[3\]"),
    ({"exclude": [[1, 2], [3.5]]}, TypeError, "exclude must be integers, got dtype float64"),
    ({"exclude": [[1, 2], [99]]}, ValueError, "exclude: id 99 in row 1"),
    ({"exclude": [[1, 2], [3], []]}, ValueError, "exclude must have an entry for each of the 2 rows, got 3"),
    ({"exclude": [[1.0, np.nan], [2.0, 3.0]]}, TypeError, "exclude must be integers.*fill missing values"),
    ({"exclude": [[1, -2], [2, 3]]}, ValueError, "exclude: id -2 in row 0"),
    ({"exclude": np.ma.masked_equal([1, 9], 9)}, ValueError, "exclude has 1 masked entries"),
    ({"exclude": [True, False]}, TypeError, "exclude must be integers, got dtype bool"),
    ({"exclude": [2**64, 1]}, ValueError, "exclude: 18446744073709551616 does not fit into an integer of 64 bits"),
    ({"exclude": (np.array([0, 1]), np.array([1]))}, ValueError, r"\(2 \+ 1,\).*always a CSR pair: for two rows"),
    ({"exclude": (np.array([[0, 1, 1]]), np.array([1]))}, ValueError, r"indptr of shape \(2 \+ 1,\).*got \(1, 3\)"),
    ({"exclude": ([0, 1, 2], [1, 2])}, TypeError, "a tuple of two is a CSR pair of arrays.*got list and list"),
    ({"exclude": ({0}, {1})}, TypeError, "got set and set.*convert the tuple to a list"),
    ({"exclude": (np.array([0, 1, 3]), np.array([1, 2]))}, ValueError, r"got 0 to 3; .*convert the tuple to a list"),
    ({"exclude": (np.array([0, 3, 2]), np.array([1, 2]))}, ValueError, r"got 0 to 2, and it falls in between"),
    ({"exclude": [1, None]}, TypeError, "exclude: row 1 is None.*a list for each other row"),
    ({"exclude": [True, 2]}, TypeError, "exclude holds True or False among ids"),
    ({"exclude": [[1, 2], [True, 2]]}, TypeError, "exclude holds True or False among ids"),
    ({"exclude": [{1, 2, 0}, {True}]}, TypeError, "exclude holds True or False among ids"),
    ({"exclude": [np.array([True, False]), np.array([1])]}, TypeError, "exclude holds True or False among ids"),
    ({"exclude": (np.array([0, 2**63 - 1, 5]), np.arange(5))}, ValueError, "indptr must rise"),
    ({"exclude": (np.array([-1, 0, 5]), np.arange(5))}, ValueError, "indptr must rise"),
    ({"exclude": (np.array([0, 2**64 - 1, 5], dtype=np.uint64), np.arange(5))}, ValueError, "indptr must rise"),
    ({"exclude": (np.array([0, 1, 2]), np.array([1, -1]))}, ValueError, "id -1 in row 1.*arrays of shape"),
    ({"exclude": (np.array([0, 2, 1]), np.array([1]))}, ValueError, "indptr must rise"),
    ({"exclude": (np.array([0, 1, 3]), np.array([1, 2]))}, ValueError, r"indptr must rise.*len\(indices\)=2"),
    ({"exclude": (np.array([0, 1, 2]), np.array([1, 99]))}, ValueError, "id 99 in row 1"),
    ({"exclude": [list(range(10)), list(range(10))]}, ValueError, "exclude leaves 0 ids.*row 0"),
    ({"exclude": (np.array([0, 0, 10]), np.arange(10))}, ValueError, "exclude leaves 0 ids.*row 1"),
    ({"on_collision": "skip"}, ValueError, "on_collision.*'skip'"),
    ({"out": np.zeros((2, 4), np.int64)}, ValueError, r"out.*\(2, 3\).*\(2, 4\)"),
    ({"out": np.zeros((2, 3), np.float64)}, TypeError, "out.*float64"),
    ({"out": np.zeros((2, 3), np.uint32)}, TypeError, "out.*uint32"),
    ({"out": np.zeros((2, 3), np.dtype(np.int64).newbyteorder())}, TypeError, "out.*native"),
    ({"out": np.zeros((3, 2), np.int64).T}, ValueError, "out.*C-contiguous"),
    ({"out": [[0, 0, 0], [0, 0, 0]]}, TypeError, "out.*list"),
    ({"out": np.ma.zeros((2, 3), np.int64)}, TypeError, "out.*MaskedArray"),
    ({"out": np.zeros((2, 3), np.int64).view(np.matrix)}, TypeError, "out.*matrix"),
    ({"out": np.zeros(49, np.int8)[1:].view(np.int64).reshape(2, 3)}, ValueError, "out.*aligned=False"),
    ({"out": np.int64(3)}, TypeError, "out must be a numpy array or a torch tensor"),
]

# (arguments of create, error, message)
BAD_CREATE = [
    ({"rng": "abc"}, (TypeError, ValueError), "rng.*'abc'"),
    ({"rng": -1}, ValueError, "rng.*-1"),
    ({"rng": 1.5}, TypeError, r"rng.*1\.5"),
    ({"rng": True}, TypeError, r"rng.*True"),
    ({"seed": 3}, TypeError, r"no option 'seed'.*'rng'.*pass the seed as rng="),
    ({"random_state": 3}, TypeError, r"no option 'random_state'.*pass the seed as rng="),
    ({"exponent": float("nan")}, ValueError, "exponent.*nan"),
    ({"exponent": float("inf")}, ValueError, "exponent.*inf"),
    ({"exponent": "0.75"}, TypeError, r"exponent.*0\.75"),
    ({"replacement": "yes"}, TypeError, "replacement.*'yes'"),
    ({"no_such_option": 3}, TypeError, "no_such_option"),
]


@pytest.mark.parametrize(("counts", "error", "message"), BAD_COUNTS, ids=[str(row[0]) for row in BAD_COUNTS])
def test_bad_counts(sampler_name, counts, error, message):
    with pytest.raises(error, match=message):
        samplers.create(sampler_name, counts)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    BAD_SAMPLE,
    ids=[f"{next(iter(row[0]))}: {row[2]}" for row in BAD_SAMPLE],
)
def test_bad_arguments_of_sample_draw_nothing(make, arguments, error, message):
    sampler = make("mixed", rng=8)
    before = {name: array.copy() for name, array in arguments.items() if isinstance(array, np.ndarray)}
    with pytest.raises(error, match=message):
        sampler.sample(**({"rows": 2, "k": 3} | arguments))
    assert sampler.position == 0
    for name, array in before.items():
        assert array.tobytes() == arguments[name].tobytes()
    np.testing.assert_array_equal(sampler.sample(5, 3), make("mixed", rng=8).sample(5, 3))


def test_a_read_only_out_is_refused(make):
    out = np.zeros((2, 3), np.int64)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="writeable=False"):
        make().sample(2, 3, out=out)


@pytest.mark.parametrize(("arguments", "error", "message"), BAD_CREATE, ids=[str(row[0]) for row in BAD_CREATE])
def test_bad_arguments_of_create(sampler_name, arguments, error, message):
    with pytest.raises(error, match=message):
        samplers.create(sampler_name, [3, 3, 3], **arguments)


def test_more_distinct_ids_than_there_are_is_an_error(make, replacement):
    sampler = make("mixed", replacement=replacement)
    V = sampler.noise.nonzero
    if replacement:
        assert sampler.sample(1, V + 1).shape == (1, V + 1)
        return
    with pytest.raises(ValueError, match=f"k={V + 1} .*{V} ids have a positive weight"):
        sampler.sample(1, V + 1)
    with pytest.raises(ValueError, match=rf"exclude leaves {V - 1} ids .*row 0.*fewer than the {V}"):
        sampler.sample(1, V, exclude=[1])


def test_a_replacement_mode_that_a_strategy_lacks_is_an_error(sampler_name):
    for mode in {True, False} - set(samplers.get(sampler_name).info.replacement_modes):
        with pytest.raises(ValueError, match=f"replacement={mode}: {sampler_name} has replacement={not mode} only"):
            samplers.create(sampler_name, [3, 3, 3], replacement=mode)


def test_a_noise_distribution_brings_its_own_exponent(sampler_name):
    with pytest.raises(TypeError, match=r"exponent=0\.5: the noise distribution has the exponent 0\.75 already"):
        samplers.create(sampler_name, samplers.NoiseDistribution([1, 2]), exponent=0.5)


def test_an_unknown_name_lists_the_valid_ones():
    for call in (samplers.get, samplers.why_unavailable, samplers.origin, lambda n: samplers.create(n, [1])):
        with pytest.raises(ValueError, match=f"'no_such'.*{', '.join(samplers.names())}"):
            call("no_such")


def test_what_the_tables_were_made_from_cannot_be_set(make, replacement):
    sampler = make(replacement=replacement)
    settable = {"replacement": not replacement, "noise": samplers.NoiseDistribution([1, 2]), "device": "cuda"}
    for name, value in (settable | {name: 3 for name in sampler.fixed}).items():
        if name != "device" or name in vars(sampler):
            with pytest.raises(AttributeError, match=f"{name} of .* cannot be set, because its tables depend on it"):
                setattr(sampler, name, value)
    assert sampler.replacement == replacement
    if not sampler.info.positional:
        with pytest.raises(AttributeError, match="position of .* cannot be set.*draw 5 rows first"):
            sampler.position = 5


# What a user may set, and the generators that each draw reads.
SETTABLE = {"state", "position", "epoch", "key", "threads", "random"}


def test_nothing_else_of_a_sampler_can_be_set(make):
    """Neither what it has and nobody may change, nor what it has not: both would be set and never read."""
    sampler = make()
    public = {name for name in dir(sampler) if not name.startswith("_")} - SETTABLE
    assert {"sample", "name", "nbytes", "noise", "replacement", "with_rng", "rows_left", "info"} <= public
    for name in sorted(public | {"seed", "random_state", "pozition", "rng", "k", "exclude", "on_collision"}):
        before = dict(vars(sampler))
        with pytest.raises(AttributeError, match=rf"^{name} of {sampler.name} cannot be set[:,] .+"):
            setattr(sampler, name, 3)
        assert vars(sampler) == before
    with pytest.raises(
        AttributeError,
        match=r"seed .* cannot be set.*pass the seed to create\(\), or start another stream with with_rng\(\)",
    ):
        sampler.seed = 3
