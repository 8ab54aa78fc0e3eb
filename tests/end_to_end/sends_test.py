"""Sends of a sandbox, from a client's call to a mail that a mail program reads, and back by its links."""

import email
import email.policy
import json
import mailbox
import os
import re
import stat
import subprocess
import urllib.parse

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from clients import NODE
from engagement_test import Client
from support import BINARY, SOURCE, Authority, free_port, rekey, wait_until

EMAIL = "email_read email_write email_send saved_content_write documents_and_images_read"
MESSAGES = "/messaging/v1/email/messages"
DEFINITIONS = "/messaging/v1/email/definitions"


def serve(tmp_path, *options):
    return Authority(tmp_path / "data", "--sandbox", "--async-delay", "50ms", *options).start()


@pytest.fixture
def sandbox(tmp_path):
    server = serve(tmp_path)
    server.run("sandbox", "seed")
    yield server
    server.stop()
    server.check_no_value_is_visible()


def mails_in(sandbox):
    """What a mail program finds in the mailbox, oldest first."""
    box = mailbox.Maildir(sandbox.data / "mail", factory=lambda file: email.message_from_binary_file(
        file, policy=email.policy.default), create=False)
    return sorted(box, key=lambda mail: mail["Subject"])


def event_of(client, key):
    status, told = client.ask("GET", f"{MESSAGES}/{key}")
    assert status == 200, told
    return told["eventCategoryType"].removeprefix("TransactionalSendEvents.")


def wait_for(client, key, event):
    wait_until(lambda: event_of(client, key) == event, f"{key} to be {event}")


def order(number, key="C-1001", **recipient):
    return {"definitionKey": "order-confirmation",
            "recipient": {"contactKey": key, "attributes": {"OrderId": number, "Total": "14.50 €"}, **recipient}}


def test_a_message_arrives_in_a_mailbox_that_a_mail_program_reads(sandbox):
    client = Client(sandbox, EMAIL)
    status, told = client.ask("POST", f"{MESSAGES}/m-1", order("O-1"))
    assert status == 202 and told["errorcode"] == 0 and told["responses"] == [{"messageKey": "m-1"}]
    wait_for(client, "m-1", "EmailSent")
    mail, = mails_in(sandbox)
    assert mail["To"] == "ann.archer@example.org" and mail["From"] == "Sandbox <sandbox@mail.example>"
    assert mail["Subject"] == "Your order O-1, Ann"
    plain = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "O-1 over 14.50 €" in plain and "<h1>Thank you, Ann!</h1>" in html
    assert stat.S_IMODE((sandbox.data / "mail").stat().st_mode) == 0o700
    for path in (sandbox.data / "mail/new").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    listed = sandbox.run("sandbox", "mail").stdout
    assert "ann.archer@example.org" in listed and "Your order O-1, Ann" in listed and "Sent" in listed
    shown = sandbox.run("sandbox", "mail", "1").stdout
    assert "Subject: Your order O-1, Ann" in shown and "O-1 over 14.50 €" in shown
    assert "<h1>Thank you, Ann!</h1>" in sandbox.run("sandbox", "mail", "1", "--html").stdout
    raw = email.message_from_string(sandbox.run("sandbox", "mail", "1", "--raw").stdout, policy=email.policy.default)
    assert raw["Message-ID"] == mail["Message-ID"]
    assert "no mail with that number" in sandbox.run("sandbox", "mail", "7", ok=(1,)).stderr
    assert "by its number" in sandbox.run("sandbox", "mail", "x", ok=(2,)).stderr


def path_of(mail, what):
    return re.search(rf"(/track/{what}/[0-9a-f/]+)", mail.get_body(("html",)).get_content())[1]


def test_the_links_of_a_mail_work_without_a_token(sandbox):
    client = Client(sandbox, EMAIL)
    assert client.ask("POST", f"{MESSAGES}/m-1", order("O-1"))[0] == 202
    wait_for(client, "m-1", "EmailSent")
    mail, = mails_in(sandbox)
    picture = sandbox.get(path_of(mail, "open"))
    assert picture.status == 200 and picture.headers["content-type"] == "image/gif" and picture.text[:6] == b"GIF89a"
    click = sandbox.get(path_of(mail, "click"))
    assert click.status == 302 and click.headers["location"] == "https://shop.example.org/orders/O-1"
    page = sandbox.get(path_of(mail, "view"))
    assert page.status == 200 and b"Thank you, Ann!" in page.text and "sandbox" in page.headers["content-security-policy"]
    way_out = urllib.parse.urlsplit(mail["List-Unsubscribe"].strip("<>"))
    assert f"{way_out.scheme}://{way_out.netloc}" == sandbox.url
    assert b"Unsubscribe" in sandbox.get(way_out.path).text
    done = sandbox.request("POST", way_out.path, "List-Unsubscribe=One-Click",
                           {"Content-Type": "application/x-www-form-urlencoded"})
    assert done.status == 200 and b"no more mails" in done.text
    assert client.ask("POST", f"{MESSAGES}/m-2", order("O-2"))[0] == 202
    wait_for(client, "m-2", "EmailNotSent")
    _, unsent = client.ask("GET", f"{MESSAGES}/?type=notSent")
    assert [(one["info"]["messageKey"], one["statusMessage"]) for one in unsent["messages"]] == [("m-2", "Unsubscribed")]
    assert len(mails_in(sandbox)) == 1


