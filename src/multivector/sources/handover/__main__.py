"""Rebuild the default world, say what became of each fact: `python -m multivector.sources.handover FOLDER [DATA]`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from multivector.errors import MultivectorError
from multivector.sources.handover.assemble import Line, assemble

_USAGE = "usage: python -m multivector.sources.handover FOLDER [DATA]"


def main(arguments: list[str]) -> int:
    """Build from the folder named first into the package's data, or into the folder named second."""
    if len(arguments) not in {1, 2}:
        sys.stderr.write(f"{_USAGE}\n")
        return 2
    data = Path(arguments[1]) if len(arguments) > 1 else Path(str(files("multivector") / "data"))
    try:
        lines = assemble(Path(arguments[0]), data)
    except MultivectorError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    sys.stdout.write(summary(lines))
    return 0


def summary(lines: Iterable[Line]) -> str:
    """Per file: facts, in, left out, rows; then every reason with its count."""
    lines = tuple(lines)
    said = []
    for file in sorted({line.file for line in lines}):
        own = [line for line in lines if line.file == file]
        taken = {line.fact for line in own if line.outcome == "in"}
        left = {line.fact for line in own if line.outcome == "left_out"}
        tables = Counter(line.table for line in own if line.outcome == "in")
        said.append(f"{file}: {len(taken | left)} facts, {len(taken)} in, {len(left)} left out")
        said.extend(f"    in {table}: {count}" for table, count in sorted(tables.items()))
        reasons = Counter(line.reason for line in own if line.reason)
        said.extend(f"    {count} × {reason}" for reason, count in sorted(reasons.items()))
    return "\n".join(said) + "\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
