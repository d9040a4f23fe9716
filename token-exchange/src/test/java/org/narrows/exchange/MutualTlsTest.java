// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.narrows.exchange.SampleWorld.LOGIN;
import static org.narrows.exchange.SampleWorld.SECRET;
import static org.narrows.exchange.TestCertificates.authority;
import static org.narrows.exchange.TestCertificates.dns;
import static org.narrows.exchange.TestCertificates.selfSigned;
import static org.narrows.exchange.TestCertificates.signedBy;
import static org.narrows.exchange.TestCertificates.uri;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.narrows.events.value.Hash;
import org.narrows.events.wire.Json;
import org.narrows.exchange.TestCertificates.Identity;
import org.narrows.exchange.TestCertificates.Wanted;

/** RFC 8705 and RFC 9440: who a certificate stands for, and what is bound to it. */
class MutualTlsTest {
    private static final String DN = "CN=dn-service, OU=\"Orders, old\", O=Narrows";
    private static final String SPIFFE = "spiffe://example.com/orders";

    private static final Identity SERVER =
            selfSigned(
                    Wanted.client("CN=narrows", dns("localhost"), TestCertificates.ip("127.0.0.1"))
                            .purpose(TestCertificates.SERVER));
    private static final Identity ROOT = authority("clients");
    private static final Identity TLS = signedBy(ROOT, Wanted.client("CN=x", named()));
    private static final Identity BY_DN =
            signedBy(ROOT, Wanted.client("cn=DN-Service,ou=Orders\\, Old,o=narrows"));
    private static final Identity BY_URI = signedBy(ROOT, Wanted.client("CN=x", uri(SPIFFE)));
    private static final Identity SELF = selfSigned(Wanted.client("CN=self"));
    private static final KeyPair KEY = TestCertificates.newKey();
    private static final Identity KEYED = selfSigned(KEY, Wanted.client("CN=keyed"));

    private static int port;
    private static ExchangeServer server;
    private static ExchangeServer behindProxy;
    private static int proxiedPort;

    private static org.bouncycastle.asn1.x509.GeneralName named() {
        return dns("TLS.example.com");
    }

    @BeforeAll
    static void start() {
        TestLog log = log();
        port = freePort();
        server = new ExchangeServer(log, tls(port));
        proxiedPort = freePort();
        Map<String, Object> proxied = new HashMap<>(tls(proxiedPort));
        proxied.put("narrows.trusted-proxies", "10.0.0.0/8, ::1, 127.0.0.0/8");
        behindProxy = new ExchangeServer(log, proxied);
    }

