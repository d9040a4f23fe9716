// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.events.decision.Given.ALICE;
import static org.narrows.events.decision.Given.LOGIN;
import static org.narrows.events.decision.Given.NOW;
import static org.narrows.events.decision.Given.PARTNER;
import static org.narrows.events.decision.Given.ROBOT;
import static org.narrows.events.decision.Given.allow;
import static org.narrows.events.decision.Given.anAudience;
import static org.narrows.events.decision.Given.deny;
import static org.narrows.events.decision.Given.exchange;
import static org.narrows.events.decision.Given.sample;
import static org.narrows.events.decision.Given.token;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.narrows.events.decision.Decision.Basis;
import org.narrows.events.decision.Decision.Deny;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.Provenance.ActorProvenance;
import org.narrows.events.decision.Provenance.Hop;
import org.narrows.events.decision.Reason.ActorAudience;
import org.narrows.events.decision.Reason.ActorNotAllowed;
import org.narrows.events.decision.Reason.ActorRepeated;
import org.narrows.events.decision.Reason.BindingMissing;
import org.narrows.events.decision.Reason.ChainTooDeep;
import org.narrows.events.decision.Reason.ClientDisabled;
import org.narrows.events.decision.Reason.ConditionNotMet;
import org.narrows.events.decision.Reason.ConsentMissing;
import org.narrows.events.decision.Reason.Denied;
import org.narrows.events.decision.Reason.MayActMismatch;
import org.narrows.events.decision.Reason.ModeNotAllowed;
import org.narrows.events.decision.Reason.NoRule;
import org.narrows.events.decision.Reason.NotAMember;
import org.narrows.events.decision.Reason.NotCombinable;
import org.narrows.events.decision.Reason.OutsideWindow;
import org.narrows.events.decision.Reason.ScopesNotPermitted;
import org.narrows.events.decision.Reason.SubjectAudience;
import org.narrows.events.decision.Reason.Suspended;
import org.narrows.events.decision.Reason.TargetNotAllowed;
import org.narrows.events.decision.Reason.TargetUnknown;
import org.narrows.events.decision.Reason.TokenNotActive;
import org.narrows.events.policy.Audience.BindingRequirement;
import org.narrows.events.policy.Client.ExcessScope;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Suspension;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.User;

/** Each sentence of what an exchange is granted, and each reason it may be refused for. */
class DecisionScenariosTest {
    private static final AudienceId ORDERS = new AudienceId("orders-api");
    private static final AudienceId BILLING = new AudienceId("billing-api");
    private static final AudienceId LEDGER = new AudienceId("ledger-api");
    private static final RuleId RULE = new RuleId("orders-to-billing");
    private static final Scopes READ = Scopes.of("invoice.read");
    private static final Confirmation KEY = new Confirmation.DpopKey("key-1");
    private static final Confirmation OTHER_KEY = new Confirmation.DpopKey("key-2");
    private static final Confirmation CERTIFICATE = new Confirmation.Certificate("cert-1");

    private static Given sampleWith(Given.RuleBuilder rule) {
        return sample().rule(rule);
    }

    private static Given.RuleBuilder sampleRule() {
        return allow("orders-to-billing", "orders-api", "billing-api", "orders.read: invoice.read");
    }

    private static User user(IssuerUrl issuer, String subject) {
        return new User(issuer, subject);
    }

    @Nested
    class ThePermit {
        @Test
        void a_rule_and_a_consent_permit_and_the_terms_are_whole() {
            Given given = sample();
            Hop hop =
                    new Hop(
                            new ClientId("orders-service"),
                            List.of(BILLING),
                            List.of(RULE),
                            READ,
                            given.seq(),
                            Mode.IMPERSONATION,
                            Optional.empty(),
                            true);
            TokenTerms terms =
                    new TokenTerms(
                            ALICE,
                            "alice",
                            ActorKind.USER,
                            new ClientId("orders-service"),
                            List.of(BILLING),
                            List.of("billing-api"),
                            READ,
                            NOW.plus(Duration.ofMinutes(5)),
                            List.of(),
                            List.of("login|root"),
                            new Provenance(
                                    NOW.minusSeconds(30).getEpochSecond(), List.of(hop), List.of()),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            new TreeSet<>(),
                            new TreeMap<>());
            assertThat(given.when(exchange()).decision())
                    .isEqualTo(
                            new Permit(terms, List.of(new Basis(BILLING, RULE)), List.of(BILLING)));
        }

        @Test
        void the_lifetime_is_the_least_of_all_bounds() {
            Instant soon = NOW.plusSeconds(100);
            assertThat(lifetimeOf(sampleRule(), NOW.plusSeconds(3600))).isEqualTo(300);
            assertThat(
                            lifetimeOf(
                                    sampleRule().maxLifetime(Duration.ofMinutes(2)),
                                    NOW.plusSeconds(3600)))
                    .isEqualTo(120);
            assertThat(
                            lifetimeOf(
                                    sampleRule().maxLifetime(Duration.ofDays(999999)),
                                    NOW.plusSeconds(3600)))
                    .isEqualTo(300);
            assertThat(lifetimeOf(sampleRule(), soon)).isEqualTo(100);
            assertThat(
                            lifetimeOf(
                                    sampleRule().window(Optional.empty(), Optional.of(soon)),
                                    NOW.plusSeconds(3600)))
                    .isEqualTo(100);
        }

        private long lifetimeOf(Given.RuleBuilder rule, Instant subjectExpires) {
            return Duration.between(
                            NOW,
                            sampleWith(rule)
                                    .when(exchange().of(token(ALICE).expiresAt(subjectExpires)))
                                    .permit()
                                    .terms()
                                    .expiresAt())
                    .toSeconds();
        }

        @Test
        void the_actor_token_bounds_the_lifetime_too() {
            assertThat(
                            sampleWith(sampleRule().modes(Mode.DELEGATION))
                                    .when(
                                            exchange()
                                                    .actor(
                                                            token(ROBOT)
                                                                    .aboutClient()
                                                                    .expiresAt(NOW.plusSeconds(9))))
                                    .permit()
                                    .terms()
                                    .expiresAt())
                    .isEqualTo(NOW.plusSeconds(9));
        }

        @Test
        void a_token_that_would_be_expired_when_written_is_not_issued() {
            Instant within = NOW.plusMillis(900);
            sample().when(exchange().of(token(ALICE).expiresAt(within)), NOW.plusMillis(100))
                    .thenDenied(
                            new TokenNotActive("subject", "the token expires within the second"));
            sampleWith(sampleRule().window(Optional.empty(), Optional.of(within)))
                    .when(exchange(), NOW.plusMillis(100))
                    .thenDenied(new OutsideWindow(RULE));
            sample().when(exchange().of(token(ALICE).expiresAt(NOW)))
                    .thenDenied(new TokenNotActive("subject", "the token has expired"));
        }

