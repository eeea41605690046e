"""Reading: load_dataset by tag, columns, filters, streaming, ranges and pages."""


def publish(api, folder):
    """Upload a folder and tag it."""
    kind = {"repo_id": "ada/rain", "repo_type": "dataset"}
    api.create_repo(**kind)
    api.upload_folder(folder_path=folder, **kind)
    api.create_tag(tag="v1.0.0", **kind)
    api.upload_file(path_or_fileobj=b"---\nconfigs: []\n---\nbroken later", path_in_repo="README.md", **kind)
    return api.dataset_info("ada/rain", revision="v1.0.0").sha


def test_a_tagged_version_loads_whole_by_columns_by_filters_and_as_a_stream(hub, client, folder):
    client(publish, folder, token=hub.account("ada"))
    hub.forget_trace()

    def load(_):
        from datasets import load_dataset

        version = {"split": "test", "revision": "v1.0.0"}
        some = {"columns": ["number"], "filters": [("scene", "==", "b"), ("number", ">", 90)]}
        stream = load_dataset("ada/rain", "rainy", streaming=True, **some, **version)
        return [
            load_dataset("ada/rain", "rainy", **version).num_rows,
            load_dataset("ada/rain", "rainy", **some, **version).to_dict(),
            list(stream),
        ]

    assert client(load) == [100, {"number": [93, 97]}, [{"number": 93}, {"number": 97}]]
    assert [line["status"] for line in hub.trace() if line["range"]]
    assert {line["status"] for line in hub.trace() if line["range"]} == {206}


def test_a_version_that_does_not_exist_and_a_repository_that_does_not_exist_are_told_apart(hub, client, folder):
    client(publish, folder, token=hub.account("ada"))

    def load(_):
        from datasets import load_dataset

        found = []
        for repo, revision in (("ada/rain", "v9"), ("ada/none", None), ("none", None)):
            try:
                load_dataset(repo, "rainy", revision=revision)
            except Exception as error:  # noqa: BLE001 - which one it is, is the question
                found.append(f"{type(error).__name__}: {error}")
        return found

    revision, repo, short = client(load)
    assert "v9" in revision
    assert "ada/none" in repo
    assert "none" in short


def test_files_come_whole_or_in_ranges_with_the_headers_that_clients_need(hub, client, folder):
    sha = client(publish, folder, token=hub.account("ada"))
    parquet = folder / "rainy" / "test-00000-of-00001.parquet"
    path, data = f"/datasets/ada/rain/resolve/v1.0.0/rainy/{parquet.name}", parquet.read_bytes()
    for asked, (first, end) in {
        "bytes=0-9": (0, 10),
        "bytes=100-": (100, len(data)),
        "bytes=-7": (len(data) - 7, len(data)),
        "bytes=10-99999999": (10, len(data)),
    }.items():
        answer, body = hub.ask("GET", path, headers={"Range": asked})
        assert (answer.status, answer.headers["Content-Range"]) == (206, f"bytes {first}-{end - 1}/{len(data)}")
        assert body == data[first:end]
    answer, body = hub.ask("HEAD", path)
    assert (answer.status, answer.headers["X-Repo-Commit"], body) == (200, sha, b"")
    assert answer.headers["Content-Length"] == answer.headers["X-Linked-Size"] == str(len(data))
    assert answer.headers["ETag"] == answer.headers["X-Linked-Etag"]
    assert hub.ask("GET", path)[1] == data
    assert hub.ask("GET", path, headers={"Range": "bytes=99999999-"})[0].status == 416
    assert hub.ask("GET", path, headers={"If-None-Match": answer.headers["ETag"]})[0].status == 304


def test_a_file_that_does_not_exist_is_told_with_the_commit_and_no_path_leads_out(hub, client, folder):
    client(publish, folder, token=hub.account("ada"))
    for path in ("none", "../../../accounts.json", "..%2F..%2Frepo.json", "%2Fetc%2Fpasswd"):
        answer, _ = hub.ask("GET", f"/datasets/ada/rain/resolve/main/{path}")
        assert (answer.status, answer.headers["X-Error-Code"]) == (404, "EntryNotFound")
        assert answer.headers["X-Repo-Commit"]


def test_a_revision_has_many_names(hub, client, folder):
    sha = client(publish, folder, token=hub.account("ada"))
    for revision in ("main", "HEAD", "v1.0.0", "refs%2Ftags%2Fv1.0.0", "refs/tags/v1.0.0", sha, sha[:7]):
        answer, _ = hub.ask("GET", f"/datasets/ada/rain/resolve/{revision}/README.md")
        assert answer.status == 200, revision


def test_long_listings_come_in_pages(hub_with, client_of, folder):
    hub = hub_with(page=4)

    def count(api, folder):
        import pathlib

        for index in range(11):
            (pathlib.Path(folder) / f"{index}.txt").write_text(str(index))
        api.create_repo("ada/rain", repo_type="dataset")
        api.upload_folder(repo_id="ada/rain", folder_path=folder, repo_type="dataset")
        whole = [item.path for item in api.list_repo_tree("ada/rain", repo_type="dataset", recursive=True)]
        return [whole == sorted(whole), len(whole)]

    assert client_of(hub)(count, folder, token=hub.account("ada")) == [True, 15]
    assert len([line for line in hub.trace() if "/tree/" in line["path"]]) == 4
