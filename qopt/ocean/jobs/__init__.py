"""Jobs at a service that costs money: asked for once, paid for once, never lost.

    from qopt.ocean.jobs import Connection, Journal, Submission, encoded, submit
    from qopt.ocean.money import FREE, Prices

    with Connection.open(profile) as connection, Journal.of_user() as journal:
        solver = connection.solver(qpu=True)             # Ocean's object, as it stands now
        price = Prices.of_user().price(solver.name, "qpu")
        asked = Submission(
            "qpu",
            solver.identity.dict(),                      # {"name": ..., "version": {"graph_id"}}
            "ising",
            encoded(h, J, qubits=solver.properties["qubits"],
                    couplers=solver.properties["couplers"]),
            {"num_reads": 100, "auto_scale": False},
            estimate=0.035,                              # seconds
            name="routing x-n101",
            source=bqm_bytes,                            # as it was before it was embedded
            payload={"chains": {...}, "scale": 0.5},     # JSON, to decode the answer with
            budget="july",
            price=price or FREE,
        )
        waiting = journal.waiting_for(asked.question, connection.endpoint)   # None, or its entry
        found = submit(asked, connection, journal, deadline=600, interrupt=task.interrupt)
        reads = found.reads()                            # active, samples, energies, occurrences
        result.info["job"] = found.info                  # what was charged, and how it came

A hybrid's job has the bytes of `bqm.to_file()`, `cqm.to_file()` or the nonlinear model's file as
its problem, its kind as its type, and `found.sampleset()` or `found.binary` as its answer. Decode
with `found.payload`, and not with what was asked: an answer that is gone on with may be of an
embedding that was made before the device was calibrated anew.

What is asked is noted in a journal (SQLite) before it is sent, with a label that no other job at
the service has, and what it may cost is reserved in its budget. Then the service's id for it is
noted, then the answer with its charge. Whenever a process ends, the same question asked again goes
on from what was noted, and a job of which it is not known whether it arrived is looked for by its
label. `submit_all` does it for many at a time.
"""

from __future__ import annotations

from .answers import Answered as Answered
from .encoding import Reads as Reads
from .encoding import decoded as decoded
from .encoding import encoded as encoded
from .errors import Ambiguous as Ambiguous
from .errors import Cancelled as Cancelled
from .errors import Failed as Failed
from .errors import Interrupted as Interrupted
from .errors import JobError as JobError
from .errors import Lost as Lost
from .errors import NotSent as NotSent
from .errors import Refused as Refused
from .errors import Terminal as Terminal
from .errors import TooLate as TooLate
from .errors import Unanswered as Unanswered
from .errors import Unreachable as Unreachable
from .errors import Waiting as Waiting
from .errors import Withdrawn as Withdrawn
from .journal import Journal as Journal
from .journal import journal_path as journal_path
from .journal.entry import Entry as Entry
from .submission import Submission as Submission
from .submit import cancel as cancel
from .submit import resume as resume
from .submit import submit as submit
from .submit import submit_all as submit_all
from .tasks import Progress as Progress
from .wire import Configuration as Configuration
from .wire import Connection as Connection
