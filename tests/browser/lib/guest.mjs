// A guest with a link: made as the platform makes it, from the appointment and the key it keeps.
import { hkdfSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { send } from "./retell.mjs";

// The next working day at least a week ahead, as the business's calendar has it: not the Friday, on
// which the demo business is closed in the afternoon.
export function dayAhead() {
  const day = new Date(Date.now() + 7 * 86_400_000);
  while (![2, 3].includes(day.getUTCDay())) day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}

// Books the first free time of that day by telephone; answers the path of its guest's page.
export async function bookedByPhone(platform, date, name = "Ben Okafor") {
  const offered = await send(platform, "availability_url", { args: { date }, call: {} });
  const args = { date, time: offered.available_slots[0].start, caller_name: name, caller_phone: "+15550100177" };
  const booked = await send(platform, "book_url", { name: "book", args, call: { call_id: `guest_${name}_${Date.now()}` } });
  return linkOf(platform, Number(booked.appointment_id.replace("apt_", "")));
}

async function linkOf(platform, appointment) {
  const secret = (await readFile(join(platform.env.DATA_DIR, "secret_key"), "utf8")).trim();
  const said = Buffer.from([1, platform.demo.customer_id, ...significant(appointment)]);
  const info = Buffer.concat([Buffer.from("voice-server guest"), said]);
  const mac = Buffer.from(hkdfSync("sha256", secret, "", info, 12));
  return `/g/${base32(Buffer.concat([said, mac]))}`;
}

function significant(number) {
  const bytes = [];
  for (let rest = number; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}

function base32(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.match(/.{1,5}/g).map((five) => "abcdefghijklmnopqrstuvwxyz234567"[parseInt(five.padEnd(5, "0"), 2)]).join("");
}
