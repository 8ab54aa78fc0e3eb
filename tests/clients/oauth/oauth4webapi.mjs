// The strictest reader of OAuth responses, unmodified: `oauth4webapi.mjs SETTINGS` discovers the authority, gets a token
// with each way to authenticate, verifies it as a resource server does, introspects it, revokes it, and prints what it saw.
import { readFileSync } from 'node:fs';
import * as oauth from 'oauth4webapi';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const here = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(settings.issuer);
const client = { client_id: settings.clientId };

const server = await oauth.processDiscoveryResponse(
  issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...here }));

async function ask(authentication, parameters) {
  const response = await oauth.clientCredentialsGrantRequest(
    server, client, authentication, new URLSearchParams(parameters), here);
  return oauth.processClientCredentialsResponse(server, client, response);
}

async function isActive(authentication, token) {
  const response = await oauth.introspectionRequest(server, client, authentication, token, here);
  return (await oauth.processIntrospectionResponse(server, client, response)).active;
}

async function refusal(work) {
  try {
    await work();
    return 'none';
  } catch (error) {
    return { code: error.code, error: error.error, status: error.status ?? error.response?.status };
  }
}

const seen = {};
for (const [name, authentication] of Object.entries({
  basic: oauth.ClientSecretBasic(settings.clientSecret), post: oauth.ClientSecretPost(settings.clientSecret) })) {
  const tokens = await ask(authentication, { scope: settings.scope, resource: settings.resource });
  const request = new Request(settings.resource, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(server, request, settings.resource, here);
  const before = await isActive(authentication, tokens.access_token);
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, authentication, tokens.access_token, here));
  const after = await isActive(authentication, tokens.access_token);
  seen[name] = { scope: tokens.scope, type: tokens.token_type, life: tokens.expires_in, claims, before, after };
}
const right = oauth.ClientSecretBasic(settings.clientSecret);
seen.wrongSecret = await refusal(() => ask(oauth.ClientSecretBasic(`${settings.clientSecret}x`), {}));
seen.wrongScope = await refusal(() => ask(right, { scope: 'no_such_scope' }));
seen.wrongResource = await refusal(() => ask(right, { resource: 'https://elsewhere.example' }));
console.log(JSON.stringify(seen));
