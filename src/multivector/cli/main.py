"""The command line: one command a question. Data to stdout, words to stderr; exit 0 done, 1 refused, 2 misuse."""

from __future__ import annotations

import sys

from cyclopts import App, CycloptsError
from pydantic import ValidationError

import multivector.cli.pulls  # noqa: F401 - its commands join `pull`
from multivector.cli.monitor import monitor
from multivector.cli.networks import backtest, corridors, pull
from multivector.cli.output import say
from multivector.cli.rows import check, facts, ledger
from multivector.cli.states import brief, exposure, whatif
from multivector.cli.trade import trade
from multivector.errors import MultivectorError

app = App(name="multivector", help_format="plaintext", help_formatter="plain", version_flags=["--version"])
for command in (brief, exposure, corridors, trade, monitor, whatif, facts, check, ledger, backtest):
    app.command(command)
app.command(pull)


def main(arguments: list[str] | None = None) -> None:
    """Run a command line and exit: 0 done, 1 refused with one line that says why, 2 misuse."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    try:
        app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        say(f"multivector: {_misuse(error)}")
        return 2
    except ValidationError as error:
        say(f"multivector: {_first_problem(error)}")
        return 2
    except MultivectorError as error:
        say(f"multivector: {error}")
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
    given = first["input"]
    shown = ",".join(str(one) for one in given) if isinstance(given, tuple | list) else str(given)
    return f"{option} {shown[:60]!r}: {rule[:1].lower()}{rule[1:]}"


if __name__ == "__main__":
    main()
