"""How long the first answers take: `uv run python benchmarks/world_and_brief.py`. Prints a table, asserts nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.params import ExposureParams
from multivector.schema import TABLES
from multivector.world import World

RUNS = 5
LARGE_ROWS = 10_000_000


def command(*words: str) -> Callable[[], object]:
    """A whole process, from start to exit."""
    return lambda: subprocess.run([sys.executable, "-m", "multivector", *words], check=True, capture_output=True)


def timed(what: Callable[[], object]) -> float:
    """Median seconds of several runs."""
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        what()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def large_flows(folder: Path) -> Path:
    """A flows table of 10 million made-up rows, sorted by sender as an importer would write it."""
    rng = np.random.default_rng(1)
    states = np.array(World.open().rows("actors", pl.col("kind") == "state")["actor"].to_list())
    count = LARGE_ROWS
    sender = np.sort(rng.integers(len(states), size=count))
    receiver = (sender + rng.integers(1, len(states), size=count)) % len(states)
    year = rng.integers(1992, 2024, size=count)
    days = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    frame = pl.DataFrame(
        {
            "id": [f"flows.{number:014x}" for number in range(count)],
            "sender": states[sender],
            "receiver": states[receiver],
            "value": rng.uniform(1, 1e9, count),
            "period_start": days,
            "period_end": (year - 1969).astype("datetime64[Y]").astype("datetime64[D]"),
        }
    ).with_columns(
        channel=pl.lit("trade"),
        product=pl.lit("goods"),
        measure=pl.lit("value"),
        unit=pl.lit("USD"),
        reporter=pl.col("sender"),
        scope=pl.lit("goods"),
        basis=pl.lit("fob"),
        list_rule=pl.lit("selected"),
        qualifier=pl.lit("exact"),
        decimals=pl.lit(0, pl.Int64),
        via=pl.lit(None, pl.String),
        source=pl.lit("cepii-baci-2023"),
        locator=pl.lit(None, pl.String),
        published=pl.lit(None, pl.Date),
        status=pl.lit("observed"),
        note=pl.lit(None, pl.String),
    )
    columns = TABLES["flows"].columns()
    path = folder / "flows.parquet"
    frame.select(pl.col(name).cast(columns[name].dtype) for name in columns).write_parquet(
        path, compression="zstd", row_group_size=100_000
    )
    return path


def large_world(path: Path) -> World:
    """The default world with the large table in place of its flows."""
    return World(tables={**World.open().tables, "flows": pl.scan_parquet(path)}, hash="benchmark")


def peak_megabytes() -> int:
    """Most memory this process has held; unlike getrusage it does not remember the process it was forked from."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def one_reporter(world: World) -> pl.DataFrame:
    """One reporter's flows by partner and year, read through the same door as a world's tables."""
    return (
        world.scan("flows")
        .filter(pl.col("sender") == "KAZ", pl.col("reporter") == "KAZ")
        .group_by("receiver", pl.col("period_start").dt.year())
        .agg(pl.col("value").sum())
        .collect()
    )


def large_table_line(folder: Path) -> tuple[str, float, str]:
    """The 10-million-row query in a process of its own, so that its memory can be read."""
    path = large_flows(folder)
    code = (
        "import sys, time; from pathlib import Path; sys.path.insert(0, 'benchmarks')\n"
        "from world_and_brief import large_world, one_reporter, peak_megabytes\n"
        f"world = large_world(Path({str(path)!r}))\n"
        "one_reporter(world)\n"
        "start = time.perf_counter()\n"
        "one_reporter(world)\n"
        "print(time.perf_counter() - start, peak_megabytes())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    seconds, megabytes = done.stdout.split()
    return f"10 million rows: one reporter by partner-year, warm ({megabytes} MB)", float(seconds), "0.1"


def main() -> None:
    """Print one line a measurement: what, seconds, target."""
    world = World.open()
    params = ExposureParams(pivot="KAZ")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = str(folder / "kaz.html")
        lines = [
            ("multivector --help, whole process", timed(command("--help")), "0.5"),
            ("open the default world", timed(World.open), "0.3"),
            (
                "exposure lens, KAZ, all measures and years, warm",
                timed(lambda: measure(world, params)),
                "0.2 (one year)",
            ),
            ("brief KAZ, terminal, whole process", timed(command("brief", "KAZ")), "3"),
            ("brief KAZ --json, whole process", timed(command("brief", "KAZ", "--json")), "3"),
            ("brief KAZ --html, whole process", timed(command("brief", "KAZ", "--html", page, "--force")), "5"),
            large_table_line(folder),
        ]
    width = max(len(what) for what, _, _ in lines)
    print(f"{'what':<{width}}  seconds  target")
    for what, seconds, target in lines:
        print(f"{what:<{width}}  {seconds:7.3f}  {target}")


if __name__ == "__main__":
    main()
