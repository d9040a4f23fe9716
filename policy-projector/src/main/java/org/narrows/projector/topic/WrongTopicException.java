// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.topic;

import org.jspecify.annotations.Nullable;

/**
 * A topic that must not be worked with; the message names each setting, what was found and what is
 * wanted.
 */
public final class WrongTopicException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WrongTopicException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
