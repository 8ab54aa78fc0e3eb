"""The workflows that are built in, against a sandbox: each passes with both secrets, and notices what fails in silence."""

import json

import pytest
from engagement_test import Client
from rotation_test import Site
from support import SOURCE, Authority, rekey

SCOPES = ("data_extensions_read data_extensions_write list_and_subscribers_read list_and_subscribers_write "
          "email_read email_write email_send journeys_read tracking_events_read")
KEPT = {"name": "Rekey probe", "key": "rekey-probe", "fields": [
    {"name": "Id", "type": "Text", "length": 50, "isPrimaryKey": True, "isNullable": False},
    {"name": "Mark", "type": "Text", "length": 50, "isNullable": True},
    {"name": "Amount", "type": "Number", "isNullable": True}]}
ROW = "data_extension: rekey-probe, key_column: Id, mark_column: Mark"
SEND = "definition: order-confirmation, contact: C-1001, attributes: {OrderId: O-1, Total: \"14.50\"}"


@pytest.fixture
def site(tmp_path):
    sandbox = Authority(tmp_path / "data", "--sandbox", "--async-delay", "50ms", "--expires-in", "8").start()
    sandbox.run("policy", "set", "settle=0", "overlap=0")
    sandbox.run("sandbox", "seed")
    client = Client(sandbox, SCOPES)
    assert client.ask("POST", "/data/v1/customobjects", KEPT)[0] == 201
    yield Site(sandbox, tmp_path, sandbox.create("Order sync", SCOPES))
    sandbox.stop()
    sandbox.check_no_value_is_visible()


def rotate(site, *workflows):
    """Each run of a workflow, as the report on the rotation has it."""
    site.write_inventory(more="workflows:\n" + "".join(f"  - {{{one}}}\n" for one in workflows))
    site.start()
    _, events = site.rotate()
    site.stop()
    site.check_done()
    told = rekey("report", events[0]["run"], "-f", site.inventory, "--format", "json").stdout
    return json.loads(told)["workflows"]


def test_each_passes_with_the_old_secret_and_the_new_one(site):
    ran = rotate(site, f"use: mce-rows, with: {{{ROW}, values: {{Amount: 7}}}}",
                 f"use: mce-rows-async, with: {{{ROW}, key: other, values: {{Amount: 8}}}}",
                 "use: mce-contact, with: {contact: C-1001, address: ann.archer@example.org}",
                 f"use: mce-transactional-send, with: {{{SEND}, address: ann.archer@example.org}}",
                 f"use: mce-triggered-send, with: {{{SEND}, address: ann.archer@example.org}}",
                 "use: mce-journey-entry, with: {event: customer-registered, journey: welcome-journey, data: {Source: shop}}",
                 "use: mce-tracking, name: events, with: {subscriber: C-1001}")
    passed = {(one["workflow"], one["is_on_new"]) for one in ran if one["outcome"] == "passed"}
    names = ("mce-rows", "mce-rows-async", "mce-contact", "mce-transactional-send", "mce-triggered-send",
             "mce-journey-entry", "events")
    assert passed == {(name, is_on_new) for name in names for is_on_new in (False, True)}, ran
    assert len(ran) == 14 and not any(one["clean_up_problem"] for one in ran)
    reader = Client(site.authority, SCOPES)
    rows = reader.ask("GET", "/data/v1/customobjectdata/key/rekey-probe/rowset")[1]["items"]
    assert [(row["keys"]["id"] if "id" in row["keys"] else row["keys"]["Id"]) for row in rows] == ["other", "rekey-probe"]
    sent = site.authority.run("sandbox", "mail").stdout
    assert sent.count("Your order O-1, Ann") == 4  # one of each kind of send with each secret


def test_what_fails_in_silence_is_noticed(site):
    assert Client(site.authority, SCOPES).ask("POST", "/interaction/v1/eventDefinitions", {
        "name": "Nothing begins with it", "eventDefinitionKey": "idle", "type": "APIEvent", "mode": "Production"})[0] in (200, 201)
    ran = rotate(site, f"use: mce-rows-async, name: refused-row, with: {{{ROW}, values: {{Amount: many}}}}",
                 f"use: mce-transactional-send, name: put-off, timeout: 3s, with: {{{SEND}, address: a@defer.example}}",
                 f"use: mce-triggered-send, name: no-address, with: {{{SEND}, address: nobody}}",
                 "use: mce-journey-entry, name: nowhere, timeout: 3s, with: {event: idle, journey: welcome-journey}")
    assert {one["workflow"] for one in ran} == {"refused-row", "put-off", "no-address", "nowhere"}
    assert all(one["outcome"] == "failed" for one in ran), ran
    told = {one["workflow"]: (one["step"], one["detail"]) for one in ran}
    assert told["refused-row"] == ("outcome", "status.hasErrors is true; expected false")
    assert told["put-off"][0] == "delivered" and "expected TransactionalSendEvents.EmailSent" in told["put-off"][1]
    assert told["no-address"] == ("send", "responses.0.hasErrors is true; expected false")
    assert told["nowhere"][0] == "begun" and "the reply does not hold \"Complete\"" in told["nowhere"][1]


def test_each_has_a_page_that_names_its_parameters():
    for template in (SOURCE / "src/rotation/workflows").glob("*.yaml"):
        page = (SOURCE / f"docs/workflows/{template.stem}.md").read_text()
        lines = template.read_text().split("parameters:\n")[1].split("effects:")[0].splitlines()
        for parameter in (line.split(":")[0].strip() for line in lines):
            assert f"| `{parameter}` |" in page, (template.stem, parameter)
        assert f"use: {template.stem}" in page
        assert f"workflows/{template.stem}.md" in (SOURCE / "docs/workflows.md").read_text()
