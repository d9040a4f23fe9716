// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import java.util.List;
import java.util.function.Function;

/** JSON trees as answers. */
final class Json {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private Json() {}

    static MutableHttpResponse<byte[]> ok(JsonNode json) {
        return HttpResponse.ok(bytes(json))
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .header("Cache-Control", "no-store");
    }

    static byte[] bytes(JsonNode json) {
        try {
            return MAPPER.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads what we wrote ourselves. */
    static JsonNode stored(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("stored JSON cannot be read", e);
        }
    }

    static JsonNode stored(byte[] json) {
        return stored(new String(json, java.nio.charset.StandardCharsets.UTF_8));
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /**
     * A list answer. One more than {@code limit} was asked for: it tells whether there is a next
     * page.
     */
    static <T> ObjectNode page(
            List<T> found,
            int limit,
            Function<T, ? extends JsonNode> item,
            Function<T, String> cursor) {
        ObjectNode page = object();
        ArrayNode items = page.putArray("items");
        found.stream().limit(limit).map(item).forEach(items::add);
        if (found.size() > limit) {
            page.put("next", cursor.apply(found.get(limit - 1)));
        }
        return page;
    }

    static <T> ObjectNode items(List<T> found, Function<T, ? extends JsonNode> item) {
        ObjectNode page = object();
        ArrayNode items = page.putArray("items");
        found.stream().map(item).forEach(items::add);
        return page;
    }
}
