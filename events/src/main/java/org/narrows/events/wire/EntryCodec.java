// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.SortedMap;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.Audience.BindingRequirement;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.Client.ExcessScope;
import org.narrows.events.policy.ClientAuthentication;
import org.narrows.events.policy.ClientAuthentication.AssertionAudience;
import org.narrows.events.policy.ClientAuthentication.ClientSecret;
import org.narrows.events.policy.ClientAuthentication.FederatedJwt;
import org.narrows.events.policy.ClientAuthentication.PrivateKeyJwt;
import org.narrows.events.policy.ClientAuthentication.SelfSignedTlsClientAuth;
import org.narrows.events.policy.ClientAuthentication.TlsClientAuth;
import org.narrows.events.policy.ClientEntry;
import org.narrows.events.policy.ClientTokens;
import org.narrows.events.policy.Entry;
import org.narrows.events.policy.KeySource;
import org.narrows.events.policy.Kind;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Conditions;
import org.narrows.events.policy.Rule.Deny;
import org.narrows.events.policy.Rule.Match;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.Scopes;

/**
 * Policy entries as admins write them: the same members in files, events, answers and rows (DESIGN
 * §4).
 */
public final class EntryCodec {
    static final List<SubjectTokenType> DEFAULT_SUBJECT_TOKEN_TYPES =
            List.of(SubjectTokenType.ACCESS_TOKEN, SubjectTokenType.JWT);

    private EntryCodec() {}

    /** Which section an entry belongs to. */
    public static Kind kindOf(Entry entry) {
        return switch (entry) {
            case TrustedIssuer _ -> Kind.ISSUERS;
            case Audience _ -> Kind.AUDIENCES;
            case ScopeDefinition _ -> Kind.SCOPES;
            case ClaimDefinition _ -> Kind.CLAIMS;
            case Client _ -> Kind.CLIENTS;
            case Rule _ -> Kind.RULES;
        };
    }

    /**
     * Reads an entry strictly. A client is without its `scopes` and `audiences`, as events write
     * it.
     *
     * @param path what the paths of errors begin with
     * @throws MalformedException naming the path of the member that is wrong
     */
    public static Entry decode(Kind kind, JsonNode json, String path) {
        return EntryReader.AUTHORED.read(kind, new Located(json, path));
    }

    /**
     * Reads a client with its `scopes` and `audiences`, as files and answers write it.
     *
     * @param path what the paths of errors begin with
     * @throws MalformedException naming the path of the member that is wrong
     */
    public static ClientEntry decodeClient(JsonNode json, String path) {
        return EntryReader.AUTHORED.readClient(new Located(json, path));
    }

    /** The entry with every default left out. */
    public static ObjectNode encode(Entry entry) {
        return switch (entry) {
            case TrustedIssuer issuer -> issuer(issuer);
            case Audience audience -> audience(audience);
            case ScopeDefinition scope -> scope(scope);
            case ClaimDefinition claim -> claim(claim);
            case Client client -> client(client);
            case Rule rule -> rule(rule);
        };
    }

    /**
     * The client with all that it may have; `scopes` and `audiences` are left out when there are
     * none.
     */
    public static ObjectNode encode(ClientEntry entry) {
        ObjectNode json = client(entry.client());
        if (!entry.audiences().isEmpty()) {
            json.set("audiences", Values.texts(entry.audiences()));
        }
        if (!entry.scopes().isEmpty()) {
            json.set("scopes", Values.encode(entry.scopes()));
        }
        return json;
    }

