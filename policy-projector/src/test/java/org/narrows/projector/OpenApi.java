// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The OpenAPI document of the control plane, held against what it really answers: every answer that
 * an integration test gets goes through here.
 */
final class OpenApi {
    private static final String BASE = "https://narrows.example.invalid/openapi";

    static final OpenApi DOCUMENT = new OpenApi();

    private final JsonNode tree;
    private final JsonSchemaFactory schemas;
    private final Map<String, JsonSchema> compiled = new ConcurrentHashMap<>();

    private OpenApi() {
        try (InputStream yaml = OpenApi.class.getResourceAsStream("openapi.yaml")) {
            tree = new YAMLMapper().readTree(yaml);
            String json = new ObjectMapper().writeValueAsString(tree);
            schemas =
                    JsonSchemaFactory.getInstance(
                            VersionFlag.V202012,
                            builder ->
                                    builder.schemaLoaders(
                                            loaders -> loaders.schemas(Map.of(BASE, json))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode tree() {
        return tree;
    }

    /** Fails where what was published is no event that the document describes. */
    void checkEvent(byte[] event) {
        assertThat(
                        schema("/components/schemas/Event")
                                .validate(
                                        new String(event, StandardCharsets.UTF_8),
                                        InputFormat.JSON))
                .isEmpty();
    }

    /** Every operation, as {@code GET /log/{seq}}. */
    Set<String> operations() {
        Set<String> operations = new TreeSet<>();
        tree.path("paths")
                .properties()
                .forEach(
                        path ->
                                path.getValue()
                                        .fieldNames()
                                        .forEachRemaining(
                                                method ->
                                                        operations.add(
                                                                method.toUpperCase(Locale.ROOT)
                                                                        + " "
                                                                        + path.getKey())));
        return operations;
    }

    /** Fails where an answer is none that the document promises for its operation. */
    void check(HttpResponse<String> response) {
        Optional<String> template = template(response.request().uri().getRawPath());
        String method = response.request().method().toLowerCase(Locale.ROOT);
        if (template.isEmpty() || !tree.path("paths").path(template.get()).has(method)) {
            return;
        }
        String answers =
                "/paths/"
                        + escaped(template.get())
                        + "/"
                        + method
                        + "/responses/"
                        + response.statusCode();
        String asked = method + " " + response.request().uri() + ": " + response.statusCode();
        assertThat(tree.at(answers).isMissingNode()).as(asked + " is in the document").isFalse();
        String at = resolved(answers);
        String type = response.headers().firstValue("Content-Type").orElse("").split(";", 2)[0];
        JsonNode content = tree.at(at).path("content").path(type);
        assertThat(content.isMissingNode()).as(asked + " as " + type).isFalse();
        tree.at(at)
                .path("headers")
                .fieldNames()
                .forEachRemaining(
                        header ->
                                assertThat(response.headers().firstValue(header))
                                        .as(asked + " has " + header)
                                        .isPresent());
        if (content.has("schema")) {
            assertThat(
                            schema(at + "/content/" + escaped(type) + "/schema")
                                    .validate(response.body(), InputFormat.JSON))
                    .as(asked + " " + response.body())
                    .isEmpty();
        }
    }

    /** A schema of the document, by its JSON pointer. */
    JsonSchema schema(String pointer) {
        return compiled.computeIfAbsent(
                pointer, at -> schemas.getSchema(SchemaLocation.of(BASE + "#" + at)));
    }

    private String resolved(String pointer) {
        String reference = tree.at(pointer).path("$ref").asText();
        return reference.isEmpty() ? pointer : reference.substring(1);
    }

    /** The path of the document that a request's path is one of, literal ones first. */
    private Optional<String> template(String path) {
        Set<String> fitting = new TreeSet<>();
        tree.path("paths")
                .fieldNames()
                .forEachRemaining(
                        template -> {
                            if (pattern(template).matcher(path).matches()) {
                                fitting.add(template);
                            }
                        });
        return fitting.stream()
                .filter(template -> !template.contains("{section}"))
                .findFirst()
                .or(() -> fitting.stream().findFirst());
    }

    private Pattern pattern(String template) {
        StringBuilder sections = new StringBuilder();
        tree.at("/components/parameters/Section/schema/enum")
                .forEach(section -> sections.append('|').append(section.asText()));
        return Pattern.compile(
                template.replace(".", "\\.")
                        .replace("{section}", "(" + sections.substring(1) + ")")
                        .replaceAll("\\{\\w+}", "[^/]+"));
    }

    private static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }
}
