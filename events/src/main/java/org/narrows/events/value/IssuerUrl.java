// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * An issuer identifier (RFC 8414 §2): an http or https URL without query and fragment, compared
 * byte for byte.
 */
public record IssuerUrl(String value) implements Comparable<IssuerUrl> {
    public IssuerUrl {
        Text.visible("an issuer", value);
        try {
            URI uri = new URI(value);
            boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            if (!web
                    || uri.getHost() == null
                    || uri.getRawQuery() != null
                    || uri.getRawFragment() != null) {
                throw new IllegalArgumentException(
                        "an issuer must be an http or https URL without query and fragment");
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "an issuer must be an http or https URL without query and fragment", e);
        }
    }

    @Override
    public int compareTo(IssuerUrl other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
