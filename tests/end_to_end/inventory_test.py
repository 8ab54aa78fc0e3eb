"""The inventory from nothing: written, filled from a pasted table, checked, listed, put into a calendar, told."""

import datetime
import json
import zoneinfo

import pytest
from rotation_test import Site
from support import SOURCE, rekey

EXAMPLE = "mc0123456789abcdefghijklmnop"
HEAD = "Installed Packages\nName\tClient Id\tStatus\tExpiration Date\n"


def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


@pytest.fixture
def inventory(tmp_path):
    path = tmp_path / "rekey.yaml"
    path.write_text((SOURCE / "examples/marketing-cloud.yaml").read_text().replace(EXAMPLE, "mc" + "q" * 26))
    return path


def import_rows(inventory, rows, *options, ok=(0,)):
    table = HEAD + "".join("\t".join(row) + "\n" for row in rows)
    return rekey("inventory", "import", "-", "-f", inventory, *options, stdin=table, ok=ok)


def test_the_example_is_complete_but_for_the_tenant(inventory):
    assert rekey("inventory", "check", "-f", inventory).stdout == "Order sync: complete\n"
    inventory.write_text(inventory.read_text().replace("mc" + "q" * 26, EXAMPLE))
    told = rekey("inventory", "check", "-f", inventory, ok=(3,)).stdout
    assert "issuer mce: missing: auth_url (still the example's); Setup shows yours" in told
    assert "Order sync: missing: auth_url (still the example's)\n" in told
    refused = rekey("plan", "-f", inventory, ok=(2,)).stderr  # and nobody is asked there
    assert "the issuer lacks auth_url (still the example's)" in refused and "rekey inventory check -f" in refused


def test_a_credential_file_that_is_not_there_is_told_before_a_plan_needs_it(tmp_path):
    inventory = tmp_path / "rekey.yaml"
    inventory.write_text(f"version: 1\nissuer: {{kind: rekey, credential: admin.json}}\nintegration: {{client_id: {'a1' * 12}, owner: ann}}\n"
                         "consumers:\n  - {name: shop, sink: {kind: file, path: .env, key: S}, reload: per_call, seen_as: {user_agent: 'x/*'}}\n")
    told = rekey("inventory", "check", "-f", inventory, ok=None).stdout
    assert f"warning: its issuer's credential file {tmp_path}/admin.json is not there" in told
    (checked,) = json.loads(rekey("inventory", "check", "-f", inventory, "--json", ok=None).stdout)["integrations"]
    assert len(checked["warnings"]) == 1 and "admin.json" in checked["warnings"][0]
    assert "put the authority's credential file there" in rekey("plan", "-f", inventory, ok=(5,)).stderr
    (tmp_path / "admin.json").write_text("{}\n")
    assert "warning" not in rekey("inventory", "check", "-f", inventory, ok=None).stdout


def test_a_first_inventory_names_nobodys_packages_and_is_never_overwritten(tmp_path):
    first = tmp_path / "first.yaml"
    rekey("inventory", "init", "-f", first)
    text = first.read_text()
    assert "# - name: Order sync" in text
    assert "missing: integrations" in rekey("inventory", "check", "-f", first, ok=(3,)).stdout
    assert "issuer mce: missing: auth_url" in rekey("inventory", "check", "-f", first, ok=(3,)).stdout
    assert json.loads(rekey("inventory", "check", "-f", first, "--json", ok=(3,)).stdout) == {
        "issuers": [{"name": "mce", "missing": ["auth_url (still the example's)"]}], "integrations": []}
    assert "is there already" in rekey("inventory", "init", "-f", first, ok=(4,)).stderr
    assert first.read_text() == text
    assert "has no integration yet" in rekey("plan", "-f", first, ok=(2,)).stderr
    rekey("status", "-f", first)
    import_rows(first, [["Nightly import", "bcdefghijklmnopqrstuvwxy", "Active", "2027-03-20"]], "--write")
    assert first.read_text() == text + ("  - name: \"Nightly import\"\n    client_id: bcdefghijklmnopqrstuvwxy\n"
                                        "    issuer: mce\n    expires_at: 2027-03-20\n")


