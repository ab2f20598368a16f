"""Who there is: actors, groups and poles, memberships, offices, obligations, ties, and the sources of it all."""

from __future__ import annotations

from typing import get_args

import dataframely as dy
import polars as pl

from multivector.schema.base import ActorKind, Precision, SourceKind, Statement, number, one_of, words
from multivector.schema.units import UNITS


class Sources(dy.Schema):
    """Who made the statements: one record a publication."""

    source = dy.String(primary_key=True, regex=r"^[a-z0-9][a-z0-9-]*$", description="key that rows cite")
    producer = words("who publishes it")
    title = words("title as printed")
    version = words("edition or vintage", null=True)
    url = words("public address", null=True, most=500)
    license = words("terms of use, or 'facts cited' where only single figures are taken")
    accessed = dy.Date(nullable=True, description="day on which it was read")
    sha256 = dy.String(
        nullable=True, regex=r"^[0-9a-f]{64}$", description="hash of the received file, where one is kept"
    )
    kind = one_of(get_args(SourceKind), "what sort of source; sets the default rank")
    rank = dy.Int64(min=1, max=9, description="1 is believed first; a lens chooses by rank, then newest `published`")
    coverage_start = dy.Date(nullable=True, description="first day that the source covers; outside it: unknown")
    coverage_end = dy.Date(nullable=True, description="first day after the coverage")
    note = words("what to know before quoting it", null=True, most=900)


class Actors(Statement):
    """States, territories, organisations, regions and firms."""

    actor = words("ISO 3166-1 alpha-3 for states and territories; acronym for organisations; `firm:NAME`", most=60)
    name = words("English name")
    kind = one_of(get_args(ActorKind), "state, territory, organisation, region, firm or world")
    latitude = number("of a point inside the territory, degrees", null=True, least=-90, most=90)
    longitude = number("of a point inside the territory, degrees", null=True, least=-180, most=180)
    coverage = one_of(("complete", "partial"), "organisations: whether `memberships` holds every member", null=True)


class Groups(Statement):
    """Named sets of actors. A pole is a group; a user may draw others."""

    group = words("key of the group: `west`", most=60)
    label = words("name as shown")
    element = words("an actor, or an organisation standing for its members", names="actor", most=60)
    role = words("organisations: which role counts as being in the group", null=True, most=40)


class Memberships(Statement):
    """Who belongs to what, in which role, from when to when. `period` is the membership, half-open."""

    actor = words("member", names="actor", most=60)
    organisation = words("organisation", names="actor", most=60)
    role = words("member, observer, candidate, dialogue_partner, associate, party, signatory, suspended, withdrew …")
    precision = one_of(get_args(Precision), "of the start")


class Offices(Statement):
    """Who held which office. After `known_until` an office with no end is unknown, not unchanged."""

    actor = words("state, organisation or firm", names="actor", most=120)
    office = words("head_of_state, head_of_government, foreign_minister …")
    person = words("name in Latin letters")
    surname = words("family name", null=True)
    name_native = words("name in its own script", null=True)
    precision = one_of(get_args(Precision), "of the start")
    known_until = dy.Date(nullable=True, description="last day on which the holder was checked")


class Obligations(Statement):
    """What a treaty or a law binds whom to. `period` is the time in force; an empty start binds nobody."""

    instrument = words("treaty, agreement or regulation")
    organisation = words("organisation, state, or `bilateral`")
    article = words("article or clause", null=True)
    obligation = words("what must be done", most=900)
    kind = words("arrest_and_surrender, collective_defence, sanctions_regime …")
    binds = words("ISO3, `EU`, or a group by role read on the day asked, such as `ICC:party`; several joined by `;`")
    target = words("against or towards whom; several joined by `;`", null=True)
    precision = one_of(get_args(Precision), "of the start")


class Ties(Statement):
    """Dyadic, dated ties that are not flows: border, lease, ownership, language, guarantee."""

    a = words("first actor, or the holder of a directed tie", names="actor", most=120)
    b = words("second actor or object", most=200)
    kind = words("border, lease, ownership, arms_supplier, language, ethnic …")
    value = number("size of the tie", null=True)
    text = words("the tie in words, where it has no number", null=True)
    unit = one_of(tuple(UNITS), "unit of `value`")
    directed = dy.Bool(description="whether a and b may not be exchanged")

    @dy.rule()
    def value_or_text(cls) -> pl.Expr:  # noqa: N805
        """A tie says a number or a word."""
        return pl.col("value").is_not_null() | pl.col("text").is_not_null()
