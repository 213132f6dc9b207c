"""The largest cut of the Petersen graph, by minor embedding."""

# ruff: noqa: T201  # a script prints

import dimod
import networkx as nx
from dwave.system import DWaveSampler, EmbeddingComposite

graph = nx.petersen_graph()
bqm = dimod.BinaryQuadraticModel("SPIN")
for u, v in graph.edges:
    bqm.add_quadratic(u, v, 1.0)

sampler = EmbeddingComposite(DWaveSampler())
samples = sampler.sample(bqm, num_reads=200, return_embedding=True, label="cut")
sides = samples.first.sample
cut = sum(sides[u] != sides[v] for u, v in graph.edges)
chains = samples.info["embedding_context"]["embedding"]

print(f"cut {cut} of {graph.number_of_edges()} edges")
print(f"chains {len(chains)}")
print(f"broken {samples.record.chain_break_fraction.mean():.2f}")
sampler.child.client.close()
