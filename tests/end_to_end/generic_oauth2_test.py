"""generic-oauth2 with the real binary: an issuer with a real token endpoint, secrets that a program or a person makes
there, and consumers that run all the time."""

import base64
import http.server
import json
import os
import secrets
import string
import subprocess
import sys
import threading
import urllib.parse

import pytest
from rotation_test import Reader
from support import BINARY, find_canaries, rekey, wait_until

CLIENT_ID = "0oaOrderSync"
LETTERS = string.ascii_letters + string.digits

# What an author writes: the three verbs of docs/issuers/generic-oauth2.md over the issuer's own pages.
PROGRAM = r'''
import json, os, sys, urllib.error, urllib.request

request = json.loads(sys.stdin.readline())
with os.fdopen(3, "rb") as handed:
    value = handed.read()


def refuse(code, message):
    print(json.dumps({"error": {"code": code, "message": message}}))
    sys.exit(1)


def call(path, **members):
    asked = urllib.request.Request(sys.argv[1] + path, json.dumps(members).encode(), method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=20) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        refuse("conflict" if error.code == 409 else "failed", error.reason)


if request["protocol"] != 1:
    refuse("unsupported", "protocol")
if request["verb"] == "stage":
    made = call("/pages/make", label=request["label"])
    with os.fdopen(4, "wb") as told:
        told.write(made["value"].encode())
    print(json.dumps({"id": made["id"]}))
elif request["verb"] == "activate":
    call("/pages/activate", id=request["new_id"])
    print("{}")
elif request["verb"] == "revoke":
    call("/pages/delete", value=value.decode())
    print("{}")
else:
    refuse("unsupported", request["verb"])
'''


class Reply:
    def __init__(self, status):
        self.status = status


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/oauth2/token":
            return self.answer(*self.server.issuer.token_request(self.headers, body))
        return self.answer(*self.server.issuer.page(self.path, json.loads(body)))

    def answer(self, status, members):
        content = json.dumps(members).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Issuer:
    """One active and one staged secret, both accepted; activation ends the old one, unless both may live."""

    def __init__(self, ends_old):
        self.ends_old = ends_old
        self.turn = threading.Lock()
        self.canaries = set()
        self.secrets = {"first": {"value": self.new_value(), "label": "", "is_active": True}}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.server.issuer = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def new_value(self):
        value = "".join(secrets.choice(LETTERS) for _ in range(40))
        self.canaries.add(value)
        return value

    def is_accepted(self, value):
        with self.turn:
            return any(secrets.compare_digest(one["value"], value) for one in self.secrets.values())

    def token_request(self, headers, body):
        form = dict(urllib.parse.parse_qsl(body.decode()))
        client_id, value = form.get("client_id", ""), form.get("client_secret", "")
        if headers.get("Authorization", "").startswith("Basic "):
            both = base64.b64decode(headers["Authorization"][6:]).decode()
            client_id, value = map(urllib.parse.unquote_plus, both.split(":", 1))
        if form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        if client_id != CLIENT_ID or not self.is_accepted(value):
            return 401, {"error": "invalid_client"}
        return 200, {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 60}

    def page(self, path, members):
        """What a person, or a program for one, does in the issuer's pages."""
        with self.turn:
            if path == "/pages/make":
                staged = [name for name, one in self.secrets.items() if not one["is_active"]]
                if any(self.secrets[name]["label"] != members["label"] for name in staged):
                    return 409, {}
                for name in staged:
                    del self.secrets[name]
                name = f"key-{secrets.token_hex(4)}"
                self.secrets[name] = {"value": self.new_value(), "label": members["label"], "is_active": False}
                return 200, {"id": name, "value": self.secrets[name]["value"]}
            if path == "/pages/activate":
                self.secrets[members["id"]]["is_active"] = True
                if self.ends_old:
                    self.secrets = {members["id"]: self.secrets[members["id"]]}
                return 200, {}
            if path == "/pages/delete":
                self.secrets = {n: one for n, one in self.secrets.items() if one["value"] != members["value"]}
                return 200, {}
        return 404, {}

    def token(self, client_id, value, user_agent):
        """As a consumer asks (rotation_test.Reader)."""
        body = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": value}
        status, _ = self.token_request({}, urllib.parse.urlencode(body).encode())
        return Reply(status)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Starter(Reader):
    """A consumer that reads its .env at its start alone; `restart` starts it again, and waits until it has read."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.asked_again = self.path.with_suffix(".again")
        self.held = super().value()

    def value(self):
        if self.asked_again.exists():
            self.held = super().value()
            self.asked_again.unlink()
        return self.held


class Site:
    def __init__(self, issuer, folder):
        self.issuer, self.folder = issuer, folder
        self.old = issuer.secrets["first"]["value"]
        self.program = folder / "issuer-secrets.py"
        self.program.write_text(PROGRAM)
        self.restart = folder / "restart"
        self.restart.write_text('#!/bin/sh\n: > "$1"\nwhile [ -e "$1" ]; do sleep 0.02; done\n')
        self.restart.chmod(0o755)
        self.consumers = {}
        for name, kind in (("sync", Reader), ("nightly", Starter)):
            path = folder / f"{name}.env"
            path.write_text(f"SFMC_CLIENT_SECRET={self.old}\n")
            self.consumers[name] = kind(issuer, CLIENT_ID, path, f"{name}/1")
        self.inventory = folder / "rekey.yaml"

    def command(self, verb):
        return f"  {verb}_command: [{sys.executable}, {self.program}, \"{self.issuer.url}\"]\n"

    def write_inventory(self, settings):
        again = self.consumers["nightly"].asked_again
        self.inventory.write_text(f"""\
