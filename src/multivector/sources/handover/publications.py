"""Which source record a handed-over fact cites, and where in that source it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from multivector.sources.handover.base import FACTBOOK, GENERAL_KNOWLEDGE, Source, press_source

DEFINITIONS: Final = "multivector-definitions"
ANNOTATOR: Final = "multivector-annotator"
_NOT_RECHECKED: Final = "date not re-checked"
_FACTBOOK_TITLE: Final = "CIA World Factbook (public domain), repository factbook/factbook.json"

WORLD_FACTBOOK: Final = Source(
    source=FACTBOOK,
    producer="CIA",
    title="The World Factbook",
    version="weekly JSON history, 2015-10 to 2026-01",
    url="https://github.com/factbook/factbook.json",
    license="public domain",
    kind="compilation",
    note="publication ended in February 2026; locators name file, commit and the weekly editions with the value",
)
NOT_RECHECKED: Final = Source(
    source=GENERAL_KNOWLEDGE,
    producer="multivector",
    title="General knowledge of the annotator, dates not re-checked",
    url="",
    license="facts",
    kind="general_knowledge",
    note="drop this source to see only what was read somewhere; locators say where the fact could be checked",
)
OWN_DEFINITIONS: Final = Source(
    source=DEFINITIONS,
    producer="multivector",
    title="Definitions of actors, poles and scales",
    url="",
    license="Apache-2.0",
    kind="definition",
    note="definitions, not observations: draw other groups where these do not fit the question",
)
OWN_JUDGEMENTS: Final = Source(
    source=ANNOTATOR,
    producer="multivector",
    title="Judged positions on three open questions of Kazakhstan, November 2023",
    url="",
    license="Apache-2.0",
    kind="general_knowledge",
    note="one annotator, no second coder, no agreement statistic; evidence dated 2023-11-22 or earlier, but the "
    "annotator knew later events: no forecast from this table is blind",
)
ISO_CODES: Final = Source(
    source="iso-3166-natural-earth",
    producer="ISO 3166 Maintenance Agency; Natural Earth",
    title="ISO 3166-1 alpha-3 codes, English names and points inside each territory",
    url="https://www.naturalearthdata.com",
    license="public domain",
    kind="definition",
    note="state: member or observer state of the United Nations; territory: every other; XKX and XNC are user-assigned",
)

_OFFICIAL: Final = (
    "China International Development Cooperation Agency",
    "CICA backgrounder (Ministry of Foreign Affairs of Kazakhstan)",
    "CICA summary of member and observer states (28 members, 9 observer states)",
    "Eurasian Economic Commission (EAEU Treaty of 29 May 2014)",
    "Eurasian Economic Commission, observer state status at the EAEU",
    "European Commission, sanctions adopted following Russia military aggression against Ukraine",
    "Federal Register, EO 14114 (88 FR 89271)",
    "gov.kz, Kazakh mission in Vienna",
    "Law of Kazakhstan of 4 December 2009 No. 218-IV",
    (
        "Law of the Republic of Kazakhstan on membership in international financial organizations, "
        "preamble as amended 2017 and 2025"
    ),
    "Mission of Ukraine to the EU (EU regimes of 2014)",
    "pacsto.org",
    "US BIS, Common High Priority List (February 23, 2024)",
)
_COMPILATIONS: Final = (
    "Caspian Pipeline Consortium, encyclopaedia page",
    "CIS Legislation database, agreement of 17 June 2025",
    "CIS Legislation database, treaty of 25 May 1992",
    (
        "Correlates of War, Intergovernmental Organizations v3 (Pevehouse, Nordstrom, McManus and Jamison 2020), "
        "table of the R package igoR"
    ),
    "country_converter (K. Stadler 2017, doi 10.21105/joss.00332), table country_data.tsv",
    "CSTO, encyclopaedia page",
    "e-history.kz events calendar",
    "Eurostat and national statistics, files of mary-lev/eu-export-sanctions (CC BY 4.0)",
    "Eurostat monthly exports, panel of mary-lev/eu-export-sanctions (CC BY 4.0)",
    "REIGN data set (Bell, C. 2016; leader list of March 2021), OEF Research",
    "States Parties to the Rome Statute, encyclopaedia page (table of parties, as of June 2025)",
    "Wikimili: 2023 OTS summit",
    "Wikipedia text (KASAC8)",
    "Wikipedia: Collective Security Treaty Organization (Nov 2022 copy)",
)
_STUDIES: Final = (
    "Baku Dialogues",
    "Central Asia Program (Zhunussova)",
    "CEPR DP20097 (Chupilkin, Javorcik, Plekhanov)",
    "Chupilkin, Javorcik & Plekhanov (2023), The Eurasian roundabout, EBRD working paper",
    "Chupilkin, Javorcik & Plekhanov (2025), CEPR DP20097",
    'EBRD WP "The Eurasian roundabout" (Feb 2023)',
    "European Studies Unit, University of Liege (16th package)",
    "European Studies Unit, University of Liege (EU packages)",
    "IESEG note 4 Aug 2023 via Tendata 8 Oct 2023",
    "Lee Kuan Yew School, Global-is-Asian",
    "OECD Investment Policy Review: Kazakhstan 2017",
    "Project Syndicate, The Eurasian Leaks in the West s Russia Sanctions, via banks.am",
    "Springer, Asia Europe Journal (2017), doi 10.1007/s10308-017-0480-7",
)
_PARTIES: Final = (  # publishers with a stake in what they state
    "news-front.su, 11 May 2021",
    "news-pravda 2023-09-17",
    "Rybar via pravda-en 2024-07-19",
    "Tristangate",
    "Vestnik Kavkaza 2024-11-27 (Putin article)",
)
_KINDS: Final[dict[str, str]] = (
    dict.fromkeys(_OFFICIAL, "official")
    | dict.fromkeys(_COMPILATIONS, "compilation")
    | dict.fromkeys(_STUDIES, "study")
    | dict.fromkeys(_PARTIES, "party")
)
_OPEN_PANEL: Final = "mary-lev/eu-export-sanctions"


def publication(title: str, url: str) -> Source:
    """The source record for a printed title and address."""
    if title == _FACTBOOK_TITLE:
        return WORLD_FACTBOOK
    if _NOT_RECHECKED in title:
        return NOT_RECHECKED
    if _OPEN_PANEL in title:
        open_data = press_source(title, f"https://github.com/{_OPEN_PANEL}", kind=_KINDS[title])
        return replace(open_data, license="CC BY 4.0")
    return press_source(title, url, kind=_KINDS.get(title, "press"))


def source_of(fact: Mapping[str, str]) -> Source:
    """The source record that a fact cites."""
    return publication(fact["source_title"], fact["source_url"])


def locator_of(fact: Mapping[str, str]) -> str | None:
    """Where in its source a fact stands: file, commit and editions; else the address; else what could be checked."""
    title, url = fact["source_title"], fact["source_url"]
    if title == _FACTBOOK_TITLE:
        return _factbook_place(url, fact.get("edition", ""))
    if _NOT_RECHECKED in title:
        return title
    return url or None


def _factbook_place(url: str, editions: str) -> str | None:
    """`kz.json at 783ed27f, editions 2024-04-04..2024-07-18` from a repository address."""
    _, _, rest = url.partition("/blob/")
    commit, _, path = rest.partition("/")
    place = f"{path.rpartition('/')[2]} at {commit}" if path else url
    if not editions:
        return place or None
    return f"{place}, {'editions' if '..' in editions else 'edition'} {editions}"
