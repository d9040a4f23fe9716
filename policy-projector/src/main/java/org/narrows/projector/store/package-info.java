// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The projection in PostgreSQL: what a batch writes in one transaction, and what its readers ask.
 */
@NullMarked
package org.narrows.projector.store;

import org.jspecify.annotations.NullMarked;
