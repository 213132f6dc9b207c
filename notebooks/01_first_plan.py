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
# Three small planning problems come with qopt: trucks that deliver, jobs that queue for machines, money to invest. This
# notebook plans each of them by annealing, and asks a classical solver the same question, so that you can judge the plans
# and not only admire them. It runs in about half a minute, on this machine alone.
#
# Every plan below comes down the same road:
#
# 1. **Model.** The problem becomes variables and constraints in its own words: "some truck drives 0 > 3 > 5 > 8 > 0", "each
#    customer is served once".
# 2. **QUBO.** The model is rewritten as one quadratic function of yes/no bits. What breaks a constraint costs energy.
# 3. **Anneal.** Many copies of the bits start hot, where almost any change is accepted, and cool until only improvements
#    are. What is left are states of low energy. No one promises the lowest.
# 4. **Decode.** Bits become routes, a schedule, holdings.
# 5. **Score.** The planner's own arithmetic adds up the plan: kilometres, hours, risk. The energy is forgotten; a plan that
#    breaks a rule is called infeasible, whatever its energy was.

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
# Twelve customers, four trucks that hold 6000 each, one depot; drive as little as possible. The instance is E-n13-k4, from
# the benchmarks of Christofides and Eilon (1969). For a file of your own: `VehicleRouting.read("your.vrp")`.

# %%
routing = VehicleRouting.bundled()
routes = qopt.solve(routing, time_limit=3, seed=1)
display(routes)

# %% [markdown]
# That is a `Result`. "feasible" is the verdict of the planner's arithmetic, not of the solver. The gap is the distance from
# the best objective anyone has published for this instance. The time limit counts sampling; the model is compiled before
# the clock starts, and that is listed apart.
#
# An annealer brings back many plans and not just one. The table has them all, feasible ones first, the best of those on
# top: the runner-up may suit your drivers better.

# %%
display(routes.table().head(6))

# %% [markdown]
# How large was the QUBO? The bits are the model's variables and what the constraints add to count with; the couplings are
# the products of two bits.

# %%
annealed = routes.provenance["solver"]
display(Markdown(f"{annealed['bits']} bits, {annealed['couplings']} couplings, {annealed['sweeps']} sweeps over all bits."))

# %% [markdown]
# This instance gives distances and no map, so a route is drawn as a line as long as the truck drives, with its customers on
# the way. `problem.draw` takes any matplotlib axes.

# %%
figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
routing.draw(routes.best, axes)

# %% [markdown]
# ### Is that any good?
#
# PyVRP is a classical solver written for routing and nothing else. It gets the same three seconds. Where it is not
# installed, the cell says how to get it, and the notebook goes on without.


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
# Expect PyVRP to reach the published 247, and the annealer to end above it: by a few per cent where it has the machine to
# itself, by more where it has not. On a problem of this size the classical solver is the better tool, and this table exists
# to say so.
#
# ## Machines
#
# Six jobs, each with six steps in a fixed order, each step on its own machine; a machine does one thing at a time. All of
# it should be done as early as possible. This is ft06 of Fisher and Thompson (1963). The classical solver is CP-SAT of
# OR-tools. It works on the model of step 1 directly, without a QUBO, and where it stops before its time it also *proves*
# that no schedule is shorter: that is the bound.

# %%
shop = JobShop.bundled()
schedule = qopt.solve(shop, time_limit=3, seed=1)
schedule_classical = classical(shop, "cp-sat")
display(compare(schedule, schedule_classical))

figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
shop.draw(schedule.best, axes)

# %% [markdown]
# Not every state the annealer ends in is a schedule: some leave an operation without a start, or give it two. Such rows are
# infeasible, say which rule is broken and by how much, and never become `result.best`, however short they look.

# %%
display(schedule.table().filter(~pl.col("feasible")).select("objective", "feasible", "violations").head(4))

# %% [markdown]
# ## Money
#
# Ten stocks of the Hang Seng index, weekly returns of 1992 to 1997. Hold at most five, each with 15 % to 60 % of the
# wealth, in steps of 5 %; weigh the expected return against the variance. The objective is
# `risk_aversion * variance - return` of one week, so smaller is better.

# %%
portfolio = MeanVariance.bundled()
holdings = qopt.solve(portfolio, time_limit=3, seed=1)
holdings_classical = classical(portfolio, "cp-sat")
display(compare(holdings, holdings_classical))

figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
portfolio.draw(holdings.best, axes)

# %% [markdown]
# A good portfolio for these numbers is not yet a good investment: past returns are poor forecasts of future ones, and no
# solver mends that.
#
# ## When was it found?
#
# `result.trace` has every incumbent, a dot each: the seconds since sampling began and the objective in the planner's units.
# Where a line has been flat for long, more time would hardly have helped. PyVRP reports once, at its end, so it shows as one
# dot there.

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
        line = axes.step([*seconds, end], [*objectives, objectives[-1]], where="post", label=result.solver)[0]
        line.set(marker="o", markersize=4, markevery=found)
    axes.axhline(pair[0].best_known, color="grey", linestyle=":", label="best known")
    axes.set_title(pair[0].instance)
    axes.set_xlabel("seconds of sampling")
    axes.legend(fontsize="small")

# %% [markdown]
# ## What to make of it
#
# * These instances are small. A classical solver finds the best plan of each within its three seconds, and CP-SAT mostly
#   proves in that time that there is no better one.
# * The annealer knows the constraints as penalties only. At these sizes it finds feasible plans near the optimum; at the
#   size of a real fleet or plant it will often find none, and then `result.best` is `None` and `print(result)` says what
#   stood in the way.
# * A time limit makes the answer depend on the speed of the machine. `time_limit=None, num_sweeps=[300] * 20, seed=1` gives
#   the same plan everywhere.
# * Nothing here used a quantum annealer. With a D-Wave token, `solver="qpu"` sends the same QUBO to one; before it submits,
#   it estimates the device time and refuses what is above your limit.
#
# Next: `result.save("plan.json")` keeps all of this in one document, `qopt.Result.load` reads it back, and `qopt run
# spec.yaml` does the same for many problems, solvers and seeds at once.
