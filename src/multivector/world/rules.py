"""Which rules rows of a folder break: of their own table, of the names they use, and of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import dataframely as dy
import polars as pl

from multivector.errors import nearest
from multivector.problems import Problem
from multivector.schema import TABLES
from multivector.schema.units import UNITS
from multivector.world.cells import LINE

FILE: Final = "file"
KEYS: Final = {"actors": "actor", "legs": "leg", "places": "place"}  # one row a name: a folder's replaces the default's
_LARGEST_SUM_OF_SHARES: Final = 1.005  # five shares printed in whole percent may add to 1.005 by rounding alone
_SAYINGS: Final = {
    "nullability": "is empty: a value is required",
    "nan": "is not a number: leave the cell empty where nothing is reported",
    "inf": "is not finite",
    "min": "is below the least allowed",
    "max": "is above the most allowed",
    "min_length": "is empty",
    "check__characters": "is too long",
    "regex": "has the wrong form",
    "primary_key": "stands twice: the same statement of the same source",
}
_SELF_EVIDENT: Final = {  # of these a second value from the same source on the same day is a contradiction
    "flows": ("value", "decimals", "qualifier", "locator", "status", "list_rule"),
    "indicators": ("value", "text", "decimals", "qualifier", "locator", "status"),
}


def broken_declarations(table: str, rows: pl.DataFrame) -> Iterator[Problem]:
    """Every rule of the table's own declaration that a row breaks. `rows` carry `file` and `line`."""
    schema = _numbered(table)
    failure = schema.filter(rows).failure
    if not failure.counts():
        return
    details = failure.details()
    rules = [name for name in details.columns if name not in rows.columns]
    for row in details.iter_rows(named=True):
        for rule in rules:
            if row[rule] == "invalid":
                yield _declared_problem(table, rule, row)


@cache
def _numbered(table: str) -> type[dy.Schema]:
    """The table's schema with the place of each row, which dataframely would drop otherwise."""
    places = {LINE: dy.Int64(), FILE: dy.String()}
    return type(f"Numbered{TABLES[table].__name__}", (TABLES[table],), places)


def _declared_problem(table: str, rule: str, row: Mapping[str, object]) -> Problem:
    column, _, check = rule.partition("|")
    if not check and column != "primary_key":  # a rule over several columns: its docstring is the message
        return _joint_problem(table, column, row)
    if column == "primary_key":
        return Problem(str(row[FILE]), _line(row), "", _SAYINGS[column], "")
    allowed = (TABLES[table].columns()[column].metadata or {}).get("allowed", ())
    value = "" if row[column] is None else str(row[column])
    saying = _SAYINGS.get(check, f"is not allowed in {table}.{column}")
    return Problem(str(row[FILE]), _line(row), column, saying, value[:60], nearest(value, allowed))


def _line(row: Mapping[str, object]) -> int:
    line = row[LINE]
    return line if isinstance(line, int) else 0


def _joint_problem(table: str, rule: str, row: Mapping[str, object]) -> Problem:
    """A rule over several columns: its docstring is the message, their cells are the value."""
    for base in TABLES[table].__mro__:
        factory = base.__dict__.get(rule)
        if factory is not None:
            columns = sorted(factory.validation_fn(TABLES[table]).meta.root_names())
            column = "value" if "value" in columns else columns[0]
            cells = ", ".join(f"{name} {row[name]}" for name in columns)
            saying = f"breaks {rule}, which asks: {factory.validation_fn.__doc__}"
            return Problem(str(row[FILE]), _line(row), column, saying, cells)
    raise KeyError(rule)


def unknown_names(table: str, rows: pl.DataFrame, known: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """Every actor, source, leg or place that no row of the world introduces."""
    for column, declaration in TABLES[table].columns().items():
        metadata = declaration.metadata or {}
        if "names" not in metadata:
            continue
        kind = metadata["names"]
        split = pl.col(column).str.split(";") if metadata["many"] else pl.concat_list(column)
        named = rows.select(FILE, LINE, name=split).explode("name").drop_nulls("name")
        strangers = named.filter(~pl.col("name").is_in(list(known[kind])))
        for file, line, name in strangers.iter_rows():
            yield Problem(file, line, column, f"is no known {kind}", name[:60], _nearest(name[:60], known[kind]))


_nearest = cache(nearest)  # the same stranger stands on many lines


def contradictions(table: str, rows: pl.DataFrame, held: pl.DataFrame | None = None) -> Iterator[Problem]:
    """Two different values for one quantity from one source on one day: a source may not contradict itself.

    `held`: rows of the world below, of the same table; a file may not contradict them either.
    """
    if table not in _SELF_EVIDENT:
        return
    marked = [] if held is None else [held.with_columns(pl.lit("").alias(FILE), pl.lit(0, pl.Int64).alias(LINE))]
    measured = _in_base_units(pl.concat([rows, *(below.select(rows.columns) for below in marked)]))
    says = [column for column in ("amount", "text") if column in measured.columns]
    free = {*_SELF_EVIDENT[table], "id", "note", "unit", "amount", LINE, FILE}
    key = [column for column in measured.columns if column not in free]
    differ = measured.with_columns(differ=pl.struct(says).n_unique().over(key))
    for row in differ.filter((pl.col("differ") > 1) & (pl.col(FILE) != "")).sort(FILE, LINE).iter_rows(named=True):
        rule = "contradicts another row of the same source, period and quantity"
        yield Problem(row[FILE], row[LINE], "value", rule, str(row["value"]))


def _in_base_units(rows: pl.DataFrame) -> pl.DataFrame:
    """With `amount` and `dimension`, so that 15.2 bn and 15.2 mn are seen to differ; unknown units stay themselves."""
    dimension = {name: unit.dimension for name, unit in UNITS.items()}
    factor = {name: unit.factor for name, unit in UNITS.items()}
    scale = pl.col("unit").replace_strict(factor, default=1.0, return_dtype=pl.Float64)
    return rows.with_columns(
        dimension=pl.col("unit").replace_strict(dimension, default=pl.col("unit"), return_dtype=pl.String),
        amount=(pl.col("value") * scale).round_sig_figs(12),  # 16.1 bn and 16,100 mn are one figure
    )


def doubled_keys(table: str, rows: pl.DataFrame) -> Iterator[Problem]:
    """A name introduced twice in one folder: rows that join to it would be doubled."""
    key = KEYS.get(table)
    if key is not None:
        for row in rows.filter(pl.col(key).is_duplicated()).iter_rows(named=True):
            yield Problem(row[FILE], row[LINE], key, "is introduced twice", str(row[key]))


def oversized_lists(rows: pl.DataFrame) -> Iterator[Problem]:
    """Shares of one list that add to more than the whole."""
    for side, measure in (("sender", "share_of_sender"), ("receiver", "share_of_receiver")):
        key = [side, "channel", "product", "scope", "basis", "period_start", "period_end", "source", "published"]
        # a route's or territory's share overlaps others: only lists of partners must add to one
        listed = rows.filter((pl.col("measure") == measure) & pl.col("via").is_null())
        sums = listed.group_by(key).agg(pl.col("value").sum(), pl.col(FILE).first(), pl.col(LINE).min())
        for row in sums.filter(pl.col("value") > _LARGEST_SUM_OF_SHARES).sort(FILE, LINE).iter_rows(named=True):
            rule = f"shares of {row[side]} in {row['product']} add to more than 1 in one list"
            yield Problem(row[FILE], row[LINE], "value", rule, f"{row['value']:.3f}")
