// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.interfaces.RSAPublicKey;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.wire.KeySets.PublicJwk;

class KeySetsTest {
    @Test
    void the_thumbprint_is_that_of_rfc_7638() {
        // RFC 8037 appendix A.3
        String ed25519 =
                "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}";
        assertThat(KeySets.thumbprint(ed25519))
                .isEqualTo("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void a_generated_key_is_one_that_is_accepted(Algorithm algorithm) {
        String jwk = KeySets.generate(algorithm);
        String publicPart = KeySets.publicPart(jwk);
        assertThat(publicPart).doesNotContain("\"d\":");
        String kid = Json.parse(publicPart).get("kid").textValue();
        assertThat(kid)
                .isEqualTo(KeySets.thumbprint(jwk))
                .isEqualTo(KeySets.thumbprint(publicPart));
        List<PublicJwk> usable = KeySets.usable("{\"keys\":[" + publicPart + "]}");
        assertThat(usable).hasSize(1);
        assertThat(usable.getFirst().kid()).contains(kid);
        assertThat(usable.getFirst().algorithm()).contains(algorithm.name());
        assertThat(usable.getFirst().use()).contains("sig");
        assertThat(usable.getFirst().key()).isEqualTo(KeySets.publicKey(publicPart));
    }

    @Test
    void of_a_fetched_set_only_what_can_verify_is_used() {
        String good = KeySets.publicPart(KeySets.generate(Algorithm.ES256));
        ObjectNode rsa =
                (ObjectNode) Json.parse(KeySets.publicPart(KeySets.generate(Algorithm.RS256)));
        ArrayNode keys = Json.array();
        keys.add(Json.parse("{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}"));
        keys.add(Json.parse(KeySets.generate(Algorithm.ES256)));
        keys.add(((ObjectNode) Json.parse(good)).put("x", "AAAA"));
        keys.add(
                ((ObjectNode) Json.parse(good))
                        .put("y", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        keys.add(rsa.deepCopy().put("n", "AQAB"));
        keys.add(rsa.deepCopy().set("key_ops", Json.array().add("encrypt")));
        keys.add(Json.parse("{\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\",\"pub\":\"AAAA\"}"));
        keys.add(Json.parse("{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAA\"}"));
        keys.add("no key");
        keys.add(Json.parse(good));
        rsa.remove(List.of("kid", "alg", "use"));
        keys.add(rsa.put("x5c", "whatever it is"));
        List<PublicJwk> usable =
                KeySets.usable(Json.canonical(Json.object().put("issuer", "x").set("keys", keys)));
        assertThat(usable).hasSize(2);
        assertThat(usable.get(0).key()).isEqualTo(KeySets.publicKey(good));
        assertThat(usable.get(1).kid()).isEqualTo(Optional.empty());
        assertThat(usable.get(1).key()).isInstanceOf(RSAPublicKey.class);
    }

    @Test
    void a_set_that_is_none_is_refused() {
        assertThatThrownBy(() -> KeySets.usable("<html>")).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> KeySets.usable("[]")).hasMessage("must be an object");
        assertThatThrownBy(() -> KeySets.usable("{}")).hasMessage("`keys`: is missing");
        assertThatThrownBy(() -> KeySets.usable("{\"keys\":[" + "1,".repeat(100) + "1]}"))
                .hasMessage("`keys`: must hold at most 100 items");
        assertThatThrownBy(() -> KeySets.usable(" ".repeat(1024 * 1024) + "{\"keys\":[]}"))
                .hasMessageContaining("1048576");
    }

    @Test
    void a_signer_is_made_of_a_private_key_that_may_publish() {
        String p256 = KeySets.generate(Algorithm.ES256);
        assertThat(EventSigner.of(p256).kid().value()).isEqualTo(KeySets.thumbprint(p256));
        assertThat(EventSigner.of(p256).publicJwk()).isEqualTo(KeySets.publicPart(p256));
        assertThatThrownBy(() -> EventSigner.of(KeySets.publicPart(p256)))
                .hasMessage("must be a private key");
        assertThatThrownBy(() -> EventSigner.of(KeySets.generate(Algorithm.RS256)))
                .hasMessage("must be a P-256 or an Ed25519 key");
        assertThatThrownBy(() -> EventSigner.of("secret")).isInstanceOf(MalformedException.class);
        ObjectNode nameless = (ObjectNode) Json.parse(p256);
        nameless.remove("kid");
        assertThatThrownBy(() -> EventSigner.of(Json.canonical(nameless)))
                .hasMessage("`kid`: is missing");
    }
}
