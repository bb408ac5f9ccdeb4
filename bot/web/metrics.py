"""What the server counts, for Prometheus. Labels come from closed sets, never from what people wrote."""

from prometheus_client import Counter, Gauge, Histogram

INBOUND = Counter("recado_inbound_messages", "Inbound messages committed", ["provider", "channel"])
DUPLICATES = Counter("recado_inbound_duplicates", "Inbound messages that had been committed before", ["provider"])
WEBHOOKS = Counter("recado_webhooks", "Webhook posts by answer", ["provider", "status"])
NOT_UNDERSTOOD = Counter("recado_webhook_events_kept", "Webhook events kept raw", ["provider", "kind"])
KEPT_CUT = Counter("recado_webhook_events_cut", "Posts kept raw without their files or their end", ["provider"])
KEPT_DROPPED = Counter("recado_webhook_events_dropped", "Posts kept raw that made way for newer ones")
TURNS = Counter("recado_turns", "Turns by what came of them", ["result"])
BRAKES = Counter("recado_brakes", "Times the bot fell silent, as if two machines answer each other", ["limit"])
WEBHOOK_SECONDS = Histogram(
    "recado_webhook_seconds",
    "From a webhook's arrival to its answer",
    ["provider"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
SENDS = Counter("recado_sends", "Attempts to send by provider and result", ["provider", "result"])
SENDS_UNKNOWN = Counter("recado_sends_unknown", "Messages sent again after an unknown outcome", ["provider"])
GIVEN_UP = Counter("recado_outbox_given_up", "Messages that failed without a request, by error", ["error"])
STATUSES = Counter("recado_statuses", "Status callbacks", ["provider", "status"])
ECHOES = Counter("recado_echoes", "Messages that people of ours wrote from a provider's own app", ["provider"])
ENDPOINT_ATTEMPTS = Counter(
    "recado_endpoint_attempts", "Requests that tell endpoints what happened, by what came of them", ["result"]
)
NOTICES = Counter("recado_notices", "Attempts to send notices to people of ours, by what came of them", ["result"])
MEDIA = Counter("recado_media", "Files that people sent, by what came of them", ["provider", "state"])
TEMPLATE_LISTINGS = Counter(
    "recado_template_listings",
    "Times that a provider was asked for an account's templates, by result",
    ["provider", "result"],
)

OUTBOX_DEPTH = Gauge(
    "recado_outbox_depth", "Outbound messages queued and due", ["account", "lane"], multiprocess_mode="mostrecent"
)
OUTBOX_OLDEST = Gauge(
    "recado_outbox_oldest_seconds",
    "Age of the oldest due outbound message",
    ["account", "lane"],
    multiprocess_mode="mostrecent",
)
ACCOUNT_PAUSED = Gauge(
    "recado_account_paused", "1 while nothing is sent through the account", ["account"], multiprocess_mode="mostrecent"
)
ACCOUNT_SLOWED = Gauge(
    "recado_account_slowed",
    "The part of its rate that an account uses after its provider complained of the speed; 1 is all of it",
    ["account"],
    multiprocess_mode="mostrecent",
)
ENDPOINT_DEPTH = Gauge(
    "recado_endpoint_deliveries_waiting",
    "Events that are still to be told to the endpoint",
    ["endpoint"],
    multiprocess_mode="mostrecent",
)
ENDPOINT_OLDEST = Gauge(
    "recado_endpoint_oldest_seconds",
    "Age of the oldest event that is still to be told to the endpoint",
    ["endpoint"],
    multiprocess_mode="mostrecent",
)
ENDPOINT_DISABLED = Gauge(
    "recado_endpoint_disabled",
    "1 while the endpoint is told of nothing since it failed for a day, or said that it is gone",
    ["endpoint"],
    multiprocess_mode="mostrecent",
)
WAITING_HUMANS = Gauge(
    "recado_waiting_humans", "Contacts to whom a person has yet to answer", multiprocess_mode="mostrecent"
)
WAITING_OLDEST = Gauge(
    "recado_waiting_oldest_seconds",
    "Since when the contact who waits longest for a person does",
    multiprocess_mode="mostrecent",
)
PENDING = Gauge("recado_turns_pending", "Inbound messages whose turn is still to come", multiprocess_mode="mostrecent")
PARKED = Gauge("recado_turns_parked", "Inbound messages on which the engine failed", multiprocess_mode="mostrecent")
JOBS_PENDING = Gauge(
    "recado_jobs_pending", "Jobs still to be done, due or not", ["type"], multiprocess_mode="mostrecent"
)
JOBS_FAILED = Gauge("recado_jobs_failed", "Jobs that were given up", ["type"], multiprocess_mode="mostrecent")
JOB_OLDEST_DUE = Gauge(
    "recado_job_oldest_due_seconds",
    "Since when the longest due job waits for its next slice",
    ["type"],
    multiprocess_mode="mostrecent",
)
CLOCK_AHEAD = Gauge(
    "recado_clock_ahead_seconds",
    "How far this host's clock is before the database's, negative when it is behind",
    multiprocess_mode="mostrecent",
)
CONNECTIONS = Gauge("recado_connections", "Connections to the server", multiprocess_mode="livesum")
CONNECTIONS_CLOSED = Counter(
    "recado_connections_closed",
    "Connections refused or closed: too many in all or of one address, crowded out by others, or too slow",
    ["reason"],
)
