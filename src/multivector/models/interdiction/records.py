"""What the worst attack within a budget leaves of a network, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Interdiction:
    """The worst attack found, and a bound that no attack can pass; arrays are read-only.

    `value` is the operator's best result after the attack on `attacked`: the largest flow (an attacker wants it small)
    or the least cost (he wants it large). `bound` is on the attacker's side of `value`: bound <= value for a flow,
    bound >= value for a cost. `proven` says that the two meet within the tolerance that the model states; when it is
    False, the worst attack may be as bad as `bound`.

    `attacked` are positions of legs (or of groups, where groups are attacked), ascending. `flow`, (A,), is what each
    leg still carries; `cut`, (A,), marks the legs of the smallest cut after the attack: those that limit what arrives.
    `seconds` is wall time.
    """

    value: float
    bound: float
    attacked: tuple[int, ...]
    proven: bool
    flow: FloatArray
    cut: BoolArray
    seconds: float
