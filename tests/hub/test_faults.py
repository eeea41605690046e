"""Faults do what they say, and only as often as they were asked for."""

import time

import pytest

PUT = "^PUT /lfs/"


def try_to_upload(api, attempts=1):
    """Upload one large file and say how each attempt ended; the client itself repeats what failed for a moment."""
    import httpx2

    kind = {"repo_id": "ada/rain", "repo_type": "dataset"}
    api.create_repo(exist_ok=True, **kind)
    ends = []
    for _ in range(attempts):
        try:
            api.upload_file(path_or_fileobj=bytes(300_000), path_in_repo="large.bin", **kind)
            ends.append(len(api.list_repo_commits(**kind)))
        except (httpx2.HTTPError, RuntimeError) as error:
            cause = error.__cause__ if isinstance(error, RuntimeError) else error
            answer = getattr(cause, "response", None)
            ends.append(f"{type(cause).__name__} {answer.status_code if answer is not None else ''}".strip())
    return ends


DONE = 2  # commits: the first of every repository, and the upload


def struck(hub):
    """Return how often each fault has struck."""
    return [rule["struck"] for rule in hub.faults()]


def test_a_server_that_fails_once_is_asked_again(hub, client):
    token = hub.account("ada")
    hub.fault("status", PUT, status=503, times=1)
    assert client(try_to_upload, token=token) == [DONE]
    assert [line["status"] for line in hub.trace() if line["method"] == "PUT"] == [503, 200]


def test_a_commit_that_fails_with_500_changes_nothing_until_it_is_sent_again(hub, client):
    token = hub.account("ada")
    hub.fault("status", "POST .*/commit/", status=500, times=1)
    assert client(try_to_upload, 2, token=token) == ["HfHubHTTPError 500", DONE]
    assert struck(hub) == [1]


def test_a_connection_lost_while_a_file_goes_up_leaves_no_file_behind(hub, client):
    token = hub.account("ada")
    hub.fault("drop-request", PUT, after=100_000)
    assert client(try_to_upload, token=token) == [DONE]
    puts = [line for line in hub.trace() if line["method"] == "PUT"]
    assert [(line["status"], line["fault"]) for line in puts] == [(None, "drop-request"), (200, None)]
    assert 100_000 <= puts[0]["received"] < 300_000
    assert len(list((hub.root / "repos/datasets/ada/rain/lfs").iterdir())) == 1
    assert [path for path in (hub.root / "incoming").rglob("*") if path.is_file()] == []


def test_a_commit_whose_answer_is_lost_was_made(hub, client):
    token = hub.account("ada")
    hub.fault("lose-reply", "POST .*/commit/")
    assert client(try_to_upload, 2, token=token) == ["RemoteProtocolError", DONE]
    assert len([line for line in hub.trace() if "/commit/" in line["path"]]) == 1


def test_a_full_disk_refuses_the_file_and_keeps_nothing_of_it(hub, client):
    token = hub.account("ada")
    hub.fault("full", after=50_000)
    assert client(try_to_upload, token=token) == ["HfHubHTTPError 507"]
    assert not (hub.root / "repos/datasets/ada/rain/lfs").exists()
    assert client(try_to_upload, token=token) == [DONE]


def test_a_token_expires_in_the_middle_of_the_work(hub, client):
    token = hub.account("ada")
    hub.fault("expire", skip=3)
    assert client(try_to_upload, token=token) == ["HfHubHTTPError 401"]
    assert hub.trace()[-1]["status"] == 401
    assert len([line for line in hub.trace() if line["user"]]) == 3


@pytest.mark.parametrize("path", ["", "README.md"])
def test_somebody_else_is_quicker(hub, client, path):
    def steps(api):
        from huggingface_hub.errors import HfHubHTTPError

        kind = {"repo_id": "ada/rain", "repo_type": "dataset"}
        api.create_repo(**kind)
        parent = api.dataset_info("ada/rain").sha
        mine = {"path_or_fileobj": b"mine", "path_in_repo": "mine.txt", **kind}
        try:
            api.upload_file(parent_commit=parent, **mine)
        except HfHubHTTPError as error:
            refused = error.response.status_code
        api.upload_file(parent_commit=api.dataset_info("ada/rain").sha, **mine)
        return [refused, api.list_repo_files(**kind)]

    token = hub.account("ada")
    hub.fault("stale", "/commit/", path=path)
    assert client(steps, token=token) == [412, sorted([".gitattributes", "mine.txt", path or "somebody-else-1.txt"])]


def test_a_download_that_breaks_off_is_asked_for_again_and_a_slow_one_is_slow(hub, client):
    token = hub.account("ada")
    client(try_to_upload, token=token)
    hub.fault("slow", "GET .*large", rate=600_000)
    begun = time.monotonic()
    assert len(hub.ask("GET", "/datasets/ada/rain/resolve/main/large.bin")[1]) == 300_000
    assert 0.4 < time.monotonic() - begun < 5
    hub.fault("drop-reply", "GET .*large", after=120_000)

    def download(api):
        import pathlib

        return pathlib.Path(api.hf_hub_download("ada/rain", "large.bin", repo_type="dataset")).stat().st_size

    hub.forget_trace()
    assert client(download) == 300_000
    sent = [line["sent"] for line in hub.trace() if line["method"] == "GET" and "large" in line["path"]]
    assert sent == [120_000, 300_000]


def test_a_fault_skips_and_counts_and_a_wrong_one_is_refused(hub):
    hub.fault("status", "whoami", status=502, skip=1, times=2)
    assert [hub.ask("GET", "/api/whoami-v2")[0].status for _ in range(4)] == [401, 502, 502, 401]
    assert struck(hub) == [2]
    with pytest.raises(ValueError, match="no fault is called 'flood'"):
        hub.fault("flood")
