// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.state.Row.AliasRow;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClaimRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;

/** A policy that the changes of one event are being made to. */
final class PolicyDraft {
    private final Policy before;
    final NavigableMap<IssuerUrl, IssuerRow> issuers;
    final NavigableMap<IssuerUrl, AliasRow> aliases;
    final NavigableMap<AudienceId, AudienceRow> audiences;
    final NavigableMap<ScopeName, ScopeRow> scopes;
    final Map<ClaimDefinition, ClaimRow> claims;
    final NavigableMap<ClientId, ClientRow> clients;
    final NavigableMap<RuleId, RuleRow> rules;

    PolicyDraft(Policy before) {
        this.before = before;
        issuers = new TreeMap<>(before.issuers());
        aliases = new TreeMap<>(before.aliases());
        audiences = new TreeMap<>(before.audiences());
        scopes = new TreeMap<>(before.scopes());
        claims = new HashMap<>(before.claims());
        clients = new TreeMap<>(before.clients());
        rules = new TreeMap<>(before.rules());
    }

    Policy policy() {
        return new Policy(
                issuers,
                aliases,
                audiences,
                scopes,
                claims,
                clients,
                rules,
                before.keys(),
                before.quarantine(),
                before.gaps());
    }

    /** What is now another than before; what is as it was is no change. */
    List<RowChange> changes() {
        List<RowChange> changes = new ArrayList<>();
        compare(before.issuers(), issuers, changes);
        compare(before.aliases(), aliases, changes);
        compare(before.audiences(), audiences, changes);
        compare(before.scopes(), scopes, changes);
        compare(before.claims(), claims, changes);
        compare(before.clients(), clients, changes);
        compare(before.rules(), rules, changes);
        return changes;
    }

    private static <K, R extends Row> void compare(
            Map<K, R> before, Map<K, R> after, List<RowChange> changes) {
        before.forEach(
                (key, row) -> {
                    if (!after.containsKey(key)) {
                        changes.add(new RowChange.Closed(row));
                    }
                });
        after.forEach(
                (key, row) -> {
                    R former = before.get(key);
                    if (former == null) {
                        changes.add(new RowChange.Opened(row));
                    } else if (!former.equals(row)) {
                        changes.add(new RowChange.Replaced(former, row));
                    }
                });
    }
}
