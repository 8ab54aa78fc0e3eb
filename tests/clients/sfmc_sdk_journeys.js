// Unmodified sfmc-sdk against a sandbox: it defines an event and a journey, publishes it, starts a contact
// on it, reads where the contact is and what happened, and reads campaigns and audit events page by page.
'use strict';
const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const { default: SDK } = require('sfmc-sdk');

const credentials = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const sdk = new SDK({
  client_id: credentials.clientId,
  client_secret: credentials.clientSecret,
  auth_url: credentials.authBaseUri,
  account_id: Number(credentials.accountId),
}, { requestAttempts: 1 });
const base = '/interaction/v1';

async function until(ask, isDone) {
  for (;;) {
    const told = await ask();
    if (isDone(told)) return told;
    await sleep(20);
  }
}

async function refused(call) {
  try {
    await call();
    return 'not refused';
  } catch (error) {
    return `${error.response?.status ?? error.status}: ${error.message}`;
  }
}

async function main() {
  const event = await sdk.rest.post(`${base}/eventDefinitions`, {
    name: 'Signed up', type: 'APIEvent', eventDefinitionKey: 'APIEvent-signed-up', mode: 'Production',
  });
  const journey = await sdk.rest.post(`${base}/interactions`, {
    key: 'signed-up', name: 'Signed up', workflowApiVersion: 1.0, entryMode: 'OnceAndDone',
    triggers: [{ key: 'TRIGGER', name: 'TRIGGER', type: 'APIEvent', eventDefinitionKey: event.eventDefinitionKey }],
    activities: [
      { key: 'EMAILV2-1', name: 'Welcome', type: 'EMAILV2', outcomes: [{ key: 'e', next: 'WAIT-1' }],
        configurationArguments: { triggeredSend: { key: 'welcome' } } },
      { key: 'WAIT-1', name: 'A day', type: 'WAIT', outcomes: [{ key: 'w', next: '' }],
        configurationArguments: { waitDuration: 1, waitUnit: 'DAYS' } },
    ],
    defaults: { email: ['{{Event.APIEvent-signed-up."EmailAddress"}}'] },
  });
  const { statusId } = await sdk.rest.post(`${base}/interactions/publishAsync/${journey.id}?versionNumber=1`, {});
  const published = await until(() => sdk.rest.get(`${base}/interactions/publishStatus/${statusId}`),
    (told) => told.status !== 'PublishInProcess');
  const fired = await sdk.rest.post(`${base}/events`, {
    ContactKey: 'sdk-1', EventDefinitionKey: event.eventDefinitionKey, Data: { EmailAddress: 'sdk-1@example.org' },
  });
  const history = await until(
    () => sdk.rest.post(`${base}/interactions/journeyhistory/search?$page=1&$pageSize=50`, { contactKeys: ['sdk-1'] }),
    (told) => told.items.some((item) => item.activityType === 'WAIT'));
  const membership = await sdk.rest.post(`${base}/interactions/contactMembership`, { ContactKeyList: ['sdk-1'] });
  const journeys = await sdk.rest.getBulk(`${base}/interactions?mostRecentVersionOnly=true`, 1);
  const audit = await sdk.rest.getBulk('/data/v1/audit/auditEvents', 2);
  const campaign = await sdk.rest.post('/hub/v1/campaigns', { name: 'Sdk', campaignCode: 'sdk' });
  const campaigns = await sdk.rest.getBulk('/hub/v1/campaigns', 1);
  const unknown = await refused(() => sdk.rest.post(`${base}/events`, { ContactKey: 'x', EventDefinitionKey: 'nothing' }));
  console.log(JSON.stringify({ published, fired, history, membership, journeys, audit, campaign, campaigns, unknown }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
