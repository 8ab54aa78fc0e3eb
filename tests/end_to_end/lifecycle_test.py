"""The lifecycle of a secret on a running server, with times of a second where the rules need waiting."""

from datetime import datetime, timedelta, timezone

from support import wait_until


def iso(days):
    return (datetime.now(timezone.utc) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def make(authority, name="Order sync"):
    created = authority.create(name)
    return created["integration"]["client_id"], created["secret"]


def accepts(authority, client_id, value):
    return authority.token(client_id, value).status == 200


def stage_and_settle(authority, client_id, *options):
    staged = authority.json("secret", "stage", client_id, *options)["secret"]
    wait_until(lambda: accepts(authority, client_id, staged["value"]), "the settle time")
    return staged


def test_a_staged_secret_works_only_after_the_settle_time(authority):
    authority.run("policy", "set", "settle=2s")
    client_id, first = make(authority)
    staged = authority.json("secret", "stage", client_id)["secret"]
    assert staged["state"] == "settling"
    assert not accepts(authority, client_id, staged["value"])
    assert staged["usable_from"] in authority.run("secret", "activate", client_id, ok=(4,)).stderr
    wait_until(lambda: accepts(authority, client_id, staged["value"]), "the settle time")
    assert accepts(authority, client_id, first["value"])


def test_with_no_overlap_activation_ends_the_old_one_at_once(quick_authority):
    client_id, first = make(quick_authority)
    staged = stage_and_settle(quick_authority, client_id)
    quick_authority.run("secret", "activate", client_id)
    assert not accepts(quick_authority, client_id, first["value"])
    assert accepts(quick_authority, client_id, staged["value"])


def test_with_an_overlap_the_old_one_works_until_it_lapses(authority):
    authority.run("policy", "set", "overlap=2s")
    client_id, first = make(authority)
    staged = stage_and_settle(authority, client_id)
    answer = authority.json("secret", "activate", client_id)
    assert answer["superseded"]["state"] == "superseded" and answer["superseded"]["overlap_ends_at"]
    assert accepts(authority, client_id, first["value"])
    wait_until(lambda: not accepts(authority, client_id, first["value"]), "the overlap")
    assert accepts(authority, client_id, staged["value"])


def test_activation_is_refused_while_the_old_one_was_used_lately(authority):
    authority.run("policy", "set", "settle=0", "overlap=0", "usage_window=1h")
    client_id, first = make(authority)
    assert accepts(authority, client_id, first["value"])
    authority.json("secret", "stage", client_id)
    refused = authority.run("secret", "activate", client_id, ok=(4,)).stderr
    assert "--force" in refused and "--reason" in refused
    assert authority.run("secret", "activate", client_id, "--force", ok=(2, 4)).stderr
    assert accepts(authority, client_id, first["value"])
    authority.run("secret", "activate", client_id, "--force", "--reason", "the user is me")
    assert not accepts(authority, client_id, first["value"])
    assert "the user is me" in authority.run("ledger", "tail", "--lines", 50).stdout


def test_a_staged_secret_is_replaced_and_the_answer_says_so(authority):
    client_id, _ = make(authority)
    first = authority.json("secret", "stage", client_id)
    assert first.get("replaced") is None
    assert authority.run("secret", "stage", client_id, "--if-vacant", ok=(4,)).stderr
    second = authority.json("secret", "stage", client_id)
    assert second["replaced"]["id"] == first["secret"]["id"] and second["replaced"]["state"] == "replaced"
    assert not accepts(authority, client_id, first["secret"]["value"])
    assert accepts(authority, client_id, second["secret"]["value"])


def test_slots_move_each_at_its_own_pace(authority):
    client_id, first = make(authority)
    other = authority.json("secret", "stage", client_id, "--slot", "Zk9aQ1")["secret"]
    assert other["value"][7:13] == "Zk9aQ1"
    authority.run("secret", "activate", client_id, "--slot", "Zk9aQ1")
    assert accepts(authority, client_id, first["value"]) and accepts(authority, client_id, other["value"])
    usage = authority.json("secret", "usage", client_id)["usage"]
    assert {row["caller"]["slot"] for row in usage} == {"-", "Zk9aQ1"}
    authority.run("policy", "set", "extra_slots=refused")
    assert authority.run("secret", "stage", client_id, "--slot", "Aaaaa1", ok=(4,)).stderr


def test_revoking_ends_a_secret_and_its_tokens(authority):
    client_id, first = make(authority)
    token = authority.token(client_id, first["value"]).json["access_token"]
    assert authority.get("/v2/userinfo", Authorization=f"Bearer {token}").status == 200
    authority.run("secret", "revoke", client_id, first["id"], ok=(2,))
    authority.run("secret", "revoke", client_id, first["id"], "--reason", "it leaked")
    assert not accepts(authority, client_id, first["value"])
    reply = authority.get("/v2/userinfo", Authorization=f"Bearer {token}")
    assert reply.status == 401 and "invalid_token" in reply.headers["www-authenticate"]


def test_activation_leaves_tokens_alive(quick_authority):
    client_id, first = make(quick_authority)
    token = quick_authority.token(client_id, first["value"]).json["access_token"]
    stage_and_settle(quick_authority, client_id)
    quick_authority.run("secret", "activate", client_id, "--force", "--reason", "a test")
    assert not accepts(quick_authority, client_id, first["value"])
    assert quick_authority.get("/v2/userinfo", Authorization=f"Bearer {token}").status == 200


def test_a_legacy_secret_is_imported_with_its_age(authority, tmp_path):
    path = tmp_path / "legacy"
    value = "Ab3" * 8
    path.write_text(value + "\n")
    authority.canaries.add(value)
    created = authority.json("package", "create", "Legacy", "--scope", "email_send", "--import", path,
                             "--generated-at", iso(-100))
    client_id = created["integration"]["client_id"]
    assert "value" not in created["secret"] and created["secret"]["origin"] == "imported"
    assert accepts(authority, client_id, value)
    row = next(r for r in authority.json("status")["secrets"] if r["client_id"] == client_id)
    assert row["days_left"] in (79, 80)


def test_an_import_past_its_end_is_kept_as_expired(authority, tmp_path):
    path = tmp_path / "legacy"
    value = "Cd4" * 8
    path.write_text(value)
    authority.canaries.add(value)
    created = authority.json("package", "create", "Old", "--scope", "email_send", "--import", path,
                             "--generated-at", iso(-200))
    assert created["secret"]["state"] == "expired"
    assert not accepts(authority, created["integration"]["client_id"], value)
    assert authority.run("status", ok=(3,)).stdout
    # The way out: stage and activate.
    client_id = created["integration"]["client_id"]
    staged = authority.json("secret", "stage", client_id)["secret"]
    authority.run("secret", "activate", client_id)
    assert accepts(authority, client_id, staged["value"])


def test_a_secret_expires_without_anybody_doing_anything(authority, tmp_path):
    # Brought in with the age that leaves it some seconds of its 180 days.
    value = "Ef5" * 8
    (tmp_path / "legacy").write_text(value)
    authority.canaries.add(value)
    created = authority.json("package", "create", "Old", "--scope", "email_send", "--import", tmp_path / "legacy",
                             "--generated-at", iso(-180 + 8 / 86400))
    client_id = created["integration"]["client_id"]
    assert accepts(authority, client_id, value)
    wait_until(lambda: not accepts(authority, client_id, value), "the time to live")
    assert any(row["state"] == "expired" for row in authority.json("secret", "list", client_id)["secrets"])


def test_a_replayed_creation_gives_the_same_ids_and_no_value(authority):
    body = {"name": "Twice", "scopes": ["email_send"]}
    first = authority.api("POST", "/packages", body, **{"Idempotency-Key": "k-1"})
    second = authority.api("POST", "/packages", body, **{"Idempotency-Key": "k-1"})
    assert first.status == 201 and second.status == 201
    authority.canaries.add(first.json["secret"]["value"])
    assert second.json["package"]["id"] == first.json["package"]["id"]
    assert "value" not in second.json["secret"]
    assert second.json.get("value_already_shown") or second.json["secret"].get("value_already_shown")
    other = authority.api("POST", "/packages", {**body, "name": "Thrice"}, **{"Idempotency-Key": "k-1"})
    assert other.status == 409


def test_requests_of_the_engine_are_not_use(authority):
    client_id, first = make(authority)
    body = ('{"grant_type":"client_credentials","client_id":"%s","client_secret":"%s"}' % (client_id, first["value"]))
    headers = {"Content-Type": "application/json", "Rekey-Probe": authority.admin_token()}
    assert authority.request("POST", "/v2/token", body, headers).status == 200
    assert authority.json("secret", "usage", client_id)["usage"] == []
    # Anybody else's mark changes nothing: hiding from the evidence takes the right to administer.
    headers["Rekey-Probe"] = authority.token(client_id, first["value"], user_agent="x").json["access_token"]
    assert authority.request("POST", "/v2/token", body, headers).status == 200
    assert sum(row["count"] for row in authority.json("secret", "usage", client_id)["usage"]) == 2


def test_why_clients_were_refused_is_for_administrators_only(authority):
    client_id, first = make(authority)
    assert authority.token(client_id, first["value"][:-1] + ("0" if first["value"][-1] != "0" else "1")).status == 401
    other = make(authority, "Other")[1]
    assert authority.token(client_id, other["value"]).status == 401
    reasons = {row["reason"]: row for row in authority.api("GET", f"/refusals?client_id={client_id}").json["refusals"]}
    assert reasons["malformed_secret"]["count"] == 1 and reasons["wrong_secret"]["count"] == 1
