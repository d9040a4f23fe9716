// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.Audience;
import org.narrows.events.state.Policy;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.value.AudienceId;
import org.narrows.exchange.ExchangeSettings;
import org.narrows.exchange.mint.SigningKeys;
import org.narrows.exchange.outage.OutageException;
import org.narrows.exchange.policy.PolicyReader;
import org.narrows.exchange.request.ExchangeRequest;

/**
 * What others need to know of this server: RFC 8414, RFC 7517, RFC 9728. Nothing in it that is not
 * so.
 */
@Controller
final class MetadataEndpoint {
    /** Those for which nothing has to be configured here. */
    private static final List<String> METHODS =
            List.of(
                    "client_secret_basic",
                    "client_secret_post",
                    "private_key_jwt",
                    "federated_jwt");

    private final ExchangeSettings settings;
    private final SigningKeys keys;
    private final PolicyReader policies;

    MetadataEndpoint(ExchangeSettings settings, SigningKeys keys, PolicyReader policies) {
        this.settings = settings;
        this.keys = keys;
        this.policies = policies;
    }

    @Get("/.well-known/oauth-authorization-server")
    HttpResponse<?> server() {
        ObjectNode body =
                Bodies.object()
                        .put("issuer", settings.issuer())
                        .put("token_endpoint", settings.tokenEndpoint())
                        .put(
                                "introspection_endpoint",
                                settings.endpoint(IntrospectionEndpoint.PATH))
                        .put("revocation_endpoint", settings.endpoint(RevocationEndpoint.PATH))
                        .put("jwks_uri", settings.endpoint("/jwks"));
        body.putArray("grant_types_supported").add(ExchangeRequest.GRANT_TYPE);
        // Required, and empty: there is no authorization endpoint here.
        body.putArray("response_types_supported");
        // Clients authenticate to each of them in the same ways.
        for (String endpoint : List.of("token", "introspection", "revocation")) {
            authenticationMethods()
                    .forEach(body.putArray(endpoint + "_endpoint_auth_methods_supported")::add);
            algorithms(body, endpoint + "_endpoint_auth_signing_alg_values_supported");
        }
        algorithms(body, "dpop_signing_alg_values_supported");
        if (settings.seesCertificates()) {
            body.put("tls_client_certificate_bound_access_tokens", true);
        }
        alias(body, "token_endpoint", TokenEndpoint.PATH);
        alias(body, "introspection_endpoint", IntrospectionEndpoint.PATH);
        alias(body, "revocation_endpoint", RevocationEndpoint.PATH);
        return cacheable(Bodies.json(200, body));
    }

    /** Where clients look when the issuer's URL has a path (RFC 8414 §3.1). */
    @Get("/.well-known/oauth-authorization-server/{+path}")
    HttpResponse<?> server(@PathVariable String path) {
        String own = URI.create(settings.issuer()).getRawPath();
        return own.equals("/" + path) || own.equals("/" + path + "/")
                ? server()
                : Bodies.problem(HttpStatus.NOT_FOUND);
    }

    @Get("/jwks")
    HttpResponse<?> jwks() {
        return cacheable(HttpResponse.ok(keys.jwks()).contentType("application/jwk-set+json"));
    }

    /** RFC 9728: where a token for this audience comes from. */
    @Get("/.well-known/oauth-protected-resource/{audience}")
    HttpResponse<?> resource(@PathVariable String audience) {
        try {
            Policy policy = policies.current().policy().policy();
            AudienceRow row = policy.audiences().get(new AudienceId(audience));
            if (row == null || !row.entry().tokenAudience().startsWith("https://")) {
                return Bodies.problem(HttpStatus.NOT_FOUND);
            }
            return cacheable(Bodies.json(200, resource(row.entry(), policy)));
        } catch (IllegalArgumentException e) {
            return Bodies.problem(HttpStatus.NOT_FOUND);
        } catch (OutageException e) {
            return Bodies.unavailable(e);
        }
    }

    /** Where clients that show a certificate find the endpoint (RFC 8705 §5). */
    private void alias(ObjectNode body, String endpoint, String path) {
        settings.tlsEndpoint(path)
                .ifPresent(url -> body.withObject("mtls_endpoint_aliases").put(endpoint, url));
    }

    private List<String> authenticationMethods() {
        List<String> methods = new ArrayList<>(METHODS);
        if (settings.seesCertificates()) {
            methods.add("self_signed_tls_client_auth");
            if (settings.tlsClientCa() != null) {
                methods.add("tls_client_auth");
            }
        }
        return methods;
    }

    private static void algorithms(ObjectNode body, String member) {
        Algorithm.DEFAULT.stream()
                .sorted()
                .map(Algorithm::name)
                .forEach(body.putArray(member)::add);
    }

    private ObjectNode resource(Audience audience, Policy policy) {
        ObjectNode body = Bodies.object().put("resource", audience.tokenAudience());
        body.putArray("authorization_servers").add(settings.issuer());
        audience.name().ifPresent(name -> body.put("resource_name", name));
        switch (audience.requireBinding()) {
            case NONE -> {}
            case DPOP -> {
                algorithms(body, "dpop_signing_alg_values_supported");
                body.put("dpop_bound_access_tokens_required", true);
            }
            case MTLS -> body.put("tls_client_certificate_bound_access_tokens", true);
            case ANY -> {
                algorithms(body, "dpop_signing_alg_values_supported");
                body.put("tls_client_certificate_bound_access_tokens", true);
            }
        }
        policy.scopes().values().stream()
                .filter(scope -> scope.entry().isOf(audience.id()))
                .forEach(
                        scope ->
                                body.withArray("scopes_supported")
                                        .add(scope.entry().scope().value()));
        return body;
    }

    private static MutableHttpResponse<?> cacheable(MutableHttpResponse<?> response) {
        return response.header("Cache-Control", "public, max-age=60");
    }
}
