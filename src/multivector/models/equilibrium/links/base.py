"""From observed flows to a base that is an equilibrium, and from tariffs and freeness to a policy on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.links.checks import check_blocks, check_supply
from multivector.models.equilibrium.links.economy import Economy, Outcome, Policy, State
from multivector.models.equilibrium.links.records import InputOutput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]


def economy_of(model: InputOutput, *, deficits: bool) -> Economy:
    """The observed world in units of its value added; without `deficits` they are 0."""
    unit = model.value_added.sum()
    flows = inside(model.flows)
    total = flows.sum(axis=2, keepdims=True)
    shares = np.divide(flows, total, out=np.zeros_like(flows), where=total > 0)
    economy = Economy(
        shares=shares,
        gross=inside(1 + model.tariff),
        io=np.ascontiguousarray(model.io_share, dtype=np.float64),
        io_turned=np.ascontiguousarray(model.io_share.transpose(0, 2, 1), dtype=np.float64),
        value_added_share=np.asarray(model.va_share, dtype=np.float64),
        final=np.asarray(model.final_share, dtype=np.float64),
        theta=np.asarray(model.theta, dtype=np.float64)[:, None],
        value_added=model.value_added / unit,
        deficit=model.deficit / unit if deficits else np.zeros_like(model.deficit, dtype=np.float64),
        block=blocks_of(shares),
    )
    check_blocks(economy.block, economy.deficit)
    return economy


def rebased(economy: Economy, found: Outcome) -> Economy:
    """The economy whose observed shares and wage bills are those of an equilibrium: all its ratios start at 1."""
    return replace(economy, shares=found.shares, value_added=economy.value_added * np.exp(found.state.wages))


def resting(economy: Economy, spending: FloatArray) -> State:
    """Nothing moved: log ratios of 0, and spending (N, K) as it is."""
    return State(np.zeros_like(economy.value_added), np.zeros_like(economy.final), spending)


def no_change(economy: Economy) -> Policy:
    """Tariffs and trade costs as they are."""
    return Policy(np.ones_like(economy.gross), economy.gross, np.zeros_like(economy.gross))


def policy_of(economy: Economy, gross: FloatArray, freeness: FloatArray | None) -> Policy:
    """The policy of 1 + new tariffs (K, N, N) and a freeness (K, N, N), d^(-theta), exact 0 for an embargo.

    Sellers who lose an input for good stop selling: their freeness is 0 too.

    Raises:
        WrongRequest: consumers lose the last supplier of a sector that they need.
    """
    theta = economy.theta[:, :, None]
    freeness = np.ones_like(gross) if freeness is None else freeness * _able(economy, freeness)
    log_cost = np.full_like(gross, np.inf)
    np.divide(-np.log(np.where(freeness > 0, freeness, 1.0)), theta, out=log_cost, where=freeness > 0)
    factor: FloatArray = freeness * (gross / economy.gross) ** -theta
    return Policy(factor=factor, gross=gross, log_cost=log_cost)


def _able(economy: Economy, freeness: FloatArray) -> FloatArray:
    """1.0 for sellers (K, 1, N) who can still get every input that they need, 0.0 for the others."""
    open_lanes = economy.shares * freeness > 0
    needs = (economy.io_turned > 0).astype(np.float64)
    had = economy.shares.sum(axis=2).T > 0
    able = np.ones_like(had)
    while True:
        supplied = np.any(open_lanes & able.T[:, None, :], axis=2).T
        lacks = np.matmul(needs, (had & ~supplied).astype(np.float64)[:, :, None])[:, :, 0] > 0
        if not np.any(able & lacks):
            check_supply(supplied | ~had, economy.final)
            sellers: FloatArray = able.T[:, None, :].astype(np.float64)
            return sellers
        able &= ~lacks


def cut_into_blocks(economy: Economy, policy: Policy) -> Economy:
    """The economy with the blocks that a policy leaves connected.

    Raises:
        WrongRequest: a block is cut off with a deficit.
    """
    if np.all(policy.factor > 0):
        return economy
    block = blocks_of(economy.shares * policy.factor)
    check_blocks(block, economy.deficit)
    return replace(economy, block=block)


def blocks_of(shares: FloatArray) -> NDArray[np.int64]:
    """Which countries trade with each other, over others too: numbers from 0, (N,), in order of first country."""
    linked = np.any(shares > 0, axis=0)
    linked |= linked.T | np.eye(len(linked), dtype=np.bool_)
    label = np.arange(len(linked))
    while True:
        least = np.where(linked, label[None, :], len(linked)).min(axis=1)
        if np.array_equal(least, label):
            return np.unique(label, return_inverse=True)[1].astype(np.int64)
        label = least


def inside(outer: FloatArray) -> FloatArray:
    """[exporter, importer, sector] as [sector, importer, exporter]."""
    return np.ascontiguousarray(np.asarray(outer, dtype=np.float64).transpose(2, 1, 0))


def outside(inner: FloatArray) -> FloatArray:
    """[sector, importer, exporter] as [exporter, importer, sector]."""
    return np.ascontiguousarray(inner.transpose(2, 1, 0))
