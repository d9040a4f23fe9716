// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** Decisions told again: why they were made, and what would become of them. Changes nothing. */
@NullMarked
package org.narrows.projector.insight;

import org.jspecify.annotations.NullMarked;
