// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** What is thrown when an exchange cannot be answered, and how long it may take. */
@NullMarked
package org.narrows.exchange.outage;

import org.jspecify.annotations.NullMarked;
