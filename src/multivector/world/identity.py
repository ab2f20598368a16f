"""How a row gets its id: a hash of what it says, so that the same statement has the same id in every world."""

from __future__ import annotations

import hashlib

import polars as pl

from multivector.schema import content_columns

_HEX_DIGITS = 14  # 56 bits: one clash in 1,400 worlds of 10 million rows
_UNIT_SEPARATOR = "\x1f"


def identify(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their `id` in front: a BLAKE2b hash of table name and content, the note left out."""
    if rows.is_empty():
        return rows.with_columns(id=pl.lit(None, dtype=pl.String)).select("id", pl.exclude("id"))
    canonical = rows.select(_as_text(name, rows) for name in content_columns(table))
    joined = canonical.select(pl.concat_str(pl.all(), separator=_UNIT_SEPARATOR)).to_series()
    ids = [f"{table}.{_digest(f'{table}{_UNIT_SEPARATOR}{content}')}" for content in joined]
    return rows.with_columns(id=pl.Series(ids, dtype=pl.String)).select("id", pl.exclude("id"))


def _as_text(name: str, rows: pl.DataFrame) -> pl.Series | pl.Expr:
    # repr is the shortest text that reads back as the same float, in every version of Python
    if rows.schema[name] == pl.Float64:
        return pl.Series(name, ["\x00" if value is None else repr(value) for value in rows[name]])
    return pl.coalesce(pl.col(name).cast(pl.String), pl.lit("\x00")).alias(name)


def _digest(content: str) -> str:
    return hashlib.blake2b(content.encode(), digest_size=_HEX_DIGITS // 2).hexdigest()