def test_check_tells_every_error_with_its_place(inventory):
    text = inventory.read_text().replace("interval: 20m", "interval: soon").replace("    owner:", "    ownr:", 1)
    inventory.write_text(text)
    line = 1 + text.splitlines().index("    ownr: payments-team                 # who answers for it: a recipient of notices.yaml")
    told = rekey("inventory", "check", "-f", inventory, ok=(2,)).stderr
    assert f"{inventory}:{line}:5: unknown key ownr in an integration; did you mean owner?" in told
    assert "interval must be a time" in told
    assert "no inventory" in rekey("inventory", "check", "-f", inventory.parent / "none", ok=(5,)).stderr


def test_a_pasted_table_becomes_status_and_calendar(inventory, tmp_path):
    before = inventory.read_text()
    rows = [["Order sync", "abcdefghijklmnopqrstuvwx", "Active", "2027-03-20"],
            ["Nightly import", "bcdefghijklmnopqrstuvwxy", "Active", day(5)],
            ["Old report", "", "Active", day(200)],
            ["Nobody knows", "", "Active", "-"]]
    shown = import_rows(inventory, rows, ok=(3,)).stdout
    assert "+  - name: \"Nightly import\"" in shown and "--write does it" in shown
    assert "Order sync: the file says expires_at 2027-03-19, the table 2027-03-20" in shown
    assert inventory.read_text() == before
    import_rows(inventory, rows, "--write", ok=(3,))
    after = inventory.read_text()
    assert [line for line in after.splitlines() if line in before.splitlines()] == before.splitlines()
    assert "nothing to add" in import_rows(inventory, rows, "--write", ok=(3,)).stdout

    checked = json.loads(rekey("inventory", "check", "-f", inventory, "--json", ok=(3,)).stdout)["integrations"]
    assert [one["name"] for one in checked] == ["Order sync", "Nightly import", "Old report", "Nobody knows"]
    assert checked[0]["missing"] == [] and checked[2]["missing"] == ["client id", "owner", "consumers"]
    assert "end date" in checked[3]["missing"]
    assert "has no client_id yet" in rekey("plan", "-f", inventory, "-i", "Old report", ok=(2,)).stderr

    calendar = tmp_path / "ends.ics"
    status = json.loads(rekey("status", "-f", inventory, "--ics", calendar, "--json", ok=(3,)).stdout)["secrets"]
    assert [one["package"] for one in status[:2]] == ["Nobody knows", "Nightly import"]
    assert status[0]["days_left"] is None and status[1]["days_left"] == 4
    events = calendar.read_text()
    assert events.count("BEGIN:VEVENT") == 3 and "Nightly import" in events and "Nobody knows" not in events
    table = rekey("status", "-f", inventory, ok=(3,)).stdout
    assert "MISSING" in table.splitlines()[0] and "Nobody knows" in table.splitlines()[1]


def test_status_lists_own_and_foreign_secrets_together(authority, inventory):
    created = authority.create("Own package")
    shown = authority.json("status", "-f", inventory)["secrets"]
    assert {"Own package", "Order sync"} <= {one["package"] for one in shown}
    own = next(one for one in shown if one["client_id"] == created["integration"]["client_id"])
    assert own["days_left"] == 179 and own["needs_person"] is False
    assert "MISSING" not in authority.run("status").stdout


