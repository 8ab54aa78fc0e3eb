"""A sandbox by host names, as its clients see it: what `rekey sandbox hosts` says, and curl with it."""

import json
import subprocess
import urllib.parse

from clients import HERE_ONLY
from support import DEADLINE_SECONDS


class Hosts:
    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.facts = sandbox.json("sandbox", "hosts")
        self.auth, self.rest, self.soap = self.facts["hosts"]
        self.proxy, self.ca = self.facts["proxy"], self.facts["ca_file"]
        self.port = urllib.parse.urlsplit(self.proxy).port

    def curl(self, *arguments, trusts=True, through=True):
        """The exit code, the status, and what came."""
        way = ("--proxy", self.proxy) if through else ()
        trust = ("--cacert", self.ca) if trusts else ()
        done = subprocess.run(["curl", "-sS", "-m", str(DEADLINE_SECONDS), "-w", "\n%{http_code} %{http_connect}",
                               *way, *trust, *arguments], capture_output=True, text=True, env=HERE_ONLY)
        body, _, codes = done.stdout.rpartition("\n")
        status, connect = codes.split()
        return done.returncode, int(status), body, int(connect)

    def token(self, created, **more):
        integration = created["integration"]
        code, status, body, _ = self.curl(
            f"https://{self.auth}/v2/token", "-H", "Content-Type: application/json", "-d", json.dumps({
                "grant_type": "client_credentials", "client_id": integration["client_id"],
                "client_secret": created["secret"]["value"]}), **more)
        assert (code, status) == (0, 200), body
        return json.loads(body)

    def settings_of(self, created, **more):
        """What a client has to know: the same as of a package at Marketing Cloud."""
        integration = created["integration"]
        return {"clientId": integration["client_id"], "clientSecret": created["secret"]["value"], "url": f"https://{self.auth}",
                "authBaseUri": f"https://{self.auth}/", "accountId": int(integration["account_id"]), **more}

    def environment(self):
        """What leads a client here that knows nothing of it."""
        return {"HTTPS_PROXY": self.proxy, "NODE_EXTRA_CA_CERTS": self.ca, "REQUESTS_CA_BUNDLE": self.ca, "SSL_CERT_FILE": self.ca}
