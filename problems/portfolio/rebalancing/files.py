"""Reading a history that is cut into periods."""

from __future__ import annotations

from typing import Any

import numpy as np

from qopt import QoptError
from qopt.kit.checks import require_count
from qopt.kit.files import Fields, Text

from ..inputs import Assets, Conventions, Steps, read_steps


def fields_of(text: Text, conventions: Conventions, periods: int) -> Fields:
    """The arguments that a file has, of so many spans of its history."""
    steps = read_steps(text, conventions)
    with text.blaming({}, ("periods",)):
        values = spans(steps, periods) | {"name": text.stem}
    return Fields(text, values, notes=list(steps.notes), warnings=list(steps.warnings))


def spans(steps: Steps, periods: int) -> dict[str, Any]:
    """Means and covariances of so many spans of a history, and the names of the assets."""
    require_count("periods", periods)
    if len(steps.returns) < 2 * periods:
        said = f"{len(steps.returns)} returns for {periods} periods; at least 2 each are needed"
        raise QoptError(said)
    parts = [Assets.of_returns(steps.names, r) for r in np.array_split(steps.returns, periods)]
    return {
        "means": [span.mean for span in parts],
        "covariances": [span.covariance for span in parts],
        "names": steps.names,
    }
