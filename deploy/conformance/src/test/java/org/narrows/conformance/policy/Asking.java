// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.JWTClaimsSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.narrows.conformance.Answers;
import org.narrows.conformance.Form;
import org.narrows.conformance.Narrows;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestClient;

/** A request for a token, changed word by word and then sent. */
record Asking(TestClient client, Form form) {
    Asking as(TestClient other) {
        return new Asking(other, form);
    }

    Asking at(String... audiences) {
        Form at = form.without("audience");
        for (String audience : audiences) {
            at = at.and("audience", audience);
        }
        return new Asking(client, at);
    }

    /** For these scopes; for none in particular when there are none. */
    Asking scope(String... scopes) {
        return scopes.length == 0
                ? new Asking(client, form.without("scope"))
                : with("scope", String.join(" ", scopes));
    }

    Asking with(String name, String value) {
        return new Asking(client, form.with(name, value));
    }

    /** With what this party shows as who acts. */
    Asking actor(String token) {
        return with("actor_token", token).with("actor_token_type", Scene.ACCESS_TOKEN);
    }

    Reply reply() {
        return Reply.onceAnswered(
                () ->
                        Narrows.running()
                                .post("/token-exchange", form, "Authorization", client.basic()));
    }

    /** Expects a token, and gives its claims. */
    JWTClaimsSet permitted() {
        return Answers.permitted(reply());
    }

    /** Expects a token. */
    String token() {
        Reply reply = reply();
        Answers.permitted(reply);
        return reply.accessToken();
    }

    /** Expects a token with exactly these scopes. */
    void grants(String... scopes) {
        assertThat(List.of(reply().text("scope").split(" "))).containsExactlyInAnyOrder(scopes);
    }

    /**
     * Expects this error.
     *
     * @param reasons all that the recorded decision has, by their codes; none: not looked at
     */
    Reply refused(String error, String... reasons) {
        Reply reply = reply();
        Answers.refused(reply, error);
        if (reasons.length > 0) {
            assertThat(reasons(reply)).as(reply.toString()).containsExactlyInAnyOrder(reasons);
        }
        return reply;
    }

    /** Expects that the client is nobody. */
    void unknownClient() {
        Answers.refused(reply(), 401, "invalid_client");
    }

    /** The codes of the decision that was recorded for this answer. */
    private static List<String> reasons(Reply reply) {
        List<String> codes = new ArrayList<>();
        for (JsonNode reason : decision(reply).path("reasons")) {
            codes.add(reason.path("code").asText());
        }
        return codes;
    }

    /** The decision that was recorded for this answer, once it has landed. */
    static JsonNode decision(Reply reply) {
        String path = "/decisions/" + reply.header("Narrows-Decision").orElseThrow();
        Reply landed =
                Awaitility.await("the landing of " + reply)
                        .atMost(Duration.ofSeconds(20))
                        .pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(20))
                        .until(
                                () -> Narrows.running().admin(path),
                                answer -> answer.status() == 200);
        return landed.json();
    }

    /** The rules that allowed it. */
    static Stream<String> rules(Reply permit) {
        JsonNode rules = decision(permit).path("rules");
        List<String> ids = new ArrayList<>();
        rules.forEach(rule -> ids.add(rule.asText()));
        return ids.stream();
    }
}
