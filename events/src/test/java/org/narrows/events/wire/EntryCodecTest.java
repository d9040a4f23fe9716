// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.Audience.BindingRequirement;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.Client.ExcessScope;
import org.narrows.events.policy.ClientAuthentication.AssertionAudience;
import org.narrows.events.policy.ClientAuthentication.FederatedJwt;
import org.narrows.events.policy.ClientAuthentication.PrivateKeyJwt;
import org.narrows.events.policy.ClientEntry;
import org.narrows.events.policy.ClientTokens;
import org.narrows.events.policy.Entry;
import org.narrows.events.policy.KeySource;
import org.narrows.events.policy.Kind;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Conditions;
import org.narrows.events.policy.Rule.Deny;
import org.narrows.events.policy.Rule.Match;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.Alias;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;

/**
 * The defaults of DESIGN §4: a default that drifts changes what old events mean, though no byte of
 * them.
 */
class EntryCodecTest {
    private static final URI KEYS = URI.create("https://login.example.com/keys");

    @Test
    void an_issuer_has_the_defaults_of_the_design() {
        roundTrip(
                Kind.ISSUERS,
                "{\"issuer\":\"https://login.example.com\",\"alias\":\"login\",\"jwksUri\":\""
                        + KEYS
                        + "\"}",
                new TrustedIssuer(
                        Samples.LOGIN,
                        new Alias("login"),
                        false,
                        new KeySource.Remote(KEYS),
                        new TreeSet<>(
                                Set.of(
                                        Algorithm.RS256,
                                        Algorithm.PS256,
                                        Algorithm.ES256,
                                        Algorithm.EdDSA)),
                        new TreeSet<>(Set.of(SubjectTokenType.ACCESS_TOKEN, SubjectTokenType.JWT)),
                        new TreeSet<>(Set.of("at+jwt", "jwt", "none")),
                        Optional.empty(),
                        List.of("scope", "scp"),
                        new ClientTokens.Never()));
    }

    @Test
    void an_audience_has_the_defaults_of_the_design() {
        roundTrip(
                Kind.AUDIENCES,
                "{\"id\":\"orders-api\"}",
                new Audience(
                        Samples.ORDERS,
                        "orders-api",
                        List.of(),
                        Optional.empty(),
                        true,
                        false,
                        Duration.ofMinutes(5),
                        Optional.empty(),
                        BindingRequirement.NONE,
                        new TreeSet<>()));
    }

    @Test
    void a_client_has_the_defaults_of_the_design() {
        String jwks = "{\"method\":\"private_key_jwt\",\"jwksUri\":\"" + KEYS + "\"}";
        String entry =
                "{\"id\":\"orders-service\",\"audience\":\"orders-api\",\"authentication\":"
                        + jwks
                        + "}";
        Client client =
                new Client(
                        Samples.ORDERS_SERVICE,
                        Samples.ORDERS,
                        new PrivateKeyJwt(new KeySource.Remote(KEYS), AssertionAudience.ISSUER),
                        new TreeMap<>(),
                        ExcessScope.REFUSE);
        roundTrip(Kind.CLIENTS, entry, client);

        ClientEntry without = new ClientEntry(client, Scopes.NONE, new TreeSet<>());
        assertThat(EntryCodec.decodeClient(Json.parse(entry), "")).isEqualTo(without);
        assertThat(Json.canonical(EntryCodec.encode(without)))
                .isEqualTo(Json.canonical(Json.parse(entry)));
    }

    @Test
    void a_client_in_a_file_lists_what_it_may_have() {
        String entry =
                "{\"id\":\"c\",\"audience\":\"orders-api\",\"audiences\":[\"billing-api\"],\"scopes\":[\"b\",\"a\"],"
                        + "\"authentication\":{\"method\":\"client_secret\","
                        + "\"secretHash\":\"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\"}}";
        ClientEntry read = EntryCodec.decodeClient(Json.parse(entry), "clients[0]");
        assertThat(read.scopes()).isEqualTo(Scopes.of("a", "b"));
        assertThat(read.audiences()).containsExactly(Samples.BILLING);
        assertThat(EntryCodec.decodeClient(EntryCodec.encode(read), "")).isEqualTo(read);
        assertThatThrownBy(() -> EntryCodec.decode(Kind.CLIENTS, Json.parse(entry), "clients[0]"))
                .hasMessage("`clients[0].audiences`: is not known here");
    }

