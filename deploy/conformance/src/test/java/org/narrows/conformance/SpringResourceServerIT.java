// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;

/**
 * The service that issued tokens are for, protected by Spring Security as its manual says: keys by
 * discovery, and the checks of RFC 9068.
 */
@AgainstNarrows
class SpringResourceServerIT {
    private static final Scene SCENE = Scene.open("spring-rs");
    private static final String OTHER = "spring-rs-other";
    private static final String OTHER_USE = "spring-rs-other.use";

    @TempDir static Path directory;

    /** Kept, or its level would be forgotten. */
    private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

    private static final Tomcat TOMCAT = new Tomcat();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws Exception {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .audience(OTHER)
                                .scope(OTHER_USE, OTHER, "grantable")
                                .change(
                                        "clientAudienceAllowed",
                                        Map.of("client", SCENE.client().id(), "audience", OTHER))
                                .change(
                                        "clientScopeAllowed",
                                        Map.of("client", SCENE.client().id(), "scope", OTHER_USE))
                                .rule(
                                        "spring-rs-to-other",
                                        SCENE.from(),
                                        OTHER,
                                        Map.of("in", List.of(OTHER_USE))));
        TOMCAT_LOG.setLevel(Level.SEVERE);
        TOMCAT.setBaseDir(directory.toString());
        TOMCAT.setPort(0);
        TOMCAT.getConnector().setProperty("address", "127.0.0.1");
        Context context = TOMCAT.addContext("", directory.toString());
        context.addServletContainerInitializer(
                (_, servlets) -> {
                    AnnotationConfigWebApplicationContext spring =
                            new AnnotationConfigWebApplicationContext();
                    spring.setServletContext(servlets);
                    spring.register(Security.class);
                    spring.refresh();
                    servlets.addFilter(
                                    "security",
                                    spring.getBean("springSecurityFilterChain", Filter.class))
                            .addMappingForUrlPatterns(null, false, "/*");
                    servlets.addServlet("invoices", new Invoices()).addMapping("/*");
                },
                Set.of());
        TOMCAT.start();
    }

    @AfterAll
    static void stop() throws Exception {
        HTTP.close();
        TOMCAT.stop();
        TOMCAT.destroy();
    }

    /** As in Spring Security's manual. */
    @Configuration
    @EnableWebSecurity
    static class Security {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(
                            requests -> requests.anyRequest().hasAuthority("SCOPE_" + SCENE.use()))
                    .oauth2ResourceServer(server -> server.jwt(jwt -> {}))
                    .build();
        }

        @Bean
        JwtDecoder decoder() {
            String issuer = SCENE.narrows().issuer();
            NimbusJwtDecoder decoder =
                    NimbusJwtDecoder.withIssuerLocation(issuer).validateType(false).build();
            decoder.setJwtValidator(
                    JwtValidators.createAtJwtValidator()
                            .issuer(issuer)
                            .audience(SCENE.to())
                            .clientId(SCENE.client().id())
                            .build());
            return decoder;
        }
    }

    /** Says who asks. */
    private static final class Invoices extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response)
                throws IOException {
            response.getWriter().print(request.getUserPrincipal().getName());
        }
    }

    private static Reply invoices(String scheme, String token, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri()).header("Authorization", scheme + " " + token);
        return Narrows.send(HTTP, headers.length == 0 ? request : request.headers(headers));
    }

    private static URI uri() {
        return URI.create("http://127.0.0.1:" + TOMCAT.getConnector().getLocalPort() + "/");
    }

    @Test
    void an_issued_token_is_let_in() {
        Reply reply = invoices("Bearer", issued(SCENE.form()));

        assertThat(reply.status()).as("%s %s", reply, SCENE.narrows().said()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo("spring-rs|alice");
    }

    @Test
    void an_issued_token_for_another_audience_is_not() {
        Reply reply =
                invoices(
                        "Bearer",
                        issued(SCENE.form().with("audience", OTHER).with("scope", OTHER_USE)));

        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.header("WWW-Authenticate").orElse("")).contains("aud claim");
    }

    @Test
    void an_issued_token_with_other_scopes_is_not() {
        SCENE.consent("alice");
        Reply reply = invoices("Bearer", issued(SCENE.form().with("scope", SCENE.read())));

        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.header("WWW-Authenticate").orElse("")).contains("insufficient_scope");
    }

    @Test
    void a_subject_token_is_not() {
        assertThat(invoices("Bearer", SCENE.subjectToken()).status()).isEqualTo(401);
    }

    @Test
    void a_dpop_bound_token_is_let_in_with_a_proof_of_its_key() throws Exception {
        ECKey key = new ECKeyGenerator(Curve.P_256).generate();
        String token = bound(key);

        Reply reply = invoices("DPoP", token, "DPoP", proof(key, "GET", uri(), token));

        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo("spring-rs|alice");
    }

    @Test
    void a_dpop_bound_token_is_not_let_in_without_it() throws Exception {
        ECKey key = new ECKeyGenerator(Curve.P_256).generate();
        ECKey other = new ECKeyGenerator(Curve.P_256).generate();
        String token = bound(key);

        assertThat(invoices("DPoP", token, "DPoP", proof(other, "GET", uri(), token)).status())
                .isEqualTo(401);
        assertThat(invoices("DPoP", token).status()).isEqualTo(401);
        assertThat(invoices("Bearer", token).status()).isEqualTo(401);
    }

    private static String bound(ECKey key) {
        URI endpoint = SCENE.narrows().url("/token-exchange");
        Reply reply =
                Reply.onceAnswered(
                        () ->
                                SCENE.narrows()
                                        .post(
                                                endpoint.getPath(),
                                                SCENE.form(),
                                                "Authorization",
                                                SCENE.client().basic(),
                                                "DPoP",
                                                proof(key, "POST", endpoint, null)));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.text("token_type")).isEqualTo("DPoP");
        return reply.accessToken();
    }

    private static String proof(ECKey key, String method, URI uri, String token) {
        try {
            DefaultDPoPProofFactory proofs = new DefaultDPoPProofFactory(key, JWSAlgorithm.ES256);
            return (token == null
                            ? proofs.createDPoPJWT(method, uri)
                            : proofs.createDPoPJWT(method, uri, new DPoPAccessToken(token)))
                    .serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String issued(Form form) {
        Reply reply = Reply.onceAnswered(() -> SCENE.exchange(form));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.accessToken();
    }
}
