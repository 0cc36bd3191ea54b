-- The packed faces of an event, as a server wrote them from its memory into the object store; at most one file a model. Whoever
-- loads it asks for every change since its horizon, so no removal behind a horizon may be forgotten while the file is there.
create table face_file (
  event_id integer not null references event on delete cascade,
  model text not null,
  revision uuid not null,        -- names the object, and stands in it
  horizon xid8 not null,         -- what was settled before it is in the file
  cluster text not null,         -- of which database: transaction ids of another mean nothing here
  faces integer not null,
  written_at timestamptz not null default now(),
  primary key (event_id, model)
);

-- The history that transaction ids belong to: it begins anew with a restored dump, and forks when a backup is rolled forward.
create function database_history() returns text language sql stable as $$
  select system_identifier || '/' || timeline_id from pg_control_system(), pg_control_checkpoint()
$$;
