# SPDX-License-Identifier: MIT
"""The programs of docs/clients.md run, and what they draw is what the library that uses it asks for."""

from __future__ import annotations

import re

import numpy as np
import pytest

import samplers
from benchmarks import clients

PYG = "PyTorch Geometric: "
# Its own code calls torch.jit.script when it is imported.
ignores_jit = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def needs_pyg():
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("torch_geometric", reason="torch_geometric is not installed")
    clients.allow_node2vec()


def run(section):
    """What the program of a section leaves in its variables."""
    made = {"__name__": "shown"}
    exec(compile(clients.script(section), section, "exec"), made)
    return made


def test_gensims_law_is_that_of_a_sampler_of_its_counts():
    """The table has 2**31 - 1 places, and each of its entries is rounded by half a place at most."""
    pytest.importorskip("gensim", reason="gensim is not installed")
    made = run("gensim")
    model, table = made["model"], made["table"]
    counts = [model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key]
    assert made["sampler"].noise.fingerprint == samplers.NoiseDistribution(counts, exponent=0.75).fingerprint
    limit = 1.001 / (2**31 - 1)
    assert abs(made["sampler"].implied_probabilities() - table).max() < limit
    assert abs(samplers.NoiseDistribution(counts, exponent=0.74).probabilities - table).max() > 1e5 * limit


def test_the_table_is_the_only_way_into_gensim():
    """With a table of word 0 alone, training changes the output vectors of word 0 and of the words of the text."""
    pytest.importorskip("gensim", reason="gensim is not installed")
    from gensim.models import Word2Vec

    def changed(table):
        model = Word2Vec(vector_size=4, min_count=1, workers=1, seed=1, sg=1, negative=20, epochs=5)
        model.build_vocab([["w0", *(f"w{i}" for i in range(50))]])
        if table is not None:
            model.cum_table = table
        model.train([["w30", "w31", "w32"]] * 50, total_examples=50, epochs=5)
        moved = np.flatnonzero(model.syn1neg.any(axis=1))
        return {model.wv.index_to_key[i] for i in moved} - {"w30", "w31", "w32"}

    assert len(changed(None)) > 20
    assert changed(np.full(50, 2**31 - 1, dtype=np.uint32)) == {"w0"}


@ignores_jit
@pytest.mark.slow
def test_node2vec_gets_walks_of_its_shape_whose_nodes_are_drawn_by_degree():
    needs_pyg()
    import torch

    made = clients.definitions(PYG + "Node2Vec")
    ends = torch.multinomial(1 / torch.arange(1.0, 61.0), 400, replacement=True, generator=torch.manual_seed(0))
    edges = made["to_undirected"](ends.view(2, -1), num_nodes=60)
    options = {"num_nodes": 60, "walk_length": 6, "context_size": 4, "walks_per_node": 2, "num_negative_samples": 3}
    model, theirs = made["DegreeNode2Vec"](edges, 8, **options, rng=42), made["Node2Vec"](edges, 8, **options)
    batch = torch.tensor([7, 3, 59])
    ids = model.neg_sample(batch)
    assert (ids.shape, ids.dtype) == (theirs.neg_sample(batch).shape, torch.int64)
    # As PyG cuts walks into windows: those that begin at their first node, then those at the second, and so on.
    degrees = np.bincount(edges[0], minlength=60)
    sampler = samplers.create("alias", degrees, rng=42)
    rows = [[node, *sampler.sample_rows([6 * node + copy], 5)[0]] for copy in range(6) for node in (7, 3, 59)]
    windows = [row[first : first + 4] for first in range(3) for row in rows]
    assert ids.tolist() == windows
    assert model.sample([7, 3])[1].tolist() == model.neg_sample(batch[:2]).tolist()
    expected = degrees**0.75 / (degrees**0.75).sum()
    np.testing.assert_allclose(sampler.implied_probabilities(), expected, rtol=1e-6)


@ignores_jit
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # Python 3.12 on fork
@pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")  # on a machine of one core
def test_the_program_of_node2vec_draws_the_same_with_any_number_of_workers():
    needs_pyg()
    import torch

    made = run(PYG + "Node2Vec")
    model = made["model"]

    def negatives(loader, epoch):
        model.negatives.set_epoch(epoch)
        return torch.cat([negative for _, negative in loader])

    alone = model.loader(batch_size=100)
    workers = model.loader(batch_size=100, num_workers=2, persistent_workers=True, multiprocessing_context="fork")
    for epoch in (0, 1):
        assert torch.equal(negatives(alone, epoch), negatives(workers, epoch))
    assert not torch.equal(negatives(alone, 0), negatives(alone, 1))


@ignores_jit
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["binary", "triplet"])
def test_the_negatives_of_pygs_edge_sampler_are_the_next_rows(mode):
    """``edge_sample`` is what LinkNeighborLoader calls; it appends the negatives to the nodes that it asks for."""
    needs_pyg()
    import torch
    from torch_geometric.sampler import EdgeSamplerInput, SamplerOutput
    from torch_geometric.sampler.neighbor_sampler import edge_sample

    made = run(PYG + "NegativeSampling")
    sampler = samplers.create("alias", made["degrees"], rng=7)
    sources, targets = torch.arange(20), torch.arange(20, 40)
    asked = []

    def neighbours(seed, seed_time):
        asked.append(seed)
        return SamplerOutput(node=seed, row=seed[:0], col=seed[:0], edge=None, batch=torch.arange(len(seed)))

    ours = made["Drawn"](mode, 2, sampler)
    edge_sample(EdgeSamplerInput(None, sources, targets), neighbours, 1000, True, neg_sampling=ours)
    drawn = sampler.with_rng(7).sample(40 if mode == "triplet" else 80, 1)[:, 0].tolist()
    parts = [sources.tolist(), *([drawn[:40]] if mode == "binary" else []), targets.tolist(), drawn[-40:]]
    assert asked[0].tolist() == [node for part in parts for node in part]


@pytest.mark.slow
def test_the_log_q_correction_recovers_the_true_scores():
    """The distances are those of the page's table; with four other seeds, they differed by 0.04 at most."""
    pytest.importorskip("torch", reason="torch is not installed")
    section = "A two-tower recommender with the logQ correction"
    found = run(section)["distances"]
    table = re.findall(
        r"^\| ([a-z-]+)[^|]*\| (0\.\d+) \| (0\.\d+) \| (0\.\d+) \|$", clients.text_of(section), re.MULTILINE
    )
    shown = {
        (kind, what): float(distance)
        for kind, *distances in table
        for what, distance in zip(("nothing", "negatives", "all"), distances, strict=True)
    }
    assert found == pytest.approx(shown, abs=0.03)
    for kind in ("popularity", "mixture", "in-batch"):
        assert max(found[kind, "negatives"], found[kind, "all"]) < 0.5 * found[kind, "nothing"]
    # All of their log_q are equal: with the positive's, they cancel; without, 16 of 150 items are a poor estimate.
    assert found["uniform", "all"] == pytest.approx(found["uniform", "nothing"], abs=0.02)
    assert found["uniform", "negatives"] > 2 * found["uniform", "nothing"]


@pytest.mark.slow
def test_sasrec_learns_from_negatives_that_no_user_has_seen():
    """10 of 100 items would be right in 0.10 of the cases, with a standard deviation of 0.013."""
    pytest.importorskip("torch", reason="torch is not installed")
    made = run("SASRec with histories")
    assert made["hit_rate"] > 0.7
    rows = made["negatives"](np.arange(500), users=np.arange(500)).ids
    assert not (rows[:, :, None] == made["histories"][:, None]).any()
    assert len(rows.unique()) == 100
