// Prints the Stripe-Signature that Stripe's own package makes of the body on standard input:
//   node sign.mjs SECRET SECONDS <body
import Stripe from 'stripe';

const [secret, seconds] = process.argv.slice(2);

let payload = '';
for await (const text of process.stdin.setEncoding('utf8')) payload += text;
const stripe = new Stripe('sk_test_nobody');
console.log(stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: Number(seconds) }));
