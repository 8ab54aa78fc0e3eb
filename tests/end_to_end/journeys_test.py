"""Journeys of a sandbox, its analytics over REST and its clock: as clients reach them, with real clients, over crashes."""

import json
import os
import subprocess

import pytest
from clients_test import NODE
from engagement_test import CONTACTS, Client
from support import SOURCE, Authority, rekey, wait_until

SCOPES = f"journeys_read {CONTACTS} email_read email_send campaign_read campaign_write tracking_events_read"
INTERACTIONS = "/interaction/v1/interactions"


@pytest.fixture
def sandbox(tmp_path):
    server = Authority(tmp_path / "data", "--sandbox", "--async-delay", "50ms").start()
    server.run("sandbox", "seed")
    yield server
    server.stop()
    server.check_no_value_is_visible()


def fire(client, contact, **data):
    status, told = client.ask("POST", "/interaction/v1/events",
                              {"ContactKey": contact, "EventDefinitionKey": "customer-registered", "Data": data})
    assert status == 201 and len(told["eventInstanceId"]) == 36, told


def history_of(client, contact):
    status, told = client.ask("POST", f"{INTERACTIONS}/journeyhistory/search?$pageSize=1000", {"contactKeys": [contact]})
    assert status == 200, told
    return [(item["activityKey"], item["status"]) for item in told["items"]]


def population(client):
    return client.ask("GET", f"{INTERACTIONS}/key:welcome-journey")[1]["stats"]["currentPopulation"]


def mails_to(sandbox, address):
    return [mail for mail in sandbox.json("sandbox", "mail", "--limit", 500)["items"] if mail["to"] == address]


def register(client, number):
    address = f"new-{number}@example.org"
    contact = {"contactKey": f"new-{number}", "attributeSets": [{"name": "Email Addresses", "items": [
        {"values": [{"name": "Email Address", "value": address}]}]}]}
    assert client.ask("POST", "/contacts/v1/contacts", contact)[0] == 200
    fire(client, f"new-{number}", Source="shop")
    return address


def test_a_journey_is_carried_out_once_though_the_server_is_killed_all_the_time(sandbox):
    client = Client(sandbox, SCOPES)
    addresses = []
    for number in range(30):
        addresses.append(register(client, number))
        if number % 6 == 5:
            sandbox.kill()
            sandbox.start()
    for number, address in enumerate(addresses):
        wait_until(lambda number=number: ("WAITBYDURATION-1", "WaitStarted") in history_of(client, f"new-{number}"),
                   f"contact {number} to wait")
        wait_until(lambda address=address: [mail["state"] for mail in mails_to(sandbox, address)] == ["Sent"],
                   f"one mail to {address}")
    assert population(client) == 34
    # The days pass; a kill in their middle changes nothing.
    sandbox.run("sandbox", "clock", "+2d")
    sandbox.kill()
    sandbox.start()
    sandbox.run("sandbox", "clock", "+25h")
    client.token = sandbox.token(client.client_id, client.value).json["access_token"]
    wait_until(lambda: population(client) == 0, "everybody to have gone through")
    steps = [step for step in history_of(client, "new-3") if step[0]]
    assert len(steps) == len(set(steps)) and ("UPDATECONTACTDATA-1", "Complete") in steps
    assert all(len(mails_to(sandbox, address)) == 1 for address in addresses)


def test_an_event_without_a_journey_is_accepted_and_nothing_follows(sandbox):
    client = Client(sandbox, SCOPES)
    _, journey = client.ask("GET", f"{INTERACTIONS}/key:welcome-journey")
    assert client.ask("POST", f"{INTERACTIONS}/stop/{journey['id']}?versionNumber=1")[0] == 200
    fire(client, "nobody", Source="shop")
    assert history_of(client, "nobody") == [] and population(client) == 0
    assert client.ask("POST", "/interaction/v1/events", {"ContactKey": "x", "EventDefinitionKey": "unknown"})[0] == 400
    assert Client(sandbox, "journeys_read").ask("POST", "/interaction/v1/events", {})[0] == 403


