// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.sql.Connection;
import java.sql.PreparedStatement;

/** Which room may touch what. */
@AnalyzeClasses(
        packages = "org.narrows.projector",
        importOptions = ImportOption.DoNotIncludeTests.class)
class RoomsTest {
    @ArchTest
    static final ArchRule only_postgres_sees_jdbc =
            noClasses()
                    .that()
                    .haveNameNotMatching(".*\\.\\$?Postgres\\w+")
                    .and()
                    .haveNameNotMatching(".*\\.\\$?Postgres\\w+\\$.*")
                    .should()
                    .dependOnClassesThat()
                    .belongToAnyOf(Connection.class, PreparedStatement.class);

    @ArchTest
    static final ArchRule answers_to_admins_see_neither_kafka_nor_the_projection_tables =
            noClasses()
                    .that()
                    .resideInAPackage("..admin..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.apache.kafka..");

    @ArchTest
    static final ArchRule the_store_sees_no_kafka_and_no_http =
            noClasses()
                    .that()
                    .resideInAPackage("..store..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.apache.kafka..", "io.micronaut.http..");

    @ArchTest
    static final ArchRule rooms_have_no_cycles =
            slices().matching("org.narrows.projector.(*)..").should().beFreeOfCycles();
}
