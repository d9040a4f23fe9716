// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * An https server of key sets whose certificate is of a CA of its own, as the API server of a
 * Kubernetes cluster is.
 */
final class KeyHost implements AutoCloseable {
    private static final String PASSWORD = "changeit";

    private final HttpsServer server;
    private final Path ca;
    private final Map<String, String> sets = new ConcurrentHashMap<>();

    private KeyHost(HttpsServer server, Path ca) {
        this.server = server;
        this.ca = ca;
    }

    /** Starts one that keeps its keys in this directory. */
    static KeyHost start(Path directory) {
        Path store = directory.resolve("keys.p12");
        Path ca = directory.resolve("ca.pem");
        try {
            keytool(store, "-genkeypair", "-alias", "ca", "-dname", "CN=cluster CA", "-keyalg")
                    .with("EC", "-ext", "bc:critical=ca:true", "-ext", "ku:critical=keyCertSign")
                    .run();
            keytool(store, "-genkeypair", "-alias", "server", "-dname", "CN=keys", "-keyalg")
                    .with("EC", "-signer", "ca", "-ext", "san=ip:127.0.0.1")
                    .run();
            keytool(store, "-exportcert", "-alias", "ca", "-rfc", "-file", ca.toString()).run();
            HttpsServer server =
                    HttpsServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(context(store)));
            KeyHost host = new KeyHost(server, ca);
            host.answer();
            return host;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A PEM file with the root of its certificate. */
    Path ca() {
        return ca;
    }

    /** Serves this set from now on. */
    URI serve(String name, Map<String, ?> jwks) {
        String path = "/" + name + "/keys";
        sets.put(path, Narrows.json(jwks));
        return URI.create("https://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private void answer() {
        server.createContext(
                "/",
                exchange -> {
                    String set = sets.get(exchange.getRequestURI().getPath());
                    byte[] body = (set == null ? "" : set).getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().add("Content-Type", "application/jwk-set+json");
                    exchange.sendResponseHeaders(set == null ? 404 : 200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
    }

    private static SSLContext context(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        keys.deleteEntry("ca");
        KeyManagerFactory managers =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static Keytool keytool(Path store, String... arguments) {
        return new Keytool(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
                                "-J-XX:TieredStopAtLevel=1",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                PASSWORD))
                .with(arguments);
    }

    /** One call of the JDK's tool, the only thing in it that signs certificates. */
    private record Keytool(List<String> command) {
        Keytool with(String... arguments) {
            List<String> longer = new ArrayList<>(command);
            longer.addAll(List.of(arguments));
            return new Keytool(List.copyOf(longer));
        }

        void run() throws IOException {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            try {
                if (process.waitFor() != 0) {
                    throw new IllegalStateException("keytool: " + said);
                }
            } catch (InterruptedException e) {
                process.destroy();
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
