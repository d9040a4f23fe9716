// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.publish;

import java.util.Optional;
import org.narrows.events.wire.EventSigner;

/** The key that publishes from here; empty: this control plane publishes nothing. */
public record Signing(Optional<EventSigner> signer) {}
