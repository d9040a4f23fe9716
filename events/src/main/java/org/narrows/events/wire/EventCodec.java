// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.ConsentEvent.ConsentGranted;
import org.narrows.events.event.ConsentEvent.ConsentWithdrawn;
import org.narrows.events.event.Event;
import org.narrows.events.event.EventType;
import org.narrows.events.event.InvitationEvent.InvitationIssued;
import org.narrows.events.event.InvitationEvent.InvitationRedeemed;
import org.narrows.events.event.InvitationEvent.InvitationRevoked;
import org.narrows.events.event.LogEvent.KeyAdded;
import org.narrows.events.event.LogEvent.KeyRevoked;
import org.narrows.events.event.LogEvent.LogOpened;
import org.narrows.events.event.LogEvent.LogRestored;
import org.narrows.events.event.LogEvent.PublisherKey;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.event.QuarantineResolved;
import org.narrows.events.event.RevocationEvent.SubjectRevoked;
import org.narrows.events.event.RevocationEvent.TokenRevoked;
import org.narrows.events.event.UserEvent.UserAdmitted;
import org.narrows.events.event.UserEvent.UserForgotten;
import org.narrows.events.event.UserEvent.UserRemoved;
import org.narrows.events.event.UserEvent.Via;
import org.narrows.events.value.EventId;
import org.narrows.events.value.InvitationId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.Position;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * Change sets as CloudEvents 1.0 structured JSON. Everything is checked that can be judged without
 * the policy: form, ranges, reserved names, one entry named twice.
 */
public final class EventCodec {
    /** The member that says what a value is. */
    static final String TYPE = "type";

    /** Names of types, also of those yet to come: `policy.changed.v1`. */
    static final Pattern SHORT_NAME =
            Pattern.compile(
                    "[a-z][a-z0-9-]{0,31}(?:\\.[a-z][a-z0-9-]{0,31}){0,3}\\.v[1-9][0-9]{0,3}");

    private static final int MAX_ATTRIBUTE = 1_024;
    private static final int MAX_ACTOR = 512;
    private static final int MAX_REASON = 4_000;
    private static final int MAX_TEXT = 255;

    /**
     * RFC 3339 with any offset: `time` is a claim of the publisher's, never trusted and kept as it
     * is.
     */
    private static final Pattern TIME =
            Pattern.compile(
                    "\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])[Tt](?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)"
                            + "(?:\\.\\d{1,9})?(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)");

    private EventCodec() {}

    /** The value bytes of one change set: RFC 8785 JSON. */
    public static byte[] encode(ChangeSet changeSet) {
        return Json.canonicalBytes(toJson(changeSet));
    }

    /** The change set as a JSON object. */
    public static ObjectNode toJson(ChangeSet changeSet) {
        ObjectNode json = Json.object().put("specversion", "1.0");
        json.put("id", changeSet.id().value())
                .put("source", changeSet.source())
                .put(TYPE, changeSet.type().type())
                .put("time", changeSet.time());
        changeSet.subject().ifPresent(subject -> json.put("subject", subject));
        changeSet.actor().ifPresent(actor -> json.put("actor", actor));
        changeSet.reason().ifPresent(reason -> json.put("reason", reason));
        changeSet
                .expectedPosition()
                .ifPresent(seq -> json.put("expectedposition", Long.toString(seq)));
        json.set("data", data(changeSet.event()));
        return json;
    }

    /**
     * Reads a change set strictly.
     *
     * @throws MalformedException naming the path of the member that is wrong
     */
    public static ChangeSet decode(byte[] value) {
        if (value.length > Topics.MAX_VALUE_BYTES) {
            throw new MalformedException(
                    "", "must have at most " + Topics.MAX_VALUE_BYTES + " bytes");
        }
        return decode(Json.parse(value), "");
    }

    /**
     * Reads a change set that stands somewhere in a JSON document, as in a batch.
     *
     * @param path what the paths of errors begin with, such as {@code [2]}
     * @throws MalformedException naming the path of the member that is wrong
     */
    public static ChangeSet decode(JsonNode json, String path) {
        Members envelope = new Located(json, path).members();
        Located named = envelope.need(TYPE);
        EventType type =
                Optional.of(named.text())
                        .filter(text -> text.startsWith(EventType.PREFIX))
                        .flatMap(text -> EventType.named(text.substring(EventType.PREFIX.length())))
                        .orElseThrow(() -> named.wrong("is no type of event that is known here"));
        return decode(type, envelope);
    }

