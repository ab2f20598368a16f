"""Section 3: who needs whom, both directions side by side."""

from __future__ import annotations

from typing import Final

import polars as pl

from multivector.brief.content import Figure, Lane, Leverage, Sentence
from multivector.brief.display import period_text
from multivector.brief.figures import Desk, Line, Part, amount_figure, command, part
from multivector.lenses.exposure.measures import BY_KEY

SECTION: Final = "leverage"
# what the pivot buys is what the pole sells: the two ends of one tie
_MIRROR: Final = {
    "trade_imports": "trade_exports",
    "trade_exports": "trade_imports",
    "oil_buyers": "crude_oil_imports",
    "power_supply": "electricity_exports",
    "gas_supply": "gas_exports",
    "uranium_buyers": "uranium_imports",
}
_LEFT: Final = (
    "oil_transit", "arms", "trade_imports", "trade_exports", "oil_buyers", "fdi_stock", "power_supply", "gas_supply",
    "uranium_buyers",
)  # fmt: skip
_MOST_LANES: Final = 5
_TINY: Final = 0.02  # a hold this small with nothing on the other side is not worth a lane


def leverage_part(desk: Desk) -> Part:
    """Two lanes from a centre label: their hold over the pivot, and the pivot's over them."""
    balance = desk.table("balance")
    figures: list[Figure] = []
    lanes = []
    for pole in desk.params.poles:
        lines: dict[str, Line] = {
            line["measure"]: line
            for line in balance.filter((pl.col("pole") == pole) & (pl.col("low") > 0)).iter_rows(named=True)
        }
        right = _returned(desk, pole)
        found = _lanes(lines, right)
        figures.extend(right.values())
        figures.extend(
            amount_figure(desk, line, section=SECTION)
            for name, line in lines.items()
            if name in _LEFT and line["amount"] and line["amount_unit"]
        )
        lanes.append((pole, tuple(found[:_MOST_LANES])))
    shown = {lane.right for _, group in lanes for lane in group}
    kept = [figure for figure in figures if figure.id in shown or figure.id.startswith("amount.")]
    caption = (
        f"Left: share of {desk.name}’s own total. Right: share of the other’s total. Hatched lanes are unknown, not "
        "zero. Goods on the right are from one complete source; a pole’s total includes trade among its members."
    )
    return part(
        SECTION,
        "Who needs whom?",
        _finding(desk, lanes, {figure.id: figure for figure in figures}, balance),
        side="Both sides run from 0 to 100 %. The upper line of a label names the left side, the lower the right.",
        blocks=(Leverage(lanes=tuple(lanes), caption=caption),),
        figures=kept,
    )


def _returned(desk: Desk, pole: str) -> dict[str, Figure]:
    """The newest figure of each kind that the pivot holds over a pole."""
    found: dict[str, Figure] = {}
    rows = desk.table("mutual").filter(pl.col("pole") == pole).sort("period_end", "value", nulls_last=False)
    for line in rows.iter_rows(named=True):
        found[line["measure"]] = _mutual_figure(desk, line)
    return found


def _mutual_figure(desk: Desk, line: Line) -> Figure:
    holder = desk.names.get(line["holder"], line["holder"])
    return Figure(
        id=f"mutual.{line['measure']}.{line['pole']}",
        label=f"{holder}: {line['what'].replace('the pivot', desk.name)}",
        section=SECTION,
        value=line["value"],
        low=line["low"],
        high=line["high"],
        unit="fraction",
        status=line["status"],
        channel=None,
        pole=line["pole"],
        period=period_text(line["period_start"], line["period_end"]),
        formula="exposure.html#mutual",
        facts=tuple(line["facts"]),
        command=command(desk, "", "mutual"),
        source=line["source"],
        covered=line["coverage"],
    )


def _lanes(left: dict[str, Line], right: dict[str, Figure]) -> list[Lane]:
    lanes, used = [], set()
    for measure in _LEFT:
        if measure not in left:
            continue
        mirror = _MIRROR.get(measure)
        returned = right.get(mirror) if mirror else None
        if left[measure]["low"] < _TINY and returned is None:
            continue
        if returned is not None:
            used.add(mirror)
        lanes.append(
            Lane(
                left=f"balance.{measure}.{left[measure]['pole']}",
                left_says=BY_KEY[measure].label,
                right=returned.id if returned else None,
                right_says=returned.label if returned else "no row speaks of the other direction",
            )
        )
    for name, figure in right.items():
        if name not in used and name not in _MIRROR.values():
            lanes.append(
                Lane(left=None, left_says="no row speaks of this direction", right=figure.id, right_says=figure.label)
            )
    return lanes


def _finding(
    desk: Desk, lanes: list[tuple[str, tuple[Lane, ...]]], figures: dict[str, Figure], balance: pl.DataFrame
) -> Sentence:
    """The pole whose strongest hold is answered least."""
    strongest = balance.filter(pl.col("pole").is_in(desk.params.poles) & pl.col("measure").is_in(_LEFT)).sort(
        "low", "measure", descending=[True, False]
    )
    if strongest.is_empty() or not strongest["low"][0]:
        return (f"No row says what any pole holds over {desk.name}",)
    line = strongest.row(0, named=True)
    pole, rule = desk.labels[line["pole"]], BY_KEY[line["measure"]]
    group = next(group for key, group in lanes if key == line["pole"])
    answer = next((lane for lane in group if lane.left == f"balance.{line['measure']}.{line['pole']}"), None)
    if answer is None or answer.right is None:
        return (f"{pole}’s strongest hold, {rule.label}, has no counterpart that any row states",)
    return (f"{pole}’s strongest hold is {rule.label}; {desk.name} holds {weighed(figures[answer.right], line)}",)


def weighed(returned: Figure, line: Line) -> str:
    """What the pivot holds in return: more or less only where no end of either range says otherwise."""
    if returned.low is not None and returned.low > line["high"]:
        return "more in return"
    if returned.high is not None and returned.high < line["low"]:
        return "less in return"
    return "something in return; the ranges overlap, and neither is known to be larger"
