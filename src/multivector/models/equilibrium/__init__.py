"""What a shock to trade does once wages, prices and spending have moved, solved exactly and certified."""

from multivector.errors import NotCertified
from multivector.models.equilibrium.gains import autarky_gains, freeness
from multivector.models.equilibrium.links.caliendo_parro import caliendo_parro, caliendo_parro_batch
from multivector.models.equilibrium.links.published import cp2015
from multivector.models.equilibrium.links.records import CaliendoParro, InputOutput
from multivector.models.equilibrium.many.multi_sector import multi_sector, multi_sector_batch
from multivector.models.equilibrium.one.gravity import gravity_flows
from multivector.models.equilibrium.one.one_sector import one_sector
from multivector.models.equilibrium.one.one_sector_batch import one_sector_batch
from multivector.models.equilibrium.one.peers import as_ge_gravity, as_gegravity
from multivector.models.equilibrium.one.tariff_labour import tariff_labour
from multivector.models.equilibrium.records import Closure, Equilibrium

__all__ = [
    "CaliendoParro",
    "Closure",
    "Equilibrium",
    "InputOutput",
    "NotCertified",
    "as_ge_gravity",
    "as_gegravity",
    "autarky_gains",
    "caliendo_parro",
    "caliendo_parro_batch",
    "cp2015",
    "freeness",
    "gravity_flows",
    "multi_sector",
    "multi_sector_batch",
    "one_sector",
    "one_sector_batch",
    "tariff_labour",
]
