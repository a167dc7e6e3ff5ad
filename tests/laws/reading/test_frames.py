# SPDX-License-Identifier: MIT
"""Series and DataFrames of pandas; polars and xarray where they are installed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import samplers
from samplers.laws.noise_distribution import NoiseDistribution
from samplers.laws.reading import read_counts

pd = pytest.importorskip("pandas")

CLICKS = pd.Series([7] * 5 + [2] * 3 + [5])
IDS = np.bincount(CLICKS).tolist()
WORDS = pd.Series(list("aabac"))
ABC = [("a", 3), ("b", 1), ("c", 1)]


def pairs(source, **options):
    words, counts = read_counts(source, **options)
    return list(zip(words, counts.tolist(), strict=True))


FRAME = CLICKS.to_frame("item")
COUNTED = pd.DataFrame({"count": [5, 3], "share": [0.6, 0.4]}, index=["the", "cat"])


@pytest.mark.parametrize(
    "source",
    [
        CLICKS.value_counts(),
        CLICKS.value_counts().astype("Int64"),
        CLICKS.value_counts().astype("Float32"),
        CLICKS.astype(str).value_counts(),
        CLICKS.astype("category").value_counts(),
        FRAME.groupby("item").size(),
        FRAME.groupby("item").size().to_frame("n"),
        FRAME.groupby("item").size().reset_index(),
        FRAME.item.value_counts().reset_index(),
        FRAME.value_counts("item"),
        CLICKS.value_counts().to_dict(),
        pd.Series(IDS).sample(frac=1, random_state=1),
    ],
    ids=lambda source: str(source).replace("\n", " ")[:60],
)
def test_ids_of_an_index_or_a_column_stay_with_their_counts(source):
    read = read_counts(source)
    assert read.counts.tolist() == IDS
    assert NoiseDistribution(source).fingerprint == NoiseDistribution(IDS).fingerprint


def test_negatives_are_the_items_of_the_index():
    sampler = samplers.create("alias", CLICKS.value_counts(), rng=1)
    assert set(np.unique(sampler.sample(200, 5)).tolist()) == set(CLICKS)


@pytest.mark.parametrize(
    "source",
    [
        WORDS.value_counts(),
        WORDS.astype("category").value_counts(),
        WORDS.value_counts().to_frame(),
        WORDS.value_counts().reset_index(),
        WORDS.rename("token").value_counts().reset_index(name="hits"),
        WORDS.rename("token").value_counts().reset_index(name="hits").set_index(pd.Index([5, 9, 3])),
    ],
    ids=lambda source: str(source).replace("\n", " ")[:60],
)
def test_words_of_an_index_or_a_column(source):
    assert pairs(source) == ABC


@pytest.mark.parametrize(
    "source", [pd.Series([5, 0, 3]), pd.Series([5, 0, 3], index=np.arange(3)), pd.DataFrame({"x": [5, 0, 3]})]
)
def test_the_default_index_makes_an_array(source):
    read = read_counts(source)
    assert read.words is None
    assert read.counts.tolist() == [5, 0, 3]


def test_a_filtered_series_keeps_its_ids():
    counts = pd.Series([5, 1, 3])
    assert read_counts(counts[counts > 2]).counts.tolist() == [5, 0, 3]


@pytest.mark.parametrize(
    ("source", "options", "expected"),
    [
        (pd.DataFrame({"rank": [1, 2], "word": ["the", "cat"], "count": [5, 3]}), {}, [("the", 5), ("cat", 3)]),
        (pd.DataFrame({"x": ["the", "cat"], "y": [5, 3]}), {}, [("the", 5), ("cat", 3)]),
        (pd.DataFrame({"y": [5, 3], "x": ["the", "cat"]}), {}, [("the", 5), ("cat", 3)]),
        (pd.DataFrame({"x": [0, 1], "y": [5, 3]}), {"count_column": "y"}, [("0", 5), ("1", 3)]),
        (pd.DataFrame({"x": [0, 1], "y": [5, 3]}), {"word_column": -2}, [("0", 5), ("1", 3)]),
        (COUNTED, {"count_column": "count"}, [("the", 5), ("cat", 3)]),
        (COUNTED["count"], {}, [("the", 5), ("cat", 3)]),
    ],
)
def test_columns_of_a_frame(source, options, expected):
    assert pairs(source, **options) == expected


REFUSED = [
    (WORDS, TypeError, r"entry 0 of the pandas Series = 'a' is not a number.*value_counts\(\) counts them"),
    (CLICKS.astype("float").where(CLICKS > 2).value_counts(), ValueError, r"the label 7\.0 is a float"),
    (CLICKS.where(CLICKS > 2).value_counts(dropna=False), ValueError, "is a float|a label is missing"),
    (pd.Series([1, 2], index=["a", None]), ValueError, "a label is missing"),
    (pd.Series([1, 2], index=pd.Index([1, pd.NA], dtype="Int64")), ValueError, "a label is missing"),
    (pd.Series([1, 2], index=["a", "a"]), ValueError, r"'a' has two counts.*groupby\(level=0\)\.sum\(\)"),
    (pd.Series([True, False, True]).value_counts(), ValueError, "the label True is a bool"),
    (pd.Series([True, False]), TypeError, "dtype bool"),
    (
        pd.Series([1, None, 3], dtype="Int64"),
        (TypeError, ValueError),
        r"entry 1 of the pandas Series = (nan|<NA>) is not",
    ),
    (pd.Series([1, None], dtype="Int64", index=["a", "b"]), (TypeError, ValueError), r"count of 'b' = .*dropna\(\)"),
    (
        pd.Series([1, np.nan], index=["a", "b"]),
        ValueError,
        r"the count of 'b' = nan is not finite: fillna\(0\) or dropna\(\)",
    ),
    (pd.Series(["5", "3"], index=["a", "b"]), TypeError, "the count of 'a' = '5' is not a number|dtype"),
    (FRAME.assign(b=1).value_counts(), ValueError, r"the index of the pandas Series has 2 levels: .*map\(str\)"),
    (COUNTED, ValueError, r"are the words of the pandas DataFrame in its index.*\('count', 'share'\)"),
    (pd.DataFrame({"item_id": [1, 2], "price": [5, 3]}), ValueError, "There are 0 'item_id', 1 'price'.*word_column="),
    (pd.DataFrame({"x": [1, 2], "y": [5, 3]}), ValueError, "There are 0 'x', 1 'y'.*word_column="),
    (pd.DataFrame({("a", "x"): [1], ("a", "y"): [2]}), ValueError, "columns of the pandas DataFrame have 2 levels"),
    (pd.DataFrame({"x": ["a"], "count": [1], "n": [2]}), ValueError, "There are 0 'x', 1 'count', 2 'n'"),
    (pd.Series({"the": 2, "cat": 0, "sat": 1}), ValueError, "this is a vocabulary"),
    (pd.DataFrame(), ValueError, "There are "),
]


@pytest.mark.parametrize(("source", "error", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_has_no_one_reading_is_refused(source, error, message):
    with pytest.raises(error, match=message):
        read_counts(source)


def test_options_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="are for tables; pandas Series has no columns"):
        read_counts(WORDS.value_counts(), count_column=0)
    with pytest.raises(TypeError, match="corpus=True is for files; got Series"):
        read_counts(WORDS, corpus=True)


def test_the_form_names_where_words_and_counts_were():
    assert read_counts(WORDS.value_counts()).form == "pandas Series, words in its index"
    form = "pandas DataFrame, words in 'item', counts in 'count', integer labels taken as ids"
    assert read_counts(FRAME.item.value_counts().reset_index()).form == form


def test_pandas_is_not_imported_for_others():
    program = "import sys; from samplers import read_counts; read_counts({'a': 1}); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr


def test_polars():
    pl = pytest.importorskip("polars")
    assert read_counts(pl.Series([5, 3])).words is None
    assert read_counts(pl.DataFrame({"item": CLICKS.tolist()})["item"].value_counts()).counts.tolist() == IDS
    with pytest.raises(ValueError, match="nan is not finite"):
        read_counts(pl.Series([5, None]))


def test_xarray():
    xr = pytest.importorskip("xarray")
    assert pairs(xr.DataArray([5, 3], dims="w", coords={"w": ["the", "cat"]})) == [("the", 5), ("cat", 3)]
    assert read_counts(xr.DataArray([5, 3, 1], dims="w", coords={"w": [7, 2, 5]})).counts.tolist() == [
        0,
        0,
        3,
        0,
        0,
        1,
        0,
        5,
    ]
    assert read_counts(xr.DataArray([5, 3], dims="w")).words is None
    with pytest.raises(TypeError, match="xarray Dataset is not supported"):
        read_counts(xr.Dataset({"a": ("x", [1])}))
