// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChange.AudienceDefined;
import org.narrows.events.event.PolicyChange.AudienceRetired;
import org.narrows.events.event.PolicyChange.ClaimDefined;
import org.narrows.events.event.PolicyChange.ClaimRetired;
import org.narrows.events.event.PolicyChange.ClientAudienceAllowed;
import org.narrows.events.event.PolicyChange.ClientAudienceWithdrawn;
import org.narrows.events.event.PolicyChange.ClientDisabled;
import org.narrows.events.event.PolicyChange.ClientEnabled;
import org.narrows.events.event.PolicyChange.ClientRegistered;
import org.narrows.events.event.PolicyChange.ClientRemoved;
import org.narrows.events.event.PolicyChange.ClientScopeAllowed;
import org.narrows.events.event.PolicyChange.ClientScopeWithdrawn;
import org.narrows.events.event.PolicyChange.IssuerDistrusted;
import org.narrows.events.event.PolicyChange.IssuerTrusted;
import org.narrows.events.event.PolicyChange.RuleDefined;
import org.narrows.events.event.PolicyChange.RuleRetired;
import org.narrows.events.event.PolicyChange.ScopeDefined;
import org.narrows.events.event.PolicyChange.ScopeRetired;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.Entry;
import org.narrows.events.policy.Kind;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Deny;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;

/** The changes inside `policy.changed`. */
public final class ChangeCodec {
    static final int MAX_CHANGES = 50_000;

    /** The scopes of the admin audience (DESIGN §7), which exist from genesis. */
    private static final Set<String> ADMIN_SCOPES =
            Set.of(
                    "policy:write",
                    "consent:write",
                    "log:operate",
                    "policy:read",
                    "consent:read",
                    "decision:read");

    private static final Map<String, Function<Located, PolicyChange>> READERS = readers();

    private ChangeCodec() {}

    private static Map<String, Function<Located, PolicyChange>> readers() {
        Map<String, Function<Located, PolicyChange>> readers = new LinkedHashMap<>();
        readers.put(
                "issuerTrusted", at -> new IssuerTrusted((TrustedIssuer) entry(Kind.ISSUERS, at)));
        readers.put(
                "audienceDefined", at -> new AudienceDefined((Audience) entry(Kind.AUDIENCES, at)));
        readers.put(
                "scopeDefined", at -> new ScopeDefined((ScopeDefinition) entry(Kind.SCOPES, at)));
        readers.put(
                "claimDefined", at -> new ClaimDefined((ClaimDefinition) entry(Kind.CLAIMS, at)));
        readers.put(
                "clientRegistered", at -> new ClientRegistered((Client) entry(Kind.CLIENTS, at)));
        readers.put("ruleDefined", at -> new RuleDefined((Rule) entry(Kind.RULES, at)));
        readers.put(
                "issuerDistrusted",
                body(m -> new IssuerDistrusted(Values.issuer(m.need("issuer")))));
        readers.put(
                "audienceRetired", body(m -> new AudienceRetired(Values.audience(m.need("id")))));
        readers.put(
                "scopeRetired",
                body(m -> new ScopeRetired(Values.scope(m.need("scope")), audienceOf(m))));
        readers.put(
                "claimRetired",
                body(m -> new ClaimRetired(Values.claimName(m.need("claim")), audienceOf(m))));
        readers.put("ruleRetired", body(m -> new RuleRetired(Values.rule(m.need("id")))));
        readers.put("clientDisabled", body(m -> new ClientDisabled(Values.client(m.need("id")))));
        readers.put("clientEnabled", body(m -> new ClientEnabled(Values.client(m.need("id")))));
        readers.put("clientRemoved", body(m -> new ClientRemoved(Values.client(m.need("id")))));
        readers.put(
                "clientScopeAllowed",
                body(m -> new ClientScopeAllowed(clientOf(m), Values.scope(m.need("scope")))));
        readers.put(
                "clientScopeWithdrawn",
                body(m -> new ClientScopeWithdrawn(clientOf(m), Values.scope(m.need("scope")))));
        readers.put(
                "clientAudienceAllowed",
                body(
                        m ->
                                new ClientAudienceAllowed(
                                        clientOf(m), Values.audience(m.need("audience")))));
        readers.put(
                "clientAudienceWithdrawn",
                body(
                        m ->
                                new ClientAudienceWithdrawn(
                                        clientOf(m), Values.audience(m.need("audience")))));
        return readers;
    }

