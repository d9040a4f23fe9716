// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

/**
 * Input that breaks its form. The message is a sentence for whoever wrote it; the path names the
 * member.
 */
public final class MalformedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String path;

    public MalformedException(String path, String problem) {
        super(path.isEmpty() ? problem : "`" + path + "`: " + problem);
        this.path = path;
    }

    /** Such as `data.changes[3].ruleDefined.to`; empty for the whole input. */
    public String path() {
        return path;
    }
}
