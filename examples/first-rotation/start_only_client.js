// A consumer on unmodified sfmc-sdk that reads its credentials once, when it starts, as all of them
// do. A new secret reaches it by a restart only.
//
//   node start_only_client.js AUTH_FILE COUNTS_FILE PER_SECOND
//
// AUTH_FILE is shaped like .mcdev-auth.json. COUNTS_FILE gets a line every tenth of a second:
// milliseconds, tokens, refusals (4xx), server errors (5xx), connection errors.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');
const clients = createRequire(path.join(__dirname, '../../tests/clients/package.json'));
const { default: SDK } = clients('sfmc-sdk');

const [authFile, countsFile, perSecond] = process.argv.slice(2);
const credentials = JSON.parse(fs.readFileSync(authFile, 'utf8')).orders;
const counts = { tokens: 0, refusals: 0, serverErrors: 0, connectionErrors: 0 };
let isStopping = false;
process.on('SIGTERM', () => { isStopping = true; });

function writeCounts() {
  fs.appendFileSync(countsFile,
    `${Date.now()} ${counts.tokens} ${counts.refusals} ${counts.serverErrors} ${counts.connectionErrors}\n`);
}

async function exchange(sdk) {
  try {
    await sdk.auth.getAccessToken(true);
    counts.tokens += 1;
  } catch (error) {
    const status = error.response?.status ?? error.status;
    if (status >= 500) counts.serverErrors += 1;
    else if (status >= 400) counts.refusals += 1;
    else counts.connectionErrors += 1;
  }
}

async function main() {
  const sdk = new SDK(credentials, { requestAttempts: 1, retryOnConnectionError: false });
  let nextLine = Date.now();
  writeCounts();
  while (!isStopping) {
    const started = Date.now();
    await exchange(sdk);
    if (Date.now() >= nextLine) {
      writeCounts();
      nextLine = Date.now() + 100;
    }
    const rest = 1000 / Number(perSecond) - (Date.now() - started);
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
  }
  writeCounts();
}

main();
