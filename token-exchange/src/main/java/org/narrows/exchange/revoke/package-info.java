// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** Revocations on their way into the log (RFC 7009). */
@NullMarked
package org.narrows.exchange.revoke;

import org.jspecify.annotations.NullMarked;
