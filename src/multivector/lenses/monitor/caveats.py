"""What to know before quoting a figure of the monitor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from multivector.lenses.monitor.counts import Counts, by_year
from multivector.lenses.monitor.goods import Goods
from multivector.lenses.monitor.norms import Controls
from multivector.lenses.monitor.params import MonitorParams
from multivector.world import World

NO_GOODS = (
    "No HS6 rows: bring a Comtrade, BACI or Eurostat file (`multivector pull`, then --world). Until then nothing is "
    "said of any product."
)


def caveats(  # noqa: PLR0913, PLR0917 - everything that an answer is made of
    world: World,
    counts: Counts,
    controls: Controls,
    goods: Goods | None,
    tables: Mapping[str, pl.DataFrame],
    params: MonitorParams,
) -> Iterator[str]:
    """Flags first, then how the figures were made, then what is missing."""
    yield from _flagged(tables["mirror"])
    yield from _short(counts, tables["mirror"], params)
    yield from _valued(counts, params)
    yield from _normed(controls, tables, params)
    yield from _broke(tables["breaks"], params)
    yield from _named(goods, tables["products"])
    if world.day is not None:
        late = world.withheld("flows", pl.col("product") == "goods", pl.col("receiver").is_in(params.destinations))
        if late:
            yield f"{late} rows have no known publication date and are left out as of {world.day}."


def _flagged(mirror: pl.DataFrame) -> Iterator[str]:
    for row in mirror.filter(pl.col("flag").is_in(["broken", "partial"])).iter_rows(named=True):
        ratio = "unknown" if row["ratio"] is None else f"{row['ratio']:.1f}"
        yield (
            f"{row['importer']} {row['year']} is {' and '.join(row['flags'])}: {row['members']} of "
            f"{row['expected_members']} members, {row['months']} months, ratio {ratio}. It enters no total."
        )
    absent = mirror.filter(pl.col("flag") == "no mirror")["importer"].unique().sort()
    if len(absent):
        yield f"No count of {', '.join(absent)} as importer: the gap is unknown, not zero."


def _short(counts: Counts, mirror: pl.DataFrame, params: MonitorParams) -> Iterator[str]:
    """Members whose sales stand on one side only, and member-months without a row."""
    named = counts.imports.group_by("receiver").agg(pl.col("sender").unique())
    for receiver, senders in named.sort("receiver").iter_rows():
        silent = sorted(set(counts.exports.filter(pl.col("receiver") == receiver)["sender"]) - set(senders))
        if silent and receiver in set(mirror["importer"]):
            last = int(mirror.filter(pl.col("importer") == receiver)["year"].max())  # type: ignore[arg-type] # years
            of_these = pl.col("sender").is_in(silent) & (pl.col("receiver") == receiver)
            in_year = by_year(counts.exports.filter(of_these), ["sender", "receiver"]).filter(pl.col("year") == last)
            yield (
                f"The file of {receiver} never names {', '.join(silent)}: exports count these, imports do not, so the "
                f"gap is too large by what they sold ({in_year['amount'].sum():.1f} {params.currency} mn in {last})."
            )
        strange = sorted(set(senders) - set(counts.exports.filter(pl.col("receiver") == receiver)["sender"]))
        if strange and receiver in set(mirror["importer"]):
            yield (
                f"The file of {receiver} names {', '.join(strange)}, whose own sales have no row: imports count these, "
                "exports do not, so the gap is too small; the years that name them are flagged partial."
            )
    months = counts.exports.filter(pl.col("grain") == "month")
    expected = months["period_start"].n_unique() * months["receiver"].n_unique() * months["sender"].n_unique()
    if expected > months.height:
        yield (
            f"{expected - months.height} of {expected} months of a member and a destination have no row: unknown, and "
            "nothing is added for them, so sums are at least what is shown."
        )


def _valued(counts: Counts, params: MonitorParams) -> Iterator[str]:
    yield (
        f"Gaps take {params.margin:.0%} off imports for freight and insurance; the high end takes "
        f"{params.margin_high:.0%}. A gap is no proof: transit, timing, origin rules and errors make gaps too."
    )
    if counts.aggregates:
        yield (
            f"{counts.aggregates} rows of {params.exporter} as a whole stand beside its members' and are left out: "
            f"{len(counts.members)} members are added up here."
        )
    if counts.foreign:
        yield f"{counts.foreign} rows are not in {params.currency} and are left out: amounts are never converted."


def _normed(controls: Controls, tables: Mapping[str, pl.DataFrame], params: MonitorParams) -> Iterator[str]:
    if not controls.union_known:
        yield f"No member of {params.union} is known on {params.event}: no peer is kept out of the controls."
    names = ", ".join(controls.names)
    if not names:
        yield "No destination is left to make a norm: excess is unknown; name some with --controls."
        return
    rule = "" if params.controls else f" (peers outside {params.union})"
    yield (
        f"The norm is what {params.exporter} sold {names}{rule}. A control that is itself a way round makes the excess "
        "too small."
    )
    placebos = tables["excess"].filter((pl.col("role") == "placebo") & (pl.col("year") >= params.event.year))
    own = tables["excess"].filter((pl.col("role") == "pivot") & (pl.col("year") >= params.event.year))
    known = placebos.filter(pl.col("relative").is_not_null())
    if known.height and own["relative"].drop_nulls().len():
        far = known.sort(pl.col("relative").abs(), "receiver", descending=[True, False]).row(0, named=True)
        yield (
            f"Placebos, controls put in the pivot's place, depart by up to {abs(far['relative']):.0%} from their norm "
            f"({far['receiver']} {far['year']}, {far['months']} months): an excess no larger says nothing."
        )
    elif not known.height:
        yield "No placebo could be run: it takes two controls or more."


def _broke(breaks: pl.DataFrame, params: MonitorParams) -> Iterator[str]:
    early = breaks.filter(pl.col("before_event"))
    for row in early.iter_rows(named=True):
        yield (
            f"The break of {row['importer']} ({row['first_month']:%Y-%m}) comes before the sanctions "
            f"({params.event:%Y-%m}): something else moved it, and a break alone proves nothing."
        )
    if breaks["p_value"].drop_nulls().len():
        yield (
            f"p-values of breaks are from {params.draws} simulated series without trend or season, seed {params.seed}; "
            "a series that merely trends would show a break too."
        )
    for row in breaks.filter(pl.col("why").is_not_null()).iter_rows(named=True):
        yield f"No break is looked for in {row['importer']}: {row['why']}."


def _named(goods: Goods | None, products: pl.DataFrame) -> Iterator[str]:
    if goods is None:
        yield NO_GOODS
        return
    if goods.dropped:
        yield (
            f"{goods.dropped} HS6 rows are of another edition than {goods.edition} and are left out: editions are not "
            "mixed without a concordance."
        )
    odd = products.filter(pl.col("why").str.contains("a code of"))["code"].unique().sort()
    if len(odd):
        yield f"Not in {goods.edition}, so unknown and not zero: {', '.join(odd)}."
    yield ("Substitution is what could have gone round at most: nothing says that the same goods came in and went out.")
