package pipeline

import (
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Alarms are the conditions under which somebody is told, and who. A limit of 0 is off.
type Alarms struct {
	Webhook Webhook
	// Freshness is how old the oldest event may be that cannot be queried yet, 5s to 24h. Default 60s.
	Freshness time.Duration
	// Lag is how many events must wait, and become more over Window, 1 to 10^9. Default 1,000.
	Lag int
	// Quarantine is the share of a Window's events that may go to the quarantine, above 0 to below 1.
	// Default 0.01.
	Quarantine float64
	// Window is the time that Lag and Quarantine look at, 10s to 24h. Default 5m.
	Window time.Duration
	// Ledger watches that the ledgers balance. Default true.
	Ledger bool
	// Disk is the free space of the data folder's disk. Default twice limits.disk_reserve.
	Disk int64
	// Clock is by how much the machine's clock may jump, 100ms to 1h. Default 2s.
	Clock time.Duration
	// Failing is how long a step may fail, 1s to 24h. Default 10s.
	Failing time.Duration
}

// The formats of a webhook.
const (
	WebhookSlack = "slack"
	WebhookJSON  = "json"
)

// Webhook is told when alarms start and end. Its URL lets who knows it write into a channel, so it is
// never in the file and never printed.
type Webhook struct {
	// URL is empty without a webhook.
	URL string
	// Format is WebhookSlack or WebhookJSON. Default slack.
	Format string
}

// String keeps the URL out of formatted text.
func (w Webhook) String() string { return "webhook (" + w.Format + ")" }

// GoString keeps the URL out of %#v.
func (w Webhook) GoString() string { return fmt.Sprintf("Webhook(%q)", w.Format) }

// LogValue keeps the URL out of logs.
func (w Webhook) LogValue() slog.Value { return slog.StringValue(w.String()) }

// diskOfReserve: the alarm comes well before producers are slowed.
const diskOfReserve = 2

// unsetDisk says that the file does not say.
const unsetDisk = -1

func defaultAlarms() Alarms {
	return Alarms{
		Webhook: Webhook{Format: WebhookSlack}, Freshness: time.Minute, Lag: 1000, Quarantine: 0.01, Window: 5 * time.Minute,
		Ledger: true, Disk: unsetDisk, Clock: 2 * time.Second, Failing: 10 * time.Second,
	}
}

const (
	alarmsExample  = "alarms: {webhook: {url: \"${ALARM_WEBHOOK}\", format: slack}, freshness: 60s, quarantine: 1%}"
	webhookExample = "webhook: {url: \"${ALARM_WEBHOOK}\", format: slack}"
)

func (r *reader) alarms(n *yaml.Node, p *Pipeline) {
	a := &p.Alarms
	duration := func(name string, to *time.Duration, least, most time.Duration) word {
		return word{name, func(n *yaml.Node) {
			if !r.off(n, func() { *to = 0 }) {
				r.duration(name, n, to, least, most)
			}
		}}
	}
	r.mapping(n, "alarms", alarmsExample, []word{
		{"webhook", func(n *yaml.Node) { r.webhook(n, p) }},
		duration("freshness", &a.Freshness, 5*time.Second, day),
		{"lag", func(n *yaml.Node) {
			if !r.off(n, func() { a.Lag = 0 }) {
				r.integer("lag", n, &a.Lag, 1, 1_000_000_000)
			}
		}},
		{"quarantine", func(n *yaml.Node) {
			if !r.off(n, func() { a.Quarantine = 0 }) {
				r.percent("quarantine", n, &a.Quarantine)
			}
		}},
		{"window", func(n *yaml.Node) { r.duration("window", n, &a.Window, 10*time.Second, day) }},
		{"ledger", func(n *yaml.Node) {
			if v, ok := r.Choice("ledger", n, "on", "off"); ok {
				a.Ledger = v == "on"
			}
		}},
		{"disk", func(n *yaml.Node) {
			if !r.off(n, func() { a.Disk = 0 }) {
				r.size("disk", n, &a.Disk, mib, 1<<60)
			}
		}},
		duration("clock", &a.Clock, 100*time.Millisecond, time.Hour),
		duration("failing", &a.Failing, time.Second, day),
	})
}

// off reports whether the value is the word off, and does then what that means.
func (r *reader) off(n *yaml.Node, then func()) bool {
	if n.Kind != yaml.ScalarNode || n.Value != "off" {
		return false
	}
	then()
	return true
}

// percent reads a share such as 1% or 0.5%.
func (r *reader) percent(name string, n *yaml.Node, to *float64) {
	value, ok := r.Text(name, n)
	if !ok {
		return
	}
	number, found := strings.CutSuffix(value, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !found || err != nil || !(v > 0 && v < 100) {
		r.Fault(n, fmt.Sprintf("%s is %q", name, value), "write a share above 0% and below 100%, such as 1% or 0.5%, or off")
		return
	}
	*to = v / 100
}

func (r *reader) webhook(n *yaml.Node, p *Pipeline) {
	w := &p.Alarms.Webhook
	seen := r.mapping(n, "webhook", webhookExample, []word{
		{"url", func(n *yaml.Node) { r.urlFromEnv(n, &w.URL) }},
		{"url_file", func(n *yaml.Node) { r.urlFromFile(n, p.Dir, &w.URL) }},
		{"format", func(n *yaml.Node) {
			if v, ok := r.Choice("the webhook's format", n, WebhookSlack, WebhookJSON); ok {
				w.Format = v
			}
		}},
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	switch fromEnv, fromFile := seen["url"] != nil, seen["url_file"] != nil; {
	case fromEnv && fromFile:
		r.Fault(n, "the webhook has two places for its URL", "keep url or url_file")
	case !fromEnv && !fromFile:
		r.Fault(n, "the webhook has no URL", "write it like this: "+webhookExample)
	}
}

var envReference = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)

func (r *reader) urlFromEnv(n *yaml.Node, to *string) {
	value, ok := r.Text("the webhook's url", n)
	if !ok {
		return
	}
	name := envReference.FindStringSubmatch(value)
	if name == nil {
		// It may be the URL itself, so it is not repeated.
		r.Fault(n, "the webhook's url is written in the pipeline file, and it is a secret",
			"put it in an environment variable and write url: ${ALARM_WEBHOOK}, or in a file and write url_file: PATH")
		return
	}
	if r.noSecrets {
		return
	}
	text := os.Getenv(name[1])
	if text == "" {
		r.Fault(n, fmt.Sprintf("the environment variable %s is not set", name[1]), "set it to the webhook's URL")
		return
	}
	r.webhookURL(n, "the environment variable "+name[1], text, to)
}

func (r *reader) urlFromFile(n *yaml.Node, dir string, to *string) {
	value, ok := r.Text("url_file", n)
	if !ok || r.noSecrets {
		return
	}
	path := resolve(dir, value)
	text, err := readLimited(path, maxSecretBytes)
	if err != nil {
		r.Fault(n, fmt.Sprintf("the file %s cannot be read", path), "write the path of a file that holds the webhook's URL and nothing else")
		return
	}
	r.webhookURL(n, "the file "+path, strings.TrimSpace(string(text)), to)
}

func (r *reader) webhookURL(n *yaml.Node, where, text string, to *string) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		r.Fault(n, where+" does not hold a URL", "it must begin with https:// or http://")
		return
	}
	*to = text
}
