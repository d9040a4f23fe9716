// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rooms of the data plane, and what each may touch. */
@AnalyzeClasses(
        packages = "org.narrows.exchange",
        importOptions = ImportOption.DoNotIncludeTests.class)
class RoomsTest {
    @ArchTest
    static final ArchRule ROOMS_HAVE_NO_CYCLES =
            slices().matching("org.narrows.exchange.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ONLY_POSTGRES_CLASSES_SEE_JDBC =
            noClasses()
                    .that(not(simpleNameStartingWith("Postgres")))
                    .and()
                    .resideOutsideOfPackage("org.narrows.exchange")
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql.."));

    @ArchTest
    static final ArchRule ONLY_KAFKA_CLASSES_SEE_KAFKA =
            noClasses()
                    .that(not(simpleNameStartingWith("Kafka")))
                    .and()
                    .resideOutsideOfPackage("org.narrows.exchange")
                    .should()
                    .dependOnClassesThat(resideInAnyPackage("org.apache.kafka.."));

    @ArchTest
    static final ArchRule ONLY_HTTP_SEES_MICRONAUT_HTTP =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("org.narrows.exchange.http")
                    .should()
                    .dependOnClassesThat(resideInAnyPackage("io.micronaut.http..", "io.netty.."));

    @ArchTest
    static final ArchRule THE_REQUEST_ROOM_TOUCHES_NOTHING =
            classes()
                    .that()
                    .resideInAnyPackage(
                            "org.narrows.exchange.request", "org.narrows.exchange.oauth")
                    .should()
                    .onlyDependOnClassesThat(
                            resideInAnyPackage(
                                    "java..",
                                    "org.jspecify..",
                                    "org.narrows.events..",
                                    "org.narrows.exchange.request",
                                    "org.narrows.exchange.oauth"));

    @ArchTest
    static final ArchRule NOTHING_CALLS_BACK_UP =
            noClasses()
                    .that()
                    .resideOutsideOfPackages("org.narrows.exchange", "org.narrows.exchange.http")
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                    "org.narrows.exchange", "org.narrows.exchange.http"));
}
