// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is judged of an event without the policy: each line breaks one member and expects its exact
 * path.
 */
class RefusalsTest {
    private static final String CHANGE = "/data/changes/0/";

    static Stream<Arguments> refusals() {
        return Stream.of(ENVELOPE, DATA, POLICY, KEYS)
                .flatMap(String::lines)
                .filter(line -> !line.isBlank())
                .map(line -> line.split(" *[|] *", -1))
                .map(
                        parts ->
                                Arguments.of(
                                        parts[0],
                                        parts[1].replace("~~", CHANGE),
                                        parts[2],
                                        parts[3],
                                        parts[4]));
    }

    @ParameterizedTest(name = "{0} with {1} {2}")
    @MethodSource("refusals")
    void an_event_with_one_wrong_member_is_refused_by_its_path(
            String file, String pointer, String value, String path, String problem) {
        byte[] event = Edits.edited(file, pointer, value.replace('¦', '|'));
        MalformedException refused =
                catchThrowableOfType(MalformedException.class, () -> EventCodec.decode(event));
        assertThat(refused).as("accepted: %s", new String(event, UTF_8)).isNotNull();
        assertThat(refused.path()).isEqualTo(path.replace("~~", "data.changes[0]."));
        assertThat(refused.getMessage()).contains(problem);
    }

    private static final String ENVELOPE =
            """
            user.removed.v1 | /specversion | | specversion | is missing
            user.removed.v1 | /specversion | "0.3" | specversion | must be `1.0`
            user.removed.v1 | /specversion | 1.0 | specversion | must be text
            user.removed.v1 | /id | | id | is missing
            user.removed.v1 | /id | "" | id | 1 to 512
            user.removed.v1 | /id | 7 | id | must be text
            user.removed.v1 | /id | "a\\u0007" | id | control characters
            user.removed.v1 | /source | | source | is missing
            user.removed.v1 | /source | "" | source | 1 to 1024
            user.removed.v1 | /source | "a b" | source | visible ASCII
            user.removed.v1 | /type | | type | is missing
            user.removed.v1 | /type | "org.narrows.user.removed.v2" | type | no type of event
            user.removed.v1 | /type | "user.removed.v1" | type | no type of event
            user.removed.v1 | /type | "com.example.user.removed.v1" | type | no type of event
            user.removed.v1 | /type | null | type | must be text
            user.removed.v1 | /time | | time | is missing
            user.removed.v1 | /time | "yesterday" | time | RFC 3339
            user.removed.v1 | /time | "2026-01-31 12:00:00Z" | time | RFC 3339
            user.removed.v1 | /time | "2026-01-31T12:00:00" | time | RFC 3339
            user.removed.v1 | /time | "2026-13-31T12:00:00Z" | time | RFC 3339
            user.removed.v1 | /time | "2026-02-29T12:00:00Z" | time | RFC 3339
            user.removed.v1 | /time | 1769860800 | time | must be text
            user.removed.v1 | /datacontenttype | "application/xml" | datacontenttype | must be `application/json`
            user.removed.v1 | /datacontenttype | null | datacontenttype | must be text
            user.removed.v1 | /dataschema | "https://example.com" | dataschema | is not known here
            user.removed.v1 | /data_base64 | "AAAA" | data_base64 | is not known here
            user.removed.v1 | /traceparent | "00-1-2-03" | traceparent | is not known here
            user.removed.v1 | /actor | "" | actor | 1 to 512
            user.removed.v1 | /reason | 5 | reason | must be text
            user.removed.v1 | /expectedposition | 17 | expectedposition | must be text
            user.removed.v1 | /expectedposition | "017" | expectedposition | must be a position
            user.removed.v1 | /expectedposition | "-1" | expectedposition | must be a position
            user.removed.v1 | /expectedposition | "latest" | expectedposition | must be a position
            user.removed.v1 | /expectedposition | "1234567890123456" | expectedposition | must be a position
            user.removed.v1 | /data | | data | is missing
            user.removed.v1 | /data | [] | data | must be an object
            """;

