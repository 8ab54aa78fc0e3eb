// Unmodified fuel-rest against a sandbox: it sends a mail and asks for its status, all in lower case.
'use strict';
const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const FuelRest = require('fuel-rest');

const credentials = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const client = new FuelRest({
  auth: {
    clientId: credentials.clientId,
    clientSecret: credentials.clientSecret,
    authUrl: `${credentials.url}/v2/token`,
    authOptions: { authVersion: 2, accountId: Number(credentials.accountId) },
  },
});

const ask = (verb, options) => new Promise((resolve, reject) => {
  client[verb](options, (error, response) => (error ? reject(error) : resolve(response.body)));
});

async function main() {
  const sent = await ask('post', {
    uri: '/messaging/v1/email/messages/Fuel-1', json: true,
    body: {
      definitionKey: 'order-confirmation',
      recipient: { contactKey: 'C-1001', attributes: { OrderId: 'F-1', Total: '1' } },
    },
  });
  let status;
  do {
    status = await ask('get', { uri: '/messaging/v1/email/messages/Fuel-1', json: true });
    if (status.eventCategoryType.endsWith('EmailQueued')) await sleep(20);
  } while (status.eventCategoryType.endsWith('EmailQueued'));
  const definition = await ask('get', { uri: '/messaging/v1/email/definitions/Order-Confirmation', json: true });
  console.log(JSON.stringify({ sent, status, definition }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
