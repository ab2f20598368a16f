"""Looking into a Vega-Lite spec."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def walk(value: object) -> Iterator[dict[str, Any]]:
    """Every object in a spec, outermost first."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)
