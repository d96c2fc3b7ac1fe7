package monitor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Webhook is told when alarms start and end.
type Webhook interface {
	// Send delivers one message. An error says what happened without the webhook's address, which is
	// a secret; the message is sent again later.
	Send(ctx context.Context, m Message) error
}

// WebhookFormat is what a webhook takes.
type WebhookFormat string

// The formats.
const (
	// FormatSlack is {"text": "..."}, as Slack's and Mattermost's incoming webhooks take it.
	FormatSlack WebhookFormat = "slack"
	// FormatJSON is a Message.
	FormatJSON WebhookFormat = "json"
)

// webhookTime is how long a webhook may take to answer.
const webhookTime = 10 * time.Second

// HTTPWebhook posts messages to a URL.
type HTTPWebhook struct {
	url    string
	format WebhookFormat
	client *http.Client
}

// NewHTTPWebhook returns a webhook at url, whose scheme is http or https. The URL is never told.
func NewHTTPWebhook(url string, format WebhookFormat) *HTTPWebhook {
	return &HTTPWebhook{url: url, format: format, client: &http.Client{
		Timeout: webhookTime,
		// Where a redirect leads is not the place that was meant to learn of alarms.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Send posts one message and waits for the answer, for at most ten seconds.
func (h *HTTPWebhook) Send(ctx context.Context, m Message) error {
	body, err := h.body(m)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("the webhook's address is not a URL")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "penstock")
	response, err := h.client.Do(request)
	if err != nil {
		return withoutAddress(err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing of it is used
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("the webhook answered %d %s", response.StatusCode, http.StatusText(response.StatusCode))
	}
	return nil
}

func (h *HTTPWebhook) body(m Message) ([]byte, error) {
	if h.format != FormatSlack {
		return json.Marshal(m)
	}
	return json.Marshal(map[string]string{"text": slackText(m)})
}

// slackEscapes are the three characters that Slack's mrkdwn wants escaped
// (docs.slack.dev, "Formatting message text").
var slackEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func slackText(m Message) string {
	sign := ":rotating_light:"
	if m.State == AlarmOK {
		sign = ":white_check_mark:"
	}
	return slackEscapes.Replace(fmt.Sprintf("%s %s: %s: %s", sign, m.Pipeline, m.Alarm, m.Message))
}

// withoutAddress says what went wrong without what net/http adds: the URL, and the host in the
// errors below it.
func withoutAddress(err error) error {
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("the webhook did not answer within %s", webhookTime)
	case errors.As(err, &dns):
		return errors.New("the webhook's host name cannot be resolved")
	}
	return errors.New("no connection to the webhook, or it broke off")
}
