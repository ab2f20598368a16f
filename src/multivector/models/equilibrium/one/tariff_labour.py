"""What tariffs cost when labour supply answers and shops keep a margin: one sector, from a base without tariffs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.many.checks import first, listed
from multivector.models.equilibrium.one.blocks import links_of
from multivector.models.equilibrium.one.checks import flow_problems, search_problems
from multivector.models.equilibrium.one.labour import Stance, TariffWorld, labour_slopes, stand
from multivector.models.equilibrium.one.newton import Root, System, follow, newton
from multivector.models.equilibrium.records import TOLERANCE, Equilibrium, locked, require_certified
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

SHARPER: Final = 1e-3  # of the tolerance


def tariff_labour(  # noqa: PLR0913 - the parameters of the model, one each
    flows: FloatArray,
    new_tariff: FloatArray,
    *,
    epsilon: float,
    kappa: float,
    scale: float,
    margin: float | FloatArray,
    passthrough: float | FloatArray,
    tol: float = TOLERANCE,
    max_iter: int = 500,
    strict: bool = True,
) -> Equilibrium:
    """The equilibrium after tariffs, with labour supply, gains from scale and distribution margins.

    The model that Ignatenko, Lashkaripour, Macedoni & Simonovska (2025) bring to the tariffs of 2 April 2025; equations
    on the methods page. Deficits are fixed in units of world income, tariffs go to consumers, and the world's cost of
    living, weighted by base spending, is the numeraire.

    Parameters:
        flows: (N, N), exporter by importer, own sales on the diagonal; a base without tariffs.
        new_tariff: (N, N), fractions, > -1; tariff of importer j on exporter i.
        epsilon: trade elasticity, > 0.
        kappa: elasticity of labour supply to the real wage, >= 0; 0 is fixed labour.
        scale: elasticity of productivity to labour, >= 0; at most 1 / epsilon, above which equilibria are several.
        margin: one number or (N,), part in [0, 1) of what is spent in a country that its distributors earn.
        passthrough: one number or (N,), part of a tariff that reaches buyers' prices, > 0; 1 is all of it.
        tol: largest relative excess that is certified.
        max_iter: steps in all.
        strict: refuse what is not certified; False gives it back with certified=False.

    Returns:
        `wages`, `prices`, `real_wage`, `welfare`, `expenditure`, `labour` and `real_output` (L^(1 + scale)) as ratios
        (N,); `output` the level of income Y', `flows` X' (N, N) without tariffs and `tariff_revenue` (N,), in the unit
        of the input.

    Raises:
        WrongRequest: arrays or parameters that make no sense; countries that do not trade with the others.
        NotCertified: no state within `tol`; carries the best one and its residual.
    """
    base, tariff = np.asarray(flows, dtype=np.float64), np.asarray(new_tariff, dtype=np.float64)
    refuse(flow_problems(base))
    kept, passed = np.asarray(margin, dtype=np.float64), np.asarray(passthrough, dtype=np.float64)
    refuse(
        (
            *_tariff_problems(tariff, shape=base.shape),
            *_fraction_problems(kept, passed, nations=len(base)),
            *_elasticity_problems(epsilon=epsilon, kappa=kappa, scale=scale),
            *search_problems(tol=tol, max_iter=max_iter),
            *_apart_problems(base),
        )
    )
    kept, passed = np.broadcast_to(kept, len(base)), np.broadcast_to(passed, len(base))
    spending = base.sum(axis=0)
    income = base @ (1 - kept) + kept * spending
    world = TariffWorld(
        base / spending, spending, income, spending - income, 1 + tariff, kept, passed, epsilon, kappa, scale
    )
    root, method = _solve(world, tol=tol, most=max_iter)
    found = _record(world, root, method=method, tol=tol)
    return require_certified(found, tol=tol) if strict else found


def _solve(world: TariffWorld, *, tol: float, most: int) -> tuple[Root[Stance], str]:
    """Newton from the base; where it stalls, from solution to solution of milder tariffs."""
    start = np.zeros(2 * len(world.income))
    root = newton(_system(world), start, goal=SHARPER * tol, most=most)
    if root.worst <= tol or root.steps >= most:
        return root, "newton"
    other = follow(
        lambda part: _system(replace(world, factor=world.factor**part)),
        start,
        goal=SHARPER * tol,
        enough=tol,
        most=most - root.steps,
    )
    steps = root.steps + other.steps
    other = replace(other, steps=steps)
    return (other if other.worst < root.worst else replace(root, steps=steps)), "newton, path"


def _system(world: TariffWorld) -> System[Stance]:
    return System(measure=partial(stand, world), slopes=partial(labour_slopes, world))


def _record(world: TariffWorld, root: Root[Stance], *, method: str, tol: float) -> Equilibrium:
    """The record, with wages in units of the world's cost of living and the residual evaluated there."""
    nations = len(world.income)
    with np.errstate(all="ignore"):
        level = world.spending.sum() / (np.exp(root.point.log_index) @ world.spending)
        at = stand(world, root.point.x + np.repeat([np.log(level), 0.0], nations))
        wages, labour, prices = np.exp(at.x[:nations]), np.exp(at.x[nations:]), np.exp(at.log_index)
        spent = at.spent / world.spending
        at_work = world.kappa / (1 + world.kappa) * (1 - at.burden) * world.income
        leisure = world.spending / (world.spending - at_work)
        ratios = {
            "welfare": (leisure * spent + (1 - leisure) * wages * labour) / prices,
            "wages": wages,
            "prices": prices,
            "real_wage": wages / prices,
            "output": at.earned,
            "expenditure": spent,
            "labour": labour,
            "real_output": labour ** (1 + world.scale),
        }
        numeraire = abs(prices @ world.spending / world.spending.sum() - 1)
        gaps = np.append(np.abs(np.expm1(at.excess)), numeraire)
    residual = float(gaps.max()) if at.sound and np.isfinite(gaps).all() else np.inf
    sound = all(np.isfinite(one).all() and (one > 0).all() for one in ratios.values()) and np.isfinite(at.gross).all()
    return locked(
        Equilibrium(
            **ratios,
            flows=at.gross,
            tariff_revenue=at.revenue,
            residual=residual,
            iterations=root.steps,
            certified=bool(sound and residual <= tol),
            closure="additive",
            method=method,
        )
    )


