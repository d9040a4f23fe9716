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
import org.narrows.exchange.ExchangeSettings;
import org.narrows.exchange.TokenExchange;

/** The token endpoint (RFC 8693 §2). */
@Controller
final class TokenEndpoint {
    static final String PATH = ExchangeSettings.TOKEN_PATH;

    private final Door door;
    private final TokenExchange exchanges;

    TokenEndpoint(Door door, TokenExchange exchanges) {
        this.door = door;
        this.exchanges = exchanges;
    }

    @Post(PATH)
    @Consumes("*/*")
    @Produces("*/*")
    CompletableFuture<? extends HttpResponse<?>> exchange(
            HttpRequest<?> request, @Body byte @Nullable [] body) {
        return door.enter(Endpoint.TOKEN_EXCHANGE, request, body, exchanges::exchange);
    }
}
