// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.NoSuchAlgorithmException;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.EllipticCurve;
import java.security.spec.InvalidParameterSpecException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Which public keys are good: rules of plain arithmetic, so that what a log accepts does not depend
 * on the release of a library that reads it.
 */
final class JwkRules {
    static final int MAX_KEYS = 100;

    private static final int MIN_RSA_BITS = 2_048;
    private static final int MAX_RSA_BITS = 16_384;
    private static final int MAX_EXPONENT_BITS = 64;
    private static final int MAX_KEY_TEXT = 65_536;

    /** The primes at which the mark is looked for: the odd ones up to 167. */
    private static final int[] ROCA_PRIMES =
            IntStream.rangeClosed(3, 167)
                    .filter(n -> IntStream.range(2, n).allMatch(divisor -> n % divisor != 0))
                    .toArray();

    /** Private parts (RFC 7518 §6.2.2, §6.3.2, §6.4.1, RFC 8037 §2). */
    static final Set<String> PRIVATE = Set.of("d", "p", "q", "dp", "dq", "qi", "oth", "k");

    private static final Map<String, ECParameterSpec> CURVES =
            Map.of(
                    "P-256", curve("secp256r1"),
                    "P-384", curve("secp384r1"),
                    "P-521", curve("secp521r1"));

    private JwkRules() {}

    /** The kind of a key, which decides the algorithms that suit it. */
    enum KeyKind {
        RSA,
        P256,
        P384,
        P521,
        ED25519,
        ED448
    }

    /** A set of public keys (RFC 7517 §5) as it may stand in a policy; as canonical JSON. */
    static String publicSet(Located at) {
        Members set = at.members();
        Located keys = set.need("keys");
        set.end();
        List<KeyKind> kinds = keys.list(MAX_KEYS, JwkRules::publicKey);
        if (kinds.isEmpty()) {
            throw keys.wrong("must hold at least one key");
        }
        return at.canonical(MAX_KEYS * MAX_KEY_TEXT);
    }

    /**
     * Checks one public key (RFC 7517 §4); public members that we do not know are its own affair.
     *
     * @throws MalformedException naming the member that is wrong
     */
    static KeyKind publicKey(Located at) {
        Members key = at.members();
        String kty = key.need("kty").text();
        // Before the members of the private part: `k` of an `oct` key is one.
        if (!kty.equals("RSA") && !kty.equals("EC") && !kty.equals("OKP")) {
            throw key.need("kty")
                    .wrong("must be `RSA`, `EC` or `OKP`: a public key that verifies signatures");
        }
        for (String member : PRIVATE) {
            key.refuse(member, "belongs to a private key, which must never be published");
        }
        for (String member : List.of("kid", "alg", "use")) {
            key.find(member).ifPresent(text -> text.printable(1_024));
        }
        KeyKind kind =
                switch (kty) {
                    case "RSA" -> rsa(key);
                    case "EC" -> ec(key);
                    default -> edwards(key);
                };
        at.canonical(MAX_KEY_TEXT);
        return kind;
    }

    /** As {@link #publicKey}, for keys that publish events: P-256 or Ed25519. */
    static KeyKind publisherKey(Located at) {
        KeyKind kind = publicKey(at);
        if (kind != KeyKind.P256 && kind != KeyKind.ED25519) {
            throw at.wrong("must be a P-256 or an Ed25519 key");
        }
        return kind;
    }

    private static KeyKind rsa(Members key) {
        Located n = key.need("n");
        BigInteger modulus = new BigInteger(1, bytes(n));
        if (modulus.bitLength() < MIN_RSA_BITS || modulus.bitLength() > MAX_RSA_BITS) {
            throw n.wrong("must have " + MIN_RSA_BITS + " to " + MAX_RSA_BITS + " bits");
        }
        if (isFactorable(modulus)) {
            throw n.wrong("was made by a generator whose keys can be factored (CVE-2017-15361)");
        }
        Located e = key.need("e");
        BigInteger exponent = new BigInteger(1, bytes(e));
        if (!exponent.testBit(0)
                || exponent.equals(BigInteger.ONE)
                || exponent.bitLength() > MAX_EXPONENT_BITS) {
            throw e.wrong(
                    "must be an odd number of at least 3 and at most "
                            + MAX_EXPONENT_BITS
                            + " bits");
        }
        return KeyKind.RSA;
    }

    /**
     * Whether a modulus has the mark of the ROCA generator, whose primes are powers of 65537 modulo
     * every small prime, and so their product is one too. A good modulus has it by chance once in
     * about 2¹⁵⁴.
     */
    private static boolean isFactorable(BigInteger modulus) {
        for (int prime : ROCA_PRIMES) {
            int residue = modulus.mod(BigInteger.valueOf(prime)).intValue();
            int power = 1;
            do {
                power = power * 65_537 % prime;
            } while (power != residue && power != 1);
            if (power != residue) {
                return false;
            }
        }
        return true;
    }

