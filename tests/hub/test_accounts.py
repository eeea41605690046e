"""Who may do what: tokens that read, write or have expired; private and gated repositories."""


def outcomes(_, repo, parquet, tokens):
    """Try what each token may be good for and say how each ended; an empty token is none."""
    from huggingface_hub import HfApi, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    def tried(action):
        try:
            value = action()
        except HfHubHTTPError as error:
            return f"{type(error).__name__} {error.response.status_code}"
        return value if type(value) is str else "ok"

    kind = {"repo_id": repo, "repo_type": "dataset"}
    url = hf_hub_url(repo, parquet, repo_type="dataset")

    def each(token):
        api = HfApi(token=token or False)
        return {
            "whoami": tried(lambda: api.whoami()["name"]) if token else "nobody",
            "info": tried(lambda: api.dataset_info(repo).id),
            "list": tried(lambda: api.list_repo_files(**kind)),
            "file": tried(lambda: api.get_hf_file_metadata(url=url)),
            "access": tried(lambda: api.auth_check(**kind)),
            "create": tried(lambda: api.create_repo("ada/other", repo_type="dataset")),
            "upload": tried(lambda: api.upload_file(path_or_fileobj=b"x", path_in_repo="x", **kind)),
        }

    return [each(token) for token in tokens]


def prepare(api, repo, folder, settings, guest=None):
    """Make a repository with files and settings, and let a guest in."""
    api.create_repo(repo, repo_type="dataset")
    api.upload_folder(repo_id=repo, folder_path=folder, repo_type="dataset")
    if settings:
        api.update_repo_settings(repo, repo_type="dataset", **settings)
    if guest:
        api.grant_access(repo, guest, repo_type="dataset")


PARQUET = "rainy/test-00000-of-00001.parquet"
EVERYTHING = {"info": "ada/rain", "list": "ok", "file": "ok", "access": "ok"}


def test_a_token_gives_its_owner_what_its_role_says(hub, client, folder):
    writing, reading = hub.account("ada"), hub.account("ada", role="read")
    client(prepare, "ada/rain", folder, None, token=writing)
    found = client(outcomes, "ada/rain", PARQUET, [writing, reading])
    denied = "HfHubHTTPError 403"
    assert found[0] == {"whoami": "ada", **EVERYTHING, "create": "ok", "upload": "ok"}
    assert found[1] == {"whoami": "ada", **EVERYTHING, "create": denied, "upload": denied}


def test_a_wrong_or_expired_token_is_refused_even_what_everybody_may_read(hub, client, folder):
    client(prepare, "ada/rain", folder, None, token=hub.account("ada"))
    tokens = ["hf_wrong", hub.account("ada", expired=True), ""]
    wrong, expired, nobody = client(outcomes, "ada/rain", PARQUET, tokens)
    assert {how.split()[-1] for how in [*wrong.values(), *expired.values()]} == {"401"}
    assert {name: nobody[name] for name in EVERYTHING} == EVERYTHING


def test_a_private_repository_does_not_exist_for_others(hub, client, folder):
    ada, ben = hub.account("ada", orgs={"lab": "write"}), hub.account("ben")
    cem = hub.account("cem", orgs={"lab": "read"})
    client(prepare, "lab/rain", folder, {"private": True}, token=ada)
    stranger, nobody, member = client(outcomes, "lab/rain", PARQUET, [ben, "", cem])
    assert {stranger[name] for name in [*EVERYTHING, "upload"]} == {"RepositoryNotFoundError 404"}
    assert {nobody[name] for name in [*EVERYTHING, "upload"]} == {"RepositoryNotFoundError 401"}
    assert {name: member[name] for name in EVERYTHING} == EVERYTHING | {"info": "lab/rain"}
    assert member["upload"] == "HfHubHTTPError 403"


def test_a_gated_repository_shows_its_list_and_keeps_its_files_until_access_is_granted(hub, client, folder):
    ada, ben, cem = hub.account("ada"), hub.account("ben"), hub.account("cem")
    client(prepare, "ada/rain", folder, {"gated": "manual"}, "cem", token=ada)
    waiting, nobody, granted = client(outcomes, "ada/rain", PARQUET, [ben, "", cem])
    shown = {"info": "ada/rain", "list": "ok"}
    assert {name: waiting[name] for name in EVERYTHING} == {
        **shown, "file": "GatedRepoError 403", "access": "GatedRepoError 403",
    }  # fmt: skip
    assert {name: nobody[name] for name in EVERYTHING} == {
        **shown, "file": "GatedRepoError 401", "access": "GatedRepoError 401",
    }  # fmt: skip
    assert {name: granted[name] for name in EVERYTHING} == EVERYTHING


def test_tokens_are_in_no_trace(hub, client, folder):
    token = hub.account("ada")
    client(prepare, "ada/rain", folder, None, token=token)
    assert {line["user"] for line in hub.trace()} >= {"ada"}
    assert token not in (hub.root / "trace.jsonl").read_text()
