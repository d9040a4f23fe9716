// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.oauth;

import java.util.function.Function;

/** What a step hands on, or why the exchange is refused. Outages are neither: they throw. */
public sealed interface Result<T> {
    record Ok<T>(T value) implements Result<T> {}

    record Err<T>(Refusal refusal) implements Result<T> {}

    static <T> Result<T> ok(T value) {
        return new Ok<>(value);
    }

    static <T> Result<T> err(Refusal refusal) {
        return new Err<>(refusal);
    }

    default <R> Result<R> then(Function<? super T, Result<R>> next) {
        return switch (this) {
            case Ok<T>(T value) -> next.apply(value);
            case Err<T>(Refusal refusal) -> new Err<>(refusal);
        };
    }
}
