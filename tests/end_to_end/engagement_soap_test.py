"""The SOAP API of a sandbox, as clients reach it: raw envelopes, and real clients from npm, unmodified."""

import json
import os
import subprocess
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest
from clients import NODE
from support import SOURCE, Authority, wait_until

PARTNER = "{http://exacttarget.com/wsdl/partnerAPI}"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
SCOPES = ("data_extensions_read data_extensions_write list_and_subscribers_read list_and_subscribers_write "
          "tracking_events_read accounts_read users_read email_read email_write email_send")


@pytest.fixture
def sandbox(tmp_path):
    server = Authority(tmp_path / "data", "--sandbox", "--async-delay", "200ms").start()
    server.run("sandbox", "seed")
    yield server
    server.stop()
    server.check_no_value_is_visible()


class Client:
    """A package with its own token, and the SOAP address that the token's answer names."""

    def __init__(self, sandbox, scopes=SCOPES, **members):
        self.sandbox = sandbox
        options = ["--business-unit", members["account_id"]] if "account_id" in members else []
        self.made = sandbox.create("Soap client", scopes, *options)
        self.client_id, self.value = self.made["integration"]["client_id"], self.made["secret"]["value"]
        told = sandbox.token(self.client_id, self.value, **members).json
        self.token = told["access_token"]
        self.path = urllib.parse.urlsplit(told["soap_instance_url"]).path + "Service.asmx"

    def send(self, text, path=None):
        """Gives the answer's status and the element in its body."""
        self.reply = self.sandbox.request("POST", path or self.path, text,
                                          {"Content-Type": "text/xml", "SOAPAction": '"Retrieve"'})
        root = ElementTree.fromstring(self.reply.text)
        return self.reply.status, root[-1][0]

    def ask(self, body, space=SOAP_11, token=None):
        return self.send(f'<e:Envelope xmlns:e="{space}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
                         f'<e:Body>{body}</e:Body><e:Header><fueloauth>{token or self.token}</fueloauth></e:Header></e:Envelope>')

    def retrieve(self, kind, *properties, more="", **options):
        names = "".join(f"<Properties>{name}</Properties>" for name in properties)
        return self.ask(f'<RetrieveRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><RetrieveRequest><ObjectType>{kind}'
                        f"</ObjectType>{names}{more}</RetrieveRequest></RetrieveRequestMsg>", **options)[1]

    def create_subscriber(self, key):
        return self.ask('<CreateRequest xmlns="http://exacttarget.com/wsdl/partnerAPI"><Objects xsi:type="Subscriber">'
                        f"<EmailAddress>{key}@example.org</EmailAddress><SubscriberKey>{key}</SubscriberKey></Objects></CreateRequest>")[1]


def text(element, path):
    return element.findtext("/".join(PARTNER + name for name in path.split("/")))


def values(element, name):
    return [text(result, name) for result in element.findall(PARTNER + "Results")]


def test_a_subscriber_made_by_soap_is_the_contact_that_rest_knows(sandbox):
    client = Client(sandbox)
    made = client.create_subscriber("ann")
    assert (text(made, "OverallStatus"), text(made, "Results/StatusMessage")) == ("OK", "Created Subscriber.")
    again = client.create_subscriber("ann")
    assert (text(again, "OverallStatus"), text(again, "Results/ErrorCode")) == ("Error", "12014")
    found = sandbox.request("POST", "/contacts/v1/addresses/email/search",
                            json.dumps({"channelAddressList": ["ann@example.org"]}),
                            {"Authorization": f"Bearer {client.token}"}).json
    assert found["channelAddressResponseEntities"][0]["contactKeyDetails"][0]["contactKey"] == "ann"
    # It is durable when it is answered.
    sandbox.kill()
    sandbox.start()
    assert values(client.retrieve("Subscriber", "SubscriberKey", more=filtered("SubscriberKey", "ann")), "SubscriberKey") == ["ann"]


def filtered(name, value, comparison="equals"):
    return (f'<Filter xsi:type="SimpleFilterPart"><Property>{name}</Property><SimpleOperator>{comparison}</SimpleOperator>'
            f"<Value>{value}</Value></Filter>")


