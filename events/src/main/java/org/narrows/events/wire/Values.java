// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.narrows.events.policy.KeySource;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.User;

/** The small values, as they stand everywhere in JSON. */
final class Values {
    private static final int MAX_URI = 2_048;

    /** 32 bytes in base64url; the last character has only two bits to choose. */
    static final String HASH_FORM = "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]";

    private static final Pattern HASH = Pattern.compile(HASH_FORM);

    /**
     * Claims that JWT, OAuth or OpenID Connect register for the protocol, or that our tokens carry
     * with a meaning of our own: none of them is an attribute of a user that could be copied.
     * Closed: what is added here makes an event malformed that was not, which is a new version of
     * the event.
     */
    private static final Set<String> PROTOCOL_CLAIMS =
            Set.of(
                    // RFC 7519 §4.1
                    "iss",
                    "sub",
                    "aud",
                    "exp",
                    "nbf",
                    "iat",
                    "jti",
                    // RFC 8693 §4, RFC 9068 §2.2, RFC 7800, RFC 9396, RFC 7662, RFC 9701
                    "act",
                    "may_act",
                    "scope",
                    "client_id",
                    "cnf",
                    "authorization_details",
                    "active",
                    "token_type",
                    "token_introspection",
                    // Scopes, clients and kinds of token as other issuers write them
                    "scp",
                    "cid",
                    "azp",
                    "appid",
                    "azpacr",
                    "appidacr",
                    "idtyp",
                    "gty",
                    "typ",
                    "token_use",
                    // OpenID Connect Core §2, Front- and Back-Channel Logout, aggregated claims
                    // (§5.6.2)
                    "nonce",
                    "auth_time",
                    "acr",
                    "amr",
                    "at_hash",
                    "c_hash",
                    "s_hash",
                    "sub_jwk",
                    "sid",
                    "session_state",
                    "_claim_names",
                    "_claim_sources",
                    // RFC 8417 security events, RFC 9493, transaction tokens
                    "events",
                    "toe",
                    "txn",
                    "sub_id",
                    "purp",
                    "tctx",
                    "rctx",
                    "azd",
                    "req_wl",
                    // RFC 9449 proofs, JOSE header parameters copied into claims (RFC 7519 §5.3)
                    "htm",
                    "htu",
                    "ath",
                    "alg",
                    "enc",
                    "kid",
                    "jwk",
                    "jku",
                    "x5u",
                    "x5c",
                    "x5t",
                    "crit",
                    "b64",
                    "cty",
                    "zip",
                    // Ours
                    "policy_seq",
                    "lineage",
                    "sub_type",
                    "provenance",
                    "log");

    private Values() {}

    static IssuerUrl issuer(Located at) {
        return at.as(IssuerUrl::new);
    }

    static AudienceId audience(Located at) {
        return at.as(AudienceId::new);
    }

    static ClientId client(Located at) {
        return at.as(ClientId::new);
    }

    static RuleId rule(Located at) {
        return at.as(RuleId::new);
    }

    static ScopeName scope(Located at) {
        return at.as(ScopeName::new);
    }

    static Scopes scopes(Located at) {
        return Scopes.of(at.list(Values::scope));
    }

    /** `{issuer, subject}`. */
    static User user(Located at) {
        Members members = at.members();
        User user = user(members);
        members.end();
        return user;
    }

    /** The members `issuer` and `subject` among others. */
    static User user(Members members) {
        IssuerUrl issuer = issuer(members.need("issuer"));
        return members.need("subject").as(subject -> new User(issuer, subject));
    }

    /** The name of a claim that a policy may speak of. */
    static String claimName(Located at) {
        return claimName(at, at.text());
    }

    static String claimName(Located at, String name) {
        if (name.isEmpty() || name.length() > 255 || !name.chars().allMatch(Values::isVisible)) {
            throw at.wrong("a claim has a name of 1 to 255 visible ASCII characters");
        }
        if (PROTOCOL_CLAIMS.contains(name)) {
            throw at.wrong("the claim `" + name + "` is the protocol's own and cannot be declared");
        }
        return name;
    }

    private static boolean isVisible(int c) {
        return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
    }

    /** Claim values by name, as canonical JSON: those of an invitation. */
    static SortedMap<String, String> claims(Located at) {
        return at.members()
                .map(
                        100,
                        Function.identity(),
                        claim -> {
                            return claim.canonical(8_192);
                        });
    }

    /**
     * A place that keys are fetched from: https, or http on loopback; no user information, no
     * fragment.
     */
    static URI jwksUri(Located at) {
        String text = at.visible(MAX_URI);
        try {
            URI uri = new URI(text);
            String host = uri.getHost();
            if (host == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
                throw at.wrong("must be a URL with a host, without user information and fragment");
            }
            if (!KeySource.mayServe(uri, true)) {
                throw at.wrong("must be an https URL");
            }
            if (uri.getPort() > 65_535 || uri.getPort() == 0) {
                throw at.wrong("must have a port of 1 to 65535");
            }
            return uri;
        } catch (URISyntaxException e) {
            throw at.wrong("must be an https URL");
        }
    }

    /** base64url of 32 bytes. */
    static String hash(Located at) {
        String text = at.text();
        if (!HASH.matcher(text).matches()) {
            throw at.wrong("must be the base64url of 32 bytes");
        }
        return text;
    }

    static <T extends Comparable<? super T>> SortedSet<T> setOf(Collection<T> values) {
        return new TreeSet<>(values);
    }

    static JsonNode encode(User user) {
        return Json.object().put("issuer", user.issuer().value()).put("subject", user.subject());
    }

    static ArrayNode encode(Scopes scopes) {
        return texts(scopes.names());
    }

    /** Values as a list of their texts. */
    static ArrayNode texts(Collection<?> values) {
        ArrayNode array = Json.array();
        values.forEach(value -> array.add(value.toString()));
        return array;
    }

    static <T> ArrayNode words(Collection<T> values, Function<T, String> word) {
        ArrayNode array = Json.array();
        values.forEach(value -> array.add(word.apply(value)));
        return array;
    }

    /** Claims by name, each canonical JSON already. */
    static ObjectNode encodeClaims(Map<String, String> claims) {
        ObjectNode object = Json.object();
        new TreeMap<>(claims).forEach((name, value) -> object.set(name, Json.raw(value)));
        return object;
    }
}
