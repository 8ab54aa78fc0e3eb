"""Several at once on one integration: what was acknowledged holds, and who came second is told so."""

import json
import subprocess
import threading

from support import BINARY, rekey

THREADS_A_SIDE = 3
ROUNDS = 12


def at_once(*calls):
    """Runs the calls at the same moment, each in a thread of its own, and gives their results in order."""
    results = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(index, call):
        gate.wait()
        results[index] = call()

    threads = [threading.Thread(target=run, args=(i, call)) for i, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Racer:
    """A new integration and the admin API as several callers use it, with one token."""

    def __init__(self, authority):
        self.authority = authority
        self.bearer = {"Authorization": f"Bearer {authority.admin_token()}", "Content-Type": "application/json"}
        created = authority.api("POST", "/packages", {"name": "raced", "scopes": ["email_send"]}).json
        self.client_id = created["integration"]["client_id"]
        self.first = created["secret"]["id"]
        self.values = {self.first: created["secret"]["value"]}
        authority.canaries.add(created["secret"]["value"])

    def call(self, path, **body):
        reply = self.authority.request("POST", f"/api/v1/integrations/{self.client_id}/{path}", json.dumps(body),
                                       self.bearer)
        return reply.status, reply.json

    def stage(self, **body):
        status, document = self.call("secrets", **body)
        if status == 201:
            self.values[document["secret"]["id"]] = document["secret"]["value"]
            self.authority.canaries.add(document["secret"]["value"])
        return status, document

    def activate(self, secret_id):
        return self.call("activate", secret_id=secret_id)

    def revoke(self, secret_id):
        return self.call(f"secrets/{secret_id}/revoke", reason="a race")

    def secrets(self):
        reply = self.authority.request("GET", f"/api/v1/integrations/{self.client_id}/secrets", None, self.bearer)
        assert reply.status == 200
        return {secret["id"]: secret for secret in reply.json["secrets"]}

    def ids_in(self, *states):
        return [secret_id for secret_id, secret in self.secrets().items() if secret["state"] in states]

    def is_accepted(self, secret_id):
        return self.authority.token(self.client_id, self.values[secret_id]).status == 200

    def check(self):
        """One active secret at most, one staged, one superseded; what is said to live is accepted, nothing else."""
        for state in ("active", "staged", "superseded"):
            assert len(self.ids_in(state)) <= 1, state
        live = self.ids_in("active", "staged", "superseded")
        assert {secret_id for secret_id in self.values if self.is_accepted(secret_id)} == set(live)


def check_refusals(replies, ok_status, refused):
    """Every reply is the success or a documented refusal: problem details with one of the given codes."""
    for status, document in replies:
        if status != ok_status:
            assert (status, document.get("code")) in refused, (status, document)
            assert document["detail"] and document["status"] == status


def test_activating_and_revoking_the_staged_one_at_once(authority):
    outcomes = set()
    for number in range(ROUNDS):
        racer = Racer(authority)
        before = racer.first
        staged = racer.stage()[1]["secret"]["id"]
        calls = [lambda: racer.activate(staged)] * THREADS_A_SIDE + [lambda: racer.revoke(staged)] * (number % 3)
        replies = at_once(*calls)
        activations, revocations = replies[:THREADS_A_SIDE], replies[THREADS_A_SIDE:]
        check_refusals(activations, 200, {(409, "conflict")})
        assert all(status == 200 for status, _ in revocations), revocations

        activated = [document for status, document in activations if status == 200]
        assert len(activated) <= 1, "one secret was activated twice"
        after = racer.secrets()
        if revocations:
            assert after[staged]["state"] == "revoked"
        else:
            assert activated and after[staged]["state"] == "active"
        # An activation leaves the one before alive through its overlap; without one nothing changed for it.
        assert after[before]["state"] == ("superseded" if activated else "active")
        assert racer.is_accepted(before)
        racer.check()
        outcomes.add((bool(activated), bool(revocations)))
    assert (True, False) in outcomes


def test_activating_the_staged_one_and_revoking_the_active_one_at_once(authority):
    for _ in range(ROUNDS):
        racer = Racer(authority)
        before = racer.first
        staged = racer.stage()[1]["secret"]["id"]
        activation, revocation = at_once(lambda: racer.activate(staged), lambda: racer.revoke(before))
        assert activation[0] == 200 and revocation[0] == 200, (activation, revocation)
        after = racer.secrets()
        assert after[staged]["state"] == "active" and after[before]["state"] == "revoked"
        # In either order: whom the activation superseded says which came first.
        superseded = activation[1]["superseded"]
        assert superseded is None or superseded["id"] == before
        assert racer.is_accepted(staged) and not racer.is_accepted(before)
        racer.check()


def test_staging_and_revoking_at_once(authority):
    for _ in range(ROUNDS):
        racer = Racer(authority)
        active = racer.first
        staged = racer.stage()[1]["secret"]["id"]
        replies = at_once(lambda: racer.revoke(staged), *[lambda: racer.stage(if_vacant=True)] * THREADS_A_SIDE)
        revocation, stagings = replies[0], replies[1:]
        assert revocation[0] == 200
        check_refusals(stagings, 201, {(409, "refused")})
        made = [document["secret"]["id"] for status, document in stagings if status == 201]
        assert len(made) <= 1, "two were staged in one place"
        after = racer.secrets()
        assert after[staged]["state"] == "revoked" and after[active]["state"] == "active"
        assert racer.ids_in("staged") == made
        racer.check()


def test_staging_over_one_that_is_being_activated(authority):
    for _ in range(ROUNDS):
        racer = Racer(authority)
        before = racer.first
        staged = racer.stage()[1]["secret"]["id"]
        activation, staging = at_once(lambda: racer.activate(staged), lambda: racer.stage())
        check_refusals([activation], 200, {(409, "conflict")})
        assert staging[0] == 201, staging
        replaced = staging[1].get("replaced")
        after = racer.secrets()
        if activation[0] == 200:
            assert replaced is None and after[staged]["state"] == "active" and after[before]["state"] == "superseded"
        else:
            assert replaced["id"] == staged and after[staged]["state"] == "replaced"
            assert after[before]["state"] == "active"
        assert racer.is_accepted(staging[1]["secret"]["id"]) and racer.is_accepted(before)
        racer.check()
    verdict = authority.run("ledger", "verify").stdout
    assert "finding" not in verdict


# ---- rekey admin rotate --------------------------------------------------------------------------


def rotate_at_once(authority, count):
    started = [subprocess.Popen([BINARY, "admin", "rotate", "--data", str(authority.data)], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(count)]
    results = []
    for process in started:
        said = "".join(process.communicate(timeout=120))
        results.append((process.returncode, said))
    return results


def admin_credential(authority):
    return json.loads((authority.data / "admin.json").read_text())


def admin_secrets(authority):
    return authority.api("GET", f"/integrations/{admin_credential(authority)['client_id']}/secrets").json["secrets"]


def check_admin_credential(authority):
    """The file holds the one active secret, which gets a token; nothing is left staged."""
    held = admin_credential(authority)
    authority.canaries.add(held["client_secret"])
    assert authority.token(held["client_id"], held["client_secret"]).status == 200
    secrets = admin_secrets(authority)
    assert [secret["id"] for secret in secrets if secret["state"] == "active"] == [held["secret_id"]]
    assert not [secret["id"] for secret in secrets if secret["state"] in ("staged", "settling")]
    return secrets


def test_of_two_admin_rotations_at_once_one_wins_and_the_other_is_told(authority):
    # The winner waits for the settle time, so the other one comes while it is at work.
    authority.run("policy", "set", "settle=3s")
    before = admin_credential(authority)["secret_id"]
    results = sorted(rotate_at_once(authority, 2))
    assert [code for code, _ in results] == [0, 4], results
    told = results[1][1]
    assert "another rotation of this credential" in told and "nothing" in told.lower(), told
    assert admin_credential(authority)["secret_id"] != before
    secrets = check_admin_credential(authority)
    assert len([secret for secret in secrets if secret["state"] == "superseded"]) == 1


def test_admin_rotations_at_once_never_leave_a_dead_credential(authority):
    for _ in range(4):
        count_before = len([s for s in admin_secrets(authority) if s["activated_at"]])
        results = rotate_at_once(authority, 3)
        winners = [said for code, said in results if code == 0]
        assert winners, results
        for code, said in results:
            assert code in (0, 4), (code, said)
            assert code == 0 or "another rotation of this credential" in said, said
        secrets = check_admin_credential(authority)
        # Each winner activated one, and nobody else did.
        assert len([s for s in secrets if s["activated_at"]]) == count_before + len(winners)


def test_an_admin_rotation_that_was_broken_off_is_named_with_the_way_on(authority):
    client_id = admin_credential(authority)["client_id"]
    staged = authority.json("secret", "stage", client_id)["secret"]["id"]
    told = authority.run("admin", "rotate", ok=(4,)).stderr
    assert f"rekey secret revoke {client_id} {staged}" in told and "broken off" in told, told
    authority.run("secret", "revoke", client_id, staged, "--reason", "broken off")
    authority.run("admin", "rotate")
    check_admin_credential(authority)


def test_an_admin_rotation_broken_off_after_its_file_was_written_can_be_finished(authority):
    held = admin_credential(authority)
    staged = authority.json("secret", "stage", held["client_id"])["secret"]
    (authority.data / "admin.json").write_text(json.dumps(
        {**held, "client_secret": staged["value"], "secret_id": staged["id"]}))
    told = authority.run("admin", "rotate", ok=(4,)).stderr
    assert f"rekey secret activate {held['client_id']} --secret {staged['id']}" in told, told
    rekey("secret", "activate", held["client_id"], "--secret", staged["id"], "--data", authority.data)
    check_admin_credential(authority)
