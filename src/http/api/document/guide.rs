//! What a developer reads before the operations: the description of the document, in Markdown.

/// For a platform at this address, whose sessions have this cookie.
pub fn text(server: &str, cookie: &str) -> String {
    TEXT.replace("SERVER", server).replace("COOKIE", cookie)
}

/// Of Markdown only what `views::prose` draws.
const TEXT: &str = "\
Everything that your team sees in the portal, for your own programs: the calls that the assistant answered, the \
appointments that it booked, your calendar. JSON over HTTPS, described by this document in OpenAPI 3.1.

## Authentication

A program sends an **API token** with every request:

```
curl -sS SERVER/api/auth/me \\
  -H 'Authorization: Bearer voice_…'
```

A token has the rights of the user who made it, now and whenever they change; a user may have 20, each with a name, \
and revokes them one by one. A token makes no other: sign in as that user. Ask for a link, which comes by mail:

```
curl -sS -c cookies -X POST SERVER/api/auth/login \\
  -H 'Content-Type: application/json' \\
  -d '{\"email\": \"owner@example.com\"}'
```

Post to the link in the mail within ten minutes, with the same cookies, and then make the token. Its `secret` is \
shown this once:

```
curl -sS -b cookies -c cookies -X POST SERVER/api/auth/verify/… \\
  -H 'Content-Type: application/json' -d '{}'

curl -sS -b cookies -X POST SERVER/api/auth/tokens \\
  -H 'Content-Type: application/json' \\
  -d '{\"name\": \"Booking site\"}'
```

Browsers send the cookie `COOKIE` of their session instead. Without either the answer is 401.

## Conventions

- Bodies are JSON objects of at most 64 KiB, sent as `application/json`. A field that is not known is refused by its \
name, so that a misspelt one is never silently ignored.
- In a query an empty value is the same as none.
- Times are RFC 3339; answers have them in UTC. Dates and opening hours are meant in the zone of the business.
- Telephone numbers are kept in E.164 (`+15550100123`) where they parse.
- Amounts are JSON numbers with their exact digits: read them as decimals.
- Names such as `call_12` and `apt_123` count within one business. What belongs to another is answered with 404.
- Answers may gain fields: ignore those that you do not know.

## Pages

Lists answer `items` and take `page`, from 1, and `per_page`, at most 200. `total` counts all pages; where there are \
too many to count, it is the highest number counted to and `total_is_exact` is false. A page begins within the \
first 10,000 rows, `total` never says more: whoever wants them all narrows the list, by `from` and `to` for example, \
and takes it piece by piece.

## Changing without undoing

An appointment carries an `ETag`, which is also its `revision`. Send it back as `If-Match` \
with a change: if somebody was faster nothing happens, and the answer is 412 with the present state in `current`. \
Without `If-Match` the last change wins.

## Sending again

Where an operation takes an `Idempotency-Key`, choose a fresh text for each thing that you want done, and send it \
again with each retry: within a day what was done is answered again and not done twice; a refusal is not kept, and the request \
is tried anew. The body has to be the same byte for byte. The same key with \
another body is 422 `key-reused`; while the first is still running, 409 `still-running`.

## Problems

What cannot be done is answered with a 4XX, what could not be done just now with a 5XX, both as \
`application/problem+json` (RFC 9457). `type` is stable and made for programs, `detail` is a sentence for people, \
`errors` names the first field that is wrong, and `request_id` (also in `X-Request-Id`) finds the request in our log. \
After a 429 or 503 wait for `Retry-After` seconds. Where nothing came back at all, or a 5XX, asking again is safe \
for GET, PUT and DELETE, and for a POST with an `Idempotency-Key`.
";
