"""What every lens's parameters have in common: frozen, closed, explained once for reader, command line and form."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator


class LensParams(BaseModel):
    """Base of the parameters of a lens: choices of the analyst, never facts about the world."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _lists_with_commas(cls, given: object) -> object:
        """`--poles russia,china` says the same as `--poles russia --poles china`."""
        if not isinstance(given, dict):
            return given
        return {name: _split(value) for name, value in given.items()}


def _split(value: object) -> object:
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return tuple(piece for one in value for piece in str(one).split(",") if piece)
    return value
