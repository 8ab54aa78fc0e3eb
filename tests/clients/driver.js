// Runs one unmodified client for the tests: `driver.js CLIENT CREDENTIALS`. Around it is what a program that uses it has:
// its settings come from the JSON file CREDENTIALS, which it reads at its start and again at SIGHUP.
//
// A line on standard input is an order, and each has one line of JSON for an answer:
//   read rest, write soap …   one call: what was told, and how
//   reload                    the same as SIGHUP
//   load                      calls without end through every door that the client has, until
//   unload                    which gives how many there were and what each that failed was told
'use strict';
const fs = require('node:fs');
const readline = require('node:readline');
const { setTimeout: sleep } = require('node:timers/promises');

const [kind, path] = process.argv.slice(2);
const kPaceMilliseconds = 10;

// A call that was refused though the client gave it out as answered.
class Answered extends Error {}

const callback = (target, method, ...args) => new Promise((resolve, reject) => {
  target[method](...args, (error, response) => (error ? reject(error) : resolve(response)));
});

// Each makes a client with these settings and gives its doors: a door can `read` the name of the product `sku`, and `write` it.
const clients = {
  'sfmc-sdk': (settings) => {
    const { default: SDK } = require('sfmc-sdk');
    const sdk = new SDK({
      client_id: settings.clientId, client_secret: settings.clientSecret, auth_url: settings.authBaseUri,
      account_id: settings.accountId, scope: settings.scope?.split(' '),
    }, { requestAttempts: settings.requestAttempts ?? 2 });
    return { rest: restDoor(settings, (verb, uri, body) => sdk.rest[verb](uri, body)), soap: soapDoor(settings, sdk.soap) };
  },

  'fuel-rest': (settings) => {
    const FuelRest = require('fuel-rest');
    const client = new FuelRest({ auth: fuelAuth(settings) });
    return { rest: restDoor(settings, async (verb, uri, json) => {
      const { res, body } = await callback(client, verb, { uri, json: json ?? true });
      if (res.statusCode >= 300) throw new Answered(`${res.statusCode} ${body.message}`);
      return body;
    }) };
  },

  'fuel-soap': (settings) => {
    const FuelSoap = require('fuel-soap');
    const client = new FuelSoap({ auth: fuelAuth(settings) });
    const ask = async (...args) => (await callback(client, ...args)).body;
    return { soap: soapDoor(settings, {
      retrieve: (type, properties, options) => ask('retrieve', type, properties, options),
      update: (type, properties) => ask('update', type, properties, {}),
    }) };
  },

  'sfmc-fuelsdk-node': (settings) => {
    const Client = require('sfmc-fuelsdk-node');
    const { authOptions } = fuelAuth(settings);
    const client = new Client(settings.clientId, settings.clientSecret, null, { authOrigin: settings.url, authOptions });
    const row = (config) => client.dataExtensionRow(config);
    return { soap: {
      read: async () => named((await callback(row({
        Name: 'Products', props: ['Name'], filter: skuIs(settings.sku) }), 'get')).body),
      write: (name) => callback(row({ CustomerKey: 'products', props: { Sku: settings.sku, Name: name } }), 'patch'),
    } };
  },
};

const fuelAuth = (settings) => ({
  clientId: settings.clientId, clientSecret: settings.clientSecret, authUrl: `${settings.url}/v2/token`,
  authOptions: { authVersion: 2, accountId: settings.accountId, scope: settings.scope },
});

const skuIs = (sku) => ({ leftOperand: 'Sku', operator: 'equals', rightOperand: sku });
const named = (answer) => [answer.Results[0].Properties.Property].flat()[0].Value;

function restDoor(settings, ask) {
  return {
    async read() {
      const page = await ask('get', '/data/v1/customobjectdata/key/products/rowset');
      return page.items.find((item) => item.keys.Sku === settings.sku).values.Name;
    },
    write: (name) => ask('post', '/hub/v1/dataevents/key:products/rowset', [
      { keys: { Sku: settings.sku }, values: { Name: name } }]),
  };
}

function soapDoor(settings, soap) {
  return {
    read: async () => named(await soap.retrieve('DataExtensionObject[products]', ['Name'], { filter: skuIs(settings.sku) })),
    write: (name) => soap.update('DataExtensionObject', { CustomerKey: 'products', Properties: { Property: [
      { Name: 'Sku', Value: settings.sku }, { Name: 'Name', Value: name }] } }),
  };
}

// What the client says of a refusal, in one line.
function wordsOf(error) {
  const result = [error.results ?? error.json?.Results ?? []].flat()[0];
  const words = result ? `${error.message}: ${result.StatusMessage}` : error.message;
  const body = error.res?.error ?? error.res?.message;
  return (body ? `${words}: ${body}` : words).replace(/\s+/g, ' ');
}

async function outcome(call) {
  try {
    return { told: 'nothing wrong', value: (await call()) ?? null };
  } catch (error) {
    return { told: error instanceof Answered ? 'answer' : 'error', words: wordsOf(error) };
  }
}

let doors;
const reload = () => { doors = clients[kind](JSON.parse(fs.readFileSync(path, 'utf8'))); };

const load = { isOn: false, calls: 0, failures: [], done: Promise.resolve() };
async function carryLoad() {
  while (load.isOn) {
    for (const [name, door] of Object.entries(doors)) {
      const word = `${name} ${load.calls}`;
      for (const one of [await outcome(() => door.write(word)), await outcome(() => door.read())]) {
        load.calls += 1;
        if (one.told !== 'nothing wrong') load.failures.push(one);
      }
    }
    await sleep(kPaceMilliseconds);
  }
}

async function obey([order, door, ...words]) {
  switch (order) {
    case 'read': return outcome(() => doors[door].read());
    case 'write': return outcome(async () => { await doors[door].write(words.join(' ')); });
    case 'reload':
      reload();
      return { told: 'nothing wrong' };
    case 'load':
      load.isOn = true;
      load.done = carryLoad();
      return { told: 'nothing wrong' };
    case 'calls': return { calls: load.calls };
    case 'unload':
      load.isOn = false;
      await load.done;
      return { calls: load.calls, failures: load.failures };
    default: throw new Error(`no such order: ${order}`);
  }
}

async function main() {
  reload();
  process.on('SIGHUP', reload);
  console.log(JSON.stringify({ told: 'ready' }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await obey(line.split(' '))));
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
