// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.narrows.events.state.Verdict.Took;

/** What a change took along, as admins see it: {@code [{kind, id, audience?, lost?}]}. */
final class TookJson {
    private TookJson() {}

    static @Nullable String write(List<Took> took) {
        if (took.isEmpty()) {
            return null;
        }
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (Took one : took) {
            ObjectNode object = array.addObject();
            object.put("kind", one.kind().section());
            object.put("id", one.id());
            one.audience().ifPresent(audience -> object.put("audience", audience));
            if (!one.lost().isEmpty()) {
                one.lost().forEach(object.putArray("lost")::add);
            }
        }
        return array.toString();
    }
}
