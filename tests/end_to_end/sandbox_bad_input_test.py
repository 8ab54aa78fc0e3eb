"""What a sandbox does with what nobody should send: the documented refusal, nothing lost, nothing told."""

import json
import socket
import urllib.parse

import pytest
from engagement_soap_test import SCOPES, Client, filtered, text, values
from support import Authority, wait_until

ALL = SCOPES + " journeys_read saved_content_write documents_and_images_read campaign_read campaign_write"
EVIL = "x'); DROP TABLE contact; --\" OR 1=1 \\ %27 ${7*7} <b>&amp;"
# Every path that takes a body, with one thing that it may name.
WRITES = [("POST", "/contacts/v1/contacts"), ("PATCH", "/contacts/v1/contacts"),
          ("POST", "/contacts/v1/contacts/actions/delete?type=keys"), ("POST", "/contacts/v1/establish"),
          ("POST", "/contacts/v1/addresses/email/search"),
          ("POST", "/data/v1/customobjects"), ("PATCH", "/data/v1/customobjects/key:orders"),
          ("PATCH", "/data/v1/customobjectsasync/key:orders/fields"),
          ("POST", "/hub/v1/dataevents/key:orders/rowset"), ("PUT", "/hub/v1/dataevents/key:orders/rows/OrderId:1"),
          ("POST", "/data/v1/async/dataextensions/key:orders/rows"), ("PUT", "/data/v1/async/dataextensions/key:orders/rows"),
          ("POST", "/asset/v1/content/assets"), ("PATCH", "/asset/v1/content/assets/1"),
          ("POST", "/messaging/v1/email/definitions"), ("PATCH", "/messaging/v1/email/definitions/welcome"),
          ("POST", "/messaging/v1/email/messages"), ("POST", "/messaging/v1/email/messages/m-1"),
          ("POST", "/messaging/v1/messageDefinitionSends/key:welcome/send"),
          ("POST", "/messaging/v1/messageDefinitionSends/key:welcome/sendBatch"),
          ("POST", "/interaction/v1/eventDefinitions"), ("PUT", "/interaction/v1/eventDefinitions/key:customer-registered"),
          ("POST", "/interaction/v1/interactions"), ("PUT", "/interaction/v1/interactions"), ("POST", "/interaction/v1/events"),
          ("POST", "/interaction/v1/interactions/contactMembership"), ("POST", "/interaction/v1/interactions/contactexit"),
          ("POST", "/interaction/v1/interactions/journeyhistory/search"),
          ("POST", "/hub/v1/campaigns"), ("PATCH", "/hub/v1/campaigns/1")]
READS = ["/data/v1/customobjects/{}", "/data/v1/customobjects/{}/fields", "/data/v1/customobjectdata/key/{}/rowset",
         "/data/v1/async/{}/status", "/data/v1/async/{}/results", "/asset/v1/content/assets/{}",
         "/messaging/v1/email/definitions/{}", "/messaging/v1/email/definitions/{}/queue", "/messaging/v1/email/messages/{}",
         "/messaging/v1/messageDefinitionSends/{}/deliveryRecords/x", "/interaction/v1/eventDefinitions/{}",
         "/interaction/v1/interactions/{}", "/hub/v1/campaigns/{}"]
MEMBERS = ("contactKey", "attributeSets", "items", "keys", "values", "name", "key", "fields", "definitionKey", "recipient",
           "recipients", "To", "Options", "ContactKey", "EventDefinitionKey", "Data", "triggers", "activities", "content",
           "channelAddressList", "contactKeys", "views", "subscriptions", "options", "assetType", "campaignCode")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    server = Authority(tmp_path_factory.mktemp("bad") / "data", "--sandbox", "--async-delay", "50ms").start()
    server.run("sandbox", "seed")
    yield server
    # Not one of all these was an error of the server's own.
    assert b"request_failed" not in server.log.read_bytes()
    server.stop()
    server.check_no_value_is_visible()


@pytest.fixture(scope="module")
def client(sandbox):
    return Client(sandbox, ALL)


def ask(client, method, path, body=None):
    """The status and the JSON; whatever is sent, an answer is JSON with a message id, and none of the server's own errors."""
    reply = client.sandbox.request(method, path, body, {"Authorization": f"Bearer {client.token}",
                                                        "Content-Type": "application/json"})
    assert reply.status < 500 and b"sandbox.db" not in reply.text, (method, path, body, reply.text)
    assert len(reply.headers["x-mashery-message-id"]) == 36, (method, path)
    told = reply.json
    if reply.status >= 400:
        assert "message" in told or "resultMessages" in told, (method, path, body, told)
    return reply.status, told


def everything_is_there(client):
    rows = ask(client, "GET", "/data/v1/customobjectdata/key/orders/rowset")[1]["count"]
    found = ask(client, "POST", "/contacts/v1/addresses/email/search",
                json.dumps({"channelAddressList": ["ann.archer@example.org"]}))[1]
    assert rows == 120 and found["channelAddressResponseEntities"][0]["contactKeyDetails"]


