// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

/** What the projector is doing, for readiness and for people. */
public sealed interface ProjectorState {
    /** It has not read anything yet. */
    record Starting() implements ProjectorState {}

    /** It folds what comes. */
    record Folding() implements ProjectorState {}

    /** Another projector folds; this one takes over when that one falls silent. */
    record StandingBy() implements ProjectorState {}

    /** The next record cannot be understood by this release: the log is held up. */
    record HeldUp(String reason) implements ProjectorState {}

    /** The next record is more than five minutes ahead of the database clock. */
    record Ahead(String reason) implements ProjectorState {}

    /** Our own failure, or Kafka's, or the database's: tried again, nothing skipped. */
    record Retrying(String reason) implements ProjectorState {}

    /** It must not go on with what it found until somebody mends that. */
    record Stopped(String reason) implements ProjectorState {}

    /** It was asked to end. */
    record Ended() implements ProjectorState {}
}
