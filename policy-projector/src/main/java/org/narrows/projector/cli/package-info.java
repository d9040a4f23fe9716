// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The command line: one class per command group, and what they share. It speaks HTTP to the control
 * plane.
 */
@NullMarked
package org.narrows.projector.cli;

import org.jspecify.annotations.NullMarked;
