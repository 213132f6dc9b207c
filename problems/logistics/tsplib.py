"""Reading TSPLIB files: those of VRPLIB, with more ways to give distances.

Source: Reinelt, TSPLIB 95 (1995), section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np

from .vrplib import Floats, VrplibFile, rounded, straight

RADIUS, PI = 6378.388, 3.141592  # as TSPLIB has them; lengths are off with better ones
COLUMNS = {  # a symmetric matrix column by column is another one row by row
    "LOWER_COL": "UPPER_ROW",
    "LOWER_DIAG_COL": "UPPER_DIAG_ROW",
    "UPPER_COL": "LOWER_ROW",
    "UPPER_DIAG_COL": "LOWER_DIAG_ROW",
}


def pseudo_euclidean(places: Floats) -> Floats:
    """ATT: never rounded down. The root is taken last, so that it is whole where it should be."""
    return np.asarray(np.ceil(np.sqrt(((places[:, None] - places) ** 2).sum(axis=2) / 10.0)))


def geographical(places: Floats) -> Floats:
    """GEO: kilometres along the earth, from latitude and longitude as degrees.minutes."""
    degrees = np.trunc(places)
    latitude, longitude = (PI * (degrees + 5.0 * (places - degrees) / 3.0) / 180.0).T
    q1 = np.cos(longitude[:, None] - longitude)
    q2 = np.cos(latitude[:, None] - latitude)
    q3 = np.cos(latitude[:, None] + latitude)
    angle = np.arccos(np.clip(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3), -1.0, 1.0))
    return np.asarray(np.floor(RADIUS * angle + 1.0))


class TsplibFile(VrplibFile):
    """As `VrplibFile`, with all rules for two coordinates, and triangles of a matrix column by column."""

    rules: ClassVar[Mapping[str, Callable[[Floats], Floats]]] = {
        **VrplibFile.rules,
        "CEIL_2D": lambda places: np.asarray(np.ceil(straight(places))),
        "MAN_2D": lambda places: rounded(np.abs(places[:, None] - places).sum(axis=2)),
        "MAX_2D": lambda places: np.asarray(rounded(np.abs(places[:, None] - places)).max(axis=2)),
        "ATT": pseudo_euclidean,
        "GEO": geographical,
    }

    def distances(self, n: int) -> tuple[Floats, Floats | None]:
        """Distances [n, n] by the file's own rule, and coordinates [n, 2] to draw the cities at, where it has any."""
        if (form := self.text("EDGE_WEIGHT_FORMAT")) in COLUMNS:
            self.fields["EDGE_WEIGHT_FORMAT"] = (
                COLUMNS[form],
                self.fields["EDGE_WEIGHT_FORMAT"][1],
            )
        distance, places = super().distances(n)
        if places is None and "DISPLAY_DATA_SECTION" in self.sections:
            places, _ = self.table("DISPLAY_DATA_SECTION", 2, n)
        return distance, places
