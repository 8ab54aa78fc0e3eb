"""Unmodified clients from npm in each situation that a secret's life brings about; docs/clients.md says how each takes it."""

import json
import re

import pytest
from clients import SCOPES, node_client, settings_of
from situations import (PAGE, SITUATIONS, Ground, check_an_activation_without_the_client, check_it_is_as_the_page_says,
                        check_nobody_notices_a_rotation, dead_token, fine, table)
from support import SOURCE, Authority

SKUS = {"sfmc-sdk": "CUP-01", "fuel-rest": "POT-02", "fuel-soap": "SET-05", "sfmc-fuelsdk-node": "TEA-03"}
ROWS = [("sfmc-sdk", "rest"), ("sfmc-sdk", "soap"), ("fuel-rest", "rest"), ("fuel-soap", "soap"), ("sfmc-fuelsdk-node", "soap")]
EACH = pytest.mark.parametrize("kind, door", ROWS)


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    one = Ground(tmp_path_factory.mktemp("ground"))
    yield one
    one.stop()


@pytest.fixture(scope="module")
def clients(ground):
    """By their names, each with a package of its own; kept running, as programs are."""
    made = {kind: node_client(kind, ground.folder, settings_of(ground.sandbox.create(kind, SCOPES), ground.url, sku=sku))
            for kind, sku in SKUS.items()}
    yield made
    for client in made.values():
        client.stop()


@EACH
def test_what_is_written_is_read(clients, kind, door):
    clients[kind].set()
    for name in (f"plain {kind}", "Tee für Zoë <50 %> & \"mehr\""):
        fine(clients[kind].order("write", door, name))
        assert fine(clients[kind].order("read", door))["value"] == name


@pytest.mark.parametrize("situation", SITUATIONS)
@EACH
def test_it_takes_what_happens_as_the_page_says(ground, clients, kind, door, situation):
    outcomes = SITUATIONS[situation](ground, clients[kind], door)
    check_it_is_as_the_page_says(kind, door, situation, outcomes)


@EACH
def test_an_activation_ends_the_old_secret_and_not_the_token(ground, clients, kind, door):
    check_an_activation_without_the_client(ground, clients[kind], door)


def test_sfmc_sdk_as_it_comes_does_not_ask_for_another_token(ground, clients):
    client = clients["sfmc-sdk"]
    for door, words in (("rest", "Not Authorized"), ("soap", "Token Expired")):
        outcomes = dead_token(ground, client, door, requestAttempts=1)
        assert [outcome["words"] for outcome in outcomes] == [words, words]


def test_fuel_rest_tries_again_where_the_address_has_the_tenants_name_in_it(ground, clients):
    client = clients["fuel-rest"]
    ground.between.rest_address = client.settings["authBaseUri"].replace(".auth.", ".rest.")
    outcomes = dead_token(ground, client, "rest")
    ground.between.rest_address = None
    assert [outcome["told"] for outcome in outcomes] == ["nothing wrong", "nothing wrong"]


def test_nobody_notices_a_rotation(tmp_path):
    sandbox = Authority(tmp_path / "data", "--sandbox", "--expires-in", "1").start()
    clients = []
    try:
        sandbox.run("policy", "set", "settle=1s", "overlap=0", "usage_window=1s")
        sandbox.run("sandbox", "seed")
        for kind, sku in SKUS.items():
            clients.append(node_client(kind, tmp_path, settings_of(sandbox.create(kind, SCOPES), sandbox.url, sku=sku)))
        check_nobody_notices_a_rotation(sandbox, tmp_path, clients)
    finally:
        for client in clients:
            client.stop()
        sandbox.stop()
    sandbox.check_no_value_is_visible()


# ---- the page ------------------------------------------------------------------------------------

def locked_versions():
    """What the lock files install, by the package's name."""
    versions = {}
    for folder in ("tests/clients", "tests/clients/real"):
        packages = json.loads((SOURCE / folder / "package-lock.json").read_text())["packages"]
        prefix = "node_modules/"
        versions |= {path.removeprefix(prefix): one["version"] for path, one in packages.items() if path.startswith(prefix)}
    requirements = (SOURCE / "tests/clients/real/requirements.txt").read_text()
    return versions | dict(re.findall(r"^([\w-]+)==(\S+)", requirements, re.M))


def test_the_page_names_the_versions_that_are_installed():
    versions = locked_versions()
    section = re.search(r"^## Which\n(.*?)(?=^## )", PAGE, re.S | re.M).group(1)
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", section, re.M)
    told = dict(rows)
    assert len(told) == len(rows)
    assert {name: version.strip() for name, version in told.items()} == {name: versions[name] for name in told}
    assert set(SKUS) | {"fuel-auth", "mcdev", "newman", "Salesforce-FuelSDK"} == set(told)


def test_no_other_page_names_another_version():
    versions = locked_versions()
    versions["FuelSDK for Python"] = versions["Salesforce-FuelSDK"]
    names = "|".join(map(re.escape, [*SKUS, "mcdev", "newman", "FuelSDK for Python"]))
    found = [(name, version) for page in (SOURCE / "docs").rglob("*.md")
             for name, version in re.findall(rf"\b({names})`?[ @](\d+\.\d+\.\d+)", page.read_text())]
    assert len(found) >= 4
    assert {name: version for name, version in found if versions[name] != version} == {}


def test_the_page_tells_of_each_client_that_is_tried_and_of_no_other():
    for heading in ("What becomes of a call", "In which words"):
        assert set(table(heading)) == {*ROWS, ("mcdev", "soap"), ("Salesforce-FuelSDK", "soap")}, heading
