"""A sandbox by host names: unmodified clients with the addresses that they have at Marketing Cloud, which only their
environment leads here (HTTPS_PROXY, a certificate authority)."""

import contextlib
import http.server
import json
import socket
import stat
import subprocess
import threading

import pytest
from clients import HERE_ONLY, NODE, SCOPES, Driven
from hosts import Hosts
from situations import check_nobody_notices_a_rotation
from support import BINARY, DEADLINE_SECONDS, SOURCE, Authority, free_port, rekey

SERVE_OPTIONS = ("--sandbox", "--hosts-listen", "127.0.0.1:0")
SKUS = {"sfmc-sdk": "CUP-01", "fuel-rest": "POT-02", "fuel-soap": "SET-05", "sfmc-fuelsdk-node": "TEA-03"}
ROWS = [("sfmc-sdk", "rest"), ("sfmc-sdk", "soap"), ("fuel-rest", "rest"), ("fuel-soap", "soap"), ("sfmc-fuelsdk-node", "soap")]


@pytest.fixture
def hosts(authority):
    authority.run("sandbox", "seed")
    return Hosts(authority)


def test_a_token_leads_to_the_tenants_hosts_and_opens_them(hosts):
    told = hosts.token(hosts.sandbox.create("Order sync", SCOPES))
    assert told["rest_instance_url"] == f"https://{hosts.rest}/" and told["soap_instance_url"] == f"https://{hosts.soap}/"
    assert hosts.rest.endswith(".rest.marketingcloudapis.com")
    code, status, body, _ = hosts.curl(told["rest_instance_url"] + "data/v1/customobjectdata/key/products/rowset", "-H",
                                       f"Authorization: Bearer {told['access_token']}")
    assert (code, status) == (0, 200) and len(json.loads(body)["items"]) > 1
    code, status, body, _ = hosts.curl(told["soap_instance_url"] + "etframework.wsdl")
    assert (code, status) == (0, 200) and f'location="https://{hosts.soap}/Service.asmx"' in body


def test_it_is_the_same_without_the_proxy_where_the_name_leads_here(hosts):
    here = ("--connect-to", f"::127.0.0.1:{hosts.port}")
    code, status, body, _ = hosts.curl(*here, f"https://{hosts.rest}/platform/v1/tokenContext", through=False)
    assert (code, status) == (0, 401), body


def node_client_at(hosts, kind, folder):
    settings = hosts.settings_of(hosts.sandbox.create(kind, SCOPES), sku=SKUS[kind])
    return Driven(kind, [NODE, SOURCE / "tests/clients/driver.js", kind], folder / f"{kind}.json", settings,
                  HERE_ONLY | hosts.environment())


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    sandbox = Authority(tmp_path_factory.mktemp("shop") / "data", *SERVE_OPTIONS).start()
    sandbox.run("sandbox", "seed")
    hosts = Hosts(sandbox)
    clients = {kind: node_client_at(hosts, kind, sandbox.data.parent) for kind in SKUS}
    yield clients
    for client in clients.values():
        client.stop()
    sandbox.stop()
    sandbox.check_no_value_is_visible()


@pytest.mark.parametrize("kind, door", ROWS)
def test_an_unmodified_client_works_with_the_addresses_of_marketing_cloud(shop, kind, door):
    client = shop[kind]
    for name in (f"plain {kind} {door}", "Tee für Zoë <50 %> & \"mehr\""):
        written = client.order("write", door, name)
        assert written["told"] == "nothing wrong", written
        assert client.order("read", door) == {"told": "nothing wrong", "value": name}


def test_fuel_rest_goes_on_when_its_token_is_dead(hosts, tmp_path):
    client = node_client_at(hosts, "fuel-rest", tmp_path)
    assert client.order("read", "rest")["told"] == "nothing wrong"
    hosts.sandbox.run("sandbox", "clock", "+1h")
    assert client.order("read", "rest")["told"] == "nothing wrong"
    client.stop()


