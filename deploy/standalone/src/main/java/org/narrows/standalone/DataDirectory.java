// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.narrows.projector.cli.CommandFailure;
import org.narrows.projector.cli.KeyFiles;

/**
 * Everything a standalone keeps. One process at a time holds it; the operating system lets go of it
 * for a dead one.
 */
final class DataDirectory implements AutoCloseable {
    private final Path directory;
    private final FileChannel lock;

    private DataDirectory(Path directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Takes hold of it.
     *
     * @throws CommandFailure when another process holds it
     */
    static DataDirectory open(Path directory) {
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory);
                Files.setPosixFilePermissions(
                        directory, PosixFilePermissions.fromString("rwx------"));
            }
            return new DataDirectory(directory, lock(directory.resolve("lock")));
        } catch (IOException e) {
            throw CommandFailure.invalid(
                    "cannot use `" + directory + "` as `--data`: " + e.getMessage());
        }
    }

    /** Says early, and without writing anything, whether another process holds it. */
    static void check(Path directory) {
        if (Files.exists(directory.resolve("lock"))) {
            open(directory).close();
        }
    }

    private static FileChannel lock(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null; // held by this very process
        }
        if (lock == null) {
            channel.close();
            throw CommandFailure.invalid(
                    "another standalone runs on `"
                            + file.getParent()
                            + "`: stop it, or take another `--data`");
        }
        return channel;
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    boolean has(String name) {
        return Files.exists(path(name));
    }

    /** The text of a file. */
    String read(String name) {
        try {
            return Files.readString(path(name)).strip();
        } catch (IOException e) {
            throw CommandFailure.invalid("cannot read `" + path(name) + "`");
        }
    }

    Optional<String> find(String name) {
        return has(name) ? Optional.of(read(name)) : Optional.empty();
    }

    /** Writes a file that only its owner may read. */
    void write(String name, String text) {
        KeyFiles.write(path(name), text);
    }

    /** The text of a file, made when it is not there. */
    String readOrMake(String name, Supplier<String> text) {
        if (!has(name)) {
            write(name, text.get() + "\n");
        }
        return read(name);
    }

    /** Writes `NAME='value'` lines that a shell can source. */
    void writeEnv(Map<String, String> variables) {
        write(
                "env",
                variables.entrySet().stream()
                        .map(
                                variable ->
                                        variable.getKey()
                                                + "='"
                                                + variable.getValue().replace("'", "'\\''")
                                                + "'\n")
                        .collect(Collectors.joining()));
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
