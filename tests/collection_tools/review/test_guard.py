"""Who gets in, and what nobody gets."""

from __future__ import annotations

import http.client
import json
import socket

import pytest


@pytest.fixture
def inside(shared_server):
    with shared_server.client() as client:
        yield client


@pytest.fixture
def decision(shared_desk):
    return json.dumps({"sha256": shared_desk.digests["1.jpg"], "verdict": "accept"})


ADDRESSES = ("/", "/assets/review.js", "/api/photos", "/api/photos/{}", "/thumbnails/{}", "/pictures/{}", "/nothing")


def test_without_the_token_every_request_is_refused(shared_server, shared_desk, decision):
    with shared_server.client(admitted=False) as client:
        for address in ADDRESSES:
            assert client.get(address.format(shared_desk.digests["1.jpg"])).status_code == 403
        assert client.get("/?token=").status_code == 403
        assert client.get(f"/?token={shared_server.token[:-1]}").status_code == 403
        assert client.get(f"/?token={shared_server.token}ä").status_code == 403
        wrong = {"Cookie": f"nlcl-review-{shared_server.port}={shared_server.token[:-1]}x"}
        assert client.get("/", headers=wrong).status_code == 403
        assert client.post("/api/decisions", content=decision, headers=shared_server.own).status_code == 403
    assert shared_desk.lines() == []


def test_the_token_becomes_a_strict_cookie_and_leaves_the_address(shared_server):
    with shared_server.client(admitted=False) as client:
        answer = client.get(f"/?token={shared_server.token}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert client.get("/").text.startswith("<!doctype html>")


def test_a_foreign_name_for_this_machine_is_refused(shared_server, inside):
    for host in (
        "evil.example",
        f"evil.example:{shared_server.port}",
        "127.0.0.1",
        f"127.0.0.1:{shared_server.port}.x",
    ):
        assert inside.get("/", headers={"Host": host}).status_code == 403
        assert inside.get(f"/?token={shared_server.token}", headers={"Host": host}).status_code == 403
    assert inside.get("/", headers={"Host": f"localhost:{shared_server.port}"}).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1"},
        {"X-NLCL-Review": None},
    ],
)
def test_a_post_from_elsewhere_is_refused(shared_server, shared_desk, inside, decision, change):
    headers = {name: value for name, value in {**shared_server.own, **change}.items() if value is not None}
    assert inside.post("/api/decisions", content=decision, headers=headers).status_code == 403
    assert shared_desk.lines() == []


def test_nothing_may_be_loaded_framed_or_kept(shared_server, shared_desk, inside):
    answers = [inside.get(address.format(shared_desk.digests["1.jpg"])) for address in ADDRESSES]
    with shared_server.client(admitted=False) as stranger:
        answers.append(stranger.get("/"))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in answer.headers


def test_only_the_loopback_interface_listens(shared_server):
    socket.create_connection(("127.0.0.1", shared_server.port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", shared_server.port), timeout=5)


@pytest.mark.parametrize("folder", ["assets", "thumbnails", "pictures", "api/photos"])
@pytest.mark.parametrize(
    "name",
    [
        "../serve.py",
        "..%2fserve.py",
        "%2e%2e/%2e%2e/app.py",
        "..%5cserve.py",
        "%00",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "0" * 64,
        "0" * 16,
        "x" * 2000,
        "",
        ".",
    ],
)
def test_no_address_leads_to_another_file(shared_server, folder, name):
    """Sent as written: clients would tidy these addresses up."""
    connection = http.client.HTTPConnection("127.0.0.1", shared_server.port, timeout=10)
    connection.request(
        "GET", f"/{folder}/{name}", headers={"Cookie": f"nlcl-review-{shared_server.port}={shared_server.token}"}
    )
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status in {404, 307}  # a slash too much leads to the address without it
    assert b"import" not in body
    assert b"root:" not in body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])
def test_other_methods_do_nothing(shared_server, inside, method):
    assert inside.request(method, "/api/decisions", headers=shared_server.own).status_code == 405