version: 1
issuer:
  kind: generic-oauth2
  token_url: "{self.issuer.url}/oauth2/token"
{settings}integration: {{client_id: {CLIENT_ID}, name: Order sync}}
proof: {{requests: 2, span: 200ms}}
consumers:
  - name: sync
    owner: omar@example.org
    sink: {{kind: file, path: sync.env, key: SFMC_CLIENT_SECRET}}
    reload: per_call
    seen_as: {{user_agent: sync/1}}
  - name: nightly
    sink: {{kind: file, path: nightly.env, key: SFMC_CLIENT_SECRET}}
    reload: {{command: [{self.restart}, {again}], reads: at_start}}
    seen_as: {{user_agent: nightly/1}}
""")

    def start(self):
        for consumer in self.consumers.values():
            consumer.start()
        wait_until(lambda: all(one.tokens > 3 for one in self.consumers.values()), "the consumers to run")

    def rotate(self, ok, *more, **options):
        """One start of the engine; its events."""
        done = subprocess.run([BINARY, "rotate", "-f", self.inventory, "--yes", "--json", *more], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=240, **options)
        assert done.returncode == ok, done.stdout + done.stderr
        assert not find_canaries((done.stdout + done.stderr).encode(), self.issuer.canaries)
        return done

    def attest(self):
        rekey("run", "attest", "sync", "-f", self.inventory, "--by", "omar", "--reason", "orders arrive")

    def check_end(self):
        for consumer in self.consumers.values():
            seen = consumer.tokens
            wait_until(lambda: consumer.tokens > seen + 2 or consumer.failures, f"{consumer.user_agent} to go on")
            consumer.stop()
            assert consumer.failures == [], (consumer.user_agent, consumer.failures[:5])
            assert consumer.value() != self.old
        assert len({consumer.value() for consumer in self.consumers.values()}) == 1
        assert not self.issuer.is_accepted(self.old)
        assert [one["is_active"] for one in self.issuer.secrets.values()] == [True]
        state = [path for path in (self.folder / ".rekey").rglob("*") if path.is_file()]
        assert not any(find_canaries(path.read_bytes(), self.issuer.canaries) for path in state)
        assert "run_closed" in rekey("run", "show", "-f", self.inventory, self.run_id(), "--events", "--json").stdout

    def run_id(self):
        return json.loads(rekey("run", "list", "-f", self.inventory, "--json", ok=(0, 3)).stdout)["runs"][0]["run"]


@pytest.fixture
def make_site(tmp_path):
    sites = []

    def make(ends_old):
        sites.append(Site(Issuer(ends_old), tmp_path))
        return sites[-1]

    yield make
    for site in sites:
        for consumer in site.consumers.values():
            consumer.is_stopping = True
        site.issuer.stop()


def test_a_program_stages_and_activates_which_ends_the_old_one(make_site):
    site = make_site(ends_old=True)
    site.write_inventory("  auth_style: basic\n  overlap: 0\n" + site.command("stage") + site.command("activate"))
    site.start()
    waiting = site.rotate(3)
    assert "sync" in waiting.stderr and "run attest" in waiting.stderr, waiting.stderr
    assert site.issuer.is_accepted(site.old), "both work until somebody has said that sync has moved"
    site.attest()
    done = site.rotate(0)
    events = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    assert "secret_activated" in events and events[-1] == "run_closed"
    site.check_end()


def test_a_program_stages_beside_the_old_one_and_deletes_it_at_the_end(make_site):
    site = make_site(ends_old=False)
    site.write_inventory("  auth_style: body\n  overlap: until_expiry\n" + site.command("stage")
                         + site.command("activate") + site.command("revoke"))
    site.start()
    site.rotate(3)
    site.attest()
    site.rotate(0)
    site.check_end()


def test_a_staged_secret_of_somebody_else_is_left_alone(make_site):
    site = make_site(ends_old=True)
    site.write_inventory("  auth_style: basic\n  overlap: 0\n" + site.command("stage") + site.command("activate"))
    site.start()
    status, theirs = site.issuer.page("/pages/make", {"label": "somebody else's"})
    assert status == 200
    stopped = site.rotate(3)
    assert "Conflict" in stopped.stderr, stopped.stderr
    assert site.issuer.is_accepted(site.old) and site.issuer.is_accepted(theirs["value"])
    assert {consumer.value() for consumer in site.consumers.values()} == {site.old}
    assert all(consumer.failures == [] for consumer in site.consumers.values())


def test_a_person_stages_and_activates(make_site):
    site = make_site(ends_old=True)
    site.write_inventory("  auth_style: basic\n  overlap: 0\n  secret_length: 40\n"
                         "  where: the client secrets of Order sync\n")
    site.start()
    assert "nobody is at a terminal here" in site.rotate(3).stderr
    card = rekey("run", "card", "-f", site.inventory, "--markdown").stdout
    assert card.startswith("# Make a new client secret for Order sync") and site.run_id() in card
    assert "Open the client secrets of Order sync" in card
    _, made = site.issuer.page("/pages/make", {"label": site.run_id()})

    reader, writer = os.pipe()
    os.write(writer, made["value"].encode() + b"\n")
    os.close(writer)
    waiting = site.rotate(3, "--value-fd", str(reader), pass_fds=[reader])
    os.close(reader)
    assert "run attest" in waiting.stderr, waiting.stderr
    assert {consumer.value() for consumer in site.consumers.values()} == {made["value"]}
    site.attest()
    site.rotate(3)
    assert rekey("run", "card", "-f", site.inventory).stdout.startswith("Activate the new client secret of Order sync")
    assert site.issuer.is_accepted(site.old), "nothing ends before the person has pressed"

    site.issuer.page("/pages/activate", {"id": made["id"]})
    site.rotate(0)
    site.check_end()
