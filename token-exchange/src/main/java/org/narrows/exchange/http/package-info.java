// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** The endpoints: bytes in, RFC 8693 §2.2.1 and RFC 6749 §5.2 bodies out. Knows Micronaut HTTP. */
@NullMarked
package org.narrows.exchange.http;

import org.jspecify.annotations.NullMarked;
