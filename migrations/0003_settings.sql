-- What can be set: per tenant in columns, because its actor loads and checks them; for the platform
-- by key.

create table customer_settings (
    customer_id               bigint        not null,
    rate_per_minute           numeric(10,4) not null default 1.00,
    rate_per_sms              numeric(10,4) not null default 0.05,
    rate_per_email            numeric(10,4) not null default 0.01,
    monthly_fee               numeric(14,4) not null default 0,
    low_balance_alert         numeric(14,4) not null default 10.00,
    sms_enabled               boolean       not null default true,
    email_enabled             boolean       not null default true,
    billing_increment_seconds integer       not null default 1,    -- durations are rounded up to multiples
    billing_minimum_seconds   integer       not null default 0,
    slot_step_minutes         integer,                             -- null: the duration asked for
    buffer_before_minutes     integer       not null default 0,
    buffer_after_minutes      integer       not null default 0,
    minimum_notice_minutes    integer       not null default 0,
    horizon_days              integer       not null default 365,  -- how far ahead may be booked
    default_duration_minutes  integer       not null default 30,
    upcoming_per_caller_max   integer       not null default 5,    -- so that no voice can fill the calendar
    created_at                timestamptz   not null default now(),
    updated_at                timestamptz   not null default now(),
    constraint customer_settings_pkey primary key (customer_id),
    -- A negative rate would turn a charge into a credit: nothing from outside ever raises a
    -- balance.
    constraint customer_settings_rate_per_minute_check check
        (rate_per_minute >= 0),
    constraint customer_settings_rate_per_sms_check check
        (rate_per_sms >= 0),
    constraint customer_settings_rate_per_email_check check
        (rate_per_email >= 0),
    constraint customer_settings_monthly_fee_check check
        (monthly_fee >= 0),
    constraint customer_settings_low_balance_alert_check check
        (low_balance_alert >= 0),
    constraint customer_settings_billing_increment_seconds_check check
        (billing_increment_seconds between 1 and 3600),
    constraint customer_settings_billing_minimum_seconds_check check
        (billing_minimum_seconds between 0 and 3600),
    constraint customer_settings_slot_step_minutes_check check
        (slot_step_minutes between 1 and 1440),
    constraint customer_settings_buffer_before_minutes_check check
        (buffer_before_minutes between 0 and 1440),
    constraint customer_settings_buffer_after_minutes_check check
        (buffer_after_minutes between 0 and 1440),
    constraint customer_settings_minimum_notice_minutes_check check
        (minimum_notice_minutes between 0 and 525600),
    constraint customer_settings_horizon_days_check check
        (horizon_days between 0 and 3660),
    constraint customer_settings_default_duration_minutes_check check
        (default_duration_minutes between 1 and 1440),
    constraint customer_settings_upcoming_per_caller_max_check check
        (upcoming_per_caller_max between 1 and 1000)
);
comment on table customer_settings is 'Rates, switches and booking rules of one tenant.';

-- A reference table. Secrets (mail, SMS and payment providers) are sealed and never in `value`.
create table global_settings (
    key        text        not null,
    value      text,
    sealed     bytea,
    updated_at timestamptz not null default now(),
    constraint global_settings_pkey primary key (key),
    constraint global_settings_value_check check (value is null or sealed is null)
);
comment on table global_settings
    is 'Settings of the platform by key; a value here wins over its environment variable.';
