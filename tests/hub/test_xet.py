"""The upload that huggingface_hub takes unless told otherwise: the real Xet client, with its store in a folder."""


def test_the_xet_client_uploads_and_others_read_what_it_uploaded(hub, client, folder):
    def upload(api, folder):
        kind = {"repo_id": "ada/rain", "repo_type": "dataset"}
        api.create_repo(**kind)
        opened = api.upload_folder(folder_path=folder, create_pr=True, **kind)
        drafted = api.get_discussion_details(discussion_num=opened.pr_num, **kind).status
        api.change_discussion_status(discussion_num=opened.pr_num, new_status="open", **kind)
        api.merge_pull_request(discussion_num=opened.pr_num, **kind)
        api.create_tag(tag="v1.0.0", **kind)
        merged = api.dataset_info("ada/rain").sha
        again = api.upload_folder(folder_path=folder, **kind).oid
        return [drafted, again == merged, [bool(item.xet_hash) for item in api.get_paths_info(
            paths=["README.md", "rainy/test-00000-of-00001.parquet"], **kind)]]  # fmt: skip

    def load(_):
        from datasets import load_dataset

        return load_dataset("ada/rain", "rainy", split="test", revision="v1.0.0")["number"][-2:]

    assert client(upload, folder, token=hub.account("ada"), xet=True) == ["draft", True, [False, True]]
    assert "PUT" not in {line["method"] for line in hub.trace()}
    hub.forget_trace()
    assert client(load, xet=True) == [98, 99]
    read = [(line["method"], line["path"].split("/")[-1]) for line in hub.trace()]
    assert ("GET", "test-00000-of-00001.parquet") not in read
    assert any("xet-read-token" in line["path"] for line in hub.trace())


def test_what_the_xet_client_packed_is_unpacked_bit_by_bit_for_clients_without_it(hub, client, tmp_path):
    """Noise, repetition and floating-point numbers: the three ways in which chunks are stored."""
    import numpy as np

    noise = np.random.default_rng(0).bytes(400_000)
    parts = {"noise.bin": noise, "text.bin": b"rain falls \0" * 40_000, "short.bin": b"\0"}
    parts["floats.bin"] = np.arange(150_001, dtype=np.float32).tobytes()[:-1]
    parts["mixed.bin"] = noise[:200_000] + parts["text.bin"] + noise[100_000:]
    (tmp_path / "parts").mkdir()
    for name, data in parts.items():
        (tmp_path / "parts" / name).write_bytes(data)

    def upload(api, folder):
        api.create_repo("ada/parts")
        return api.upload_folder(repo_id="ada/parts", folder_path=folder).oid

    def download(api, folder):
        return api.snapshot_download("ada/parts", local_dir=folder)

    client(upload, tmp_path / "parts", token=hub.account("ada"), xet=True)
    client(download, tmp_path / "down")
    assert {name: (tmp_path / "down" / name).read_bytes() == data for name, data in parts.items()} == dict.fromkeys(
        parts, True
    )
