// Unmodified fuel-rest against a sandbox: all its addresses are in lower case, and it starts a contact on a journey.
'use strict';
const fs = require('node:fs');
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
  client[verb](options, (error, response) => (error ? reject(error) : resolve({ status: response.res.statusCode, body: response.body })));
});

async function main() {
  const fired = await ask('post', {
    uri: '/interaction/v1/events', json: true,
    body: { ContactKey: 'Fuel-1', EventDefinitionKey: 'customer-registered', Data: { Source: 'shop' } },
  });
  const journey = await ask('get', { uri: '/interaction/v1/interactions/key:Welcome-Journey', json: true });
  const campaigns = await ask('get', { uri: '/hub/v1/campaigns/', json: true });
  console.log(JSON.stringify({ fired, journey, campaigns }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
