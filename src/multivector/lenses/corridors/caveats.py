"""What to know before quoting a figure of the corridors lens."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from multivector.lenses.corridors.book import BookedLeg
from multivector.lenses.corridors.carried import PRODUCTS
from multivector.lenses.corridors.closing import Ends
from multivector.lenses.corridors.state import State
from multivector.lenses.corridors.works import Case
from multivector.world import World


def caveats(world: World, case: Case, ends: Ends, state: State) -> Iterator[str]:
    """Sentences, one a thing to know."""
    yield from _of_legs(case, ends)
    yield from _of_flows(case, state)
    if case.params.network in PRODUCTS:
        yield (
            "No row says where goods go from the end of a route: in `crossing`, what leads on from there, such as the "
            "straits beyond a terminal, widens `high` and leaves no value."
        )
    yield (
        "Storage at fields, terminals and ports is not counted: a closure of a few days costs less than its share of "
        f"{case.params.days} days."
    )
    if case.price.rows and case.params.price_usd_t is None:
        yield "The price of a tonne is a judged revenue over tonnes, not a market price; give one with --price-usd-t."
    if world.day is not None:
        count = world.withheld("legs", pl.col("network") == case.params.network)
        yield f"{count} legs have no known publication date and are left out as of {world.day}."


def _of_legs(case: Case, ends: Ends) -> Iterator[str]:
    """What is not known of legs, what was assumed, what is left out."""
    legs = ends.stated.legs
    unknown = [leg.leg for leg in legs if leg.capacity is None]
    if unknown:
        yield (
            f"No row states what {len(unknown)} of {len(legs)} legs can carry ({', '.join(unknown)}): at the most all "
            "that leaves; at the least what they were seen to carry, and nothing where nothing was seen."
        )
    late = [leg.leg for leg in legs if _is_later(leg, case.book.year)]
    if late:
        yield f"No row states the capacity of {', '.join(late)} for {case.book.year}: the earliest later one stands in."
    if case.book.assumed:
        yield f"Capacities given by the analyst, not by a row: {', '.join(sorted(case.book.assumed))}."
    silent = [leg.leg for leg in legs if leg.capacity is not None and leg.carried is None]
    if silent:
        yield f"What others send over {', '.join(silent)} is not known: none was taken off their capacity."
    if case.book.left_out:
        yield f"Planned or being built, and so left out: {', '.join(case.book.left_out)}."


def _is_later(leg: BookedLeg, year: int) -> bool:
    return leg.capacity is not None and leg.capacity.start is not None and leg.capacity.start.year > year


def _of_flows(case: Case, state: State) -> Iterator[str]:
    """What was scaled up, what stands in, what could not be followed."""
    carried = case.carried
    if carried.year is not None:
        yield f"No row says what the routes carried in {case.book.year}: what they carried in {carried.year} stands in."
    if carried.silent:
        year, known = carried.year or case.book.year, ", ".join(one.route for one in carried.routes)
        yield (
            f"Rows of {year} give tonnes for {known} alone; what {', '.join(carried.silent)} carried then is not known "
            "and counts as none: shares of routes are left empty, and losses, days and other shares are of these alone."
        )
    parts = [one.route for one in carried.routes if one.part]
    if parts:
        yield f"Scaled up from a part of the year: {', '.join(parts)}."
    if any(not one.own for one in carried.routes):
        yield "No row counts the state's own goods by route: what the routes carry of everybody's stands in."
    if carried.left_out:
        yield (
            f"Rows of the last two years name {', '.join(carried.left_out)}, which could not be followed: a route or "
            "leg that is not there, another unit, or no tonnes in this year."
        )
    if state.rows:
        yield (
            "Dated closures, and limits below what flows, are in the summary; the tables of closures start from the "
            "network without them."
        )
