"""What to know before quoting a figure of the corridors lens."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from multivector.lenses.corridors.carried import CarriedBy
from multivector.lenses.corridors.closing import Ends
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.state import State
from multivector.world import World


def caveats(world: World, ends: Ends, carried: CarriedBy, state: State, params: CorridorParams) -> Iterator[str]:
    """Sentences, one a thing to know."""
    stage = ends.stated
    book = stage.book
    unknown = [leg.leg for leg in stage.legs if leg.capacity is None]
    if unknown:
        yield (
            f"No row states what {len(unknown)} of {len(stage.legs)} legs can carry ({', '.join(unknown)}): at the "
            "most all that leaves; at the least what they were seen to carry, where anything was."
        )
    if book.assumed:
        yield f"Capacities given by the analyst, not by a row: {', '.join(sorted(book.assumed))}."
    silent = [leg.leg for leg in stage.legs if leg.capacity is not None and leg.carried is None]
    if silent:
        yield f"What others send over {', '.join(silent)} is not known: none was taken off their capacity."
    parts = [one.route for one in carried.routes if one.part]
    if parts:
        yield f"Scaled up from a part of the year: {', '.join(parts)}."
    if any(not one.own for one in carried.routes):
        yield "No row counts the state's own goods by route: what the routes carry of everybody's stands in."
    if book.left_out:
        yield f"Planned or being built, and so left out: {', '.join(book.left_out)}."
    if state.rows:
        yield "Closures by date are in the summary; the tables of closures start from the network without them."
    yield (
        "Storage at fields, terminals and ports is not counted: a closure of a few days costs less than its share of "
        f"{params.days} days."
    )
    if params.price_usd_t is None and params.count == "tonnes":
        yield "The price of a tonne is a judged revenue over tonnes, not a market price; give one with --price-usd-t."
    if world.day is not None:
        count = world.withheld("legs", pl.col("network") == params.network)
        yield f"{count} legs have no known publication date and are left out as of {world.day}."
