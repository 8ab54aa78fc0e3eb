"""The guarded API of a sandbox, as clients reach it: real packages, real tokens, real scopes."""

import http.client
import json
import os
import stat
import urllib.parse

import pytest
from support import Authority, rekey, wait_until

READ, WRITE = "data_extensions_read", "data_extensions_write"
CONTACTS = "list_and_subscribers_read list_and_subscribers_write"
PEOPLE = {"name": "People", "key": "people", "fields": [
    {"name": "Id", "type": "Text", "length": 20, "isPrimaryKey": True},
    {"name": "Name", "type": "Text", "length": 50}, {"name": "Age", "type": "Number"}]}


class Client:
    """A package with its own token; answers as (status, JSON)."""

    def __init__(self, sandbox, granted, **members):
        self.sandbox = sandbox
        options = ["--business-unit", members["account_id"]] if "account_id" in members else []
        made = sandbox.create("Client", granted, *options)
        self.client_id, self.value = made["integration"]["client_id"], made["secret"]["value"]
        self.package = made["package"]["id"]
        told = sandbox.token(self.client_id, self.value, **members).json
        self.token = told["access_token"]
        # A client goes where the token's answer sends it.
        self.base = urllib.parse.urlsplit(told["rest_instance_url"]).path.rstrip("/")

    def ask(self, method, path, body=None):
        self.reply = self.sandbox.request(method, self.base + path, None if body is None else json.dumps(body),
                                          {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        return self.reply.status, self.reply.json


@pytest.fixture
def sandbox(tmp_path):
    server = Authority(tmp_path / "data", "--sandbox", "--async-delay", "200ms").start()
    yield server
    server.stop()
    server.check_no_value_is_visible()


def test_a_token_opens_what_its_scopes_name_and_nothing_else(sandbox):
    writer, reader, neither = Client(sandbox, WRITE), Client(sandbox, READ), Client(sandbox, "email_send")
    assert writer.ask("POST", "/data/v1/customobjects", PEOPLE)[0] == 201
    row = [{"keys": {"Id": "1"}, "values": {"Name": "Ann", "Age": 7}}]
    assert writer.ask("POST", "/hub/v1/dataevents/key:people/rowset", row) == (200, row)
    status, page = reader.ask("GET", "/data/v1/customobjectdata/key/people/rowset")
    assert status == 200 and page["items"] == [{"keys": {"Id": "1"}, "values": {"Name": "Ann", "Age": "7"}}]
    for client, method, path in ((writer, "GET", "/data/v1/customobjectdata/key/people/rowset"),
                                 (reader, "POST", "/hub/v1/dataevents/key:people/rowset"),
                                 (neither, "GET", "/data/v1/customobjects"),
                                 (neither, "PATCH", "/contacts/v1/contacts")):
        status, told = client.ask(method, path, row if method != "GET" else None)
        assert (status, told["errorcode"], told["message"]) == (403, 20002, "Insufficient Privileges"), path
    assert len(neither.reply.headers["x-mashery-message-id"]) == 36


def test_what_is_no_living_token_is_told_in_the_one_way(sandbox):
    client = Client(sandbox, READ)
    assert client.ask("GET", "/data/v1/customobjects")[0] == 200
    refused = (401, {"documentation": "https://developer.salesforce.com/docs", "errorcode": 0, "message": "Not Authorized"})
    good, client.token = client.token, "nonsense"
    assert client.ask("GET", "/data/v1/customobjects") == refused
    assert client.reply.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert sandbox.get("/data/v1/customobjects").status == 401
    client.token = good
    # Neither an administrator's token nor a package that is switched off is let in.
    administrator = sandbox.get("/data/v1/customobjects", Authorization=f"Bearer {sandbox.admin_token()}")
    assert administrator.status == 403
    sandbox.run("package", "disable", client.package)
    assert client.ask("GET", "/data/v1/customobjects") == refused
    sandbox.run("package", "enable", client.package)
    assert client.ask("GET", "/data/v1/customobjects")[0] == 200
    sandbox.run("secret", "revoke", client.client_id, sandbox.json("secret", "list", client.client_id)["secrets"][0]["id"],
                "--reason", "a test")
    assert client.ask("GET", "/data/v1/customobjects") == refused


def test_a_narrowed_token_is_narrower(sandbox):
    client = Client(sandbox, f"{READ} {WRITE}", scope=READ)
    assert client.ask("GET", "/data/v1/customobjects")[0] == 200
    assert client.ask("POST", "/data/v1/customobjects", PEOPLE)[0] == 403


def test_business_units_are_apart(sandbox):
    home = Client(sandbox, f"{READ} {WRITE} {CONTACTS}")
    other = Client(sandbox, f"{READ} {WRITE} {CONTACTS}", account_id=500000077)
    assert home.ask("POST", "/data/v1/customobjects", PEOPLE)[0] == 201
    assert other.ask("GET", "/data/v1/customobjectdata/key/people/rowset")[0] == 404
    assert other.ask("POST", "/data/v1/customobjects", PEOPLE)[0] == 201
    contact = {"contactKey": "c-1", "attributeSets": []}
    assert home.ask("POST", "/contacts/v1/contacts", contact)[1]["isNewContactKey"] is True
    assert other.ask("PATCH", "/contacts/v1/contacts", contact)[1]["isNewContactKey"] is True
    assert home.ask("PATCH", "/contacts/v1/contacts", contact)[1]["isNewContactKey"] is False


def test_asynchronous_rows_arrive_though_the_server_was_killed(sandbox):
    client = Client(sandbox, f"{READ} {WRITE}")
    assert client.ask("POST", "/data/v1/customobjects", PEOPLE)[0] == 201
    items = [{"Id": str(number), "Age": number} for number in range(3000)] + [{"Id": "bad", "Age": "x"}]
    status, told = client.ask("PUT", "/data/v1/async/dataextensions/key:people/rows", {"items": items})
    assert status == 202 and told["resultMessages"] == []
    sandbox.kill()
    sandbox.start()
    request = told["requestId"]

    def complete():
        status, shown = client.ask("GET", f"/data/v1/async/{request}/status")
        assert status == 200
        return shown if shown.get("status", {}).get("requestStatus") == "Complete" else None
    shown = wait_until(complete, "the rows to be written")
    assert shown["status"]["resultStatus"] == "Has Errors" and shown["status"]["hasErrors"] is True
    _, results = client.ask("GET", f"/data/v1/async/{request}/results?$page=61&$pageSize=50")
    assert results["count"] == 3001 and results["items"][0]["errorCode"] == "UnexpectedError"
    seen, path = [], "/data/v1/customobjectdata/key/people/rowset?$pageSize=700"
    while path:
        _, page = client.ask("GET", path)
        seen += [row["keys"]["Id"] for row in page["items"]]
        path = "/data" + page["links"]["next"] if "next" in page["links"] else None
    assert len(seen) == len(set(seen)) == page["count"] == 3000


def test_a_large_body_is_taken_and_a_larger_one_is_not(sandbox):
    client = Client(sandbox, f"{READ} {WRITE}")
    assert client.ask("POST", "/data/v1/customobjects", PEOPLE)[0] == 201
    rows = [{"keys": {"Id": str(number)}, "values": {"Name": "x" * 50}} for number in range(3000)]
    assert client.ask("POST", "/hub/v1/dataevents/key:people/rowset", rows)[0] == 200
    # Refused by its length alone: the connection is closed before the body is sent.
    location = urllib.parse.urlsplit(sandbox.url)
    connection = http.client.HTTPConnection(location.hostname, location.port, timeout=30)
    connection.putrequest("POST", "/hub/v1/dataevents/key:people/rowset")
    connection.putheader("Content-Length", str(5 * 1024 * 1024 + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_a_sandbox_is_seeded_and_reset(sandbox):
    assert "40 contacts and 3 data extensions" in sandbox.run("sandbox", "seed").stdout
    client = Client(sandbox, f"{READ} {CONTACTS}")
    assert {item["key"] for item in client.ask("GET", "/data/v1/customobjects")[1]["items"]} == {"customers", "orders", "products"}
    _, found = client.ask("POST", "/contacts/v1/addresses/email/search", {"channelAddressList": ["ann.archer@example.org"]})
    assert found["channelAddressResponseEntities"][0]["contactKeyDetails"][0]["contactKey"] == "C-1001"
    told = sandbox.json("sandbox", "seed", "--business-unit", 500000077)
    assert told["businessUnit"] == 500000077 and told["rows"] == 166
    exported = [json.loads(line) for line in sandbox.run("sandbox", "export").stdout.splitlines()]
    assert [line["row"]["key"] for line in exported if line["table"] == "data_extension"].count("orders") == 2
    assert exported == [json.loads(line) for line in sandbox.run("sandbox", "export").stdout.splitlines()]
    assert "--yes" in sandbox.run("sandbox", "reset", ok=(2,)).stderr
    sandbox.run("sandbox", "reset", "--yes")
    assert client.ask("GET", "/data/v1/customobjects")[1]["count"] == 0
    assert client.ask("POST", "/sandbox/v1/reset", {})[0] == 403


def test_new_tokens_follow_a_change_of_scopes_after_the_delay(tmp_path):
    assert "--sandbox" in rekey("serve", "--data", tmp_path / "x", "--scope-delay", "1m", ok=(2,)).stderr
    for delay in ("6m", "-1s", "soon"):
        refused = rekey("serve", "--sandbox", "--data", tmp_path / "x", f"--scope-delay={delay}", ok=(2,)).stderr
        assert "from 0s to 5m" in refused
    server = Authority(tmp_path / "data", "--sandbox", "--scope-delay", "5m").start()
    client = Client(server, "email_read")
    server.run("package", "edit", client.client_id, "--scope", "email_send")
    assert server.token(client.client_id, client.value).json["scope"] == "email_read"
    server.run("sandbox", "clock", "+5m")
    assert server.token(client.client_id, client.value).json["scope"] == "email_send"
    server.stop()


def test_a_folder_is_a_sandbox_or_is_none_for_good(sandbox, tmp_path):
    assert stat.S_IMODE(os.stat(sandbox.data / "sandbox.db").st_mode) == 0o600
    assert sandbox.stop() == 0
    refused = rekey("serve", "--data", sandbox.data, "--listen", "127.0.0.1:0", ok=(4,)).stderr
    assert "is a sandbox's folder" in refused and "--sandbox" in refused
    production = Authority(tmp_path / "production").start()
    told = production.get("/data/v1/customobjects", Authorization=f"Bearer {production.admin_token()}")
    assert told.status == 404
    assert "is no sandbox" in production.run("sandbox", "seed", ok=(4,)).stderr
    production.stop()
    refused = rekey("serve", "--sandbox", "--data", production.data, "--listen", "127.0.0.1:0", ok=(4,)).stderr
    assert "is not a sandbox's folder" in refused and not (production.data / "sandbox.db").exists()
    assert "--sandbox" in rekey("serve", "--data", tmp_path / "x", "--async-delay", "1s", ok=(2,)).stderr
    production.start()
    production.stop()
    sandbox.start()


def test_a_rotation_closes_the_old_secret_and_not_the_api(sandbox):
    sandbox.run("policy", "set", "overlap=0", "usage_window=0s", ok=None)
    client = Client(sandbox, READ)
    staged = sandbox.json("secret", "stage", client.client_id)["secret"]["value"]
    sandbox.run("secret", "activate", client.client_id, "--force", "--reason", "a test")
    assert sandbox.token(client.client_id, client.value).status == 401
    client.token = sandbox.token(client.client_id, staged).json["access_token"]
    assert client.ask("GET", "/data/v1/customobjects")[0] == 200
