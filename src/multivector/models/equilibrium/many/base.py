"""The observed equilibrium of many sectors as shares, weights and deficits, and what a batch of shocks does to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.many.blocks import block_problems, connected, supply_problems
from multivector.models.equilibrium.many.terms import Terms
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """The observed equilibrium, with exporter i, importer j, sector k.

    share (K, N, N): lambda_kji, part of i in what j spends on k. weight (K, N): e_kj, part of k in what j spends.
    factor (K, N, N): 1 + tariff, or None without tariffs. net_share (K, N, N): share / factor. spending E, income R,
    deficit D (N,), in the unit of flows.
    """

    share: FloatArray
    weight: FloatArray
    factor: FloatArray | None
    net_share: FloatArray
    spending: FloatArray
    income: FloatArray
    deficit: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Shocks:
    """What changes in S counterfactuals.

    freeness (S, N, N) or (S, N, N, K). sigma (S, K). factor (S, K, N, N) or (1, K, N, N): 1 + new tariff, or None for
    tariffs that stay. productivity (K, N) or (1, N), or None for 1.
    """

    freeness: FloatArray
    sigma: FloatArray
    factor: FloatArray | None
    productivity: FloatArray | None

    def some(self, which: IntArray) -> Shocks:
        """The shocks of some of the counterfactuals."""
        shared = self.factor is None or len(self.factor) == 1
        return Shocks(
            freeness=self.freeness[which],
            sigma=self.sigma[which],
            factor=self.factor if shared or self.factor is None else self.factor[which],
            productivity=self.productivity,
        )


def inward(arrays: FloatArray) -> FloatArray:
    """(S, N, N, K), exporter by importer, as (S, K, N, N), importer by exporter."""
    return np.ascontiguousarray(arrays.transpose(0, 3, 2, 1))


def base_of(flows: FloatArray, factor: FloatArray | None) -> Base:
    """Shares, weights, income and deficits of flows (K, N, N), importer by exporter, that include tariffs.

    R_i = sum_kj X_kji/(1+t_kji); D_j = sum_k E_kj - tariff revenue_j - R_j.
    """
    spent = flows.sum(axis=2)
    net = flows if factor is None else flows / factor
    spending, income = spent.sum(axis=0), net.sum(axis=(0, 1))
    share = flows / np.where(spent > 0, spent, 1.0)[:, :, None]
    return Base(
        share=share,
        weight=spent / spending,
        factor=factor,
        net_share=share if factor is None else share / factor,
        spending=spending,
        income=income,
        deficit=net.sum(axis=(0, 2)) - income,
    )


def terms_of(base: Base, change: Shocks, *, pooled: bool, first: int) -> Terms:
    """The terms of S counterfactuals, of which the first has the number `first` in messages.

    Raises:
        WrongRequest: a sector without a supplier; countries cut off with a deficit.
    """
    eps = change.sigma - 1.0
    scale = _by_importer(change.freeness)
    if change.productivity is not None:
        scale = scale * (change.productivity ** eps[:, :, None])[:, :, None, :]
    if change.factor is not None:
        scale = scale * (change.factor / (1.0 if base.factor is None else base.factor)) ** -eps[:, :, None, None]
    gross = base.share * scale
    if change.factor is not None:
        net = gross / change.factor
    elif base.factor is not None:
        net = base.net_share * scale
    else:
        net = gross
    links = connected(gross)
    refuse(
        [
            *supply_problems(gross, base.weight, first=first),
            *block_problems(links, base.deficit, income=base.income, pooled=pooled, first=first),
        ]
    )
    together = links.together.astype(np.float64)
    return Terms(
        gross=gross,
        net=net,
        eps=eps,
        together=together,
        weight=base.weight,
        income=base.income,
        deficit=_settled(base, together),
        pooled=pooled,
    )


def _settled(base: Base, together: FloatArray) -> FloatArray:
    """Deficits (S, N); what rounding leaves of a block's is spread over its income."""
    left = (together @ base.deficit) / (together @ base.income)
    settled: FloatArray = base.deficit - np.where(together.all(axis=2), 0.0, left) * base.income
    return settled


def _by_importer(freeness: FloatArray) -> FloatArray:
    """Multipliers that line up with (S, K, N, N)."""
    if freeness.ndim == 4:  # noqa: PLR2004 - with sectors
        return inward(freeness)
    return np.ascontiguousarray(freeness.transpose(0, 2, 1))[:, None]
