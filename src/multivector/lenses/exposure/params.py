"""The choices an analyst makes when asking what a state hangs on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from multivector.params import LensParams

ActorCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class ExposureParams(LensParams):
    """Parameters of the exposure lens."""

    pivot: ActorCode = Field(description="state under study, ISO 3166-1 alpha-3")
    year: int | None = Field(
        default=None, ge=1992, le=2100, description="calendar year; left out: the latest period of each measure"
    )
    since: int | None = Field(
        default=None, ge=1992, le=2100, description="first year of the trend; left out: the earliest within six years"
    )
    poles: tuple[Name, ...] = Field(
        default=("russia", "china", "west", "turkic"), description="groups the state balances between"
    )
    channels: tuple[Name, ...] = Field(default=(), description="channels to report; left out: all nine")
    measures: tuple[Name, ...] = Field(default=(), description="measures to report; left out: all")
    about: float = Field(
        default=0.1, ge=0, le=0.5, description="half-width of a figure printed as 'about', fraction of it"
    )
    slack: float = Field(
        default=0.01, ge=0, le=0.1, description="share left unaccounted for below which the listed sum is the value"
    )
    dark_share: float = Field(
        default=0.1, gt=0, le=1, description="share from which a partner that drops out of a list counts as gone dark"
    )
    big_exporter: float = Field(
        default=0.005, gt=0, le=1, description="share of world trade from which an absent partner counts as gone dark"
    )
    gdp_limit: float = Field(
        default=1.0, gt=0, description="a flow above this multiple of the partner's GDP is flagged as implausible"
    )
    veto: float = Field(default=0.05, ge=0, le=1, description="mean share from which a pole counts as able to hurt")
    draws: int = Field(default=2000, ge=100, le=100_000, description="draws for the interval of the offset")
    seed: int = Field(default=1, ge=0, description="seed of those draws")

    @field_validator("poles")
    @classmethod
    def _distinct(cls, poles: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(poles)) < len(poles) or not poles:
            raise ValueError("poles must be named, each once")
        return poles
