// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** HTTP for admins and operators: controllers of a few lines, problem details. */
@NullMarked
package org.narrows.projector.admin;

import org.jspecify.annotations.NullMarked;
