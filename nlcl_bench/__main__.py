"""``python -m nlcl_bench``: the command line, where the script is not on the PATH."""

from nlcl_bench.cli.app import main

main()
