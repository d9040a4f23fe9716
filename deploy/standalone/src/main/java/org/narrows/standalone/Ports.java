// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.narrows.projector.cli.CommandFailure;

/** Ports that people name. */
final class Ports {
    private static final int MAX = 65535;

    private Ports() {}

    /**
     * Says before anything is written whether we can listen there.
     *
     * @throws CommandFailure naming the option
     */
    static void check(String option, int port) {
        if (port < 1 || port > MAX) {
            throw CommandFailure.invalid(
                    "`" + option + " " + port + "`: a port is a number from 1 to " + MAX);
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw CommandFailure.invalid(
                    "port " + port + " is taken: choose another one by `" + option + "`");
        }
    }
}
