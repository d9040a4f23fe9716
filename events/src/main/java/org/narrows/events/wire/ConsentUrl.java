// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.narrows.events.policy.KeySource;
import org.narrows.events.value.Alias;

/**
 * Where users find the consent page: an https URL, or an http one on loopback, without user
 * information, query and fragment. Both services are configured with the same.
 *
 * @param base without a slash at its end
 */
public record ConsentUrl(String base) {
    /** The path of the page below its base, ahead of the decision's id. */
    public static final String PATH = "/consent/";

    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    public ConsentUrl {
        URI uri = uri(base);
        if (!KeySource.mayServe(uri, true)
                || uri.getRawUserInfo() != null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "must be an https URL, or an http one on loopback, without user information,"
                            + " query and fragment");
        }
        base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    }

    /** The page on which the user can give what this decision lacked. */
    public String page(String decisionId) {
        return base + PATH + decisionId;
    }

    /**
     * Where this issuer, and no other, sends the user back to: the `redirect_uri` that is
     * registered there (RFC 9700 §4.4.2.2).
     */
    public String callback(Alias issuer) {
        return base + PATH + "callback/" + issuer;
    }

    /** The path that all of the page lies below, as browsers see it. */
    public String path() {
        return uri(base).getRawPath() + PATH.substring(0, PATH.length() - 1);
    }

    /** As browsers write it in `Origin` (RFC 6454 §6.2). */
    public String origin() {
        URI uri = uri(base);
        boolean usual = uri.getPort() < 0 || uri.getPort() == (isSecure() ? HTTPS : HTTP);
        return uri.getScheme()
                + "://"
                + uri.getHost().toLowerCase(Locale.ROOT)
                + (usual ? "" : ":" + uri.getPort());
    }

    public boolean isSecure() {
        return base.startsWith("https:");
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("must be a URL", e);
        }
    }

    @Override
    public String toString() {
        return base;
    }
}
