"""What a policy's file may hold, as pydantic models: the keys, their types and meanings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
NAME, TEXT = r"^\w[\w.-]*$", r"^\S(.*\S)?$"
PATTERNS = {
    NAME: "give letters, digits, '.', '_' and '-', beginning with none of '.' and '-'",
    TEXT: "give a text on one line, without spaces around it",
}
Name = Annotated[str, Field(pattern=NAME, max_length=80)]
Text = Annotated[str, Field(pattern=TEXT, max_length=500)]
Texts = Annotated[list[Text], Field(min_length=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class BudgetEntry(Strict):
    """What may be spent together, by all who name this budget."""

    seconds: NotNegative | None = Field(
        default=None, description="Seconds that devices charge; with 0 nothing is sent."
    )
    money: NotNegative | None = Field(default=None, description="In the currency of the prices.")


class PriceEntry(Strict):
    """What a second and a job cost on the solvers of a name."""

    access: NotNegative | None = Field(
        default=None, description="Money for a second of access time of a quantum annealer."
    )
    charge: NotNegative | None = Field(
        default=None, description="Money for a second that a hybrid service charges."
    )
    job: NotNegative | None = Field(
        default=None, description="Money for each job, whatever it takes."
    )


class PolicyEntry(Strict):
    """Where models may be sent, how they are sent, and what is kept of it."""

    regions: Texts | None = Field(
        default=None, description="D-Wave's regions that may be used, by Ocean's names."
    )
    endpoints: Texts | None = Field(
        default=None,
        description="Other services that may be used, by their URLs; `loopback` is this machine.",
    )
    solvers: Texts | None = Field(
        default=None,
        description="Names of solvers that may be used, or patterns of them: `Advantage2*`.",
    )
    labels: Literal["anonymous", "kept"] = Field(
        default="kept",
        description="`anonymous`: names are replaced by numbers, and constants left out, before "
        "anything is sent, and both are put back into what comes back.",
    )
    audit: Text | None = Field(
        default=None,
        description="A file, found beside the policy, that a line is added to for each submission.",
    )
    who: Text | None = Field(
        default=None, description="Who submits, for the audit; `${USER}` is the environment's USER."
    )
    budgets: dict[Name, BudgetEntry] = Field(
        default_factory=dict, description="Budgets, by their names."
    )
    prices: dict[Text, PriceEntry] = Field(
        default_factory=dict,
        description="Prices of solvers, by their names, patterns of them, or their kinds: `qpu`, "
        "`hybrid`, `bqm`, `cqm`, `nl`; the first that fits and has a price counts.",
    )
    currency: Text | None = Field(default=None, description="Of all sums of money.")


def schema() -> dict[str, Any]:
    """The JSON Schema of a policy's file."""
    made = PolicyEntry.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "qopt policy",
        **made,
    }
