// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.List;

/** What permits owe to the log. */
@JdbcRepository(dialect = Dialect.POSTGRES)
public interface OwedAdmissions extends GenericRepository<OwedAdmission, String> {
    /** Those without a verdict, the oldest first. */
    @Query(
            """
            select event_id, decided_at, client, issuer, subject, audience
            from narrows.admission_owed where settled_seq is null
            order by decided_at limit :most
            """)
    List<OwedAdmission> open(int most);

    /** The log has a verdict at this seq. */
    @Query("update narrows.admission_owed set settled_seq = :seq where event_id = :eventId")
    void settle(String eventId, long seq);
}
