/** What a discovery document, a token or a caller names must not lead to this machine or its networks. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { LookupFunction } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createRemoteJWKSet, customFetch, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { isPublicAddress } from '../../../src/io/public-address.js';
import { createSafeFetch, type SafeFetchOptions } from '../../../src/io/safe-fetch.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

const fetchWith = (setting: Partial<SafeFetchOptions> = {}) =>
  createSafeFetch({ configured: [], timeoutMs: 2000, ...setting });

/** A name server of our own: every name has these addresses. */
function answering(...addresses: string[]) {
  const asked: string[] = [];
  const lookup = ((name, options, done) => {
    asked.push(name);
    const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all) done(null, all);
    else done(null, addresses[0] ?? '', 4);
  }) as LookupFunction as NonNullable<SafeFetchOptions['lookup']>;
  return { lookup, asked };
}

describe('addresses that are not of the public internet', () => {
  const OURS = `0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.168.0.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1
    239.255.255.255 240.0.0.1 255.255.255.255 ::1 :: fe80::1 fe80::1%eth0 febf::1 fec0::1 fc00::1 fd12:3456::1 ff02::1
    ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1
    2001::1 2001:db8::1 2002:7f00:1::1 100::1 localhost 1.2.3 not-an-address`.split(/\s+/);

  test.each([...OURS, ''])('%s', (address) => expect(isPublicAddress(address)).toBe(false));

  const PUBLIC = `1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
    169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 223.255.255.255
    2606:4700:4700::1111 2a00:1450:4001::200e 64:ff9b::8.8.8.8`.split(/\s+/);

  test.each(PUBLIC)('%s is one', (address) => expect(isPublicAddress(address)).toBe(true));
});

describe('URLs that are refused before anything is sent', () => {
  const BY_ADDRESS = `https://127.0.0.1/ https://127.1/ https://2130706433/ https://0x7f000001/ https://0177.0.0.1/
    https://0x7f.0.0.1/ https://017700000001/ https://0/ https://0.0.0.0/ https://[::1]/ https://[::]/
    https://[::ffff:127.0.0.1]/ https://[::ffff:7f00:1]/ https://[0:0:0:0:0:ffff:a9fe:a9fe]/ https://[fe80::1]/
    https://[fd00::1]/ https://10.1.2.3/ https://172.20.0.1/ https://192.168.1.1/ https://169.254.169.254/latest
    https://2852039166/ https://[64:ff9b::7f00:1]/ https://①②⑦.0.0.1/ https://127.0.0.1:8443/ https://127.0.0.1./`;

  test.each(BY_ADDRESS.split(/\s+/))('%s', async (url) => {
    const { lookup, asked } = answering('8.8.8.8');
    await expect(fetchWith({ lookup })(url)).rejects.toMatchObject({ code: 'address' });
    expect(asked).toEqual([]);
  });

  const BY_FORM = `http://ehr.example/ http://127.0.0.1/ http://localhost/ ftp://ehr.example/ file:///etc/passwd
    data:text/plain,x gopher://ehr.example/ //ehr.example/ ehr.example https://me:word@ehr.example/ https://`;

  test.each([...BY_FORM.split(/\s+/), ''])('%s', async (url) => {
    const { lookup, asked } = answering('8.8.8.8');
    await expect(fetchWith({ lookup })(url)).rejects.toMatchObject({ code: 'url' });
    expect(asked).toEqual([]);
  });

  test.each(['https://localhost/', 'https://LOCALHOST:8443/'])('%s by its name', async (url) => {
    await expect(fetchWith()(url)).rejects.toMatchObject({ code: 'address' });
  });

  test('https://localhost./, where the system knows that name', async () => {
    const { lookup } = answering('127.0.0.1');
    await expect(fetchWith({ lookup })('https://localhost./')).rejects.toMatchObject({ code: 'address' });
  });

  test.each([
    ['169.254.169.254'],
    ['127.0.0.1'],
    ['10.0.0.5'],
    ['::1'],
    ['fd00::5'],
    ['::ffff:127.0.0.1'],
    // One good address does not vouch for the other.
    ['8.8.8.8', '127.0.0.1'],
    ['2606:4700::1111', 'fe80::1'],
    [],
  ])('a name that leads to %s', async (...addresses) => {
    const { lookup, asked } = answering(...addresses);
    const fetching = fetchWith({ lookup })('https://metadata.example/token', { method: 'POST', body: 'a=b' });
    await expect(fetching).rejects.toMatchObject({ code: 'address' });
    // The only time that it is looked up is for the connection itself: it cannot change its mind in between.
    expect(asked).toEqual(['metadata.example']);
  });

  test('the message says neither URL nor address', async () => {
    const error = await fetchWith()('https://169.254.169.254/secret-path?token=x').catch((one: Error) => one);
    expect(String(error)).toBe('Error: The request was not made, or its answer not taken: address');
  });
});

