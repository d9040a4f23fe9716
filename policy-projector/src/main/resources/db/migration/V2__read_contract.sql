-- SPDX-FileCopyrightText: The Narrows authors
-- SPDX-License-Identifier: Apache-2.0

-- What token-exchange may see: the live generation, through these views only.
create schema if not exists narrows_read;

create view narrows_read.checkpoint as
select c.generation, g.fold_version, c.log_id, c.issuer, c.root_kid, c.root_key, c.seq, c.feed_from,
       c.caught_up_at, c.held_up
from narrows.checkpoint c join narrows.generation g using (generation)
where g.state = 'live' and c.log_id is not null;

create view narrows_read.row_version as
select v.kind, v.owner, v.name, v.since, v.body, v.from_seq, v.to_seq
from narrows.row_version v
where v.generation = (select generation from narrows.generation where state = 'live');

create view narrows_read.change as
select c.seq, c.kind, c.owner, c.name
from narrows.change c
where c.generation = (select generation from narrows.generation where state = 'live');

-- The replay guard of client assertions and proofs: the only table that token-exchange writes.
create schema if not exists narrows_guard;

create table narrows_guard.used_jti (
    issuer     text        not null,
    jti_hash   bytea       not null,
    expires_at timestamptz not null,
    primary key (issuer, jti_hash)
);
create index used_jti_expires on narrows_guard.used_jti (expires_at);