def test_a_client_that_mixes_the_hosts_up_is_told(hosts):
    code, status, body, _ = hosts.curl(f"https://{hosts.rest}/v2/token", "-d", "grant_type=client_credentials")
    assert (code, status) == (0, 404) and hosts.auth in json.loads(body)["message"]
    code, status, body, _ = hosts.curl(f"https://{hosts.auth}/data/v1/customobjectdata/key/products/rowset")
    assert (code, status) == (0, 404) and hosts.rest in json.loads(body)["message"]


def test_what_marketing_cloud_has_not_is_not_there(hosts):
    token = hosts.sandbox.admin_token()
    for host in (hosts.auth, hosts.rest, hosts.soap):
        for path in ("/api/v1/packages", "/sandbox/v1/clock", "/metrics", "/healthz"):
            code, status, _, _ = hosts.curl(f"https://{host}{path}", "-H", f"Authorization: Bearer {token}")
            assert (code, status) == (0, 404), (host, path)


def test_who_uses_a_secret_there_is_told_apart_by_network_and_program(hosts):
    created = hosts.sandbox.create("Order sync", SCOPES)
    hosts.token(created)
    row, = hosts.sandbox.json("secret", "usage", created["integration"]["client_id"])["usage"]
    caller = row["caller"]
    assert caller["network"].startswith("127.0.0.1") and caller["user_agent"].startswith("curl/")


def test_the_proxy_leads_nowhere_else(hosts):
    other = hosts.rest.replace(".rest.", ".mobile.")
    for url in ("https://example.com/", f"https://{other}/", f"https://{hosts.rest}:8443/", f"https://127.0.0.1:{hosts.port}/"):
        code, _, _, connect = hosts.curl(url)
        assert code != 0 and connect == 403, url


def test_nobody_is_trusted_but_by_the_sandboxs_own_authority(hosts):
    url = f"https://{hosts.rest}/platform/v1/tokenContext"
    code, status, _, _ = hosts.curl(url, trusts=False)
    assert code == 60 and status == 0


def test_who_speaks_plain_http_is_told_what_the_port_is(hosts):
    code, status, body, _ = hosts.curl(f"{hosts.proxy}/v2/token", "-d", "grant_type=client_credentials", through=False)
    assert (code, status) == (0, 400)
    assert hosts.rest in body and hosts.sandbox.url in body


def test_what_is_no_protocol_at_all_hurts_nobody(hosts):
    for garbage in (b"\x00\xff\x00\r\n\r\n", b"\x16\x03\x01\x02\x00" + b"a" * 600, b"SSH-2.0-x\r\n", b"\x16"):
        with socket.create_connection(("127.0.0.1", hosts.port), timeout=DEADLINE_SECONDS) as one:
            one.sendall(garbage)
            one.shutdown(socket.SHUT_WR)
            while one.recv(4096):
                pass
    assert hosts.token(hosts.sandbox.create("Order sync", SCOPES))


