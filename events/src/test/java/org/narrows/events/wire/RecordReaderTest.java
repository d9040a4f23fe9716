// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.state.ReadRecord.Malformed;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.state.ReadRecord.Unknown;
import org.narrows.events.state.ReadRecord.Unreadable;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;

class RecordReaderTest {
    private static final String KEY = KeySets.generate(Algorithm.EdDSA);
    private static final EventSigner SIGNER = EventSigner.of(KEY);
    private static final byte[] EVENT = Golden.text("events/user.removed.v1.json").getBytes(UTF_8);
    private static final String HEADER =
            "{\"alg\":\"EdDSA\",\"kid\":\"k\",\"b64\":false,\"crit\":[\"b64\"],\"log\":\"l\",\"actor\":\"a\"}";
    private static final String SIGNATURE = "A".repeat(86);

    static Stream<Arguments> badSignatures() {
        return Stream.of(
                header(
                        "another algorithm",
                        HEADER.replace("EdDSA", "RS256"),
                        "`header.alg`: must be `ES256` or `EdDSA`"),
                header(
                        "no algorithm",
                        HEADER.replace("EdDSA", "none"),
                        "`header.alg`: must be `ES256` or `EdDSA`"),
                header(
                        "an encoded payload",
                        HEADER.replace("false", "true"),
                        "`header.b64`: must be `false`"),
                header("no b64", HEADER.replace("\"b64\":false,", ""), "`header.b64`: is missing"),
                header(
                        "no crit",
                        HEADER.replace("\"crit\":[\"b64\"],", ""),
                        "`header.crit`: is missing"),
                header(
                        "another crit",
                        HEADER.replace("[\"b64\"]", "[\"b64\",\"exp\"]"),
                        "`header.crit`: must be `[\"b64\"]`"),
                header("no kid", HEADER.replace("\"kid\":\"k\",", ""), "`header.kid`: is missing"),
                header(
                        "no actor",
                        HEADER.replace(",\"actor\":\"a\"", ""),
                        "`header.actor`: is missing"),
                header(
                        "one member more",
                        HEADER.replace("{", "{\"typ\":\"x\","),
                        "`header.typ`: is not known here"),
                header(
                        "a key in the header",
                        HEADER.replace("{", "{\"jwk\":{},"),
                        "`header.jwk`: is not known here"),
                header(
                        "a member twice",
                        HEADER.replace("{", "{\"kid\":\"j\","),
                        "`kid`: is there twice"),
                header("no JSON", "alg", "not JSON"),
                Arguments.of(
                        "a header that is not base64url",
                        "a+b=.." + SIGNATURE,
                        "its header is not base64url"),
                Arguments.of("no dots", encoded(HEADER), "is not of the form `header..signature`"),
                Arguments.of(
                        "an attached payload",
                        encoded(HEADER) + ".e30." + SIGNATURE,
                        "is not of the form `header..signature`"),
                Arguments.of(
                        "a short signature",
                        encoded(HEADER) + "..AAAA",
                        "its signature is not 64 bytes in base64url"),
                Arguments.of(
                        "padding",
                        encoded(HEADER) + ".." + SIGNATURE + "==",
                        "its signature is not 64 bytes in base64url"),
                Arguments.of(
                        "stray bits",
                        encoded(HEADER) + ".." + "A".repeat(85) + "B",
                        "its signature is not 64 bytes in base64url"),
                Arguments.of(
                        "a line break",
                        encoded(HEADER) + ".." + SIGNATURE + "\n",
                        "its signature is not 64 bytes in base64url"),
                Arguments.of(
                        "too much",
                        "A".repeat(5_000) + ".." + SIGNATURE,
                        "has more than 4096 bytes"),
                Arguments.of("nothing", "", "is not of the form `header..signature`"));
    }