def run_client(sandbox, tmp_path, script):
    made = sandbox.create("Client", EMAIL)
    integration = made["integration"]
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({
        "clientId": integration["client_id"], "clientSecret": made["secret"]["value"], "url": sandbox.url,
        "authBaseUri": integration["auth_base_uri"], "accountId": integration["account_id"]}))
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    done = subprocess.run([NODE, SOURCE / "tests/clients" / script, path], capture_output=True, text=True, timeout=60,
                          env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_sfmc_sdk_sends_and_reads_what_became_of_it(sandbox, tmp_path):
    told = run_client(sandbox, tmp_path, "sfmc_sdk_sends.js")
    assert told["sent"]["errorcode"] == 0 and told["status"]["eventCategoryType"].endswith("EmailSent")
    assert told["refused"]["errorcode"] == 109001 and told["refused"]["responses"][0]["errorcode"] == 109106
    assert told["record"]["status"] == "Sent" and told["record"]["to"]["key"] == "new-1"
    assert sorted(told["definitions"]) == ["order-confirmation", "sdk", "welcome"]
    assert sorted(told["assets"]) == ["order-confirmation-mail", "sdk-mail", "welcome-mail"]
    assert "MCMS_UTM_Runtime_ObjectNotFound" in told["message"]
    assert [mail["Subject"] for mail in mails_in(sandbox)] == ["Hello Søren", "Welcome, !"]


def test_fuel_rest_sends_though_it_writes_every_path_in_lower_case(sandbox, tmp_path):
    told = run_client(sandbox, tmp_path, "fuel_rest_sends.js")
    assert told["sent"]["responses"] == [{"messageKey": "fuel-1"}]
    assert told["status"]["eventCategoryType"].endswith("EmailSent")
    assert told["definition"]["definitionKey"] == "order-confirmation"
    assert [mail["Subject"] for mail in mails_in(sandbox)] == ["Your order F-1, Ann"]


def test_the_walk_in_the_documentation_ends_at_a_mail(sandbox, tmp_path):
    section = (SOURCE / "docs/engagement.md").read_text().split("## Sends\n")[1].split("**Where mails go.**")[0]
    first, second = (re.sub(r"^    ", "", block, flags=re.M) for block in re.findall(r"(?:^    .*\n)+", section, flags=re.M))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/rekey").symlink_to(BINARY)
    (tmp_path / "shop").symlink_to(sandbox.data)
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "no_proxy": "127.0.0.1"}
    waiting = "until rekey sandbox mail --data shop | grep -q Sent; do sleep 0.05; done\n"
    script = (first + waiting + second).replace("http://127.0.0.1:8420", sandbox.url)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=environment, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "EmailSent" in done.stdout and "Subject: Your order O-1, Ann" in done.stdout
    sandbox.canaries.add((tmp_path / "shop.secret").read_text().strip())


def test_scopes_are_apart(sandbox):
    reader, writer, sender = Client(sandbox, "email_read"), Client(sandbox, "email_write"), Client(sandbox, "email_send")
    assert reader.ask("GET", DEFINITIONS)[1]["count"] == 2
    assert writer.ask("GET", DEFINITIONS)[0] == 403 and sender.ask("GET", DEFINITIONS)[0] == 403
    assert writer.ask("PATCH", f"{DEFINITIONS}/welcome", {"description": "x"})[0] == 200
    assert sender.ask("POST", f"{MESSAGES}/m-1", order("O-1"))[0] == 202
    assert reader.ask("POST", f"{MESSAGES}/m-2", order("O-2"))[0] == 403
    assert sender.ask("GET", f"{MESSAGES}/m-1")[0] == 403 and reader.ask("GET", f"{MESSAGES}/m-1")[0] == 200


