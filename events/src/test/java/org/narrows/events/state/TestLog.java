// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.Event;
import org.narrows.events.event.EventType;
import org.narrows.events.event.LogEvent.KeyAdded;
import org.narrows.events.event.LogEvent.LogOpened;
import org.narrows.events.event.LogEvent.PublisherKey;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.state.Folding.Folded;
import org.narrows.events.state.ReadRecord.Body;
import org.narrows.events.state.ReadRecord.Malformed;
import org.narrows.events.state.ReadRecord.SignatureHeader;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.state.ReadRecord.Understood;
import org.narrows.events.state.ReadRecord.Unknown;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;

/**
 * A log with its fold, its root and a control key, to which tests publish. Records are made as the
 * wire would have read them; a key is told by its name: who signs as `control` verifies under the
 * JWK `jwk of control`.
 */
public final class TestLog {
    public static final IssuerUrl OURS = new IssuerUrl("https://narrows.example.com");
    public static final String ROOT = "root-thumbprint";
    public static final String CONTROL = "control";
    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /** Content by its Java text: enough to tell rows apart, without JSON. */
    public static final RowEncoder ENCODER = Row::toString;

    public static final LogFold FOLD = new LogFold(new KeyId(ROOT), ENCODER);

    private final MemoryLog log = new MemoryLog(FOLD);
    private Instant now = START;
    private int ids;

    /** A log that holds nothing at all. */
    public static TestLog empty() {
        return new TestLog();
    }

    /** A log that was opened and has its control key. */
    public static TestLog opened() {
        TestLog log = new TestLog();
        log.append(genesis());
        log.publish(ROOT, new KeyAdded(key(CONTROL, true, Optional.empty(), allTypes())));
        return log;
    }

    public static ReadRecord genesis() {
        return signed(
                START, ROOT, Optional.empty(), Publisher.ROOT_ACTOR, of("genesis", opening()));
    }

    public static LogOpened opening() {
        return new LogOpened("jwk of " + ROOT, new KeyId(ROOT), "nonce", OURS);
    }

    public static String[] allTypes() {
        return Arrays.stream(EventType.values())
                .filter(type -> !type.isRootOnly())
                .map(EventType::shortName)
                .toArray(String[]::new);
    }

    public static PublisherKey key(
            String kid, boolean admin, Optional<List<String>> audiences, String... types) {
        return new PublisherKey(
                new KeyId(kid),
                "jwk of " + kid,
                "holder of " + kid,
                new TreeSet<>(List.of(types)),
                audiences.map(ids -> new TreeSet<>(ids.stream().map(AudienceId::new).toList())),
                admin);
    }

    /** One event in its envelope. */
    public static ChangeSet of(String id, Event event) {
        return new ChangeSet(
                new EventId(id),
                "https://admin.example.com",
                "2026-01-01T00:00:00Z",
                Optional.empty(),
                Optional.empty(),
                Optional.of("because"),
                Optional.empty(),
                event);
    }

    public static ChangeSet expecting(ChangeSet set, long position) {
        return new ChangeSet(
                set.id(),
                set.source(),
                set.time(),
                set.subject(),
                set.actor(),
                set.reason(),
                Optional.of(position),
                set.event());
    }

    public static ChangeSet byActor(ChangeSet set, String actor) {
        return new ChangeSet(
                set.id(),
                set.source(),
                set.time(),
                set.subject(),
                Optional.of(actor),
                set.reason(),
                set.expectedPosition(),
                set.event());
    }

    static ReadRecord signed(
            Instant time, String kid, Optional<String> logId, String actor, ChangeSet set) {
        return signed(time, kid, kid, logId, actor, set.type().shortName(), new Understood(set));
    }

    /**
     * A record as the wire would have read it.
     *
     * @param signer whose key really made the signature
     */
    static ReadRecord signed(
            Instant time,
            String kid,
            String signer,
            Optional<String> logId,
            String actor,
            String type,
            Body body) {
        byte[] text = (type + body).getBytes(StandardCharsets.UTF_8);
        return new ReadRecord(
                time,
                Hash.sha256(text),
                Hash.sha256((kid + signer + logId + actor).getBytes(StandardCharsets.UTF_8), text),
                new Signed(
                        new SignatureHeader("ES256", kid, logId, actor),
                        jwk -> jwk.equals("jwk of " + signer),
                        type,
                        body));
    }

    public ReadRecord record(String kid, ChangeSet set) {
        return signed(now, kid, Optional.of(logId()), actorOf(kid), set);
    }

    public ReadRecord malformed(
            String kid, String type, String id, boolean restricts, Suspension... names) {
        Malformed body =
                new Malformed(
                        id.isEmpty() ? Optional.empty() : Optional.of(new EventId(id)),
                        "data: is not what it should be",
                        restricts,
                        List.of(names));
        return signed(now, kid, kid, Optional.of(logId()), actorOf(kid), type, body);
    }

    public ReadRecord unknown(String kid, String type) {
        return signed(now, kid, kid, Optional.of(logId()), actorOf(kid), type, new Unknown());
    }

    static String actorOf(String kid) {
        return kid.equals(ROOT) ? Publisher.ROOT_ACTOR : "actor of " + kid;
    }

    /** The same bytes once more, appended now. */
    public ReadRecord again(ReadRecord record) {
        return new ReadRecord(now, record.valueHash(), record.sigHash(), record.content());
    }

    public TestLog sleep(Duration time) {
        now = now.plus(time);
        return this;
    }

    public Instant now() {
        return now;
    }

    public String logId() {
        return log.state()
                .checkpoint()
                .map(checkpoint -> checkpoint.logId().value())
                .orElse("none");
    }

    public Folding append(ReadRecord record) {
        return log.fold(record);
    }

    public Verdict judge(ReadRecord record) {
        Folding folding = append(record);
        assertThat(folding).isInstanceOf(Folded.class);
        return ((Folded) folding).verdict();
    }

    public Verdict publish(String kid, Event event) {
        return judge(record(kid, of("event-" + ++ids, event)));
    }

    public Verdict publish(Event event) {
        return publish(CONTROL, event);
    }

    /** Publishes what must be applied. */
    public TestLog with(Event... events) {
        for (Event event : events) {
            Verdict verdict = publish(event);
            assertThat(verdict.reason()).as("%s", event).isEmpty();
        }
        return this;
    }

    /** Publishes one policy change that must be applied. */
    public TestLog with(PolicyChange... changes) {
        return with(new PolicyChanged(List.of(changes)));
    }

    public Verdict change(PolicyChange... changes) {
        return publish(new PolicyChanged(List.of(changes)));
    }

    public MemoryLog memory() {
        return log;
    }

    public long seq() {
        return log.state().seq();
    }

    public Policy policy() {
        return log.state().policy();
    }

    public Digests digests() {
        return log.state().checkpoint().orElseThrow().digests();
    }
}