def test_both_versions_and_any_path_are_answered_and_the_wsdl_is_served(sandbox):
    client = Client(sandbox)
    for space, kind in ((SOAP_11, "text/xml"), (SOAP_12, "application/soap+xml")):
        assert text(client.retrieve("DataExtension", "CustomerKey", space=space), "OverallStatus") == "OK"
        assert client.reply.headers["content-type"].startswith(kind)
        assert f'<soap:Envelope xmlns:soap="{space}"'.encode() in client.reply.text
        assert len(client.reply.headers["x-mashery-message-id"]) == 36
    for path in ("//Service.asmx", "/service.asmx"):
        client.path = path
        assert text(client.retrieve("DataExtension"), "OverallStatus") == "OK"
    for path in ("/etframework.wsdl", "/Service.asmx?WSDL"):
        told = sandbox.get(path)
        assert told.status == 200 and f'location="{sandbox.url}/Service.asmx"'.encode() in told.text
        ElementTree.fromstring(told.text)


def test_a_month_of_tracking_is_read_page_by_page(sandbox):
    client = Client(sandbox)
    seen, more = [], "<Options><BatchSize>70</BatchSize></Options>"
    while True:
        page = client.retrieve("SentEvent", "SendID", "SubscriberKey", "EventDate", more=more)
        seen += list(zip(values(page, "SendID"), values(page, "SubscriberKey"), values(page, "EventDate")))
        if text(page, "OverallStatus") != "MoreDataAvailable":
            break
        more = f"<ContinueRequest>{text(page, 'RequestID')}</ContinueRequest>"
    assert len(seen) == len(set(seen)) > 250
    sends = client.retrieve("Send", "ID", "NumberSent")
    assert sum(int(number) for number in values(sends, "NumberSent")) == len(seen)
    for kind in ("OpenEvent", "ClickEvent", "BounceEvent", "UnsubEvent", "NotSentEvent", "ListSend", "TriggeredSendSummary"):
        assert client.retrieve(kind).findall(PARTNER + "Results"), kind
    sandbox.run("sandbox", "reset", "--yes")
    assert values(client.retrieve("SentEvent"), "SendID") == []


def test_a_triggered_send_is_delivered_and_tracked(sandbox):
    client = Client(sandbox)
    sent = client.ask('<CreateRequest xmlns="http://exacttarget.com/wsdl/partnerAPI"><Objects xsi:type="TriggeredSend">'
                      "<TriggeredSendDefinition><CustomerKey>order-confirmation</CustomerKey></TriggeredSendDefinition>"
                      "<Subscribers><EmailAddress>soap@example.org</EmailAddress><SubscriberKey>soap-1</SubscriberKey>"
                      "<Attributes><Name>OrderId</Name><Value>O-77</Value></Attributes></Subscribers></Objects></CreateRequest>")[1]
    assert text(sent, "OverallStatus") == "OK"
    of_it = filtered("SubscriberKey", "soap-1")
    found = wait_until(lambda: values(client.retrieve("SentEvent", "SendID", more=of_it), "SendID"), "the mail to be sent")
    assert len(found) == 1
    assert "soap@example.org" in sandbox.run("sandbox", "mail").stdout


def test_who_has_no_living_token_is_told_so_by_a_fault(sandbox):
    client = Client(sandbox)
    dead = "x" * len(client.token)
    for token, words in (("nonsense", "Login Failed"), (dead, "Login Failed")):
        status, fault = client.ask("<DefinitionRequestMsg/>", token=token)
        assert (status, fault.findtext("faultstring"), fault.findtext("faultcode")) == (500, words, "q0:Security")
    # Of ours, and dead: clients get another one and try again.
    sandbox.run("package", "disable", client.made["package"]["id"])
    status, fault = client.ask("<DefinitionRequestMsg/>")
    assert (status, fault.findtext("faultstring")) == (500, "Token Expired")
    sandbox.run("package", "enable", client.made["package"]["id"])
    assert client.ask("<DefinitionRequestMsg/>")[0] == 200
    for text_ in ("", "{}", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "<a>" * 200):
        status, fault = client.send(text_)
        assert (status, fault.findtext("faultcode")) == (500, "soap:Client")
        assert b"root:" not in client.reply.text


