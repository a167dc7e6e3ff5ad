# SPDX-License-Identifier: MIT
"""A column that is named as an id, a rank, a date or a price is not read as counts, unless the caller says so."""

from __future__ import annotations

import numpy as np
import pytest

from samplers import read_counts

NO_COUNTS = """id, item_id, itemId, index, idx, rank, freq_rank, year, birth_year, month, date, time, timestamp,
created_timestamp, rating, avg_rating, score, sentiment score, price, length, age, label, class, doc_id, position, idf,
tf-idf, tfidf, log_freq, log10_frequency, Lg10WF, zipf, Zipf-value, zipf_frequency, log count"""
COUNTS = """count, n, freq, frequency, weight, weights, prob, probability, proportion, share, percent, views,
hits per day, views this year, ratings, num_ratings, number of stars, logins, blog count, popularity score, COUNT(id),
count(*), sum(price), count_item_id, clicks, total, page_views, number, value, 0, number of ids"""


def listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",")]


@pytest.fixture(params=[",", ";", "\t"])
def write(request, tmp_path):
    def written(name, word="word"):
        path = tmp_path / "c.txt"
        rows = [(word, name), ("the", "7"), ("cat", "8"), ("sat", "7")]
        path.write_text("".join(f"{request.param.join(row)}\n" for row in rows), encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize("name", listed(NO_COUNTS))
def test_a_name_of_something_else_is_refused(name, write):
    with pytest.raises(
        ValueError, match=r"c\.txt, line 1: do the numbers of .* tell how often something occurs\?"
    ) as raised:
        read_counts(write(name))
    assert f"0 'word', 1 {name!r}" in str(raised.value)
    with pytest.raises(ValueError, match="The name says otherwise"):
        read_counts(write(name), word_column="word")
    assert read_counts(write(name), count_column=name).counts.tolist() == [7, 8, 7]


@pytest.mark.parametrize("name", listed(COUNTS))
def test_other_names_are_read(name, write):
    words, counts = read_counts(write(name))
    assert words == ("the", "cat", "sat")
    assert counts.tolist() == [7, 8, 7]


@pytest.mark.parametrize("name", listed(NO_COUNTS))
def test_frames_and_records(name):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"word": ["a", "b"], name: [7, 5]})
    records = np.array([("a", 7), ("b", 5)], [("word", "U1"), (name, int)])
    for source in (frame, frame[[name, "word"]], records):
        with pytest.raises(ValueError, match="The name says otherwise"):
            read_counts(source)
        assert read_counts(source, count_column=name).counts.tolist() == [7, 5]


@pytest.mark.parametrize("header", ["rank,word,count", "word,rank,count", "item_id,word,log_count,count"])
def test_such_columns_may_stand_beside_counts(header, tmp_path):
    path = tmp_path / "c.txt"
    row = {"rank": ("1", "2"), "item_id": ("4", "9"), "log_count": ("1.6", "1.1")}
    row |= {"word": ("the", "cat"), "count": ("5", "3")}
    lines = [header, *(",".join(row[name][i] for name in header.split(",")) for i in range(2))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    read = read_counts(path, word_column="word", count_column="count")
    assert read.words == ("the", "cat")
    assert read.counts.tolist() == [5, 3]


def test_one_column_of_a_log_is_told_of():
    pd = pytest.importorskip("pandas")
    log = pd.DataFrame({"item_id": [7, 8, 7]})
    for source in (log, log["item_id"]):
        with pytest.warns(
            UserWarning, match=r"'item_id' is read as the counts of ids 0 to 2.*value_counts\(\)"
        ) as caught:
            assert read_counts(source).counts.tolist() == [7, 8, 7]
        assert caught[0].filename == __file__
    assert read_counts(log["item_id"].to_numpy()).counts.tolist() == [7, 8, 7]
    assert read_counts(log["item_id"].rename("views")).counts.tolist() == [7, 8, 7]
    assert read_counts(log["item_id"].value_counts()).counts.tolist() == [0] * 7 + [2, 1]
