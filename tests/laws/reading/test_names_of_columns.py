# SPDX-License-Identifier: MIT
"""A column that is named as an id, a rank, a date or a price is not read as counts, unless the caller says so."""

from __future__ import annotations

import numpy as np
import pytest

from samplers import read_counts

NO_COUNTS = [
    *("id", "item_id", "itemId", "index", "idx", "rank", "freq_rank", "year", "birth_year", "month", "date", "time"),
    *("timestamp", "created_timestamp", "rating", "avg_rating", "score", "sentiment score", "price", "length", "age"),
    *(
        "label",
        "class",
        "doc_id",
        "position",
        "idf",
        "tf-idf",
        "tfidf",
        "log_freq",
        "log10_frequency",
        "Lg10WF",
        "zipf",
    ),
    *("userid", "UID", "movieid", "user", "session_id", "created_at", "category", "cluster", "p_value", "std", "AoA"),
    *("zipf", "Zipf-value", "zipf_frequency", "log count"),
]
COUNTS = [
    *("count", "n", "freq", "frequency", "weight", "weights", "prob", "probability", "proportion", "share", "percent"),
    *("views", "hits per day", "views this year", "ratings", "num_ratings", "number of stars", "logins", "blog count"),
    *(
        "popularity score",
        "len",
        "COUNT(id)",
        "count(*)",
        "sum(price)",
        "count_item_id",
        "clicks",
        "total",
        "page_views",
    ),
    *("number", "page_views", "users", "bids", "paid", "documents", "value", "0", "number of ids"),
]


@pytest.fixture(params=[",", ";", "\t"])
def write(request, tmp_path):
    def written(name, word="word"):
        path = tmp_path / "c.txt"
        rows = [(word, name), ("the", "7"), ("cat", "8"), ("sat", "7")]
        path.write_text("".join(f"{request.param.join(row)}\n" for row in rows), encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize("name", NO_COUNTS)
def test_a_name_of_something_else_is_refused(name, write):
    with pytest.raises(ValueError, match=r"c\.txt, line 1: which column holds the counts\?") as raised:
        read_counts(write(name))
    assert f"0 'word', 1 {name!r}, and {name!r} is a name of something else" in str(raised.value)
    with pytest.raises(ValueError, match="is a name of something else"):
        read_counts(write(name), word_column="word")
    assert read_counts(write(name), count_column=name).counts.tolist() == [7, 8, 7]


@pytest.mark.parametrize("name", COUNTS)
def test_other_names_are_read(name, write):
    words, counts = read_counts(write(name))
    assert words == ("the", "cat", "sat")
    assert counts.tolist() == [7, 8, 7]


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_columns_does_not_matter(order, tmp_path):
    path = tmp_path / "c.txt"
    for name, fault in [("rank", True), ("item_id", True), ("views", False)]:
        rows = [("word", name), ("the", "7"), ("cat", "8")]
        path.write_text("".join(",".join(row[::order]) + "\n" for row in rows), encoding="utf-8")
        if fault:
            with pytest.raises(ValueError, match="is a name of something else"):
                read_counts(path)
        else:
            assert read_counts(path).words == ("the", "cat")


@pytest.mark.parametrize(
    ("header", "words"),
    [("rank,word,count", ("the", "cat")), ("word,rank,count", None), ("item_id,word,log_count,count", None)],
)
def test_such_columns_may_stand_beside_counts(header, words, tmp_path):
    path = tmp_path / "c.txt"
    names = header.split(",")
    row = {"rank": ("1", "2"), "item_id": ("4", "9"), "log_count": ("1.6", "1.1"), "word": ("the", "cat")}
    row["count"] = ("5", "3")
    lines = [header, *(",".join(row[name][i] for name in names) for i in range(2))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    read = read_counts(path, word_column="word")
    assert read.words == ("the", "cat")
    assert read.counts.tolist() == [5, 3]
    if words:
        assert read_counts(path).words == words


def test_a_log_of_events_is_refused_with_its_cure():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"user_id": ["x", "y", "z"], "item_id": [7, 8, 7]})
    with pytest.raises(ValueError, match=r"each row is an event, frame\['item_id'\]\.value_counts\(\)"):
        read_counts(frame)
    assert read_counts(frame["item_id"].value_counts()).counts.tolist() == [0] * 7 + [2, 1]
    with pytest.raises(ValueError, match=r"only column .* is 'item_id'.*frame\['item_id'\]\.value_counts\(\) counts"):
        read_counts(frame[["item_id"]])
    with pytest.warns(UserWarning, match=r"'item_id' is read as counts of the ids 0 to 2: .*value_counts") as caught:
        assert read_counts(frame["item_id"]).counts.tolist() == [7, 8, 7]
    assert caught[0].filename == __file__
    assert read_counts(frame["item_id"].to_numpy()).counts.tolist() == [7, 8, 7]


@pytest.mark.parametrize("name", NO_COUNTS)
def test_frames_and_records(name):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"word": ["a", "b"], name: [7, 5]})
    records = np.array([("a", 7), ("b", 5)], [("word", "U1"), (name, int)])
    for source in (frame, frame[[name, "word"]], records):
        with pytest.raises(ValueError, match="is a name of something else"):
            read_counts(source)
        assert read_counts(source, count_column=name).counts.tolist() == [7, 5]


def test_columns_of_one_frame():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"price": [7.5, 5], "views": [7, 5]}, index=["a", "b"])
    with pytest.raises(ValueError, match=r"'price', which is no name of counts.*the Series frame\['price'\]"):
        read_counts(frame[["price"]])
    assert read_counts(frame["price"]).counts.tolist() == [7.5, 5]
    assert read_counts(frame[["views"]]).counts.tolist() == [7, 5]
    assert read_counts(pd.DataFrame({"x": [7, 5]})).counts.tolist() == [7, 5]


def test_counts_that_pandas_names_by_what_it_counted():
    pd = pytest.importorskip("pandas")
    items = pd.Series(["a", "b", "a"], name="item_id")
    old = items.value_counts().rename("item_id").rename_axis(None)  # pandas before 2.0
    for source in (old, old.to_frame(), old.reset_index(), items.value_counts().reset_index()):
        words, counts = read_counts(source)
        assert dict(zip(words, counts.tolist(), strict=True)) == {"a": 2, "b": 1}
    frame = pd.DataFrame({"item": [0, 1, 1], "user_id": list("xyz")})
    assert read_counts(frame.groupby("item")["user_id"].count()).counts.tolist() == [1, 2]
