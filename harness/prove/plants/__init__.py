"""All plants. A name is taken once; a module that is not listed fails a test."""

from harness.prove.plants import catalog

MODULES = (catalog,)

PLANTS = tuple(plant for module in MODULES for plant in module.PLANTS)
