// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.narrows.events.wire.TrustedRoots;

/**
 * The HTTP client that key sets are fetched with: no redirects, the JDK's roots and those that are
 * configured.
 */
final class JwksHttp {
    private JwksHttp() {}

    /**
     * A client.
     *
     * @param ca PEM file with further roots; null for none
     * @throws IllegalStateException when the file cannot be used
     */
    static HttpClient client(@Nullable Path ca) {
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(Duration.ofSeconds(5))
                        .executor(Executors.newVirtualThreadPerTaskExecutor());
        if (ca != null) {
            builder.sslContext(TrustedRoots.with(ca));
        }
        return builder.build();
    }
}
