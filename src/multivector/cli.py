"""The command line: one command a question. Data to stdout, words to stderr; exit 0 done, 1 refused, 2 misuse."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, CycloptsError, Parameter
from pydantic import ValidationError

from multivector.errors import MultivectorError, WrongRequest, WrongWorld
from multivector.lenses.exposure.params import ExposureParams

# Everything that reads tables is imported inside its command: --help answers before they are loaded.
if TYPE_CHECKING:
    import polars as pl

    from multivector.world import World

app = App(name="multivector", help_format="plaintext", help_formatter="plain", version_flags=["--version"])

AsOf = Annotated[dt.date | None, Parameter(help="use only what was published by this day: 2023-11-20")]
WorldFolder = Annotated[Path | None, Parameter(name="--world", help="folder of CSV files laid over the default world")]
Out = Annotated[Path | None, Parameter(help="write to this file instead of stdout")]
Force = Annotated[bool, Parameter(negative="", help="replace a file that exists")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="print JSON")]
AsCsv = Annotated[
    bool, Parameter(name="--csv", negative="", help="print CSV, cells that a spreadsheet would run escaped")
]
Raw = Annotated[bool, Parameter(negative="", help="print CSV cells as they are")]


@app.command
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

    _say("reading rows and measuring …")
    content = build(_open(world, as_of), params, worldview=worldview, options=_options(as_of, world))
    if html is not None:
        from multivector.brief.html import render_html
        from multivector.printing import write_file

        _say("drawing the page …")
        write_file(html, render_html(content), force=force)
        _say(f"wrote {html}")
        return
    if json:
        from multivector.brief.data import as_json

        _emit(as_json(content), out, force=force)
        return
    from multivector.brief.terminal import render

    _emit("\n".join(render(content, detail="all" if all_ else "short")), out, force=force)


@app.command
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

    opened = _open(world, as_of)
    result = measure(opened, params)
    lines = result.facts if table == "facts" else result.tables[table]
    if json:
        from multivector.printing import as_json, as_records

        data = {
            "lens": result.lens,
            "params": params.model_dump(mode="json"),
            "table": table,
            "rows": as_records(lines),
            "caveats": result.caveats,
            "methods": result.methods,
            "data_hash": opened.hash,
        }
        _emit(as_json(data), out, force=force)
        return
    _emit_table(lines, out, csv=csv, raw=raw, force=force)
    for caveat in result.caveats:
        _say(f"note: {caveat}")


@app.command
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
    found = find_rows(_open(world, as_of), query)
    _say(f"{found.height} rows")
    if json:
        from multivector.printing import as_json, as_records

        _emit(as_json(as_records(found)), out, force=force)
        return
    _emit_table(found, out, csv=csv, raw=raw, force=force)


@app.command
def check(folder: Annotated[Path, Parameter(help="a folder of CSV or Parquet files, one table a file")]) -> None:
    """List every problem of a user's folder: file, line, column, rule, nearest known name."""
    from multivector.world import check_folder

    problems = check_folder(folder)
    for problem in problems:
        print(problem)  # noqa: T201 - the problems are the data
    if problems:
        raise WrongWorld(f"{len(problems)} problems in {folder}")
    _say(f"{folder}: no problem found")


@app.command
def whatif(  # noqa: PLR0913 - options of a command
    file: Annotated[Path | None, Parameter(help="a scenario in TOML; - reads stdin", allow_leading_hyphen=True)] = None,
    pivot: Annotated[str | None, Parameter(help="state under study, ISO 3166-1 alpha-3")] = None,
    *,
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
        _emit(scenario_schema(), out, force=force)
        return
    if file is None or pivot is None:
        raise WrongRequest("whatif takes a scenario file and a state: multivector whatif embargo.toml KAZ")
    lines = _compared(file, ExposureParams(pivot=pivot), _open(world, as_of))
    if json:
        from multivector.printing import as_json, as_records

        _emit(as_json(as_records(lines)), out, force=force)
        return
    _emit_table(lines.drop("facts", "facts_after"), out, csv=csv, raw=False, force=force)


@app.command
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

        _emit(as_json(as_records(lines)), None, force=False)
        return
    _emit_table(lines, None, csv=csv, raw=False, force=False)


def _compared(file: Path, params: ExposureParams, opened: World) -> pl.DataFrame:
    from multivector.lenses.exposure.lens import measure
    from multivector.scenario import apply, compare, read_scenario

    scenario = read_scenario(_text_of(file))
    _say(f"{scenario.name}: {len(scenario.shocks)} shock{'s' if len(scenario.shocks) > 1 else ''}")
    before = measure(opened, params)
    return compare(before, measure(apply(opened, scenario.shocks), params)).moved


def _text_of(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongRequest(f"cannot read {file}: {error}") from error


def _open(folder: Path | None, as_of: dt.date | None) -> World:
    from multivector.world import World

    opened = World.open(folder)
    return opened if as_of is None else opened.as_of(as_of)


def _options(as_of: dt.date | None, folder: Path | None) -> str:
    """The words that open the same world again, for the commands printed beside figures."""
    return f"{f' --as-of {as_of}' if as_of else ''}{f' --world {folder}' if folder else ''}"


def _emit_table(lines: pl.DataFrame, out: Path | None, *, csv: bool, raw: bool, force: bool) -> None:
    from multivector.printing import as_columns, as_csv

    for_a_person = not csv and not raw and out is None and sys.stdout.isatty()
    _emit(as_columns(lines) if for_a_person else as_csv(lines, raw=raw), out, force=force)


def _emit(text: str, out: Path | None, *, force: bool) -> None:
    if out is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    from multivector.printing import write_file

    write_file(out, text, force=force)
    _say(f"wrote {out}")


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def main(arguments: list[str] | None = None) -> None:
    """Run a command line and exit: 0 done, 1 refused with one line that says why, 2 misuse."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    try:
        app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        _say(f"multivector: {_misuse(error)}")
        return 2
    except ValidationError as error:
        _say(f"multivector: {_first_problem(error)}")
        return 2
    except MultivectorError as error:
        _say(f"multivector: {error}")
        return 1
    except BrokenPipeError:
        return 0
    return 0


def _misuse(error: CycloptsError) -> str:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        return _first_problem(cause)
    return " ".join(str(error).split())


def _first_problem(error: ValidationError) -> str:
    """A pydantic complaint in the project's form: option, value, rule."""
    first = error.errors(include_url=False)[0]
    option = "--" + "-".join(str(part) for part in first["loc"][:1]).replace("_", "-")
    rule = first["msg"].removeprefix("Value error, ")
    return f"{option} {str(first['input'])[:60]!r}: {rule[:1].lower()}{rule[1:]}"


if __name__ == "__main__":
    main()
