// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.narrows.events.event.EventType;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.Kind;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ScopeName;

/**
 * What has to change for the policy in force to be as files hold it: for people, and as the one
 * event that does it.
 */
public final class PolicyDifference {
    private final CurrentPolicy current;
    private final SortedMap<EntryName, WholeEntry> after;
    private final ArrayNode changes = Json.array();
    private final List<String> lines = new ArrayList<>();
    private int added;
    private int changed;
    private int taken;

    private PolicyDifference(CurrentPolicy current, SortedMap<EntryName, WholeEntry> after) {
        this.current = current;
        this.after = after;
    }

    /**
     * Compares.
     *
     * @param prune whether what the files do not hold is taken away
     * @throws CommandFailure naming file and line of what names something that would not be there
     */
    public static PolicyDifference between(
            CurrentPolicy current, PolicyFiles files, boolean prune) {
        SortedMap<EntryName, WholeEntry> after = new TreeMap<>();
        PolicyDifference difference = new PolicyDifference(current, after);
        files.entries().forEach((name, written) -> after.put(name, written.entry()));
        current.entries()
                .forEach(
                        (name, entry) -> {
                            if (!prune || isFixed(entry)) {
                                after.putIfAbsent(name, entry);
                            }
                        });
        References.check(files, after.keySet(), current.entries());
        files.entries()
                .forEach(
                        (name, written) -> {
                            WholeEntry before = current.entries().get(name);
                            if (before == null) {
                                difference.add(written.entry());
                            } else {
                                difference.change(before, written.entry());
                            }
                        });
        current.entries()
                .forEach(
                        (name, entry) -> {
                            if (!after.containsKey(name)) {
                                difference.take(entry, current.entries().values());
                            }
                        });
        return difference;
    }

    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /** Every entry there is. */
    SortedMap<EntryName, WholeEntry> before() {
        return current.entries();
    }

    /** Every entry there would be. */
    SortedMap<EntryName, WholeEntry> after() {
        return after;
    }

    /** The data of the `policy.changed` that makes the difference. */
    public ObjectNode data() {
        ObjectNode data = Json.object();
        data.set("changes", changes);
        return data;
    }

    /** The event that makes the difference, unless the policy changes before. */
    public Proposal proposal() {
        return proposal(current.seq());
    }

    /**
     * The event that makes the difference, unless the policy changed after a seq.
     *
     * @param expected what the files were made from, not after what was compared with
     */
    Proposal proposal(long expected) {
        return Proposal.of(EventType.POLICY_CHANGED, data()).expecting(expected);
    }

    /** One line for each entry and each of its members; a sum where there is something to sum. */
    public void print(PrintWriter out) {
        lines.forEach(out::println);
        if (isEmpty()) {
            out.println("no changes");
        } else if (lines.size() > 1) {
            out.println(added + " to add, " + changed + " to change, " + taken + " to take away");
        }
        out.flush();
    }

    /** The admin audience and its scopes are there from genesis, and cannot be taken away. */
    private static boolean isFixed(WholeEntry entry) {
        return switch (entry.entry()) {
            case Audience audience -> audience.id().equals(Audience.ADMIN);
            case ScopeDefinition scope ->
                    scope.audience().filter(Audience.ADMIN::equals).isPresent();
            case org.narrows.events.policy.TrustedIssuer _,
                    org.narrows.events.policy.ClaimDefinition _,
                    org.narrows.events.policy.Client _,
                    org.narrows.events.policy.Rule _ ->
                    false;
        };
    }

    private void add(WholeEntry entry) {
        added++;
        lines.add("+ " + entry.name());
        entry.json().properties().stream()
                .filter(member -> !isName(entry, member.getKey()))
                .forEach(
                        member ->
                                lines.add(
                                        "    "
                                                + member.getKey()
                                                + ": "
                                                + MemberEdit.shown(member.getValue())));
        define(entry);
        grants(entry, entry.scopes().names(), entry.audiences(), true);
    }

