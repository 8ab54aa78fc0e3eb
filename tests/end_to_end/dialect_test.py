"""The Marketing Cloud token dialect: bodies, scopes, business units, errors, paths, and bad input."""

import json

import pytest
from support import Authority

SERVE_OPTIONS = ()  # tokens live as long as they usually do


@pytest.fixture
def client(authority):
    created = authority.create()
    return authority, created["integration"], created["secret"]["value"]


def post(authority, body, content_type="application/json"):
    return authority.request("POST", "/v2/token", body, {"Content-Type": content_type} if content_type else {})


def test_a_token_response_has_the_fields_of_the_contract(client):
    authority, integration, value = client
    reply = authority.token(integration["client_id"], value)
    assert reply.status == 200 and reply.headers["content-type"].startswith("application/json")
    assert reply.headers["cache-control"] == "no-store"
    body = reply.json
    assert body["token_type"] == "Bearer" and body["expires_in"] == 1079
    assert len(body["access_token"]) <= 512
    assert sorted(body["scope"].split(" ")) == ["data_extensions_write", "email_send"]
    assert body["rest_instance_url"].endswith("/") and body["soap_instance_url"].endswith("/")
    assert body["secret_expires_at"].endswith("Z")
    assert set(body["secret_renewal_window"]) == {"opens_at", "closes_at"}


def test_json_and_form_are_the_same_request(client):
    authority, integration, value = client
    account = integration["account_id"]
    for reply in (authority.token(integration["client_id"], value, account_id=account),
                  authority.token(integration["client_id"], value, account_id=str(account)),
                  authority.token_form(integration["client_id"], value, account_id=account)):
        assert reply.status == 200, reply.text


def test_scopes_narrow_and_empty_means_none(client):
    authority, integration, value = client
    assert authority.token(integration["client_id"], value, scope="email_send").json["scope"] == "email_send"
    assert authority.token(integration["client_id"], value, scope="").json["scope"] == ""
    refused = authority.token(integration["client_id"], value, scope="email_send journeys_read")
    assert refused.status == 400 and refused.json["error"] == "invalid_scope"


def test_one_body_for_every_reason_to_refuse_a_client(client):
    authority, integration, value = client
    other = authority.create("Other")
    disabled = authority.create("Disabled")
    authority.run("package", "disable", disabled["package"]["id"])
    bodies = {authority.token(*pair, **more).text for pair, more in (
        (("a" * 24, value), {}), ((integration["client_id"], value[::-1]), {}),
        ((integration["client_id"], other["secret"]["value"]), {}), ((integration["client_id"], "x"), {}),
        ((disabled["integration"]["client_id"], disabled["secret"]["value"]), {}),
        ((integration["client_id"], value), {"account_id": 123456789}))}
    assert len(bodies) == 1
    body = json.loads(bodies.pop())
    assert body["error"] == "invalid_client" and set(body) == {"error", "error_description", "error_uri"}


def test_detailed_errors_are_a_setting(tmp_path):
    authority = Authority(tmp_path / "data", "--detailed-client-errors", "on").start()
    created = authority.create()
    unknown = authority.token("a" * 24, created["secret"]["value"])
    wrong = authority.token(created["integration"]["client_id"], authority.create("Other")["secret"]["value"])
    assert unknown.status == wrong.status == 401
    assert unknown.json["error_description"] != wrong.json["error_description"]
    authority.stop()


@pytest.mark.parametrize("change, error", [
    ({"grant_type": "password"}, "unsupported_grant_type"), ({"grant_type": None}, "invalid_request"),
    ({"client_id": None}, "invalid_request"), ({"client_secret": None}, "invalid_request"),
    ({"client_id": 7}, "invalid_request"), ({"scope": ["email_send"]}, "invalid_request"),
    ({"account_id": "many"}, "invalid_request"), ({"client_id": "a\0b"}, "invalid_request"),
])
def test_wrong_members_are_told_by_name(client, change, error):
    authority, integration, value = client
    body = {"grant_type": "client_credentials", "client_id": integration["client_id"], "client_secret": value}
    body = {name: member for name, member in {**body, **change}.items() if member is not None}
    reply = post(authority, json.dumps(body))
    assert reply.status == 400 and reply.json["error"] == error
    assert value not in reply.text.decode()


