// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.util.Arrays;
import java.util.List;
import org.narrows.events.policy.Kind;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** `clients`, or `client`. */
final class KindConverter implements ITypeConverter<Kind> {
    /** For completion. */
    static final class Names extends java.util.ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            super(names());
        }
    }

    @Override
    public Kind convert(String text) {
        return Arrays.stream(Kind.values())
                .filter(kind -> kind.section().equals(text) || kind.section().equals(text + "s"))
                .findFirst()
                .orElseThrow(
                        () ->
                                new TypeConversionException(
                                        "`"
                                                + text
                                                + "` is no kind"
                                                + NearestName.hint(text, names())
                                                + " (kinds: "
                                                + String.join(", ", names())
                                                + ")"));
    }

    private static List<String> names() {
        return Arrays.stream(Kind.values()).map(Kind::section).toList();
    }
}
