// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.narrows.events.event.LogEvent.PublisherKey;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.Entry;
import org.narrows.events.policy.Kind;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.AliasRow;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClaimRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.ConsentRow;
import org.narrows.events.state.Row.ConsentedScope;
import org.narrows.events.state.Row.GapRow;
import org.narrows.events.state.Row.InvitationRow;
import org.narrows.events.state.Row.InvitationState;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.KeyRow;
import org.narrows.events.state.Row.MembershipRow;
import org.narrows.events.state.Row.QuarantineRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.state.Row.Standing;
import org.narrows.events.state.Row.Standing.Barred;
import org.narrows.events.state.Row.Standing.Member;
import org.narrows.events.state.Row.SubjectRevocationRow;
import org.narrows.events.state.Row.TokenRevocationRow;
import org.narrows.events.state.Row.Via;
import org.narrows.events.state.Suspension;
import org.narrows.events.state.Suspension.OfAudience;
import org.narrows.events.state.Suspension.OfClaim;
import org.narrows.events.state.Suspension.OfClient;
import org.narrows.events.state.Suspension.OfEverything;
import org.narrows.events.state.Suspension.OfInvitation;
import org.narrows.events.state.Suspension.OfIssuer;
import org.narrows.events.state.Suspension.OfRule;
import org.narrows.events.state.Suspension.OfScope;
import org.narrows.events.state.Suspension.OfToken;
import org.narrows.events.state.Suspension.OfUser;
import org.narrows.events.value.Alias;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.InvitationId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.Position;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/** Rows as canonical JSON, for the store and the digests. */
public final class RowCodec {
    private RowCodec() {}

    /** RFC 8785 JSON of everything in the row that is neither in its key nor its since. */
    public static String encode(Row row) {
        return Json.canonical(
                switch (row) {
                    case IssuerRow issuer -> without(EntryCodec.encode(issuer.entry()), "issuer");
                    case AliasRow alias ->
                            Json.object()
                                    .put("alias", alias.alias().value())
                                    .put("primary", alias.primary());
                    case AudienceRow audience -> without(EntryCodec.encode(audience.entry()), "id");
                    case ScopeRow scope -> without(EntryCodec.encode(scope.entry()), "scope");
                    case ClaimRow _ -> Json.object();
                    case ClientRow client -> client(client);
                    case RuleRow rule -> without(EntryCodec.encode(rule.entry()), "id");
                    case KeyRow key -> key(key);
                    case QuarantineRow quarantine ->
                            Json.object().set("names", encode(quarantine.names()));
                    case GapRow gap ->
                            Json.object().put("first", gap.first()).put("last", gap.last());
                    case ConsentRow consent -> consent(consent);
                    case MembershipRow membership -> standing(membership.standing());
                    case SubjectRevocationRow revocation -> {
                        ObjectNode json =
                                Json.object().put("notBefore", revocation.notBefore().toString());
                        revocation.leavesAt().ifPresent(at -> json.put("leavesAt", at.toString()));
                        yield json;
                    }
                    case InvitationRow invitation -> invitation(invitation);
                    case TokenRevocationRow revocation ->
                            Json.object().put("expiresAt", revocation.expiresAt().toString());
                });
    }

    private static ObjectNode without(ObjectNode entry, String member) {
        entry.remove(member);
        return entry;
    }

    private static ObjectNode client(ClientRow row) {
        ObjectNode json = without(EntryCodec.encode(row.entry()), "id");
        row.enabledSince().ifPresent(since -> json.put("enabledSince", since));
        ObjectNode scopes = json.putObject("scopes");
        row.scopes().forEach((scope, since) -> scopes.put(scope.value(), since));
        ObjectNode audiences = json.putObject("audiences");
        row.audiences().forEach((audience, since) -> audiences.put(audience.value(), since));
        return json;
    }

    private static ObjectNode key(KeyRow row) {
        PublisherKey key = row.entry();
        ObjectNode json = Json.object().put("holder", key.holder()).put("admin", key.admin());
        json.set("jwk", Json.raw(key.jwk()));
        json.set("types", Values.texts(key.types()));
        key.audiences().ifPresent(audiences -> json.set("audiences", Values.texts(audiences)));
        row.revokedAt().ifPresent(seq -> json.put("revokedAt", seq));
        return json;
    }

