// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.request;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.narrows.events.decision.Exchange.Parameter;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.value.Scopes;
import org.narrows.exchange.oauth.OAuthError.Code;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result;
import org.narrows.exchange.oauth.TokenForm;

/**
 * A token exchange request whose form is right (RFC 8693 §2.1). The tokens in it are not yet
 * verified.
 *
 * @param requestedTokenType access_token or jwt: the same token under another name
 * @param targets the `audience` and `resource` values, in the order they were sent, audiences first
 */
public record ExchangeRequest(
        PresentedText subjectToken,
        Optional<PresentedText> actorToken,
        SubjectTokenType requestedTokenType,
        List<Target> targets,
        Optional<Scopes> scope) {
    /** The grant that this endpoint is for. */
    public static final String GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange";

    /** No request names more targets. */
    public static final int MAX_TARGETS = 32;

    /** No request asks for more scopes. */
    public static final int MAX_SCOPES = 256;

    private static final int MAX_TARGET_LENGTH = 1024;
    private static final List<String> SINGLE =
            List.of(
                    "grant_type",
                    "subject_token",
                    "subject_token_type",
                    "actor_token",
                    "actor_token_type",
                    "requested_token_type",
                    "scope",
                    "authorization_details",
                    "request",
                    "request_uri");

    public ExchangeRequest {
        targets = List.copyOf(targets);
    }

    /** A token as it was sent, and what it was said to be. */
    public record PresentedText(String token, SubjectTokenType type) {
        /** Never the token itself. */
        @Override
        public String toString() {
            return "PresentedText[" + type.text() + "]";
        }
    }

    /**
     * Reads a form.
     *
     * @return the request, or `invalid_request`, `unsupported_grant_type`, `invalid_target` (a
     *     `resource` that is no absolute URI, RFC 8707 §2) or `invalid_scope` (a malformed scope,
     *     RFC 6749 §3.3)
     */
    public static Result<ExchangeRequest> parse(TokenForm form) {
        try {
            return Result.ok(read(form));
        } catch (Refused e) {
            return Result.err(e.refusal);
        }
    }

    private static ExchangeRequest read(TokenForm form) throws Refused {
        for (String repeated : form.repeated(SINGLE)) {
            throw invalid("the parameter `" + repeated + "` must not be repeated");
        }
        String grant = form.one("grant_type").orElseThrow(() -> missing("grant_type"));
        if (!grant.equals(GRANT_TYPE)) {
            throw new Refused(
                    Refusal.of(
                            Code.UNSUPPORTED_GRANT_TYPE,
                            Refusal.UNSUPPORTED_GRANT,
                            "the only grant type here is " + GRANT_TYPE));
        }
        for (String refused : List.of("authorization_details", "request", "request_uri")) {
            if (form.has(refused)) {
                throw invalid("the parameter `" + refused + "` is not supported");
            }
        }
        PresentedText subject =
                new PresentedText(
                        form.one("subject_token").orElseThrow(() -> missing("subject_token")),
                        type(
                                "subject_token_type",
                                form.one("subject_token_type")
                                        .orElseThrow(() -> missing("subject_token_type"))));
        return new ExchangeRequest(
                subject, actor(form), requestedType(form), targets(form), scope(form));
    }

    private static Optional<PresentedText> actor(TokenForm form) throws Refused {
        Optional<String> token = form.one("actor_token");
        Optional<String> type = form.one("actor_token_type");
        if (token.isEmpty() && type.isPresent()) {
            throw invalid("`actor_token_type` must not be sent without `actor_token`");
        }
        if (token.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new PresentedText(
                        token.get(),
                        type(
                                "actor_token_type",
                                type.orElseThrow(() -> missing("actor_token_type")))));
    }

    private static SubjectTokenType requestedType(TokenForm form) throws Refused {
        Optional<String> named = form.one("requested_token_type");
        if (named.isEmpty()) {
            return SubjectTokenType.ACCESS_TOKEN;
        }
        SubjectTokenType type = type("requested_token_type", named.get());
        if (type == SubjectTokenType.ID_TOKEN) {
            throw invalid("`requested_token_type` must be an access token or a jwt");
        }
        return type;
    }

    private static SubjectTokenType type(String parameter, String urn) throws Refused {
        for (SubjectTokenType type : SubjectTokenType.values()) {
            if (type.urn().equals(urn)) {
                return type;
            }
        }
        throw invalid("`" + parameter + "` names a token type that is not supported");
    }

    private static List<Target> targets(TokenForm form) throws Refused {
        List<Target> targets = new ArrayList<>();
        for (String audience : form.all("audience")) {
            if (audience.length() > MAX_TARGET_LENGTH) {
                throw invalid("an `audience` is too long");
            }
            targets.add(new Target(Parameter.AUDIENCE, audience));
        }
        for (String resource : form.all("resource")) {
            if (!isAbsoluteUri(resource)) {
                throw new Refused(
                        Refusal.of(
                                Code.INVALID_TARGET,
                                Refusal.INVALID_PARAMETER,
                                "a `resource` must be an absolute URI without fragment"));
            }
            targets.add(new Target(Parameter.RESOURCE, resource));
        }
        if (targets.size() > MAX_TARGETS) {
            throw invalid("too many targets");
        }
        return targets;
    }

    private static boolean isAbsoluteUri(String text) {
        if (text.length() > MAX_TARGET_LENGTH
                || !text.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            return false;
        }
        try {
            URI uri = new URI(text);
            return uri.isAbsolute() && uri.getRawFragment() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static Optional<Scopes> scope(TokenForm form) throws Refused {
        Optional<String> text = form.one("scope");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Scopes scopes = Scopes.parse(text.get());
            if (scopes.size() <= MAX_SCOPES) {
                return Optional.of(scopes);
            }
        } catch (IllegalArgumentException e) {
            // Told below, without what was sent.
        }
        throw new Refused(
                Refusal.of(
                        Code.INVALID_SCOPE,
                        Refusal.INVALID_PARAMETER,
                        "the parameter `scope` is malformed"));
    }

    private static Refused missing(String parameter) {
        return invalid("the parameter `" + parameter + "` is missing");
    }

    private static Refused invalid(String description) {
        return new Refused(Refusal.parameter(description));
    }

    /** Leaves the parser with a refusal; never leaves this class. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Refusal refusal;

        Refused(Refusal refusal) {
            super(refusal.error().description(), null, false, false);
            this.refusal = refusal;
        }
    }
}
