# SPDX-License-Identifier: MIT
"""The section on fidelity: the checks, their power, and whether they can fail."""

from __future__ import annotations

from ..fidelity import audit, details, float32, gate, mutants, words
from ..figures.inclusion import inclusion
from ..figures.ranks import by_rank
from ..model import Report
from ..tables import Table
from ..verdict import HEADLINE
from .section import Drawn, Heading, Section, Shown, Text

FAITHFUL = (
    "A sampler is called faithful if it passes every test below on every workload that it supports. Each test states "
    "the smallest bias that it detects; a pass says nothing about smaller biases. A chi-square states two: an error "
    "that is spread over the ids, and an error that the rarest ids have alone, which must be larger. summary.json has "
    "every test of every check."
)
BY_WORKLOAD = (
    "Below the result: p, the smallest adjusted p-value of all tests, and the relative errors (root mean square over "
    "the draws) that the chi-square test detects with probability 0.99: first, if the error is spread over the ids; "
    "second, if the rarest cell of ids has all of it. If a workload was checked at several k, they are the largest "
    "ones."
)
DISTINCT = (
    "Without replacement an id can be drawn only once per row. Its expected count in a row of k is then the inclusion "
    "probability of successive sampling, which is below k p for frequent ids and above k p for rare ids. The tests "
    "compare the draws with the exact inclusion probabilities."
)
AUDIT = (
    "Some samplers state the exact probabilities of their finished table. These are compared with the noise "
    "distribution without draws, because draws cannot detect such small errors."
)
MUTANTS = "Each broken sampler is wrong on purpose. Most have a mistake that was found in a post or in a project."


def home(report: Report) -> str:
    """The workload whose tests are listed."""
    checked = [workload.name for workload in report.checked()]
    return HEADLINE if HEADLINE in checked else (*checked, "")[0]


def finding(report: Report) -> str:
    """How many samplers pass, which fail, and whether the tests can fail."""
    checked = [s.name for s in report.samplers if report.checks_of(s.name)]
    if not checked:
        return f"No sampler was checked. {words.caught(report.mutants)}"
    passed = [name for name in checked if report.status(name) == "pass"]
    failed = [f"`{report.label(name)}`" for name in checked if report.status(name) == "fail"]
    names = f"; {', '.join(failed)} {'fails' if len(failed) == 1 else 'fail'}" if failed else ""
    return f"{len(passed)} of {len(checked)} samplers pass every check{names}. {words.caught(report.mutants)}"


def of_home(report: Report) -> Table:
    """Every test on the home workload."""
    return details.all_of(report, home(report))


def number_of_tests(report: Report) -> str:
    """The summary of the folded table."""
    number = len(of_home(report).rows)
    return f"All {number} tests on {home(report)}; summary.json has the tests on the other workloads"


SECTION = Section(
    key="fidelity",
    title="Fidelity",
    link="Fidelity",
    finding=finding,
    blocks=(
        Text(FAITHFUL),
        Text(lambda report: float32.said(report, home(report))),
        Text(lambda report: words.power(report.checks, home(report), report.label)),
        Shown(
            "matrix",
            "Result and smallest adjusted p by test and sampler",
            lambda report: gate.by_test(report, home(report)),
            heading="By test",
        ),
        Shown("failures", "Failed tests with the observed bias", details.failed, heading="Failed tests"),
        Heading("By workload"),
        Text(BY_WORKLOAD),
        Shown("gate", "Fidelity by sampler and workload", gate.by_workload),
        Drawn("ranks", by_rank),
        Heading("Distinct ids"),
        Text(DISTINCT),
        Drawn("inclusion", inclusion),
        Heading("Exact errors of the tables"),
        Text(AUDIT),
        Shown("audit", "Exact audit of the tables by sampler and workload", audit.table),
        Heading("Can the tests fail?", key="mutants"),
        Text(lambda report: words.caught(report.mutants)),
        Text(MUTANTS),
        Shown("broken", "Broken samplers and the tests that reject them", mutants.table),
        Shown(
            "tests",
            "Every fidelity test on the workload of the headline",
            of_home,
            summary=number_of_tests,
            only="page",
        ),
    ),
    wide=True,
    sources=(float32.SOURCE,),
)
