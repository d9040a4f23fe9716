-- SPDX-FileCopyrightText: The Narrows authors
-- SPDX-License-Identifier: Apache-2.0

-- Run after policy-projector's first start and after each upgrade, by a role that may make roles:
--   psql "$DATABASE" -f roles.sql
-- The projector writes; token-exchange logs in as a member of this role and only reads views, but for the replay guard.
do $$
begin
    if not exists (select from pg_roles where rolname = 'narrows_exchange') then
        create role narrows_exchange nologin;
    end if;
end
$$;

revoke all on all tables in schema narrows from narrows_exchange;
grant usage on schema narrows_read, narrows_guard to narrows_exchange;
grant select on all tables in schema narrows_read to narrows_exchange;
grant select, insert, update, delete on narrows_guard.used_jti to narrows_exchange;
