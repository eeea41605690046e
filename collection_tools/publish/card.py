"""The card on the Hub: words that somebody wrote there by hand are kept, facts are those of the release."""

from __future__ import annotations

import yaml
from huggingface_hub import DatasetCard

from collection_tools.release.seal import is_sealed
from nlcl_bench.core.errors import HubError

__all__ = ["kept"]

_FACTS = ("configs", "dataset_info", "size_categories", "license", "license_name", "license_link")
"""Fields that follow from the release; in all others those on the Hub win."""


def kept(ours: str, theirs: str | None) -> str:
    """Return the card to publish.

    Args:
        ours: The card of the release.
        theirs: The card that is on the Hub, if there is one. One that a release made and nobody changed is replaced;
            so is one without words, as the Hub makes it for a new repository.

    Raises:
        HubError: What stands above their words is no YAML.
    """
    if theirs is None or theirs == ours or is_sealed(theirs):
        return ours
    card, generated = _read(theirs), _read(ours).data.to_dict()  # type: ignore[no-untyped-call]
    if not card.text.strip():
        return ours
    for name in {*generated, *_FACTS}:
        if name in _FACTS or name not in card.data:
            setattr(card.data, name, generated.get(name))
    return str(card)


def _read(text: str) -> DatasetCard:
    try:
        return DatasetCard(text)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise HubError("its card has no valid YAML at its head", where="README.md", fix="mend it on the Hub") from error
