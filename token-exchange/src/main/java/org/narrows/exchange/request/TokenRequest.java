// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.request;

import java.util.List;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result;
import org.narrows.exchange.oauth.TokenForm;

/**
 * A request about one token, which introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1) ask
 * for in the same form. The hint of the token's type is not looked at: there is one type.
 */
public record TokenRequest(String token) {
    private static final List<String> SINGLE = List.of("token", "token_type_hint");

    /** Reads a form: the request, or `invalid_request`. */
    public static Result<TokenRequest> parse(TokenForm form) {
        for (String repeated : form.repeated(SINGLE)) {
            return Result.err(
                    Refusal.parameter("the parameter `" + repeated + "` must not be repeated"));
        }
        return form.one("token")
                .map(token -> Result.ok(new TokenRequest(token)))
                .orElseGet(() -> Result.err(Refusal.parameter("the parameter `token` is missing")));
    }

    /** Never the token itself. */
    @Override
    public String toString() {
        return "TokenRequest[]";
    }
}