    private static final String DATA =
            """
            user.removed.v1 | /data/extra | 1 | data.extra | is not known here
            user.removed.v1 | /data/user | "alice" | data.user | must be an object
            user.removed.v1 | /data/user/issuer | | data.user.issuer | is missing
            user.removed.v1 | /data/user/issuer | "login" | data.user.issuer | http or https URL
            user.removed.v1 | /data/user/subject | "" | data.user.subject | 1 to 255
            user.removed.v1 | /data/user/name | "Alice" | data.user.name | is not known here
            user.removed.v1 | /data/audience | "two words" | data.audience | visible ASCII
            user.removed.v1 | /data/audience | null | data.audience | must be text
            user.forgotten.v1 | /data/user | | data.user | is missing
            user.admitted.v1 | /data/via | "invitation" | data.via | `admin`, `sign-up`
            consent.granted.v1 | /data/scopes | | data.scopes | is missing
            consent.granted.v1 | /data/scopes | [] | data.scopes | must not be empty
            consent.granted.v1 | /data/scopes | "invoice.read" | data.scopes | must be a list
            consent.granted.v1 | /data/scopes/1 | "a b" | data.scopes[1] | visible ASCII
            consent.granted.v1 | /data/client | | data.client | is missing
            consent.withdrawn.v1 | /data/scopes | [] | data.scopes | must not be empty
            consent.withdrawn.v1 | /data/client | "c" | data.client | is not known here
            invitation.issued.v1 | /data/invitation | "secret-code" | data.invitation | sha256:
            invitation.issued.v1 | /data/expiresAt | "2026-02-30T00:00:00Z" | data.expiresAt | an instant in UTC
            invitation.issued.v1 | /data/expiresAt | "2026-02-28T00:00:00+01:00" | data.expiresAt | an instant in UTC
            invitation.issued.v1 | /data/expiresAt | "2026-02-28T24:00:00Z" | data.expiresAt | an instant in UTC
            invitation.issued.v1 | /data/expiresAt | "2026-02-28" | data.expiresAt | an instant in UTC
            invitation.issued.v1 | /data/claims | [] | data.claims | must be an object
            invitation.issued.v1 | /data/claims/sub | "bob" | data.claims.sub | cannot be declared
            invitation.issued.v1 | /data/claims/department | null | data.claims.department | must not be null
            invitation.issued.v1 | /data/claims/limits/day | 9007199254740993 | data.claims.limits.day | must be -9007
            invitation.issued.v1 | /data/claims/limits/day | 1e30 | data.claims.limits.day | too large to be held exactly
            token.revoked.v1 | /data/expiresAt | | data.expiresAt | is missing
            token.revoked.v1 | /data/tokenId | "" | data.tokenId | 1 to 255
            token.revoked.v1 | /data/issuer | "ftp://example.com" | data.issuer | http or https URL
            subject.revoked.v1 | /data/notBefore | 1769860800 | data.notBefore | must be text
            subject.revoked.v1 | /data/subject | | data.subject | is missing
            quarantine.resolved.v1 | /data/seq | "41" | data.seq | must be a whole number
            quarantine.resolved.v1 | /data/seq | 0 | data.seq | must be 1 to 9007199254740991
            quarantine.resolved.v1 | /data/seq | 41.5 | data.seq | must be a whole number
            log.restored.v1 | /data/nextSeq | 9007199254740992 | data.nextSeq | must be 1 to
            log.restored.v1 | /data/head | "1HNeOiZeFu7gP1lxi5tdAwGcB9i2xR-Q2jpmbuwTqzV" | data.head | 32 bytes
            log.opened.v1 | /data/issuer | "https://n.example.com?x" | data.issuer | without query
            log.opened.v1 | /data/nonce | | data.nonce | is missing
            """;

