// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What the log adds up to: the pure fold, its verdicts, the rows it leaves behind, the chain and
 * the digests.
 */
@NullMarked
package org.narrows.events.state;

import org.jspecify.annotations.NullMarked;
