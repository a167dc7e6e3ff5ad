# SPDX-License-Identifier: MIT
"""Post 004's remarks on the loss of skip-gram, each mistake beside the right form; docs/findings.md has its samplers.

The batch has 4 centres with 6, 4, 3 and 2 true cells of 6.
"""

from __future__ import annotations

import math
from typing import Any

from .experiment import Experiment, Figures, Outcome, Row

BATCH, LENGTH, DIMENSIONS = 4, 6, 8
TRUE = (6, 4, 3, 2)
SIZES = (1, 2, 8, 64, 512)
LOGITS = (-1000.0, -104.0, -88.0, -20.0, -1.0, -0.0, 0.0, 1e-8, 1.0, 17.0, 88.0, 1000.0)
LOW, HIGH = 800.0, 900.0  # the post's example of log-sum-exp


class Cells:
    """The vectors of the batch, float64 with gradients, their products, labels and mask."""

    def __init__(self) -> None:
        import torch

        from benchmarks.sgns.model import dots

        generator = torch.Generator().manual_seed(0)
        shapes = (BATCH, DIMENSIONS), (BATCH, LENGTH, DIMENSIONS)
        self.vectors = [torch.randn(s, dtype=torch.float64, generator=generator).requires_grad_() for s in shapes]
        self.products = dots(*self.vectors)
        self.mask = torch.arange(LENGTH) < torch.tensor(TRUE)[:, None]
        self.labels = torch.where(torch.arange(LENGTH) == 0, 1.0, -1.0).expand(BATCH, LENGTH)

    def total(self, labels: Any = None, mask: Any = None) -> Any:
        """The loss, with other labels or another mask."""
        from benchmarks.sgns.model import total

        return total(self.products, self.labels if labels is None else labels, self.mask if mask is None else mask)

    def gradients(self, loss: Any) -> list[Any]:
        """Of a loss, by the vectors."""
        import torch

        return list(torch.autograd.grad(loss, self.vectors, retain_graph=True))

    def furthest(self, one: Any, other: Any) -> float:
        """The largest difference of the gradients of two losses."""
        pairs = zip(self.gradients(one), self.gradients(other), strict=True)
        return max(float((a - b).abs().max()) for a, b in pairs)


def padding(cells: Cells) -> dict[str, float]:
    """A label of 0 for padding in place of the mask, and labels of 0 and 1 in binary cross-entropy without a mask."""
    import torch

    right, everywhere = cells.total(), torch.ones_like(cells.mask)
    zero = cells.total(torch.where(cells.mask, cells.labels, 0.0), everywhere)
    cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits(
        cells.products, (cells.labels > 0).double(), reduction="sum"
    )
    return {
        "pads": int((~cells.mask).sum()),
        "excess": float((zero - right).detach()),
        "gradients off, label 0": cells.furthest(zero, right),
        "gradients off, no mask": cells.furthest(cross_entropy, right),
    }


def means(cells: Cells) -> dict[str, float]:
    """The mean over the padded length beside that over the true cells."""
    right, wrong = cells.total() / cells.mask.sum(), cells.total() / cells.mask.numel()
    ratios = [
        float((a / b).mean())
        for a, b in zip(cells.gradients(wrong), cells.gradients(right), strict=True)
        if (b != 0).all()
    ]
    return {"true": float(right.detach()), "padded": float(wrong.detach()), "gradients": ratios[0]}


def own_centre(batch: int) -> float:
    """The share of context vectors that reach their own centre if (length, batch) is reshaped and not transposed."""
    import torch

    row = torch.arange(batch).expand(LENGTH, batch)
    return float((row.reshape(batch, LENGTH) == torch.arange(batch)[:, None]).double().mean())


def log_sum_exp(term: Any, other: Any) -> Any:
    """log(exp(term) + exp(other)) as the post writes it, with `term` factored out: 800 + log(exp(0) + exp(100))."""
    import torch

    return term + torch.log(torch.exp(torch.zeros_like(term)) + torch.exp(other - term))


def sums_of_exponentials(kind: str) -> dict[str, float]:
    """The post's example, with the smaller and with the larger term factored out, and torch's function."""
    import torch

    low, high = (torch.tensor(value, dtype=getattr(torch, kind)) for value in (LOW, HIGH))
    return {
        "smaller out": float(log_sum_exp(low, high)),
        "larger out": float(log_sum_exp(high, low)),
        "torch.logsumexp": float(torch.logsumexp(torch.stack([low, high]), 0)),
    }


def cross_entropies(kind: str, target: float) -> dict[str, Any]:
    """BCEWithLogitsLoss against the stable form, against ours, and against the log of a sigmoid."""
    import torch

    from benchmarks.sgns.model import total

    functional = torch.nn.functional
    x = torch.tensor(LOGITS, dtype=getattr(torch, kind))
    targets = torch.full_like(x, target)
    theirs = functional.binary_cross_entropy_with_logits(x, targets, reduction="none")
    stable = x.clamp(min=0) - x * target + torch.log1p(torch.exp(-x.abs()))
    ours = torch.stack([total(v, torch.tensor(2 * target - 1, dtype=x.dtype), torch.tensor(True)) for v in x])
    naive = -(target * torch.log(torch.sigmoid(x)) + (1 - target) * torch.log(1 - torch.sigmoid(x)))
    clamped = functional.binary_cross_entropy(torch.sigmoid(x), targets, reduction="none")
    return {
        "stable": float((theirs - stable).abs().max()),
        "ours": float((theirs - ours).abs().max()),
        "not finite": int((~torch.isfinite(naive)).sum()),
        "clamped": float((clamped - theirs).abs().max()),
    }


