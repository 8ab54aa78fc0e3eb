// A certified relying party's library, unmodified: `openid_client.mjs SETTINGS` discovers the authority, gets a token with
// each way to authenticate, introspects it, revokes it, and prints what it saw.
import { readFileSync } from 'node:fs';
import * as client from 'openid-client';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const seen = {};
for (const [name, way] of Object.entries({ basic: client.ClientSecretBasic, post: client.ClientSecretPost })) {
  const config = await client.discovery(
    new URL(settings.issuer), settings.clientId, undefined, way(settings.clientSecret),
    { algorithm: 'oauth2', execute: [client.allowInsecureRequests] });
  const tokens = await client.clientCredentialsGrant(config, { scope: settings.scope, resource: settings.resource });
  const before = await client.tokenIntrospection(config, tokens.access_token);
  await client.tokenRevocation(config, tokens.access_token);
  const after = await client.tokenIntrospection(config, tokens.access_token);
  seen[name] = { scope: tokens.scope, type: tokens.token_type, life: tokens.expires_in, before, after };
}
console.log(JSON.stringify(seen));
