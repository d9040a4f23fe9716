// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class ProvenanceCodecTest {
    @Test
    void the_claim_is_written_as_the_design_says() {
        assertThat(Json.canonical(ProvenanceCodec.encode(Samples.provenance())))
                .isEqualTo(
                        Json.canonical(
                                Json.parse(
                                        """
                                        {"iat": 1769860800,
                                         "hops": [
                                           {"client": "orders-service", "to": "billing-api", "rules": ["orders-to-billing"],
                                            "scope": "invoice.read", "seq": 17, "mode": "impersonation"},
                                           {"client": "billing-service", "to": ["ledger-api", "orders-api"],
                                            "rules": ["billing-to-ledger", "billing-to-orders"],
                                            "scope": "ledger.read orders.read", "seq": 19, "mode": "delegation",
                                            "actor": "client", "open": true}],
                                         "actors": [
                                           {"lineage": ["login|actor-1", "own-2"], "iat": 0, "hops": [
                                             {"client": "orders-service", "to": "billing-api", "rules": ["orders-to-billing"],
                                              "scope": "invoice.read", "seq": 17, "mode": "impersonation"}]}]}
                                        """)));
    }

    @Test
    void the_claim_is_read_back_whole() {
        assertThat(ProvenanceCodec.decode(ProvenanceCodec.encode(Samples.provenance())))
                .isEqualTo(Samples.provenance());
    }

    @Test
    void a_hop_needs_a_rule_for_each_target() {
        ObjectNode claim = ProvenanceCodec.encode(Samples.provenance());
        ((ObjectNode) claim.get("hops").get(1)).putArray("rules").add("billing-to-ledger");
        assertThatThrownBy(() -> ProvenanceCodec.decode(claim))
                .isInstanceOf(MalformedException.class)
                .hasMessage("`provenance.hops[1]`: a hop has one rule for each target");
    }
}
