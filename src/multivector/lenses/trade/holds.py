"""What each partner's sales are worth to the pivot: shares, price rises, worst sectors, diversification."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from multivector.lenses.trade.parties import Party
from multivector.lenses.trade.solving import band
from multivector.lenses.trade.study import Study, both_ways, economies, ends, period, stated
from multivector.lenses.trade.table import Year
from multivector.models.power.ces import ces_power, diversification

_ONE: str = "any"  # these figures hold at fixed wages: no closure enters


def partner_table(study: Study) -> pl.DataFrame:
    """One line a partner and year: what is bought from it and sold to it, tariffs included, and as shares.

    Of a partner that has members without an economy of their own in the table, the share is at least so much.
    """
    tables, params, stops = study.tables, study.params, study.stops
    pivot = tables.place(params.pivot)
    lines = []
    for stop in stops:
        others = list(stop.second.places)
        for year in tables.years:
            bought, sold = year.flows[:, pivot].sum(axis=1), year.flows[pivot].sum(axis=1)
            abroad = np.arange(len(tables.regions)) != pivot
            is_whole = not stop.second.absent
            imports, exports = float(bought[others].sum()), float(sold[others].sum())
            shares = imports / float(bought[abroad].sum()), exports / float(sold[abroad].sum())
            lines.append(
                {
                    "pivot": params.pivot,
                    "sender": stop.second.key,
                    "economies": economies(stop.second, tables),
                    "absent": " ".join(stop.second.absent),
                    **period(year.year),
                    "imports_usd": imports * 1e6,
                    "share_of_imports": shares[0] if is_whole else None,
                    "share_of_imports_low": shares[0],
                    "exports_usd": exports * 1e6,
                    "share_of_exports": shares[1] if is_whole else None,
                    "share_of_exports_low": shares[1],
                    "facts": stated(both_ways([pivot], others), year, tables),
                }
            )
    floats = {f"share_of_{side}": pl.Float64() for side in ("imports", "exports")}
    return pl.DataFrame(lines, schema_overrides={"facts": pl.List(pl.String()), **floats}, infer_schema_length=None)


def power_table(study: Study) -> pl.DataFrame:
    """One line a partner and year: how much dearer living gets if its goods vanish and no other price moves."""
    tables, params, stops = study.tables, study.params, study.stops
    pivot = tables.place(params.pivot)
    senders = [list(stop.second.places) for stop in stops]
    lines = []
    for year in tables.years:
        found = {name: ces_power(year.flows, theta + 1.0, pivot, senders) for name, theta in tables.thetas.items()}
        for row, stop in enumerate(stops):
            rise = band({(name, _ONE): float(one.price_rise[row]) for name, one in found.items()}, closure=_ONE)
            lines.append(
                {
                    "pivot": params.pivot,
                    "sender": stop.second.key,
                    "economies": economies(stop.second, tables),
                    **period(year.year),
                    "price_rise": rise.value,
                    **ends(rise),
                    "set_low": rise.at_low.split()[0],
                    "set_high": rise.at_high.split()[0],
                    "share_of_spending": _share(year, pivot, stop.second),
                    "facts": stated([(one, pivot) for one in stop.second.places], year, tables),
                }
            )
    return pl.DataFrame(lines, schema_overrides={"facts": pl.List(pl.String())})


def sector_table(study: Study) -> pl.DataFrame:
    """The sectors through which each partner holds most, in log points of the cost of living."""
    tables, params, stops, year = study.tables, study.params, study.stops, study.latest
    pivot = tables.place(params.pivot)
    senders = [list(stop.second.places) for stop in stops]
    found = {name: ces_power(year.flows, theta + 1.0, pivot, senders) for name, theta in tables.thetas.items()}
    lines: list[dict[str, Any]] = []
    for row, stop in enumerate(stops):
        middle = np.median([one.by_sector[row] for one in found.values()], axis=0)
        share = next(iter(found.values())).share[row]
        for rank, sector in enumerate(np.argsort(-middle, kind="stable")[: params.worst]):
            if middle[sector] <= 0:
                break
            each = {(name, _ONE): float(one.by_sector[row, sector]) for name, one in found.items()}
            points = band(each, closure=_ONE)
            lines.append(
                {
                    "pivot": params.pivot,
                    "sender": stop.second.key,
                    "rank": rank + 1,
                    "sector": tables.sectors[sector],
                    **period(year.year),
                    "share_of_spending": float(share[sector]),
                    "log_price": points.value,
                    **ends(points),
                    "facts": stated([(one, pivot) for one in stop.second.places], year, tables, sector=int(sector)),
                }
            )
    return pl.DataFrame(lines, schema_overrides={"facts": pl.List(pl.String())})


def diversify_table(study: Study) -> pl.DataFrame:
    """How the price rise falls when a part of a partner's sales goes to all other suppliers, home among them."""
    tables, params, stops, year = study.tables, study.params, study.stops, study.latest
    pivot = tables.place(params.pivot)
    moved = np.array(params.moved)
    lines = []
    for stop in stops:
        senders = [list(stop.second.places)]
        curves = {
            name: diversification(year.flows, theta + 1.0, pivot, senders, moved)
            for name, theta in tables.thetas.items()
        }
        for step, part in enumerate(params.moved):
            rise = band(
                {(name, _ONE): float(curve.price_rise[0, step]) for name, curve in curves.items()}, closure=_ONE
            )
            slope = band({(name, _ONE): float(curve.slope[0, step]) for name, curve in curves.items()}, closure=_ONE)
            lines.append(
                {
                    "pivot": params.pivot,
                    "sender": stop.second.key,
                    "moved": part,
                    **period(year.year),
                    "price_rise": rise.value,
                    **ends(rise),
                    "log_price_slope": slope.value,
                    "facts": stated([(one, pivot) for one in stop.second.places], year, tables),
                }
            )
    return pl.DataFrame(lines, schema_overrides={"facts": pl.List(pl.String())})


def _share(year: Year, pivot: int, party: Party) -> float:
    spent = year.flows[:, pivot]
    return float(spent[list(party.places)].sum() / spent.sum())