def _tariff_problems(tariff: FloatArray, *, shape: tuple[int, ...]) -> Iterator[str]:
    if tariff.shape != shape:
        yield f"new_tariff has shape {tariff.shape}: {shape} is due, exporter by importer"
    elif bad := first(~(np.isfinite(tariff) & (tariff > -1)), tariff):
        yield f"new_tariff{bad}: a tariff is a fraction above -1 (0.1 for 10%), finite"


def _fraction_problems(margin: FloatArray, passthrough: FloatArray, *, nations: int) -> Iterator[str]:
    for name, values, broken, rule in (
        ("margin", margin, ~((margin >= 0) & (margin < 1)), "a part of spending is in [0, 1)"),
        ("passthrough", passthrough, ~((passthrough > 0) & np.isfinite(passthrough)), "it is finite and above 0"),
    ):
        if values.shape not in {(), (nations,)}:
            yield f"{name} has shape {values.shape}: one number or ({nations},) is due"
        elif bad := first(broken, values):
            yield f"{name}{bad}: {rule}"


def _elasticity_problems(*, epsilon: float, kappa: float, scale: float) -> Iterator[str]:
    if not (np.isfinite(epsilon) and epsilon > 0):
        yield f"epsilon is {epsilon}: a trade elasticity is finite and above 0"
    if not (np.isfinite(kappa) and kappa >= 0):
        yield f"kappa is {kappa}: an elasticity of labour supply is finite and 0 or more"
    if not (np.isfinite(scale) and scale >= 0):
        yield f"scale is {scale}: an elasticity of productivity is finite and 0 or more"
    elif scale * epsilon > 1:
        yield f"scale is {scale}: above 1 / epsilon = {1 / epsilon:.6g} several equilibria can exist: give less"


def _apart_problems(base: FloatArray) -> Iterator[str]:
    if (links := links_of(base)) is None:
        return
    if (apart := np.flatnonzero(~(links.reach & links.reach.T)[0])).size:
        yield f"country {listed(apart)} and country 0 do not trade both ways, even over others: leave one side out"
