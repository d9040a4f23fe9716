// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import io.micronaut.web.router.Router;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.narrows.events.event.EventType;

/**
 * The OpenAPI document tells all that can be asked, and nothing else. That what it tells of the
 * answers is true, every answer that any integration test gets shows (see {@link OpenApi}).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenApiIT {
    private TestLog log;
    private TestLog.Server server;

    @BeforeAll
    void start() {
        log = new TestLog().open();
        server = log.start();
        Awaitility.await().until(() -> server.get("/status").statusCode() == 200);
    }

    @AfterAll
    void end() {
        server.close();
        log.close();
    }

    @Test
    void it_is_served_to_everybody_and_is_a_good_document() {
        HttpResponse<String> document = server.send(server.anonymous("/openapi.yaml").GET());
        assertThat(document.statusCode()).isEqualTo(200);
        assertThat(document.headers().firstValue("Content-Type")).hasValue("application/yaml");
        SwaggerParseResult parsed = new OpenAPIV3Parser().readContents(document.body());
        assertThat(parsed.getMessages()).isEmpty();
        assertThat(parsed.getOpenAPI().getPaths()).isNotEmpty();
    }

    @Test
    void it_names_every_route_and_no_other() {
        Set<String> routes =
                server.context
                        .getBean(Router.class)
                        .uriRoutes()
                        .filter(route -> !route.getHttpMethodName().equals("HEAD"))
                        .map(
                                route ->
                                        route.getHttpMethodName()
                                                + " "
                                                + route.getUriMatchTemplate()
                                                        .toString()
                                                        .replaceAll("\\{(\\w+):[^}]*}", "{$1}"))
                        .filter(route -> !route.matches("GET /(health|prometheus).*"))
                        // Pages for people in browsers are no interface for programs.
                        .filter(route -> !route.matches("\\w+ /consent(/.*)?"))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(OpenApi.DOCUMENT.operations()).isEqualTo(routes);
    }

    @Test
    void it_names_every_type_that_may_be_published() {
        Set<String> types = new TreeSet<>();
        OpenApi.DOCUMENT
                .tree()
                .at("/components/schemas/EventType/enum")
                .forEach(type -> types.add(type.asText()));
        assertThat(types)
                .isEqualTo(
                        TestLog.allTypes().stream()
                                .map(type -> EventType.PREFIX + type)
                                .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void its_example_of_an_event_is_one() {
        JsonNode example =
                OpenApi.DOCUMENT
                        .tree()
                        .at(
                                "/paths/~1events/post/requestBody/content/application~1cloudevents+json/example");
        assertThat(
                        OpenApi.DOCUMENT
                                .schema("/components/schemas/Event")
                                .validate(example.toString(), InputFormat.JSON))
                .isEmpty();
        HttpResponse<String> answer =
                server.publish(example.toString().getBytes(StandardCharsets.UTF_8));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
}
