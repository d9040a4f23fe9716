// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.Exchange.Parameter;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.PresentedToken.MayAct;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.decision.Provenance;
import org.narrows.events.decision.Provenance.ActorProvenance;
import org.narrows.events.decision.Provenance.Hop;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Confirmation.Certificate;
import org.narrows.events.value.Confirmation.DpopKey;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Position;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/** Values with every member set, so that nothing can be left out of a format unnoticed. */
final class Samples {
    static final IssuerUrl LOGIN = new IssuerUrl("https://login.example.com");
    static final IssuerUrl OURS = new IssuerUrl("https://narrows.example.com");
    static final User ALICE = new User(LOGIN, "alice");
    static final AudienceId ORDERS = new AudienceId("orders-api");
    static final AudienceId BILLING = new AudienceId("billing-api");
    static final AudienceId LEDGER = new AudienceId("ledger-api");
    static final ClientId ORDERS_SERVICE = new ClientId("orders-service");
    static final LogId LOG = new LogId("1HNeOiZeFu7gP1lxi5tdAwGcB9i2xR-Q2jpmbuwTqzU");
    static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private Samples() {}

    static Provenance provenance() {
        Hop first =
                new Hop(
                        ORDERS_SERVICE,
                        List.of(BILLING),
                        List.of(new RuleId("orders-to-billing")),
                        Scopes.of("invoice.read"),
                        17,
                        Mode.IMPERSONATION,
                        Optional.empty(),
                        false);
        Hop second =
                new Hop(
                        new ClientId("billing-service"),
                        List.of(LEDGER, ORDERS),
                        List.of(new RuleId("billing-to-ledger"), new RuleId("billing-to-orders")),
                        Scopes.of("ledger.read", "orders.read"),
                        19,
                        Mode.DELEGATION,
                        Optional.of(ActorKind.CLIENT),
                        true);
        return new Provenance(
                1_769_860_800L,
                List.of(first, second),
                List.of(new ActorProvenance(List.of("login|actor-1", "own-2"), 0, List.of(first))));
    }

    static DecisionRecord permit() {
        PresentedToken subject =
                new PresentedToken(
                        new TokenRef(OURS, "own-1"),
                        new Origin.Own("orders-service", 17, List.of("login|first"), provenance()),
                        ALICE,
                        ActorKind.USER,
                        false,
                        new TreeSet<>(List.of("https://billing.example.com")),
                        Optional.of("orders-service"),
                        Scopes.of("invoice.read"),
                        Optional.of(NOON),
                        NOON.plusSeconds(300),
                        List.of("login|robot"),
                        Optional.of(
                                new MayAct(
                                        Optional.of(LOGIN.value()),
                                        Optional.of("robot"),
                                        new TreeSet<>(List.of("client_id")))),
                        Optional.of(new DpopKey("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")),
                        Optional.of(NOON.minusSeconds(60)),
                        Optional.of("urn:mfa"),
                        new TreeSet<>(List.of("hwk", "pwd")),
                        new TreeMap<>(
                                Map.of(
                                        "email",
                                        "\"alice@example.com\"",
                                        "limits",
                                        "{\"a\":[1,0.5,true]}")));
        PresentedToken actor =
                new PresentedToken(
                        new TokenRef(LOGIN, "sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
                        new Origin.Foreign(LOGIN),
                        new User(LOGIN, "röbot"),
                        ActorKind.CLIENT,
                        true,
                        new TreeSet<>(List.of("a b", "orders-service")),
                        Optional.empty(),
                        Scopes.NONE,
                        Optional.empty(),
                        NOON.plusSeconds(100),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        new TreeSet<>(),
                        new TreeMap<>());
        Exchange exchange =
                new Exchange(
                        ORDERS_SERVICE,
                        subject,
                        Optional.of(actor),
                        List.of(
                                new Target(Parameter.AUDIENCE, "ledger-api"),
                                new Target(Parameter.RESOURCE, "https://orders.example.com")),
                        Optional.of(Scopes.of("ledger.read", "orders.read")),
                        List.of(
                                new DpopKey("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"),
                                new Certificate("bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2")));
        return new DecisionRecord(
                "019b7a6c-0000-7000-8000-000000000001",
                new Position(LOG, 23),
                2,
                1,
                1,
                NOON.plusNanos(123_456_789),
                ORDERS_SERVICE,
                Optional.of(exchange),
                new TreeMap<>(Map.of("signature", "good", "times", "good")),
                true,
                List.of(LEDGER, ORDERS),
                List.of(new RuleId("billing-to-ledger"), new RuleId("billing-to-orders")),
                Optional.of(Scopes.of("ledger.read", "orders.read")),
                List.of(),
                Optional.of("own-3"),
                Optional.of(NOON.plusSeconds(100)),
                List.of("login|first", "own-1"),
                List.of(ORDERS),
                Duration.ofNanos(1_234_567));
    }

    static DecisionRecord denial() {
        return new DecisionRecord(
                "019b7a6c-0000-7000-8000-000000000002",
                new Position(LOG, 23),
                1,
                1,
                1,
                NOON,
                ORDERS_SERVICE,
                Optional.empty(),
                new TreeMap<>(),
                false,
                List.of(),
                List.of(),
                Optional.empty(),
                List.of(
                        new RecordedReason(
                                "invalid_parameter",
                                Map.of("parameter", "scope", "problem", "not \"text\""))),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                Duration.ZERO);
    }
}
