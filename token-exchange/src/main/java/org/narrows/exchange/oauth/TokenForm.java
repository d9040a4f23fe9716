// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.oauth;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The parameters of a form body. An empty value is an absent one (RFC 6749 §3.2); unknown ones are
 * never looked at.
 */
public final class TokenForm {
    private final Map<String, List<String>> values;

    private TokenForm(Map<String, List<String>> values) {
        this.values = values;
    }

    public static TokenForm of(Map<String, List<String>> parameters) {
        // Of the JDK's maps this one stays fast under names that were chosen to collide.
        Map<String, List<String>> values = HashMap.newHashMap(parameters.size());
        parameters.forEach(
                (name, all) ->
                        values.put(name, all.stream().filter(value -> !value.isEmpty()).toList()));
        return new TokenForm(values);
    }

    /**
     * The parameter's value; empty when it is absent. One that may be there only once was checked
     * to be.
     */
    public Optional<String> one(String name) {
        List<String> all = all(name);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getFirst());
    }

    /** The parameter's values in the order they were sent. */
    public List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    public boolean has(String name) {
        return !all(name).isEmpty();
    }

    /** Those of these parameters that were sent more than once. */
    public List<String> repeated(List<String> names) {
        List<String> repeated = new ArrayList<>();
        for (String name : names) {
            if (all(name).size() > 1) {
                repeated.add(name);
            }
        }
        return repeated;
    }

    /** Names only: values may be secrets. */
    @Override
    public String toString() {
        return "TokenForm" + values.keySet();
    }
}
