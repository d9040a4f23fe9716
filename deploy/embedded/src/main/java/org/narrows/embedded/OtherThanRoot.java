// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * PostgreSQL refuses to run as root. Root starts it in a user namespace of its own, where root is
 * nobody yet owns its files; where the kernel forbids that, as the user 65534, which then owns the
 * data. Anybody else starts it as it is.
 */
enum OtherThanRoot {
    ITSELF(""),
    NAMESPACE("unshare --user"),
    /** It keeps the right to pass directories above the data that only root may enter. */
    NOBODY(
            "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+dac_override --ambient-caps=+dac_override");

    private static final int NOBODY_ID = 65534;

    private final String prefix;

    OtherThanRoot(String prefix) {
        this.prefix = prefix;
    }

    /**
     * How PostgreSQL can run here: the way in which its data was made, when there is data.
     *
     * @throws IOException when there is no way
     */
    static OtherThanRoot forDataDirectory(Path data) throws IOException {
        if (!"root".equals(System.getProperty("user.name"))) {
            return ITSELF;
        }
        boolean nobodys =
                Files.exists(data) && Files.getAttribute(data, "unix:uid").equals(NOBODY_ID);
        if (!nobodys && NAMESPACE.works()) {
            return NAMESPACE;
        }
        if (NOBODY.works()) {
            return NOBODY;
        }
        throw new IOException(
                "PostgreSQL refuses to run as root, and neither `unshare --user` nor `setpriv`"
                        + " (util-linux) works here; start as another user");
    }

    List<String> command(List<String> command) {
        return this == ITSELF
                ? command
                : Stream.concat(Stream.of(prefix.split(" ", -1)), command.stream()).toList();
    }

    /** Gives a file to the user that PostgreSQL runs as. */
    void own(Path file) throws IOException {
        if (this == NOBODY) {
            Files.setAttribute(file, "unix:uid", NOBODY_ID);
            Files.setAttribute(file, "unix:gid", NOBODY_ID);
        }
    }

    private boolean works() {
        try {
            return EmbeddedPostgres.run(command(List.of("true"))).status() == 0;
        } catch (IOException e) {
            return false; // the tool is not installed
        }
    }
}
