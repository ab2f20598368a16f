"""Which errors the library raises on purpose.

MultivectorError
├── WrongWorld       a table, row or file breaks the schema or contradicts another row
├── UnknownName      a name nobody in the world answers to; carries the closest known ones
├── NoAnswer         the rows do not determine an answer, or a solver could not certify one
│   ├── InfeasibleFlow   a network cannot carry what must be delivered; carries the cut and what is short
│   ├── NotIdentified    a gravity equation asks more than its rows determine (in models.ppml); also a ValueError
│   └── NotCertified     an equilibrium was not found within the tolerance; carries the best attempt and its residual
└── WrongRequest     parameters, a scenario or a command line that make no sense
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivector.problems import Problem


class MultivectorError(Exception):
    """Base of every deliberate refusal; its text is one line that names value, rule and next step."""

    def __reduce__(self) -> tuple[Callable[..., MultivectorError], tuple[Any, ...]]:
        """What pickle needs to send a refusal between processes, whatever its class takes to be made."""
        return _restored, (type(self), self.args, self.__dict__)


class WrongWorld(MultivectorError):
    """Rows or files that break the schema; `problems` lists every one that was found."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class UnknownName(MultivectorError):
    """A name that the world does not hold."""

    def __init__(self, kind: str, name: str, *, known: Iterable[str], otherwise: str = "") -> None:
        """`otherwise`: the next step where no known name is close."""
        self.kind, self.name = kind, name
        self.nearest = nearest(name, known)
        hint = f"did you mean {' or '.join(self.nearest)}?" if self.nearest else otherwise
        super().__init__("; ".join(part for part in (f"unknown {kind} {name!r}", hint) if part))


class NoAnswer(MultivectorError):
    """The rows do not determine an answer, or a solver could not certify one."""


class InfeasibleFlow(NoAnswer):
    """What must be delivered does not fit through the network. `cut`: legs that bind; `short`: what they hold back."""

    def __init__(self, message: str, *, cut: tuple[int, ...], short: float) -> None:
        super().__init__(message)
        self.cut, self.short = cut, short


class NotCertified(NoAnswer, RuntimeError):
    """No equilibrium within the tolerance. `best`: the best attempt, never to be quoted; `residual`: how far off."""

    def __init__(self, message: str, *, best: object, residual: float) -> None:
        super().__init__(message)
        self.best, self.residual = best, residual


class WrongRequest(MultivectorError, ValueError):
    """Parameters, a scenario or a command line that make no sense."""


def _restored(kind: type[MultivectorError], args: tuple[object, ...], carried: dict[str, object]) -> MultivectorError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(carried)
    return error


def nearest(name: str, known: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """The closest known names, best first; case does not count."""
    by_fold: dict[str, str] = {}
    for candidate in sorted(set(known)):
        by_fold.setdefault(candidate.casefold(), candidate)
    wanted = name.casefold()
    close = difflib.get_close_matches(wanted, by_fold, n=4 * most, cutoff=0.6)
    best = sorted(close, key=lambda fold: _distance(wanted, fold))
    return tuple(by_fold[fold] for fold in best[:most])


def _distance(wanted: str, fold: str) -> tuple[bool, float, int]:
    """Letters swapped come first (KZA is KAZ), then the closest; of equals those that start alike (KAX is not LKA)."""
    ratio = difflib.SequenceMatcher(a=wanted, b=fold).ratio()
    return sorted(wanted) != sorted(fold), -ratio, -_alike(wanted, fold)


def _alike(one: str, other: str) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
