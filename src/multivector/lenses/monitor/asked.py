"""Whether the names that an analyst gives are names that the world knows: a typo must not pass for a choice."""

from __future__ import annotations

from typing import Final

import polars as pl

from multivector.errors import UnknownName, WrongRequest
from multivector.lenses.monitor.params import MonitorParams
from multivector.world import World
from multivector.world.poles import read_roll

_DEFAULT_TARGET: Final = MonitorParams.model_fields["target"].default
_DEFAULT_LIST: Final = MonitorParams.model_fields["goods_list"].default


def require_known(world: World, params: MonitorParams) -> None:
    """Refuse a state, customs union, list or tier that the world does not know. Exporter and peers: `members_of`.

    The default target can be the pivot, which asks what it still gets itself; any other pair of one state is a slip.

    Raises:
        UnknownName: with the closest known names.
        WrongRequest: the pivot is named as the target.
    """
    states = world.rows("actors", pl.col("kind").is_in(["state", "territory"]))["actor"]
    if params.pivot not in set(states):
        raise UnknownName("state", params.pivot, known=states)
    if params.target == params.pivot != _DEFAULT_TARGET:
        raise WrongRequest(
            f"target {params.target!r} is the pivot itself: the target is the state under sanctions to which goods may "
            "go on from the pivot; name another with --target"
        )
    _require_union(world, params)
    _require_list(world, params)


def _require_union(world: World, params: MonitorParams) -> None:
    bodies = set(world.rows("actors", pl.col("kind") == "organisation")["actor"])
    bodies |= {spell.body for spell in read_roll(world).memberships}
    if params.union not in bodies:
        raise UnknownName(
            "organisation", params.union, known=bodies, otherwise="--union takes an organisation with members: EAEU"
        )


def _require_list(world: World, params: MonitorParams) -> None:
    """A world may hold no list at all: then the default one watches nothing, and no other can be asked for."""
    rows = world.rows("products")
    lists = set(rows["list"].drop_nulls())
    if not lists and params.goods_list == _DEFAULT_LIST and not params.tiers:
        return
    if params.goods_list not in lists:
        held = ", ".join(sorted(lists)) or "none"
        raise UnknownName("list of goods", params.goods_list, known=lists, otherwise=f"the world holds: {held}")
    tiers = set(rows.filter(pl.col("list") == params.goods_list)["tier"].drop_nulls())
    for tier in params.tiers:
        if tier not in tiers:
            held = ", ".join(sorted(tiers)) or "none"
            raise UnknownName("tier", tier, known=tiers, otherwise=f"tiers of {params.goods_list}: {held}")
