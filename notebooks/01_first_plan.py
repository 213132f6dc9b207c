# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first plan
#
# Three small planning problems come with qopt: trucks that deliver, jobs that queue for machines,
# money to invest. This notebook plans each of them by annealing, and asks a classical solver the
# same question, so that you can judge the plans and not only admire them. It runs in about a
# minute, on this machine alone.
#
# Every plan below comes down the same road:
#
# 1. **Model.** The problem becomes variables and constraints in its own words: "some truck drives 0
#    > 3 > 5 > 8 > 0", "each customer is served once".
# 2. **Anneal.** Walkers, each with values for all variables, make random moves: hot ones accept
#    almost any, cold ones little but improvements, and they exchange temperatures. Moves are made
#    so that they keep what they can of the constraints: an operation that starts earlier no longer
#    starts later. What they cannot keep has a price, which rises while it is broken. No one
#    promises the best plan.
# 3. **Decode.** Variables become routes, a schedule, holdings.
# 4. **Score.** The planner's own arithmetic adds up the plan: kilometres, hours, risk. The
#    annealer's sum is forgotten; a plan that breaks a rule is called infeasible, whatever that sum
#    was.
#
# There is a second road, the one to a quantum annealer: the model is rewritten as a function of
# bits alone, in which a broken constraint costs energy. It has a section of its own below.

# %%
import matplotlib.pyplot as plt
import polars as pl
from IPython.display import Markdown, display

import qopt
from problems.logistics import VehicleRouting
from problems.portfolio import MeanVariance
from problems.scheduling import JobShop

# %% [markdown]
# ## Trucks
#
# Twelve customers, four trucks that hold 6000 each, one depot; drive as little as possible. The
# instance is E-n13-k4, from the benchmarks of Christofides and Eilon (1969). For a file of your
# own: `VehicleRouting.read("your.vrp")`.

# %%
routing = VehicleRouting.bundled()
routes = qopt.solve(routing, solver="annealer", time_limit=3, seed=1)
display(routes)

# %% [markdown]
# That is a `Result`. "feasible" is the verdict of the planner's arithmetic, not of the solver. The
# gap is the distance from the best objective anyone has published for this instance. The time limit
# counts sampling; the model is compiled before the clock starts, and that is listed apart.
#
# An annealer brings back many plans and not just one. The table has them all, feasible ones first,
# the best of those on top: the runner-up may suit your drivers better.

# %%
display(routes.table().head(6))

# %% [markdown]
# Some walkers never got everything right, and what they bring back is in the table, too. Such rows
# say which rule is broken and by how much, and never become `result.best`, however short they look.

# %%
display(
    routes.table().filter(~pl.col("feasible")).select("objective", "feasible", "violations").head(4)
)

# %% [markdown]
# How many constraints do the moves keep? Here a variable is a set of customers that fits in a
# truck, and each customer is in a hundred of them or more. One row, "customer 1 is served once",
# can be kept: where a set with that customer goes, another comes. The rows of the other customers
# overlap with it, so they have prices, as has the number of trucks.


# %%
def kept(*results):
    """A row a result: how large its model is, and what became of its constraints."""
    infos = [result.provenance["solver"] for result in results]
    return pl.DataFrame(
        {
            "instance": result.instance,
            "variables": info["variables"],
            "constraints kept": info["constraints"]["kept"],
            "exclusions": info["constraints"]["conflicts"],
            "priced": info["constraints"]["priced"],
            "sweeps": info["sweeps"],
        }
        for result, info in zip(results, infos, strict=True)
    )


display(kept(routes))

# %% [markdown]
# This instance gives distances and no map, so a route is drawn as a line as long as the truck
# drives, with its customers on the way. `problem.draw` takes any matplotlib axes.

# %%
figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
routing.draw(routes.best, axes)

# %% [markdown]
# ### Is that any good?
#
# PyVRP is a classical solver written for routing and nothing else. It gets the same three seconds.
# Where it is not installed, the cell says how to get it, and the notebook goes on without.


