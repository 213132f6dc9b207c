"""A policy's file, read: all that is wrong in it at once, or the policy."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from ...errors import QoptError, UnknownName
from ...kit.checks import require
from ...kit.yaml import Document, Mistakes, Way, filled, told
from .entries import PATTERNS, PolicyEntry
from .places import LOOPBACK, REGIONS, Url
from .policy import Policy

VARIABLE = "QOPT_POLICY"


class PolicyError(Mistakes):
    """All that is wrong in a policy, a line each: `file:line:column: way: what, and the remedy`."""


def policy_of(given: Policy | str | Path | None = None) -> Policy:
    """The policy given, or the one of the file that is named; else that of the file which the
    variable QOPT_POLICY of the environment names; else one that allows everything.

    Raises QoptError where a file is given and the environment names another, so that nobody leaves
    a policy unknowingly; FileError and PolicyError as `read_policy` does.
    """
    if isinstance(given, Policy):
        return given
    fits = given is None or isinstance(given, str | Path)
    require(fits, "policy", given, "the path of a policy's file")
    named = os.environ.get(VARIABLE) or None
    if given is not None and named is not None and Path(given).resolve() != Path(named).resolve():
        raise QoptError(f"policy={str(given)!r}, but {VARIABLE} names {named!r}; give one of them")
    path = given if given is not None else named
    return Policy() if path is None else read_policy(path)


def read_policy(path: str | Path) -> Policy:
    """What a policy's file says.

    Raises FileError for what is no YAML file, PolicyError with every complaint.
    """
    path = Path(path)
    document = _with_who(Document.read(path, PolicyError))
    wrong: list[tuple[Way, str]] = []
    entry = None
    try:
        entry = PolicyEntry.model_validate(document.data)
    except ValidationError as error:
        wrong += [told(dict(found), PolicyEntry, PATTERNS) for found in error.errors()]
    wrong += _mistakes(document)
    complaints = [document.complaint(way, text) for way, text in wrong]
    if complaints or document.complaints or entry is None:
        raise document.told([*document.complaints, *complaints])
    return Policy(
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        regions=_tuple(entry.regions),
        endpoints=_tuple(entry.endpoints),
        solvers=_tuple(entry.solvers),
        anonymous=entry.labels == "anonymous",
        audit=None if entry.audit is None else path.parent / entry.audit,
        who=entry.who,
        budgets={name: budget.model_dump() for name, budget in entry.budgets.items()},
        prices={name: price.model_dump() for name, price in entry.prices.items()},
        currency=entry.currency,
    )


def _with_who(document: Document) -> Document:
    """With the environment's variables in `who`, and a complaint of any other: what is allowed
    must not hang on the environment of who is to keep to it.
    """
    if not isinstance(document.data, dict):
        return document
    who = {key: value for key, value in document.data.items() if key == "who"}
    own = filled(replace(document, data=who))
    others = [
        document.complaint(way, "only `who` may name variables of the environment")
        for way, text in _texts(document.data)
        if "${" in text and way != ("who",)
    ]
    complaints = (*own.complaints, *others)
    data = document.data if own.unset else {**document.data, **own.data}
    return replace(document, data=data, complaints=complaints)


def _texts(data: object, way: Way = ()) -> Iterator[tuple[Way, str]]:
    """All texts in a document, the keys of mappings among them."""
    if isinstance(data, str):
        yield way, data
    elif isinstance(data, list):
        for at, each in enumerate(data):
            yield from _texts(each, (*way, at))
    elif isinstance(data, dict):
        for key, each in data.items():
            yield (*way, str(key)), str(key)
            yield from _texts(each, (*way, str(key)))


def _mistakes(document: Document) -> Iterator[tuple[Way, str]]:
    """What is wrong with values that are of the right type."""
    data = document.data if isinstance(document.data, dict) else {}
    for way, region in _listed(data, "regions"):
        if region not in REGIONS:
            hint = "; name the URL of a newer one under `endpoints`"
            yield way, str(UnknownName("region", region, REGIONS, hint))
    for way, endpoint in _listed(data, "endpoints"):
        if endpoint == LOOPBACK:
            continue
        try:
            url = Url.of(endpoint)
        except QoptError as error:
            yield way, f"{endpoint!r} is {error}, or `{LOOPBACK}` for this machine"
            continue
        if url.scheme == "http" and not url.loopback:
            yield way, f"{endpoint} is not encrypted; give its https:// address"
    for key, needed in (("budgets", ("seconds", "money")), ("prices", ("access", "charge"))):
        entries = data.get(key)
        for name, entry in (entries if isinstance(entries, dict) else {}).items():
            if isinstance(entry, dict) and all(entry.get(each) is None for each in needed):
                yield (key, str(name)), f"give {' or '.join(needed)}, or both"
    audit = data.get("audit")
    if isinstance(audit, str) and audit and (document.path.parent / audit).is_dir():
        yield ("audit",), f"{audit} is a folder; give the name of a file"


def _listed(data: dict[str, object], key: str) -> Iterator[tuple[Way, str]]:
    entries = data.get(key)
    for at, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, str):
            yield (key, at), entry


def _tuple(entries: list[str] | None) -> tuple[str, ...] | None:
    return None if entries is None else tuple(entries)
