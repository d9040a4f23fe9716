// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

/** Which tokens of an issuer are about clients; all others are about users. */
public sealed interface ClientTokens {
    /** `false`: none; a token whose `sub` is its own client is then refused. */
    record Never() implements ClientTokens {}

    /** `true`: those whose `sub` is their own `client_id`, `azp` or `cid`. */
    record OwnSubject() implements ClientTokens {}

    /** `all`: every one, such as those of Kubernetes service accounts. */
    record All() implements ClientTokens {}

    /** `{claim: value}`: those that carry this claim with this value. */
    record Marked(String claim, String value) implements ClientTokens {}
}