    @AfterAll
    static void stop() {
        behindProxy.close();
        server.close();
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, Object> tls(int port) {
        return Map.of(
                "narrows.tls-port",
                Integer.toString(port),
                "narrows.tls-certificate",
                SERVER.certificateFile().toString(),
                "narrows.tls-key",
                SERVER.keyFile().toString(),
                "narrows.tls-client-ca",
                ROOT.certificateFile().toString());
    }

    private static TestLog log() {
        TestLog log = SampleWorld.log();
        log.policy(
                "{\"audienceDefined\":{\"id\":\"mtls-api\",\"requireBinding\":\"mtls\"}}",
                "{\"audienceDefined\":{\"id\":\"any-api\",\"requireBinding\":\"any\"}}",
                "{\"scopeDefined\":{\"scope\":\"mtls.use\",\"audience\":\"mtls-api\",\"kind\":\"grantable\"}}",
                "{\"scopeDefined\":{\"scope\":\"any.use\",\"audience\":\"any-api\",\"kind\":\"grantable\"}}",
                "{\"scopeDefined\":{\"scope\":\"safe.use\",\"audience\":\"safe-api\",\"kind\":\"grantable\"}}",
                "{\"audienceDefined\":{\"id\":\"safe-api\"}}",
                client("dn-service", "tls_client_auth", "\"subjectDn\":" + text(DN)),
                client("uri-service", "tls_client_auth", "\"sanUri\":" + text(SPIFFE)),
                client("self-service", "self_signed_tls_client_auth", "\"jwks\":" + jwks(SELF)),
                client(
                        "key-service",
                        "self_signed_tls_client_auth",
                        "\"jwks\":{\"keys\":[" + jwk((ECPublicKey) KEY.getPublic()) + "]}"),
                SampleWorld.client("mtls-gateway", "mtls-api", SampleWorld.secret(SECRET), ""),
                allowed("tls-service"),
                allowed("dn-service"),
                allowed("uri-service"),
                allowed("self-service"),
                allowed("key-service"),
                SampleWorld.allowed("orders-service", "mtls-api", "mtls.use"),
                SampleWorld.allowed("orders-service", "any-api", "any.use"),
                SampleWorld.allowed("mtls-gateway", "safe-api", "safe.use"),
                rule("orders-to-mtls", "orders-api", "mtls-api", "orders.read", "mtls.use"),
                rule("orders-to-any", "orders-api", "any-api", "orders.read", "any.use"),
                rule("mtls-to-safe", "mtls-api", "safe-api", "mtls.use", "safe.use"));
        return log;
    }

    private static String text(String value) {
        return Json.canonical(Json.object().textNode(value));
    }

    private static String client(String id, String method, String more) {
        return SampleWorld.client(
                id, "orders-api", "{\"method\":\"" + method + "\"," + more + "}", "");
    }

    private static String allowed(String client) {
        return SampleWorld.allowed(client, "billing-api", "invoice.read");
    }

    private static String rule(String id, String from, String to, String scope, String worth) {
        return "{\"ruleDefined\":{\"id\":\""
                + id
                + "\",\"effect\":\"allow\",\"maxChainDepth\":2,\"from\":\""
                + from
                + "\",\"to\":\""
                + to
                + "\",\"scopes\":{\""
                + scope
                + "\":[\""
                + worth
                + "\"]}}}";
    }

    private static String jwk(ECPublicKey key) {
        return new ECKey.Builder(Curve.P_256, key).build().toJSONString();
    }

    private static String jwks(Identity identity) {
        ObjectNode jwk =
                (ObjectNode) Json.parse(jwk((ECPublicKey) identity.certificate().getPublicKey()));
        jwk.putArray("x5c").add(identity.base64());
        return Json.object().set("keys", Json.array().add(jwk)).toString();
    }

    private static URI endpoint(int tlsPort) {
        return URI.create("https://127.0.0.1:" + tlsPort + "/token-exchange");
    }

    private static ExchangeServer.Request orders(ExchangeServer node, String target) {
        return node.request()
                .exchange(LOGIN.token("alice", "orders-api", "orders.read"))
                .with("audience", target);
    }

    /** As one's certificate says, over TLS. */
    private static HttpResponse<String> as(String clientId, Identity identity) {
        return over(
                Optional.of(identity), orders(server, "billing-api").with("client_id", clientId));
    }

    private static HttpResponse<String> over(
            Optional<Identity> identity, ExchangeServer.Request request) {
        HttpClient http = TestCertificates.http(SERVER.certificate(), identity);
        return request.send(http, endpoint(port));
    }

    private static void assertStranger(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(401);
        assertThat(ExchangeServer.json(response).path("error").asText())
                .isEqualTo("invalid_client");
        assertThat(response.body()).contains("client authentication failed");
    }

    private static JsonNode claims(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ExchangeServer.claims(token(response));
    }

    private static String token(HttpResponse<String> response) {
        return ExchangeServer.json(response).path("access_token").asText();
    }

    private static String thumbprint(Identity identity) throws Exception {
        return Hash.sha256(identity.certificate().getEncoded()).toString();
    }

    static Stream<Arguments> clients() {
        return Stream.of(
                Arguments.of("tls-service", TLS, "tls_client_auth"),
                Arguments.of("dn-service", BY_DN, "tls_client_auth"),
                Arguments.of("uri-service", BY_URI, "tls_client_auth"),
                Arguments.of("self-service", SELF, "self_signed_tls_client_auth"),
                Arguments.of("key-service", KEYED, "self_signed_tls_client_auth"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("clients")
    void a_certificate_authenticates_the_client_it_is_registered_for(
            String client, Identity identity, String method) {
        HttpResponse<String> response = as(client, identity);

        JsonNode claims = claims(response);
        assertThat(claims.path("client_id").asText()).isEqualTo(client);
        // It was shown for authentication; the target does not ask for bound tokens.
        assertThat(claims.has("cnf")).isFalse();
        String id = response.headers().firstValue("Narrows-Decision").orElseThrow();
        assertThat(server.decision(id).orElseThrow().found())
                .containsEntry("client_authentication", method);
    }

    static Stream<Arguments> strangers() {
        Instant now = Instant.now();
        Wanted tls = Wanted.client("CN=x", named());
        Identity middle = signedBy(ROOT, Wanted.client("CN=middle").asAuthority());
        Identity leafAsCa = signedBy(ROOT, Wanted.client("CN=middle"));
        return Stream.of(
                Arguments.of("of another authority", "tls-service", signedBy(authority("x"), tls)),
                Arguments.of(
                        "of an authority of the same name",
                        "tls-service",
                        signedBy(authority("clients"), tls)),
                Arguments.of("of nobody", "tls-service", selfSigned(tls)),
                Arguments.of(
                        "expired",
                        "tls-service",
                        signedBy(ROOT, tls.between(now.minus(days(2)), now.minus(days(1))))),
                Arguments.of(
                        "not valid yet",
                        "tls-service",
                        signedBy(ROOT, tls.between(now.plus(days(1)), now.plus(days(2))))),
                Arguments.of(
                        "of a server",
                        "tls-service",
                        signedBy(ROOT, tls.purpose(TestCertificates.SERVER))),
                Arguments.of(
                        "another name",
                        "tls-service",
                        signedBy(ROOT, Wanted.client("CN=x", dns("tls.example.com.evil.com")))),
                Arguments.of(
                        "a wildcard",
                        "tls-service",
                        signedBy(ROOT, Wanted.client("CN=x", dns("*.example.com")))),
                Arguments.of(
                        "the name as its common name",
                        "tls-service",
                        signedBy(ROOT, Wanted.client("CN=tls.example.com"))),
                Arguments.of(
                        "the name as a URI",
                        "tls-service",
                        signedBy(ROOT, Wanted.client("CN=x", uri("tls.example.com")))),
                Arguments.of(
                        "without what is between it and the root",
                        "tls-service",
                        signedBy(middle, tls)),
                Arguments.of(
                        "signed by what is no authority",
                        "tls-service",
                        signedBy(leafAsCa, tls).with(leafAsCa.chain())),
                Arguments.of(
                        "more in the name",
                        "dn-service",
                        signedBy(
                                ROOT,
                                Wanted.client("CN=dn-service,OU=Orders\\, old,O=Narrows,C=CH"))),
                Arguments.of(
                        "the name in another order",
                        "dn-service",
                        signedBy(ROOT, Wanted.client("O=Narrows,OU=Orders\\, old,CN=dn-service"))),
                Arguments.of(
                        "a longer path",
                        "uri-service",
                        signedBy(ROOT, Wanted.client("CN=x", uri(SPIFFE + "/x")))),
                Arguments.of(
                        "other letters",
                        "uri-service",
                        signedBy(ROOT, Wanted.client("CN=x", uri("spiffe://example.com/Orders")))),
                Arguments.of("another client's", "dn-service", TLS),
                Arguments.of("another client's", "self-service", TLS),
                Arguments.of("another client's", "self-service", KEYED),
                Arguments.of("another client's", "key-service", SELF),
                Arguments.of("of a client with a secret", "orders-service", TLS),
                Arguments.of("of a client with an assertion", "keyed-service", TLS),
                Arguments.of("of nobody we know", "no-such-client", TLS),
                Arguments.of(
                        "the same name with another key",
                        "self-service",
                        selfSigned(Wanted.client("CN=self"))),
                Arguments.of(
                        "expired, of its key",
                        "key-service",
                        selfSigned(
                                KEY,
                                Wanted.client("CN=keyed")
                                        .between(now.minus(days(2)), now.minus(days(1))))));
    }

    private static Duration days(int days) {
        return Duration.ofDays(days);
    }

    @ParameterizedTest(name = "{1}: {0}")
    @MethodSource("strangers")
    void a_certificate_that_is_not_the_clients_is_refused(
            String name, String client, Identity identity) {
        assertStranger(as(client, identity));
    }

    @Test
    void a_certificate_authenticates_at_the_other_endpoints_too() {
        String token = LOGIN.token("alice", "orders-api", "orders.read");
        HttpClient http = TestCertificates.http(SERVER.certificate(), Optional.of(SELF));
        for (String path : List.of("/introspect", "/revoke")) {
            ExchangeServer.Request request = server.request().with("token", token);
            URI url = endpoint(port).resolve(path);
            assertStranger(request.send(http, url));
            assertThat(request.with("client_id", "self-service").send(http, url).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void what_leads_to_the_root_may_come_along() {
        Identity middle = signedBy(ROOT, Wanted.client("CN=middle").asAuthority());
        Identity leaf = signedBy(middle, Wanted.client("CN=x", named())).with(middle.chain());

        claims(as("tls-service", leaf));
    }

    @Test
    void a_client_without_certificate_is_nobody_and_one_that_does_not_say_who_it_is_too() {
        assertStranger(
                over(
                        Optional.empty(),
                        orders(server, "billing-api").with("client_id", "tls-service")));
        assertStranger(over(Optional.of(TLS), orders(server, "billing-api")));
        assertStranger(orders(server, "billing-api").with("client_id", "tls-service").send());
    }

    @Test
    void a_certificate_that_is_registered_no_more_authenticates_nobody() {
        TestLog log = log();
        int ownPort = freePort();
        try (ExchangeServer node = new ExchangeServer(log, tls(ownPort))) {
            HttpClient http = TestCertificates.http(SERVER.certificate(), Optional.of(TLS));
            ExchangeServer.Request request =
                    orders(node, "billing-api").with("client_id", "tls-service");
            claims(request.send(http, endpoint(ownPort)));

            String after =
                    log.policy(
                                    client(
                                            "tls-service",
                                            "tls_client_auth",
                                            "\"sanDns\":\"new.example.com\""))
                            .toToken();

            assertStranger(
                    request.header("Narrows-Consistency", after).send(http, endpoint(ownPort)));
        }
    }

    @Test
    void a_secret_works_over_tls_and_a_certificate_beside_it_changes_nothing() {
        ExchangeServer.Request request =
                orders(server, "billing-api").basic("orders-service", SECRET);

        assertThat(claims(over(Optional.empty(), request)).has("cnf")).isFalse();
        HttpResponse<String> response = over(Optional.of(SELF), request);
        assertThat(claims(response).has("cnf")).isFalse();
        assertThat(ExchangeServer.json(response).path("token_type").asText()).isEqualTo("Bearer");
    }

    @Test
    void a_certificate_binds_where_the_target_asks_for_it() throws Exception {
        ExchangeServer.Request request = orders(server, "mtls-api").basic("orders-service", SECRET);

        HttpResponse<String> response = over(Optional.of(SELF), request);
        assertThat(claims(response).path("cnf"))
                .isEqualTo(Json.object().put("x5t#S256", thumbprint(SELF)));
        assertThat(ExchangeServer.json(response).path("token_type").asText()).isEqualTo("Bearer");
        assertBindingMissing(over(Optional.empty(), request));
        assertBindingMissing(
                over(Optional.of(SELF), request.header("DPoP", new DpopKey().proof())));
    }

    @Test
    void where_either_will_do_a_proof_goes_before_a_certificate() throws Exception {
        ExchangeServer.Request request = orders(server, "any-api").basic("orders-service", SECRET);

        assertThat(claims(over(Optional.of(SELF), request)).path("cnf").has("x5t#S256")).isTrue();
        DpopKey key = new DpopKey();
        String alias = endpoint(port).toString().replace("127.0.0.1", "narrows.example.com");
        assertThat(
                        claims(
                                        over(
                                                Optional.of(SELF),
                                                request.header(
                                                        "DPoP",
                                                        key.proof(c -> c.claim("htu", alias)))))
                                .path("cnf"))
                .isEqualTo(Json.object().put("jkt", key.thumbprint()));
        assertBindingMissing(over(Optional.empty(), request.header("DPoP", null)));
    }

    @Test
    void a_bound_subject_token_needs_its_own_certificate() throws Exception {
        String bound =
                token(
                        over(
                                Optional.of(SELF),
                                orders(server, "mtls-api").basic("orders-service", SECRET)));
        ExchangeServer.Request request =
                server.request()
                        .exchange(bound)
                        .with("audience", "safe-api")
                        .basic("mtls-gateway", SECRET);

        assertThat(claims(over(Optional.of(SELF), request)).path("cnf"))
                .isEqualTo(Json.object().put("x5t#S256", thumbprint(SELF)));
        assertBindingMissing(over(Optional.of(KEYED), request));
        assertBindingMissing(over(Optional.empty(), request));
        // A header is nobody's word but a trusted proxy's.
        assertBindingMissing(request.alsoHeader("Client-Cert", SELF.header()).send());
    }

    private static void assertBindingMissing(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(response.body()).contains("invalid_request", "proof of possession is missing");
    }

    @Test
    void the_metadata_names_the_other_port() {
        JsonNode metadata =
                ExchangeServer.json(server.get("/.well-known/oauth-authorization-server"));

        String base = "https://narrows.example.com:" + port;
        assertThat(metadata.path("mtls_endpoint_aliases"))
                .isEqualTo(
                        Json.object()
                                .put("token_endpoint", base + "/token-exchange")
                                .put("introspection_endpoint", base + "/introspect")
                                .put("revocation_endpoint", base + "/revoke"));
        assertThat(metadata.path("tls_client_certificate_bound_access_tokens").asBoolean())
                .isTrue();
        assertThat(metadata.path("token_endpoint_auth_methods_supported"))
                .extracting(JsonNode::asText)
                .contains("tls_client_auth", "self_signed_tls_client_auth");
    }

    @Test
    void without_tls_the_metadata_says_nothing_of_it() {
        try (ExchangeServer plain = SampleWorld.server()) {
            JsonNode metadata =
                    ExchangeServer.json(plain.get("/.well-known/oauth-authorization-server"));
            assertThat(metadata.has("mtls_endpoint_aliases")).isFalse();
            assertThat(metadata.has("tls_client_certificate_bound_access_tokens")).isFalse();
            assertThat(metadata.path("token_endpoint_auth_methods_supported"))
                    .extracting(JsonNode::asText)
                    .doesNotContain("tls_client_auth", "self_signed_tls_client_auth");
        }
    }

    // RFC 9440: what a proxy says

    private static ExchangeServer.Request proxied(String clientId) {
        return orders(behindProxy, "billing-api").with("client_id", clientId);
    }

    @Test
    void a_trusted_proxy_says_whose_certificate_it_saw() {
        assertThat(
                        claims(proxied("tls-service").header("Client-Cert", TLS.header()).send())
                                .path("client_id")
                                .asText())
                .isEqualTo("tls-service");
        assertStranger(proxied("dn-service").header("Client-Cert", TLS.header()).send());
        assertStranger(proxied("tls-service").send());
    }

    @Test
    void a_trusted_proxy_may_hand_on_what_leads_to_the_root() {
        Identity middle = signedBy(ROOT, Wanted.client("CN=middle").asAuthority());
        Identity leaf = signedBy(middle, Wanted.client("CN=x", named()));

        assertStranger(proxied("tls-service").header("Client-Cert", leaf.header()).send());
        claims(
                proxied("tls-service")
                        .header("Client-Cert", leaf.header())
                        .alsoHeader("Client-Cert-Chain", middle.header() + ", " + ROOT.header())
                        .send());
        claims(
                proxied("tls-service")
                        .header("Client-Cert", leaf.header())
                        .alsoHeader("Client-Cert-Chain", middle.header())
                        .alsoHeader("Client-Cert-Chain", ROOT.header())
                        .send());
    }

    /** A stranger chooses the certificates, and in which order they are tried is not up to it. */
    @Test
    void what_leads_to_the_root_in_another_order_leads_nowhere() {
        Identity middle = signedBy(ROOT, Wanted.client("CN=middle").asAuthority());
        Identity lower = signedBy(middle, Wanted.client("CN=lower").asAuthority());
        Identity leaf = signedBy(lower, Wanted.client("CN=x", named()));

        claims(
                proxied("tls-service")
                        .header("Client-Cert", leaf.header())
                        .header("Client-Cert-Chain", lower.header() + ", " + middle.header())
                        .send());
        assertStranger(
                proxied("tls-service")
                        .header("Client-Cert", leaf.header())
                        .header("Client-Cert-Chain", middle.header() + ", " + lower.header())
                        .send());
    }

    @Test
    void the_proxys_own_certificate_is_not_its_clients() {
        HttpClient http = TestCertificates.http(SERVER.certificate(), Optional.of(TLS));

        assertStranger(proxied("tls-service").send(http, endpoint(proxiedPort)));
        claims(
                proxied("self-service")
                        .header("Client-Cert", SELF.header())
                        .send(http, endpoint(proxiedPort)));
    }

    static Stream<String> unreadable() {
        String good = TLS.header();
        return Stream.of(
                "",
                "x",
                ":",
                "::",
                TLS.base64(),
                good + ", " + SELF.header(),
                good + ";a=1",
                ":" + TLS.base64() + "AAAA:",
                ":" + TLS.base64().substring(8) + ":",
                ":%%%:",
                "\"" + TLS.base64() + "\"",
                ":"
                        + java.util.Base64.getEncoder()
                                .encodeToString(
                                        TestCertificates.pem(TLS.certificate())
                                                .getBytes(StandardCharsets.US_ASCII))
                        + ":");
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void what_a_trusted_proxy_says_in_another_form_is_an_invalid_request(String header) {
        assertUnreadable(proxied("tls-service").header("Client-Cert", header).send());
        if (!header.contains(", ")) { // several are a chain
            assertUnreadable(
                    proxied("tls-service")
                            .header("Client-Cert", TLS.header())
                            .alsoHeader("Client-Cert-Chain", header)
                            .send());
        }
    }

    @Test
    void two_certificates_are_an_invalid_request_and_so_is_a_chain_of_nobody() {
        assertUnreadable(
                proxied("tls-service")
                        .alsoHeader("Client-Cert", TLS.header())
                        .alsoHeader("Client-Cert", TLS.header())
                        .send());
        assertUnreadable(
                proxied("tls-service").alsoHeader("Client-Cert-Chain", ROOT.header()).send());
        assertUnreadable(
                proxied("tls-service")
                        .alsoHeader("Client-Cert", TLS.header())
                        .alsoHeader(
                                "Client-Cert-Chain",
                                (ROOT.header() + ",").repeat(11) + ROOT.header())
                        .send());
    }

    private static void assertUnreadable(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(response.body()).contains("invalid_request", "of the proxy cannot be read");
    }

    @Test
    void headers_of_other_names_are_no_certificates() {
        for (String name : List.of("Client_Cert", "Client-Certificate", "X-Client-Cert")) {
            assertStranger(proxied("tls-service").alsoHeader(name, TLS.header()).send());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Client-Cert", "client-cert", "Client_Cert"})
    void from_anybody_else_the_header_is_not_read(String name) {
        for (String value : List.of(TLS.header(), "nonsense")) {
            assertStranger(
                    orders(server, "billing-api")
                            .with("client_id", "tls-service")
                            .alsoHeader(name, value)
                            .alsoHeader(name, value)
                            .send());
            claims(
                    orders(server, "billing-api")
                            .basic("orders-service", SECRET)
                            .alsoHeader(name, value)
                            .send());
            // Nor does it take the place of the connection's own certificate.
            claims(
                    over(
                            Optional.of(SELF),
                            orders(server, "billing-api")
                                    .with("client_id", "self-service")
                                    .alsoHeader(name, value)));
        }
    }

    // The handshake

    /** Shows one certificate at the first handshake, and another from then on. */
    private static final class TwoFaced extends X509ExtendedKeyManager {
        private Identity shown;

        TwoFaced(Identity first) {
            shown = first;
        }

        @Override
        public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return new String[] {"me"};
        }

        @Override
        public String chooseClientAlias(
                String[] keyType,
                Principal @Nullable [] issuers,
                java.net.@Nullable Socket socket) {
            return "me";
        }

        @Override
        public String @Nullable [] getServerAliases(
                String keyType, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, java.net.@Nullable Socket socket) {
            return null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return shown.chain().toArray(X509Certificate[]::new);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return shown.key();
        }
    }

    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void a_connection_stays_whose_it_was_at_the_first_handshake() throws Exception {
        TwoFaced faces = new TwoFaced(SELF);
        SSLContext context = SSLContext.getInstance("TLSv1.2");
        context.init(
                new KeyManager[] {faces}, new javax.net.ssl.TrustManager[] {new Trusting()}, null);
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(5_000);
            socket.startHandshake();
            assertThat(exchange(socket, "self-service")).startsWith("HTTP/1.1 200");

            faces.shown = TLS;
            socket.getSession().invalidate();
            assertThatThrownBy(
                            () -> {
                                socket.startHandshake();
                                assertThat(exchange(socket, "tls-service"))
                                        .as("refused at the latest here")
                                        .startsWith("HTTP/1.1 200");
                            })
                    .isInstanceOfAny(IOException.class, AssertionError.class);
        }
    }

    private static String exchange(SSLSocket socket, String client) throws IOException {
        String body = orders(server, "billing-api").with("client_id", client).body();
        String request =
                "POST /token-exchange HTTP/1.1\r\nHost: localhost\r\n"
                        + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        byte[] answer = new byte[64 * 1024];
        int read = socket.getInputStream().read(answer);
        return new String(answer, 0, Math.max(0, read), StandardCharsets.US_ASCII);
    }

    static Stream<Arguments> wrongSettings() {
        String certificate = SERVER.certificateFile().toString();
        String key = SERVER.keyFile().toString();
        return Stream.of(
                Arguments.of(Map.of("narrows.tls-port", "8443"), "needs NARROWS_TLS_CERTIFICATE"),
                Arguments.of(
                        Map.of(
                                "narrows.tls-port", "no",
                                "narrows.tls-certificate", certificate,
                                "narrows.tls-key", key),
                        "NARROWS_TLS_PORT `no` is no port"),
                Arguments.of(
                        Map.of(
                                "narrows.tls-port", Integer.toString(freePort()),
                                "narrows.tls-certificate", certificate,
                                "narrows.tls-key", certificate),
                        "are no certificate and its private key"),
                Arguments.of(Map.of("narrows.tls-client-ca", key), "NARROWS_TLS_CLIENT_CA"),
                Arguments.of(
                        Map.of("narrows.trusted-proxies", "proxy.example.com"),
                        "is neither an address nor a network"),
                Arguments.of(
                        Map.of("narrows.trusted-proxies", "10.0.0.0/33"),
                        "is neither an address nor a network"));
    }

    @ParameterizedTest
    @MethodSource("wrongSettings")
    void a_wrong_setting_is_no_start(Map<String, Object> settings, String sentence) {
        assertThatThrownBy(() -> new ExchangeServer(SampleWorld.log(), settings).close())
                .hasStackTraceContaining(sentence);
    }
}
