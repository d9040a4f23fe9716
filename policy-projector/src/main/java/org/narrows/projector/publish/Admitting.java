// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.publish;

import io.micronaut.context.annotation.Value;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.UserEvent.UserAdmitted;
import org.narrows.events.event.UserEvent.Via;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.EventId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.User;
import org.narrows.events.wire.EventCodec;
import org.narrows.projector.store.OwedAdmission;
import org.narrows.projector.store.OwedAdmissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the memberships that permits owe to the log, each until it has a verdict. The bytes of
 * one are the same every time, so trying again is safe.
 */
@Singleton
class Admitting {
    private static final Logger LOG = LoggerFactory.getLogger(Admitting.class);
    private static final int AT_ONCE = 100;

    private final OwedAdmissions owed;
    private final Publisher publisher;
    private final Signing signing;
    private final boolean enabled;
    private String last = "";

    Admitting(
            OwedAdmissions owed,
            Publisher publisher,
            Signing signing,
            @Value("${narrows.landing.enabled:true}") boolean enabled) {
        this.owed = owed;
        this.publisher = publisher;
        this.signing = signing;
        this.enabled = enabled;
    }

    @Scheduled(fixedDelay = "500ms", initialDelay = "1s")
    void publish() {
        if (!enabled || signing.signer().isEmpty()) {
            return;
        }
        try {
            for (OwedAdmission admission : owed.open(AT_ONCE)) {
                var published =
                        publisher.publish(List.of(value(admission)), admission.client()).getFirst();
                owed.settle(admission.eventId(), published.record().seq());
            }
            last = "";
        } catch (RuntimeException e) {
            String why = String.valueOf(e.getMessage());
            if (!why.equals(last)) {
                LOG.warn("owed memberships are not published yet: {}", why);
            }
            last = why;
        }
    }

    private static byte[] value(OwedAdmission admission) {
        User user = new User(new IssuerUrl(admission.issuer()), admission.subject());
        return EventCodec.encode(
                new ChangeSet(
                        new EventId(admission.eventId()),
                        "urn:narrows:decision",
                        admission.decidedAt().toString(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("the first permit of an exchange while sign-up was open"),
                        Optional.empty(),
                        new UserAdmitted(user, new AudienceId(admission.audience()), Via.SIGN_UP)));
    }
}
