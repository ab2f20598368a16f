"""What shocks to trade write into the table of policies, where the trade lens reads them."""

from __future__ import annotations

from typing import Final

import polars as pl

from multivector.errors import WrongRequest
from multivector.scenario.rewriting import require_actors, scenario_row
from multivector.scenario.shocks import Direction, Embargo, Productivity, Tariff, TradeCost
from multivector.schema import WORLD
from multivector.world import Edit, World

_BANS: Final[dict[Direction, tuple[str, ...]]] = {
    "exports": ("export_ban",),
    "imports": ("import_ban",),
    "both": ("export_ban", "import_ban"),
}


def trade_edits(world: World, shock: Tariff | TradeCost | Productivity) -> tuple[Edit, ...]:
    """The policies that a shock states.

    Raises:
        UnknownName: nobody answers to one of the names.
    """
    match shock:
        case Tariff():
            require_actors(world, shock.by, shock.on)
            return (_policy(world, shock, "tariff", by=shock.by, on=shock.on, level=shock.rate, unit="fraction"),)
        case TradeCost():
            require_actors(world, shock.by, shock.on)
            sides = {
                "exports": [(shock.by, shock.on)],
                "imports": [(shock.on, shock.by)],
                "both": [(shock.by, shock.on), (shock.on, shock.by)],
            }
            return tuple(
                _policy(world, shock, "trade_cost", by=by, on=on, level=shock.change, unit="relative change")
                for by, on in sides[shock.direction]
            )
        case Productivity():
            require_actors(world, shock.actor)
            name = shock.actor
            return (
                _policy(world, shock, "productivity", by=name, on=name, level=shock.change, unit="relative change"),
            )


def bans(world: World, shock: Embargo) -> tuple[Edit, ...]:
    """The bans that an embargo states, one a direction."""
    return tuple(
        _policy(world, shock, kind, by=shock.by, on=shock.on, level=None, unit="words")
        for kind in _BANS[shock.direction]
    )


def _policy(  # noqa: PLR0913 - the cells of a policy
    world: World,
    shock: Embargo | Tariff | TradeCost | Productivity,
    kind: str,
    *,
    by: str,
    on: str,
    level: float | None,
    unit: str,
) -> Edit:
    if WORLD in {by, on}:
        raise WrongRequest(f"{kind}: {WORLD} is no party; name a state or an organisation")
    cells = {
        "by": by,
        "on": on,
        "kind": kind,
        "product": shock.product,
        "level": level,
        "unit": unit,
        "period_start": shock.start,
        "period_end": shock.end if isinstance(shock, Embargo) else None,
        "note": f"scenario: {shock.kind}",
    }
    return Edit("policies", add=scenario_row(world, "policies", cells))


def is_covered(world: World, product: str, *names: str) -> bool:
    """Whether an input-output table can say something of trade in a product between the names, states or bodies."""
    codes = set(world.scan("io_flows").select("exporter").unique().collect()["exporter"])
    bodies = set(world.rows("actors", pl.col("kind") == "organisation")["actor"])
    stated = world.rows("sectors", pl.col("kind") == "sector")
    products = {"all", "goods", "services", *stated["code"], *stated["members"].str.split(" ").explode()}
    return product in products and all(name in codes or name in bodies for name in names)
