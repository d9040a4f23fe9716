// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PresentedToken;

class DecisionCodecTest {
    @Test
    void a_permit_is_read_back_whole() {
        assertThat(roundTrip(Samples.permit())).isEqualTo(Samples.permit());
    }

    @Test
    void a_denial_before_the_decision_is_read_back_whole() {
        assertThat(roundTrip(Samples.denial())).isEqualTo(Samples.denial());
    }

    @Test
    void a_token_that_expires_in_no_year_of_rfc_3339_can_be_landed() {
        DecisionRecord decision = withSubject(Instant.ofEpochSecond(99_999_999_999_999L), "1");
        assertThat(roundTrip(decision)).isEqualTo(decision);
    }

    @Test
    void a_claim_as_deep_as_a_token_may_hold_can_be_landed() {
        String deep = "[".repeat(Json.MAX_DEPTH - 1) + "]".repeat(Json.MAX_DEPTH - 1);
        DecisionRecord decision = withSubject(Instant.EPOCH, deep);
        assertThat(roundTrip(decision)).isEqualTo(decision);
    }

    @Test
    void a_record_of_a_newer_release_is_refused_by_name() {
        byte[] newer =
                new String(DecisionCodec.encode(Samples.permit()), UTF_8)
                        .replace("\"v\":1", "\"v\":2")
                        .getBytes(UTF_8);
        assertThatThrownBy(() -> DecisionCodec.decode(newer))
                .isInstanceOf(MalformedException.class)
                .hasMessage("`v`: must be 1, the version that is known here");
    }

    private static DecisionRecord roundTrip(DecisionRecord decision) {
        return DecisionCodec.decode(DecisionCodec.encode(decision));
    }

    private static DecisionRecord withSubject(Instant expiresAt, String claim) {
        DecisionRecord d = Samples.permit();
        Exchange exchange = d.exchange().orElseThrow();
        PresentedToken t = exchange.subject();
        TreeMap<String, String> claims = new TreeMap<>(t.claims());
        claims.put("other", claim);
        PresentedToken subject =
                new PresentedToken(
                        t.ref(),
                        t.origin(),
                        t.party(),
                        t.kind(),
                        t.idToken(),
                        t.audiences(),
                        t.authorizedParty(),
                        t.scopes(),
                        t.issuedAt(),
                        expiresAt,
                        t.actors(),
                        t.mayAct(),
                        t.boundTo(),
                        t.authTime(),
                        t.acr(),
                        t.amr(),
                        claims);
        return new DecisionRecord(
                d.id(),
                d.position(),
                d.generation(),
                d.foldVersion(),
                d.decideVersion(),
                d.now(),
                d.client(),
                Optional.of(
                        new Exchange(
                                exchange.client(),
                                subject,
                                exchange.actor(),
                                exchange.targets(),
                                exchange.requested(),
                                exchange.proven())),
                d.found(),
                d.permitted(),
                d.targets(),
                d.rules(),
                d.granted(),
                d.reasons(),
                d.tokenId(),
                d.tokenExpiresAt(),
                d.lineage(),
                d.admits(),
                d.latency());
    }
}
