-- The face model that the installation wants; every vector carries the id of the model that made it.
insert into setting (name, value) values ('face_model', 'dlib-resnet-v1');

-- Events that are being indexed anew: until they are whole, searches use this model instead of the wanted one.
create table event_face_model (
  event_id integer primary key references event on delete cascade,
  model text not null
);

-- The models that have looked at a photo: one without faces leaves no row in `face`. Photos so far were seen by one.
alter table photo add column face_models text[] not null default '{dlib-resnet-v1}';
alter table photo alter column face_models set default '{}';

create function wanted_face_model() returns text language sql stable as $$
  select convert_from(value, 'UTF8') from setting where name = 'face_model'
$$;

-- The model whose vectors an event's searches compare.
create function searched_face_model(event integer) returns text language sql stable as $$
  select coalesce((select model from event_face_model where event_id = event), wanted_face_model())
$$;
