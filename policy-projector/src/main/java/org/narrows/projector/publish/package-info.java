// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** A proposal becomes a signed record on the one log, and waits for its verdict. */
@NullMarked
package org.narrows.projector.publish;

import org.jspecify.annotations.NullMarked;
