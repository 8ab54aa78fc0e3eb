"""`rekey scan --verify`: what was found is tried where the user says, and nowhere else."""

import base64
import contextlib
import http.server
import json
import random
import socketserver
import string
import threading
import urllib.parse

import pytest
from hosts import Hosts
from rotation_test import Site
from support import rekey

SERVE_OPTIONS = ("--sandbox", "--hosts-listen", "127.0.0.1:0")
SOURCE = random.Random(17)


def value(size, alphabet=string.ascii_letters + string.digits):
    """Made anew: none stands in any file."""
    return "".join(SOURCE.choice(alphabet) for _ in range(size - 2)) + "z9"


def pair_text(client_id, secret, *more):
    return "".join(f"{line}\n" for line in (f"SFMC_CLIENT_ID={client_id}", f"SFMC_CLIENT_SECRET={secret}", *more))


def verified(root, *places, options=(), **more):
    """The answer to each finding, by its path."""
    at = [word for place in places for word in ("--verify-at", place)]
    done = rekey("scan", root, "--json", "--verify", "--verify-every", "100ms", *at, *options, ok=(3,), **more)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["path"].removeprefix(f"{root}/"): one["verification"] for one in found if one.get("role") == "client-secret"}


@pytest.fixture
def issued(authority):
    created = authority.create()

    class Issued:
        client_id, secret = created["integration"]["client_id"], created["secret"]["value"]
        auth_url = created["integration"]["auth_base_uri"]
        other = authority.create("Other")["secret"]["value"]
    return Issued


@pytest.fixture
def root(tmp_path):
    (tmp_path / "code").mkdir()
    return tmp_path / "code"


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Keeps the requests, and answers as it is told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, self.headers.get("Authorization"), body.decode()))
        status, headers, reply = self.server.answer(self.server.seen[-1])
        self.send_response(status)
        for name, content in {"Content-Type": "application/json", "Content-Length": str(len(reply)), **headers}.items():
            self.send_header(name, content)
        self.end_headers()
        self.wfile.write(reply.encode())

    do_GET = do_POST

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def endpoint(answer):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Endpoint) as server:
        server.daemon_threads, server.seen, server.answer = True, [], answer
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_each_pair_is_tried_once_at_the_authority_that_was_named(authority, issued, root):
    (root / "works.env").write_text(pair_text(issued.client_id, issued.secret))
    (root / "again.env").write_text(pair_text(issued.client_id, issued.secret))
    (root / "wrong.env").write_text(pair_text(issued.client_id, issued.other))
    (root / "alone.env").write_text(f"CLIENT_SECRET={issued.secret}\n")
    at = issued.auth_url + "v2/token"
    assert verified(root, issued.auth_url) == {
        "works.env": {"result": "accepted", "at": at, "detail": None},
        "again.env": {"result": "accepted", "at": at, "detail": None},
        "wrong.env": {"result": "refused", "at": at, "detail": "status 401 invalid_client"},
        "alone.env": {"result": "not_tried", "at": None, "detail": "no client id stands with it"}}
    (used,) = authority.json("secret", "usage", issued.client_id)["usage"]
    assert used["count"] == 1 and used["caller"]["user_agent"].startswith("rekey-scan/")


def test_a_rotation_names_an_earlier_scan_and_shows_the_waiver_for_it(authority, tmp_path):
    (tmp_path / "code").mkdir()
    site = Site(authority, tmp_path / "code", authority.create())
    site.write_inventory()
    pair = tmp_path / "pair.env"
    pair.write_text(pair_text(site.client_id, site.old))
    rekey("scan", pair, "--verify", "--verify-at", authority.json("package", "show", site.client_id)["integration"]["auth_base_uri"],
          ok=(3,))
    (told,) = [line for line in json.loads(rekey("plan", "-f", site.inventory, "--json").stdout)["warnings"] if "claims" in line]
    assert "`rekey scan --verify`, as its user agent says" in told
    waiver = told[told.index("{seen_as"):].replace("NAME", "ann").replace("TEXT", "looked which still work")
    site.write_inventory(more=f"waivers:\n  - {waiver}\n")
    planned = json.loads(rekey("plan", "-f", site.inventory, "--json").stdout)
    assert not any("claims" in line for line in planned["warnings"]) and "rekey-scan/*" in planned["waivers"][0]["use"]


def test_what_works_is_told_in_every_report_and_no_value(issued, root):
    (root / "works.env").write_text(pair_text(issued.client_id, issued.secret))
    asked = ("--verify", "--verify-at", issued.auth_url)
    outputs = {form: rekey("scan", root, *asked, *form, ok=(3,)).stdout for form in ((), ("--sarif",), ("--html",))}
    assert all(issued.secret[13:] not in output for output in outputs.values())
    table = outputs[()]
    assert "TRIED" in table and f"accepted: 1 ({issued.auth_url}v2/token)" in table
    (result,) = json.loads(outputs[("--sarif",)])["runs"][0]["results"]
    assert result["level"] == "error" and result["properties"]["verification"] == "accepted"
    assert "accepted at" in result["message"]["text"]
    assert "accepted at" in outputs[("--html",)]


