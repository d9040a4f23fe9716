// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.EcPrivateJwk;
import io.jsonwebtoken.security.Jwks;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import org.narrows.events.wire.KeySets;
import org.narrows.events.wire.MalformedException;

/**
 * Private keys in files that only their owner may read: one JWK each (RFC 7517), P-256, named by
 * its thumbprint.
 */
public final class KeyFiles {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private KeyFiles() {}

    /** A new private key as JWK. */
    public static String newKey() {
        KeyPair pair = Jwts.SIG.ES256.keyPair().build();
        EcPrivateJwk jwk =
                Jwks.builder()
                        .key((ECPrivateKey) pair.getPrivate())
                        .publicKey((ECPublicKey) pair.getPublic())
                        .idFromThumbprint()
                        .build();
        return Jwks.UNSAFE_JSON(jwk);
    }

    /**
     * Makes a file with a new key.
     *
     * @return the private JWK
     * @throws CommandFailure when the file is there already
     */
    public static String create(Path file) {
        String key = newKey();
        create(file, key + "\n");
        return key;
    }

    /**
     * Makes a file that only its owner may read (mode 600).
     *
     * @throws CommandFailure when the file is there already, whoever made it, or cannot be made
     */
    static void create(Path file, String text) {
        try {
            Files.createFile(file, OWNER_ONLY);
            Files.writeString(file, text);
        } catch (FileAlreadyExistsException e) {
            throw CommandFailure.invalid("`" + file + "` is there already");
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static CommandFailure unwritable(Path file, IOException e) {
        return CommandFailure.invalid(
                "cannot write `"
                        + file
                        + "`: "
                        + switch (e) {
                            case NoSuchFileException _ -> "there is no such directory";
                            case AccessDeniedException _ -> "it is not allowed";
                            default -> String.valueOf(e.getMessage());
                        });
    }

    /**
     * Reads a private key.
     *
     * @throws CommandFailure when the file holds none
     */
    public static String read(Path file) {
        try {
            String key = Files.readString(file).strip();
            KeySets.thumbprint(key);
            if (!Json.read(key).path("d").isTextual()) {
                throw CommandFailure.invalid("`" + file + "` holds no private key");
            }
            return key;
        } catch (IOException e) {
            throw CommandFailure.invalid(
                    "cannot read the key file `"
                            + file
                            + "`"
                            + (Files.exists(file) ? ": it holds no JWK" : ": it is not there"));
        } catch (MalformedException e) {
            throw CommandFailure.invalid("`" + file + "` holds no private key: " + e.getMessage());
        }
    }

    /** Writes a file, whole or not at all, that only its owner may read (mode 600). */
    public static void write(Path file, String text) {
        Path directory = file.toAbsolutePath().getParent();
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        try {
            if (directory != null) {
                Files.createDirectories(directory);
            }
            Files.deleteIfExists(unfinished);
            Files.createFile(unfinished, OWNER_ONLY);
            Files.writeString(unfinished, text);
            Files.move(
                    unfinished,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (FileAlreadyExistsException e) {
            throw CommandFailure.invalid("`" + unfinished + "` is being written by somebody else");
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }
}
