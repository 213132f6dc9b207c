"""Local search of shops: operations moved within their critical blocks.

A schedule gets shorter only where an operation of a critical block moves before its first or behind
its last one. All such moves of one longest path are tried, the best is made, and so on until none
helps.

Source: Balas and Vazacopoulos (1998), as neighbourhood N6; blocks: Grabowski, Nowicki and Zdrzalka
(1986).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .disjunctive import DisjunctiveGraph

MOST = 300  # schedules that are tried


def descended(graph: DisjunctiveGraph) -> DisjunctiveGraph:
    """`graph`, or one of a shorter makespan."""
    tried = 0
    while True:
        best = graph
        for machine, queue in _moves(graph):
            moved = graph.reordered(machine, queue)
            tried += 1
            if moved.makespan < best.makespan:
                best = moved
        if best is graph or tried > MOST:
            return best
        graph = best


def _moves(graph: DisjunctiveGraph) -> Iterator[tuple[int, list[int]]]:
    """A machine and its new queue: each operation of a critical block moved to the block's ends."""
    machine = {i: m for m, queue in enumerate(graph.queues) for i in queue}
    for block in graph.critical_blocks():
        if len(block) < 2:
            continue
        m = machine[block[0]]
        queue = list(graph.queues[m])
        at = queue.index(block[0])
        for k in range(len(block)):
            rest = [*block[:k], *block[k + 1 :]]
            if k:
                yield m, _replaced(queue, at, [block[k], *rest])
            if k < len(block) - 1 and len(block) > 2:
                yield m, _replaced(queue, at, [*rest, block[k]])


def _replaced(queue: Sequence[int], at: int, block: Sequence[int]) -> list[int]:
    return [*queue[:at], *block, *queue[at + len(block) :]]
