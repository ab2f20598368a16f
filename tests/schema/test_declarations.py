"""Every table and column is declared once, in words a user can read; units say what adds up with what."""

from __future__ import annotations

import dataframely as dy
import polars as pl
import pytest

from multivector.schema import CHANNELS, SOURCES, STATUSES, TABLES, Statement, column_names, content_columns
from multivector.schema.units import SHARE_MEASURES, UNITS

COLUMNS = [(table, name) for table, schema in TABLES.items() for name in schema.columns()]
STATED = [table for table in TABLES if table != SOURCES]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_says_what_it_holds(table: str) -> None:
    schema = TABLES[table]
    assert schema.__doc__
    assert schema.__doc__.endswith(".")
    assert table == table.lower()


@pytest.mark.parametrize(("table", "name"), COLUMNS)
def test_a_column_says_what_it_means(table: str, name: str) -> None:
    column = TABLES[table].columns()[name]
    assert column.description
    assert "\n" not in column.description
    if isinstance(column, dy.String):
        assert column.regex or column.check, "text without a bound"


@pytest.mark.parametrize("table", STATED)
def test_every_statement_says_who_where_and_when(table: str) -> None:
    assert set(Statement.columns()) <= set(TABLES[table].columns())
    assert TABLES[table].primary_key() == ["id"]


@pytest.mark.parametrize("table", TABLES)
def test_files_hold_every_column_but_the_id(table: str) -> None:
    names = column_names(table)
    assert len(set(names)) == len(names)
    assert set(names) == set(TABLES[table].columns()) - {"id"}


@pytest.mark.parametrize("table", STATED)
def test_ids_are_made_of_everything_but_the_note(table: str) -> None:
    names = content_columns(table)
    assert list(names) == sorted(names)
    assert set(names) == set(TABLES[table].columns()) - {"id", "note"}


def test_named_kinds_are_those_that_tables_introduce() -> None:
    kinds = {
        (column.metadata or {}).get("names", "") for schema in TABLES.values() for column in schema.columns().values()
    }
    assert kinds <= {"", "actor", "source", "leg", "place"}
    assert {"actor", "source", "leg", "place"} <= kinds


def test_defaults_are_allowed_words() -> None:
    for table, name in COLUMNS:
        metadata = TABLES[table].columns()[name].metadata or {}
        if "default" in metadata and "allowed" in metadata:
            assert metadata["default"] in metadata["allowed"], f"{table}.{name}"


@pytest.mark.parametrize("name", UNITS)
def test_units_have_a_dimension_and_a_factor(name: str) -> None:
    unit = UNITS[name]
    assert unit.dimension
    assert unit.factor > 0
    assert name == name.strip()


def test_units_of_one_dimension_convert() -> None:
    """The SI prefixes of money and mass; barrels a day."""
    expected = {
        ("USD bn", "USD mn"): 1e3,
        ("USD tn", "USD"): 1e12,
        ("KZT bn", "KZT th"): 1e6,
        ("Mt", "t"): 1e6,
        ("mb/d", "kb/d"): 1e3,
    }
    for (large, little), factor in expected.items():
        assert UNITS[large].dimension == UNITS[little].dimension
        assert UNITS[large].factor / UNITS[little].factor == pytest.approx(factor)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("USD bn", "EUR bn"),  # never by exchange rate
        ("USD bn", "USD2015 bn"),  # never by deflator
        ("Mt", "Mt/y"),  # an amount is no rate
        ("Mt/y", "Mt/month"),
        ("bcm", "bcm/y"),
        ("fraction", "relative change"),
        ("people", "students"),
        ("t", "tU"),
        ("USD/TEU", "USD/FEU"),
        ("USD bn", "USD bn/y"),
    ],
)
def test_unlike_things_never_add_up(one: str, other: str) -> None:
    assert UNITS[one].dimension != UNITS[other].dimension


def test_closed_sets() -> None:
    assert len(CHANNELS) == 9
    assert set(STATUSES) == {"observed", "derived", "plan", "forecast", "judged", "claim"}
    measure = TABLES["flows"].columns()["measure"].metadata
    assert measure is not None
    assert set(SHARE_MEASURES) <= set(measure["allowed"])


@pytest.mark.parametrize("table", TABLES)
def test_empty_tables_have_the_declared_types(table: str) -> None:
    empty = TABLES[table].create_empty()
    assert empty.height == 0
    assert set(empty.schema.values()) <= {pl.String(), pl.Float64(), pl.Int64(), pl.Date(), pl.Boolean()}
