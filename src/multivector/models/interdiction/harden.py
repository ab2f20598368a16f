"""Which protections or extensions, bought in advance, keep the worst attack that follows cheapest."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.errors import NoAnswer
from multivector.models.flow.network import NO_SIDE, Network, Side
from multivector.models.flow.program import TOLERANCE, Model
from multivector.models.interdiction.attacks import (
    SLACK,
    Threat,
    Worst,
    as_threat,
    limit_problems,
    number_problems,
    operator_model,
    past,
    respond,
    short_of,
)
from multivector.models.interdiction.defences import Options, as_options, buy, in_units, option_problems, worth
from multivector.models.interdiction.min_cost import needed, proven, sure, worst_attack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

_ASKED: Final = 4  # attacks of the pool that each set of options still open is tried on


@dataclass(frozen=True, slots=True)
class Hardening:
    """The best defence found. Costs are the operator's, per period, after everything that can be rerouted is.

    `value`: no attack on the defended network costs him more. `bound` <= value: no defence within the budget does
    better. `proven`: the two meet. `chosen`: positions of options, none of which can be spared; `worst`: groups, or
    legs without groups, of the worst attack that is left. `value_nothing`: as `value`, with nothing bought.
    """

    value: float
    bound: float
    chosen: tuple[int, ...]
    worst: tuple[int, ...]
    value_nothing: float
    proven: bool
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Game:
    """The attacker's game, what can be bought within `purse`, the loaded programme, and when time is up."""

    threat: Threat
    options: Options
    model: Model
    purse: float
    deadline: float


@dataclass(frozen=True, slots=True)
class _Branch:
    """Every defence that includes `chosen` and none of `barred`: none keeps the operator under `floor`."""

    chosen: frozenset[int]
    barred: frozenset[int]
    floor: float


@dataclass(slots=True)
class _Record:
    """The best defence so far, what it still has to fear, and the attacks met, the most useful first."""

    chosen: frozenset[int]
    worst: Worst
    pool: list[frozenset[int]]


def harden(  # noqa: PLR0913 - one argument an array of the game
    network: Network,
    *,
    capacity: FloatArray,
    cost: FloatArray,
    supply: FloatArray,
    harden_budget: float,
    attack_budget: float,
    attackable: BoolArray | None,
    attack_cost: FloatArray | None = None,
    group: IntArray | None = None,
    capacity_left: FloatArray | None = None,
    option_arc: IntArray,
    option_cost: FloatArray,
    option_protect: BoolArray,
    option_gain: FloatArray,
    option_index: IntArray | None = None,
    shortage_cost: FloatArray | float,
    surplus_cost: FloatArray | float,
    side: Side = NO_SIDE,
    side_gain: FloatArray | None = None,
    time_limit: float | None = None,
) -> Hardening:
    """The defence within `harden_budget` under which the worst attack within `attack_budget` costs least.

    Minimise over defences the maximum over attacks of the minimum over flows of cost: Brown, G., Carlyle, M., Salmerón,
    J. and Wood, K. (2006), Interfaces 36(6), 530-544, doi:10.1287/inte.1060.0252. Exact, depth first over defences: an
    attack that kills the best defence so far is answered only by an option worth something to the operator under it,
    and his prices bound what all options together are worth (derived here).

    Parameters:
        capacity, cost, supply, attackable, attack_cost, group, capacity_left, shortage_cost, surplus_cost, side: as in
            `interdict_min_cost`. attack_budget: its `budget`.
        harden_budget: what the defender can spend, in units of `option_cost`; sums within 1e-9 of it are within it.
        option_arc: (E,), the leg of each entry. An option that touches several legs has several entries.
        option_protect: (E,), whether the leg becomes immune. option_gain: (E,), what is added to its capacity, >= 0, in
            units of flow; a leg that is hit keeps `capacity_left` all the same, and several gains add up.
        option_index: (E,), the option that each entry belongs to; when None, entry e is option e.
        option_cost: (Q,), >= 0, cost of each option.
        side_gain: (Q, B), what each option adds to each shared limit, >= 0; nothing when None.
        time_limit: seconds after which the best defence so far is given, with `proven` False; no limit when None.

    Raises:
        WrongRequest: as `interdict_min_cost`; options of unequal lengths, on legs that do not exist, or that take away.
        NoAnswer: as `interdict_min_cost`.
    """
    began = perf_counter()
    options = as_options(
        limits=side.limit.size,
        price=option_cost,
        index=option_index,
        arc=option_arc,
        protect=option_protect,
        gain=option_gain,
        side_gain=side_gain,
    )
    threat = as_threat(
        network,
        capacity=capacity,
        cost=cost,
        supply=supply,
        budget=attack_budget,
        attackable=attackable,
        attack_cost=attack_cost,
        group=group,
        capacity_left=capacity_left,
        shortage_cost=shortage_cost,
        surplus_cost=surplus_cost,
        side=side,
        also=[
            *number_problems("harden_budget", harden_budget),
            *option_problems(options, legs=network.tail.size, limits=side.limit.size),
            *limit_problems(time_limit),
        ],
    )
    deadline = inf if time_limit is None else began + time_limit
    game = _Game(
        threat=threat,
        options=in_units(options, threat.units),
        model=operator_model(threat),
        purse=harden_budget * (1 + SLACK),
        deadline=deadline,
    )
    nothing = worst_attack(threat, game.model, deadline=deadline)
    record = _Record(chosen=frozenset(), worst=nothing, pool=[nothing.attack])
    open_floor = _search(game, record)
    _spare(game, record)
    return _answer(game, record, open_floor=open_floor, nothing=nothing, began=began)


