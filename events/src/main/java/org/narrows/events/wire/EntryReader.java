// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.Audience.BindingRequirement;
import org.narrows.events.policy.Audience.FormerTokenAudience;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.Client.ExcessScope;
import org.narrows.events.policy.ClientAuthentication;
import org.narrows.events.policy.ClientAuthentication.AssertionAudience;
import org.narrows.events.policy.ClientAuthentication.ClientSecret;
import org.narrows.events.policy.ClientAuthentication.FederatedJwt;
import org.narrows.events.policy.ClientAuthentication.NameType;
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
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.Alias;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;

/** Reads policy entries (DESIGN §4). */
final class EntryReader {
    /** What an admin wrote: everything is checked. */
    static final EntryReader AUTHORED = new EntryReader(true);

    /**
     * What the fold left of it: what was checked once is not checked again, and lists may have
     * become empty.
     */
    static final EntryReader STORED = new EntryReader(false);

    private static final Duration ONE_SECOND = Duration.ofSeconds(1);
    private static final Duration ONE_MILLISECOND = Duration.ofMillis(1);
    private static final Duration ONE_DAY = Duration.ofDays(1);

    /** Nothing that is called short-lived lives longer than a year. */
    private static final Duration ONE_YEAR = Duration.ofDays(365);

    private static final int MAX_NAME = 255;
    private static final int MAX_DESCRIPTION = 4_000;
    private static final int MAX_CERTIFICATE_NAME = 1_024;
    private static final int MAX_FORMER = 20;
    private static final int MAX_SECRETS = 10;
    private static final int MAX_TYPE = 100;

    private static final Pattern SECRET_HASH = Pattern.compile("sha256:" + Values.HASH_FORM);

    /** Only letters, digits and what media types hold (RFC 6838 §4.2). */
    private static final Pattern MEDIA_TYPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9!#$&^_.+/-]*");

    /**
     * Types of tokens that say something else than "the bearer may": ID tokens, logout and
     * security-event tokens, proofs, requests and responses, client authentication, transaction
     * tokens, grants, metadata, and our own admin tokens. In normal form. Closed, as {@link
     * Values}'s claims are.
     */
    private static final Set<String> OTHER_TOKENS =
            Set.of(
                    // ID tokens, under the names that issuers give them
                    "id",
                    "id+jwt",
                    "id-token",
                    "id-token+jwt",
                    "id_token",
                    "id_token+jwt",
                    "idtoken",
                    "idtoken+jwt",
                    // Logout and security events (OpenID Connect Back-Channel Logout, RFC 8417)
                    "logout",
                    "logout+jwt",
                    "logout_token",
                    "logout_token+jwt",
                    "secevent",
                    "secevent+jwt",
                    // Proofs (RFC 9449, OpenID4VCI, SD-JWT key binding)
                    "dpop",
                    "dpop+jwt",
                    "openid4vci-proof+jwt",
                    "kb+jwt",
                    "key-attestation+jwt",
                    // Requests and responses (RFC 9101, JARM, RFC 9701)
                    "oauth-authz-req",
                    "oauth-authz-req+jwt",
                    "oauth-authz-resp+jwt",
                    "token-introspection+jwt",
                    "token-introspection",
                    "request+jwt",
                    "wallet-unit-attestation+jwt",
                    // Client authentication (RFC 7523bis, attestation-based)
                    "client-authentication",
                    "client-authentication+jwt",
                    "client_assertion+jwt",
                    "client-assertion+jwt",
                    "oauth-client-attestation+jwt",
                    "oauth-client-attestation-pop+jwt",
                    "authorization-grant+jwt",
                    "oauth-id-jag+jwt",
                    "software-statement+jwt",
                    // Transaction tokens
                    "txntoken",
                    "txntoken+jwt",
                    "txn_token",
                    "txn_token+jwt",
                    "txn-token+jwt",
                    // Refresh tokens, keys, statements and lists
                    "refresh",
                    "refresh+jwt",
                    "rt+jwt",
                    "jwk+jwt",
                    "jwk-set+jwt",
                    "entity-statement+jwt",
                    "trust-mark+jwt",
                    "resolve-response+jwt",
                    "statuslist+jwt",
                    "vc+jwt",
                    "vp+jwt",
                    "vc+sd-jwt",
                    "dc+sd-jwt",
                    "sd+jwt",
                    "b+jwt",
                    // Ours
                    "narrows-admin",
                    "narrows-admin+jwt");

    private final boolean authored;

    private EntryReader(boolean authored) {
        this.authored = authored;
    }

