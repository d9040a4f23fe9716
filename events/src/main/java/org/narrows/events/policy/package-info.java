// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** What admins write: issuers, audiences, scopes, claims, clients and rules, each entry whole. */
@NullMarked
package org.narrows.events.policy;

import org.jspecify.annotations.NullMarked;
