# SPDX-License-Identifier: MIT
"""What new users pass that is nearly right: a message that helps, or a warning, and nothing lost in silence."""

from __future__ import annotations

import io
import warnings
from collections import Counter
from decimal import Decimal

import numpy as np
import pytest

from samplers.laws.noise_distribution import NoiseDistribution
from samplers.laws.reading import WordCounts, read_counts


def written(tmp_path, text):
    path = tmp_path / "c.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# Labels that are nearly all ids.

IDS = {str(i): 30 - i for i in range(20, 0, -1)}


@pytest.mark.parametrize(
    ("labels", "odd", "moved"),
    [
        ([*IDS, "oov"], "'oov' (entry 20)", "'20' gets the id 0"),
        (["oov", *IDS], "'oov' (entry 0)", "'20' gets the id 1"),
        ([2, 0, 1, "oov"], "'oov' (entry 3)", "'2' gets the id 0"),
        (["3", "x", "1", "2"], "'x' (entry 1)", "'3' gets the id 0"),
        ([*IDS, "<unk>", "nan"], "'<unk>' (entry 20)", "'20' gets the id 0"),
    ],
)
def test_one_label_among_ids_is_told(labels, odd, moved, tmp_path):
    counts = {label: 7 + i % 3 for i, label in enumerate(labels)}
    with pytest.warns(UserWarning, match="labels are whole numbers") as caught:
        assert read_counts(counts).words == tuple(map(str, labels))
    message = str(caught[0].message)
    assert odd in message
    assert moved in message
    assert caught[0].filename == __file__
    path = written(tmp_path, "id,count\n" + "".join(f"{label},{count}\n" for label, count in counts.items()))
    with pytest.warns(UserWarning, match=r"c\.txt: .*\(line \d+\) is none"):
        read_counts(path)


@pytest.mark.parametrize(
    "labels",
    [
        ["0", "1", "2", "oov"],  # each id in its place
        ["5", "x", "7"],
        ["5", "x", "y", "7", "3", "2"],
        ["007", "1", "2", "x"],  # codes
        [*"+-0123456789"],
        ["the", "cat", "1984"],
        ["3", "1", "2"],
    ],
)
def test_other_labels_are_read_in_silence(labels):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_counts({label: 7 + i % 3 for i, label in enumerate(labels)})


# The total of a spreadsheet.


@pytest.mark.parametrize("total", ["Total", "TOTAL", "total", "Grand Total", "Sum", "All", "Summe", "Gesamt"])
def test_a_total_is_no_word(total, tmp_path):
    for text in (f"word,count\nthe,5\ncat,3\n{total},8\n", f"the\t5.25\ncat\t3\n{total}\t8.25\n"):
        with pytest.raises(ValueError, match=rf"'{total}' \(line \d\) is the sum of all others: this is a total"):
            read_counts(written(tmp_path, text))
    with pytest.raises(ValueError, match=r"\(entry 2\) is the sum of all others"):
        read_counts({"the": 5, "cat": 3, total: 8})
    with pytest.raises(ValueError, match=r"\(entry 2\) is the sum of all others"):
        read_counts({"7": 5, "2": 3, total: 8})
    assert read_counts({total: 8, "the": 5, "cat": 3}).words == (total, "the", "cat")
    assert read_counts({"the": 5, "cat": 3, total: 7}).counts.tolist() == [5, 3, 7]
    assert read_counts(Counter({"the": 5, "cat": 3, total: 8})).counts.tolist() == [5, 3, 8]
    assert read_counts({"the": 8, total: 8}).counts.tolist() == [8, 8]


def test_a_counted_word_may_be_the_total(tmp_path):
    assert read_counts(written(tmp_path, "a\nb\nsum\nsum\n")).counts.tolist() == [1, 1, 2]
    assert read_counts(written(tmp_path, "a b sum sum"), corpus=True).counts.tolist() == [1, 1, 2]


# Word vectors of one number.


@pytest.mark.parametrize("text", ["2 1\nthe 0.1\ncat 0.2\n", "2 1\nthe -0.1\ncat 0.2\n", "3 1\na 1\nb 2e-3\nc 5\n"])
def test_word_vectors_of_one_number_are_refused(text, tmp_path):
    with pytest.raises(ValueError, match=r"c\.txt, line 1: these look like [23] word vectors of dimension 1"):
        read_counts(written(tmp_path, text))


