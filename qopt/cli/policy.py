"""The commands of policies and their audits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import shown
from .shown import show, write

if TYPE_CHECKING:
    from ..ocean.policy import Policy

app = typer.Typer()
policy = typer.Typer(no_args_is_help=True, help="Where models may be sent.")
audit = typer.Typer(no_args_is_help=True, help="What was sent, and whether the record is whole.")
app.add_typer(policy, name="policy")
app.add_typer(audit, name="audit")


@policy.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy, which is a YAML file.")],
) -> None:
    """Check a policy and say what it allows. Exit code 2, and every mistake by its line, if wrong.

    `policy=FILE` of a solver, or QOPT_POLICY=FILE in the environment, puts it in force.
    """
    from ..ocean.policy import read_policy
    from ..pages import Page, Section

    show(Page(str(file), [Section(facts=_facts(read_policy(file)))]))


@policy.command()
def schema() -> None:
    """Print the JSON Schema of policies, so that an editor completes and checks them."""
    import json

    from ..ocean.policy import schema as made

    write(json.dumps(made(), indent=2))


@audit.command()
def verify(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file that a policy names as its `audit`.")
    ],
    known: Annotated[
        str | None,
        typer.Option(
            metavar="HASH",
            help="The hash of a line, noted at another place: whether it and all before it are "
            "as they were then.",
        ),
    ] = None,
) -> None:
    """Check that no line of an audit was changed, removed or inserted. Exit code 1, and the first
    line that is wrong, if one was.
    """
    from ..ocean.policy import verify as verify_audit

    found = verify_audit(file, known)
    (write if found.ok else shown.complain)(found.told)
    if not found.ok:
        raise typer.Exit(1)


def _facts(policy: Policy) -> list[tuple[str, str]]:
    somewhere = policy.regions is None and policy.endpoints is None
    places = (*(policy.regions or ()), *(policy.endpoints or ()))
    money = policy.currency or "of money"
    return [
        ("models may be sent to", "any place" if somewhere else ", ".join(places)),
        ("by the solvers", ", ".join(policy.solvers or ("all of them",))),
        ("labels and constants", "are not sent" if policy.anonymous else "are sent"),
        ("audit", "none" if policy.audit is None else str(policy.audit)),
        ("who", policy.who or "not said"),
        *((f"budget {name}", _said(each, money)) for name, each in policy.budgets.items()),
        *((f"price of {name}", _said(each, money)) for name, each in policy.prices.items()),
        ("hash", f"sha256:{policy.sha256}"),
    ]


WORDS = {
    "seconds": "{:g} seconds",
    "money": "{:g} {}",
    "access": "{:g} {} for a second of access time",
    "charge": "{:g} {} for a second that is charged",
    "job": "{:g} {} for a job",
}


def _said(amounts: Mapping[str, float | None], money: str) -> str:
    given = {name: value for name, value in amounts.items() if value is not None}
    return ", ".join(WORDS[name].format(value, money) for name, value in given.items())