    private static final String POLICY =
            """
            policy.changed.v1-ruleRetired | /data/changes | [] | data.changes | must not be empty
            policy.changed.v1-ruleRetired | /data/changes | {} | data.changes | must be a list
            policy.changed.v1-ruleRetired | /data/changes/0 | {} | data.changes[0] | must hold one change
            policy.changed.v1-ruleRetired | /data/changes/0/clientRemoved | {"id":"c"} | data.changes[0] | must hold one change
            policy.changed.v1-ruleRetired | /data/changes/1 | {"ruleDeleted":{"id":"c"}} | data.changes[1].ruleDeleted | is no change
            policy.changed.v1-ruleRetired | /data/changes/1 | {"ruleRetired":{"id":"some-id"}} | data.changes[1].ruleRetired | same entry as `data.changes[0].ruleRetired`
            policy.changed.v1-clientEnabled | /data/changes/1 | {"clientDisabled":{"id":"some-id"}} | data.changes[1].clientDisabled | same entry
            policy.changed.v1-clientScopeAllowed | /data/changes/1 | {"clientScopeWithdrawn":{"client":"orders-service","scope":"invoice.read"}} | data.changes[1].clientScopeWithdrawn | same entry
            policy.changed.v1-clientAudienceAllowed | /data/changes/1 | {"clientAudienceWithdrawn":{"client":"orders-service","audience":"billing-api"}} | data.changes[1].clientAudienceWithdrawn | same entry
            policy.changed.v1-claimDefined | /data/changes/1 | {"claimRetired":{"claim":"email","audience":"billing-api"}} | data.changes[1].claimRetired | same entry
            policy.changed.v1-scopeDefined | /data/changes/1 | {"scopeRetired":{"scope":"invoice.read"}} | data.changes[1].scopeRetired | same entry
            policy.changed.v1-issuerTrusted-minimal | /data/changes/1 | {"issuerDistrusted":{"issuer":"https://login.example.com"}} | data.changes[1].issuerDistrusted | same entry
            policy.changed.v1-ruleRetired | ~~ruleRetired/why | "x" | ~~ruleRetired.why | is not known here
            policy.changed.v1-audienceRetired | ~~audienceRetired/id | "narrows-admin" | ~~audienceRetired.id | never retired
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/id | "narrows-admin" | ~~audienceDefined.id | never defined anew
            policy.changed.v1-scopeDefined-shared | ~~scopeDefined/scope | "policy:write" | ~~scopeDefined.scope | for good
            policy.changed.v1-scopeDefined | ~~scopeDefined/audience | "narrows-admin" | ~~scopeDefined.audience | for good
            policy.changed.v1-scopeRetired | ~~scopeRetired/scope | "log:operate" | ~~scopeRetired.scope | for good
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/alias | | ~~issuerTrusted.alias | is missing
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/alias | "narrows" | ~~issuerTrusted.alias | is taken
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/alias | "Login" | ~~issuerTrusted.alias | [a-z0-9-]{1,32}
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/jwksUri | | data.changes[0].issuerTrusted | must hold `jwksUri` or `jwks`
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/jwks | {"keys":[]} | data.changes[0].issuerTrusted | must not hold both
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/jwksUri | "http://login.example.com/keys" | ~~issuerTrusted.jwksUri | https
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/jwksUri | "http://127.0.0.1.example.com/keys" | ~~issuerTrusted.jwksUri | https
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/jwksUri | "https://a@login.example.com/keys" | ~~issuerTrusted.jwksUri | user information
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/jwksUri | "https://login.example.com/keys#1" | ~~issuerTrusted.jwksUri | fragment
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/jwksUri | "file:///etc/keys" | ~~issuerTrusted.jwksUri | host
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/algorithms | ["RS256","HS256"] | ~~issuerTrusted.algorithms[1] | RS, PS, ES or EdDSA
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/algorithms | ["none"] | ~~issuerTrusted.algorithms[0] | RS, PS, ES or EdDSA
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/algorithms | [] | ~~issuerTrusted.algorithms | must not be empty
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/subjectTokenTypes | ["saml2"] | ~~issuerTrusted.subjectTokenTypes[0] | one of
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/requireType | ["Application/DPoP+JWT"] | ~~issuerTrusted.requireType[0] | no access tokens
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/requireType | ["JWT","logout+jwt"] | ~~issuerTrusted.requireType[1] | no access tokens
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/requireType | ["secevent+jwt"] | ~~issuerTrusted.requireType[0] | no access tokens
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/requireType | ["oauth-authz-req+jwt"] | ~~issuerTrusted.requireType[0] | no access tokens
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/requireType | ["client-authentication+jwt"] | ~~issuerTrusted.requireType[0] | no access tokens
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/requireType | ["txntoken+jwt"] | ~~issuerTrusted.requireType[0] | no access tokens
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/requireType | ["id_token"] | ~~issuerTrusted.requireType[0] | no access tokens
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/requireType | [] | ~~issuerTrusted.requireType | must not be empty
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/clients | "some" | ~~issuerTrusted.clients | must be `true`, `false`, `all`
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/clients | {"a":"b","c":"d"} | ~~issuerTrusted.clients | must name one claim
            policy.changed.v1-issuerTrusted-minimal | ~~issuerTrusted/primary | "yes" | ~~issuerTrusted.primary | `true` or `false`
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/maxLifetime | "5 minutes" | ~~audienceDefined.maxLifetime | a duration
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/maxLifetime | "PT0S" | ~~audienceDefined.maxLifetime | must be PT1S to
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/maxLifetime | "-PT5M" | ~~audienceDefined.maxLifetime | a duration
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/maxLifetime | "PT-5M" | ~~audienceDefined.maxLifetime | a duration
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/maxLifetime | "P1DT" | ~~audienceDefined.maxLifetime | a duration
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/maxLifetime | "P" | ~~audienceDefined.maxLifetime | a duration
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/maxLifetime | "P1Y" | ~~audienceDefined.maxLifetime | a duration
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/maxLifetime | "P366D" | ~~audienceDefined.maxLifetime | must be PT1S to
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/maxLifetime | 300 | ~~audienceDefined.maxLifetime | must be text
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/maxStaleness | "PT0S" | ~~audienceDefined.maxStaleness | must be PT0.001S to
            policy.changed.v1-audienceDefined-minimal | ~~audienceDefined/requireBinding | "tls" | ~~audienceDefined.requireBinding | one of
            policy.changed.v1-audienceDefined | ~~audienceDefined/formerTokenAudiences/0/until | | ~~audienceDefined.formerTokenAudiences[0].until | is missing
            policy.changed.v1-audienceDefined | ~~audienceDefined/formerTokenAudiences/1 | {"value":"https://old.example.com","until":"2036-01-01T00:00:00Z"} | ~~audienceDefined.formerTokenAudiences | twice
            policy.changed.v1-scopeDefined | ~~scopeDefined/name | | ~~scopeDefined.name | is missing
            policy.changed.v1-scopeDefined | ~~scopeDefined/description | | ~~scopeDefined.description | is missing
            policy.changed.v1-scopeDefined | ~~scopeDefined/kind | | ~~scopeDefined.kind | is missing
            policy.changed.v1-scopeDefined | ~~scopeDefined/kind | "CONSENTABLE" | ~~scopeDefined.kind | one of
            policy.changed.v1-scopeDefined | ~~scopeDefined/scope | "a\\"b" | ~~scopeDefined.scope | visible ASCII
            policy.changed.v1-claimDefined | ~~claimDefined/claim | "sub" | ~~claimDefined.claim | cannot be declared
            policy.changed.v1-claimDefined | ~~claimDefined/claim | "scope" | ~~claimDefined.claim | cannot be declared
            policy.changed.v1-claimDefined | ~~claimDefined/claim | "may_act" | ~~claimDefined.claim | cannot be declared
            policy.changed.v1-claimDefined | ~~claimDefined/claim | "provenance" | ~~claimDefined.claim | cannot be declared
            policy.changed.v1-claimDefined | ~~claimDefined/claim | "auth_time" | ~~claimDefined.claim | cannot be declared
            policy.changed.v1-clientRegistered | ~~clientRegistered/scopes | ["a"] | ~~clientRegistered.scopes | is not known here
            policy.changed.v1-clientRegistered | ~~clientRegistered/audiences | ["a"] | ~~clientRegistered.audiences | is not known here
            policy.changed.v1-clientRegistered | ~~clientRegistered/audience | | ~~clientRegistered.audience | is missing
            policy.changed.v1-clientRegistered | ~~clientRegistered/authentication | | ~~clientRegistered.authentication | is missing
            policy.changed.v1-clientRegistered | ~~clientRegistered/authentication/method | "none" | ~~clientRegistered.authentication.method | one of
            policy.changed.v1-clientRegistered | ~~clientRegistered/authentication/secretHash | "x" | ~~clientRegistered.authentication.secretHash | is not known here
            policy.changed.v1-clientRegistered | ~~clientRegistered/authentication/assertionAudience | "anyone" | ~~clientRegistered.authentication.assertionAudience | one of
            policy.changed.v1-clientRegistered | ~~clientRegistered/knownAs | {"login":"x"} | ~~clientRegistered.knownAs.login | http or https URL
            policy.changed.v1-clientRegistered-secret | ~~clientRegistered/authentication/secretHash | "hunter2" | ~~clientRegistered.authentication.secretHash | sha256:
            policy.changed.v1-clientRegistered-secret | ~~clientRegistered/authentication/secretHash | | data.changes[0].clientRegistered.authentication | must hold `secretHash` or
            policy.changed.v1-clientRegistered-secrets | ~~clientRegistered/authentication/secretHashes | [] | ~~clientRegistered.authentication.secretHashes | must not be empty
            policy.changed.v1-clientRegistered-san-dns | ~~clientRegistered/authentication/sanUri | "x:y" | data.changes[0].clientRegistered.authentication | must hold one of
            policy.changed.v1-clientRegistered-federated | ~~clientRegistered/authentication/maxAge | "P2D" | ~~clientRegistered.authentication.maxAge | must be PT1S to PT24H
            policy.changed.v1-clientRegistered-federated | ~~clientRegistered/authentication/subject | | ~~clientRegistered.authentication.subject | is missing
            policy.changed.v1-ruleDefined | ~~ruleDefined/effect | | ~~ruleDefined.effect | is missing
            policy.changed.v1-ruleDefined | ~~ruleDefined/to | | ~~ruleDefined.to | is missing
            policy.changed.v1-ruleDefined | ~~ruleDefined/from | 1 | ~~ruleDefined.from | must be text
            policy.changed.v1-ruleDefined | ~~ruleDefined/scopes | | ~~ruleDefined.scopes | is missing
            policy.changed.v1-ruleDefined | ~~ruleDefined/scopes | ["a"] | ~~ruleDefined.scopes | must be an object
            policy.changed.v1-ruleDefined | ~~ruleDefined/scopes/orders.read | "invoice.read" | ~~ruleDefined.scopes.orders.read | must be a list
            policy.changed.v1-ruleDefined | ~~ruleDefined/clients | [] | ~~ruleDefined.clients | must not be empty
            policy.changed.v1-ruleDefined | ~~ruleDefined/issuers | [] | ~~ruleDefined.issuers | must not be empty
            policy.changed.v1-ruleDefined | ~~ruleDefined/modes | [] | ~~ruleDefined.modes | must not be empty
            policy.changed.v1-ruleDefined | ~~ruleDefined/modes | ["both"] | ~~ruleDefined.modes[0] | one of
            policy.changed.v1-ruleDefined | ~~ruleDefined/maxChainDepth | 0 | ~~ruleDefined.maxChainDepth | must be 1 to 8
            policy.changed.v1-ruleDefined | ~~ruleDefined/maxChainDepth | 9 | ~~ruleDefined.maxChainDepth | must be 1 to 8
            policy.changed.v1-ruleDefined | ~~ruleDefined/maxChainDepth | 1.5 | ~~ruleDefined.maxChainDepth | must be a whole number
            policy.changed.v1-ruleDefined | ~~ruleDefined/notAfter | "2026-01-01T00:00:00Z" | ~~ruleDefined.notAfter | later than `notBefore`
            policy.changed.v1-ruleDefined | ~~ruleDefined/conditions/amr | [] | ~~ruleDefined.conditions.amr | must not be empty
            policy.changed.v1-ruleDefined | ~~ruleDefined/conditions/ip | ["10.0.0.0/8"] | ~~ruleDefined.conditions.ip | is not known here
            policy.changed.v1-ruleDefined | ~~ruleDefined/boundSubject | true | ~~ruleDefined.boundSubject | must be text
            policy.changed.v1-ruleDefined-deny | ~~ruleDefined/scopes | {} | ~~ruleDefined.scopes | no place in a rule that denies
            policy.changed.v1-ruleDefined-deny | ~~ruleDefined/maxLifetime | "PT1M" | ~~ruleDefined.maxLifetime | no place in a rule that denies
            policy.changed.v1-ruleDefined-deny | ~~ruleDefined/maxChainDepth | 1 | ~~ruleDefined.maxChainDepth | no place in a rule that denies
            policy.changed.v1-ruleDefined-deny | ~~ruleDefined/combinable | false | ~~ruleDefined.combinable | no place in a rule that denies
            policy.changed.v1-ruleDefined-deny | ~~ruleDefined/boundSubject | "refuse" | ~~ruleDefined.boundSubject | no place in a rule that denies
            policy.changed.v1-ruleDefined | ~~ruleDefined/to | "narrows-admin" | ~~ruleDefined.maxChainDepth | must be 1
            policy.changed.v1-ruleDefined-minimal | ~~ruleDefined/to | "narrows-admin" | ~~ruleDefined.clients | must name its clients
            """;

