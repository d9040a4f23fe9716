// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The parameters of a request, in order; a name may stand more than once. */
public record Form(List<Map.Entry<String, String>> parameters) {
    public Form {
        parameters = List.copyOf(parameters);
    }

    /**
     * A form of these.
     *
     * @param namesAndValues in turn
     */
    public static Form of(String... namesAndValues) {
        Form form = new Form(List.of());
        for (int i = 0; i < namesAndValues.length; i += 2) {
            form = form.and(namesAndValues[i], namesAndValues[i + 1]);
        }
        return form;
    }

    /** One more parameter, whether or not there is one of that name. */
    public Form and(String name, String value) {
        return new Form(
                Stream.concat(parameters.stream(), Stream.of(Map.entry(name, value))).toList());
    }

    public Form and(Form more) {
        return new Form(Stream.concat(parameters.stream(), more.parameters.stream()).toList());
    }

    /** This value in the place of whatever the name had. */
    public Form with(String name, String value) {
        return without(name).and(name, value);
    }

    public Form without(String name) {
        return new Form(
                parameters.stream().filter(parameter -> !parameter.getKey().equals(name)).toList());
    }

    public String encoded() {
        return parameters.stream()
                .map(parameter -> encode(parameter.getKey()) + "=" + encode(parameter.getValue()))
                .collect(Collectors.joining("&"));
    }

    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