        @Test
        void only_declared_claims_are_copied_and_what_an_invitation_assigned_wins() {
            Given given =
                    sample().claim("email", "billing-api")
                            .claim("plan", "")
                            .claim("team", "orders-api")
                            .member(ALICE, "billing-api", Map.of("plan", "\"gold\"", "role", "1"));
            TokenTerms terms =
                    given.when(
                                    exchange()
                                            .of(
                                                    token(ALICE)
                                                            .claims(
                                                                    Map.of(
                                                                            "email", "\"a@b\"",
                                                                            "plan", "\"free\"",
                                                                            "team", "1",
                                                                            "other", "1"))))
                            .thenPermits("invoice.read");
            assertThat(terms.claims()).isEqualTo(Map.of("email", "\"a@b\"", "plan", "\"gold\""));
        }

        @Test
        void how_the_user_authenticated_is_carried_over() {
            TokenTerms terms =
                    sample().when(
                                    exchange()
                                            .of(
                                                    token(ALICE)
                                                            .authenticated(
                                                                    NOW.minusSeconds(9),
                                                                    "urn:mfa",
                                                                    "hwk")))
                            .permit()
                            .terms();
            assertThat(terms.authTime()).hasValue(NOW.minusSeconds(9));
            assertThat(terms.acr()).hasValue("urn:mfa");
            assertThat(terms.amr()).containsExactly("hwk");
        }
    }

    @Nested
    class WhoAsks {
        @Test
        void a_client_that_is_not_there_or_disabled_is_refused() {
            sample().when(exchange().by("stranger"))
                    .thenDenied(new ClientDisabled(new ClientId("stranger")));
            sample().editClient(
                            "orders-service",
                            row ->
                                    new ClientRow(
                                            row.entry(),
                                            Optional.empty(),
                                            row.scopes(),
                                            row.audiences(),
                                            row.since()))
                    .when(exchange())
                    .thenDenied(new ClientDisabled(new ClientId("orders-service")));
        }

        @Test
        void the_subject_token_must_be_for_the_requesters_home() {
            sample().when(exchange().of(token(ALICE).audiences("billing-api")))
                    .thenDenied(new SubjectAudience("its `aud` does not hold `orders-api`"));
            sample().when(exchange().of(token(ALICE).audiences("billing-api", "orders-api")))
                    .thenPermits("invoice.read");
        }

        @Test
        void the_home_is_recognised_by_its_token_audience_and_a_former_one_in_its_time() {
            Given given =
                    sample().edit(
                                    new AudienceRow(
                                            anAudience("orders-api")
                                                    .tokenAudience("https://orders")
                                                    .former("https://old", NOW.plusSeconds(1))
                                                    .build(),
                                            1));
            given.when(exchange().of(token(ALICE).audiences("https://orders")))
                    .thenPermits("invoice.read");
            given.when(exchange().of(token(ALICE).audiences("https://old")))
                    .thenPermits("invoice.read");
            given.when(exchange().of(token(ALICE).audiences("https://old")), NOW.plusSeconds(1))
                    .thenDeniedFor("subject_audience");
            given.when(exchange().of(token(ALICE).audiences("orders-api")))
                    .thenDeniedFor("subject_audience");
        }

        @Test
        void an_issuer_may_be_bound_to_audiences() {
            sample().issuer(LOGIN, "login", true, Optional.of("billing-api"))
                    .when(exchange())
                    .thenDenied(new SubjectAudience("its issuer may not issue for `orders-api`"));
            sample().issuer(LOGIN, "login", true, Optional.of("billing-api orders-api"))
                    .when(exchange())
                    .thenPermits("invoice.read");
        }

        @Test
        void an_id_token_is_for_the_client_it_names() {
            Given given =
                    sampleWith(
                            allow(
                                    "orders-to-billing",
                                    "orders-api",
                                    "billing-api",
                                    "openid: invoice.read"));
            given.client(
                    "orders-service",
                    "orders-api",
                    "billing-api",
                    "invoice.read",
                    ExcessScope.REFUSE,
                    Map.of(LOGIN, "0oa1"));
            given.when(exchange().of(token(ALICE).idToken("0oa1"))).thenPermits("invoice.read");
            given.when(exchange().of(token(ALICE).idToken("0oa1", "other").azp("0oa1")))
                    .thenPermits("invoice.read");
            given.when(exchange().of(token(ALICE).idToken("0oa1", "other")))
                    .thenDenied(new SubjectAudience("the id token is not for `0oa1`"));
            given.when(exchange().of(token(ALICE).idToken("orders-service")))
                    .thenDeniedFor("subject_audience");
            given.when(exchange().of(token(ALICE).idToken("orders-api")))
                    .thenDeniedFor("subject_audience");
        }

        @Test
        void an_issuer_that_is_trusted_no_more_ends_its_tokens() {
            Given given = sample();
            given.remove(given.all(IssuerRow.class).getFirst().key());
            given.when(exchange())
                    .thenDenied(
                            new TokenNotActive(
                                    "subject", "issuer `" + LOGIN + "` is no longer trusted"));
        }

        @Test
        void a_revoked_token_or_user_is_refused() {
            sample().revokeToken(LOGIN, "root").when(exchange()).thenDeniedFor("token_not_active");
            sample().revokeToken(PARTNER, "root").when(exchange()).thenPermits("invoice.read");
            sample().revokeSubject(ALICE, NOW.minusSeconds(29))
                    .when(exchange())
                    .thenDeniedFor("token_not_active");
            sample().revokeSubject(ALICE, NOW.minusSeconds(30))
                    .when(exchange())
                    .thenPermits("invoice.read");
            sample().revokeSubject(ALICE, Instant.parse("2001-01-01T00:00:00Z"))
                    .when(exchange().of(token(ALICE).issuedAt(Optional.empty())))
                    .thenDeniedFor("token_not_active");
        }

        @Test
        void equal_subjects_of_two_issuers_are_two_users() {
            User other = user(PARTNER, "alice");
            Given given = sample().issuer(PARTNER, "partner", false);
            given.when(exchange().of(token(other))).thenDenied(new ConsentMissing(BILLING, READ));
            TokenTerms terms =
                    given.consent(other, "billing-api", "invoice.read")
                            .when(exchange().of(token(other)))
                            .thenPermits("invoice.read");
            assertThat(terms.subject()).isEqualTo("partner|alice");
            assertThat(terms.lineage()).containsExactly("partner|root");
        }