    private static Arguments header(String what, String json, String problem) {
        return Arguments.of(what, encoded(json) + ".." + SIGNATURE, problem);
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badSignatures")
    void a_signature_of_another_form_is_not_authentic(String what, String sig, String problem) {
        assertThat(read(EVENT, sig))
                .isEqualTo(new Unreadable("the `sig` header is malformed: " + problem));
    }

    @Test
    void a_record_without_value_is_not_authentic() {
        assertThat(read(null, signed(EVENT))).isEqualTo(new Unreadable("the record has no value"));
        assertThat(read(new byte[0], signed(EVENT)))
                .isEqualTo(new Unreadable("the value cannot be read: not JSON"));
    }

    @Test
    void a_record_needs_exactly_one_signature() {
        byte[] sig = signed(EVENT).getBytes(US_ASCII);
        assertThat(RecordReader.read(Samples.NOON, EVENT, List.of()).content())
                .isEqualTo(new Unreadable("the record has no `sig` header"));
        assertThat(RecordReader.read(Samples.NOON, EVENT, List.of(sig, sig)).content())
                .isEqualTo(new Unreadable("the record has more than one `sig` header"));
        assertThat(
                        RecordReader.read(Samples.NOON, EVENT, Collections.singletonList(null))
                                .content())
                .isInstanceOf(Unreadable.class);
    }

    @Test
    void the_hashes_are_those_of_the_chain() {
        byte[] one = {1};
        byte[] two = {2, 3};
        ReadRecord record = RecordReader.read(Samples.NOON, null, Arrays.asList(one, null, two));
        assertThat(record.valueHash()).isEqualTo(Hash.sha256());
        assertThat(record.sigHash()).isEqualTo(Hash.sha256(new byte[] {1, 2, 3}));
        assertThat(RecordReader.read(Samples.NOON, EVENT, List.of()).valueHash())
                .isEqualTo(Hash.sha256(EVENT));
    }

    @Test
    void a_value_beyond_eight_mebibytes_is_not_authentic() {
        byte[] huge = new byte[Topics.MAX_VALUE_BYTES + 1];
        Arrays.fill(huge, (byte) ' ');
        assertThat(read(huge, signed(EVENT)))
                .isEqualTo(new Unreadable("the value has more than 8388608 bytes"));
    }

    static Stream<Arguments> unreadableValues() {
        String event = new String(EVENT, UTF_8);
        String noType = "the value names no type of ours, such as `org.narrows.policy.changed.v1`";
        return Stream.of(
                Arguments.of("text", "hello", "the value cannot be read: not JSON"),
                Arguments.of("a list", "[]", noType),
                Arguments.of("no type", "{}", noType),
                Arguments.of(
                        "a type that is no text",
                        event.replaceAll("\"type\":\"[^\"]*\"", "\"type\":7"),
                        noType),
                Arguments.of(
                        "another's type",
                        event.replace("org.narrows.user", "com.example.user"),
                        noType),
                Arguments.of(
                        "a type without version", event.replace("removed.v1", "removed"), noType),
                Arguments.of("version 0", event.replace("removed.v1", "removed.v0"), noType),
                Arguments.of(
                        "a member twice",
                        event.replace("{\"data\"", "{\"id\":\"x\",\"data\""),
                        "the value cannot be read: `id`: is there twice"),
                Arguments.of(
                        "33 levels",
                        event.replace("\"alice\"", "[".repeat(31) + "]".repeat(31)),
                        "the value cannot be read: `data.user.subject"
                                + "[0]".repeat(29)
                                + "`: nested more than 32 levels deep"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unreadableValues")
    void a_value_that_cannot_be_read_is_not_authentic(String what, String value, String reason) {
        assertThat(read(value.getBytes(UTF_8), signed(value.getBytes(UTF_8))))
                .isEqualTo(new Unreadable(reason));
    }

    @Test
    void a_value_that_is_not_utf_8_is_not_authentic() {
        byte[] latin = EVENT.clone();
        latin[new String(EVENT, UTF_8).indexOf("alice")] = (byte) 0xe4;
        assertThat(read(latin, signed(latin)))
                .isEqualTo(new Unreadable("the value cannot be read: not JSON"));
    }

    @Test
    void a_type_or_version_yet_to_come_is_unknown_and_its_signature_can_be_checked() {
        byte[] next = new String(EVENT, UTF_8).replace("removed.v1", "removed.v2").getBytes(UTF_8);
        Signed signed = (Signed) read(next, signed(next));
        assertThat(signed.body()).isEqualTo(new Unknown());
        assertThat(signed.type()).isEqualTo("user.removed.v2");
        assertThat(signed.signedBy().key(SIGNER.publicJwk())).isTrue();
    }

    @Test
    void a_signature_holds_for_its_bytes_and_its_key_alone() {
        Signed good = (Signed) read(EVENT, signed(EVENT));
        assertThat(good.signedBy().key(SIGNER.publicJwk())).isTrue();
        assertThat(good.signedBy().key(KeySets.publicPart(KeySets.generate(Algorithm.EdDSA))))
                .isFalse();
        assertThat(good.signedBy().key(KeySets.publicPart(KeySets.generate(Algorithm.ES256))))
                .isFalse();
        assertThat(good.signedBy().key(KeySets.publicPart(KeySets.generate(Algorithm.RS256))))
                .isFalse();
        assertThat(good.signedBy().key("{}")).isFalse();
        byte[] spaced = (new String(EVENT, UTF_8) + " ").getBytes(UTF_8);
        assertThat(((Signed) read(spaced, signed(EVENT))).signedBy().key(SIGNER.publicJwk()))
                .isFalse();
    }

    @Test
    void an_ec_signature_of_zeros_is_false_and_no_failure() {
        String header = encoded(HEADER.replace("EdDSA", "ES256"));
        Signed record = (Signed) read(EVENT, header + ".." + SIGNATURE);
        assertThat(record.signedBy().key(KeySets.publicPart(KeySets.generate(Algorithm.ES256))))
                .isFalse();
    }

    @Test
    void genesis_is_signed_without_a_log() {
        Signed genesis = (Signed) read(EVENT, SIGNER.signGenesis(EVENT, "narrows|root"));
        assertThat(genesis.signature().log()).isEmpty();
        assertThat(genesis.signedBy().key(SIGNER.publicJwk())).isTrue();
    }

    @Test
    void a_malformed_record_keeps_its_id_where_that_can_be_read() {
        Malformed malformed = malformed(Edits.edited("user.removed.v1", "/data/extra", "1"));
        assertThat(malformed.id()).contains(new EventId("019b7a6c-0000-7000-8000-000000000011"));
        assertThat(malformed.problem()).isEqualTo("`data.extra`: is not known here");
        assertThat(malformed(Edits.edited("user.removed.v1", "/id", "7")).id()).isEmpty();
    }

    /**
     * Names as `/status` shows them; `everything` is a restriction of which nothing can be read.
     */
    private static final String MEANINGS =
            """
            consent.granted.v1 | /data/extra | 1 | nothing
            user.admitted.v1 | /data/extra | 1 | nothing
            invitation.issued.v1 | /data/extra | 1 | nothing
            invitation.redeemed.v1 | /data/extra | 1 | nothing
            quarantine.resolved.v1 | /data/seq | "x" | nothing
            consent.withdrawn.v1 | /data/extra | 1 | [{"user":{"issuer":"https://login.example.com","subject":"alice"},"audience":"billing-api"}]
            consent.withdrawn.v1 | /time | | [{"user":{"issuer":"https://login.example.com","subject":"alice"},"audience":"billing-api"}]
            consent.withdrawn.v1 | /data/audience | 7 | [{"user":{"issuer":"https://login.example.com","subject":"alice"}}]
            consent.withdrawn.v1 | /data/user | "alice" | [{"audience":"billing-api"}]
            consent.withdrawn.v1 | /data/scopes | [] | [{"user":{"issuer":"https://login.example.com","subject":"alice"},"audience":"billing-api"}]
            consent.withdrawn.v1 | /data | [] | everything
            consent.withdrawn.v1 | /data | | everything
            user.removed.v1 | /data/extra | 1 | [{"user":{"issuer":"https://login.example.com","subject":"alice"},"audience":"billing-api"}]
            user.forgotten.v1 | /data/user/extra | 1 | [{"user":{"issuer":"https://login.example.com","subject":"alice"}}]
            user.forgotten.v1 | /data/user/subject | 7 | everything
            invitation.revoked.v1 | /data/extra | 1 | [{"invitation":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}]
            token.revoked.v1 | /data/expiresAt | "soon" | [{"token":"b2f7 9¦x"}]
            token.revoked.v1 | /data/tokenId | 7 | [{"issuer":"https://login.example.com"}]
            subject.revoked.v1 | /data/notBefore | "now" | [{"user":{"issuer":"https://login.example.com","subject":"alice"}}]
            subject.revoked.v1 | /data/subject | 7 | [{"issuer":"https://login.example.com"}]
            key.revoked.v1 | /data/extra | 1 | everything
            key.added.v1 | /data/extra | 1 | nothing
            policy.changed.v1-several | ~~extra | 1 | everything
            policy.changed.v1-audienceDefined | ~~audienceDefined/extra | 1 | nothing
            policy.changed.v1-audienceDefined | /data/changes/1 | {"ruleRetired":{"id":"r"}} | well-formed
            policy.changed.v1-audienceDefined | /data/changes/1 | {"ruleRetired":{"id":"r","extra":1}} | [{"rule":"r"}]
            policy.changed.v1-audienceDefined | /data/changes/1 | {"ruleRetired":{"id":7}} | everything
            policy.changed.v1-audienceDefined | /data/changes/1 | {"ruleUndone":{"id":"r"}} | everything
            policy.changed.v1-audienceDefined | /data/changes/1 | "ruleRetired" | everything
            policy.changed.v1-audienceDefined | /data/changes | "none" | everything
            policy.changed.v1-issuerDistrusted | ~~issuerDistrusted/extra | 1 | [{"issuer":"https://login.example.com"}]
            policy.changed.v1-audienceRetired | ~~audienceRetired/extra | 1 | [{"audience":"some-id"}]
            policy.changed.v1-ruleRetired | ~~ruleRetired/extra | 1 | [{"rule":"some-id"}]
            policy.changed.v1-clientDisabled | ~~clientDisabled/extra | 1 | [{"client":"some-id"}]
            policy.changed.v1-clientRemoved | ~~clientRemoved/extra | 1 | [{"client":"some-id"}]
            policy.changed.v1-clientEnabled | ~~clientEnabled/extra | 1 | nothing
            policy.changed.v1-scopeRetired | ~~scopeRetired/extra | 1 | [{"scope":"invoice.read"}]
            policy.changed.v1-claimRetired | ~~claimRetired/extra | 1 | [{"claim":"email"}]
            policy.changed.v1-clientScopeWithdrawn | ~~clientScopeWithdrawn/scope | 7 | [{"client":"orders-service"}]
            policy.changed.v1-clientScopeWithdrawn | ~~clientScopeWithdrawn/client | 7 | [{"scope":"invoice.read"}]
            policy.changed.v1-clientAudienceWithdrawn | ~~clientAudienceWithdrawn/client | 7 | [{"audience":"billing-api"}]
            policy.changed.v1-ruleDefined | ~~ruleDefined/extra | 1 | nothing
            policy.changed.v1-ruleDefined | ~~ruleDefined/effect | "denny" | [{"client":"orders-service"},{"rule":"orders-to-billing"}]
            policy.changed.v1-ruleDefined-deny | ~~ruleDefined/extra | 1 | [{"client":"orders-service"},{"rule":"no-robots"}]
            policy.changed.v1-ruleDefined-deny | ~~ruleDefined/clients | [] | [{"audience":"billing-api"},{"rule":"no-robots"}]
            policy.changed.v1-ruleDefined-deny | ~~ruleDefined/clients | ["c",7] | [{"audience":"billing-api"},{"rule":"no-robots"}]
            policy.changed.v1-ruleDefined-deny | ~~ruleDefined/to | 7 | [{"client":"orders-service"},{"rule":"no-robots"}]
            policy.changed.v1-ruleRetired | /data/changes/1 | {"ruleRetired":{"id":"some-id"}} | nothing
            policy.changed.v1-audienceRetired | ~~audienceRetired/id | "narrows-admin" | nothing
            policy.changed.v1-scopeRetired | ~~scopeRetired/scope | "policy:write" | nothing
            """;

    static Stream<Arguments> meanings() {
        return MEANINGS.lines().map(line -> Arguments.of((Object[]) line.split(" *[|] *", -1)));
    }

    @ParameterizedTest(name = "{0} with {1} {2} means {3}")
    @MethodSource("meanings")
    void what_a_malformed_record_meant_to_take_away_is_named(
            String file, String pointer, String value, String meaning) {
        byte[] event = Edits.edited(file, pointer.replace("~~", "/data/changes/0/"), value);
        Signed signed = (Signed) read(event, signed(event));
        if (meaning.equals("well-formed")) {
            assertThat(signed.body()).isInstanceOf(ReadRecord.Understood.class);
            return;
        }
        Malformed malformed = (Malformed) signed.body();
        assertThat(malformed.restricts()).isEqualTo(!meaning.equals("nothing"));
        boolean named = meaning.startsWith("[");
        assertThat(RowCodec.encode(malformed.names()))
                .isEqualTo(named ? Json.parse(meaning.replace('¦', '|')) : Json.array());
    }

    private static Malformed malformed(byte[] event) {
        return (Malformed) ((Signed) read(event, signed(event))).body();
    }

    private static String signed(byte[] value) {
        return SIGNER.sign(value, Samples.LOG, "narrows|root");
    }

    private static ReadRecord.Content read(byte @Nullable [] value, String sig) {
        return RecordReader.read(Samples.NOON, value, List.of(sig.getBytes(UTF_8))).content();
    }
}
