"""What the pivot holds over each pole in return: the same shares, read from the other side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from multivector.lenses.exposure.lists import USABLE
from multivector.lenses.exposure.params import ExposureParams
from multivector.lenses.exposure.reach import reach
from multivector.schema import WORLD
from multivector.world import World
from multivector.world.conflicts import in_base_units, latest_editions
from multivector.world.poles import Pole, Scene

_SETTLED = 0.995  # of the members' trade that must be known for their share to have a point
# what the pivot buys is the pole's export, and the reverse
_SIDES = (("exports", "sender", "receiver"), ("imports", "receiver", "sender"))


def mutual_rows(world: World, stage: Scene, params: ExposureParams) -> pl.DataFrame:
    """One line per pole and measure: the pole's dependence on the pivot.

    Goods: the members' trade with the pivot over all their trade, one complete source. Printed shares: as printed, of
    the one member or body that they speak of.
    """
    lines = [*_goods(world, stage, params.year), *_printed(world, stage, params)]
    return pl.DataFrame(lines, schema=_SCHEMA).sort("pole", "measure", "holder", "period_end")


def _goods(world: World, stage: Scene, year: int | None) -> Iterator[dict[str, object]]:
    flows = world.scan("flows").filter(
        (pl.col("product") == "goods") & (pl.col("measure") == "value") & (pl.col("list_rule") == "complete"),
        pl.col("status").is_in(USABLE),
        (pl.col("sender") != WORLD) & (pl.col("receiver") != WORLD),
        pl.col("period_start").is_not_null() & pl.col("period_end").is_not_null(),
    )
    periods = (
        flows.select("source", "period_start", "period_end", "unit").unique().sort("source", "period_end").collect()
    )
    for source, start, end, unit in periods.iter_rows():
        if year is not None and not (start.year <= year <= (end - dt.timedelta(days=1)).year):
            continue
        one = flows.filter(
            pl.col("source") == source,
            pl.col("period_start") == start,
            pl.col("period_end") == end,
            pl.col("unit") == unit,
        )
        for name, near, far in _SIDES:
            totals = one.group_by(near).agg(total=pl.col("value").sum(), partners=pl.len())
            held = one.filter(pl.col(far) == stage.pivot).select(near, "value", "id")
            table = totals.join(held, on=near, how="left").collect()
            for pole in stage.poles:
                line = _pole_line(table.filter(pl.col(near).is_in(list(pole.members))), pole, name, near)
                if line is not None:
                    yield {**line, "period_start": start, "period_end": end, "source": source, "amount_unit": unit}


def _pole_line(rows: pl.DataFrame, pole: Pole, name: str, near: str) -> dict[str, object] | None:
    """A member without a row with the pivot is unknown: its whole trade may be with the pivot, or none of it."""
    known = rows.drop_nulls("value")
    whole, total = float(rows["total"].sum()), float(known["value"].sum())
    if known.is_empty() or whole <= 0:
        return None
    share = total / whole
    covered = float(known["total"].sum()) / whole
    settled = covered > _SETTLED
    single = len(pole.members) == 1
    return {
        "pole": pole.key,
        "holder": pole.label if not single else known[near][0],
        "measure": f"trade_{name}",
        "what": f"share of its goods {name} that {'go to' if name == 'exports' else 'come from'} the pivot",
        "value": share if settled else None,
        "low": share,
        "high": share if settled else min(share + 1.0 - covered, 1.0),
        "coverage": covered,
        "status": "derived",
        "amount": total,
        "facts": sorted({*known["id"], *pole.facts}),
    }


def _printed(world: World, stage: Scene, params: ExposureParams) -> Iterator[dict[str, object]]:
    receives = (pl.col("sender") == stage.pivot) & (pl.col("measure") == "share_of_receiver")
    sends = (pl.col("receiver") == stage.pivot) & (pl.col("measure") == "share_of_sender")
    dated = pl.col("period_start").is_not_null() & pl.col("period_end").is_not_null()
    rows = in_base_units(
        world.rows("flows", receives | sends, pl.col("status").is_in(USABLE), pl.col("via").is_null(), dated)
    )
    holder = pl.when(pl.col("sender") == stage.pivot).then("receiver").otherwise("sender")
    current = latest_editions(
        rows.with_columns(holder=holder), by=["holder", "product", "measure", "period_start", "period_end"]
    )
    for row in current.iter_rows(named=True):
        pole = stage.pole_of(row["holder"])
        last = (row["period_end"] - dt.timedelta(days=1)).year
        asked = params.year is None or row["period_start"].year <= params.year <= last
        # of goods the complete source says it better; the printed list shows among the facts
        if pole is not None and asked and row["product"] != "goods":
            yield _printed_line(row, pole, params.about)


def _printed_line(row: dict[str, Any], pole: str, about: float) -> dict[str, object]:
    bought = row["measure"] == "share_of_receiver"
    value, wording = row["value"], row["qualifier"]
    ends = reach(value, row["half"], wording, about)
    return {
        "pole": pole,
        "holder": str(row["holder"]),
        "measure": f"{row['product']}_{'imports' if bought else 'exports'}",
        "what": f"share of its {str(row['product']).replace('_', ' ')} {'imports' if bought else 'exports'} "
        f"that {'come from' if bought else 'go to'} the pivot",
        "value": value if wording in {"exact", "about"} else None,
        "low": ends.low,
        "high": min(ends.high, 1.0),
        "coverage": 1.0,
        "status": str(row["status"]),
        "amount": None,
        "period_start": row["period_start"],
        "period_end": row["period_end"],
        "source": str(row["source"]),
        "amount_unit": None,
        "facts": [str(row["id"])],
    }


_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "pole": pl.String,
    "holder": pl.String,
    "measure": pl.String,
    "what": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "coverage": pl.Float64,
    "status": pl.String,
    "source": pl.String,
    "amount": pl.Float64,
    "amount_unit": pl.String,
    "facts": pl.List(pl.String),
}


def facts_in(tables: Sequence[pl.DataFrame]) -> frozenset[str]:
    """Every row id that any line of the tables names."""
    return frozenset(row for table in tables for rows in table["facts"] for row in rows)
