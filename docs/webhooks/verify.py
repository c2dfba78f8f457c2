# Is a webhook ours, untouched and of these five minutes? Needs Python 3.8 and no package.
#
# In a server: verify(secret, request.headers, raw_body), with the bytes as they came, before they are parsed.
# On a command line: WEBHOOK_SECRET=whsec_… python3 verify.py BODY_FILE ID TIMESTAMP SIGNATURE
import base64
import binascii
import hashlib
import hmac
import os
import sys
import time


def verify(secret, headers, body):
    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not (timestamp.isascii() and timestamp.isdigit()):
        return False
    if abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret[len("whsec_"):] if secret.startswith("whsec_") else secret)
    if not key:  # anybody could sign
        raise ValueError("WEBHOOK_SECRET is missing")
    signed = f"{id}.{timestamp}.".encode() + body
    expected = hmac.new(key, signed, hashlib.sha256).digest()
    # While a secret is replaced there are two signatures; one that fits is enough.
    for signature in headers.get("webhook-signature", "").split(" "):
        version, _, value = signature.partition(",")
        try:
            given = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            continue
        if version == "v1" and hmac.compare_digest(given, expected):
            return True
    return False


if __name__ == "__main__":
    file, id, timestamp, signature = sys.argv[1:5]
    headers = {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    with open(file, "rb") as body:
        is_ours = verify(os.environ.get("WEBHOOK_SECRET", ""), headers, body.read())
    print("ok" if is_ours else "not ours")
    sys.exit(0 if is_ours else 1)
