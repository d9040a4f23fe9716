// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** What a requester proves possession of, beside who it is (RFC 9449, RFC 8705 §3). */
@NullMarked
package org.narrows.exchange.proof;

import org.jspecify.annotations.NullMarked;