describe('a host of the operator', () => {
  test('may be this machine, without TLS, on any port', async () => {
    const url = await serve((_request, response) => response.end('{"a":1}'));
    const answer = await fetchWith({ configured: ['http://127.0.0.1:1/fhir'] })(`${url}/token`);
    expect([answer.status, await answer.json()]).toEqual([200, { a: 1 }]);
  });

  test('may be on a network of the house, where it has TLS', async () => {
    const { lookup, asked } = answering('127.0.0.1');
    // Port 1 has nobody: it gets as far as the connection.
    const configured = ['https://ehr.hospital.example/fhir'];
    const fetching = fetchWith({ lookup, configured })('https://ehr.hospital.example:1/token');
    await expect(fetching).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(asked).toEqual(['ehr.hospital.example']);
  });

  test('vouches for no other, and for no other way of writing it', async () => {
    const { lookup } = answering('127.0.0.1');
    const fetch = fetchWith({ lookup, configured: ['http://localhost:8080', 'https://ehr.example/fhir'] });
    await expect(fetch('https://other.example/')).rejects.toMatchObject({ code: 'address' });
    await expect(fetch('https://127.0.0.1/')).rejects.toMatchObject({ code: 'address' });
    await expect(fetch('https://sub.ehr.example/')).rejects.toMatchObject({ code: 'address' });
    await expect(fetch('https://localhost./')).rejects.toMatchObject({ code: 'address' });
    await expect(fetch('http://ehr.example/')).rejects.toMatchObject({ code: 'url' });
  });
});

describe('an answer', () => {
  const configured = ['http://127.0.0.1'];

  test.each([301, 302, 303, 307, 308])('that leads elsewhere (%i) is not followed', async (status) => {
    const asked: unknown[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url);
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    await expect(fetchWith({ configured })(`${url}/here`)).rejects.toMatchObject({ code: 'redirect' });
    expect(asked).toEqual(['/here']);
  });

  test('that is too large is not read to its end', async () => {
    const url = await serve((_request, response) => {
      const more = () => {
        if (!response.destroyed) response.write('x'.repeat(10_000), () => setImmediate(more));
      };
      more();
    });
    const fetching = fetchWith({ configured, maxBytes: 50_000 })(url);
    await expect(fetching).rejects.toMatchObject({ code: 'too-large' });
  });

  test('of just the size that is allowed is read', async () => {
    const url = await serve((_request, response) => response.end('x'.repeat(1000)));
    const answer = await fetchWith({ configured, maxBytes: 1000 })(url);
    expect(await answer.text()).toHaveLength(1000);
  });

  test.each([
    ['does not come', () => undefined],
    ['does not end', (_: unknown, response: { write(text: string): unknown }) => void response.write('{')],
  ])('that %s is given up', async (_name, listener) => {
    const url = await serve(listener as RequestListener);
    const fetching = fetchWith({ configured, timeoutMs: 200 })(url);
    await expect(fetching).rejects.toMatchObject({ code: 'timeout' });
  });

  test('that breaks off is none', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{', () => response.destroy());
    });
    await expect(fetchWith({ configured })(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('is told with its status and type; what was asked arrived as it was meant', async () => {
    const url = await serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method, headers } = request;
      response.writeHead(401, { 'content-type': 'application/json', 'set-cookie': 'a=b' });
      response.end(JSON.stringify([method, headers['content-type'], Buffer.concat(chunks).toString()]));
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetchWith({ configured })(url, { method: 'POST', headers, body: 'a=ü' });
    expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([
      401,
      { 'content-type': 'application/json' },
    ]);
    expect(await answer.json()).toEqual(['POST', 'application/x-www-form-urlencoded', 'a=ü']);
  });
});

test('jose reads a key set through it, and none from where it must not go', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES384');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1' }];
  const url = await serve((_request, response) => response.end(JSON.stringify({ keys })));
  const token = await new SignJWT({ a: 1 }).setProtectedHeader({ alg: 'ES384', kid: 'k1' }).sign(privateKey);
  const keySet = (configured: string[]) =>
    createRemoteJWKSet(new URL(`${url}/jwks`), { [customFetch]: fetchWith({ configured }) });
  expect((await jwtVerify(token, keySet([url]))).payload).toEqual({ a: 1 });
  await expect(jwtVerify(token, keySet([]))).rejects.toMatchObject({ code: 'url' });
});
