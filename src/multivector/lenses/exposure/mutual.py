"""What the pivot holds over each pole in return: the same shares, read from the other side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import polars as pl

from multivector.lenses.exposure.poles import Pole, Scene
from multivector.world import World
from multivector.world.conflicts import in_base_units, latest_editions

_USABLE = ("observed", "derived", "claim", "judged")
# what the pivot buys is the pole's export, and the reverse
_SIDES = (("exports", "sender", "receiver"), ("imports", "receiver", "sender"))


def mutual_rows(world: World, stage: Scene, year: int | None) -> pl.DataFrame:
    """One line per pole and measure: the pole's dependence on the pivot.

    Goods: the members' trade with the pivot over all their trade, one complete source. Printed shares: as printed, of
    the one member or body that they speak of.
    """
    lines = [*_goods(world, stage, year), *_printed(world, stage, year)]
    return pl.DataFrame(lines, schema=_SCHEMA).sort("pole", "measure", "holder", "period_end")


def _goods(world: World, stage: Scene, year: int | None) -> Iterator[dict[str, object]]:
    flows = world.scan("flows").filter(
        (pl.col("product") == "goods") & (pl.col("measure") == "value") & (pl.col("list_rule") == "complete")
    )
    periods = (
        flows.select("source", "period_start", "period_end", "unit").unique().sort("source", "period_end").collect()
    )
    for source, start, end, unit in periods.iter_rows():
        if year is not None and not (start.year <= year <= (end - dt.timedelta(days=1)).year):
            continue
        one = flows.filter((pl.col("source") == source) & (pl.col("period_start") == start))
        for name, near, far in _SIDES:
            totals = one.group_by(near).agg(total=pl.col("value").sum(), partners=pl.len())
            held = one.filter(pl.col(far) == stage.pivot).select(near, "value", "id")
            table = totals.join(held, on=near, how="left").collect()
            for pole in stage.poles:
                line = _pole_line(table.filter(pl.col(near).is_in(list(pole.members))), pole, name, near)
                if line is not None:
                    yield {**line, "period_start": start, "period_end": end, "source": source, "amount_unit": unit}


def _pole_line(rows: pl.DataFrame, pole: Pole, name: str, near: str) -> dict[str, object] | None:
    """Members without a row with the pivot are unknown: counted in `coverage`, not as zero."""
    known = rows.drop_nulls("value")
    whole, total = float(rows["total"].sum()), float(known["value"].sum())
    if known.is_empty() or whole <= 0:
        return None
    share = total / whole
    covered = float(known["total"].sum()) / whole
    single = len(pole.members) == 1
    return {
        "pole": pole.key,
        "holder": pole.label if not single else known[near][0],
        "measure": f"trade_{name}",
        "what": f"share of its goods {name} that {'go to' if name == 'exports' else 'come from'} the pivot",
        "value": share,
        "low": share,
        "high": share,
        "coverage": covered,
        "status": "derived",
        "amount": total,
        "facts": sorted({*known["id"], *pole.facts}),
    }


def _printed(world: World, stage: Scene, year: int | None) -> Iterator[dict[str, object]]:
    receives = (pl.col("sender") == stage.pivot) & (pl.col("measure") == "share_of_receiver")
    sends = (pl.col("receiver") == stage.pivot) & (pl.col("measure") == "share_of_sender")
    rows = in_base_units(
        world.rows("flows", receives | sends, pl.col("status").is_in(_USABLE), pl.col("via").is_null())
    )
    holder = pl.when(pl.col("sender") == stage.pivot).then("receiver").otherwise("sender")
    current = latest_editions(
        rows.with_columns(holder=holder), by=["holder", "product", "measure", "period_start", "period_end"]
    )
    for row in current.iter_rows(named=True):
        pole = stage.pole_of(row["holder"])
        if pole is None or (year is not None and not row["period_start"].year <= year <= row["period_end"].year):
            continue
        if row["product"] == "goods":
            continue  # the complete source says it better; the printed list shows among the facts
        yield _printed_line(row, pole)


def _printed_line(row: dict[str, object], pole: str) -> dict[str, object]:
    bought = row["measure"] == "share_of_receiver"
    value, half = float(str(row["value"])), float(str(row["half"]))
    wide = 0.1 * value if row["qualifier"] == "about" else half
    return {
        "pole": pole,
        "holder": str(row["holder"]),
        "measure": f"{row['product']}_{'imports' if bought else 'exports'}",
        "what": f"share of its {str(row['product']).replace('_', ' ')} {'imports' if bought else 'exports'} "
        f"that {'come from' if bought else 'go to'} the pivot",
        "value": value,
        "low": max(value - wide, 0.0),
        "high": 1.0 if row["qualifier"] == "more_than" else min(value + wide, 1.0),
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
