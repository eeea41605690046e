"""``nlcl-bench``: the commands of every installed wing and plug-in, and the one place where errors end.

Commands come from the entry-point group ``nlcl_bench.commands``: a function, or a ``typer.Typer`` with
subcommands. Their modules import heavy libraries inside the functions only, so that ``--help`` is quick.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from nlcl_bench.cli.console import fail, warn
from nlcl_bench.core.errors import NLCLBenchError, PluginError
from nlcl_bench.core.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["build", "main"]

COMMANDS: Registry[object] = Registry("nlcl_bench.commands", "command")

_HELP = """Collect real rain photographs, remove the rain, and know honestly how well that worked.

\b
  nlcl-bench demo                     the whole way on packaged photographs, offline
  nlcl-bench derain PHOTO --into OUT  remove the rain from your own
  nlcl-bench doctor                   what works on this machine, and what is missing
"""


def build(words: Sequence[str]) -> typer.Typer:
    """Build the application for a command line.

    The command that is asked for is loaded alone, which is quicker; for help and mistyped names all are. One that
    cannot be loaded is reported and left out.

    Args:
        words: The command line without the program's name.
    """
    app = typer.Typer(
        help=_HELP,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_version)
    names = COMMANDS.names()
    for name in [words[0]] if words and words[0] in names else names:
        try:
            command = COMMANDS.get(name)
        except PluginError as error:
            warn(str(error))
            continue
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        elif callable(command):
            app.command(name)(command)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        from nlcl_bench import __version__
        from nlcl_bench.cli.console import say

        say(f"nlcl-bench {__version__}")
        raise typer.Exit


def _version(
    *,
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and end."
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line: exit code 0 if all went well, 1 for an error the user can mend, 2 for wrong usage."""
    try:
        build(sys.argv[1:])()
    except NLCLBenchError as error:
        fail(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        fail("interrupted; run the same command again to go on")
        sys.exit(130)
