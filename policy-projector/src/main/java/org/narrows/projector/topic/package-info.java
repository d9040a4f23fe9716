// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What the two Kafka topics must be like: made so by {@code narrows log open} and the standalone,
 * asserted by the projector.
 */
@NullMarked
package org.narrows.projector.topic;

import org.jspecify.annotations.NullMarked;
