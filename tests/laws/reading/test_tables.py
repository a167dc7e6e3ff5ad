# SPDX-License-Identifier: MIT
"""Tables of words and counts in text files: read right, or refused with the line and the cure."""

from __future__ import annotations

import io

import numpy as np
import pytest

from samplers.laws.reading import read_counts

THE_CAT = [("the", 1000), ("cat", 400)]
IDS = [("0", 0), ("1", 0), ("2", 3), ("3", 0), ("4", 0), ("5", 1), ("6", 0), ("7", 5)]

# content, options, expected pairs
READ = [
    # Blanks: word2vec -save-vocab, gensim's fvocab, GloVe's vocab.txt, with and without header.
    ("</s> 0\nthe 12\ncat 3\n", {}, [("</s>", 0), ("the", 12), ("cat", 3)]),
    ("\n  the   12 \r\n\r\ncat\t3", {}, [("the", 12), ("cat", 3)]),
    ("word count\nthe 1000\ncat 400\n", {}, THE_CAT),
    ("\ufeff고양이 4\nNew\u00a0York 2\n", {}, [("고양이", 4), ("New\u00a0York", 2)]),
    ("\u00a0 5\n\u2028 3\n\u0085 2\n\u200b 1\n", {}, [("\u00a0", 5), ("\u2028", 3), ("\u0085", 2), ("\u200b", 1)]),
    ('" 5\n"" 3\n, 2\n[ 1\n', {}, [('"', 5), ('""', 3), (",", 2), ("[", 1)]),
    ("[PAD] 5\n[UNK] 3\n", {}, [("[PAD]", 5), ("[UNK]", 3)]),
    ("{ 5\n} 3\n", {}, [("{", 5), ("}", 3)]),
    (", 500\nthe 400\n", {}, [(",", 500), ("the", 400)]),
    ('"word" "count"\n"the" 1000\n"cat" 400\n', {}, THE_CAT),  # R's write.table
    (
        "the 12\ncat 2.5\ndog 1e3\nsat .5\nmat 3.\n",
        {},
        [("the", 12), ("cat", 2.5), ("dog", 1000), ("sat", 0.5), ("mat", 3)],
    ),
    ("a 1\nb 2\nc 4\n", {}, [("a", 1), ("b", 2), ("c", 4)]),
    ("c 3\nb 2\na 1\n", {}, [("c", 3), ("b", 2), ("a", 1)]),
    # Count first.
    ("      5 the\n      3 cat\n", {}, [("the", 5), ("cat", 3)]),
    ("      5 New York\n 300000 the\n12345678 a b\n", {}, [("New York", 5), ("the", 300000), ("a b", 12345678)]),
    ("      5 a, b\n      3 c, d\n", {}, [("a, b", 5), ("c, d", 3)]),
    ("      5 7\n      3 x\n", {}, [("7", 5), ("x", 3)]),
    ("1000 the\n400 cat\n", {}, THE_CAT),
    ("1000\tthe\n400\tcat\n", {}, THE_CAT),
    ("1000,the\n400,cat\n", {}, THE_CAT),
    ("count word\n1000 the\n400 cat\n", {}, THE_CAT),
    # Delimiters, with and without header.
    ("word,count\nthe,1000\ncat,400\n", {}, THE_CAT),
    ("WORD,Frequency\r\nthe,1000\r\ncat,400\r\n", {}, THE_CAT),
    ("the,1000\ncat,400\n", {}, THE_CAT),
    ("the;1000\ncat;400\n", {}, THE_CAT),
    ("the, 1000\ncat, 400\n", {}, THE_CAT),
    ("the\t1000\ncat\t400\n", {}, THE_CAT),
    ("term\tfreq\nthe\t1000\ncat\t400\n", {}, THE_CAT),
    ("the \t3\n", {}, [("the ", 3)]),
    ("the ,3\ncats,2\nto,1\n", {}, [("the ", 3), ("cats", 2), ("to", 1)]),
    ("New York\t 12\nthe \t3\n the\t2\n", {}, [("New York", 12), ("the ", 3), (" the", 2)]),
    ('"x",5\n"y, z",3\n"q ""r""",2\n', {}, [("x", 5), ("y, z", 3), ('q "r"', 2)]),
    ('a"b,5\nc,3\n', {}, [('a"b', 5), ("c", 3)]),
    ('"\t5\nthe\t3\n', {}, [('"', 5), ("the", 3)]),
    ('"word"\t"count"\n"the"\t"1000"\n"cat"\t"400"\n', {}, THE_CAT),
    ('"a ""q"""\t5\nb\t3\n', {}, [('a "q"', 5), ("b", 3)]),
    ("a;b,5\nc;d,3\n", {}, [("a;b", 5), ("c;d", 3)]),
    ('"route 66",5\n"highway 61",3\n', {}, [("route 66", 5), ("highway 61", 3)]),
    ("word,count\nroute 66,5\nhighway 61,3\n", {}, [("route 66", 5), ("highway 61", 3)]),
    ("item name,count\nroute 66,5\nhighway 61,3\n", {}, [("route 66", 5), ("highway 61", 3)]),
    ("route 66\t5\nhighway 61\t3\n", {}, [("route 66", 5), ("highway 61", 3)]),
    ("route 66;5\nhighway 61;3\n", {}, [("route 66", 5), ("highway 61", 3)]),
    ("the, 5\nof, 3\n", {}, [("the", 5), ("of", 3)]),
    ("New York,12\nLos Angeles,3\n", {}, [("New York", 12), ("Los Angeles", 3)]),
    ("\nthe,1000\n\ncat,400\n\n", {}, THE_CAT),
    # What pandas writes: to_csv of a Series without names, with a name, of a DataFrame with its index.
    (",0\nthe,1000\ncat,400\n", {}, THE_CAT),
    ("item,0\n7,5\n2,3\n5,1\n", {}, IDS),
    ("item,0\n7,5\n2,3\n5,1\n", {"count_column": 1}, IDS),
    ("query,0\nthe,5\n", {"count_column": 1}, [("query", 0), ("the", 5)]),
    ("query,0\nthe,5\n", {"count_column": "0"}, [("the", 5)]),
    ("<pad>,0\nthe,5\n", {}, [("<pad>", 0), ("the", 5)]),
    ("word 0\nthe 5\n", {}, [("word", 0), ("the", 5)]),
    ("pad 0\nthe 5\n", {}, [("pad", 0), ("the", 5)]),
    ("item,0\n7,5\n2,3\n5,1\n", {}, IDS),
    ("item,0\n7,5\n2,3\n5,1\n", {"count_column": 1}, IDS),
    ("query,0\nthe,5\n", {"count_column": 1}, [("query", 0), ("the", 5)]),
    ("query,0\nthe,5\n", {"count_column": "0"}, [("the", 5)]),
    ("<pad>,0\nthe,5\n", {}, [("<pad>", 0), ("the", 5)]),
    ("word 0\nthe 5\n", {}, [("word", 0), ("the", 5)]),
    ("pad 0\nthe 5\n", {}, [("pad", 0), ("the", 5)]),
    (",hits per day\nthe,1000\ncat,400\n", {}, THE_CAT),
    (",word,count\n0,the,1000\n1,cat,400\n", {}, THE_CAT),
    ("item,count\n7,5\n2,3\n5,1\n", {}, IDS),
    ("movie,num_ratings\n7,5\n2,3\n5,1\n", {}, IDS),
    ("item,views\n7,5\n2,3\n5,1\n", {"count_column": "views"}, IDS),
    ("item,views\n7,5\nx,3\n", {}, [("7", 5), ("x", 3)]),
    # More than two columns.
    ("rank,word,count\n1,the,1000\n2,cat,400\n", {}, THE_CAT),
    ("word\tfreqcount\tshare\nthe\t1000\t.7\ncat\t400\t.3\n", {}, THE_CAT),
    ("id,word,count\n0,the,1000\n1,cat,400\n", {"word_column": "word"}, THE_CAT),
    ("id,word,count\n0,the,1000\n1,cat,400\n", {"word_column": 1}, THE_CAT),
    ("Word\tFREQcount\tCDcount\nthe\t1000\t3\ncat\t400\t3\n", {"count_column": "FREQcount"}, THE_CAT),
    ("the 1000 0.7\ncat 400 0.3\n", {"word_column": 0, "count_column": 1}, THE_CAT),
    ("the 1000 0.7\ncat 400 0.3\n", {"word_column": -3, "count_column": -2}, THE_CAT),
    ("x,the,1000\ny,cat,400\n", {"word_column": 1, "count_column": 2}, THE_CAT),
    # Names that nobody knows, or that are numbers.
    ("mot,effectif\nthe,1000\ncat,400\n", {"word_column": "mot"}, THE_CAT),
    ("mot,effectif\nthe,1000\ncat,400\n", {"count_column": "effectif"}, THE_CAT),
    ("word,2020\nthe,1000\ncat,400\n", {"count_column": "2020"}, THE_CAT),
    ("word,2020\nthe,1000\n", {"count_column": 1}, [("word", 2020), ("the", 1000)]),
    # Ids.
    ("7,5\n2,3\n5,1\n", {"count_column": 1}, IDS),
    ("5,7\n3,2\n1,5\n", {"count_column": 0}, IDS),
    ("      5 7\n      3 2\n      1 5\n", {"count_column": 0}, IDS),
    ("id,count\n007,5\n8,3\n", {}, [("007", 5), ("8", 3)]),
    # Labels that only look like numbers, or are not all numbers.
    ("version,count\n3.5,5\n4.0,3\n", {"word_column": 0}, [("3.5", 5), ("4.0", 3)]),
    ("id,count\n550e8400,5\n12345678,3\n", {}, [("550e8400", 5), ("12345678", 3)]),
    ("word,count\n7e0,5\nx,3\n", {}, [("7e0", 5), ("x", 3)]),
    ("word,count\n7e0f,5\n1e6,3\n", {}, [("7e0f", 5), ("1e6", 3)]),
    ("word,count\n+7,5\n+,3\n", {}, [("+7", 5), ("+", 3)]),
    ("id,count\n0,5\n1,3\n", {}, [("0", 5), ("1", 3)]),
    # fasttext dump MODEL dict
    ("2\nthe 5 word\n[ 3 word\n", {}, [("the", 5), ("[", 3)]),
]


