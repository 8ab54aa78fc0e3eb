"""What the flows share: a real server on a temporary folder, the real commands, the search for canaries.

A flow uses the fixture `authority` (conftest.py): a running server, stopped after the test, its logs
and files searched for every secret value that the test has seen.
"""

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import time
import urllib.parse
from pathlib import Path

BINARY = os.environ["REKEY_BINARY"]
SOURCE = Path(os.environ["REKEY_SOURCE"])
DEADLINE_SECONDS = 60


def free_port():
    """For servers that cannot choose one themselves."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def wait_until(condition, what, seconds=DEADLINE_SECONDS):
    """Polls until `condition` gives something true, and gives it; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.02)


def rekey(*arguments, ok=(0,), stdin=None, environment=None, timeout=120):
    """Runs the real binary; `ok` are the exit codes that the test expects (None: any)."""
    done = subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                          timeout=timeout, env={**os.environ, **(environment or {})})
    if ok is not None:
        assert done.returncode in ok, (
            f"rekey {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.text = response.read()

    @property
    def json(self):
        return json.loads(self.text)


class Authority:
    """`rekey serve` on a folder of its own."""

    def __init__(self, folder, *options):
        self.data = Path(folder)
        self.options = options
        self.log = self.data.parent / (self.data.name + ".log")
        self.process = None
        self.canaries = set()

    def start(self, is_expected_to_start=True):
        (self.data / "server.json").unlink(missing_ok=True)
        log = open(self.log, "ab")
        self.process = subprocess.Popen(
            [BINARY, "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *self.options],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        if is_expected_to_start:
            self.wait_until_ready()
        return self

    def wait_until_ready(self):
        def is_ready():
            assert self.process.poll() is None, f"the server stopped:\n{self.log.read_text()[-3000:]}"
            try:
                self.url = json.loads((self.data / "server.json").read_text())["url"]
                return self.get("/readyz").status == 200
            except (OSError, ValueError, http.client.HTTPException):
                return False
        wait_until(is_ready, "the server to be ready")

    def stop(self):
        """SIGTERM; gives the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=DEADLINE_SECONDS)
        self.process = None
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=DEADLINE_SECONDS)
        self.process = None

    # ---- commands and calls -------------------------------------------------------------------

    def run(self, *arguments, **options):
        return rekey(*arguments, "--data", self.data, **options)

    def json(self, *arguments, **options):
        result = json.loads(self.run(*arguments, "--json", **options).stdout)
        self._remember_values(result)
        return result

    def create(self, name="Order sync", scope="email_send data_extensions_write", *options):
        return self.json("package", "create", name, "--scope", scope, *options)

    def request(self, method, path, body=None, headers=None):
        location = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(location.hostname, location.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            content = body if isinstance(body, (bytes, type(None))) else body.encode()
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if content is not None:
                connection.putheader("Content-Length", str(len(content)))
            connection.endheaders(content)
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def token(self, client_id, value, path="/v2/token", user_agent="test/1", **members):
        """A token request as clients make it, in JSON."""
        body = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": value, **members}
        return self.request("POST", path, json.dumps(body),
                            {"Content-Type": "application/json", "User-Agent": user_agent})

    def token_form(self, client_id, value, **members):
        body = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": value, **members}
        return self.request("POST", "/v2/token", urllib.parse.urlencode(body),
                            {"Content-Type": "application/x-www-form-urlencoded"})

    def admin_token(self):
        credential = json.loads((self.data / "admin.json").read_text())
        return self.token(credential["client_id"], credential["client_secret"]).json["access_token"]

    def api(self, method, path, body=None, **headers):
        headers = {"Authorization": f"Bearer {self.admin_token()}", **headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self.request(method, "/api/v1" + path, None if body is None else json.dumps(body), headers)

    # ---- canaries -----------------------------------------------------------------------------

    def _remember_values(self, document):
        if isinstance(document, dict):
            for name, member in document.items():
                if name == "value" and isinstance(member, str):
                    self.canaries.add(member)
                self._remember_values(member)
        elif isinstance(document, list):
            for item in document:
                self._remember_values(item)

    def check_no_value_is_visible(self, *more_files):
        """No value that this test has seen stands in the log, the ledger, or any file but admin.json."""
        credential = self.data / "admin.json"
        if credential.exists():
            self.canaries.add(json.loads(credential.read_text())["client_secret"])
        files = [path for path in self.data.rglob("*") if path.is_file() and not path.name.startswith("admin.json")]
        for path in [self.log, *files, *map(Path, more_files)]:
            if path.exists():
                found = find_canaries(path.read_bytes(), self.canaries)
                assert not found, f"{path} holds {len(found)} secret value(s)"


def forms_of(value):
    """The forms in which a value may stand somewhere: raw, base64 at each offset, hex, percent."""
    raw = value.encode()
    forms = {raw, raw.hex().encode(), raw.hex().upper().encode(), urllib.parse.quote(value, safe="").encode(),
             b"".join(b"%%%02X" % byte for byte in raw), raw[::-1]}
    for offset in range(3):
        text = base64.b64encode(b"x" * offset + raw)
        forms.add(text[4:-4] if offset else text[:-4])
        forms.add((text[4:-4] if offset else text[:-4]).replace(b"+", b"-").replace(b"/", b"_"))
    return forms


def find_canaries(content, values):
    return [value for value in values if any(form in content for form in forms_of(value))]
