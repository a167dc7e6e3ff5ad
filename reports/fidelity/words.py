# SPDX-License-Identifier: MIT
"""Sentences about fidelity: failed samplers, the biases that a pass excludes, the broken samplers.

Names are in backticks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.checks import Check, CheckAndTest, Mutant, Test, tests_of, worst_of

from .. import units

# The tests that the paragraphs on power mention, by replacement; the table by test has all tests.
MENTIONED = {
    True: ("chi-square", "frequency deciles", "exponent", "pairs between rows", "repeated windows"),
    False: ("duplicates", "conditional PIT", "Rao-Scott", "exponent"),
}
RMS_TEST = "chi-square"  # its effect is the relative error of the probabilities
ALARM = "THE CHECKS FAIL THEIR OWN TEST"


def failures(checks: Sequence[Check]) -> list[str]:
    """The workloads on which a sampler failed, with the reasons: a sentence for each error and for each test.

    The tests are chosen greedily, so that few tests explain all failures.
    """
    unexplained = [check for check in checks if check.failed and not check.error]
    errors = dict.fromkeys(check.error for check in checks if check.failed and check.error)
    sentences = [f"on {where([c for c in checks if c.error == error])} ({error})" for error in errors]
    while unexplained:
        failed = [pair for pair in tests_of(unexplained) if not pair[1].passed]
        if not failed:
            return [*sentences, f"on {where(unexplained)} (no test)"]
        group = widest(failed)
        covered, worst = [check for check, _ in group], farthest(group)
        places = everywhere(covered, checks) or where(covered)
        at = f", worst on {where([worst[0]])}" if len({check.workload for check in covered}) > 1 else ""
        sentences.append(f"on {places}: {why(worst)}{at}{further(covered, failed, worst[1].name)}")
        unexplained = [check for check in unexplained if check not in covered]
    return sentences


def widest(failed: Sequence[CheckAndTest]) -> list[CheckAndTest]:
    """The failures of the test that fails in most checks; of equals, of the one with the strongest evidence."""
    groups = [[pair for pair in failed if pair[1].name == name] for name in {test.name: 0 for _, test in failed}]
    return min(groups, key=lambda group: (-len(group), worst_of(group)[1].rank))


def farthest(group: Sequence[CheckAndTest]) -> CheckAndTest:
    """The failure that a sentence states: of tables the one farthest from its law, else the strongest evidence."""
    audited = [(check.audit.total_variation, (check, test)) for check, test in group if check.audit]
    if len(audited) == len(group) and group[0][1].name in EXPLAINED:
        return max(audited, key=lambda pair: pair[0])[1]
    return worst_of(group)


def where(checks: Sequence[Check]) -> str:
    """The workloads of checks, each once."""
    return units.listed(list(dict.fromkeys(f"`{check.workload}`" for check in checks)))


def everywhere(covered: Sequence[Check], checks: Sequence[Check]) -> str:
    """Words for all tried workloads, if the failures cover them and there are more than three; else ""."""
    tried = {check.workload for check in checks if not check.refused}
    return f"all {len(tried)} workloads" if len(tried) > 3 and tried == {c.workload for c in covered} else ""


def why(failure: CheckAndTest) -> str:
    """A failed test in words."""
    check, test = failure
    return EXPLAINED.get(test.name, by_bias)(check, test)


def further(checks: Sequence[Check], failed: Sequence[CheckAndTest], named: str) -> str:
    """The number of further tests that fail in these checks, in words."""
    number = len({test.name for check, test in failed if check in checks} - {named})
    return f"; {number} other test{' fails' if number == 1 else 's fail'} too" if number else ""


def by_bias(check: Check, test: Test) -> str:
    """The observed bias as a multiple of the detectable bias."""
    p = f"adjusted p = {units.probability(test.p_adjusted)}"
    if not test.excess:
        return f"{test.name} fails, {p}"
    times = units.scientific(test.excess)
    of = "the bias is"
    if test.name == RMS_TEST and test.effect is not None:
        of = f"the probabilities are off by {units.percent(test.effect)} (root mean square over the draws),"
    return f"{test.name} fails, {p}; {of} {times} times the detectable bias ({test.detects})"


def by_support(check: Check, test: Test) -> str:
    """The ids of positive weight that are never drawn, and the ids of weight zero that are drawn."""
    if check.audit is None:
        return by_bias(check, test)
    kinds = (
        (check.audit.never_drawn, "can never be drawn", ""),
        (check.audit.impossible, "can be drawn", " of weight zero"),
    )
    texts = [f"{units.count(n)} id{'' if n == 1 else 's'}{weight} {verb}" for n, verb, weight in kinds if n]
    return f"{' and '.join(texts)} ({test.name})"


def by_law(check: Check, test: Test) -> str:
    """The total variation distance of a table from the noise distribution."""
    if check.audit is None or check.audit.draws_to_notice is None:
        return by_bias(check, test)
    distance, draws = units.percent(check.audit.total_variation), units.scientific(check.audit.draws_to_notice)
    return (
        f"the total variation distance of its table from the noise distribution is {distance}, which {draws} draws "
        f"detect ({test.name})"
    )


# The tests of the table are explained by the audit, all other tests by their bias.
EXPLAINED: dict[str, Callable[[Check, Test], str]] = {"table support": by_support, "table law": by_law}


def power(checks: Sequence[Check], workload: str, label: Callable[[str], str]) -> list[str]:
    """The biases that a pass on a workload excludes, for each mode, and for the samplers with the fewest draws."""
    passed = [check for check in checks if check.workload == workload and check.passed and check.ids]
    sentences = []
    for replacement, words in ((True, "ids"), (False, "distinct ids")):
        in_mode = [check for check in passed if check.replacement is replacement]
        if not in_mode:
            continue
        k = min(check.k for check in in_mode)
        in_mode = [check for check in in_mode if check.k == k]
        largest = max(in_mode, key=lambda check: (check.ids or 0, len(check.tests)))
        sentences.append(
            f"A pass with {units.count(largest.ids)} {words} (rows of {k}) on `{workload}` excludes each of these "
            f"biases with probability 0.99: {'; '.join(excluded(largest))}."
        )
        fewest = min(check.ids or 0 for check in in_mode)
        if fewest < (largest.ids or 0):
            sentences.append(with_fewer_draws([check for check in in_mode if check.ids == fewest], label))
    return sentences


def excluded(check: Check) -> list[str]:
    """The detectable biases of a check, each with its test: spread over the cells, and in the rarest cell."""
    tests = [test for test in check.tests if test.name in MENTIONED[bool(check.replacement)]] or list(check.tests)
    return [f"{test.detects} ({test.name})" for test in tests]


def with_fewer_draws(checks: Sequence[Check], label: Callable[[str], str]) -> str:
    """The biases that a pass excludes for samplers that were too slow for more draws."""
    names = units.listed([f"`{label(check.sampler)}`" for check in checks])
    return (
        f"With fewer draws a pass excludes less. {names} drew {units.count(checks[0].ids)} ids, which exclude only: "
        f"{'; '.join(excluded(checks[0]))}."
    )


def caught(mutants: Sequence[Mutant]) -> str:
    """How many broken samplers are rejected by the test made for them, with an alarm if one is not."""
    if not mutants:
        return "No broken samplers were tried, so that nothing shows that the tests can fail."
    missed = [mutant for mutant in mutants if not mutant.caught]
    text = f"{len(mutants) - len(missed)} of {len(mutants)} broken samplers are rejected by the test made for them."
    if not missed:
        return text
    names = units.listed([f"`{m.name}` ({m.rejected_by})" for m in missed])
    silent = [f"`{m.name}`" for m in missed if not m.rejected]
    undetected = f" No test at all rejects {units.listed(silent)}." if silent else ""
    return f"{ALARM}: {text} Missed: {names}.{undetected} A pass of those tests means little."
