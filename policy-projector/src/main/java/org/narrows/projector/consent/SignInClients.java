// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.narrows.events.value.IssuerUrl;

/**
 * As whom this page is registered at the issuers whose users may sign in: a file in JSON or YAML,
 * an array of {@code {issuer, clientId, clientSecretFile?, scopes?}}.
 */
final class SignInClients {
    private static final long MAX_BYTES = 1024 * 1024;
    private static final List<String> SCOPES = List.of("openid");
    private static final YAMLMapper YAML =
            YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private final Map<IssuerUrl, SignInClient> clients;

    private SignInClients(Map<IssuerUrl, SignInClient> clients) {
        this.clients = Map.copyOf(clients);
    }

    /**
     * The page as a client of one issuer.
     *
     * @param secret none for a public client, which PKCE alone protects
     */
    record SignInClient(
            IssuerUrl issuer, ClientID clientId, Optional<Secret> secret, List<String> scopes) {
        SignInClient {
            scopes = List.copyOf(scopes);
        }

        /** The secret is not for logs. */
        @Override
        public String toString() {
            return clientId + " at " + issuer;
        }
    }

    private record Entry(
            @Nullable String issuer,
            @Nullable String clientId,
            @Nullable String clientSecretFile,
            @Nullable List<String> scopes) {}

    static SignInClients none() {
        return new SignInClients(Map.of());
    }

    /**
     * Reads the file.
     *
     * @throws IllegalStateException naming what is wrong with it
     */
    static SignInClients read(Path file) {
        Map<IssuerUrl, SignInClient> clients = new HashMap<>();
        List<Entry> entries = entries(file);
        for (int i = 0; i < entries.size(); i++) {
            SignInClient client = client(entries.get(i), file, "[" + i + "]");
            if (clients.put(client.issuer(), client) != null) {
                throw wrong(file, "[" + i + "].issuer", "is registered twice");
            }
        }
        return new SignInClients(clients);
    }

    private static List<Entry> entries(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw wrong(file, "", "is larger than 1 MiB");
            }
            List<Entry> entries =
                    YAML.readValue(Files.readAllBytes(file), new TypeReference<>() {});
            if (entries == null || entries.contains(null)) {
                throw wrong(file, "", "must be an array of objects");
            }
            return entries;
        } catch (JsonMappingException e) {
            throw wrong(file, place(e), e.getOriginalMessage());
        } catch (JacksonException e) {
            throw wrong(file, "", "is neither JSON nor YAML: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw wrong(file, "", "cannot be read");
        }
    }

    private static String place(JsonMappingException e) {
        StringBuilder place = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            place.append(
                    step.getFieldName() == null
                            ? "[" + step.getIndex() + "]"
                            : "." + step.getFieldName());
        }
        return place.toString();
    }

    private static SignInClient client(Entry entry, Path file, String place) {
        if (entry.issuer() == null) {
            throw wrong(file, place + ".issuer", "is missing");
        }
        if (entry.clientId() == null || entry.clientId().isBlank()) {
            throw wrong(file, place + ".clientId", "is missing");
        }
        List<String> scopes = entry.scopes() == null ? SCOPES : entry.scopes();
        if (!scopes.contains("openid")) {
            throw wrong(file, place + ".scopes", "must name openid");
        }
        IssuerUrl issuer;
        try {
            issuer = new IssuerUrl(entry.issuer());
        } catch (IllegalArgumentException e) {
            throw wrong(file, place + ".issuer", String.valueOf(e.getMessage()));
        }
        return new SignInClient(
                issuer,
                new ClientID(entry.clientId()),
                Optional.ofNullable(entry.clientSecretFile())
                        .map(secret -> secret(file.resolveSibling(secret), file, place)),
                scopes);
    }

    private static Secret secret(Path secret, Path file, String place) {
        try {
            String text = Files.readString(secret).strip();
            if (text.isEmpty()) {
                throw wrong(file, place + ".clientSecretFile", "names an empty file");
            }
            return new Secret(text);
        } catch (IOException e) {
            throw wrong(
                    file,
                    place + ".clientSecretFile",
                    "names `" + secret + "`, which cannot be read");
        }
    }

    private static IllegalStateException wrong(Path file, String place, String what) {
        return new IllegalStateException(
                "NARROWS_CONSENT_SIGN_IN `"
                        + file
                        + "`"
                        + (place.isEmpty() ? "" : ": " + place)
                        + " "
                        + what);
    }

    /** As whom the page speaks to this issuer; empty where it is not registered. */
    Optional<SignInClient> at(IssuerUrl issuer) {
        return Optional.ofNullable(clients.get(issuer));
    }
}
