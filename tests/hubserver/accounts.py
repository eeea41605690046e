"""Who asks, and what they may do: users, organisations, and tokens that read, write or have expired."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubserver.disk import Disk, load
from hubserver.replies import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

INVALID = "Invalid credentials in Authorization header"


@dataclass(frozen=True)
class Caller:
    """Who sent a request; nobody has an empty name."""

    name: str = ""
    role: str = ""
    token: str = ""
    orgs: tuple[tuple[str, str], ...] = ()

    def belongs_to(self, namespace: str) -> bool:
        """Say whether this namespace is the caller's own or an organisation of theirs."""
        return bool(self.name) and (namespace == self.name or namespace in dict(self.orgs))

    def may_write(self, namespace: str) -> bool:
        """Say whether the caller may change repositories of a namespace."""
        own = namespace == self.name or dict(self.orgs).get(namespace) in {"write", "admin", "contributor"}
        return bool(self.name) and self.role == "write" and own


class Accounts:
    """The table of users and tokens, kept in one file."""

    def __init__(self, disk: Disk):
        self.disk, self.lock = disk, threading.Lock()
        self.file: Path = disk.root / "accounts.json"
        self.table: dict[str, Any] = load(self.file) if self.file.exists() else {"users": {}, "tokens": {}}

    def add(self, name: str, *, role: str = "write", orgs: dict[str, str] | None = None, expired: bool = False) -> str:
        """Add a user (or another token of theirs) and return the token."""
        token = f"hf_{name}_{role}" + ("_expired" if expired else "")
        with self.lock:
            self.table["users"].setdefault(name, {}).update(orgs or {})
            self.table["tokens"][token] = {"user": name, "role": role, "expired": expired}
            self.disk.save(self.file, self.table)
        return token

    def expire(self, token: str) -> None:
        """End a token's life."""
        with self.lock:
            if token in self.table["tokens"]:
                self.table["tokens"][token]["expired"] = True
                self.disk.save(self.file, self.table)

    def caller(self, authorization: str | None) -> Caller:
        """Return who sent this header.

        Raises:
            RefusedError: the token is unknown or has expired; the Hub then refuses even what everybody may read.
        """
        if not authorization:
            return Caller()
        token = authorization.removeprefix("Bearer ").strip()
        with self.lock:
            known = self.table["tokens"].get(token)
            orgs = tuple(sorted(self.table["users"].get(known["user"], {}).items())) if known else ()
        if known is None:
            raise RefusedError(401, INVALID)
        if known["expired"]:
            raise RefusedError(401, f'User Access Token "{known["user"]}" is expired')
        return Caller(known["user"], known["role"], token, orgs)


def whoami(caller: Caller) -> dict[str, Any]:
    """Return what `whoami` answers.

    Raises:
        RefusedError: nobody asks.
    """
    if not caller.name:
        raise RefusedError(401, INVALID)
    orgs = [{"type": "org", "name": name, "fullname": name, "roleInOrg": role} for name, role in caller.orgs]
    token = {"displayName": f"{caller.name}'s token", "role": caller.role}
    kind = {"type": "user", "id": caller.name, "name": caller.name, "fullname": caller.name}
    return {**kind, "isPro": False, "orgs": orgs, "auth": {"type": "access_token", "accessToken": token}}
