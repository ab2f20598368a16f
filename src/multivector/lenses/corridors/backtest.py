"""December 2025: two of three CPC moorings out. What the network would have predicted from earlier rows, and what came.

The closure is given, only the rerouting is predicted. Every admissible set of parameters is shown, beside the model
that takes nameplates at their word and so predicts that nothing is lost.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.corridors.backtest_outcome import HIT, Outcome, balance_table, level_table, read_outcome
from multivector.lenses.corridors.board import Stage, set_up
from multivector.lenses.corridors.book import Book, BookedLeg, read_book
from multivector.lenses.corridors.carried import CarriedBy, carried_by, own_flows
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.statements import Reach
from multivector.models.flow.board import lay
from multivector.models.flow.rerouting import settle, spans
from multivector.result import Result
from multivector.world import World
from multivector.world.citing import cite

FloatArray = npt.NDArray[np.float64]
STRUCK: Final = dt.date(2025, 11, 29)
_ADMITTED: Final = "kmg-annual-report-2024-midstream"  # published in 2025, day not seen: admitted by name
_TODAY: Final = ("legs", "routes", "places")  # which pipes there are: no figure, and no news of December
_GATES: Final = {"samara": "O11", "china": "O34", "aktau": "O21"}
_MONTH: Final = 1 / 12
_UPSTREAM: Final = ("O30", "O31")
Limits = Literal["nameplate", "quota"]
Quota = Literal["hard", "soft"]
Berths = Literal["low", "high"]
Ships = Literal["open", "seen"]
_CHOICES: Final[tuple[tuple[Quota, ...], tuple[bool, ...], tuple[Berths, ...], tuple[Ships, ...]]] = (
    ("hard", "soft"),
    (True, False),
    ("low", "high"),
    ("open", "seen"),
)


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """One admissible reading of what was known: is the quota a limit, may home oil give way, which figure for Aktau."""

    name: str
    limits: Limits
    quota: Quota
    swap: bool
    aktau: Berths
    ships: Ships


DEFAULT: Final = "quota hard, swap, Aktau low, ships open"
NAIVE: Final = "nameplate"


def parameter_sets() -> tuple[ParameterSet, ...]:
    """The nameplate model, then every combination of the four open questions."""
    naive = ParameterSet(NAIVE, "nameplate", "soft", swap=False, aktau="low", ships="open")
    return (naive, *(_named(*choice) for choice in product(*_CHOICES)))


def _named(quota: Quota, swap: bool, aktau: Berths, ships: Ships) -> ParameterSet:  # noqa: FBT001 - of a product
    words = f"quota {quota}, {'swap' if swap else 'no swap'}, Aktau {aktau}, ships {ships}"
    return ParameterSet(words, "quota", quota, swap, aktau, ships)


def known_before(world: World) -> World:
    """The world of 28 November 2025: rows published before the strike, and the report that is admitted by name.

    Which legs there are is taken from today's world: their rows are dated by the facts on them, not by the pipes.
    """
    late = (pl.col("source") == _ADMITTED) & (pl.col("published") == dt.date(2025, 12, 31))
    day = STRUCK - dt.timedelta(days=1)
    admitted = {
        name: table.with_columns(published=pl.when(late).then(pl.lit(day)).otherwise("published"))
        if name != "sources"
        else table
        for name, table in world.tables.items()
    }
    past = replace(world, tables=admitted).as_of(day)
    tables = {**past.tables, **{name: world.tables[name] for name in _TODAY}}
    return replace(past, tables=tables, hash=hashlib.sha256(f"{past.hash}\nbacktest".encode()).hexdigest()[:16])


def backtest(world: World, *, params: CorridorParams | None = None) -> Result:
    """The back-test of December 2025.

    Tables: `sets` (every parameter set: predicted rerouting and loss in the month, against what was reported),
    `by_route`, `baselines` (loss against November and against the plan), `levels` (December loadings from one mooring,
    from history), `balance` (does the mass add up).

    Raises:
        NoAnswer: a row that the back-test needs is not in this world.
    """
    chosen = params or CorridorParams(pivot="KAZ", year=2024)
    outcome = read_outcome(world)
    past = known_before(world)
    flows = own_flows(past, chosen)
    lines: list[dict[str, Any]] = []
    routes: list[dict[str, Any]] = []
    read: set[str] = set()
    for one in parameter_sets():
        settings = chosen.model_copy(update={"quota": one.quota, "swap": one.swap, "year": 2024})
        book = _as_read(read_book(past, settings, 2024), one)
        carried = carried_by(past, book, flows, settings)
        stage = set_up(book, carried, settings, "tight" if one.ships == "seen" else "stated")
        stage = stage if one.ships == "open" else _only_ships(book, carried, settings)
        read |= _rows_of(book, carried)
        line, by_route = _predicted(one, stage, outcome)
        lines.append(line)
        routes.extend(by_route)
    levels = level_table(world, outcome)
    read |= set(levels["facts"].explode())
    tables = {
        "sets": pl.DataFrame(lines),
        "by_route": _with_intervals(pl.DataFrame(routes)),
        "baselines": _baselines(outcome, lines),
        "levels": levels,
        "balance": balance_table(outcome),
    }
    return Result(
        lens="corridors backtest",
        params=chosen,
        tables=tables,
        facts=cite(world, read | set(outcome.rows)),
        caveats=CAVEATS,
        methods=("backtest.html",),
    )


CAVEATS: Final = (
    "That home oil may give way (swap) was chosen as the default with the outcome known: a reproduction, no forecast.",
    "Rerouted tonnes are counted against plan, the loss against November: two baselines.",
    "The loss counts all oil of CPC, about 92 % of it Kazakh in 2025.",
    (
        "The total of the default is close while its routes are not: the quota of 10 Mt a year was exceeded, and "
        "Samara took twice what the default gives it, Aktau half. The interval says more than the point."
    ),
    (
        "Which legs there are is read from today's world; every figure on them was published before 29 November 2025, "
        "or stands in the annual report of KazMunayGas for 2024, admitted by name."
    ),
    (
        "One event tests one closure of one line. It can show that nameplates mislead; it cannot tell two parameter "
        "sets apart that differ by less than the rows do."
    ),
)


def _as_read(book: Book, one: ParameterSet) -> Book:
    """The book as a parameter set reads it."""
    legs = tuple(_leg_as_read(leg, one) for leg in book.legs)
    limits = tuple(
        replace(limit, reach=_pinned(limit.reach, one)) if limit.key == "B_AKTAU" else limit
        for limit in book.limits
        if one.limits == "quota" or limit.key in {"B_AKTAU", "Q_TRANSNEFT"}
    )
    return replace(book, legs=legs, limits=limits)


def _leg_as_read(leg: BookedLeg, one: ParameterSet) -> BookedLeg:
    if leg.leg == "O21" and leg.capacity is not None:
        return replace(leg, capacity=_pinned(leg.capacity, one))
    if one.limits == "quota":
        return leg
    if leg.leg in _UPSTREAM:
        return replace(leg, capacity=None, carried=None, most_carried=None)
    if leg.leg == "O34" and leg.carried is not None:
        return replace(leg, carried=None)  # only what crosses the border is taken off: see `_nameplate_transit`
    return leg


def _pinned(reach: Reach, one: ParameterSet) -> Reach:
    value = reach.high if one.aktau == "high" else reach.low
    return replace(reach, value=value, low=value, high=value)


def _only_ships(book: Book, carried: CarriedBy, params: CorridorParams) -> Stage:
    """The stated capacities, but legs of unknown capacity carry no more than they were seen to."""
    stated, tight = set_up(book, carried, params, "stated"), set_up(book, carried, params, "tight")
    unknown = np.array([leg.capacity is None for leg in book.legs])
    capacity = np.where(unknown, np.minimum(tight.board.capacity, stated.board.capacity), stated.board.capacity)
    return replace(stated, board=replace(stated.board, capacity=capacity))


def _predicted(one: ParameterSet, stage: Stage, outcome: Outcome) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """One line of `sets`, and its lines of `by_route`."""
    stage = _nameplate_transit(stage) if one.limits == "nameplate" else stage
    laid, usable = lay(stage.board), _less(stage, outcome.lost)
    lost = settle(laid, usable).total_lost * _MONTH
    of_schedule = settle(laid, _less(stage, outcome.unscheduled)).total_lost * _MONTH
    gates = np.array([stage.book.place_of(leg) for leg in _GATES.values()], dtype=np.int64)
    most = spans(laid, usable, gates) * _MONTH
    rerouted = outcome.lost - lost
    line = {
        "set": one.name,
        "is_default": one.name == DEFAULT,
        "rerouted_mt": rerouted,
        "reported_mt": outcome.total_rerouted,
        "error": rerouted / outcome.total_rerouted - 1.0,
        "lost_mt": lost,
        "reported_lost_mt": outcome.lost - outcome.total_rerouted,
        "lost_of_schedule_mt": of_schedule,
        "reported_lost_of_schedule_mt": outcome.unscheduled - outcome.total_rerouted,
    }
    by_route = [
        {
            "set": one.name,
            "route": name,
            "low_mt": float(most[at, 0]),
            "high_mt": float(most[at, 1]),
            "reported_mt": outcome.rerouted[name],
        }
        for at, name in enumerate(_GATES)
    ]
    return line, by_route


def _less(stage: Stage, month_mt: float) -> FloatArray:
    """The usable part of every leg, (A,), when the terminal loads so much less in a month."""
    place = stage.book.place_of(HIT)
    usable, whole = np.ones(len(stage.legs)), stage.board.hit_from[place]
    usable[place] = (whole - month_mt / _MONTH) / whole
    return usable


def _nameplate_transit(stage: Stage) -> Stage:
    """Nameplates at their word: of the line to China only the Russian transit is taken off, not the oil for home."""
    legs = {leg.leg: leg for leg in stage.legs}
    transit = legs["O33"].carried
    if transit is None:
        raise NoAnswer("no row says how much Russian oil goes to China by Atasu")
    at = stage.book.place_of("O34")
    capacity = stage.board.capacity.copy()
    capacity[at] = max(stage.board.hit_from[at] - transit.value, 0.0)
    return replace(stage, board=replace(stage.board, capacity=capacity))


def _with_intervals(routes: pl.DataFrame) -> pl.DataFrame:
    """Whether what was reported lies within the set's own range, and within that of all sets but the naive one."""
    own = routes.filter(pl.col("set") != NAIVE)
    spread = own.group_by("route").agg(all_low_mt=pl.col("low_mt").min(), all_high_mt=pl.col("high_mt").max())
    reported = pl.col("reported_mt")
    return routes.join(spread, on="route", how="left", validate="m:1").with_columns(
        within_own=reported.is_between(pl.col("low_mt"), pl.col("high_mt")),
        within_any_set=reported.is_between(pl.col("all_low_mt"), pl.col("all_high_mt")),
    )


def _baselines(outcome: Outcome, lines: list[dict[str, Any]]) -> pl.DataFrame:
    """The loss against the month before and against the schedule: reported, of the default, of the naive model."""
    chosen = next(line for line in lines if line["is_default"])
    naive = next(line for line in lines if line["set"] == NAIVE)
    against = (
        ("November", outcome.lost, "lost_mt"),
        ("the schedule of December", outcome.unscheduled, "lost_of_schedule_mt"),
    )
    return pl.DataFrame(
        [
            {
                "against": name,
                "displaced_mt": displaced,
                "reported_rerouted_share": outcome.total_rerouted / displaced,
                "reported_lost_mt": displaced - outcome.total_rerouted,
                "predicted_lost_mt": chosen[lost],
                "nameplate_lost_mt": naive[lost],
            }
            for name, displaced, lost in against
        ]
    )


def _rows_of(book: Book, carried: CarriedBy) -> set[str]:
    rows = {row for one in carried.routes for row in one.rows}
    for leg in book.legs:
        for reach in (leg.capacity, leg.quota, leg.carried):
            rows |= set(reach.rows) if reach is not None else set()
    return rows | {row for limit in book.limits for row in limit.reach.rows}
