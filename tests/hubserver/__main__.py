"""`python tests/hubserver --root DIR` starts the server."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from hubserver.serve import main

main()
