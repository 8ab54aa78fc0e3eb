"""FuelSDK for Python, unmodified, in what is tried with the clients of clients_test.py and real_clients_test.py.

Installed by `make test-clients`, which runs this too. Where it is not there, these tests are skipped, and ctest says so.
"""

import json
import os
import subprocess

import pytest
from clients import SCOPES, Driven, settings_of
from hosts import Hosts
from real_clients_test import PYTHON_MODULES, REAL, check_moves, environment_in, ground, site  # noqa: F401 (fixtures)
from situations import (SITUATIONS, check_an_activation_without_the_client, check_it_is_as_the_page_says,
                        check_nobody_notices_a_rotation, fine)
from support import Authority

SERVE_OPTIONS = ()  # tokens live as long as they usually do

# All or none: ctest takes the reason for the word that everything was skipped.
pytestmark = pytest.mark.skipif(
    not (PYTHON_MODULES / ".installed-from").exists(),
    reason="REAL CLIENTS NOT INSTALLED: FuelSDK for Python was not tried; `make test-clients` does")


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
                              "list_and_subscribers_write tracking_events_read email_read email_write email_send")
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
        done = subprocess.run(["/usr/bin/python3", REAL / "fuelsdk_python_soap.py"], cwd=tmp_path,
                              env=environment_in(tmp_path), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout.splitlines()[-1])
    finally:
        sandbox.stop()
    for name in ("post", "patch", "delete", "definition", "row", "row_patch", "row_delete", "list", "list_delete",
                 "send_definition", "send_started", "triggered", "send_delete"):
        assert told[name] == "OK", told
    assert told["added"] == ["Created Subscriber.", "Updated Subscriber."]
    assert told["members"] == [["py-2", "Active"]]
    assert told["again"] == [False, 12014]
    assert told["get"] == [["py-1", "py-1@example.org", "Unsubscribed", "Ann"]]
    assert told["rows"] == [{"Id": "1", "Count": "3"}]
    assert told["columns"] == [["Id", "Text", True], ["Count", "Number", False]]
    assert told["sent"][0] == told["sent"][1] > 250 and told["sent"][2]
    assert told["clicks"][0] and told["clicks"][1] > 20
    assert told["unknown"].startswith("Error: The Request Property(s) Nothing")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may listen on port 443 and give a program an /etc/hosts of its own")
def test_fuelsdk_for_python_which_takes_no_proxy_works_with_the_names_in_its_hosts_file(tmp_path):
    sandbox = Authority(tmp_path / "data", "--sandbox", "--hosts-listen", "127.0.0.1:443").start()
    try:
        hosts = Hosts(sandbox)
        sandbox.run("sandbox", "seed")
        names = tmp_path / "hosts"
        names.write_text(f"127.0.0.1 localhost {hosts.auth} {hosts.rest} {hosts.soap}\n")
        settings = hosts.settings_of(sandbox.create("Python", SCOPES), sku="CUP-01", wsdlUrl=f"https://{hosts.soap}/etframework.wsdl")
        environment = {name: value for name, value in hosts.environment().items() if name != "HTTPS_PROXY"}
        python = Driven("Salesforce-FuelSDK", [
            "unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', names, "/usr/bin/python3",
            REAL / "fuelsdk_python_driver.py"], tmp_path / "python.json", settings, environment_in(tmp_path) | environment)
        fine(python.order("write", "soap", "by host name"))
        assert fine(python.order("read", "soap"))["value"] == "by host name"
        python.stop()
    finally:
        sandbox.stop()


def python_client(folder, settings):
    return Driven("Salesforce-FuelSDK", ["/usr/bin/python3", REAL / "fuelsdk_python_driver.py"], folder / "python.json",
                  settings | {"sku": "CUP-01"}, environment_in(folder))


@pytest.fixture(scope="module")
def python(ground):
    one = python_client(ground.folder, settings_of(ground.sandbox.create("Python", SCOPES), ground.url))
    yield one
    one.stop()


@pytest.mark.parametrize("situation", SITUATIONS)
def test_fuelsdk_for_python_takes_what_happens_as_the_page_says(ground, python, situation):
    outcomes = SITUATIONS[situation](ground, python, "soap")
    check_it_is_as_the_page_says(python.kind, "soap", situation, outcomes)


def test_fuelsdk_for_python_works_on_when_its_secret_has_ended(ground, python):
    python.set()
    name = "Tee für Zoë <50 %> & \"mehr\""
    fine(python.order("write", "soap", name))
    assert fine(python.order("read", "soap"))["value"] == name
    check_an_activation_without_the_client(ground, python, "soap")


def test_it_does_not_notice_a_rotation(tmp_path):
    sandbox = Authority(tmp_path / "data", "--sandbox", "--expires-in", "1").start()
    clients = []
    try:
        sandbox.run("policy", "set", "settle=1s", "overlap=0", "usage_window=1s")
        sandbox.run("sandbox", "seed")
        clients.append(python_client(tmp_path, settings_of(sandbox.create("Python", SCOPES), sandbox.url)))
        check_nobody_notices_a_rotation(sandbox, tmp_path, clients, {})
    finally:
        for client in clients:
            client.stop()
        sandbox.stop()
