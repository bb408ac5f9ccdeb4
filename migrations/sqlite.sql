CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE accounts (
	id VARCHAR(255) NOT NULL, 
	provider VARCHAR(32) NOT NULL, 
	credentials TEXT, 
	name VARCHAR(255), 
	rate FLOAT, 
	slowed FLOAT DEFAULT 1 NOT NULL, 
	slowed_at DATETIME, 
	paused BOOLEAN DEFAULT false NOT NULL, 
	paused_reason TEXT, 
	tokens FLOAT DEFAULT 0 NOT NULL, 
	tokens_at DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, checked_at DATETIME, checked_with VARCHAR(64), check_failed_at DATETIME, 
	CONSTRAINT pk_accounts PRIMARY KEY (id), 
	CONSTRAINT ck_accounts_rate CHECK (rate > 0), 
	CONSTRAINT ck_accounts_slowed CHECK (slowed > 0 AND slowed <= 1)
);

CREATE TABLE bundles (
	name VARCHAR(64) NOT NULL, 
	version INTEGER NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	document JSON NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	source TEXT NOT NULL, 
	published_at DATETIME, 
	published_by VARCHAR(255), 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_bundles PRIMARY KEY (id), 
	CONSTRAINT ck_bundles_status CHECK (status IN ('draft', 'published', 'archived')), 
	CONSTRAINT uq_bundles_name_version UNIQUE (name, version)
);

CREATE UNIQUE INDEX uq_bundles_published_name ON bundles (name) WHERE status = 'published';

CREATE TABLE contacts (
	phone VARCHAR(32), 
	email VARCHAR(255), 
	name VARCHAR(255), 
	opt_in BOOLEAN DEFAULT true NOT NULL, 
	locale VARCHAR(35), 
	timezone VARCHAR(64), 
	last_inbound_at DATETIME, 
	seq INTEGER DEFAULT 0 NOT NULL, 
	fallback_at DATETIME, 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, recent_answers JSON, epoch INTEGER DEFAULT 0 NOT NULL, waiting_since DATETIME, attributes JSON, responder VARCHAR(8) DEFAULT 'bot' NOT NULL CONSTRAINT ck_contacts_responder CHECK (responder IN ('bot', 'human')), reopens_until DATETIME, merged_into VARCHAR(25), has_merged BOOLEAN DEFAULT false NOT NULL, 
	CONSTRAINT pk_contacts PRIMARY KEY (id)
);

CREATE INDEX ix_contacts_email ON contacts (email);

CREATE INDEX ix_contacts_phone ON contacts (phone);

CREATE TABLE webhook_tokens (
	provider VARCHAR(32) NOT NULL, 
	token VARCHAR(255) NOT NULL, 
	used_for TEXT NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_webhook_tokens PRIMARY KEY (provider, token)
);

CREATE INDEX ix_webhook_tokens_seen_at ON webhook_tokens (seen_at);

CREATE TABLE webhook_events (
	provider VARCHAR(32) NOT NULL, 
	account VARCHAR(255), 
	kind VARCHAR(16) NOT NULL, 
	provider_message_id VARCHAR(512), 
	detail JSON, 
	payload BLOB, 
	received_at DATETIME NOT NULL, 
	applied_at DATETIME, 
	id VARCHAR(25) NOT NULL, size BIGINT, cut VARCHAR(32) DEFAULT '' NOT NULL, digest VARCHAR(64), request JSON, replayed_at DATETIME, dismissed_at DATETIME, 
	CONSTRAINT pk_webhook_events PRIMARY KEY (id), 
	CONSTRAINT ck_webhook_events_kind CHECK (kind IN ('unknown', 'unknown_account', 'status', 'cleaned'))
);

CREATE INDEX ix_webhook_events_early_status ON webhook_events (provider_message_id) WHERE kind = 'status' AND applied_at IS NULL;

CREATE INDEX ix_webhook_events_received_at ON webhook_events (received_at);

CREATE TABLE contact_addresses (
	contact_id VARCHAR(25) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	value VARCHAR(255) NOT NULL, 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_contact_addresses PRIMARY KEY (id), 
	CONSTRAINT ck_contact_addresses_kind CHECK (kind IN ('phone', 'email', 'wa_user', 'telegram', 'messenger', 'instagram', 'external', 'simulator')), 
	CONSTRAINT fk_contact_addresses_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_contact_addresses_value_kind UNIQUE (value, kind)
);

CREATE INDEX ix_contact_addresses_contact_id ON contact_addresses (contact_id);

CREATE TABLE flows (
	bundle_id VARCHAR(25) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	version INTEGER NOT NULL, 
	schema_json JSON, 
	entry_trigger_id VARCHAR(25), 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_flows PRIMARY KEY (id), 
	CONSTRAINT ck_flows_status CHECK (status IN ('draft', 'published', 'archived')), 
	CONSTRAINT fk_flows_bundle_id FOREIGN KEY(bundle_id) REFERENCES bundles (id), 
	CONSTRAINT fk_flows_entry_trigger_id FOREIGN KEY(entry_trigger_id) REFERENCES triggers (id), 
	CONSTRAINT uq_flows_bundle_id_name UNIQUE (bundle_id, name)
);

CREATE TABLE templates (
	bundle_id VARCHAR(25) NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	content TEXT NOT NULL, 
	variables JSON, 
	variants JSON NOT NULL, 
	locale VARCHAR(35) NOT NULL, 
	is_active BOOLEAN DEFAULT true NOT NULL, 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_templates PRIMARY KEY (id), 
	CONSTRAINT fk_templates_bundle_id FOREIGN KEY(bundle_id) REFERENCES bundles (id)
);

CREATE UNIQUE INDEX uq_templates_active ON templates (bundle_id, "key", locale) WHERE is_active;

CREATE TABLE consents (
	address_id VARCHAR(25) NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	opted_in BOOLEAN NOT NULL, 
	reason VARCHAR(16) NOT NULL, 
	changed_at DATETIME NOT NULL, 
	reminded_at DATETIME, 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, said_at DATETIME, marketing_opted_in BOOLEAN, marketing_reason VARCHAR(16), marketing_changed_at DATETIME, marketing_said_at DATETIME, 
	CONSTRAINT pk_consents PRIMARY KEY (id), 
	CONSTRAINT ck_consents_channel CHECK (channel IN ('whatsapp', 'sms', 'email', 'telegram', 'messenger', 'instagram', 'other')), 
	CONSTRAINT ck_consents_reason CHECK (reason IN ('word', 'provider', 'marketing', 'complaint', 'bounce', 'unsubscribed', 'admin', 'form', 'import')), 
	CONSTRAINT fk_consents_address_id FOREIGN KEY(address_id) REFERENCES contact_addresses (id) ON DELETE CASCADE, 
	CONSTRAINT uq_consents_address_id_channel UNIQUE (address_id, channel)
);

CREATE TABLE consent_changes (
	address_id VARCHAR(25) NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	opted_in BOOLEAN NOT NULL, 
	reason VARCHAR(16) NOT NULL, 
	detail VARCHAR(255), 
	changed_at DATETIME NOT NULL, 
	id VARCHAR(25) NOT NULL, said_at DATETIME, purpose VARCHAR(16) DEFAULT 'all' NOT NULL CONSTRAINT ck_consent_changes_purpose CHECK (purpose IN ('all', 'marketing')), 
	CONSTRAINT pk_consent_changes PRIMARY KEY (id), 
	CONSTRAINT ck_consent_changes_channel CHECK (channel IN ('whatsapp', 'sms', 'email', 'telegram', 'messenger', 'instagram', 'other')), 
	CONSTRAINT ck_consent_changes_reason CHECK (reason IN ('word', 'provider', 'marketing', 'complaint', 'bounce', 'unsubscribed', 'admin', 'form', 'import')), 
	CONSTRAINT fk_consent_changes_address_id FOREIGN KEY(address_id) REFERENCES contact_addresses (id) ON DELETE CASCADE
);

CREATE INDEX ix_consent_changes_address_id_changed_at ON consent_changes (address_id, changed_at);

