// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/** What can happen: sealed events and policy changes in the past tense, one file per family. */
@NullMarked
package org.narrows.events.event;

import org.jspecify.annotations.NullMarked;
