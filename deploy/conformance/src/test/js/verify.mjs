// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
// A resource server as `jose` makes one: reads {issuer, audience, token}, prints {header, payload} or {refused}.
import {json} from 'node:stream/consumers';
import {createRemoteJWKSet, errors, jwtVerify} from 'jose';

const {issuer, audience, token} = await json(process.stdin);
const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
try {
  const {protectedHeader, payload} = await jwtVerify(token, keys, {
    issuer,
    audience,
    typ: 'at+jwt',
    requiredClaims: ['sub', 'exp', 'iat', 'jti', 'client_id'],
  });
  console.log(JSON.stringify({header: protectedHeader, payload}));
} catch (e) {
  if (!(e instanceof errors.JOSEError)) {
    throw e;
  }
  console.log(JSON.stringify({refused: e.code, claim: e.claim}));
}
