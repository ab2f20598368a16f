"""What to know before quoting a figure of the trade lens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from multivector.lenses.trade.policies import Policies
from multivector.lenses.trade.solving import Solved
from multivector.lenses.trade.study import Study
from multivector.lenses.trade.table import Tables

_FEW: Final = 6
_BROKEN_SERIES: Final = 0.1  # of the next year's exports: less than this in a year before is a break, not a boom
_EXTREME: Final = 30.0  # trade elasticity above which a set says that varieties hardly differ


def caveats(study: Study, policies: Policies) -> Iterator[str]:
    """Assumptions, gaps and doubts, most important first."""
    tables, params = study.tables, study.params
    yield (
        "A model's answer, not a forecast: wages and prices have adjusted, factories and labour stay in their country, "
        "trade that stops stops whole (goods and services) and at once; no money, no panic, no smuggling."
    )
    yield (
        f"Each range spans {len(tables.thetas)} published sets of elasticities ({', '.join(tables.thetas)}) and both "
        f"rules for deficits; the value is the median over the sets under the {params.closure} rule."
    )
    yield from _resolution(tables)
    yield from _absent(study, policies)
    if study.uncovered:
        yield f"Not covered by the table, and not zero: {'; '.join(study.uncovered)}."
    yield from _uncertified(study.solved)
    yield from _breaks(study)
    yield from _implausible(study.solved)
    yield from _extremes(tables)
    if tables.without_tariff:
        yield f"{tables.without_tariff} of {tables.cells} cells state no tariff and are solved without one."
    if not params.tariffs:
        yield "Tariffs of the table are left out (--no-tariffs)."
    for one in policies.left[:_FEW]:
        yield f"Not applied: {one}."
    if len(policies.left) > _FEW:
        yield f"Not applied: {len(policies.left) - _FEW} more policies."


def _resolution(tables: Tables) -> Iterator[str]:
    if tables.resolution == "groups8":
        yield "Eight sector groups hide up to 43 % of a loss: use regions28 for any figure that is quoted."
    yield (
        f"The input-output table ends in {tables.years[-1].year}; it re-allocates trade to where value is added, so "
        "its shares differ from customs figures; tariffs are mapped from products to sectors."
    )


def _absent(study: Study, policies: Policies) -> Iterator[str]:
    """Parties that are counted in part, each once."""
    stopped = (party for stop in (*study.stops, *study.pairs) for party in (stop.first, stop.second))
    stated = (party for one in policies.measures for party in (one.by, one.on))
    missing = {party.label: party.absent for party in (*stopped, *stated) if party.absent and party.places}
    for label, absent in missing.items():
        yield f"{label} is counted without {', '.join(absent)}: the table has no economy of their own for them."
    yield f"Members of poles and organisations are those of the end of {study.tables.newest}, in every year."


def _uncertified(solved: Sequence[Solved]) -> Iterator[str]:
    missed = [one for one in solved if not one.certified]
    if missed:
        said = ", ".join(sorted({f"{one.name} {one.year} {one.set} {one.closure}" for one in missed})[:_FEW])
        yield f"No solution found for {len(missed)} of {len(solved)} counterfactuals, which no range holds: {said}."


def _breaks(study: Study) -> Iterator[str]:
    """A jump of trade in goods from one year of the table to the next that no trade makes: the series was mended."""
    tables = study.tables
    pivot = tables.place(study.params.pivot)
    goods = [place for place, sector in enumerate(tables.sectors) if sector not in {"SERVICES", "SRV"}]
    for stop in study.stops:
        others = list(stop.second.places)
        for said in ("sold to", "bought from"):
            cells = np.ix_([pivot], others, goods) if said == "sold to" else np.ix_(others, [pivot], goods)
            amounts = [float(year.flows[cells].sum()) for year in tables.years]
            for place in range(len(amounts) - 1):
                if amounts[place] < _BROKEN_SERIES * amounts[place + 1]:
                    early, late = tables.years[place], tables.years[place + 1]
                    yield (
                        f"Break in the table: goods {said} {stop.second.label} are USD {amounts[place] / 1e3:.2f} bn "
                        f"in {early.year} and {amounts[place + 1] / 1e3:.1f} bn in {late.year}; start trends in "
                        f"{late.year}."
                    )


def _implausible(solved: Sequence[Solved]) -> Iterator[str]:
    most = max((float(np.abs(one.welfare - 1.0).max()) for one in solved if one.certified), default=0.0)
    if most > 1.0:
        yield (
            f"A real income changes by {most:.0%} somewhere: the model was made for changes far smaller, and says "
            "nothing of use about this one."
        )


def _extremes(tables: Tables) -> Iterator[str]:
    for name, theta in tables.thetas.items():
        if float(theta.max()) > _EXTREME:
            sector = tables.sectors[int(theta.argmax())]
            yield f"Set {name} has an elasticity of {theta.max():.1f} for {sector}; it is kept as published."
