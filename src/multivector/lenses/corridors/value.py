"""What a tonne is worth: the analyst's figure, or revenue over tonnes where rows state both."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from multivector.lenses.corridors.carried import RouteFlow
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.statements import STATED
from multivector.schema.units import UNITS
from multivector.world import World

_REVENUE = "export_revenue_carried"


@dataclass(frozen=True, slots=True)
class Price:
    """USD a tonne (null: unknown), how sure, and the rows that it rests on."""

    usd_t: float | None
    status: str
    rows: tuple[str, ...]

    def of(self, megatonnes: float) -> float | None:
        """The value of so many million tonnes, USD; null where the price is unknown."""
        return None if self.usd_t is None else megatonnes * 1e6 * self.usd_t


def price_of(world: World, routes: tuple[RouteFlow, ...], year: int, params: CorridorParams) -> Price:
    """The price of a tonne in the year of the flows. Containers have none here."""
    if params.count != "tonnes":
        return Price(None, "unknown", ())
    if params.price_usd_t is not None:
        return Price(params.price_usd_t, "judged", ())
    by_route = {one.route: one for one in routes if one.own and one.amount > 0}
    rows = world.rows(
        "indicators",
        pl.col("name") == _REVENUE,
        pl.col("subject").is_in(list(by_route)),
        pl.col("status").is_in(STATED),
        pl.col("period_start").dt.year() == year,
        pl.col("unit").str.starts_with("USD"),
    ).sort("published", "id", descending=[True, False], nulls_last=True)
    if rows.is_empty():
        return Price(None, "unknown", ())
    row = rows.row(0, named=True)
    route = by_route[row["subject"]]
    usd = row["value"] * UNITS[row["unit"]].factor
    return Price(usd / (route.amount * 1e6), "judged", tuple(sorted((row["id"], *route.rows))))
