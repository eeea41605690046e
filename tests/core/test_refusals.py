"""What the Hub's library raises becomes a clause and something to do, without addresses or tokens."""

from __future__ import annotations

import errno

import httpx2
import pytest
from huggingface_hub import errors

from nlcl_bench.core.refusals import refusal


def answered(kind, status, words="nothing to say of hf_secret"):
    request = httpx2.Request("GET", "https://hub.example/api", headers={"authorization": "Bearer hf_secret"})
    return kind(words, response=httpx2.Response(status, request=request))


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (answered(errors.RepositoryNotFoundError, 404), "no such dataset, or it is private"),
        (answered(errors.RepositoryNotFoundError, 401, "Invalid username or password."), "no such dataset, or"),
        (answered(errors.GatedRepoError, 403), "dataset is gated and you have no access"),
        (answered(errors.RevisionNotFoundError, 404), "dataset has no such revision"),
        (
            answered(errors.HfHubHTTPError, 401, "Invalid credentials in Authorization header"),
            "the Hub refuses your token",
        ),
        (answered(errors.HfHubHTTPError, 403), "you have no permission for it"),
        (answered(errors.HfHubHTTPError, 429), "too many requests"),
        (answered(errors.HfHubHTTPError, 502), "the Hub answered with error 502"),
        (httpx2.ConnectError("hf_secret"), "no network, or the Hub does not answer"),
        (httpx2.ReadTimeout("hf_secret"), "the Hub does not answer in time"),
        (httpx2.RemoteProtocolError("hf_secret"), "the connection was lost"),
        (errors.OfflineModeIsEnabled("hf_secret"), "HF_HUB_OFFLINE is set"),
        (OSError(errno.ENOSPC, "hf_secret"), "the disk is full"),
        (PermissionError(errno.EACCES, "hf_secret"), "its cache cannot be written"),
        (errors.HFValidationError("hf_secret"), "is no name of a dataset"),
    ],
)
def test_every_refusal_has_its_own_words_and_no_secret(error, says):
    what, fix = refusal(error)
    assert says in what
    assert fix
    assert "hf_secret" not in what + fix


def test_the_first_cause_counts_and_not_what_was_raised_last():
    last = errors.LocalEntryNotFoundError("is not in the cache")
    last.__cause__ = answered(errors.GatedRepoError, 403)
    assert refusal(last)[0].startswith("dataset is gated")
