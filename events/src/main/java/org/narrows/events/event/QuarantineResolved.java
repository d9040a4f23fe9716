// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.event;

/** Lifts the suspension that the malformed record at {@code seq} caused. */
public record QuarantineResolved(long seq) implements Event {}
