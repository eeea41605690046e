"""The catalogue of installed methods, ours and third parties' alike."""

from __future__ import annotations

from nlcl_bench.core.registry import Registry
from nlcl_bench.methods.attacks import ATTACKS
from nlcl_bench.methods.spec import MethodSpec

__all__ = ["METHODS", "by_name"]

METHODS: Registry[MethodSpec] = Registry("nlcl_bench.methods", "method", MethodSpec)
"""Every installed method; ``METHODS.get("nlcl")`` imports just that one."""


def by_name(name: str) -> MethodSpec:
    """Return what a run of this name restores with: an installed method, or one of the attacks.

    Raises:
        UnknownNameError: There is none.
        PluginError: Its package cannot be imported.
    """
    return next((attack for attack in ATTACKS if attack.name == name), None) or METHODS.get(name)
