// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** From token terms to a signed JWT (RFC 9068), and the keys that sign. */
@NullMarked
package org.narrows.exchange.mint;

import org.jspecify.annotations.NullMarked;