def _search(game: _Game, record: _Record) -> float:
    """Fill the record; return the least floor of what was not searched, or passed over as no better."""
    everything = buy(game.threat, game.options, range(game.options.price.size))
    first = respond(game.model, everything, ()).objective  # no defence does better than all of it without an attack
    branches, passed = [_Branch(frozenset(), frozenset(), floor=first)], inf
    while branches and perf_counter() <= game.deadline:
        branch = branches.pop()
        if branch.floor >= short_of(sure(record.worst)):
            passed = min(passed, branch.floor)
            continue
        branches.extend(reversed(_children(game, branch, record)))
    return min([passed, *(branch.floor for branch in branches)])


def _children(game: _Game, branch: _Branch, record: _Record) -> list[_Branch]:
    """The branches that together hold every defence of this one which may be better, the likeliest first."""
    defended = buy(game.threat, game.options, branch.chosen)
    feared = _feared(game, defended, record, at=short_of(sure(record.worst)))
    if sure(feared) < short_of(sure(record.worst)):
        record.chosen, record.worst = branch.chosen, feared
    if feared.value < short_of(sure(record.worst)):  # only for want of time: no attack at hand kills it
        return [branch]
    answer = respond(game.model, defended, feared.attack)
    spare = game.purse - float(game.options.price[list(branch.chosen)].sum())
    is_free = game.options.price <= spare
    is_free[list(branch.chosen | branch.barred)] = False
    value_of = np.where(is_free, worth(defended, game.options, feared.attack, answer), 0.0)
    floor = max(branch.floor, answer.objective - _most(value_of, game.options.price, spare))
    if floor < short_of(sure(record.worst)):  # prices count every option as if it were alone: ask for all together
        bought = buy(game.threat, game.options, [*branch.chosen, *np.flatnonzero(is_free)])
        floor = max(floor, *(respond(game.model, bought, attack).objective for attack in record.pool[:_ASKED]))
    children, barred = [], branch.barred
    for option in np.argsort(-value_of, kind="stable")[: np.count_nonzero(value_of > 0)]:
        children.append(_Branch(branch.chosen | {int(option)}, barred, floor))
        barred |= {int(option)}
    return children


def _feared(game: _Game, defended: Threat, record: _Record, *, at: float) -> Worst:
    """An attack that costs `at` or more if there is one, from the pool if possible; else the worst attack."""
    for place, attack in enumerate(record.pool):
        value = respond(game.model, defended, attack).objective
        if value >= at:
            record.pool.insert(0, record.pool.pop(place))
            return Worst(attack=attack, value=value, bound=inf)
    found = worst_attack(defended, game.model, deadline=game.deadline, stop_at=at)
    if found.value < at and not proven(found) and perf_counter() <= game.deadline:
        raise NoAnswer("the worst attack on a defence could not be certified")
    record.pool.insert(0, found.attack)
    return found


def _most(value_of: FloatArray, price: FloatArray, spare: float) -> float:
    """The most that options can be worth together within `spare`, if they could be bought in parts."""
    wanted = np.flatnonzero(value_of > 0)
    free = wanted[price[wanted] == 0]
    paid = wanted[price[wanted] > 0]
    paid = paid[np.argsort(-value_of[paid] / price[paid], kind="stable")]
    before = np.concatenate([[0.0], np.cumsum(price[paid])[:-1]]) if paid.size else np.zeros(0)
    part = np.clip((spare - before) / price[paid], 0.0, 1.0)
    bought = part > 0
    return float(value_of[free].sum() + value_of[paid][bought] @ part[bought])


def _spare(game: _Game, record: _Record) -> None:
    """Take back what the best defence does not need, the dearest first."""
    for option in sorted(record.chosen, key=lambda option: (-game.options.price[option], option)):
        rest = record.chosen - {option}
        limit = past(sure(record.worst))
        found = _feared(game, buy(game.threat, game.options, rest), record, at=limit)
        if sure(found) < limit:
            record.chosen, record.worst = rest, found


def _answer(game: _Game, record: _Record, *, open_floor: float, nothing: Worst, began: float) -> Hardening:
    defended = buy(game.threat, game.options, record.chosen)
    worst = needed(defended, game.model, record.worst)
    money = game.threat.units.flow * game.threat.units.price
    value = sure(worst)
    bound = min(value, open_floor)
    return Hardening(
        value=value * money,
        bound=bound * money,
        chosen=tuple(sorted(record.chosen)),
        worst=tuple(sorted(worst.attack)),
        value_nothing=sure(nothing) * money,
        proven=bound >= value - TOLERANCE * (1.0 + abs(value)) and proven(worst),
        seconds=perf_counter() - began,
    )
