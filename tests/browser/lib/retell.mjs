// What Retell sends, as the demo business's addresses take it.
import assert from "node:assert/strict";

// Posts a body to one of the addresses that `demo --json` names: webhook_url, book_url, ….
export async function send(platform, address, body) {
  const path = new URL(platform.demo[address]).pathname;
  return post(platform.url + path, body);
}

// As Retell does, asks again where a busy machine could not decide in time.
export async function post(url, body) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let answer = await fetch(url, request);
  for (let again = 0; answer.status === 503 && again < 3; again += 1) answer = await fetch(url, request);
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

// A call that is over, with whatever else is to be said of it. Answers our name of it.
export async function endedCall(platform, name, more = {}) {
  const seconds = more.duration_seconds ?? 60;
  const body = {
    call_id: name, agent_id: "agent_demo", call_type: "inbound", from_number: "+15550100188", to_number: "+15550100100",
    start_time: new Date(Date.now() - seconds * 1000).toISOString(), end_time: new Date().toISOString(),
    duration_seconds: seconds, ...more,
  };
  return (await send(platform, "webhook_url", body)).call_id;
}