CREATE TABLE flow_steps (
	flow_id VARCHAR(25) NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	type VARCHAR(16) NOT NULL, 
	template_id VARCHAR(25), 
	wait_input BOOLEAN NOT NULL, 
	transitions_json JSON, 
	"order" INTEGER NOT NULL, 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_flow_steps PRIMARY KEY (id), 
	CONSTRAINT ck_flow_steps_type CHECK (type IN ('send_template', 'collect_input', 'end', 'action')), 
	CONSTRAINT fk_flow_steps_flow_id FOREIGN KEY(flow_id) REFERENCES flows (id) ON DELETE CASCADE, 
	CONSTRAINT fk_flow_steps_template_id FOREIGN KEY(template_id) REFERENCES templates (id), 
	CONSTRAINT uq_flow_steps_flow_id_key UNIQUE (flow_id, "key")
);

CREATE INDEX ix_flow_steps_flow_id_order ON flow_steps (flow_id, "order");

CREATE TABLE triggers (
	bundle_id VARCHAR(25) NOT NULL, 
	"key" VARCHAR(64), 
	type VARCHAR(16) NOT NULL, 
	pattern TEXT NOT NULL, 
	priority INTEGER DEFAULT 0 NOT NULL, 
	cooldown_sec INTEGER DEFAULT 0 NOT NULL, 
	active BOOLEAN DEFAULT true NOT NULL, 
	interrupt BOOLEAN DEFAULT false NOT NULL, 
	position INTEGER DEFAULT 0 NOT NULL, 
	template_id VARCHAR(25), 
	flow_id VARCHAR(25), 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, action VARCHAR(64), 
	CONSTRAINT pk_triggers PRIMARY KEY (id), 
	CONSTRAINT ck_triggers_type CHECK (type IN ('equals', 'contains', 'regex', 'number')), 
	CONSTRAINT ck_triggers_one_target CHECK (CASE WHEN action IS NULL THEN (template_id IS NULL) <> (flow_id IS NULL) ELSE template_id IS NULL AND flow_id IS NULL END), 
	CONSTRAINT ck_triggers_cooldown_sec CHECK (cooldown_sec >= 0), 
	CONSTRAINT fk_triggers_bundle_id FOREIGN KEY(bundle_id) REFERENCES bundles (id), 
	CONSTRAINT fk_triggers_flow_id FOREIGN KEY(flow_id) REFERENCES flows (id), 
	CONSTRAINT fk_triggers_template_id FOREIGN KEY(template_id) REFERENCES templates (id)
);

CREATE INDEX ix_triggers_bundle_id ON triggers (bundle_id);

CREATE TABLE flow_instances (
	contact_id VARCHAR(25) NOT NULL, 
	flow_id VARCHAR(25) NOT NULL, 
	current_step_key VARCHAR(64) NOT NULL, 
	state_json JSON NOT NULL, 
	asked INTEGER DEFAULT 0 NOT NULL, 
	trigger_id VARCHAR(25), 
	last_interaction_at DATETIME NOT NULL, 
	paused BOOLEAN DEFAULT false NOT NULL, 
	paused_until DATETIME, 
	locked_by VARCHAR(64), 
	locked_until DATETIME, 
	ended_at DATETIME, 
	end_reason VARCHAR(16), 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_flow_instances PRIMARY KEY (id), 
	CONSTRAINT ck_flow_instances_end_has_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL)), 
	CONSTRAINT ck_flow_instances_lock_is_whole CHECK ((locked_by IS NULL) = (locked_until IS NULL)), 
	CONSTRAINT fk_flow_instances_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id), 
	CONSTRAINT fk_flow_instances_flow_id FOREIGN KEY(flow_id) REFERENCES flows (id), 
	CONSTRAINT fk_flow_instances_trigger_id FOREIGN KEY(trigger_id) REFERENCES triggers (id)
);

CREATE INDEX ix_flow_instances_contact_id_paused ON flow_instances (contact_id, paused);

CREATE INDEX ix_flow_instances_open_flow ON flow_instances (flow_id) WHERE ended_at IS NULL AND flow_id IS NOT NULL;

CREATE UNIQUE INDEX uq_flow_instances_open ON flow_instances (contact_id) WHERE ended_at IS NULL;

CREATE TABLE messages (
	contact_id VARCHAR(25) NOT NULL, 
	account VARCHAR(255) NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	address_id VARCHAR(25) NOT NULL, 
	address VARCHAR(255) NOT NULL, 
	address_kind VARCHAR(16) NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	turn_state VARCHAR(8), 
	seq INTEGER NOT NULL, 
	kind VARCHAR(16) DEFAULT 'text' NOT NULL, 
	content TEXT NOT NULL, 
	body JSON, 
	provider_message_id VARCHAR(512), 
	reply_to_id VARCHAR(25), 
	thread_id VARCHAR(512), 
	trigger_id VARCHAR(25), 
	flow_instance_id VARCHAR(25), 
	template_id VARCHAR(25), 
	trace JSON, 
	scheduled_at DATETIME, 
	next_attempt_at DATETIME, 
	claimed_by VARCHAR(64), 
	claimed_until DATETIME, 
	attempt_started_at DATETIME, 
	expires_at DATETIME, 
	despite_opt_out BOOLEAN DEFAULT false NOT NULL, 
	error VARCHAR(64), 
	error_reason TEXT, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	sends_unknown INTEGER DEFAULT 0 NOT NULL, 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, sent_at DATETIME, origin VARCHAR(255), epoch INTEGER, purpose VARCHAR(16) DEFAULT 'service' NOT NULL CONSTRAINT ck_messages_purpose CHECK (purpose IN ('service', 'notice', 'marketing')), lane VARCHAR(8) DEFAULT 'reply' NOT NULL CONSTRAINT ck_messages_lane CHECK (lane IN ('reply', 'notice', 'bulk')), dismissed_at DATETIME, 
	CONSTRAINT pk_messages PRIMARY KEY (id), 
	CONSTRAINT ck_messages_turn_of_inbound CHECK ((direction = 'inbound') = (turn_state IS NOT NULL)), 
	CONSTRAINT ck_messages_channel CHECK (channel IN ('whatsapp', 'sms', 'email', 'telegram', 'messenger', 'instagram', 'other')), 
	CONSTRAINT ck_messages_inbound_has_provider_id CHECK (direction = 'outbound' OR provider_message_id IS NOT NULL), 
	CONSTRAINT ck_messages_inbound_is_delivered CHECK (direction = 'outbound' OR status = 'delivered'), 
	CONSTRAINT ck_messages_direction CHECK (direction IN ('inbound', 'outbound')), 
	CONSTRAINT ck_messages_status CHECK (status IN ('queued', 'sent', 'failed', 'delivered', 'read')), 
	CONSTRAINT ck_messages_turn_state CHECK (turn_state IS NULL OR turn_state IN ('done', 'pending', 'parked')), 
	CONSTRAINT ck_messages_claim_is_whole CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)), 
	CONSTRAINT fk_messages_account FOREIGN KEY(account) REFERENCES accounts (id), 
	CONSTRAINT fk_messages_address_id FOREIGN KEY(address_id) REFERENCES contact_addresses (id), 
	CONSTRAINT fk_messages_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id), 
	CONSTRAINT fk_messages_flow_instance_id FOREIGN KEY(flow_instance_id) REFERENCES flow_instances (id), 
	CONSTRAINT fk_messages_reply_to_id FOREIGN KEY(reply_to_id) REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_messages_template_id FOREIGN KEY(template_id) REFERENCES templates (id), 
	CONSTRAINT fk_messages_trigger_id FOREIGN KEY(trigger_id) REFERENCES triggers (id)
);

CREATE INDEX ix_messages_contact_id_created_at ON messages (contact_id, created_at);

CREATE INDEX ix_messages_contact_id_trigger_id_direction_created_at ON messages (contact_id, trigger_id, direction, created_at) WHERE trigger_id IS NOT NULL;

CREATE INDEX ix_messages_created_at ON messages (created_at);

CREATE INDEX ix_messages_parked ON messages (created_at) WHERE turn_state = 'parked';

CREATE INDEX ix_messages_pending ON messages (contact_id, seq) WHERE turn_state = 'pending';

CREATE INDEX ix_messages_reply_to_id ON messages (reply_to_id) WHERE reply_to_id IS NOT NULL;

