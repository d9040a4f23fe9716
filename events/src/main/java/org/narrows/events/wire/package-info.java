// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The only room that knows JSON and JOSE: records, rows and decisions as bytes, and signatures over
 * them.
 */
@NullMarked
package org.narrows.events.wire;

import org.jspecify.annotations.NullMarked;
