// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.state.ReadRecord.Understood;
import org.narrows.events.value.LogId;

class RecordGoldenTest {
    @ParameterizedTest
    @ValueSource(strings = {"records/es256.json", "records/eddsa.json"})
    void a_signature_made_long_ago_still_verifies(String file) {
        JsonNode fixture = Json.parse(Golden.text(file));
        String privateKey = Json.canonical(fixture.get("privateKey"));
        byte[] value = fixture.get("value").textValue().getBytes(UTF_8);
        byte[] sig = fixture.get("sig").textValue().getBytes(US_ASCII);

        ReadRecord record = RecordReader.read(Samples.NOON, value, List.of(sig));

        Signed signed = (Signed) record.content();
        assertThat(signed.body()).isInstanceOf(Understood.class);
        assertThat(signed.type()).isEqualTo("consent.withdrawn.v1");
        assertThat(signed.signature().actor()).isEqualTo(fixture.get("actor").textValue());
        assertThat(signed.signature().log()).contains(fixture.get("log").textValue());
        assertThat(signed.signature().kid())
                .isEqualTo(fixture.get("privateKey").get("kid").textValue());
        assertThat(signed.signedBy().key(KeySets.publicPart(privateKey))).isTrue();
    }

    @Test
    void what_is_signed_today_is_what_was_signed_then() {
        // Ed25519 signs the same bytes the same way each time (RFC 8032 §5.1.6).
        JsonNode fixture = Json.parse(Golden.text("records/eddsa.json"));
        String sig =
                EventSigner.of(Json.canonical(fixture.get("privateKey")))
                        .sign(
                                fixture.get("value").textValue().getBytes(UTF_8),
                                new LogId(fixture.get("log").textValue()),
                                fixture.get("actor").textValue());
        assertThat(sig).isEqualTo(fixture.get("sig").textValue());
    }
}
