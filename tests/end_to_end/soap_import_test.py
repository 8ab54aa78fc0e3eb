"""rekey inventory import --soap, against a server that answers as Marketing Cloud's token and SOAP endpoints do."""

import http.server
import json
import os
import re
import secrets
import subprocess
import threading

import pytest
from support import BINARY

CLIENT = "abcdefghijklmnopqrstuvwx"
ENVELOPE = ('<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>{}</soap:Body></soap:Envelope>')


def user(name, email=None, active=True, must_change=False):
    mail = f"<Email>{email}</Email>" if email else ""
    return (f'<Results xsi:type="AccountUser"><PartnerKey xsi:nil="true" /><ID>7</ID><Name>{name}</Name>{mail}'
            f"<ActiveFlag>{str(active).lower()}</ActiveFlag><MustChangePassword>{str(must_change).lower()}</MustChangePassword></Results>")


def reply(*users, status="OK", request_id="r-1"):
    return ENVELOPE.format(f'<RetrieveResponseMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><OverallStatus>{status}</OverallStatus>'
                           f"<RequestID>{request_id}</RequestID>{''.join(users)}</RetrieveResponseMsg>")


def fault(said):
    return ENVELOPE.format(f"<soap:Fault><faultcode>q0:Security</faultcode><faultstring>{said}</faultstring></soap:Fault>")


