// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Kafka and PostgreSQL started from Java, on a data directory: for the standalone distribution and
 * for tests.
 */
@NullMarked
package org.narrows.embedded;

import org.jspecify.annotations.NullMarked;
