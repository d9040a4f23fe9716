// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The consent page: a user, signed in at the issuer that the user belongs to, allows or denies what
 * an application lacked consent for.
 */
@NullMarked
package org.narrows.projector.consent;

import org.jspecify.annotations.NullMarked;