@pytest.mark.parametrize(("text", "options", "pairs"), READ)
def test_a_table_is_read(text, options, pairs, tmp_path):
    path = tmp_path / "counts.txt"
    path.write_text(text, encoding="utf-8", newline="")
    words, counts = read_counts(path, **options)
    assert list(zip(words, counts.tolist(), strict=True)) == pairs


BOTH_CURES = ["word_column= and count_column=", "--count-column"]
# content, parts of the message: dots as separators of thousands
DOTS = [
    ("word;count\nder;1.000\nund;400\nhaus;5\n", ["line 2: is the count 1.000 a fraction", "line 3 has 400"]),
    (
        "der;1.000\nund;400\n",
        ["line 1", "separate thousands", "if 1.000 is a whole number, write it without dots", "400.0 for 400"],
    ),
    ("der\t12.345\nund\t400\n", ["line 1: is the count 12.345"]),
    ("der 999\nund 1.001\n", ["line 2: is the count 1.001"]),
    ("1.000,der\n400,und\n", ["line 1: is the count 1.000"]),
]

# What has dots and is no such column: other numbers of digits, dots everywhere, a whole number from 1000 on.
FRACTIONS = [
    ["0.125", "1.500", "2.25"],
    ["1.000", "2.500"],
    ["1.000", "2.500", "0.125"],
    ["1.125", "2.0", "17.0"],
    ["1.125", "2.5", "17"],
    ["0.125", "2", "17"],
    ["1.125", "2", "1017"],
    ["1.1250", "2"],
    ["1.000", "4e2"],
    ["01.000", "4"],
]