# %%
def classical(problem, solver):
    """What a classical solver finds in the same time, or None where it is not installed."""
    try:
        return qopt.solve(problem, solver=solver, time_limit=3, seed=1)
    except qopt.NotReady as missing:
        display(Markdown(f"No classical answer to compare with: {missing}"))
        return None


def compare(*results):
    """A row a result: what it found, and what it can prove."""
    return pl.DataFrame(
        {
            "solver": result.solver,
            "objective": result.objective,
            "gap in %": None if result.gap is None else round(100 * result.gap, 2),
            "proved bound": result.bound,
            "seconds of sampling": round(result.timing["sample"], 2),
        }
        for result in results
        if result is not None
    )


routes_classical = classical(routing, "pyvrp")
display(compare(routes, routes_classical))

# %% [markdown]
# Expect both to reach the published 247; on a slow or busy machine the annealer may end above it.
# That is no draw: PyVRP is at home with hundreds of customers, where no one can list the sets that
# fit in a truck, as this model does. The table exists so that you see what you would gain or lose
# by either.
#
# ## Machines
#
# Six jobs, each with six steps in a fixed order, each step on its own machine; a machine does one
# thing at a time. All of it should be done as early as possible. This is ft06 of Fisher and
# Thompson (1963). The classical solver is CP-SAT of OR-tools. It works on the same model, and where
# it stops before its time it also *proves* that no schedule is shorter: that is the bound.

# %%
shop = JobShop.bundled()
schedule = qopt.solve(shop, solver="annealer", time_limit=3, seed=1)
schedule_classical = classical(shop, "cp-sat")
display(compare(schedule, schedule_classical))

figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
shop.draw(schedule.best, axes)

# %% [markdown]
# Here the moves keep one row for each of the 36 operations, "it starts once", and one for the end
# of the schedule: a move takes an operation from one time to another, so that none is ever left out
# or done twice. The other 42, for the order and the machines, are exclusions: pairs of variables
# that may not both be 1, such as this operation at 3 and that one at 4 on one machine. All of those
# share one price.

# %%
display(kept(schedule))

# %% [markdown]
# ## Money
#
# Ten stocks of the Hang Seng index, weekly returns of 1992 to 1997. Hold at most five, each with 15
# % to 60 % of the wealth, in steps of 5 %; weigh the expected return against the variance. The
# objective is `risk_aversion * variance - return` of one week, so smaller is better.

# %%
portfolio = MeanVariance.bundled()
holdings = qopt.solve(portfolio, solver="annealer", time_limit=3, seed=1)
holdings_classical = classical(portfolio, "cp-sat")
display(compare(holdings, holdings_classical))

figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
portfolio.draw(holdings.best, axes)

# %% [markdown]
# A good portfolio for these numbers is not yet a good investment: past returns are poor forecasts
# of future ones, and no solver mends that.
#
# No group can be kept in this model, because the budget counts two kinds of variables: whether a
# stock is held, and how much of it above the least. All twelve constraints have prices. They are
# few, and it does no harm.

# %%
display(kept(holdings))

# %% [markdown]
# ## The road to a device
#
# A quantum annealer knows no constraints and no whole numbers. What it takes is one quadratic
# function of yes/no bits, a QUBO. `qopt.compile` makes it: whole numbers become bits, some
# inequalities get slack bits to count with, and each constraint becomes a penalty, energy that a
# violation costs. Solver `qubo-annealer` goes this road on this machine. Same portfolio, same three
# seconds:

# %%
penalised = qopt.solve(portfolio, solver="qubo-annealer", time_limit=3, seed=1)
display(compare(holdings, penalised, holdings_classical))

# %% [markdown]
# Expect it to end a little above the other two, although it tries many more changes in the time. To
# move 5 % of the wealth from one stock to another two bits or more must change, and each state
# between breaks the budget and costs a penalty.
#
# What would a device be sent? The report says how large the QUBO is, what each constraint became,
# and how heavy the penalties are and why.

