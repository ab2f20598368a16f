"""How much dearer life becomes when a supplier's goods vanish, and by how much buying elsewhere helps.

Own derivation from CES demand within sectors and Cobb-Douglas across them. It shares with Clayton, C., Maggiori, M. and
Schreger, J. (2026), A Framework for Geoeconomics, Econometrica, doi:10.3982/ECTA23206 (NBER w31852), that power rises
steeply near full control of an input; it is not their formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.many.checks import elasticity_problems, first
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class CesPower:
    """Power of G senders over one target; arrays are read-only.

    log_price (G,): rise of the log cost of living. price_rise (G,): exp(log_price) - 1. loss (G,): 1 - exp(-log_price).
    by_sector (G, K): terms of log_price; infinite where nobody else supplies a sector that the target needs. share
    (G, K): part of the sender in what the target spends on a sector, fraction; 0 where it spends nothing.
    """

    log_price: FloatArray
    price_rise: FloatArray
    loss: FloatArray
    by_sector: FloatArray
    share: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class WorstSectors:
    """The k sectors that give each sender most of its power, worst first: position and term of log_price, (G, k)."""

    sector: IntArray
    log_price: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Diversification:
    """Power left after purchases are moved; M fractions, G senders; arrays are read-only.

    moved (M,). log_price, price_rise (G, M), as in `CesPower`. slope (G, M): d log_price / d moved, never positive.
    """

    moved: FloatArray
    log_price: FloatArray
    price_rise: FloatArray
    slope: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Purchases:
    """share, rest (G, K): parts of sender and of others in spending on a sector. weight (K,): e_k / (sigma_k - 1)."""

    share: FloatArray
    rest: FloatArray
    weight: FloatArray


def ces_power(flows: FloatArray, sigma: FloatArray, target: int, senders: Sequence[Sequence[int]]) -> CesPower:
    """The rise of the target's cost of living if a sender's goods vanish while all other prices stay.

    log_price = sum_k e_k ln(1 / (1 - s_k)) / (sigma_k - 1), with s_k the joint share of the sender in spending on
    sector k and e_k the part of k in spending: the change of the CES price index when varieties vanish, Feenstra, R. C.
    (1994), American Economic Review 84(1), 157-177. A coalition adds shares before the logarithm, so it has more power
    than its members have apart.

    Parameters:
        flows: (N, N, K), spending of importer j on exporter i, tariffs included, own sales on the diagonal; any unit.
        sigma: (K,), elasticities of substitution, > 1.
        target: position of the country whose cost of living is meant.
        senders: G groups of positions, each of one country or more; never the target itself.

    Raises:
        WrongRequest: wrong shapes; NaN, infinite or negative flows; sigma <= 1; a target that buys nothing; a sender
            that is empty, unknown, named twice or the target.
    """
    bought = _purchases(flows, sigma, target=target, senders=senders)
    by_sector = bought.weight * _log_inverse(bought.rest, needed=bought.weight > 0)
    log_price = by_sector.sum(axis=1)
    return CesPower(
        log_price=_locked(log_price),
        price_rise=_locked(np.expm1(log_price)),
        loss=_locked(-np.expm1(-log_price)),
        by_sector=_locked(by_sector),
        share=_locked(bought.share),
    )


def worst_sectors(power: CesPower, k: int) -> WorstSectors:
    """The k sectors in which each sender's power lies, worst first; of equals the first.

    Raises:
        WrongRequest: k is not a whole number from 1 to the number of sectors.
    """
    sectors = power.by_sector.shape[1]
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k <= sectors:
        refuse([f"k is {k!r}: give a whole number of sectors, 1 to {sectors}"])
    order = np.argsort(-power.by_sector, axis=1, kind="stable")[:, :k]
    return WorstSectors(
        sector=_locked_places(order), log_price=_locked(np.take_along_axis(power.by_sector, order, axis=1))
    )


def diversification(
    flows: FloatArray, sigma: FloatArray, target: int, senders: Sequence[Sequence[int]], moved: FloatArray
) -> Diversification:
    """Power after a fraction of what the target buys from a sender is bought elsewhere, before the sender cuts off.

    Rule: in every sector the fraction `moved` of the sender's share goes to all other suppliers, home included, in
    proportion to their shares, so s becomes (1 - moved) s. What moving costs is not counted, and e_k stays. Where
    nobody else supplies a sector nothing can move: power stays infinite and the slope is that of the other sectors.

    slope = - sum_k e_k s_k / ((1 - (1 - moved) s_k) (sigma_k - 1)).

    Parameters:
        moved: (M,), fractions in [0, 1]. The rest as in `ces_power`.

    Raises:
        WrongRequest: as in `ces_power`; a fraction outside [0, 1].
    """
    moved = np.asarray(moved, dtype=np.float64)
    if moved.ndim != 1 or not moved.size:
        refuse([f"moved has shape {moved.shape}: (M,) fractions are due"])
    bad = first(~((moved >= 0) & (moved <= 1)), moved)
    refuse([f"moved{bad}: a fraction in [0, 1] is due: is this a percentage?"] if bad else [])
    bought = _purchases(flows, sigma, target=target, senders=senders)
    can_move = bought.rest > 0
    share = bought.share[:, None, :]
    left = np.where(can_move[:, None, :], bought.rest[:, None, :] + moved[:, None] * share, bought.rest[:, None, :])
    log_price = (bought.weight * _log_inverse(left, needed=bought.weight > 0)).sum(axis=2)
    terms = np.divide(bought.weight * share, left, where=left > 0, out=np.zeros_like(left))
    return Diversification(
        moved=_locked(moved.copy()),
        log_price=_locked(log_price),
        price_rise=_locked(np.expm1(log_price)),
        slope=_locked(-terms.sum(axis=2)),
    )


def _purchases(flows: FloatArray, sigma: FloatArray, *, target: int, senders: Sequence[Sequence[int]]) -> _Purchases:
    """What the target buys from each sender and from others.

    Raises:
        WrongRequest: as in `ces_power`.
    """
    flows, sigma = np.asarray(flows, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    refuse(_flow_problems(flows))
    refuse(
        [
            *elasticity_problems(sigma, sectors=flows.shape[2], scenarios=0),
            *_group_problems(target, senders, nations=len(flows)),
        ]
    )
    bought = flows[:, target]
    spent = bought.sum(axis=0)
    if not spent.any():
        refuse([f"country {target} buys nothing: it has no cost of living"])
    is_sender = np.array([np.isin(np.arange(len(flows)), group) for group in senders])
    whole = np.where(spent > 0, spent, 1.0)
    return _Purchases(
        share=is_sender.astype(np.float64) @ bought / whole,
        rest=(~is_sender).astype(np.float64) @ bought / whole,
        weight=spent / spent.sum() / (sigma - 1.0),
    )


def _log_inverse(rest: FloatArray, *, needed: BoolArray) -> FloatArray:
    """ln(1 / rest) where the sector is needed, infinite for 0; 0 where it is not."""
    logs = np.zeros_like(rest)
    with np.errstate(divide="ignore"):
        np.log(rest, where=np.broadcast_to(needed, rest.shape), out=logs)
    return np.maximum(-logs, 0.0)


def _flow_problems(flows: FloatArray) -> Iterator[str]:
    if flows.ndim != 3 or flows.shape[0] != flows.shape[1] or not flows.size:  # noqa: PLR2004 - one axis a role
        yield f"flows has shape {flows.shape}: (N, N, K) is due: exporter, importer, sector"
    elif bad := first(~(np.isfinite(flows) & (flows >= 0)), flows):
        yield f"flows{bad}: give finite flows, 0 or more; unknown is not 0"


def _group_problems(target: int, senders: Sequence[Sequence[int]], *, nations: int) -> Iterator[str]:
    if not _is_place(target, nations):
        yield f"target is {target!r}: give a position from 0 to {nations - 1}"
    if not len(senders):
        yield "there is no sender: give one group of positions or more"
    for number, group in enumerate(senders):
        wrong = [one for one in group if not _is_place(one, nations)]
        if wrong or not len(group):
            yield f"sender {number} is {list(group)!r}: give positions from 0 to {nations - 1}, one or more"
        elif len(set(group)) < len(group):
            yield f"sender {number} names a country twice: {list(group)!r}"
        elif target in group:
            yield f"sender {number} holds the target, {target}: its own goods cannot be withheld from it"


def _is_place(place: object, nations: int) -> bool:
    return isinstance(place, int | np.integer) and not isinstance(place, bool) and 0 <= int(place) < nations


def _locked(array: FloatArray) -> FloatArray:
    array.setflags(write=False)
    return array


def _locked_places(array: IntArray) -> IntArray:
    array.setflags(write=False)
    return array