    private void change(WholeEntry before, WholeEntry after) {
        boolean same = before.entry().equals(after.entry());
        if (same
                && before.scopes().equals(after.scopes())
                && before.audiences().equals(after.audiences())) {
            return;
        }
        changed++;
        ObjectNode was = before.json();
        ObjectNode becomes = after.json();
        Set<String> members = new LinkedHashSet<>();
        was.fieldNames().forEachRemaining(members::add);
        becomes.fieldNames().forEachRemaining(members::add);
        List<String> edits = new ArrayList<>();
        for (String member : members) {
            JsonNode from = was.path(member);
            JsonNode to = becomes.path(member);
            if (!from.equals(to)) {
                edits.add(member + ": " + MemberEdit.of(from, to));
            }
        }
        if (edits.size() == 1) {
            lines.add("~ " + after.name() + "  " + edits.getFirst());
        } else {
            lines.add("~ " + after.name());
            edits.forEach(edit -> lines.add("    " + edit));
        }
        if (!same) {
            define(after);
        }
        grants(
                after,
                after.scopes().without(before.scopes()).names(),
                without(after.audiences(), before.audiences()),
                true);
        grants(
                after,
                before.scopes().without(after.scopes()).names(),
                without(before.audiences(), after.audiences()),
                false);
    }

    private void take(WholeEntry entry, Collection<WholeEntry> all) {
        taken++;
        lines.add("- " + entry.name());
        TakenAlong.by(entry, all).forEach(along -> lines.add("    takes along: " + along));
        EntryName name = entry.name();
        ObjectNode body = Json.object();
        switch (name.kind()) {
            case ISSUERS -> changes.add(change("issuerDistrusted", body.put("issuer", name.id())));
            case AUDIENCES -> changes.add(change("audienceRetired", body.put("id", name.id())));
            case CLIENTS -> changes.add(change("clientRemoved", body.put("id", name.id())));
            case RULES -> changes.add(change("ruleRetired", body.put("id", name.id())));
            case SCOPES -> {
                body.put("scope", name.id());
                if (entry.entry() instanceof ScopeDefinition scope) {
                    scope.audience().ifPresent(audience -> body.put("audience", audience.value()));
                }
                changes.add(change("scopeRetired", body));
            }
            case CLAIMS -> {
                body.put("claim", name.id());
                name.audience().ifPresent(audience -> body.put("audience", audience));
                changes.add(change("claimRetired", body));
            }
        }
    }

    private void define(WholeEntry entry) {
        String change =
                switch (entry.name().kind()) {
                    case ISSUERS -> "issuerTrusted";
                    case AUDIENCES -> "audienceDefined";
                    case SCOPES -> "scopeDefined";
                    case CLAIMS -> "claimDefined";
                    case CLIENTS -> "clientRegistered";
                    case RULES -> "ruleDefined";
                };
        changes.add(change(change, org.narrows.events.wire.EntryCodec.encode(entry.entry())));
    }

    private void grants(
            WholeEntry client,
            Collection<ScopeName> scopes,
            Collection<AudienceId> audiences,
            boolean allowed) {
        String verb = allowed ? "Allowed" : "Withdrawn";
        for (ScopeName scope : scopes) {
            ObjectNode body =
                    Json.object().put("client", client.name().id()).put("scope", scope.value());
            changes.add(change("clientScope" + verb, body));
        }
        for (AudienceId audience : audiences) {
            ObjectNode body =
                    Json.object()
                            .put("client", client.name().id())
                            .put("audience", audience.value());
            changes.add(change("clientAudience" + verb, body));
        }
    }

    private static ObjectNode change(String name, ObjectNode body) {
        ObjectNode change = Json.object();
        change.set(name, body);
        return change;
    }

    private static <T> Set<T> without(Collection<T> all, Collection<T> some) {
        Set<T> rest = new TreeSet<>(all);
        rest.removeAll(some);
        return rest;
    }

    private static boolean isName(WholeEntry entry, String member) {
        Kind kind = entry.name().kind();
        return member.equals(Members.nameOf(kind))
                || (kind == Kind.CLAIMS && member.equals("audience"));
    }
}
