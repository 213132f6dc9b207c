"""Embeddings are found, kept and refused; Ocean's own check says whether they are right."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import dimod
import networkx as nx
import pytest
from dwave.embedding import verify_embedding

from qopt.errors import NotEmbedded, QoptError
from qopt.ocean.embedding import Embedded, Store, embed, largest_clique

from . import graphs

CUBIC = nx.random_regular_graph(3, 20, seed=1)


def right(found: Embedded, source: Any, target: Any) -> bool:
    chains = {label: list(chain) for label, chain in found.chains.items()}
    return bool(verify_embedding(chains, list(source.edges), target))


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on no search may run."""

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise AssertionError("a search was begun")

    for place in ("embed", "cliques"):
        monkeypatch.setattr(sys.modules[f"qopt.ocean.embedding.{place}"], "bounded", refuse)


@pytest.mark.parametrize(
    ("source", "method", "most"),
    [
        (nx.complete_graph(100), "clique", 1200),
        (nx.random_regular_graph(3, 400, seed=1), "minorminer", 1100),
    ],
    ids=["K100", "cubic"],
)
def test_what_the_bars_name_has_a_place_and_keeps_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, source: Any, method: str, most: int
) -> None:
    target = graphs.advantage2()
    found = embed(source, target, seed=3)
    assert (found.method, found.cached) == (method, False)
    assert right(found, source, target)
    assert found.qubits == sum(len(chain) for chain in found.chains.values()) <= most
    forbid(monkeypatch)
    again = embed(source, target, seed=3)
    assert again.cached
    assert again.chains == found.chains
    assert (again.qubits, again.longest) == (found.qubits, found.longest)


def test_the_order_of_variables_and_edges_does_not_matter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = embed(CUBIC, graphs.small(), seed=1)
    forbid(monkeypatch)
    turned = [(v, u) for u, v in reversed(list(CUBIC.edges))]
    assert embed(turned, graphs.small(), seed=1).chains == first.chains


def test_the_seed_decides(folder: Path) -> None:
    off = Store(None)
    found = [embed(CUBIC, graphs.small(), seed=seed, store=off).chains for seed in (1, 1, 2)]
    assert found[0] == found[1]
    assert found[1] != found[2]


def test_each_seed_is_a_key_of_its_own(folder: Path) -> None:
    assert not embed(CUBIC, graphs.small(), seed=1).cached
    assert not embed(CUBIC, graphs.small(), seed=2).cached
    assert embed(CUBIC, graphs.small(), seed=1).cached


def test_another_state_of_the_device_is_another_key(folder: Path) -> None:
    one, two = ("device", "a"), ("device", "b")
    assert not embed(CUBIC, graphs.small(), device_key=one).cached
    assert embed(CUBIC, graphs.small(), device_key=one).cached
    assert not embed(CUBIC, graphs.small(), device_key=two).cached


def test_what_was_kept_for_another_graph_of_that_name_is_not_used(folder: Path) -> None:
    """A graph_id should name one graph; where it does not, the graph that is there counts."""
    key = ("device", "same")
    target = graphs.small()
    taken = set(map(int, sum(embed(CUBIC, target, device_key=key).chains.values(), ())))
    fewer = target.subgraph([qubit for qubit in target if qubit != min(taken)])
    found = embed(CUBIC, fewer, device_key=key)
    assert not found.cached
    assert right(found, CUBIC, fewer)
    assert embed(CUBIC, fewer, device_key=key).cached


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: text.replace('"chains"', '"chain"').replace('"rows"', '"row"'),
        lambda text: text.replace("[[", "[[-1,").replace("]]", ",1.5]]"),
        lambda text: text.replace('"found":{', '"found":{"chains":null,"rows":7,"was":{') + "}",
        lambda text: text.replace('"key":[1', '"key":[0'),
    ],
    ids=["cut", "empty", "other", "lacking", "wrong qubits", "wrong kinds", "other key"],
)
@pytest.mark.parametrize("source", [CUBIC, nx.complete_graph(12)], ids=["cubic", "K12"])
def test_damaged_files_are_ignored_and_written_again(
    folder: Path, source: Any, damage: Any
) -> None:
    target = graphs.small()
    first = embed(source, target)
    files = sorted(folder.rglob("*.json"))
    assert files
    sound = [file.read_text() for file in files]
    for file, text in zip(files, sound, strict=True):
        file.write_text(damage(text))
    again = embed(source, target)
    assert not again.cached
    assert again.chains == first.chains
    assert embed(source, target).cached
    assert [json.loads(file.read_text()) for file in files] == [json.loads(text) for text in sound]


