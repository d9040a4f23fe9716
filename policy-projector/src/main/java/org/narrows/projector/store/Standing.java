// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import java.util.Optional;
import java.util.OptionalInt;
import org.narrows.events.state.LogState;

/**
 * Where one projector stands in one generation.
 *
 * @param epoch of the projector: a commit of an older one fails
 * @param nextOffset of the first record that is not folded yet
 * @param leaderEpoch of the last record folded, when the broker gave one
 * @param topicId Kafka's id of the topic that was folded; empty before the first record
 */
public record Standing(
        int generation,
        long epoch,
        long nextOffset,
        OptionalInt leaderEpoch,
        Optional<String> topicId,
        LogState state) {}