@pytest.mark.parametrize("body", ["{", '{"a":', "\x00", "[1,2", '{"a":1}}', '"', "{'a':1}", '{"a":"\\ud800"}', "[" * 2000,
                                  '{"contactKey":"c", "contactKey":"d", ', "<a/>"])
def test_malformed_json_is_refused_by_every_call(client, body):
    for method, path in WRITES:
        assert ask(client, method, path, body)[0] == 400, path
    everything_is_there(client)


def test_wrong_types_and_unknown_members_are_refused_or_passed_over(client):
    for method, path in WRITES:
        for value in ("null", "1", "true", '"x"', "[]", "{}", '[[]]', '[{"a":[]}]', '{"nobody knows this": {"a": [1]}}'):
            status, _ = ask(client, method, path, value)
            assert status < 500, (path, value)
        for member in MEMBERS:
            for value in (7, 1e300, True, None, "x", [], {}, [1], [[]], [{}], {"a": {"b": [None]}}, "\ud7ff", "x" * 70000):
                ask(client, method, path, json.dumps({member: value}))
    everything_is_there(client)


def test_long_names_are_refused_where_they_are_kept(client):
    long = "n" * 5000
    for method, path, body in (
            ("POST", "/contacts/v1/contacts", {"contactKey": long, "attributeSets": []}),
            ("POST", "/data/v1/customobjects", {"name": long, "key": "k", "fields": [{"name": "A"}]}),
            ("POST", "/data/v1/customobjects", {"name": "Long", "key": "k", "fields": [{"name": long}]}),
            ("POST", "/asset/v1/content/assets", {"name": long, "customerKey": "k", "assetType": {"name": "htmlemail", "id": 208}}),
            ("POST", "/messaging/v1/email/definitions", {"name": "n", "definitionKey": long, "content": {"customerKey": "welcome"}}),
            ("POST", "/interaction/v1/eventDefinitions", {"name": "n", "eventDefinitionKey": long, "type": "APIEvent"}),
            ("POST", "/hub/v1/campaigns", {"name": long, "description": "d", "campaignCode": "c", "color": "f00"})):
        assert ask(client, method, path, json.dumps(body))[0] == 400, path
    assert client.sandbox.get("/data/v1/customobjects/key:" + "k" * 100_000).status in (400, 401, 414, 431)


def test_sql_in_any_place_is_a_text_like_others(client):
    quoted = urllib.parse.quote(EVIL, safe="")
    for path in READS:
        for reference in (quoted, "key:" + quoted):
            assert ask(client, "GET", path.format(reference))[0] in (200, 400, 404), path
    for parameter in ("$filter", "$orderBy", "$fields", "$page", "$pageSize", "name", "nameOrDescription", "status", "startdate",
                      "lastEventId", "type", "extras"):
        for path in ("/data/v1/customobjectdata/key/orders/rowset", "/messaging/v1/email/definitions", "/interaction/v1/interactions",
                     "/hub/v1/campaigns", "/data/v1/customobjects", "/asset/v1/content/assets", "/data/v1/audit/auditEvents",
                     "/messaging/v1/email/messages"):
            ask(client, "GET", f"{path}?{parameter}={quoted}")
    assert ask(client, "POST", "/contacts/v1/contacts", json.dumps(
        {"contactKey": EVIL, "attributeSets": [{"name": EVIL, "items": [{"values": [{"name": EVIL, "value": EVIL}]}]}]}))[0] == 200
    assert ask(client, "POST", "/data/v1/customobjects", json.dumps(
        {"name": "Evil", "key": "evil", "fields": [{"name": EVIL[:50], "type": "Text", "isPrimaryKey": True}]}))[0] in (201, 400)
    shown = client.retrieve("Subscriber", "SubscriberKey", more=filtered("SubscriberKey", "<![CDATA[" + EVIL + "]]>"))
    assert values(shown, "SubscriberKey") == [EVIL]
    for name in ("SubscriberKey) FROM contact; --", "c.key", "1=1 OR SubscriberKey"):
        told = client.retrieve("Subscriber", "SubscriberKey", more=filtered(name, "x"))
        assert text(told, "OverallStatus").startswith("Error: ")
        assert text(client.retrieve("Subscriber", name), "OverallStatus").startswith("Error: ")
    told = client.retrieve("DataExtensionObject[orders'; DROP TABLE data_extension; --]", "OrderId")
    assert text(told, "OverallStatus").startswith("Error: ")
    assert text(client.retrieve("contact; --"), "OverallStatus").startswith("Error: Unable to find a handler")
    everything_is_there(client)


