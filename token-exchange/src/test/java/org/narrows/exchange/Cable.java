// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A port of this machine that leads to another one, until it is pulled. */
final class Cable implements AutoCloseable {
    private final int to;
    private final int from;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private @Nullable ServerSocket listening;

    private Cable(int to) throws IOException {
        this.to = to;
        ServerSocket first = listen(0);
        this.from = first.getLocalPort();
    }

    static Cable to(int port) {
        try {
            return new Cable(port);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    int port() {
        return from;
    }

    /** As when the server is stopped: what is connected ends, and nobody listens. */
    void pull() {
        close();
    }

    /** The server is there again, at the same port. */
    void plugIn() {
        try {
            listen(from);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private synchronized ServerSocket listen(int port) throws IOException {
        ServerSocket socket = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        listening = socket;
        Thread.ofVirtual().start(() -> accept(socket));
        return socket;
    }

    private void accept(ServerSocket socket) {
        try {
            while (true) {
                Socket client = socket.accept();
                sockets.add(client);
                Socket server = new Socket(InetAddress.getLoopbackAddress(), to);
                sockets.add(server);
                Thread.ofVirtual().start(() -> copy(client, server));
                Thread.ofVirtual().start(() -> copy(server, client));
            }
        } catch (IOException e) {
            // Pulled.
        }
    }

    private void copy(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            in.transferTo(out);
        } catch (IOException e) {
            // Pulled, or one end has gone: then the other goes too.
        } finally {
            sockets.remove(from);
        }
    }

    @Override
    public synchronized void close() {
        try {
            if (listening != null) {
                listening.close();
            }
            for (Socket socket : sockets) {
                socket.close();
            }
            sockets.clear();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
