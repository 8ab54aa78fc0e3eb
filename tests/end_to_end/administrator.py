#!/usr/bin/env python3
"""A person at Setup, as a program: does over the admin API what an administrator of Marketing Cloud does by hand.

    administrator.py URL CREDENTIAL_FILE CLIENT_ID generate [DESCRIPTION]   prints the value, once
    administrator.py URL CREDENTIAL_FILE CLIENT_ID activate
    administrator.py URL CREDENTIAL_FILE CLIENT_ID staged                   prints the description of what is staged

Like Setup, it asks nobody whether the old secret is still in use, and replaces what is staged.
"""

import json
import sys
import urllib.request


def call(url, token, method, path, body=None):
    request = urllib.request.Request(
        url + "/api/v1" + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + token, "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


def sign_in(url, credential_file):
    with open(credential_file, encoding="utf-8") as file:
        credential = json.load(file)
    body = {"grant_type": "client_credentials", "client_id": credential["client_id"],
            "client_secret": credential["client_secret"]}
    request = urllib.request.Request(url + "/v2/token", data=json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)["access_token"]


def main():
    url, credential_file, client_id, act, *more = sys.argv[1:]
    url = url.rstrip("/")
    token = sign_in(url, credential_file)
    integration = f"/integrations/{client_id}"
    staged = [secret for secret in call(url, token, "GET", integration + "/secrets")["secrets"]
              if secret["state"] in ("staged", "settling")]
    if act == "generate":
        made = call(url, token, "POST", integration + "/secrets", {"label": more[0] if more else ""})
        print(made["secret"]["value"])
    elif act == "activate":
        call(url, token, "POST", integration + "/activate",
             {"secret_id": staged[0]["id"], "force": True, "reason": "pressed Activate"})
    elif act == "staged":
        print(staged[0]["label"] if staged else "")
    else:
        sys.exit(f"unknown act {act}")


if __name__ == "__main__":
    main()
