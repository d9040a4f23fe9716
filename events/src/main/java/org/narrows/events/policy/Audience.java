// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.narrows.events.value.AudienceId;

/**
 * An audience: an API, or a group of them, that tokens are made for.
 *
 * @param tokenAudience the `aud` value of its tokens (RFC 9068 §2.2); the id where nothing else is
 *     written
 * @param formerTokenAudiences still accepted in subject tokens, each until its instant
 * @param maxLifetime cap on any token for it
 * @param maxStaleness how old the policy behind a token for it may be; only tightens the service's
 *     bound
 */
public record Audience(
        AudienceId id,
        String tokenAudience,
        List<FormerTokenAudience> formerTokenAudiences,
        Optional<String> name,
        boolean signUpEnabled,
        boolean invitationEnabled,
        Duration maxLifetime,
        Optional<Duration> maxStaleness,
        BindingRequirement requireBinding,
        SortedSet<String> labels)
        implements Entry {
    public static final Duration DEFAULT_MAX_LIFETIME = Duration.ofMinutes(5);

    /**
     * The audience of the control plane itself; it exists from genesis and is never redefined or
     * retired.
     */
    public static final AudienceId ADMIN = new AudienceId("narrows-admin");

    public Audience {
        formerTokenAudiences = List.copyOf(formerTokenAudiences);
        labels = Sets.copy(labels);
    }

    /** A value that was the `tokenAudience` before. */
    public record FormerTokenAudience(String value, Instant until) {}

    /** What a token for the audience must be bound to (RFC 9449, RFC 8705). */
    public enum BindingRequirement {
        NONE,
        DPOP,
        MTLS,
        ANY;

        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}
