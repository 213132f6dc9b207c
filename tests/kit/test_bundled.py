from __future__ import annotations

import pytest

from qopt import UnknownName
from qopt.kit.bundled import Bundled

SHOPS = Bundled("job-shop", "problems.scheduling", ".txt")


def test_instances_are_named_without_their_ending() -> None:
    assert SHOPS.names == ["ft06"]
    with SHOPS.file("ft06") as path:
        assert path.name == "ft06.txt"
        assert path.is_file()


def test_files_of_another_ending_are_no_instances() -> None:
    assert Bundled("job-shop", "problems.scheduling", ".vrp").names == []


def test_a_name_that_none_has_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"job-shop instance.*ft99.*ft06"), SHOPS.file("ft99"):
        pass
