"""Whatever goes wrong is one clear line, nothing is half-published under the tag, and the same command ends it."""

import time

import pytest


def lines(done) -> str:
    return " ".join((done.stdout + done.stderr).split())


def fails(done, *said: str) -> None:
    assert done.returncode == 1, lines(done)
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in lines(done)


def ends(there, folder) -> None:
    """The same command again publishes all of it, once."""
    there.server.no_faults()
    done = there.publish(folder)
    assert done.returncode == 0, lines(done)
    state = there.state()
    assert state["tags"] == {"v1.0.0": state["head"]}
    assert state["open"] == []


def test_without_a_token_with_a_wrong_one_and_with_one_that_only_reads(there, folder):
    reader = there.server.account("bob", role="read")
    wrong = "hf_" + "wrong"
    done = there.publish(folder, token=wrong)
    fails(done, "refuses your token", "hf auth login")
    assert wrong not in done.stdout + done.stderr
    fails(there.publish(folder, token=reader), "no permission")
    fails(there.publish(folder, HF_TOKEN=""), "not logged in", "hf auth login")
    ends(there, folder)


def test_a_name_under_which_something_else_lies(there, folder):
    there.run("api.create_repo(**repo)")
    there.push("data.csv", "a,b\n")
    fails(there.publish(folder), "holds files that are no release")


def test_without_a_network(there, folder):
    fails(there.publish(folder, HF_ENDPOINT="http://127.0.0.1:9"), "no network", "check your network")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "match": "POST .*/commit/", "status": 500},
        {"kind": "lose-reply", "match": "POST .*/commit/"},
        {"kind": "drop-request", "match": "POST .*/commit/", "after": 100},
        {"kind": "status", "match": "POST .*/merge", "status": 503, "times": None},
        {"kind": "lose-reply", "match": "POST .*/merge"},
        {"kind": "status", "match": "POST .*/tag/", "status": 500},
        {"kind": "lose-reply", "match": "POST .*/tag/"},
        {"kind": "expire", "match": "POST .*/commit/"},
        {"kind": "full", "times": None},
        {"kind": "kill", "match": "POST .*/commit/"},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('match', 'disk')}",
)
def test_a_fault_in_the_middle_publishes_nothing_under_the_tag_and_the_same_command_ends_it(there, folder, fault):
    there.server.fault(**fault)
    fails(there.publish(folder))
    if fault["kind"] == "kill":
        there.server.wait_until_dead()
        there.server.start()
    there.server.no_faults()
    if fault["kind"] == "expire":
        there.token = there.server.account("ada")
    if "/tag/" not in fault.get("match", ""):
        assert there.state()["tags"] == {}
    ends(there, folder)


def test_after_kill_9_in_the_middle_of_an_upload_the_same_command_ends_it(there, folder):
    there.server.fault("slow", "PUT /lfs/", times=None, rate=1000)
    with there.publishing(folder) as process:
        limit = time.monotonic() + 60
        while there.server.faults()[0]["struck"] == 0 and time.monotonic() < limit:
            time.sleep(0.05)
        process.kill()
    assert there.state()["tags"] == {}
    ends(there, folder)


def test_somebody_who_pushes_meanwhile_loses_nothing(published, again):
    published.server.fault("stale", "POST .*/commit/")
    other = again("Other Rain")
    fails(published.publish(other), "somebody else pushed meanwhile", "same command again")
    before = set(published.files())
    done = published.publish(other)
    assert done.returncode == 0, lines(done)
    assert before <= set(published.files("v1.1.0"))
    assert before > set(published.files("v1.0.0"))


def test_a_release_that_was_changed_after_it_was_made_is_refused_before_anything_is_asked(there, folder):
    shard = next(folder.rglob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    fails(there.publish(folder), "is not as the checksums say", shard.name)
    assert there.server.trace() == []
    (folder / "SHA256SUMS").unlink()
    fails(there.publish(folder), "SHA256SUMS")
