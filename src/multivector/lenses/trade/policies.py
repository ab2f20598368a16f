"""Bans, tariffs, costs and productivity that the rows of a world state, and what they do to real incomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from multivector.errors import WrongRequest
from multivector.lenses.trade.params import TradeParams
from multivector.lenses.trade.parties import Names, Party, is_party, party
from multivector.lenses.trade.solving import CLOSURES, ByCase, Solved, band, by_set, loss_of, named, spending_usd
from multivector.lenses.trade.study import ends, period, times
from multivector.lenses.trade.table import SERVICES, Tables, Year
from multivector.models.equilibrium.gains import freeness
from multivector.models.equilibrium.many.multi_sector import multi_sector_batch
from multivector.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

KINDS: Final = ("export_ban", "import_ban", "tariff", "trade_cost", "productivity")
SCENARIO: Final = "scenario"  # the source of what an analyst supposes
_USED: Final = ("observed", "derived", "judged")  # a claim, a plan or a forecast changes nothing
_CHANGE_UNITS: Final = {"tariff": "fraction", "trade_cost": "relative change", "productivity": "relative change"}
_NAME: Final = "policies"
_A_YEAR: Final = 365


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One policy as the arrays see it: who by, on whom, in which sectors, how high; `is_supposed`: by a scenario."""

    kind: str
    by: Party
    on: Party
    sectors: tuple[int, ...]
    level: float
    row: str
    is_supposed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Policies:
    """The measures that count, and what is left out with its reason."""

    measures: tuple[Measure, ...]
    left: tuple[str, ...]


def read_policies(world: World, names: Names, tables: Tables) -> Policies:
    """The rows of `policies` that change trade after the table's year, and those that cannot be applied to it.

    Raises:
        WrongRequest: two tariffs overlap.
    """
    rows = world.rows("policies", pl.col("kind").is_in(KINDS), pl.col("status").is_in(_USED))
    measures: list[Measure] = []
    left: list[str] = []
    for row in rows.iter_rows(named=True):
        sectors = _sectors(row["product"], tables, world)
        found = _measures(row, sectors, names, tables)
        reason = _unusable(row, tables) or _unplaced(row, sectors, found)
        if reason:
            left.append(f"{row['kind']} of {row['by']} on {row['on']}, {row['product'] or 'no product'}: {reason}")
        else:
            measures.extend(found)
    _require_one_rate(measures)
    return Policies(tuple(measures), tuple(left))


def _unusable(row: Mapping[str, Any], tables: Tables) -> str | None:
    """Why a row cannot be solved for, whoever its parties are."""
    last, start, end = period(tables.newest)["period_end"], row["period_start"], row["period_end"]
    if row["source"] != SCENARIO and (start is None or start < last):
        return "began before the end of the table's year, whose trade holds it already"
    if end is not None and (row["source"] != SCENARIO or end <= last or (start and (end - start).days < _A_YEAR)):
        return f"ends on {end}: what is solved for is a whole year under the measure, after the table's"
    if row["product"] is None:
        return "does not say what it covers"
    if row["kind"] in _CHANGE_UNITS and row["level"] is None:
        return "does not say how high it is"
    if row["kind"] in _CHANGE_UNITS and row["unit"] != _CHANGE_UNITS[row["kind"]]:
        return f"its level is in {row['unit']}, not {_CHANGE_UNITS[row['kind']]}"
    return None


def _unplaced(row: Mapping[str, Any], sectors: tuple[int, ...], found: Sequence[Measure]) -> str | None:
    """Why a row touches nothing in the table."""
    if not sectors:
        return f"no sector of the table is {row['product']!r}"
    if not found:
        return "the table has no economy of their own for its parties"
    if row["kind"] != "productivity" and not any(_pairs(one) for one in found):
        return "nobody trades with itself"
    return None


def _measures(row: Mapping[str, Any], sectors: tuple[int, ...], names: Names, tables: Tables) -> list[Measure]:
    pairs = [
        (party(names, tables, by), party(names, tables, on))
        for by in row["by"].split(";")
        for on in row["on"].split(";")
        if is_party(names, by) and is_party(names, on)  # the world as a whole, a region or a firm is none
    ]
    return [
        Measure(row["kind"], by, on, sectors, row["level"] or 0.0, row["id"], is_supposed=row["source"] == SCENARIO)
        for by, on in pairs
        if by.places and on.places
    ]


