// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** Who is calling (RFC 6749 §2.3, RFC 7523). */
@NullMarked
package org.narrows.exchange.client;

import org.jspecify.annotations.NullMarked;
