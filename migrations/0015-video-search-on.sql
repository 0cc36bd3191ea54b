-- Who brings videos into an event wants people to find themselves in them. Events that exist stay as they are.
alter table event alter column video_search set default true;
alter table event alter column video_selfie_search set default true;
