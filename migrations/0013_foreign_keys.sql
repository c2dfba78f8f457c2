-- Foreign keys, apart from their tables so that storage can be sharded table by table. Always with
-- customer_id; never from a reference table to a tenant table; never cascading and never setting
-- null: what goes away is removed by name, and accounting rows never do. The hot tables (balances,
-- transactions, calls, call_search, appointments, notifications, webhook_logs, audit_log) have
-- none: they were a quarter of the cost of a call.

alter table credentials
    add constraint credentials_customer_id_fkey
    foreign key (customer_id) references customers (id);

alter table agents
    add constraint agents_customer_id_fkey
    foreign key (customer_id) references customers (id);

alter table users
    add constraint users_customer_id_fkey
    foreign key (customer_id) references customers (id);

alter table magic_links
    add constraint magic_links_customer_id_user_id_fkey
    foreign key (customer_id, user_id) references users (customer_id, id);

alter table sessions
    add constraint sessions_customer_id_user_id_fkey
    foreign key (customer_id, user_id) references users (customer_id, id);

alter table api_tokens
    add constraint api_tokens_customer_id_user_id_fkey
    foreign key (customer_id, user_id) references users (customer_id, id);

alter table platform_magic_links
    add constraint platform_magic_links_platform_user_id_fkey
    foreign key (platform_user_id) references platform_users (id);

alter table platform_sessions
    add constraint platform_sessions_platform_user_id_fkey
    foreign key (platform_user_id) references platform_users (id);

alter table customer_settings
    add constraint customer_settings_customer_id_fkey
    foreign key (customer_id) references customers (id);

alter table availability_slots
    add constraint availability_slots_customer_id_fkey
    foreign key (customer_id) references customers (id);

alter table blocked_dates
    add constraint blocked_dates_customer_id_fkey
    foreign key (customer_id) references customers (id);

alter table invoices
    add constraint invoices_customer_id_fkey
    foreign key (customer_id) references customers (id);

alter table invoice_items
    add constraint invoice_items_customer_id_invoice_id_fkey
    foreign key (customer_id, invoice_id) references invoices (customer_id, id);
