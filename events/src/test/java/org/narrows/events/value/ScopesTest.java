// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ScopesTest {
    @Test
    void scopes_behave_as_sets_in_order_of_their_names() {
        Random random = new Random(7);
        for (int i = 0; i < 2000; i++) {
            Set<String> one = some(random);
            Set<String> other = some(random);
            Set<String> both = new TreeSet<>(one);
            both.retainAll(other);
            Set<String> either = new TreeSet<>(one);
            either.addAll(other);
            Set<String> rest = new TreeSet<>(one);
            rest.removeAll(other);
            assertThat(scopes(one).and(scopes(other))).isEqualTo(scopes(both));
            assertThat(scopes(one).or(scopes(other))).isEqualTo(scopes(either));
            assertThat(scopes(one).without(scopes(other))).isEqualTo(scopes(rest));
            assertThat(scopes(one).containsAll(scopes(other))).isEqualTo(one.containsAll(other));
            assertThat(scopes(either)).hasToString(String.join(" ", either));
            for (String name : either) {
                assertThat(scopes(one).contains(new ScopeName(name))).isEqualTo(one.contains(name));
            }
        }
    }

    private static Set<String> some(Random random) {
        return random.ints(random.nextInt(12), 0, 26)
                .mapToObj(letter -> Character.toString('a' + letter))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Scopes scopes(Set<String> names) {
        return Scopes.of(names.toArray(String[]::new));
    }

    @Test
    void one_named_twice_is_there_once() {
        assertThat(Scopes.parse("b a b")).hasToString("a b");
    }

    @Test
    void names_are_parted_by_single_spaces() {
        assertThat(Scopes.parse("")).isEqualTo(Scopes.NONE);
        for (String malformed : new String[] {" a", "a ", "a  b", "a\tb", "a\"b"}) {
            assertThatThrownBy(() -> Scopes.parse(malformed))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