        @Test
        void a_primary_users_name_with_a_bar_carries_the_alias() {
            User odd = user(LOGIN, "partner|alice");
            assertThat(
                            sample().consent(odd, "billing-api", "invoice.read")
                                    .when(exchange().of(token(odd)))
                                    .permit()
                                    .terms()
                                    .subject())
                    .isEqualTo("login|partner|alice");
        }
    }

    @Nested
    class Targets {
        private Given withLedger() {
            return sample().audience(
                            anAudience("ledger-api").tokenAudience("https://ledger.example.com"))
                    .scope("ledger.read", "ledger-api", ScopeKind.GRANTABLE)
                    .client(
                            "orders-service",
                            "orders-api",
                            "billing-api ledger-api",
                            "invoice.read ledger.read shared.read")
                    .scope("shared.read", "", ScopeKind.GRANTABLE)
                    .rule(sampleRule().combinable())
                    .rule(
                            allow(
                                            "orders-to-ledger",
                                            "orders-api",
                                            "ledger-api",
                                            "orders.read: ledger.read shared.read")
                                    .combinable());
        }

        @Test
        void an_unknown_target_and_a_forbidden_one_are_refused() {
            sample().when(exchange().to("nowhere")).thenDenied(new TargetUnknown("nowhere"));
            withLedger()
                    .client("orders-service", "orders-api", "billing-api", "ledger.read")
                    .when(exchange().to("ledger-api"))
                    .thenDenied(new TargetNotAllowed(LEDGER));
        }

        @Test
        void a_target_is_named_by_id_token_audience_or_resource() {
            withLedger().when(exchange().to("ledger-api")).thenPermits("ledger.read shared.read");
            TokenTerms terms =
                    withLedger()
                            .when(exchange().to("https://ledger.example.com"))
                            .thenPermits("ledger.read shared.read");
            assertThat(terms.audiences()).containsExactly("https://ledger.example.com");
            assertThat(terms.targets()).containsExactly(LEDGER);
            withLedger()
                    .when(exchange().to().toResource("https://ledger.example.com"))
                    .thenPermits("ledger.read shared.read");
        }

        @Test
        void a_resource_is_an_absolute_uri() {
            withLedger()
                    .when(exchange().to().toResource("ledger-api"))
                    .thenDenied(new TargetUnknown("ledger-api"));
        }

        @Test
        void without_a_target_the_clients_only_one_is_meant() {
            sample().when(exchange().to()).thenPermits("invoice.read");
            withLedger().when(exchange().to()).thenDenied(new TargetUnknown(""));
            sample().client("orders-service", "orders-api", "", "invoice.read")
                    .when(exchange().to())
                    .thenDenied(new TargetUnknown(""));
        }

        @Test
        void a_target_named_twice_is_one() {
            TokenTerms terms =
                    withLedger()
                            .when(
                                    exchange()
                                            .to("ledger-api")
                                            .toResource("https://ledger.example.com"))
                            .thenPermits("ledger.read shared.read");
            assertThat(terms.targets()).containsExactly(LEDGER);
        }

        @Test
        void combinable_targets_share_a_token_without_shared_scopes() {
            Given.When when =
                    withLedger()
                            .audience(
                                    anAudience("ledger-api")
                                            .tokenAudience("https://ledger.example.com")
                                            .maxLifetime(Duration.ofSeconds(7)))
                            .when(exchange().to("billing-api", "ledger-api"));
            TokenTerms terms = when.thenPermits("invoice.read ledger.read");
            assertThat(terms.audiences())
                    .containsExactly("billing-api", "https://ledger.example.com");
            assertThat(terms.expiresAt()).isEqualTo(NOW.plusSeconds(7));
            assertThat(when.permit().basis())
                    .containsExactly(
                            new Basis(BILLING, RULE),
                            new Basis(LEDGER, new RuleId("orders-to-ledger")));
            assertThat(terms.provenance().hops().getFirst().to()).containsExactly(BILLING, LEDGER);
        }

        @Test
        void a_shared_scope_asked_for_at_several_targets_is_refused() {
            withLedger()
                    .when(
                            exchange()
                                    .to("billing-api", "ledger-api")
                                    .scope("invoice.read ledger.read shared.read"))
                    .thenDenied(new ScopesNotPermitted(BILLING, Scopes.of("shared.read")));
        }

        @Test
        void a_target_for_which_nothing_is_granted_refuses_all() {
            withLedger()
                    .when(exchange().to("billing-api", "ledger-api").scope("invoice.read"))
                    .thenDenied(new ScopesNotPermitted(LEDGER, Scopes.NONE));
        }

        @Test
        void a_rule_that_is_not_combinable_and_unequal_labels_refuse() {
            withLedger()
                    .rule(sampleRule())
                    .when(exchange().to("billing-api", "ledger-api"))
                    .thenDenied(new NotCombinable(BILLING, Optional.of(RULE)));
            withLedger()
                    .audience(anAudience("ledger-api").labels("pci"))
                    .when(exchange().to("billing-api", "ledger-api"))
                    .thenDenied(new NotCombinable(LEDGER, Optional.empty()));
        }

        @Test
        void one_target_refused_refuses_all() {
            withLedger()
                    .withdraw(ALICE, "billing-api")
                    .when(exchange().to("billing-api", "ledger-api"))
                    .thenDenied(new ConsentMissing(BILLING, READ));
            withLedger()
                    .when(exchange().to("billing-api", "nowhere").scope("invoice.read"))
                    .thenDenied(new TargetUnknown("nowhere"));
        }

        @Test
        void a_combined_token_carries_only_what_every_target_may_see() {
            assertThat(
                            withLedger()
                                    .claim("email", "billing-api")
                                    .claim("locale", "")
                                    .when(
                                            exchange()
                                                    .of(
                                                            token(ALICE)
                                                                    .claims(
                                                                            Map.of(
                                                                                    "email", "1",
                                                                                    "locale", "2")))
                                                    .to("billing-api", "ledger-api"))
                                    .permit()
                                    .terms()
                                    .claims())
                    .isEqualTo(Map.of("locale", "2"));
        }

        @Test
        void narrowing_within_one_audience_needs_a_rule_like_any_other() {
            Given given =
                    sample().client("orders-service", "orders-api", "orders-api", "orders.read")
                            .scope("orders.read", "orders-api", ScopeKind.GRANTABLE);
            given.when(exchange().to("orders-api")).thenDenied(new NoRule(ORDERS, ORDERS));
            given.rule("narrow", "orders-api", "orders-api", "orders.read: orders.read")
                    .when(exchange().to("orders-api"))
                    .thenPermits("orders.read");
        }
    }

