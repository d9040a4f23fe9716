// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.ClientAuthentication;
import org.narrows.events.policy.Entry;
import org.narrows.events.policy.Kind;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.projector.cli.PolicyFiles.Written;

/**
 * Says early, with file and line, which names of the files name nothing; the log would reject them
 * all together.
 */
final class References {
    private final Map<Kind, SortedSet<String>> known = new EnumMap<>(Kind.class);
    private final Map<EntryName, WholeEntry> current;
    private final List<String> problems = new ArrayList<>();

    private References(Set<EntryName> known, Map<EntryName, WholeEntry> current) {
        for (EntryName name : known) {
            this.known.computeIfAbsent(name.kind(), _ -> new TreeSet<>()).add(name.id());
        }
        this.current = current;
    }

    /**
     * Checks every entry of the files against what will be there.
     *
     * @param current what is there now
     */
    static void check(PolicyFiles files, Set<EntryName> known, Map<EntryName, WholeEntry> current) {
        References references = new References(known, current);
        files.entries().values().forEach(references::check);
        if (!references.problems.isEmpty()) {
            throw CommandFailure.invalid(String.join("\n", references.problems));
        }
    }

    private void check(Written written) {
        switch (written.entry().entry()) {
            case TrustedIssuer issuer ->
                    issuer.audiences().ifPresent(all -> audiences(written, "audiences", all));
            case Audience _ -> {}
            case ScopeDefinition scope ->
                    scope.audience().ifPresent(one -> audiences(written, "audience", List.of(one)));
            case ClaimDefinition claim ->
                    claim.audience().ifPresent(one -> audiences(written, "audience", List.of(one)));
            case Client client -> client(written, client);
            case Rule rule -> rule(written, rule);
        }
    }

    private void client(Written written, Client client) {
        audiences(written, "audience", List.of(client.audience()));
        audiences(written, "audiences", written.entry().audiences());
        names(written, "scopes", Kind.SCOPES, texts(written.entry().scopes().names()));
        if (client.authentication() instanceof ClientAuthentication.FederatedJwt federated) {
            names(
                    written,
                    "authentication.issuer",
                    Kind.ISSUERS,
                    List.of(federated.issuer().value()));
        }
    }

    private void rule(Written written, Rule rule) {
        audiences(written, "from", List.of(rule.match().from()));
        audiences(written, "to", List.of(rule.match().to()));
        if (rule instanceof Rule.Allow allow) {
            rule.match()
                    .clients()
                    .ifPresent(all -> names(written, "clients", Kind.CLIENTS, texts(all)));
            allow.scopes()
                    .forEach(
                            (from, to) ->
                                    names(
                                            written,
                                            "scopes." + from.value(),
                                            Kind.SCOPES,
                                            texts(to.names())));
        }
        rule.match()
                .issuers()
                .ifPresent(all -> names(written, "issuers", Kind.ISSUERS, texts(all)));
    }

    private void audiences(Written written, String member, Collection<AudienceId> ids) {
        names(
                written,
                member,
                Kind.AUDIENCES,
                ids.stream()
                        .filter(id -> !id.equals(Audience.ADMIN))
                        .map(AudienceId::value)
                        .toList());
    }

    private void names(Written written, String member, Kind kind, Collection<String> ids) {
        Set<String> there = known.getOrDefault(kind, Collections.emptySortedSet());
        for (String id : ids) {
            boolean ofTheControlPlane = kind == Kind.SCOPES && intoAdmin(written.entry().entry());
            if (!there.contains(id) && !ofTheControlPlane && !isLeftOver(written, kind, id)) {
                problems.add(
                        written.place("." + member)
                                + ": `"
                                + written.path()
                                + "."
                                + member
                                + "`: there is no `"
                                + id
                                + "` in "
                                + kind.section()
                                + NearestName.hint(id, there));
            }
        }
    }

    /**
     * Whether the entry in force names this too, although it is gone: an entry may go on naming an
     * issuer or an audience that it held, so that what `get` prints can be applied.
     */
    private boolean isLeftOver(Written written, Kind kind, String id) {
        WholeEntry before = current.get(written.entry().name());
        if (before == null || current.containsKey(new EntryName(kind, id, Optional.empty()))) {
            return false;
        }
        return switch (before.entry()) {
            case TrustedIssuer issuer ->
                    kind == Kind.AUDIENCES
                            && issuer.audiences()
                                    .filter(all -> all.contains(new AudienceId(id)))
                                    .isPresent();
            case Client client ->
                    kind == Kind.ISSUERS
                            && client.authentication()
                                    instanceof ClientAuthentication.FederatedJwt federated
                            && federated.issuer().value().equals(id);
            case Rule rule ->
                    kind == Kind.ISSUERS
                            && rule.match()
                                    .issuers()
                                    .filter(all -> all.contains(new IssuerUrl(id)))
                                    .isPresent();
            case Audience _, ScopeDefinition _, ClaimDefinition _ -> false;
        };
    }

    /**
     * The scopes of the admin audience are there from genesis, whether the control plane lists them
     * or not.
     */
    private static boolean intoAdmin(Entry entry) {
        return entry instanceof Rule rule && rule.match().to().equals(Audience.ADMIN);
    }

    private static List<String> texts(Collection<?> ids) {
        return ids.stream().map(Object::toString).toList();
    }
}