def test_a_freeze_over_the_end_is_warned_of(tmp_path):
    inventory = tmp_path / "rekey.yaml"
    text = f"""version: 1
issuer: {{kind: marketing-cloud, auth_url: "https://tenant.auth.marketingcloudapis.com/"}}
integration:
  client_id: abcdefghijklmnopqrstuvwx
  name: Order sync
  owner: dana
  expires_at: {day(60)}
  jitter: 0s
  freezes: ["{day(55)}..{day(65)}"]
consumers:
  - {{name: shop, sink: {{kind: file, path: a.env, key: SECRET}}, reload: per_call, seen_as: {{user_agent: shop}}}}
"""
    inventory.write_text(text)
    told = rekey("inventory", "check", "-f", inventory).stdout
    assert told.startswith("Order sync: complete\nOrder sync: warning: the freeze ") and f"has to be over by {day(55)}T00:00:00Z" in told
    (warning,) = json.loads(rekey("inventory", "check", "-f", inventory, "--json").stdout)["integrations"][0]["warnings"]
    assert warning in told
    assert warning in rekey("status", "-f", inventory).stdout
    (row,) = json.loads(rekey("status", "-f", inventory, "--json").stdout)["secrets"]
    assert row["warning"] == warning
    inventory.write_text(text.replace(day(65), day(56)).replace(day(60), day(100)))
    assert rekey("inventory", "check", "-f", inventory).stdout == "Order sync: complete\n"
    inventory.write_text(text.replace("jitter: 0s", "jitter: 91d"))
    assert "jitter must be a time such as 2s or 5m, at most 90d" in rekey("inventory", "check", "-f", inventory, ok=(2,)).stderr


def test_a_table_that_could_mean_two_days_is_asked_about(inventory):
    rows = [["Nightly import", "", "Active", "3/4/2027"]]
    assert "--date-order mdy or dmy" in import_rows(inventory, rows, ok=(2,)).stderr
    assert "expires_at: 2027-04-03" in import_rows(inventory, rows, "--date-order", "dmy").stdout


def test_dates_that_changed_in_setup_are_replaced_where_that_is_asked_for(inventory):
    before = inventory.read_text()
    rows = [["Order sync", "abcdefghijklmnopqrstuvwx", "Active", "2027-09-15"]]
    left = import_rows(inventory, rows, "--write", ok=(3,)).stdout
    assert "the table 2027-09-15; --update-dates writes the latter" in left and inventory.read_text() == before
    shown = import_rows(inventory, rows, "--update-dates").stdout
    assert "-    expires_at: 2027-03-19 " in shown and "+    expires_at: 2027-09-15 " in shown
    assert inventory.read_text() == before
    import_rows(inventory, rows, "--update-dates", "--write")
    assert inventory.read_text() == before.replace("expires_at: 2027-03-19", "expires_at: 2027-09-15")
    assert "nothing to add" in import_rows(inventory, rows, "--write").stdout


def test_after_a_rotation_the_new_date_is_no_difference(quick_authority, tmp_path):
    site = Site(quick_authority, tmp_path, quick_authority.create())
    text = site.inventory.read_text()
    site.inventory.write_text(text.replace(f"{{client_id: {site.client_id}}}", f"\n  client_id: {site.client_id}\n  expires_at: {day(3)}"))
    source = ("inventory", "import", "-f", site.inventory, "--authority", quick_authority.url,
              "--credential", quick_authority.data / "admin.json")
    assert f"expires_at {day(3)}, the authority" in rekey(*source, ok=(3,)).stdout
    site.start()
    site.rotate()
    site.stop()
    site.check_done()
    rekey(*source, "--write")
    assert f"expires_at: {day(3)}" in site.inventory.read_text()
    assert "nothing to add" in rekey(*source, "--update-dates").stdout


def stopped_run(authority, folder, integration, consumers=None):
    """A site whose rotation has stopped for somebody, and what the integration then looks like in `status`."""
    site = Site(authority, folder, authority.create())
    text = site.inventory.read_text().replace(
        f"{{client_id: {site.client_id}}}", f"\n  client_id: {site.client_id}\n  expires_at: {day(3)}\n  {integration}")
    site.inventory.write_text(text.replace("reload: per_call", consumers) if consumers else text)
    site.start()
    site.rotate(ok=(3,))
    site.stop()
    (row,) = json.loads(rekey("status", "-f", site.inventory, "--json", ok=(3,)).stdout)["secrets"]
    return site, row