    Entry read(Kind kind, Located at) {
        Members entry = at.members();
        Entry read =
                switch (kind) {
                    case ISSUERS -> issuer(entry);
                    case AUDIENCES -> audience(entry);
                    case SCOPES -> scope(entry);
                    case CLAIMS -> claim(entry);
                    case CLIENTS -> client(entry);
                    case RULES -> rule(entry);
                };
        entry.end();
        return read;
    }

    ClientEntry readClient(Located at) {
        Members entry = at.members();
        Client client = client(entry);
        Scopes scopes = entry.find("scopes").map(Values::scopes).orElse(Scopes.NONE);
        SortedSet<AudienceId> audiences =
                Values.setOf(
                        entry.find("audiences")
                                .map(list -> list.list(Values::audience))
                                .orElse(List.of()));
        entry.end();
        return new ClientEntry(client, scopes, audiences);
    }

    // Issuers

    private TrustedIssuer issuer(Members entry) {
        IssuerUrl issuer = Values.issuer(entry.need("issuer"));
        Alias alias = entry.need("alias").as(Alias::new);
        KeySource keys = keys(entry);
        return new TrustedIssuer(
                issuer,
                alias,
                flag(entry, "primary", false),
                keys,
                entry.find("algorithms")
                        .map(this::algorithms)
                        .orElse(Values.setOf(Algorithm.DEFAULT)),
                Values.setOf(
                        entry.find("subjectTokenTypes")
                                .map(list -> list.list(EntryReader::subjectTokenType))
                                .orElse(EntryCodec.DEFAULT_SUBJECT_TOKEN_TYPES)),
                Values.setOf(
                        entry.find("requireType")
                                .map(list -> some(list, this::requiredType))
                                .orElse(TrustedIssuer.DEFAULT_REQUIRE_TYPE)),
                entry.find("audiences").map(list -> Values.setOf(list.list(Values::audience))),
                entry.find("scopesFrom")
                        .map(list -> list.list(10, claim -> claim.visible(MAX_NAME)))
                        .orElse(TrustedIssuer.DEFAULT_SCOPES_FROM),
                entry.find("clients")
                        .map(EntryReader::clientTokens)
                        .orElseGet(ClientTokens.Never::new));
    }

    private KeySource keys(Members entry) {
        Located place = entry.either("jwksUri", "jwks");
        return entry.find("jwks").isPresent()
                ? new KeySource.Inline(
                        authored ? JwkRules.publicSet(place) : Json.canonical(place.json()))
                : new KeySource.Remote(Values.jwksUri(place));
    }

    private SortedSet<Algorithm> algorithms(Located at) {
        return Values.setOf(
                this.<Algorithm>some(
                        at,
                        name ->
                                Algorithm.named(name.text())
                                        .orElseThrow(
                                                () ->
                                                        name.wrong(
                                                                "must be an RS, PS, ES or EdDSA algorithm, such as `ES256`"))));
    }

    private static SubjectTokenType subjectTokenType(Located at) {
        return at.oneOf(List.of(SubjectTokenType.values()), SubjectTokenType::text);
    }

    private String requiredType(Located at) {
        String text = at.visible(MAX_TYPE);
        String type = TrustedIssuer.normalType(text);
        if (!MEDIA_TYPE.matcher(type).matches()) {
            throw at.wrong("must be a media type, such as `at+jwt`, or `none`");
        }
        if (OTHER_TOKENS.contains(type)) {
            throw at.wrong("`" + text + "` is the type of tokens that are no access tokens");
        }
        return type;
    }

    private static ClientTokens clientTokens(Located at) {
        if (at.json().isBoolean()) {
            return at.flag() ? new ClientTokens.OwnSubject() : new ClientTokens.Never();
        }
        if (at.json().isObject()) {
            List<String> claims = at.members().names();
            if (claims.size() != 1) {
                throw at.wrong("must name one claim");
            }
            String claim = claims.getFirst();
            if (claim.isEmpty() || claim.length() > MAX_NAME) {
                throw at.wrong("a claim has a name of 1 to " + MAX_NAME + " characters");
            }
            return new ClientTokens.Marked(claim, at.members().need(claim).printable(MAX_NAME));
        }
        if (at.json().isTextual() && at.text().equals("all")) {
            return new ClientTokens.All();
        }
        throw at.wrong("must be `true`, `false`, `all` or `{claim: value}`");
    }

    // Audiences, scopes, claims