    private static Entry entry(Kind kind, Located at) {
        return EntryReader.AUTHORED.read(kind, at);
    }

    private static Function<Located, PolicyChange> body(Function<Members, PolicyChange> reader) {
        return at -> {
            Members members = at.members();
            PolicyChange change = reader.apply(members);
            members.end();
            return change;
        };
    }

    private static Optional<AudienceId> audienceOf(Members members) {
        return members.find("audience").map(Values::audience);
    }

    private static ClientId clientOf(Members members) {
        return Values.client(members.need("client"));
    }

    /** Reads a list of changes, and checks what can be judged of them together. */
    static PolicyChanged read(Located at) {
        List<String> names = new ArrayList<>();
        List<PolicyChange> changes =
                at.list(
                        MAX_CHANGES,
                        change -> {
                            Members members = change.members();
                            List<String> name = members.names();
                            if (name.size() != 1) {
                                throw change.wrong("must hold one change, such as `ruleRetired`");
                            }
                            Function<Located, PolicyChange> reader = READERS.get(name.getFirst());
                            Located body = members.need(name.getFirst());
                            if (reader == null) {
                                throw body.wrong("is no change that is known here");
                            }
                            names.add(body.path());
                            return reader.apply(body);
                        });
        if (changes.isEmpty()) {
            throw at.wrong("must not be empty");
        }
        // Only now: a set that can be read whole and is refused for what it says suspends nobody.
        Map<Object, Integer> named = new HashMap<>();
        for (int i = 0; i < changes.size(); i++) {
            PolicyChange change = changes.get(i);
            Integer before = named.putIfAbsent(subjectOf(change), i);
            if (before != null) {
                throw MalformedException.refused(
                        names.get(i), "is about the same entry as `" + names.get(before) + "`");
            }
            int place = i;
            reservedIn(change)
                    .ifPresent(
                            problem -> {
                                throw MalformedException.refused(
                                        names.get(place) + problem.member(), problem.text());
                            });
        }
        return new PolicyChanged(changes);
    }

    private record Reserved(String member, String text) {}

    /** What a change is about; no two changes of one set are about the same. */
    private static Object subjectOf(PolicyChange change) {
        return switch (change) {
            case IssuerTrusted(var entry) -> entry.issuer();
            case IssuerDistrusted(var issuer) -> issuer;
            case AudienceDefined(var entry) -> entry.id();
            case AudienceRetired(var id) -> id;
            case ScopeDefined(var entry) -> entry.scope();
            case ScopeRetired(var scope, _) -> scope;
            case ClaimDefined(var entry) -> entry;
            case ClaimRetired(var claim, var audience) -> new ClaimDefinition(claim, audience);
            case RuleDefined(var entry) -> entry.id();
            case RuleRetired(var id) -> id;
            case ClientRegistered(var entry) -> entry.id();
            case ClientDisabled(var id) -> id;
            case ClientEnabled(var id) -> id;
            case ClientRemoved(var id) -> id;
            case ClientScopeAllowed(var client, var scope) -> List.of(client, scope);
            case ClientScopeWithdrawn(var client, var scope) -> List.of(client, scope);
            case ClientAudienceAllowed(var client, var audience) -> List.of(client, audience);
            case ClientAudienceWithdrawn(var client, var audience) -> List.of(client, audience);
        };
    }

    /** What nobody may change: the admin audience, and who may be let into it. */
    private static Optional<Reserved> reservedIn(PolicyChange change) {
        return switch (change) {
            case AudienceDefined(var entry) when entry.id().equals(Audience.ADMIN) ->
                    adminAudience();
            case AudienceRetired(var id) when id.equals(Audience.ADMIN) -> adminAudience();
            case ScopeDefined(var entry) -> adminScope(entry.scope(), entry.audience());
            case ScopeRetired(var scope, var audience) -> adminScope(scope, audience);
            case RuleDefined(var rule) when rule.match().to().equals(Audience.ADMIN) ->
                    adminRule(rule);
            case IssuerTrusted _,
                    AudienceDefined _,
                    ClaimDefined _,
                    ClientRegistered _,
                    RuleDefined _,
                    IssuerDistrusted _,
                    AudienceRetired _,
                    ClaimRetired _,
                    RuleRetired _,
                    ClientDisabled _,
                    ClientEnabled _,
                    ClientRemoved _,
                    ClientScopeAllowed _,
                    ClientScopeWithdrawn _,
                    ClientAudienceAllowed _,
                    ClientAudienceWithdrawn _ ->
                    Optional.empty();
        };
    }

