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
    private final boolean onMerits;

    public MalformedException(String path, String problem) {
        this(path, problem, false);
    }

    private MalformedException(String path, String problem, boolean onMerits) {
        super(path.isEmpty() ? problem : "`" + path + "`: " + problem);
        this.path = path;
        this.onMerits = onMerits;
    }

    /**
     * The form is whole and what is asked can never be had: refused, and nobody is suspended for
     * it.
     */
    static MalformedException refused(String path, String problem) {
        return new MalformedException(path, problem, true);
    }

    /** Such as `data.changes[3].ruleDefined.to`; empty for the whole input. */
    public String path() {
        return path;
    }

    /**
     * Whether everything could be read and is refused for what it says (DESIGN §10, second class).
     */
    boolean isOnMerits() {
        return onMerits;
    }
}
