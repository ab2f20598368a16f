"""From issues.csv to the scales of open questions and the judged positions on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from multivector.sources.handover.base import Left, Row, Source, Taken, read_facts
from multivector.sources.handover.printed import Fact
from multivector.sources.handover.publications import ANNOTATOR, DEFINITIONS, OWN_DEFINITIONS, OWN_JUDGEMENTS

FILE: Final = "issues.csv"
DEFINED_SINCE: Final = "1991-12-26"  # a definition holds for the whole time the world covers
DEFINITION_NOTE: Final = "definition, not an observation"
_EVIDENCE_CUT_OFF: Final = "2023-11-22"
_CUT_OFF_NOTE: Final = "`published` is the cut-off of the evidence, not a print date: the annotator knew later events"
_ARTICLE_PATH: Final = re.compile(r"\s*\(articles/[^)]*\)")


def convert(folder: Path) -> Iterator[Taken | Left | Source]:
    """Every cell of the file: anchors define the scales, the rest are judgements."""
    for line, fact in enumerate(read_facts(folder / FILE), start=2):
        if fact["kind"] == "anchor":
            yield OWN_DEFINITIONS
            yield Taken(FILE, f"line {line}", "issues", _anchor_row(fact))
        else:
            yield OWN_JUDGEMENTS
            yield Taken(FILE, f"line {line}", "positions", _position_row(fact))


def _anchor_row(fact: Fact) -> Row:
    return {
        "issue": fact["issue"],
        "dimension": fact["dimension"],
        "anchor": fact["name"],
        "position": fact["value"],
        "period_start": None,
        "period_end": None,
        "status": "judged",
        "source": DEFINITIONS,
        "locator": None,
        "published": DEFINED_SINCE,
        "note": DEFINITION_NOTE,
    }


def _position_row(fact: Fact) -> Row:
    return {
        "issue": fact["issue"],
        "dimension": fact["dimension"],
        "kind": fact["kind"],
        "name": fact["name"],
        "field": fact["field"],
        "value": fact["value"],
        "low": fact["low"],
        "high": fact["high"],
        "rationale": fact["rationale"] or None,
        "evidence": _evidence(fact),
        "period_start": None,
        "period_end": None,
        "status": fact["status"],
        "source": ANNOTATOR,
        "locator": None,
        "published": _EVIDENCE_CUT_OFF,
        "note": _CUT_OFF_NOTE,
    }


def _evidence(fact: Fact) -> str | None:
    """Titles with their addresses; a path to the sample article is no address."""
    titles = [_ARTICLE_PATH.sub("", title).strip() for title in fact["source_titles"].split("|")]
    addresses = [address.strip() for address in fact["source_urls"].split("|")]
    padded = addresses + [""] * (len(titles) - len(addresses))
    cited = [
        f"{title} <{address}>" if address and not address.startswith("articles/") else title
        for title, address in zip(titles, padded, strict=False)
    ]
    return " | ".join(one for one in cited if one) or None