def test_a_folder_that_cannot_be_written_is_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "below")
    assert right(embed(CUBIC, graphs.small(), store=store), CUBIC, graphs.small())


def test_processes_that_search_at_once_do_not_disturb_each_other(folder: Path) -> None:
    script = (
        "import networkx as nx\n"
        "from qopt.ocean.embedding import embed\n"
        "from tests.ocean.embedding import graphs\n"
        "for n in range(8, 12):\n"
        "    assert embed(nx.complete_graph(n), graphs.small()).longest\n"
    )
    at_once = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(3)]
    assert [process.wait(60) for process in at_once] == [0, 0, 0]
    assert not list(folder.rglob("*.partial"))
    assert all(embed(nx.complete_graph(n), graphs.small()).cached for n in range(8, 12))


def test_off_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOPT_EMBEDDINGS", "off")
    monkeypatch.setenv("QOPT_CACHE", str(tmp_path))
    embed(CUBIC, graphs.small())
    assert not embed(CUBIC, graphs.small()).cached
    assert not list(tmp_path.iterdir())


def test_labels_that_are_qubits_already_are_native(folder: Path) -> None:
    target = graphs.small()
    part = target.subgraph(sorted(target)[:60])
    found = embed(part, target)
    assert found.method == "native"
    assert found.chains == {qubit: (qubit,) for qubit in part}
    apart = next(pair for pair in nx.non_edges(part))
    assert embed([*part.edges, apart], target).method != "native"
    with pytest.raises(NotEmbedded, match=f"no coupler joins qubits {min(apart)} and {max(apart)}"):
        embed([*part.edges, apart], target, method="native")


def test_variables_without_couplings_get_a_qubit_of_their_own(folder: Path) -> None:
    bqm = dimod.BQM({"a": 1, "b": 1, "c": 1, "d": 1}, {("a", "b"): 1, ("c", "d"): 0}, 0, "SPIN")
    found = embed(bqm, graphs.small(), method="minorminer")
    assert set(found.chains) == set("abcd")
    assert len(set(sum(found.chains.values(), ()))) == found.qubits
    alone = embed(nx.empty_graph(3), zephyr(1), method="minorminer")
    assert alone.qubits == 3
    for method in ("auto", "clique", "minorminer"):
        assert embed([], graphs.small(), method=method).chains == {}


def zephyr(rows: int) -> Any:
    return graphs.zephyr_graph(rows, 4)


def test_a_plain_graph_has_no_cliques_and_is_searched_by_minorminer(folder: Path) -> None:
    target = nx.grid_2d_graph(8, 8)
    target = nx.convert_node_labels_to_integers(target)
    assert largest_clique(target) == 0
    found = embed([("a", "b"), ("b", "c"), ("a", "c")], target)
    assert (found.method, found.qubits) == ("minorminer", 4)
    with pytest.raises(NotEmbedded, match="none of 3 variables"):
        embed(nx.complete_graph(["a", "b", "c"]), target, method="clique")


def test_the_largest_clique_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert largest_clique(zephyr(2)) == 24
    forbid(monkeypatch)
    assert largest_clique(zephyr(2)) == 24
    assert embed(nx.complete_graph(24), zephyr(2)).method == "clique"
    with pytest.raises(NotEmbedded, match="; 24 variables fit, however dense; take a smaller"):
        embed(nx.complete_graph(25), zephyr(2))


def test_more_variables_than_qubits_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid(monkeypatch)
    with pytest.raises(NotEmbedded, match=r"400 variables, and .* has 330 qubits; take"):
        embed(nx.empty_graph(400), graphs.small())


