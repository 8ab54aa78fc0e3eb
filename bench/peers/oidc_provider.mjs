// oidc-provider with one confidential client and opaque client-credentials tokens, in memory: the
// peer's own defaults but for what a client-credentials grant needs. Prints its port.
import { Provider } from 'oidc-provider';

process.env.NODE_ENV = 'production';
const provider = new Provider('http://127.0.0.1', {
  clients: [{
    client_id: 'bench', client_secret: 's'.repeat(64), grant_types: ['client_credentials'],
    redirect_uris: [], response_types: [], token_endpoint_auth_method: 'client_secret_post',
  }],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
});
const server = provider.listen(0, '127.0.0.1', () => console.log(server.address().port));
