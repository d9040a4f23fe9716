// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.narrows.projector.cli.PolicyFiles.Written;

/**
 * Something in a policy that is valid and looks like a mistake.
 *
 * @param member where in the entry, as a path that begins with a dot; empty for the whole of it
 * @param sentence what it is, and why it matters
 */
record Hint(Check check, EntryName entry, String member, String sentence) {
    /** What is looked for. */
    enum Check {
        /** An allow rule that a deny rule always beats. */
        SHADOWED_RULE,
        /** An allow rule that another one makes needless. */
        COVERED_RULE,
        /** An allow rule that can give nobody anything. */
        UNREACHABLE_RULE,
        /** A scope that nobody can be granted, or not this client. */
        UNREACHABLE_SCOPE,
        /** Very many clients share what users consent to. */
        WIDELY_SHARED_CONSENT,
        /** A rule is over, or soon is. */
        EXPIRING_RULE,
        /** A secret that can be guessed. */
        WEAK_SECRET,
        /** An audience whose name may be another's elsewhere. */
        AUDIENCE_NO_URI,
        /** A client with scopes and no targets, or the other way round. */
        IDLE_CLIENT,
        /** A former token audience that counts no more. */
        PAST_TOKEN_AUDIENCE,
        /** An issuer that nothing makes use of. */
        UNUSED_ISSUER;

        /** The name for programs: `shadowed_rule`. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A hint about an entry of files, and where it is written. */
    record Placed(Hint hint, Written written) {
        String place() {
            return written.place(hint.member());
        }

        @Override
        public String toString() {
            return place() + ": " + hint.entry() + ": " + hint.sentence();
        }

        ObjectNode json() {
            return Json.object()
                    .put("check", hint.check().text())
                    .put("file", written.file())
                    .put("line", written.line(hint.member()))
                    .put("kind", hint.entry().kind().section())
                    .put("id", hint.entry().id())
                    .put("hint", hint.sentence());
        }
    }

    /** Those about entries of the files, in the order in which they are written. */
    static List<Placed> placed(Collection<Hint> hints, PolicyFiles files) {
        List<Placed> placed = new ArrayList<>();
        for (Hint hint : hints) {
            Written written = files.entries().get(hint.entry());
            if (written != null) {
                placed.add(new Placed(hint, written));
            }
        }
        placed.sort(
                Comparator.comparing((Placed one) -> one.written().file())
                        .thenComparingInt(one -> one.written().line(one.hint().member())));
        return placed;
    }
}
