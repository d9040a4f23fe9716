// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Wycheproof's vectors for JSON Web Signatures, Keys and Encryption through what every token is
 * verified with: the key sets of {@link KeySets#usable}, {@link StrictJws} and {@link TrustedKey}.
 *
 * <p>The vectors are those of github.com/C2SP/wycheproof at commit
 * dac1dd4729fd1f8dd9e1e9f3dce51d783da6c166 (Apache License 2.0), directory {@code testvectors_v1}.
 * They are not part of this repository: put the three files and their licence into {@value
 * #KEPT_HERE}, or name their directory with {@code -Dwycheproof=DIR}. Without them these tests are
 * skipped, and say so; {@link HostileSignaturesTest} makes attacks of the same kinds itself and
 * always runs.
 *
 * <p>An {@code invalid} vector that is accepted is a failure, always. A {@code valid} one may be
 * refused for one of the reasons in {@link Category} only, each of which is checked by its cause,
 * and every vector is counted. The payloads of these vectors are no JSON objects, so what is
 * verified is the JWS; that none of them is a token on top of it is checked too.
 */
class WycheproofTest {
    private static final String KEPT_HERE = "src/test/resources/wycheproof";

    private static final Map<String, String> FILES =
            Map.of(
                    "json_web_signature_test.json",
                    "8e687a06fe8359f4ec51480f1a9f73c8faebd6f4c01b818b843b44eee54fd5d9",
                    "json_web_key_test.json",
                    "be983255bce26406f97020ec5458b33930a90d5f868e604fcd569c300aba2862",
                    "json_web_encryption_test.json",
                    "2fee073795830ee029ddb84d2d7bcbad05fde6e55ee2d00b153a0aa40a72d7d2");

    private static final String ALGORITHM = "is signed with an algorithm that is not supported";
    private static final String BASE64URL = "is not base64url without padding";
    private static final String COMPACT = "is not a signed JWT in compact form";
    private static final String SIGNATURE = "is not signed by a key of its issuer";
    private static final String ACCEPTED = "accepted";

    /** How a vector came out. What is not agreement as it stands has its cause checked. */
    private enum Category {
        /** Valid, and accepted. */
        ACCEPTED,
        /** Invalid, and refused. */
        REFUSED,
        /** Valid under a shared secret: refused because of its algorithm, and so is the key. */
        SHARED_SECRET,
        /** Valid for Wycheproof with characters in base64url that RFC 7515 §2 does not know. */
        LENIENT_BASE64URL,
        /**
         * Signed with another algorithm than the key's own `alg` says (RFC 7520's examples, whose
         * keys have no `alg`, were given wrong ones): refused because of that `alg`.
         */
        ALGORITHM_OF_KEY,
        /** Encrypted: no form of JWE is a token here. */
        ENCRYPTED
    }

    private record Vector(int id, boolean valid, JsonNode flags, ObjectNode keys, String token) {}

    @Test
    void json_web_signatures_agree() throws Exception {
        Map<Category, Integer> categories = new TreeMap<>();
        Map<String, Integer> refusals = new TreeMap<>();
        for (Vector vector : vectors("json_web_signature_test.json", "jws")) {
            count(categories, signature(vector));
            count(refusals, answer(vector.keys(), vector.token()));
        }
        assertThat(categories)
                .isEqualTo(
                        Map.of(
                                Category.ACCEPTED, 32,
                                Category.REFUSED, 355,
                                Category.SHARED_SECRET, 8,
                                Category.LENIENT_BASE64URL, 2,
                                Category.ALGORITHM_OF_KEY, 4));
        assertThat(refusals)
                .isEqualTo(
                        Map.of(
                                ACCEPTED,
                                32,
                                ALGORITHM,
                                15,
                                BASE64URL,
                                14,
                                COMPACT,
                                18,
                                "has a header that is not one JSON object",
                                6,
                                "has no signature",
                                8,
                                SIGNATURE,
                                308));
    }

    @Test
    void json_web_keys_agree() throws Exception {
        Map<Category, Integer> categories = new TreeMap<>();
        Map<String, Integer> keys = new TreeMap<>();
        for (Vector vector : vectors("json_web_key_test.json", "jws")) {
            count(categories, signature(vector));
            count(keys, registered(vector.keys()));
        }
        assertThat(categories)
                .isEqualTo(
                        Map.of(
                                Category.ACCEPTED, 1,
                                Category.REFUSED, 21,
                                Category.SHARED_SECRET, 4));
        String kind =
                "`keys[0].kty`: must be `RSA`, `EC` or `OKP`: a public key that verifies signatures";
        assertThat(keys)
                .isEqualTo(
                        Map.of(
                                "registered, 1 used",
                                5,
                                kind + ", 0 used",
                                14,
                                // A set of a shared secret and an RSA key: not for a policy, and of
                                // a fetched one the RSA key serves.
                                kind + ", 1 used",
                                1,
                                "`keys[0].n`: is missing, 0 used",
                                1,
                                "`keys[0].n`: must have 2048 to 16384 bits, 0 used",
                                1,
                                "`keys[0].n`: was made by a generator whose keys can be factored"
                                        + " (CVE-2017-15361), 0 used",
                                1,
                                "`keys[0].e`: must be an odd number of at least 3 and at most 64"
                                        + " bits, 0 used",
                                1,
                                "`keys[0].x`: must have 48 bytes, 0 used",
                                1,
                                "`keys[0].x`: this point is not on the curve, 0 used",
                                1));
    }

    @Test
    void json_web_encryption_is_refused_in_every_form() throws Exception {
        Map<Category, Integer> categories = new TreeMap<>();
        Map<String, Integer> refusals = new TreeMap<>();
        for (Vector vector : vectors("json_web_encryption_test.json", "jwe")) {
            String answer = answer(vector.keys(), vector.token());
            assertThat(answer).as("vector %d", vector.id()).isNotEqualTo(ACCEPTED);
            count(categories, vector.valid() ? Category.ENCRYPTED : Category.REFUSED);
            count(refusals, (vector.valid() ? "valid: " : "invalid: ") + answer);
        }
        assertThat(categories).isEqualTo(Map.of(Category.REFUSED, 74, Category.ENCRYPTED, 65));
        assertThat(refusals).isEqualTo(Map.of("invalid: " + COMPACT, 74, "valid: " + COMPACT, 65));
    }

    private static Category signature(Vector vector) {
        String answer = answer(vector.keys(), vector.token());
        if (!vector.valid()) {
            assertThat(answer).as("invalid vector %d", vector.id()).isNotEqualTo(ACCEPTED);
            if (vector.flags().toString().contains("\"Modified")) {
                assertThat(answer).as("vector %d of good form", vector.id()).isEqualTo(SIGNATURE);
            }
            return Category.REFUSED;
        }
        if (answer.equals(ACCEPTED)) {
            return Category.ACCEPTED;
        }
        boolean symmetric = vector.keys().findValuesAsText("kty").stream().allMatch("oct"::equals);
        if (symmetric) {
            assertThat(KeySets.usable(Json.canonical(vector.keys()))).isEmpty();
            if (answer.equals(BASE64URL)) {
                assertThat(vector.token()).as("vector %d", vector.id()).containsPattern("[^\\w.-]");
                return Category.LENIENT_BASE64URL;
            }
            assertThat(answer).as("valid vector %d", vector.id()).isEqualTo(ALGORITHM);
            return Category.SHARED_SECRET;
        }
        assertThat(answer).as("valid vector %d", vector.id()).isEqualTo(SIGNATURE);
        assertThat(answer(withoutAlgorithm(vector.keys()), vector.token()))
                .as("valid vector %d with a key that names no algorithm", vector.id())
                .isEqualTo(ACCEPTED);
        return Category.ALGORITHM_OF_KEY;
    }

    /** What Narrows says of this token under these keys, once as a JWS and once as a JWT. */
    private static String answer(ObjectNode keySet, String token) {
        List<TrustedKey> keys =
                KeySets.usable(Json.canonical(keySet)).stream().map(TrustedKey::new).toList();
        String asToken;
        try {
            TrustedKey.verify(StrictJwt.read(token), keys);
            asToken = ACCEPTED;
        } catch (BadTokenException e) {
            asToken = e.problem();
        }
        try {
            TrustedKey.verify(StrictJws.read(token), keys);
            assertThat(asToken).isEqualTo("has a payload that is not one JSON object");
            return ACCEPTED;
        } catch (BadTokenException e) {
            assertThat(asToken).isNotEqualTo(ACCEPTED);
            return e.problem();
        }
    }

    /** Whether a policy may hold these keys, and how many of them a verifier uses. */
    private static String registered(ObjectNode keySet) {
        int usable = KeySets.usable(Json.canonical(keySet)).size();
        try {
            JwkRules.publicSet(Located.whole(keySet));
            return "registered, " + usable + " used";
        } catch (MalformedException e) {
            return e.getMessage() + ", " + usable + " used";
        }
    }

    private static ObjectNode withoutAlgorithm(ObjectNode keySet) {
        ObjectNode copy = keySet.deepCopy();
        copy.get("keys").forEach(key -> ((ObjectNode) key).remove("alg"));
        return copy;
    }

    private static List<Vector> vectors(String file, String member) throws Exception {
        JsonNode root = Json.parse(bytes(file));
        List<Vector> vectors = new ArrayList<>();
        for (JsonNode group : root.get("testGroups")) {
            JsonNode key = group.has("public") ? group.get("public") : group.get("private");
            ObjectNode keys =
                    key.has("keys")
                            ? (ObjectNode) key
                            : Json.object().set("keys", Json.array().add(key));
            for (JsonNode test : group.get("tests")) {
                String result = test.get("result").textValue();
                assertThat(result).isIn("valid", "invalid");
                vectors.add(
                        new Vector(
                                test.get("tcId").intValue(),
                                result.equals("valid"),
                                test.get("flags"),
                                keys,
                                test.get(member).textValue()));
            }
        }
        assertThat(vectors).hasSize(root.get("numberOfTests").intValue());
        return vectors;
    }

    private static byte[] bytes(String file) throws Exception {
        Path directory = Path.of(System.getProperty("wycheproof", KEPT_HERE));
        assumeThat(directory).as("where the vectors are (-Dwycheproof=DIR)").isDirectory();
        byte[] bytes = read(directory.resolve(file));
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)))
                .as("SHA-256 of %s: the counts below are of these very vectors", file)
                .isEqualTo(FILES.get(file));
        return bytes;
    }

    private static byte[] read(Path file) throws IOException {
        return Files.readAllBytes(file);
    }

    private static <K> void count(Map<K, Integer> counts, K key) {
        counts.merge(key, 1, Integer::sum);
    }
}
