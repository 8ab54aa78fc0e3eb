"""Unmodified FuelSDK for Python against a sandbox: suds reads our WSDL, makes the requests and takes the answers apart by it."""

import json

import ET_Client
from FuelSDK.objects import (ET_ClickEvent, ET_DataExtension, ET_DataExtension_Column, ET_DataExtension_Row, ET_List,
                             ET_List_Subscriber, ET_SentEvent, ET_Subscriber, ET_TriggeredSend)

client = ET_Client.ET_Client()


def made(kind, **members):
    one = kind()
    one.auth_stub = client
    for name, value in members.items():
        setattr(one, name, value)
    return one


told = {}
subscriber = {"SubscriberKey": "py-1", "EmailAddress": "py-1@example.org",
              "Attributes": [{"Name": "First Name", "Value": "Ann"}]}
told["post"] = made(ET_Subscriber, props=subscriber).post().results[0].StatusCode
again = made(ET_Subscriber, props=subscriber).post()
told["again"] = [again.status, again.results[0].ErrorCode]
told["patch"] = made(ET_Subscriber, props={"SubscriberKey": "py-1", "Status": "Unsubscribed"}).patch().results[0].StatusCode
found = made(ET_Subscriber, props=["SubscriberKey", "EmailAddress", "Status"], search_filter={
    "Property": "SubscriberKey", "SimpleOperator": "equals", "Value": "py-1"}).get()
told["get"] = [[one.SubscriberKey, one.EmailAddress, one.Status, one.Attributes[0].Value] for one in found.results]
told["delete"] = made(ET_Subscriber, props={"SubscriberKey": "py-1"}).delete().results[0].StatusCode

listed = made(ET_List, props={"ListName": "Py list", "Description": "of a test", "Type": "Private"}).post()
told["list"] = listed.results[0].StatusCode
list_id = listed.results[0].NewID
# The second time it is there already, and the SDK updates it.
told["added"] = [client.AddSubscriberToList("py-2@example.org", [list_id], "py-2").results[0].StatusMessage for _ in range(2)]
members = made(ET_List_Subscriber, props=["SubscriberKey", "Status", "ListID"], search_filter={
    "Property": "ListID", "SimpleOperator": "equals", "Value": list_id}).get()
told["members"] = [[one.SubscriberKey, one.Status] for one in members.results]
told["list_delete"] = made(ET_List, props={"ID": list_id}).delete().results[0].StatusCode

triggered = {"CustomerKey": "py-hello", "Name": "Py hello", "Email": {"CustomerKey": "welcome-mail"},
             "SendClassification": {"CustomerKey": "Default Transactional"}}
told["send_definition"] = made(ET_TriggeredSend, props=triggered).post().results[0].StatusCode
told["send_started"] = made(ET_TriggeredSend, props={"CustomerKey": "py-hello", "TriggeredSendStatus": "Active"}
                            ).patch().results[0].StatusCode
told["triggered"] = made(ET_TriggeredSend, props={"CustomerKey": "py-hello"}, subscribers=[
    {"EmailAddress": "py-3@example.org", "SubscriberKey": "py-3"}]).send().results[0].StatusCode
told["send_delete"] = made(ET_TriggeredSend, props={"CustomerKey": "py-hello"}).delete().results[0].StatusCode

definition = made(ET_DataExtension, props={"Name": "Visits", "CustomerKey": "visits"}, columns=[
    {"Name": "Id", "FieldType": "Text", "IsPrimaryKey": "true", "MaxLength": "20", "IsRequired": "true"},
    {"Name": "Count", "FieldType": "Number"}])
told["definition"] = definition.post().results[0].StatusCode
row = made(ET_DataExtension_Row, CustomerKey="visits", props={"Id": "1", "Count": "2"})
told["row"] = row.post().results[0].StatusCode
told["row_patch"] = made(ET_DataExtension_Row, CustomerKey="visits", props={"Id": "1", "Count": "3"}).patch().results[0].StatusCode
rows = made(ET_DataExtension_Row, CustomerKey="visits", Name="Visits", props=["Id", "Count"]).get()
told["rows"] = [{one.Name: one.Value for one in result.Properties.Property} for result in rows.results]
columns = made(ET_DataExtension_Column, props=["Name", "FieldType", "IsPrimaryKey"], search_filter={
    "Property": "DataExtension.CustomerKey", "SimpleOperator": "equals", "Value": "visits"}).get()
told["columns"] = [[one.Name, one.FieldType, one.IsPrimaryKey] for one in columns.results]
told["row_delete"] = made(ET_DataExtension_Row, CustomerKey="visits", props={"Id": "1"}).delete().results[0].StatusCode

# Without properties the SDK describes the object first and asks for all that it may.
events = made(ET_SentEvent)
page = events.get(m_options={"BatchSize": 150})
seen = list(page.results)
while page.more_results:
    page = events.getMoreResults()
    seen += page.results
told["sent"] = [len(seen), len({one.ID for one in seen}), seen[0].EventDate.year > 2000]
clicks = made(ET_ClickEvent, props=["SendID", "URL", "EventDate"], search_filter={
    "LeftOperand": {"Property": "SendID", "SimpleOperator": "greaterThan", "Value": 0}, "LogicalOperator": "AND",
    "RightOperand": {"Property": "URL", "SimpleOperator": "like", "Value": "shop.example.org"}}).get()
told["clicks"] = [clicks.status, len(clicks.results)]
told["unknown"] = made(ET_SentEvent, props=["Nothing"]).get().message
print(json.dumps(told))
