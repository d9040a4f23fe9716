// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Narrows;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;

@AgainstNarrows
@Specification(value = "RFC 9728", title = "Protected resource metadata")
@NotMet(
        section = "3.1",
        says = "metadata lies on the resource's own host, its path after the well-known part",
        because =
                "Narrows is not that host: it serves what it knows of each audience under its own, for the resource to serve or redirect to")
@NotApplicable(
        section = "5.1",
        says = "a resource names its metadata in `WWW-Authenticate`",
        because = "that is the resource's to do")
@NotApplicable(section = "2.2", says = "`signed_metadata`", because = "optional, and not offered")
class Rfc9728ConformanceIT {
    private static final Narrows NARROWS = Narrows.running();
    private static final String RESOURCE = "https://r9728.test.invalid/things";
    private static final String PATH = "/.well-known/oauth-protected-resource/";

    static {
        NARROWS.publish(
                new Policy()
                        .audience("r9728", Map.of("tokenAudience", RESOURCE, "name", "Things"))
                        .audience("https://r9728.test.invalid/a/b")
                        .audience("r9728-plain")
                        .scope("r9728.see", "r9728", "grantable"));
    }

    @Test
    @Requirement(section = "3.2", says = "the answer is 200, `application/json`, one JSON object")
    void rfc9728_3_2_metadata_is_json() {
        Reply reply = NARROWS.get(PATH + "r9728");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Content-Type")).get().asString().startsWith("application/json");
        assertThat(reply.json().isObject()).isTrue();
    }

    @Test
    @Requirement(
            section = "2",
            says = "`resource` is required, the https URL of the resource, without a fragment")
    @Requirement(section = "3.3", says = "`resource` is what tokens for it carry as `aud`")
    void rfc9728_2_resource_is_the_token_audience() {
        assertThat(NARROWS.get(PATH + "r9728").text("resource")).isEqualTo(RESOURCE);
        assertThat(NARROWS.get(PATH + "https:%2F%2Fr9728.test.invalid%2Fa%2Fb").text("resource"))
                .isEqualTo("https://r9728.test.invalid/a/b");
    }

    @Test
    @Requirement(
            section = "2",
            says = "`authorization_servers` names the issuers whose tokens the resource takes")
    void rfc9728_2_the_authorization_server_is_this_one() {
        assertThat(strings(NARROWS.get(PATH + "r9728").json().path("authorization_servers")))
                .containsExactly(NARROWS.issuer());
    }

    @Test
    @Requirement(section = "2", says = "`scopes_supported` is recommended")
    void rfc9728_2_scopes_are_named() {
        assertThat(strings(NARROWS.get(PATH + "r9728").json().path("scopes_supported")))
                .filteredOn(Rfc9728ConformanceIT::isOwn)
                .containsExactly("r9728.see");
    }

    @Test
    @Requirement(section = "2", says = "`resource_name` is the name for people")
    void rfc9728_2_the_name_is_told() {
        assertThat(NARROWS.get(PATH + "r9728").text("resource_name")).isEqualTo("Things");
    }

    @Test
    @Requirement(section = "3.2", says = "members with no elements are left out")
    void rfc9728_3_2_no_empty_arrays() {
        JsonNode metadata = NARROWS.get(PATH + "https:%2F%2Fr9728.test.invalid%2Fa%2Fb").json();
        assertThat(strings(metadata.path("scopes_supported")))
                .noneMatch(Rfc9728ConformanceIT::isOwn);
        metadata.forEach(value -> assertThat(value.isArray() && value.isEmpty()).isFalse());
    }

    @Test
    @Requirement(section = "3", says = "there is none for what is no resource with an https URL")
    void rfc9728_3_an_audience_without_an_https_url_has_none() {
        assertThat(NARROWS.get(PATH + "r9728-plain").status()).isEqualTo(404);
        assertThat(NARROWS.get(PATH + "r9728-unknown").status()).isEqualTo(404);
    }

    /** Other tests of the same service share scopes with all audiences. */
    private static boolean isOwn(String scope) {
        return scope.startsWith("r9728");
    }

    private static List<String> strings(JsonNode array) {
        List<String> values = new ArrayList<>();
        array.forEach(value -> values.add(value.asText()));
        return values;
    }
}
