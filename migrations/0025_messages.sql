-- What a message tells of and what became of it, when an appointment's guest is reminded, and how
-- often it was moved.

alter table notifications
    add column is_resend   boolean not null default false,  -- somebody asked for it by hand
    add column starts_at   timestamptz,                     -- of a reminder: the begin it reminds of
    add column subject     text,                            -- of a mail, as it was sent
    add column parts       integer,                         -- of a text message, as it was sent
    add column provider_id text,                            -- under which its carrier knows it
    add constraint notifications_parts_check check (parts between 1 and 100);

-- What the worker of each way claims next, oldest first. While a worker has a message, `due_at` is when
-- others may take it over.
drop index notifications_due;
create index notifications_due on notifications (type, due_at)
    where status = 'pending';

-- The messages of one appointment: its page, and whether something newer is on its way.
create index notifications_appointment_id on notifications (customer_id, appointment_id, id)
    where appointment_id is not null;

-- Who texted a number lately: whoever answers STOP does not say to whom.
create index notifications_texted on notifications (recipient, sent_at)
    where type = 'sms' and sent_at is not null;

alter table appointments
    add column next_reminder_at timestamptz,                 -- null: no more of them
    add column moves            integer not null default 0,  -- by anybody: the SEQUENCE of its calendar entry
    add column guest_moves      integer not null default 0,  -- of those, by the guest's link
    add constraint appointments_moves_check check (guest_moves between 0 and moves);

-- Those that stand already are reminded like others: by what every customer begins with.
update appointments
   set next_reminder_at = case
           when start_time - interval '24 hours' > now() then start_time - interval '24 hours'
           when start_time - interval '1 hour' > now() then start_time - interval '1 hour'
       end
 where status = 'scheduled' and start_time > now();

-- Whom to remind now.
create index appointments_next_reminder_at on appointments (next_reminder_at)
    where next_reminder_at is not null and status = 'scheduled';

alter table customer_settings
    add column reminder_minutes integer[] not null default '{1440,60}',  -- before the begin, the longest first
    add column sms_charged_per  text      not null default 'message',
    add constraint customer_settings_reminder_minutes_check check
        (cardinality(reminder_minutes) <= 5 and 1 <= all (reminder_minutes) and 20160 >= all (reminder_minutes)),
    add constraint customer_settings_sms_charged_per_check check (sms_charged_per in ('message', 'part'));

-- A column more is a new type: the version that still runs keeps its own.
create type journal_appointment_2 as (
    customer_id         bigint,
    id                  bigint,
    call_id             bigint,
    guest_name          text,
    guest_phone         text,
    guest_email         text,
    start_time          timestamptz,
    end_time            timestamptz,
    duration_minutes    integer,
    status              text,
    notes               text,
    cancellation_reason text,
    revision            bigint,
    created_at          timestamptz,
    updated_at          timestamptz,
    next_reminder_at    timestamptz,
    moves               integer,
    guest_moves         integer
);

-- A message as it is queued, in the commit of what it tells of.
create type journal_notification as (
    customer_id    bigint,
    id             bigint,
    appointment_id bigint,
    type           text,
    recipient      text,
    template       text,
    is_resend      boolean,
    starts_at      timestamptz,
    due_at         timestamptz,
    created_at     timestamptz
);

-- A message that was accepted, in the commit of its charge.
create type journal_sent as (
    customer_id bigint,
    id          bigint,
    subject     text,
    content     text,
    parts       integer,
    provider_id text,
    cost        numeric,
    sent_at     timestamptz
);

-- What a customer's guests read instead of the platform's words.
create table message_templates (
    customer_id bigint      not null,
    occasion    text        not null,
    channel     text        not null,
    subject     text,                  -- of a mail
    body        text        not null,
    updated_at  timestamptz not null,
    constraint message_templates_pkey primary key (customer_id, occasion, channel),
    constraint message_templates_occasion_check check (occasion in ('booked', 'moved', 'cancelled', 'reminder')),
    constraint message_templates_channel_check check (channel in ('email', 'sms')),
    constraint message_templates_subject_check check ((channel = 'email') = (subject is not null))
);
comment on table message_templates is 'A customer''s own words for messages to guests.';
alter table message_templates
    add constraint message_templates_customer_id_fkey foreign key (customer_id) references customers (id);
alter table message_templates enable row level security;
create policy message_templates_writer on message_templates for all to voice_writer using (true) with check (true);
create policy message_templates_platform_reader on message_templates for select to voice_platform_reader using (true);
create policy message_templates_reader on message_templates for select to voice_reader
    using (customer_id = (select nullif(current_setting('app.customer_id', true), '')::bigint));
grant select, insert, update, delete on message_templates to voice_writer;
grant select on message_templates to voice_reader;

-- Who wants no text messages from a customer any more.
create table sms_opt_outs (
    customer_id bigint      not null,
    phone       text        not null,
    keyword     text        not null,  -- what they wrote
    created_at  timestamptz not null,
    constraint sms_opt_outs_pkey primary key (customer_id, phone)
);
comment on table sms_opt_outs is 'Numbers that answered STOP, by customer.';
alter table sms_opt_outs
    add constraint sms_opt_outs_customer_id_fkey foreign key (customer_id) references customers (id);
alter table sms_opt_outs enable row level security;
create policy sms_opt_outs_writer on sms_opt_outs for all to voice_writer using (true) with check (true);
create policy sms_opt_outs_platform_reader on sms_opt_outs for select to voice_platform_reader using (true);
create policy sms_opt_outs_reader on sms_opt_outs for select to voice_reader
    using (customer_id = (select nullif(current_setting('app.customer_id', true), '')::bigint));
grant select, insert, update, delete on sms_opt_outs to voice_writer;
grant select on sms_opt_outs to voice_reader;
