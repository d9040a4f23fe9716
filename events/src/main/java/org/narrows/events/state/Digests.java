// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;

/**
 * Three order-free, incrementally kept hashes: of the live rows, of the closed ones, of the
 * verdicts with their ids. Each is the sum modulo 2^256 of one SHA-256 per element, so an element
 * can be taken out again.
 */
public record Digests(Hash live, Hash closed, Hash verdicts) {
    public static final Digests EMPTY = new Digests(Hash.ZERO, Hash.ZERO, Hash.ZERO);

    /**
     * The digests after a record.
     *
     * @param rows as they stood before it
     * @param seq the record's own
     */
    Digests after(
            List<RowChange> changes, Rows rows, RowEncoder encoder, long seq, Verdict verdict) {
        Hash nowLive = live;
        Hash nowClosed = closed;
        for (RowChange change : changes) {
            switch (change) {
                case RowChange.Opened(Row row) ->
                        nowLive = plus(nowLive, ofRow(row, seq, 0, encoder));
                case RowChange.Replaced(Row before, Row after) -> {
                    long from = rows.lastChange(before.key());
                    nowLive = minus(nowLive, ofRow(before, from, 0, encoder));
                    nowClosed = plus(nowClosed, ofRow(before, from, seq, encoder));
                    nowLive = plus(nowLive, ofRow(after, seq, 0, encoder));
                }
                case RowChange.Closed(Row row) -> {
                    long from = rows.lastChange(row.key());
                    nowLive = minus(nowLive, ofRow(row, from, 0, encoder));
                    nowClosed = plus(nowClosed, ofRow(row, from, seq, encoder));
                }
                case RowChange.Erased(String owner) -> {
                    for (Rows.Version version : rows.versionsOf(owner)) {
                        Hash hash = ofRow(version.row(), version.from(), version.to(), encoder);
                        if (version.to() == 0) {
                            nowLive = minus(nowLive, hash);
                        } else {
                            nowClosed = minus(nowClosed, hash);
                        }
                    }
                }
            }
        }
        return new Digests(nowLive, nowClosed, plus(verdicts, ofVerdict(verdict)));
    }

    /**
     * The digests of these versions and verdicts, computed from nothing: what a scrubber compares
     * with.
     */
    public static Digests of(
            Iterable<Rows.Version> versions, Iterable<Verdict> verdicts, RowEncoder encoder) {
        Hash live = Hash.ZERO;
        Hash closed = Hash.ZERO;
        Hash said = Hash.ZERO;
        for (Rows.Version version : versions) {
            Hash hash = ofRow(version.row(), version.from(), version.to(), encoder);
            if (version.to() == 0) {
                live = plus(live, hash);
            } else {
                closed = plus(closed, hash);
            }
        }
        for (Verdict verdict : verdicts) {
            said = plus(said, ofVerdict(verdict));
        }
        return new Digests(live, closed, said);
    }

    private static Hash ofRow(Row row, long from, long to, RowEncoder encoder) {
        return ofRow(row.key(), row.since(), from, to, encoder.encode(row));
    }

    /**
     * The hash of one version of a row, as a store keeps it.
     *
     * @param from the first seq at which it held
     * @param to the first seq at which it held no more; 0 while it is live
     * @param body as {@link RowEncoder} writes it
     */
    public static Hash ofRow(Row.Key key, long since, long from, long to, String body) {
        return hash(
                out -> {
                    text(out, key.kind().name());
                    text(out, key.owner());
                    text(out, key.name());
                    out.writeLong(since);
                    out.writeLong(from);
                    out.writeLong(to);
                    text(out, body);
                });
    }

    /** The hash of one verdict. */
    public static Hash ofVerdict(Verdict verdict) {
        return hash(
                out -> {
                    out.writeLong(verdict.seq());
                    text(
                            out,
                            verdict.claim()
                                    .flatMap(Verdict.Claim::id)
                                    .map(EventId::value)
                                    .orElse(""));
                    text(out, verdict.outcome().text());
                    text(out, verdict.reason().orElse(""));
                });
    }

    /** Adds one element to a digest: the sum modulo 2^256, big-endian. */
    public static Hash plus(Hash digest, Hash element) {
        byte[] left = digest.bytes();
        byte[] right = element.bytes();
        int carry = 0;
        for (int i = left.length - 1; i >= 0; i--) {
            int sum = (left[i] & 0xff) + (right[i] & 0xff) + carry;
            left[i] = (byte) sum;
            carry = sum >> 8;
        }
        return Hash.of(left);
    }

    /** Takes one element out of a digest again. */
    public static Hash minus(Hash digest, Hash element) {
        byte[] left = digest.bytes();
        byte[] right = element.bytes();
        int borrow = 0;
        for (int i = left.length - 1; i >= 0; i--) {
            int difference = (left[i] & 0xff) - (right[i] & 0xff) - borrow;
            left[i] = (byte) difference;
            borrow = difference < 0 ? 1 : 0;
        }
        return Hash.of(left);
    }

    private static Hash hash(Encoding encoding) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            encoding.into(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Hash.sha256(bytes.toByteArray());
    }

    /** Length before content, so that no two lists of fields give the same bytes. */
    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
    }

    @FunctionalInterface
    private interface Encoding {
        void into(DataOutputStream out) throws IOException;
    }
}
