# SPDX-License-Identifier: MIT
"""``python -m benchmarks.clients``: epochs of PyTorch Geometric with its own negatives, and with those of this library.

The classes are those of docs/clients.md, which are read from the page, so that what is timed is what is shown. They
take turns with PyG's own sampler, so that a slow phase of the machine affects both. pyg-lib is not on PyPI; without it,
the random walks of Node2Vec are drawn by operations of torch, which take longer, so that ratios lie closer to 1.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

import samplers
from samplers.commands.ending import UNUSABLE, Parser
from samplers.recommendation.timing import take_turns

from .suite import SEED
from .workloads import zipf

PAGE = Path(__file__).resolve().parent.parent / "docs" / "clients.md"
NODES, EDGES = 100_000, 1_000_000
ROUNDS = 9
# Batches of an epoch that are timed. All of them cost the same.
WALK_BATCHES, WALK_STEPS, LINK_BATCHES = 20, 5, 20
EDGE_BATCH, AMOUNT, DIMENSIONS = 512, 5, 32
WALKS = {"embedding_dim": DIMENSIONS, "walk_length": 20, "context_size": 10, "walks_per_node": 2, "sparse": True}

Calls = dict[str, Callable[[], object]]
OURS = "ours"  # whose time is divided by that of each other call


def text_of(section: str) -> str:
    """A section of docs/clients.md, without its heading."""
    return PAGE.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]


def script(section: str) -> str:
    """The program that a section of docs/clients.md shows."""
    (program,) = re.findall(r"```python\n(.*?)```", text_of(section), re.DOTALL)
    return str(program)


def definitions(section: str) -> dict[str, Any]:
    """The imports, functions and classes of that program by name; the rest of it is not run."""
    tree = ast.parse(script(section))
    tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef)]
    made: dict[str, Any] = {"__name__": "docs_clients"}
    exec(compile(tree, str(PAGE), "exec"), made)
    return made


@cache
def allow_node2vec() -> Any:
    """Let PyG's Node2Vec start without pyg-lib, with random walks (p = q = 1) in operations of torch.

    Returns
    -------
    torch.library.Library or None
        The registered operation, which lives as long as this object; None if pyg-lib is there.
    """
    torch: Any = import_module("torch")
    node2vec: Any = import_module("torch_geometric.nn.models.node2vec")
    if node2vec.WITH_PYG_LIB:
        return None

    def random_walk(rowptr: Any, col: Any, seed: Any, walk_length: int, p: float, q: float) -> Any:
        nodes = [seed]
        for _ in range(walk_length):
            at, degree = rowptr[nodes[-1]], rowptr[nodes[-1] + 1] - rowptr[nodes[-1]]
            step = (torch.rand(len(seed), dtype=torch.float64) * degree).long()
            nodes.append(torch.where(degree > 0, col[(at + step).clamp(max=len(col) - 1)], nodes[-1]))
        return torch.stack(nodes, dim=1)

    library = torch.library.Library("pyg", "FRAGMENT")
    library.define("random_walk(Tensor rowptr, Tensor col, Tensor seed, int walk_length, float p, float q) -> Tensor")
    library.impl("random_walk", random_walk, "CPU")
    node2vec.WITH_PYG_LIB = True
    return library


@cache
def graph() -> Any:
    """Edges of a random graph as a tensor, int64 (2, 2 `EDGES`): both ends by Zipf weights, in both directions."""
    torch: Any = import_module("torch")
    ends = samplers.create("alias", zipf(NODES), exponent=1.0, rng=SEED).sample(2, EDGES)
    names = np.random.default_rng(SEED).permutation(NODES)  # nodes are not sorted by degree
    return torch.from_numpy(names[np.concatenate([ends, ends[::-1]], axis=1)])


def weighted(model: Any, degrees: Any) -> Callable[[Any], Any]:
    """``neg_sample`` of a user of PyG who wants ``degree ** 0.75``, with torch.multinomial."""
    torch: Any = import_module("torch")
    weights = degrees.double() ** 0.75

    def neg_sample(batch: Any) -> Any:
        starts = batch.repeat(model.walks_per_node * model.num_negative_samples)
        ids = torch.multinomial(weights, len(starts) * model.walk_length, replacement=True).view(len(starts), -1)
        walks = torch.cat([starts[:, None], ids], dim=1)
        return walks.unfold(1, model.context_size, 1).transpose(0, 1).reshape(-1, model.context_size)

    return neg_sample


def node2vec(training: bool) -> Calls:
    """Batches of 128 nodes from the loader of Node2Vec, in an epoch of training or alone."""
    torch, degree = import_module("torch"), import_module("torch_geometric.utils").degree
    their_model = import_module("torch_geometric.nn").Node2Vec
    allow_node2vec()
    edges = graph()
    ours = definitions("PyTorch Geometric: Node2Vec")["DegreeNode2Vec"]
    torchs = their_model(edges, **WALKS, num_nodes=NODES)
    torchs.neg_sample = weighted(torchs, degree(edges[0], NODES, dtype=torch.int64))
    models = {
        OURS: ours(edges, **WALKS, num_nodes=NODES, rng=SEED),
        "PyG: uniform": their_model(edges, **WALKS, num_nodes=NODES),
        "torch.multinomial": torchs,
    }
    return {name: partial(walks_of, model, training) for name, model in models.items()}


def walks_of(model: Any, training: bool) -> None:
    """Some batches of an epoch of Node2Vec."""
    torch: Any = import_module("torch")
    optimiser = torch.optim.SparseAdam(list(model.parameters()), lr=0.01)
    loader = model.loader(batch_size=128, shuffle=True)
    for positive, negative in islice(loader, WALK_STEPS if training else WALK_BATCHES):
        if training:
            optimiser.zero_grad()
            model.loss(positive, negative).backward()
            optimiser.step()


def link_prediction(training: bool) -> Calls:
    """Batches of 512 edges with 5 negatives of each, in an epoch of training by dot products or alone."""
    torch, degree = import_module("torch"), import_module("torch_geometric.utils").degree
    their_negatives = import_module("torch_geometric.sampler").NegativeSampling
    degrees = degree(graph()[0], NODES, dtype=torch.int64)
    ours = definitions("PyTorch Geometric: NegativeSampling")["Drawn"]
    kinds = {
        OURS: ours("triplet", AMOUNT, samplers.create("alias", degrees, rng=SEED)),
        "PyG: dst_weight": their_negatives("triplet", AMOUNT, dst_weight=degrees.double() ** 0.75),
        "PyG: uniform": their_negatives("triplet", AMOUNT),
    }
    table = torch.nn.Embedding(NODES, DIMENSIONS, sparse=True) if training else None
    batches = graph()[:, : LINK_BATCHES * EDGE_BATCH].split(EDGE_BATCH, dim=1)
    return {name: partial(edges_of, kind, batches, table) for name, kind in kinds.items()}


def edges_of(negatives: Any, batches: Sequence[Any], table: Any) -> None:
    """Some batches of an epoch of link prediction; without a table, their negatives alone."""
    torch: Any = import_module("torch")
    optimiser = None if table is None else torch.optim.SparseAdam(list(table.parameters()), lr=0.01)
    for source, target in batches:
        ids = negatives.sample(AMOUNT * len(source), "dst", NODES).view(-1, AMOUNT)
        if optimiser is not None:
            vectors, sign = table(source), torch.nn.functional.logsigmoid
            far = torch.einsum("bd,bkd->bk", vectors, table(ids))
            loss = -(sign((vectors * table(target)).sum(1)) + sign(-far).sum(1)).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()


CASES: Mapping[str, Callable[[], Calls]] = {
    "Node2Vec: its loader": partial(node2vec, False),
    "Node2Vec: training": partial(node2vec, True),
    "links: negatives": partial(link_prediction, False),
    "links: training": partial(link_prediction, True),
}


def ratios(calls: Calls, rounds: int) -> dict[str, tuple[float, float, float]]:
    """Our time divided by that of each other call: the quartiles of the ratios of the rounds."""
    times = take_turns(calls, rounds, seconds=0.05)
    others = {name: times[OURS] / seconds for name, seconds in times.items() if name != OURS}
    return {name: tuple(np.quantile(found, (0.25, 0.5, 0.75)).tolist()) for name, found in others.items()}


def table_of(results: Mapping[str, Mapping[str, tuple[float, float, float]]]) -> Table:
    """A row for each case and each sampler of others."""
    shown = Table(
        "an epoch of", "theirs", "ours / theirs", "middle half", title="time with our negatives / with theirs"
    )
    for case, found in results.items():
        for name, (low, middle, high) in found.items():
            shown.add_row(case, name, f"{middle:.2g}", f"{low:.2g} to {high:.2g}")
    return shown


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the table; returns 0, or 2 if PyG is missing."""
    parser = Parser(prog="python -m benchmarks.clients", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default: %(default)s")
    given = parser.parse_args(arguments)
    console = Console()
    if find_spec("torch_geometric") is None:
        console.print("torch_geometric is not installed: pip install torch_geometric")
        return UNUSABLE
    results = {name: ratios(make(), given.rounds) for name, make in track(CASES.items(), "measuring")}
    console.print(table_of(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
