// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Takes what can be read from JSON that is known to be malformed. Never throws. */
final class Lenient {
    private Lenient() {}

    static Optional<String> text(@Nullable JsonNode node) {
        return node == null || !node.isTextual() ? Optional.empty() : Optional.of(node.textValue());
    }

    static <T> Optional<T> value(String text, Function<String, T> value) {
        try {
            return Optional.of(value.apply(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    static <T> Optional<T> member(
            @Nullable JsonNode object, String name, Function<String, T> value) {
        return object == null
                ? Optional.empty()
                : text(object.get(name)).flatMap(text -> value(text, value));
    }
}
