// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The rows of the live generation as of any seq. */
@JdbcRepository(dialect = Dialect.POSTGRES)
public interface LiveRows extends GenericRepository<StoredRow, Long> {
    /** The rows of one kind at a seq, in order of their names, after one of them. */
    @Query(
            """
            select kind, owner, name, since, body, from_seq, to_seq from narrows.row_version
            where generation = (select generation from narrows.generation where state = 'live')
              and kind = :kind and from_seq <= :seq and (to_seq is null or to_seq > :seq)
              and (name, owner) > (:afterName, :afterOwner)
            order by name, owner limit :most
            """)
    List<StoredRow> list(String kind, long seq, String afterName, String afterOwner, int most);

    /** The row under one key at a seq. */
    @Query(
            """
            select kind, owner, name, since, body, from_seq, to_seq from narrows.row_version
            where generation = (select generation from narrows.generation where state = 'live')
              and kind = :kind and owner = :owner and name = :name
              and from_seq <= :seq and (to_seq is null or to_seq > :seq)
            """)
    Optional<StoredRow> find(String kind, String owner, String name, long seq);

    /** Every version under one key up to a seq, the oldest first. */
    @Query(
            """
            select kind, owner, name, since, body, from_seq, to_seq from narrows.row_version
            where generation = (select generation from narrows.generation where state = 'live')
              and kind = :kind and owner = :owner and name = :name and from_seq <= :seq
            order by from_seq
            """)
    List<StoredRow> versions(String kind, String owner, String name, long seq);

    /** The last version under one key that began at a seq or before it, ended since or not. */
    @Query(
            """
            select kind, owner, name, since, body, from_seq, to_seq from narrows.row_version
            where generation = (select generation from narrows.generation where state = 'live')
              and kind = :kind and owner = :owner and name = :name and from_seq <= :seq
            order by from_seq desc limit 1
            """)
    Optional<StoredRow> latest(String kind, String owner, String name, long seq);

    /** The rules that were there once and no more at a seq, each in its last version. */
    @Query(
            """
            select distinct on (name) kind, owner, name, since, body, from_seq, to_seq from narrows.row_version v
            where generation = (select generation from narrows.generation where state = 'live')
              and kind = 'RULE' and to_seq <= :seq
              and not exists (select 1 from narrows.row_version w
                where w.generation = v.generation and w.kind = 'RULE' and w.owner = v.owner and w.name = v.name
                  and w.from_seq <= :seq and (w.to_seq is null or w.to_seq > :seq))
            order by name, from_seq desc limit :most
            """)
    List<StoredRow> retiredRules(long seq, int most);

    /** The rows of one kind of one user at a seq. */
    @Query(
            """
            select kind, owner, name, since, body, from_seq, to_seq from narrows.row_version
            where generation = (select generation from narrows.generation where state = 'live')
              and owner = :owner and kind = :kind and from_seq <= :seq and (to_seq is null or to_seq > :seq)
            order by name
            """)
    List<StoredRow> ofUser(String owner, String kind, long seq);

    /** All rows of these users, by their keys, at a seq. */
    @Query(
            """
            select kind, owner, name, since, body, from_seq, to_seq from narrows.row_version
            where generation = (select generation from narrows.generation where state = 'live')
              and owner in (:owners) and kind in ('CONSENT', 'MEMBERSHIP', 'SUBJECT_REVOCATION')
              and from_seq <= :seq and (to_seq is null or to_seq > :seq)
            """)
    List<StoredRow> ofUsers(Collection<String> owners, long seq);

    /** The revocations of these tokens, by their keys, at a seq. */
    @Query(
            """
            select kind, owner, name, since, body, from_seq, to_seq from narrows.row_version
            where generation = (select generation from narrows.generation where state = 'live')
              and owner = '' and kind = 'TOKEN_REVOCATION' and name in (:tokens)
              and from_seq <= :seq and (to_seq is null or to_seq > :seq)
            """)
    List<StoredRow> revokedTokens(Collection<String> tokens, long seq);

    /** The small policy, whole, at a seq. */
    @Query(
            """
            select kind, owner, name, since, body, from_seq, to_seq from narrows.row_version
            where generation = (select generation from narrows.generation where state = 'live')
              and from_seq <= :seq and (to_seq is null or to_seq > :seq)
              and kind in ('ISSUER', 'ALIAS', 'AUDIENCE', 'SCOPE', 'CLAIM', 'CLIENT', 'RULE', 'KEY', 'QUARANTINE', 'GAP')
            """)
    List<StoredRow> policy(long seq);
}
