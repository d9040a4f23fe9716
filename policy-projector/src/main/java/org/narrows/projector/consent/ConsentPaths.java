// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import org.narrows.events.value.Alias;

/** What may be asked of the control plane without an admin's token, for the consent page. */
public final class ConsentPaths {
    static final String ROOT = "/consent";
    static final String CALLBACK = "/callback/";
    static final String STYLE = "/style.css";

    private ConsentPaths() {}

    /** Whether this path is the page's: no other is, however it is spelled. */
    public static boolean isOpen(String path) {
        if (!path.startsWith(ROOT + "/")) {
            return false;
        }
        String rest = path.substring(ROOT.length());
        return rest.equals(STYLE)
                || (rest.startsWith(CALLBACK) && Alias.hasForm(rest.substring(CALLBACK.length())))
                || DecisionLink.hasForm(rest.substring(1));
    }
}
