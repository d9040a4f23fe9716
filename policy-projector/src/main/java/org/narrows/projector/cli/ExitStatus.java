// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

/** What the process ends with. */
public enum ExitStatus {
    DONE(0),
    FINDINGS(1),
    INVALID(2),
    UNREACHABLE(3);

    private final int code;

    ExitStatus(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
