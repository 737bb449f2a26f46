package oauth

import (
	"context"
	"net/url"
	"time"
)

// Webhook is a URL to which the server sends events, signed as the Standard Webhooks
// specification describes (https://www.standardwebhooks.com).
type Webhook struct {
	// Name identifies the webhook in the log and in the database. Messages that wait for
	// a webhook whose name is no longer configured are deleted.
	Name string
	// URL is an https URL. Requests go to public addresses only, unless the host
	// configures InsecureOutboundNetworks.
	URL string
	// Secrets sign the messages: "whsec_" and 24 to 64 bytes in base64. With two secrets,
	// each message has two signatures, so that the receiver can change from one to the
	// other. The newest secret is the first.
	Secrets []string
	// Events are the names of the events that are sent, which EventTypes lists; empty
	// means all of them.
	Events []string
}

// Address returns the URL without its query, fragment and user, which can contain secrets. It is
// empty if the URL cannot be parsed.
func (w Webhook) Address() string {
	u, err := url.Parse(w.URL)
	if err != nil {
		return ""
	}
	u.RawQuery, u.User, u.Fragment = "", nil, ""
	return u.String()
}

// WebhookMessage is a message that waits in the Store to be delivered.
type WebhookMessage struct {
	// ID is the webhook-id of the message. It is the same in all attempts, so that the
	// receiver can recognize a repetition.
	ID string
	// Webhook is the Name of the Webhook.
	Webhook string
	// Body is the JSON that is sent.
	Body      string
	CreatedAt time.Time // when the message was added
	// NextAt is when the next attempt is due, and ExpiresAt when the Store can delete
	// the message.
	NextAt, ExpiresAt time.Time
	// Attempts is the number of attempts, including one that is in progress.
	Attempts int64
}

// WebhookFailure is the last failed attempt to deliver a message to a webhook.
type WebhookFailure struct {
	// Webhook is the Name of the Webhook.
	Webhook string
	// Reason is a short text from a fixed list, such as "status 500" or "connection refused".
	// It contains nothing that the receiver has sent.
	Reason string
	At     time.Time // when the attempt failed
}

// WebhookFailureTTL is how long a Store keeps the last failure of a webhook.
const WebhookFailureTTL = 30 * 24 * time.Hour

// MaxWebhookMessages is how many messages can wait for one webhook.
const MaxWebhookMessages = 10_000

// WebhookStore is the queue between the events and the webhooks. Every process can add
// and deliver messages.
type WebhookStore interface {
	// AddWebhookMessage adds a message. It returns false, and adds nothing, if
	// MaxWebhookMessages messages already wait for the webhook. Concurrent calls can
	// exceed the limit a little.
	AddWebhookMessage(ctx context.Context, m WebhookMessage) (added bool, err error)
	// TakeWebhookMessages returns up to n messages whose NextAt has passed, apart from
	// those for the webhooks in except; the one that has been due for the longest time
	// comes first. In the same statement it sets their NextAt to a later time, so that
	// only one of many processes delivers each. The delay is wait at first, doubles each
	// time, and is at most 64 times as long.
	TakeWebhookMessages(ctx context.Context, now time.Time, wait time.Duration, n int, except ...string) ([]WebhookMessage, error)
	// PostponeWebhookMessage sets NextAt, unless it is already later. A message that does
	// not exist is ignored.
	PostponeWebhookMessage(ctx context.Context, id string, nextAt time.Time) error
	// RemoveWebhookMessage deletes a message; one that does not exist is ignored. The
	// Store deletes a message by itself after its ExpiresAt.
	RemoveWebhookMessage(ctx context.Context, id string) error
	// SaveWebhookFailure replaces the failure of the webhook, unless the stored one is later.
	SaveWebhookFailure(ctx context.Context, f WebhookFailure) error
	// WebhookFailures returns the last failure of each webhook, by name. The Store deletes a
	// failure after WebhookFailureTTL.
	WebhookFailures(ctx context.Context) ([]WebhookFailure, error)
}