    private static Optional<Reserved> adminAudience() {
        return Optional.of(
                new Reserved(
                        ".id", "`" + Audience.ADMIN + "` is never defined anew and never retired"));
    }

    private static Optional<Reserved> adminScope(ScopeName scope, Optional<AudienceId> audience) {
        if (ADMIN_SCOPES.contains(scope.value())) {
            return Optional.of(
                    new Reserved(
                            ".scope",
                            "`" + scope + "` belongs to `" + Audience.ADMIN + "` for good"));
        }
        return audience.filter(Audience.ADMIN::equals)
                .map(
                        _ ->
                                new Reserved(
                                        ".audience",
                                        "`" + Audience.ADMIN + "` has the scopes it has for good"));
    }

    private static Optional<Reserved> adminRule(Rule rule) {
        if (rule.match().clients().isEmpty()) {
            return Optional.of(
                    new Reserved(
                            ".clients",
                            "a rule into `" + Audience.ADMIN + "` must name its clients"));
        }
        if (rule.match().issuers().isEmpty()) {
            return Optional.of(
                    new Reserved(
                            ".issuers",
                            "a rule into `" + Audience.ADMIN + "` must name its issuers"));
        }
        return switch (rule) {
            case Allow allow when allow.maxChainDepth() != 1 ->
                    Optional.of(
                            new Reserved(
                                    ".maxChainDepth",
                                    "must be 1 in a rule into `" + Audience.ADMIN + "`"));
            case Allow allow when allow.combinable() ->
                    Optional.of(
                            new Reserved(
                                    ".combinable",
                                    "a rule into `" + Audience.ADMIN + "` is never combinable"));
            case Allow _, Deny _ -> Optional.empty();
        };
    }

    /** One change, as it stands in the list. */
    public static ObjectNode encode(PolicyChange change) {
        return switch (change) {
            case IssuerTrusted(var entry) -> named("issuerTrusted", EntryCodec.encode(entry));
            case AudienceDefined(var entry) -> named("audienceDefined", EntryCodec.encode(entry));
            case ScopeDefined(var entry) -> named("scopeDefined", EntryCodec.encode(entry));
            case ClaimDefined(var entry) -> named("claimDefined", EntryCodec.encode(entry));
            case ClientRegistered(var entry) -> named("clientRegistered", EntryCodec.encode(entry));
            case RuleDefined(var entry) -> named("ruleDefined", EntryCodec.encode(entry));
            case IssuerDistrusted(var issuer) ->
                    named("issuerDistrusted", Json.object().put("issuer", issuer.value()));
            case AudienceRetired(var id) -> named("audienceRetired", id(id.value()));
            case ScopeRetired(var scope, var audience) ->
                    named(
                            "scopeRetired",
                            ofAudience(Json.object().put("scope", scope.value()), audience));
            case ClaimRetired(var claim, var audience) ->
                    named("claimRetired", ofAudience(Json.object().put("claim", claim), audience));
            case RuleRetired(RuleId id) -> named("ruleRetired", id(id.value()));
            case ClientDisabled(var id) -> named("clientDisabled", id(id.value()));
            case ClientEnabled(var id) -> named("clientEnabled", id(id.value()));
            case ClientRemoved(var id) -> named("clientRemoved", id(id.value()));
            case ClientScopeAllowed(var client, var scope) ->
                    named("clientScopeAllowed", pair(client, "scope", scope.value()));
            case ClientScopeWithdrawn(var client, var scope) ->
                    named("clientScopeWithdrawn", pair(client, "scope", scope.value()));
            case ClientAudienceAllowed(var client, var audience) ->
                    named("clientAudienceAllowed", pair(client, "audience", audience.value()));
            case ClientAudienceWithdrawn(var client, var audience) ->
                    named("clientAudienceWithdrawn", pair(client, "audience", audience.value()));
        };
    }

    private static ObjectNode named(String change, ObjectNode body) {
        return Json.object().set(change, body);
    }

    private static ObjectNode id(String id) {
        return Json.object().put("id", id);
    }

    private static ObjectNode ofAudience(ObjectNode body, Optional<AudienceId> audience) {
        audience.ifPresent(id -> body.put("audience", id.value()));
        return body;
    }

    private static ObjectNode pair(ClientId client, String member, String value) {
        return Json.object().put("client", client.value()).put(member, value);
    }
}