    private static KeyKind ec(Members key) {
        Located crv = key.need("crv");
        ECParameterSpec spec = CURVES.get(crv.text());
        if (spec == null) {
            throw crv.wrong("must be `P-256`, `P-384` or `P-521`");
        }
        BigInteger p = ((ECFieldFp) spec.getCurve().getField()).getP();
        BigInteger x = coordinate(key.need("x"), p);
        BigInteger y = coordinate(key.need("y"), p);
        if (!isOn(spec.getCurve(), p, x, y)) {
            throw key.need("x").wrong("this point is not on the curve");
        }
        return switch (crv.text()) {
            case "P-256" -> KeyKind.P256;
            case "P-384" -> KeyKind.P384;
            default -> KeyKind.P521;
        };
    }

    private static boolean isOn(EllipticCurve curve, BigInteger p, BigInteger x, BigInteger y) {
        BigInteger right = x.multiply(x).add(curve.getA()).multiply(x).add(curve.getB());
        return y.multiply(y).subtract(right).mod(p).signum() == 0;
    }

    /** A coordinate: as many bytes as the field has, and less than its size (RFC 7518 §6.2.1.2). */
    private static BigInteger coordinate(Located at, BigInteger p) {
        byte[] bytes = bytes(at);
        if (bytes.length != (p.bitLength() + 7) / 8) {
            throw at.wrong("must have " + (p.bitLength() + 7) / 8 + " bytes");
        }
        BigInteger value = new BigInteger(1, bytes);
        if (value.compareTo(p) >= 0) {
            throw at.wrong("this point is not on the curve");
        }
        return value;
    }

    private static KeyKind edwards(Members key) {
        Located crv = key.need("crv");
        return switch (crv.text()) {
            case "Ed25519" -> {
                BigInteger p = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
                BigInteger d =
                        BigInteger.valueOf(-121_665)
                                .multiply(BigInteger.valueOf(121_666).modInverse(p))
                                .mod(p);
                edwards(key.need("x"), 32, p, d, BigInteger.ONE.negate());
                yield KeyKind.ED25519;
            }
            case "Ed448" -> {
                BigInteger p =
                        BigInteger.TWO
                                .pow(448)
                                .subtract(BigInteger.TWO.pow(224))
                                .subtract(BigInteger.ONE);
                edwards(key.need("x"), 57, p, BigInteger.valueOf(-39_081), BigInteger.ONE);
                yield KeyKind.ED448;
            }
            default -> throw crv.wrong("must be `Ed25519` or `Ed448`");
        };
    }

    /**
     * RFC 8032 §5.1.3 and §5.2.3: the text is `y` and the sign of `x`; the curve is `a x² + y² = 1
     * + d x² y²`.
     */
    private static void edwards(Located at, int length, BigInteger p, BigInteger d, BigInteger a) {
        byte[] bytes = bytes(at);
        if (bytes.length != length) {
            throw at.wrong("must have " + length + " bytes");
        }
        byte[] bigEndian = new byte[length];
        for (int i = 0; i < length; i++) {
            bigEndian[i] = bytes[length - 1 - i];
        }
        boolean negative = (bigEndian[0] & 0x80) != 0;
        bigEndian[0] &= 0x7f;
        BigInteger y = new BigInteger(1, bigEndian);
        BigInteger ySquared = y.multiply(y).mod(p);
        BigInteger above = ySquared.subtract(BigInteger.ONE).mod(p);
        BigInteger below = d.multiply(ySquared).subtract(a).mod(p);
        // x² = above / below. Neither is zero twice over: d is no square, so `below` is never zero.
        BigInteger xSquared = above.multiply(below.modInverse(p)).mod(p);
        boolean square =
                xSquared.signum() == 0
                        || xSquared.modPow(p.subtract(BigInteger.ONE).shiftRight(1), p)
                                .equals(BigInteger.ONE);
        if (y.compareTo(p) >= 0 || !square || (xSquared.signum() == 0 && negative)) {
            throw at.wrong("this point is not on the curve");
        }
    }

    /** base64url as RFC 7515 §2 writes it: no padding, no other alphabet, no stray bits. */
    private static byte[] bytes(Located at) {
        return strictBase64url(at.text())
                .orElseThrow(() -> at.wrong("must be base64url without padding"));
    }

    /** The bytes of a text that is base64url to the last bit. */
    static Optional<byte[]> strictBase64url(String text) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            boolean canonical =
                    Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(text);
            return canonical ? Optional.of(bytes) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static ECParameterSpec curve(String name) {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec(name));
            return parameters.getParameterSpec(ECParameterSpec.class);
        } catch (NoSuchAlgorithmException | InvalidParameterSpecException e) {
            throw new IllegalStateException(e);
        }
    }
}