def test_scopes_and_business_units_hold_for_soap_too(sandbox):
    narrow = Client(sandbox, "data_extensions_read")
    assert text(narrow.retrieve("DataExtension", "Name"), "OverallStatus") == "OK"
    assert text(narrow.retrieve("SentEvent"), "OverallStatus").startswith("Error: API Permission Failed")
    made = narrow.create_subscriber("ann")
    assert (text(made, "OverallStatus"), text(made, "Results/ErrorCode")) == ("Error", "20002")
    other = Client(sandbox, account_id=500000077)
    assert values(other.retrieve("DataExtension", "Name", more="<QueryAllAccounts>true</QueryAllAccounts>"), "Name") == []
    units = values(other.retrieve("BusinessUnit", "ID", more="<QueryAllAccounts>true</QueryAllAccounts>"), "ID")
    assert "500000077" in units and len(units) >= 2


def test_the_service_users_of_its_packages_can_be_imported(sandbox, tmp_path):
    client = Client(sandbox)
    sandbox.create("Order sync", "email_send")
    shown = client.retrieve("AccountUser", "Name", "ActiveFlag", more="<QueryAllAccounts>true</QueryAllAccounts>")
    assert {"Soap client app user", "Order sync app user"} <= set(values(shown, "Name"))


@pytest.fixture
def run_client(sandbox, tmp_path):
    client = Client(sandbox)
    integration = client.made["integration"]
    path = tmp_path / "credentials.json"
    # Of ours, and dead: minted with a secret that is revoked.
    gone = sandbox.create("Gone", "email_send")
    dead = sandbox.token(gone["integration"]["client_id"], gone["secret"]["value"]).json["access_token"]
    sandbox.run("package", "disable", gone["package"]["id"])
    path.write_text(json.dumps({
        "clientId": client.client_id, "clientSecret": client.value, "authBaseUri": integration["auth_base_uri"],
        "accountId": integration["account_id"], "url": sandbox.url, "deadToken": dead}))

    def run(script):
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        done = subprocess.run([NODE, SOURCE / "tests/clients" / script, path], capture_output=True, text=True,
                              timeout=60, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)
    return run


def test_sfmc_sdk_speaks_soap(run_client):
    told = run_client("sfmc_sdk_soap.js")
    assert {str(unit["ID"]) for unit in told["units"]["Results"]} and told["units"]["OverallStatus"] == "OK"
    assert told["made"]["Results"][0]["StatusMessage"] == "Created Subscriber."
    assert told["again"]["json"]["Results"][0]["ErrorCode"] == 12014
    assert told["updated"]["OverallStatus"] == told["deleted"]["OverallStatus"] == "OK"
    assert told["subscriber"]["Results"][0]["Status"] == "Unsubscribed"
    assert told["rows"] > 60 and told["events"] == told["distinct"] > 250
    assert told["described"]["ObjectDefinition"]["ObjectType"] == "SentEvent"
    assert "Unable to find a handler for object type: DeliveryProfile" in json.dumps(told["unknown"])
    assert told["unsubscribed"]["Results"][0]["StatusMessage"] == "Event posted"
    assert len(told["afterExpiry"]["Results"]) == 3


def test_fuel_soap_and_the_node_sdk_speak_soap(run_client):
    told = run_client("fuel_soap.js")
    assert told["made"]["Results"][0]["StatusCode"] == "OK"
    assert told["again"]["results"][0]["ErrorCode"] == "12014"
    assert told["defaults"] == 41
    assert told["filtered"]["Results"][0]["SubscriberKey"] == "fuel-1"
    assert told["deleted"]["OverallStatus"] == "OK"
    assert told["described"]["ObjectDefinition"]["ObjectType"] == "DataExtension"
    assert told["unknown"]["message"].startswith("Unable to find a handler")
    for name in ("rowMade", "rowChanged", "rowDeleted", "sent", "listMade", "onList", "listDeleted", "definitionMade",
                 "definitionStarted", "definitionDeleted"):
        assert told[name]["OverallStatus"] == "OK", told[name]
    assert [(one["SubscriberKey"], one["Status"]) for one in told["members"]["Results"]] == [("fuel-3", "Active")]
    assert told["definitionRead"]["Results"][0]["TriggeredSendStatus"] == "Active"
    assert int(told["definitionRead"]["Results"][0]["Email"]["ID"]) > 0
    row = {one["Name"]: one["Value"] for one in told["rowRead"]["Results"][0]["Properties"]["Property"]}
    assert row == {"Sku": "SDK-1", "Name": "Honey", "Price": "2.5"}
    assert told["opens"] > 50
