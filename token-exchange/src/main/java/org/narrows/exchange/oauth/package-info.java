// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** The RFCs' own words as types. */
@NullMarked
package org.narrows.exchange.oauth;

import org.jspecify.annotations.NullMarked;
