"""Whole programs of the field, unmodified, read their own file before and after a rotation has edited it.

mcdev and newman; FuelSDK for Python has a file of its own.
"""

import json
import re
import subprocess
import threading

import pytest
from clients import HERE_ONLY, NODE, SCOPES, Driven, settings_of
from evidence_test import rotate_until_it_observes
from hosts import Hosts
from situations import (FINE, SITUATIONS, Ground, check_it_is_as_the_page_says,
                        check_nobody_notices_a_rotation, fine)
from support import SOURCE, Authority, find_canaries, rekey

SERVE_OPTIONS = ()  # tokens live as long as they usually do

REAL = SOURCE / "tests/clients/real"
MODULES = REAL / "node_modules"
PYTHON_MODULES = REAL / "python_modules"


def environment_in(folder):
    return HERE_ONLY | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"), "PYTHONPATH": str(PYTHON_MODULES),
                        "NO_UPDATE_NOTIFIER": "1", "TMPDIR": str(folder)}


class Mcdev:
    """A project of mcdev, which begins anew for each command and reads its files then. Takes orders as `Driven` does: it
    reads what the data extension `orders` is described as, and describes it anew."""

    kind = "mcdev"

    def __init__(self, folder, settings, narrow_settings=None, environment=None):
        self.folder, self.settings, self.narrow_settings = folder, settings, narrow_settings
        self.environment = environment_in(folder) | (environment or {})
        folder.mkdir(exist_ok=True)
        defaults = self._run("--input-type=module", "-e", f"import config from '{MODULES}/mcdev/lib/util/config.js';"
                             "console.log(JSON.stringify(await config.getDefaultProperties()))").stdout
        unit = settings["accountId"]
        (folder / ".mcdevrc.json").write_text(json.dumps(json.loads(defaults.splitlines()[-1]) | {
            "version": "8.0.0", "credentials": {"cred1": {"eid": unit, "businessUnits": {"_ParentBU_": unit}}}}))
        self.auth = folder / ".mcdev-auth.json"
        self.set()

    def _run(self, *arguments):
        return subprocess.run([NODE, *map(str, arguments)], cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, timeout=120, stdin=subprocess.DEVNULL)

    def set(self, clientSecret=None, scope=None):
        """Its file of settings has no scopes: where they are to be fewer, it is another package's."""
        told = self.narrow_settings if scope else self.settings
        self.auth.write_text(json.dumps({"cred1": {
            "client_id": told["clientId"], "client_secret": clientSecret or told["clientSecret"],
            "auth_url": told["authBaseUri"], "account_id": told["accountId"]}}))

    def run(self, *arguments):
        return self._run(MODULES / ".bin/mcdev", *arguments, "--yes", "--noLogColors", "--noLogFile")

    def check(self, *arguments):
        done = self.run(*arguments)
        assert done.returncode == 0 and "error" not in done.stdout + done.stderr, done.stdout + done.stderr
        return done.stdout

    def files(self, folder):
        return self.folder / folder / "cred1/_ParentBU_/dataExtension"

    def order(self, order, _, *words):
        if order == "write":
            self.files("deploy").mkdir(parents=True, exist_ok=True)
            shown = json.loads((self.files("retrieve") / "orders.dataExtension-meta.json").read_text())
            (self.files("deploy") / "orders.dataExtension-meta.json").write_text(json.dumps(
                shown | {"Description": " ".join(words)}))
        done = self.run("retrieve" if order == "read" else "deploy", "cred1/_ParentBU_", "dataExtension")
        errors = re.findall(r"error\S*: +(.*)", done.stdout + done.stderr)
        assert (done.returncode != 0) == bool(errors), done.stdout + done.stderr
        if errors:
            return {"told": "error", "words": errors[0]}
        told = json.loads((self.files("retrieve") / "orders.dataExtension-meta.json").read_text())
        return {"told": FINE, "value": told["Description"]}


class Site:
    def __init__(self, authority, folder):
        authority.run("policy", "set", "settle=1s", "overlap=0")
        self.authority, self.folder = authority, folder
        created = authority.create()
        self.integration = created["integration"]
        self.client_id = self.integration["client_id"]
        self.old = created["secret"]["value"]
        self.environment = environment_in(folder)

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


def enterprise_of(sandbox):
    """The business unit that mcdev works from."""
    first = sandbox.create("Asks who", "offline")
    token = sandbox.token(first["integration"]["client_id"], first["secret"]["value"]).json["access_token"]
    return sandbox.get("/v2/userinfo", Authorization=f"Bearer {token}").json["organization"]["enterprise_id"]


def mcdev_in(folder, sandbox, url):
    unit = enterprise_of(sandbox)
    sandbox.run("sandbox", "seed", "--business-unit", unit)
    packages = [sandbox.create(name, f"accounts_read {scopes}", "--business-unit", unit)
                for name, scopes in (("mcdev", SCOPES), ("mcdev that reads", "data_extensions_read"))]
    return Mcdev(folder, *(settings_of(package, url, accountId=int(unit)) for package in packages))