def test_so_are_many_and_vectors_without_a_zero_before_the_point(tmp_path):
    many = "200 1\n" + "".join(f"w{i} {i / 7:.4f}\n" for i in range(200))
    with pytest.raises(ValueError, match="word vectors of dimension 1"):
        read_counts(written(tmp_path, many))
    with pytest.raises(ValueError, match="word vectors, and no counts"):
        read_counts(written(tmp_path, "2 2\nthe .1 1E-05\ncat .2 .3\n".lower()))


@pytest.mark.parametrize("text", ["2 1\nthe 7\ncat 2\n", "3 1\nthe 0.1\ncat 0.2\n", "2 2\nthe 0.1\ncat 0.2\n"])
def test_other_numbers_on_the_first_line_are_words(text, tmp_path):
    assert read_counts(written(tmp_path, text)).words[0] == text[0]


def test_the_cure_for_vectors_works(tmp_path):
    path = written(tmp_path, "2 1\nthe 0.1\ncat 0.2\n")
    assert read_counts(path, count_column=1).counts.tolist() == [1, 0.1, 0.2]


# Quotes that do not end in their line.


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('word,count\n"a\nb",5\nc,3\n', 2),
        ('word;count\n"a\nb";5\nc;3\n', 2),
        ('"a\nb",5\n', 1),
        ('word,count\n"a,5\nc,3\n', 2),
        ('c,3\n"a,5\n', 2),
        ('word\tcount\n"a\nb"\t5\n', 2),
        ("w,1\n" * 200 + '"a\nb",5\n', 201),
    ],
)
def test_quotes_that_do_not_end_in_their_line_are_named(text, line, tmp_path):
    with pytest.raises(ValueError, match=rf"c\.txt, line {line}: the quotes of '\"a.*' are not those of CSV.*Frame"):
        read_counts(written(tmp_path, text))


def test_a_word_with_a_line_break_is_read_from_a_frame(tmp_path):
    pd = pytest.importorskip("pandas")
    frame = pd.read_csv(written(tmp_path, 'word,count\n"a\nb",5\nc,3\n'))
    assert read_counts(frame).words == ("a\nb", "c")


# Containers of columns.


def test_an_archive_of_arrays_names_its_arrays(tmp_path):
    for names, likely in [(("vocab", "freqs"), "freqs"), (("counts",), "counts"), (("x", "y"), "x"), (("a",), "a")]:
        saved = io.BytesIO()
        np.savez(saved, **dict.fromkeys(names, np.array([5, 3])))
        path = written(tmp_path, saved.getvalue())
        with np.load(path) as archive:
            with pytest.raises(TypeError, match=rf"an archive of arrays.*'{names[0]}'.*: file\['{likely}'\]"):
                read_counts(archive)
            assert read_counts(archive[likely]).counts.tolist() == [5, 3]
        with pytest.raises(ValueError, match=rf"c\.txt: this is an archive .*'{names[0]}'.*path\)\['{likely}'\]"):
            read_counts(path)


def test_the_first_name_of_a_large_archive_is_told(tmp_path):
    saved = io.BytesIO()
    np.savez_compressed(saved, freqs=np.random.default_rng(1).integers(0, 2**60, 10_000), other=np.ones(3))
    with pytest.raises(ValueError, match=r"numpy\.load\(path\)\['freqs'\]"):
        read_counts(written(tmp_path, saved.getvalue()))


@pytest.mark.parametrize("kind", [list, tuple, np.array])
@pytest.mark.parametrize("order", [("word", "count"), ("count", "word")])
def test_a_mapping_of_columns_is_told_how_to_join_them(kind, order):
    columns = {"word": kind(["a", "b", "c"]), "count": kind([5, 3, 4])}
    source = {name: columns[name] for name in order}
    with pytest.raises(ValueError, match=r"dict\(zip\(source\['word'\], source\['count'\], strict=True\)\)"):
        read_counts(source)
    assert read_counts(dict(zip(source["word"], source["count"], strict=True))).counts.tolist() == [5, 3, 4]


def test_other_mappings_of_lists():
    with pytest.raises(ValueError, match=r"holds columns \('id', 'word', 'count'\): pass dict\(zip\("):
        read_counts({"id": [1], "word": ["a"], "count": [5]})
    with pytest.raises(ValueError, match="the value of 'a' is a list: expected a count for each word"):
        read_counts({"a": [5], "b": 3})
    assert read_counts({"a": np.array(5), "b": np.int64(3)}).counts.tolist() == [5, 3]


