// Unmodified sfmc-sdk against the authority: a token, userinfo by its REST client, and a wrong secret.
'use strict';
const fs = require('node:fs');
const { default: SDK } = require('sfmc-sdk');

const credentials = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const auth = {
  client_id: credentials.clientId,
  client_secret: credentials.clientSecret,
  auth_url: credentials.authBaseUri,
  account_id: Number(credentials.accountId),
};

async function main() {
  const sdk = new SDK(auth, { requestAttempts: 1 });
  const token = await sdk.auth.getAccessToken();
  const userinfo = await sdk.rest.get('/v2/userinfo');
  let refused = 0;
  try {
    await new SDK({ ...auth, client_secret: 'wrong' }, { requestAttempts: 1 }).auth.getAccessToken();
  } catch (error) {
    refused = error.response?.status ?? error.status;
  }
  console.log(JSON.stringify({ ...token, userinfo, refused }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
