"""Leaks that are reported: by an administrator, and by a partner that signs as GitHub's secret scanning does."""

import base64
import hashlib
import http.server
import json
import subprocess
import threading

import pytest

from support import Authority


class KeyServer:
    """Serves the list of a partner's public keys, as the partner would; and signs with them."""

    def __init__(self, folder):
        self.folder = folder
        self.keys = []
        self.fetches = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.fetches += 1
                body = json.dumps({"public_keys": outer.keys}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/meta/public_keys/secret_scanning"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def add_key(self, name):
        path = self.folder / f"{name}.pem"
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path], check=True)
        public = subprocess.run(["openssl", "ec", "-in", path, "-pubout"], check=True, capture_output=True).stdout
        self.keys.append({"key_identifier": name, "key": public.decode(), "is_current": True})

    def headers(self, name, body):
        signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.folder / f"{name}.pem"], input=body,
                                check=True, capture_output=True).stdout
        return {"Content-Type": "application/json", "Github-Public-Key-Identifier": name,
                "Github-Public-Key-Signature": base64.b64encode(signed).decode()}


@pytest.fixture
def keys(tmp_path):
    server = KeyServer(tmp_path)
    server.add_key("first")
    yield server
    server.stop()


@pytest.fixture
def partnered(keys, tmp_path):
    server = Authority(tmp_path / "partnered", "--partner-keys", keys.url).start()
    yield server
    server.stop()
    server.check_no_value_is_visible()


def match(value, url="https://github.com/ann/orders/blob/main/.env"):
    return {"token": value, "type": "rekey_client_secret", "url": url, "source": "content"}


def send(authority, body, headers):
    return authority.request("POST", "/api/v1/leaks", body, headers)


def report(authority, keys, matches, name="first"):
    body = json.dumps(matches).encode()
    return send(authority, body, keys.headers(name, body))


def accepts(authority, created):
    return authority.token(created["integration"]["client_id"], created["secret"]["value"]).status == 200


def test_a_signed_report_says_which_are_live_and_revokes_by_policy(partnered, keys):
    created = partnered.create()
    value = created["secret"]["value"]
    reply = report(partnered, keys, [match(value), match("SFMC_nothing_of_ours")])
    assert reply.status == 200, reply.text
    assert [entry["label"] for entry in reply.json] == ["true_positive", "false_positive"]
    assert reply.json[0]["token_hash"] == base64.b64encode(hashlib.sha256(value.encode()).digest()).decode()
    assert value.encode() not in reply.text
    assert accepts(partnered, created), "the policy says no more than notify"
    leaks = partnered.api("GET", "/leaks").json["leaks"]
    assert [(leak["source"], leak["place"], leak["action"]) for leak in leaks] == [
        ("partner", "https://github.com/ann/orders/blob/main/.env", "notified")]

    partnered.run("policy", "set", "on_leak=revoke")
    assert report(partnered, keys, [match(value, "https://github.com/ann/fork/blob/main/.env")]).status == 200
    assert not accepts(partnered, created)
    tail = partnered.run("ledger", "tail", "--lines", 50).stdout
    assert tail.count("leak_reported") == 1 and "  partner  " in tail and "reported as leaked by partner" in tail
    assert "Everything fits." in partnered.run("ledger", "verify").stdout


def test_a_report_that_is_not_signed_with_the_partners_key_is_refused(partnered, keys, tmp_path):
    created = partnered.create()
    partnered.run("policy", "set", "on_leak=revoke")
    body = json.dumps([match(created["secret"]["value"])]).encode()
    good = keys.headers("first", body)
    stranger = KeyServer(tmp_path)
    try:
        stranger.add_key("stranger")
        forged = stranger.headers("stranger", body)
    finally:
        stranger.stop()
    attempts = [(body + b" ", good), (body, {**good, "Github-Public-Key-Signature": "AAAA"}),
                (body, {**forged, "Github-Public-Key-Identifier": "first"}), (body, forged),
                (body, {"Content-Type": "application/json"})]
    for sent, headers in attempts:
        reply = send(partnered, sent, headers)
        assert reply.status == 401, reply.text
        assert created["secret"]["value"].encode() not in reply.text
    assert accepts(partnered, created)
    assert keys.fetches == 1, "strangers do not make it ask for the keys again and again"
    assert send(partnered, body, good).status == 200
    assert not accepts(partnered, created)


def test_without_the_partners_keys_a_signature_opens_nothing(authority, keys):
    created = authority.create()
    body = json.dumps([match(created["secret"]["value"])]).encode()
    assert send(authority, body, keys.headers("first", body)).status == 401
    assert keys.fetches == 0


def test_keys_are_taken_from_nowhere_that_others_can_change(tmp_path):
    refused = Authority(tmp_path / "data", "--partner-keys", "http://example.org/keys")
    refused.start(is_expected_to_start=False)
    assert refused.process.wait(timeout=30) == 2 and "https" in refused.log.read_text()
