"""The large tables: trade of every pair, GDP of every state, mirror trade with sanctioned neighbours, input-output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from multivector.schema import TABLES
from multivector.sources.handover.base import Left, Source, Taken
from multivector.sources.handover.lists import convert_lists
from multivector.world.identity import identify

BACI: Final = Source(
    source="cepii-baci-2023",
    producer="CEPII",
    title="BACI: International Trade Database at the Product-Level, goods, 2023",
    url="https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37",
    license="Etalab Open Licence 2.0",
    kind="reconciled",
    version="2023, read through a published replication archive",
    coverage_start="2023-01-01",
    coverage_end="2024-01-01",
    note="Gaulier and Zignago (2010), CEPII Working Paper 2010-23; reconciles the reports of both sides and so differs "
    "from either customs figure; a pair that is not in the file is unknown, not zero: Mongolia's imports carry no "
    "Russia at all; Gambia with .039 of the imports of KAZ is an artefact",
)
WDI: Final = Source(
    source="world-bank-wdi",
    producer="World Bank",
    title="World Development Indicators, NY.GDP.MKTP.KD",
    url="https://data.worldbank.org/indicator/NY.GDP.MKTP.KD",
    license="CC BY 4.0",
    kind="official",
    note="GDP in constant 2015 USD, rounded to 1,000",
)
ICIO: Final = Source(
    source="oecd-icio",
    producer="OECD",
    title="Inter-Country Input-Output Tables, extended",
    url="https://www.oecd.org/en/data/datasets/inter-country-input-output-tables.html",
    license="OECD terms and conditions: reuse with citation",
    kind="official",
    version="2025",  # by its 81 economies, 50 industries and last year; those who prepared it call it 2023
    note="intermediate and final use added up, 81 economies put together to 21; values are what the importer spends, "
    "tariff included; tariffs are a sector mapping of Teti (2024): services carry one, so do partners in a customs "
    "union. UZB, KGZ, TJK, TKM, AZE, ARM, GEO, IRN and MNG sit inside ROW. The tables move trade between partners: "
    "shares differ from customs figures. Start a series in 2012: 2011 carries almost no goods from KAZ to RUS. "
    "Groups of 8 sectors hide up to 43 percent of a loss: for display only",
)
COMEXT: Final = Source(
    source="eurostat-comext",
    producer="Eurostat",
    title="Comext: exports of the EU members to six neighbours of Russia and to Russia, by month",
    url="https://github.com/mary-lev/eu-export-sanctions",
    license="CC BY 4.0",
    kind="official",
    note="all goods; the row of the EU is the sum of its 27 members of 2020, without GBR in every year: "
    "never add it to the rows of members",
)
CUSTOMS: Final = Source(
    source="national-customs",
    producer="national statistics of ARM, KAZ, KGZ and UZB",
    title="Imports by partner as the importing state counts them, by year",
    url="https://github.com/mary-lev/eu-export-sanctions",
    license="CC BY 4.0",
    kind="official",
    note="converted to EUR; the EU row is the sum of its 27 members, UZB has no Slovakia; the file of ARM stops "
    "within 2023",
)
_EU_27: Final = "EU27"  # in the received file; the actor is EU
_RESOLUTIONS: Final = {"icio_regions28.parquet": "regions28", "icio_aggregate.parquet": "groups8"}
_YEAR_OF_BREAK: Final = 2011
_MONTH: Final = r"^\d{4}-\d{2}$"


@dataclass(frozen=True, slots=True, eq=False)
class Bulk:
    """A large table, typed and complete with ids, ready to be written as `TABLE.PART.parquet`."""

    file: str
    table: str
    part: str
    rows: pl.DataFrame
    sources: tuple[Source, ...]


def convert(folder: Path) -> Iterator[Taken | Left | Source]:
    """What the lists of codes and elasticities become; see `frames` for the large tables."""
    yield from convert_lists(folder)
    yield ICIO
    same = "the rows of icio_aggregate.parquet once more, as text"
    yield Left("icio_aggregate.csv", "every row", same)


def frames(folder: Path) -> Iterator[Bulk]:
    """The large tables."""
    yield Bulk("trade_2023.parquet", "flows", "baci-2023", _trade(folder), (BACI,))
    yield Bulk("mirror_monthly.csv", "flows", "eurostat-mirror", _mirror(folder), (COMEXT, CUSTOMS))
    yield Bulk("gdp.parquet", "indicators", "wdi-gdp", _gdp(folder), (WDI,))
    yield Bulk("; ".join(_RESOLUTIONS), "io_flows", "oecd-icio", _io_flows(folder), (ICIO,))


def _trade(folder: Path) -> pl.DataFrame:
    received = pl.read_parquet(folder / "trade_2023.parquet")
    said = received.select(
        *_goods_trade(),
        value=pl.col("value_usd").cast(pl.Float64),
        unit=pl.lit("USD"),
        reporter=pl.lit(None, dtype=pl.String),
        basis=pl.lit("fob"),
        list_rule=pl.lit("complete"),
        published=pl.date(2025, 1, 31),
        source=pl.lit(BACI.source),
        note=pl.lit(None, dtype=pl.String),
        **_calendar_year(pl.col("year")),
    )
    return _completed("flows", said)


def _mirror(folder: Path) -> pl.DataFrame:
    text = {"period": pl.String, "flag": pl.String}
    received = pl.read_csv(folder / "mirror_monthly.csv", schema_overrides=text).with_columns(
        pl.col("exporter").replace(_EU_27, "EU")
    )
    by_exporter = pl.col("reported_by") == "exporter"
    said = received.select(
        *_goods_trade(),
        value=pl.col("value_eur").cast(pl.Float64),
        unit=pl.lit("EUR"),
        reporter=pl.when(by_exporter).then("exporter").otherwise("importer"),
        # exports are valued at the border of the sender, imports at that of the receiver
        basis=pl.when(by_exporter).then(pl.lit("fob")).otherwise(pl.lit("cif")),
        list_rule=pl.lit("selected"),
        published=pl.lit(None, dtype=pl.Date),
        source=pl.col("source").replace_strict({"Eurostat": COMEXT.source, "national": CUSTOMS.source}),
        note=pl.col("flag").replace_strict({"partial": "partial: national file incomplete"}),
        **_year_or_month(pl.col("period")),
    )
    return _completed("flows", said)


def _goods_trade() -> tuple[pl.Expr, ...]:
    return (
        pl.col("exporter").alias("sender"),
        pl.col("importer").alias("receiver"),
        pl.lit("trade").alias("channel"),
        pl.lit("goods").alias("product"),
        pl.lit("value").alias("measure"),
        pl.lit("goods").alias("scope"),
        pl.lit("exact").alias("qualifier"),
        pl.lit(0, dtype=pl.Int64).alias("decimals"),
        pl.lit(None, dtype=pl.String).alias("via"),
        pl.lit("observed").alias("status"),
        pl.lit(None, dtype=pl.String).alias("locator"),
    )


def _gdp(folder: Path) -> pl.DataFrame:
    received = pl.read_parquet(folder / "gdp.parquet")
    said = received.select(
        "subject",
        name=pl.lit("gdp"),
        about=pl.lit(None, dtype=pl.String),
        value=pl.col("gdp_usd2015").cast(pl.Float64),
        text=pl.lit(None, dtype=pl.String),
        unit=pl.lit("USD2015"),
        qualifier=pl.lit("exact"),
        decimals=pl.lit(0, dtype=pl.Int64),
        status=pl.lit("observed"),
        source=pl.lit(WDI.source),
        locator=pl.lit("NY.GDP.MKTP.KD"),
        published=pl.lit(None, dtype=pl.Date),
        note=pl.lit(None, dtype=pl.String),
        **_calendar_year(pl.col("year")),
    )
    return _completed("indicators", said)


def _io_flows(folder: Path) -> pl.DataFrame:
    received = pl.concat(
        pl.read_parquet(folder / file).with_columns(resolution=pl.lit(resolution))
        for file, resolution in _RESOLUTIONS.items()
    )
    breaks = (pl.col("exporter") == "KAZ") & (pl.col("importer") == "RUS") & (pl.col("year") == _YEAR_OF_BREAK)
    said = received.select(
        "resolution",
        "exporter",
        "importer",
        "sector",
        "value_usd_mn",
        "tariff",
        "domestic_usd_mn",
        status=pl.lit("derived"),
        source=pl.lit(ICIO.source),
        locator=pl.lit(None, dtype=pl.String),
        published=pl.lit(None, dtype=pl.Date),
        note=pl.when(breaks).then(pl.lit("break in the source: goods of 0.01 USD bn in 2011, of 4.7 in 2012")),
        **_calendar_year(pl.col("year")),
    )
    return _completed("io_flows", said)


def _calendar_year(year: pl.Expr) -> dict[str, pl.Expr]:
    year = year.cast(pl.Int32)
    return {"period_start": pl.date(year, 1, 1), "period_end": pl.date(year + 1, 1, 1)}


def _year_or_month(period: pl.Expr) -> dict[str, pl.Expr]:
    """`2019` or `2019-03`, half-open."""
    monthly = period.str.contains(_MONTH)
    first = pl.when(monthly).then(period + "-01").otherwise(period + "-01-01").str.to_date("%Y-%m-%d")
    length = pl.when(monthly).then(pl.lit("1mo")).otherwise(pl.lit("1y"))
    return {"period_start": first, "period_end": first.dt.offset_by(length)}


def _completed(table: str, said: pl.DataFrame) -> pl.DataFrame:
    columns = TABLES[table].columns()
    typed = said.select(pl.col(name).cast(column.dtype) for name, column in columns.items() if name != "id")
    return identify(table, typed).select(*columns)
