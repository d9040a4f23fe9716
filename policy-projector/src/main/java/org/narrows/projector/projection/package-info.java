// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** One poll, one batch, one fold, one transaction: the log becomes rows. */
@NullMarked
package org.narrows.projector.projection;

import org.jspecify.annotations.NullMarked;