CREATE UNIQUE INDEX uq_messages_contact_id_seq ON messages (contact_id, seq);

CREATE UNIQUE INDEX uq_messages_inbound_provider_id ON messages (account, provider_message_id) WHERE direction = 'inbound';

CREATE UNIQUE INDEX uq_messages_outbound_provider_id ON messages (account, provider_message_id) WHERE direction = 'outbound' AND provider_message_id IS NOT NULL;

CREATE TABLE media_files (
	message_id VARCHAR(25) NOT NULL, 
	position INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	content_type VARCHAR(127), 
	filename VARCHAR(255), 
	size BIGINT, 
	sha256 VARCHAR(64), 
	error TEXT, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	next_attempt_at DATETIME, 
	claimed_until DATETIME, 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_media_files PRIMARY KEY (id), 
	CONSTRAINT ck_media_files_state CHECK (state IN ('pending', 'stored', 'refused', 'failed')), 
	CONSTRAINT fk_media_files_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE, 
	CONSTRAINT uq_media_files_message_id_position UNIQUE (message_id, position)
);

CREATE INDEX ix_media_files_sha256 ON media_files (sha256);

CREATE INDEX ix_media_files_pending ON media_files (created_at) WHERE state = 'pending';

CREATE INDEX ix_triggers_order ON triggers (active, priority DESC, updated_at DESC);

CREATE TABLE former_addresses (
	contact_id VARCHAR(25) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	value VARCHAR(512) NOT NULL, 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_former_addresses PRIMARY KEY (id), 
	CONSTRAINT ck_former_addresses_kind CHECK (kind IN ('phone', 'email', 'wa_user', 'telegram', 'messenger', 'instagram', 'external', 'simulator')), 
	CONSTRAINT fk_former_addresses_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE
);

CREATE INDEX ix_former_addresses_contact_id ON former_addresses (contact_id);

CREATE UNIQUE INDEX ix_webhook_events_once ON webhook_events (provider, digest, kind) WHERE digest IS NOT NULL;

CREATE TABLE oldest_served (
	revision VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_oldest_served PRIMARY KEY (revision)
);

CREATE TABLE message_keys (
	"key" VARCHAR(255) NOT NULL, 
	message_id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, fingerprint VARCHAR(64), 
	CONSTRAINT pk_message_keys PRIMARY KEY ("key"), 
	CONSTRAINT fk_message_keys_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
);

CREATE INDEX ix_message_keys_message_id ON message_keys (message_id);

CREATE TABLE tags (
	id VARCHAR(25) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_tags PRIMARY KEY (id), 
	CONSTRAINT uq_tags_name UNIQUE (name)
);

CREATE TABLE contact_tags (
	contact_id VARCHAR(25) NOT NULL, 
	tag_id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_contact_tags PRIMARY KEY (contact_id, tag_id), 
	CONSTRAINT fk_contact_tags_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_contact_tags_tag_id FOREIGN KEY(tag_id) REFERENCES tags (id) ON DELETE CASCADE
);

CREATE INDEX ix_contact_tags_tag_id ON contact_tags (tag_id);

CREATE INDEX ix_messages_lane_due ON messages (account, lane, coalesce(next_attempt_at, scheduled_at, created_at)) WHERE direction = 'outbound' AND status = 'queued' AND coalesce(next_attempt_at, scheduled_at, created_at) IS NOT NULL;

CREATE INDEX ix_messages_lane_contact ON messages (contact_id, lane, seq) WHERE direction = 'outbound' AND status = 'queued';

CREATE INDEX ix_messages_failed ON messages (error, created_at) WHERE direction = 'outbound' AND status = 'failed';

CREATE TABLE "scheduled_jobs" (
	type VARCHAR(64) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	payload JSON, 
	scheduled_at DATETIME NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	claimed_by VARCHAR(64), 
	claimed_until DATETIME, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	error TEXT, 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	done INTEGER DEFAULT 0 NOT NULL, 
	total INTEGER, 
	checkpoint JSON, 
	CONSTRAINT pk_scheduled_jobs PRIMARY KEY (id), 
	CONSTRAINT ck_scheduled_jobs_claim_is_whole CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)), 
	CONSTRAINT ck_scheduled_jobs_status CHECK (status IN ('pending', 'done', 'failed', 'cancelled'))
);

CREATE INDEX ix_scheduled_jobs_due ON scheduled_jobs (scheduled_at) WHERE status = 'pending';

CREATE UNIQUE INDEX uq_scheduled_jobs_type_key ON scheduled_jobs (type, "key");

CREATE TABLE users (
	id VARCHAR(25) NOT NULL, 
	email VARCHAR(255) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	password_hash VARCHAR(255), 
	locale VARCHAR(16), 
	timezone VARCHAR(64), 
	theme VARCHAR(8), 
	provider VARCHAR(255), 
	provider_id VARCHAR(255), 
	totp TEXT, 
	totp_step INTEGER, 
	notice_addresses JSON, 
	last_seen_at DATETIME, 
	disabled_at DATETIME, 
	deleted_at DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, signature TEXT, undo_mail INTEGER, undo_chats INTEGER, notice_kinds JSON, 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT ck_users_role CHECK (role IN ('VIEWER', 'EDITOR', 'ADMIN')), 
	CONSTRAINT ck_users_theme CHECK (theme IS NULL OR theme IN ('light', 'dark')), 
	CONSTRAINT ck_users_provider_is_whole CHECK ((provider IS NULL) = (provider_id IS NULL))
);

CREATE UNIQUE INDEX uq_users_email_living ON users (email) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX uq_users_provider_provider_id ON users (provider, provider_id);

CREATE INDEX ix_users_deleted_at ON users (deleted_at);

