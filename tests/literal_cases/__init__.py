"""Of every check three cases made by hand: one that must fail, a near miss, and one unread.

A module holds those of the checks of one subject, by check id, as LITERALS; every module of this
folder is read.
"""

import pkgutil
from importlib import import_module

from literal_cases.form import Literal

LITERALS: dict[str, Literal] = {
    check_id: literal
    for module in pkgutil.iter_modules(__path__, f"{__name__}.")
    for check_id, literal in getattr(import_module(module.name), "LITERALS", {}).items()
}
