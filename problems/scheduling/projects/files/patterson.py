"""Patterson's text of projects, `.rcp`: numbers one after another, whose lines mean nothing.

The number of activities and that of resources; how much there is of each; then of each activity its
duration, what it needs of each resource, how many activities follow it, and their numbers, from 1.
The first and the last are dummies.
"""

from __future__ import annotations

from qopt.kit.checks import Place
from qopt.kit.files import At, Fields, Text

from ..plan import Activity

MOST = 1_000_000  # activities or resources


def patterson(text: Text) -> Fields:
    """The arguments of `ProjectScheduling`.

    Activities are named by their numbers, and resources "R 1", "R 2", ...

    The first and the last activity are left out where they are dummies: of no length, with no
    needs, and nothing before or behind them. Raises FileError with the line.
    """
    if "[" in text.content:
        raise text.error(
            "a project with time lags (RCPSP/max, .sch), which are not known here; "
            "read are .sm and .rcp"
        )
    words = text.words()
    count = words.whole("the number of activities", 1, MOST)
    resources = words.whole("the number of resources", 0, MOST)
    names = [f"R {r}" for r in range(1, resources + 1)]
    capacity = {name: words.whole(f"the capacity of {name}", 0) for name in names}
    places: dict[Place, At] = {("capacity",): words.line}
    rows, after = list[tuple[int, int, dict[str, int]]](), dict[int, list[int]]()
    for number in range(1, count + 1):
        takes = words.whole(f"the duration of activity {number}", 0)
        line = words.line
        needs = {name: words.whole(f"what activity {number} needs of {name}", 0) for name in names}
        for _ in range(words.whole(f"how many activities follow {number}", 0, count)):
            later = words.whole(f"an activity that follows {number}", 1, count)
            after.setdefault(later, []).append(number)
        rows.append((line, takes, {name: need for name, need in needs.items() if need}))
    words.end("the last activity")
    leading = {earlier for befores in after.values() for earlier in befores}
    dummies = {
        number
        for number, alone in ((1, 1 not in after), (count, count not in leading))
        if alone and not rows[number - 1][1] and not rows[number - 1][2]
    }
    activities: list[Activity] = []
    for number, (line, takes, needs) in enumerate(rows, 1):
        if number not in dummies:
            places["activities", len(activities)] = line
            before = dict.fromkeys(b for b in after.get(number, ()) if b not in dummies)
            activities.append(Activity(str(number), takes, needs, tuple(map(str, before))))
    values = {"activities": tuple(activities), "capacity": capacity, "name": text.stem}
    return Fields(text, values, places)
