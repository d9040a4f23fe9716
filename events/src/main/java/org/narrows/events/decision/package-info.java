// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What the state permits: the pure decision on one exchange, its reasons and the terms of what may
 * be minted.
 */
@NullMarked
package org.narrows.events.decision;

import org.jspecify.annotations.NullMarked;
