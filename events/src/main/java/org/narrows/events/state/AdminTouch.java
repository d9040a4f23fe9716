// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.narrows.events.event.Event;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChange.*;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.ClientAuthentication.FederatedJwt;
import org.narrows.events.policy.Rule;
import org.narrows.events.state.Row.ClaimRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.ScopeName;

/**
 * Whether an event touches the audience of the control plane (DESIGN §4): it names it, or it
 * changes an issuer, a client or the {@code from} audience that a rule into it names. Who may not
 * touch it could otherwise make himself somebody who may.
 */
public final class AdminTouch {
    private final Policy policy;
    private final Set<IssuerUrl> issuers = new HashSet<>();
    private final Set<ClientId> clients = new HashSet<>();
    private final Set<AudienceId> froms = new HashSet<>();

    private AdminTouch(Policy policy) {
        this.policy = policy;
        for (RuleRow row : policy.rules().values()) {
            if (isAdmin(row.entry())) {
                row.entry().match().issuers().ifPresent(issuers::addAll);
                row.entry().match().clients().ifPresent(clients::addAll);
                froms.add(row.entry().match().from());
            }
        }
        // Whoever issues the assertions of such a client can be that client.
        for (ClientId id : clients) {
            ClientRow client = policy.clients().get(id);
            if (client != null
                    && client.entry().authentication() instanceof FederatedJwt federated) {
                issuers.add(federated.issuer());
            }
        }
    }

    /**
     * Whether the event touches the admin audience, by this policy.
     *
     * @param rows for the audience of an invitation
     * @param ownIssuer what Narrows itself issues as
     */
    public static boolean touches(Event event, Policy policy, Rows rows, IssuerUrl ownIssuer) {
        if (!(event instanceof PolicyChanged changed)) {
            return Authority.audienceOf(event, rows).filter(Moment::isAdmin).isPresent();
        }
        AdminTouch touch = new AdminTouch(policy);
        return changed.changes().stream().anyMatch(touch::isTouchedBy)
                || touch.isReachedBy(changed, ownIssuer);
    }

    private boolean isTouchedBy(PolicyChange change) {
        return switch (change) {
            case IssuerTrusted(var entry) ->
                    issuers.contains(entry.issuer())
                            || entry.audiences()
                                    .filter(audiences -> audiences.contains(Audience.ADMIN))
                                    .isPresent();
            case IssuerDistrusted(var issuer) -> issuers.contains(issuer);
            case AudienceDefined(var entry) -> isAdminOrFrom(entry.id());
            case AudienceRetired(var id) -> isAdminOrFrom(id);
            case ScopeDefined(var entry) -> isAdmin(entry.audience()) || isOfAdmin(entry.scope());
            case ScopeRetired(var scope, var audience) -> isAdmin(audience) || isOfAdmin(scope);
            case ClaimDefined(var entry) -> isAdmin(entry.audience());
            case ClaimRetired(_, var audience) -> isAdmin(audience);
            case ClientRegistered(var entry) -> isAdmin(entry);
            case ClientDisabled(var id) -> isAdmin(id);
            case ClientEnabled(var id) -> isAdmin(id);
            case ClientRemoved(var id) -> isAdmin(id);
            case ClientScopeAllowed(var client, var scope) -> isAdmin(client) || isOfAdmin(scope);
            case ClientScopeWithdrawn(var client, var scope) -> isAdmin(client) || isOfAdmin(scope);
            case ClientAudienceAllowed(var client, var audience) ->
                    isAdmin(client) || Moment.isAdmin(audience);
            case ClientAudienceWithdrawn(var client, var audience) ->
                    isAdmin(client) || Moment.isAdmin(audience);
            case RuleDefined(var entry) -> isAdmin(entry);
            case RuleRetired(var id) ->
                    Optional.ofNullable(policy.rules().get(id))
                            .filter(row -> isAdmin(row.entry()))
                            .isPresent();
        };
    }

    /** What an event takes along it touches as well. */
    private boolean isReachedBy(PolicyChanged event, IssuerUrl ownIssuer) {
        return switch (PolicyFold.judge(policy, ownIssuer, event.changes(), 0)) {
            case Effect.Refused _ -> false;
            case Effect.Applied(var changes, _) ->
                    changes.stream()
                            .anyMatch(
                                    change ->
                                            switch (change) {
                                                case RowChange.Opened(Row row) -> isAdmin(row);
                                                case RowChange.Replaced(Row before, Row _) ->
                                                        isAdmin(before);
                                                case RowChange.Closed(Row row) -> isAdmin(row);
                                                case RowChange.Erased _ -> false;
                                            });
        };
    }

    private boolean isAdmin(Row row) {
        return switch (row) {
            case RuleRow rule -> isAdmin(rule.entry());
            case ClientRow client -> isAdmin(client.entry());
            case ScopeRow scope -> isAdmin(scope.entry().audience());
            case ClaimRow claim -> isAdmin(claim.entry().audience());
            // What events name themselves, or what no change of the policy takes along.
            case Row.IssuerRow _,
                    Row.AliasRow _,
                    Row.AudienceRow _,
                    Row.KeyRow _,
                    Row.QuarantineRow _,
                    Row.GapRow _,
                    Row.ConsentRow _,
                    Row.MembershipRow _,
                    Row.SubjectRevocationRow _,
                    Row.InvitationRow _,
                    Row.TokenRevocationRow _ ->
                    false;
        };
    }

    private static boolean isAdmin(Rule rule) {
        return Moment.isAdmin(rule.match().to()) || Moment.isAdmin(rule.match().from());
    }

    private boolean isAdmin(Client client) {
        return Moment.isAdmin(client.audience()) || isAdmin(client.id());
    }

    private boolean isAdmin(ClientId id) {
        ClientRow row = policy.clients().get(id);
        return clients.contains(id) || (row != null && Moment.isAdmin(row.entry().audience()));
    }

    private static boolean isAdmin(Optional<AudienceId> audience) {
        return audience.filter(Moment::isAdmin).isPresent();
    }

    private boolean isAdminOrFrom(AudienceId audience) {
        return Moment.isAdmin(audience) || froms.contains(audience);
    }

    private boolean isOfAdmin(ScopeName scope) {
        ScopeRow row = policy.scopes().get(scope);
        return row != null && isAdmin(row.entry().audience());
    }
}
