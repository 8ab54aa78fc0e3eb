// Unmodified fuel-rest (and the fuel-auth in it) against the authority.
'use strict';
const fs = require('node:fs');
const FuelRest = require('fuel-rest');

const credentials = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

function clientWith(secret) {
  return new FuelRest({
    auth: {
      clientId: credentials.clientId,
      clientSecret: secret,
      authUrl: `${credentials.url}/v2/token`,
      authOptions: { authVersion: 2, accountId: Number(credentials.accountId) },
    },
  });
}

const get = (client, uri) => new Promise((resolve, reject) => {
  client.get({ uri }, (error, response) => (error ? reject(error) : resolve(response.body)));
});

async function main() {
  const client = clientWith(credentials.clientSecret);
  const userinfo = await get(client, '/v2/userinfo');
  const tokenContext = await get(client, '/platform/v1/tokenContext');
  let refused = 0;
  try {
    await get(clientWith('wrong'), '/v2/userinfo');
  } catch (error) {
    refused = error.res?.error ?? String(error);
  }
  console.log(JSON.stringify({ userinfo, tokenContext, refused }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
