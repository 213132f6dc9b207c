"""What the emulator's page says of the chip is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qopt import devices
from qopt.emulator.chip import NOISES
from qopt.emulator.chip.annealing import chain_temperature, critical_temperature, sweeps

PAGE = Path(__file__).parents[3] / "docs" / "emulator.md"


@pytest.fixture
def section() -> str:
    if not PAGE.exists():
        pytest.skip("the docs are not beside the tests: they run from an installed package")
    return PAGE.read_text().split("## What is modelled\n")[1].split("\n## ")[0]


def test_the_example_prints_what_the_page_shows(
    section: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = re.search(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", section, re.DOTALL)
    assert shown is not None
    code, printed = shown.groups()
    exec(code, {})
    assert capsys.readouterr().out == printed


def _cells(section: str, title: str) -> list[str]:
    (line,) = re.findall(rf"^\| {re.escape(title)}.*$", section, re.MULTILINE)
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_the_table_of_devices_is_what_they_are(section: str) -> None:
    for at, name in enumerate(("advantage2", "advantage2-small", "advantage")):
        device = devices.described(name)
        sizes = f"{len(device.qubits)}, {len(device.couplers)}"
        assert _cells(section, "qubits, couplers that work")[at] == sizes
        assert _cells(section, "after")[at] == device.like
        temperature = _cells(section, "temperature of single qubits")[at]
        assert float(temperature) == device.temperature
        assert float(_cells(section, "critical energy")[at]) == device.critical_gigahertz
        assert float(_cells(section, "temperature of the chip")[at]) == 1000 * device.base_kelvin
        assert float(_cells(section, "largest mutual")[at]) == device.coupler_picohenry
        low, high = device.annealing_time_range
        assert _cells(section, "annealing time")[at] == f"{low:g} to {high:g}"
        assert f"{device.h_range[0]:g} to {device.h_range[1]:g}" == _cells(section, "h ")[at]
        one, whole = (device.clock.readout_time(n) for n in (1, len(device.qubits)))
        assert _cells(section, "readout of one")[at] == f"{one:.1f}, {whole:.1f}"
        assert f"{chain_temperature(device):.2f} on `{name}`" in section.replace("and ", "")
    assert f"{critical_temperature(devices.described('advantage2')):.3f}" in section


def test_the_table_of_errors_is_what_they_are(section: str) -> None:
    for at, name in enumerate(("typical", "early")):
        noise = NOISES[name]
        for title, value in (
            ("standard deviation of h", noise.h_sigma),
            ("mean of h", noise.h_mean),
            ("standard deviation of J", noise.j_sigma),
            ("of these in h, flux noise", noise.flux),
            ("background susceptibility", noise.susceptibility),
        ):
            assert float(_cells(section, title)[at]) == value
        means = _cells(section, "mean of J")[at].split(", ")
        assert [float(m) for m in means] == [noise.j_mean_negative, noise.j_mean_positive]
    assert f"steps of {NOISES['typical'].h_step} and {NOISES['typical'].j_step}" in section
    assert "286 for the 20 µs" in section
    assert sweeps(20.0) == 286
