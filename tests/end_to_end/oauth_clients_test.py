"""Strict OAuth clients from npm, unmodified, against the standard endpoints: discovery, tokens, their verification by the
published keys, introspection and revocation."""

import json
import subprocess

import pytest
from clients import HERE_ONLY, NODE
from support import SOURCE

CLIENTS = SOURCE / "tests/clients/oauth"
RESOURCE = "https://api.example.com/orders"


@pytest.fixture
def run_client(authority, tmp_path):
    created = authority.create()
    client_id = created["integration"]["client_id"]

    def run(script, algorithm):
        authority.run("audience", "declare", RESOURCE, "--algorithm", algorithm, "--package", client_id)
        path = tmp_path / "settings.json"
        path.write_text(json.dumps({"issuer": authority.url, "clientId": client_id, "resource": RESOURCE,
                                    "clientSecret": created["secret"]["value"], "scope": "email_send"}))
        done = subprocess.run([NODE, CLIENTS / script, path], capture_output=True, text=True, timeout=60, env=HERE_ONLY)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout), client_id, created["secret"]["id"]
    return run


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_oauth4webapi_takes_every_answer_and_verifies_every_token(run_client, algorithm):
    seen, client_id, secret_id = run_client("oauth4webapi.mjs", algorithm)
    for way in ("basic", "post"):
        told = seen[way]
        assert (told["type"], told["life"], told["scope"]) == ("bearer", 300, "email_send")
        claims = told["claims"]
        assert (claims["aud"], claims["client_id"], claims["sub"]) == (RESOURCE, client_id, client_id)
        assert (claims["scope"], claims["secret_id"]) == ("email_send", secret_id)
        assert (told["before"], told["after"]) == (True, False)
    assert seen["wrongSecret"]["status"] == 401
    assert seen["wrongScope"]["error"] == "invalid_scope" and seen["wrongResource"]["error"] == "invalid_target"


def test_openid_client_takes_every_answer(run_client):
    seen, client_id, _ = run_client("openid_client.mjs", "ES256")
    for way in ("basic", "post"):
        told = seen[way]
        assert (told["type"], told["life"], told["scope"]) == ("bearer", 300, "email_send")
        assert told["before"]["active"] is True and told["before"]["client_id"] == client_id
        assert told["after"] == {"active": False}