    private static ObjectNode consent(ConsentRow row) {
        ObjectNode json = Json.object();
        ObjectNode scopes = json.putObject("scopes");
        row.scopes()
                .forEach(
                        (scope, held) ->
                                scopes.putObject(scope.value())
                                        .put("client", held.client().value())
                                        .put("since", held.since()));
        return json;
    }

    private static ObjectNode standing(Standing standing) {
        return switch (standing) {
            case Member(var via, var claims, var barLifted) -> {
                ObjectNode json = Json.object().put("state", "member").put("via", via.text());
                barLifted.ifPresent(seq -> json.put("barLifted", seq));
                if (!claims.isEmpty()) {
                    json.set("claims", Values.encodeClaims(claims));
                }
                yield json;
            }
            case Barred() -> Json.object().put("state", "barred");
        };
    }

    private static ObjectNode invitation(InvitationRow row) {
        ObjectNode json =
                Json.object()
                        .put("audience", row.audience().value())
                        .put("state", word(row.state()));
        row.expiresAt().ifPresent(at -> json.put("expiresAt", at.toString()));
        if (!row.claims().isEmpty()) {
            json.set("claims", Values.encodeClaims(row.claims()));
        }
        return json;
    }

    private static String word(InvitationState state) {
        return state.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** What is suspended, as `/status` shows it and rows keep it. */
    public static ArrayNode encode(List<Suspension> names) {
        ArrayNode array = Json.array();
        for (Suspension name : names) {
            ObjectNode json = array.addObject();
            switch (name) {
                case OfIssuer(var issuer) -> json.put("issuer", issuer.value());
                case OfAudience(var audience) -> json.put("audience", audience.value());
                case OfScope(var scope) -> json.put("scope", scope.value());
                case OfClaim(var claim) -> json.put("claim", claim);
                case OfClient(var client) -> json.put("client", client.value());
                case OfRule(var rule) -> json.put("rule", rule.value());
                case OfUser(var user, var audience) -> {
                    json.set("user", Values.encode(user));
                    audience.ifPresent(id -> json.put("audience", id.value()));
                }
                case OfInvitation(var invitation) -> json.put("invitation", invitation.value());
                case OfToken(var tokenId) -> json.put("token", tokenId);
                case OfEverything(var audiences) -> {
                    if (audiences.isPresent()) {
                        json.set("everythingOf", Values.texts(audiences.get()));
                    } else {
                        json.put("everything", true);
                    }
                }
            }
        }
        return array;
    }

    /**
     * Puts a row together again.
     *
     * @throws MalformedException when the text is none that {@link #encode} wrote for such a key
     */
    public static Row decode(Row.Key key, long since, String json) {
        Located at = Located.whole(Json.parse(json));
        Members row = at.members();
        String name = key.name();
        return switch (key.kind()) {
            case ISSUER ->
                    new IssuerRow((TrustedIssuer) entry(Kind.ISSUERS, at, "issuer", name), since);
            case ALIAS ->
                    new AliasRow(
                            new IssuerUrl(name),
                            row.need("alias").as(Alias::new),
                            row.need("primary").flag(),
                            since);
            case AUDIENCE ->
                    new AudienceRow((Audience) entry(Kind.AUDIENCES, at, "id", name), since);
            case SCOPE ->
                    new ScopeRow((ScopeDefinition) entry(Kind.SCOPES, at, "scope", name), since);
            case CLAIM ->
                    new ClaimRow(
                            new ClaimDefinition(
                                    name,
                                    Optional.of(key.owner())
                                            .filter(owner -> !owner.isEmpty())
                                            .map(AudienceId::new)),
                            since);
            case CLIENT -> client(row, name, since);
            case RULE -> new RuleRow((Rule) entry(Kind.RULES, at, "id", name), since);
            case KEY ->
                    new KeyRow(
                            new PublisherKey(
                                    new KeyId(name),
                                    Json.canonical(row.need("jwk").json()),
                                    row.need("holder").text(),
                                    Values.setOf(row.need("types").list(Located::text)),
                                    row.find("audiences")
                                            .map(list -> Values.setOf(list.list(Values::audience))),
                                    row.need("admin").flag()),
                            row.find("revokedAt").map(RowCodec::seq),
                            since);
            case QUARANTINE ->
                    new QuarantineRow(
                            row.need("names").list(Integer.MAX_VALUE, RowCodec::suspension), since);
            case GAP -> new GapRow(seq(row.need("first")), seq(row.need("last")), since);
            case CONSENT ->
                    new ConsentRow(
                            User.ofKey(key.owner()),
                            new AudienceId(name),
                            row.need("scopes")
                                    .members()
                                    .map(Integer.MAX_VALUE, ScopeName::new, RowCodec::consented),
                            since);
            case MEMBERSHIP ->
                    new MembershipRow(
                            User.ofKey(key.owner()), new AudienceId(name), standing(row), since);
            case SUBJECT_REVOCATION ->
                    new SubjectRevocationRow(
                            User.ofKey(key.owner()),
                            row.need("notBefore").instant(),
                            row.find("leavesAt").map(Located::instant),
                            since);
            case INVITATION ->
                    new InvitationRow(
                            new InvitationId(name),
                            Values.audience(row.need("audience")),
                            row.find("expiresAt").map(Located::instant),
                            claims(row),
                            row.need("state")
                                    .oneOf(List.of(InvitationState.values()), RowCodec::word),
                            since);
            case TOKEN_REVOCATION ->
                    new TokenRevocationRow(tokenOf(name), row.need("expiresAt").instant(), since);
        };
    }

    private static Entry entry(Kind kind, Located at, String member, String name) {
        ((ObjectNode) at.json()).put(member, name);
        return EntryReader.STORED.read(kind, at);
    }

    private static ClientRow client(Members row, String id, long since) {
        ObjectNode entry = ((ObjectNode) row.object().json()).deepCopy();
        entry.put("id", id).remove(List.of("enabledSince", "scopes", "audiences"));
        Client client = (Client) EntryReader.STORED.read(Kind.CLIENTS, Located.whole(entry));
        return new ClientRow(
                client,
                row.find("enabledSince").map(RowCodec::seq),
                sinces(row.need("scopes"), ScopeName::new),
                sinces(row.need("audiences"), AudienceId::new),
                since);
    }

    private static <K extends Comparable<? super K>> SortedMap<K, Long> sinces(
            Located at, Function<String, K> key) {
        return at.members().map(Integer.MAX_VALUE, key, RowCodec::seq);
    }

    private static long seq(Located at) {
        return at.integer(0, Position.MAX_SEQ);
    }

    private static ConsentedScope consented(Located at) {
        Members members = at.members();
        return new ConsentedScope(
                Values.client(members.need("client")), seq(members.need("since")));
    }

    private static Standing standing(Members row) {
        boolean member =
                row.need("state").oneOf(List.of(true, false), m -> m ? "member" : "barred");
        return member
                ? new Member(
                        row.need("via").oneOf(List.of(Via.values()), Via::text),
                        claims(row),
                        row.find("barLifted").map(RowCodec::seq))
                : new Barred();
    }

    private static SortedMap<String, String> claims(Members row) {
        return row.find("claims")
                .map(at -> at.members().map(Integer.MAX_VALUE, name -> name, RowCodec::claim))
                .orElseGet(TreeMap::new);
    }

    private static String claim(Located at) {
        return Json.canonical(at.json());
    }

    private static TokenRef tokenOf(String key) {
        // An issuer is a URL and holds no `|`; a token id may.
        int bar = key.indexOf('|');
        return new TokenRef(new IssuerUrl(key.substring(0, bar)), key.substring(bar + 1));
    }

    private static Suspension suspension(Located at) {
        Members members = at.members();
        String first = members.names().getFirst();
        Located value = members.need(first);
        return switch (first) {
            case "issuer" -> new OfIssuer(Values.issuer(value));
            case "scope" -> new OfScope(Values.scope(value));
            case "claim" -> new OfClaim(value.text());
            case "client" -> new OfClient(Values.client(value));
            case "rule" -> new OfRule(Values.rule(value));
            case "invitation" -> new OfInvitation(value.as(InvitationId::new));
            case "token" -> new OfToken(value.text());
            case "everythingOf" ->
                    new OfEverything(Optional.of(Values.setOf(value.list(Values::audience))));
            case "everything" -> new OfEverything(Optional.empty());
            case "user" -> new OfUser(Values.user(value), Optional.empty());
            // Canonical JSON puts `audience` before `user`.
            case "audience" ->
                    members.find("user")
                            .<Suspension>map(
                                    user ->
                                            new OfUser(
                                                    Values.user(user),
                                                    Optional.of(Values.audience(value))))
                            .orElseGet(() -> new OfAudience(Values.audience(value)));
            default -> throw at.wrong("is no suspension");
        };
    }
}
