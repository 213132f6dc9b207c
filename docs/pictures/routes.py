"""The picture in the README: `python docs/pictures/routes.py`."""

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

import qopt
from problems.logistics import VehicleRouting

routing = VehicleRouting.generate(customers=40, seed=1)
result = qopt.solve(routing, solver="hybrid", time_limit=8, seed=1)
figure, axes = pyplot.subplots(figsize=(6.4, 4.2), dpi=110, layout="constrained")
routing.draw(result.best, axes)
figure.savefig("docs/pictures/routes.png")
