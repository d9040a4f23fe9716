// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** One consistent snapshot of policy, consent and position, and how fresh it is. */
@NullMarked
package org.narrows.exchange.policy;

import org.jspecify.annotations.NullMarked;
