"""What is refused before anything is solved: a world that contradicts itself, a shock that leaves no equilibrium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.links.records import InputOutput, Limits
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

EQUAL: Final = 1e-6  # relative: totals that the model needs equal
BELOW_ZERO: Final = -0.01  # cost shares of Caliendo & Parro (2015) go down to -0.0006, a rounding of their tables
MOST_NAMED: Final = 3


def check_world(model: InputOutput) -> None:
    """Nothing where the world is one that can be solved.

    Raises:
        WrongRequest: shapes that do not match, numbers that are not finite or out of range, shares that do not sum to
            1, value added, deficits or sales that contradict the flows.
    """
    refuse(_shape_problems(model))
    refuse(_range_problems(model))
    refuse(_total_problems(model))


def _shape_problems(model: InputOutput) -> list[str]:
    flows = np.shape(model.flows)
    if flows[:1] != flows[1:2] or len(flows[2:]) != 1 or 0 in flows:
        return [f"flows have shape {flows}: give (N, N, K), exporter, importer, sector"]
    count, _, sectors = flows
    due = {
        "tariff": (count, count, sectors),
        "io_share": (count, sectors, sectors),
        "va_share": (count, sectors),
        "final_share": (count, sectors),
        "theta": (sectors,),
        "value_added": (count,),
        "deficit": (count,),
    }
    return [
        f"{name} has shape {np.shape(getattr(model, name))}: {shape} is due for flows of shape {flows}"
        for name, shape in due.items()
        if np.shape(getattr(model, name)) != shape
    ]


def _range_problems(model: InputOutput) -> list[str]:
    rules: tuple[tuple[str, FloatArray, str, BoolArray], ...] = (
        ("flows", model.flows, "a flow cannot be negative", model.flows < 0),
        ("tariff", model.tariff, "a tariff is a fraction above -1", model.tariff <= -1),
        ("io_share", model.io_share, "a share of cost lies in [0, 1]", _outside(model.io_share, BELOW_ZERO)),
        ("va_share", model.va_share, "value added has a share in (0, 1]", _outside(model.va_share, 1e-12)),
        ("final_share", model.final_share, "a share lies in [0, 1]", _outside(model.final_share, 0.0)),
        ("theta", model.theta, "a trade elasticity is above 0", model.theta <= 0),
        ("value_added", model.value_added, "a country without income cannot be solved", model.value_added <= 0),
        ("deficit", model.deficit, "", np.zeros_like(model.deficit, dtype=np.bool_)),
    )
    problems = []
    for name, values, rule, broken in rules:
        if not np.all(np.isfinite(values)):
            problems.append(f"{name}{_where(~np.isfinite(values))} is not a finite number: leave out what is unknown")
        elif np.any(broken):
            problems.append(f"{name}{_where(broken)} is {values[broken][0]:g}: {rule}")
    return problems


def _total_problems(model: InputOutput) -> list[str]:
    """Totals that the model needs equal. Spending need not fit: the base is solved first."""
    net = model.flows / (1 + model.tariff)
    sales, bought = net.sum(axis=1), net.sum(axis=(0, 2))
    world = model.value_added.sum()
    home = np.einsum("nnk->n", model.flows)
    rules = (
        (home <= 0, "countries {} have no home sales (diagonal of flows): give them, they are not invented"),
        (bought <= 0, "countries {} buy nothing"),
        (sales.sum(axis=1) <= 0, "countries {} sell nothing"),
        (
            np.abs(model.io_share.sum(axis=1) + model.va_share - 1).max(axis=1) > EQUAL,
            "io_share and va_share of countries {} do not sum to 1 over inputs [n, input, output]",
        ),
        (np.abs(model.final_share.sum(axis=1) - 1) > EQUAL, "final_share of countries {} does not sum to 1"),
        (
            np.abs((model.va_share * sales).sum(axis=1) / model.value_added - 1) > EQUAL,
            "value_added of countries {} is not va_share times net sales: same unit and year?",
        ),
        (
            np.abs(bought - sales.sum(axis=1) - model.deficit) > EQUAL * bought,
            "deficit of countries {} is not imports less exports, both without tariffs",
        ),
    )
    problems = [text.format(_some(np.flatnonzero(broken))) for broken, text in rules if np.any(broken)]
    if abs(model.deficit.sum()) > EQUAL * world:
        problems.append(f"deficits sum to {model.deficit.sum():g}, not to 0 over the world")
    return [*problems, *_needed_problems(model)]


def _needed_problems(model: InputOutput) -> list[str]:
    """Final spending on a sector of which no flow tells where it comes from."""
    unknown = (model.final_share > 0) & (model.flows.sum(axis=0) <= 0)
    return [f"flows [:, n, k] are all 0 at{_where(unknown)} though final_share is not"] if np.any(unknown) else []


def checked_limits(*, path_steps: int, tol: float, max_iter: int) -> Limits:
    """The numbers that steer the solver, where they make sense.

    Raises:
        WrongRequest: a negative number of path steps, a tolerance outside (0, 1), less than one step.
    """
    problems = []
    if path_steps < 0:
        problems.append(f"path_steps is {path_steps}: 0 for none, or how many steps")
    if not 0 < tol < 1:
        problems.append(f"tol is {tol:g}: a relative error in (0, 1)")
    if max_iter < 1:
        problems.append(f"max_iter is {max_iter}: at least 1 step")
    refuse(problems)
    return Limits(tol, max_iter)


def check_change(model: InputOutput, new_tariff: FloatArray, shock: FloatArray | None, *, path_steps: int = 0) -> None:
    """Nothing where tariffs and freeness can be used.

    Raises:
        WrongRequest: another shape than the flows, tariffs at or below -1, a freeness that is negative or not finite,
            a path that ends in an embargo.
    """
    problems = []
    if path_steps and shock is not None and np.any(np.asarray(shock) == 0):
        problems.append("path_steps with a freeness of 0: no path in logs leads to an embargo; leave path_steps at 0")
    for name, values, least in (("new_tariff", new_tariff, -1.0), ("shock", shock, 0.0)):
        if values is None:
            continue
        if np.shape(values) != np.shape(model.flows):
            problems.append(f"{name} has shape {np.shape(values)}: {np.shape(model.flows)} is due, a number per flow")
        elif not np.all(np.isfinite(values)):
            problems.append(
                f"{name}{_where(~np.isfinite(values))} is not finite"
                + (": an embargo is a freeness of 0" if name == "shock" else ": an embargo is a shock of 0")
            )
        elif name == "new_tariff" and np.any(values <= least):
            problems.append(f"new_tariff{_where(values <= least)} is {values.min():g}: a tariff is above -1")
        elif np.any(values < least):
            problems.append(
                f"shock{_where(values < least)} is {values.min():g}: a freeness is at least 0, 1 is no change"
            )
    refuse(problems)


def check_blocks(block: NDArray[np.int64], deficit: FloatArray) -> None:
    """Nothing where every group of countries cut off from the others has no deficit towards them.

    Raises:
        WrongRequest: a block with a deficit and nobody to have it with, by its countries.
    """
    short = np.bincount(block, weights=deficit)
    cut = np.flatnonzero(np.abs(short) > EQUAL * np.abs(deficit).max(initial=0.0))
    refuse(
        f"countries {_some(np.flatnonzero(block == one))} are cut off with a deficit of {short[one]:.3g} (of world "
        "value added) that nobody can lend: no equilibrium exists; use deficits=False"
        for one in cut
    )


def check_supply(supplied: BoolArray, final: FloatArray) -> None:
    """Nothing where every sector that a country's consumers need (N, K) still has a supplier.

    Raises:
        WrongRequest: an infinite loss, by country and sector.
    """
    missing = (final > 0) & ~supplied
    if np.any(missing):
        refuse([f"no supplier is left of [country, sector]{_where(missing)}: the loss is infinite; leave one"])


def _outside(values: FloatArray, least: float) -> BoolArray:
    outside: BoolArray = (values < least) | (values > 1 - min(least, 0.0) + EQUAL)
    return outside


def _where(broken: BoolArray) -> str:
    """The first cells: " [0, 2] and 5 more"."""
    cells = np.argwhere(broken)
    named = ", ".join(str([int(place) for place in cell]) for cell in cells[:MOST_NAMED])
    return f" {named}" + (f" and {len(cells) - MOST_NAMED} more" if len(cells) > MOST_NAMED else "")


def _some(numbers: NDArray[np.int64]) -> str:
    named = ", ".join(str(int(one)) for one in numbers[:MOST_NAMED])
    return named + (f" and {numbers.size - MOST_NAMED} more" if numbers.size > MOST_NAMED else "")