def test_status_shows_the_run_that_waits_for_an_approval(quick_authority, tmp_path):
    site, row = stopped_run(quick_authority, tmp_path, "approvals: 1")
    assert row["run"]["id"].startswith("run-") and (row["run"]["phase"], row["run"]["waits_for"]) == ("Parked", "approval")
    assert row["days_left"] == 2 and row["needs_person"] is True
    head, line, *_ = rekey("status", "-f", site.inventory, ok=(3,)).stdout.splitlines()
    assert "RUN" in head and "WAITS FOR" in head and "Parked" in line and "approval" in line
    both = quick_authority.json("status", "-f", site.inventory, ok=(3,))["secrets"]
    assert [one["run"]["phase"] for one in both if one["run"]] == ["Parked"], "as `rekey run list` has it"


def test_a_window_may_name_its_time_zone_and_the_run_keeps_what_it_means(quick_authority, tmp_path):
    now = datetime.datetime.now(datetime.timezone.utc)
    opens = (now + datetime.timedelta(days=2)).strftime("%a").lower()
    site, row = stopped_run(quick_authority, tmp_path, f"window: {opens} 12:00-13:00 Pacific/Auckland")
    assert (row["run"]["phase"], row["run"]["waits_for"]) == ("Parked", "its window")
    shown = rekey("run", "show", "-f", site.inventory, ok=(3,)).stdout
    assert f"({opens} 12:00-13:00 Pacific/Auckland) opens at" in shown
    opening = datetime.datetime.fromisoformat(shown.split("opens at ")[1].split("Z")[0]).replace(tzinfo=datetime.timezone.utc)
    assert opening.astimezone(zoneinfo.ZoneInfo("Pacific/Auckland")).strftime("%a %H:%M").lower() == f"{opens} 12:00"


def test_where_the_open_run_has_activated_its_secret_that_ones_end_counts(authority, tmp_path):
    authority.run("policy", "set", "settle=1s", "overlap=1h", "usage_window=1s")
    site, row = stopped_run(authority, tmp_path, "slot: '-'", f"reload: {{command: [rm, -f, {tmp_path / 'report.env'}]}}")
    assert row["run"]["waits_for"] == "a person to mend it" and row["run"]["phase"] == "Parked"
    assert row["state"] == "active" and row["days_left"] > 100 and day(3) not in row["ends_at"]
    calendar = tmp_path / "ends.ics"
    rekey("status", "-f", site.inventory, "--ics", calendar, ok=(3,))
    assert day(3).replace("-", "") not in calendar.read_text()


def test_a_calendar_in_a_folder_that_is_not_there_is_told(inventory, tmp_path):
    assert "cannot open the folder" in rekey("status", "-f", inventory, "--ics", tmp_path / "none/x.ics", ok=(5,)).stderr


def test_rows_that_cannot_be_read_are_left_and_the_others_taken(inventory):
    rows = [["Nightly import", "", "Active", "Fri, Mar 19, 2027"], ["Old report", "", "Active", "19 mars 2027"],
            ["Weekly", "", "Active", "3/19/2027 10:15 AM CST"], ["Gone", "", "Active", "Expired"]]
    shown = import_rows(inventory, rows, "--write", ok=(3,)).stdout
    assert "left as it is: line 4: Old report: \"19 mars 2027\" is no date" in shown
    assert "left as it is: line 5: Weekly: \"3/19/2027 10:15 AM CST\" names a time zone" in shown
    assert "note: Gone: the table says \"Expired\" for its end" in shown
    text = inventory.read_text()
    assert '  - name: "Nightly import"\n    issuer: mce\n    expires_at: 2027-03-19\n  - name: "Gone"\n    issuer: mce\n' in text
    assert "Old report\"" not in text and "Weekly" not in text


def test_columns_with_foreign_headings_are_told(inventory):
    table = "パッケージ\t有効期限\nNightly import\t2027/03/19\n"
    source = ("inventory", "import", "-", "-f", inventory)
    assert "--columns package=1,expires=3" in rekey(*source, stdin=table, ok=(2,)).stderr
    assert "--columns: expires is missing" in rekey(*source, "--columns", "package=1", stdin=table, ok=(2,)).stderr
    assert "expires_at: 2027-03-19" in rekey(*source, "--columns", "package=1,expires=2", stdin=table).stdout