    @Test
    void a_federated_client_has_a_token_of_an_hour() {
        Entry client =
                EntryCodec.decode(
                        Kind.CLIENTS,
                        Json.parse(
                                "{\"id\":\"c\",\"audience\":\"a\",\"authentication\":{\"method\":\"federated_jwt\","
                                        + "\"issuer\":\"https://login.example.com\",\"subject\":\"s\"}}"),
                        "");
        assertThat(((Client) client).authentication())
                .isEqualTo(new FederatedJwt(Samples.LOGIN, "s", Duration.ofHours(1)));
    }

    @Test
    void a_rule_has_the_defaults_of_the_design() {
        roundTrip(
                Kind.RULES,
                "{\"id\":\"r\",\"effect\":\"allow\",\"from\":\"orders-api\",\"to\":\"billing-api\","
                        + "\"scopes\":{\"orders.read\":[\"invoice.read\"]}}",
                new Allow(
                        new RuleId("r"),
                        match(Set.of(Mode.IMPERSONATION), Set.of(ActorKind.CLIENT)),
                        new TreeMap<>(
                                Map.of(new ScopeName("orders.read"), Scopes.of("invoice.read"))),
                        Optional.empty(),
                        1,
                        false,
                        false));
        roundTrip(
                Kind.RULES,
                "{\"id\":\"r\",\"effect\":\"deny\",\"from\":\"orders-api\",\"to\":\"billing-api\"}",
                new Deny(
                        new RuleId("r"),
                        match(
                                Set.of(Mode.IMPERSONATION, Mode.DELEGATION),
                                Set.of(ActorKind.CLIENT, ActorKind.USER))));
    }

    private static Match match(Set<Mode> modes, Set<ActorKind> actors) {
        return new Match(
                Samples.ORDERS,
                Samples.BILLING,
                Optional.empty(),
                Optional.empty(),
                new TreeSet<>(modes),
                new TreeSet<>(actors),
                Optional.empty(),
                Optional.empty(),
                Conditions.NONE);
    }

    @Test
    void a_duration_may_be_written_in_days() {
        Entry audience =
                EntryCodec.decode(
                        Kind.AUDIENCES, Json.parse("{\"id\":\"a\",\"maxLifetime\":\"P1D\"}"), "");
        assertThat(((Audience) audience).maxLifetime()).isEqualTo(Duration.ofDays(1));
        assertThat(EntryCodec.decode(Kind.AUDIENCES, EntryCodec.encode(audience), ""))
                .isEqualTo(audience);
    }

    @Test
    void a_rule_that_lost_all_scopes_is_still_one_that_files_can_hold() {
        String rule =
                "{\"id\":\"r\",\"effect\":\"allow\",\"from\":\"a\",\"to\":\"b\",\"scopes\":{\"x\":[]}}";
        Allow allow = (Allow) EntryCodec.decode(Kind.RULES, Json.parse(rule), "");
        assertThat(allow.worth(Scopes.of("x")).isEmpty()).isTrue();
        assertThat(Json.canonical(EntryCodec.encode(allow)))
                .isEqualTo(Json.canonical(Json.parse(rule)));
    }

    @Test
    void the_path_of_an_error_begins_where_the_entry_stands() {
        assertThatThrownBy(
                        () ->
                                EntryCodec.decode(
                                        Kind.AUDIENCES, Json.parse("{\"id\":7}"), "audiences[2]"))
                .isInstanceOf(MalformedException.class)
                .hasMessage("`audiences[2].id`: must be text");
    }

    private static void roundTrip(Kind kind, String json, Entry entry) {
        assertThat(EntryCodec.decode(kind, Json.parse(json), "")).isEqualTo(entry);
        assertThat(Json.canonical(EntryCodec.encode(entry)))
                .isEqualTo(Json.canonical(Json.parse(json)));
        assertThat(EntryCodec.kindOf(entry)).isEqualTo(kind);
    }
}