def test_a_triggered_send_is_on_record_and_a_refused_one_is_told_in_a_202(sandbox):
    client = Client(sandbox, EMAIL)
    path = "/messaging/v1/messageDefinitionSends/key:welcome"
    status, told = client.ask("POST", f"{path}/send", {
        "From": {"Address": "shop@example.org", "Name": "Täe & Co"},
        "To": {"Address": "new@example.org", "SubscriberKey": "n-1",
               "ContactAttributes": {"SubscriberAttributes": {"First Name": "Zoë"}}}})
    assert status == 202 and told["responses"][0]["messages"] == ["Queued"]
    record = f"{path}/deliveryRecords/{told['responses'][0]['recipientSendId']}"
    wait_until(lambda: client.ask("GET", record)[1]["status"] == "Sent", "the send to be on record")
    mail, = mails_in(sandbox)
    assert mail["Subject"] == "Welcome, Zoë!" and mail["From"] == "Täe & Co <shop@example.org>"
    status, told = client.ask("POST", f"{path}/send", {"To": {"Address": "x@example.org\r\nBcc: y@example.org"}})
    assert status == 202 and told["responses"][0] == {"hasErrors": True, "messages": ["InvalidOrMissingToAddress"]}


def test_no_message_is_lost_and_none_sent_twice_though_the_server_is_killed(sandbox):
    client = Client(sandbox, EMAIL)
    keys = []
    for turn in range(6):
        recipients = [{"contactKey": f"k-{turn}-{i}", "to": f"k{turn}x{i}@example.org", "messageKey": f"m-{turn}-{i}",
                       "attributes": {"OrderId": f"{turn}-{i}"}} for i in range(60)]
        status, told = client.ask("POST", MESSAGES, {"definitionKey": "order-confirmation", "recipients": recipients})
        assert status == 202 and told["errorcode"] == 0
        keys += [one["messageKey"] for one in told["responses"]]
        # In the middle of it, as far as that can be met.
        wait_until(lambda: len(list((sandbox.data / "mail/new").iterdir())) > 60 * turn, "the first mail of a turn")
        sandbox.kill()
        sandbox.start()
    for key in keys:
        wait_for(client, key, "EmailSent")
    sent = [mail["To"] for mail in mails_in(sandbox)]
    assert len(sent) == len(set(sent)) == len(keys)


def test_bounces_and_waiting_can_be_rehearsed(sandbox):
    client = Client(sandbox, EMAIL)
    assert client.ask("POST", f"{MESSAGES}/m-1", order("O-1", to="x@bounce.example"))[0] == 202
    assert client.ask("POST", f"{MESSAGES}/m-2", order("O-2", key="C-1002", to="x@defer.example"))[0] == 202
    wait_for(client, "m-1", "EmailBounced")
    assert client.ask("GET", f"{MESSAGES}/m-1")[1]["info"]["statusCode"] == 550
    wait_until(lambda: "451" in sandbox.run("sandbox", "mail").stdout, "the second to be put off")
    assert event_of(client, "m-2") == "EmailQueued" and mails_in(sandbox) == []
    assert client.ask("PATCH", f"{DEFINITIONS}/order-confirmation", {"status": "Inactive"})[0] == 200
    _, queue = client.ask("GET", f"{DEFINITIONS}/order-confirmation/queue")
    assert queue["count"] == 1
    assert client.ask("DELETE", f"{DEFINITIONS}/order-confirmation/queue")[1]["message"] == "Queued"
    assert event_of(client, "m-2") == "EmailNotSent"


class Relay:
    """A real mail server: keeps what it takes, refuses who is called nobody, and puts off who is called later, once."""

    def __init__(self, **options):
        self.mails, self.late, self.options = [], set(), options

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@") and address not in self.late:
            self.late.add(address)
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.mail_from, envelope.rcpt_tos,
                           email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK"

    def __enter__(self):
        relay = self

        class Server(Controller):
            def factory(self):
                return SMTP(relay, **relay.options)
        self.controller = Server(self, hostname="127.0.0.1", port=free_port())
        self.controller.start()
        self.address = f"127.0.0.1:{self.controller.port}"
        return self

    def __exit__(self, *_):
        self.controller.stop()