    @Nested
    class Rules {
        @Test
        void no_rule_no_token() {
            Given given = sample();
            given.remove(given.all(RuleRow.class).getFirst().key());
            given.when(exchange()).thenDenied(new NoRule(ORDERS, BILLING));
        }

        @Test
        void a_rule_for_other_clients_or_issuers_is_none() {
            sampleWith(sampleRule().clients("another"))
                    .when(exchange())
                    .thenDenied(new NoRule(ORDERS, BILLING));
            sampleWith(sampleRule().clients("another", "orders-service"))
                    .when(exchange())
                    .thenPermits("invoice.read");
            sampleWith(sampleRule().issuers(PARTNER))
                    .when(exchange())
                    .thenDenied(new NoRule(ORDERS, BILLING));
            sampleWith(sampleRule().issuers(PARTNER, LOGIN))
                    .when(exchange())
                    .thenPermits("invoice.read");
        }

        @Test
        void the_rule_that_grants_most_of_what_was_asked_is_taken() {
            Given given =
                    sample().consent(ALICE, "billing-api", "invoice.read")
                            .rule(
                                    "a-list",
                                    "orders-api",
                                    "billing-api",
                                    "orders.read: invoice.list")
                            .rule(
                                    "z-both",
                                    "orders-api",
                                    "billing-api",
                                    "orders.read: invoice.list invoice.read");
            assertThat(given.when(exchange()).permit().basis().getFirst().rule())
                    .isEqualTo(new RuleId("z-both"));
            assertThat(given.when(exchange().scope("invoice.read")).permit().basis().getFirst())
                    .isEqualTo(new Basis(BILLING, RULE));
            assertThat(given.when(exchange().scope("invoice.list")).permit().basis().getFirst())
                    .isEqualTo(new Basis(BILLING, new RuleId("a-list")));
        }

        @Test
        void scopes_of_two_rules_are_never_added_up() {
            sample().rule("other", "orders-api", "billing-api", "orders.read: invoice.list")
                    .when(exchange().scope("invoice.list invoice.read"))
                    .thenDenied(new ScopesNotPermitted(BILLING, Scopes.of("invoice.list")));
        }

        @Test
        void a_rule_that_objects_gives_way_to_one_that_does_not() {
            sampleWith(sampleRule().depth(1))
                    .rule(
                            allow(
                                            "expired",
                                            "orders-api",
                                            "billing-api",
                                            "orders.read: invoice.read invoice.list")
                                    .window(Optional.empty(), Optional.of(NOW)))
                    .when(exchange())
                    .thenPermits("invoice.read");
        }

        @Test
        void of_rules_that_all_object_the_nearest_explains() {
            sampleWith(
                            sampleRule()
                                    .modes(Mode.DELEGATION)
                                    .window(Optional.of(NOW.plusSeconds(1)), Optional.empty()))
                    .rule(
                            allow(
                                            "nearer",
                                            "orders-api",
                                            "billing-api",
                                            "orders.read: invoice.read")
                                    .modes(Mode.DELEGATION))
                    .when(exchange())
                    .thenDenied(new ModeNotAllowed(BILLING, Mode.IMPERSONATION));
        }

        @Test
        void deny_wins() {
            sample().rule(deny("stop", "orders-api", "billing-api"))
                    .when(exchange())
                    .thenDenied(new Denied(new RuleId("stop")));
        }

        @Test
        void a_deny_rule_matches_on_all_that_it_says() {
            Given.ExchangeBuilder byActor = exchange().actor(token(ROBOT).aboutClient());
            Given given = sampleWith(sampleRule().modes(Mode.IMPERSONATION, Mode.DELEGATION));
            given.copy()
                    .rule(deny("stop", "orders-api", "billing-api").clients("another"))
                    .when(exchange())
                    .thenPermits("invoice.read");
            given.copy()
                    .rule(deny("stop", "orders-api", "billing-api").issuers(PARTNER))
                    .when(exchange())
                    .thenPermits("invoice.read");
            given.copy()
                    .rule(deny("stop", "orders-api", "billing-api").modes(Mode.DELEGATION))
                    .when(exchange())
                    .thenPermits("invoice.read");
            given.copy()
                    .rule(deny("stop", "orders-api", "billing-api").actors(ActorKind.USER))
                    .when(byActor)
                    .thenPermits("invoice.read");
            given.copy()
                    .rule(deny("stop", "orders-api", "billing-api").actors(ActorKind.CLIENT))
                    .when(byActor)
                    .thenDeniedFor("denied");
            given.copy()
                    .rule(deny("stop", "orders-api", "billing-api").actors(ActorKind.CLIENT))
                    .when(exchange())
                    .thenPermits("invoice.read");
            given.copy()
                    .rule(
                            deny("stop", "orders-api", "billing-api")
                                    .window(Optional.empty(), Optional.of(NOW)))
                    .when(exchange())
                    .thenPermits("invoice.read");
            Given weak =
                    given.copy()
                            .rule(
                                    deny("stop", "orders-api", "billing-api")
                                            .conditions(
                                                    Set.of("weak"), Set.of(), Optional.empty()));
            weak.when(exchange()).thenPermits("invoice.read");
            weak.when(exchange().of(token(ALICE).authenticated(NOW, "weak")))
                    .thenDeniedFor("denied");
        }

        @Test
        void a_window_is_enforced_at_decision_time() {
            sampleWith(sampleRule().window(Optional.of(NOW.plusSeconds(1)), Optional.empty()))
                    .when(exchange())
                    .thenDenied(new OutsideWindow(RULE));
            sampleWith(sampleRule().window(Optional.of(NOW), Optional.empty()))
                    .when(exchange())
                    .thenPermits("invoice.read");
            sampleWith(sampleRule().window(Optional.empty(), Optional.of(NOW)))
                    .when(exchange())
                    .thenDenied(new OutsideWindow(RULE));
        }

