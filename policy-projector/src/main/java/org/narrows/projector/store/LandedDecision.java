// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;

/** One decision as it was recorded. */
@MappedEntity(value = "decision", schema = "narrows")
public record LandedDecision(@Id String id, String body) {}