def test_mcdev_lists_business_units_and_retrieves_and_deploys_data_extensions(tmp_path):
    sandbox = Authority(tmp_path / "sandbox", "--sandbox").start()
    try:
        mcdev = mcdev_in(tmp_path / "mcdev", sandbox, sandbox.url)
        assert "Found 2 BUs" in mcdev.check("reloadBUs", "cred1")
        mcdev.check("retrieve", "cred1/_ParentBU_", "dataExtension")
        shown = {path.name.split(".")[0]: json.loads(path.read_text()) for path in mcdev.files("retrieve").glob("*.json")}
        assert set(shown) == {"customers", "orders", "products"}
        assert shown["customers"]["Fields"][0] == {"Name": "CustomerId", "DefaultValue": "", "MaxLength": 36, "IsRequired": True,
                                                   "IsPrimaryKey": True, "FieldType": "Text"}
        mcdev.files("deploy").mkdir(parents=True)
        new = shown["products"] | {"CustomerKey": "gifts", "Name": "Gifts"}
        note = {"Name": "Note", "FieldType": "Text", "MaxLength": "40", "IsRequired": False, "IsPrimaryKey": False, "DefaultValue": ""}
        changed = shown["orders"] | {"Description": "changed by mcdev", "Fields": [*shown["orders"]["Fields"], note]}
        for key, content in (("gifts", new), ("orders", changed)):
            (mcdev.files("deploy") / f"{key}.dataExtension-meta.json").write_text(json.dumps(content))
        assert "1 of 1 created / 1 of 1 updated" in mcdev.check("deploy", "cred1/_ParentBU_", "dataExtension")
        told = json.loads((mcdev.files("retrieve") / "orders.dataExtension-meta.json").read_text())
        assert told["Description"] == "changed by mcdev" and told["Fields"][-1]["Name"] == "Note"
    finally:
        sandbox.stop()


def test_mcdev_works_with_the_addresses_of_marketing_cloud(tmp_path):
    """Nothing but its environment leads it to the sandbox, as hosts_test.py shows of others."""
    sandbox = Authority(tmp_path / "data", "--sandbox", "--hosts-listen", "127.0.0.1:0").start()
    try:
        hosts, unit = Hosts(sandbox), enterprise_of(sandbox)
        sandbox.run("sandbox", "seed", "--business-unit", unit)
        package = sandbox.create("mcdev", f"accounts_read {SCOPES}", "--business-unit", unit)
        mcdev = Mcdev(tmp_path / "mcdev", hosts.settings_of(package, accountId=int(unit)), None, hosts.environment())
        assert "Found 2 BUs" in mcdev.check("reloadBUs", "cred1")
        fine(mcdev.order("read", ""))
        assert fine(mcdev.order("write", "", "by", "host", "name"))["value"] == "by host name"
    finally:
        sandbox.stop()


# ---- the situations of client_situations_test.py -------------------------------------------------

@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    one = Ground(tmp_path_factory.mktemp("ground"))
    yield one
    one.stop()


@pytest.fixture(scope="module")
def mcdev(ground):
    return mcdev_in(ground.folder / "mcdev", ground.sandbox, ground.url)


def tokens_of(ground, client):
    usage = ground.sandbox.json("secret", "usage", client.settings["clientId"])["usage"]
    return sum(row["count"] for row in usage)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_mcdev_takes_what_happens_as_the_page_says(ground, mcdev, situation):
    if situation != "dead token":
        outcomes = SITUATIONS[situation](ground, mcdev, "soap")
    else:  # each command asks for a token of its own: this one dies while the command is at work
        before = tokens_of(ground, mcdev)
        ground.between.let_tokens_expire(ground.dead_token, after_calls=2)
        outcomes = (mcdev.order("read", "soap"),) * 2
        assert tokens_of(ground, mcdev) == before + 2
    check_it_is_as_the_page_says(mcdev.kind, "soap", situation, outcomes)


class Repeated(threading.Thread):
    """mcdev as a job that is started again and again."""

    def __init__(self, mcdev):
        super().__init__(daemon=True)
        self.mcdev, self.is_stopping, self.outcomes = mcdev, False, []

    def run(self):
        while not self.is_stopping:
            self.outcomes.append(self.mcdev.order("read", "soap"))


def test_nobody_notices_a_rotation(tmp_path):
    sandbox = Authority(tmp_path / "data", "--sandbox", "--expires-in", "1").start()
    try:
        sandbox.run("policy", "set", "settle=1s", "overlap=0", "usage_window=1s")
        sandbox.run("sandbox", "seed")
        mcdev = mcdev_in(tmp_path / "mcdev", sandbox, sandbox.url)
        job = Repeated(mcdev)
        job.start()
        # From its start, when it reads its file, to its token request it takes a while.
        consumer = (f"      - name: mcdev\n        sink: {{kind: file, path: {mcdev.auth}, key: cred1.client_secret}}\n"
                    "        reload: per_call\n        seen_as: {user_agent: axios/*}\n        interval: 15s\n")
        check_nobody_notices_a_rotation(sandbox, tmp_path, [], {mcdev.settings["clientId"]: consumer})
        job.is_stopping = True
        job.join()
        assert len(job.outcomes) > 2 and all(outcome["told"] == FINE for outcome in job.outcomes), job.outcomes
        new = json.loads(mcdev.auth.read_text())["cred1"]["client_secret"]
        assert new != mcdev.settings["clientSecret"]
        assert sandbox.token(mcdev.settings["clientId"], mcdev.settings["clientSecret"]).status == 401
        mcdev.settings["clientSecret"] = new
        fine(mcdev.order("read", "soap"))
    finally:
        sandbox.stop()
