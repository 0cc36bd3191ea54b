-- Three seconds of the clip, small and silent, to be shown in a loop beside it: where the event wished for them when it was asked for.
alter table video_clip add has_preview boolean not null default false;
