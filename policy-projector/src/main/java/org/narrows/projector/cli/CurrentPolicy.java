// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.narrows.events.policy.Kind;
import org.narrows.events.state.LogState;
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
import org.narrows.events.value.Scopes;
import org.narrows.events.wire.MalformedException;

/**
 * The policy in force at one seq, as the control plane tells it.
 *
 * @param seq the position at which all of it was read
 */
public record CurrentPolicy(long seq, SortedMap<EntryName, WholeEntry> entries) {
    /** Reads all of it at the head of the log. */
    public static CurrentPolicy read(ControlPlane controlPlane) {
        return read(controlPlane, head(controlPlane));
    }

    /** Reads all of it as it was at a seq. */
    static CurrentPolicy read(ControlPlane controlPlane, long seq) {
        SortedMap<EntryName, WholeEntry> entries = new TreeMap<>();
        for (Kind kind : Kind.values()) {
            for (JsonNode item : controlPlane.list("/" + kind.section() + "?at=" + seq)) {
                WholeEntry entry = entry(kind, item);
                entries.put(entry.name(), entry);
            }
        }
        return new CurrentPolicy(seq, entries);
    }

    /** All of it as a fold left it. */
    public static CurrentPolicy of(LogState state) {
        SortedMap<EntryName, WholeEntry> entries = new TreeMap<>();
        for (PolicyRow row : state.policy().rows()) {
            Optional<WholeEntry> entry =
                    switch (row) {
                        case IssuerRow(var issuer, _) -> Optional.of(WholeEntry.of(issuer));
                        case AudienceRow(var audience, _) -> Optional.of(WholeEntry.of(audience));
                        case ScopeRow(var scope, _) -> Optional.of(WholeEntry.of(scope));
                        case ClaimRow(var claim, _) -> Optional.of(WholeEntry.of(claim));
                        case RuleRow(var rule, _) -> Optional.of(WholeEntry.of(rule));
                        case ClientRow(var client, _, var scopes, var audiences, _) ->
                                Optional.of(
                                        new WholeEntry(
                                                EntryName.of(client),
                                                client,
                                                Scopes.of(scopes.keySet()),
                                                new TreeSet<>(audiences.keySet())));
                        case AliasRow _, KeyRow _, QuarantineRow _, GapRow _ -> Optional.empty();
                    };
            entry.ifPresent(one -> entries.put(one.name(), one));
        }
        return new CurrentPolicy(state.seq(), entries);
    }

    /** Where the log stands. */
    static long head(ControlPlane controlPlane) {
        return controlPlane.get("/status").path("position").path("seq").asLong();
    }

    /** Begins to read it, to be awaited; meanwhile the files can be read. */
    static Reading begin(Supplier<ControlPlane> controlPlane) {
        FutureTask<CurrentPolicy> reading = new FutureTask<>(() -> read(controlPlane.get()));
        Thread.ofVirtual().start(reading);
        return new Reading(reading);
    }

    /** A policy that is being read. */
    record Reading(Future<CurrentPolicy> future) {
        /**
         * Waits for it.
         *
         * @throws CommandFailure when it could not be read
         */
        CurrentPolicy await() {
            try {
                return future.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw CommandFailure.unreachable("interrupted");
            }
        }
    }

    /** An entry out of an answer, which says more of it than a file would. */
    static WholeEntry entry(Kind kind, JsonNode item) {
        ObjectNode written = ((ObjectNode) item).deepCopy();
        written.retain(Members.of(kind));
        try {
            return WholeEntry.read(kind, written, kind.section());
        } catch (MalformedException e) {
            throw CommandFailure.unreachable(
                    "the control plane told an entry that this `narrows` does not understand: "
                            + e.getMessage());
        }
    }
}
