// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** From tokens to a verified exchange: strict reading, trusted keys, claims. */
@NullMarked
package org.narrows.exchange.token;

import org.jspecify.annotations.NullMarked;
