# SPDX-License-Identifier: MIT
"""The loss of skip-gram against a computation by hand, and the ways in which post 004 computed it wrongly.

The figures of the wrong ways are those of a batch of 4 centres with 6, 4, 3 and 2 true cells of 6.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
functional = torch.nn.functional

from benchmarks.experiments import post004  # noqa: E402
from benchmarks.sgns.model import SkipGram, dots, joined, total  # noqa: E402
from benchmarks.sgns.windows import Examples  # noqa: E402

BATCH, LENGTH, DIMENSIONS = 4, 6, 8
TRUE = torch.tensor([6, 4, 3, 2])
MASK = torch.arange(LENGTH) < TRUE[:, None]
LABELS = torch.where(torch.arange(LENGTH) == 0, 1.0, -1.0).expand(BATCH, LENGTH)
PADS = int((~MASK).sum())


@pytest.fixture
def vectors():
    """Centres (4, 8) and the others (4, 6, 8), float64, with gradients."""
    generator = torch.Generator().manual_seed(0)
    shapes = (BATCH, DIMENSIONS), (BATCH, LENGTH, DIMENSIONS)
    return [torch.randn(s, dtype=torch.float64, generator=generator).requires_grad_() for s in shapes]


def value(scalar):
    """A number without its gradient; torch warns if it must leave the gradient out itself."""
    return float(scalar.detach())


def gradients(loss, vectors):
    return torch.autograd.grad(loss, vectors, retain_graph=True)


def by_hand(model, batch):
    """The sum over the true cells in Python's float64."""
    u, v = (weight.detach().double().tolist() for weight in model.tensors().values())
    cells = []
    for row, centre in enumerate(batch.centres.tolist()):
        for column, other in enumerate(batch.others[row].tolist()):
            if batch.mask[row, column]:
                product = math.fsum(a * b for a, b in zip(u[centre], v[other], strict=True))
                cells.append(math.log1p(math.exp(-product * float(batch.labels[row, column]))))
    return math.fsum(cells)


@pytest.mark.parametrize("sparse", [False, True])
def test_the_loss_is_that_of_a_computation_by_hand_in_float64(sparse):
    rng = np.random.default_rng(1)
    model = SkipGram(50, sparse=sparse, rng=rng, dimensions=20)
    with torch.no_grad():
        for weight in model.tensors().values():
            weight.copy_(torch.from_numpy(rng.normal(size=(50, 20))))
    contexts, mask = rng.integers(50, size=(8, 4)), rng.random((8, 4)) < 0.7
    batch = joined(Examples(rng.integers(50, size=8), contexts, mask), rng.integers(50, size=(32, 5)))
    assert 0 < int(batch.mask.sum()) < batch.mask.numel()
    expected = by_hand(model, batch)
    assert value(model.loss(batch)) * batch.positives == pytest.approx(expected, rel=1e-6)
    assert batch.positives == int(mask.sum())


def test_gradients_are_those_of_finite_differences(vectors):
    assert torch.autograd.gradcheck(lambda u, v: total(dots(u, v), LABELS, MASK), vectors)


def test_gradcheck_rejects_a_wrong_sign(vectors):
    """The loss without the sign of negatives has a gradient of its own; a backward that lacks the sign is rejected."""

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(context, products):
            context.save_for_backward(products)
            return total(products, LABELS, MASK)

        @staticmethod
        def backward(context, gradient):
            (products,) = context.saved_tensors
            return gradient * -torch.sigmoid(-products * LABELS) * MASK  # times LABELS would be right

    assert not torch.autograd.gradcheck(lambda u, v: Wrong.apply(dots(u, v)), vectors, raise_exception=False)


def test_a_batch_has_contexts_then_negatives_and_masks_padding_and_hits():
    examples = Examples(np.array([7, 8]), np.array([[1, 2], [3, 0]]), np.array([[True, True], [True, False]]))
    batch = joined(examples, np.array([[4, 1], [2, 5], [3, 9], [6, 6]]))
    assert batch.others.tolist() == [[1, 2, 4, 1, 2, 5], [3, 0, 3, 9, 6, 6]]
    assert batch.labels.tolist() == [[1, 1, -1, -1, -1, -1]] * 2
    # 1 is drawn for the context 1, 2 for 2, 3 for 3; all of the last slot is padding.
    assert batch.mask.int().tolist() == [[1, 1, 1, 0, 0, 1], [1, 0, 0, 1, 0, 0]]
    with pytest.raises(ValueError, match=r"a row for each of 2 x 2 contexts, got shape \(3, 2\)"):
        joined(examples, np.zeros((3, 2), dtype=np.int64))