def run_client(sandbox, tmp_path, script):
    made = sandbox.create("Journey client", SCOPES)
    integration = made["integration"]
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({
        "clientId": integration["client_id"], "clientSecret": made["secret"]["value"],
        "authBaseUri": integration["auth_base_uri"], "accountId": integration["account_id"], "url": sandbox.url}))
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    done = subprocess.run([NODE, SOURCE / "tests/clients" / script, path], capture_output=True, text=True, timeout=60,
                          env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_sfmc_sdk_makes_a_journey_and_follows_a_contact_through_it(sandbox, tmp_path):
    told = run_client(sandbox, tmp_path, "sfmc_sdk_journeys.js")
    assert told["published"]["status"] == "PublishCompleted" and told["published"]["errors"] == []
    assert [item["status"] for item in told["history"]["items"]] == ["Complete", "Complete", "WaitStarted"]
    assert told["membership"]["results"]["contactMemberships"][0]["definitionKey"] == "signed-up"
    assert {item["key"] for item in told["journeys"]["items"]} == {"welcome-journey", "signed-up"}
    assert {item["name"] for item in told["campaigns"]["items"]} == {"Tea season", "Sdk"}
    operations = {(item["objectType"]["name"], item["operation"]["name"]) for item in told["audit"]["items"]}
    assert ("Client Secret", "secret_issued") in operations and ("Installed Package", "package_created") in operations
    assert told["unknown"].startswith("400")
    wait_until(lambda: [mail["state"] for mail in mails_to(sandbox, "sdk-1@example.org")] == ["Sent"], "the mail")


def test_fuel_rest_starts_a_contact_on_a_journey_in_lower_case(sandbox, tmp_path):
    told = run_client(sandbox, tmp_path, "fuel_rest_journeys.js")
    assert told["fired"]["status"] == 201
    assert told["journey"]["body"]["key"] == "welcome-journey"
    assert told["campaigns"]["body"]["items"][0]["campaignCode"] == "tea-season"


def test_audit_events_tell_a_rotation_of_the_business_unit_alone(sandbox):
    client = Client(sandbox, SCOPES)
    other = Client(sandbox, SCOPES, account_id=500000077)
    sandbox.run("policy", "set", "overlap=0", "usage_window=0s", ok=None)
    sandbox.json("secret", "stage", client.client_id)
    sandbox.run("secret", "activate", client.client_id, "--force", "--reason", "a test")
    _, told = client.ask("GET", "/data/v1/audit/auditEvents?$pagesize=200&$orderBy=createdDate%20desc")
    of_us = [item["operation"]["name"] for item in told["items"] if item["object"]["name"] == "Client"]
    assert "secret_activated" in of_us and "secret_ended" in of_us
    assert any(item["operation"]["name"] == "policy_changed" for item in told["items"])
    seen = other.ask("GET", "/data/v1/audit/auditEvents?$pagesize=200")[1]["items"]
    assert "secret_activated" not in [item["operation"]["name"] for item in seen]
    assert sandbox.token(client.client_id, client.value).status == 401
    wait_until(lambda: client.ask("GET", "/data/v1/audit/securityEvents")[1]["count"] > 0, "the refusal to be told")
    event = client.ask("GET", "/data/v1/audit/securityEvents")[1]["items"][-1]
    assert event["loginStatus"]["name"] == "Login Failed" and event["object"]["name"] == client.client_id
    assert client.value not in json.dumps(told)
    elsewhere = other.ask("GET", "/data/v1/audit/securityEvents")[1]["items"]
    assert client.client_id not in [item["object"]["name"] for item in elsewhere]


def test_the_clock_goes_half_a_year_ahead_and_a_secret_ends_on_its_day(sandbox):
    client = Client(sandbox, SCOPES)
    before = sandbox.json("sandbox", "clock")["now"]
    shown = sandbox.run("sandbox", "clock", "+80d").stdout
    assert "in the sandbox" in shown and sandbox.json("sandbox", "clock")["now"] > before
    # Its token is over; its secret, which was used, is not.
    assert client.ask("GET", INTERACTIONS)[0] == 401
    assert sandbox.token(client.client_id, client.value).status == 200
    sandbox.stop()
    sandbox.start()
    assert sandbox.token(client.client_id, client.value).status == 200
    sandbox.run("sandbox", "clock", "+80d")
    assert sandbox.token(client.client_id, client.value).status == 200
    # 180 days after it was generated it ends, whoever used it; nobody waited for that.
    fresh = sandbox.json("secret", "stage", client.client_id)["secret"]["value"]
    sandbox.run("sandbox", "clock", "+19d")
    assert sandbox.token(client.client_id, client.value).status == 200
    sandbox.run("sandbox", "clock", "+25h", ok=None)
    assert sandbox.token(client.client_id, client.value).status == 401
    assert sandbox.token(client.client_id, fresh).status == 200


def test_a_clock_that_cannot_be_moved_so_says_why(sandbox, tmp_path):
    assert "takes a time" in sandbox.run("sandbox", "clock", "yesterday", ok=(2,)).stderr
    sandbox.run("sandbox", "clock", "+0s", ok=(2,))
    production = Authority(tmp_path / "production").start()
    assert "is no sandbox" in production.run("sandbox", "clock", ok=(4,)).stderr
    production.stop()
    assert "--sandbox" in rekey("serve", "--data", tmp_path / "x", "--audit-shape", "list", ok=(2,)).stderr


def test_a_sandbox_throttles_fails_and_holds_up_as_it_is_told(sandbox):
    client = Client(sandbox, SCOPES)
    assert "as usual" in sandbox.run("sandbox", "faults").stdout
    assert "throttled" in sandbox.run("sandbox", "faults", "throttled").stdout
    status, told = client.ask("GET", INTERACTIONS)
    assert (status, told["errorcode"], client.reply.headers["retry-after"]) == (429, 50100, "5")
    sandbox.run("sandbox", "faults", "outage", "slow=100ms")
    assert client.ask("GET", INTERACTIONS)[0] == 503
    assert sandbox.json("sandbox", "faults") == {"throttled": False, "outage": True, "slowMillis": 100}
    # Tokens are another matter.
    assert sandbox.token(client.client_id, client.value).status == 200
    sandbox.run("sandbox", "faults", "slow=100ms")
    assert client.ask("GET", INTERACTIONS)[0] == 200
    sandbox.run("sandbox", "faults", "outage")
    sandbox.stop()
    sandbox.start()
    assert client.ask("GET", INTERACTIONS)[0] == 200
    assert "slow=TIME" in sandbox.run("sandbox", "faults", "odd", ok=(2,)).stderr
