// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.access;

import org.narrows.events.value.Scopes;

/**
 * Whom a good token lets in, and how far.
 *
 * @param subject its `sub`: `narrows|root`, or a user as issued tokens name one
 */
public record Admin(String subject, Scopes scopes) {}