    private static final String KEYS =
            """
            log.opened.v1 | /data/rootKey/d | "AAAA" | data.rootKey.d | private key
            log.opened.v1 | /data/rootKey/kid | "root" | data.rootKey.kid | thumbprint
            log.opened.v1 | /data/rootKey/x | "AAAA" | data.rootKey.x | must have 32 bytes
            log.opened.v1 | /data/rootKey/x | "jm-qk1Gs8_HdV0t_qufZAu17c9N9zH1G41mZnrfAycR" | data.rootKey.x | base64url
            log.opened.v1 | /data/rootKey/y | "zQwWCaB1Cl_C1Dgirbpd1T-3SlTeh9LZAXJGIRovLAA" | data.rootKey.x | not on the curve
            log.opened.v1 | /data/rootKey/crv | "secp256k1" | data.rootKey.crv | `P-256`, `P-384` or `P-521`
            log.opened.v1 | /data/rootKey/kty | "oct" | data.rootKey.kty | must be `RSA`, `EC` or `OKP`
            log.opened.v1 | /data/rootKey | "key" | data.rootKey | must be an object
            key.added.v1 | /data/key/kid | | data.key.kid | is missing
            key.added.v1 | /data/key/crv | "X25519" | data.key.crv | `Ed25519` or `Ed448`
            key.added.v1 | /data/key/x | "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" | data.key.x | not on the curve
            key.added.v1 | /data/types | [] | data.types | must not be empty
            key.added.v1 | /data/types | ["policy.changed"] | data.types[0] | with its version
            key.added.v1 | /data/types | ["policy.changed.v1","key.added.v1"] | data.types[1] | root key alone
            key.added.v1 | /data/types | ["log.restored.v1"] | data.types[0] | root key alone
            key.added.v1 | /data/audiences | [] | data.audiences | must not be empty
            key.added.v1 | /data/admin | "true" | data.admin | `true` or `false`
            key.revoked.v1 | /data/kid | | data.kid | is missing
            policy.changed.v1-issuerTrusted | ~~issuerTrusted/jwks/keys/2/n | "AQAB" | ~~issuerTrusted.jwks.keys[2].n | 2048 to 16384 bits
            policy.changed.v1-issuerTrusted | ~~issuerTrusted/jwks/keys/2/e | "AQ" | ~~issuerTrusted.jwks.keys[2].e | odd number
            policy.changed.v1-issuerTrusted | ~~issuerTrusted/jwks/keys/2/p | "AQAB" | ~~issuerTrusted.jwks.keys[2].p | private key
            policy.changed.v1-issuerTrusted | ~~issuerTrusted/jwks/keys/5 | {"kty":"oct","k":"c2VjcmV0"} | ~~issuerTrusted.jwks.keys[5].kty | must be `RSA`
            policy.changed.v1-issuerTrusted | ~~issuerTrusted/jwks/keys | [] | ~~issuerTrusted.jwks.keys | at least one key
            policy.changed.v1-issuerTrusted | ~~issuerTrusted/jwks/issuer | "x" | ~~issuerTrusted.jwks.issuer | is not known here
            policy.changed.v1-issuerTrusted | ~~issuerTrusted/jwks/keys/0/kid | 7 | ~~issuerTrusted.jwks.keys[0].kid | must be text
            """;

