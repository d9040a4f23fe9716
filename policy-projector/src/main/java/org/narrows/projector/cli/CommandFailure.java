// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

/** A command that ends with a sentence for people and the exit status that programs read. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitStatus status;
    private final String sentence;

    private CommandFailure(ExitStatus status, String message) {
        super(message);
        this.status = status;
        this.sentence = message;
    }

    /** There is something to see: a difference, a rejection, nothing under that name. */
    public static CommandFailure finding(String message) {
        return new CommandFailure(ExitStatus.FINDINGS, message);
    }

    /** What was asked makes no sense: options, files, tokens. */
    public static CommandFailure invalid(String message) {
        return new CommandFailure(ExitStatus.INVALID, message);
    }

    /** Whoever was asked does not answer, or cannot now. */
    public static CommandFailure unreachable(String message) {
        return new CommandFailure(ExitStatus.UNREACHABLE, message);
    }

    /** The same, and one line more. */
    CommandFailure and(String more) {
        return new CommandFailure(status, sentence + "\n" + more);
    }

    /** What to tell people; one line for each thing that is wrong. */
    public String sentence() {
        return sentence;
    }

    public ExitStatus status() {
        return status;
    }
}