    private static ObjectNode issuer(TrustedIssuer issuer) {
        ObjectNode json = Json.object().put("issuer", issuer.issuer().value());
        json.put("alias", issuer.alias().value());
        if (issuer.primary()) {
            json.put("primary", true);
        }
        keys(json, issuer.keys());
        if (!issuer.algorithms().equals(Algorithm.DEFAULT)) {
            json.set("algorithms", Values.words(issuer.algorithms(), Algorithm::name));
        }
        if (!issuer.subjectTokenTypes().equals(Values.setOf(DEFAULT_SUBJECT_TOKEN_TYPES))) {
            json.set(
                    "subjectTokenTypes",
                    Values.words(issuer.subjectTokenTypes(), SubjectTokenType::text));
        }
        if (!issuer.requireType().equals(Values.setOf(TrustedIssuer.DEFAULT_REQUIRE_TYPE))) {
            json.set("requireType", Values.texts(issuer.requireType()));
        }
        issuer.audiences().ifPresent(audiences -> json.set("audiences", Values.texts(audiences)));
        if (!issuer.scopesFrom().equals(TrustedIssuer.DEFAULT_SCOPES_FROM)) {
            json.set("scopesFrom", Values.texts(issuer.scopesFrom()));
        }
        switch (issuer.clients()) {
            case ClientTokens.Never() -> {}
            case ClientTokens.OwnSubject() -> json.put("clients", true);
            case ClientTokens.All() -> json.put("clients", "all");
            case ClientTokens.Marked(var claim, var value) ->
                    json.set("clients", Json.object().put(claim, value));
        }
        return json;
    }

    private static void keys(ObjectNode json, KeySource keys) {
        switch (keys) {
            // Read, not passed on raw: whoever gets the tree may want to look inside.
            case KeySource.Inline(var jwks) -> json.set("jwks", Json.parse(jwks));
            case KeySource.Remote(var uri) -> json.put("jwksUri", uri.toString());
        }
    }

    private static ObjectNode audience(Audience audience) {
        ObjectNode json = Json.object().put("id", audience.id().value());
        if (!audience.tokenAudience().equals(audience.id().value())) {
            json.put("tokenAudience", audience.tokenAudience());
        }
        if (!audience.formerTokenAudiences().isEmpty()) {
            ArrayNode former = json.putArray("formerTokenAudiences");
            audience.formerTokenAudiences()
                    .forEach(
                            one ->
                                    former.addObject()
                                            .put("value", one.value())
                                            .put("until", one.until().toString()));
        }
        audience.name().ifPresent(name -> json.put("name", name));
        if (!audience.signUpEnabled()) {
            json.put("signUpEnabled", false);
        }
        if (audience.invitationEnabled()) {
            json.put("invitationEnabled", true);
        }
        if (!audience.maxLifetime().equals(Audience.DEFAULT_MAX_LIFETIME)) {
            json.put("maxLifetime", audience.maxLifetime().toString());
        }
        audience.maxStaleness().ifPresent(bound -> json.put("maxStaleness", bound.toString()));
        if (audience.requireBinding() != BindingRequirement.NONE) {
            json.put("requireBinding", audience.requireBinding().text());
        }
        if (!audience.labels().isEmpty()) {
            json.set("labels", Values.texts(audience.labels()));
        }
        return json;
    }

    private static ObjectNode scope(ScopeDefinition scope) {
        ObjectNode json = Json.object().put("scope", scope.scope().value());
        scope.audience().ifPresent(audience -> json.put("audience", audience.value()));
        json.put("kind", scope.kind().text());
        scope.name().ifPresent(name -> json.put("name", name));
        scope.description().ifPresent(description -> json.put("description", description));
        return json;
    }

    private static ObjectNode claim(ClaimDefinition claim) {
        ObjectNode json = Json.object().put("claim", claim.claim());
        claim.audience().ifPresent(audience -> json.put("audience", audience.value()));
        return json;
    }

    private static ObjectNode client(Client client) {
        ObjectNode json = Json.object().put("id", client.id().value());
        json.put("audience", client.audience().value());
        json.set("authentication", authentication(client.authentication()));
        if (!client.knownAs().isEmpty()) {
            ObjectNode names = json.putObject("knownAs");
            client.knownAs().forEach((issuer, name) -> names.put(issuer.value(), name));
        }
        if (client.onExcessScope() != ExcessScope.REFUSE) {
            json.put("onExcessScope", client.onExcessScope().text());
        }
        return json;
    }

