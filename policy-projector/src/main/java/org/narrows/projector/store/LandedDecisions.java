// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The decisions that have landed. */
@JdbcRepository(dialect = Dialect.POSTGRES)
public interface LandedDecisions extends GenericRepository<LandedDecision, String> {
    @Query("select id, body from narrows.decision where id = :id")
    Optional<LandedDecision> find(String id);

    /** The decisions that issued these tokens of ours. */
    @Query("select id, body from narrows.decision where token_id in (:tokenIds) order by id")
    List<LandedDecision> issuing(Collection<String> tokenIds);

    /** The decisions that made tokens out of this one, however far from it; the oldest first. */
    @Query(
            """
            select id, body from narrows.decision
            where lineage @> array[cast(:lineageId as text)] and id > :after
            order by id limit :most
            """)
    List<LandedDecision> derivedFrom(String lineageId, String after, int most);

    /** Those made since an instant, in order of their ids, after one of them. */
    @Query(
            """
            select id, body from narrows.decision
            where at >= :since and day >= cast(cast(:since as timestamptz) at time zone 'UTC' as date)
              and id > :after
            order by id limit :most
            """)
    List<LandedDecision> since(Instant since, String after, int most);

    /**
     * The newest first; what is null does not matter. Ids are UUIDv7, so their order is that of
     * time.
     */
    @Query(
            """
            select id, body from narrows.decision
            where (cast(:before as text) is null or id < :before)
              and (cast(:client as text) is null or client = :client)
              and (cast(:issuer as text) is null or issuer = :issuer)
              and (cast(:subject as text) is null or subject = :subject)
              and (cast(:target as text) is null or :target = any (targets))
              and (cast(:outcome as text) is null or outcome = :outcome)
              and (cast(:reason as text) is null or :reason = any (reasons))
              and (cast(:since as timestamptz) is null or at >= :since)
              and (cast(:until as timestamptz) is null or at < :until)
            order by id desc limit :most
            """)
    List<LandedDecision> list(
            @Nullable String before,
            @Nullable String client,
            @Nullable String issuer,
            @Nullable String subject,
            @Nullable String target,
            @Nullable String outcome,
            @Nullable String reason,
            @Nullable Instant since,
            @Nullable Instant until,
            int most);
}
