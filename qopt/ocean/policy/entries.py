"""What a policy's file may hold, as pydantic models: the keys, their types and meanings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..money.prices import PriceEntry

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
    currency: str = Field(default="", description="The name of the money.")
    prices: list[PriceEntry] = Field(
        default_factory=list,
        description="Prices, each of a `solver`, by its name or a pattern, or of a `category`; the "
        "first that fits counts.",
    )


def schema() -> dict[str, Any]:
    """The JSON Schema of a policy's file."""
    made = PolicyEntry.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "qopt policy",
        **made,
    }