@pytest.mark.parametrize("path", [
    "/data/v1/../../sandbox/v1/reset", "/data/v1/%2e%2e/%2e%2e/sandbox/v1/reset", "/data/v1/customobjects/..%2f..%2fadmin.json",
    "/data/v1/customobjectdata/key/..%2f..%2f..%2fetc%2fpasswd/rowset", "/data/v1/customobjects/%00", "/data/v1/customobjects/%c0%ae",
    "/data/v1/customobjects/%zz", "/data/v1/customobjects;x=y", "/data/v1/customobjects/key:orders/fields/..",
    "/track/open/..%2f..", "/track/view/%2e%2e", "/data\\v1\\customobjects", "/%64ata/v1/nothing",
    "/https://other.rest.example.org/data/v1/nothing"])
def test_a_path_leads_nowhere_else(client, path):
    for method in ("GET", "POST"):
        reply = client.sandbox.request(method, path, "{}" if method == "POST" else None,
                                       {"Authorization": f"Bearer {client.token}"})
        assert 400 <= reply.status < 500, (path, reply.status)
        assert b"root:" not in reply.text and b"client_secret" not in reply.text
    everything_is_there(client)


def test_a_line_break_ends_no_header(client):
    for text_ in ("a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\r\n\r\n<html>"):
        quoted = urllib.parse.quote(text_, safe="")
        for path in READS:
            reply = client.sandbox.request("GET", path.format(quoted), None, {"Authorization": f"Bearer {client.token}"})
            assert "x-evil" not in reply.headers and reply.status < 500
        client.sandbox.request("GET", "/data/v1/audit/auditEvents?startdate=" + quoted, None,
                               {"Authorization": f"Bearer {client.token}"})


def test_a_token_of_another_tenant_is_none_here(client, tmp_path):
    other = Authority(tmp_path / "other", "--sandbox").start()
    foreign = Client(other, ALL)
    assert ask(foreign, "GET", "/data/v1/customobjects")[0] == 200
    reply = client.sandbox.request("GET", "/data/v1/customobjects", None, {"Authorization": f"Bearer {foreign.token}"})
    assert (reply.status, reply.json["errorcode"]) == (401, 0)
    assert reply.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    status, fault = client.ask("<DefinitionRequestMsg/>", token=foreign.token)
    assert (status, fault.findtext("faultstring")) == (500, "Login Failed")
    for token in (foreign.token[:-4], foreign.token + "AAAA", client.token[:-1], client.token.swapcase(), "x" * 20000):
        assert client.sandbox.get("/data/v1/customobjects", Authorization=f"Bearer {token}").status in (401, 431)
    other.stop()


def test_entities_are_neither_expanded_nor_fetched(client):
    laughs = "".join(f'<!ENTITY l{n} "{"&l%d;" % (n - 1) * 10}">' for n in range(1, 10))
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    for document in (f'<!DOCTYPE a [<!ENTITY l0 "lol">{laughs}]><a>&l9;</a>', f'<!DOCTYPE a SYSTEM "{address}"><a/>',
                     f'<!DOCTYPE a [<!ENTITY % e SYSTEM "{address}">%e;]><a/>',
                     '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "<a>&nothing;</a>",
                     f'<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="{address}"/></a>'):
        status, fault = client.send(document)
        assert (status, fault.findtext("faultcode")) == (500, "soap:Client")
        assert b"root:" not in client.reply.text
    with pytest.raises(TimeoutError):
        listener.accept()
    listener.close()
    everything_is_there(client)


def test_a_batch_that_is_cut_off_again_and_again_is_written_once_and_whole(tmp_path):
    server = Authority(tmp_path / "data", "--sandbox", "--async-delay", "0ms").start()
    client = Client(server, ALL)
    fields = [{"name": "Id", "type": "Text", "length": 20, "isPrimaryKey": True}, {"name": "Age", "type": "Number"}]
    assert ask(client, "POST", "/data/v1/customobjects", json.dumps({"name": "P", "key": "p", "fields": fields}))[0] == 201
    items = [{"Id": str(number), "Age": "x" if number % 1000 == 7 else number} for number in range(9000)]
    status, told = ask(client, "POST", "/data/v1/async/dataextensions/key:p/rows", json.dumps({"items": items}))
    assert status == 202

    def done():
        shown = ask(client, "GET", f"/data/v1/async/{told['requestId']}/status")[1].get("status", {})
        return shown if shown.get("requestStatus") == "Complete" else None
    for _ in range(6):
        server.kill()
        server.start()
    shown = wait_until(done, "the rows to be written")
    assert shown["hasErrors"] is True and shown["resultStatus"] == "Has Errors"
    _, page = ask(client, "GET", "/data/v1/customobjectdata/key/p/rowset?$pageSize=1")
    assert page["count"] == 9000 - 9
    _, results = ask(client, "GET", f"/data/v1/async/{told['requestId']}/results?$page=1&$pageSize=50")
    assert results["count"] == 9000 and [one["status"] for one in results["items"]].count("OK") == 49
    server.stop()
    server.check_no_value_is_visible()
