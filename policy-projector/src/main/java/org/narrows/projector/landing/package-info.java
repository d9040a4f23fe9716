// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Decisions, and what they owe to the log, from Kafka into PostgreSQL: once per id, none skipped.
 */
@NullMarked
package org.narrows.projector.landing;

import org.jspecify.annotations.NullMarked;
