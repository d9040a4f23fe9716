// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Sets;
import org.narrows.events.state.Row.AliasRow;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClaimRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.GapRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.KeyRow;
import org.narrows.events.state.Row.PolicyRow;
import org.narrows.events.state.Row.QuarantineRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;

/** The small policy, whole, at one seq: what every reader holds in memory. Immutable. */
public record Policy(
        SortedMap<IssuerUrl, IssuerRow> issuers,
        SortedMap<IssuerUrl, AliasRow> aliases,
        SortedMap<AudienceId, AudienceRow> audiences,
        SortedMap<ScopeName, ScopeRow> scopes,
        Map<ClaimDefinition, ClaimRow> claims,
        SortedMap<ClientId, ClientRow> clients,
        SortedMap<RuleId, RuleRow> rules,
        SortedMap<KeyId, KeyRow> keys,
        SortedMap<Long, QuarantineRow> quarantine,
        List<GapRow> gaps) {
    public static final Policy EMPTY = of(List.of());

    public Policy {
        issuers = Sets.copy(issuers);
        aliases = Sets.copy(aliases);
        audiences = Sets.copy(audiences);
        scopes = Sets.copy(scopes);
        claims = Map.copyOf(claims);
        clients = Sets.copy(clients);
        rules = Sets.copy(rules);
        keys = Sets.copy(keys);
        quarantine = Sets.copy(quarantine);
        gaps = gaps.stream().sorted(Comparator.comparingLong(GapRow::since)).toList();
    }

    /** Puts the rows of one seq together again. */
    public static Policy of(Collection<? extends PolicyRow> rows) {
        SortedMap<IssuerUrl, IssuerRow> issuers = new TreeMap<>();
        SortedMap<IssuerUrl, AliasRow> aliases = new TreeMap<>();
        SortedMap<AudienceId, AudienceRow> audiences = new TreeMap<>();
        SortedMap<ScopeName, ScopeRow> scopes = new TreeMap<>();
        Map<ClaimDefinition, ClaimRow> claims = new HashMap<>();
        SortedMap<ClientId, ClientRow> clients = new TreeMap<>();
        SortedMap<RuleId, RuleRow> rules = new TreeMap<>();
        SortedMap<KeyId, KeyRow> keys = new TreeMap<>();
        SortedMap<Long, QuarantineRow> quarantine = new TreeMap<>();
        List<GapRow> gaps = new ArrayList<>();
        for (PolicyRow row : rows) {
            switch (row) {
                case IssuerRow issuer -> issuers.put(issuer.entry().issuer(), issuer);
                case AliasRow alias -> aliases.put(alias.issuer(), alias);
                case AudienceRow audience -> audiences.put(audience.entry().id(), audience);
                case ScopeRow scope -> scopes.put(scope.entry().scope(), scope);
                case ClaimRow claim -> claims.put(claim.entry(), claim);
                case ClientRow client -> clients.put(client.entry().id(), client);
                case RuleRow rule -> rules.put(rule.entry().id(), rule);
                case KeyRow key -> keys.put(key.entry().kid(), key);
                case QuarantineRow suspended -> quarantine.put(suspended.since(), suspended);
                case GapRow gap -> gaps.add(gap);
            }
        }
        return new Policy(
                issuers,
                aliases,
                audiences,
                scopes,
                claims,
                clients,
                rules,
                keys,
                quarantine,
                gaps);
    }

    /** Every row, in no promised order. */
    public List<PolicyRow> rows() {
        List<PolicyRow> rows = new ArrayList<>();
        rows.addAll(issuers.values());
        rows.addAll(aliases.values());
        rows.addAll(audiences.values());
        rows.addAll(scopes.values());
        rows.addAll(claims.values());
        rows.addAll(clients.values());
        rows.addAll(rules.values());
        rows.addAll(keys.values());
        rows.addAll(quarantine.values());
        rows.addAll(gaps);
        return rows;
    }

    /** The policy after these changes; those of rows that are no policy are left out. */
    public Policy with(List<RowChange> changes) {
        Map<Row.Key, PolicyRow> changed = new HashMap<>();
        Set<Row.Key> gone = new HashSet<>();
        for (RowChange change : changes) {
            switch (change) {
                case RowChange.Opened(PolicyRow row) -> changed.put(row.key(), row);
                case RowChange.Replaced(PolicyRow _, PolicyRow after) ->
                        changed.put(after.key(), after);
                case RowChange.Closed(PolicyRow row) -> gone.add(row.key());
                case RowChange.Opened _,
                        RowChange.Replaced _,
                        RowChange.Closed _,
                        RowChange.Erased _ -> {}
            }
        }
        if (changed.isEmpty() && gone.isEmpty()) {
            return this;
        }
        List<PolicyRow> rows = new ArrayList<>(changed.values());
        for (PolicyRow row : rows()) {
            if (!changed.containsKey(row.key()) && !gone.contains(row.key())) {
                rows.add(row);
            }
        }
        return of(rows);
    }
}
