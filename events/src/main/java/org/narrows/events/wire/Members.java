// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The members of one JSON object, taken one by one. Whoever has taken all that it knows calls
 * {@link #end}, and what was not taken is an error.
 */
public final class Members {
    private final Located object;
    private final Set<String> taken = new HashSet<>();

    Members(Located object) {
        this.object = object;
    }

    /** The object itself. */
    public Located object() {
        return object;
    }

    /** A member that must be there. */
    public Located need(String name) {
        return find(name)
                .orElseThrow(() -> new MalformedException(object.memberPath(name), "is missing"));
    }

    /** A member that may be there. */
    public Optional<Located> find(String name) {
        taken.add(name);
        JsonNode value = object.json().get(name);
        return value == null ? Optional.empty() : Optional.of(object.at(name, value));
    }

    /** A member that may not be there, with the reason. */
    public void refuse(String name, String problem) {
        if (object.json().has(name)) {
            throw new MalformedException(object.memberPath(name), problem);
        }
    }

    /**
     * One of two members, and not both.
     *
     * @return the one that is there
     */
    public Located either(String one, String other) {
        Optional<Located> first = find(one);
        Optional<Located> second = find(other);
        if (first.isPresent() == second.isPresent()) {
            throw object.wrong(
                    first.isPresent()
                            ? "must not hold both `" + one + "` and `" + other + "`"
                            : "must hold `" + one + "` or `" + other + "`");
        }
        return first.or(() -> second).orElseThrow();
    }

    /** All members, whatever their names: a map. */
    public <K extends Comparable<? super K>, V> SortedMap<K, V> map(
            int max, Function<String, K> key, Function<Located, V> value) {
        if (object.json().size() > max) {
            throw object.wrong("must hold at most " + max + " members");
        }
        SortedMap<K, V> map = new TreeMap<>();
        for (Map.Entry<String, JsonNode> member : object.json().properties()) {
            taken.add(member.getKey());
            Located located = object.at(member.getKey(), member.getValue());
            map.put(located.checked(() -> key.apply(member.getKey())), value.apply(located));
        }
        return map;
    }

    /** The names of all members, in order. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        object.json().fieldNames().forEachRemaining(names::add);
        return names;
    }

    /**
     * Nothing else may be there.
     *
     * @throws MalformedException naming the first member that nobody took
     */
    public void end() {
        for (Iterator<String> each = object.json().fieldNames(); each.hasNext(); ) {
            String name = each.next();
            if (!taken.contains(name)) {
                throw new MalformedException(object.memberPath(name), "is not known here");
            }
        }
    }
}
