// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.event;

/** What can happen. One record of the log holds one of these. */
public sealed interface Event
        permits LogEvent,
                PolicyChanged,
                ConsentEvent,
                UserEvent,
                InvitationEvent,
                RevocationEvent,
                QuarantineResolved {}
