// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.narrows.events.state.Policy;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ConsentRow;
import org.narrows.events.state.Row.MembershipRow;
import org.narrows.events.state.Row.PolicyRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.state.Row.Standing.Barred;
import org.narrows.events.state.Row.Standing.Member;
import org.narrows.events.state.RowKind;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.User;
import org.narrows.projector.store.LiveRows;

/**
 * What users consented to, and where they belong: what counts as of the seq, not what lies about.
 */
@Controller
@ExecuteOn(TaskExecutors.BLOCKING)
class UsersController {
    private final LiveRows rows;
    private final Aliases aliases;
    private final Asking asking;

    UsersController(LiveRows rows, Aliases aliases, Asking asking) {
        this.rows = rows;
        this.aliases = aliases;
        this.asking = asking;
    }

    @Get("/users/{issuer}/{subject}/consents")
    HttpResponse<byte[]> consents(
            HttpRequest<?> request, @PathVariable String issuer, @PathVariable String subject) {
        Caller.of(request).needs(AdminScope.CONSENT_READ);
        long seq = asking.at(request);
        return Json.ok(consents(user(issuer, subject, seq), seq));
    }

    @Get("/users/{issuer}/{subject}/memberships")
    HttpResponse<byte[]> memberships(
            HttpRequest<?> request, @PathVariable String issuer, @PathVariable String subject) {
        Caller.of(request).needs(AdminScope.CONSENT_READ);
        long seq = asking.at(request);
        return Json.ok(memberships(user(issuer, subject, seq), seq));
    }

    @Get("/consents")
    HttpResponse<byte[]> consents(HttpRequest<?> request) {
        Caller.of(request).needs(AdminScope.CONSENT_READ);
        long seq = asking.at(request);
        String issuer = Asking.required(request, "issuer");
        String subject = Asking.required(request, "subject");
        try {
            return Json.ok(consents(new User(new IssuerUrl(issuer), subject), seq));
        } catch (IllegalArgumentException e) {
            throw Problem.malformed("issuer", String.valueOf(e.getMessage()));
        }
    }

    private User user(String alias, String subject, long seq) {
        IssuerUrl issuer =
                aliases.issuer(alias, seq)
                        .orElseThrow(() -> Problem.notFound("there is no issuer with this alias"));
        try {
            return new User(issuer, subject);
        } catch (IllegalArgumentException e) {
            throw Problem.malformed("subject", String.valueOf(e.getMessage()));
        }
    }

    private ObjectNode consents(User user, long seq) {
        Policy policy = policy(seq);
        List<ObjectNode> items = new ArrayList<>();
        for (var stored : rows.ofUser(user.key(), RowKind.CONSENT.name(), seq)) {
            ConsentRow consent = (ConsentRow) stored.row();
            ObjectNode item = Json.object().put("audience", consent.audience().value());
            ArrayNode scopes = item.putArray("scopes");
            consent.scopes()
                    .forEach(
                            (scope, consented) -> {
                                if (holds(policy, consent.audience(), consented.since())
                                        && holds(policy, scope, consented.since())) {
                                    scopes.addObject()
                                            .put("scope", scope.value())
                                            .put("client", consented.client().value())
                                            .put("since", consented.since());
                                }
                            });
            if (!scopes.isEmpty()) {
                items.add(item);
            }
        }
        return Json.items(items, item -> item);
    }

    private ObjectNode memberships(User user, long seq) {
        Policy policy = policy(seq);
        List<ObjectNode> items = new ArrayList<>();
        for (var stored : rows.ofUser(user.key(), RowKind.MEMBERSHIP.name(), seq)) {
            MembershipRow membership = (MembershipRow) stored.row();
            ObjectNode item = Json.object().put("audience", membership.audience().value());
            switch (membership.standing()) {
                case Member member -> {
                    if (holds(policy, membership.audience(), membership.since())) {
                        items.add(
                                item.put("state", "member")
                                        .put("via", member.via().text())
                                        .put("since", membership.since()));
                    }
                }
                case Barred _ ->
                        items.add(item.put("state", "barred").put("since", membership.since()));
            }
        }
        return Json.items(items, item -> item);
    }

    private Policy policy(long seq) {
        return Policy.of(
                rows.policy(seq).stream().map(stored -> (PolicyRow) stored.row()).toList());
    }

    private static boolean holds(Policy policy, AudienceId audience, long since) {
        return Optional.ofNullable(policy.audiences().get(audience))
                        .map(AudienceRow::since)
                        .orElse(Long.MAX_VALUE)
                <= since;
    }

    private static boolean holds(Policy policy, ScopeName scope, long since) {
        return Optional.ofNullable(policy.scopes().get(scope))
                        .map(ScopeRow::since)
                        .orElse(Long.MAX_VALUE)
                <= since;
    }
}
