"""Places, demands and trucks drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np

CAPACITY = 40.0  # what about eight customers ask for


def drawn(customers: int, seed: int) -> dict[str, Any]:
    """What a `VehicleRouting` is made of: customers on a square of 100 by 100, demands 1 to 9."""
    random = np.random.default_rng(seed)
    places = random.integers(0, 101, (customers + 1, 2)).astype(np.float64)
    demand = np.concatenate([[0], random.integers(1, 10, customers)]).astype(np.float64)
    apart = places[:, None] - places[None]
    return {
        "distance": np.floor(np.hypot(apart[..., 0], apart[..., 1]) + 0.5),
        "demand": demand,
        "capacity": CAPACITY,
        "vehicles": int(np.ceil(demand.sum() / CAPACITY)) + 1,
        "coordinates": places,
        "name": f"random-n{customers + 1}-s{seed}",
    }
