"""The catalogue of installed methods, ours and third parties' alike, and the adapters that make methods of files.

``--method`` takes the name of an installed method, or ``KIND:ARGUMENT``: then the adapter of that kind makes a method
of the argument. Adapters plug in as methods do.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError, NLCLBenchError, PluginError, UnknownNameError
from nlcl_bench.core.registry import Registry
from nlcl_bench.methods.attacks import ATTACKS
from nlcl_bench.methods.spec import Adapter, MethodSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ADAPTERS", "METHODS", "by_name", "find_method", "packed", "unpacked"]

METHODS: Registry[MethodSpec] = Registry("nlcl_bench.methods", "method", MethodSpec)
"""Every installed method; ``METHODS.get("nlcl")`` imports just that one."""

ADAPTERS: Registry[Adapter] = Registry("nlcl_bench.adapters", "adapter")
"""Every installed adapter, by the word before the colon."""


def find_method(word: str, declared: Sequence[str] = ()) -> MethodSpec:
    """Return the method that ``--method`` names.

    Args:
        word: An installed method's name, or ``KIND:ARGUMENT``.
        declared: ``KEY=VALUE`` each: what the user says of somebody else's method.

    Raises:
        UnknownNameError: There is no such method or adapter.
        InputError: A declaration is not ``KEY=VALUE``, comes twice, or the method needs none.
        ArtifactError: The file of a ``KIND:ARGUMENT`` cannot be had or used.
        PluginError: The package of a method or an adapter cannot be used.
    """
    kind, colon, argument = word.partition(":")
    if not colon:
        if declared:
            raise InputError("says itself what it is", where=word, fix="leave out --declare")
        return METHODS.get(word)
    told = _told(declared)
    if kind not in ADAPTERS.names():
        raise UnknownNameError("no such kind of method", where=f"{kind}:", fix=f"there are: {', '.join(_kinds())}")
    try:
        made = ADAPTERS.get(kind)(argument, told)
    except NLCLBenchError:
        raise
    except Exception as error:  # a plug-in's adapter may raise anything
        raise PluginError(
            f"its adapter raised {type(error).__name__}: {error}", where=f"{kind}:", fix="report it to its authors"
        ) from error
    if not isinstance(made, MethodSpec) or made.interface is None:
        raise PluginError("its adapter gives no method with an interface", where=f"{kind}:", fix="update its package")
    try:
        pickle.dumps(made)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise PluginError(
            f"its adapter gives a method that no worker can be sent: {error}",
            where=f"{kind}:",
            fix="update its package",
        ) from error
    return made


def _kinds() -> list[str]:
    return [f"{kind}:" for kind in ADAPTERS.names()]


def _told(declared: Sequence[str]) -> dict[str, str]:
    """Return declarations by their key.

    >>> _told(["range=0..255", "title=Rain = water"])
    {'range': '0..255', 'title': 'Rain = water'}
    """
    told: dict[str, str] = {}
    for one in declared:
        key, equals, value = one.partition("=")
        if not (key and equals and value):
            raise InputError("is not KEY=VALUE", where=f"--declare {one}", fix="write e.g. --declare range=0..255")
        if told.setdefault(key, value) != value:
            raise InputError("is declared twice", where=f"--declare {key}", fix="leave one out")
    return told


def by_name(name: str) -> MethodSpec:
    """Return what a run of this name restores with: an installed method, or one of the attacks.

    Raises:
        UnknownNameError: There is none.
        PluginError: Its package cannot be imported.
    """
    return next((attack for attack in ATTACKS if attack.name == name), None) or METHODS.get(name)


def packed(spec: MethodSpec) -> str | MethodSpec:
    """Return what is sent to another process for a method: its name, or the method itself if an adapter made it.

    What loads an installed method may be any function, which need not be one that can be sent; what an adapter makes
    is found under no name, but can be.
    """
    return spec.name if spec.interface is None else spec


def unpacked(sent: str | MethodSpec) -> MethodSpec:
    """Return the method of which :func:`packed` made what came.

    Raises:
        UnknownNameError: It is not installed here.
        PluginError: Its package cannot be imported.
    """
    return by_name(sent) if isinstance(sent, str) else sent