def sigmoids_equal() -> bool:
    """Whether the function and the module give the same bits."""
    import torch

    x = torch.tensor(LOGITS)
    return bool(torch.equal(torch.sigmoid(x), torch.nn.Sigmoid()(x)))


def run(short: bool = False) -> Outcome:
    """Measure; the short form is the same."""
    cells = Cells()
    pads, mean = padding(cells), means(cells)
    shares = {size: own_centre(size) for size in SIZES}
    exponentials = {kind: sums_of_exponentials(kind) for kind in ("float32", "float64")}
    entropies = {
        f"{kind}, target {t:.0f}": cross_entropies(kind, t) for kind in ("float32", "float64") for t in (0.0, 1.0)
    }
    equal = sigmoids_equal()
    numbers = {
        "padding": pads,
        "means": mean,
        "own centre": {str(size): share for size, share in shares.items()},
        "log-sum-exp": {kind: {name: text(v) for name, v in of.items()} for kind, of in exponentials.items()},
        "cross-entropy": entropies,
        "sigmoids equal": equal,
    }
    return Outcome(rows(pads, mean, shares, exponentials, entropies, equal), [table(entropies)], numbers)


def text(value: float) -> float | str:
    """A number, or a word for one that JSON does not have."""
    return value if math.isfinite(value) else "infinite"


def rows(
    pads: dict[str, float],
    mean: dict[str, float],
    shares: dict[int, float],
    exponentials: dict[str, dict[str, float]],
    entropies: dict[str, dict[str, Any]],
    equal: bool,
) -> list[Row]:
    """The remarks of the post."""
    log_2 = pads["pads"] * math.log(2)
    true = sum(TRUE)
    single = exponentials["float32"]
    within = {
        kind: max(of["stable"] for name, of in entropies.items() if kind in name) for kind in ("float32", "float64")
    }
    naive = {
        kind: max(of["not finite"] for name, of in entropies.items() if kind in name) for kind in ("float32", "float64")
    }
    return [
        Row(
            "A label of 0 for padding adds log(sigmoid(0)) for each pad.",
            f"{pads['pads']} pads add {pads['excess']:.6f}, which is {pads['pads']} log 2.",
            math.isclose(pads["excess"], log_2, abs_tol=1e-12),
        ),
        Row(
            "This is why the model did not learn.",
            f"The gradients {'are equal to the bit' if pads['gradients off, label 0'] == 0 else 'differ'}. With labels"
            f" 0 and 1 and no mask, they are off by up to {pads['gradients off, no mask']:.2f}.",
            pads["gradients off, label 0"] > 0,
            "What is added is a constant. Padding that is trained as negatives is no constant.",
            shown=pads["gradients off, label 0"] == 0 < pads["gradients off, no mask"],
        ),
        Row(
            "(Not in the post.) The mean over the padded length",
            f"{mean['padded']:.6f} in place of {mean['true']:.6f}; gradients times {mean['gradients']:.3f}.",
            None,
            f"{true} of {BATCH * LENGTH} cells are true: the learning rate depends on the padding.",
            shown=math.isclose(mean["gradients"], true / (BATCH * LENGTH)),
        ),
        Row(
            "With reshape in place of transpose, the larger the batch, the worse.",
            f"{', '.join(f'{share:.4g}' for share in shares.values())} of the context vectors reach their own centre,"
            f" in batches of {', '.join(map(str, shares))}.",
            sorted(shares.values(), reverse=True) == list(shares.values()),
            "The share is exactly 1 / batch.",
            shown=all(share == 1 / size for size, share in shares.items()),
        ),
        Row(
            "log(e**800 + e**900) = 800 + log(e**0 + e**100) does not overflow.",
            f"float64: {exponentials['float64']['smaller out']:g}; float32: {single['smaller out']:g}. With 900"
            f" factored out: {single['larger out']:g} and {exponentials['float64']['larger out']:g}.",
            math.isfinite(single["smaller out"]),
            "The larger term must be factored out: e**100 is too large for float32, in which torch computes by"
            " default.",
            shown=math.isinf(single["smaller out"]) and single["larger out"] == HIGH == single["torch.logsumexp"],
        ),
        Row(
            "BCEWithLogitsLoss is the stable form of a sigmoid and BCELoss.",
            f"It equals max(x, 0) - x t + log(1 + e**-|x|) within {within['float32']:.0e} (float32) and"
            f" {within['float64']:.0e} (float64). The log of a sigmoid is not finite for {naive['float32']} and"
            f" {naive['float64']} of {len(LOGITS)} products.",
            within["float32"] < 1e-7 and naive["float32"] > 0,
        ),
        Row("torch.sigmoid and nn.Sigmoid are equal.", "The bits are equal." if equal else "The bits differ.", equal),
    ]


def table(entropies: dict[str, dict[str, Any]]) -> Figures:
    """Precision and target down."""
    lines = [
        [name, f"{of['stable']:.1e}", f"{of['ours']:.1e}", f"{of['not finite']} of {len(LOGITS)}", f"{of['clamped']:g}"]
        for name, of in entropies.items()
    ]
    columns = ("", "stable form", "our loss", "naive: not finite", "BCELoss: largest error")
    return Figures("BCEWithLogitsLoss at products from -1000 to 1000: largest difference", columns, lines)


EXPERIMENT = Experiment(
    name="post004",
    title="The loss of skip-gram",
    claim="Padding, reshape and the log of a sigmoid spoil the loss.",
    needs=("torch",),
    run=run,
)
