-- When a tenant is open. Wall times in the tenant's zone, never instants.

create table availability_slots (
    customer_id  bigint      not null,
    id           bigint      not null,
    day_of_week  smallint    not null,               -- 0 = Sunday
    start_time   time        not null,
    end_time     time        not null,               -- 24:00 ends a day; read as minutes, few types hold it
    is_available boolean     not null default true,  -- false cuts a pause out of the day
    created_at   timestamptz not null default now(),
    constraint availability_slots_pkey primary key (customer_id, id),
    constraint availability_slots_day_of_week_check check (day_of_week between 0 and 6),
    constraint availability_slots_end_time_check check (end_time > start_time)
);
comment on table availability_slots
    is 'Weekly windows in which a tenant can be booked, and pauses within them.';

create table blocked_dates (
    customer_id  bigint      not null,
    id           bigint      not null,
    blocked_date date        not null,
    reason       text,
    created_at   timestamptz not null default now(),
    constraint blocked_dates_pkey primary key (customer_id, id),
    constraint blocked_dates_customer_id_blocked_date_key unique (customer_id, blocked_date)
);
comment on table blocked_dates is 'Days on which a tenant is closed whatever its weekly hours say.';
