# SPDX-License-Identifier: MIT
"""Fidelity in sentences: who failed and how, what a pass excludes, what the broken samplers show.

Names stand in backticks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.checks import Check, CheckAndTest, Mutant, Test, tests_of, worst_of

from .. import units

# The tests that the paragraphs on power speak of, by whether ids may repeat; the table by test has all.
SPOKEN = {
    True: ("chi-square", "frequency deciles", "exponent", "pairs between rows", "repeated windows"),
    False: ("duplicates", "conditional PIT", "Rao-Scott", "exponent"),
}
ALARM = "THE CHECKS FAIL THEIR OWN TEST"


def failures(checks: Sequence[Check]) -> list[str]:
    """Where a sampler failed and why, a sentence for each reason, from as few tests as explain all failures."""
    left = [check for check in checks if check.failed and not check.error]
    errors = dict.fromkeys(check.error for check in checks if check.failed and check.error)
    sentences = [f"on {where([c for c in checks if c.error == error])} ({error})" for error in errors]
    while left:
        found = [pair for pair in tests_of(left) if not pair[1].passed]
        if not found:
            return [*sentences, f"on {where(left)} (no test)"]
        groups = [[pair for pair in found if pair[1].name == name] for name in {test.name: 0 for _, test in found}]
        most = max(map(len, groups))
        group = min((group for group in groups if len(group) == most), key=lambda group: worst_of(group)[1].rank)
        covered, worst = [check for check, _ in group], worst_of(group)
        places = everywhere(covered, checks) or where(covered)
        at = f", worst on {where([worst[0]])}" if len({check.workload for check in covered}) > 1 else ""
        sentences.append(f"on {places}: {why(worst)}{at}{others(covered, found, worst[1].name)}")
        left = [check for check in left if check not in covered]
    return sentences


def where(checks: Sequence[Check]) -> str:
    """Workloads, each once."""
    return units.listed(list(dict.fromkeys(f"`{check.workload}`" for check in checks)))


def everywhere(covered: Sequence[Check], checks: Sequence[Check]) -> str:
    """Short for all workloads, where they are many."""
    tried = {check.workload for check in checks if not check.refused}
    return f"all {len(tried)} distributions tried" if len(tried) > 3 and tried == {c.workload for c in covered} else ""


def why(found: CheckAndTest) -> str:
    """A failed test in words."""
    check, test = found
    return EXPLAINED.get(test.name, by_bias)(check, test)


def others(checks: Sequence[Check], found: Sequence[CheckAndTest], named: str) -> str:
    """How many further tests fail there."""
    more = len({test.name for check, test in found if check in checks} - {named})
    return f"; so {'does' if more == 1 else 'do'} {more} other test{'' if more == 1 else 's'}" if more else ""


def by_bias(check: Check, test: Test) -> str:
    """The bias in multiples of what the test finds."""
    p = f"adjusted p = {units.probability(test.p_adjusted)}"
    if not test.excess:
        return f"{test.name} fails, {p}"
    times = units.scientific(test.excess)
    return f"{test.name} fails, {p}: {times} times what it finds with probability 0.99 ({test.detects})"


def by_support(check: Check, test: Test) -> str:
    """Ids that a table has lost or made up."""
    if check.audit is None:
        return by_bias(check, test)
    kinds = (
        (check.audit.never_drawn, "can never be drawn", ""),
        (check.audit.impossible, "can be drawn", " of weight zero"),
    )
    return (
        " and ".join(
            f"{units.count(number)} id{'' if number == 1 else 's'}{which} {verb}"
            for number, verb, which in kinds
            if number
        )
        + f" ({test.name})"
    )


def by_law(check: Check, test: Test) -> str:
    """The error of a table."""
    if check.audit is None or check.audit.draws_to_notice is None:
        return by_bias(check, test)
    off, draws = units.percent(check.audit.total_variation), units.scientific(check.audit.draws_to_notice)
    return f"its table is {off} from the noise distribution (total variation), which {draws} draws show ({test.name})"


# Tests of the table, whose finding is the audit; any other test speaks for itself.
EXPLAINED: dict[str, Callable[[Check, Test], str]] = {"table support": by_support, "table law": by_law}


def power(checks: Sequence[Check], workload: str, label: Callable[[str], str]) -> list[str]:
    """What a pass on a workload excludes: with replacement, distinct, and for who drew least."""
    here = [check for check in checks if check.workload == workload and check.passed and check.ids]
    sentences = []
    for replacement, words in ((True, "ids"), (False, "distinct ids")):
        kind = [check for check in here if check.replacement is replacement]
        if not kind:
            continue
        k = min(check.k for check in kind)
        kind = [check for check in kind if check.k == k]
        most = max(kind, key=lambda check: (check.ids or 0, len(check.tests)))
        sentences.append(
            f"A pass at {units.count(most.ids)} {words} (rows of {k}) on `{workload}` excludes, with probability 0.99 "
            f"each: {'; '.join(excluded(most))}."
        )
        least = min(check.ids or 0 for check in kind)
        if least < (most.ids or 0):
            sentences.append(fewer([check for check in kind if check.ids == least], label))
    return sentences


def excluded(check: Check) -> list[str]:
    """Biases, each with the test that finds it."""
    spoken = [test for test in check.tests if test.name in SPOKEN[bool(check.replacement)]] or list(check.tests)
    return [f"{test.detects} ({test.name})" for test in spoken]


def fewer(checks: Sequence[Check], label: Callable[[str], str]) -> str:
    """Samplers that are too slow for as many draws, and what their pass excludes."""
    names = units.listed([f"`{label(check.sampler)}`" for check in checks])
    return (
        f"Fewer draws see less: {names} drew {units.count(checks[0].ids)} ids there, "
        f"which excludes no more than: {'; '.join(excluded(checks[0]))}."
    )


def caught(mutants: Sequence[Mutant]) -> str:
    """How many broken samplers the tests made for them reject; loud where one is missed."""
    if not mutants:
        return "No broken samplers were tried: nothing shows that the tests can fail."
    missed = [mutant for mutant in mutants if not mutant.caught]
    text = f"{len(mutants) - len(missed)} of {len(mutants)} broken samplers are rejected by the test made for them."
    if not missed:
        return text
    names = units.listed([f"`{m.name}` ({m.rejected_by})" for m in missed])
    silent = [f"`{m.name}`" for m in missed if not m.rejected]
    undetected = f" No test at all rejects {units.listed(silent)}." if silent else ""
    return f"{ALARM}: {text} Missed: {names}.{undetected} A pass of those tests means little."
