// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.narrows.events.event.LogEvent.LogOpened;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.state.ReadRecord.Understood;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.ScopeName;

/**
 * How a log begins: with a `log.opened` of the pinned root key, and with the audience of the
 * control plane.
 */
final class Genesis {
    static final long SEQ = 1;

    /**
     * What bearer tokens for the control plane may hold (DESIGN §7), with what each is called for
     * people.
     */
    private static final Map<String, String> SCOPES =
            new TreeMap<>(
                    Map.of(
                            "policy:write", "Publish policy",
                            "consent:write", "Publish consents, memberships and invitations",
                            "log:operate", "Operate the log",
                            "policy:read", "Read policy and its history",
                            "consent:read", "Read consents and memberships",
                            "decision:read", "Read decisions"));

    private Genesis() {}

    /** The event that opens this log, if the record is one that can. */
    static Optional<LogOpened> opening(KeyId pinnedRoot, ReadRecord record) {
        if (record.content() instanceof Signed signed
                && signed.body() instanceof Understood(var changeSet)
                && changeSet.event() instanceof LogOpened opened
                && opened.rootKid().equals(pinnedRoot)
                && signed.signature().kid().equals(pinnedRoot.value())
                && signed.signature().log().isEmpty()
                && signed.signature().actor().equals(Publisher.ROOT_ACTOR)
                && changeSet.actor().filter(actor -> !actor.equals(Publisher.ROOT_ACTOR)).isEmpty()
                && signed.signedBy().key(opened.rootKey())) {
            return Optional.of(opened);
        }
        return Optional.empty();
    }

    /** What there is from the first record on; never redefined, never retired. */
    static List<RowChange> rows() {
        List<RowChange> rows = new ArrayList<>();
        rows.add(
                new RowChange.Opened(
                        new AudienceRow(
                                new Audience(
                                        Audience.ADMIN,
                                        Audience.ADMIN.value(),
                                        List.of(),
                                        Optional.of("Narrows administration"),
                                        false,
                                        false,
                                        Audience.DEFAULT_MAX_LIFETIME,
                                        Optional.empty(),
                                        Audience.BindingRequirement.NONE,
                                        new TreeSet<>()),
                                SEQ)));
        SCOPES.forEach(
                (scope, name) ->
                        rows.add(
                                new RowChange.Opened(
                                        new ScopeRow(
                                                new ScopeDefinition(
                                                        new ScopeName(scope),
                                                        Optional.of(Audience.ADMIN),
                                                        ScopeKind.GRANTABLE,
                                                        Optional.of(name),
                                                        Optional.empty()),
                                                SEQ))));
        return rows;
    }

    static boolean isOurs(ScopeName scope) {
        return SCOPES.containsKey(scope.value());
    }
}
