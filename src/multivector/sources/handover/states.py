"""From the facts on four states (kazakhstan.csv, states.csv) to flows, indicators, ties, policies, votes and events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from multivector.sources.handover.base import Left, Row, Source, Taken, read_facts
from multivector.sources.handover.printed import Fact
from multivector.sources.handover.publications import source_of
from multivector.sources.handover.states_flows import digits_of_lists, flow_row, is_flow
from multivector.sources.handover.states_other import (
    event_row,
    indicator_row,
    other_table,
    policy_row,
    tie_row,
    vote_row,
)

FILES: Final = ("kazakhstan.csv", "states.csv")
_ROWS: Final[dict[str, Callable[[Fact], Row]]] = {
    "indicators": indicator_row,
    "ties": tie_row,
    "policies": policy_row,
    "votes": vote_row,
    "events": event_row,
}


def convert(folder: Path) -> Iterator[Taken | Left | Source]:
    """Every fact of both files, each with the source that states it."""
    for file in FILES:
        facts = tuple(read_facts(folder / file))
        lists = digits_of_lists(facts)
        for fact in facts:
            table = "flows" if is_flow(fact) else other_table(fact["relation"])
            if table is None:
                yield Left(file, fact["fact_id"], f"no table holds the relation {fact['relation']!r}")
                continue
            row = flow_row(fact, lists) if table == "flows" else _ROWS[table](fact)
            yield source_of(fact)
            yield Taken(file, fact["fact_id"], table, row)