    private Audience audience(Members entry) {
        AudienceId id = Values.audience(entry.need("id"));
        String tokenAudience =
                entry.find("tokenAudience")
                        .map(value -> value.visible(MAX_NAME))
                        .orElse(id.value());
        return new Audience(
                id,
                tokenAudience,
                entry.find("formerTokenAudiences")
                        .map(EntryReader::formerTokenAudiences)
                        .orElse(List.of()),
                entry.find("name").map(name -> name.printable(MAX_NAME)),
                flag(entry, "signUpEnabled", true),
                flag(entry, "invitationEnabled", false),
                entry.find("maxLifetime")
                        .map(value -> value.duration(ONE_SECOND, ONE_YEAR))
                        .orElse(Audience.DEFAULT_MAX_LIFETIME),
                entry.find("maxStaleness").map(value -> value.duration(ONE_MILLISECOND, ONE_DAY)),
                entry.find("requireBinding")
                        .map(
                                value ->
                                        value.oneOf(
                                                List.of(BindingRequirement.values()),
                                                BindingRequirement::text))
                        .orElse(BindingRequirement.NONE),
                Values.setOf(
                        entry.find("labels")
                                .map(list -> list.list(100, label -> label.visible(MAX_NAME)))
                                .orElse(List.of())));
    }

    private static List<FormerTokenAudience> formerTokenAudiences(Located at) {
        List<FormerTokenAudience> former =
                at.list(
                        MAX_FORMER,
                        item -> {
                            Members members = item.members();
                            FormerTokenAudience one =
                                    new FormerTokenAudience(
                                            members.need("value").visible(MAX_NAME),
                                            members.need("until").instant());
                            members.end();
                            return one;
                        });
        if (former.stream().map(FormerTokenAudience::value).distinct().count() < former.size()) {
            throw at.wrong("must not hold a value twice");
        }
        return former;
    }

    private ScopeDefinition scope(Members entry) {
        ScopeName scope = Values.scope(entry.need("scope"));
        ScopeKind kind = entry.need("kind").oneOf(List.of(ScopeKind.values()), ScopeKind::text);
        Optional<String> name = entry.find("name").map(text -> text.printable(MAX_NAME));
        Optional<String> description =
                entry.find("description").map(text -> text.prose(MAX_DESCRIPTION));
        if (kind == ScopeKind.CONSENTABLE) {
            entry.need("name");
            entry.need("description");
        }
        return new ScopeDefinition(
                scope, entry.find("audience").map(Values::audience), kind, name, description);
    }

    private static ClaimDefinition claim(Members entry) {
        return new ClaimDefinition(
                Values.claimName(entry.need("claim")),
                entry.find("audience").map(Values::audience));
    }

    // Clients

    private Client client(Members entry) {
        ClientId id = Values.client(entry.need("id"));
        return new Client(
                id,
                Values.audience(entry.need("audience")),
                authentication(entry.need("authentication")),
                entry.find("knownAs")
                        .map(
                                map ->
                                        map.members()
                                                .map(
                                                        Located.MAX_ITEMS,
                                                        IssuerUrl::new,
                                                        name -> name.printable(MAX_NAME)))
                        .orElseGet(TreeMap::new),
                entry.find("onExcessScope")
                        .map(value -> value.oneOf(List.of(ExcessScope.values()), ExcessScope::text))
                        .orElse(ExcessScope.REFUSE));
    }

    private ClientAuthentication authentication(Located at) {
        Members members = at.members();
        Located method = members.need("method");
        ClientAuthentication authentication =
                switch (method.text()) {
                    case "client_secret" -> new ClientSecret(Values.setOf(secretHashes(members)));
                    case "private_key_jwt" ->
                            new PrivateKeyJwt(
                                    keys(members),
                                    members.find("assertionAudience")
                                            .map(
                                                    value ->
                                                            value.oneOf(
                                                                    List.of(
                                                                            AssertionAudience
                                                                                    .values()),
                                                                    AssertionAudience::text))
                                            .orElse(AssertionAudience.ISSUER));
                    case "tls_client_auth" -> certificateName(members);
                    case "self_signed_tls_client_auth" ->
                            new SelfSignedTlsClientAuth(keys(members));
                    case "federated_jwt" ->
                            new FederatedJwt(
                                    Values.issuer(members.need("issuer")),
                                    members.need("subject").printable(MAX_NAME),
                                    members.find("maxAge")
                                            .map(value -> value.duration(ONE_SECOND, ONE_DAY))
                                            .orElse(FederatedJwt.DEFAULT_MAX_AGE));
                    default ->
                            throw method.wrong(
                                    "must be one of `client_secret`, `private_key_jwt`, `tls_client_auth`,"
                                            + " `self_signed_tls_client_auth`, `federated_jwt`");
                };
        members.end();
        return authentication;
    }

