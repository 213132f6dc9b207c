"""A record that was written is the same when it is read."""

from __future__ import annotations

import json

from qopt.batch import Record


def test_a_record_in_json_s_values_is_the_record_again() -> None:
    record = Record(
        "label",
        "key",
        {"seed": 1},
        "job-shop",
        "one",
        "annealer",
        "feasible",
        1,
        2.0,
        trace=((0.5, 3.0), (1.5, 2.0)),
        notes=("a note",),
        warnings=("UserWarning: a warning",),
        violations=("load[1] by 2",),
    )
    assert Record.from_dict(json.loads(json.dumps(record.to_dict()))) == record
