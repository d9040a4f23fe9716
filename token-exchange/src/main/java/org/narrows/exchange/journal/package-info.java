// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** Decisions are recorded before anyone is told. */
@NullMarked
package org.narrows.exchange.journal;

import org.jspecify.annotations.NullMarked;
