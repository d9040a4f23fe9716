// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** Both services, Kafka and PostgreSQL in one process. */
@NullMarked
package org.narrows.standalone;

import org.jspecify.annotations.NullMarked;
