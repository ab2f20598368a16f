"""The map: the pivot among its poles, with the largest partner of each pole in both directions."""

from __future__ import annotations

from typing import Final, Literal

import polars as pl

from multivector.brief.content import Figure, MapBlock, Partner, Ref, Sentence
from multivector.brief.display import period_text
from multivector.brief.figures import Desk, Part, part
from multivector.lenses.exposure.tensor import latest_day
from multivector.world.poles import read_roll, scene

SECTION: Final = "map"
_MOST_PER_POLE: Final = 2


def map_part(desk: Desk) -> Part:
    """The largest flows of goods with each pole's members, drawn from the newest complete source."""
    stage = scene(read_roll(desk.world), pivot=desk.params.pivot, keys=desk.params.poles, day=latest_day(desk.world))
    figures: list[Figure] = []
    partners: list[Partner] = []
    for direction, near, far in (("out", "sender", "receiver"), ("in", "receiver", "sender")):
        rows = _newest(desk, near)
        for pole in stage.poles:
            inside = rows.filter(pl.col(far).is_in(list(pole.members))).sort("value", far, descending=[True, False])
            for line in inside.head(_MOST_PER_POLE).iter_rows(named=True):
                figure = _flow_figure(desk, line, pole.key, line[far], direction)
                figures.append(figure)
                way: Literal["in", "out"] = "out" if direction == "out" else "in"
                partners.append(Partner(pole=pole.key, partner=line[far], figure=figure.id, direction=way))
    block = MapBlock(
        id="map.goods",
        members=tuple((pole.key, pole.members) for pole in stage.poles),
        partners=tuple(partners),
        caption=(
            "What to see: arcs join the state to the largest partners of each pole, as wide as the goods are worth. "
            "Land is washed in its pole’s colour; disputed areas are outlined. A worldview changes pictures, never "
            "numbers."
        ),
    )
    return part(
        SECTION,
        "Where do the goods go, and where do they come from?",
        _finding(desk, figures, partners),
        side=f"Goods by partner, {figures[0].period}, one complete source."
        if figures
        else "No complete list of partners.",
        blocks=(block,),
        figures=figures,
    )


def _newest(desk: Desk, near: str) -> pl.DataFrame:
    rows = desk.world.rows(
        "flows",
        pl.col(near) == desk.params.pivot,
        pl.col("product") == "goods",
        pl.col("measure") == "value",
        pl.col("list_rule") == "complete",
    )
    return rows.filter(pl.col("period_start") == pl.col("period_start").max())


def _flow_figure(desk: Desk, line: dict[str, object], pole: str, partner: str, direction: str) -> Figure:
    start, end = line["period_start"], line["period_end"]
    way = "to" if direction == "out" else "from"
    return Figure(
        id=f"map.goods.{direction}.{partner}",
        label=f"Goods {way} {desk.names.get(partner, partner)}",
        section=SECTION,
        value=float(str(line["value"])),
        low=None,
        high=None,
        unit=str(line["unit"]),
        status="observed",
        channel="trade",
        pole=pole,
        period=period_text(start, end),  # type: ignore[arg-type]  # dates by the flows schema
        formula="exposure.html#shares",
        facts=(str(line["id"]),),
        command=f"multivector facts --table flows --about {desk.params.pivot} --about {partner}{desk.options} --json",
        source=str(line["source"]),
    )


def _finding(desk: Desk, figures: list[Figure], partners: list[Partner]) -> Sentence:
    by_id = {figure.id: figure for figure in figures}
    out = [one for one in partners if one.direction == "out"]
    inward = [one for one in partners if one.direction == "in"]
    if not out or not inward:
        return (f"No complete list of {desk.name}’s partners is in this world",)
    buyer = max(out, key=lambda one: by_id[one.figure].value or 0)
    seller = max(inward, key=lambda one: by_id[one.figure].value or 0)
    return (
        f"{desk.names.get(buyer.partner, buyer.partner)} buys most, ",
        Ref(buyer.figure),
        f"; {desk.names.get(seller.partner, seller.partner)} sells most, ",
        Ref(seller.figure),
    )
