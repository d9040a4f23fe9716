// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.http.HTTPRequestSender;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPRequest;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.narrows.events.policy.KeySource;

/**
 * Asks issuers, within bounds: https only (plain http on loopback where that is allowed), no
 * redirects, 5 s for an answer with its body, 1 MiB.
 */
final class IssuerHttp implements HTTPRequestSender, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long MAX_BYTES = 1024 * 1024;

    private final HttpClient http;
    private final boolean loopbackAllowed;

    /**
     * A client.
     *
     * @param tls null for the JDK's own roots
     */
    IssuerHttp(@Nullable SSLContext tls, boolean loopbackAllowed) {
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(PATIENCE);
        if (tls != null) {
            builder.sslContext(tls);
        }
        this.http = builder.build();
        this.loopbackAllowed = loopbackAllowed;
    }

    /** What lies there. */
    String get(URI uri) throws IOException {
        HttpResponse<byte[]> response =
                answer(HttpRequest.newBuilder(allowed(uri)).header("Accept", "application/json"));
        if (response.statusCode() != 200) {
            throw new IOException(uri + " answered with status " + response.statusCode());
        }
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Override
    public ReadOnlyHTTPResponse send(ReadOnlyHTTPRequest asked) throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(allowed(asked.getURI()))
                        .method(
                                asked.getMethod().name(),
                                asked.getBody() == null
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(asked.getBody()));
        asked.getHeaderMap()
                .forEach((name, values) -> values.forEach(value -> request.header(name, value)));
        HttpResponse<byte[]> response = answer(request);
        HTTPResponse told = new HTTPResponse(response.statusCode());
        told.setBody(new String(response.body(), StandardCharsets.UTF_8));
        try {
            told.setContentType(response.headers().firstValue("Content-Type").orElse("text/plain"));
        } catch (ParseException e) {
            throw new IOException("the answer's content type cannot be read", e);
        }
        return told;
    }

    private URI allowed(URI uri) throws IOException {
        if (!KeySource.mayServe(uri, loopbackAllowed)) {
            throw new IOException(uri + " is neither https nor a loopback address that is allowed");
        }
        return uri;
    }

    private HttpResponse<byte[]> answer(HttpRequest.Builder request) throws IOException {
        // The request's own timeout ends with the headers; this one holds for the body, too.
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(
                        request.timeout(PATIENCE).build(),
                        BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
        try {
            return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("no answer in time", e);
        } catch (ExecutionException e) {
            throw new IOException("no answer: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            answer.cancel(true);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
