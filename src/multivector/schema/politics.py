"""What was done, said, voted and wanted: policies, events, votes, issues and judged positions."""

from __future__ import annotations

from typing import get_args

import dataframely as dy
import polars as pl

from multivector.schema.base import Precision, Statement, number, one_of, words
from multivector.schema.units import UNITS


class Policies(Statement):
    """A tariff, a ban, a sanction: who, against whom, on what."""

    by = words("who decides", names="actor", many=True)
    on = words("whom it is aimed at", names="actor", many=True)
    kind = words("export_ban, import_ban, sanction, tariff, suspension …")
    product = words("what it covers", null=True)
    level = number("height, in `unit`", null=True)
    unit = one_of(tuple(UNITS), "unit of `level`")
    text = words("the policy in words", null=True, most=900)


class Events(Statement):
    """Visits, summits, treaties, attacks, statements, measures, studies: something that happened or was said."""

    kind = words("visit, summit, meeting, treaty, membership, security, attack, statement, claim, denial, study …")
    actors = words("states and organisations that took part, or on whose behalf it was said; joined by `;`", null=True)
    people = words("persons named, joined by `;`", null=True)
    organisation = words("frame of the event", null=True)
    place = words("where", null=True)
    what = words("what happened or was said", most=900)
    value = number("figure that the event states, in `unit`", null=True)
    unit = one_of(tuple(UNITS), "unit of `value`; `words` where there is none")
    precision = one_of(get_args(Precision), "of the period")
    related = words("keys of statements it answers, joined by `;`", null=True)


class Votes(Statement):
    """How a state voted on a resolution."""

    actor = words("voter", names="actor", most=60)
    resolution = words("resolution or motion")
    vote = one_of(("yes", "no", "abstain", "absent"), "the vote")
    topic = words("what it was about", null=True)


class Issues(Statement):
    """Scales on which an open question is placed, with their anchors."""

    issue = words("key of the issue")
    dimension = words("scale within the issue")
    anchor = words("what the position means")
    position = number("place on the scale, 0 to 100", least=0, most=100)


class Positions(Statement):
    """Where actors and options stand on an issue, how much they care and can do: judged, with a range."""

    issue = words("key of the issue")
    dimension = words("scale within the issue")
    kind = one_of(("actor", "option"), "who or what is placed")
    name = words("name of the actor or option")
    field = one_of(("position", "salience", "capability"), "what is judged")
    value = number("0 to 100; capability relative to the strongest actor of the issue", least=0, most=100)
    low = number("low end of the annotator's plausible range", least=0, most=100)
    high = number("high end of the annotator's plausible range", least=0, most=100)
    rationale = words("why", null=True, most=900)
    evidence = words("titles and addresses that support the rationale", null=True, most=2_000)

    @dy.rule()
    def value_in_range(cls) -> pl.Expr:  # noqa: N805
        """Low ≤ value ≤ high."""
        return (pl.col("low") <= pl.col("value")) & (pl.col("value") <= pl.col("high"))
