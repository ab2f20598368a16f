"""What an estimated border, agreement or ban would do elsewhere: coefficients become shocks, shocks an equilibrium."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from multivector.errors import WrongRequest, nearest
from multivector.models.equilibrium.one.one_sector import one_sector
from multivector.models.equilibrium.one.one_sector_batch import one_sector_batch
from multivector.models.equilibrium.records import Closure, Equilibrium
from multivector.models.indices import refuse
from multivector.models.ppml.fit import PpmlFit, read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

Change = Mapping[str, Any]  # numbers, nested lists or arrays
BAND: Final = 0.90  # probability of a band unless the caller asks for another


@dataclass(frozen=True, slots=True, eq=False)
class Counterfactual:
    """An equilibrium after a change of regressors, and how far sampling error moves it. Arrays are read-only.

    `point`: at the coefficients themselves; `shock` (N, N) is the B behind it. `drawn`: one equilibrium a draw, with a
    leading axis S; `coefficients` (S, C) the draws; `low`, `high` (N,): quantiles of welfare over the draws that hold
    `band` between them. All four are None without draws.
    """

    point: Equilibrium
    shock: FloatArray
    band: float
    drawn: Equilibrium | None = None
    coefficients: FloatArray | None = None
    low: FloatArray | None = None
    high: FloatArray | None = None


def shock(fit: PpmlFit, change: Change) -> FloatArray:
    """B = exp(sum_c b_c change_c): what the change multiplies trade by at fixed prices; 1 is no change.

    Parameters:
        fit: a fitted gravity equation.
        change: by regressor, how much it changes in the unit it was estimated in: 1 where an agreement begins, -1 where
            one ends. (N, N), as an array or nested lists, or one number for one flow. A regressor that is not named
            does not change.

    Returns:
        (N, N); for numbers an array without axes.

    Raises:
        WrongRequest: a name that was not estimated, shapes that differ, no numbers, NaN or infinite, a B past all
            numbers.
    """
    return np.asarray(_freeness(_checked(fit, change), _selected(fit, change))[0], dtype=np.float64)


def draws(
    fit: PpmlFit,
    n: int,
    seed: int | None = None,
    *,
    change: Change | None = None,
    rng: np.random.Generator | None = None,
) -> FloatArray:
    """B at n draws of the coefficients from N(b, V), or without a change the draws themselves.

    Parameters:
        fit: a fitted gravity equation.
        n: how many, at least 1.
        seed: a whole number, at least 0; the same seed gives the same draws.
        change: by regressor, as in `shock`.
        rng: a generator in place of the seed; one of the two is needed.

    Returns:
        With a change (n, N, N), or (n,) where it is a number; memory is 8 n N² bytes. Without (n, C).

    Raises:
        WrongRequest: as `shock`, n below 1, both or neither of seed and rng, a seed that is none.
    """
    drawn = coefficient_draws(fit, n, rng=_generator(seed, rng))
    return drawn if change is None else _freeness(_checked(fit, change), drawn[:, _places(fit, change)])


def _generator(seed: int | None, rng: np.random.Generator | None) -> np.random.Generator:
    if seed is None and rng is not None:
        return rng
    if seed is None or rng is not None:
        given = "neither a seed nor rng is" if seed is None else "both a seed and rng are"
        raise WrongRequest(f"{given} given: give one, seed=1 or rng=np.random.default_rng(1)")
    try:
        return np.random.default_rng(operator.index(seed))
    except (TypeError, ValueError) as odd:
        raise WrongRequest(f"seed is {seed!r}: give a whole number, 0 or more") from odd


def coefficient_draws(fit: PpmlFit, n: int, *, rng: np.random.Generator) -> FloatArray:
    """Draws of all coefficients from N(b, V), (n, C).

    Raises:
        WrongRequest: n is no whole number, or below 1.
    """
    whole = isinstance(n, int | np.integer) and n >= 1
    refuse([] if whole else [f"{n} draws: ask for a whole number, at least one"])
    size, axes = np.linalg.eigh(fit.vcov)
    root = axes * np.sqrt(np.maximum(size, 0.0))  # of rank below C when coefficients always move together
    return np.asarray(fit.coefficients + rng.standard_normal((n, size.size)) @ root.T, dtype=np.float64)


def counterfactual(  # noqa: PLR0913 - the estimate, the world, the question, and how to answer it
    fit: PpmlFit,
    flows: FloatArray,
    change: Change,
    *,
    theta: float,
    psi: float = 0.0,
    closure: Closure = "additive",
    draws: int = 0,
    rng: np.random.Generator | None = None,
    band: float = BAND,
) -> Counterfactual:
    """From a fitted gravity equation to the general equilibrium of a change, with a band, in one call.

    Parameters:
        fit: a fitted gravity equation.
        flows: (N, N), spending of importer j (column) on exporter i (row), domestic flows on the diagonal.
        change: by regressor, (N, N), as in `shock`.
        theta: trade elasticity, above 0. The coefficient is the effect on trade, -theta log cost; theta enters prices.
        psi: supply elasticity, at least 0.
        closure: what becomes of deficits.
        draws: how many draws of the coefficients to solve for; 0 gives the point alone; at least 20 for 90 %.
        rng: needed for draws.
        band: probability between `low` and `high`, in (0, 1).

    Raises:
        WrongRequest: as `shock` and `one_sector`, draws without rng, a band outside (0, 1).
        NotCertified: no equilibrium was found at the point or at a draw.
    """
    # one draw beyond each end of the band; 0.9 has no exact binary form
    least = math.ceil(round(2 / (1 - band), 6)) if 0 < band < 1 else 1
    refuse(
        [
            *([] if draws == 0 or draws >= least else [f"{draws} draws: ask for none, or for {least} or more"]),
            *(["draws need a random generator: rng=np.random.default_rng(seed)"] if draws > 0 and rng is None else []),
            *([] if 0 < band < 1 else [f"band {band} is not a probability between 0 and 1"]),
        ]
    )
    at_point = read_only(shock(fit, change))
    point = one_sector(flows, at_point, theta=theta, psi=psi, closure=closure)
    if rng is None or draws == 0:
        return Counterfactual(point=point, shock=at_point, band=band)
    coefficients = coefficient_draws(fit, draws, rng=rng)
    shocks = _freeness(_checked(fit, change), coefficients[:, _places(fit, change)])
    drawn = one_sector_batch(flows, shocks, theta=theta, psi=psi, closure=closure)
    low, high = np.quantile(drawn.welfare, [(1 - band) / 2, (1 + band) / 2], axis=0)
    return Counterfactual(
        point=point,
        shock=at_point,
        band=band,
        drawn=drawn,
        coefficients=read_only(coefficients),
        low=read_only(low),
        high=read_only(high),
    )


def _places(fit: PpmlFit, change: Change) -> list[int]:
    return [fit.names.index(name) for name in change]


def _selected(fit: PpmlFit, change: Change) -> FloatArray:
    return np.asarray(fit.coefficients[_places(fit, change)][None, :], dtype=np.float64)


def _checked(fit: PpmlFit, change: Change) -> FloatArray:
    """The changes, (C', N, N) or (C',), in the order given."""
    if not isinstance(change, Mapping):
        raise WrongRequest(f"change is a {type(change).__name__}: map regressors to how much they change")
    problems = [] if change else ["no regressor changes: name at least one"]
    for name in change:
        if name not in fit.names:
            close = " or ".join(nearest(str(name), fit.names)) or ", ".join(fit.names)
            problems.append(f"no coefficient {name!r} was estimated; did you mean {close}?")
    changes = []
    for name, values in change.items():
        try:
            changes.append(np.asarray(values, dtype=np.float64))
        except (TypeError, ValueError):
            problems.append(f"the change of {name!r} is not made of numbers: give one, or exporters by importers")
        else:
            problems.extend(_change_problems(name, changes[-1]))
    if len({values.shape for values in changes}) > 1:
        problems.append("changes differ in shape: give each for the same states")
    refuse(problems)
    return np.stack(changes)


def _change_problems(name: str, values: FloatArray) -> list[str]:
    if values.shape and (values.ndim != 2 or values.shape[0] != values.shape[1]):  # noqa: PLR2004 - exporter by importer
        return [f"the change of {name!r} has shape {values.shape}: give a number, or exporters by importers, (N, N)"]
    if not np.all(np.isfinite(values)):
        return [f"the change of {name!r} is NaN or infinite somewhere; for an embargo use a shock of 0"]
    return []


def _freeness(changes: FloatArray, coefficients: FloatArray) -> FloatArray:
    """exp(coefficients · changes), (S, N, N) or (S,), for coefficients (S, C').

    Raises:
        WrongRequest: past all numbers.
    """
    with np.errstate(over="ignore"):  # refused by name below
        freeness = np.exp(np.tensordot(coefficients, changes, axes=1))
    refuse(
        [f"a change multiplies trade by more than {np.finfo(np.float64).max:.0e}: check its unit"]
        if not np.all(np.isfinite(freeness))
        else []
    )
    return np.asarray(freeness, dtype=np.float64)
