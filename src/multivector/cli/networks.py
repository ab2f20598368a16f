"""Commands on networks: corridors, the back-test, and files of providers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from cyclopts import App, Parameter

from multivector.cli.output import (
    AsCsv,
    AsJson,
    AsOf,
    Force,
    Out,
    Raw,
    WorldFolder,
    emit,
    emit_lines,
    emit_result,
    open_world,
    say,
    world_options,
)
from multivector.errors import WrongRequest
from multivector.lenses.corridors.params import CorridorParams

if TYPE_CHECKING:
    import polars as pl

    from multivector.sources.networks import Pulled
    from multivector.world import World

_LONGEST: Final = 80  # letters of what is closed

pull = App(name="pull", help="A received file of a provider, as CSV files that a world can be laid over with.")


def corridors(  # noqa: PLR0913 - options of a command
    params: Annotated[CorridorParams, Parameter(name="*")],
    *,
    close: Annotated[
        tuple[str, ...], Parameter(help="close this, before and after: cpc, leg:O11, controller:RUS, territory:TUR")
    ] = (),
    severity: Annotated[float, Parameter(help="part that is lost while it is closed, of 1")] = 1.0,
    start: Annotated[dt.date | None, Parameter(help="first day of the closure; left out: of the year")] = None,
    table: Annotated[
        Literal[
            "summary", "routes", "legs", "crossing", "closures", "reroutes", "strikes", "gains", "power", "works",
            "best_set", "spread", "cut", "shadow", "certificate", "facts",
        ]
        | None,
        Parameter(help="one table of the answer; left out: the section of the brief"),
    ] = None,
    json: AsJson = False,
    csv: AsCsv = False,
    raw: Raw = False,
    out: Out = None,
    force: Force = False,
    as_of: AsOf = None,
    world: WorldFolder = None,
) -> None:  # fmt: skip
    """Who can cut a state's routes off, what is lost after rerouting, who gains, and which work would help."""
    if close and table is not None:
        raise WrongRequest("--close prints before and after: leave --table out, or write a scenario for `whatif`")
    if not close and (severity != 1.0 or start is not None):
        raise WrongRequest("--severity and --start are of a closure: say what closes with --close")
    opened = open_world(world, as_of)
    if close:
        lines = _closed(opened, params, close, severity=severity, start=start)
        emit_lines(lines, out, json=json, csv=csv, raw=raw, force=force)
        return
    if table is None and not json and not csv and not raw:
        from multivector.brief.build import build_corridors
        from multivector.brief.terminal import render_section

        content = build_corridors(opened, params, options=world_options(as_of, world))
        emit("\n".join(render_section(content)), out, force=force)
        return
    from multivector.lenses.corridors.lens import measure

    result = measure(opened, params)
    emit_result(result, table or "summary", opened.hash, out, json=json, csv=csv, raw=raw, force=force)


def backtest(  # noqa: PLR0913 - options of a command
    *,
    table: Annotated[
        Literal["sets", "by_route", "baselines", "levels", "balance", "facts"],
        Parameter(help="which table of the answer"),
    ] = "sets",
    json: AsJson = False,
    csv: AsCsv = False,
    out: Out = None,
    force: Force = False,
    world: WorldFolder = None,
) -> None:
    """December 2025, two of three CPC moorings out: what earlier rows would have predicted, and what came."""
    from multivector.lenses.corridors.backtest import backtest as tried

    opened = open_world(world, None)
    result = tried(opened)
    emit_result(result, table, opened.hash, out, json=json, csv=csv, raw=False, force=force)


def _closed(
    opened: World, params: CorridorParams, close: tuple[str, ...], *, severity: float, start: dt.date | None
) -> pl.DataFrame:
    """What each route carries and what is lost in the year, before and after."""
    from multivector.lenses.corridors.lens import outcome
    from multivector.scenario import Close, apply, compare

    for one in close:
        _require_closable(opened, one, params)
    before = outcome(opened, params)
    first = start or before.headline["period_start"][0]
    last = first + dt.timedelta(days=params.days)
    shocks = [Close(on=one, severity=severity, start=first, end=last) for one in close]
    moved = compare(before, outcome(apply(opened, shocks), params)).moved
    year = before.headline["period_start"][0].year
    say(f"closed from {first} for {params.days} days; figures are of {year}, whole")
    if moved.is_empty() and (first.year > year or last <= dt.date(year, 1, 1)):
        say(f"nothing moves: these days are not in {year}")
    elif moved.is_empty():
        say("nothing moves: no route of the state goes over what closes")
    return moved


def _require_closable(world: World, on: str, params: CorridorParams) -> None:
    """Refuse what is on another network, or not built yet: nothing that it carries could move."""
    import polars as pl  # late: the command line starts fast

    from multivector.scenario.corridors import closed_by

    if not 0 < len(on.strip()) <= _LONGEST:
        raise WrongRequest(f"--close {on[:_LONGEST]!r}: say what closes: cpc, leg:O11, controller:RUS, territory:TUR")
    closed = closed_by(world, on)
    legs = world.rows("legs", pl.col("leg").is_in(list(closed)))
    here = legs.filter(pl.col("network") == params.network)
    if closed and here.is_empty():
        other = ", ".join(sorted(set(legs["network"])))
        raise WrongRequest(f"--close {on}: on the {other} network, not on {params.network}: say --network {other}")
    if closed and here.filter(pl.col("phase") == "existing").is_empty():
        phases = ", ".join(sorted(set(here["phase"])))
        raise WrongRequest(
            f"--close {on}: planned ({phases}), nothing goes over it yet; `expand` in a scenario builds it"
        )


Received = Annotated[Path, Parameter(help="the file as it was received")]
Into = Annotated[Path, Parameter(help="folder that takes the CSV files")]


@pull.command
def gem(
    file: Received,
    *,
    into: Into,
    touching: Annotated[tuple[str, ...], Parameter(help="only pipelines that touch these states: KAZ,RUS")] = (),
    force: Force = False,
) -> None:
    """Pipelines from a file of Global Energy Monitor: routes, and legs where a capacity is printed."""
    from multivector.sources.networks import pull_gem

    states = tuple(state for one in touching for state in one.split(","))
    _pulled(pull_gem(file, into, touching=states, force=force, accessed=_today()), into)


@pull.command
def legs(file: Received, *, into: Into, force: Force = False) -> None:
    """Your own legs, one row a leg: places, legs and what is said of them."""
    from multivector.sources.networks import pull_legs

    _pulled(pull_legs(file, into, force=force, accessed=_today()), into)


def _pulled(pulled: Pulled, into: Path) -> None:
    for one in pulled.left:
        print(f"{one.file} {one.fact}: {one.reason}")  # noqa: T201 - what was left out is the data
    say("; ".join(f"{count} rows of {table}" for table, count in pulled.rows.items()))
    say(f"now check them: multivector check {into}")


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()
