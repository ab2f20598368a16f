"""Scenarios as TOML files, and the JSON Schema that describes them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping

import tomli_w
from pydantic import TypeAdapter, ValidationError

from multivector.errors import WrongRequest
from multivector.scenario.shocks import Scenario


def read_scenario(text: str) -> Scenario:
    """A scenario from TOML text.

    Raises:
        WrongRequest: the text is no TOML, or names an unknown shock, field or value.
    """
    try:
        return Scenario.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise WrongRequest(f"scenario is not TOML: {error}") from error
    except ValidationError as error:
        raise WrongRequest(_first_problem(error)) from error


def write_scenario(scenario: Scenario) -> str:
    """The scenario as TOML text: keys sorted, defaults left out; `read_scenario` gives the same scenario back."""
    data = scenario.model_dump(exclude_defaults=True)
    data["shocks"] = [{"kind": shock.kind, **shock.model_dump(exclude_defaults=True)} for shock in scenario.shocks]
    return tomli_w.dumps(_sorted(data))


def scenario_schema() -> str:
    """The JSON Schema of a scenario file."""
    return json.dumps(TypeAdapter(Scenario).json_schema(), indent=1, sort_keys=True)


def _sorted(data: Mapping[str, object]) -> dict[str, object]:
    """Scalars first, then the list of shocks: the order TOML needs to be read by a person."""
    shocks = data["shocks"]
    plain = {key: data[key] for key in sorted(data) if key != "shocks"}
    if not isinstance(shocks, list):
        raise WrongRequest("a scenario lists its shocks")
    return {**plain, "shocks": [dict(sorted(shock.items())) for shock in shocks]}


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    more = f" ({error.error_count()} problems in all)" if error.error_count() > 1 else ""
    return f"scenario: {place}: {first['msg'].lower()}, got {str(first['input'])[:60]!r}{more}"
