"""What every lens's parameters have in common: frozen, closed, explained once for reader, command line and form."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class LensParams(BaseModel):
    """Base of the parameters of a lens: choices of the analyst, never facts about the world."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