@pytest.mark.parametrize(("text", "parts"), DOTS)
def test_dots_of_thousands_are_refused(text, parts, tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.txt, ") as raised:
        read_counts(path)
    for part in parts:
        assert part in str(raised.value)


def test_dots_of_thousands_are_refused_in_one_column(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text("1.000\n400\n5\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.txt, line 1: is the count 1\.000 a fraction"):
        read_counts(path, count_column=0)


@pytest.mark.parametrize("cells", FRACTIONS, ids=" ".join)
@pytest.mark.parametrize("delimiter", [";", ",", "\t", " "])
def test_fractions_are_no_dots_of_thousands(cells, delimiter, tmp_path):
    path = tmp_path / "c.txt"
    path.write_text("".join(f"w{i}{delimiter}{cell}\n" for i, cell in enumerate(cells)), encoding="utf-8")
    assert read_counts(path).counts.tolist() == list(map(float, cells))


# content, options, parts of the message
REFUSED = [
    ("", {}, ["bad.txt: empty"]),
    ("\n \t\n", {}, ["bad.txt: empty"]),
    ("word,count\n", {}, ["nothing below the header 'word,count'"]),
    # Lines that do not agree with the first.
    ("the 12\n\ncat\n", {}, ["line 3: expected a word and its count, got 'cat'", "corpus=True", "--corpus"]),
    (
        "the 12\nNew York 3\n",
        {},
        ["line 2: expected a word and its count, got 'New York 3'", "only if the separator is a tab"],
    ),
    ("the,12\nNew York\n", {}, ["line 2: expected one word, as on the lines before, got 'New York'"]),
    ("\n".join(["the,12"] * 200) + "\ncat\n", {}, ["line 201: expected a word and its count, got 'cat'"]),
    ("the,12,\ncat,3,\n", {}, ["line 1", "3 columns: 0 'the', 1 '12', 2 ''", *BOTH_CURES]),
    ("the 12 0.4\n", {}, ["line 1", "3 columns: 0 'the', 1 '12', 2 '0.4'", *BOTH_CURES]),
    ("id,word,count\n0,the,5\n", {}, ["There are 0 'id', 1 'word', 2 'count'", *BOTH_CURES]),
    ("Word\tFREQcount\tCDcount\nthe\t5\t3\n", {}, ["1 'FREQcount', 2 'CDcount'", *BOTH_CURES]),
    ("the " + "0.1 " * 50 + "\n", {}, ["50 numbers on a line are a word vector, and no counts"]),
    ("2 3\nthe 0.1 -0.2 1e-3\ncat 1 2 3\n", {}, ["word vectors, and no counts", "fvocab"]),
    # Counts.
    ("the 12\ncat three\n", {}, ["line 2: the count 'three' of 'cat' is not a finite, non-negative number"]),
    ("the 12\ncat -3\n", {}, ["line 2: the count '-3' of 'cat' is negative"]),
    ("the 12\ncat +3\n", {}, ["line 2: the count '+3' of 'cat' is written with a sign"]),
    ("the +3\n", {}, ["line 1: the count '+3' of 'the' is written with a sign", "such as 1000 or 2.5"]),
    ("the 12\ncat nan\n", {}, ["line 2: the count 'nan' of 'cat' is not a finite"]),
    ("the nan\ncat 5\n", {}, ["line 1: the count 'nan' of 'the' is not a finite"]),
    ("the 12\ncat inf\n", {}, ["line 2: the count 'inf' of 'cat' is not a finite"]),
    ("the 12\ncat 1e999\n", {}, ["line 2: the count '1e999' of 'cat' is above the largest float64"]),
    ("the 12\ncat " + "9" * 500 + "\n", {}, ["line 2", "is above the largest float64"]),
    (
        "the 12\ncat 36893488147419103232\n",
        {},
        ["count of 'cat' = 36893488147419103232 is above 2**64 - 1"],
    ),
    ("the 12\ncat 1_000\n", {}, ["line 2: the count '1_000' of 'cat' is written with a separator of thousands"]),
    ("the 12\ncat 0x1f\n", {}, ["line 2: the count '0x1f' of 'cat' is not a finite"]),
    ("the 1,000\ncat 400\n", {}, ["line 1: the count '1,000' of 'the' is written with a separator of thousands"]),
    ("the\t1,000\ncat\t400\n", {}, ["line 1: the count '1,000' of 'the' is written with a separator of thousands"]),
    ('the,"1,000"\ncat,400\n', {}, ["line 1: the count '1,000' of 'the' is written with a separator of thousands"]),
    ("the;1.000,5\ncat;2,5\n", {}, ["line 1: the count '1.000,5' of 'the' is written with a separator"]),
    ("the 12\ncat ٣\n", {}, ["line 2: the count '٣' of 'cat' is not a finite"]),
    ("the,1,000\ncat,400\n", {}, ["line 1 has 3 fields and a later one 2", "separators of thousands"]),
    ("word,count\nthe,1,000\ncat,400\n", {}, ["line 1 has 2 fields and a later one 3"]),
    ("the 1,000\ncat 2,000\n", {}, ["split at the blank or at the comma", "by a tab"]),
    ("2 ;:\n5 ;)\n", {}, ["split at the blank or at the comma", "by a tab"]),
    ("      2 \t:\n      3 \tx\n", {}, ["is the tab after '      2 ' part of the word?"]),
    ("1,5 7\n2,3 9\n", {}, ["split at the blank or at the comma", "by a tab"]),
    ("the 1000,5\ncat 400,25\n", {}, ["line 1", "split at the blank or at the comma", "with a decimal point"]),
    ("the 1000,5\n", {}, ["split at the blank or at the comma"]),
    ("1000,5 the\n400,25 cat\n", {}, ["split at the blank or at the comma"]),
    ("route 66,5\nhighway 61,3\n", {}, ["split at the blank or at the comma", "put the words in quotes"]),
    ("the\t1000,5\ncat\t400,25\n", {}, ["line 1", "a decimal comma"]),
    ("the;1000,5\ncat;400,25\n", {}, ["line 1", "a decimal comma"]),
    ("word count\nthe 1000,5\ncat 400,25\n", {}, ["line 2", "a decimal comma"]),
    ("word\tcount\nthe\t1000,5\n", {}, ["line 2", "a decimal comma"]),
    ("the 0\ncat 0\n", {}, ["bad.txt: counts has no positive entry: all 2 are zero"]),
    ("\t5\nthe\t3\n", {}, ["line 1: the word of this count is empty"]),
    ("the\t3\n\t5\n", {}, ["line 2: the word of this count is empty"]),
    ("the,\ncat,3\n", {}, ["line 1"]),
    ("the,3\ncat,\n", {}, ["line 2: the count '' of 'cat' is missing"]),
    ("the,-\ncat,400\n", {}, ["line 1: expected a word and its count, or a header", "'the', '-'"]),
    ("the 12\ncat 3\nthe 4\n", {}, ["bad.txt: 'the' has two counts, line 1 and line 3"]),
    ("the,12\n\n\nthe,4\n", {}, ["'the' has two counts, line 1 and line 4"]),
    # Which column, and is there a header?
    ("1984 7\n7 2\n", {}, ["which of the two columns of '1984' and '7' is the count?", *BOTH_CURES]),
    ("a,b\n1,2\n3,4\n", {}, ["expected a word and its count, or a header", *BOTH_CURES]),
    ("id,node\n1,2\n3,4\n", {}, ["which of the two columns 'id' and 'node' is the count?", *BOTH_CURES]),
    ("      5 7\n      3 2\n", {}, ["which of the two columns of '5' and '7' is the count?"]),
    ("item_id,timestamp\n7,1599\n2,1600\n", {}, ["There are 0 'item_id', 1 'timestamp'", *BOTH_CURES]),
    ("mot,effectif\nle,5\nla,3\n", {}, ["'mot', 'effectif'", "if this is a header", *BOTH_CURES]),
    ("word,2020\nthe,1000\n", {}, ["count_column='2020' if it is a name, count_column=1 if it is a word"]),
    ("query,0\nthe,5\n", {}, ["is 'query' a word that occurs 0 times, or the name of a column?"]),
    ("query,0\nthe,5\n", {}, ["is 'query' a word that occurs 0 times, or the name of a column?"]),
    ("word,2019,2020\nthe,10,20\n", {}, ["3 columns: 0 'word', 1 '2019', 2 '2020'"]),
    ("alice,bob\nbob,carl\nalice,bob\n", {}, ["expected a word and its count"]),
    ("the: 1000\ncat: 400\n", {}, ["every word ends in ':', as in 'the:'"]),
    ("word , count\nthe , 5\na , 3\n", {}, ["padded with blanks, such as 'the '", "no blank before the delimiter"]),
    ("the   ;5\nlonger;3\n", {}, ["padded with blanks, such as 'the   '"]),
    ("5\tthe   \n3\tlonger\n", {}, ["padded with blanks, such as 'the   '"]),
    ("5, the\n3, cat\n", {}, ["every word begins with a blank, as ' the' does"]),
    ("the|5\ncat|3\nthe|5\n", {}, ["the lines look like words and counts ('the|5', 'cat|3')"]),
    ("the,5\ncat\nthe,5\n", {}, ["the lines look like words and counts"]),
    # Quotes.
    ('the,5\n"cat,3\n', {}, ["line 2: the quotes of"]),
    (
        "\n".join(f"w{i},5" for i in range(200)) + '\n"cat,3\n',
        {},
        ["line 201: the quotes of '\"cat,3' are not those"],
    ),
    # Numbers of words or lines, and no counts.
    ("the 0\ncat 1\nsat 2\n", {}, ["the counts of the 3 words are 0 to 2, each once: this is a vocabulary"]),
    ("2\tthe\n0\tcat\n1\tsat\n", {}, ["are 0 to 2, each once: this is a vocabulary"]),
    ("     1\tthe\n     2\tcat\n     3\tsat\n", {}, ["are 1 to 3, each once"]),
    ("".join(f"w{i}\t{i + 1}\n" for i in range(100)), {}, ["are 1 to 100, each once"]),
    ("2\n0\tcat\t1\n1\tthe\t2\n", {}, ["gensim's Dictionary.save_as_text", "pass the Dictionary itself"]),
    ("2\nthe 5 word\n__label__x 3 label\n", {}, ["line 3", "labels have counts of their own"]),
    ("3\nthe 5 word\n", {}, ["line 1 announces 3 words, but 1 follow"]),
    # Labels that are almost ids.
    ("id,count\n-1,5\n0,3\n", {}, ["'-1' among labels that are numbers is neither a word nor an id"]),
    ("id,count\n7.0,5\n2.0,3\n", {}, ["'7.0' among labels that are numbers"]),
    ("id,count\n007,5\n7.0,3\n", {}, ["'7.0' among labels that are numbers"]),
    ("id,count\n3,5\n7e0,3\n", {}, ["'7e0' among labels that are numbers"]),
    ("id,count\n1e6,5\n2E+01,3\n", {}, ["'1e6' among labels that are numbers"]),
    ("id,count\n7.000e+00,5\n-2.000e+00,3\n", {}, ["'7.000e+00' among labels that are numbers"]),
    ("7.000e+00 5.000e+00\n2.000e+00 3.000e+00\n", {"count_column": 1}, ["'7.000e+00' among labels"]),
    ("id,count\n+7,5\n8,3\n", {}, ["'+7' among labels that are numbers"]),
    ('id,count\n"1,000",5\n8,3\n', {}, ["'1,000' among labels that are numbers"]),
    ("id,count\n2147483647,5\n", {}, ["integer labels are ids and must lie in [0, 2**31 - 1), got 2147483647"]),
    ("id,count\n500000000,5\n", {}, ["1 of them, up to 500000000, would give 500000001 ids; number them 0, 1, 2"]),
    # Line breaks of another age.
    ("the 5\rcat 3\r", {}, ["line 1: a carriage return inside 'the 5\\rcat 3'", "tr '\\r' '\\n'"]),
]


@pytest.mark.parametrize(("text", "options", "parts"), REFUSED)
def test_what_is_no_table_of_counts_is_refused_with_the_cure(text, options, parts, tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(ValueError, match="bad.txt") as raised:
        read_counts(path, **options)
    message = str(raised.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_every_cure_that_a_message_names_works(tmp_path):
    path = tmp_path / "c.txt"
    for text, cure in [
        ("1000\n400\n30\n", {"count_column": 0}),
        ("1000\n400\n30\n", {"corpus": True}),
        ("the\ncat\n", {"corpus": True}),
        ("the cat\nsat the\n", {"corpus": True}),
        ("1984 7\n7 2\n", {"count_column": 1}),
        ("item_id,timestamp\n7,1599\n2,1600\n", {"count_column": "timestamp"}),
        ("mot,effectif\nle,5\nla,3\n", {"word_column": "mot", "count_column": "effectif"}),
        ("word\nthe\ncat\nthe\n", {"corpus": True}),
        ('["the"]\n', {"corpus": True}),
    ]:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"corpus=True|count_column="):
            read_counts(path)
        assert read_counts(path, **cure).counts.sum() > 0


@pytest.mark.parametrize(("extra", "dtype"), [("", np.uint64), ("c 0.5\n", np.float64)])
def test_the_largest_integer_is_exact_or_said_to_be_rounded(extra, dtype, tmp_path):
    path = tmp_path / "c.txt"
    path.write_text(f"a {2**64 - 1}\nb {2**53 + 1}\n{extra}", encoding="utf-8")
    if extra:
        with pytest.warns(UserWarning, match="'a' = 18446744073709551615 is rounded to 18446744073709551616"):
            counts = read_counts(path).counts
    else:
        counts = read_counts(path).counts
        assert counts.tolist() == [2**64 - 1, 2**53 + 1]
    assert counts.dtype == dtype


def test_integers_that_a_float_holds_are_rounded_by_nobody(tmp_path):
    path = tmp_path / "c.txt"
    path.write_text(f"a {2**63}\nb 0.5\n", encoding="utf-8")
    assert read_counts(path).counts.tolist() == [2.0**63, 0.5]


@pytest.mark.parametrize(
    ("text", "options", "form"),
    [
        ("the 5\ncat 3\n", {}, "blank-separated table without header, words in column 0, counts in column 1"),
        ("the\t5\n", {}, "tab-separated table without header, words in column 0, counts in column 1"),
        ("count;word\n5;x\n", {}, "CSV with semicolons with header, words in 'word', counts in 'count'"),
        ("      5 the\n", {}, "lines of count and word, as uniq -c writes them"),
        ("item,n\n3,5\n", {}, "CSV with header, words in 'item', counts in 'n', integer labels taken as ids"),
        (
            '"the"\t"5"\n',
            {},
            "tab-separated table without header, words in column 0, counts in column 1, quotes of CSV taken off",
        ),
        ("5\n3\n", {"count_column": 0}, "counts of ids, one a line"),
        ("count\n5\n3\n", {"count_column": 0}, "counts of ids, one a line, below a header"),
        ("2\nthe 5 word\na 3 word\n", {}, "fastText dump of words and counts"),
    ],
)
def test_the_form_says_what_was_read(text, options, form, tmp_path):
    path = tmp_path / "c.txt"
    path.write_text(text, encoding="utf-8")
    assert read_counts(path, **options).form == form


NUMBERS = [1000, 400, 30, 30, 5]


@pytest.mark.parametrize(
    ("head", "options"),
    [
        ("", {"count_column": 0}),
        ("", {"count_column": -1}),
        ("count\n", {"count_column": 0}),
        ("x\n", {"count_column": "x"}),
    ],
)
def test_numbers_alone_are_the_counts_of_ids_if_asked_for(head, options, tmp_path):
    path = tmp_path / "c.txt"
    path.write_text(head + "".join(f"{n}\n" for n in NUMBERS), encoding="utf-8")
    words, counts = read_counts(path, **options)
    assert words is None
    assert counts.tolist() == NUMBERS


def test_what_savetxt_writes_is_read_if_asked_for(tmp_path):
    written = io.StringIO()
    np.savetxt(written, NUMBERS)
    path = tmp_path / "c.txt"
    path.write_text(written.getvalue(), encoding="utf-8")
    assert read_counts(path, count_column=0).counts.tolist() == NUMBERS
    with pytest.raises(ValueError, match="numbers, one a line"):
        read_counts(path)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("5\n\n3\n", {"count_column": 0}, "line 2: empty, between counts of ids: write 0"),
        ("5\n3\n", {"count_column": 1}, "one column, '5': with count_column=0 .* got word_column=None, count_column=1"),
        ("5\n3\n", {"word_column": 0}, "one column, '5': with count_column=0"),
        ("hits\n5\n", {"word_column": "hits"}, "one column, 'hits'"),
        ("count\n", {"count_column": 0}, "nothing below the header 'count'"),
        ("5\nx\n", {"count_column": 0}, "line 2: the count 'x' is not a finite"),
        ("x\n5\n", {"count_column": 0}, "line 1: the count 'x' is not a finite"),
        ("5\n-3\n", {"count_column": 0}, "line 2: the count '-3' is negative"),
    ],
)
def test_numbers_alone_that_are_no_counts(text, options, message, tmp_path):
    path = tmp_path / "c.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_counts(path, **options)