        @Test
        void every_condition_must_hold_and_within_a_list_any() {
            Given given =
                    sampleWith(
                            sampleRule()
                                    .conditions(
                                            Set.of("urn:mfa", "urn:hw"),
                                            Set.of("hwk", "fpt"),
                                            Optional.of(Duration.ofHours(1))));
            given.when(
                            exchange()
                                    .of(
                                            token(ALICE)
                                                    .authenticated(
                                                            NOW.minus(Duration.ofHours(1)),
                                                            "urn:hw",
                                                            "pwd",
                                                            "fpt")))
                    .thenPermits("invoice.read");
            given.when(
                            exchange()
                                    .of(
                                            token(ALICE)
                                                    .authenticated(
                                                            NOW.minus(Duration.ofSeconds(3601)),
                                                            "urn:hw",
                                                            "pwd")))
                    .thenDenied(
                            new ConditionNotMet(RULE, "amr"),
                            new ConditionNotMet(RULE, "maxAuthAge"));
            given.when(exchange())
                    .thenDenied(
                            new ConditionNotMet(RULE, "acr"),
                            new ConditionNotMet(RULE, "amr"),
                            new ConditionNotMet(RULE, "maxAuthAge"));
            given.when(
                            exchange()
                                    .of(
                                            token(ALICE)
                                                    .authenticated(
                                                            NOW.plusSeconds(61), "urn:hw", "hwk")))
                    .thenDenied(new ConditionNotMet(RULE, "maxAuthAge"));
        }
    }

    @Nested
    class Scope {
        @Test
        void more_than_can_be_granted_is_refused_unless_the_client_narrows() {
            sample().when(exchange().scope("invoice.list invoice.read nothing.known"))
                    .thenDenied(
                            new ScopesNotPermitted(
                                    BILLING, Scopes.of("invoice.list", "nothing.known")));
            Given narrow =
                    sample().client(
                                    "orders-service",
                                    "orders-api",
                                    "billing-api",
                                    "invoice.read invoice.list",
                                    ExcessScope.NARROW,
                                    Map.of());
            narrow.when(exchange().scope("invoice.list invoice.read nothing.known"))
                    .thenPermits("invoice.read");
            narrow.when(exchange().scope("nothing.known"))
                    .thenDenied(new ScopesNotPermitted(BILLING, Scopes.of("nothing.known")));
        }

        @Test
        void a_scope_is_capped_by_client_target_and_rule() {
            sample().client("orders-service", "orders-api", "billing-api", "invoice.list")
                    .when(exchange().scope("invoice.read"))
                    .thenDenied(new ScopesNotPermitted(BILLING, READ));
            sampleWith(
                            allow(
                                    "orders-to-billing",
                                    "orders-api",
                                    "billing-api",
                                    "orders.read: invoice.read ledger.read"))
                    .audience("ledger-api")
                    .scope("ledger.read", "ledger-api", ScopeKind.GRANTABLE)
                    .client(
                            "orders-service",
                            "orders-api",
                            "billing-api",
                            "invoice.read ledger.read")
                    .when(exchange())
                    .thenPermits("invoice.read");
            sample().when(exchange().of(token(ALICE).scopes("orders.write")))
                    .thenDenied(new ScopesNotPermitted(BILLING, Scopes.NONE));
        }

        @Test
        void an_empty_scope_is_an_absent_one() {
            sample().when(exchange().scope("")).thenPermits("invoice.read");
        }

        @Test
        void what_the_scopes_of_the_subject_are_worth_together_is_granted() {
            sampleWith(
                            allow(
                                    "orders-to-billing",
                                    "orders-api",
                                    "billing-api",
                                    "orders.read: invoice.read, orders.list: invoice.list"))
                    .when(exchange().of(token(ALICE).scopes("orders.read orders.list")))
                    .thenPermits("invoice.list invoice.read");
        }

        @Test
        void a_missing_consent_is_said_to_be_all_that_is_missing_only_when_it_is() {
            Given given = sample().withdraw(ALICE, "billing-api");
            Given.When only = given.when(exchange().scope("invoice.read"));
            only.thenDenied(new ConsentMissing(BILLING, READ));
            assertThat(((Deny) only.decision()).consentRequired())
                    .hasValue(new TreeMap<>(Map.of(BILLING, READ)));
            Given.When alsoMore = given.when(exchange().scope("invoice.list invoice.read"));
            alsoMore.thenDenied(
                    new ScopesNotPermitted(BILLING, Scopes.of("invoice.list")),
                    new ConsentMissing(BILLING, READ));
            assertThat(((Deny) alsoMore.decision()).consentRequired()).isEmpty();
        }

        @Test
        void of_two_rules_the_one_to_consent_for_explains() {
            sample().rule(
                            allow(
                                    "a-first",
                                    "orders-api",
                                    "billing-api",
                                    "orders.other: invoice.read"))
                    .withdraw(ALICE, "billing-api")
                    .when(exchange().scope("invoice.read"))
                    .thenDenied(new ConsentMissing(BILLING, READ));
        }

        @Test
        void what_needs_no_consent_is_granted_without_it() {
            sampleWith(
                            allow(
                                    "orders-to-billing",
                                    "orders-api",
                                    "billing-api",
                                    "orders.read: invoice.read invoice.list"))
                    .withdraw(ALICE, "billing-api")
                    .when(exchange())
                    .thenPermits("invoice.list");
        }

        @Test
        void a_consent_counts_only_while_scope_and_audience_have_held_since() {
            sample().scope("invoice.read", "billing-api", ScopeKind.CONSENTABLE)
                    .when(exchange())
                    .thenDenied(new ConsentMissing(BILLING, READ));
            sample().audience("billing-api")
                    .when(exchange())
                    .thenDenied(new ConsentMissing(BILLING, READ));
        }

        @Test
        void a_client_as_subject_gets_its_own_kind_and_needs_no_membership() {
            Given given =
                    sample().audience(anAudience("billing-api").entry(false, false))
                            .scope("invoice.batch", "billing-api", ScopeKind.CLIENT)
                            .client(
                                    "orders-service",
                                    "orders-api",
                                    "billing-api",
                                    "invoice.read invoice.list invoice.batch")
                            .rule(
                                    "orders-to-billing",
                                    "orders-api",
                                    "billing-api",
                                    "orders.read: invoice.read invoice.list invoice.batch")
                            .consent(ROBOT, "billing-api", "invoice.read");
            Given.When when = given.when(exchange().of(token(ROBOT).aboutClient()));
            TokenTerms terms = when.thenPermits("invoice.batch invoice.list");
            assertThat(terms.kind()).isEqualTo(ActorKind.CLIENT);
            assertThat(when.permit().admits()).isEmpty();
            given.when(exchange().of(token(ROBOT).aboutClient()).scope("invoice.read"))
                    .thenDenied(new ScopesNotPermitted(BILLING, READ));
            given.audience("billing-api")
                    .consent(ALICE, "billing-api", "invoice.read")
                    .when(exchange().scope("invoice.batch"))
                    .thenDenied(new ScopesNotPermitted(BILLING, Scopes.of("invoice.batch")));
        }
    }

    @Nested
    class Chains {
        private Given delegating() {
            return sampleWith(sampleRule().modes(Mode.DELEGATION));
        }