def test_owners_of_foreign_secrets_are_told_without_any_server(inventory, tmp_path):
    rows = [["Nightly import", "bcdefghijklmnopqrstuvwxy", "Active", day(5)]]
    import_rows(inventory, rows, "--write")
    settings = tmp_path / "notices.yaml"
    told = tmp_path / "told"
    settings.write_text(
        "version: 1\nfallback: [team]\nrecipients:\n  - {name: team, commands: [keep]}\n"
        f"commands:\n  - {{name: keep, command: [/bin/sh, -c, 'cat >> {told}']}}\n")
    watched = json.loads(rekey("watch", "--config", settings, "-f", inventory, "--once", "--json", ok=(0, 3)).stdout)
    assert watched["delivered"] >= 1
    assert "Nightly import" in told.read_text()


OWN = """# Ours.
version: 1
issuers:
  own: {kind: rekey, credential: admin.json}
integrations:
  - name: Order sync   # the shop's
    owner: Shop team
"""


def test_what_an_authority_lists_is_brought_in(authority, tmp_path):
    created = authority.json("package", "create", "Order sync", "--scope", "email_send", "--owner", "ann", "--contact", "ops@example.com")
    second = authority.json("package", "create", "Nightly \"import\"", "--scope", "email_send", "--owner", "ines@example.com",
                            "--owner", "omar@example.com", "--documentation", "https://wiki.example.com/nightly")
    authority.json("secret", "stage", created["integration"]["client_id"])
    inventory = tmp_path / "own.yaml"
    inventory.write_text(OWN)
    source = ("inventory", "import", "-f", inventory, "--authority", authority.url, "--credential", authority.data / "admin.json")
    shown = rekey(*source).stdout
    assert "nothing is written" in shown and inventory.read_text() == OWN
    assert "rekey is written" not in shown and "own.yaml is written" in rekey(*source, "--write").stdout
    secret = created["secret"]
    first = OWN.replace("    owner: Shop team\n", "").rstrip("\n").splitlines()
    text = inventory.read_text()
    assert text.startswith("\n".join(first)) and "    owner: Shop team\n" in text and "ann" not in text
    assert f"    client_id: {created['integration']['client_id']}\n    contacts: [\"ops@example.com\"]\n" in text
    assert f"    generated_at: {secret['generated_at']}\n    expires_at: {secret['expires_at']}\n" in text
    assert (f"  - name: \"Nightly \\\"import\\\"\"\n    client_id: {second['integration']['client_id']}\n    issuer: own\n"
            "    owner: \"ines@example.com\"\n    contacts: [\"omar@example.com\"]\n"
            "    documentation: \"https://wiki.example.com/nightly\"\n") in text
    checked = json.loads(rekey("inventory", "check", "-f", inventory, "--json", ok=(3,)).stdout)["integrations"]
    assert [one["name"] for one in checked] == ["Order sync", "Nightly \"import\""]
    assert [one["missing"] for one in checked] == [["consumers"], ["consumers"]]
    assert "nothing to add" in authority.run("inventory", "import", "-f", inventory, "--write").stdout
    assert inventory.read_text() == text


def test_an_authority_is_one_source_and_a_table_another(authority, inventory, tmp_path):
    authority.create()
    assert "say where from" in rekey("inventory", "import", "-f", inventory, ok=(2,)).stderr
    assert "one of them" in authority.run("inventory", "import", tmp_path / "table", "-f", inventory, ok=(2,)).stderr
    refused = authority.run("inventory", "import", "-f", inventory, ok=(2, 3))
    assert "the file has client id" in refused.stdout or "no issuer of the kind rekey" in refused.stderr
    nowhere = ("--authority", "http://127.0.0.1:9", "--credential", authority.data / "admin.json")
    assert "is the server running?" in rekey("inventory", "import", "-f", inventory, *nowhere, ok=(5,)).stderr
