"""glewlwyd (Debian's package) with one confidential client and ES256 access tokens, SQLite on disk: the
database and configuration of its own documentation, in a temporary folder."""

import base64
import gzip
import http.client
import json
import socket
import sqlite3
import subprocess
import time

DOCUMENTATION = "/usr/share/doc/glewlwyd"
CLIENT, SECRET = "bench", "s" * 64


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def write_files(folder, port):
    connection = sqlite3.connect(folder / "glewlwyd.db")
    with gzip.open(f"{DOCUMENTATION}/database/init.sqlite3.sql.gz", "rt") as script:
        connection.executescript(script.read())
    connection.close()
    (folder / "glewlwyd.conf").write_text(f"""
port={port}
bind_address="127.0.0.1"
external_url="http://localhost:{port}/"
api_prefix="api"
log_mode="file"
log_level="ERROR"
log_file="{folder}/glewlwyd.log"
cookie_secure=0
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_session_authentication="cookie"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
use_secure_connection=false
secure_connection_key_file="/dev/null"
secure_connection_pem_file="/dev/null"
secure_connection_ca_file="/dev/null"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3" path = "{folder}/glewlwyd.db" }};
""")


class Api:
    def __init__(self, port):
        self.port, self.cookie = port, None

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/json"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        content = response.read()
        if response.getheader("Set-Cookie"):
            self.cookie = response.getheader("Set-Cookie").split(";")[0]
        if response.status != 200:
            raise RuntimeError(f"glewlwyd: {method} {path}: {response.status} {content[:200]}")
        return content


def configure(api, folder):
    key = folder / "key.pem"
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True)
    public = subprocess.run(["openssl", "ec", "-in", key, "-pubout"], capture_output=True, text=True, check=True).stdout
    api.call("POST", "/api/auth/", {"username": "admin", "password": "password"})
    api.call("POST", "/api/mod/plugin/", {
        "module": "oauth2-glewlwyd", "name": "oauth", "display_name": "OAuth2", "parameters": {
            "jwt-type": "ecdsa", "jwt-key-size": "256", "key": key.read_text(), "cert": public,
            "access-token-duration": 3600, "refresh-token-duration": 1209600, "code-duration": 600,
            "refresh-token-rolling": False, "auth-type-code-enabled": False, "auth-type-implicit-enabled": False,
            "auth-type-password-enabled": False, "auth-type-client-enabled": True, "auth-type-refresh-enabled": False,
            "scope": []}})
    api.call("POST", "/api/scope/", {"name": "bench", "display_name": "bench", "password_required": False, "scheme": {}})
    api.call("POST", "/api/client/?source=database", {
        "client_id": CLIENT, "name": CLIENT, "confidential": True, "enabled": True, "password": SECRET,
        "client_secret": SECRET, "authorization_type": ["client_credentials"], "redirect_uri": [],
        "token_endpoint_auth_method": ["client_secret_basic"], "scope": ["bench"]})


def start(folder, launch):
    folder = folder / "glewlwyd"
    folder.mkdir()
    port = free_port()
    write_files(folder, port)
    process = launch("glewlwyd", "--config-file", folder / "glewlwyd.conf", stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL)
    api = Api(port)
    deadline = time.monotonic() + 20
    while True:
        try:
            api.call("POST", "/api/auth/", {"username": "admin", "password": "password"})
            break
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("glewlwyd did not start") from None
            time.sleep(0.1)
    configure(api, folder)
    basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    body = "grant_type=client_credentials&scope=bench"
    return process, port, (f"POST /api/oauth/token HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {basic}\r\n"
                           "Content-Type: application/x-www-form-urlencoded\r\n"
                           f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
