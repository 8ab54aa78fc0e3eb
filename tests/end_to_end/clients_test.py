"""Unmodified Marketing Cloud clients from npm get tokens and ask who they are."""

import json
import os
import subprocess

import pytest
from clients import NODE
from support import SOURCE

SERVE_OPTIONS = ()  # tokens live as long as they usually do


@pytest.fixture
def run_client(authority, tmp_path):
    created = authority.create()
    integration = created["integration"]
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({
        "clientId": integration["client_id"], "clientSecret": created["secret"]["value"],
        "authBaseUri": integration["auth_base_uri"], "accountId": integration["account_id"], "url": authority.url}))

    def run(script):
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        done = subprocess.run([NODE, SOURCE / "tests/clients" / script, path], capture_output=True, text=True,
                              timeout=60, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)
    return run


def test_sfmc_sdk_gets_a_token_and_the_user(run_client):
    result = run_client("sfmc_sdk.js")
    assert result["expires_in"] == 1079 and len(result["access_token"]) <= 512
    assert result["userinfo"]["organization"]["member_id"]
    assert result["refused"] == 401


def test_fuel_rest_gets_a_token_and_the_user(run_client):
    result = run_client("fuel_rest.js")
    assert result["userinfo"]["organization"]["member_id"]
    assert result["tokenContext"]["organization"]["id"]
    assert result["refused"] == "invalid_client"
