-- SPDX-FileCopyrightText: The Narrows authors
-- SPDX-License-Identifier: Apache-2.0

-- Everything derived is keyed by its generation, so that the next one can be built beside the live one.
create table narrows.generation (
    generation   integer primary key,
    fold_version integer not null,
    state        text    not null check (state in ('live', 'next', 'former'))
);
create unique index generation_live on narrows.generation (state) where state = 'live';

-- Where a projection stands. The compare-and-set on (epoch, next_offset) is the fence; the lease only saves work.
-- Before genesis all that is of the log is null.
create table narrows.checkpoint (
    generation        integer primary key references narrows.generation,
    epoch             bigint  not null,
    lease_until       timestamptz,
    next_offset       bigint  not null,
    leader_epoch      integer,
    topic_id          text,
    log_id            text,
    issuer            text,
    root_kid          text,
    root_key          text,
    seq               bigint  not null,
    clock             bigint,
    head              bytea,
    digest_live       bytea,
    digest_closed     bytea,
    digest_verdicts   bytea,
    policy_changed_at bigint,
    feed_from         bigint  not null,
    caught_up_at      timestamptz,
    held_up           text
) with (fillfactor = 50);

-- Every version of every row: it held from from_seq on, and at to_seq no more.
-- leaves_at (ms since 1970): when a revocation leaves the live rows.
create table narrows.row_version (
    generation integer not null,
    owner      text collate "C" not null,
    kind       text collate "C" not null,
    name       text collate "C" not null,
    from_seq   bigint  not null,
    to_seq     bigint,
    since      bigint  not null,
    leaves_at  bigint,
    body       text    not null,
    primary key (generation, owner, kind, name, from_seq),
    check (to_seq > from_seq)
);
-- The small policy is read whole, and listed by name.
create index row_version_policy on narrows.row_version (generation, kind, name, owner, from_seq)
    where kind in ('ISSUER', 'ALIAS', 'AUDIENCE', 'SCOPE', 'CLAIM', 'CLIENT', 'RULE', 'KEY', 'QUARANTINE', 'GAP');
create index row_version_leaving on narrows.row_version (generation, leaves_at)
    where to_seq is null and leaves_at is not null;

-- One row for each record of the log, with its verdict and, as evidence, its bytes.
-- clock: the greatest append time up to this record (ms since 1970, as append_time).
-- first_of_id: this is the first authentic record with its event id.
create table narrows.log_record (
    generation   integer not null,
    seq          bigint  not null,
    log_offset   bigint  not null,
    append_time  bigint  not null,
    clock        bigint  not null,
    outcome      text    not null,
    reason       text,
    event_id     text collate "C",
    first_of_id  boolean not null,
    type         text,
    actor        text,
    kid          text,
    why          text,
    took         text,
    first_seq    bigint,
    first_outcome text,
    first_reason text,
    value_hash   bytea   not null,
    value        bytea,
    sig          bytea,
    primary key (generation, seq)
);
create unique index log_record_event on narrows.log_record (generation, event_id) where first_of_id;
create index log_record_offset on narrows.log_record (generation, log_offset);
create index log_record_clock on narrows.log_record (generation, clock);

-- The change feed: which keys changed at which seq.
create table narrows.change (
    generation integer  not null,
    seq        bigint   not null,
    n          integer  not null,
    kind       text     not null,
    owner      text     not null,
    name       text     not null,
    primary key (generation, seq, n)
);