def test_what_was_tried_in_vain_is_said(folder: Path) -> None:
    """A quarter of the pairs: first a clique, which is too large, and then minorminer."""
    source = nx.gnp_random_graph(44, 0.3, seed=2)
    target = graphs.small()
    assert largest_clique(target) < 44
    found = embed(source, target, seed=1)
    assert found.method == "minorminer"
    assert found.tried == ("clique: none of 44 variables",)
    assert right(found, source, target)
    assert embed(source, target, seed=1).tried == found.tried


def test_nothing_found_in_time_says_what_fits(folder: Path) -> None:
    source = nx.gnp_random_graph(80, 0.5, seed=2)
    largest = largest_clique(graphs.small())
    with pytest.raises(NotEmbedded) as raised:
        embed(source, graphs.small(), time_limit=0.5)
    told = str(raised.value)
    assert f"no embedding of 80 variables and {source.number_of_edges():,} couplings" in told
    assert f"; {largest} variables fit, however dense; take" in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("chains", "told"),
    [
        ({"a": [0], "b": [16]}, "none is given for variable 'c'"),
        ({"a": [0], "b": [16], "c": []}, "the chain of variable 'c' has no qubit"),
        ({"a": [0], "b": [16], "c": [9999]}, "variable 'c' has qubit 9999, which is not there"),
        ({"a": [0], "b": [16], "c": [16]}, "'b' and variable 'c' share qubit 16"),
        ({"a": [0], "b": [16], "c": [17, 17]}, "the chain of variable 'c' has qubit 17 twice"),
        ({"a": [0], "b": [16], "c": [98, 102]}, "the chain of variable 'c' is not connected"),
        ({"a": [0], "b": [150], "c": [1]}, "no coupler joins the chains of variable"),
        ({"a": [0], "b": [150], "c": "x"}, "that of variable 'c' is 'x'; give its qubits"),
        (7, "chains=7: give the qubits by the label"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_chains_of_ones_own_are_checked(chains: Any, told: str) -> None:
    with pytest.raises(QoptError) as raised:
        embed([("a", "b"), ("b", "c"), ("a", "c")], zephyr(2), chains=chains)
    assert told in str(raised.value)


def test_a_chain_is_not_connected_by_another_ones_qubits() -> None:
    target = zephyr(2)
    u, (v, w) = 0, next(pair for pair in nx.non_edges(target.subgraph(list(target[0]))))
    with pytest.raises(QoptError, match="the chain of variable 'b' is not connected"):
        embed([("a", "b")], target, chains={"a": [u], "b": [v, w]})


def test_chains_of_ones_own_are_taken() -> None:
    target = zephyr(2)
    u, v = next(iter(target.edges))
    found = embed([("a", "b")], target, chains={"a": [u], "b": (v,), "other": (v,)})
    assert (found.method, found.chains) == ("given", {"a": (u,), "b": (v,)})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"seed": -1}, "seed=-1"),
        ({"time_limit": 0}, "time_limit=0"),
        ({"method": "best"}, "method='best': give one of auto, clique, minorminer, native"),
        ({"source": 7}, "source=7"),
        ({"source": ["abc"]}, "edge 0 is 'abc'"),
        ({"source": [("a", "a")]}, "couples variable 'a' with itself"),
        ({"graph": 7}, "graph=7"),
        ({"graph": nx.path_graph(["x", "y"])}, "its qubits are not whole numbers"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_wrong_arguments_are_named(wrong: dict[str, Any], told: str) -> None:
    given = {"source": CUBIC, "graph": graphs.small()} | wrong
    source, graph = given.pop("source"), given.pop("graph")
    with pytest.raises(QoptError) as raised:
        embed(source, graph, **given)
    assert told in str(raised.value)


def test_it_is_saved_without_labels(folder: Path) -> None:
    found = embed([("a", "b"), ("b", frozenset("c"))], graphs.small())
    labels = list(found.chains)
    told = json.loads(json.dumps(found.to_dict(labels)))
    assert "'a'" not in json.dumps(told)
    assert Embedded.from_dict(told, labels) == found
    with pytest.raises(QoptError, match="3 chains for 2 variables"):
        Embedded.from_dict(told, labels[:2])