    static List<Arguments> texts() {
        String event = Golden.text("events/user.removed.v1.json");
        return Arrays.asList(
                Arguments.of("a byte order mark", "\uFEFF" + event, "", "byte order mark"),
                Arguments.of("nothing", "", "", "not JSON: empty"),
                Arguments.of("two values", event + "{}", "", "something follows"),
                Arguments.of("a comment", "/**/" + event, "", "not JSON"),
                Arguments.of("a trailing comma", event.replaceAll("}$", ",}"), "", "not JSON"),
                Arguments.of("half", event.substring(0, 100), "", "not JSON"),
                Arguments.of("not a number", event.replace("\"1.0\"", "NaN"), "", "not JSON"),
                Arguments.of("single quotes", event.replace('"', '\''), "", "not JSON"),
                Arguments.of(
                        "a huge number",
                        event.replace("\"1.0\"", "1e999"),
                        "specversion",
                        "too large"),
                Arguments.of(
                        "a member twice",
                        event.replace("\"audience\":", "\"audience\":\"other\",\"audience\":"),
                        "data.audience",
                        "is there twice"),
                Arguments.of(
                        "a member twice, once with an escape",
                        event.replace(
                                "\"audience\":", "\"audienc\\u0065\":\"other\",\"audience\":"),
                        "data.audience",
                        "is there twice"),
                Arguments.of(
                        "half a surrogate pair",
                        event.replace("\"alice\"", "\"\\ud83d\""),
                        "data.user.subject",
                        "unpaired surrogate"),
                Arguments.of(
                        "half a surrogate pair in a name",
                        event.replace("\"subject\"", "\"\\udc00\""),
                        "data.user.?",
                        "unpaired surrogate"),
                Arguments.of(
                        "33 levels",
                        event.replace("\"alice\"", "[".repeat(30) + "]".repeat(30)),
                        "data.user.subject" + "[0]".repeat(29),
                        "more than 32 levels"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("texts")
    void text_that_is_no_strict_json_is_refused(
            String what, String text, String path, String problem) {
        MalformedException refused =
                catchThrowableOfType(
                        MalformedException.class, () -> EventCodec.decode(text.getBytes(UTF_8)));
        assertThat(refused).isNotNull();
        assertThat(refused.path()).isEqualTo(path);
        assertThat(refused.getMessage()).contains(problem);
    }
}
