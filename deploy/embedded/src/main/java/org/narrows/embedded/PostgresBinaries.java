// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** The PostgreSQL programs of this platform, from the class path, unpacked once for each user. */
final class PostgresBinaries {
    /** The directory's name; it changes with the version in the parent pom. */
    private static final String NAME = "postgresql-18.4.0";

    private static final Set<PosixFilePermission> FOR_ALL =
            PosixFilePermissions.fromString("rwxr-xr-x");

    /** Only root may write there. */
    private static final Path FOR_EVERYBODY = Path.of("/var/cache/narrows");

    private PostgresBinaries() {}

    /**
     * The directory that holds `bin`: in the user's cache, or else beside the data.
     *
     * @throws IOException when they are not on the class path or cannot be unpacked
     */
    static Path unpacked(Path home, OtherThanRoot user) throws IOException {
        if (user == OtherThanRoot.NOBODY) {
            // PostgreSQL asks whether it may run its own programs, and for that no capability
            // counts.
            return unpackedIn(FOR_EVERYBODY);
        }
        try {
            return unpackedIn(cache());
        } catch (IOException e) {
            return unpackedIn(home); // no home directory, or one that cannot be written
        }
    }

    private static Path cache() {
        return Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                .filter(named -> named.startsWith("/"))
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"))
                .resolve("narrows");
    }

    private static Path unpackedIn(Path parent) throws IOException {
        Path unpacked = parent.resolve(NAME + "-" + platform());
        if (Files.isDirectory(unpacked)) {
            return unpacked;
        }
        Files.createDirectories(parent);
        Path unfinished = Files.createTempDirectory(parent, "unpacking");
        try {
            unpack(unfinished);
            Files.setPosixFilePermissions(unfinished, FOR_ALL);
            Files.move(unfinished, unpacked, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
            // Another process was faster; what it unpacked is the same.
        } finally {
            delete(unfinished);
        }
        return unpacked;
    }

    private static void unpack(Path directory) throws IOException {
        String archive = "/postgres-" + platform() + ".txz";
        try (InputStream packed = PostgresBinaries.class.getResourceAsStream(archive)) {
            if (packed == null) {
                throw new IOException(
                        "there is no PostgreSQL for this platform on the class path: " + archive);
            }
            TarArchiveInputStream tar =
                    new TarArchiveInputStream(
                            new XZCompressorInputStream(new BufferedInputStream(packed)));
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                Path file = directory.resolve(entry.getName()).normalize();
                if (!file.startsWith(directory)) {
                    throw new IOException("`" + entry.getName() + "` lies outside the archive");
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else if (entry.isSymbolicLink()) {
                    Files.createDirectories(parentOf(file));
                    Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
                } else {
                    Files.createDirectories(parentOf(file));
                    Files.copy(tar, file);
                    boolean program = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            file, program ? FOR_ALL : PosixFilePermissions.fromString("rw-r--r--"));
                }
            }
        }
    }

    private static Path parentOf(Path file) throws IOException {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IOException("`" + file + "` has no parent");
        }
        return parent;
    }

    private static String platform() throws IOException {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String machine = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        String kernel =
                system.startsWith("linux") ? "linux" : system.startsWith("mac") ? "darwin" : system;
        return switch (machine) {
            case "amd64", "x86_64" -> kernel + "-x86_64";
            case "aarch64", "arm64" -> kernel + "-arm_64";
            default -> throw new IOException("there is no PostgreSQL for `" + machine + "`");
        };
    }

    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> files = Files.walk(directory)) {
            deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : deepestFirst) {
            Files.deleteIfExists(file);
        }
    }
}