@pytest.mark.parametrize("body, content_type", [
    (b"", "application/json"), (b"{", "application/json"), (b"[]", "application/json"), (b"null", "application/json"),
    (b'{"grant_type":"client_credentials","grant_type":"client_credentials"}', "application/json"),
    (b'{"grant_type":"client_credentials"} x', "application/json"), (b'{"client_id":"\xff\xfe"}', "application/json"),
    (b"grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded"),
    (b"grant_type=%zz", "application/x-www-form-urlencoded"), (b"client_id=a%00b", "application/x-www-form-urlencoded"),
    (b"client_id=%ff", "application/x-www-form-urlencoded"), (b"<token/>", "text/xml"),
    (b"{" * 5000, "application/json"), (b'{"a":' * 400 + b"1" + b"}" * 400, "application/json"),
])
def test_malformed_bodies_are_invalid_requests(authority, body, content_type):
    reply = post(authority, body, content_type)
    assert reply.status in (400, 415), reply.text
    assert reply.json["error"] in ("invalid_request", "unsupported_grant_type")


def test_a_huge_body_is_refused_and_the_server_goes_on(authority):
    reply = post(authority, b'{"client_id":"' + b"a" * 1_000_000 + b'"}')
    assert reply.status == 413
    assert authority.get("/healthz").status == 200


def test_unknown_members_are_ignored(client):
    authority, integration, value = client
    assert authority.token(integration["client_id"], value, extra={"deep": [1, 2]}, other="x").status == 200


def test_paths_are_found_as_clients_write_them(client):
    authority, integration, value = client
    tenant = integration["auth_base_uri"].split("https://")[-1].split(".")[0]
    assert len(tenant) == 28
    for path in ("/v2/token", "//v2/token", "/V2/Token", f"/https://{tenant}.auth.marketingcloudapis.com/v2/token",
                 f"/https://{tenant.upper()}.AUTH.marketingcloudapis.com//v2//token"):
        assert authority.token(integration["client_id"], value, path=path).status == 200, path
    strange = f"/https://mc{'x' * 26}.auth.marketingcloudapis.com/v2/token"
    assert authority.token(integration["client_id"], value, path=strange).status == 404


def test_identity_endpoints_know_the_token(client):
    authority, integration, value = client
    token = authority.token(integration["client_id"], value).json["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    user = authority.get("/v2/userinfo", **bearer).json
    assert {"exp", "iss", "user", "organization", "rest", "application", "permissions"} <= set(user)
    context = authority.get("/platform/v1/tokenContext", **bearer)
    assert context.status in (200, 202) and {"enterprise", "organization", "user"} <= set(context.json)
    soap = authority.get("/platform/v1/endpoints/soap", **bearer).json
    assert soap["type"] == "soap" and soap["url"].startswith(authority.url)
    unknown = authority.get("/platform/v1/endpoints/nothing", **bearer)
    assert unknown.status == 404 and unknown.json["errorcode"] == 30003
    assert authority.get("/platform/v1/endpoints", **bearer).status == 200
    refused = authority.get("/platform/v1/tokenContext")
    assert refused.status == 401 and refused.json["errorcode"] == 0
    assert "invalid_token" in refused.headers["www-authenticate"] and refused.headers["x-mashery-message-id"]


def test_discovery_and_the_legacy_endpoint_answer(client):
    authority, integration, _ = client
    found = authority.get(f"/v2/discovery?client_id={integration['client_id']}&resource=acct:ann")
    assert found.status == 200 and {link["rel"] for link in found.json["links"]} >= {"auth_instance_url", "rest_instance_url"}
    assert authority.get("/v2/discovery").status == 400
    legacy = authority.request("POST", "/v1/requestToken", '{"clientId":"x","clientSecret":"y"}',
                               {"Content-Type": "application/json"})
    assert legacy.json["errorcode"] == 10007


def test_a_changed_token_is_no_token(client):
    authority, integration, value = client
    token = authority.token(integration["client_id"], value).json["access_token"]
    for position in (0, len(token) // 2, len(token) - 1):
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1:]
        assert authority.get("/v2/userinfo", Authorization=f"Bearer {changed}").status == 401


def test_wrong_methods_and_unknown_paths_have_bodies(authority):
    assert authority.get("/v2/token").status == 405
    missing = authority.get("/nothing/here")
    assert missing.status == 404 and missing.json
    for headers, challenge in (({}, 'Bearer realm="rekey"'), ({"Authorization": "Bearer x"}, 'Bearer error="invalid_token"')):
        refused = authority.get("/api/v1/status", **headers)
        assert refused.status == 401 and refused.headers["www-authenticate"] == challenge


def test_metrics_have_no_label_that_a_client_chose(client):
    authority, integration, value = client
    authority.token(integration["client_id"], value, user_agent="canary-agent")
    text = authority.get("/metrics").text.decode()
    assert "rekey_tokens_issued_total" in text
    assert "canary-agent" not in text and integration["client_id"] not in text
