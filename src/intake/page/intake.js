'use strict';
(() => {
  const form = document.getElementById('intake');
  const input = document.getElementById('value');
  const show = document.getElementById('show');
  const send = document.getElementById('send');
  const problem = document.getElementById('problem');
  const status = document.getElementById('status');

  if (!window.isSecureContext || !window.crypto || !crypto.subtle || !window.fetch) {
    document.getElementById('unable').hidden = false;
    return;
  }
  form.hidden = false;
  input.focus({preventScroll: true});

  const text = new TextEncoder();
  const lengths = form.dataset.lengths.split(',').map(Number);
  const characters = new Set(form.dataset.characters);

  const toBase64url = (bytes) =>
    btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const fromBase64url = (encoded) =>
    Uint8Array.from(atob(encoded.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const joined = (...parts) => {
    const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) { all.set(part, at); at += part.length; }
    return all;
  };
  const shortId = async (bytes) =>
    toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).slice(0, 8));

  // docs/intake.md has the format, src/crypto/sealed_box.cc its other half.
  const seal = async (address, value) => {
    const parts = address.split('.');
    const point = fromBase64url(parts[1]);
    const context = fromBase64url(parts[2]);
    const curve = {name: 'ECDH', namedCurve: 'P-256'};
    const recipient = await crypto.subtle.importKey('raw', point, curve, false, []);
    const pair = await crypto.subtle.generateKey(curve, false, ['deriveBits']);
    const ephemeral = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    const shared = await crypto.subtle.deriveBits({name: 'ECDH', public: recipient}, pair.privateKey, 256);
    const root = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveBits']);
    const material = await crypto.subtle.deriveBits({
      name: 'HKDF', hash: 'SHA-256', salt: joined(ephemeral, point),
      info: joined(text.encode('rekey sealed value 1\n'), context),
    }, root, 352);
    const key = await crypto.subtle.importKey('raw', material.slice(0, 32), 'AES-GCM', false, ['encrypt']);
    const header = ['rks1', await shortId(point), await shortId(context), toBase64url(ephemeral)].join('.');
    const sealed = await crypto.subtle.encrypt(
      {name: 'AES-GCM', iv: material.slice(32), additionalData: text.encode(header)}, key, text.encode(value));
    return header + '.' + toBase64url(new Uint8Array(sealed));
  };

  const problemOf = (value) => {
    if (value === '') return 'Paste the new secret first.';
    if ([...value].some((character) => !characters.has(character))) {
      return `It holds a character that no secret of this kind has: ${form.dataset.charactersWords} only.`;
    }
    const size = value.length;
    if (lengths.includes(size)) return '';
    const side = size < Math.min(...lengths) ? 'too few' : size > Math.max(...lengths) ? 'too many' : 'not right';
    return `${size} characters are ${side}: it has ${lengths.join(' or ')}.`;
  };
  const tell = (words) => {
    problem.textContent = words;
    if (words) input.setAttribute('aria-invalid', 'true'); else input.removeAttribute('aria-invalid');
  };
  const say = (words, kind) => { status.className = 'status ' + kind; status.textContent = words; };
  const hide = () => {
    input.type = 'password';
    show.textContent = 'Show';
    show.setAttribute('aria-pressed', 'false');
  };
  const end = (words, kind) => {
    form.hidden = true;
    say(words, kind);
    status.focus();
  };

  show.addEventListener('click', () => {
    if (input.type === 'text') { hide(); return; }
    input.type = 'text';
    show.textContent = 'Hide';
    show.setAttribute('aria-pressed', 'true');
  });
  input.addEventListener('input', () => {
    say('', '');
    tell(input.value === '' ? '' : problemOf(input.value.trim()));
  });
  window.addEventListener('pagehide', () => { input.value = ''; });

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    const words = problemOf(input.value.trim());
    tell(words);
    if (words) { input.focus(); return; }
    send.disabled = true;
    hide();
    say('Sealing and handing over…', '');
    try {
      const sealed = await seal(form.dataset.address, input.value.trim());
      input.value = '';
      const reply = await fetch(location.pathname, {
        method: 'POST', body: sealed, headers: {'Content-Type': 'application/vnd.rekey.sealed'},
        cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer',
      });
      const answer = (await reply.text()).trim();
      if (reply.ok) { end(answer, 'good'); return; }
      if (reply.status === 404 || reply.status === 410) { end(answer, 'bad'); return; }
      say(answer, 'bad');
    } catch (error) {
      input.value = '';
      say('It could not be handed over: the rotation did not answer. Check that it still runs, then paste the secret again.', 'bad');
    }
    send.disabled = false;
    input.focus();
  });
})();
