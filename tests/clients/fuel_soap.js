// Unmodified fuel-soap, and sfmc-fuelsdk-node over it, against a sandbox's SOAP API.
'use strict';
const fs = require('node:fs');
const FuelSoap = require('fuel-soap');
const ET_Client = require('sfmc-fuelsdk-node');

const credentials = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const authOptions = { authVersion: 2, accountId: Number(credentials.accountId) };

const client = new FuelSoap({
  auth: {
    clientId: credentials.clientId,
    clientSecret: credentials.clientSecret,
    authUrl: `${credentials.url}/v2/token`,
    authOptions,
  },
});
const call = (target, method, ...args) => new Promise((resolve, reject) => {
  target[method](...args, (error, response) => (error ? reject(error) : resolve(response.body)));
});
const refusal = (promise) => promise.then(() => null, (error) => ({ message: error.message, results: error.results }));

async function main() {
  const subscriber = { SubscriberKey: 'fuel-1', EmailAddress: 'fuel-1@example.org' };
  const made = await call(client, 'create', 'Subscriber', { ...subscriber }, {});
  const again = await refusal(call(client, 'create', 'Subscriber', { ...subscriber }, {}));
  const defaults = await call(client, 'retrieve', 'Subscriber');
  const filtered = await call(client, 'retrieve', 'Subscriber', ['SubscriberKey', 'EmailAddress'], {
    filter: { leftOperand: 'EmailAddress', operator: 'like', rightOperand: 'fuel-1@' } });
  const deleted = await call(client, 'delete', 'Subscriber', { SubscriberKey: 'fuel-1' }, {});
  const described = await call(client, 'describe', 'DataExtension');
  const unknown = await refusal(call(client, 'retrieve', 'DeliveryProfile', ['Name'], {}));

  const sdk = new ET_Client(credentials.clientId, credentials.clientSecret, null, {
    authOrigin: credentials.url, authOptions });
  const row = { CustomerKey: 'products', props: { Sku: 'SDK-1', Name: 'Sugar', Price: '2.50' } };
  const rowMade = await call(sdk.dataExtensionRow(row), 'post');
  const rowChanged = await call(sdk.dataExtensionRow({ ...row, props: { Sku: 'SDK-1', Name: 'Honey' } }), 'patch');
  const rowRead = await call(sdk.dataExtensionRow({
    Name: 'Products', props: ['Sku', 'Name', 'Price'],
    filter: { leftOperand: 'Sku', operator: 'equals', rightOperand: 'SDK-1' } }), 'get');
  const rowDeleted = await call(sdk.dataExtensionRow({ CustomerKey: 'products', props: { Sku: 'SDK-1' } }), 'delete');
  const opens = await call(sdk.openEvent({ props: ['SendID', 'SubscriberKey', 'EventDate', 'EventType'] }), 'get');
  const sent = await call(sdk.triggeredSend({ props: {
    TriggeredSendDefinition: { CustomerKey: 'welcome' },
    Subscribers: [{ EmailAddress: 'fuel-2@example.org', SubscriberKey: 'fuel-2' }] } }), 'send');
  console.log(JSON.stringify({
    sent,
    made, again, defaults: defaults.Results.length, filtered, deleted, described, unknown,
    rowMade, rowChanged, rowRead, rowDeleted, opens: opens.Results.length,
  }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
