// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.ECKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes to the log's topic itself, signed by the root key, what the control plane would not
 * publish: a publisher with a mistake in it.
 */
final class RootPublisher {
    private RootPublisher() {}

    static void write(String value) throws Exception {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        ECKey key = ECKey.parse(Files.readString(Stage.narrows().data("root-key.jwk")));
        JWSObject signature =
                new JWSObject(
                        new JWSHeader.Builder(JWSAlgorithm.ES256)
                                .keyID(key.computeThumbprint().toString())
                                .base64URLEncodePayload(false)
                                .criticalParams(Set.of("b64"))
                                .customParam("log", setting("NARROWS_LOG_ID"))
                                .customParam("actor", "narrows|root")
                                .build(),
                        new Payload(bytes));
        signature.sign(new ECDSASigner(key));
        ProducerRecord<byte[], byte[]> signed =
                new ProducerRecord<>(setting("NARROWS_LOG_TOPIC"), bytes);
        signed.headers().add("sig", signature.serialize(true).getBytes(StandardCharsets.US_ASCII));
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", setting("NARROWS_KAFKA_BOOTSTRAP_SERVERS")),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.send(signed).get();
        }
    }

    private static String setting(String name) throws Exception {
        String begin = name + "='";
        return Files.readAllLines(Stage.narrows().data("env")).stream()
                .filter(line -> line.startsWith(begin) && line.endsWith("'"))
                .map(line -> line.substring(begin.length(), line.length() - 1))
                .findFirst()
                .orElseThrow();
    }
}
