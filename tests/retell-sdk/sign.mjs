// Prints the X-Retell-Signature that Retell's own SDK makes of the body on standard input:
//   node sign.mjs KEY MILLISECONDS <body
import Retell from 'retell-sdk';

const [key, milliseconds] = process.argv.slice(2);

// The SDK signs at the time of day; the tests have a clock of their own.
Date.now = () => Number(milliseconds);

let body = '';
for await (const text of process.stdin.setEncoding('utf8')) body += text;
console.log(await Retell.sign(body, key));
