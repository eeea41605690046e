"""Repositories, commits, pull requests and refs, as the real client sees them."""

import json


def start(api, repo, folder):
    """Make a repository and upload a folder."""
    api.create_repo(repo, repo_type="dataset")
    return api.upload_folder(repo_id=repo, folder_path=folder, repo_type="dataset").oid


def test_creating_again_is_told_and_models_and_datasets_have_names_of_their_own(hub, client):
    def steps(api):
        from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

        found = {"url": api.create_repo("ada/rain", repo_type="dataset")}
        try:
            api.create_repo("ada/rain", repo_type="dataset")
        except HfHubHTTPError as error:
            found["again"] = error.response.status_code
        found["exist_ok"] = api.create_repo("ada/rain", repo_type="dataset", exist_ok=True).repo_id
        found["model"] = api.create_repo("ada/rain").repo_type
        api.delete_repo("ada/rain", repo_type="dataset")
        try:
            api.dataset_info("ada/rain")
        except RepositoryNotFoundError as error:
            found["deleted"] = error.response.status_code
        return found | {"left": api.model_info("ada/rain").id}

    assert client(steps, token=hub.account("ada")) == {
        "url": f"{hub.url}/datasets/ada/rain", "again": 409, "exist_ok": "ada/rain", "model": "model", "deleted": 404,
        "left": "ada/rain",
    }  # fmt: skip


def test_uploading_the_same_again_makes_no_commit_and_sends_no_file(hub, client, folder):
    token = hub.account("ada")
    first = client(start, "ada/rain", folder, token=token)
    hub.forget_trace()

    def again(api, folder):
        info = api.upload_folder(repo_id="ada/rain", folder_path=folder, repo_type="dataset")
        return [info.oid, [commit.title for commit in api.list_repo_commits("ada/rain", repo_type="dataset")]]

    assert client(again, folder, token=token) == [first, ["Upload folder using huggingface_hub", "initial commit"]]
    assert [line for line in hub.trace() if line["method"] == "PUT" or "/commit/" in line["path"]] == []


def test_a_pull_request_is_opened_filled_merged_and_tagged(hub, client, folder):
    def steps(api, folder):
        from huggingface_hub.errors import HfHubHTTPError

        kind = {"repo_id": "ada/rain", "repo_type": "dataset"}
        api.create_repo(**kind)
        opened = api.upload_folder(folder_path=folder, create_pr=True, commit_message="First", **kind)
        api.upload_file(path_or_fileobj=b"more", path_in_repo="more.txt", revision=opened.pr_revision, **kind)
        before = api.list_repo_files(**kind)
        number = opened.pr_num
        api.comment_discussion(discussion_num=number, comment="ready", **kind)
        api.merge_pull_request(discussion_num=number, **kind)
        try:
            api.merge_pull_request(discussion_num=number, **kind)
        except HfHubHTTPError as error:
            twice = error.response.status_code
        api.create_tag(tag="v1.0.0", **kind)
        api.create_branch(branch="next", **kind)
        details = api.get_discussion_details(discussion_num=number, **kind)
        refs = api.list_repo_refs(include_pull_requests=True, **kind)
        merged = next(iter(api.get_repo_discussions(**kind, discussion_status="closed")))
        return {
            "before": before, "after": api.list_repo_files(revision="v1.0.0", **kind), "status": details.status,
            "twice": twice, "merged": details.merge_commit_oid == api.dataset_info("ada/rain").sha,
            "events": [event.type for event in details.events], "listed": merged.num,
            "refs": [ref.ref for ref in [*refs.branches, *refs.tags, *refs.pull_requests]],
            "titles": [commit.title for commit in api.list_repo_commits(**kind)],
        }  # fmt: skip

    assert client(steps, folder, token=hub.account("ada")) == {
        "before": [".gitattributes"],
        "after": [".gitattributes", "README.md", "more.txt", "rainy/test-00000-of-00001.parquet"],
        "status": "merged",
        "twice": 409,
        "merged": True,
        "events": ["comment", "commit", "commit", "comment", "status-change"],
        "listed": 1,
        "refs": ["refs/heads/main", "refs/heads/next", "refs/tags/v1.0.0", "refs/pr/1"],
        "titles": ["First (#1)", "initial commit"],
    }


