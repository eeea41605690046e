"""The catalogue of installed methods, ours and third parties' alike."""

from __future__ import annotations

from nlcl_bench.core.registry import Registry
from nlcl_bench.methods.spec import MethodSpec

__all__ = ["METHODS"]

METHODS: Registry[MethodSpec] = Registry("nlcl_bench.methods", "method", MethodSpec)
"""Every installed method; ``METHODS.get("nlcl")`` imports just that one."""
