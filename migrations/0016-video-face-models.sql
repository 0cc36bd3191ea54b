-- A look at a person of a video, as every model sees it that the event's searches need. The built-in model's is always there: by it
-- tracks are linked, and the moments are known at which another model has to look.
alter table video_face drop constraint video_face_pkey;
alter table video_face add primary key (event_id, track_id, ordinal, model);
alter table video_face add landmarks real[]; -- of the built-in model: x, y of five points, shares of the picture; null: seen before this

-- The models that have looked at a segment, as in `photo`. Segments so far were seen by one.
alter table video_segment add face_models text[] not null default '{dlib-resnet-v1}';
alter table video_segment alter column face_models set default '{}';
