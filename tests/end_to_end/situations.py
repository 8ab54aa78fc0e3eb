"""What can happen to a client of Marketing Cloud, and how docs/clients.md says that each takes it. The tests of the
clients that are always installed and of those that are not share this."""

import re
import time
from pathlib import Path

from clients import SCOPES, Between
from support import SOURCE, Authority, find_canaries, rekey, wait_until

PAGE = (SOURCE / "docs/clients.md").read_text()
FINE = "nothing wrong"
NARROW = "data_extensions_read"
# As Marketing Cloud answers who asks for tokens too often.
THROTTLED = ('{"documentation":"https://developer.salesforce.com/docs","errorcode":50100,"message":"Rate limit exceeded",'
             '"retryAfter":5}')
ENVELOPE = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><a/></e:Body></e:Envelope>'


class Ground:
    """A seeded sandbox and a proxy before it."""

    def __init__(self, folder):
        self.folder = folder
        self.sandbox = Authority(folder / "data", "--sandbox").start()
        self.between = Between(self.sandbox.url)
        self.url = self.between.url
        self.sandbox.run("policy", "set", "settle=0", "overlap=0")
        self.sandbox.run("sandbox", "seed")
        gone = self.sandbox.create("Gone", SCOPES)
        self.foreign_secret = gone["secret"]["value"]
        self.dead_token = self.sandbox.token(gone["integration"]["client_id"], self.foreign_secret).json["access_token"]
        self.sandbox.run("package", "disable", gone["package"]["id"])
        self.sandbox.run("sandbox", "faults", "throttled")
        self.throttled = {"rest": self.sandbox.get("/data/v1/customobjects"),
                          "soap": self.sandbox.request("POST", "/Service.asmx", ENVELOPE, {"Content-Type": "text/xml"})}
        self.sandbox.run("sandbox", "faults", "none")

    def stop(self):
        self.between.stop()
        self.sandbox.stop()
        self.sandbox.check_no_value_is_visible()

    def reasons(self, client_id):
        return {row["reason"] for row in self.sandbox.json("refusals", client_id)["refusals"]}

    def throttle(self, door):
        """The next call of that API gets what the sandbox answers while it throttles."""
        told = self.throttled[door]
        headers = {name: value for name, value in told.headers.items() if name != "content-type"}
        path = "/data/v1/" if door == "rest" else "/service.asmx"
        self.between.refuse_next(path, told.status, told.headers["content-type"], told.text.decode(), **headers)


def fine(outcome):
    assert outcome["told"] == FINE, outcome
    return outcome


# ---- the situations: each gives what two calls in a row came to ----------------------------------

def dead_token(ground, client, door, **settings):
    client.set(**settings)
    fine(client.order("read", door))
    ground.between.let_tokens_expire(ground.dead_token)
    return client.order("read", door), client.order("read", door)


def wrong_secret(ground, client, door):
    client.set(clientSecret=ground.foreign_secret)
    outcomes = client.order("read", door), client.order("read", door)
    assert ground.reasons(client.settings["clientId"]) == {"wrong_secret"}
    client.set()
    fine(client.order("read", door))
    return outcomes


def narrowed_scope(_, client, door):
    client.set()
    fine(client.order("write", door, "as it was"))
    client.set(scope=NARROW)
    outcomes = client.order("write", door, "changed"), client.order("write", door, "changed")
    assert fine(client.order("read", door))["value"] == "as it was"
    client.set()
    fine(client.order("write", door, "changed"))
    return outcomes


def throttled_call(ground, client, door):
    client.set()
    fine(client.order("read", door))
    ground.throttle(door)
    outcomes = client.order("read", door), client.order("read", door)
    assert ground.between.is_spent()
    return outcomes


def throttled_token_request(ground, client, door):
    client.set()
    ground.between.refuse_next("/v2/token", 429, "application/json", THROTTLED, **{"Retry-After": "5"})
    outcomes = client.order("read", door), client.order("read", door)
    assert ground.between.is_spent()
    return outcomes


SITUATIONS = {"dead token": dead_token, "wrong secret": wrong_secret, "missing scope": narrowed_scope,
              "throttled call": throttled_call, "throttled token request": throttled_token_request}


