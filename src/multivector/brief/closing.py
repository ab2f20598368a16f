"""The last sections: what is unknown and what would fill it, the assumptions, the sources, how to reproduce."""

from __future__ import annotations

from typing import Final

import polars as pl

from multivector.brief.content import Commands, Table, Words
from multivector.brief.figures import Desk, Part, part
from multivector.lenses.exposure.measures import BY_KEY

_UNKNOWN: Final = "unknowns"
_ASSUMPTIONS: Final = "assumptions"


def unknown_part(desk: Desk) -> Part:
    """Measures that no row speaks of, what would fill them, and every caveat of the lens."""
    spoken = {measure for measure, facts in desk.table("balance").select("measure", "facts").iter_rows() if len(facts)}
    asked = desk.table("balance")["measure"].unique(maintain_order=True)
    silent = [BY_KEY[measure] for measure in asked if measure not in spoken]
    gaps = Table(
        headings=("not in this world", "what would fill it"),
        rows=tuple(((f"{rule.channel}: {rule.label}",), (rule.fills,)) for rule in silent),
    )
    finding = (
        f"{_measures(len(silent))} no row; what would fill the gap is said beside"
        if silent
        else "Every measure has at least one row; what the rows leave open is said beside each figure"
    )
    return part(
        _UNKNOWN,
        "What is not known?",
        (finding,),
        side="Add rows to a folder, check them with `multivector check my-world/`, open them with `--world my-world/`.",
        blocks=(*((gaps,) if silent else ()), Words(items=tuple(desk.result.caveats))),
        figures=(),
    )


def assumption_part(desk: Desk) -> Part:
    """Every parameter with its value and meaning, drawn from its declaration, and the commands behind the page."""
    rows = []
    for name, field in type(desk.params).model_fields.items():
        value = getattr(desk.params, name)
        said = "as described" if value is None or value == () else _said(value)
        rows.append(((name.replace("_", "-"),), (said,), (field.description or "",)))
    commands = Commands(
        items=(
            ("this page", f"multivector brief {desk.params.pivot}{desk.options} --html brief.html"),
            ("the same numbers", f"multivector brief {desk.params.pivot}{desk.options} --json"),
            ("the lens behind it", f"multivector exposure {desk.params.pivot}{desk.options} --json"),
            ("the rows behind it", f"multivector facts --about {desk.params.pivot}{desk.options}"),
        )
    )
    return part(
        _ASSUMPTIONS,
        "What was assumed, and how is it reproduced?",
        ("Choices of the analyst, each of which can be changed",),
        side="Facts are rows; choices are parameters. A scenario edits rows, an option changes a choice.",
        blocks=(
            Table(headings=("parameter", "value", "meaning"), rows=tuple(rows), caption="Inputs, not results."),
            commands,
        ),
        figures=(),
    )


def _measures(count: int) -> str:
    return "One measure has" if count == 1 else f"{count} measures have"


def _said(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)


def source_table(desk: Desk, facts: pl.DataFrame) -> pl.DataFrame:
    """The sources of the rows behind the figures, with how many rows each gave and the newest publication day."""
    used = facts.group_by("source").agg(rows=pl.len(), published=pl.col("published").max())
    return (
        desk.world.scan("sources")
        .collect()
        .join(used, on="source", how="inner", validate="1:1")
        .sort("rank", "source")
        .select("source", "producer", "title", "url", "license", "kind", "rank", "rows", "published")
    )
