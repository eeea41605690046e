"""The server as a program: a folder, a port, and its address on the first line of its output."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hubserver import routes_discussions, routes_files, routes_repos, routes_upload  # noqa: F401 - they register routes
from hubserver.handler import Server
from hubserver.hub import Hub, Limits


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="hubserver", description="A loopback look-alike of the Hub on a disk folder.")
    parser.add_argument("--root", type=Path, required=True, help="folder that holds everything; made if missing")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--account", action="append", default=[], metavar="NAME[:ROLE]", help="add a user with a token")
    for name, value in vars(Limits()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    asked = parser.parse_args()
    hub = Hub(asked.root, Limits(asked.multipart_above, asked.part, asked.page))
    server = Server(("127.0.0.1", asked.port), hub)
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    for account in asked.account:
        name, _, role = account.partition(":")
        sys.stdout.write(f"{name}: HF_TOKEN={hub.accounts.add(name, role=role or 'write')}\n")
    sys.stdout.flush()
    server.serve_forever()