    /** Reads the rest of a change set whose type is known. */
    static ChangeSet decode(EventType type, Members envelope) {
        Located version = envelope.need("specversion");
        if (!version.text().equals("1.0")) {
            throw version.wrong("must be `1.0`");
        }
        EventId id = envelope.need("id").as(EventId::new);
        String source = envelope.need("source").visible(MAX_ATTRIBUTE);
        envelope.need(TYPE);
        Located time = envelope.need("time");
        if (!isRfc3339(time.text())) {
            throw time.wrong("must be an instant of RFC 3339, such as `2026-01-31T12:00:00Z`");
        }
        envelope.find("datacontenttype")
                .filter(content -> !content.text().equals("application/json"))
                .ifPresent(
                        content -> {
                            throw content.wrong("must be `application/json`");
                        });
        Optional<String> subject =
                envelope.find("subject").map(text -> text.printable(MAX_ATTRIBUTE));
        Optional<String> actor = envelope.find("actor").map(text -> text.printable(MAX_ACTOR));
        Optional<String> reason = envelope.find("reason").map(text -> text.prose(MAX_REASON));
        Optional<Long> expected =
                envelope.find("expectedposition").map(EventCodec::expectedPosition);
        Located data = envelope.need("data");
        envelope.end();
        Event event = data(type, data);
        return new ChangeSet(id, source, time.text(), subject, actor, reason, expected, event);
    }

    private static boolean isRfc3339(String time) {
        if (!TIME.matcher(time).matches()) {
            return false;
        }
        int day = Integer.parseInt(time.substring(8, 10));
        YearMonth month =
                YearMonth.of(
                        Integer.parseInt(time.substring(0, 4)),
                        Integer.parseInt(time.substring(5, 7)));
        return month.isValidDay(day);
    }

    private static long expectedPosition(Located at) {
        String digits = at.text();
        if (!Position.isSeq(digits)) {
            throw at.wrong("must be a position: a seq as decimal text, such as `17`");
        }
        return Long.parseLong(digits);
    }

    private static Event data(EventType type, Located at) {
        Members data = at.members();
        Event event =
                switch (type) {
                    case LOG_OPENED -> logOpened(data);
                    case LOG_RESTORED ->
                            new LogRestored(
                                    Values.hash(data.need("head")),
                                    data.need("nextSeq").integer(1, Position.MAX_SEQ));
                    case KEY_ADDED -> new KeyAdded(publisherKey(data));
                    case KEY_REVOKED -> new KeyRevoked(data.need("kid").as(KeyId::new));
                    case POLICY_CHANGED -> ChangeCodec.read(data.need("changes"));
                    case CONSENT_GRANTED ->
                            new ConsentGranted(
                                    Values.user(data.need("user")),
                                    Values.audience(data.need("audience")),
                                    someScopes(data.need("scopes")),
                                    Values.client(data.need("client")));
                    case CONSENT_WITHDRAWN ->
                            new ConsentWithdrawn(
                                    Values.user(data.need("user")),
                                    Values.audience(data.need("audience")),
                                    data.find("scopes").map(EventCodec::someScopes));
                    case USER_ADMITTED ->
                            new UserAdmitted(
                                    Values.user(data.need("user")),
                                    Values.audience(data.need("audience")),
                                    data.need("via").oneOf(List.of(Via.values()), Via::text));
                    case USER_REMOVED ->
                            new UserRemoved(
                                    Values.user(data.need("user")),
                                    Values.audience(data.need("audience")));
                    case USER_FORGOTTEN -> new UserForgotten(Values.user(data.need("user")));
                    case INVITATION_ISSUED ->
                            new InvitationIssued(
                                    invitation(data),
                                    Values.audience(data.need("audience")),
                                    data.find("expiresAt").map(Located::instant),
                                    data.find("claims")
                                            .map(EventCodec::assigned)
                                            .orElseGet(TreeMap::new));
                    case INVITATION_REDEEMED ->
                            new InvitationRedeemed(
                                    invitation(data), Values.user(data.need("user")));
                    case INVITATION_REVOKED -> new InvitationRevoked(invitation(data));
                    case TOKEN_REVOKED -> tokenRevoked(data);
                    case SUBJECT_REVOKED -> subjectRevoked(data);
                    case QUARANTINE_RESOLVED ->
                            new QuarantineResolved(data.need("seq").integer(1, Position.MAX_SEQ));
                };
        data.end();
        return event;
    }

    private static LogOpened logOpened(Members data) {
        Located key = data.need("rootKey");
        JwkRules.publisherKey(key);
        String rootKey = Json.canonical(key.json());
        String thumbprint = KeySets.thumbprint(rootKey);
        key.members()
                .find("kid")
                .filter(kid -> !kid.text().equals(thumbprint))
                .ifPresent(
                        kid -> {
                            throw kid.wrong("must be the key's thumbprint, `" + thumbprint + "`");
                        });
        return new LogOpened(
                rootKey,
                new KeyId(thumbprint),
                data.need("nonce").visible(MAX_TEXT),
                Values.issuer(data.need("issuer")));
    }

