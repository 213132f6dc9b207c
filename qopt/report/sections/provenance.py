"""Where the numbers of a page come from."""

from __future__ import annotations

from collections.abc import Sequence

from ...pages import Cell, Column, Section, Toned
from ...pages.content import numbers, words
from ..evidence import Evidence


def facts(evidence: Evidence) -> Sequence[tuple[str, str]]:
    """Names, and what is said of them."""
    records = evidence.records
    versions: dict[str, list[str]] = {}
    for record in records:
        for package, version in record.versions.items():
            if version not in versions.setdefault(package, []):
                versions[package].append(version)
    seeds = sorted({record.seed for record in records})
    started = sorted(record.started for record in records if record.started)
    return [
        ("trials", f"{len(records):,} with a record, {len(evidence.missing):,} without"),
        ("seeds", ", ".join(map(str, seeds[:20])) + (", ..." if len(seeds) > 20 else "")),
        ("first and last trial", f"{started[0]} to {started[-1]}" if started else "not told"),
        ("computers", ", ".join(sorted({r.host for r in records if r.host})) or "not told"),
        ("threads a trial", ", ".join(sorted({str(r.threads or "not told") for r in records}))),
        ("taken over from other studies", f"{sum(record.copied for record in records):,}"),
        ("versions", ", ".join(f"{name} {' and '.join(v)}" for name, v in versions.items())),
        ("this page", f"made by qopt {evidence.qopt} on {evidence.made}"),
    ]


def size_table(evidence: Evidence) -> Section:
    """A row an instance."""
    rows: list[list[Cell]] = []
    for size in evidence.sizes:
        tone = None if size.fits is None else ("good" if size.fits else "bad")
        said = size.precision or size.words
        rows.append(
            [
                Toned(size.instance, "strong"),
                *(_number(n) for n in (size.variables, size.couplings, size.constraints)),
                _number(size.bits),
                _number(size.products),
                said if tone is None else Toned(said, tone),  # type: ignore[arg-type]  # a tone
            ]
        )
    columns = [
        Column("instance", whole=True),
        *numbers("variables", "products", "constraints", "QUBO bits", "QUBO couplings"),
        *words("precision on Advantage2"),
    ]
    return Section(columns=columns, rows=rows)


def _number(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"
