"""Commands on the rows of a world: facts, check, ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
    emit_table,
    open_world,
    say,
)
from multivector.errors import WrongWorld


def facts(  # noqa: PLR0913 - options of a command
    *,
    about: Annotated[tuple[str, ...], Parameter(help="an actor that the row names; twice: rows that name both")] = (),
    table: Annotated[str | None, Parameter(help="one table of the world")] = None,
    channel: Annotated[str | None, Parameter(help="one of the nine channels")] = None,
    product: Annotated[str | None, Parameter(help="goods, crude_oil, gas …")] = None,
    row: Annotated[tuple[str, ...], Parameter(help="rows by id")] = (),
    json: AsJson = False,
    csv: AsCsv = False,
    raw: Raw = False,
    out: Out = None,
    force: Force = False,
    as_of: AsOf = None,
    world: WorldFolder = None,
) -> None:
    """The rows of the world: who stated what, about whom, when, and where it stands."""
    from multivector.world.querying import Query, find_rows

    query = Query(about=about, table=table, channel=channel, product=product, rows=row)
    found = find_rows(open_world(world, as_of), query)
    say(f"{found.height} rows")
    if json:
        from multivector.printing import as_json, as_records

        emit(as_json(as_records(found)), out, force=force)
        return
    emit_table(found, out, csv=csv, raw=raw, force=force)


def check(folder: Annotated[Path, Parameter(help="a folder of CSV or Parquet files, one table a file")]) -> None:
    """List every problem of a user's folder: file, line, column, rule, nearest known name."""
    from multivector.world import check_folder

    problems = check_folder(folder)
    for problem in problems:
        print(problem)  # noqa: T201 - the problems are the data
    if problems:
        raise WrongWorld(f"{len(problems)} problems in {folder}")
    say(f"{folder}: no problem found")


def ledger(
    *,
    left_out: Annotated[bool, Parameter(negative="", help="list every fact that stayed out, with its reason")] = False,
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """How many of the handed-over facts went into the default world, and which stayed out, and why."""
    from multivector.world.accounting import facts_left_out, facts_taken

    lines = facts_left_out() if left_out else facts_taken()
    if json:
        from multivector.printing import as_json, as_records

        emit(as_json(as_records(lines)), None, force=False)
        return
    emit_table(lines, None, csv=csv, raw=False, force=False)
