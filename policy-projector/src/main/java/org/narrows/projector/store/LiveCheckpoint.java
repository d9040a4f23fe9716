// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.Optional;

/** Where the live generation stands. */
@JdbcRepository(dialect = Dialect.POSTGRES)
public interface LiveCheckpoint extends GenericRepository<StoredCheckpoint, Integer> {
    /** Empty before genesis. */
    @Query(
            """
            select c.generation, g.fold_version, c.log_id, c.issuer, c.root_key, c.seq, c.next_offset, c.head,
                c.digest_live, c.digest_closed, c.digest_verdicts, c.caught_up_at, c.held_up,
                clock_timestamp() as now
            from narrows.checkpoint c join narrows.generation g on g.generation = c.generation
            where g.state = 'live' and c.log_id is not null
            """)
    Optional<StoredCheckpoint> read();
}
