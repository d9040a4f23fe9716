// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** Whom an access token lets in: signed by the root key, or issued by Narrows and still active. */
@NullMarked
package org.narrows.projector.access;

import org.jspecify.annotations.NullMarked;
