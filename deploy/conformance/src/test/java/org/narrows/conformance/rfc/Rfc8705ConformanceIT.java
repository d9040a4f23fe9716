// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.Base64;
import java.security.interfaces.ECPublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Form;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestCertificate;
import org.narrows.conformance.TestClient;

@AgainstNarrows
@Specification(value = "RFC 8705", title = "Mutual TLS: client authentication and bound tokens")
@NotApplicable(
        section = "4",
        says = "tokens of public clients are bound to their certificates",
        because = "every client authenticates")
@NotApplicable(section = "7.1", says = "refresh tokens are bound", because = "none are issued")
class Rfc8705ConformanceIT {
    private static final Scene SCENE = Scene.open("r8705");
    private static final TestCertificate AUTHORITY = SCENE.narrows().clientAuthority();
    private static final String SUBJECT = "CN=r8705-pki,O=Narrows tests";
    private static final TestCertificate OWN = TestCertificate.selfSigned("CN=r8705-self");
    private static final TestClient BY_NAME =
            TestClient.with("r8705-pki", Map.of("method", "tls_client_auth", "subjectDn", SUBJECT));
    private static final TestClient BY_DNS =
            TestClient.with(
                    "r8705-dns",
                    Map.of("method", "tls_client_auth", "sanDns", "dns.r8705.test.invalid"));
    private static final TestClient BY_URI =
            TestClient.with(
                    "r8705-uri",
                    Map.of("method", "tls_client_auth", "sanUri", "spiffe://r8705/client"));
    private static final TestClient SELF =
            TestClient.with(
                    "r8705-self",
                    Map.of("method", "self_signed_tls_client_auth", "jwks", jwks(OWN)));
    private static final TestClient RESOURCE = TestClient.withSecret("r8705-resource");
    private static final String BOUND = "r8705-bound";

    static {
        Policy policy =
                new Policy()
                        .audience(BOUND, Map.of("requireBinding", "mtls"))
                        .scope("r8705.bound", BOUND, "grantable")
                        .client(RESOURCE, BOUND, List.of(), List.of())
                        .rule(
                                "r8705-bound",
                                SCENE.from(),
                                BOUND,
                                Map.of("in", List.of("r8705.bound")));
        for (TestClient client : List.of(BY_NAME, BY_DNS, BY_URI, SELF)) {
            policy.client(
                    client,
                    SCENE.from(),
                    List.of(SCENE.to(), BOUND),
                    List.of(SCENE.use(), "r8705.bound"));
        }
        SCENE.narrows().publish(policy);
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "a certificate that leads to a trusted root authenticates by its subject")
    void rfc8705_2_1_a_certificate_with_the_registered_subject_authenticates() {
        permitted(exchange(Optional.of(AUTHORITY.sign(SUBJECT)), BY_NAME, SCENE.form()));
    }

    @Test
    @Requirement(section = "2.1.2", says = "or by the one alternative name that was registered")
    void rfc8705_2_1_2_a_certificate_with_the_registered_name_authenticates() {
        permitted(
                exchange(
                        Optional.of(
                                AUTHORITY.sign(
                                        "CN=x", TestCertificate.dns("dns.r8705.test.invalid"))),
                        BY_DNS,
                        SCENE.form()));
        permitted(
                exchange(
                        Optional.of(
                                AUTHORITY.sign(
                                        "CN=x", TestCertificate.uri("spiffe://r8705/client"))),
                        BY_URI,
                        SCENE.form()));
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "a chain that leads to no trusted root, or another subject, is `invalid_client`")
    void rfc8705_2_1_another_authority_or_subject_is_invalid_client() {
        TestCertificate stranger = TestCertificate.authority("stranger").sign(SUBJECT);
        refusedAs(Optional.of(stranger), BY_NAME);
        refusedAs(Optional.of(TestCertificate.selfSigned(SUBJECT)), BY_NAME);
        refusedAs(Optional.of(AUTHORITY.sign("CN=r8705-pki")), BY_NAME);
        refusedAs(
                Optional.of(
                        AUTHORITY.sign("CN=x", TestCertificate.dns("other.r8705.test.invalid"))),
                BY_DNS);
    }

    @Test
    @Requirement(
            section = "2.2",
            says = "a self-signed certificate authenticates the client that registered it")
    void rfc8705_2_2_a_registered_certificate_authenticates() {
        permitted(exchange(Optional.of(OWN), SELF, SCENE.form()));
    }

    @Test
    @Requirement(
            section = "2.2",
            says = "another certificate than the registered ones is `invalid_client`")
    void rfc8705_2_2_another_certificate_is_invalid_client() {
        refusedAs(Optional.of(TestCertificate.selfSigned("CN=r8705-self")), SELF);
        refusedAs(Optional.of(AUTHORITY.sign("CN=r8705-self")), SELF);
    }

    @Test
    @Requirement(
            section = "2",
            says = "the request names its client by `client_id`, whose certificate it must be")
    void rfc8705_2_a_client_id_is_needed_and_must_fit() {
        assertThat(
                        SCENE.narrows()
                                .postTls(
                                        Optional.of(AUTHORITY.sign(SUBJECT)),
                                        "/token-exchange",
                                        SCENE.form())
                                .error())
                .isEqualTo("invalid_client");
        refusedAs(Optional.of(OWN), BY_NAME);
        refusedAs(Optional.empty(), BY_NAME);
    }

