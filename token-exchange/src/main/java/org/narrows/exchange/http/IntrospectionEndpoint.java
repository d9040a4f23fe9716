// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.narrows.exchange.Endpoint;
import org.narrows.exchange.Introspection;

/** Token introspection (RFC 7662 §2). */
@Controller
final class IntrospectionEndpoint {
    static final String PATH = "/introspect";

    private final Door door;
    private final Introspection introspections;

    IntrospectionEndpoint(Door door, Introspection introspections) {
        this.door = door;
        this.introspections = introspections;
    }

    @Post(PATH)
    @Consumes("*/*")
    @Produces("*/*")
    CompletableFuture<? extends HttpResponse<?>> introspect(
            HttpRequest<?> request, @Body byte @Nullable [] body) {
        return door.enter(Endpoint.INTROSPECT, request, body, introspections::introspect);
    }
}
