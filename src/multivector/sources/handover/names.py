"""Names of organisations, regions and firms, and which codes are territories rather than states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation, and whether `memberships` holds every member."""

    name: str
    coverage: str


def _complete(name: str) -> Organisation:
    return Organisation(name, "complete")


def _partial(name: str) -> Organisation:
    return Organisation(name, "partial")


ORGANISATIONS: Final[dict[str, Organisation]] = {
    "ADB": _partial("Asian Development Bank"),
    "AIIB": _partial("Asian Infrastructure Investment Bank"),
    "BRICS": _complete("BRICS"),
    "CICA": _complete("Conference on Interaction and Confidence-Building Measures in Asia"),
    "CIS": _complete("Commonwealth of Independent States"),
    "COE": _partial("Council of Europe"),
    "CPC": _partial("Caspian Pipeline Consortium"),
    "CST": _complete("Collective Security Treaty"),
    "CSTO": _complete("Collective Security Treaty Organization"),
    "EAEU": _complete("Eurasian Economic Union"),
    "EAPC": _partial("Euro-Atlantic Partnership Council"),
    "EBRD": _partial("European Bank for Reconstruction and Development"),
    "ECO": _complete("Economic Cooperation Organization"),
    "EU": _complete("European Union"),
    "EUCO": _partial("European Council"),
    "EURASEC": _partial("Eurasian Economic Community"),
    "G7": _complete("Group of Seven"),
    "G8": _partial("Group of Eight"),
    "GUAM": _partial("GUAM Organization for Democracy and Economic Development"),
    "IAEA": _partial("International Atomic Energy Agency"),
    "ICC": _partial("International Criminal Court"),
    "IMF": _partial("International Monetary Fund"),
    "IsDB": _partial("Islamic Development Bank"),
    "KAZATOM_AGENCY": _partial("Agency for Atomic Energy of Kazakhstan"),
    "NATO": _complete("North Atlantic Treaty Organization"),
    "NONALIGNED": _partial("Non-Aligned Movement"),
    "NSG": _partial("Nuclear Suppliers Group"),
    "OAS": _partial("Organization of American States"),
    "OECD": _complete("Organisation for Economic Co-operation and Development"),
    "OIC": _partial("Organisation of Islamic Cooperation"),
    "OPCW": _partial("Organisation for the Prohibition of Chemical Weapons"),
    "OSCE": _complete("Organization for Security and Co-operation in Europe"),
    "OTS": _complete("Organization of Turkic States"),
    "PFP": _partial("Partnership for Peace"),
    "SCO": _complete("Shanghai Cooperation Organisation"),
    "TITR": _partial("Trans-Caspian International Transport Route association"),
    "UN": _partial("United Nations"),
    "WTO": _partial("World Trade Organization"),
}
REGIONS: Final[dict[str, str]] = {"America": "America", "Asia": "Asia", "Europe": "Europe"}
FIRMS: Final[dict[str, str]] = {
    "firm:BG_Overseas_Holdings": "BG Overseas Holdings",
    "firm:CPC_Company": "CPC Company",
    "firm:Chevron_Caspian_Pipeline_Consortium_Company": "Chevron Caspian Pipeline Consortium Company",
    "firm:Eni_International": "Eni International",
    "firm:Gazprom": "Gazprom",
    "firm:KazMunayGas": "KazMunayGas",
    "firm:Kazakhstan_Pipeline_Ventures": "Kazakhstan Pipeline Ventures",
    "firm:LUKOIL_International": "LUKOIL International",
    "firm:Mobil_Caspian_Pipeline_Company": "Mobil Caspian Pipeline Company",
    "firm:Oryx_Caspian_Pipeline": "Oryx Caspian Pipeline",
    "firm:PKP_LHS": "PKP LHS",
    "firm:Rosatom": "Rosatom",
    "firm:Rosneft_Shell_Caspian_Ventures": "Rosneft-Shell Caspian Ventures",
    "firm:Transneft": "Transneft",
    "firm:Uranium_One": "Uranium One",
}
TERRITORIES: Final = frozenset(  # neither a member nor an observer state of the United Nations
    {
        "ABW",
        "AIA",
        "ALA",
        "ASM",
        "ATA",
        "ATF",
        "BLM",
        "BMU",
        "COK",
        "CUW",
        "CYM",
        "ESH",
        "FLK",
        "FRO",
        "GGY",
        "GRL",
        "GUM",
        "HKG",
        "HMD",
        "IMN",
        "IOT",
        "JEY",
        "MAC",
        "MAF",
        "MNP",
        "MSR",
        "NCL",
        "NFK",
        "NIU",
        "PCN",
        "PRI",
        "PYF",
        "SGS",
        "SHN",
        "SPM",
        "SXM",
        "TCA",
        "TWN",
        "VGB",
        "VIR",
        "WLF",
        "XKX",
        "XNC",
    }
)
FULL_NAMES: Final[dict[str, str]] = {  # where the map's label is shortened
    "ATF": "French Southern and Antarctic Lands",
    "ATG": "Antigua and Barbuda",
    "BIH": "Bosnia and Herzegovina",
    "BLM": "Saint Barthélemy",
    "CAF": "Central African Republic",
    "COD": "Democratic Republic of the Congo",
    "COG": "Republic of the Congo",
    "COK": "Cook Islands",
    "CYM": "Cayman Islands",
    "DOM": "Dominican Republic",
    "ESH": "Western Sahara",
    "FLK": "Falkland Islands",
    "FRO": "Faroe Islands",
    "GNQ": "Equatorial Guinea",
    "HMD": "Heard Island and McDonald Islands",
    "IOT": "British Indian Ocean Territory",
    "KNA": "Saint Kitts and Nevis",
    "MAF": "Saint Martin",
    "MHL": "Marshall Islands",
    "MNP": "Northern Mariana Islands",
    "PCN": "Pitcairn Islands",
    "PYF": "French Polynesia",
    "SGS": "South Georgia and the South Sandwich Islands",
    "SLB": "Solomon Islands",
    "SPM": "Saint Pierre and Miquelon",
    "SSD": "South Sudan",
    "SWZ": "Eswatini",
    "TCA": "Turks and Caicos Islands",
    "VAT": "Holy See",
    "VCT": "Saint Vincent and the Grenadines",
    "VGB": "British Virgin Islands",
    "VIR": "United States Virgin Islands",
    "WLF": "Wallis and Futuna",
    "XNC": "Northern Cyprus",
}