def check_an_activation_without_the_client(ground, client, door):
    """The token that it has lives to its end; the old secret gets no other one; the new one does."""
    client.set()
    fine(client.order("read", door))
    client_id = client.settings["clientId"]
    new = ground.sandbox.json("secret", "stage", client_id)["secret"]["value"]
    ground.sandbox.run("secret", "activate", client_id, "--force", "--reason", "a test")
    fine(client.order("read", door))
    client.set()
    refused = client.order("read", door)
    told, words = said(client.kind, door, "wrong secret")
    assert refused["told"] == told
    check_words(refused, words)
    assert ground.reasons(client_id) - {"wrong_secret"} == {"ended"}
    client.settings["clientSecret"] = new
    client.set()
    fine(client.order("read", door))


# ---- the page ------------------------------------------------------------------------------------

def table(heading):
    """The rows of the table below a heading: by client and API, the cells by their column."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M).group(1)
    lines = [line for line in section.splitlines() if line.startswith("|")]
    titles, _, *rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    cells = [dict(zip(titles, row, strict=True)) for row in rows]
    return {(row["client"].strip("`"), row["API"].lower()): row for row in cells}


def said(kind, door, situation):
    """How the page says that a client tells of something: as an error or an answer, and in which words."""
    told = table("What becomes of a call")[kind, door][situation].split()[0]
    words = table("In which words")[kind, door][situation].strip("`")
    return told, words


def check_words(outcome, words):
    """Three dots at their end stand for more."""
    begin, dots, _ = words.partition("…")
    assert outcome["words"].startswith(begin) if dots else outcome["words"] == words, (outcome, words)


def check_it_is_as_the_page_says(kind, door, situation, outcomes):
    first, second = outcomes
    found = "goes on" if first["told"] == FINE else first["told"]
    if found != "goes on" and second["told"] != FINE:
        found += " each time"
    assert found == table("What becomes of a call")[kind, door][situation], outcomes
    if found == "goes on":
        fine(second)
    else:
        check_words(first, said(kind, door, situation)[1])


# ---- a rotation ----------------------------------------------------------------------------------

def consumer_of(client):
    """Lines of the inventory: it reads its file of settings again when it is told to."""
    return (f"      - name: {client.path.stem}\n        sink: {{kind: file, path: {client.path}, key: clientSecret}}\n"
            f"        reload: {{signal: HUP, pid_file: {client.path.with_suffix('.pid')}}}\n"
            "        seen_as: {network: 127.0.0.0/8}\n        interval: 3s\n")


def rotate_all(authority, folder, consumers):
    """Rotates the secret of each client id; `consumers` are its lines of the inventory."""
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 24 * 3600))
    entries = "".join(f"  - name: Package {number}\n    client_id: {client_id}\n    expires_at: {soon}\n"
                      f"    proof: {{requests: 2, span: 200ms}}\n    consumers:\n{lines}"
                      for number, (client_id, lines) in enumerate(consumers.items()))
    inventory = Path(folder) / "rekey.yaml"
    inventory.write_text(f"version: 1\nissuers:\n  here: {{kind: rekey, credential: {authority.data / 'admin.json'}}}\n"
                         f"integrations:\n{entries}")
    return rekey("rotate", "-f", inventory, "--due", "--yes", "--parallel", len(consumers), timeout=240)


def check_nobody_notices_a_rotation(authority, folder, clients, more_consumers=None):
    """All rotate at once while they work, and no call of theirs fails."""
    for client in clients:
        client.order("load")
    wait_until(lambda: all(client.order("calls")["calls"] > 10 for client in clients), "the clients to work")
    old = {client: client.settings["clientSecret"] for client in clients}
    done = rotate_all(authority, folder, {client.settings["clientId"]: consumer_of(client) for client in clients}
                      | (more_consumers or {}))
    before = {client: client.order("calls")["calls"] for client in clients}
    wait_until(lambda: all(client.order("calls")["calls"] > before[client] + 10 for client in clients),
               "the clients to go on working")
    for client in clients:
        carried = client.order("unload")
        assert carried["failures"] == [], (client.kind, carried["failures"][:3])
        new = client.told_settings()["clientSecret"]
        authority.canaries.add(new)
        assert new != old[client]
        assert authority.token(client.settings["clientId"], old[client]).status == 401
        assert authority.token(client.settings["clientId"], new).status == 200
    assert not find_canaries((done.stdout + done.stderr).encode(), authority.canaries)
