// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Load for a running Narrows, and what came of it. It speaks to it over the network, as services
 * do.
 */
@NullMarked
package org.narrows.benchmark;

import org.jspecify.annotations.NullMarked;