    private static PublisherKey publisherKey(Members data) {
        Located key = data.need("key");
        JwkRules.publisherKey(key);
        KeyId kid = key.members().need("kid").as(KeyId::new);
        return new PublisherKey(
                kid,
                Json.canonical(key.json()),
                data.need("holder").printable(MAX_TEXT),
                Values.setOf(data.need("types").someOf(EventCodec::publishable)),
                data.find("audiences").map(list -> Values.setOf(list.someOf(Values::audience))),
                data.find("admin").map(Located::flag).orElse(false));
    }

    private static String publishable(Located at) {
        String name = at.text();
        if (!SHORT_NAME.matcher(name).matches()) {
            throw at.wrong("must be a type with its version, such as `policy.changed.v1`");
        }
        if (name.startsWith("log.") || name.startsWith("key.")) {
            throw at.wrong("is published by the root key alone");
        }
        return name;
    }

    private static Scopes someScopes(Located at) {
        return Scopes.of(at.someOf(Values::scope));
    }

    private static InvitationId invitation(Members data) {
        return data.need("invitation").as(InvitationId::new);
    }

    private static SortedMap<String, String> assigned(Located at) {
        SortedMap<String, String> claims = Values.claims(at);
        claims.keySet().forEach(name -> Values.claimName(at.at(name, at.json()), name));
        return claims;
    }

    private static TokenRevoked tokenRevoked(Members data) {
        IssuerUrl issuer = Values.issuer(data.need("issuer"));
        TokenRef token = data.need("tokenId").as(id -> new TokenRef(issuer, id));
        return new TokenRevoked(token, data.need("expiresAt").instant());
    }

    private static SubjectRevoked subjectRevoked(Members data) {
        User user = Values.user(data);
        return new SubjectRevoked(user, data.need("notBefore").instant());
    }

    private static ObjectNode data(Event event) {
        ObjectNode data = Json.object();
        switch (event) {
            case LogOpened(var rootKey, _, var nonce, var issuer) -> {
                data.set("rootKey", Json.raw(rootKey));
                data.put("nonce", nonce).put("issuer", issuer.value());
            }
            case LogRestored(var head, long nextSeq) ->
                    data.put("head", head).put("nextSeq", nextSeq);
            case KeyAdded(var key) -> {
                data.set("key", Json.raw(key.jwk()));
                data.put("holder", key.holder()).set("types", Values.texts(key.types()));
                key.audiences()
                        .ifPresent(audiences -> data.set("audiences", Values.texts(audiences)));
                if (key.admin()) {
                    data.put("admin", true);
                }
            }
            case KeyRevoked(var kid) -> data.put("kid", kid.value());
            case PolicyChanged(var changes) ->
                    changes.forEach(
                            change -> data.withArray("changes").add(ChangeCodec.encode(change)));
            case ConsentGranted(var user, var audience, var scopes, var client) -> {
                data.set("user", Values.encode(user));
                data.put("audience", audience.value());
                data.set("scopes", Values.encode(scopes));
                data.put("client", client.value());
            }
            case ConsentWithdrawn(var user, var audience, var scopes) -> {
                data.set("user", Values.encode(user));
                data.put("audience", audience.value());
                scopes.ifPresent(some -> data.set("scopes", Values.encode(some)));
            }
            case UserAdmitted(var user, var audience, var via) -> {
                data.set("user", Values.encode(user));
                data.put("audience", audience.value()).put("via", via.text());
            }
            case UserRemoved(var user, var audience) -> {
                data.set("user", Values.encode(user));
                data.put("audience", audience.value());
            }
            case UserForgotten(var user) -> data.set("user", Values.encode(user));
            case InvitationIssued(var invitation, var audience, var expiresAt, var claims) -> {
                data.put("invitation", invitation.value()).put("audience", audience.value());
                expiresAt.ifPresent(instant -> data.put("expiresAt", instant.toString()));
                if (!claims.isEmpty()) {
                    data.set("claims", Values.encodeClaims(claims));
                }
            }
            case InvitationRedeemed(var invitation, var user) -> {
                data.put("invitation", invitation.value());
                data.set("user", Values.encode(user));
            }
            case InvitationRevoked(var invitation) -> data.put("invitation", invitation.value());
            case TokenRevoked(var token, var expiresAt) ->
                    data.put("issuer", token.issuer().value())
                            .put("tokenId", token.tokenId())
                            .put("expiresAt", expiresAt.toString());
            case SubjectRevoked(var user, var notBefore) ->
                    data.put("issuer", user.issuer().value())
                            .put("subject", user.subject())
                            .put("notBefore", notBefore.toString());
            case QuarantineResolved(long seq) -> data.put("seq", seq);
        }
        return data;
    }
}
