"""What is measured of a line, a port, a field or a corridor: everything that is neither a flow nor said of a leg."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from multivector.sources.handover.base import Row, Taken
from multivector.sources.handover.corridor_facts import FILE, CorridorFact, said_by


@dataclass(frozen=True, slots=True)
class _Series:
    """What the facts are about, and under which name they may be compared."""

    subject: str
    name: str
    facts: str


_CHINA_LINE: Final = "Kazakhstan-China Pipeline"
_MIDDLE: Final = "Middle Corridor (TITR)"
_EURASIA: Final = "China-Europe rail"
# Two counts with different definitions never share a name: `throughput_total` of CPC holds Russian oil,
# `throughput_rail` of the Middle Corridor leaves out what does not go by rail.
_SERIES: Final = (
    _Series(
        "CPC",
        "throughput_total",
        "F001 F002 F003 F004 F042 F043 F043b F291 F302 F309 F311 F312 F333 F334 F335 F336 F337 F338",
    ),
    _Series("CPC", "throughput", "F011"),
    _Series("CPC", "throughput_russian_oil", "F304"),
    _Series("CPC", "intake", "F012 F013 F014 F015 F016 F017 F297"),
    _Series("CPC", "moorings", "F024"),
    _Series("CPC", "moorings_in_use", "F025"),
    _Series("CPC", "ownership", "F029 F030 F031 F032"),
    _Series("CPC", "length", "F023"),
    _Series("CPC", "share_of_world_oil", "F034"),
    _Series("CPC", "share_of_foreign_shippers", "F035"),
    _Series("CPC", "dividends", "F039"),
    _Series("CPC", "export_revenue_carried", "F040"),
    _Series("CPC", "state_revenue_dependent", "F041"),
    _Series("CPC", "fine", "F280"),
    _Series("CPC", "throughput_growth", "F043c F305"),
    _Series("CPC", "throughput_change", "F306"),
    _Series("CPC", "flow_loss", "F284"),
    _Series("CPC", "operating_level", "F308 F310"),
    _Series("Samara-Ust-Luga", "throughput_kazakh_oil", "F050"),
    _Series("Transneft", "tariff", "F060 F061"),
    _Series(_CHINA_LINE, "throughput_total", "F067 F072 F077 F317 F328"),
    _Series(_CHINA_LINE, "throughput_domestic", "F070 F075 F080"),
    _Series(_CHINA_LINE, "length", "F065"),
    _Series(_CHINA_LINE, "tariff_russian_oil", "F087 F090 F092"),
    _Series("Kenkiyak-Atyrau (MunaiTas)", "throughput", "F071 F076 F081 F322"),
    _Series("Kenkiyak-Atyrau (MunaiTas)", "length", "F066"),
    _Series("Kenkiyak-Kumkol", "throughput", "F323"),
    _Series("KazTransOil", "throughput_total", "F093 F097 F101"),
    _Series("KazTransOil", "throughput_export", "F094 F098 F102"),
    _Series("KazTransOil", "throughput_transit", "F095 F099 F103"),
    _Series("KazTransOil", "throughput_domestic", "F096 F100 F104"),
    _Series("AKTAU-BTC", "throughput_tengiz_oil", "F111"),
    _Series("AKTAU-BTC", "rerouted", "F296"),
    _Series("ATYRAU-SAMARA", "rerouted", "F295"),
    _Series("ATASU-ALASHANKOU", "rerouted", "F294"),
    _Series("BTC", "throughput_total", "F131 F132 F133 F135 F137"),
    _Series("BTC", "throughput_kazakh_and_turkmen_oil", "F136"),
    _Series("BTC", "throughput_azeri_oil", "F134"),
    _Series("BTC", "length", "F127 F128 F129 F130"),
    _Series("KAZ", "oil_production", "F140 F141 F142 F143 F158 F159 F160 F292"),
    _Series("KAZ", "oil_domestic_use", "F149 F150 F151"),
    _Series("KAZ", "uranium_production", "F274"),
    _Series("KAZ", "uranium_share_by_middle_corridor", "F275"),
    _Series("KAZ", "uranium_sales_share", "F276a F276b F276c"),
    _Series("KAZ", "rail_transit", "F217"),
    _Series("Tengiz", "oil_production", "F152 F155 F293"),
    _Series("Tengiz", "oil_production_growth", "F313"),
    _Series("Karachaganak", "oil_production", "F153 F156"),
    _Series("Kashagan", "oil_production", "F154 F157"),
    _Series("Kashagan", "oil_production_growth", "F314"),
    _Series("EU", "share_of_oil_consumption", "F165"),
    _Series(_MIDDLE, "throughput", "F167 F168 F169 F170 F174"),
    _Series(_MIDDLE, "throughput_rail", "F171 F172"),
    _Series(_MIDDLE, "throughput_caspian", "F235"),
    _Series(_MIDDLE, "throughput_caspian_containers", "F236"),
    _Series(_MIDDLE, "throughput_containers", "F176 F177 F178 F179"),
    _Series(_MIDDLE, "throughput_kazakh_exports", "F175 F186"),
    _Series(_MIDDLE, "share_of_kazakh_exports", "F173"),
    _Series(_MIDDLE, "container_trains", "F180"),
    _Series(_MIDDLE, "block_trains", "F181"),
    _Series(_MIDDLE, "container_growth", "F182"),
    _Series(_MIDDLE, "throughput_growth", "F242"),
    _Series(_MIDDLE, "capacity", "F183 F184"),
    _Series(_MIDDLE, "length", "F187"),
    _Series(_MIDDLE, "days", "F218 F219 F220 F225 F226"),
    _Series(_MIDDLE, "duration_ratio", "F227"),
    _Series(_MIDDLE, "cost_ratio", "F228"),
    _Series(_MIDDLE, "raw_material_share", "F237"),
    _Series(_MIDDLE, "trade_growth", "F238"),
    _Series(_MIDDLE, "trade_share", "F239 F240"),
    _Series("Kazakhstan-China rail", "throughput", "F213"),
    _Series("Kazakhstan-China rail", "capacity", "F212"),
    _Series("Altynkol-Khorgos", "trains_a_day", "F214"),
    _Series("Dostyk-Alashankou", "trains_a_day", "F215"),
    _Series("Bakhty-Ayagoz", "length", "F210"),
    _Series("Moyinty-Kyzylzhar", "length", "F211"),
    _Series("China-Iran rail through Kazakhstan", "tariff", "F233 F234"),
    _Series(_EURASIA, "days", "F223 F224"),
    _Series(_EURASIA, "tariff", "F229 F230"),
    _Series(_EURASIA, "throughput_both_ways", "F246"),
    _Series(_EURASIA, "throughput_westbound", "F247 F248"),
    _Series(_EURASIA, "throughput_growth", "F249"),
    _Series(_EURASIA, "share_through_kazakhstan", "F250"),
    _Series("UTLC ERA", "throughput", "F243 F244 F245"),
    _Series("UTLC ERA", "value_carried", "F251"),
    _Series("Aktau port", "throughput", "F196 F197"),
    _Series("Kuryk port", "throughput", "F191"),
    _Series("Kuryk-Alat", "ships_needed", "F198"),
    _Series("Poti and Batumi ports", "throughput", "F206"),
    _Series("BTK railway", "throughput_containers", "F207"),
    _Series("Caspian Sea", "level_fall_a_year", "F202"),
    _Series("Caspian Sea", "level_fall", "F203"),
    _Series("Southern Transport Corridor", "trucks_a_day", "F252 F253"),
    _Series("North-South corridor through Turkmenistan", "throughput", "F255"),
    _Series("INSTC, eastern branch", "throughput", "F256 F257"),
    _Series("INSTC, Kazakh part", "throughput", "F258"),
    _Series("INSTC", "throughput", "F263"),
    _Series("INSTC", "capacity", "F264"),
    _Series("CKU railway", "shortening", "F270"),
)
_SERIES_OF_FACT: Final = {fact: series for series in _SERIES for fact in series.facts.split()}


def is_listed(fact: CorridorFact) -> bool:
    """Whether a series of indicators holds the fact."""
    return fact.fact in _SERIES_OF_FACT


def indicator(fact: CorridorFact) -> Taken:
    """The row of `indicators` a fact becomes; one that no series holds stands under its places and its measure."""
    places = "-".join(place for place in (fact.origin, fact.destination) if place)
    series = _SERIES_OF_FACT.get(fact.fact, _Series(places or fact.item, fact.measure, fact.fact))
    row: Row = {
        "subject": series.subject,
        "name": series.name,
        "about": fact.item,
        "value": fact.value,
        "unit": fact.unit,
        "qualifier": fact.qualifier,
        "decimals": fact.digits,
        "note": fact.note or None,
    }
    return Taken(FILE, fact.fact, "indicators", row | said_by(fact))
