"""How much more the exporter sold a destination than the norm allows, beside placebos that ought to show nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from multivector.lenses.monitor.params import MonitorParams
from multivector.lenses.monitor.series import Months, month_ends
from multivector.models.mirror import did, excess
from multivector.world import World
from multivector.world.poles import read_roll

FEWEST_CLUSTERS: Final = 10  # an error clustered over fewer destinations is too small to print


@dataclass(frozen=True, slots=True)
class Trial:
    """A destination set against controls. `role`: pivot, peer, target, or placebo (a control in the pivot's place)."""

    receiver: str
    role: str
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """A trial with its monthly norm and excess, million; None where the rows do not determine one, with the reason.

    `facts`: the rows of each month, of the destination and its controls. `base_facts`: those of the base, which the
    norm of every month reads; none where there is no norm.
    """

    trial: Trial
    first: tuple[dt.date, ...]
    norm: np.ndarray[Any, np.dtype[np.float64]] | None
    excess: np.ndarray[Any, np.dtype[np.float64]] | None
    amounts: np.ndarray[Any, np.dtype[np.float64]]
    facts: tuple[tuple[str, ...], ...]
    base_facts: frozenset[str]
    why: str | None


@dataclass(frozen=True, slots=True)
class Controls:
    """Destinations that make the norm, and the memberships that kept others out. `union_known`: it had any member."""

    names: tuple[str, ...]
    facts: tuple[str, ...]
    union_known: bool


def controls_of(world: World, series: dict[str, Months], params: MonitorParams) -> Controls:
    """The controls given; else the peers with rows, outside the target's customs union when the sanctions began."""
    if params.controls:
        return Controls(params.controls, (), union_known=True)
    union = read_roll(world).members_on(params.event).get(params.union, {})
    left = {params.pivot, params.target, *union}
    names = tuple(one for one in params.peers if one not in left and one in series)
    kept_out = sorted(union[one] for one in (params.pivot, *params.peers) if one in union)
    return Controls(names, tuple(kept_out), union_known=bool(union))


def trials_of(controls: Controls, params: MonitorParams) -> tuple[Trial, ...]:
    """The pivot, peers and target against all controls; each placebo, and these always run, against the others."""
    placebos = params.placebos or controls.names
    roles = {params.pivot: "pivot", params.target: "target"}
    shown = dict.fromkeys((params.pivot, *params.peers, params.target))
    trials = [
        Trial(one, "pivot" if one == params.pivot else roles.get(one, "peer"), controls.names)
        for one in shown
        if one == params.pivot or one not in (*controls.names, *placebos)
    ]
    rest = [Trial(one, "placebo", tuple(c for c in controls.names if c != one)) for one in placebos]
    return (*trials, *rest)


def norms_of(series: dict[str, Months], trials: Sequence[Trial], params: MonitorParams) -> list[Norm]:
    """The norm of each trial over the months that the destination and all of its controls have rows for."""
    return [_norm(series, trial, params) for trial in trials if trial.receiver in series]


def _norm(series: dict[str, Months], trial: Trial, params: MonitorParams) -> Norm:
    own = series[trial.receiver]
    held = [series[one] for one in trial.controls if one in series]
    shared = [day for day in own.first if all(day in set(one.first) for one in held)]
    picked = [_picked(one, shared) for one in (own, *held)]
    amounts = picked[0].amounts
    facts = tuple(tuple(row for one in picked for row in one.facts[at]) for at in range(len(shared)))
    base = np.array([params.base_start <= day < params.base_end for day in shared], dtype=bool)
    why = _undefined(trial, held, picked, base)
    if why:
        return Norm(trial, tuple(shared), None, None, amounts, facts, frozenset(), why)
    control = np.sum([one.amounts for one in picked[1:]], axis=0)
    found = excess(amounts, control, base=base)
    based = frozenset(row for at in np.flatnonzero(base) for row in facts[at])
    return Norm(trial, tuple(shared), found.norm, found.excess, amounts, facts, based, None)


def _picked(one: Months, shared: Sequence[dt.date]) -> Months:
    at = [place for place, day in enumerate(one.first) if day in set(shared)]
    return Months(one.receiver, tuple(one.first[p] for p in at), one.amounts[at], tuple(one.facts[p] for p in at))


def _undefined(
    trial: Trial, held: Sequence[Months], picked: Sequence[Months], base: np.ndarray[Any, np.dtype[np.bool_]]
) -> str | None:
    if len(held) < len(trial.controls) or not trial.controls:
        absent = sorted(set(trial.controls) - {one.receiver for one in held})
        return f"no monthly rows of {', '.join(absent)}" if absent else "no control: name some with --controls"
    if not base.any():
        return "no month of the base has rows of all"
    control = np.sum([one.amounts for one in picked[1:]], axis=0)
    if picked[0].amounts[base].sum() == 0 or control[base].sum() == 0:
        return "nothing moved in the base: growth from zero is not defined"
    return None


def excess_table(norms: Sequence[Norm], params: MonitorParams) -> pl.DataFrame:
    """Norm and excess by destination and year; `months` says how much of the year has rows.

    A line names the rows of its year and, where it has a norm, those of the base.
    """
    lines = [line for one in norms for line in _years(one, params)]
    return pl.DataFrame(lines, schema=_excess_schema(params))


def _years(one: Norm, params: MonitorParams) -> list[dict[str, Any]]:
    lines = []
    for year in sorted({day.year for day in one.first}):
        at = [place for place, day in enumerate(one.first) if day.year == year]
        norm = None if one.norm is None else float(one.norm[at].sum())
        beyond = None if one.excess is None else float(one.excess[at].sum())
        lines.append(
            {
                "exporter": params.exporter,
                "receiver": one.trial.receiver,
                "role": one.trial.role,
                "controls": list(one.trial.controls),
                "year": year,
                "months": len(at),
                f"exports_{params.suffix}": float(one.amounts[at].sum()),
                f"norm_{params.suffix}": norm,
                f"excess_{params.suffix}": beyond,
                "relative": beyond / norm if beyond is not None and norm else None,
                "why": one.why,
                "facts": sorted({*one.base_facts, *(row for place in at for row in one.facts[place])}),
            }
        )
    return lines


def monthly_table(norms: Sequence[Norm], params: MonitorParams) -> pl.DataFrame:
    """Exports, norm and excess by destination and month.

    A line names the rows of its month. The thousands of the base, which its norm reads too, are named once a year: by
    the line of `excess_table` of the same destination, role and year.
    """
    lines = [
        {
            "exporter": params.exporter,
            "receiver": one.trial.receiver,
            "role": one.trial.role,
            "period_start": start,
            "period_end": end,
            f"exports_{params.suffix}": float(one.amounts[at]),
            f"norm_{params.suffix}": None if one.norm is None else float(one.norm[at]),
            f"excess_{params.suffix}": None if one.excess is None else float(one.excess[at]),
            "facts": sorted(one.facts[at]),
        }
        for one in norms
        for at, (start, end) in enumerate(zip(one.first, month_ends(one.first), strict=True))
    ]
    return pl.DataFrame(lines, schema=_monthly_schema(params))


def effect_lines(series: dict[str, Months], trials: Sequence[Trial], params: MonitorParams) -> list[dict[str, Any]]:
    """Differences in differences of logged monthly exports: each destination against its controls, placebos beside.

    With so few destinations no standard error means anything: it is left unknown, and the reader compares with the
    placebos.
    """
    lines = []
    for trial in trials:
        group = [series[one] for one in (trial.receiver, *trial.controls) if one in series]
        usable = len(group) == len(trial.controls) + 1 > 1 and all((one.amounts > 0).all() for one in group)
        days = [day for one in group for day in one.first]
        after = np.array([day >= params.event for day in days], dtype=bool)
        if not usable or after.all() or not after.any():
            continue
        found = did(
            np.log(np.concatenate([one.amounts for one in group])),
            unit=np.repeat(np.arange(len(group)), [len(one.first) for one in group]),
            period=np.array([day.toordinal() for day in days]),
            treated=np.repeat(np.arange(len(group)) == 0, [len(one.first) for one in group]),
            post=after,
        )
        lines.append(
            {
                "design": "destination against controls, all goods, log of monthly exports",
                "subject": trial.receiver,
                "role": trial.role,
                "controls": list(trial.controls),
                "log_effect": found.estimate,
                "relative": float(np.expm1(found.estimate)),
                "standard_error": found.standard_error if found.clusters >= FEWEST_CLUSTERS else None,
                "clusters": found.clusters,
                "observations": found.observations,
                "facts": sorted({row for one in group for row in one.rows}),
            }
        )
    return lines


EFFECTS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "design": pl.String,
    "subject": pl.String,
    "role": pl.String,
    "controls": pl.List(pl.String),
    "log_effect": pl.Float64,
    "relative": pl.Float64,
    "standard_error": pl.Float64,
    "clusters": pl.Int64,
    "observations": pl.Int64,
    "facts": pl.List(pl.String),
}


def _excess_schema(params: MonitorParams) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {
        "exporter": pl.String,
        "receiver": pl.String,
        "role": pl.String,
        "controls": pl.List(pl.String),
        "year": pl.Int32,
        "months": pl.Int64,
        f"exports_{params.suffix}": pl.Float64,
        f"norm_{params.suffix}": pl.Float64,
        f"excess_{params.suffix}": pl.Float64,
        "relative": pl.Float64,
        "why": pl.String,
        "facts": pl.List(pl.String),
    }


def _monthly_schema(params: MonitorParams) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {
        "exporter": pl.String,
        "receiver": pl.String,
        "role": pl.String,
        "period_start": pl.Date,
        "period_end": pl.Date,
        f"exports_{params.suffix}": pl.Float64,
        f"norm_{params.suffix}": pl.Float64,
        f"excess_{params.suffix}": pl.Float64,
        "facts": pl.List(pl.String),
    }
