// Unmodified sfmc-sdk against a sandbox: a content and a send definition are made, mails are sent by
// it and by a seeded one, and what became of them is read.
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

// The first answer that is none of those that only say "wait".
async function settled(path, isWaiting) {
  for (;;) {
    const answer = await sdk.rest.get(path);
    if (!isWaiting(answer)) return answer;
    await sleep(20);
  }
}

async function main() {
  const asset = await sdk.rest.post('/asset/v1/content/assets', {
    name: 'By the SDK', customerKey: 'sdk-mail', assetType: { name: 'htmlemail', id: 208 },
    views: { subjectline: { content: 'Hello %%Name%%' }, html: { content: '<p>Hello %%Name%%</p>' } },
  });
  const definition = await sdk.rest.post('/messaging/v1/email/definitions', {
    definitionKey: 'sdk', name: 'By the SDK', status: 'Active', content: { customerKey: asset.customerKey },
    subscriptions: { list: 'All Subscribers', autoAddSubscriber: true, updateSubscriber: true },
  });
  const sent = await sdk.rest.post('/messaging/v1/email/messages/sdk-1', {
    definitionKey: definition.definitionKey,
    recipient: { contactKey: 'sdk-1', to: 'sdk@example.org', attributes: { Name: 'Søren' } },
  });
  const refused = await sdk.rest.post('/messaging/v1/email/messages', {
    definitionKey: 'sdk', recipients: [{ contactKey: 'sdk-2' }],
  });
  const status = await settled('/messaging/v1/email/messages/sdk-1',
    (answer) => answer.eventCategoryType.endsWith('EmailQueued'));
  const triggered = await sdk.rest.post('/messaging/v1/messageDefinitionSends/key:welcome/send', {
    To: { Address: 'new@example.org', SubscriberKey: 'new-1' },
  });
  const record = await settled(
    `/messaging/v1/messageDefinitionSends/key:welcome/deliveryRecords/${triggered.responses[0].recipientSendId}`,
    (answer) => answer.status === 'Queued');
  const definitions = await sdk.rest.getBulk('/messaging/v1/email/definitions/');
  // Pages of two, so that it has to turn them.
  const assets = await sdk.rest.getBulk('/asset/v1/content/assets', 2);
  let message = '';
  try {
    await sdk.rest.get('/messaging/v1/email/definitions/none');
  } catch (error) {
    message = error.message;
  }
  console.log(JSON.stringify({
    sent, refused, status, record, message,
    definitions: definitions.definitions.map((one) => one.definitionKey),
    assets: assets.items.map((one) => one.customerKey),
  }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
