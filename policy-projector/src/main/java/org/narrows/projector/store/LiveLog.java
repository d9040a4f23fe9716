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

/** The records of the live generation with their verdicts. */
@JdbcRepository(dialect = Dialect.POSTGRES)
public interface LiveLog extends GenericRepository<JudgedRecord, Long> {
    /** Records after a seq, without their bytes. */
    @Query(
            """
            select seq, log_offset, append_time, outcome, reason, event_id, type, actor, kid, why, took, first_seq,
                first_outcome, first_reason, cast(null as text) as value, cast(null as text) as sig
            from narrows.log_record
            where generation = (select generation from narrows.generation where state = 'live') and seq > :after
            order by seq limit :most
            """)
    List<JudgedRecord> list(long after, int most);

    /** One record, whole. */
    @Query(
            """
            select seq, log_offset, append_time, outcome, reason, event_id, type, actor, kid, why, took, first_seq,
                first_outcome, first_reason, translate(encode(value, 'base64'), chr(10), '') as value,
                translate(encode(sig, 'base64'), chr(10), '') as sig
            from narrows.log_record
            where generation = (select generation from narrows.generation where state = 'live') and seq = :seq
            """)
    Optional<JudgedRecord> at(long seq);

    /** These records in order, without their bytes. */
    @Query(
            """
            select seq, log_offset, append_time, outcome, reason, event_id, type, actor, kid, why, took, first_seq,
                first_outcome, first_reason, cast(null as text) as value, cast(null as text) as sig
            from narrows.log_record
            where generation = (select generation from narrows.generation where state = 'live') and seq in (:seqs)
            order by seq
            """)
    List<JudgedRecord> atSeqs(Collection<Long> seqs);

    /** The greatest append time up to a seq (ms since 1970); empty where nothing was appended. */
    @Query(
            """
            select clock from narrows.log_record
            where generation = (select generation from narrows.generation where state = 'live') and seq <= :seq
            order by seq desc limit 1
            """)
    Optional<Long> clockAt(long seq);

    /** The first authentic record with an event id. */
    @Query(
            """
            select seq, log_offset, append_time, outcome, reason, event_id, type, actor, kid, why, took, first_seq,
                first_outcome, first_reason, cast(null as text) as value, cast(null as text) as sig
            from narrows.log_record
            where generation = (select generation from narrows.generation where state = 'live')
              and event_id = :id and first_of_id
            """)
    Optional<JudgedRecord> first(String id);

    /** What became of the records at these offsets, as far as they are folded. */
    @Query(
            """
            select seq, log_offset, append_time, outcome, reason, event_id, type, actor, kid, why, took, first_seq,
                first_outcome, first_reason, cast(null as text) as value, cast(null as text) as sig
            from narrows.log_record
            where generation = (select generation from narrows.generation where state = 'live')
              and log_offset in (:offsets)
            """)
    List<JudgedRecord> atOffsets(Collection<Long> offsets);

    /**
     * The last seq whose clock is not after this (ms since 1970); empty before the first record.
     */
    @Query(
            """
            select seq from narrows.log_record
            where generation = (select generation from narrows.generation where state = 'live') and clock <= :clock
            order by clock desc, seq desc limit 1
            """)
    Optional<Long> seqAsOf(long clock);
}