        @Test
        void a_mode_must_be_named_by_the_rule() {
            sample().when(exchange().of(token(ALICE).actors("robot")))
                    .thenDenied(new ModeNotAllowed(BILLING, Mode.DELEGATION));
            delegating()
                    .when(exchange())
                    .thenDenied(new ModeNotAllowed(BILLING, Mode.IMPERSONATION));
        }

        @Test
        void a_subject_token_with_act_keeps_its_chain() {
            delegating()
                    .when(exchange().of(token(ALICE).actors("robot", "partner|x")))
                    .thenDeniedFor("token_not_active"); // `partner` names no issuer yet
            assertThat(
                            delegating()
                                    .issuer(PARTNER, "partner", false)
                                    .when(exchange().of(token(ALICE).actors("robot", "partner|x")))
                                    .permit()
                                    .terms()
                                    .actors())
                    .containsExactly("robot", "partner|x");
        }

        @Test
        void an_actor_token_becomes_the_outermost_actor() {
            TokenTerms terms =
                    delegating()
                            .issuer(PARTNER, "partner", false)
                            .when(
                                    exchange()
                                            .of(token(ALICE).actors("robot"))
                                            .actor(
                                                    token(user(PARTNER, "svc"))
                                                            .id("actor")
                                                            .aboutClient()))
                            .permit()
                            .terms();
            assertThat(terms.actors()).containsExactly("partner|svc", "robot");
            assertThat(terms.provenance().hops().getLast().actor()).hasValue(ActorKind.CLIENT);
            assertThat(terms.provenance().actors())
                    .containsExactly(
                            new ActorProvenance(
                                    List.of("partner|actor"),
                                    NOW.minusSeconds(30).getEpochSecond(),
                                    List.of()));
        }

        @Test
        void what_the_actor_token_is_about_must_be_named_by_the_rule() {
            delegating()
                    .when(exchange().actor(token(ROBOT)))
                    .thenDenied(new ActorNotAllowed(BILLING));
            sampleWith(sampleRule().modes(Mode.DELEGATION).actors(ActorKind.USER))
                    .when(exchange().actor(token(ROBOT)))
                    .thenPermits("invoice.read");
        }

        @Test
        void the_actor_token_passes_the_checks_of_a_subject_token() {
            delegating()
                    .when(exchange().actor(token(ROBOT).aboutClient().audiences("elsewhere")))
                    .thenDenied(new ActorAudience("its `aud` does not hold `orders-api`"));
            delegating()
                    .revokeToken(LOGIN, "actor")
                    .when(exchange().actor(token(ROBOT).aboutClient().id("actor")))
                    .thenDenied(new TokenNotActive("actor", "token `actor` was revoked"));
            delegating()
                    .revokeSubject(ROBOT, NOW)
                    .when(exchange().actor(token(ROBOT).aboutClient()))
                    .thenDeniedFor("token_not_active");
            delegating()
                    .when(exchange().actor(token(ROBOT).aboutClient().boundTo(KEY)))
                    .thenDenied(new BindingMissing("the actor token's key was not proven"));
            delegating()
                    .when(exchange().actor(token(ROBOT).aboutClient().boundTo(KEY)).proving(KEY))
                    .thenPermits("invoice.read");
        }

        @Test
        void an_actor_already_in_the_chain_is_refused() {
            delegating()
                    .when(
                            exchange()
                                    .of(token(ALICE).actors("x", "robot"))
                                    .actor(token(ROBOT).aboutClient()))
                    .thenDenied(new ActorRepeated("robot"));
        }

        @Test
        void may_act_needs_the_actor_that_it_names() {
            Given.TokenBuilder robotMayAct =
                    token(ALICE).mayAct(Optional.empty(), Optional.of("robot"));
            Given given = delegating();
            given.when(exchange().of(robotMayAct))
                    .thenDenied(new MayActMismatch("there is no actor token"));
            given.when(exchange().of(robotMayAct).actor(token(ROBOT).aboutClient()))
                    .thenPermits("invoice.read");
            given.when(exchange().of(robotMayAct).actor(token(user(LOGIN, "rogue")).aboutClient()))
                    .thenDenied(new MayActMismatch("it names another actor"));
        }

        @Test
        void may_act_means_its_own_issuer_unless_it_names_one() {
            User partner = user(PARTNER, "robot");
            Given given = delegating().issuer(PARTNER, "partner", false);
            given.when(
                            exchange()
                                    .of(token(ALICE).mayAct(Optional.empty(), Optional.of("robot")))
                                    .actor(token(partner).aboutClient()))
                    .thenDenied(new MayActMismatch("it names another actor"));
            given.when(
                            exchange()
                                    .of(
                                            token(ALICE)
                                                    .mayAct(
                                                            Optional.of(PARTNER.value()),
                                                            Optional.of("robot")))
                                    .actor(token(partner).aboutClient()))
                    .thenPermits("invoice.read");
        }

        @Test
        void may_act_with_more_than_iss_and_sub_or_without_sub_refuses() {
            delegating()
                    .when(
                            exchange()
                                    .of(
                                            token(ALICE)
                                                    .mayAct(
                                                            Optional.empty(),
                                                            Optional.of("robot"),
                                                            "email"))
                                    .actor(token(ROBOT).aboutClient()))
                    .thenDenied(new MayActMismatch("member `email`"));
            delegating()
                    .when(
                            exchange()
                                    .of(
                                            token(ALICE)
                                                    .mayAct(
                                                            Optional.of(LOGIN.value()),
                                                            Optional.empty()))
                                    .actor(token(ROBOT).aboutClient()))
                    .thenDenied(new MayActMismatch("it names another actor"));
        }

        @Test
        void may_act_makes_it_delegation() {
            sample().when(
                            exchange()
                                    .of(
                                            token(ALICE)
                                                    .mayAct(
                                                            Optional.empty(),
                                                            Optional.of("robot"))))
                    .thenDeniedFor("may_act_mismatch", "mode");
        }

        private Given twoHops(int depth) {
            return sample().audience("ledger-api")
                    .scope("ledger.read", "ledger-api", ScopeKind.GRANTABLE)
                    .client("billing-service", "billing-api", "ledger-api", "ledger.read")
                    .rule(
                            allow(
                                            "billing-to-ledger",
                                            "billing-api",
                                            "ledger-api",
                                            "invoice.read: ledger.read")
                                    .depth(depth));
        }