    @Test
    @Requirement(
            section = "2",
            says = "a certificate alone does not authenticate where TLS did not show it")
    void rfc8705_2_without_tls_there_is_no_certificate() {
        refused(
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                SCENE.form().and("client_id", SELF.id()),
                                "Client-Cert",
                                ":" + OWN.base64() + ":"),
                401,
                "invalid_client");
    }

    @Test
    @Requirement(
            section = "6.1",
            says = "clients without a certificate are served on the same port")
    void rfc8705_6_1_a_client_with_a_secret_needs_no_certificate() {
        permitted(
                SCENE.narrows()
                        .postTls(
                                Optional.empty(),
                                "/token-exchange",
                                SCENE.form(),
                                "Authorization",
                                SCENE.client().basic()));
    }

    @Test
    @Requirement(
            section = "3.1",
            says =
                    "a bound JWT holds `cnf` with `x5t#S256`, the certificate's SHA-256 in base64url")
    void rfc8705_3_1_the_thumbprint_is_in_the_token() {
        assertThat(permitted(exchange(Optional.of(OWN), SELF, bound())).getClaim("cnf"))
                .isEqualTo(Map.of("x5t#S256", OWN.thumbprint()));
    }

    @Test
    @Requirement(section = "3.2", says = "introspection tells `cnf` with `x5t#S256`")
    void rfc8705_3_2_introspection_tells_the_thumbprint() {
        String token = exchange(Optional.of(OWN), SELF, bound()).accessToken();
        JsonNode answer =
                SCENE.narrows()
                        .post(
                                "/introspect",
                                Form.of("token", token),
                                "Authorization",
                                RESOURCE.basic())
                        .json();
        assertThat(answer.path("active").asBoolean()).as(answer.toString()).isTrue();
        assertThat(answer.path("cnf").path("x5t#S256").asText()).isEqualTo(OWN.thumbprint());
    }

    @Test
    @Requirement(
            section = "3",
            says =
                    "a bound token that is presented (as a subject token) counts only with its certificate")
    void rfc8705_3_a_bound_subject_token_needs_its_certificate() {
        Map<String, Object> claims = SCENE.claims();
        claims.put("cnf", Map.of("x5t#S256", OWN.thumbprint()));
        Form form = SCENE.form(SCENE.issuer().sign(claims));
        refused(SCENE.exchange(form), "invalid_request");
        refused(exchange(Optional.of(AUTHORITY.sign(SUBJECT)), BY_NAME, form), "invalid_request");
        assertThat(permitted(exchange(Optional.of(OWN), SELF, form)).getClaim("cnf"))
                .isEqualTo(Map.of("x5t#S256", OWN.thumbprint()));
    }

    @Test
    @Requirement(
            section = "3.3",
            says = "`tls_client_certificate_bound_access_tokens` says that tokens can be bound")
    @Requirement(
            section = "2.1.1",
            says = "`tls_client_auth` and `self_signed_tls_client_auth` are named as methods")
    void rfc8705_3_3_metadata_says_what_certificates_do() {
        JsonNode metadata = metadata();
        assertThat(metadata.path("tls_client_certificate_bound_access_tokens").asBoolean())
                .isTrue();
        List<String> methods = new ArrayList<>();
        metadata.path("token_endpoint_auth_methods_supported")
                .forEach(method -> methods.add(method.asText()));
        assertThat(methods).contains("tls_client_auth", "self_signed_tls_client_auth");
    }

    @Test
    @Requirement(
            section = "5",
            says =
                    "`mtls_endpoint_aliases` names where certificates are asked for, and they answer")
    void rfc8705_5_aliases_name_the_endpoints_over_tls() {
        JsonNode aliases = metadata().path("mtls_endpoint_aliases");
        for (String endpoint : List.of("token", "introspection", "revocation")) {
            assertThat(aliases.path(endpoint + "_endpoint").asText()).startsWith("https://");
        }
        assertThat(aliases.path("token_endpoint").asText())
                .endsWith(":" + SCENE.narrows().tlsUrl("/").getPort() + "/token-exchange");
    }

    private static JsonNode metadata() {
        return SCENE.narrows().get("/.well-known/oauth-authorization-server").json();
    }

    private static Form bound() {
        return SCENE.form().with("audience", BOUND).with("scope", "r8705.bound");
    }

    private static void refusedAs(Optional<TestCertificate> certificate, TestClient client) {
        refused(exchange(certificate, client, SCENE.form()), 401, "invalid_client");
    }

    private static Reply exchange(
            Optional<TestCertificate> certificate, TestClient client, Form form) {
        return SCENE.narrows()
                .postTls(certificate, "/token-exchange", form.and("client_id", client.id()));
    }

    private static Map<String, Object> jwks(TestCertificate certificate) {
        ECKey key =
                new ECKey.Builder(Curve.P_256, (ECPublicKey) certificate.keys().getPublic())
                        .keyID("own")
                        .x509CertChain(List.of(new Base64(certificate.base64())))
                        .build();
        return new JWKSet(key).toJSONObject();
    }
}
