// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void the_example_of_rfc_8785_comes_out_as_the_rfc_says() {
        String example =
                """
                {
                  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                  "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
                  "literals": [null, true, false]
                }
                """;
        assertThat(Json.canonical(Json.parse(example)))
                .isEqualTo(
                        "{\"literals\":[null,true,false],"
                                + "\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                                + "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    }

    @Test
    void members_are_sorted_as_rfc_8785_sorts_them() {
        String example =
                "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}";
        assertThat(Json.canonical(Json.parse(example)))
                .isEqualTo(
                        "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}");
    }

    @Test
    void whole_numbers_keep_all_their_digits() {
        String digits = "[0,-1,9007199254740993,123456789012345678901234567890]";
        assertThat(Json.canonical(Json.parse(digits))).isEqualTo(digits);
    }

    @Test
    void canonical_text_is_its_own_canonical_form() {
        for (var file : Golden.files("events")) {
            assertThat(Json.canonical(Json.parse(Golden.text(file)))).isEqualTo(Golden.text(file));
        }
    }

    @Test
    void thirty_two_levels_are_read_and_no_more() {
        assertThat(Json.parse("[".repeat(32) + "]".repeat(32)).isArray()).isTrue();
        assertThatThrownBy(() -> Json.parse("[".repeat(33) + "]".repeat(33)))
                .hasMessageContaining("nested more than 32 levels deep");
        assertThatThrownBy(() -> Json.parse("[".repeat(1_000_000)))
                .hasMessageContaining("nested more than 32 levels deep");
    }

    @Test
    void an_input_of_a_million_values_is_read_and_no_more() {
        assertThat(Json.parse("[" + "1,".repeat(999_998) + "1]").size()).isEqualTo(999_999);
        assertThatThrownBy(() -> Json.parse("[" + "1,".repeat(999_999) + "1]"))
                .hasMessage("`[999999]`: more than 1000000 values");
    }

    @Test
    void an_input_that_ends_too_early_is_not_json() {
        String text = "{\"a\":[1,\"b\",{\"c\":null,\"d\":-1.5e3}],\"e\":true}";
        for (int end = 0; end < text.length(); end++) {
            String begun = text.substring(0, end);
            assertThatThrownBy(() -> Json.parse(begun))
                    .isInstanceOf(MalformedException.class)
                    .hasMessageStartingWith("not JSON");
        }
    }

    @Test
    void a_replacement_character_that_was_sent_as_such_is_kept() {
        assertThat(
                        Json.parse("\"\uFFFD\"".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                                .textValue())
                .isEqualTo("\uFFFD");
    }

    @Test
    void names_in_paths_hold_nothing_that_a_log_line_could_mistake() {
        String name = "a\\n`".concat("x".repeat(100));
        assertThatThrownBy(() -> Json.parse("{\"" + name + "\":1,\"" + name + "\":2}"))
                .hasMessage("`a??" + "x".repeat(61) + "...`: is there twice");
    }
}
