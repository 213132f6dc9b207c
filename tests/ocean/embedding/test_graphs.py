"""Graphs of problems and of devices, in whatever form they are given."""

from __future__ import annotations

import dimod
import networkx as nx
import numpy as np
import pytest
from dwave.system.testing import MockDWaveSampler

from qopt import devices
from qopt.errors import QoptError
from qopt.ocean.embedding import Source, Target

from . import graphs


def test_a_device_is_the_same_in_each_form() -> None:
    graph = graphs.zephyr_graph(2, 4)
    mock = MockDWaveSampler(topology_type="zephyr", topology_shape=[2, 4], exact_solver_cutoff=0)
    forms = [Target.of(form) for form in (graph, mock)]
    assert {target.digest for target in forms} == {forms[0].digest}
    assert {(target.family, target.shape) for target in forms} == {("zephyr", (2, 4))}
    assert [target.name for target in forms] == ["zephyr_graph(2, 4)", "MockDWaveSampler"]
    assert nx.utils.graphs_equal(nx.Graph(forms[0].graph().edges), nx.Graph(graph.edges))
    assert Target.of(forms[0], ("mine", "7")).digest == forms[0].digest
    assert Target.of(graph, ("mine", "7")).name == "mine"
    described = devices.described("advantage2-small")
    target = Target.of(described)
    assert (target.name, target.graph_id) == (described.name, described.graph_id)
    assert target.digest == Target.of(described.graph()).digest


def test_each_state_has_a_graph_id_of_its_own() -> None:
    whole, part = graphs.zephyr_graph(2, 4), graphs.zephyr_graph(2, 4)
    part.remove_edge(*next(iter(part.edges)))
    assert Target.of(whole).graph_id == Target.of(whole).graph_id != Target.of(part).graph_id


def test_couplers_are_found_either_way_round() -> None:
    target = Target.of(graphs.small())
    u, v = target.couplers.T
    assert target.joined(u, v).all()
    assert target.joined(v, u).all()
    apart = np.array(list(nx.non_edges(graphs.small()))[:500])
    assert not target.joined(apart[:, 0], apart[:, 1]).any()
    assert not target.joined(10**6, 10**6 + 1)


def test_a_problem_is_the_same_in_each_form() -> None:
    pairs = [("a", "b"), ("b", "c")]
    bqm = dimod.BQM.from_ising({"d": 1.0}, dict.fromkeys(pairs, 0.5))
    bqm.add_quadratic("a", "c", 0.0)  # needs no coupler
    graph = nx.Graph(pairs)
    graph.add_node("d")
    assert Source.of(bqm).digest == Source.of(graph).digest != Source.of(pairs).digest
    assert Source.of(bqm.binary).digest == Source.of(bqm).digest
    assert Source.of(pairs).labels == ("a", "b", "c")
    assert Source.of([(3, "x"), ("x", 3)]).edges.tolist() == [[0, 1]]
    assert Source.of(Source.complete(5)).density == 1
    assert Source.of(nx.empty_graph(1)).density == 0


@pytest.mark.parametrize("qubits", [[-1, 0], [0, 2**40], [0.5, "x"]], ids=str)
def test_qubits_that_are_no_numbers_are_refused(qubits: list[object]) -> None:
    with pytest.raises(QoptError, match="graph: "):
        Target.of(nx.path_graph(qubits))
