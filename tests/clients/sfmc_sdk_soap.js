// Unmodified sfmc-sdk against a sandbox's SOAP API: every verb that it has, paging, and its errors.
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

const refusal = async (call) => {
  try {
    await call();
    return null;
  } catch (error) {
    return { message: error.message, json: error.json ?? null };
  }
};

async function main() {
  const sdk = new SDK(auth, { requestAttempts: 2 });
  const units = await sdk.soap.retrieve(
    'BusinessUnit', ['Name', 'ID', 'ParentName', 'ParentID', 'IsActive'], { QueryAllAccounts: true });
  const made = await sdk.soap.create('Subscriber', { SubscriberKey: 'sdk-1', EmailAddress: 'sdk-1@example.org' });
  const again = await refusal(() => sdk.soap.create(
    'Subscriber', { SubscriberKey: 'sdk-1', EmailAddress: 'sdk-1@example.org' }));
  const updated = await sdk.soap.update('Subscriber', { SubscriberKey: 'sdk-1', Status: 'Unsubscribed' });
  const subscriber = await sdk.soap.retrieve('Subscriber', ['SubscriberKey', 'Status'], {
    filter: { leftOperand: 'SubscriberKey', operator: 'equals', rightOperand: 'sdk-1' } });
  const rows = await sdk.soap.retrieveBulk('DataExtensionObject[orders]', ['OrderId', 'Total'], {
    options: { BatchSize: 50 },
    filter: {
      leftOperand: { leftOperand: 'State', operator: 'IN', rightOperand: ['paid', 'shipped'] },
      operator: 'OR',
      rightOperand: { leftOperand: 'Total', operator: 'greaterThan', rightOperand: '20' },
    } });
  const events = await sdk.soap.retrieveBulk('SentEvent', ['SendID', 'SubscriberKey', 'EventDate'], {
    options: { BatchSize: 100 } });
  const deleted = await sdk.soap.delete('Subscriber', { SubscriberKey: 'sdk-1' });
  const described = await sdk.soap.describe('SentEvent');
  const unknown = await refusal(() => sdk.soap.retrieve('DeliveryProfile', ['Name']));
  const unsubscribed = await sdk.soap.execute('LogUnsubEvent', [{ Name: 'SubscriberKey', Value: 'C-1001' }]);
  // What the SDK cannot know: its token is dead. It gets another one and tries again.
  sdk.auth.authObject.access_token = credentials.deadToken;
  const afterExpiry = await sdk.soap.retrieve('DataExtension', ['CustomerKey']);
  console.log(JSON.stringify({
    units, made, again, updated, subscriber, rows: rows.Results.length, events: events.Results.length,
    distinct: new Set(events.Results.map((one) => `${one.SendID} ${one.SubscriberKey} ${one.EventDate}`)).size,
    deleted, described, unknown, unsubscribed, afterExpiry,
  }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
