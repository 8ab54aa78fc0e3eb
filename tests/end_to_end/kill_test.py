"""kill -9 of the real server under mixed load: what was acknowledged is there, and nothing that had
ended is accepted again. REKEY_KILLS sets how often (200; bench/run kill does 1,000)."""

import http.client
import json
import os
import random
import threading
import time

from support import Authority

KILLS = int(os.environ.get("REKEY_KILLS", "200"))
CLIENTS = 6


class Model:
    """What was acknowledged for one integration. A call without an answer may have happened or not."""

    def __init__(self, client_id, value, secret_id):
        self.client_id = client_id
        self.values = {secret_id: value}
        self.active = {secret_id}     # ids that must be accepted
        self.staged = set()
        self.ended = set()            # ids that must be refused
        self.unsure = set()           # touched by a call that got no answer
        self.used = 0                 # acknowledged token requests


class Load(threading.Thread):
    """Stages, activates, revokes and uses secrets of its own integration until the server dies."""

    def __init__(self, url, bearer, model, seed):
        super().__init__()
        self.address = url.removeprefix("http://")
        self.bearer, self.model, self.random = bearer, model, random.Random(seed)
        self.connection = None
        self.problem = None

    def call(self, path, body):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=20)
        headers = {"Content-Type": "application/json"}
        if path.startswith("/api"):
            headers["Authorization"] = f"Bearer {self.bearer}"
        self.connection.request("POST", path, json.dumps(body), headers)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def run(self):
        try:
            while True:
                self.random.choice([self.stage, self.activate, self.use, self.use, self.revoke])()
        except (OSError, http.client.HTTPException, ValueError):
            pass  # the server was killed
        except Exception as problem:  # noqa: BLE001: told by the test's own thread
            self.problem = problem

    def stage(self):
        model = self.model
        touched = set(model.staged)
        model.unsure |= touched
        status, body = self.call(f"/api/v1/integrations/{model.client_id}/secrets", {})
        model.unsure -= touched
        if status == 409 or status == 429:
            return
        assert status == 201, (status, body)
        secret = body["secret"]
        model.ended |= touched
        model.staged = {secret["id"]}
        model.values[secret["id"]] = secret["value"]

    def activate(self):
        model = self.model
        touched = model.staged | model.active
        model.unsure |= touched
        status, body = self.call(f"/api/v1/integrations/{model.client_id}/activate",
                                 {"force": True, "reason": "a test"})
        model.unsure -= touched
        if status != 200:
            assert status == 409, (status, body)
            return
        model.ended |= model.active - {body["secret"]["id"]}
        model.active, model.staged = {body["secret"]["id"]}, set()

    def revoke(self):
        model = self.model
        if not model.staged:
            return
        (secret_id,) = model.staged
        model.unsure |= {secret_id}
        status, body = self.call(f"/api/v1/integrations/{model.client_id}/secrets/{secret_id}/revoke",
                                 {"reason": "a test"})
        model.unsure -= {secret_id}
        assert status == 200, (status, body)
        model.ended |= model.staged
        model.staged = set()

    def use(self):
        model = self.model
        for secret_id in (model.active - model.unsure) & set(model.values):
            status, body = self.call("/v2/token", {"grant_type": "client_credentials", "client_id": model.client_id,
                                                   "client_secret": model.values[secret_id]})
            assert status == 200, (secret_id, status, body)
            model.used += 1


def settle_what_is_unsure(authority, model, bearer):
    """Reads the truth about secrets that an unanswered call touched; both outcomes are allowed."""
    reply = authority.request("GET", f"/api/v1/integrations/{model.client_id}/secrets",
                              headers={"Authorization": f"Bearer {bearer}"})
    states = {secret["id"]: secret["state"] for secret in reply.json["secrets"]}
    live = ("active", "staged", "settling", "superseded")
    for secret_id in model.active - model.unsure:
        assert states[secret_id] == "active", f"{secret_id} was active, is {states[secret_id]}"
    for secret_id in model.staged - model.unsure:
        # A lost reply to another staging may have replaced it; then it was unsure.
        assert states[secret_id] in ("staged", "settling"), f"{secret_id} was staged, is {states[secret_id]}"
    for secret_id in model.ended:
        assert states[secret_id] not in live, f"{secret_id} had ended and is {states[secret_id]}"
    model.unsure = set()
    model.active = {i for i, state in states.items() if state == "active"}
    model.staged = {i for i, state in states.items() if state in ("staged", "settling") and i in model.values}
    model.ended |= {i for i, state in states.items() if state not in live}


def check(authority, model, bearer):
    settle_what_is_unsure(authority, model, bearer)
    for secret_id in model.active & set(model.values):
        assert authority.token(model.client_id, model.values[secret_id]).status == 200, secret_id
    for secret_id in random.sample(sorted(model.ended & set(model.values)), min(3, len(model.ended & set(model.values)))):
        assert authority.token(model.client_id, model.values[secret_id]).status == 401, secret_id


def test_what_was_acknowledged_survives_kill_minus_nine(tmp_path):
    seed = int(os.environ.get("REKEY_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    authority = Authority(tmp_path / "data", "--workers", "2").start()
    authority.run("policy", "set", "settle=0", "overlap=0", "usage_window=0")
    models = []
    for number in range(CLIENTS):
        created = authority.create(f"client {number}")
        models.append(Model(created["integration"]["client_id"], created["secret"]["value"], created["secret"]["id"]))
    calls = 0
    for kill in range(KILLS):
        bearer = authority.admin_token()
        threads = [Load(authority.url, bearer, model, chance.randrange(1 << 30)) for model in models]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0.01, 0.15))  # when the blow falls, not a wait for anything
        authority.kill()
        for thread in threads:
            thread.join()
            assert thread.problem is None, thread.problem
        authority.start()
        bearer = authority.admin_token()
        for model in models:
            check(authority, model, bearer)
        if kill % 50 == 49:
            authority.run("ledger", "verify")
    authority.run("ledger", "verify")
    calls = authority.json("ledger", "verify")["events"]
    for model in models:
        authority.canaries |= set(model.values.values())
    assert authority.stop() == 0
    authority.check_no_value_is_visible()
    print(f"kills: {KILLS}, {calls} events in the ledger, nothing acknowledged was lost, nothing ended came back")
