// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.token;

import java.util.List;
import org.narrows.events.wire.TrustedKey;

/**
 * The public parts of the keys that Narrows itself signs with: the present one, the next and the
 * previous ones.
 */
@FunctionalInterface
public interface OwnKeys {
    List<TrustedKey> verifying();
}
