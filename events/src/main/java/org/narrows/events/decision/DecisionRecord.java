// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.policy.Sets;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Position;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;

/**
 * One decision as it is recorded in Kafka before anyone is told. Holds no token and no secret. A
 * recorded permit says that a token may have been issued.
 *
 * @param id UUIDv7; the record's key, and the `Narrows-Decision` header
 * @param generation the projection the policy was read from
 * @param now the one clock reading the decision was made with
 * @param client the authenticated requester
 * @param exchange all that {@code decide} read; empty when the request failed before
 * @param found what was found before {@code decide} and is taken as given later: fact to finding
 * @param targets the audiences that were meant, those of a denial too as far as there are such
 * @param rules the rule of each target of a permit, in the order of the targets
 * @param reasons of a denial, all of them
 * @param tokenId `jti` of the issued token
 * @param admits targets of which the user becomes a member by this permit
 */
public record DecisionRecord(
        String id,
        Position position,
        int generation,
        int foldVersion,
        int decideVersion,
        Instant now,
        ClientId client,
        Optional<Exchange> exchange,
        SortedMap<String, String> found,
        boolean permitted,
        List<AudienceId> targets,
        List<RuleId> rules,
        Optional<Scopes> granted,
        List<RecordedReason> reasons,
        Optional<String> tokenId,
        Optional<Instant> tokenExpiresAt,
        List<String> lineage,
        List<AudienceId> admits,
        Duration latency) {
    public DecisionRecord {
        found = Sets.copy(found);
        targets = List.copyOf(targets);
        rules = List.copyOf(rules);
        reasons = List.copyOf(reasons);
        lineage = List.copyOf(lineage);
        admits = List.copyOf(admits);
    }

    /** Where to: the targets, or where none of them is an audience, what the request named. */
    public List<String> named() {
        return targets.isEmpty()
                ? exchange.stream()
                        .flatMap(asked -> asked.targets().stream())
                        .map(Exchange.Target::value)
                        .distinct()
                        .toList()
                : targets.stream().map(AudienceId::value).toList();
    }

    /**
     * A reason as recorded: also those found before {@code decide} (`invalid_token`,
     * `invalid_parameter`, …).
     *
     * @param evidence name to value, as plain text
     */
    public record RecordedReason(String code, Map<String, String> evidence) {
        public RecordedReason {
            evidence = Map.copyOf(evidence);
        }

        /** What is recorded of a reason that {@code decide} gave. */
        public static RecordedReason of(Reason reason) {
            return new RecordedReason(reason.code(), reason.evidence());
        }

        /**
         * The reason that {@code decide} gave; empty for what was found before it, or for what a
         * newer release says.
         */
        public Optional<Reason> reason() {
            try {
                return Optional.ofNullable(
                        switch (code) {
                            case "client_disabled" ->
                                    new Reason.ClientDisabled(new ClientId(text("client")));
                            case "subject_audience" -> new Reason.SubjectAudience(text("detail"));
                            case "actor_audience" -> new Reason.ActorAudience(text("detail"));
                            case "may_act_mismatch" -> new Reason.MayActMismatch(text("detail"));
                            case "actor_repeated" -> new Reason.ActorRepeated(text("actor"));
                            case "chain_too_deep" ->
                                    new Reason.ChainTooDeep(
                                            Integer.parseInt(text("depth")),
                                            Integer.parseInt(text("permitted")));
                            case "token_not_active" ->
                                    new Reason.TokenNotActive(text("token"), text("detail"));
                            case "binding_missing" -> new Reason.BindingMissing(text("detail"));
                            case "target_unknown" -> new Reason.TargetUnknown(text("target"));
                            case "target_not_allowed" ->
                                    new Reason.TargetNotAllowed(audience("target"));
                            case "no_rule" -> new Reason.NoRule(audience("from"), audience("to"));
                            case "mode" ->
                                    new Reason.ModeNotAllowed(
                                            audience("to"),
                                            Mode.valueOf(text("mode").toUpperCase(Locale.ROOT)));
                            case "actor" -> new Reason.ActorNotAllowed(audience("to"));
                            case "window" -> new Reason.OutsideWindow(rule());
                            case "condition" ->
                                    new Reason.ConditionNotMet(rule(), text("condition"));
                            case "denied" -> new Reason.Denied(rule());
                            case "not_a_member" ->
                                    new Reason.NotAMember(
                                            audience("audience"),
                                            Boolean.parseBoolean(text("barred")));
                            case "not_combinable" ->
                                    new Reason.NotCombinable(
                                            audience("audience"),
                                            evidence.containsKey("rule")
                                                    ? Optional.of(rule())
                                                    : Optional.empty());
                            case "suspended" -> new Reason.Suspended(Long.parseLong(text("seq")));
                            case "scopes_not_permitted" ->
                                    new Reason.ScopesNotPermitted(audience("audience"), scopes());
                            case "consent_missing" ->
                                    new Reason.ConsentMissing(audience("audience"), scopes());
                            default -> null;
                        });
            } catch (IllegalArgumentException e) {
                return Optional.empty(); // evidence that this release does not know
            }
        }

        private String text(String name) {
            String text = evidence.get(name);
            if (text == null) {
                throw new IllegalArgumentException("there is no `" + name + "`");
            }
            return text;
        }

        private AudienceId audience(String name) {
            return new AudienceId(text(name));
        }

        private RuleId rule() {
            return new RuleId(text("rule"));
        }

        private Scopes scopes() {
            return Scopes.parse(text("scopes"));
        }
    }
}
