-- SPDX-FileCopyrightText: The Narrows authors
-- SPDX-License-Identifier: Apache-2.0

-- Decisions as they were recorded, once per id. The landing makes one partition for each day it meets.
create table narrows.decision (
    id          text collate "C" not null,
    day         date   not null,
    at          timestamptz not null,
    log_id      text   not null,
    seq         bigint not null,
    outcome     text   not null,
    client      text   not null,
    issuer      text,
    subject     text,
    targets     text[] not null,
    reasons     text[] not null,
    token_id    text,
    token_expires_at timestamptz,
    lineage     text[] not null,
    body        text   not null,
    primary key (id, day)
) partition by range (day);
create index decision_at on narrows.decision (at, id);
create index decision_client on narrows.decision (client, at);
create index decision_user on narrows.decision (subject, issuer, at);
create index decision_token on narrows.decision (token_id) where token_id is not null;

-- How far each partition of the decisions topic has landed.
create table narrows.landing (
    topic       text    not null,
    topic_id    text    not null,
    partition   integer not null,
    next_offset bigint  not null,
    primary key (topic, topic_id, partition)
);

-- Memberships that permits owe to the log (`user.admitted`), until they have a verdict.
create table narrows.admission_owed (
    event_id    text collate "C" primary key,
    decided_at  timestamptz not null,
    client      text not null,
    issuer      text not null,
    subject     text not null,
    audience    text not null,
    settled_seq bigint
);
create index admission_owed_open on narrows.admission_owed (decided_at) where settled_seq is null;
