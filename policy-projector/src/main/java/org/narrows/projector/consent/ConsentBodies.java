// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import org.jspecify.annotations.Nullable;

/** Admins may send 16 MiB; what strangers may send is a form with three short fields. */
@ServerFilter(ConsentPaths.ROOT + "/**")
@Requires(property = "narrows.consent-url")
class ConsentBodies {
    private static final long MAX_BYTES = 4_096;

    @RequestFilter
    @Nullable HttpResponse<?> bound(HttpRequest<?> request) {
        if (request.getMethod() != HttpMethod.POST) {
            return null;
        }
        long length = request.getContentLength();
        return length >= 0 && length <= MAX_BYTES
                ? null
                : HttpResponse.status(HttpStatus.REQUEST_ENTITY_TOO_LARGE);
    }
}
