// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Small values that everything else is made of: they validate, compare and print themselves. No
 * I/O, no clock.
 */
@NullMarked
package org.narrows.events.value;

import org.jspecify.annotations.NullMarked;