class Vendor(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        self.secret, self.token = secrets.token_urlsafe(40), secrets.token_urlsafe(120)
        self.pages = [(200, reply(user("Order sync app user")))]
        self.asked, self.tokens = [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, text, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        server = self.server
        if self.path == "/v2/token":
            server.tokens.append(json.loads(body))
            if server.tokens[-1]["client_secret"] != server.secret:
                return self.answer(401, '{"error":"invalid_client"}', "application/json")
            return self.answer(200, json.dumps({"access_token": server.token, "soap_instance_url": server.url}), "application/json")
        if self.path != "/Service.asmx":
            return self.answer(404, "no", "text/plain")
        assert self.headers["SOAPAction"] == "Retrieve" and "<ObjectType>AccountUser<" in body
        if f">{server.token}</fueloauth>" not in body:
            return self.answer(500, fault("Token Expired"), "text/xml")
        server.asked.append(re.search("<ContinueRequest>(.*?)<", body))
        page = server.pages[min(len(server.asked), len(server.pages)) - 1]
        return self.answer(*page, "text/xml")


@pytest.fixture
def vendor():
    server = Vendor()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def inventory(vendor, tmp_path):
    path = tmp_path / "rekey.yaml"
    path.write_text(f"version: 1\nissuers:\n  mce: {{kind: marketing-cloud, auth_url: \"{vendor.url}\"}}\n"
                    "integrations:\n  - name: Order sync\n    expires_at: 2027-03-19\n")
    return path


def run(vendor, inventory, *options, ok=(0,), secret=None, token=None):
    """With the secret on standard input, or a token on a descriptor. No output may hold either."""
    descriptors = ()
    if token is not None:
        read, write = os.pipe()
        os.write(write, token.encode())
        os.close(write)
        descriptors = (read,)
        options = ("--token-fd", str(read), *options)
    else:
        options = ("--client-id", CLIENT, *options)
    done = subprocess.run([BINARY, "inventory", "import", "--soap", "-f", inventory, *options], capture_output=True, text=True, timeout=60,
                          input=(secret or vendor.secret) + "\n", pass_fds=descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    assert done.returncode in ok, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
    for value in (vendor.secret, vendor.token):
        assert value not in done.stdout + done.stderr + inventory.read_text()
    return done


def test_packages_are_added_by_name_over_all_pages(vendor, inventory):
    before = inventory.read_text()
    vendor.pages = [
        (200, reply(user("Order sync app user"), user("Nightly &amp; weekly app user"), status="MoreDataAvailable", request_id="r-1")),
        (200, reply(user("Old report app user"), user("Ann", email="ann@example.com"), status="MoreDataAvailable", request_id="r-2")),
        (200, reply(user("Hidden app user", must_change=True), user("Gone app user", active=False)))]
    shown = run(vendor, inventory, "--account-id", "500000001").stdout
    assert [found and found.group(1) for found in vendor.asked] == [None, "r-1", "r-2"]
    assert vendor.tokens == [{"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": vendor.secret, "account_id": 500000001}]
    assert "nothing is written" in shown and inventory.read_text() == before
    for caveat in ("no client id, no secret and no end of one", "may be missing", "1 inactive service users and 1 of Salesforce's own"):
        assert caveat in shown
    vendor.asked = []
    run(vendor, inventory, "--write")
    assert inventory.read_text() == before + '  - name: "Nightly & weekly"\n    issuer: mce\n  - name: "Old report"\n    issuer: mce\n'
    vendor.asked = []
    again = json.loads(run(vendor, inventory, "--write", "--json").stdout)
    assert again["added"] == [] and len(again["notes"]) == 3


def test_what_needs_somebody_is_told(vendor, inventory):
    vendor.pages = [(200, reply(user("Order sync app user", active=False), user("A package of which only so much fits here app u")))]
    shown = run(vendor, inventory, ok=(3,)).stdout
    assert "Order sync: its service user is not active" in shown
    assert "left as it is: A package of which only so much fits here app u: this service user's name is cut off" in shown
    inventory.write_text(inventory.read_text() + "  - name: A package of which only so much fits here\n")
    vendor.pages = [(200, reply(user("A package of which only so much fits here app u")))]
    assert "cut off" not in run(vendor, inventory).stdout


def test_a_token_may_come_by_a_descriptor(vendor, inventory):
    run(vendor, inventory, "--soap-url", vendor.url, token=vendor.token)
    assert vendor.tokens == []
    assert "does not take the access token (Token Expired)" in run(vendor, inventory, "--soap-url", vendor.url, token="old", ok=(1,)).stderr
    assert "give --soap-url" in run(vendor, inventory, token=vendor.token, ok=(2,)).stderr
    in_the_clear = run(vendor, inventory, "--soap-url", "http://soap.example/", token=vendor.token, ok=(2,)).stderr
    assert "the token would go in the clear" in in_the_clear


@pytest.mark.parametrize("status, page, told, code", [
    (200, reply(status="Error: API Permission Failed. Not allowed"), "most likely users_read", 1),
    (200, reply(status="Error: Unable to find a handler for object type"), "ask with a token of it (--account-id)", 4),
    (500, fault("AuthorizationFailure"), "answers with a fault: AuthorizationFailure", 4),
    (500, "<html>broken</html>", "answered 500; try again later", 5), (503, "", "answered 503; try again later", 5),
    (403, "", "the token is not let in", 1), (404, "", "give its SOAP Base URI with --soap-url", 1),
    (200, reply(user("Order sync app user"))[:-40], "it is not whole XML", 1), (200, "<html/>", "it has no SOAP body", 1),
    (200, '<!DOCTYPE b [<!ENTITY a "aaaaaaaa">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi"))
     + "]>" + reply(user("&i; app user")), "a document type, which SOAP forbids", 1),
    (200, reply(user("Order sync app user"), " " * 9_000_000), "larger than 8 MiB", 1)], ids=range(11))
def test_an_answer_that_is_none_is_explained(vendor, inventory, status, page, told, code):
    vendor.pages = [(status, page)]
    assert told in run(vendor, inventory, ok=(code,)).stderr


def test_an_echo_of_the_token_is_withheld_and_endless_pages_end(vendor, inventory):
    vendor.pages = [(500, fault(f"bad {vendor.token}"))]
    assert "holds the token itself" in run(vendor, inventory, ok=(4,)).stderr
    vendor.asked, vendor.pages = [], [(200, reply(status="MoreDataAvailable"))]
    assert "more than 100 pages" in run(vendor, inventory, ok=(4,)).stderr


def test_what_is_missing_to_ask_is_told(vendor, inventory):
    assert "whether the package's own service user is active" in run(vendor, inventory, secret="another", ok=(1,)).stderr
    done = subprocess.run([BINARY, "inventory", "import", "--soap", "-f", inventory], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and "give --client-id ID" in done.stderr
    assert "--secret-fd: 1 and 2 are the outputs" in run(vendor, inventory, "--secret-fd", "1", ok=(2,)).stderr
    inventory.write_text("version: 1\nissuers: {own: {kind: rekey, credential: a}}\nintegrations: [{name: a}]\n")
    assert "no such issuer of the kind marketing-cloud" in run(vendor, inventory, ok=(2,)).stderr