        @Test
        void our_own_token_goes_on_as_deep_as_the_rule_says() {
            Given given = twoHops(2);
            PresentedToken first = given.issue(exchange(), "first");
            TokenTerms terms =
                    given.when(exchange().by("billing-service").of(first).to("ledger-api"))
                            .thenPermits("ledger.read");
            assertThat(terms.lineage()).containsExactly("login|root", "first");
            assertThat(terms.provenance().hops())
                    .extracting(Hop::client)
                    .containsExactly(
                            new ClientId("orders-service"), new ClientId("billing-service"));
            assertThat(terms.provenance().rootIssuedAt())
                    .isEqualTo(NOW.minusSeconds(30).getEpochSecond());
            twoHops(1)
                    .when(exchange().by("billing-service").of(first).to("ledger-api"))
                    .thenDenied(new ChainTooDeep(2, 1));
        }

        @Test
        void our_own_token_must_be_for_the_requesters_home() {
            Given given = twoHops(2);
            PresentedToken first = given.issue(exchange(), "first");
            given.when(exchange().of(first))
                    .thenDeniedFor("subject_audience", "chain_too_deep", "scopes_not_permitted");
        }

        @Test
        void our_own_token_must_be_active() {
            Given given = twoHops(2);
            PresentedToken first = given.issue(exchange(), "first");
            given.withdraw(ALICE, "billing-api")
                    .when(exchange().by("billing-service").of(first).to("ledger-api"))
                    .thenDenied(
                            new TokenNotActive(
                                    "subject", "the consent to `invoice.read` was withdrawn"));
        }

        @Test
        void a_token_from_a_later_position_is_refused() {
            Given given = twoHops(2);
            Given before = given.copy();
            PresentedToken first = given.nothingMore(1).issue(exchange(), "first");
            before.when(exchange().by("billing-service").of(first).to("ledger-api"))
                    .thenDenied(
                            new TokenNotActive(
                                    "subject",
                                    "the token is from a later position than this node's"));
        }
    }

    @Nested
    class Binding {
        private Given requiring(BindingRequirement required) {
            return sample().edit(
                            new AudienceRow(
                                    anAudience("billing-api").binding(required).build(), 3));
        }

        private Optional<Confirmation> boundBy(Given given, Given.ExchangeBuilder exchange) {
            return given.when(exchange).permit().terms().boundTo();
        }

        @Test
        void a_proof_binds_and_a_certificate_only_where_it_is_asked_for() {
            assertThat(boundBy(sample(), exchange())).isEmpty();
            assertThat(boundBy(sample(), exchange().proving(KEY))).hasValue(KEY);
            assertThat(boundBy(sample(), exchange().proving(CERTIFICATE))).isEmpty();
            assertThat(boundBy(requiring(BindingRequirement.MTLS), exchange().proving(CERTIFICATE)))
                    .hasValue(CERTIFICATE);
            assertThat(
                            boundBy(
                                    requiring(BindingRequirement.ANY),
                                    exchange().proving(CERTIFICATE, KEY)))
                    .hasValue(KEY);
        }

        @Test
        void a_target_that_requires_binding_gets_no_other_token() {
            requiring(BindingRequirement.ANY).when(exchange()).thenDeniedFor("binding_missing");
            requiring(BindingRequirement.DPOP)
                    .when(exchange().proving(CERTIFICATE))
                    .thenDenied(new BindingMissing("`billing-api` requires binding `dpop`"));
            requiring(BindingRequirement.MTLS)
                    .when(exchange().proving(KEY))
                    .thenDeniedFor("binding_missing");
            requiring(BindingRequirement.DPOP)
                    .when(exchange().proving(KEY))
                    .thenPermits("invoice.read");
        }

        @Test
        void a_bound_subject_gives_a_token_bound_to_the_same_key_or_nothing() {
            Given.TokenBuilder bound = token(ALICE).boundTo(KEY);
            assertThat(boundBy(sample(), exchange().of(bound).proving(KEY))).hasValue(KEY);
            sample().when(exchange().of(bound))
                    .thenDenied(new BindingMissing("the subject token's key was not proven"));
            sample().when(exchange().of(bound).proving(OTHER_KEY)).thenDeniedFor("binding_missing");
            Given.TokenBuilder certified = token(ALICE).boundTo(CERTIFICATE);
            assertThat(boundBy(sample(), exchange().of(certified).proving(KEY, CERTIFICATE)))
                    .hasValue(CERTIFICATE);
        }

        @Test
        void a_rule_may_let_the_requesters_own_key_take_its_place() {
            Given given = sampleWith(sampleRule().rebind());
            Given.TokenBuilder bound = token(ALICE).boundTo(KEY);
            assertThat(boundBy(given, exchange().of(bound).proving(OTHER_KEY))).hasValue(OTHER_KEY);
            assertThat(boundBy(given, exchange().of(bound).proving(CERTIFICATE)))
                    .hasValue(CERTIFICATE);
            assertThat(boundBy(given, exchange().of(bound).proving(OTHER_KEY, KEY))).hasValue(KEY);
            given.when(exchange().of(bound))
                    .thenDenied(new BindingMissing("the subject token's key was not proven"));
        }
    }

    @Nested
    class Membership {
        private Given billing(boolean signUp, boolean invitation) {
            return sample().edit(
                            new AudienceRow(
                                    anAudience("billing-api").entry(signUp, invitation).build(),
                                    3));
        }

        @Test
        void an_open_audience_admits_with_the_first_permit() {
            for (boolean invitation : List.of(false, true)) {
                assertThat(billing(true, invitation).when(exchange()).permit().admits())
                        .containsExactly(BILLING);
                Permit again =
                        billing(true, invitation)
                                .member(ALICE, "billing-api")
                                .when(exchange())
                                .permit();
                assertThat(again.admits()).isEmpty();
                assertThat(again.terms().provenance().hops().getLast().open()).isFalse();
            }
        }

        @Test
        void a_closed_audience_is_for_members() {
            for (boolean invitation : List.of(false, true)) {
                billing(false, invitation)
                        .when(exchange())
                        .thenDenied(new NotAMember(BILLING, false));
                assertThat(
                                billing(false, invitation)
                                        .member(ALICE, "billing-api")
                                        .when(exchange())
                                        .permit()
                                        .admits())
                        .isEmpty();
            }
        }

        @Test
        void a_removed_user_is_barred_in_every_mode_until_admitted_again() {
            for (boolean open : List.of(false, true)) {
                Given given =
                        billing(open, true).member(ALICE, "billing-api").bar(ALICE, "billing-api");
                given.when(exchange()).thenDenied(new NotAMember(BILLING, true));
                given.member(ALICE, "billing-api").when(exchange()).thenPermits("invoice.read");
            }
        }