def test_json_of_columns(tmp_path):
    with pytest.raises(ValueError, match=r"the count of 'word' is the list .*; in Python, dict\(zip\("):
        read_counts(written(tmp_path, '{"word": ["a", "b"], "count": [5, 3]}'))


# Numbers of other kinds.


@pytest.mark.parametrize("make", [list, np.array, lambda values: dict(zip("ab", values, strict=True))])
def test_decimals_are_told_how_to_be_converted(make):
    with pytest.raises(TypeError, match=r"Decimal\('5'\) is not a number: convert them with float\(count\)"):
        read_counts(make([Decimal(5), Decimal(3)]))


def test_decimals_of_a_series():
    pd = pytest.importorskip("pandas")
    series = pd.Series([Decimal(5), Decimal(3)], index=["a", "b"])
    with pytest.raises(TypeError, match=r"the count of 'a' = Decimal\('5'\) is not a number: .*\.astype\(float\)"):
        read_counts(series)
    assert read_counts(series.astype(float)).counts.tolist() == [5, 3]


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_small_floats_of_torch_are_read_from_a_tensor(dtype):
    torch = pytest.importorskip("torch")
    counts = torch.tensor([5.0, 3.0]).to(getattr(torch, dtype))
    assert read_counts(counts).counts.tolist() == [5, 3]
    with pytest.raises(ValueError, match=r"counts\[1\] = nan is not finite"):
        read_counts(torch.tensor([5.0, float("nan")]).to(counts.dtype))
    with pytest.raises(TypeError, match=r"counts\.float\(\) of each entry can be read"):
        read_counts([counts[0], counts[1]])
    assert read_counts(torch.tensor([5.0, 3.0], dtype=torch.float16)).counts.tolist() == [5, 3]


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
@pytest.mark.parametrize("layout", ["strided", "jagged"])
def test_nested_tensors_of_torch_are_told_how_to_be_joined(layout):
    torch = pytest.importorskip("torch")
    parts = [torch.tensor([5, 3]), torch.tensor([4])]
    counts = torch.nested.nested_tensor(parts, layout=getattr(torch, layout))
    with pytest.raises(ValueError, match=r"a nested tensor of torch: torch\.cat\(counts\.unbind\(\)\)"):
        read_counts(counts)
    assert read_counts(torch.cat(counts.unbind())).counts.tolist() == [5, 3, 4]


# Masks.

MASKED = np.ma.array([5, 2, 3], mask=[0, 1, 0])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([5, np.ma.masked, 3], r"counts\[1\] is masked: write 0"),
        ((5.5, np.ma.masked), r"counts\[1\] is masked"),
        (list(MASKED), r"counts\[1\] is masked"),
        ([np.ma.array(5, mask=True), 3], r"counts\[0\] is masked"),
        (np.array([np.ma.array(5, mask=True), 3], object), r"counts\[0\] is masked"),
        ([MASKED, MASKED], r"counts\[0\] has masked entries"),
        ([[5, 3, 1], MASKED], r"counts\[1\] has masked entries"),
        (dict(zip("abc", MASKED, strict=True)), "the count of 'b' is masked"),
        ({"a": np.ma.array(5, mask=True), "b": 3}, "the count of 'a' is masked"),
        (list(zip("abc", MASKED, strict=True)), "the count of 'b' is masked"),
        (MASKED, r"1 of 3 entries are masked: counts\.filled\(0\)"),
        (WordCounts(tuple("abc"), MASKED), r"1 of 3 entries are masked"),
        (
            np.ma.array([("a", 7), ("b", 5)], [("word", "U1"), ("count", int)], mask=[(0, 1), (0, 0)]),
            "1 of 2 entries are masked: leave these records out",
        ),
    ],
    ids=range(13),
)
def test_masks_are_not_lost(source, message):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=message) as raised:
            NoiseDistribution(source)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "source",
    [
        np.ma.array([5, 2, 3], mask=False),
        list(np.ma.array([5, 2, 3], mask=[0, 0, 0])),
        [np.ma.array(5), np.ma.array(2), 3],
        WordCounts(tuple("abc"), np.ma.array([5, 2, 3])),
    ],
)
def test_without_a_mask_they_are_read(source):
    assert NoiseDistribution(source).counts.tolist() == [5, 2, 3]


def test_unmasked_records_are_read():
    records = np.ma.array([("a", 7), ("b", 5)], [("word", "U1"), ("count", int)])
    assert read_counts(records).counts.tolist() == [7, 5]
