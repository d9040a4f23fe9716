// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import static java.util.stream.Collectors.joining;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.List;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.wire.DpopProof;
import org.narrows.projector.access.AdminAccess;
import org.narrows.projector.access.Credentials;
import org.narrows.projector.access.Credentials.Scheme;
import org.narrows.projector.access.Credentials.Target;
import org.narrows.projector.access.NotAdmittedException;
import org.narrows.projector.access.NotAdmittedException.Kind;
import org.narrows.projector.consent.ConsentPaths;

/**
 * Lets nobody in without an admin's token (RFC 6750, RFC 9449), but to health, metrics, the
 * description of the interface and the consent page.
 */
@ServerFilter("/**")
class Admission {
    private static final String REALM = " realm=\"narrows-admin\"";
    private static final String BEARER = "Bearer" + REALM;
    private static final String DPOP =
            "DPoP"
                    + REALM
                    + ", algs=\""
                    + Algorithm.DEFAULT.stream().sorted().map(Algorithm::name).collect(joining(" "))
                    + "\"";

    private final AdminAccess access;

    Admission(AdminAccess access) {
        this.access = access;
    }

    @RequestFilter
    @ExecuteOn(TaskExecutors.BLOCKING)
    void admit(HttpRequest<?> request) {
        String path = request.getPath();
        if (path.equals("/prometheus")
                || path.equals("/health")
                || path.startsWith("/health/")
                || path.equals(OpenApiController.PATH)
                || ConsentPaths.isOpen(path)) {
            return;
        }
        List<String> sent = request.getHeaders().getAll("Authorization");
        if (sent.isEmpty()) {
            throw refusal("an admin token is needed", BEARER + ", " + DPOP);
        }
        Credentials shown =
                Credentials.of(sent, request.getHeaders().getAll(DpopProof.HEADER), target(request))
                        .orElseThrow(() -> bad(Kind.INVALID_TOKEN, Scheme.BEARER));
        try {
            request.setAttribute(Caller.ATTRIBUTE, new Caller(access.admit(shown)));
        } catch (NotAdmittedException e) {
            throw bad(e.kind(), shown.scheme()); // why is not for strangers
        }
    }

    private static Target target(HttpRequest<?> request) {
        return new Target(request.getMethodName(), request.getUri().getRawPath());
    }

    private static Problem bad(Kind kind, Scheme scheme) {
        String challenge =
                switch (scheme) {
                    case BEARER -> BEARER;
                    case DPOP -> DPOP;
                };
        return refusal(
                switch (kind) {
                    case INVALID_TOKEN -> "this is no good admin token";
                    case INVALID_DPOP_PROOF -> "this is no good DPoP proof";
                },
                challenge + ", error=\"" + kind.error() + "\"");
    }

    private static Problem refusal(String detail, String challenge) {
        return Problem.of(HttpStatus.UNAUTHORIZED, detail).with("WWW-Authenticate", challenge);
    }
}
