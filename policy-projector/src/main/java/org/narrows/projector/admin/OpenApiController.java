// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** What can be asked here, for programs that read such documents; it needs no token. */
@Controller(OpenApiController.PATH)
class OpenApiController {
    static final String PATH = "/openapi.yaml";

    /** RFC 9512. */
    private static final String YAML = "application/yaml";

    private final byte[] document;

    OpenApiController() {
        try (InputStream resource =
                OpenApiController.class.getResourceAsStream(
                        "/org/narrows/projector/openapi.yaml")) {
            this.document = Objects.requireNonNull(resource).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Get
    HttpResponse<byte[]> document() {
        return HttpResponse.ok(document).contentType(YAML);
    }
}
