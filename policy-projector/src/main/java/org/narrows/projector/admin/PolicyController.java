// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.narrows.events.policy.Kind;
import org.narrows.events.state.RowKind;
import org.narrows.projector.store.LiveRows;
import org.narrows.projector.store.StoredRow;

/** The policy as of any seq, entry by entry, and who changed it. */
@Controller("/{section:issuers|audiences|scopes|claims|clients|rules}")
@ExecuteOn(TaskExecutors.BLOCKING)
class PolicyController {
    private final LiveRows rows;
    private final Aliases aliases;
    private final History history;
    private final Asking asking;

    PolicyController(LiveRows rows, Aliases aliases, History history, Asking asking) {
        this.rows = rows;
        this.aliases = aliases;
        this.history = history;
        this.asking = asking;
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request, @PathVariable String section) {
        Caller.of(request).needs(AdminScope.POLICY_READ);
        RowKind kind = kind(section);
        long seq = asking.at(request);
        int limit = asking.limit(request);
        Cursor after = Asking.parameter(request, "after").map(Cursor::parse).orElse(Cursor.START);
        List<StoredRow> found = rows.list(kind.name(), seq, after.name(), after.owner(), limit + 1);
        return Json.ok(
                Json.page(
                        found,
                        limit,
                        stored -> Entries.json(stored.row()),
                        stored -> new Cursor(stored.name(), stored.owner()).text()));
    }

    @Get("/{id}")
    HttpResponse<byte[]> one(
            HttpRequest<?> request, @PathVariable String section, @PathVariable String id) {
        Caller.of(request).needs(AdminScope.POLICY_READ);
        long seq = asking.at(request);
        ObjectNode entry =
                rows.find(kind(section).name(), owner(request), name(section, id, seq), seq)
                        .map(stored -> Entries.json(stored.row()))
                        .orElseThrow(PolicyController::unknown);
        return Json.ok(entry);
    }

    @Get("/{id}/history")
    HttpResponse<byte[]> history(
            HttpRequest<?> request, @PathVariable String section, @PathVariable String id) {
        Caller.of(request).needs(AdminScope.POLICY_READ);
        long seq = asking.at(request);
        RowKind kind = kind(section);
        List<StoredRow> versions =
                rows.versions(kind.name(), owner(request), name(section, id, seq), seq);
        if (versions.isEmpty()) {
            throw unknown();
        }
        return Json.ok(Json.items(history.of(versions, seq), item -> item));
    }

    private static Problem unknown() {
        return Problem.notFound("there is no such entry");
    }

    /** An issuer in a path is its alias. */
    private String name(String section, String id, long seq) {
        return section.equals(Kind.ISSUERS.section())
                ? aliases.issuer(id, seq).orElseThrow(PolicyController::unknown).value()
                : id;
    }

    private static String owner(HttpRequest<?> request) {
        return request.getPath().startsWith("/claims/")
                ? Asking.parameter(request, "audience").orElse("")
                : "";
    }

    private static RowKind kind(String section) {
        return switch (Kind.valueOf(section.toUpperCase(Locale.ROOT))) {
            case ISSUERS -> RowKind.ISSUER;
            case AUDIENCES -> RowKind.AUDIENCE;
            case SCOPES -> RowKind.SCOPE;
            case CLAIMS -> RowKind.CLAIM;
            case CLIENTS -> RowKind.CLIENT;
            case RULES -> RowKind.RULE;
        };
    }

    /** Where a page ended. */
    private record Cursor(String name, String owner) {
        static final Cursor START = new Cursor("", "");

        String text() {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString((name + "\n" + owner).getBytes(StandardCharsets.UTF_8));
        }

        static Cursor parse(String text) {
            try {
                String both =
                        new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
                int end = both.indexOf('\n');
                if (end > 0) {
                    return new Cursor(both.substring(0, end), both.substring(end + 1));
                }
            } catch (IllegalArgumentException e) {
                // said below
            }
            throw Problem.malformed("after", "`after` is what the page before said as `next`");
        }
    }
}
