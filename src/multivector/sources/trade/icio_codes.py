"""Which labels an inter-country input-output table carries, and what each edition's codes stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

REST: Final = "ROW"
SERVICES: Final = "SERVICES"  # every industry of ISIC Rev. 4 sections D to T in one
# the 27 goods industries of the 2025 edition: ISIC Rev. 4 sections A to C
GOODS: Final = (
    "A01", "A02", "A03", "B05", "B06", "B07", "B08", "B09", "C10T12", "C13T15", "C16", "C17_18", "C19", "C20", "C21",
    "C22", "C23", "C24A", "C24B", "C25", "C26", "C27", "C28", "C29", "C301", "C302T309", "C31T33",
)  # fmt: skip
SECTORS: Final = (*GOODS, SERVICES)
SERVICE_INDUSTRIES: Final = (
    "D", "E", "F", "G", "H49", "H50", "H51", "H52", "H53", "I", "J58T60", "J61", "J62_63", "K", "L", "M", "N", "O",
    "P", "Q", "R", "S", "T",
)  # fmt: skip
# industries of the editions of 2021 to 2023, each of which the edition of 2025 splits in two
_MERGED: Final = ("A01_02", "B05_06", "B07_08", "C24", "C30")
FINAL_USES: Final = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR", "NONRES")
OUTPUT: Final = ("OUT", "OUTPUT")
# rows under the industries: taxes less subsidies, value added, output
PRIMARY_ROWS: Final = ("TLS", "TAXSUB", "VA", "VALU", *OUTPUT)
# firms that process for export and all others, told apart in the extended tables
SPLIT: Final = {
    "MX1": "MEX", "MX2": "MEX", "CN1": "CHN", "CN2": "CHN", "CN3": "CHN", "CN4": "CHN",
}  # fmt: skip
_LABEL: Final = re.compile(r"([A-Z][A-Z0-9]{2})_([A-Z][A-Z0-9_]*)")
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
ELASTICITIES_OF: Final = {"icio81": "regions28", "regions28": "regions28", "groups8": "groups8"}


@dataclass(frozen=True, slots=True)
class Label:
    """The economy, split ones put together, and the industry or final use of a row or column."""

    economy: str
    item: str


def label(printed: str) -> Label | None:
    """What a row or column is about; None where it is no `CCC_ITEM`."""
    parts = _LABEL.fullmatch(printed)
    return Label(SPLIT.get(parts[1], parts[1]), parts[2]) if parts else None


def is_industry(item: str) -> bool:
    """Whether the code is one of the industries of the editions of 2021 to 2025."""
    return item in GOODS or item in SERVICE_INDUSTRIES or item in _MERGED


def is_primary(printed: str) -> bool:
    """Whether a row lies under the industries: taxes, value added, output, of all or of one economy."""
    item = printed.rpartition("_")[2]
    return printed in PRIMARY_ROWS or item in PRIMARY_ROWS


def sector(industry: str) -> str:
    """The sector that an industry counts to: itself, or services."""
    return SERVICES if industry in SERVICE_INDUSTRIES else industry


def year_in(name: str) -> int | None:
    """The last year in a file's name: 2022 of `2022_SML.csv`, 2020 of `ICIO2023_2020.csv`."""
    years = _YEAR.findall(name)
    return int(years[-1]) if years else None


def edition(sectors: tuple[str, ...]) -> str:
    """Which edition has these industries, as far as the codes tell."""
    if set(sectors) == set(SECTORS):
        return "2025 edition, by its codes (50 industries)"
    return "edition of 2021 to 2023, by its codes (45 industries)"
