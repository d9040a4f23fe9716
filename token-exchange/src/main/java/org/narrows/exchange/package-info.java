// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The data plane: one request in, one decision and at most one token out. Read {@code
 * TokenExchange} first.
 */
@Configuration
@Requires(property = "narrows.service", value = "exchange")
@NullMarked
package org.narrows.exchange;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
