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
  const listMade = await call(sdk.list({ props: { ListName: 'Node list', CustomerKey: 'node-list' } }), 'post');
  const ListID = listMade.Results[0].NewID;
  const onList = await call(sdk.subscriber({ props: {
    SubscriberKey: 'fuel-3', EmailAddress: 'fuel-3@example.org', Lists: [{ ID: ListID }] } }), 'post');
  const members = await call(sdk.listSubscriber({
    props: ['SubscriberKey', 'Status'],
    filter: { leftOperand: 'ListID', operator: 'equals', rightOperand: ListID } }), 'get');
  const listDeleted = await call(sdk.list({ props: { ID: ListID } }), 'delete');
  const definition = { CustomerKey: 'node-hello', Name: 'Node hello' };
  const definitionMade = await call(sdk.triggeredSend({ props: {
    ...definition, Email: { CustomerKey: 'welcome-mail' } } }), 'post');
  const definitionStarted = await call(sdk.triggeredSend({ props: { ...definition, TriggeredSendStatus: 'Active' } }), 'patch');
  const definitionRead = await call(sdk.triggeredSend({
    props: ['CustomerKey', 'TriggeredSendStatus', 'Email.ID'],
    filter: { leftOperand: 'CustomerKey', operator: 'equals', rightOperand: 'node-hello' } }), 'get');
  const definitionDeleted = await call(sdk.triggeredSend({ props: { CustomerKey: 'node-hello' } }), 'delete');
  console.log(JSON.stringify({
    sent, listMade, onList, members, listDeleted, definitionMade, definitionStarted, definitionRead, definitionDeleted,
    made, again, defaults: defaults.Results.length, filtered, deleted, described, unknown,
    rowMade, rowChanged, rowRead, rowDeleted, opens: opens.Results.length,
  }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
