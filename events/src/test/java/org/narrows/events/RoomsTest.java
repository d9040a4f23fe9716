// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;

/** The rooms of the core: who may know whom. */
@AnalyzeClasses(packages = "org.narrows.events", importOptions = DoNotIncludeTests.class)
class RoomsTest {
    private static final String WIRE = "org.narrows.events.wire..";

    @ArchTest
    static final ArchRule the_core_knows_only_the_jdk_and_itself =
            classes()
                    .that(not(resideInAPackage(WIRE)))
                    .should()
                    .onlyDependOnClassesThat(
                            resideInAnyPackage(
                                    "java..",
                                    "org.narrows.events..",
                                    "org.jspecify.annotations.."));

    @ArchTest
    static final ArchRule only_the_wire_knows_json_and_jose =
            noClasses()
                    .that(not(resideInAPackage(WIRE)))
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                    WIRE, "com.fasterxml.jackson..", "io.jsonwebtoken.."));

    @ArchTest
    static final ArchRule packages_have_no_cycles =
            slices().matching("org.narrows.events.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule what_is_pure_asks_no_clock =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "..value..", "..policy..", "..event..", "..state..", "..decision..")
                    .should()
                    .callMethod(Instant.class, "now")
                    .orShould()
                    .callMethod(System.class, "currentTimeMillis")
                    .orShould()
                    .callMethod(System.class, "nanoTime")
                    .orShould()
                    .dependOnClassesThat()
                    .areAssignableTo(Clock.class);

    @ArchTest
    static final ArchRule what_is_pure_throws_no_dice =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "..value..", "..policy..", "..event..", "..state..", "..decision..")
                    .should()
                    .callMethod(UUID.class, "randomUUID")
                    .orShould()
                    .dependOnClassesThat()
                    .areAssignableTo(Random.class);

    @ArchTest
    static final ArchRule the_core_keeps_no_log_of_its_own =
            noClasses()
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                    "java.util.logging..",
                                    "org.slf4j..",
                                    "java.net.http..",
                                    "java.sql.."))
                    .orShould()
                    .accessField(System.class, "out")
                    .orShould()
                    .accessField(System.class, "err");
}
