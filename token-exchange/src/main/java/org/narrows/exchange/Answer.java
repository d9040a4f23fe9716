// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import org.narrows.events.value.Position;

/**
 * An outcome that may be told.
 *
 * @param position what it was decided at
 */
public record Answer(Outcome outcome, Position position) {}
