// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An answer that is a refusal: problem details (RFC 9457). The detail is a sentence for whoever
 * asked.
 */
final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    static final String MEDIA_TYPE = "application/problem+json";

    private final HttpStatus status;
    private final String detail;
    private final transient Optional<String> path;
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    private Problem(HttpStatus status, String detail, Optional<String> path) {
        super(detail);
        this.status = status;
        this.detail = detail;
        this.path = path;
    }

    static Problem of(HttpStatus status, String detail) {
        return new Problem(status, detail, Optional.empty());
    }

    /** Input that breaks its form: the path names the member or parameter. */
    static Problem malformed(String path, String detail) {
        return new Problem(
                HttpStatus.BAD_REQUEST,
                detail,
                path.isEmpty() ? Optional.empty() : Optional.of(path));
    }

    static Problem notFound(String detail) {
        return of(HttpStatus.NOT_FOUND, detail);
    }

    static Problem unavailable(String detail) {
        return of(HttpStatus.SERVICE_UNAVAILABLE, detail).with("Retry-After", "1");
    }

    Problem with(String header, String value) {
        headers.put(header, value);
        return this;
    }

    MutableHttpResponse<byte[]> response() {
        MutableHttpResponse<byte[]> response =
                HttpResponse.<byte[]>status(status)
                        .contentType(MEDIA_TYPE)
                        .body(body(status, detail, path));
        headers.forEach(response::header);
        return response;
    }

    static byte[] body(HttpStatus status, String detail, Optional<String> path) {
        ObjectNode problem = JsonNodeFactory.instance.objectNode();
        problem.put("type", "about:blank");
        problem.put("title", status.getReason());
        problem.put("status", status.getCode());
        problem.put("detail", detail);
        path.ifPresent(member -> problem.put("path", member));
        return Json.bytes(problem);
    }
}
