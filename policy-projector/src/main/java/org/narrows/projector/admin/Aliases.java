// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import jakarta.inject.Singleton;
import java.util.Optional;
import org.narrows.events.state.Row.AliasRow;
import org.narrows.events.state.RowKind;
import org.narrows.events.value.IssuerUrl;
import org.narrows.projector.store.LiveRows;

/** Issuers by the aliases that paths name them by. */
@Singleton
class Aliases {
    private static final int MANY = 10_000;

    private final LiveRows rows;

    Aliases(LiveRows rows) {
        this.rows = rows;
    }

    Optional<IssuerUrl> issuer(String alias, long seq) {
        return rows.list(RowKind.ALIAS.name(), seq, "", "", MANY).stream()
                .map(stored -> (AliasRow) stored.row())
                .filter(row -> row.alias().value().equals(alias))
                .map(AliasRow::issuer)
                .findFirst();
    }
}
