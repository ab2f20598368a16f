"""The command that asks whether goods go round the sanctions."""

from __future__ import annotations

from typing import Annotated, Literal

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
    emit_result,
    open_world,
    world_options,
)
from multivector.lenses.monitor.params import MonitorParams


def monitor(  # noqa: PLR0913 - options of a command
    params: Annotated[MonitorParams, Parameter(name="*")],
    *,
    table: Annotated[
        Literal[
            "summary", "mirror", "growth", "excess", "breaks", "effects", "products", "tiers", "statements",
            "monthly", "facts",
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
    """What left for a state and did not arrive, since when, in which goods, and which statements fit the counts."""
    opened = open_world(world, as_of)
    if table is None and not json and not csv and not raw:
        from multivector.brief.build import build_monitor
        from multivector.brief.terminal import render_section

        content = build_monitor(opened, params, options=world_options(as_of, world))
        emit("\n".join(render_section(content)), out, force=force)
        return
    from multivector.lenses.monitor.lens import measure

    result = measure(opened, params)
    emit_result(result, table or "summary", opened.hash, out, json=json, csv=csv, raw=raw, force=force)