def test_two_pull_requests_that_change_the_same_file_conflict_and_others_are_merged(hub, client):
    def steps(api):
        from huggingface_hub.errors import HfHubHTTPError

        kind = {"repo_id": "ada/rain", "repo_type": "dataset"}
        api.create_repo(**kind)
        pulls = [
            api.upload_file(path_or_fileobj=data, path_in_repo=path, create_pr=True, **kind).pr_num
            for path, data in (("a", b"1"), ("a", b"2"), ("b", b"3"))
        ]
        api.merge_pull_request(discussion_num=pulls[0], **kind)
        api.merge_pull_request(discussion_num=pulls[2], **kind)
        try:
            api.merge_pull_request(discussion_num=pulls[1], **kind)
        except HfHubHTTPError as error:
            return [
                error.response.status_code,
                api.get_discussion_details(discussion_num=pulls[1], **kind).conflicting_files,
                api.list_repo_files(**kind),
            ]

    assert client(steps, token=hub.account("ada")) == [409, ["a"], [".gitattributes", "a", "b"]]


def test_operations_add_copy_and_delete_and_a_stale_parent_is_refused(hub, client, folder):
    def steps(api, folder):
        from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete
        from huggingface_hub.errors import HfHubHTTPError

        kind = {"repo_id": "ada/rain", "repo_type": "dataset"}
        api.create_repo(**kind)
        first = api.upload_folder(folder_path=folder, **kind).oid
        parquet = "rainy/test-00000-of-00001.parquet"
        operations = [
            CommitOperationCopy(parquet, "clean/copy.parquet"),
            CommitOperationCopy("README.md", "docs/README.md"),
            CommitOperationDelete("rainy/"),
            CommitOperationAdd("empty.bin", b""),
        ]
        api.create_commit(operations=operations, commit_message="Move", parent_commit=first, **kind)
        found = {"files": api.list_repo_files(**kind), "old": api.list_repo_files(revision=first[:8], **kind)}
        for name, wrong, parent in (
            ("stale", CommitOperationAdd("x", b"x"), first),
            ("absent", CommitOperationDelete("nothing"), None),
        ):
            try:
                api.create_commit(operations=[wrong], commit_message="no", parent_commit=parent, **kind)
            except HfHubHTTPError as error:
                found[name] = [type(error).__name__, error.response.status_code]
        info = api.get_paths_info(paths=["clean", "clean/copy.parquet", "gone"], expand=True, **kind)
        return found | {"info": [[i.path, i.last_commit.title, getattr(i, "size", None)] for i in info]}

    found = client(steps, folder, token=hub.account("ada"))
    size = (folder / "rainy" / "test-00000-of-00001.parquet").stat().st_size
    assert found == {
        "files": [".gitattributes", "README.md", "clean/copy.parquet", "docs/README.md", "empty.bin"],
        "old": [".gitattributes", "README.md", "rainy/test-00000-of-00001.parquet"],
        "stale": ["HfHubHTTPError", 412],
        "absent": ["RemoteEntryNotFoundError", 404],
        "info": [["clean", "Move", None], ["clean/copy.parquet", "Move", size]],
    }


def test_large_files_come_in_parts_and_wrong_bytes_are_not_kept(tmp_path, hub_with, client_of):
    hub = hub_with(multipart_above=100_000, part=40_000)
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * 500)

    def upload(api, path):
        import pathlib

        api.create_repo("ada/rain", repo_type="dataset")
        api.upload_file(path_or_fileobj=path, path_in_repo="large.bin", repo_id="ada/rain", repo_type="dataset")
        return pathlib.Path(api.hf_hub_download("ada/rain", "large.bin", repo_type="dataset")).read_bytes().hex()

    assert client_of(hub)(upload, large, token=hub.account("ada")) == large.read_bytes().hex()
    parts = [line["received"] for line in hub.trace() if line["method"] == "PUT"]
    assert parts == [40_000, 40_000, 40_000, 8_000]


def test_a_server_killed_before_or_after_a_commit_shows_the_old_state_or_the_new(hub, client, folder):
    token = hub.account("ada")

    def make(api, repo):
        api.create_repo(repo, repo_type="dataset", exist_ok=True)

    def upload(api, folder):
        import httpx2

        try:
            api.upload_folder(repo_id="ada/rain", folder_path=folder, repo_type="dataset")
        except (httpx2.HTTPError, RuntimeError) as error:
            return type(error).__name__
        return [sorted(api.list_repo_files("ada/rain", repo_type="dataset"))]

    client(make, "ada/rain", token=token)
    for match, after, seen in (("/commit/", 0, 1), ("/commit/", None, 3)):
        hub.fault("kill", match, after=after)
        assert isinstance(client(upload, folder, token=token), str)
        hub.wait_until_dead()
        hub.start()
        state = json.loads((hub.root / "repos/datasets/ada/rain/repo.json").read_text())
        commit = state["refs"]["refs/heads/main"]
        files = json.loads((hub.root / f"repos/datasets/ada/rain/commits/{commit}.json").read_text())["files"]
        assert len(files) == seen
    whole = [".gitattributes", "README.md", "rainy/test-00000-of-00001.parquet"]
    assert client(upload, folder, token=token) == [whole]
