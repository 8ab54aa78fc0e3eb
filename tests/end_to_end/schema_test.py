"""The JSON Schema of rekey.yaml against a validator and against the reader: whatever the reader takes it takes, and
what is of the wrong shape both refuse."""

import copy
import json
import os
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml
from support import BINARY, SOURCE, rekey

HOST = os.environ.get("REKEY_READER_HOST", str(Path(BINARY).parent / "tests" / "inventory_reader_host"))
SCHEMA = json.loads((SOURCE / "docs/rekey.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

TENANT = "https://tenant.auth.marketingcloudapis.com/"
CONSUMER = {
    "name": "shop", "sink": {"kind": "file", "path": "shop/config.json", "format": "json", "key": "mce.secret"}, "instances": 2,
    "reload": {"command": ["./restart.sh", "shop"], "timeout": "30s", "reads": "at_start"},
    "seen_as": {"network": "10.1.0.0/16", "user_agent": "shop/*"}, "interval": "20m", "owner": "Shop team", "max_length": 64,
}
PER_CALL = {"name": "nightly", "sink": {"kind": "file", "path": "nightly/.env", "key": "SECRET"}, "reload": "per_call",
            "seen_as": {"user_agent": "nightly"}, "interval": "1d"}
FACTS = {"client_id": "abcdefghijklmnopqrstuvwx", "slot": "-", "name": "Order sync", "owner": "Shop team",
         "contacts": ["shop@example.com"], "documentation": "https://wiki.example.com/", "generated_at": "2026-10-01",
         "expires_at": "2027-03-30T12:00:00Z", "approvals": 1, "window": "tue-thu 09:00-15:00 +01:00"}
WAIVERS = [{"seen_as": {"other": True}, "by": "R. Meyer", "reason": "a scanner"},
           {"seen_as": {"slot": "abc123"}, "by": "R. Meyer", "reason": "switched off"}]
WORKFLOWS = [{"name": "orders", "effects": "one test order, which is cancelled again", "timeout": "2m",
              "steps": [{"name": "place", "method": "POST", "url": "${rest_url}/orders", "headers": {"Authorization": "Bearer ${token}"},
                         "body": {"count": 7, "note": None}, "capture": {"order": "id"},
                         "expect": {"status": [201, 202], "json": {"/state": "new", "id": {"exists": True, "matches": "o*"}}}}],
              "clean_up": [{"name": "cancel", "url": "https://shop.example/orders/${order}", "body": "all", "expect": {"status": 204},
                            "until": {"every": "2s", "within": "60s"}}]}]
DISCOVERY = {"roots": ["shop", "/etc/shop"], "not_consumers": [{"path": "shop/docs", "by": "R. Meyer", "reason": "the manual's example"}]}
SINGLE = {"version": 1, "issuer": {"kind": "rekey", "credential": "admin.json", "server": "https://rekey.example.com"},
          "integration": FACTS, "state": ".rekey", "probe": {"kind": "token"}, "proof": {"requests": 3, "span": "2s"},
          "consumers": [CONSUMER, PER_CALL], "waivers": WAIVERS, "workflows": WORKFLOWS, "discovery": DISCOVERY}
SEVERAL = {"version": 1, "issuers": {"mce": {"kind": "marketing-cloud", "auth_url": TENANT, "business_unit": 500000002, "settle": "5m",
                                             "interval": "5m", "ttl": "180d", "look_every": "1m", "activation_wait": "1h"}},
           "state": ".rekey", "proof": {"requests": 3, "span": "2s"}, "discovery": DISCOVERY,
           "integrations": [{**FACTS, "issuer": "mce", "state": "own", "probe": {"kind": "token"}, "proof": {"requests": 5},
                             "consumers": [CONSUMER], "waivers": WAIVERS, "workflows": WORKFLOWS[:1]},
                            {"name": "Old report", "expires_at": None, "consumers": []}]}

EACH_BY_COMMAND = 40  # of so many documents one is given to the real command too
WRONG = [[], {}, "", 0, 2.5, True, None, "zz", [""]]
# What the reader alone can tell: what a text means, and what one value says of another. The form of a client id follows from
# the kind of its issuer.
READER_ALONE = re.compile("^(a window is |network is neither |a slot is |a client id is |.* could both match one caller|the format of .* cannot be told|there is no file .* cannot be told|"
                          "issuers has no |\\$\\{order\\} is not known here|(auth_url|server) carries secrets)")


def read(document, tmp_path):
    """Empty where the reader takes it; else what it says."""
    path = tmp_path / "rekey.yaml"
    path.write_text(json.dumps(document))
    done = subprocess.run([BINARY, "inventory", "check", "-f", path], capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 2, 3), done.stderr
    return done.stderr if done.returncode == 2 else ""


class Reader:
    """The same reader in one process: to start one for each of thousands of documents takes minutes under sanitizers."""

    def __init__(self, tmp_path):
        self.process = subprocess.Popen([HOST, tmp_path / "rekey.yaml"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(timeout=60) == 0

    def read(self, document):
        self.process.stdin.write(json.dumps(document) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def places(node, path=()):
    yield path
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(value, (*path, key))


def changed(document, path, change):
    document = copy.deepcopy(document)
    if not path:
        return change(document)
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = change(parent[path[-1]])
    return document


def without(document, path):
    document = copy.deepcopy(document)
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    del parent[path[-1]]
    return document


def mutants(document):
    for path in places(document):
        for wrong in WRONG:
            yield f"{path} = {wrong!r:.20}", changed(document, path, lambda _, wrong=wrong: wrong)
        if path and isinstance(path[-1], str):
            yield f"{path} left out", without(document, path)
        yield f"{path} with an unknown key", changed(document, path, lambda old: {**old, "unknwon": 1} if isinstance(old, dict) else old)


def test_the_shipped_schema_is_what_the_program_prints():
    printed = rekey("inventory", "schema").stdout
    assert printed == (SOURCE / "docs/rekey.schema.json").read_text(), "rekey inventory schema > docs/rekey.schema.json"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


class PlainLoader(yaml.SafeLoader):
    """YAML 1.2, as editors read it: a date is a text."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def test_every_example_is_accepted(tmp_path):
    texts = [(SOURCE / "examples" / name).read_text() for name in ("rekey.yaml", "marketing-cloud.yaml")]
    for page in (SOURCE / "docs").rglob("*.md"):
        texts += [block for block in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.S) if "consumers:" in block and "version:" in block]
    rekey("inventory", "init", "-f", tmp_path / "rekey.yaml")
    texts.append((tmp_path / "rekey.yaml").read_text())
    assert len(texts) >= 4
    for text in texts:
        assert not list(VALIDATOR.iter_errors(yaml.load(text, PlainLoader))), text
        (tmp_path / "rekey.yaml").write_text(text)
        rekey("inventory", "check", "-f", tmp_path / "rekey.yaml", ok=(0, 3))


def test_the_first_file_names_the_schema_and_brings_it(tmp_path):
    rekey("inventory", "init", "-f", tmp_path / "rekey.yaml")
    first = (tmp_path / "rekey.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=rekey.schema.json"
    assert (tmp_path / "rekey.schema.json").read_text() == rekey("inventory", "schema").stdout


@pytest.mark.parametrize("document", [SINGLE, SEVERAL], ids=["single", "several"])
def test_schema_and_reader_refuse_the_same_shapes(document, tmp_path):
    assert read(document, tmp_path) == "" and not list(VALIDATOR.iter_errors(document))
    with Reader(tmp_path) as reader:
        compare(document, reader, tmp_path)


def compare(document, reader, tmp_path):
    both = 0
    for number, (what, mutant) in enumerate(mutants(document)):
        said = reader.read(mutant)
        if number % EACH_BY_COMMAND == 0:
            assert [line.removeprefix("rekey: ").strip() for line in read(mutant, tmp_path).splitlines()] == said.splitlines(), what
        refused = [f"{list(error.absolute_path)}: {error.message}" for error in VALIDATOR.iter_errors(mutant)]
        if not said:
            assert not refused, f"{what}: the reader takes it, the schema says {refused}"
        elif not refused:
            shapes = [line for line in said.splitlines() if not READER_ALONE.match(line.split(": ", 1)[1])]
            assert not shapes, f"{what}: the schema takes it, the reader says {shapes}"
        else:
            both += 1
    assert both > 300
