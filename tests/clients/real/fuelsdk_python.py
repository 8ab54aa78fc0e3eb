"""Unmodified FuelSDK for Python: reads config.python of the current folder, asks for a token."""

import ET_Client

client = ET_Client.ET_Client()
print("token" if client.authToken else "nothing")