def _require_one_rate(measures: Sequence[Measure]) -> None:
    """Refuse two rates for one border and sector: neither order nor detail decides between them.

    Raises:
        WrongRequest: naming both rates, the border and the sector's place.
    """
    held: dict[tuple[bool, int, int, int], float] = {}
    for one in (measure for measure in measures if measure.kind == "tariff"):
        for by, on in _pairs(one):
            for sector in one.sectors:
                rate = held.setdefault((one.is_supposed, by, on, sector), one.level)
                if rate != one.level:
                    raise WrongRequest(
                        f"two tariffs of {one.by.label} on {one.on.label} overlap, {rate:g} and {one.level:g}: name "
                        "sectors that do not overlap"
                    )


def _sectors(product: str | None, tables: Tables, world: World) -> tuple[int, ...]:
    """Places of the sectors that a product's name covers: all, goods, services, a sector or one of the eight groups."""
    places = {code: place for place, code in enumerate(tables.sectors)}
    services = {SERVICES, "SRV"}
    if product is None:
        return ()
    if product == "all":
        return tuple(places.values())
    if product in {"goods", "services"}:
        return tuple(place for code, place in places.items() if (code in services) == (product == "services"))
    groups = world.rows("sectors", pl.col("kind") == "sector", pl.col("code") == product)
    wanted = {product, *(code for members in groups["members"] for code in members.split())}
    return tuple(place for code, place in places.items() if code in wanted)


def solve_policies(policies: Policies, year: Year, tables: Tables) -> list[Solved]:
    """All measures together, under every set and both closures.

    Raises:
        WrongRequest: a tariff below -100 %, or a measure that leaves an economy or a sector without any supplier.
    """
    if not policies.measures:
        return []
    sets = list(tables.thetas)
    shocks = np.stack([_freeness(policies.measures, year, tables.thetas[name]) for name in sets])
    found: list[Solved] = []
    for closure in CLOSURES:
        batch = multi_sector_batch(
            year.flows,
            shocks,
            sigma=np.stack([tables.thetas[name] + 1.0 for name in sets]),
            tariff=year.tariff,
            new_tariff=_new_tariff(policies.measures, year),
            productivity=_productivity(policies.measures, year),
            closure=closure,
            strict=False,
            detail="totals",
        )
        found.extend(named(batch, [(_NAME, name) for name in sets], closure=closure, year=year.year))
    return found


def _freeness(measures: Sequence[Measure], year: Year, theta: FloatArray) -> FloatArray:
    """Freeness (N, N, K): 0 where a ban stands, cost ratio to the power of minus theta where trade got dearer."""
    free = np.ones(year.flows.shape)
    for one in measures:
        for by, on in _pairs(one):
            sectors = list(one.sectors)
            if one.kind == "export_ban":
                free[by, on, sectors] = 0.0
            elif one.kind == "import_ban":
                free[on, by, sectors] = 0.0
            elif one.kind == "trade_cost":
                free[by, on, sectors] *= freeness(1.0 + one.level, theta[sectors])
    return free


def _new_tariff(measures: Sequence[Measure], year: Year) -> FloatArray:
    tariff = year.tariff.copy()
    for one in sorted(measures, key=lambda measure: measure.is_supposed):  # what is supposed replaces what is stated
        if one.kind == "tariff":
            for by, on in _pairs(one):
                tariff[on, by, list(one.sectors)] = one.level
    return tariff


def _productivity(measures: Sequence[Measure], year: Year) -> FloatArray:
    """Output a worker (N, K), new over old."""
    levels = np.ones((year.flows.shape[0], year.flows.shape[2]))
    for one in measures:
        if one.kind == "productivity":
            for place in one.by.places:
                levels[place, list(one.sectors)] *= 1.0 + one.level
    return levels


def _pairs(one: Measure) -> list[tuple[int, int]]:
    """Every pair of economies of the two parties; nobody trades with itself."""
    return [(by, on) for by in one.by.places for on in one.on.places if by != on]


def policy_table(solved: Sequence[Solved], policies: Policies, tables: Tables, params: TradeParams) -> pl.DataFrame:
    """One line an economy: its real income after all measures together, as a change."""
    year = tables.years[-1]
    lines = []
    for place, region in enumerate(tables.regions):
        one = Party(region.code, region.code, (place,), ())
        changes: ByCase = {(s.set, s.closure): -loss_of(one, s, year) for s in by_set(solved, _NAME, year.year)}
        if not policies.measures:
            changes = {(name, closure): 0.0 for name in tables.thetas for closure in CLOSURES}
        change, spent = band(changes, closure=params.closure), spending_usd(one, year)
        lines.append(
            {
                "pivot": params.pivot,
                "subject": region.code,
                **period(year.year),
                "change": change.value,
                **ends(change),
                "change_usd": times(change.value, spent),
                "change_usd_low": change.low * spent,
                "change_usd_high": change.high * spent,
                "facts": sorted({measure.row for measure in policies.measures}),
            }
        )
    return pl.DataFrame(lines, schema_overrides={"facts": pl.List(pl.String())})
