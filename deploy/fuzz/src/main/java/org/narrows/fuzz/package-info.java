// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** Makes hostile inputs for whatever reads them; touches JSON only. */
@NullMarked
package org.narrows.fuzz;

import org.jspecify.annotations.NullMarked;
