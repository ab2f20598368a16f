"""The short lists beside the large tables: sectors of the input-output tables, elasticities, controlled goods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from multivector.sources.handover.base import Left, Row, Source, Taken, press_source, read_facts

_SECTORS_FILE: Final = "icio_aggregate_map.csv"
_PRODUCTS_FILE: Final = "chpl_hs6_tiers.csv"
_ELASTICITY_FILES: Final = {"icio_elasticities.csv": "groups8", "icio_elasticities28.csv": "regions28"}
_PARAMETERS: Final = ("theta", "theta_min", "theta_max", "theta_harmonic", "sigma")
_PAPERS: Final = {  # set of estimates: year in which its paper came out, and where to read it
    "IS": ("", ""),
    "U4": ("2014", ""),
    "CP": ("2015", "https://doi.org/10.1093/restud/rdu035"),
    "BSY": ("2021", ""),
    "GYY": ("2021", ""),
    "Shap": ("2016", ""),
    "FGO": ("2022", ""),
    "LL": ("2023", ""),
}
_REGION_RESOLUTIONS: Final = ("regions28", "groups8")  # the regions are the same at both
_ICIO: Final = "oecd-icio"
_CHPL: Final = Source(
    source="common-high-priority-list",
    producer="US BIS with EU, UK, Japan",
    title="Common High Priority List",
    url="https://bis.gov/node/6280",
    license="public domain (US government work)",
    kind="official",
    version="2024-02-23",
    note="descriptions are shortened",
)


def convert_lists(folder: Path) -> Iterator[Taken | Left | Source]:
    """The rows of `sectors`, `elasticities` and `products`."""
    for given in read_facts(folder / _SECTORS_FILE):
        yield from _sectors(given)
    for file, resolution in _ELASTICITY_FILES.items():
        yield from _elasticities(folder, file, resolution)
    yield _CHPL
    for given in read_facts(folder / _PRODUCTS_FILE):
        yield Taken(_PRODUCTS_FILE, given["hs6"], "products", _product(given))


def _tail(source: str, *, status: str, published: str, note: str) -> Row:
    return {
        "period_start": None,
        "period_end": None,
        "status": status,
        "source": source,
        "locator": None,
        "published": published or None,
        "note": note or None,
    }


def _sectors(given: Mapping[str, str]) -> Iterator[Taken]:
    resolutions = _REGION_RESOLUTIONS if given["kind"] == "region" else ("groups8",)
    for resolution in resolutions:
        row: Row = {
            "resolution": resolution,
            "kind": given["kind"],
            "code": given["code"],
            "members": given["members"],
        }
        tail = _tail(_ICIO, status="derived", published="", note="")
        yield Taken(_SECTORS_FILE, f"{given['kind']} {given['code']}", "sectors", row | tail)


def _elasticities(folder: Path, file: str, resolution: str) -> Iterator[Taken | Source]:
    known: set[str] = set()
    for given in read_facts(folder / file):
        published, url = _PAPERS[given["set"]]
        source = press_source(given["source"], url, kind="study")
        if source.source not in known:
            known.add(source.source)
            yield source
        for parameter in _PARAMETERS:
            if given.get(parameter):
                row = _elasticity(given, parameter, resolution)
                # a printed theta of the paper's own sector is what it estimates; all else is worked out from it
                status = "observed" if resolution == "regions28" and parameter == "theta" else "derived"
                tail = _tail(source.source, status=status, published=published, note="")
                yield Taken(file, f"{given['sector']} {given['set']}", "elasticities", row | tail)


def _elasticity(given: Mapping[str, str], parameter: str, resolution: str) -> Row:
    return {
        "resolution": resolution,
        "sector": given["sector"],
        "set": given["set"],
        "parameter": parameter,
        "value": float(given[parameter]),
    }


def _product(given: Mapping[str, str]) -> Row:
    row: Row = {
        "system": given["hs_edition"],
        "code": given["hs6"],
        "list": _CHPL.title,
        "tier": given["tier"],
        "description": given["description"],
    }
    return row | _tail(_CHPL.source, status="observed", published=given["list_version"], note=given["tier_meaning"])
