"""Floor 3: the command line. Commands plug in through the entry-point group ``nlcl_bench.commands``."""
