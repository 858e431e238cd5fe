"""One module a subcommand: `HELP`, `arguments(parser)` and `run(options)`, which answers a `Torture.report.Report`.
The module's name is the subcommand's, with dashes for underscores; a new file is a new subcommand."""

import importlib
import pkgutil


def registry():
    """Subcommands by name."""
    found = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        found[module.name.replace("_", "-")] = importlib.import_module(f"{__name__}.{module.name}")
    return found
