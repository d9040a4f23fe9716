// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.narrows.events.event.EventType;
import org.narrows.events.state.Suspension;
import org.narrows.events.state.Suspension.OfAudience;
import org.narrows.events.state.Suspension.OfClaim;
import org.narrows.events.state.Suspension.OfClient;
import org.narrows.events.state.Suspension.OfInvitation;
import org.narrows.events.state.Suspension.OfIssuer;
import org.narrows.events.state.Suspension.OfRule;
import org.narrows.events.state.Suspension.OfScope;
import org.narrows.events.state.Suspension.OfToken;
import org.narrows.events.state.Suspension.OfUser;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.InvitationId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * What a malformed event meant to take away, as far as it can be read (DESIGN §10).
 *
 * @param names the least that holds still all that it may have meant; empty where that cannot be
 *     read
 */
record Restriction(boolean restricts, List<Suspension> names) {
    static final Restriction NONE = new Restriction(false, List.of());

    /** Something was to be taken away, and nobody can say what. */
    private static final Restriction OF_ANYTHING = new Restriction(true, List.of());

    private static final int MAX_NAMES = 10_000;

    static Restriction meantBy(EventType type, @Nullable JsonNode data) {
        return switch (type) {
            case CONSENT_WITHDRAWN, USER_REMOVED ->
                    of(
                            userOf(data == null ? null : data.get("user"))
                                    .<Suspension>map(user -> new OfUser(user, audienceOf(data)))
                                    .or(() -> audienceOf(data).map(OfAudience::new)));
            case USER_FORGOTTEN ->
                    of(
                            userOf(data == null ? null : data.get("user"))
                                    .map(user -> new OfUser(user, Optional.empty())));
            case SUBJECT_REVOKED ->
                    of(
                            userOf(data)
                                    .<Suspension>map(user -> new OfUser(user, Optional.empty()))
                                    .or(() -> issuerOf(data).map(OfIssuer::new)));
            case TOKEN_REVOKED -> of(tokenOf(data).or(() -> issuerOf(data).map(OfIssuer::new)));
            case INVITATION_REVOKED ->
                    of(
                            Lenient.member(data, "invitation", InvitationId::new)
                                    .map(OfInvitation::new));
            case KEY_REVOKED -> OF_ANYTHING;
            case POLICY_CHANGED -> meantBy(data == null ? null : data.get("changes"));
            case LOG_OPENED,
                    LOG_RESTORED,
                    KEY_ADDED,
                    CONSENT_GRANTED,
                    USER_ADMITTED,
                    INVITATION_ISSUED,
                    INVITATION_REDEEMED,
                    QUARANTINE_RESOLVED ->
                    NONE;
        };
    }

    private static Restriction of(Optional<? extends Suspension> name) {
        return new Restriction(true, name.<List<Suspension>>map(List::of).orElse(List.of()));
    }

    private static Restriction meantBy(@Nullable JsonNode changes) {
        if (changes == null || !changes.isArray()) {
            return OF_ANYTHING;
        }
        List<Suspension> names = new ArrayList<>();
        for (JsonNode change : changes) {
            if (!change.isObject() || change.isEmpty()) {
                return OF_ANYTHING;
            }
            for (Map.Entry<String, JsonNode> member : change.properties()) {
                Restriction meant = meantBy(member.getKey(), member.getValue());
                if (meant.restricts() && meant.names().isEmpty()) {
                    return OF_ANYTHING;
                }
                names.addAll(meant.names());
                if (names.size() > MAX_NAMES) {
                    return OF_ANYTHING;
                }
            }
        }
        return names.isEmpty() ? NONE : new Restriction(true, names.stream().distinct().toList());
    }

    private static Restriction meantBy(String change, JsonNode body) {
        return switch (change) {
            case "issuerTrusted",
                    "audienceDefined",
                    "scopeDefined",
                    "claimDefined",
                    "clientRegistered",
                    "clientEnabled",
                    "clientScopeAllowed",
                    "clientAudienceAllowed" ->
                    NONE;
            case "ruleDefined" ->
                    // Only what says clearly that it allows is sure not to deny.
                    Lenient.text(body.get("effect")).filter("allow"::equals).isPresent()
                            ? NONE
                            : new Restriction(true, ofDenyRule(body));
            case "issuerDistrusted" -> of(issuerOf(body).map(OfIssuer::new));
            case "audienceRetired" ->
                    of(Lenient.member(body, "id", AudienceId::new).map(OfAudience::new));
            case "ruleRetired" -> of(Lenient.member(body, "id", RuleId::new).map(OfRule::new));
            case "clientDisabled", "clientRemoved" ->
                    of(Lenient.member(body, "id", ClientId::new).map(OfClient::new));
            case "scopeRetired" -> of(scopeOf(body));
            case "claimRetired" ->
                    of(Lenient.member(body, "claim", Function.identity()).map(OfClaim::new));
            case "clientScopeWithdrawn" -> of(clientOf(body).or(() -> scopeOf(body)));
            case "clientAudienceWithdrawn" ->
                    of(clientOf(body).or(() -> audienceOf(body).map(OfAudience::new)));
            // A change that nobody knows may have meant anything.
            default -> OF_ANYTHING;
        };
    }

    /**
     * Whatever it was to deny goes through the clients that it names, or else into its target or
     * from its home.
     */
    private static List<Suspension> ofDenyRule(JsonNode body) {
        List<Suspension> names = new ArrayList<>();
        JsonNode clients = body.get("clients");
        if (clients != null && clients.isArray() && !clients.isEmpty()) {
            for (JsonNode client : clients) {
                Lenient.text(client)
                        .flatMap(text -> Lenient.value(text, ClientId::new))
                        .ifPresent(id -> names.add(new OfClient(id)));
            }
            if (names.size() < clients.size()) {
                names.clear();
            }
        }
        if (names.isEmpty()) {
            Lenient.member(body, "to", AudienceId::new)
                    .or(() -> Lenient.member(body, "from", AudienceId::new))
                    .ifPresent(audience -> names.add(new OfAudience(audience)));
        }
        if (!names.isEmpty()) {
            // The rule that it was to take the place of, if there is one.
            Lenient.member(body, "id", RuleId::new).ifPresent(id -> names.add(new OfRule(id)));
        }
        return names;
    }

    private static Optional<Suspension> tokenOf(@Nullable JsonNode data) {
        IssuerUrl any = new IssuerUrl("https://any.invalid");
        return Lenient.member(data, "tokenId", id -> new TokenRef(any, id).tokenId())
                .map(OfToken::new);
    }

    private static Optional<User> userOf(@Nullable JsonNode user) {
        return issuerOf(user)
                .flatMap(
                        issuer ->
                                Lenient.member(
                                        user, "subject", subject -> new User(issuer, subject)));
    }

    private static Optional<IssuerUrl> issuerOf(@Nullable JsonNode object) {
        return Lenient.member(object, "issuer", IssuerUrl::new);
    }

    private static Optional<AudienceId> audienceOf(@Nullable JsonNode object) {
        return Lenient.member(object, "audience", AudienceId::new);
    }

    private static Optional<Suspension> clientOf(JsonNode body) {
        return Lenient.member(body, "client", ClientId::new).map(OfClient::new);
    }

    private static Optional<Suspension> scopeOf(JsonNode body) {
        return Lenient.member(body, "scope", ScopeName::new).map(OfScope::new);
    }
}
