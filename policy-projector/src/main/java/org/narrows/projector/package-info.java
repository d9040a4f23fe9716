// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The control plane: proposals in, signed events out; events in, rows out; answers admins and
 * operators.
 */
@Configuration
@Requires(property = "narrows.service", value = "projector")
@NullMarked
package org.narrows.projector;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
