// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import com.github.benmanes.caffeine.cache.Ticker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.configuration.kafka.annotation.KafkaClient;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Property;
import io.micronaut.jdbc.DataSourceResolver;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;
import org.narrows.events.wire.EventSigner;
import org.narrows.events.wire.MalformedException;
import org.narrows.exchange.client.ClientAuthenticator;
import org.narrows.exchange.client.ClientCertificateAuthorities;
import org.narrows.exchange.client.PostgresProofGuard;
import org.narrows.exchange.journal.DecisionIds;
import org.narrows.exchange.journal.DecisionJournal;
import org.narrows.exchange.journal.KafkaDecisionJournal;
import org.narrows.exchange.mint.SigningKeys;
import org.narrows.exchange.mint.TokenMinter;
import org.narrows.exchange.policy.FollowingPolicyReader;
import org.narrows.exchange.policy.FollowingPolicyReader.Expected;
import org.narrows.exchange.policy.PolicyReader;
import org.narrows.exchange.policy.PostgresPolicyStore;
import org.narrows.exchange.proof.DpopNonces;
import org.narrows.exchange.proof.DpopProofs;
import org.narrows.exchange.revoke.KafkaRevocationLog;
import org.narrows.exchange.revoke.RevocationLog;
import org.narrows.exchange.token.HttpIssuerKeys;
import org.narrows.exchange.token.IssuerKeys;
import org.narrows.exchange.token.TokenVerifier;
import org.postgresql.ds.PGSimpleDataSource;

/** Puts the rooms together. */
@Factory
final class ExchangeFactory {
    private static final int FOLLOWER_CONNECT_SECONDS = 2;

    /** Long enough to read a large policy, short enough that a dead connection is noticed. */
    private static final int FOLLOWER_TIMEOUT_SECONDS = 10;

    private final ExchangeSettings settings;
    private final InstantSource clock = InstantSource.system();

    ExchangeFactory(ExchangeSettings settings) {
        this.settings = settings;
    }

    @Singleton
    DecisionIds decisionIds() {
        return new DecisionIds(clock);
    }

    /**
     * Beside the projector, which has micronaut-data, the bean is one that only works in
     * transactions of its own.
     */
    private static DataSource plain(DataSource pool, @Nullable DataSourceResolver resolver) {
        return resolver == null ? pool : resolver.resolve(pool);
    }

    @Context
    @Bean(preDestroy = "close")
    FollowingPolicyReader policies(
            DataSource pool,
            @Nullable DataSourceResolver resolver,
            @Property(name = "narrows.jdbc.url") String url,
            @Property(name = "narrows.jdbc.username") String username,
            @Property(name = "narrows.jdbc.password") String password) {
        PGSimpleDataSource unpooled = new PGSimpleDataSource();
        unpooled.setURL(url);
        unpooled.setUser(username);
        unpooled.setPassword(password);
        unpooled.setConnectTimeout(FOLLOWER_CONNECT_SECONDS);
        unpooled.setSocketTimeout(FOLLOWER_TIMEOUT_SECONDS);
        unpooled.setApplicationName("narrows-exchange-follower");
        FollowingPolicyReader policies =
                new FollowingPolicyReader(
                        new PostgresPolicyStore(plain(pool, resolver), unpooled),
                        new Expected(
                                settings.issuer(),
                                Optional.ofNullable(settings.rootThumbprint()),
                                Optional.ofNullable(settings.logId())),
                        settings.maxStaleness(),
                        settings.cachedUsers(),
                        System::nanoTime);
        policies.start();
        return policies;
    }

    @Singleton
    PostgresProofGuard proofGuard(DataSource pool, @Nullable DataSourceResolver resolver) {
        return new PostgresProofGuard(plain(pool, resolver));
    }

    /** Read at start: without a key to sign with there is nothing to start for. */
    @Context
    SigningKeys signingKeys() {
        return SigningKeys.in(Path.of(settings.signingKeys()));
    }

    @Singleton
    IssuerKeys issuerKeys() {
        String ca = settings.jwksCa();
        return new HttpIssuerKeys(
                JwksHttp.client(ca == null ? null : Path.of(ca)),
                settings.allowLoopbackJwks(),
                Ticker.systemTicker());
    }

    @Context
    ClientAuthenticator clients(IssuerKeys keys, PostgresProofGuard guard) {
        String ca = settings.tlsClientCa();
        return new ClientAuthenticator(
                settings.issuer(),
                settings.tokenEndpoint(),
                keys,
                ca == null
                        ? ClientCertificateAuthorities.NONE
                        : ClientCertificateAuthorities.in(Path.of(ca)),
                guard);
    }

    @Singleton
    DpopProofs proofs(SigningKeys keys, PostgresProofGuard guard) {
        return new DpopProofs(
                settings.tokenEndpoints(),
                settings.isDpopNonceRequired()
                        ? Optional.of(new DpopNonces(keys::nonceSecrets))
                        : Optional.empty(),
                guard,
                clock);
    }

    @Singleton
    TokenVerifier tokens(SigningKeys own, IssuerKeys keys) {
        return new TokenVerifier(settings.issuer(), own, keys);
    }

    @Singleton
    TokenMinter minter(SigningKeys keys) {
        return new TokenMinter(settings.issuer(), keys);
    }

    @Context
    @Bean(preDestroy = "close")
    KafkaDecisionJournal journal(@KafkaClient("decisions") Producer<String, byte[]> producer) {
        return new KafkaDecisionJournal(producer, settings.decisionsTopic());
    }

    /** Read at start: a node that could end no token would find out too late. */
    @Context
    RevocationLog revocations(@KafkaClient("log") Producer<byte[], byte[]> producer) {
        return new KafkaRevocationLog(
                producer, settings.logTopic(), eventKey(settings.eventKey()), settings.issuer());
    }

    private static EventSigner eventKey(String file) {
        try {
            return EventSigner.of(Files.readString(Path.of(file)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the event key `" + file + "`", e);
        } catch (MalformedException e) {
            throw new IllegalStateException(
                    "the event key `" + file + "` is no private JWK that events are signed with",
                    e);
        }
    }

    @Singleton
    Callers callers(PolicyReader policies, ClientAuthenticator clients) {
        return new Callers(policies, clients, clock);
    }

    @Singleton
    TokenExchange exchange(
            Callers callers,
            DpopProofs proofs,
            TokenVerifier tokens,
            TokenMinter minter,
            DecisionJournal journal) {
        return new TokenExchange(callers, proofs, tokens, minter, journal);
    }

    @Singleton
    Introspection introspection(Callers callers, TokenVerifier tokens) {
        return new Introspection(callers, tokens);
    }

    @Singleton
    Revocation revocation(
            Callers callers, TokenVerifier tokens, RevocationLog log, PolicyReader policies) {
        return new Revocation(callers, tokens, log, policies);
    }

    @Singleton
    ExchangeMetrics metrics(MeterRegistry registry, FollowingPolicyReader policies) {
        return new ExchangeMetrics(registry, policies);
    }
}
