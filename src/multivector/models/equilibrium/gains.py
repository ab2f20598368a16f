"""What a country would lose without any trade, and how a dearer border becomes a multiplier of flows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.many.checks import first, listed
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


def autarky_gains(flows: FloatArray, theta: float | FloatArray, *, domestic: FloatArray | None = None) -> FloatArray:
    """The loss of real income without trade, (N,), a fraction; without tariffs and with balanced trade.

    loss_j = 1 - prod_k lambda_jjk^(e_jk/theta_k), with lambda_jjk the share of own goods in spending on k and e_jk the
    share of k in spending: Arkolakis, C., Costinot, A. and Rodriguez-Clare, A. (2012), American Economic Review 102(1),
    doi:10.1257/aer.102.1.94, equation (1) and its form for many sectors. 1 where a sector on which a country spends has
    no domestic supply.

    Parameters:
        flows: (N, N) or (N, N, K), spending of importer j on exporter i, own sales on the diagonal; any unit.
        theta: trade elasticity, > 0: one number for (N, N), (K,) for (N, N, K).
        domestic: (N,) or (N, K), truly domestic part of the diagonal, where that includes trade among the members of a
            region; the whole diagonal when None.

    Raises:
        WrongRequest: wrong shapes; NaN, infinite or negative flows; theta not above 0; a country that buys nothing, or
            nothing from itself; a domestic part above the diagonal.
    """
    flows, theta = np.asarray(flows, dtype=np.float64), np.asarray(theta, dtype=np.float64)
    refuse(_gains_problems(flows, theta))
    goods = flows if flows.ndim == 3 else flows[:, :, None]  # noqa: PLR2004 - exporter, importer, sector
    own = np.einsum("iik->ik", goods)
    if domestic is not None:
        part = np.asarray(domestic, dtype=np.float64)
        refuse(_domestic_problems(part, flows, own))
        own = part.reshape(own.shape)
    spent = goods.sum(axis=0)
    weight = spent / spent.sum(axis=1, keepdims=True) / theta
    with np.errstate(divide="ignore"):
        own_share = np.log(own / np.where(spent > 0, spent, 1.0), where=spent > 0, out=np.zeros_like(spent))
    loss: FloatArray = -np.expm1((weight * own_share).sum(axis=1))
    return loss


def freeness(cost_ratio: float | FloatArray, theta: float | FloatArray) -> FloatArray:
    """The multiplier of flows at fixed prices, B = cost_ratio^-theta, when trade costs change; infinite cost gives 0.

    Parameters:
        cost_ratio: any shape, new over old cost of delivering a unit (tau, including the good itself), > 0; 1.2 is a
            fifth dearer, infinity an embargo.
        theta: trade elasticity, > 0, of a shape that lines up with `cost_ratio` (for (N, N) costs and (K,) elasticities
            give `cost_ratio[:, :, None]`).

    Raises:
        WrongRequest: NaN, a cost ratio or elasticity not above 0; shapes that do not line up; a multiplier too large.
    """
    cost, power = np.asarray(cost_ratio, dtype=np.float64), np.asarray(theta, dtype=np.float64)
    problems = []
    if bad := first(~(cost > 0), cost):
        problems.append(f"cost_ratio{bad}: a ratio new/old is above 0 (1 changes nothing, infinity is an embargo)")
    problems += _theta_problems(power)
    try:
        np.broadcast_shapes(cost.shape, power.shape)
    except ValueError:
        problems.append(f"cost_ratio has shape {cost.shape}, theta {power.shape}: they must line up")
    refuse(problems)
    with np.errstate(over="ignore", under="ignore"):
        multiplier = np.asarray(cost**-power)
    refuse(["a cost ratio that small multiplies flows beyond all numbers"] if np.isinf(multiplier).any() else [])
    return multiplier


def _gains_problems(flows: FloatArray, theta: FloatArray) -> Iterator[str]:
    if flows.ndim not in {2, 3} or flows.shape[0] != flows.shape[1] or not flows.size:
        yield f"flows has shape {flows.shape}: (N, N) or (N, N, K) is due: exporter, importer, sector"
    elif bad := first(~(np.isfinite(flows) & (flows >= 0)), flows):
        yield f"flows{bad}: give finite flows, 0 or more; unknown is not 0"
    else:
        axes = tuple(range(2, flows.ndim))
        own = np.array([flows[i, i].sum() for i in range(len(flows))])
        for words, total in (("buys nothing", flows.sum(axis=(0, *axes))), ("buys nothing from itself", own)):
            if (empty := np.flatnonzero(total == 0)).size:
                yield f"country {listed(empty)} {words}: own sales are due on the diagonal"
    if theta.shape != flows.shape[2:]:
        yield f"theta has shape {theta.shape}: {flows.shape[2:]} is due, one elasticity a sector"
    yield from _theta_problems(theta)


def _domestic_problems(domestic: FloatArray, flows: FloatArray, own: FloatArray) -> Iterator[str]:
    due = flows.shape[1:]
    if domestic.shape != due[: 1 if flows.ndim == 2 else 2]:  # noqa: PLR2004 - one sector
        yield f"domestic has shape {domestic.shape}: {(*due[:1], *due[1:])} is due"
    elif bad := first(~(np.isfinite(domestic) & (domestic >= 0)), domestic):
        yield f"domestic{bad}: give finite amounts, 0 or more"
    elif bad := first(domestic.reshape(own.shape) > own * (1 + 1e-9), domestic.reshape(own.shape)):
        yield f"domestic{bad}: above the diagonal of flows, of which it is a part"


def _theta_problems(theta: FloatArray) -> list[str]:
    bad = first(~(np.isfinite(theta) & (theta > 0)), theta)
    return [f"theta{bad}: a trade elasticity must be above 0, finite"] if bad else []