    private static List<String> secretHashes(Members members) {
        Located place = members.either("secretHash", "secretHashes");
        if (members.find("secretHash").isPresent()) {
            return List.of(secretHash(place));
        }
        List<String> hashes = place.list(MAX_SECRETS, EntryReader::secretHash);
        if (hashes.isEmpty()) {
            throw place.wrong("must not be empty");
        }
        return hashes;
    }

    private static String secretHash(Located at) {
        String text = at.text();
        if (!SECRET_HASH.matcher(text).matches()) {
            throw at.wrong("must be `sha256:` and the base64url SHA-256 of the secret");
        }
        return text;
    }

    private static TlsClientAuth certificateName(Members members) {
        List<NameType> there =
                List.of(NameType.values()).stream()
                        .filter(type -> members.find(type.member()).isPresent())
                        .toList();
        if (there.size() != 1) {
            throw members.object().wrong("must hold one of `subjectDn`, `sanDns`, `sanUri`");
        }
        NameType type = there.getFirst();
        return new TlsClientAuth(type, members.need(type.member()).printable(MAX_CERTIFICATE_NAME));
    }

    // Rules

    private Rule rule(Members entry) {
        RuleId id = Values.rule(entry.need("id"));
        boolean allow = entry.need("effect").oneOf(List.of(true, false), e -> e ? "allow" : "deny");
        Match match = match(entry, allow);
        if (!allow) {
            for (String member :
                    List.of(
                            "scopes",
                            "maxLifetime",
                            "maxChainDepth",
                            "combinable",
                            "boundSubject")) {
                entry.refuse(member, "has no place in a rule that denies");
            }
            return new Deny(id, match);
        }
        return new Allow(
                id,
                match,
                entry.need("scopes")
                        .members()
                        .map(Located.MAX_ITEMS, ScopeName::new, Values::scopes),
                entry.find("maxLifetime").map(value -> value.duration(ONE_SECOND, ONE_YEAR)),
                entry.find("maxChainDepth")
                        .map(value -> (int) value.integer(1, Allow.MAX_CHAIN_DEPTH))
                        .orElse(1),
                entry.find("boundSubject")
                        .map(
                                value ->
                                        value.oneOf(
                                                List.of(true, false), r -> r ? "rebind" : "refuse"))
                        .orElse(false),
                flag(entry, "combinable", false));
    }

    private Match match(Members entry, boolean allow) {
        Optional<Instant> notBefore = entry.find("notBefore").map(Located::instant);
        Optional<Instant> notAfter = entry.find("notAfter").map(Located::instant);
        if (notBefore.isPresent()
                && notAfter.isPresent()
                && !notBefore.get().isBefore(notAfter.get())) {
            throw entry.need("notAfter").wrong("must be later than `notBefore`");
        }
        return new Match(
                Values.audience(entry.need("from")),
                Values.audience(entry.need("to")),
                entry.find("clients").map(list -> Values.setOf(some(list, Values::client))),
                entry.find("issuers").map(list -> Values.setOf(some(list, Values::issuer))),
                Values.setOf(
                        entry.find("modes")
                                .map(
                                        list ->
                                                some(
                                                        list,
                                                        mode ->
                                                                mode.oneOf(
                                                                        List.of(Mode.values()),
                                                                        Mode::text)))
                                .orElseGet(() -> EntryCodec.defaultModes(allow))),
                Values.setOf(
                        entry.find("actors")
                                .map(
                                        list ->
                                                list.list(
                                                        kind ->
                                                                kind.oneOf(
                                                                        List.of(ActorKind.values()),
                                                                        ActorKind::text)))
                                .orElseGet(() -> EntryCodec.defaultActors(allow))),
                notBefore,
                notAfter,
                entry.find("conditions").map(this::conditions).orElse(Conditions.NONE));
    }

    private Conditions conditions(Located at) {
        Members members = at.members();
        Conditions conditions =
                new Conditions(
                        members.find("acr").map(this::words),
                        members.find("amr").map(this::words),
                        members.find("maxAuthAge")
                                .map(value -> value.duration(ONE_SECOND, ONE_YEAR)));
        members.end();
        return conditions;
    }

    private SortedSet<String> words(Located at) {
        return Values.setOf(this.<String>some(at, word -> word.printable(MAX_NAME)));
    }

    private <T> List<T> some(Located at, Function<Located, T> item) {
        return authored ? at.someOf(item) : at.list(item);
    }

    private static boolean flag(Members entry, String name, boolean otherwise) {
        return entry.find(name).map(Located::flag).orElse(otherwise);
    }
}
