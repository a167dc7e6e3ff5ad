# SPDX-License-Identifier: MIT
"""Files of machines: what `submit` writes, what `verify` refuses, and what the page and `diff` show of them."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path

import pytest

from benchmarks.documents import InputError, Noise
from benchmarks.machines import measure
from benchmarks.machines.cells import CASES, CELLS, FOLDER, INTO, MACHINE, OURS, Cell
from benchmarks.machines.proofs import contradictions, differences, proof
from benchmarks.requests import REQUESTS
from reports.__main__ import main
from reports.machines import verify
from reports.machines.records import Machine, read_machines
from reports.programs.series import read_summary
from reports.sections import machines as section
from tests.reports.machine_document import ROUNDS, SMALL_CASES, SMALL_CELLS, machine_document

ROOT = Path(__file__).resolve().parent.parent.parent
PUBLISHED = sorted((ROOT / FOLDER).glob("*.json"))


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """`submit` and `verify` with few cells and small laws, so that a test takes a tenth of a second."""
    monkeypatch.setattr(verify, "CELLS", SMALL_CELLS)
    monkeypatch.setattr(verify, "CASES", SMALL_CASES)


def saved(folder, document):
    path = folder / f"{document['name']}.json"
    path.write_text(measure.compact(document), encoding="utf-8")
    return path


def said(capsys, *arguments):
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr()


def first_id(d):
    d["tables"][2]["ids"][3][1] += 1


def other_time(d):
    d["cells"][0]["times"][0]["rounds_ns"][2] *= 0.5


def all_twice_as_fast(d):
    for cell in d["cells"]:
        time = cell["times"][0]
        time["ns"] = [ns / 2 for ns in time["ns"]]
        time["rounds_ns"] = [ns / 2 for ns in time["rounds_ns"]]


def impossible(d):
    time = d["cells"][0]["times"][2]
    time["rounds_ns"] = [ns / 1000 for ns in time["rounds_ns"]]


CHANGES = {
    "an id": (first_id, "alias on zipf_1e4: the id of row 3, column 1 is"),
    "a row of ids": (lambda d: d["tables"][2]["ids"].pop(), "ids must have 200 rows"),
    "the digest of ids": (lambda d: d["tables"][0].update(ids_fingerprint="0" * 64), "ids_fingerprint is '000"),
    "the fingerprint of a law": (
        lambda d: d["tables"][1].update(law_fingerprint="ab" * 32),
        "law_fingerprint is 'abab",
    ),
    "the fingerprint of a table": (
        lambda d: d["tables"][1].update(table_fingerprint="ab" * 32),
        "spectrum on zipf_1e2: table_fingerprint is",
    ),
    "V": (lambda d: d["tables"][1].update(V=101), "V is 101, but 100 was recomputed"),
    "an audit": (lambda d: d["tables"][0]["audit"].update(never_drawn=1), "never_drawn of the audit is 1, but 0"),
    "a large number": (lambda d: d["tables"][0]["audit"].update(impossible=10**400), "impossible of the audit is 1000"),
    "an error of an audit": (lambda d: d["tables"][0]["audit"].update(total_variation=2e-11), "total_variation of the"),
    "a table less": (lambda d: d["tables"].pop(), "spectrum on zipf_1e4, distinct ids: the table is missing"),
    "a cell less": (lambda d: d["cells"].pop(1), "zipf_1e4, 16384 x 5, out int64: the cell is missing"),
    "a cell twice": (lambda d: d["cells"].append(d["cells"][0]), "the cell is there 2 times"),
    "another cell": (lambda d: d["cells"][0].update(rows=64), "zipf_1e2, 64 x 5, out int64: it is not one of the"),
    "a sampler less": (lambda d: d["cells"][0]["times"].pop(1), "the times are of alias, cum_table and numpy_choice"),
    "ours left out": (
        lambda d: d["left_out"].append({"sampler": "alias", "reason": "slow"}),
        "alias may not be left out",
    ),
    "a round": (other_time, "are not those of the rounds"),
    "a median": (lambda d: d["cells"][0]["times"][0].update(ns=[0.9, 0.8, 1.0]), "are not in order"),
    "a ratio": (
        lambda d: d["cells"][0]["times"][0]["faster_than"].update(cum_table=[90.0, 90.0, 90.0]),
        "the ratio to cum_table is [90.0, 90.0, 90.0], and",
    ),
    "faster without ratios": (all_twice_as_fast, "the ratio to cum_table is"),
    "faster than memory": (impossible, "a round is not between 0.05 ns and a second per id"),
    "the rounds": (lambda d: d.update(rounds=15), "every time must have the 15 rounds"),
    "the kernels": (lambda d: d["machine"].update(simd="avx1024"), "the kernels are 'avx1024'"),
    "the commit": (lambda d: d.update(commit="main"), "the commit is 'main'"),
    "the date": (lambda d: d.update(time="yesterday"), "the time is 'yesterday'"),
    "the noise": (lambda d: d["noise"].update(busy_cores=4.0), "4.0 busy cores of 2"),
    "the length": (lambda d: d["noise"].update(seconds=0.1), "the noise is of 0.1 s, but the times take"),
}


def test_a_file_that_nobody_changed_is_verified_and_says_what_nobody_can_check(tmp_path, capsys):
    code, out = said(capsys, "verify", saved(tmp_path, machine_document()))
    assert code == 0
    assert (
        "recomputed here: noise distribution, table, audit and first ids of 6 tables; 4 of them show 1,000 ids"
        in out.out
    )
    assert "cannot be recomputed by anyone: the rounds themselves, the environment, the noise" in out.out
    assert "left out: torch_one_call (torch is not installed)" in out.out
    assert out.out.splitlines()[-1] == "  verified"


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_was_changed_by_hand_is_refused(tmp_path, capsys, change):
    document = copy.deepcopy(machine_document())
    alter, words = CHANGES[change]
    alter(document)
    code, out = said(capsys, "verify", saved(tmp_path, document))
    assert code == 1
    assert any(words in line for line in out.out.splitlines() if line.startswith("  WRONG: "))
    assert out.out.splitlines()[-1] == "  refused"


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda d: d.update(version=2), "version 2, but 'samplers/machine' version 1 is needed"),
        (lambda d: d.update(schema="samplers/report"), "schema 'samplers/report'"),
        (lambda d: d.pop("cells"), "is damaged (Object missing required field `cells`)"),
        (lambda d: d["cells"][0]["times"][0].update(ns=[1.0, None, 2.0]), "is damaged"),
        (
            lambda d: d["cells"][0]["times"][0].update(rounds_ns=[1.0] * 6 + [-1.0]),
            "Expected `float` > 0.0 - at `$.cells[0].times[0].rounds_ns[6]`",
        ),
        (lambda d: d["cells"][0].update(law=["zipf"]), "Expected `str`, got `array` - at `$.cells[0].law`"),
        (lambda d: d["tables"][0].update(strategy=None), "Expected `str`, got `null` - at `$[0].strategy`"),
        (lambda d: d["machine"].update(cores=0), "Expected `int` >= 1 - at `$.cores`"),
        (lambda d: d["machine"].update(cores=10**400), "is damaged"),
        (lambda d: d["machine"].update(caches={"L1": "big"}), "Expected `int`, got `str` - at `$.caches[...]`"),
        (lambda d: d["machine"].update(packages=None), "is damaged"),
        (
            lambda d: d["cells"][0]["times"][0].update(faster_than={"cum_table": [40.0, "x", 41.0]}),
            "Expected `float`, got `str` - at `$.cells[0].times[0].faster_than[...][1]`",
        ),
        (lambda d: d["cells"][0]["times"][0].update(faster_than={"cum_table": []}), "is damaged"),
        (lambda d: d["noise"].update(load=-1), "is damaged"),
        (lambda d: d.update(noise={"load": 1}), "is damaged"),
        (lambda d: d.update(rounds="7"), "Expected `int`, got `str` - at `$.rounds`"),
        (lambda d: d.update(clock="wall"), "clock = 'wall', not 'processor time'"),
    ],
)
def test_another_version_and_a_damaged_file_cannot_be_checked(tmp_path, capsys, alter, words):
    document = copy.deepcopy(machine_document())
    alter(document)
    good = saved(tmp_path, machine_document("scalar"))
    code, out = said(capsys, "verify", good, saved(tmp_path, document))
    assert code == 2  # although the first of them is right
    assert words in out.err
    assert "Traceback" not in out.err


def test_an_entry_has_the_name_of_its_file(tmp_path, capsys):
    path = saved(tmp_path, machine_document()).rename(tmp_path / "faster.json")
    code, out = said(capsys, "verify", path)
    assert (code, "the name is 'a-cpu-avx512', but the file is faster.json" in out.out) == (1, True)


def test_a_large_file_and_one_without_a_package_are_said(tmp_path, capsys, monkeypatch):
    document = machine_document()
    document["left_out"][0]["reason"] = "x" * 100_000
    code, out = said(capsys, "verify", saved(tmp_path, document))
    assert (code, "and may have 100,000" in out.out) == (1, True)

    def lacks(*_):
        raise ImportError("wordfreq is not installed")

    monkeypatch.setattr(verify, "contradictions", lacks)
    code, out = said(capsys, "verify", saved(tmp_path, machine_document()))
    assert (code, "cannot be recomputed: wordfreq is not installed" in out.err) == (2, True)


def test_noise_above_a_bound_is_indicative_only(tmp_path, capsys):
    document = machine_document()
    document["noise"]["busy_cores"] = 1.9
    _, out = said(capsys, "verify", saved(tmp_path, document))
    assert "  Indicative only: other programs kept 0.90 cores busy (bound: 0.5)." in out.out.splitlines()
    document["noise"] = None  # a system without the counters
    code, out = said(capsys, "verify", saved(tmp_path, document))
    assert (code, "noise was not recorded" in out.out) == (0, True)


@pytest.mark.parametrize("simd", ["", "scalar"])
def test_what_submit_writes_is_verified_and_small(tmp_path, capsys, monkeypatch, simd):
    cells = (
        Cell("zipf_1e2", 64, 5, INTO, ("alias", "cum_table")),
        Cell("zipf_1e2", 64, 5, "plain", ("spectrum", "not_there", "cum_table")),
    )
    monkeypatch.setattr(measure.cells, "CELLS", cells)
    monkeypatch.setattr(measure.cells, "CASES", SMALL_CASES[:3])
    monkeypatch.setattr(verify, "CELLS", cells)
    monkeypatch.setattr(verify, "CASES", SMALL_CASES[:3])
    why_unavailable = measure.samplers.why_unavailable
    monkeypatch.setattr(
        measure.samplers,
        "why_unavailable",
        lambda name: "this test has none" if name == "not_there" else why_unavailable(name),
    )
    monkeypatch.setenv("SAMPLERS_SIMD", simd)
    code, out = said(capsys, "submit", "--name", "here", "--out", tmp_path, "--rounds", "5")
    path = tmp_path / "here.json"
    assert (code, str(path) in out.out) == (0, True)
    document = json.loads(path.read_text(encoding="utf-8"))
    prefix = f"SAMPLERS_SIMD={simd} " if simd else ""
    assert document["command"] == f"{prefix}python -m reports submit --name here"
    assert document["left_out"] == [{"sampler": "not_there", "reason": "this test has none"}]
    assert [len(time["rounds_ns"]) for cell in document["cells"] for time in cell["times"]] == [5] * 4
    assert document["cells"][0]["times"][0]["faster_than"].keys() == {"cum_table"}
    assert said(capsys, "verify", path)[0] == 0
    again = ["submit", "--name", "here", "--out", tmp_path, "--rounds", "5", "--force"]
    assert said(capsys, *again)[0] == 0
    other = {**document, "machine": {**document["machine"], "cpu": "Another CPU"}}
    # Nothing is measured, and the file stays.
    for content, force, words in (
        (document, [], f"has this machine already, measured {document['time']}; --force replaces it"),
        (other, [], "is of another machine (cpu Another CPU): give another name"),
        (other, ["--force"], "is of another machine (cpu Another CPU): give another name"),
        ({"name": "samplers"}, ["--force"], "exists already, and is no file of a machine: give another name"),
        ([1], ["--force"], "exists already, and is no file of a machine: give another name"),
    ):
        path.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(SystemExit, match="2"):
            main(["submit", "--name", "here", "--out", str(tmp_path), *force])
        assert words in capsys.readouterr().err
        assert json.loads(path.read_text(encoding="utf-8")) == content


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--name", "../there"], "--name is '../there'"), (["--rounds", "2"], "--rounds is 2: an interval needs 5")],
)
def test_wrong_arguments_are_refused_before_anything_is_measured(tmp_path, capsys, arguments, words):
    with pytest.raises(SystemExit, match="2"):
        main(["submit", "--out", str(tmp_path / "new"), *arguments])
    assert words in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_the_name_of_an_entry_is_made_of_the_processor_and_the_kernels():
    for cpu, name in (
        ("Intel(R) Xeon(R) Platinum 8488C CPU @ 2.40GHz", "intel-xeon-platinum-8488c-avx2"),
        ("AMD EPYC", "amd-epyc-avx2"),
        ("", "avx2"),
    ):
        assert measure.default_name({"cpu": cpu, "simd": "avx2"}) == name
        assert measure.NAME.fullmatch(name)


def test_every_declared_cell_has_ours_first_and_a_peer_and_every_table_that_is_timed_is_proved():
    for cell in CELLS:
        ours = [name for name in cell.samplers if name in OURS]
        assert ours == list(cell.samplers[: len(ours)])
        assert 0 < len(ours) < len(cell.samplers)
        assert cell.request in REQUESTS
    proved = {(case.law, case.strategy) for case in CASES}
    timed = {(cell.law, name) for cell in CELLS for name in cell.samplers if name in OURS}
    assert {(law, name) for law, name in timed if "distinct" not in name} <= proved
    assert len({cell.key for cell in CELLS}) == len(CELLS)


def test_proofs_see_a_table_of_other_counts():
    right = proof(SMALL_CASES[0])
    other = dict(proof(SMALL_CASES[2]), law=right["law"])
    assert {text.partition(" ")[0] for text in differences(other, right)} >= {
        "V",
        "law_fingerprint",
        "table_fingerprint",
    }
    assert contradictions([], SMALL_CASES[:1]) == ["alias on zipf_1e2: the table is missing"]


def test_diff_takes_two_machines_and_a_machine_and_a_report(tmp_path, capsys, published):
    pair = [saved(tmp_path, machine_document("avx512")), saved(tmp_path, machine_document("scalar", factor=4.0))]
    code, out = said(capsys, "diff", *pair)
    assert code == 1
    assert "The machines differ, so the ratios compare machines too: simd: avx512 -> scalar." in out.out
    slower = [line for line in out.out.splitlines() if line.startswith("ns an id  alias") and "4.00×" in line]
    assert len(slower) == 3
    assert out.out.count("Noise: other programs kept 0.050 cores busy") == 2
    code, out = said(capsys, "diff", published, pair[0])
    assert code == 0
    assert "0 slower or larger" in out.out
    keys = read_summary(pair[0]).cells
    assert ("ns an id", "alias", "zipf_1e4, 1 × 5, plain") in keys
    assert ("ns an id", "cum_table", "zipf_1e2, 16384 × 5") in keys


@pytest.fixture
def two(inputs, load_report):
    """The report with two machines."""
    for document in (machine_document("avx512"), machine_document("scalar", factor=4.0)):
        saved(inputs.root / "machines", document)
    return load_report()


def test_the_page_compares_machines(two):
    text = section.finding(two)
    assert text == (
        "In 2 entries of 1 kind of machine, the fastest sampler is 10 (V = 100, a-cpu-scalar) to 40 times (V = 10,000, "
        "a-cpu-avx512) faster than gensim's `cum_table`."
    )
    header = dataclasses.replace(two.machines[0].header, noise=Noise(30.0, 1.9, 0.0, 1.0))
    loud = dataclasses.replace(two.machines[0], header=header)
    report = dataclasses.replace(two, machines=(loud, two.machines[1]))
    assert section.finding(report).startswith("In 2 entries (1 indicative only) of 1 kind of machine, ")
    assert section.overview(report).rows[0][5].sub == "other programs kept 0.90 cores busy (bound: 0.5)"
    assert section.kernels(two) == (
        "A <CPU>: `scalar` takes 4.0 to 4.0 times the time of `avx512`, over the samplers of this library and V."
    )
    machines = section.overview(two)
    assert [row[0].text for row in machines.rows] == ["a-cpu-avx512", "a-cpu-scalar"]
    assert [row[5].text for row in machines.rows] == ["quiet", "quiet"]
    table = section.table(two)
    assert [column.title for column in table.columns[5:]] == ["a-cpu-avx512", "a-cpu-scalar"]
    row = next(
        row for row in table.rows if (row[0].text, row[1].text, row[3].text) == ("alias", "zipf_1e4", "16,384 × 5")
    )
    assert [cell.sub for cell in row[5:]] == ["40× cum_table", "10× cum_table"]
    assert [cell.kind for cell in row[5:]] == ["best", "best"]
    recorded = section.record(two)
    assert len(recorded[0]["times"]) == len(table.rows) == 9


def test_without_files_the_page_says_what_makes_one(inputs, load_report):
    report = load_report()
    for path in (inputs.root / "machines").glob("*.json"):
        path.unlink()
    report = load_report()
    assert section.finding(report) == "No machine has a file yet: run `python -m reports submit`."
    assert (section.table(report), section.overview(report)) == (None, None)
    assert read_machines(inputs.root / "nowhere") == ()
    with pytest.raises(InputError, match="does not exist: make it with `python -m reports submit`"):
        MACHINE.load(Machine, inputs.root / "nowhere.json")


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_a_published_file_has_every_cell_and_the_small_tables_are_right(path):
    """`python -m reports verify` recomputes all of its tables, in 15 seconds."""
    machine = MACHINE.load(Machine, path)
    assert path.stat().st_size < verify.LARGEST
    assert verify.of_cells(machine, CELLS) == []
    assert verify.of_origin(machine, path.stem) == []
    assert [(t["law"], t["strategy"], t["replacement"]) for t in machine.tables] == [case.key for case in CASES]
    for case, entry in zip(CASES, machine.tables, strict=True):
        if case in SMALL_CASES:
            assert differences(entry, proof(case)) == []


def test_there_are_published_machines():
    assert len(PUBLISHED) >= 3
    assert {MACHINE.load(Machine, path).environment["simd"] for path in PUBLISHED} >= {"avx512", "avx2", "scalar"}


def test_rounds_of_the_fixture_are_many_enough():
    assert ROUNDS >= measure.FEWEST_ROUNDS