@contextlib.contextmanager
def somebody_else_at(port):
    server = http.server.HTTPServer(("127.0.0.1", port), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_too_few_open_files_for_both_ports_are_refused_before_anything_is_made(tmp_path):
    done = subprocess.run(["bash", "-c", 'ulimit -n 300 && exec "$0" "$@"', BINARY, "serve", "--data", tmp_path / "data", "--listen",
                           "127.0.0.1:0", *SERVE_OPTIONS], capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert done.returncode == 4 and "at least 336 open files" in done.stderr, done.stderr
    assert not (tmp_path / "data").exists()


def test_clients_go_on_after_a_restart(tmp_path):
    sandbox = Authority(tmp_path / "data", "--sandbox", "--hosts-listen", f"127.0.0.1:{free_port()}").start()
    hosts = Hosts(sandbox)
    created = sandbox.create("Order sync", SCOPES)
    before = (sandbox.data / "sandbox-ca.pem").read_text()
    assert stat.S_IMODE((sandbox.data / "sandbox-ca.key").stat().st_mode) == 0o600
    assert hosts.token(created)
    assert sandbox.stop() == 0
    told = sandbox.run("sandbox", "hosts", ok=(5,)).stderr
    assert "--hosts-listen" in told
    sandbox.start()
    assert (sandbox.data / "sandbox-ca.pem").read_text() == before
    assert hosts.token(created)
    sandbox.kill()
    assert "nobody answers" in sandbox.run("sandbox", "hosts", ok=(5,)).stderr
    with somebody_else_at(hosts.port):
        assert "another program answers" in sandbox.run("sandbox", "hosts", ok=(5,)).stderr
    sandbox.options = ("--sandbox",)
    sandbox.start()
    sandbox.run("sandbox", "hosts", ok=(5,))
    assert sandbox.stop() == 0


def test_another_domain_has_hosts_of_its_own(tmp_path):
    sandbox = Authority(tmp_path / "data", *SERVE_OPTIONS, "--hosts-domain", "MC.Example", "--tenant",
                        "mcexampletenant0000000000001").start()
    hosts = Hosts(sandbox)
    assert hosts.rest == "mcexampletenant0000000000001.rest.mc.example"
    assert hosts.token(sandbox.create("Order sync", SCOPES))["rest_instance_url"] == f"https://{hosts.rest}/"
    assert sandbox.stop() == 0
    # The authority that clients trust vouches for these hosts and no others.
    sandbox.options = SERVE_OPTIONS
    sandbox.start(is_expected_to_start=False)
    assert sandbox.process.wait(timeout=DEADLINE_SECONDS) == 4
    told = sandbox.log.read_text()
    assert "sandbox-ca.pem" in told and "Remove both" in told


def test_options_that_do_not_go_together_are_refused_before_anything_is_made(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for options, words in (
                (("--hosts-listen", "127.0.0.1:0"), "--hosts-listen goes with --sandbox"),
                (("--sandbox", "--hosts-domain", "a.example"), "--hosts-domain goes with --hosts-listen"),
                (("--sandbox", "--hosts-listen", "8443"), "--hosts-listen takes ADDRESS:PORT"),
                (("--sandbox", "--hosts-listen", f"127.0.0.1:{taken.getsockname()[1]}"), "--hosts-listen: "),
                (("--sandbox", "--hosts-listen", "127.0.0.1:0", "--hosts-domain", "https://a"), "--hosts-domain takes a domain"),
                (("--sandbox", "--hosts-listen", "127.0.0.1:0", "--hosts-domain", ".a"), "--hosts-domain takes a domain")):
            done = rekey("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", *options, ok=None)
            assert done.returncode != 0 and words in done.stderr, options
            assert not (tmp_path / "data").exists()


def test_the_words_for_people_can_be_copied(hosts):
    text = hosts.sandbox.run("sandbox", "hosts").stdout
    for words in (f"export HTTPS_PROXY={hosts.proxy}", f"export NODE_EXTRA_CA_CERTS={hosts.ca}", f"https://{hosts.auth}/",
                  f"127.0.0.1 {hosts.auth} {hosts.rest} {hosts.soap}"):
        assert words in text
    command = next(line for line in text.splitlines() if line.startswith("  curl "))
    done = subprocess.run(f"{command} -sS -o /dev/null -w '%{{http_code}}'", shell=True, capture_output=True, text=True,
                          env=HERE_ONLY, timeout=DEADLINE_SECONDS)
    assert done.stdout == "401", done.stderr


def test_nobody_notices_a_rotation(tmp_path):
    sandbox = Authority(tmp_path / "data", *SERVE_OPTIONS, "--expires-in", "1").start()
    clients = []
    try:
        sandbox.run("policy", "set", "settle=1s", "overlap=0", "usage_window=1s")
        sandbox.run("sandbox", "seed")
        hosts = Hosts(sandbox)
        for kind in SKUS:
            clients.append(node_client_at(hosts, kind, tmp_path))
        check_nobody_notices_a_rotation(sandbox, tmp_path, clients)
    finally:
        for client in clients:
            client.stop()
        sandbox.stop()
