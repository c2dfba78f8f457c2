#!/bin/sh
# Is a webhook ours, untouched and of these five minutes? Needs openssl.
#
# Save the body byte for byte, then: WEBHOOK_SECRET=whsec_… sh verify.sh BODY_FILE ID TIMESTAMP SIGNATURE
# To look at a delivery by hand, on a machine of your own: openssl shows the key in the list of processes. A
# server compares in constant time, as the other examples do.
set -eu
file=$1 id=$2 timestamp=$3 signatures=$4

refuse() { echo "not ours"; exit 1; }

case $timestamp in '' | *[!0-9]*) refuse ;; esac
age=$(($(date +%s) - timestamp))
[ "${age#-}" -le 300 ] || refuse

key=$(printf '%s' "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
[ -n "$key" ] || { echo "WEBHOOK_SECRET is missing" >&2; exit 2; } # with an empty key anybody could sign
expected=$({ printf '%s.%s.' "$id" "$timestamp"; cat "$file"; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)

# While a secret is replaced there are two signatures; one that fits is enough.
case " $signatures " in
  *" v1,$expected "*) echo "ok" ;;
  *) refuse ;;
esac
