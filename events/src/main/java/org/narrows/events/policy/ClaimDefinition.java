// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.util.Optional;
import org.narrows.events.value.AudienceId;

/**
 * A claim that tokens for an audience (empty: for every audience) may carry; undeclared claims are
 * never copied.
 */
public record ClaimDefinition(String claim, Optional<AudienceId> audience) implements Entry {}
