// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
// A client as `oauth4webapi` makes one. It discovers the service and exchanges a token; then the service that the new
// token is for introspects it, the client revokes it, and it is introspected again.
//
// Reads {issuer, client: {id, jwk}, reader: {id, jwk}, parameters, dpop}, prints {metadata, exchanged, jkt, before, after},
// or {refused} with what the answer said.
import {createHash} from 'node:crypto';
import {json} from 'node:stream/consumers';
import * as oauth from 'oauth4webapi';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

// The standalone speaks http, on loopback only.
const options = {[oauth.allowInsecureRequests]: true};

const {issuer, client, reader, parameters, dpop} = await json(process.stdin);

const server = await oauth.processDiscoveryResponse(
  new URL(issuer),
  await oauth.discoveryRequest(new URL(issuer), {algorithm: 'oauth2', ...options}),
);

async function withKey({id, jwk}) {
  const key = await crypto.subtle.importKey('jwk', jwk, {name: 'ECDSA', namedCurve: jwk.crv}, false, ['sign']);
  return [{client_id: id}, oauth.PrivateKeyJwt({key, kid: jwk.kid})];
}

async function thumbprint(publicKey) {
  const {crv, kty, x, y} = await crypto.subtle.exportKey('jwk', publicKey);
  return createHash('sha256').update(JSON.stringify({crv, kty, x, y})).digest('base64url');
}

async function introspect(token) {
  const [as, auth] = await withKey(reader);
  return oauth.processIntrospectionResponse(
    server, as, await oauth.introspectionRequest(server, as, auth, token, options));
}

async function exchange() {
  const [as, auth] = await withKey(client);
  const bound = {...options};
  const result = {metadata: server};
  if (dpop) {
    const keys = await oauth.generateKeyPair('ES256');
    bound.DPoP = oauth.DPoP(as, keys);
    result.jkt = await thumbprint(keys.publicKey);
  }
  const send = () => oauth.genericTokenEndpointRequest(server, as, auth, TOKEN_EXCHANGE, parameters, bound);
  const read = async response => oauth.processGenericTokenEndpointResponse(server, as, response);
  result.exchanged = await read(await send()).catch(async e => {
    if (!oauth.isDPoPNonceError(e)) {
      throw e;
    }
    return read(await send());
  });
  if (reader) {
    result.before = await introspect(result.exchanged.access_token);
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, as, auth, result.exchanged.access_token, options));
    result.after = await introspect(result.exchanged.access_token);
  }
  return result;
}

try {
  console.log(JSON.stringify(await exchange()));
} catch (e) {
  if (!(e instanceof oauth.ResponseBodyError)) {
    throw e;
  }
  console.log(JSON.stringify({refused: e.cause}));
}