def test_windows_with_padding_have_the_loss_of_their_pairs():
    rng = np.random.default_rng(2)
    model = SkipGram(40, sparse=False, rng=rng, dimensions=8)
    with torch.no_grad():
        model.contexts.weight.copy_(torch.from_numpy(rng.normal(size=(40, 8))))
    mask = rng.random((6, 10)) < 0.5
    windows = Examples(rng.integers(40, size=6), np.where(mask, rng.integers(40, size=(6, 10)), 0), mask)
    negatives = rng.integers(40, size=(60, 5))
    padded, pairs = joined(windows, negatives), joined(windows.pairs(), negatives[mask.ravel()])
    assert value(model.loss(padded)) == pytest.approx(value(model.loss(pairs)), rel=1e-6)
    one, other = (torch.autograd.grad(model.loss(b), list(model.tensors().values())) for b in (padded, pairs))
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b)
    # What stands in the padding changes nothing, to the bit.
    filled = Examples(windows.centres, np.where(mask, windows.contexts, 39), mask)
    assert value(model.loss(joined(filled, negatives))) == value(model.loss(padded))


def test_a_label_of_0_for_padding_adds_log_2_for_each_cell():
    found = post004.padding(post004.Cells())
    assert found["pads"] == PADS
    assert found["excess"] == pytest.approx(PADS * math.log(2), abs=1e-12)
    assert found["excess"] == pytest.approx(6.238325, abs=1e-6)
    # The gradients are equal: it is a constant, and not the reason why post 004's model did not learn.
    assert found["gradients off, label 0"] == 0


def test_labels_of_0_and_1_without_a_mask_train_padding_as_negatives():
    assert post004.padding(post004.Cells())["gradients off, no mask"] == pytest.approx(2.13, abs=0.005)


def test_a_mean_over_the_padded_length_makes_the_learning_rate_depend_on_padding(vectors):
    found = post004.means(post004.Cells())
    assert found["true"] == pytest.approx(1.009363, abs=1e-6)
    assert found["padded"] == pytest.approx(0.630852, abs=1e-6)
    assert found["gradients"] == pytest.approx(0.625)  # 15 true cells of 24
    of_rows = -(functional.logsigmoid(dots(*vectors) * LABELS) * MASK).sum(1) / TRUE
    assert value(of_rows.mean()) == pytest.approx(0.912338, abs=1e-6)  # a third loss


@pytest.mark.parametrize("batch", [1, 2, 8, 64, 512])
def test_reshape_for_transpose_leaves_a_share_of_right_pairs_of_exactly_1_of_the_batch(batch):
    """Post 004: "the larger the batch, the worse". A loader gives (length, batch), the model takes the other."""
    given = torch.arange(batch).expand(LENGTH, batch)  # the row of each cell
    assert bool((given.transpose(0, 1) == torch.arange(batch)[:, None]).all())
    assert post004.own_centre(batch) == 1 / batch


def test_reshape_gives_another_loss_and_other_gradients(vectors):
    centres, others = vectors
    given = others.transpose(0, 1).contiguous()
    right = total(dots(centres, given.transpose(0, 1)), LABELS, MASK)
    wrong = total(dots(centres, given.reshape(BATCH, LENGTH, DIMENSIONS)), LABELS, MASK)
    assert value(right) == value(total(dots(centres, others), LABELS, MASK))
    assert abs(value(wrong - right)) > 0.1


@pytest.mark.parametrize(
    ("dtype", "largest_gap"), [(torch.float32, 88.7), (torch.float64, 709.7)], ids=["float32", "float64"]
)
def test_log_sum_exp_needs_the_larger_term_factored_out(dtype, largest_gap):
    low, high = (torch.tensor(value, dtype=dtype) for value in (800.0, 900.0))
    assert float(post004.log_sum_exp(low, high)) == (900 if dtype == torch.float64 else math.inf)
    for gap in (100.0, largest_gap, largest_gap + 1, 5000.0):
        high = low + gap
        assert math.isinf(float(post004.log_sum_exp(low, high))) == (gap > largest_gap)
        assert float(post004.log_sum_exp(high, low)) == float(high)
        assert float(torch.logsumexp(torch.stack([low, high]), 0)) == float(high)


@pytest.mark.parametrize(("kind", "within", "not_finite"), [("float32", 6e-8, 5), ("float64", 6e-16, 3)])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_bce_with_logits_is_the_stable_form_and_ours(kind, within, not_finite, target):
    found = post004.cross_entropies(kind, target)
    assert found["stable"] <= within
    assert found["ours"] <= within
    assert found["not finite"] == not_finite
    assert found["clamped"] == pytest.approx(900)  # BCELoss ends at 100


def test_the_function_and_the_module_sigmoid_are_equal():
    assert post004.sigmoids_equal()


def test_each_remark_of_the_post_has_a_verdict_and_each_cause_is_shown():
    rows = post004.run().rows
    assert [row.verdict for row in rows] == ["same", "differs", "added", "same", "differs", "same", "same"]
    assert all(row.shown for row in rows)
