// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;

/** The URL of a request in the one form in which two of them are compared (RFC 9449 §4.3). */
final class TargetUri {
    static final int MAX_LENGTH = 2_048;

    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    private TargetUri() {}

    /**
     * Normalises by syntax and by scheme (RFC 3986 §6.2.2, §6.2.3), and leaves out query and
     * fragment; empty for what is no http or https URL, or one with user information.
     */
    static Optional<String> normal(String url) {
        if (url.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        boolean web = scheme.equals("http") || scheme.equals("https");
        if (!web || uri.getHost() == null || uri.getRawUserInfo() != null) {
            return Optional.empty();
        }
        boolean usualPort = uri.getPort() == (scheme.equals("http") ? HTTP : HTTPS);
        return Optional.of(
                scheme
                        + "://"
                        + uri.getHost().toLowerCase(Locale.ROOT)
                        + (uri.getPort() < 0 || usualPort ? "" : ":" + uri.getPort())
                        + path(unreservedDecoded(uri.getRawPath())));
    }

    /** Without dot segments (RFC 3986 §5.2.4); an empty path is the root. */
    private static String path(String path) {
        Deque<String> segments = new ArrayDeque<>();
        String[] parts = path.split("/", -1);
        for (int i = 1; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            switch (parts[i]) {
                case "." -> {
                    if (last) {
                        segments.addLast("");
                    }
                }
                case ".." -> {
                    segments.pollLast();
                    if (last) {
                        segments.addLast("");
                    }
                }
                default -> segments.addLast(parts[i]);
            }
        }
        return "/" + String.join("/", segments);
    }

    /** Escapes in capitals, and none for what needs none (RFC 3986 §6.2.2.1, §6.2.2.2). */
    private static String unreservedDecoded(String path) {
        StringBuilder normal = new StringBuilder();
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c != '%') {
                normal.append(c);
                continue;
            }
            // The URI's own syntax has made sure of two hexadecimal digits.
            char escaped = (char) Integer.parseInt(path, i + 1, i + 3, 16);
            if (isUnreserved(escaped)) {
                normal.append(escaped);
            } else {
                normal.append('%').append(path.substring(i + 1, i + 3).toUpperCase(Locale.ROOT));
            }
            i += 2;
        }
        return normal.toString();
    }

    private static boolean isUnreserved(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "-._~".indexOf(c) >= 0;
    }
}
