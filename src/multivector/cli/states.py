"""Commands that answer for a state: brief, exposure, and what a scenario moves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

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
from multivector.lenses.exposure.params import ExposureParams

if TYPE_CHECKING:
    import polars as pl

    from multivector.result import Result
    from multivector.world import World

_OF_TRADE = ("tariff", "trade_cost", "productivity")  # shocks that only the trade lens reads


def brief(  # noqa: PLR0913 - options of a command
    params: Annotated[ExposureParams, Parameter(name="*")],
    *,
    html: Annotated[Path | None, Parameter(help="write one self-contained page to this file")] = None,
    json: AsJson = False,
    out: Out = None,
    force: Force = False,
    all_: Annotated[
        bool, Parameter(name="--all", negative="", help="also print series, assumptions, every source")
    ] = False,
    worldview: Annotated[Literal["un", "de_facto"], Parameter(help="whose borders the map draws")] = "un",
    as_of: AsOf = None,
    world: WorldFolder = None,
) -> None:
    """One page on a state: who holds what over it, how it moved, how sure that is, what it holds in return."""
    from multivector.brief.build import build

    say("reading rows and measuring …")
    content = build(open_world(world, as_of), params, worldview=worldview, options=world_options(as_of, world))
    if html is not None:
        from multivector.brief.html import render_html
        from multivector.printing import write_file

        say("drawing the page …")
        write_file(html, render_html(content), force=force)
        say(f"wrote {html}")
        return
    if json:
        from multivector.brief.data import as_json

        emit(as_json(content), out, force=force)
        return
    from multivector.brief.terminal import render

    emit("\n".join(render(content, detail="all" if all_ else "short")), out, force=force)


def exposure(  # noqa: PLR0913 - options of a command
    params: Annotated[ExposureParams, Parameter(name="*")],
    *,
    table: Annotated[
        Literal["balance", "tensor", "estimates", "trend", "mutual", "concentration", "geometry", "facts"],
        Parameter(help="which table of the answer"),
    ] = "balance",
    json: AsJson = False,
    csv: AsCsv = False,
    raw: Raw = False,
    out: Out = None,
    force: Force = False,
    as_of: AsOf = None,
    world: WorldFolder = None,
) -> None:
    """How much a state hangs on each pole, channel by channel, with bounds, coverage and the rows behind it."""
    from multivector.lenses.exposure.lens import measure

    opened = open_world(world, as_of)
    result = measure(opened, params)
    emit_result(result, table, opened.hash, out, json=json, csv=csv, raw=raw, force=force)


def whatif(  # noqa: PLR0913 - options of a command
    file: Annotated[Path | None, Parameter(help="a scenario in TOML; - reads stdin", allow_leading_hyphen=True)] = None,
    pivot: Annotated[str | None, Parameter(help="state under study, ISO 3166-1 alpha-3")] = None,
    *,
    lens: Annotated[Literal["exposure", "corridors", "trade"], Parameter(help="which answer is compared")] = "exposure",
    schema: Annotated[bool, Parameter(negative="", help="print the JSON Schema of a scenario file and stop")] = False,
    json: AsJson = False,
    csv: AsCsv = False,
    out: Out = None,
    force: Force = False,
    as_of: AsOf = None,
    world: WorldFolder = None,
) -> None:
    """What moves in a state's balance when a scenario edits the world: before, after, change, largest first."""
    from multivector.scenario import scenario_schema

    if schema:
        emit(scenario_schema(), out, force=force)
        return
    if file is None or pivot is None:
        raise WrongRequest("whatif takes a scenario file and a state: multivector whatif embargo.toml KAZ")
    lines = _compared(file, pivot, lens, open_world(world, as_of))
    emit_lines(lines, out, json=json, csv=csv, raw=False, force=force)


def _compared(file: Path, pivot: str, lens: str, opened: World) -> pl.DataFrame:
    from multivector.scenario import apply, compare, read_scenario

    scenario = read_scenario(_text_of(file))
    say(f"{scenario.name}: {len(scenario.shocks)} shock{'s' if len(scenario.shocks) > 1 else ''}")
    unread = sorted({shock.kind for shock in scenario.shocks if shock.kind in _OF_TRADE})
    if unread and lens != "trade":
        say(f"note: {', '.join(unread)}: the {lens} lens does not read policies; ask with --lens trade")
    changed = apply(opened, scenario.shocks)
    before, after = (_answer(world, pivot, lens) for world in (opened, changed))
    for caveat in after.caveats:
        if caveat not in before.caveats:
            say(f"note: {caveat}")
    moved = compare(before, after).moved
    if moved.is_empty():
        say(f"nothing moves in what the {lens} lens says of {pivot}: that is no proof that nothing would")
    return moved


def _answer(world: World, pivot: str, lens: str) -> Result:
    from multivector.lenses.corridors.lens import measure as measure_corridors
    from multivector.lenses.exposure.lens import measure
    from multivector.lenses.trade.lens import outcome
    from multivector.lenses.trade.params import TradeParams

    if lens == "corridors":
        return measure_corridors(world, CorridorParams(pivot=pivot))
    if lens == "trade":
        return outcome(world, TradeParams(pivot=pivot))
    return measure(world, ExposureParams(pivot=pivot))


def _text_of(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongRequest(f"cannot read {file}: {error}") from error
