package quarantine

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/dialect"
	"github.com/penstock/penstock/internal/event"
)

const (
	// MaxSample is how many events are shown at once.
	MaxSample = 100
	// maxRaw bounds an event that is shown whole, in characters; of a larger one shownOfLarge are.
	maxRaw       = 64 << 10
	shownOfLarge = 4 << 10
)

// Which selects quarantined events; nil is for any, and an empty text for those without one.
type Which struct {
	Reason, Contract, Field *string
	Since                   time.Time
}

// Sample is some events of the quarantine, the newest first.
type Sample struct {
	Events []Event `json:"events"`
}

// Event is one event in the quarantine.
type Event struct {
	Shard     string    `json:"shard"`
	Sequence  string    `json:"sequence"`
	ArrivedAt time.Time `json:"arrived_at"`
	Reason    string    `json:"reason"`
	Contract  string    `json:"contract"`
	Field     string    `json:"field"`
	Detail    string    `json:"detail"`
	Version   string    `json:"contract_version"`
	// Raw is the event as text; where its bytes are no UTF-8, RawBase64 has them exactly.
	Raw       string `json:"raw"`
	RawBase64 string `json:"raw_base64,omitempty"`
	// Truncated: the event is larger than 65,536 characters and only its beginning is here.
	Truncated bool  `json:"truncated,omitempty"`
	Mark      *Mark `json:"mark,omitempty"`
}

// Sample shows events, at most limit, of which 1 to MaxSample may be asked for. The error is an
// *event.Error for another limit.
func (b *Browser) Sample(ctx context.Context, which Which, limit int) (Sample, error) {
	if limit < 1 || limit > MaxSample {
		return Sample{}, &event.Error{Code: "limit", Message: fmt.Sprintf("%d events cannot be shown at once", limit),
			Hint: fmt.Sprintf("ask for 1 to %d", MaxSample)}
	}
	conditions := []string{"true"}
	for column, value := range map[string]*string{"reason": which.Reason, "contract": which.Contract, "field": which.Field} {
		if value != nil {
			conditions = append(conditions, isText(column, *value))
		}
	}
	if !which.Since.IsZero() {
		conditions = append(conditions, "_arrived_at >= "+dialect.Time(which.Since))
	}
	_, rows, err := b.warehouse.Select(ctx, fmt.Sprintf(`SELECT _shard, _sequence, _arrived_at, reason, contract, field, detail, contract_version,
		CASE WHEN length(raw) <= %[1]d THEN raw ELSE substr(raw, 1, %[2]d) END, CASE WHEN length(raw) <= %[1]d THEN raw_base64 END, length(raw) > %[1]d
		FROM quarantine WHERE %[3]s ORDER BY _arrived_at DESC, _sequence DESC LIMIT %[4]d`,
		maxRaw, shownOfLarge, strings.Join(conditions, " AND "), limit))
	if err != nil {
		return Sample{}, err
	}
	sample := Sample{Events: []Event{}}
	for _, row := range rows {
		e := Event{
			Shard: cell(row, 0), Sequence: cell(row, 1), ArrivedAt: moment(cell(row, 2)), Reason: cell(row, 3), Contract: cell(row, 4),
			Field: cell(row, 5), Detail: cell(row, 6), Version: cell(row, 7), Raw: cell(row, 8), RawBase64: cell(row, 9),
			Truncated: cell(row, 10) == "true",
		}
		if !e.Truncated {
			e.Mark = b.mark(e)
		}
		sample.Events = append(sample.Events, e)
	}
	return sample, nil
}

// exact is the event as it was sent.
func (e Event) exact() []byte {
	if e.RawBase64 != "" {
		if raw, err := base64.StdEncoding.DecodeString(e.RawBase64); err == nil {
			return raw
		}
	}
	return []byte(e.Raw)
}