CREATE TABLE sessions (
	id VARCHAR(25) NOT NULL, 
	user_id VARCHAR(25) NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	csrf VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_used_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	address VARCHAR(64) NOT NULL, 
	agent VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (id), 
	CONSTRAINT fk_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_sessions_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_sessions_user_id ON sessions (user_id);

CREATE TABLE api_tokens (
	id VARCHAR(25) NOT NULL, 
	user_id VARCHAR(25) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	scopes JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_used_at DATETIME, 
	expires_at DATETIME, 
	revoked_at DATETIME, rate_limit INTEGER, 
	CONSTRAINT pk_api_tokens PRIMARY KEY (id), 
	CONSTRAINT fk_api_tokens_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_api_tokens_hash UNIQUE (hash)
);

CREATE INDEX ix_api_tokens_user_id ON api_tokens (user_id);

CREATE TABLE sign_in_links (
	id VARCHAR(25) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	user_id VARCHAR(25), 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_sign_in_links PRIMARY KEY (id), 
	CONSTRAINT ck_sign_in_links_kind CHECK (kind IN ('welcome', 'invitation', 'reset', 'second_factor')), 
	CONSTRAINT ck_sign_in_links_user CHECK ((kind = 'welcome') = (user_id IS NULL)), 
	CONSTRAINT fk_sign_in_links_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_sign_in_links_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_sign_in_links_user_id ON sign_in_links (user_id);

CREATE UNIQUE INDEX uq_sign_in_links_welcome ON sign_in_links (kind) WHERE kind = 'welcome';

CREATE TABLE sign_in_failures (
	kind VARCHAR(16) NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	failures INTEGER NOT NULL, 
	since DATETIME NOT NULL, 
	CONSTRAINT pk_sign_in_failures PRIMARY KEY (kind, "key"), 
	CONSTRAINT ck_sign_in_failures_kind CHECK (kind IN ('account', 'address', 'code'))
);

CREATE INDEX ix_sign_in_failures_since ON sign_in_failures (since);

CREATE TABLE recovery_codes (
	id VARCHAR(25) NOT NULL, 
	user_id VARCHAR(25) NOT NULL, 
	code_hash VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_recovery_codes PRIMARY KEY (id), 
	CONSTRAINT fk_recovery_codes_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_recovery_codes_user_id_code_hash ON recovery_codes (user_id, code_hash);

CREATE TABLE openid_requests (
	state_hash VARCHAR(64) NOT NULL, 
	provider VARCHAR(255) NOT NULL, 
	nonce VARCHAR(64) NOT NULL, 
	verifier VARCHAR(128) NOT NULL, 
	next VARCHAR(1024) NOT NULL, 
	link_id VARCHAR(25), 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_openid_requests PRIMARY KEY (state_hash), 
	CONSTRAINT fk_openid_requests_link_id FOREIGN KEY(link_id) REFERENCES sign_in_links (id) ON DELETE CASCADE
);

CREATE INDEX ix_openid_requests_link_id ON openid_requests (link_id);

CREATE INDEX ix_openid_requests_expires_at ON openid_requests (expires_at);

CREATE TABLE audit_logs (
	id VARCHAR(25) NOT NULL, 
	user_id VARCHAR(25), 
	token_id VARCHAR(25), 
	actor VARCHAR(255) NOT NULL, 
	action VARCHAR(64) NOT NULL, 
	resource VARCHAR(64) NOT NULL, 
	resource_id VARCHAR(255) NOT NULL, 
	detail JSON, 
	address VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_audit_logs PRIMARY KEY (id), 
	CONSTRAINT fk_audit_logs_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE SET NULL, 
	CONSTRAINT fk_audit_logs_token_id FOREIGN KEY(token_id) REFERENCES api_tokens (id) ON DELETE SET NULL
);

CREATE INDEX ix_audit_logs_token_id ON audit_logs (token_id);

CREATE INDEX ix_audit_logs_user_id_created_at ON audit_logs (user_id, created_at);

CREATE INDEX ix_audit_logs_action_created_at ON audit_logs (action, created_at);

CREATE INDEX ix_audit_logs_resource_resource_id_created_at ON audit_logs (resource, resource_id, created_at);

CREATE INDEX ix_audit_logs_created_at ON audit_logs (created_at);

CREATE INDEX ix_scheduled_jobs_failed ON scheduled_jobs (type) WHERE status = 'failed';

CREATE TABLE message_words (
	rank INTEGER NOT NULL, 
	message_id VARCHAR(25) NOT NULL, 
	words TEXT NOT NULL, 
	CONSTRAINT pk_message_words PRIMARY KEY (rank), 
	CONSTRAINT fk_message_words_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE, 
	CONSTRAINT uq_message_words_message_id UNIQUE (message_id)
);

CREATE VIRTUAL TABLE message_words_fts USING fts5(words, content='message_words', content_rowid='rank', tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'");

CREATE TRIGGER message_words_added AFTER INSERT ON message_words BEGIN INSERT INTO message_words_fts (rowid, words) VALUES (new.rank, new.words); END;

CREATE TRIGGER message_words_removed AFTER DELETE ON message_words BEGIN INSERT INTO message_words_fts (message_words_fts, rowid, words) VALUES ('delete', old.rank, old.words); END;

CREATE TRIGGER message_words_changed AFTER UPDATE OF words ON message_words BEGIN INSERT INTO message_words_fts (message_words_fts, rowid, words) VALUES ('delete', old.rank, old.words); INSERT INTO message_words_fts (rowid, words) VALUES (new.rank, new.words); END;

CREATE TABLE contact_words (
	rank INTEGER NOT NULL, 
	contact_id VARCHAR(25) NOT NULL, 
	words TEXT NOT NULL, 
	CONSTRAINT pk_contact_words PRIMARY KEY (rank), 
	CONSTRAINT fk_contact_words_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT uq_contact_words_contact_id UNIQUE (contact_id)
);

CREATE VIRTUAL TABLE contact_words_fts USING fts5(words, content='contact_words', content_rowid='rank', tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'");

CREATE TRIGGER contact_words_added AFTER INSERT ON contact_words BEGIN INSERT INTO contact_words_fts (rowid, words) VALUES (new.rank, new.words); END;

CREATE TRIGGER contact_words_removed AFTER DELETE ON contact_words BEGIN INSERT INTO contact_words_fts (contact_words_fts, rowid, words) VALUES ('delete', old.rank, old.words); END;

CREATE TRIGGER contact_words_changed AFTER UPDATE OF words ON contact_words BEGIN INSERT INTO contact_words_fts (contact_words_fts, rowid, words) VALUES ('delete', old.rank, old.words); INSERT INTO contact_words_fts (rowid, words) VALUES (new.rank, new.words); END;

CREATE TABLE search_cursors (
	name VARCHAR(16) NOT NULL, 
	reached_at DATETIME NOT NULL, 
	CONSTRAINT pk_search_cursors PRIMARY KEY (name)
);

CREATE TABLE changed_contacts (
	contact_id VARCHAR(25) NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_changed_contacts PRIMARY KEY (contact_id), 
	CONSTRAINT fk_changed_contacts_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE
);

CREATE INDEX ix_scheduled_jobs_listed ON scheduled_jobs (scheduled_at, id);

CREATE INDEX ix_webhook_events_posts ON webhook_events (received_at, id) WHERE kind <> 'status';

CREATE INDEX ix_messages_failed_open ON messages (error, created_at, id) WHERE direction = 'outbound' AND status = 'failed' AND dismissed_at IS NULL;

CREATE TABLE contact_imports (
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	file VARCHAR(255) NOT NULL, 
	written_at DATETIME NOT NULL, 
	header JSON NOT NULL, 
	reason VARCHAR(500) NOT NULL, 
	purpose VARCHAR(16) NOT NULL, 
	country VARCHAR(2) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	total INTEGER DEFAULT 0 NOT NULL, 
	planned JSON, 
	written JSON, 
	job_id VARCHAR(25), 
	actor VARCHAR(255) NOT NULL, 
	user_id VARCHAR(25), 
	CONSTRAINT pk_contact_imports PRIMARY KEY (id), 
	CONSTRAINT ck_contact_imports_status CHECK (status IN ('receiving', 'checking', 'ready', 'applying', 'done', 'discarded')), 
	CONSTRAINT ck_contact_imports_purpose CHECK (purpose IN ('all', 'marketing'))
);

CREATE INDEX ix_contact_imports_created_at ON contact_imports (created_at);

CREATE TABLE contact_import_rows (
	import_id VARCHAR(25) NOT NULL, 
	line INTEGER NOT NULL, 
	cells JSON, 
	fault VARCHAR(16) DEFAULT '' NOT NULL, 
	verdict VARCHAR(8), 
	faults JSON, 
	CONSTRAINT pk_contact_import_rows PRIMARY KEY (import_id, line), 
	CONSTRAINT ck_contact_import_rows_verdict CHECK (verdict IS NULL OR verdict IN ('made', 'updated', 'same', 'faulty')), 
	CONSTRAINT fk_contact_import_rows_import_id FOREIGN KEY(import_id) REFERENCES contact_imports (id) ON DELETE CASCADE
);

CREATE INDEX ix_contact_import_rows_import_id_verdict_line ON contact_import_rows (import_id, verdict, line);

CREATE TABLE contact_import_keys (
	import_id VARCHAR(25) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	line INTEGER NOT NULL, 
	CONSTRAINT pk_contact_import_keys PRIMARY KEY (import_id, "key"), 
	CONSTRAINT fk_contact_import_keys_import_id FOREIGN KEY(import_id) REFERENCES contact_imports (id) ON DELETE CASCADE
);

CREATE INDEX ix_audit_logs_actor_created_at ON audit_logs (actor, created_at);

CREATE INDEX ix_audit_logs_resource_id_created_at ON audit_logs (resource_id, created_at);

CREATE TABLE endpoints (
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	url VARCHAR(2048) NOT NULL, 
	description VARCHAR(255) DEFAULT '' NOT NULL, 
	kinds JSON NOT NULL, 
	secret TEXT NOT NULL, 
	old_secret TEXT, 
	old_secret_until DATETIME, 
	status VARCHAR(16) DEFAULT 'enabled' NOT NULL, 
	disabled_reason VARCHAR(16), 
	last_success_at DATETIME, 
	failing_since DATETIME, 
	deleted_at DATETIME, 
	CONSTRAINT pk_endpoints PRIMARY KEY (id), 
	CONSTRAINT ck_endpoints_status CHECK (status IN ('enabled', 'paused', 'disabled')), 
	CONSTRAINT ck_endpoints_disabled_reason CHECK (disabled_reason IS NULL OR disabled_reason IN ('asked', 'failing', 'gone')), 
	CONSTRAINT ck_endpoints_why_disabled CHECK ((status = 'disabled') = (disabled_reason IS NOT NULL)), 
	CONSTRAINT ck_endpoints_old_secret_is_whole CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
);

CREATE INDEX ix_endpoints_deleted_at ON endpoints (deleted_at);

CREATE TABLE endpoint_events (
	id VARCHAR(29) NOT NULL, 
	type VARCHAR(32) NOT NULL, 
	contact_id VARCHAR(25), 
	payload TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_endpoint_events PRIMARY KEY (id), 
	CONSTRAINT fk_endpoint_events_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE
);

CREATE INDEX ix_endpoint_events_contact_id_created_at ON endpoint_events (contact_id, created_at);

CREATE INDEX ix_endpoint_events_created_at_id ON endpoint_events (created_at, id);

CREATE TABLE endpoint_deliveries (
	number INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	id VARCHAR(25) NOT NULL, 
	event_id VARCHAR(29) NOT NULL, 
	endpoint_id VARCHAR(25) NOT NULL, 
	contact_id VARCHAR(25), 
	status VARCHAR(16) DEFAULT 'pending' NOT NULL, 
	due_at DATETIME NOT NULL, 
	tries INTEGER DEFAULT 0 NOT NULL, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	claimed_by VARCHAR(64), 
	claimed_until DATETIME, 
	ended_at DATETIME, 
	resent_at DATETIME, 
	CONSTRAINT pk_endpoint_deliveries PRIMARY KEY (number), 
	CONSTRAINT ck_endpoint_deliveries_status CHECK (status IN ('pending', 'delivered', 'failed')), 
	CONSTRAINT ck_endpoint_deliveries_claim_is_whole CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)), 
	CONSTRAINT ck_endpoint_deliveries_end_of_ended CHECK ((status = 'pending') = (ended_at IS NULL)), 
	CONSTRAINT fk_endpoint_deliveries_event_id FOREIGN KEY(event_id) REFERENCES endpoint_events (id) ON DELETE CASCADE, 
	CONSTRAINT fk_endpoint_deliveries_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (id) ON DELETE CASCADE, 
	CONSTRAINT uq_endpoint_deliveries_id UNIQUE (id)
);

CREATE INDEX ix_endpoint_deliveries_event_id ON endpoint_deliveries (event_id);

CREATE INDEX ix_endpoint_deliveries_endpoint_id_number ON endpoint_deliveries (endpoint_id, number);

CREATE INDEX ix_endpoint_deliveries_endpoint_id_status_number ON endpoint_deliveries (endpoint_id, status, number);

CREATE INDEX ix_endpoint_deliveries_in_order ON endpoint_deliveries (endpoint_id, contact_id, number) WHERE status = 'pending';

CREATE TABLE endpoint_attempts (
	id VARCHAR(25) NOT NULL, 
	delivery INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	milliseconds INTEGER NOT NULL, 
	status INTEGER, 
	error VARCHAR(16), 
	answer TEXT NOT NULL, 
	CONSTRAINT pk_endpoint_attempts PRIMARY KEY (id), 
	CONSTRAINT ck_endpoint_attempts_error CHECK (error IS NULL OR error IN ('status', 'redirect', 'gone', 'timeout', 'no_connection', 'bad_certificate', 'broken_answer', 'private_address', 'no_https', 'sealed')), 
	CONSTRAINT fk_endpoint_attempts_delivery FOREIGN KEY(delivery) REFERENCES endpoint_deliveries (number) ON DELETE CASCADE
);

CREATE INDEX ix_endpoint_attempts_delivery_attempt ON endpoint_attempts (delivery, attempt);

CREATE TABLE idempotency_keys (
	user_id VARCHAR(25) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	status INTEGER, 
	body BLOB, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, "key"), 
	CONSTRAINT fk_idempotency_keys_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE inbox_conversations (
	contact_id VARCHAR(25) NOT NULL, 
	status VARCHAR(8) NOT NULL, 
	channel VARCHAR(16), 
	last_at DATETIME NOT NULL, 
	opened_at DATETIME NOT NULL, 
	opened_seq INTEGER DEFAULT 0 NOT NULL, 
	snoozed_until DATETIME, 
	resolved_at DATETIME, 
	resolved_by VARCHAR(25), 
	reopened INTEGER DEFAULT 0 NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, assignee_id VARCHAR(25), 
	CONSTRAINT pk_inbox_conversations PRIMARY KEY (contact_id), 
	CONSTRAINT ck_inbox_conversations_status CHECK (status IN ('open', 'snoozed', 'resolved')), 
	CONSTRAINT ck_inbox_conversations_channel CHECK (channel IS NULL OR channel IN ('whatsapp', 'sms', 'email', 'telegram', 'messenger', 'instagram', 'other')), 
	CONSTRAINT ck_inbox_conversations_until_of_snoozed CHECK ((status = 'snoozed') = (snoozed_until IS NOT NULL)), 
	CONSTRAINT ck_inbox_conversations_end_of_resolved CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)), 
	CONSTRAINT fk_inbox_conversations_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_inbox_conversations_resolved_by FOREIGN KEY(resolved_by) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX ix_inbox_conversations_resolved_by ON inbox_conversations (resolved_by);

CREATE INDEX ix_inbox_conversations_status_last_at_contact_id ON inbox_conversations (status, last_at, contact_id);

CREATE INDEX ix_inbox_conversations_status_channel_last_at_contact_id ON inbox_conversations (status, channel, last_at, contact_id);

CREATE INDEX ix_inbox_conversations_wakes ON inbox_conversations (snoozed_until) WHERE status = 'snoozed';

CREATE TABLE inbox_labels (
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	"key" VARCHAR(128) NOT NULL, 
	colour VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_inbox_labels PRIMARY KEY (id), 
	CONSTRAINT uq_inbox_labels_name UNIQUE (name), 
	CONSTRAINT uq_inbox_labels_key UNIQUE ("key")
);

CREATE TABLE inbox_conversation_labels (
	contact_id VARCHAR(25) NOT NULL, 
	label_id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_inbox_conversation_labels PRIMARY KEY (contact_id, label_id), 
	CONSTRAINT fk_inbox_conversation_labels_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_inbox_conversation_labels_label_id FOREIGN KEY(label_id) REFERENCES inbox_labels (id) ON DELETE CASCADE
);

CREATE INDEX ix_inbox_conversation_labels_label_id_contact_id ON inbox_conversation_labels (label_id, contact_id);

CREATE TABLE assignments (
	contact_id VARCHAR(25) NOT NULL, 
	user_id VARCHAR(25) NOT NULL, 
	assigned_by VARCHAR(25), 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_assignments PRIMARY KEY (contact_id), 
	CONSTRAINT fk_assignments_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_assignments_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT fk_assignments_assigned_by FOREIGN KEY(assigned_by) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX ix_assignments_user_id_contact_id ON assignments (user_id, contact_id);

CREATE INDEX ix_assignments_assigned_by ON assignments (assigned_by);

CREATE TABLE presence (
	user_id VARCHAR(25) NOT NULL, 
	contact_id VARCHAR(25) NOT NULL, 
	status VARCHAR(8) NOT NULL, 
	last_seen DATETIME NOT NULL, 
	CONSTRAINT pk_presence PRIMARY KEY (user_id), 
	CONSTRAINT ck_presence_status CHECK (status IN ('viewing', 'replying')), 
	CONSTRAINT fk_presence_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT fk_presence_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE
);

CREATE INDEX ix_presence_contact_id ON presence (contact_id);

CREATE TABLE notes (
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	contact_id VARCHAR(25) NOT NULL, 
	user_id VARCHAR(25), 
	content TEXT NOT NULL, 
	type VARCHAR(8) NOT NULL, 
	CONSTRAINT pk_notes PRIMARY KEY (id), 
	CONSTRAINT ck_notes_type CHECK (type IN ('PUBLIC', 'PRIVATE')), 
	CONSTRAINT fk_notes_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_notes_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX ix_notes_contact_id_created_at ON notes (contact_id, created_at);

CREATE INDEX ix_notes_user_id ON notes (user_id);

CREATE TABLE note_mentions (
	note_id VARCHAR(25) NOT NULL, 
	user_id VARCHAR(25) NOT NULL, contact_id VARCHAR(25), created_at DATETIME, 
	CONSTRAINT pk_note_mentions PRIMARY KEY (note_id, user_id), 
	CONSTRAINT fk_note_mentions_note_id FOREIGN KEY(note_id) REFERENCES notes (id) ON DELETE CASCADE, 
	CONSTRAINT fk_note_mentions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE reads (
	user_id VARCHAR(25) NOT NULL, 
	contact_id VARCHAR(25) NOT NULL, 
	seq INTEGER NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_reads PRIMARY KEY (user_id, contact_id), 
	CONSTRAINT fk_reads_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT fk_reads_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE
);

CREATE INDEX ix_reads_contact_id ON reads (contact_id);

CREATE TABLE drafts (
	contact_id VARCHAR(25) NOT NULL, 
	user_id VARCHAR(25) NOT NULL, 
	mode VARCHAR(8) NOT NULL, 
	content TEXT NOT NULL, 
	updated_at DATETIME NOT NULL, options JSON, 
	CONSTRAINT pk_drafts PRIMARY KEY (contact_id, user_id, mode), 
	CONSTRAINT ck_drafts_mode CHECK (mode IN ('reply', 'note')), 
	CONSTRAINT fk_drafts_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_drafts_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_drafts_user_id ON drafts (user_id);

CREATE TABLE reply_templates (
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	shortcut VARCHAR(32) NOT NULL, 
	content TEXT NOT NULL, 
	variables JSON NOT NULL, 
	channel VARCHAR(16), 
	category VARCHAR(64) DEFAULT '' NOT NULL, 
	is_active BOOLEAN DEFAULT true NOT NULL, 
	CONSTRAINT pk_reply_templates PRIMARY KEY (id), 
	CONSTRAINT ck_reply_templates_channel CHECK (channel IS NULL OR channel IN ('whatsapp', 'sms', 'email', 'telegram', 'messenger', 'instagram', 'other')), 
	CONSTRAINT uq_reply_templates_shortcut UNIQUE (shortcut)
);

CREATE INDEX ix_reply_templates_channel ON reply_templates (channel);

CREATE INDEX ix_reply_templates_category ON reply_templates (category);

CREATE INDEX ix_reply_templates_is_active ON reply_templates (is_active);

CREATE TABLE contact_merges (
	id VARCHAR(25) NOT NULL, 
	kept_id VARCHAR(25) NOT NULL, 
	merged_id VARCHAR(25) NOT NULL, 
	moved JSON NOT NULL, 
	merged_by VARCHAR(255) NOT NULL, 
	user_id VARCHAR(25), 
	at DATETIME NOT NULL, 
	undone_at DATETIME, 
	CONSTRAINT pk_contact_merges PRIMARY KEY (id), 
	CONSTRAINT fk_contact_merges_kept_id FOREIGN KEY(kept_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_contact_merges_merged_id FOREIGN KEY(merged_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_contact_merges_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX ix_contact_merges_kept_id_at ON contact_merges (kept_id, at);

CREATE INDEX ix_contact_merges_merged_id ON contact_merges (merged_id);

CREATE INDEX ix_contact_merges_user_id ON contact_merges (user_id);

CREATE UNIQUE INDEX uq_contact_merges_holds ON contact_merges (merged_id) WHERE undone_at IS NULL;

CREATE TABLE merge_suggestions (
	id VARCHAR(25) NOT NULL, 
	first_id VARCHAR(25) NOT NULL, 
	second_id VARCHAR(25) NOT NULL, 
	score FLOAT NOT NULL, 
	reasons JSON NOT NULL, 
	found_at DATETIME NOT NULL, 
	dismissed_at DATETIME, 
	dismissed_by VARCHAR(255), 
	CONSTRAINT pk_merge_suggestions PRIMARY KEY (id), 
	CONSTRAINT uq_merge_suggestions_first_id_second_id UNIQUE (first_id, second_id), 
	CONSTRAINT fk_merge_suggestions_first_id FOREIGN KEY(first_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_merge_suggestions_second_id FOREIGN KEY(second_id) REFERENCES contacts (id) ON DELETE CASCADE
);

CREATE INDEX ix_merge_suggestions_second_id ON merge_suggestions (second_id);

CREATE INDEX ix_merge_suggestions_open ON merge_suggestions (score, id) WHERE dismissed_at IS NULL;

CREATE INDEX ix_contacts_merged_into ON contacts (merged_into) WHERE merged_into IS NOT NULL;

CREATE INDEX ix_endpoint_deliveries_due_by_number ON endpoint_deliveries (endpoint_id, due_at, number) WHERE status = 'pending';

CREATE INDEX ix_contacts_waiting ON contacts (waiting_since, id) WHERE waiting_since IS NOT NULL;

CREATE INDEX ix_inbox_conversations_last_at_contact_id ON inbox_conversations (last_at, contact_id);

CREATE INDEX ix_inbox_conversations_assignee_id_status_last_at_contact_id ON inbox_conversations (assignee_id, status, last_at, contact_id);

CREATE INDEX ix_inbox_conversations_nobodys ON inbox_conversations (status, last_at, contact_id) WHERE assignee_id IS NULL;

CREATE INDEX ix_note_mentions_user_id_contact_id_created_at ON note_mentions (user_id, contact_id, created_at);

CREATE TABLE inbox_periods (
	id VARCHAR(25) NOT NULL, 
	contact_id VARCHAR(25) NOT NULL, 
	opened_by VARCHAR(8) NOT NULL, 
	opened_at DATETIME NOT NULL, 
	began_at DATETIME NOT NULL, 
	channel VARCHAR(16), 
	asked_at DATETIME, 
	replied_at DATETIME, 
	replied_by VARCHAR(25), 
	answered_after INTEGER, 
	ended_at DATETIME, 
	ended_as VARCHAR(8), 
	resolved_by VARCHAR(25), 
	user_id VARCHAR(25), 
	lasted INTEGER, 
	lasted_in_all INTEGER, 
	reopened_at DATETIME, 
	CONSTRAINT pk_inbox_periods PRIMARY KEY (id), 
	CONSTRAINT ck_inbox_periods_opened_by CHECK (opened_by IN ('handoff', 'takeover', 'reopened', 'merge', 'unknown')), 
	CONSTRAINT ck_inbox_periods_channel CHECK (channel IS NULL OR channel IN ('whatsapp', 'sms', 'email', 'telegram', 'messenger', 'instagram', 'other')), 
	CONSTRAINT ck_inbox_periods_ended_as CHECK (ended_as IS NULL OR ended_as IN ('resolved', 'quiet', 'lapsed', 'merged')), 
	CONSTRAINT ck_inbox_periods_end_is_whole CHECK ((ended_at IS NULL) = (ended_as IS NULL)), 
	CONSTRAINT fk_inbox_periods_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_inbox_periods_replied_by FOREIGN KEY(replied_by) REFERENCES users (id) ON DELETE SET NULL, 
	CONSTRAINT fk_inbox_periods_resolved_by FOREIGN KEY(resolved_by) REFERENCES users (id) ON DELETE SET NULL, 
	CONSTRAINT fk_inbox_periods_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX ix_inbox_periods_replied_by ON inbox_periods (replied_by);

CREATE INDEX ix_inbox_periods_resolved_by ON inbox_periods (resolved_by);

CREATE INDEX ix_inbox_periods_user_id ON inbox_periods (user_id);

CREATE INDEX ix_inbox_periods_contact_id_opened_at ON inbox_periods (contact_id, opened_at);

CREATE INDEX ix_inbox_periods_opened_at ON inbox_periods (opened_at);

CREATE INDEX ix_inbox_periods_replied_at ON inbox_periods (replied_at);

CREATE INDEX ix_inbox_periods_ended_at ON inbox_periods (ended_at);

CREATE UNIQUE INDEX uq_inbox_periods_under_way ON inbox_periods (contact_id) WHERE ended_at IS NULL;

CREATE TABLE provider_templates (
	id VARCHAR(25) NOT NULL, 
	account_id VARCHAR(255) NOT NULL, 
	name VARCHAR(512) NOT NULL, 
	language VARCHAR(32) NOT NULL, 
	category VARCHAR(32) NOT NULL, 
	status VARCHAR(32) NOT NULL, 
	quality VARCHAR(32) NOT NULL, 
	parameters INTEGER NOT NULL, 
	content JSON NOT NULL, 
	changed_at DATETIME NOT NULL, 
	gone_at DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_provider_templates PRIMARY KEY (id), 
	CONSTRAINT uq_provider_templates_account_id_name_language UNIQUE (account_id, name, language), 
	CONSTRAINT fk_provider_templates_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE TABLE template_listings (
	account_id VARCHAR(255) NOT NULL, 
	asked_with VARCHAR(64) DEFAULT '' NOT NULL, 
	asked_at DATETIME, 
	listed_at DATETIME, 
	error TEXT, 
	failures INTEGER DEFAULT 0 NOT NULL, 
	next_at DATETIME NOT NULL, 
	claimed_until DATETIME, 
	CONSTRAINT pk_template_listings PRIMARY KEY (account_id), 
	CONSTRAINT fk_template_listings_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE TABLE draft_files (
	id VARCHAR(25) NOT NULL, 
	contact_id VARCHAR(25) NOT NULL, 
	user_id VARCHAR(25) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	content_type VARCHAR(127) NOT NULL, 
	filename VARCHAR(255) NOT NULL, 
	size BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	sent_at DATETIME, 
	CONSTRAINT pk_draft_files PRIMARY KEY (id), 
	CONSTRAINT fk_draft_files_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_draft_files_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_draft_files_contact_id_user_id ON draft_files (contact_id, user_id);

CREATE INDEX ix_draft_files_user_id ON draft_files (user_id);

CREATE INDEX ix_draft_files_created_at ON draft_files (created_at);

CREATE TABLE note_words (
	rank INTEGER NOT NULL, 
	note_id VARCHAR(25) NOT NULL, 
	words TEXT NOT NULL, 
	CONSTRAINT pk_note_words PRIMARY KEY (rank), 
	CONSTRAINT fk_note_words_note_id FOREIGN KEY(note_id) REFERENCES notes (id) ON DELETE CASCADE, 
	CONSTRAINT uq_note_words_note_id UNIQUE (note_id)
);

CREATE VIRTUAL TABLE note_words_fts USING fts5(words, content='note_words', content_rowid='rank', tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'");

CREATE TRIGGER note_words_added AFTER INSERT ON note_words BEGIN INSERT INTO note_words_fts (rowid, words) VALUES (new.rank, new.words); END;

CREATE TRIGGER note_words_removed AFTER DELETE ON note_words BEGIN INSERT INTO note_words_fts (note_words_fts, rowid, words) VALUES ('delete', old.rank, old.words); END;

CREATE TRIGGER note_words_changed AFTER UPDATE OF words ON note_words BEGIN INSERT INTO note_words_fts (note_words_fts, rowid, words) VALUES ('delete', old.rank, old.words); INSERT INTO note_words_fts (rowid, words) VALUES (new.rank, new.words); END;

CREATE TABLE inbox_notices (
	user_id VARCHAR(25) NOT NULL, 
	contact_id VARCHAR(25) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	actor VARCHAR(255) DEFAULT '' NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_inbox_notices PRIMARY KEY (user_id, contact_id, kind), 
	CONSTRAINT fk_inbox_notices_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT fk_inbox_notices_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT ck_inbox_notices_kind CHECK (kind IN ('assigned', 'mentioned', 'replied', 'waiting'))
);

CREATE INDEX ix_inbox_notices_contact_id ON inbox_notices (contact_id);

CREATE TABLE notices (
	id VARCHAR(25) NOT NULL, 
	user_id VARCHAR(25) NOT NULL, 
	address VARCHAR(255) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	subject VARCHAR(255) NOT NULL, 
	content TEXT NOT NULL, 
	status VARCHAR(8) NOT NULL, 
	due_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	attempt_started_at DATETIME, 
	claimed_until DATETIME, 
	error VARCHAR(64), 
	error_reason TEXT, 
	sent_at DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_notices PRIMARY KEY (id), 
	CONSTRAINT fk_notices_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT ck_notices_kind CHECK (kind IN ('email', 'phone')), 
	CONSTRAINT ck_notices_status CHECK (status IN ('queued', 'sent', 'failed'))
);

CREATE INDEX ix_notices_user_id_created_at ON notices (user_id, created_at);

CREATE INDEX ix_notices_created_at ON notices (created_at);

CREATE INDEX ix_notices_due ON notices (due_at) WHERE status = 'queued';

CREATE TABLE programmes (
	name VARCHAR(64) NOT NULL, 
	unit VARCHAR(32) NOT NULL, 
	timezone VARCHAR(64) NOT NULL, 
	expires_after VARCHAR(16), 
	rounding VARCHAR(16) NOT NULL, 
	least_life INTEGER NOT NULL, 
	notice_days JSON NOT NULL, 
	notice_at TIME NOT NULL, 
	channels JSON NOT NULL, 
	templates JSON NOT NULL, 
	daily_limit BIGINT NOT NULL, 
	on_return VARCHAR(8) NOT NULL, 
	idle_days INTEGER, 
	released_at DATETIME, 
	is_active BOOLEAN DEFAULT true NOT NULL, 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_programmes PRIMARY KEY (id), 
	CONSTRAINT ck_programmes_on_return CHECK (on_return IN ('refuse', 'owe')), 
	CONSTRAINT ck_programmes_rounding CHECK (rounding IN ('none', 'end_of_month', 'end_of_year')), 
	CONSTRAINT ck_programmes_daily_limit CHECK (daily_limit >= 0), 
	CONSTRAINT ck_programmes_idle_days CHECK (idle_days IS NULL OR idle_days > 0), 
	CONSTRAINT ck_programmes_least_life CHECK (least_life >= 0), 
	CONSTRAINT uq_programmes_name UNIQUE (name)
);

CREATE TABLE point_accounts (
	programme_id VARCHAR(25) NOT NULL, 
	contact_id VARCHAR(25), 
	number VARCHAR(16) NOT NULL, 
	balance BIGINT DEFAULT 0 NOT NULL, 
	owed BIGINT DEFAULT 0 NOT NULL, 
	last_active_on DATE, 
	email_notifications BOOLEAN DEFAULT true NOT NULL, 
	id VARCHAR(25) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_point_accounts PRIMARY KEY (id), 
	CONSTRAINT ck_point_accounts_owed CHECK (owed >= 0), 
	CONSTRAINT fk_point_accounts_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_point_accounts_programme_id FOREIGN KEY(programme_id) REFERENCES programmes (id) ON DELETE RESTRICT, 
	CONSTRAINT uq_point_accounts_number UNIQUE (number), 
	CONSTRAINT uq_point_accounts_programme_id_contact_id UNIQUE (programme_id, contact_id)
);

CREATE INDEX ix_point_accounts_contact_id ON point_accounts (contact_id);

CREATE INDEX ix_point_accounts_idle ON point_accounts (programme_id, last_active_on, id) WHERE balance > 0;

CREATE TABLE point_ledger (
	programme_id VARCHAR(25) NOT NULL, 
	account_id VARCHAR(25) NOT NULL, 
	posting_id VARCHAR(25) NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	credit BIGINT DEFAULT 0 NOT NULL, 
	debit BIGINT DEFAULT 0 NOT NULL, 
	expires_at DATETIME, 
	reason VARCHAR(255) DEFAULT '' NOT NULL, 
	reference VARCHAR(255) DEFAULT '' NOT NULL, 
	idempotency_key VARCHAR(255), 
	key_digest VARCHAR(64), 
	reverses_id VARCHAR(25), 
	created_at DATETIME NOT NULL, 
	id VARCHAR(25) NOT NULL, 
	CONSTRAINT pk_point_ledger PRIMARY KEY (id), 
	CONSTRAINT ck_point_ledger_reverses CHECK ((kind IN ('refund', 'return')) = (reverses_id IS NOT NULL)), 
	CONSTRAINT ck_point_ledger_kind CHECK (kind IN ('earn', 'redeem', 'expire', 'refund', 'return', 'adjust')), 
	CONSTRAINT ck_point_ledger_one_side CHECK ((credit > 0 AND debit = 0) OR (credit = 0 AND debit > 0)), 
	CONSTRAINT ck_point_ledger_key_is_whole CHECK ((idempotency_key IS NULL) = (key_digest IS NULL)), 
	CONSTRAINT fk_point_ledger_account_id FOREIGN KEY(account_id) REFERENCES point_accounts (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_point_ledger_programme_id FOREIGN KEY(programme_id) REFERENCES programmes (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_point_ledger_reverses_id FOREIGN KEY(reverses_id) REFERENCES point_ledger (id) ON DELETE RESTRICT, 
	CONSTRAINT uq_point_ledger_programme_id_idempotency_key UNIQUE (programme_id, idempotency_key)
);

CREATE INDEX ix_point_ledger_account_id_created_at_id ON point_ledger (account_id, created_at, id);

CREATE INDEX ix_point_ledger_account_id_expires_at ON point_ledger (account_id, expires_at);

CREATE INDEX ix_point_ledger_expires_at ON point_ledger (expires_at);

CREATE INDEX ix_point_ledger_expires_at_credit ON point_ledger (expires_at, credit);

CREATE INDEX ix_point_ledger_posting_id ON point_ledger (posting_id);

CREATE INDEX ix_point_ledger_reverses_id ON point_ledger (reverses_id) WHERE reverses_id IS NOT NULL;

CREATE TABLE point_lots (
	id VARCHAR(25) NOT NULL, 
	account_id VARCHAR(25) NOT NULL, 
	entry_id VARCHAR(25) NOT NULL, 
	earned BIGINT NOT NULL, 
	remaining BIGINT NOT NULL, 
	expires_on DATE, 
	CONSTRAINT pk_point_lots PRIMARY KEY (id), 
	CONSTRAINT ck_point_lots_remaining CHECK (remaining >= 0 AND remaining <= earned AND earned > 0), 
	CONSTRAINT fk_point_lots_account_id FOREIGN KEY(account_id) REFERENCES point_accounts (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_point_lots_entry_id FOREIGN KEY(entry_id) REFERENCES point_ledger (id) ON DELETE RESTRICT, 
	CONSTRAINT uq_point_lots_entry_id UNIQUE (entry_id)
);

CREATE INDEX ix_point_lots_account_id ON point_lots (account_id);

CREATE INDEX ix_point_lots_ends ON point_lots (expires_on, account_id) WHERE remaining > 0;

CREATE INDEX ix_point_lots_spent_in_order ON point_lots (account_id, expires_on, id) WHERE remaining > 0;

CREATE TABLE point_allocations (
	entry_id VARCHAR(25) NOT NULL, 
	lot_id VARCHAR(25) NOT NULL, 
	n BIGINT NOT NULL, 
	CONSTRAINT pk_point_allocations PRIMARY KEY (entry_id, lot_id), 
	CONSTRAINT ck_point_allocations_n CHECK (n <> 0), 
	CONSTRAINT fk_point_allocations_entry_id FOREIGN KEY(entry_id) REFERENCES point_ledger (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_point_allocations_lot_id FOREIGN KEY(lot_id) REFERENCES point_lots (id) ON DELETE RESTRICT
);

CREATE INDEX ix_point_allocations_lot_id ON point_allocations (lot_id);

CREATE TABLE point_pending (
	programme_id VARCHAR(25) NOT NULL, 
	account_id VARCHAR(25) NOT NULL, 
	points BIGINT NOT NULL, 
	reason VARCHAR(255) DEFAULT '' NOT NULL, 
	reference VARCHAR(255) DEFAULT '' NOT NULL, 
	idempotency_key VARCHAR(255), 
	key_digest VARCHAR(64), 
	status VARCHAR(16) NOT NULL, 
	entry_id VARCHAR(25), 
	created_at DATETIME NOT NULL, 
	settled_at DATETIME, 
	id VARCHAR(25) NOT NULL, 
	CONSTRAINT pk_point_pending PRIMARY KEY (id), 
	CONSTRAINT ck_point_pending_entry_of_confirmed CHECK ((status = 'confirmed') = (entry_id IS NOT NULL)), 
	CONSTRAINT ck_point_pending_end_of_settled CHECK ((status = 'pending') = (settled_at IS NULL)), 
	CONSTRAINT ck_point_pending_status CHECK (status IN ('pending', 'confirmed', 'cancelled')), 
	CONSTRAINT ck_point_pending_key_is_whole CHECK ((idempotency_key IS NULL) = (key_digest IS NULL)), 
	CONSTRAINT ck_point_pending_points CHECK (points > 0), 
	CONSTRAINT fk_point_pending_account_id FOREIGN KEY(account_id) REFERENCES point_accounts (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_point_pending_entry_id FOREIGN KEY(entry_id) REFERENCES point_ledger (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_point_pending_programme_id FOREIGN KEY(programme_id) REFERENCES programmes (id) ON DELETE RESTRICT, 
	CONSTRAINT uq_point_pending_programme_id_idempotency_key UNIQUE (programme_id, idempotency_key)
);

CREATE INDEX ix_point_pending_account_id_created_at_id ON point_pending (account_id, created_at, id);

CREATE INDEX ix_point_pending_entry_id ON point_pending (entry_id);

CREATE INDEX ix_point_pending_open ON point_pending (programme_id, created_at, id) WHERE status = 'pending';

CREATE TABLE points_posted (
	programme_id VARCHAR(25) NOT NULL, 
	user_id VARCHAR(25) NOT NULL, 
	day DATE NOT NULL, 
	points BIGINT NOT NULL, 
	CONSTRAINT pk_points_posted PRIMARY KEY (programme_id, user_id, day), 
	CONSTRAINT fk_points_posted_programme_id FOREIGN KEY(programme_id) REFERENCES programmes (id) ON DELETE CASCADE, 
	CONSTRAINT fk_points_posted_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_points_posted_user_id ON points_posted (user_id);

CREATE TABLE point_notices (
	account_id VARCHAR(25) NOT NULL, 
	notification_type VARCHAR(32) NOT NULL, 
	expiration_date DATE NOT NULL, 
	points BIGINT NOT NULL, 
	message_id VARCHAR(25), 
	claimed_at DATETIME NOT NULL, 
	settled_at DATETIME, 
	CONSTRAINT pk_point_notices PRIMARY KEY (account_id, notification_type, expiration_date), 
	CONSTRAINT fk_point_notices_account_id FOREIGN KEY(account_id) REFERENCES point_accounts (id) ON DELETE RESTRICT
);

CREATE INDEX ix_point_notices_message_id ON point_notices (message_id) WHERE message_id IS NOT NULL;

CREATE INDEX ix_point_notices_open ON point_notices (claimed_at) WHERE settled_at IS NULL;

CREATE TABLE notification_log (
	account_id VARCHAR(25) NOT NULL, 
	notification_type VARCHAR(32) NOT NULL, 
	status VARCHAR(8) NOT NULL, 
	sent_at DATETIME, 
	failure_reason VARCHAR(255), 
	expiration_date DATE NOT NULL, 
	points_expiring BIGINT NOT NULL, 
	message_id VARCHAR(25), 
	created_at DATETIME NOT NULL, 
	id VARCHAR(25) NOT NULL, 
	CONSTRAINT pk_notification_log PRIMARY KEY (id), 
	CONSTRAINT ck_notification_log_status CHECK (status IN ('SENT', 'FAILED', 'SKIPPED')), 
	CONSTRAINT fk_notification_log_account_id FOREIGN KEY(account_id) REFERENCES point_accounts (id) ON DELETE RESTRICT
);

CREATE INDEX ix_notification_log_account_id_notification_type_expiration_date ON notification_log (account_id, notification_type, expiration_date);

CREATE INDEX ix_notification_log_message_id ON notification_log (message_id) WHERE message_id IS NOT NULL;

CREATE INDEX ix_notification_log_status_created_at ON notification_log (status, created_at);

CREATE TRIGGER point_ledger_kept BEFORE UPDATE OF programme_id, account_id, posting_id, kind, credit, debit, reverses_id ON point_ledger BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;

INSERT INTO alembic_version VALUES ('0045');

INSERT INTO oldest_served VALUES ('0001');