    private static ObjectNode authentication(ClientAuthentication authentication) {
        ObjectNode json = Json.object();
        switch (authentication) {
            case ClientSecret(var hashes) -> {
                json.put("method", "client_secret");
                if (hashes.size() == 1) {
                    json.put("secretHash", hashes.first());
                } else {
                    json.set("secretHashes", Values.texts(hashes));
                }
            }
            case PrivateKeyJwt(var keys, var audience) -> {
                json.put("method", "private_key_jwt");
                keys(json, keys);
                if (audience != AssertionAudience.ISSUER) {
                    json.put("assertionAudience", audience.text());
                }
            }
            case TlsClientAuth(var type, var name) ->
                    json.put("method", "tls_client_auth").put(type.member(), name);
            case SelfSignedTlsClientAuth(var keys) -> {
                json.put("method", "self_signed_tls_client_auth");
                keys(json, keys);
            }
            case FederatedJwt(var issuer, var subject, var maxAge) -> {
                json.put("method", "federated_jwt")
                        .put("issuer", issuer.value())
                        .put("subject", subject);
                if (!maxAge.equals(FederatedJwt.DEFAULT_MAX_AGE)) {
                    json.put("maxAge", maxAge.toString());
                }
            }
        }
        return json;
    }

    private static ObjectNode rule(Rule rule) {
        Match match = rule.match();
        boolean allow = rule instanceof Allow;
        ObjectNode json = Json.object().put("id", rule.id().value());
        json.put("effect", allow ? "allow" : "deny");
        match.clients().ifPresent(clients -> json.set("clients", Values.texts(clients)));
        json.put("from", match.from().value()).put("to", match.to().value());
        if (rule instanceof Allow(_, _, SortedMap<?, Scopes> scopes, _, _, _, _)) {
            ObjectNode map = json.putObject("scopes");
            scopes.forEach((held, worth) -> map.set(held.toString(), Values.encode(worth)));
        }
        match.issuers().ifPresent(issuers -> json.set("issuers", Values.texts(issuers)));
        if (!match.modes().equals(Values.setOf(defaultModes(allow)))) {
            json.set("modes", Values.words(match.modes(), Mode::text));
        }
        if (!match.actors().equals(Values.setOf(defaultActors(allow)))) {
            json.set("actors", Values.words(match.actors(), ActorKind::text));
        }
        switch (rule) {
            case Allow(
                            _,
                            _,
                            _,
                            var maxLifetime,
                            int maxChainDepth,
                            boolean rebind,
                            boolean combinable) -> {
                if (rebind) {
                    json.put("boundSubject", "rebind");
                }
                maxLifetime.ifPresent(cap -> json.put("maxLifetime", cap.toString()));
                if (maxChainDepth != 1) {
                    json.put("maxChainDepth", maxChainDepth);
                }
                if (combinable) {
                    json.put("combinable", true);
                }
            }
            case Deny _ -> {}
        }
        match.notBefore().ifPresent(instant -> json.put("notBefore", instant.toString()));
        match.notAfter().ifPresent(instant -> json.put("notAfter", instant.toString()));
        if (!match.conditions().equals(Conditions.NONE)) {
            json.set("conditions", conditions(match.conditions()));
        }
        return json;
    }

    private static ObjectNode conditions(Conditions conditions) {
        ObjectNode json = Json.object();
        conditions.acr().ifPresent(acr -> json.set("acr", Values.texts(acr)));
        conditions.amr().ifPresent(amr -> json.set("amr", Values.texts(amr)));
        conditions.maxAuthAge().ifPresent(age -> json.put("maxAuthAge", age.toString()));
        return json;
    }

    static List<Mode> defaultModes(boolean allow) {
        return allow ? List.of(Mode.IMPERSONATION) : List.of(Mode.values());
    }

    static List<ActorKind> defaultActors(boolean allow) {
        return allow ? List.of(ActorKind.CLIENT) : List.of(ActorKind.values());
    }
}