def test_mails_leave_over_a_relay(tmp_path):
    with Relay() as relay:
        sandbox = serve(tmp_path, "--smtp-relay", relay.address, "--mail-from", "shop@example.org")
        sandbox.run("sandbox", "seed")
        client = Client(sandbox, EMAIL)
        for key, to in (("m-1", "ann@example.org"), ("m-2", "nobody@example.org"), ("m-3", "later@example.org")):
            assert client.ask("POST", f"{MESSAGES}/{key}", order(key, to=to))[0] == 202
        wait_for(client, "m-1", "EmailSent")
        wait_for(client, "m-2", "EmailBounced")
        info = client.ask("GET", f"{MESSAGES}/m-2")[1]["info"]
        assert (info["statusCode"], info["statusMessage"]) == (550, "550 5.1.1 no such user")
        wait_for(client, "m-3", "EmailSent")
        assert [(sender, to) for sender, to, _ in relay.mails] == [
            ("shop@example.org", ["ann@example.org"]), ("shop@example.org", ["later@example.org"])]
        assert relay.mails[0][2]["Subject"] == "Your order m-1, Ann"
        assert not (sandbox.data / "mail").exists()
        sandbox.stop()


def test_a_killed_server_sends_every_mail_over_a_relay_and_hardly_one_twice(tmp_path):
    kills = 4
    with Relay() as relay:
        sandbox = serve(tmp_path, "--smtp-relay", relay.address)
        sandbox.run("sandbox", "seed")
        client = Client(sandbox, EMAIL)
        recipients = [{"contactKey": f"k-{i}", "to": f"k{i}@example.org", "messageKey": f"m-{i}"} for i in range(120)]
        assert client.ask("POST", MESSAGES, {"definitionKey": "welcome", "recipients": recipients})[1]["errorcode"] == 0
        for turn in range(kills):
            wait_until(lambda: len(relay.mails) > 20 * turn, "the first mail of a turn")
            sandbox.kill()
            sandbox.start()
        for one in recipients:
            wait_for(client, one["messageKey"], "EmailSent")
        sandbox.stop()
    sent = [(to[0], mail["Message-ID"]) for _, to, mail in relay.mails]
    # Who gets a mail twice gets it under one Message-ID.
    assert len({to for to, _ in sent}) == len(set(sent)) == len(recipients)
    assert len(sent) <= len(recipients) + kills


def test_a_relay_that_is_away_is_waited_for(tmp_path):
    with Relay() as relay:
        address = relay.address
    sandbox = serve(tmp_path, "--smtp-relay", address)
    sandbox.run("sandbox", "seed")
    client = Client(sandbox, EMAIL)
    assert client.ask("POST", f"{MESSAGES}/m-1", order("O-1"))[0] == 202
    wait_until(lambda: "cannot connect" in sandbox.run("sandbox", "mail").stdout, "the reason to be shown")
    assert event_of(client, "m-1") == "EmailQueued"
    sandbox.stop()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_the_relays_password_is_read_from_a_file_and_seen_nowhere(tmp_path):
    word = "Geheim-" + "x9" * 12
    seen = []

    def authenticate(server, session, envelope, mechanism, data):
        seen.append(data.password.decode())
        return AuthResult(success=data.password.decode() == word)
    with Relay(authenticator=authenticate, auth_required=True, auth_require_tls=False) as relay:
        (tmp_path / "word").write_text(word + "\n")
        (tmp_path / "word").chmod(0o600)
        sandbox = serve(tmp_path, "--smtp-relay", relay.address, "--smtp-user", "shop", "--smtp-password-file",
                        str(tmp_path / "word"))
        sandbox.canaries.add(word)
        sandbox.run("sandbox", "seed")
        client = Client(sandbox, EMAIL)
        assert client.ask("POST", f"{MESSAGES}/m-1", order("O-1"))[0] == 202
        wait_for(client, "m-1", "EmailSent")
        assert seen == [word] and len(relay.mails) == 1
        command = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(sandbox.process.pid)], capture_output=True, text=True)
        assert word not in command.stdout
        sandbox.stop()
        sandbox.check_no_value_is_visible()


def test_what_does_not_go_together_is_told_before_anything_is_made(tmp_path):
    for options, words in (
            (("--smtp-relay", "nonsense"), "HOST:PORT"),
            (("--smtp-security", "tls"), "goes with --smtp-relay"),
            (("--smtp-relay", "relay.example:25", "--smtp-user", "x"), "go together"),
            (("--smtp-relay", "relay.example:25", "--smtp-security", "ssl"), "starttls, tls, none"),
            (("--mail-from", "Shop <shop@example.org>"), "--mail-from takes an address")):
        refused = rekey("serve", "--sandbox", "--data", tmp_path / "x", "--listen", "127.0.0.1:0", *options, ok=(2,))
        assert words in refused.stderr, options
        assert not (tmp_path / "x").exists()
    assert "goes with --sandbox" in rekey("serve", "--data", tmp_path / "x", "--mail-from", "a@example.org", ok=(2,)).stderr