        @Test
        void a_membership_counts_only_while_its_audience_has_held_since() {
            Given given = billing(false, false).member(ALICE, "billing-api");
            given.audience(anAudience("billing-api").entry(false, false))
                    .scope("invoice.read", "billing-api", ScopeKind.CONSENTABLE)
                    .consent(ROBOT, "billing-api", "invoice.read")
                    .when(exchange())
                    .thenDeniedFor("not_a_member", "consent_missing");
        }

        @Test
        void a_bar_outlives_its_audience() {
            sample().bar(ALICE, "billing-api")
                    .audience("billing-api")
                    .rule("r", "orders-api", "billing-api", "orders.read: invoice.list")
                    .when(exchange())
                    .thenDenied(new NotAMember(BILLING, true));
        }
    }

    @Nested
    class Quarantine {
        private void suspends(Suspension... names) {
            Given given = sample().suspend(names);
            given.when(exchange()).thenDenied(new Suspended(given.seq()));
        }

        @Test
        void what_a_malformed_restriction_names_is_suspended() {
            suspends(new Suspension.OfClient(new ClientId("orders-service")));
            suspends(new Suspension.OfRule(RULE));
            suspends(new Suspension.OfIssuer(LOGIN));
            suspends(new Suspension.OfAudience(BILLING));
            suspends(new Suspension.OfAudience(ORDERS));
            suspends(new Suspension.OfScope(new ScopeName("invoice.read")));
            suspends(new Suspension.OfUser(ALICE, Optional.empty()));
            suspends(new Suspension.OfUser(ALICE, Optional.of(BILLING)));
            suspends(new Suspension.OfToken("root"));
            suspends(new Suspension.OfEverything(Optional.empty()));
            suspends(new Suspension.OfEverything(Optional.of(new TreeSet<>(Set.of(BILLING)))));
            suspends(
                    new Suspension.OfClient(new ClientId("orders-service")),
                    new Suspension.OfRule(RULE));
        }

        @Test
        void nothing_else_is() {
            sample().suspend(
                            new Suspension.OfClient(new ClientId("another")),
                            new Suspension.OfRule(new RuleId("another")),
                            new Suspension.OfIssuer(PARTNER),
                            new Suspension.OfAudience(LEDGER),
                            new Suspension.OfScope(new ScopeName("invoice.list")),
                            new Suspension.OfUser(ROBOT, Optional.empty()),
                            new Suspension.OfUser(ALICE, Optional.of(LEDGER)),
                            new Suspension.OfToken("another"),
                            new Suspension.OfEverything(Optional.of(new TreeSet<>(Set.of(LEDGER)))))
                    .when(exchange())
                    .thenPermits("invoice.read");
        }

        @Test
        void another_rule_may_take_the_place_of_a_suspended_one() {
            assertThat(
                            sample().rule(
                                            "other",
                                            "orders-api",
                                            "billing-api",
                                            "orders.read: invoice.read")
                                    .suspend(new Suspension.OfRule(RULE))
                                    .when(exchange())
                                    .permit()
                                    .basis())
                    .containsExactly(new Basis(BILLING, new RuleId("other")));
        }

        @Test
        void a_suspended_claim_is_left_out() {
            assertThat(
                            sample().claim("email", "")
                                    .suspend(new Suspension.OfClaim("email"))
                                    .when(exchange().of(token(ALICE).claims(Map.of("email", "1"))))
                                    .permit()
                                    .terms()
                                    .claims())
                    .isEmpty();
        }
    }

    @Nested
    class Denials {
        @Test
        void a_denial_lists_all_objections_and_shows_the_first_class() {
            Given.When when =
                    sampleWith(sampleRule().modes(Mode.DELEGATION))
                            .bar(ALICE, "billing-api")
                            .withdraw(ALICE, "billing-api")
                            .rule(deny("stop", "orders-api", "billing-api"))
                            .when(exchange().of(token(ALICE).audiences("elsewhere")));
            when.thenDenied(
                    new SubjectAudience("its `aud` does not hold `orders-api`"),
                    new Denied(new RuleId("stop")),
                    new NotAMember(BILLING, true),
                    new ModeNotAllowed(BILLING, Mode.IMPERSONATION),
                    new ConsentMissing(BILLING, READ));
            assertThat(((Deny) when.decision()).refusal())
                    .isEqualTo(Reason.Refusal.INVALID_REQUEST);
        }

        @Test
        void every_reason_has_a_code_of_its_own_an_error_and_evidence() {
            List<Reason> reasons =
                    List.of(
                            new ClientDisabled(new ClientId("c")),
                            new SubjectAudience("d"),
                            new ActorAudience("d"),
                            new MayActMismatch("d"),
                            new ActorRepeated("a"),
                            new ChainTooDeep(2, 1),
                            new TokenNotActive("subject", "d"),
                            new BindingMissing("d"),
                            new TargetUnknown("t"),
                            new TargetNotAllowed(BILLING),
                            new NoRule(ORDERS, BILLING),
                            new ModeNotAllowed(BILLING, Mode.DELEGATION),
                            new ActorNotAllowed(BILLING),
                            new OutsideWindow(RULE),
                            new ConditionNotMet(RULE, "acr"),
                            new Denied(RULE),
                            new NotAMember(BILLING, true),
                            new NotCombinable(BILLING, Optional.of(RULE)),
                            new Suspended(7),
                            new ScopesNotPermitted(BILLING, READ),
                            new ConsentMissing(BILLING, READ));
            assertThat(reasons)
                    .extracting(reason -> reason.getClass().getName())
                    .containsExactlyInAnyOrder(
                            Arrays.stream(Reason.class.getPermittedSubclasses())
                                    .map(Class::getName)
                                    .toArray(String[]::new));
            assertThat(reasons)
                    .extracting(Reason::code)
                    .containsExactly(
                            "client_disabled",
                            "subject_audience",
                            "actor_audience",
                            "may_act_mismatch",
                            "actor_repeated",
                            "chain_too_deep",
                            "token_not_active",
                            "binding_missing",
                            "target_unknown",
                            "target_not_allowed",
                            "no_rule",
                            "mode",
                            "actor",
                            "window",
                            "condition",
                            "denied",
                            "not_a_member",
                            "not_combinable",
                            "suspended",
                            "scopes_not_permitted",
                            "consent_missing");
            assertThat(reasons).allSatisfy(reason -> assertThat(reason.evidence()).isNotEmpty());
            assertThat(reasons)
                    .extracting(reason -> reason.refusal().code())
                    .containsOnly(
                            "unauthorized_client",
                            "invalid_request",
                            "invalid_target",
                            "invalid_scope");
            assertThat(reasons.stream().map(Reason::refusal)).isSorted();
        }
    }
}
