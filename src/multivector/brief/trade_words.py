"""What the sectors and the aggregates of an input-output table are called."""

from __future__ import annotations

from typing import Final

SECTORS: Final = {
    "A01": "farming",
    "A02": "forestry",
    "A03": "fishing",
    "B05": "coal mining",
    "B06": "oil and gas extraction",
    "B07": "metal ores",
    "B08": "other mining",
    "B09": "mining services",
    "C10T12": "food, drink, tobacco",
    "C13T15": "textiles, clothing, shoes",
    "C16": "wood",
    "C17_18": "paper and printing",
    "C19": "refined petroleum and coke",
    "C20": "chemicals",
    "C21": "pharmaceuticals",
    "C22": "rubber and plastics",
    "C23": "glass, cement, stone",
    "C24A": "iron and steel",
    "C24B": "other metals",
    "C25": "metal goods",
    "C26": "computers and electronics",
    "C27": "electrical equipment",
    "C28": "machinery",
    "C29": "cars and trucks",
    "C301": "ships",
    "C302T309": "trains, aircraft, other vehicles",
    "C31T33": "furniture, repair, other goods",
    "SERVICES": "services, power, construction",
    "AGR": "farming, forestry, fishing",
    "ENE": "mining and refined petroleum",
    "FOO": "food, drink, tobacco",
    "CHM": "chemicals, metals, materials",
    "MAC": "electronics and machinery",
    "VEH": "vehicles",
    "OMF": "other goods",
    "SRV": "services, power, construction",
}
"""ISIC Rev. 4 divisions as the OECD tables group them, and the eight groups, in short words."""

AGGREGATES: Final = {
    "EUX": "22 other members of the EU",
    "OTH": "40 other economies",
    "ROW": "rest of the world",
}
"""Economies of the table that are several put together."""
