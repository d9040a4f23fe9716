// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClaimRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.wire.EntryCodec;

/** Entries as admins write them, plus `since`; a disabled client says so. */
final class Entries {
    private Entries() {}

    static ObjectNode json(Row row) {
        ObjectNode json =
                switch (row) {
                    case IssuerRow issuer -> EntryCodec.encode(issuer.entry());
                    case AudienceRow audience -> EntryCodec.encode(audience.entry());
                    case ScopeRow scope -> EntryCodec.encode(scope.entry());
                    case ClaimRow claim -> EntryCodec.encode(claim.entry());
                    case RuleRow rule -> EntryCodec.encode(rule.entry());
                    case ClientRow client -> client(client);
                    case Row.AliasRow _,
                            Row.KeyRow _,
                            Row.QuarantineRow _,
                            Row.GapRow _,
                            Row.UserRow _,
                            Row.InvitationRow _,
                            Row.TokenRevocationRow _ ->
                            throw new IllegalStateException("no entry of the policy: " + row.key());
                };
        return json.put("since", row.since());
    }

    private static ObjectNode client(ClientRow client) {
        ObjectNode json = EntryCodec.encode(client.entry());
        if (!client.audiences().isEmpty()) {
            var audiences = json.putArray("audiences");
            client.audiences().keySet().forEach(audience -> audiences.add(audience.value()));
        }
        if (!client.scopes().isEmpty()) {
            var scopes = json.putArray("scopes");
            client.scopes().keySet().forEach(scope -> scopes.add(scope.value()));
        }
        if (client.enabledSince().isEmpty()) {
            json.put("disabled", true);
        }
        return json;
    }
}