def test_without_being_asked_nothing_is_sent(authority, issued, root):
    (root / "works.env").write_text(pair_text(issued.client_id, issued.secret, f"SFMC_AUTH_URI={issued.auth_url}"))
    done = rekey("scan", root, "--json", ok=(3,))
    assert "verification" not in done.stdout
    assert authority.json("secret", "usage", issued.client_id)["usage"] == []


def test_no_redirect_is_followed_and_no_other_host_asked(root):
    with endpoint(lambda _: (200, {}, '{"access_token": "t"}')) as other:
        with endpoint(lambda _: (307, {"Location": other.url + "/v2/token"}, "")) as named:
            (root / "a.env").write_text(pair_text(value(24, string.ascii_lowercase + string.digits), value(24)))
            (root / "b.env").write_text(pair_text(value(24, string.ascii_lowercase + string.digits), value(24),
                                                  f"SFMC_AUTH_URI={other.url}", f"HOST=mc{value(26).lower()}.auth.marketingcloudapis.com"))
            told = verified(root, named.url)
            assert told["a.env"]["result"] == "no_answer" and told["a.env"]["detail"].startswith("status 307")
            assert told["b.env"]["result"] == "not_tried" and "was not named" in told["b.env"]["detail"]
            assert len(named.seen) == 1 and other.seen == []


def test_a_page_of_somebody_in_between_is_no_answer(root):
    (root / "a.env").write_text(pair_text(value(24, string.ascii_lowercase + string.digits), value(24)))
    with endpoint(lambda _: (200, {"Content-Type": "text/html"}, "<p>Log in</p>")) as named:
        assert verified(root, named.url)["a.env"]["detail"] == "status 200 without an access token"
    assert verified(root, named.url)["a.env"]["detail"].startswith("cannot connect to")


def test_another_issuer_is_asked_with_a_form_and_basic(root, tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("detectors:\n  - {id: acme-secret, title: Acme, prefix: acme_, sizes: [45]}\n"
                   "  - {id: acme-id, title: Acme's id, role: client-id, prefix: cid_, sizes: [20]}\n")
    client_id, secret = "cid_" + value(16), "acme_" + value(40)
    (root / "acme.ini").write_text(f"id = {client_id}\nsecret = {secret}\n")
    wanted = "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()

    def answer(request):
        _, authorization, body = request
        is_right = authorization == wanted and urllib.parse.parse_qs(body) == {"grant_type": ["client_credentials"]}
        return (200, {}, '{"access_token": "t"}') if is_right else (401, {}, '{"error": "invalid_client"}')
    with endpoint(answer) as named:
        told = verified(root, f"acme-secret={named.url}/oauth/token", "https://unasked.invalid/", options=("--detectors", own))
        assert told == {"acme.ini": {"result": "accepted", "at": f"{named.url}/oauth/token", "detail": None}}
        (root / "acme.ini").write_text(f"id = {client_id}\nsecret = acme_{value(40)}\n")
        told = verified(root, f"acme-secret={named.url}/oauth/token", options=("--detectors", own))
        assert told["acme.ini"]["result"] == "refused"
        assert len(named.seen) == 2


def test_the_host_that_stands_with_a_pair_is_asked_over_tls(authority, root):
    """By the name that it has at Marketing Cloud; the environment leads here."""
    authority.run("sandbox", "seed")
    hosts = Hosts(authority)
    created = authority.create("By host")
    (root / "a.env").write_text(pair_text(created["integration"]["client_id"], created["secret"]["value"],
                                          f"SFMC_REST_URI=https://{hosts.rest}/"))
    way = {"HTTPS_PROXY": hosts.proxy}
    told = verified(root, hosts.auth, options=("--verify-ca", hosts.ca), environment=way)
    assert told["a.env"] == {"result": "accepted", "at": f"https://{hosts.auth}/v2/token", "detail": None}
    told = verified(root, hosts.auth, environment=way)
    assert told["a.env"]["result"] == "no_answer"


def test_options_that_would_send_nothing_or_anywhere_are_refused(root):
    for wrong, words in ((["--verify"], "--verify-at"), (["--verify-at", "a.example"], "--verify alone"),
                         (["--verify", "--verify-at", "http://a.example/"], "https://HOST"),
                         (["--verify", "--verify-at", "nobody=https://a.example/token"], "no detector"),
                         (["--verify", "--verify-at", "a.example", "--secret-file", "-"], "no client ids"),
                         (["--verify", "--verify-at", "a.example", "--known"], "no client ids"),
                         (["--verify", "--verify-at", "a.example", "--verify-every", "soon"], "soon"),
                         (["--verify", "--verify-at", "a.example", "--verify-every", "0s"], "100ms or more"),
                         (["--verify", "--verify-at", "a.example", "--verify-every", "99ms"], "100ms or more")):
        assert words in rekey("scan", root, *wrong, ok=(2,)).stderr