# %%
compiled = qopt.compile(portfolio.model())
display(compiled.report())

# %% [markdown]
# The lines on dynamic range are about a device's precision. It scales the whole function until the
# largest bias fits, and the largest are the penalties'; what is then smaller than its error is
# lost. Read there how much of this objective an Advantage2 would lose: nearly all.
# `qopt.compile(routing.model()).precision()` says no better of the trucks. That is worth knowing
# before you pay for time on a machine.
#
# Whether the QUBO says what the model says can be checked. Of so many bits not all states can be
# tried, but a sample can:

# %%
display(compiled.verify())

# %% [markdown]
# ## When nothing feasible comes back
#
# The weights above are worked out. Many programs ask you for one instead, so let us get it wrong: a
# violation now costs far too little.

# %%
careless = qopt.solve(portfolio, solver="qubo-annealer", penalties=1e-4, time_limit=2, seed=1)
display(careless)

# %% [markdown]
# No feasible plan. Would more time help, or another sampler? `qopt.diagnose` asks whose fault it
# is. It looks for a feasible plan by other means, compiles the QUBO again and compares energies.

# %%
display(qopt.diagnose(careless, time_limit=10, seed=1))

# %% [markdown]
# The verdict is "penalty", and there is a proof: a portfolio that leaves money uninvested has a
# *lower* energy than the best one that keeps the budget. The sampler did its work; a perfect one
# would bring back nothing better. The last line says by how many steps of 5 % the budget is broken,
# and how heavy its weight must be for that one portfolio to lie above. Other verdicts are
# "sampler", where the penalties are proved sufficient, and "model", where the constraints
# contradict each other: then it names those that do.
#
# ## When was it found?
#
# `result.trace` has every incumbent, a dot each: the seconds since sampling began and the objective
# in the planner's units. Where a line has been flat for long, more time would hardly have helped.
# PyVRP reports once, at its end, so it shows as one dot there.

# %%
figure, panels = plt.subplots(1, 3, figsize=(13, 3.6), layout="constrained")
panels[0].set_ylabel("objective of the best plan so far")
pairs = [(routes, routes_classical), (schedule, schedule_classical), (holdings, holdings_classical)]
for axes, pair in zip(panels, pairs, strict=True):
    for result in filter(None, pair):
        seconds = [incumbent.seconds for incumbent in result.trace]
        objectives = [incumbent.objective for incumbent in result.trace]
        end = max(seconds[-1], result.timing["sample"])
        found = list(range(len(seconds)))
        line = axes.step(
            [*seconds, end], [*objectives, objectives[-1]], where="post", label=result.solver
        )[0]
        line.set(marker="o", markersize=4, markevery=found)
    axes.axhline(pair[0].best_known, color="grey", linestyle=":", label="best known")
    axes.set_title(pair[0].instance)
    axes.set_xlabel("seconds of sampling")
    axes.legend(fontsize="small")

# %% [markdown]
# ## What to make of it
#
# * These instances are small. A classical solver finds the best plan of each within its three
#   seconds, and CP-SAT mostly proves in that time that there is no better one.
# * The annealer keeps constraints that form groups, and prices the rest. At these sizes it finds
#   the best plan or one near it. Where many tight constraints overlap it may find none, and then
#   `result.best` is `None`, `print(result)` says what stood in the way, and `qopt.diagnose(result)`
#   whose fault it is.
# * As penalties, the same constraints are much harder to keep. At the size of a real fleet or plant
#   a QUBO will often give no feasible plan at all.
# * A time limit makes the answer depend on the speed of the machine. `time_limit=None,
#   num_sweeps=2000, seed=1` gives the same plan everywhere.
# * Nothing here used a quantum annealer. With a D-Wave token, `solver="qpu"` sends the QUBO of that
#   report to one; before it submits, it estimates the device time and refuses what is above your
#   limit.
#
# Next: `result.save("plan.json")` keeps all of this in one document, `qopt.Result.load` reads it
# back, and `qopt run spec.yaml` does the same for many problems, solvers and seeds at once.
