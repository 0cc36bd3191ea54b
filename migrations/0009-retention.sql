-- What an event keeps of faces. 'none': no face is ever computed.
alter table event
  add column biometrics text not null default 'faces' check (biometrics in ('faces', 'none')),
  add column retention_days_searches integer check (retention_days_searches >= 1),  -- selfie and clip searches; null: with the event
  add column retention_days_faces integer check (retention_days_faces >= 1);        -- faces, from the photo's arrival; null: with the event

-- What is old is found without reading all.
create index face_search_by_age on face_search (event_id, created_at);
create index video_search_by_age on video_search (event_id, created_at);
