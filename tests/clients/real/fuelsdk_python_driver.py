"""Runs unmodified FuelSDK for Python for the tests: takes the orders of ../driver.js and answers as that does."""

import json
import signal
import sys
import threading

import ET_Client
from FuelSDK.objects import ET_DataExtension_Row

PATH = sys.argv[1]
load = {"is_on": False, "calls": 0, "failures": [], "thread": None}
is_to_reload = threading.Event()


class Refused(Exception):
    """A result whose status says that the call was refused."""


class Settled:
    """The client with what its file of settings says now; made at the first call, as it asks for a token at once."""

    def __init__(self):
        with open(PATH) as file:
            self.settings = json.load(file)
        self.client = None

    def row(self, **members):
        if self.client is None:
            told = self.settings
            self.client = ET_Client.ET_Client(params={
                "clientid": told["clientId"], "clientsecret": told["clientSecret"], "appsignature": "none",
                "authenticationurl": told["url"], "defaultwsdl": told.get("wsdlUrl", told["url"] + "/etframework.wsdl"),
                "wsdl_file_local_loc": PATH + ".wsdl", "useOAuth2Authentication": "True",
                "accountId": str(told["accountId"]), "scope": told.get("scope", "")})
        row = ET_DataExtension_Row()
        row.auth_stub = self.client
        row.CustomerKey, row.Name = "products", "Products"
        for name, value in members.items():
            setattr(row, name, value)
        return row

    def read(self):
        done = self.row(props=["Name"], search_filter={
            "Property": "Sku", "SimpleOperator": "equals", "Value": self.settings["sku"]}).get()
        return checked(done).results[0].Properties.Property[0].Value

    def write(self, name):
        checked(self.row(props={"Sku": self.settings["sku"], "Name": name}).patch())


def checked(done):
    if done.status:
        return done
    result = done.results[0].StatusMessage if done.results and hasattr(done.results[0], "StatusMessage") else None
    raise Refused(": ".join(str(part) for part in (done.code, done.message, result) if part))


def outcome(call):
    try:
        return {"told": "nothing wrong", "value": call()}
    except Refused as refused:
        return {"told": "answer", "words": str(refused)}
    except Exception as error:
        return {"told": "error", "words": str(error)}


def carry_load():
    while load["is_on"]:
        if is_to_reload.is_set():
            is_to_reload.clear()
            reload()
        for one in (outcome(lambda: settled.write(f"soap {load['calls']}")), outcome(lambda: settled.read())):
            load["calls"] += 1
            if one["told"] != "nothing wrong":
                load["failures"].append(one)


def reload(*_):
    global settled
    settled = Settled()


def obey(order, *words):
    if order == "read":
        return outcome(lambda: settled.read())
    if order == "write":
        return outcome(lambda: settled.write(" ".join(words[1:])))
    if order == "load":
        load["is_on"], load["thread"] = True, threading.Thread(target=carry_load)
        load["thread"].start()
    elif order == "calls":
        return {"calls": load["calls"]}
    elif order == "unload":
        load["is_on"] = False
        load["thread"].join()
        return {"calls": load["calls"], "failures": load["failures"]}
    elif order == "reload":
        reload()
    else:
        raise ValueError(f"no such order: {order}")
    return {"told": "nothing wrong"}


reload()
signal.signal(signal.SIGHUP, lambda *_: is_to_reload.set())
print(json.dumps({"told": "ready"}), flush=True)
for line in sys.stdin:
    print(json.dumps(obey(*line.split())), flush=True)
