// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** The one parser of token exchange requests (RFC 8693 §2.1). */
@NullMarked
package org.narrows.exchange.request;

import org.jspecify.annotations.NullMarked;
