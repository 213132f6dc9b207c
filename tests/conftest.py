from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# no test is answered by what an earlier one has solved
os.environ["QOPT_CACHE"] = "off"
# and none fails as the machine was busy
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(autouse=True, scope="session")
def _control_c() -> Iterator[None]:
    """A suite in the background inherits that Ctrl-C is ignored, and would wait for good."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
